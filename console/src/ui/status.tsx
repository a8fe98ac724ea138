import { humanize } from '../format/text';

type Tone = 'good' | 'wait' | 'bad' | 'plain';

const tones: Record<string, Tone> = {
  active: 'good', paid: 'good', settled: 'good', closed: 'plain',
  to_pay: 'wait', partially_paid: 'wait', grace_period: 'wait', open: 'wait', pending: 'wait', paused: 'wait',
  scheduled: 'wait', to_process: 'wait', pending_approval: 'wait', pending_consolidation: 'wait',
  error: 'bad', errored: 'bad', failed: 'bad', uncollectible: 'bad', missing_info: 'bad', changes_requested: 'bad',
};

/** The word carries the meaning; the colour only repeats it. */
export function Status({ value }: { value: string }) {
  return <span className={`status status-${tones[value] ?? 'plain'}`}>{humanize(value)}</span>;
}
