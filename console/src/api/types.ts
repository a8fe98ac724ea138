// The fields of the public API that the console reads, and no others. Amounts are whole minor units
// of the currency unless a comment says otherwise; instants are ISO 8601 in UTC.

export interface CursorList<T> {
  data: T[];
  next_cursor: string | null;
  has_more: boolean;
}

export interface OffsetList<T> {
  meta: { total: number; taken: number; skipped: number };
  data: T[];
}

export interface ErrorBody {
  message: string;
  statusCode?: number;
  type?: string;
  errors?: Record<string, string[]>;
}

export interface Address {
  name: string;
  line1: string;
  line2: string | null;
  city: string;
  zip: string;
  state: string | null;
  country: string;
}

export interface Customer {
  id: string;
  name: string;
  status: string;
  type: string | null;
  currency: string | null;
  country: string | null;
  language: string;
  timezone: string;
  external_id: string | null;
  billing_email: string | null;
  billing_address: Address | null;
  tax_ids: { value: string; status: string }[];
  created_at: string;
}

export interface Subscription {
  id: string;
  name: string | null;
  status: string;
  currency: string;
  starts_at: string | null;
  current_period_started_at: string | null;
  current_period_ends_at: string | null;
  next_payment_at: string | null;
  products: { id: string; name: string | null }[];
}

export interface InvoiceLineItem {
  id: string;
  name: string;
  description?: string | null;
  entry_type: string;
  units_count: number;
  /** Minor units for one unit; may have a fraction, such as 0.02 of a cent. */
  unit_amount: number;
  amount_excluding_tax: number;
  /** Percent. */
  tax_rate: number;
  tax_amount: number;
  discount_amount: number;
  period_starts_at: string | null;
  period_ends_at: string | null;
  display_unit_amount: boolean;
}

export interface InvoiceTransaction {
  id: string;
  type: string;
  status: string;
  amount: number;
  currency: string;
  process_at: string;
  payment_method_type: string | null;
  error_message?: string | null;
}

export interface Invoice {
  id: string;
  number: string | null;
  type: string;
  document_name: string | null;
  status: string;
  currency: string;
  total_amount: number;
  amount_due: number;
  amount_paid: number;
  amount_excluding_tax: number;
  tax_amount: number;
  discount_amount: number;
  tax_scheme: string;
  reference: string | null;
  purchase_order: string | null;
  original_invoice_id: string | null;
  original_invoice_number: string | null;
  period_starts_at: string | null;
  period_ends_at: string | null;
  issued_at: string | null;
  due_at: string | null;
  settled_at: string | null;
  custom_note: string | null;
  seller: { name: string; tax_id: string | null; address: Address | null };
  customer: { id: string; name: string; tax_id: string | null; email: string | null; address: Address | null };
  line_items: InvoiceLineItem[];
  transactions: InvoiceTransaction[];
}

export interface Aggregator {
  id: string;
  name: string | null;
  entity: string;
  operation: string;
  unit_name: string | null;
}

export interface CustomerUsage {
  aggregator_id: string;
  name: string;
  unit_name: string | null;
  total: number;
  count: number;
}

export interface AggregatorTimeseries {
  timeseries: { tick: string; count: number }[];
  total: number;
}

export interface TestClock {
  now: string;
  frozen: boolean;
}
