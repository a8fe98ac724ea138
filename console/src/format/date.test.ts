import { describe, expect, it } from 'vitest';
import { formatDay, formatInstant, formatPeriod, lastThreeMonths } from './date';

describe('days and instants', () => {
  it('are in UTC on every machine', () => {
    expect(formatDay('2025-03-05T23:59:59.999Z')).toBe('5 Mar 2025');
    expect(formatDay('2025-01-01T00:30:00.000+02:00')).toBe('31 Dec 2024');
    expect(formatInstant('2025-03-05T14:07:09.000Z')).toBe('5 Mar 2025, 14:07 UTC');
  });

  it('show a dash for what is missing or no date', () => {
    expect(formatDay(null)).toBe('–');
    expect(formatDay(undefined)).toBe('–');
    expect(formatDay('soon')).toBe('–');
    expect(formatInstant('')).toBe('–');
  });
});

describe('formatPeriod', () => {
  it.each([
    ['2025-03-01T00:00:00.000Z', '2025-03-31T23:59:59.999Z', '1 Mar – 31 Mar 2025'],
    ['2024-12-15T00:00:00.000Z', '2025-01-14T23:59:59.999Z', '15 Dec 2024 – 14 Jan 2025'],
    ['2025-03-01T00:00:00.000Z', '2025-03-01T23:59:59.999Z', '1 Mar 2025'],
    ['2025-03-01T00:00:00.000Z', null, 'from 1 Mar 2025'],
    [null, '2025-03-01T00:00:00.000Z', 'until 1 Mar 2025'],
    [null, null, '–'],
  ])('%s to %s', (from, to, text) => {
    expect(formatPeriod(from, to)).toBe(text);
  });
});

describe('lastThreeMonths', () => {
  it('covers whole days with an exclusive end', () => {
    const range = lastThreeMonths(new Date('2025-06-15T13:00:00Z'));
    expect(range.start_date).toBe('2025-03-15T00:00:00.000Z');
    expect(range.end_date).toBe('2025-06-16T00:00:00.000Z');
    expect(range.days[0]).toBe('2025-03-15');
    expect(range.days.at(-1)).toBe('2025-06-15');
    expect(range.days).toHaveLength(93);
  });

  it('clamps to the end of a short month', () => {
    expect(lastThreeMonths(new Date('2025-05-31T00:00:00Z')).days[0]).toBe('2025-02-28');
    expect(lastThreeMonths(new Date('2024-05-31T00:00:00Z')).days[0]).toBe('2024-02-29');
  });

  it('crosses a new year', () => {
    expect(lastThreeMonths(new Date('2025-01-10T08:00:00Z')).days[0]).toBe('2024-10-10');
  });
});
