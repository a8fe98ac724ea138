// Numbers as text. Nothing here divides or multiplies a binary floating-point value: a JSON number is
// turned into its shortest decimal digits, and from then on only characters are moved.

interface Digits {
  negative: boolean;
  whole: string;
  fraction: string;
}

/** Plain digits of a finite number, without an exponent: 1e21 and 1.5e-7 are written out. */
export function digitsOf(value: number): Digits {
  const text = String(Math.abs(value));
  const [mantissa = '0', exponentText] = text.split('e');
  const [head = '0', tail = ''] = mantissa.split('.');
  let whole = head;
  let fraction = tail;
  const exponent = Number(exponentText ?? '0');
  if (exponent > 0) {
    const moved = fraction.padEnd(exponent, '0');
    whole += moved.slice(0, exponent);
    fraction = moved.slice(exponent);
  } else if (exponent < 0) {
    const moved = whole.padStart(1 - exponent, '0');
    fraction = moved.slice(exponent) + fraction;
    whole = moved.slice(0, exponent);
  }
  return { negative: value < 0, whole: whole.replace(/^0+(?=\d)/, ''), fraction };
}

/** Moves the decimal point `places` to the left: 12345 with 2 is 123.45. */
export function shiftLeft(digits: Digits, places: number): Digits {
  const padded = digits.whole.padStart(places + 1, '0');
  const cut = padded.length - places;
  return { negative: digits.negative, whole: padded.slice(0, cut), fraction: padded.slice(cut) + digits.fraction };
}

export function group(whole: string): string {
  return whole.replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Grouped digits without the sign; trailing zeros of the fraction go, down to `least` places. */
export function join(digits: Digits, least = 0): string {
  let fraction = digits.fraction.replace(/0+$/, '');
  fraction = fraction.padEnd(least, '0');
  return fraction === '' ? group(digits.whole) : `${group(digits.whole)}.${fraction}`;
}

export function formatQuantity(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const digits = digitsOf(value);
  return `${digits.negative ? '−' : ''}${join(digits)}`;
}

/** A rate as the API gives it: 20 is "20%", 5.5 is "5.5%". */
export function formatPercent(value: number): string {
  return `${formatQuantity(value)}%`;
}
