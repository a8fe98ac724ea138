import { useState } from 'react';
import type { Aggregator, AggregatorTimeseries, CustomerUsage, OffsetList } from '../api/types';
import { useGet } from '../api/use_get';
import { formatPeriod, lastThreeMonths, type DayRange } from '../format/date';
import { formatQuantity } from '../format/number';
import { humanize } from '../format/text';
import { useNow } from '../session/use_now';
import { Panel } from '../ui/panel';
import { Empty, Loaded } from '../ui/states';
import { BarChart } from './bar_chart';
import { dailyBars } from './series';

// Each chart is a request of its own: more are drawn when the reader asks for them.
const firstCharts = 4;

interface ChartCardProps {
  customerId: string;
  usage: CustomerUsage;
  aggregator: Aggregator | undefined;
  range: DayRange;
}

function ChartCard({ customerId, usage, aggregator, range }: ChartCardProps) {
  const unit = usage.unit_name ?? aggregator?.unit_name ?? 'units';
  const series = useGet<AggregatorTimeseries>(`/v1/aggregators/${encodeURIComponent(usage.aggregator_id)}/usage/timeseries`, {
    start_date: range.start_date,
    end_date: range.end_date,
    group_by: 'day',
    customer_id: customerId,
  });
  return (
    <article className="chart-card">
      <header>
        <h3>{usage.name}</h3>
        <p>
          <strong>{formatQuantity(usage.total)}</strong> {unit}
        </p>
        {aggregator && (
          <small>
            {humanize(aggregator.operation)} of <code>{aggregator.entity}</code>, {formatQuantity(usage.count)} events
          </small>
        )}
      </header>
      <Loaded resource={series} what="the chart">
        {(data) => <BarChart bars={dailyBars(data, range.days)} name={usage.name} unit={unit} />}
      </Loaded>
    </article>
  );
}

interface ChartsProps {
  customerId: string;
  usages: CustomerUsage[];
  aggregators: Aggregator[];
  range: DayRange;
}

function Charts({ customerId, usages, aggregators, range }: ChartsProps) {
  const [all, setAll] = useState(false);
  const byId = new Map(aggregators.map((aggregator) => [aggregator.id, aggregator]));
  // Those with usage first; the order of the server otherwise.
  const sorted = [...usages.filter((usage) => usage.count > 0), ...usages.filter((usage) => usage.count <= 0)];
  const shown = all ? sorted : sorted.slice(0, firstCharts);
  if (sorted.length === 0) return <Empty>Nothing is metered for this customer.</Empty>;
  return (
    <>
      <div className="charts">
        {shown.map((usage) => (
          <ChartCard
            key={usage.aggregator_id}
            customerId={customerId}
            usage={usage}
            aggregator={byId.get(usage.aggregator_id)}
            range={range}
          />
        ))}
      </div>
      {shown.length < sorted.length && (
        <p className="pager">
          <button type="button" className="button" onClick={() => setAll(true)}>
            Show {sorted.length - shown.length} more
          </button>
        </p>
      )}
    </>
  );
}

function UsageOf({ customerId, range }: { customerId: string; range: DayRange }) {
  const aggregators = useGet<OffsetList<Aggregator>>('/v1/aggregators', { take: 100 });
  const usages = useGet<CustomerUsage[]>(`/v1/customers/${encodeURIComponent(customerId)}/usage`, {
    start_date: range.start_date,
    end_date: range.end_date,
  });
  return (
    <Loaded resource={aggregators} what="aggregators">
      {(known) => (
        <Loaded resource={usages} what="usage">
          {(data) => <Charts customerId={customerId} usages={data} aggregators={known.data} range={range} />}
        </Loaded>
      )}
    </Loaded>
  );
}

export function UsagePanel({ customerId }: { customerId: string }) {
  const now = useNow();
  const range = now.state === 'ready' ? lastThreeMonths(now.data) : null;
  return (
    <Panel title="Usage" aside={range && <span className="hint">{formatPeriod(range.days[0], range.days.at(-1))}</span>}>
      <Loaded resource={now} what="the time">
        {(date) => <UsageOf customerId={customerId} range={lastThreeMonths(date)} />}
      </Loaded>
    </Panel>
  );
}
