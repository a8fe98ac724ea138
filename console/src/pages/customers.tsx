import { useEffect, useId, useRef, useState } from 'react';
import type { Customer, CursorList } from '../api/types';
import { useGet } from '../api/use_get';
import { formatDay } from '../format/date';
import { countryName } from '../format/text';
import { Link, paths, useRouter } from '../routing/router';
import { Empty, Loaded, useTitle } from '../ui/states';
import { Status } from '../ui/status';
import { Table, type Column } from '../ui/table';

const pageSize = 25;
// Long enough not to ask for every letter of a word, short enough to feel immediate.
const typingPauseMs = 250;

const columns: Column<Customer>[] = [
  {
    title: 'Name',
    cell: (customer) => (
      <>
        <Link to={paths.customer(customer.id)}>{customer.name}</Link>
        {customer.external_id && <small>{customer.external_id}</small>}
      </>
    ),
  },
  { title: 'Country', cell: (customer) => countryName(customer.country) },
  { title: 'Currency', cell: (customer) => customer.currency ?? '–' },
  { title: 'Status', cell: (customer) => <Status value={customer.status} /> },
  { title: 'Created', cell: (customer) => formatDay(customer.created_at) },
];

function SearchBox({ value }: { value: string }) {
  const { go } = useRouter();
  const [text, setText] = useState(value);
  const asked = useRef(value);
  const timer = useRef(0);
  const id = useId();

  useEffect(() => () => window.clearTimeout(timer.current), []);
  useEffect(() => {
    // An address this box did not ask for (a link, the back button) wins over what was typed.
    if (value === asked.current) return;
    asked.current = value;
    window.clearTimeout(timer.current);
    setText(value);
  }, [value]);

  function onType(typed: string) {
    setText(typed);
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => {
      asked.current = typed.trim();
      go(paths.customers(asked.current), true);
    }, typingPauseMs);
  }

  return (
    <form role="search" className="search" onSubmit={(event) => event.preventDefault()}>
      <label htmlFor={id} className="visually-hidden">
        Search customers
      </label>
      <input id={id} type="search" placeholder="Search customers" value={text} onChange={(event) => onType(event.target.value)} />
    </form>
  );
}

function CustomerList({ search }: { search: string }) {
  // The cursors that led here: a cursor list only goes forward, so going back means going there again.
  const [trail, setTrail] = useState<string[]>([]);
  const list = useGet<CursorList<Customer>>('/v2/customers', { limit: pageSize, search, cursor: trail.at(-1) });

  return (
    <Loaded resource={list} what="customers">
      {({ data, has_more, next_cursor }) => (
        <>
          {data.length === 0 ? (
            <Empty>{search === '' ? 'There are no customers yet.' : `No customer matches “${search}”.`}</Empty>
          ) : (
            <Table caption="Customers" columns={columns} rows={data} rowKey={(customer) => customer.id} />
          )}
          {(trail.length > 0 || has_more) && (
            <nav className="pager" aria-label="Pages">
              <button type="button" className="button" disabled={trail.length === 0} onClick={() => setTrail(trail.slice(0, -1))}>
                Previous page
              </button>
              <span>Page {trail.length + 1}</span>
              <button
                type="button"
                className="button"
                disabled={!has_more || next_cursor === null}
                onClick={() => next_cursor !== null && setTrail([...trail, next_cursor])}
              >
                Next page
              </button>
            </nav>
          )}
        </>
      )}
    </Loaded>
  );
}

export function CustomersPage({ search }: { search: string }) {
  useTitle('Customers');
  return (
    <>
      <header className="page-head">
        <h1>Customers</h1>
        <SearchBox value={search} />
      </header>
      <div className="panel">
        <CustomerList key={search} search={search} />
      </div>
    </>
  );
}
