import { commandsBy, rulesOf } from '@hospital/kernel/testing';
import { category } from './category';
import { place } from './place';
import { technician } from './technician';

const T0 = '2026-03-01T00:00:00.000Z';
const T1 = '2026-03-01T08:00:00.000Z';
const by = commandsBy({ id: 'system', kind: 'system', roles: [] });

it('a category is defined once', () => {
  const data = { name: '电气', nameEn: 'Electrical', trade: 'electrician' };
  const { given } = rulesOf(category);
  given()
    .when(by('DefineCategory', data, T0))
    .then({ type: 'CategoryDefined', data });
  given({ type: 'CategoryDefined', data })
    .when(by('DefineCategory', data, T0))
    .thenRejected('ALREADY_DEFINED', 'idempotencyKey');
});

it('a place is learned when it is new or has changed', () => {
  const data = { name: '住院楼', kind: 'building' };
  const { given } = rulesOf(place);
  given()
    .when(by('LearnPlace', data, T0))
    .then({ type: 'PlaceLearned', data });
  given({ type: 'PlaceLearned', data })
    .when(by('LearnPlace', data, T0))
    .then();
  given({ type: 'PlaceLearned', data })
    .when(by('LearnPlace', { ...data, name: '新楼' }, T0))
    .then({ type: 'PlaceLearned', data: { ...data, name: '新楼' } });
});

describe('what dispatch knows of a technician', () => {
  const { given } = rulesOf(technician);
  const learned = { type: 'TechnicianLearned' as const, data: { trade: 'plumber' } };
  const started = { type: 'TechnicianShiftStarted' as const, data: { from: T0, until: T1 } };

  it('the trade is learned once', () => {
    given()
      .when(by('LearnTechnician', { trade: 'plumber' }, T0))
      .then(learned);
    given(learned)
      .when(by('LearnTechnician', { trade: 'plumber' }, T0))
      .then();
  });

  it('a shift that starts before the person was heard of brings the trade with it', () => {
    given()
      .when(by('LearnShiftStarted', { trade: 'plumber', from: T0, until: T1 }, T0))
      .then(learned, started);
    given(learned)
      .when(by('LearnShiftStarted', { trade: 'plumber', from: T0, until: T1 }, T0))
      .then(started);
  });

  it('a shift ends once', () => {
    given(learned, started)
      .when(by('LearnShiftEnded', { at: T1 }, T1))
      .then({ type: 'TechnicianShiftEnded', data: { at: T1 } });
    given(learned)
      .when(by('LearnShiftEnded', { at: T1 }, T1))
      .then();
  });

  it('a person is forgotten once, also one who was never heard of', () => {
    given()
      .when(by('LearnPersonForgotten', {}, T1))
      .then({ type: 'TechnicianForgotten', data: {} });
    given({ type: 'TechnicianForgotten', data: {} })
      .when(by('LearnPersonForgotten', {}, T1))
      .then();
  });
});
