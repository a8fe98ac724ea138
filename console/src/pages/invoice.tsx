import type { Invoice, InvoiceLineItem, InvoiceTransaction } from '../api/types';
import { useGet } from '../api/use_get';
import { formatDay, formatInstant, formatPeriod } from '../format/date';
import { formatMoney } from '../format/money';
import { formatPercent, formatQuantity } from '../format/number';
import { humanize } from '../format/text';
import { Link, paths } from '../routing/router';
import { Crumbs } from '../ui/crumbs';
import { AddressLines, Facts } from '../ui/facts';
import { Panel } from '../ui/panel';
import { Empty, Loaded, useTitle } from '../ui/states';
import { Status } from '../ui/status';
import { Table, type Column } from '../ui/table';
import { InvoiceDocument } from './invoice_document';

export function invoiceTitle(invoice: Invoice): string {
  const kind = invoice.document_name ?? humanize(invoice.type);
  return invoice.number === null ? `${kind} (${humanize(invoice.status).toLowerCase()})` : `${kind} ${invoice.number}`;
}

function lineColumns(currency: string): Column<InvoiceLineItem>[] {
  return [
    {
      title: 'Line',
      cell: (line) => (
        <>
          {line.name}
          {line.description && <small>{line.description}</small>}
        </>
      ),
    },
    { title: 'Period', cell: (line) => formatPeriod(line.period_starts_at, line.period_ends_at) },
    { title: 'Quantity', numeric: true, cell: (line) => formatQuantity(line.units_count) },
    {
      title: 'Unit price',
      numeric: true,
      cell: (line) => (line.display_unit_amount ? formatMoney(line.unit_amount, currency) : '–'),
    },
    {
      title: 'Discount',
      numeric: true,
      cell: (line) => (line.discount_amount === 0 ? '–' : formatMoney(-line.discount_amount, currency)),
    },
    { title: 'Net', numeric: true, cell: (line) => formatMoney(line.amount_excluding_tax, currency) },
    {
      title: 'Tax',
      numeric: true,
      cell: (line) => (
        <>
          {formatMoney(line.tax_amount, currency)}
          <small>{formatPercent(line.tax_rate)}</small>
        </>
      ),
    },
  ];
}

const transactionColumns: Column<InvoiceTransaction>[] = [
  { title: 'When', cell: (transaction) => formatInstant(transaction.process_at) },
  { title: 'Type', cell: (transaction) => humanize(transaction.type) },
  { title: 'Method', cell: (transaction) => (transaction.payment_method_type ? humanize(transaction.payment_method_type) : '–') },
  {
    title: 'Status',
    cell: (transaction) => (
      <>
        <Status value={transaction.status} />
        {transaction.error_message && <small>{transaction.error_message}</small>}
      </>
    ),
  },
  { title: 'Amount', numeric: true, cell: (transaction) => formatMoney(transaction.amount, transaction.currency) },
];

function Totals({ invoice }: { invoice: Invoice }) {
  const money = (minor: number) => formatMoney(minor, invoice.currency);
  const scheme = invoice.tax_scheme === 'standard' ? 'Tax' : `Tax (${humanize(invoice.tax_scheme).toLowerCase()})`;
  return (
    <dl className="totals">
      {invoice.discount_amount !== 0 && (
        <div>
          <dt>Discount included</dt>
          <dd>{money(-invoice.discount_amount)}</dd>
        </div>
      )}
      <div>
        <dt>Total excluding tax</dt>
        <dd>{money(invoice.amount_excluding_tax)}</dd>
      </div>
      <div>
        <dt>{scheme}</dt>
        <dd>{money(invoice.tax_amount)}</dd>
      </div>
      <div className="grand">
        <dt>Total</dt>
        <dd data-field="total_amount">{money(invoice.total_amount)}</dd>
      </div>
      <div>
        <dt>Paid</dt>
        <dd>{money(invoice.amount_paid)}</dd>
      </div>
      <div>
        <dt>Amount due</dt>
        <dd>{money(invoice.amount_due)}</dd>
      </div>
    </dl>
  );
}

function Parties({ invoice }: { invoice: Invoice }) {
  const { seller, customer } = invoice;
  return (
    <div className="parties">
      <div>
        <h3>From</h3>
        <p>{seller.name}</p>
        {seller.address && <AddressLines address={seller.address} />}
        {seller.tax_id && <p className="hint">Tax number {seller.tax_id}</p>}
      </div>
      <div>
        <h3>To</h3>
        <p>
          <Link to={paths.customer(customer.id)}>{customer.name}</Link>
        </p>
        {customer.address && <AddressLines address={customer.address} />}
        {customer.tax_id && <p className="hint">Tax number {customer.tax_id}</p>}
      </div>
    </div>
  );
}

function InvoiceData({ invoice }: { invoice: Invoice }) {
  useTitle(invoiceTitle(invoice));
  const original = invoice.original_invoice_id;
  return (
    <>
      <header className="page-head">
        <div>
          <h1>{invoiceTitle(invoice)}</h1>
          <code className="id">{invoice.id}</code>
        </div>
        <Status value={invoice.status} />
      </header>
      <Panel title="Details">
        <Facts
          facts={[
            ['Issued', formatDay(invoice.issued_at)],
            ['Due', formatDay(invoice.due_at)],
            ['Settled', formatDay(invoice.settled_at)],
            ['Period', formatPeriod(invoice.period_starts_at, invoice.period_ends_at)],
            ['Reference', invoice.reference],
            ['Purchase order', invoice.purchase_order],
            ['Corrects', original && <Link to={paths.invoice(original)}>{invoice.original_invoice_number ?? original}</Link>],
            ['Note', invoice.custom_note],
          ]}
        />
        <Parties invoice={invoice} />
      </Panel>
      <Panel title="Lines">
        {invoice.line_items.length === 0 ? (
          <Empty>This invoice has no lines.</Empty>
        ) : (
          <Table caption="Lines" columns={lineColumns(invoice.currency)} rows={invoice.line_items} rowKey={(line) => line.id} />
        )}
        <Totals invoice={invoice} />
      </Panel>
      <Panel title="Transactions">
        {invoice.transactions.length === 0 ? (
          <Empty>No payment has been attempted.</Empty>
        ) : (
          <Table caption="Transactions" columns={transactionColumns} rows={invoice.transactions} rowKey={(row) => row.id} />
        )}
      </Panel>
      <InvoiceDocument id={invoice.id} name={invoice.number ?? invoice.id} />
    </>
  );
}

export function InvoicePage({ id }: { id: string }) {
  useTitle('Invoice');
  const invoice = useGet<Invoice>(`/v2/invoices/${encodeURIComponent(id)}`);
  return (
    <>
      {invoice.state === 'ready' ? <Crumbs customer={invoice.data.customer} /> : <Crumbs />}
      <Loaded resource={invoice} what="the invoice">
        {(data) => <InvoiceData invoice={data} />}
      </Loaded>
    </>
  );
}
