import type { ReactNode } from 'react';
import type { Address } from '../api/types';
import { countryName } from '../format/text';

export type Fact = [title: string, value: ReactNode];

/** Name and value pairs; those without a value are left out. */
export function Facts({ facts }: { facts: Fact[] }) {
  return (
    <dl className="facts">
      {facts
        .filter(([, value]) => value !== null && value !== undefined && value !== '' && value !== '–')
        .map(([title, value]) => (
          <div key={title}>
            <dt>{title}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

export function AddressLines({ address }: { address: Address }) {
  const place = [address.zip, address.city, address.state].filter(Boolean).join(' ');
  const lines = [address.line1, address.line2, place, countryName(address.country)].filter(Boolean);
  return (
    <address>
      {lines.map((line, index) => (
        <span key={index}>{line}</span>
      ))}
    </address>
  );
}
