// Paths under /app/. The server answers each of them with the same page, so links can be shared.
import { createContext, useCallback, useContext, useEffect, useMemo, useState, type MouseEvent, type ReactNode } from 'react';

const base = '/app';

export type Route =
  | { page: 'customers'; search: string }
  | { page: 'customer'; id: string }
  | { page: 'invoice'; id: string }
  | { page: 'unknown' };

export const paths = {
  customers: (search = '') => (search === '' ? '/customers' : `/customers?${new URLSearchParams({ search })}`),
  customer: (id: string) => `/customers/${encodeURIComponent(id)}`,
  invoice: (id: string) => `/invoices/${encodeURIComponent(id)}`,
};

function decode(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

export function matchRoute(pathname: string, query: string): Route {
  const inside = pathname.startsWith(`${base}/`) ? pathname.slice(base.length + 1) : '';
  const [noun = '', rawId, ...rest] = inside.replace(/\/$/, '').split('/');
  if (rest.length > 0) return { page: 'unknown' };
  if (rawId === undefined) {
    if (noun !== '' && noun !== 'customers') return { page: 'unknown' };
    return { page: 'customers', search: new URLSearchParams(query).get('search') ?? '' };
  }
  const id = decode(rawId);
  if (id === null || id === '') return { page: 'unknown' };
  if (noun === 'customers') return { page: 'customer', id };
  if (noun === 'invoices') return { page: 'invoice', id };
  return { page: 'unknown' };
}

interface Router {
  route: Route;
  go(path: string, replace?: boolean): void;
}

const Context = createContext<Router | null>(null);

function currentRoute(): Route {
  return matchRoute(window.location.pathname, window.location.search);
}

export function RouterProvider({ children }: { children: ReactNode }) {
  const [route, setRoute] = useState(currentRoute);

  useEffect(() => {
    const onPop = () => setRoute(currentRoute());
    window.addEventListener('popstate', onPop);
    return () => window.removeEventListener('popstate', onPop);
  }, []);

  const go = useCallback((path: string, replace = false) => {
    if (replace) window.history.replaceState(null, '', base + path);
    else {
      window.history.pushState(null, '', base + path);
      window.scrollTo(0, 0);
      // Readers with a keyboard or a screen reader start at the new page, as after a full load.
      document.getElementById('content')?.focus({ preventScroll: true });
    }
    setRoute(currentRoute());
  }, []);

  const router = useMemo(() => ({ route, go }), [route, go]);
  return <Context value={router}>{children}</Context>;
}

export function useRouter(): Router {
  const router = useContext(Context);
  if (router === null) throw new Error('useRouter is used outside of RouterProvider');
  return router;
}

interface LinkProps {
  to: string;
  className?: string;
  children: ReactNode;
}

/** An ordinary link: a plain click stays in the page, everything else is left to the browser. */
export function Link({ to, className, children }: LinkProps) {
  const { go } = useRouter();
  const onClick = (event: MouseEvent) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(to);
  };
  return (
    <a href={base + to} className={className} onClick={onClick}>
      {children}
    </a>
  );
}
