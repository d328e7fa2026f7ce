import { DAY, HOUR, type Instant, MINUTE, plus } from '@hospital/kernel';

/** A tab that is open when the page is opened for the first time. */
export interface Example {
  readonly query: string;
  readonly variables?: string;
  readonly headers?: string;
}

/** What a front-end team tries first. */
export const examplesOf = (now: Instant): readonly Example[] => [
  {
    query: `# One question, three contexts: orders, who repairs them,
# and the places they are at.
query Orders {
  workOrders(first: 10) {
    totalCount
    edges {
      node {
        id
        status
        description
        reportedAt
        place { name }
        technician { name trade }
      }
    }
  }
  onCall(trade: "electrician") {
    primary { name }
    backup { name }
    gap { declared reason }
  }
}
`,
  },
  {
    query: `# What must be said: a refusal is data, with a code.
# Then try it as reporter (above): who may not do it
# at all is refused before anything is looked at.
mutation RefusedCompletion($input: CompleteWorkOrderInput!, $key: ID!) {
  completeWorkOrder(input: $input, idempotencyKey: $key) {
    ... on WorkOrder { id status }
    ... on Rejection { code field message }
  }
}
`,
    variables: JSON.stringify({ input: { id: 'wo_example', resolution: '' }, key: 'example-of-a-refusal' }, null, 2),
  },
  {
    query: `# The hospital as it was: the header x-as-of
# (see Headers, below) goes with any query.
query Earlier {
  workOrders(first: 10) {
    totalCount
    edges { node { id status } }
  }
  assets { totalCount }
}
`,
    headers: JSON.stringify({ 'x-as-of': plus(now, -5 * MINUTE) }, null, 2),
  },
  {
    query: `# The director's month: what became of its orders, which are
# named as exceptions, whether firms came in time, and when
# nobody will be on call. Every figure names the orders behind it.
query Month($month: ID!, $from: DateTime!, $until: DateTime!, $ahead: DateTime!) {
  month(month: $month) {
    total
    closed
    closedLoopShare
    exceptions { because order { id status description } }
    closedAt
  }
  monthPreview(month: $month) { total closed closedLoopShare }
  onTime: kpi(name: ON_TIME_RATE, from: $from, until: $until) { value unit target n }
  firmsOnSite: kpi(name: VENDOR_ON_SITE, from: $from, until: $until) { value unit p90 target n }
  vendors {
    edges { node { name score(from: $from, to: $until) { onTimeRate breached { count ids } } } }
  }
  onCallGaps(from: $until, until: $ahead) { trade from until declared reason }
}
`,
    variables: JSON.stringify({ month: monthBefore(now), from: plus(now, -30 * DAY), until: now, ahead: plus(now, 40 * DAY) }, null, 2),
  },
  {
    query: `# Told as it happens: run this, then report a fault
# in another window.
subscription Live {
  workOrderChanged {
    id
    status
    description
    technician { name }
  }
}
`,
  },
];

/** The last month that is over in Shanghai. */
function monthBefore(now: Instant): string {
  const today = plus(now, 8 * HOUR);
  return plus(`${today.slice(0, 7)}-01T00:00:00.000Z`, -DAY).slice(0, 7);
}
