import type { ErrorBody } from './types';

type QueryValue = string | number | null | undefined;
export type Query = Record<string, QueryValue>;

/** A refused call. `status` is 0 when no answer came at all. */
export class ApiError extends Error {
  readonly status: number;
  readonly kind: string | null;
  readonly fields: [string, string[]][];

  constructor(status: number, message: string, kind: string | null = null, fields: [string, string[]][] = []) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.kind = kind;
    this.fields = fields;
  }
}

export interface Client {
  get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T>;
  /** A file, which must have the media type `expected`. */
  file(path: string, expected: string, signal?: AbortSignal): Promise<Blob>;
}

export function withQuery(path: string, query: Query = {}): string {
  const values = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '') values.set(name, String(value));
  }
  const text = values.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** What the server said, whatever form it took: 429 and a proxy's own pages are not JSON. */
export function readError(status: number, text: string): ApiError {
  let body: Partial<ErrorBody> | null = null;
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null) body = parsed;
  } catch {
    body = null;
  }
  if (typeof body?.message === 'string') {
    return new ApiError(status, body.message, body.type ?? null, Object.entries(body.errors ?? {}));
  }
  const plain = text.trim();
  const readable = plain !== '' && plain.length <= 200 && !plain.startsWith('<');
  return new ApiError(status, readable ? plain : `The server answered with status ${status}.`);
}

export function createClient(key: string, onUnauthorized: (error: ApiError) => void = () => {}): Client {
  async function send(path: string, accept: string, signal?: AbortSignal): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(path, {
        headers: { Authorization: `Bearer ${key}`, Accept: accept },
        signal: signal ?? null,
      });
    } catch (cause) {
      if (signal?.aborted) throw cause;
      throw new ApiError(0, 'The server could not be reached.');
    }
    if (response.ok) return response;
    const error = readError(response.status, await response.text());
    if (response.status === 401) onUnauthorized(error);
    throw error;
  }

  return {
    async get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
      const response = await send(withQuery(path, query), 'application/json', signal);
      return (await response.json()) as T;
    },
    async file(path, expected, signal) {
      const response = await send(path, expected, signal);
      const blob = await response.blob();
      if (!blob.type.startsWith(expected)) {
        throw new ApiError(response.status, `The server sent ${blob.type || 'an unnamed type'} instead of ${expected}.`);
      }
      return blob;
    },
  };
}
