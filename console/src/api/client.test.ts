import { describe, expect, it } from 'vitest';
import { readError, withQuery } from './client';

describe('withQuery', () => {
  it('leaves out what is not set and escapes the rest', () => {
    expect(withQuery('/v2/customers')).toBe('/v2/customers');
    expect(withQuery('/v2/customers', { search: '', cursor: null, limit: 25 })).toBe('/v2/customers?limit=25');
    expect(withQuery('/v2/customers', { search: 'a&b' })).toBe('/v2/customers?search=a%26b');
  });
});

describe('readError', () => {
  it('takes the message and the fields of an error body', () => {
    const error = readError(400, '{"statusCode":400,"type":"ValidationError","message":"Invalid query","errors":{"limit":["too large"]}}');
    expect([error.status, error.message, error.kind]).toEqual([400, 'Invalid query', 'ValidationError']);
    expect(error.fields).toEqual([['limit', ['too large']]]);
  });

  it('takes plain text, but not a page', () => {
    expect(readError(429, 'Too many requests').message).toBe('Too many requests');
    expect(readError(502, '<html>Bad gateway</html>').message).toBe('The server answered with status 502.');
    expect(readError(500, '').message).toBe('The server answered with status 500.');
    expect(readError(500, 'null').message).toBe('null');
  });
});
