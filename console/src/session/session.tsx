// The signed-in key. It lives in sessionStorage: a closed tab forgets it, and other tabs never see it.
import { createContext, useCallback, useContext, useMemo, useState, type ReactNode } from 'react';
import { createClient, type Client } from '../api/client';

const slot = 'tallybook.key';

interface Session {
  key: string | null;
  /** Why the last session ended, when the server ended it. */
  notice: string | null;
  signIn(key: string): void;
  signOut(): void;
  client: Client;
}

const Context = createContext<Session | null>(null);

export function isTestKey(key: string): boolean {
  return key.startsWith('test_');
}

export function SessionProvider({ children }: { children: ReactNode }) {
  const [key, setKey] = useState<string | null>(() => sessionStorage.getItem(slot));
  const [notice, setNotice] = useState<string | null>(null);

  const signIn = useCallback((next: string) => {
    sessionStorage.setItem(slot, next);
    setNotice(null);
    setKey(next);
  }, []);

  const leave = useCallback((why: string | null) => {
    sessionStorage.removeItem(slot);
    setNotice(why);
    setKey(null);
  }, []);

  const session = useMemo<Session>(
    () => ({
      key,
      notice,
      signIn,
      signOut: () => leave(null),
      client: createClient(key ?? '', (error) => leave(error.message)),
    }),
    [key, notice, signIn, leave],
  );
  return <Context value={session}>{children}</Context>;
}

export function useSession(): Session {
  const session = useContext(Context);
  if (session === null) throw new Error('useSession is used outside of SessionProvider');
  return session;
}

export function useClient(): Client {
  return useSession().client;
}
