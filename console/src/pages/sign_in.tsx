import { useId, useState, type FormEvent } from 'react';
import { ApiError, createClient } from '../api/client';
import { isTestKey, useSession } from '../session/session';
import mark from '../ui/mark.svg';
import { TestBadge } from '../ui/shell';
import { ErrorNotice, useTitle } from '../ui/states';

export function SignInPage() {
  useTitle('Sign in');
  const { signIn, notice } = useSession();
  const [key, setKey] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(notice === null ? null : new ApiError(401, notice));
  const id = useId();
  const hint = useId();

  async function onSubmit(event: FormEvent) {
    event.preventDefault();
    const candidate = key.trim();
    // Anything else cannot be sent in a header.
    if (!/^[\x21-\x7e]+$/.test(candidate)) {
      setError(new ApiError(0, candidate === '' ? 'Enter an API key.' : 'An API key has no spaces and no accented letters.'));
      return;
    }
    setBusy(true);
    setError(null);
    try {
      await createClient(candidate).get('/v2/customers', { limit: 1 });
      signIn(candidate);
    } catch (cause) {
      setError(cause instanceof ApiError ? cause : new ApiError(0, String(cause)));
      setBusy(false);
    }
  }

  return (
    <main className="sign-in">
      <form className="panel" onSubmit={onSubmit} noValidate>
        <img src={mark} alt="" width="40" height="40" />
        <h1>Sign in to Tallybook</h1>
        <label htmlFor={id}>API key</label>
        <input
          id={id}
          type="password"
          value={key}
          onChange={(event) => setKey(event.target.value)}
          autoComplete="off"
          spellCheck={false}
          aria-describedby={hint}
          aria-invalid={error !== null}
          autoFocus
        />
        <p id={hint} className="hint">
          Made with <code>tallybook keys</code>. It stays in this tab and is forgotten when the tab closes.{' '}
          {isTestKey(key.trim()) && <TestBadge />}
        </p>
        {error && <ErrorNotice error={error} />}
        <button type="submit" className="button button-main" disabled={busy}>
          {busy ? 'Signing in…' : 'Sign in'}
        </button>
        <a href="/docs/">API reference</a>
      </form>
    </main>
  );
}
