import { describe, expect, it } from 'vitest';
import { matchRoute, paths } from './router';

describe('matchRoute', () => {
  it('knows every page', () => {
    expect(matchRoute('/app/', '')).toEqual({ page: 'customers', search: '' });
    expect(matchRoute('/app', '')).toEqual({ page: 'customers', search: '' });
    expect(matchRoute('/app/customers', '?search=a%20b')).toEqual({ page: 'customers', search: 'a b' });
    expect(matchRoute('/app/customers/cus_1/', '')).toEqual({ page: 'customer', id: 'cus_1' });
    expect(matchRoute('/app/invoices/inv_1', '')).toEqual({ page: 'invoice', id: 'inv_1' });
  });

  it('refuses the rest', () => {
    for (const path of ['/app/quotes', '/app/quotes/1', '/app/invoices', '/app/customers/a/b', '/app/customers/%E0%A4%A']) {
      expect(matchRoute(path, '')).toEqual({ page: 'unknown' });
    }
  });

  it('reads back its own links', () => {
    expect(matchRoute(`/app${paths.customer('a/b c')}`, '')).toEqual({ page: 'customer', id: 'a/b c' });
    const [path = '', query = ''] = paths.customers('x & y').split('?');
    expect(matchRoute(`/app${path}`, query)).toEqual({ page: 'customers', search: 'x & y' });
  });
});
