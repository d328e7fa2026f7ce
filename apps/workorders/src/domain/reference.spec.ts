import { fold } from '@hospital/kernel';
import { commandsBy, rulesOf } from '@hospital/kernel/testing';
import { onCall, type OnCallEvent } from './on-call';
import { place } from './place';
import { technician, type TechnicianEvent } from './technician';

const T0 = '2026-03-01T00:00:00.000Z';
const T1 = '2026-03-01T08:00:00.000Z';
const T2 = '2026-03-01T16:00:00.000Z';
const by = commandsBy({ id: 'system', kind: 'system', roles: [] });

describe('what work orders know of a place', () => {
  const data = { name: '住院楼', kind: 'building' };
  const learned = { type: 'PlaceLearned' as const, data };
  const classified = { type: 'PlaceClassified' as const, data: { zone: 'inpatient', criticality: 3 as const } };
  const { given } = rulesOf(place);

  it('given it is told, then it is learned when it is new or has changed', () => {
    given()
      .when(by('LearnPlace', data, T0))
      .then(learned);
    given(learned)
      .when(by('LearnPlace', data, T0))
      .then();
    given(learned)
      .when(by('LearnPlace', { ...data, name: '新楼' }, T0))
      .then({ type: 'PlaceLearned', data: { ...data, name: '新楼' } });
  });

  it('given it is known, then a dispatcher says its zone and how much depends on it, once', () => {
    given(learned)
      .when(by('ClassifyPlace', classified.data, T0))
      .then(classified);
    given(learned, classified)
      .when(by('ClassifyPlace', classified.data, T0))
      .then();
    given()
      .when(by('ClassifyPlace', classified.data, T0))
      .thenRejected('UNKNOWN_PLACE', 'input.id');
    expect(fold(place, [learned, classified, learned])).toMatchObject(classified.data);
  });

  it('WO-08 given where it lies, then that is kept, once, until it is said anew or taken back', () => {
    const located = { type: 'PlaceLocated' as const, data: { position: { latitude: 31.2304, longitude: 121.4737, radiusMetres: 150 } } };
    const nowhere = { type: 'PlaceLocated' as const, data: { position: null } };
    given(learned)
      .when(by('LocatePlace', located.data, T0))
      .then(located);
    given(learned, located)
      .when(by('LocatePlace', located.data, T0))
      .then();
    given(learned, located)
      .when(by('LocatePlace', nowhere.data, T0))
      .then(nowhere);
    given(learned)
      .when(by('LocatePlace', nowhere.data, T0))
      .then();
    given()
      .when(by('LocatePlace', located.data, T0))
      .thenRejected('UNKNOWN_PLACE', 'input.id');
  });

  it.each([
    [{ latitude: 90.001 }, 'INVALID_POSITION', 'input.position.latitude'],
    [{ latitude: Number.NaN }, 'INVALID_POSITION', 'input.position.latitude'],
    [{ longitude: -180.5 }, 'INVALID_POSITION', 'input.position.longitude'],
    [{ radiusMetres: 9 }, 'INVALID_RADIUS', 'input.position.radiusMetres'],
    [{ radiusMetres: 2_001 }, 'INVALID_RADIUS', 'input.position.radiusMetres'],
    [{ radiusMetres: 50.5 }, 'INVALID_RADIUS', 'input.position.radiusMetres'],
  ])('given a position with %j, then it is refused and the field named', (wrong, code, field) =>
    given(learned)
      .when(by('LocatePlace', { position: { latitude: 31, longitude: 121, radiusMetres: 200, ...wrong } }, T0))
      .thenRejected(code, field),
  );
});

describe('what dispatch knows of a technician', () => {
  const { given } = rulesOf(technician);
  const learned: TechnicianEvent = { type: 'TechnicianLearned', data: { trade: 'plumber', trades: ['plumber'] } };
  const started: TechnicianEvent = { type: 'TechnicianShiftStarted', data: { zones: [], from: T0, until: T1 } };
  const shift = { shiftId: 'sh_1', trade: 'plumber', zones: ['inpatient'], from: T1, until: T2 };
  const planned: TechnicianEvent = { type: 'TechnicianShiftPlanned', data: shift };

  it('given a person is told, then the trades are learned once; another trade is added once', () => {
    given()
      .when(by('LearnTechnician', learned.data, T0))
      .then(learned);
    given(learned)
      .when(by('LearnTechnician', learned.data, T0))
      .then();
    given(learned)
      .when(by('LearnTrade', { trade: 'electrician' }, T0))
      .then({ type: 'TechnicianTradeLearned', data: { trade: 'electrician' } });
    given(learned)
      .when(by('LearnTrade', { trade: 'plumber' }, T0))
      .then();
  });

  it('given a shift is told of before the person, then it brings the trade with it; a trade nobody told of is added', () => {
    const start = { trade: 'plumber', zones: [], from: T0, until: T1 };
    given()
      .when(by('LearnShiftStarted', start, T0))
      .then(learned, started);
    given(learned)
      .when(by('LearnShiftStarted', start, T0))
      .then(started);
    given(learned)
      .when(by('LearnShiftPlanned', { ...shift, trade: 'electrician' }, T0))
      .then(
        { type: 'TechnicianTradeLearned', data: { trade: 'electrician' } },
        { type: 'TechnicianShiftPlanned', data: { ...shift, trade: 'electrician' } },
      );
  });

  it('given somebody is present, then that ends once', () => {
    given(learned, started)
      .when(by('LearnShiftEnded', { at: T1 }, T1))
      .then({ type: 'TechnicianShiftEnded', data: { at: T1 } });
    given(learned)
      .when(by('LearnShiftEnded', { at: T1 }, T1))
      .then();
  });

  it('given somebody goes home within a planned shift, then that ends too, once, also without a presence, and begins no more', () => {
    const ended: TechnicianEvent = { type: 'TechnicianShiftEnded', data: { at: T1 } };
    given(learned, planned)
      .when(by('LearnShiftEnded', { at: T1 }, T1))
      .then(ended);
    given(learned, planned, ended)
      .when(by('LearnShiftEnded', { at: T1 }, T1))
      .then();
    given(learned, planned)
      .when(by('LearnShiftEnded', { at: T2 }, T2))
      .then();
    for (const command of [by('NoteShiftBegun', {}, T2), by('NoteShiftPassed', { until: T2 }, T2)])
      given(learned, planned, started, ended).when(command).then();
    given(learned, planned, started, { type: 'TechnicianShiftEnded', data: { at: T0 } })
      .when(by('NoteShiftPassed', { until: T2 }, T2))
      .then({ type: 'TechnicianShiftPassed', data: { until: T2, at: T2 } });
  });

  it('WO-02 given a planned shift or a presence is over, then that is noted once, not before its time; withdrawn or ended before, never', () => {
    const passed = (until: string): TechnicianEvent => ({ type: 'TechnicianShiftPassed', data: { until, at: until } });
    for (const [told, until] of [
      [started, T1],
      [planned, T2],
    ] as const) {
      given(learned, told)
        .when(by('NoteShiftPassed', { until }, until))
        .then(passed(until));
      given(learned, told)
        .when(by('NoteShiftPassed', { until }, T0))
        .then();
      given(learned, told, passed(until))
        .when(by('NoteShiftPassed', { until }, T2))
        .then();
    }
    given(learned, planned, { type: 'TechnicianShiftWithdrawn', data: { shiftId: 'sh_1' } })
      .when(by('NoteShiftPassed', { until: T2 }, T2))
      .then();
    given(learned, planned, { type: 'TechnicianShiftPlanned', data: { ...shift, until: '2026-03-01T20:00:00.000Z' } })
      .when(by('NoteShiftPassed', { until: T2 }, T2))
      .then();
    given(learned, started, { type: 'TechnicianShiftEnded', data: { at: T0 } })
      .when(by('NoteShiftPassed', { until: T1 }, T1))
      .then();
  });

  it('given a planned shift, then it begins once, not before its time; one that is withdrawn never', () => {
    const begun: TechnicianEvent = { type: 'TechnicianShiftBegun', data: { shiftId: 'sh_1', at: T1 } };
    given(learned, planned)
      .when(by('NoteShiftBegun', {}, T1))
      .then(begun);
    given(learned, planned, begun)
      .when(by('NoteShiftBegun', {}, T2))
      .then();
    given(learned, planned)
      .when(by('NoteShiftBegun', {}, T0))
      .then();
    given(learned, planned, { type: 'TechnicianShiftWithdrawn', data: { shiftId: 'sh_1' } })
      .when(by('NoteShiftBegun', {}, T1))
      .then();
    given(learned, planned, { type: 'TechnicianShiftPlanned', data: { ...shift, from: T2 } })
      .when(by('NoteShiftBegun', {}, T1))
      .then();
  });

  it('ST-02 ST-03 given a certificate or a level that is yet to count, then it begins to once, not before its time', () => {
    const level: TechnicianEvent = { type: 'TechnicianLevelLearned', data: { trade: 'plumber', level: 'middle', from: T1 } };
    const certificate: TechnicianEvent = {
      type: 'TechnicianCertified',
      data: { certificateId: 'ce_1', kind: 'high-voltage', from: T1, until: T2 },
    };
    const begun: TechnicianEvent = { type: 'TechnicianQualificationBegun', data: { from: T1, at: T1 } };
    for (const told of [level, certificate]) {
      given(learned, told)
        .when(by('NoteQualificationBegun', { from: T1 }, T1))
        .then(begun);
      given(learned, told)
        .when(by('NoteQualificationBegun', { from: T1 }, T0))
        .then();
      given(learned, told, begun)
        .when(by('NoteQualificationBegun', { from: T1 }, T2))
        .then();
    }
    given(learned, certificate, { type: 'TechnicianCertificateRevoked', data: { certificateId: 'ce_1', kind: 'high-voltage', from: T2 } })
      .when(by('NoteQualificationBegun', { from: T2 }, T2))
      .then({ type: 'TechnicianQualificationBegun', data: { from: T2, at: T2 } });
    given(learned)
      .when(by('NoteQualificationBegun', { from: T1 }, T1))
      .then();
  });

  it('given certificates, levels and departure are told, then they are kept as told', () => {
    const certificate = { certificateId: 'ce_1', kind: 'high-voltage', from: T0, until: T2 };
    const level = { trade: 'plumber', level: 'middle' as const, from: T0 };
    given(learned)
      .when(by('LearnCertificate', certificate, T0))
      .then({ type: 'TechnicianCertified', data: certificate });
    given(learned)
      .when(by('LearnRevocation', { certificateId: 'ce_1', kind: 'high-voltage', from: T0 }, T1))
      .then({ type: 'TechnicianCertificateRevoked', data: { certificateId: 'ce_1', kind: 'high-voltage', from: T0 } });
    given(learned)
      .when(by('LearnLevel', level, T0))
      .then({ type: 'TechnicianLevelLearned', data: level });
    given(learned)
      .when(by('LearnPersonLeft', { at: T1 }, T1))
      .then({ type: 'TechnicianLeft', data: { at: T1 } });
  });

  it('given a person is forgotten, then once, also one who was never heard of, and nothing is learned of them any more', () => {
    const forgotten: TechnicianEvent = { type: 'TechnicianForgotten', data: {} };
    given()
      .when(by('LearnPersonForgotten', {}, T1))
      .then(forgotten);
    given(forgotten)
      .when(by('LearnPersonForgotten', {}, T1))
      .then();
    given(learned, forgotten)
      .when(by('LearnCertificate', { certificateId: 'ce_1', kind: 'high-voltage', from: T0, until: T2 }, T1))
      .then();
  });
});

describe('what dispatch knows of who is on call', () => {
  const slot = { slotId: 'oc_1', trade: 'plumber', from: T1, until: T2, primaryId: 'pn_a', backupId: 'pn_b' };
  const learned: OnCallEvent = { type: 'OnCallLearned', data: slot };
  const begun: OnCallEvent = { type: 'OnCallBegun', data: { slotId: 'oc_1', trade: 'plumber', at: T1 } };
  const gone: OnCallEvent = { type: 'OnCallWithdrawn', data: { slotId: 'oc_1' } };
  const { given } = rulesOf(onCall);

  it('given a slot is told, then what was told last counts, until it is withdrawn', () => {
    given(learned)
      .when(by('LearnOnCall', { ...slot, primaryId: 'pn_c' }, T0))
      .then({ type: 'OnCallLearned', data: { ...slot, primaryId: 'pn_c' } });
    given(learned)
      .when(by('LearnOnCallGone', { slotId: 'oc_1' }, T0))
      .then(gone);
    for (const before of [[], [learned, gone]])
      given(...before)
        .when(by('LearnOnCallGone', { slotId: 'oc_1' }, T0))
        .then();
  });

  it('given a slot, then it begins once, not before its time; one that is withdrawn never', () => {
    given(learned)
      .when(by('NoteOnCallBegun', {}, T1))
      .then(begun);
    given(learned)
      .when(by('NoteOnCallBegun', {}, T0))
      .then();
    for (const before of [[learned, begun], [learned, gone], []])
      given(...before)
        .when(by('NoteOnCallBegun', {}, T1))
        .then();
    given(learned, begun, learned)
      .when(by('NoteOnCallBegun', {}, T1))
      .then(begun);
  });
});
