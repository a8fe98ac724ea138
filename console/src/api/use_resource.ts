import { useCallback, useEffect, useState } from 'react';
import { ApiError } from './client';

export type Resource<T> =
  | { state: 'loading' }
  | { state: 'error'; error: ApiError; retry: () => void }
  | { state: 'ready'; data: T };

interface Settled<T> {
  /** Which load this is the outcome of; an older one is never shown for a newer question. */
  load: (signal: AbortSignal) => Promise<T>;
  attempt: number;
  outcome: { data: T } | { error: ApiError };
}

/**
 * Loads when `load` changes (wrap it in useCallback) and stops what is under way when it changes
 * again or the component goes.
 */
export function useResource<T>(load: (signal: AbortSignal) => Promise<T>): Resource<T> {
  const [settled, setSettled] = useState<Settled<T> | null>(null);
  const [attempt, setAttempt] = useState(0);
  const retry = useCallback(() => setAttempt((count) => count + 1), []);

  useEffect(() => {
    const stop = new AbortController();
    load(stop.signal).then(
      (data) => {
        if (!stop.signal.aborted) setSettled({ load, attempt, outcome: { data } });
      },
      (cause: unknown) => {
        if (stop.signal.aborted) return;
        const error = cause instanceof ApiError ? cause : new ApiError(0, String(cause));
        setSettled({ load, attempt, outcome: { error } });
      },
    );
    return () => stop.abort();
  }, [load, attempt]);

  if (settled === null || settled.load !== load || settled.attempt !== attempt) return { state: 'loading' };
  if ('error' in settled.outcome) return { state: 'error', error: settled.outcome.error, retry };
  return { state: 'ready', data: settled.outcome.data };
}
