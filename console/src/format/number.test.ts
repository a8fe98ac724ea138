import { describe, expect, it } from 'vitest';
import { digitsOf, formatPercent, formatQuantity, group } from './number';

describe('digitsOf', () => {
  it.each([
    [0, '0', ''],
    [1e21, '1000000000000000000000', ''],
    [1.5e22, '15000000000000000000000', ''],
    [1.5e-7, '0', '00000015'],
    [123.456, '123', '456'],
  ])('%d', (value, whole, fraction) => {
    expect(digitsOf(value)).toEqual({ negative: false, whole, fraction });
  });

  it('keeps the sign apart', () => {
    expect(digitsOf(-2.5)).toEqual({ negative: true, whole: '2', fraction: '5' });
  });
});

describe('quantities', () => {
  it('groups by thousands', () => {
    expect(['1', '123', '1234', '123456', '1234567'].map(group)).toEqual(['1', '123', '1,234', '123,456', '1,234,567']);
  });

  it('shows decimals only where there are some', () => {
    expect(formatQuantity(12)).toBe('12');
    expect(formatQuantity(-1234.5)).toBe('−1,234.5');
    expect(formatQuantity(Infinity)).toBe('–');
  });

  it('shows rates as they come', () => {
    expect(formatPercent(20)).toBe('20%');
    expect(formatPercent(5.5)).toBe('5.5%');
  });
});
