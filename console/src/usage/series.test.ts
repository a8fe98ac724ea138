import { describe, expect, it } from 'vitest';
import { dailyBars, monthMarks, niceCeiling } from './series';

describe('dailyBars', () => {
  it('fills the days the server leaves out and ignores what is outside', () => {
    const series = {
      total: 12,
      timeseries: [
        { tick: '2025-03-02T00:00:00.000Z', count: 5 },
        { tick: '2025-03-03', count: 7 },
        { tick: '2025-04-01T00:00:00.000Z', count: 99 },
        { tick: 'never', count: 1 },
      ],
    };
    expect(dailyBars(series, ['2025-03-01', '2025-03-02', '2025-03-03'])).toEqual([
      { day: '2025-03-01', count: 0 },
      { day: '2025-03-02', count: 5 },
      { day: '2025-03-03', count: 7 },
    ]);
  });
});

describe('niceCeiling', () => {
  it.each([[0, 1], [-3, 1], [1, 1], [7, 8], [1.2, 1.5], [21, 30], [260, 300], [999, 1000], [1000, 1000], [0.035, 0.04]])('%d', (largest, top) => {
    expect(niceCeiling(largest)).toBeCloseTo(top, 12);
  });
});

describe('monthMarks', () => {
  it('stand at the first of each month', () => {
    expect(monthMarks(['2025-02-28', '2025-03-01', '2025-03-02', '2025-04-01'])).toEqual([
      { label: 'Mar', at: 1 },
      { label: 'Apr', at: 3 },
    ]);
  });
});
