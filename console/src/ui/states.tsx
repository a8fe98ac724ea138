import { useEffect, type ReactNode } from 'react';
import type { ApiError } from '../api/client';
import type { Resource } from '../api/use_resource';

export function Loading({ what }: { what: string }) {
  return (
    <p className="state" role="status">
      <span className="spinner" aria-hidden="true" />
      Loading {what}…
    </p>
  );
}

export function Empty({ children }: { children: ReactNode }) {
  return <p className="state">{children}</p>;
}

export function ErrorNotice({ error, retry }: { error: ApiError; retry?: () => void }) {
  return (
    <div className="notice notice-bad" role="alert">
      <p>{error.message}</p>
      {error.fields.length > 0 && (
        <ul>
          {error.fields.map(([name, messages]) => (
            <li key={name}>
              <code>{name}</code>: {[messages].flat().join(', ')}
            </li>
          ))}
        </ul>
      )}
      {retry && (
        <button type="button" className="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

interface LoadedProps<T> {
  resource: Resource<T>;
  what: string;
  children: (data: T) => ReactNode;
}

/** Shows how loading stands, and the data once it is there. */
export function Loaded<T>({ resource, what, children }: LoadedProps<T>) {
  if (resource.state === 'loading') return <Loading what={what} />;
  if (resource.state === 'error') return <ErrorNotice error={resource.error} retry={resource.retry} />;
  return <>{children(resource.data)}</>;
}

export function useTitle(title: string) {
  useEffect(() => {
    document.title = `${title} · Tallybook`;
  }, [title]);
}
