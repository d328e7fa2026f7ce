import { commandsBy, rulesOf } from '@hospital/kernel/testing';
import {
  choose,
  type Criterion,
  dispatchRule,
  inWords,
  type Job,
  judge,
  type Level,
  type Rule,
  SHIPPED,
  type Technician,
} from './dispatch-rule';
import { at, JOB, off, technician } from '../testing/an-order';

const NOW = at(0);
const sent = (technicians: readonly Technician[], job: Partial<Job> = {}, rule: Partial<Rule> = {}): string | null =>
  choose({ ...JOB, ...job }, technicians, NOW, { ...SHIPPED, ...rule }).technicianId;
const level = (of: Level, from = at(-100)) => ({ levels: [{ trade: 'electrician', level: of, from }] });

describe('WO-02 the rule that ships', () => {
  it('sends the one with the fewest open orders, then who works in that zone, then who was sent longest ago, then the lowest level', () => {
    const busy = technician('pn_a', { openOrders: 2, zones: ['inpatient'] });
    expect(sent([busy, technician('pn_b', { openOrders: 1 })])).toBe('pn_b');
    expect(sent([technician('pn_a'), technician('pn_b', { zones: ['inpatient'] })])).toBe('pn_b');
    expect(sent([technician('pn_a', { lastDispatchedAt: at(-5) }), technician('pn_b', { lastDispatchedAt: at(-50) })])).toBe('pn_b');
    expect(sent([technician('pn_a', { lastDispatchedAt: at(-500) }), technician('pn_b')])).toBe('pn_b');
    expect(sent([technician('pn_a', level('senior')), technician('pn_b', level('junior'))])).toBe('pn_b');
    expect(sent([technician('pn_b'), technician('pn_a')])).toBe('pn_a');
  });

  it('never sends another trade, or somebody off shift, and sends any of the trades somebody has', () => {
    expect(sent([technician('pn_a')], { trade: 'plumber' })).toBeNull();
    expect(sent([technician('pn_a', { ...off })])).toBeNull();
    expect(sent([technician('pn_a', { trades: ['electrician', 'plumber'] })], { trade: 'plumber' })).toBe('pn_a');
  });

  it('counts the first instant of a shift in and the last out', () => {
    expect(sent([technician('pn_a', { onShiftFrom: NOW })])).toBe('pn_a');
    expect(sent([technician('pn_a', { onShiftUntil: NOW })])).toBeNull();
  });

  it('prefers whoever is on shift, however busy, to whoever is on call', () => {
    const called = technician('pn_a', { ...off, onCall: 'primary' });
    expect(choose(JOB, [called, technician('pn_b', { openOrders: 9 })], NOW, { ...SHIPPED, maxOpenOrders: null })).toMatchObject({
      technicianId: 'pn_b',
      onCall: false,
    });
    expect(choose(JOB, [called], NOW)).toMatchObject({ technicianId: 'pn_a', onCall: true });
  });
});

describe('WO-02 what was looked at in somebody', () => {
  const job: Partial<Job> = { zone: 'inpatient', requires: { minimumLevel: 'middle', certificate: 'high-voltage' } };
  const judged = (more: Partial<Technician>, asked: Partial<Job> = job, rule: Partial<Rule> = {}) =>
    judge(technician('pn_a', more), { ...JOB, ...asked }, NOW, { ...SHIPPED, ...rule });
  const table = (...of: Parameters<typeof judged>) => judged(...of).map(({ about, holds, found, needed }) => [about, holds, found, needed]);

  it('given all of it fits, then each says what was needed and what was found', () => {
    const certificates = [{ kind: 'high-voltage', from: at(-9), until: at(9) }];
    expect(table({ ...level('senior'), certificates, zones: ['surgery', 'inpatient'], openOrders: 1, onCall: 'backup' })).toEqual([
      ['trade', true, 'electrician', 'electrician'],
      ['certificate', true, at(9), 'high-voltage'],
      ['level', true, 'senior', 'middle'],
      ['shift', true, at(420), null],
      ['zone', true, 'surgery, inpatient', 'inpatient'],
      ['open-orders', true, '1', '2'],
      ['on-call', true, 'backup', null],
    ]);
  });

  it('given nothing of it fits, then each says so, and what is there instead', () => {
    const declined = { ...job, trade: 'plumber', declinedBy: ['pn_a'] };
    expect(table({ ...off, trades: [], zones: ['surgery'], openOrders: 2 }, declined)).toEqual([
      ['trade', false, null, 'plumber'],
      ['certificate', false, null, 'high-voltage'],
      ['level', false, null, 'middle'],
      ['shift', false, null, null],
      ['zone', false, 'surgery', 'inpatient'],
      ['open-orders', false, '2', '2'],
      ['declined', false, null, null],
    ]);
  });

  it('given a job that asks for no zone, and a rule without a bound, then neither speaks against anybody', () =>
    expect(table({ openOrders: 99 }, { zone: null }, { maxOpenOrders: null })).toEqual([
      ['trade', true, 'electrician', 'electrician'],
      ['shift', true, at(420), null],
      ['open-orders', true, '99', null],
    ]));

  it('given a choice as it was recorded, then the same comes out of it again, in the very words', () => {
    const {
      considered,
      rule,
      job: asked,
    } = choose({ ...JOB, ...job }, [technician('pn_a', level('middle')), technician('pn_b', off)], NOW);
    for (const one of considered) expect(inWords(judge(one, asked, NOW, rule))).toEqual(one.reasons);
  });
});

describe('WO-02 somebody on shift who has as much as the rule allows', () => {
  it('is waited for: nobody is called for that', () => {
    const called = technician('pn_b', { ...off, onCall: 'primary' });
    expect(sent([technician('pn_a', { openOrders: 2 }), called], {}, { maxOpenOrders: 2 })).toBeNull();
    expect(sent([technician('pn_a', { openOrders: 2 }), called], { declinedBy: ['pn_a'] }, { maxOpenOrders: 2 })).toBe('pn_b');
    expect(sent([technician('pn_a', { openOrders: 2, trades: ['plumber'] }), called], {}, { maxOpenOrders: 2 })).toBe('pn_b');
  });
});

describe('GW-09 a rule is data', () => {
  const two = (a: Partial<Technician>, b: Partial<Technician>) => [technician('pn_a', a), technician('pn_b', b)];

  it.each<readonly [Criterion, Partial<Technician>, Partial<Technician>]>([
    ['zone', { zones: ['surgery'] }, { zones: ['inpatient'] }],
    ['open-orders', { openOrders: 1 }, { openOrders: 0 }],
    ['level', level('middle'), level('junior')],
    ['longest-idle', { lastDispatchedAt: at(-1) }, { lastDispatchedAt: at(-2) }],
    ['free', { openOrders: 1 }, { openOrders: 0 }],
  ])('given %s comes first, then the second is sent, who is better by that', (criterion, a, b) => {
    expect(sent(two(a, b), {}, { order: [criterion] })).toBe('pn_b');
    expect(sent(two(a, b), {}, { order: ['name', criterion] })).toBe('pn_a');
  });

  it('given free comes before zone, then any number of orders is the same', () =>
    expect(
      sent(two({ openOrders: 1 }, { openOrders: 2, zones: ['inpatient'] }), {}, { maxOpenOrders: null, order: ['free', 'zone'] }),
    ).toBe('pn_b'));

  it('given the zone is required, then only who works there, or everywhere, is sent; where no zone is known, anybody', () => {
    const elsewhere = technician('pn_a', { zones: ['surgery'] });
    expect(sent([elsewhere], {}, { zone: 'required' })).toBeNull();
    expect(sent([elsewhere])).toBe('pn_a');
    expect(sent([elsewhere], { zone: null }, { zone: 'required' })).toBe('pn_a');
    expect(sent([elsewhere, technician('pn_b')], {}, { zone: 'required' })).toBe('pn_b');
  });

  it('given a bound of open orders, then whoever has that many gets no more; without one, more', () => {
    expect(sent([technician('pn_a', { openOrders: 2 })], {}, { maxOpenOrders: 2 })).toBeNull();
    expect(sent([technician('pn_a', { openOrders: 1 })], {}, { maxOpenOrders: 2 })).toBe('pn_a');
    expect(sent([technician('pn_a', { openOrders: 99 })], {}, { maxOpenOrders: null })).toBe('pn_a');
  });

  it('given orders are offered, then nobody is sent, nobody is called, and it is recorded who may take it', () => {
    const choice = choose(JOB, [technician('pn_a'), technician('pn_b', { ...off, onCall: 'primary' })], NOW, { ...SHIPPED, mode: 'offer' });
    expect(choice).toMatchObject({ technicianId: null, onCall: false });
    expect(choice.considered.map(({ id, eligible }) => [id, eligible])).toEqual([
      ['pn_a', true],
      ['pn_b', false],
    ]);
  });
});

describe('ST-02 a job that needs a certificate', () => {
  const needing: Partial<Job> = { requires: { minimumLevel: null, certificate: 'high-voltage' } };
  const certified = (...spans: readonly (readonly [kind: string, from: number, until: number])[]) =>
    technician('pn_a', { certificates: spans.map(([kind, from, until]) => ({ kind, from: at(from), until: at(until) })) });

  it('goes to nobody whose certificate has ended at that very instant, or begins later, or is of another kind', () => {
    expect(sent([certified(['high-voltage', -9, 1])], needing)).toBe('pn_a');
    expect(sent([certified(['high-voltage', 0, 1])], needing)).toBe('pn_a');
    expect(sent([certified(['high-voltage', -9, 0])], needing)).toBeNull();
    expect(sent([certified(['high-voltage', 1, 9])], needing)).toBeNull();
    expect(sent([certified(['lift', -9, 9])], needing)).toBeNull();
    expect(sent([certified(['high-voltage', -9, 0], ['high-voltage', 0, 9])], needing)).toBe('pn_a');
  });

  it('is recorded with the certificates of that kind alone', () =>
    expect(choose({ ...JOB, ...needing }, [certified(['lift', -9, 9], ['high-voltage', -9, 9])], NOW).considered[0]).toMatchObject({
      certificates: [{ kind: 'high-voltage' }],
      reasons: expect.arrayContaining([`certificate high-voltage valid until ${at(9)}`]) as unknown,
    }));
});

describe('ST-03 a job that needs a level', () => {
  const needing: Partial<Job> = { requires: { minimumLevel: 'middle', certificate: null } };

  it('goes to nobody below it', () => {
    expect(sent([technician('pn_a')], needing)).toBeNull();
    expect(sent([technician('pn_a', level('junior'))], needing)).toBeNull();
    expect(sent([technician('pn_a', level('middle'))], needing)).toBe('pn_a');
    expect(sent([technician('pn_a', level('senior'))], needing)).toBe('pn_a');
  });

  it('counts a level from its instant on, in that trade, and the latest one, be it lower', () => {
    const levels = (...told: readonly (readonly [trade: string, level: Level, from: number])[]) =>
      technician('pn_a', { levels: told.map(([trade, of, from]) => ({ trade, level: of, from: at(from) })) });
    expect(sent([levels(['electrician', 'middle', 0])], needing)).toBe('pn_a');
    expect(sent([levels(['electrician', 'middle', 1])], needing)).toBeNull();
    expect(sent([levels(['plumber', 'senior', -9])], needing)).toBeNull();
    expect(sent([levels(['electrician', 'senior', -9], ['electrician', 'junior', -5])], needing)).toBeNull();
    expect(sent([levels(['electrician', 'junior', -5], ['electrician', 'senior', -9])], needing)).toBeNull();
  });
});

describe('GW-09 rules an administrator defines', () => {
  const by = commandsBy({ id: 'pn_admin', kind: 'person', roles: ['administrator'] });
  const { version: _, ...shipped } = SHIPPED;
  const said = { ...shipped, id: 'dr_1', name: '就近' };
  const { given } = rulesOf(dispatchRule);
  const defined = { type: 'DispatchRuleDefined' as const, data: { ...said, version: 1 } };

  it('given nothing, then it is defined once; then each revision is the next version', () => {
    given()
      .when(by('DefineDispatchRule', said, NOW))
      .then(defined);
    given(defined)
      .when(by('DefineDispatchRule', said, NOW))
      .thenRejected('ALREADY_DEFINED', 'idempotencyKey');
    given(defined)
      .when(by('ReviseDispatchRule', { ...said, maxOpenOrders: 3 }, NOW))
      .then({ type: 'DispatchRuleRevised', data: { ...said, maxOpenOrders: 3, version: 2 } });
  });

  it('given nobody defined it, or a criterion is named twice, then it is refused', () => {
    given()
      .when(by('ReviseDispatchRule', said, NOW))
      .thenRejected('UNKNOWN_RULE', 'input.id');
    given()
      .when(by('DefineDispatchRule', { ...said, order: ['zone', 'zone'] }, NOW))
      .thenRejected('CRITERION_TWICE', 'input.order');
  });
});
