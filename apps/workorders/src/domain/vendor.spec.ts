import { personal } from '@hospital/kernel';
import { commandsBy, rulesOf } from '@hospital/kernel/testing';
import { type Agreement, agreementAt, vendor, type VendorEvent } from './vendor';

const buyer = commandsBy({ id: 'pn_buyer', kind: 'person', roles: ['buyer'] });
const T0 = '2026-03-01T03:12:00.000Z';
const agreement: Agreement = {
  trades: ['lift-mechanic'],
  arrivalMinutes: 120,
  entrapmentMinutes: 30,
  from: '2025-12-31T16:00:00.000Z',
  until: '2026-12-31T16:00:00.000Z',
};
const contact = personal('vn_1', '13800000000');
const registered: VendorEvent = { type: 'VendorRegistered', data: { name: '安达电梯', contact } };
const agreed: VendorEvent = { type: 'VendorTermsAgreed', data: agreement };

const { given } = rulesOf(vendor);

describe('WO-08 a vendor and what it owes us', () => {
  it('given nothing, when a vendor is registered, then it is known with its first agreement, once', () => {
    given()
      .when(buyer('RegisterVendor', { name: '安达电梯', contact, agreement }, T0))
      .then(registered, agreed);
    given(registered, agreed)
      .when(buyer('RegisterVendor', { name: '安达电梯', contact, agreement }, T0))
      .thenRejected('ALREADY_REGISTERED', 'idempotencyKey');
  });

  it('given a vendor, when more is agreed or the contact changes, then that is recorded', () => {
    given(registered, agreed)
      .when(buyer('AgreeVendorTerms', { agreement: { ...agreement, arrivalMinutes: 90 } }, T0))
      .then({ type: 'VendorTermsAgreed', data: { ...agreement, arrivalMinutes: 90 } });
    given(registered, agreed)
      .when(buyer('ReplaceVendorContact', { contact: null }, T0))
      .then({ type: 'VendorContactReplaced', data: { contact: null } });
  });

  it('given contacts, when they are to be forgotten, then each that was told since the last time is, also those that were replaced', () => {
    const replaced = (subject: string): VendorEvent => ({ type: 'VendorContactReplaced', data: { contact: personal(subject, '139') } });
    const forgotten = (...subjects: readonly string[]): VendorEvent => ({ type: 'VendorContactForgotten', data: { subjects, at: T0 } });
    const taken: VendorEvent = { type: 'VendorContactReplaced', data: { contact: null } };
    given(registered, agreed, replaced('vn_1.b'), replaced('vn_1.b'), taken)
      .when(buyer('ForgetVendorContact', {}, T0))
      .then(forgotten('vn_1', 'vn_1.b'));
    given(registered, forgotten('vn_1'), replaced('vn_1.c'))
      .when(buyer('ForgetVendorContact', {}, T0))
      .then(forgotten('vn_1.c'));
    given(registered, forgotten('vn_1'))
      .when(buyer('ForgetVendorContact', {}, T0))
      .then();
    given()
      .when(buyer('ForgetVendorContact', {}, T0))
      .thenRejected('UNKNOWN_VENDOR', 'input.id');
  });

  it.each([
    ['NO_TRADES', 'trades', { trades: [] }],
    ['INVALID_MINUTES', 'arrivalMinutes', { arrivalMinutes: 0 }],
    ['INVALID_MINUTES', 'arrivalMinutes', { arrivalMinutes: 1.5 }],
    ['INVALID_MINUTES', 'entrapmentMinutes', { entrapmentMinutes: 10_081 }],
    ['ENDS_BEFORE_IT_STARTS', 'until', { until: agreement.from }],
  ])('given an agreement nobody could keep, then it is refused with %s, and the field is %s', (code, field, wrong) => {
    given()
      .when(buyer('RegisterVendor', { name: '安达电梯', contact, agreement: { ...agreement, ...wrong } }, T0))
      .thenRejected(code, `input.agreement.${field}`);
    given(registered, agreed)
      .when(buyer('AgreeVendorTerms', { agreement: { ...agreement, ...wrong } }, T0))
      .thenRejected(code, `input.agreement.${field}`);
  });

  it('given no such vendor, then the field is named', () => {
    given()
      .when(buyer('AgreeVendorTerms', { agreement }, T0))
      .thenRejected('UNKNOWN_VENDOR', 'input.id');
    given()
      .when(buyer('ReplaceVendorContact', { contact }, T0))
      .thenRejected('UNKNOWN_VENDOR', 'input.id');
  });

  it('given several agreements, when one is asked for, then it is the one agreed last of those in force at that instant', () => {
    const next: Agreement = { ...agreement, arrivalMinutes: 60, from: '2026-12-31T16:00:00.000Z', until: null };
    const tighter: Agreement = { ...agreement, arrivalMinutes: 90, from: '2026-06-01T00:00:00.000Z', until: '2026-07-01T00:00:00.000Z' };
    const minutesAt = (at: string) => agreementAt([agreement, next, tighter], at)?.arrivalMinutes;
    expect(minutesAt('2025-12-31T15:59:59.999Z')).toBeUndefined();
    expect(minutesAt('2025-12-31T16:00:00.000Z')).toBe(120);
    expect(minutesAt('2026-06-15T00:00:00.000Z')).toBe(90);
    expect(minutesAt('2026-07-01T00:00:00.000Z')).toBe(120);
    expect(minutesAt('2026-12-31T16:00:00.000Z')).toBe(60);
    expect(minutesAt('2036-01-01T00:00:00.000Z')).toBe(60);
  });
});
