import fc from 'fast-check';
import { instant, MINUTE } from '@hospital/kernel';
import {
  choose,
  type Criterion,
  inWords,
  type Job,
  judge,
  type Level,
  type Rule,
  type Technician,
} from '../../apps/workorders/src/domain/dispatch-rule';

const START = Date.UTC(2026, 2, 1, 8);
const at = (minutes: number): string => instant(START + minutes * MINUTE);
const NOW = at(0);

const trade = fc.constantFrom('electrician', 'plumber');
const zone = fc.constantFrom('east', 'west');
const LEVELS: readonly Level[] = ['junior', 'middle', 'senior'];
const level = fc.constantFrom(...LEVELS);
const kind = fc.constantFrom('high-voltage', 'lift');
/** Around now, and often now itself. */
const moment = fc.integer({ min: -3, max: 3 }).map(at);

const technician: fc.Arbitrary<Technician> = fc.record({
  id: fc.stringMatching(/^pn_[a-f]{2}$/),
  trades: fc.uniqueArray(trade),
  zones: fc.uniqueArray(zone),
  onShiftFrom: fc.option(moment),
  onShiftUntil: fc.option(moment),
  onCall: fc.constantFrom('primary', 'backup', null, null),
  certificates: fc.array(fc.record({ kind, from: moment, until: moment }), { maxLength: 3 }),
  levels: fc.array(fc.record({ trade, level, from: moment }), { maxLength: 3 }),
  openOrders: fc.nat(3),
  lastDispatchedAt: fc.option(moment),
});
const technicians = fc.uniqueArray(technician, { selector: ({ id }) => id, maxLength: 8 });
const job: fc.Arbitrary<Job> = fc.record({
  trade,
  zone: fc.option(zone),
  requires: fc.record({ minimumLevel: fc.option(level), certificate: fc.option(kind) }),
  declinedBy: fc.uniqueArray(fc.stringMatching(/^pn_[a-f]{2}$/), { maxLength: 5 }),
});
const rule: fc.Arbitrary<Rule> = fc.record({
  id: fc.constant('dr_1'),
  version: fc.integer({ min: 1, max: 9 }),
  zone: fc.constantFrom('required', 'any'),
  maxOpenOrders: fc.option(fc.integer({ min: 1, max: 3 })),
  mode: fc.constantFrom('assign', 'assign', 'assign', 'offer'),
  order: fc.shuffledSubarray<Criterion>(['zone', 'open-orders', 'level', 'longest-idle', 'free', 'name']),
});
const decision = fc.tuple(job, technicians, rule);

/** Once more, in other words: what a job needs of somebody, at this instant. */
function can({ trades, certificates, levels }: Technician, { trade: needed, requires: { certificate, minimumLevel } }: Job): boolean {
  if (!trades.includes(needed)) return false;
  if (certificate !== null && !certificates.some((one) => one.kind === certificate && !(one.from > NOW) && one.until > NOW)) return false;
  if (minimumLevel === null) return true;
  const begun = levels.filter((one) => one.trade === needed && !(one.from > NOW));
  const latest = begun.filter((one) => begun.every(({ from }) => from <= one.from)).at(-1);
  return latest !== undefined && LEVELS.indexOf(latest.level) >= LEVELS.indexOf(minimumLevel);
}

function mayBeSent(one: Technician, wanted: Job, { zone: zoned, maxOpenOrders }: Rule): boolean {
  const present = one.onShiftFrom !== null && one.onShiftUntil !== null && !(one.onShiftFrom > NOW) && one.onShiftUntil > NOW;
  const elsewhere = wanted.zone !== null && one.zones.length > 0 && !one.zones.includes(wanted.zone);
  const full = maxOpenOrders !== null && one.openOrders >= maxOpenOrders;
  return can(one, wanted) && present && !full && !wanted.declinedBy.includes(one.id) && !(zoned === 'required' && elsewhere);
}

describe('WO-02 given any people, job and rule', () => {
  it('when it is decided again over what was recorded, in any order and after any storage, then it is the recorded answer', () => {
    fc.assert(
      fc.property(decision, ([wanted, people, ruled]) => {
        const recorded = choose(wanted, people, NOW, ruled);
        expect(choose(recorded.job, recorded.considered, NOW, recorded.rule)).toEqual(recorded);
        const kept = JSON.parse(JSON.stringify(recorded)) as typeof recorded;
        expect(choose(kept.job, [...kept.considered].reverse(), NOW, kept.rule)).toEqual(recorded);
        expect(choose(wanted, [...people].reverse(), NOW, ruled)).toEqual(recorded);
      }),
      { numRuns: 500 },
    );
  });

  it('when somebody is sent, then of those on shift one who may be, or else, when nobody there will have room, whoever is on call and can; everyone is accounted for', () => {
    fc.assert(
      fc.property(decision, ([wanted, people, ruled]) => {
        const { technicianId, onCall, considered, ruleId, ruleVersion } = choose(wanted, people, NOW, ruled);
        const eligible = people.filter((one) => mayBeSent(one, wanted, ruled)).map(({ id }) => id);
        expect([ruleId, ruleVersion]).toEqual([ruled.id, ruled.version]);
        expect(considered.map(({ id }) => id).sort()).toEqual(people.map(({ id }) => id).sort());
        expect(
          considered
            .filter((one) => one.eligible)
            .map(({ id }) => id)
            .sort(),
        ).toEqual([...eligible].sort());
        for (const one of considered) expect(inWords(judge(one, wanted, NOW, ruled))).toEqual(one.reasons);

        const called = people.filter((one) => one.onCall !== null && can(one, wanted) && !wanted.declinedBy.includes(one.id));
        const waitedFor = people.some((one) => mayBeSent(one, wanted, { ...ruled, maxOpenOrders: null }));
        if (ruled.mode === 'offer') expect([technicianId, onCall]).toEqual([null, false]);
        else if (eligible.length > 0) expect([eligible.includes(technicianId!), onCall]).toEqual([true, false]);
        else if (waitedFor || called.length === 0) expect([technicianId, onCall]).toEqual([null, false]);
        else {
          const chosen = called.find(({ id }) => id === technicianId);
          expect(onCall).toBe(true);
          expect(chosen!.onCall).toBe(called.some((one) => one.onCall === 'primary') ? 'primary' : 'backup');
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('ST-02 when a job needs a certificate, then nobody is sent without one that is valid at that instant', () => {
    fc.assert(
      fc.property(decision, kind, ([wanted, people, ruled], certificate) => {
        const needing = { ...wanted, requires: { ...wanted.requires, certificate } };
        const { technicianId } = choose(needing, people, NOW, ruled);
        const chosen = people.find(({ id }) => id === technicianId);
        const valid = chosen?.certificates.some((one) => one.kind === certificate && one.from <= NOW && NOW < one.until);
        expect(valid ?? true).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
