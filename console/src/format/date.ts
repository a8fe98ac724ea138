// Days and instants as text, always in UTC: what is shown does not depend on the reader's machine.

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** Missing values and texts that are no date are both shown as a dash. */
const none = '–';

function read(iso: string | null | undefined): Date | null {
  if (!iso) return null;
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? null : date;
}

/** "5 Mar 2025" */
export function formatDay(iso: string | null | undefined): string {
  const date = read(iso);
  if (date === null) return none;
  return `${date.getUTCDate()} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}

/** "5 Mar 2025, 14:07 UTC" */
export function formatInstant(iso: string | null | undefined): string {
  const date = read(iso);
  if (date === null) return none;
  return `${formatDay(iso)}, ${date.toISOString().slice(11, 16)} UTC`;
}

/** Both ends are shown; the API gives the last millisecond of a period as its end. */
export function formatPeriod(from: string | null | undefined, to: string | null | undefined): string {
  const start = formatDay(from);
  const end = formatDay(to);
  if (start === none && end === none) return none;
  if (start === end) return start;
  if (end === none) return `from ${start}`;
  if (start === none) return `until ${end}`;
  const year = start.slice(-4);
  return year === end.slice(-4) ? `${start.slice(0, -5)} – ${end}` : `${start} – ${end}`;
}

export function monthName(index: number): string {
  return months[index] ?? none;
}

const dayMs = 86_400_000;

/** "2025-03-05" of a UTC day. */
export function dayKey(date: Date): string {
  return date.toISOString().slice(0, 10);
}

export interface DayRange {
  /** First and last day, both included. */
  days: string[];
  start_date: string;
  /** Midnight after the last day: the API's end is exclusive. */
  end_date: string;
}

/** The three calendar months before today and today itself, as whole UTC days. */
export function lastThreeMonths(now: Date): DayRange {
  const today = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate());
  const back = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 3, 1));
  const lastOfMonth = new Date(Date.UTC(back.getUTCFullYear(), back.getUTCMonth() + 1, 0)).getUTCDate();
  // 31 May minus three months is 28 February, not 3 March.
  const first = back.setUTCDate(Math.min(now.getUTCDate(), lastOfMonth));
  const days: string[] = [];
  for (let day = first; day <= today; day += dayMs) days.push(dayKey(new Date(day)));
  return {
    days,
    start_date: new Date(first).toISOString(),
    end_date: new Date(today + dayMs).toISOString(),
  };
}
