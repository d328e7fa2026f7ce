/** A tab that is open when the page is opened for the first time. */
export interface Example {
  readonly query: string;
  readonly variables?: string;
  readonly headers?: string;
}

/** What a front-end team tries first; `earlier` is an instant that has passed. */
export const examplesOf = (earlier: string): readonly Example[] => [
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
    query: `# A refusal is data: who may, and what must be said.
# Try it as technician, then as reporter (above).
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
  people { totalCount }
}
`,
    headers: JSON.stringify({ 'x-as-of': earlier }, null, 2),
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
