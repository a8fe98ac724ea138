import type { ReactNode } from 'react';
import mark from './mark.svg';
import { Link, paths } from '../routing/router';
import { isTestKey, useSession } from '../session/session';

export function TestBadge() {
  return <span className="test-badge">Test mode</span>;
}

/** What stands around every page of a signed-in reader. */
export function Shell({ children }: { children: ReactNode }) {
  const { key, signOut } = useSession();
  return (
    <>
      <a className="skip-link" href="#content">
        Skip to content
      </a>
      <header className="top">
        <div className="top-inner">
          <Link to={paths.customers()} className="brand">
            <img src={mark} alt="" width="26" height="26" />
            Tallybook
          </Link>
          {key !== null && isTestKey(key) && <TestBadge />}
          <nav aria-label="Main">
            <Link to={paths.customers()}>Customers</Link>
            <a href="/docs/">API reference</a>
            <button type="button" className="link-button" onClick={signOut}>
              Sign out
            </button>
          </nav>
        </div>
      </header>
      <main id="content" tabIndex={-1}>
        {children}
      </main>
      <footer className="foot">Dates and times are in UTC.</footer>
    </>
  );
}
