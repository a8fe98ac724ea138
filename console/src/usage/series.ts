// What a usage chart draws, worked out apart from drawing it.
import type { AggregatorTimeseries } from '../api/types';
import { dayKey, monthName } from '../format/date';

export interface Bar {
  day: string;
  count: number;
}

/** One bar for every day of the range; the API may leave out days without usage. */
export function dailyBars(series: AggregatorTimeseries, days: string[]): Bar[] {
  const counts = new Map<string, number>();
  for (const { tick, count } of series.timeseries) {
    const date = new Date(tick);
    if (Number.isNaN(date.getTime())) continue;
    const day = dayKey(date);
    counts.set(day, (counts.get(day) ?? 0) + count);
  }
  return days.map((day) => ({ day, count: counts.get(day) ?? 0 }));
}

/** The smallest round number that is not below `largest`, so that the scale reads easily. */
export function niceCeiling(largest: number): number {
  if (!(largest > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(largest));
  for (const step of [1, 1.5, 2, 3, 4, 5, 6, 8]) {
    if (step * power >= largest) return step * power;
  }
  return 10 * power;
}

export interface MonthMark {
  label: string;
  /** Index of the first bar of the month. */
  at: number;
}

export function monthMarks(days: string[]): MonthMark[] {
  const marks: MonthMark[] = [];
  days.forEach((day, at) => {
    if (day.endsWith('-01')) marks.push({ label: monthName(Number(day.slice(5, 7)) - 1), at });
  });
  return marks;
}
