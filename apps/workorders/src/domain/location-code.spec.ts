import { AT, commandsBy, rulesOf } from '@hospital/kernel/testing';
import { locationCode, type LocationCodeCommand, type LocationCodeEvent } from './location-code';

const { given } = rulesOf(locationCode);
const administrator = commandsBy({ id: 'pn_admin', kind: 'person', roles: ['administrator'] });
const command = (type: LocationCodeCommand['type'], data: object) => administrator(type, data as never, AT) as LocationCodeCommand;

const wanted = { place: { id: 'as_inpatient' }, spot: "三楼护士站 3F nurses' station", zone: 'inpatient' };
const spot = { placeId: 'as_inpatient', spot: wanted.spot, zone: 'inpatient' };
const elsewhere = { ...spot, spot: '四楼护士站' };
const issued: LocationCodeEvent = { type: 'LocationCodeIssued', data: spot };
const withdrawn: LocationCodeEvent = { type: 'LocationCodeWithdrawn', data: { reason: '墙面翻新' } };

describe('WO-01 a location code', () => {
  it('is issued for a spot at a place, with or without a zone', () => {
    given().when(command('IssueLocationCode', wanted)).then(issued);
    given()
      .when(command('IssueLocationCode', { ...wanted, zone: null }))
      .then({ type: 'LocationCodeIssued', data: { ...spot, zone: null } });
  });

  it('is refused at a place nobody knows', () => {
    given()
      .when(command('IssueLocationCode', { ...wanted, place: null }))
      .thenRejected('UNKNOWN_PLACE', 'input.placeId');
    given(issued)
      .when(command('MoveLocationCode', { ...wanted, place: null }))
      .thenRejected('UNKNOWN_PLACE', 'input.placeId');
  });

  it('is issued once', () => {
    given(issued).when(command('IssueLocationCode', wanted)).thenRejected('ALREADY_ISSUED', 'idempotencyKey');
  });

  it('moves to another spot; where it is already, nothing happens', () => {
    given(issued)
      .when(command('MoveLocationCode', { ...wanted, spot: '四楼护士站' }))
      .then({ type: 'LocationCodeMoved', data: elsewhere });
    given(issued).when(command('MoveLocationCode', wanted)).then();
    given(issued, { type: 'LocationCodeMoved', data: elsewhere })
      .when(command('MoveLocationCode', wanted))
      .then({ type: 'LocationCodeMoved', data: spot });
  });

  it('is withdrawn for good, with a reason, once', () => {
    given(issued)
      .when(command('WithdrawLocationCode', { reason: '墙面翻新' }))
      .then(withdrawn);
    given(issued, withdrawn)
      .when(command('WithdrawLocationCode', { reason: '又一次' }))
      .then();
    given(issued, withdrawn).when(command('MoveLocationCode', wanted)).thenRejected('LOCATION_CODE_WITHDRAWN', 'input.id');
    given(issued, withdrawn).when(command('IssueLocationCode', wanted)).thenRejected('ALREADY_ISSUED', 'idempotencyKey');
  });

  it('that was never issued can be neither moved nor withdrawn', () => {
    given().when(command('MoveLocationCode', wanted)).thenRejected('UNKNOWN_LOCATION_CODE', 'input.id');
    given()
      .when(command('WithdrawLocationCode', { reason: '墙面翻新' }))
      .thenRejected('UNKNOWN_LOCATION_CODE', 'input.id');
  });
});
