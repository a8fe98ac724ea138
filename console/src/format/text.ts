/** "to_pay" is shown as "To pay". */
export function humanize(value: string): string {
  const words = value.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

let regions: Intl.DisplayNames | null = null;

/** "FR" is "France"; a code the browser does not know is shown as it is. */
export function countryName(code: string | null): string {
  if (!code) return '–';
  try {
    regions ??= new Intl.DisplayNames('en', { type: 'region', fallback: 'code' });
    return regions.of(code) ?? code;
  } catch {
    return code;
  }
}
