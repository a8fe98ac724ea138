import { useCallback } from 'react';
import { ApiError } from '../api/client';
import type { TestClock } from '../api/types';
import { useResource, type Resource } from '../api/use_resource';
import { isTestKey, useSession } from './session';

/** The time of the data: in test mode the server's clock can be frozen or moved. */
export function useNow(): Resource<Date> {
  const { key, client } = useSession();
  const load = useCallback(
    async (signal: AbortSignal) => {
      if (key === null || !isTestKey(key)) return new Date();
      try {
        const clock = await client.get<TestClock>('/v1/test-clock', {}, signal);
        return new Date(clock.now);
      } catch (cause) {
        // A key that may read usage need not be allowed to read the clock.
        if (cause instanceof ApiError && (cause.status === 403 || cause.status === 404)) return new Date();
        throw cause;
      }
    },
    [key, client],
  );
  return useResource(load);
}
