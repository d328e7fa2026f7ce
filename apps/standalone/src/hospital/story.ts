import { DAY, HOUR, type Instant, MINUTE, millis, pause, plus } from '@hospital/kernel';
import { Desk, Refusal, type Row } from './desk';

const TRADE = 'lift-rescue';
const CERTIFICATE = 'lift-rescue';

/**
 * At 03:12 somebody is stuck in a lift, and whoever is on shift has the wrong certificate. Plays it against a running demo, whose
 * clock it moves ahead, and says what happened, with what to look at.
 */
export async function tellStory(url: string, say: (line: string) => void): Promise<void> {
  const text = async (path: string): Promise<string> => (await fetch(`${url}${path}`, { signal: AbortSignal.timeout(10_000) })).text();
  const desk = async (who: string): Promise<Desk> => new Desk(url, await text(`/demo/tokens/${who}`));
  const now = async (): Promise<string> => (JSON.parse(await text('/demo/clock')) as { now: string }).now;
  const advance = async (ms: number): Promise<void> => {
    const body = JSON.stringify({ advance: `PT${Math.ceil(ms / 1_000)}S` });
    await fetch(`${url}/demo/clock`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  };
  const local = async (): Promise<string> =>
    new Date(await now()).toLocaleString('sv-SE', { timeZone: 'Asia/Shanghai', dateStyle: 'short', timeStyle: 'short' });
  const tell = async (line: string): Promise<void> => say(`${await local()}  ${line}`);

  const administrator = await desk('administrator');
  const nurse = await desk('clinician');
  const dispatcher = await desk('dispatcher');
  const { people } = await administrator.ask('{ people(first: 100) { edges { node { id name } } } }');
  const idOf = (name: string): string => {
    const found = (people.edges as { node: { id: string; name: string } }[]).find(({ node }) => node.name === name);
    if (!found) throw new Error(`${name} is not there: the story needs the demo's people (not DEMO=empty)`);
    return found.node.id;
  };
  const [onShift, onCall, backup] = [idOf('周涛'), idOf('李明'), idOf('王志强')] as const;

  // To 03:12 in Shanghai: 19:12 in UTC.
  const early = (19 * 60 + 12) * MINUTE;
  const today = millis(await now());
  await advance((DAY + early - (today % DAY)) % DAY);
  const from = plus(await now(), -MINUTE);
  const firstDay = plus(from, -DAY).slice(0, 10);

  // Who may free people from a lift, and who is there tonight. What a story before has said already stays as it is.
  for (const id of [onShift, onCall, backup]) await administrator.does('addTrade', 'Person', { id, trade: TRADE });
  const validity = { validFrom: firstDay, validUntil: plus(from, 30 * DAY).slice(0, 10) };
  for (const [n, personId] of [onCall, backup].entries())
    await administrator.does('issueCertificate', 'Certificate', { personId, kind: CERTIFICATE, number: `LR-${n}`, ...validity });
  await administrator.does('startShift', 'Person', { id: onShift, until: plus(from, DAY / 2) }).catch(unless('ON_SHIFT'));
  const rotation = { trade: TRADE, firstDay, days: 7, slotDays: 7, handOverTime: '08:00', people: [onCall, backup] };
  await administrator.does('publishOnCall', 'Rota', rotation, '__typename').catch(unless('SLOT_OVERLAPS'));
  const agreement = { trades: [TRADE], arrivalMinutes: 120, entrapmentMinutes: 30, from };
  const vendor = await administrator.does('registerVendor', 'Vendor', { name: '安捷电梯救援 Anjie Lift Rescue', agreement });
  const lift = await administrator.does('registerAsset', 'Asset', { name: '夜间演示电梯 Night lift', kind: 'lift' });
  const category = await administrator.does('defineFaultCategory', 'FaultCategory', {
    ...{ name: '电梯困人', nameEn: 'Lift entrapment', trade: TRADE },
    certificate: CERTIFICATE,
  });
  // What the other contexts tell of this takes a moment.
  await pause(1_000);

  const report = { categoryId: category.id, placeId: lift.id, description: '电梯停在5层与6层之间，内有3人', severity: 'CRITICAL' };
  const order = await eventually(() => nurse.does('reportFault', 'WorkOrder', report).catch(unless('UNKNOWN_PLACE')));
  const id = String(order.id);
  await tell(`A nurse reports three people stuck in a lift: ${id}`);

  const fields = 'status onCall technician { id name } dispatch { ruleId considered { technician { id name } eligible reasons } }';
  const look = async () => (await dispatcher.ask(`query ($id: ID!) { workOrder(id: $id) { ${fields} } }`, { id })).workOrder;
  const sent = await eventually(async () => {
    const found = await look();
    return found?.status === 'DISPATCHED' ? found : undefined;
  });
  for (const { technician, reasons } of sent.dispatch.considered) await tell(`  ${technician.name}: ${(reasons as string[]).join('; ')}`);
  await tell(
    `Nobody on shift is qualified; ${sent.technician.name} is sent${sent.onCall ? ', on call' : ''} (rule ${sent.dispatch.ruleId}).`,
  );

  const technician = await desk(sent.technician.id);
  await technician.does('acceptWorkOrder', 'WorkOrder', { id });
  await tell(`${sent.technician.name} accepts, and calls the firm.`);
  const handing = { orderId: id, vendorId: vendor.id, reason: '需厂家专用盘车工具', trapped: true };
  const job = await technician.does('handToVendor', 'VendorJob', handing, 'id arriveDueAt arrivalCode openedAt');
  const allowed = (millis(job.arriveDueAt) - millis(job.openedAt)) / MINUTE;
  await tell(`The firm is called (${job.id}) and has ${allowed} minutes.`);

  await advance(22 * MINUTE);
  const proof = { id: job.id, proof: { code: job.arrivalCode } };
  const arrived = await technician.does('checkInArrival', 'VendorJob', proof, 'arrivedAt proof breachedAt');
  await tell(`The firm is on site, proved by ${arrived.proof}, ${arrived.breachedAt === null ? 'in time' : 'too late'}.`);
  await advance(14 * MINUTE);
  await technician.does('finishVendorJob', 'VendorJob', { id: job.id, result: '人员已全部救出，更换门机皮带' });
  const done = { id, resolution: '人员已救出，电梯恢复运行', restoredAt: await now() };
  await technician.does('completeWorkOrder', 'WorkOrder', done);
  await tell('All three are out, and the lift runs again.');
  await advance(20 * MINUTE);
  const complaint = await nurse.does('fileComplaint', 'Complaint', { orderId: id, kind: 'DELAY', text: '被困近四十分钟', byPatient: true });
  await tell(`One of them complains: ${complaint.id}`);

  await lookBack(await desk('director'), await now(), tell);

  say('');
  say(`To follow it, at ${url}/graphql with the token of ${url}/demo/tokens/director:`);
  say(
    `  { workOrder(id: "${id}") { status history { type occurredAt actor { actorId kind } } evidence { intact } timeline { dispatchedAt restoredAt } } }`,
  );
  say(`  { vendorJob(id: "${job.id}") { openedAt arriveDueAt arrivedAt proof } }`);
  say(`  { complaint(id: "${complaint.id}") { status order { id } } }`);
  say(`and the night as it was, with the header x-as-of: ${job.openedAt}`);
}

/** What the director sees of the month before, or of this one when there is none, and of the firms and the weeks to come. */
async function lookBack(director: Desk, at: Instant, tell: (line: string) => Promise<void>): Promise<void> {
  const local = plus(at, 8 * HOUR);
  const before = plus(`${local.slice(0, 7)}-01T00:00:00.000Z`, -DAY).slice(0, 7);
  const percent = (share: number | null): string => (share === null ? 'nothing yet' : `${(100 * share).toFixed(1)} %`);
  const { month, preview, vendors, onCallGaps } = await director.ask(
    `query ($before: ID!, $now: ID!, $from: DateTime!, $until: DateTime!) {
      month(month: $before) { total closedLoopShare exceptions { orderId } }
      preview: monthPreview(month: $now) { total closedLoopShare }
      vendors { edges { node { name score { onTimeRate arrivedInTime { count } breached { count } } } } }
      onCallGaps(from: $from, until: $until) { trade from reason } }`,
    { before, now: local.slice(0, 7), from: at, until: plus(at, 40 * DAY) },
  );
  await tell('Before the day begins, the director looks at the figures:');
  if (month)
    await tell(
      `  ${before} is closed: ${month.total} orders, closed loop ${percent(month.closedLoopShare)}, ${month.exceptions.length} exceptions, each named.`,
    );
  await tell(`  ${local.slice(0, 7)} so far: ${preview.total} orders, closed loop ${percent(preview.closedLoopShare)}.`);
  for (const { node } of vendors.edges as Row[])
    if (node.score.onTimeRate !== null)
      await tell(`  ${node.name}: ${percent(node.score.onTimeRate)} of its arrivals in time, ${node.score.breached.count} too late.`);
  for (const gap of onCallGaps as Row[]) await tell(`  From ${gap.from.slice(0, 10)} nobody is on call as ${gap.trade}: ${gap.reason}.`);
}

/** Nothing, for this refusal; others are thrown. */
const unless =
  (code: string) =>
  (error: unknown): undefined => {
    if (!(error instanceof Refusal && error.code === code)) throw error;
    return undefined;
  };

/** What others learn over the bus takes a moment. */
async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let n = 0; n < 100; n += 1) {
    const found = await look();
    if (found !== undefined) return found;
    await pause(100);
  }
  throw new Error('what was waited for did not happen within ten seconds');
}
