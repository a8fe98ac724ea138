import { Link, paths } from '../routing/router';

interface CrumbsProps {
  customer?: { id: string; name: string };
}

/** The way back to the customers, and from an invoice to the customer it is for. */
export function Crumbs({ customer }: CrumbsProps) {
  return (
    <nav className="crumbs" aria-label="You are here">
      <Link to={paths.customers()}>Customers</Link>
      {customer && <Link to={paths.customer(customer.id)}>{customer.name}</Link>}
    </nav>
  );
}
