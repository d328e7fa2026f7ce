import { commandsBy, rulesOf } from '@hospital/kernel/testing';
import { category, type CategoryDefinition, type FieldDefinition, missingIn, USUAL_AGREEMENT } from './category';
import { type Criticality, priorityOf, type Severity } from './intake';
import { ELECTRICAL, LAMP, T0 } from '../testing/an-order';

const by = commandsBy({ id: 'pn_admin', kind: 'person', roles: ['administrator'] });
const { id: _, version: __, retired: ___, ...definition } = ELECTRICAL;
const { given } = rulesOf(category);
const field = (key: string, more: Partial<FieldDefinition> = {}): FieldDefinition => ({ ...LAMP, key, ...more });

describe('GW-09 a kind of request is defined, revised and retired without a release', () => {
  const defined = { type: 'CategoryDefined' as const, data: definition };
  const revised = { type: 'CategoryRevised' as const, data: { ...definition, name: '强电', version: 2 } };

  it('given nothing, then it is defined once', () => {
    given()
      .when(by('DefineCategory', definition, T0))
      .then(defined);
    given(defined)
      .when(by('DefineCategory', definition, T0))
      .thenRejected('ALREADY_DEFINED', 'idempotencyKey');
  });

  it('given it is defined, then each revision is the next version, with everything it says', () => {
    given(defined)
      .when(by('ReviseCategory', { ...definition, name: '强电' }, T0))
      .then(revised);
    given(defined, revised)
      .when(by('ReviseCategory', definition, T0))
      .then({ type: 'CategoryRevised', data: { ...definition, version: 3 } });
  });

  it('given it is retired, then retiring it again changes nothing, and a revision brings it back', () => {
    const retired = { type: 'CategoryRetired' as const, data: { reason: '并入强电' } };
    given(defined)
      .when(by('RetireCategory', { reason: '并入强电' }, T0))
      .then(retired);
    given(defined, retired)
      .when(by('RetireCategory', { reason: '并入强电' }, T0))
      .then();
    given(defined, retired)
      .when(by('ReviseCategory', { ...definition, name: '强电' }, T0))
      .then(revised);
  });

  it('given nobody defined it, then it is neither revised nor retired', () => {
    given()
      .when(by('ReviseCategory', definition, T0))
      .thenRejected('UNKNOWN_CATEGORY', 'input.id');
    given()
      .when(by('RetireCategory', { reason: '并入强电' }, T0))
      .thenRejected('UNKNOWN_CATEGORY', 'input.id');
  });

  it.each<readonly [string, string, Partial<CategoryDefinition>]>([
    ['FIELD_TWICE', 'input.fields', { fields: [field('lamp'), field('lamp')] }],
    ['WRONG_OPTIONS', 'input.fields', { fields: [field('kind', { kind: 'choice' })] }],
    ['WRONG_OPTIONS', 'input.fields', { fields: [field('lamp', { options: ['A'] })] }],
    ['LIMITS_OUT_OF_ORDER', 'input.agreement.own', { agreement: { ...USUAL_AGREEMENT, own: { P1: 30, P2: 15, P3: 60, P4: 120 } } }],
    ['LIMITS_OUT_OF_ORDER', 'input.agreement.resolve', { agreement: { ...USUAL_AGREEMENT, resolve: { P1: 1, P2: 2, P3: 4, P4: 3 } } }],
  ])('given what makes no sense, then it is refused with %s, naming %s, at first and later', (code, named, more) => {
    given()
      .when(by('DefineCategory', { ...definition, ...more }, T0))
      .thenRejected(code, named);
    given(defined)
      .when(by('ReviseCategory', { ...definition, ...more }, T0))
      .thenRejected(code, named);
  });

  it.each([
    ['UNKNOWN_RULE', 'ruleId'],
    ['UNKNOWN_CALENDAR', 'agreement.calendarId'],
  ] as const)('given it names what is not there, then it is refused with %s, naming %s, at first and later', (code, named) => {
    const wanting = { ...definition, unknown: [named] };
    given()
      .when(by('DefineCategory', wanting, T0))
      .thenRejected(code, `input.${named}`);
    given(defined)
      .when(by('ReviseCategory', wanting, T0))
      .thenRejected(code, `input.${named}`);
  });

  it('given all it names is there, then nothing is said of that', () =>
    given()
      .when(by('DefineCategory', { ...definition, unknown: [] }, T0))
      .then(defined));
});

describe('WO-04 the fields of a request', () => {
  const fields = [
    field('lamp'),
    field('floor', { kind: 'number', required: false }),
    field('dark', { kind: 'yes-no' }),
    field('wing', { kind: 'choice', options: ['东', '西'] }),
    field('picture', { kind: 'photo' }),
  ];

  it('given nothing is answered, then every required one is missing, in the order of the form', () =>
    expect(missingIn(fields, {}, [])).toEqual(['lamp', 'dark', 'wing', 'picture']));

  it.each(['constructor', 'toString', 'valueOf'])('given a field that is named %s, then it is missing until it is answered', (key) => {
    expect(missingIn([field(key)], {}, [])).toEqual([key]);
    expect(missingIn([field(key)], { [key]: '甲公司' }, [])).toEqual([]);
  });

  it('given all are answered, then nothing is', () =>
    expect(missingIn(fields, { lamp: 'L-1', floor: '-1.5', dark: 'yes', wing: '西' }, ['ab'])).toEqual([]));

  it.each([
    ['UNKNOWN_DETAIL', 'colour', '红'],
    ['UNKNOWN_DETAIL', 'picture', '有'],
    ['NOT_A_NUMBER', 'floor', '三'],
    ['NOT_A_NUMBER', 'floor', ' '],
    ['NOT_AN_OPTION', 'dark', '是'],
    ['NOT_AN_OPTION', 'wing', '北'],
  ])('given what is no answer, then it is refused with %s, naming %s', (code, key, value) =>
    expect(missingIn(fields, { [key]: value }, [])).toMatchObject({ code, field: `input.details.${key}` }),
  );
});

describe('WO-10 priority is criticality times severity', () => {
  it.each<readonly [Severity, readonly string[]]>([
    ['low', ['P4', 'P4', 'P3']],
    ['normal', ['P4', 'P3', 'P2']],
    ['high', ['P3', 'P2', 'P1']],
    ['critical', ['P3', 'P2', 'P1']],
  ])('given %s severity at an ordinary, important and vital place, then it is %j', (severity, expected) =>
    expect(([1, 2, 3] satisfies Criticality[]).map((criticality) => priorityOf(criticality as Criticality, severity))).toEqual(expected),
  );
});
