import { foldRow, projectBatch } from '@hospital/kernel';
import type { WorkOrderEvent } from '../domain/work-order';
import {
  accepted,
  assigned,
  cancelled,
  completed,
  declined,
  dispatched,
  grabbed,
  handed,
  merged,
  rated,
  recorded,
  reopened,
  reported,
} from '../testing/an-order';
import { technicianLoad } from './technician-load';

describe('WO-02 what a technician has to do', () => {
  const load = (...events: readonly WorkOrderEvent[]) =>
    Object.fromEntries(
      ['pn_chen', 'pn_li'].map((id) => [id, foldRow(technicianLoad, id, recorded('workOrder-wo_1', events))?.openOrders ?? 0]),
    );

  it('given an order moves, then whoever has it has one more, and whoever had it one less', () => {
    const before = [reported(), dispatched(1)];
    expect(load(reported())).toEqual({ pn_chen: 0, pn_li: 0 });
    expect(load(...before, accepted(2))).toEqual({ pn_chen: 1, pn_li: 0 });
    expect(load(...before, assigned(2, 'pn_li', 'pn_chen'))).toEqual({ pn_chen: 0, pn_li: 1 });
    expect(load(...before, grabbed(40, 'pn_li', 'pn_chen'))).toEqual({ pn_chen: 0, pn_li: 1 });
    expect(load(...before, grabbed(2, 'pn_chen', 'pn_chen'))).toEqual({ pn_chen: 1, pn_li: 0 });
    for (const end of [declined(3), handed(3), cancelled(3, 'pn_chen'), merged(3, 'pn_chen'), completed(3)])
      expect(load(...before, end)).toEqual({ pn_chen: 0, pn_li: 0 });
    expect(load(...before, accepted(2), completed(3), rated(1), reopened(4, 1))).toEqual({ pn_chen: 0, pn_li: 0 });
  });

  it('given it was left waiting, then nobody has more', () =>
    expect(projectBatch(technicianLoad, recorded('workOrder-wo_1', [reported(), dispatched(0, [])]), new Map())).toEqual([]));
});
