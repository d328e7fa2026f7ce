import fc from 'fast-check';
import { type Command, DAY, fold, foldRow, HOUR, instant, isRejection, millis, personal, type Recorded } from '@hospital/kernel';
import { certificate, type CertificateCommand, type CertificateEvent, validAt } from '../../apps/staffing/src/domain/certificate';
import { gapsIn, onCallAt } from '../../apps/staffing/src/domain/on-call-plan';
import { type PersonEvent } from '../../apps/staffing/src/domain/person';
import { rota, type RotaCommand, type RotaEvent } from '../../apps/staffing/src/domain/rota';
import { headcountOf } from '../../apps/staffing/src/domain/workforce';
import { people, type PersonRow } from '../../apps/staffing/src/views/people';

const ZONES = ['Asia/Shanghai', 'Europe/Berlin', 'America/Havana', 'America/Asuncion', 'Australia/Lord_Howe', 'Africa/Casablanca', 'UTC'];
const by = { id: 'pn_scheduler', kind: 'person', roles: ['scheduler'] } as const;
const command = (n: number, type: string, data: object, at: string): Command =>
  ({ id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`, correlationId: '', type, data, at, by }) as unknown as Command;

describe('ST-07 given any rota', () => {
  const START = Date.parse('2026-03-27T00:00:00.000Z');
  const ids = ['pn_1', 'pn_2', 'pn_3', 'pn_4'];
  const staff = ids.map((id) => ({ id, trades: ['electrician'], employed: true }));
  const who = fc.constantFrom(...ids);
  const hours = fc.integer({ min: 0, max: 12 * 24 }).map((hour) => instant(START + hour * HOUR));
  const slot = fc.nat({ max: 11 });
  const post = fc.constantFrom('primary', 'backup');
  const trade = 'electrician';
  /** What a scheduler may wish; slots are named by their place among those that stand. */
  const wishes = fc.oneof(
    fc.record({
      type: fc.constant('PublishOnCall'),
      firstDay: fc.nat({ max: 9 }).map((day) => instant(START + day * DAY).slice(0, 10)),
      days: fc.integer({ min: 1, max: 6 }),
      slotDays: fc.integer({ min: 1, max: 2 }),
      handOverTime: fc.constantFrom('00:00', '02:30', '08:00'),
      zone: fc.constantFrom(...ZONES),
      people: fc.shuffledSubarray(ids, { minLength: 2 }),
    }),
    fc.record({ type: fc.constant('OverrideOnCall'), slot, post, personId: who, from: fc.double({ min: 0, max: 0.9, noNaN: true }) }),
    fc.record({ type: fc.constantFrom('OfferOnCallSwap', 'AcceptOnCallSwap'), slot, post, toPersonId: who }),
    fc.record({ type: fc.constantFrom('DeclareGap', 'WithdrawOnCall'), from: hours, until: hours }),
    fc.record({ type: fc.constant('ReleaseFromOnCall'), personId: who, from: hours }),
  );

  const after = (wished: readonly Record<string, unknown>[]) =>
    wished.reduce<readonly RotaEvent[]>((history, { type, slot: place, from, ...rest }, n) => {
      const state = fold(rota, history);
      const named = state.slots[Number(place ?? 0) % Math.max(1, state.slots.length)];
      const length = named ? millis(named.until) - millis(named.from) : 0;
      const begin = type === 'OverrideOnCall' ? instant(millis(named?.from ?? instant(START)) + Math.floor(Number(from) * length)) : from;
      const part = type === 'OverrideOnCall' ? { until: named?.until } : {};
      const data = { trade, staff, reason: '…', slotId: named?.slotId ?? 'oc_0', from: begin, ...rest, ...part };
      const decided = rota.decide(command(n, String(type), data, instant(START - DAY)) as RotaCommand, state);
      return isRejection(decided) ? history : [...history, ...decided];
    }, []);

  it('when any instant is asked for, then exactly one primary and one back-up answer, or there is one gap', () => {
    let slots = 0;
    fc.assert(
      fc.property(fc.array(wishes, { minLength: 1, maxLength: 25, size: 'max' }), fc.array(hours, { minLength: 5 }), (wished, instants) => {
        const plan = fold(rota, after(wished));
        const period = { from: instant(START - DAY), until: instant(START + 20 * DAY) };
        const gaps = gapsIn(plan, period);
        slots += plan.slots.length;
        for (const at of [...instants, ...plan.slots.flatMap((one) => [one.from, one.until, instant(millis(one.until) - 1)])]) {
          const answering = plan.slots.filter(({ from, until }) => from <= at && at < until);
          const missing = gaps.filter(({ from, until }) => from <= at && at < until);
          expect([answering.length, missing.length]).toEqual(answering.length === 0 ? [0, 1] : [1, 0]);
          expect(onCallAt(plan, at).slot).toBe(answering[0] ?? null);
        }
        for (const { from, until, primaryId, backupId } of plan.slots) {
          expect(primaryId).not.toBe(backupId);
          expect(from < until).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
    expect(slots).toBeGreaterThan(200);
  });
});

describe('ST-02 given any certificate', () => {
  const FIRST = Date.parse('2025-01-01T00:00:00.000Z');
  const dates = fc.nat({ max: 800 }).map((day) => instant(FIRST + day * DAY).slice(0, 10));
  /** What a calendar on the wall shows then: an independent reading of the zone. */
  const shown = (at: string, zone: string): string => new Date(at).toLocaleDateString('sv-SE', { timeZone: zone });

  it('when any instant is asked for, then it counts if the calendar shows one of its days, and it is not revoked by then', () => {
    const instants = fc.nat({ max: 850 * 48 }).map((half) => instant(FIRST + half * (HOUR / 2)));
    let counted = 0;
    fc.assert(
      fc.property(
        fc.record({ zone: fc.constantFrom(...ZONES), first: dates, last: dates, revoked: fc.option(instants) }),
        fc.array(instants, { minLength: 20, maxLength: 20 }),
        ({ zone, first, last, revoked }, any) => {
          const person = { id: 'pn_1', trades: [], employed: true };
          const issuing = {
            personId: 'pn_1',
            person,
            kind: 'lift',
            number: personal('pn_1', 'x'),
            validFrom: first,
            validUntil: last,
            zone,
          };
          const wished: readonly Command[] = [
            command(1, 'IssueCertificate', issuing, any[0]!),
            ...(revoked ? [command(2, 'RevokeCertificate', { from: revoked, reason: '…' }, any[0]!)] : []),
          ];
          const history = wished.reduce<readonly CertificateEvent[]>((events, wish) => {
            const decided = certificate.decide(wish as CertificateCommand, fold(certificate, events));
            return isRejection(decided) ? events : [...events, ...decided];
          }, []);
          const state = fold(certificate, history);
          if (state.status === 'unknown') return expect(last < first).toBe(true);
          const { from, until } = state.periods[0]!;
          const edges = [from, until].flatMap((at) => [-1, 0, 1].map((ms) => instant(millis(at) + ms)));
          for (const at of [...any, ...edges]) {
            const day = shown(at, zone);
            const naive = first <= day && day <= last && (revoked === null || at < revoked);
            expect([at, validAt(state, at)]).toEqual([at, naive]);
            counted += naive ? 1 : 0;
          }
        },
      ),
      { numRuns: 300 },
    );
    expect(counted).toBeGreaterThan(200);
  });
});

describe('ST-01 given any staff', () => {
  const events: fc.Arbitrary<PersonEvent> = fc.oneof(
    fc.constantFrom('electrician', 'plumber').map((trade): PersonEvent => ({ type: 'PersonTradeAdded', data: { trade } })),
    fc.constant<PersonEvent>({ type: 'PersonLeft', data: { at: '2026-03-01T00:00:00.000Z' } }),
    fc.constant<PersonEvent>({ type: 'PersonForgotten', data: {} }),
    fc.constant<PersonEvent>({ type: 'PersonShiftEnded', data: { at: '2026-03-01T00:00:00.000Z' } }),
  );
  const lives = fc.array(fc.tuple(fc.subarray(['electrician', 'cleaner']), fc.array(events, { maxLength: 4 })), { maxLength: 30 });

  it('when they are counted, then they are those registered who have not left, each once under a trade of theirs', () => {
    fc.assert(
      fc.property(lives, (all) => {
        const rows = all.flatMap(([trades, later], n) => {
          const who = { name: personal(`pn_${n}`, 'x'), phone: null, birthDate: null, employedFrom: null };
          const registered: PersonEvent = { type: 'PersonRegistered', data: { ...who, trade: trades[0] ?? 'unclassified', trades } };
          const recorded = [registered, ...later].map((event, revision) => ({
            ...event,
            stream: `person-pn_${n}`,
            revision,
            metadata: {},
          }));
          const row = foldRow(people, `pn_${n}`, recorded as unknown as readonly Recorded[])!;
          return row.leftAt === null && !row.forgotten ? [row] : [];
        });
        const staying = all.filter(([, later]) => !later.some(({ type }) => type === 'PersonLeft' || type === 'PersonForgotten'));
        const { total, byTrade } = headcountOf(rows);
        expect(total).toBe(staying.length);
        expect(byTrade.reduce((sum, one) => sum + one.people, 0)).toBe(total);
        const without = staying.filter(([trades, later]) => trades.length === 0 && !later.some(({ type }) => type === 'PersonTradeAdded'));
        expect(byTrade.find(({ trade }) => trade === 'unclassified')?.people).toBe(without.length);
        for (const row of rows as readonly PersonRow[]) expect(row.trades.length === 0 ? 'unclassified' : row.trades[0]).toBe(row.trade);
      }),
      { numRuns: 200 },
    );
  });
});
