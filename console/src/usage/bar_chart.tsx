import { useId } from 'react';
import { formatDay } from '../format/date';
import { formatQuantity } from '../format/number';
import { monthMarks, niceCeiling, type Bar } from './series';

const height = 100;

interface BarChartProps {
  bars: Bar[];
  name: string;
  unit: string;
}

/**
 * The bars are stretched to the box, so every text stands outside of the drawing. Readers who do not
 * see it get the summary as its name and the figures as a table.
 */
export function BarChart({ bars, name, unit }: BarChartProps) {
  const summaryId = useId();
  const top = niceCeiling(Math.max(0, ...bars.map((bar) => bar.count)));
  const busiest = bars.reduce<Bar | null>((best, bar) => (best === null || bar.count > best.count ? bar : best), null);
  const percent = (at: number) => `${(at / Math.max(1, bars.length)) * 100}%`;
  const used = bars.filter((bar) => bar.count !== 0);
  const summary = busiest
    ? `${name} per day, ${formatDay(bars[0]?.day)} to ${formatDay(bars.at(-1)?.day)}. Most on ${formatDay(busiest.day)}: ${formatQuantity(busiest.count)} ${unit}.`
    : name;

  return (
    <figure className="chart">
      <div className="chart-body">
        <div className="chart-scale" aria-hidden="true">
          <span>{formatQuantity(top)}</span>
          <span>0</span>
        </div>
        <div className="chart-plot">
          <svg viewBox={`0 0 ${bars.length} ${height}`} preserveAspectRatio="none" role="img" aria-labelledby={summaryId}>
            <title id={summaryId}>{summary}</title>
            {bars.map((bar, at) => {
              const tall = (Math.max(0, bar.count) / top) * height;
              return (
                <g key={bar.day} className="chart-day">
                  <rect className="chart-hit" x={at} y={0} width={1} height={height} />
                  {tall > 0 && <rect className="chart-bar" x={at + 0.12} y={height - tall} width={0.76} height={tall} />}
                  <title>{`${formatDay(bar.day)}: ${formatQuantity(bar.count)} ${unit}`}</title>
                </g>
              );
            })}
          </svg>
          <div className="chart-months" aria-hidden="true">
            {monthMarks(bars.map((bar) => bar.day)).map((mark) => (
              <span key={mark.at} style={{ left: percent(mark.at) }}>
                {mark.label}
              </span>
            ))}
          </div>
        </div>
      </div>
      {used.length > 0 && (
        <details>
          <summary>Figures per day</summary>
          <table>
            <thead>
              <tr>
                <th scope="col">Day</th>
                <th scope="col" className="numeric">
                  {unit}
                </th>
              </tr>
            </thead>
            <tbody>
              {used.map((bar) => (
                <tr key={bar.day}>
                  <td>{formatDay(bar.day)}</td>
                  <td className="numeric">{formatQuantity(bar.count)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      )}
    </figure>
  );
}
