import { describe, expect, it } from 'vitest';
import { currencyDecimals, formatMoney } from './money';

describe('currencyDecimals', () => {
  it.each([
    ['EUR', 2], ['JPY', 0], ['KRW', 0], ['CLP', 0], ['KWD', 3], ['BHD', 3], ['TND', 3], ['HUF', 2], ['XXX', 2],
  ])('%s has %i', (currency, decimals) => {
    expect(currencyDecimals(currency)).toBe(decimals);
  });
});

describe('formatMoney', () => {
  it.each([
    [0, 'EUR', '€0.00'],
    [5, 'EUR', '€0.05'],
    [-5, 'EUR', '−€0.05'],
    [123456, 'EUR', '€1,234.56'],
    [100000000, 'USD', '$1,000,000.00'],
    [500, 'JPY', '¥500'],
    [1234567, 'KRW', '₩1,234,567'],
    [1234567, 'KWD', 'KWD\u00a01,234.567'],
    [1, 'BHD', 'BHD\u00a00.001'],
    [999, 'CHF', 'CHF\u00a09.99'],
    [999, 'CAD', 'CA$9.99'],
  ])('%d %s is %s', (minor, currency, text) => {
    expect(formatMoney(minor, currency)).toBe(text);
  });

  it('is exact up to the largest whole number JSON carries', () => {
    expect(formatMoney(Number.MAX_SAFE_INTEGER, 'EUR')).toBe('€90,071,992,547,409.91');
    expect(formatMoney(Number.MIN_SAFE_INTEGER, 'KWD')).toBe('−KWD\u00a09,007,199,254,740.991');
  });

  it('has no cents a floating division would lose', () => {
    expect(formatMoney(1005, 'EUR')).toBe('€10.05');
    expect(formatMoney(900719925474091, 'EUR')).toBe('€9,007,199,254,740.91');
  });

  it('keeps fractions of a minor unit', () => {
    expect(formatMoney(0.02, 'EUR')).toBe('€0.0002');
    expect(formatMoney(1.5e-7, 'USD')).toBe('$0.0000000015');
    expect(formatMoney(12.5, 'JPY')).toBe('¥12.5');
    expect(formatMoney(150.25, 'EUR')).toBe('€1.5025');
  });

  it('shows what is no amount and no currency without failing', () => {
    expect(formatMoney(Number.NaN, 'EUR')).toBe('–');
    expect(formatMoney(100, '??')).toBe('??1.00');
  });
});
