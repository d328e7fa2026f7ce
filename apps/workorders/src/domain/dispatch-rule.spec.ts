import fc from 'fast-check';
import { choose, type Technician } from './dispatch-rule';

const NOW = '2026-03-01T08:00:00.000Z';
const technician = (id: string, more: Partial<Technician> = {}): Technician => ({
  id,
  trade: 'electrician',
  onShiftFrom: '2026-03-01T00:00:00.000Z',
  onShiftUntil: '2026-03-01T12:00:00.000Z',
  openOrders: 0,
  ...more,
});

describe('trade, on shift, least loaded', () => {
  it('chooses the one with the fewest open orders, then by id', () => {
    expect(choose('electrician', [technician('pn_b', { openOrders: 1 }), technician('pn_a', { openOrders: 1 })], NOW).technicianId).toBe(
      'pn_a',
    );
    expect(choose('electrician', [technician('pn_a', { openOrders: 2 }), technician('pn_b', { openOrders: 1 })], NOW).technicianId).toBe(
      'pn_b',
    );
  });

  it('never chooses another trade, or somebody off shift', () => {
    expect(choose('plumber', [technician('pn_a')], NOW).technicianId).toBeNull();
    expect(choose('electrician', [technician('pn_a', { onShiftUntil: null })], NOW).technicianId).toBeNull();
  });

  it('counts the first instant of a shift in and the last out', () => {
    expect(choose('electrician', [technician('pn_a', { onShiftFrom: NOW })], NOW).technicianId).toBe('pn_a');
    expect(choose('electrician', [technician('pn_a', { onShiftUntil: NOW })], NOW).technicianId).toBeNull();
  });

  it('names every candidate and why, the chosen one first', () => {
    const { considered } = choose('electrician', [technician('pn_a', { trade: 'plumber' }), technician('pn_b')], NOW);
    expect(considered.map(({ id, eligible, reasons }) => ({ id, eligible, reason: reasons[0] }))).toEqual([
      { id: 'pn_b', eligible: true, reason: 'trade is electrician' },
      { id: 'pn_a', eligible: false, reason: 'trade is plumber, needed is electrician' },
    ]);
  });

  it('made again over what was recorded, in any order of candidates, it gives the recorded answer', () => {
    const instants = fc.constantFrom(null, '2026-03-01T00:00:00.000Z', NOW, '2026-03-01T12:00:00.000Z');
    const candidates = fc.uniqueArray(
      fc.record({
        id: fc.stringMatching(/^pn_[a-z]{3}$/),
        trade: fc.constantFrom('electrician', 'plumber'),
        onShiftFrom: instants,
        onShiftUntil: instants,
        openOrders: fc.nat(3),
      }),
      { selector: ({ id }) => id },
    );
    fc.assert(
      fc.property(candidates, fc.constantFrom('electrician', 'plumber'), (technicians, trade) => {
        const recorded = choose(trade, technicians, NOW);
        expect(
          choose(
            trade,
            recorded.considered.map(({ eligible: _, reasons: __, ...inputs }) => inputs),
            NOW,
          ),
        ).toEqual(recorded);
        expect(choose(trade, [...technicians].reverse(), NOW)).toEqual(recorded);
      }),
    );
  });
});
