import type { Customer, CursorList, Invoice, OffsetList, Subscription } from '../api/types';
import { useGet } from '../api/use_get';
import { formatDay, formatPeriod } from '../format/date';
import { formatMoney } from '../format/money';
import { countryName, humanize } from '../format/text';
import { Link, paths } from '../routing/router';
import { Crumbs } from '../ui/crumbs';
import { AddressLines, Facts } from '../ui/facts';
import { Panel } from '../ui/panel';
import { Empty, Loaded, useTitle } from '../ui/states';
import { Status } from '../ui/status';
import { Table, type Column } from '../ui/table';
import { UsagePanel } from '../usage/usage_panel';

const subscriptionColumns: Column<Subscription>[] = [
  {
    title: 'Subscription',
    cell: (subscription) => (
      <>
        {subscription.name ?? 'Subscription'}
        <small>{subscription.products.map((product) => product.name ?? product.id).join(', ')}</small>
      </>
    ),
  },
  { title: 'Status', cell: (subscription) => <Status value={subscription.status} /> },
  {
    title: 'Current period',
    cell: (subscription) => formatPeriod(subscription.current_period_started_at, subscription.current_period_ends_at),
  },
  { title: 'Next payment', cell: (subscription) => formatDay(subscription.next_payment_at) },
  { title: 'Started', cell: (subscription) => formatDay(subscription.starts_at) },
];

const invoiceColumns: Column<Invoice>[] = [
  { title: 'Number', cell: (invoice) => <Link to={paths.invoice(invoice.id)}>{invoice.number ?? humanize(invoice.status)}</Link> },
  { title: 'Type', cell: (invoice) => humanize(invoice.type) },
  { title: 'Status', cell: (invoice) => <Status value={invoice.status} /> },
  { title: 'Issued', cell: (invoice) => formatDay(invoice.issued_at) },
  { title: 'Due', cell: (invoice) => formatDay(invoice.due_at) },
  { title: 'Total', numeric: true, cell: (invoice) => formatMoney(invoice.total_amount, invoice.currency) },
  { title: 'Amount due', numeric: true, cell: (invoice) => formatMoney(invoice.amount_due, invoice.currency) },
];

const listed = 50;

/** Said rather than left out in silence, when an account has more than one list call returns. */
function More({ shown }: { shown: boolean }) {
  return shown ? <p className="state">Only the first {listed} are listed here.</p> : null;
}

function SubscriptionsPanel({ customerId }: { customerId: string }) {
  const list = useGet<OffsetList<Subscription>>('/v2/subscriptions', { customer_id: customerId, status: 'any', take: listed });
  return (
    <Panel title="Subscriptions">
      <Loaded resource={list} what="subscriptions">
        {({ data, meta }) =>
          data.length === 0 ? (
            <Empty>This customer has no subscription.</Empty>
          ) : (
            <>
              <Table caption="Subscriptions" columns={subscriptionColumns} rows={data} rowKey={(row) => row.id} />
              <More shown={meta.total > data.length} />
            </>
          )
        }
      </Loaded>
    </Panel>
  );
}

function InvoicesPanel({ customerId }: { customerId: string }) {
  const list = useGet<CursorList<Invoice>>('/v2/invoices', { customer_id: customerId, limit: listed });
  return (
    <Panel title="Invoices">
      <Loaded resource={list} what="invoices">
        {({ data, has_more }) =>
          data.length === 0 ? (
            <Empty>This customer has no invoice yet.</Empty>
          ) : (
            <>
              <Table caption="Invoices" columns={invoiceColumns} rows={data} rowKey={(row) => row.id} />
              <More shown={has_more} />
            </>
          )
        }
      </Loaded>
    </Panel>
  );
}

function CustomerData({ customer }: { customer: Customer }) {
  useTitle(customer.name);
  return (
    <>
      <header className="page-head">
        <div>
          <h1>{customer.name}</h1>
          <code className="id">{customer.id}</code>
        </div>
        <Status value={customer.status} />
      </header>
      <Panel title="Details">
        <Facts
          facts={[
            ['Currency', customer.currency],
            ['Country', countryName(customer.country)],
            ['Type', customer.type === null ? null : humanize(customer.type)],
            ['Billing email', customer.billing_email],
            ['Tax number', customer.tax_ids.map((tax) => tax.value).join(', ')],
            ['External id', customer.external_id],
            ['Time zone', customer.timezone],
            ['Customer since', formatDay(customer.created_at)],
            ['Billing address', customer.billing_address && <AddressLines address={customer.billing_address} />],
          ]}
        />
      </Panel>
    </>
  );
}

export function CustomerPage({ id }: { id: string }) {
  useTitle('Customer');
  const customer = useGet<Customer>(`/v2/customers/${encodeURIComponent(id)}`);
  return (
    <>
      <Crumbs />
      <Loaded resource={customer} what="the customer">
        {(data) => (
          <>
            <CustomerData customer={data} />
            <UsagePanel customerId={data.id} />
            <SubscriptionsPanel customerId={data.id} />
            <InvoicesPanel customerId={data.id} />
          </>
        )}
      </Loaded>
    </>
  );
}
