import { DAY, HOUR, type Instant, instant, millis, personal, plus, to } from '@hospital/kernel';
import { certificate, person, rota, shift } from '@hospital/staffing';
import { ageOf, CERTIFIED, GAPS, KNOWN, nameOf, TRADES } from './fixture';
import { ADMINISTRATOR, dateOf, MONTH, type Stage } from './stage';

export interface Colleague {
  readonly id: string;
  readonly name: string;
  readonly trade: string;
  readonly onShift: boolean;
}
type Employed = Colleague & { readonly joinedMonth: number };

const WEEK = 7 * DAY;
/** So many of a trade take turns at work, by weeks or by the plan. */
const AT_WORK: Readonly<Record<string, number>> = {
  ...{ electrician: 3, plumber: 2, 'hvac-technician': 1, 'lift-mechanic': 1, cleaner: 6, guard: 3, 'waste-handler': 2 },
};
/** Trades whose people are called at night. */
const ON_CALL = ['electrician', 'plumber', 'hvac-technician', 'lift-mechanic', 'cleaner'];
/** Trades whose shifts are planned; the others' follow each other by weeks. */
const PLANNED = ON_CALL.slice(0, 4);
/** Shifts are planned since so many weeks, and always for so many to come. */
const PLANNED_SINCE = 13;
const PLANNED_AHEAD = 4;
/** A planned shift: 7:30 to 17:30 in Shanghai, four days in turn. */
const [BEGINS, LASTS, IN_TURN] = [7.5 * HOUR, 10 * HOUR, 4];

/** Everybody who is there in the end, some of whom came later, and two who left; their shifts, and who is called. */
export async function employ(stage: Stage): Promise<readonly Colleague[]> {
  const people = await hire(stage);
  await planOnCall(stage, people);
  beOnShift(stage, people);
  return people.map(({ joinedMonth: _, ...one }) => one);
}

async function hire(stage: Stage): Promise<readonly Employed[]> {
  const { months } = stage.plan;
  const people: Employed[] = [];
  let n = 0;
  for (const [trade, heads] of Object.entries(TRADES)) {
    const byName = KNOWN.filter(([, of]) => of === trade);
    for (let place = 0; place < heads; place += 1, n += 1) {
      const [name, , onShift] = byName[place] ?? [nameOf(n), trade, place < (AT_WORK[trade] ?? 0) && !PLANNED.includes(trade)];
      const joinedMonth = trade === 'guard' && place >= heads - 3 ? 2 + 3 * (heads - 1 - place) : 0;
      const colleague = { id: stage.named(stage.staff, 'pn'), name, trade, onShift, joinedMonth };
      people.push(colleague);
      const kind = CERTIFIED.find(([of, , holders]) => of === trade && place < holders)?.[1];
      const joining = { ...colleague, age: ageOf(n), kind, n };
      if (joinedMonth > 0 && joinedMonth < months) stage.later(plus(stage.start, joinedMonth * MONTH), () => join(stage, joining));
      else await join(stage, joining);
    }
  }
  for (const [place, trade] of ['cleaner', 'guard'].entries()) {
    const gone = { id: stage.named(stage.staff, 'pn'), name: nameOf(90 + place), trade };
    await join(stage, { ...gone, age: 59, kind: undefined, n: 90 + place });
    stage.later(plus(stage.start, Math.min(4 + 4 * place, months - 0.1) * MONTH), async () => {
      await stage.does(stage.staff, to(person, gone.id, 'LeavePerson', {}), ADMINISTRATOR);
    });
  }
  return people;
}

interface Joining extends Pick<Colleague, 'id' | 'name' | 'trade'> {
  readonly age: number;
  /** Of certificate. */
  readonly kind: string | undefined;
  readonly n: number;
}

async function join(stage: Stage, { id, name, trade, age, kind, n }: Joining): Promise<void> {
  const { staff, plan, now } = stage;
  const trades = trade === '' ? [] : [trade];
  const born = dateOf(plus(plan.end, -(age * 365.25 + 30 + ((n * 37) % 300)) * DAY));
  const registering = {
    ...{ name: personal(id, name), phone: personal(id, `139${String(10_000_000 + n * 7_919)}`), birthDate: personal(id, born) },
    ...{ trades, employedFrom: dateOf(now) },
  };
  await stage.does(staff, to(person, id, 'RegisterPerson', registering), ADMINISTRATOR);
  const level = n % 3 === 0 ? 'senior' : n % 3 === 1 ? 'middle' : 'junior';
  const granting = { trade, level, from: null, examId: null, reason: '入职评定' };
  if (trade !== '') await stage.does(staff, to(person, id, 'GrantSkillLevel', granting), ADMINISTRATOR);
  if (kind === undefined) return;
  const number = personal(id, `${kind.toUpperCase()}-${String(1_000 + n)}`);
  const validity = { validFrom: dateOf(now), validUntil: dateOf(plus(plan.end, 400 * DAY)), zone: 'Asia/Shanghai' };
  const issuing = { personId: id, person: { id, trades, employed: true }, kind, number, ...validity };
  await stage.does(staff, to(certificate, stage.named(staff, 'ce'), 'IssueCertificate', issuing), ADMINISTRATOR);
}

async function planOnCall(stage: Stage, people: readonly Employed[]): Promise<void> {
  const { staff, plan } = stage;
  const days = Math.ceil(plan.months * (MONTH / DAY)) + 365;
  for (const trade of ON_CALL) {
    const able = people.filter((one) => one.trade === trade).slice(0, 5);
    const roster = able.map(({ id }) => ({ id, trades: [trade], employed: true }));
    for (let day = 0; day < days; day += 364) {
      const firstDay = dateOf(plus(stage.start, (day - 1) * DAY));
      const rotation = { firstDay, days: Math.min(364, days - day), slotDays: 7, handOverTime: '08:00' };
      const wish = { ...rotation, trade, zone: 'Asia/Shanghai', people: able.map(({ id }) => id), staff: roster };
      await stage.does(staff, to(rota, trade, 'PublishOnCall', wish), ADMINISTRATOR);
    }
  }
  for (const [trade, weeks, why, declared] of GAPS) {
    const slots = await staff.ask('on-call-slots', {
      where: { trade, from: { from: plus(plan.end, weeks * WEEK) } },
      orderBy: { column: 'from' },
    });
    const [slot] = slots;
    if (!slot) continue;
    const period = { from: String(slot.row['from']), until: String(slot.row['until']) };
    const known = [plus(period.from, -WEEK), plus(plan.end, -DAY)].sort()[0]!;
    if (known > stage.start) stage.later(known, () => withdraw(stage, trade, period, why, declared));
  }
}

/** Nobody can be called then; a gap that was declared says why. */
async function withdraw(
  stage: Stage,
  trade: string,
  period: { readonly from: Instant; readonly until: Instant },
  reason: string,
  declared: boolean,
): Promise<void> {
  await stage.does(stage.staff, to(rota, trade, 'WithdrawOnCall', { ...period, reason }), ADMINISTRATOR);
  if (declared) await stage.does(stage.staff, to(rota, trade, 'DeclareGap', { trade, ...period, reason }), ADMINISTRATOR);
}

/** By weeks; the engineers by a plan since there is one. */
function beOnShift(stage: Stage, people: readonly Employed[]): void {
  const { start, plan } = stage;
  const midnight = instant(millis(plan.end) - ((millis(plan.end) + 8 * HOUR) % DAY));
  const planned = plus(midnight, -PLANNED_SINCE * WEEK);
  const begin = async (id: string, until: Instant): Promise<void> => {
    await stage.does(stage.staff, to(person, id, 'StartShift', { until: [until, plan.end].sort()[0]! }), ADMINISTRATOR);
  };
  const weekly = async (week: number): Promise<void> => {
    for (const [trade, heads] of Object.entries(AT_WORK)) {
      const there = people.filter((one) => one.trade === trade && hired(one, stage));
      const ends = PLANNED.includes(trade) ? [plus(stage.now, WEEK), planned].sort()[0]! : plus(stage.now, WEEK);
      for (let n = 0; ends > stage.now && n < heads; n += 1) await begin(there[(week + n) % there.length]!.id, ends);
    }
  };
  for (let at = start, week = 0; at < plan.end; at = plus(at, WEEK), week += 1) stage.later(plus(at, 1), () => weekly(week));

  const planDay = async (day: number): Promise<void> => {
    const from = plus(midnight, day * DAY + BEGINS);
    for (const trade of PLANNED) {
      const there = people.filter((one) => one.trade === trade);
      for (let n = 0; n < AT_WORK[trade]!; n += 1) {
        const turn = Math.floor((day + PLANNED_SINCE * 7) / IN_TURN);
        const { id } = there[(turn + n) % there.length]!;
        const until = plus(from, LASTS);
        if (await planShift(stage, id, trade, from, until)) stage.later(from, () => begin(id, until));
      }
    }
  };
  const firstDay = Math.max(-PLANNED_SINCE * 7, Math.ceil((millis(start) - millis(midnight)) / DAY));
  for (let day = firstDay; day < PLANNED_AHEAD * 7; day += 1) {
    const told = plus(midnight, Math.max(firstDay, day - PLANNED_AHEAD * 7) * DAY);
    stage.later(told, () => planDay(day));
  }
}

/** Some come in the middle of the year. */
const hired = ({ joinedMonth }: Employed, { start, now, plan }: Stage): boolean =>
  joinedMonth === 0 || joinedMonth >= plan.months || plus(start, joinedMonth * MONTH) < now;

async function planShift(stage: Stage, personId: string, trade: string, from: Instant, until: Instant): Promise<boolean> {
  const near = { personId, status: 'planned', from: { to: plus(until, DAY) }, until: { from: plus(from, -DAY) } };
  const others = (await stage.staff.ask('shifts', { where: near })).map(({ key, row }) => ({
    ...{ id: key, from: String(row['from']), until: String(row['until']) },
  }));
  const planning = { personId, person: { id: personId, trades: [trade], employed: true }, others, trade, zones: [], from, until };
  return stage.does(stage.staff, to(shift, stage.named(stage.staff, 'sh'), 'PlanShift', planning), ADMINISTRATOR);
}
