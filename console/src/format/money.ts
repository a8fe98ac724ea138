// Amounts in minor units as text, exact for every whole number JSON carries exactly.
import { digitsOf, join, shiftLeft } from './number';

// The same two lists as the server's currency table; every other currency has two decimals.
const withoutDecimals = new Set(
  'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF'.split(' '),
);
const withThree = new Set('BHD IQD JOD KWD LYD OMR TND'.split(' '));

export function currencyDecimals(currency: string): number {
  if (withoutDecimals.has(currency)) return 0;
  return withThree.has(currency) ? 3 : 2;
}

const symbols = new Map<string, string>();

/** "€", "CA$", or the code and a space that does not break. */
export function currencyPrefix(currency: string): string {
  const known = symbols.get(currency);
  if (known !== undefined) return known;
  let symbol = currency;
  try {
    const parts = new Intl.NumberFormat('en', { style: 'currency', currency }).formatToParts(0);
    symbol = parts.find((part) => part.type === 'currency')?.value ?? currency;
  } catch {
    // A malformed code is shown as it came.
  }
  const prefix = /[A-Za-z]$/.test(symbol) ? `${symbol}\u00a0` : symbol;
  symbols.set(currency, prefix);
  return prefix;
}

/**
 * 123456 EUR is "€1,234.56"; 500 JPY is "¥500". The price of one unit may be a fraction of a minor
 * unit and then keeps all its digits: 0.02 EUR cents is "€0.0002".
 */
export function formatMoney(minor: number, currency: string): string {
  if (!Number.isFinite(minor)) return '–';
  const decimals = currencyDecimals(currency);
  const digits = shiftLeft(digitsOf(minor), decimals);
  return `${digits.negative ? '−' : ''}${currencyPrefix(currency)}${join(digits, decimals)}`;
}
