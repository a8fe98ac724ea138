import { useCallback } from 'react';
import type { Query } from './client';
import { useResource, type Resource } from './use_resource';
import { useClient } from '../session/session';

/** One GET whose path and query are known: loads again when either changes. */
export function useGet<T>(path: string, query?: Query): Resource<T> {
  const client = useClient();
  const text = JSON.stringify(query ?? {});
  // The text stands for the query object, which is a new one at every rendering.
  const load = useCallback(
    (signal: AbortSignal) => client.get<T>(path, JSON.parse(text) as Query, signal),
    [client, path, text],
  );
  return useResource(load);
}
