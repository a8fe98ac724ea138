import { CustomerPage } from './pages/customer';
import { CustomersPage } from './pages/customers';
import { InvoicePage } from './pages/invoice';
import { SignInPage } from './pages/sign_in';
import { Link, paths, useRouter } from './routing/router';
import { useSession } from './session/session';
import { Shell } from './ui/shell';
import { useTitle } from './ui/states';

function UnknownPage() {
  useTitle('Not found');
  return (
    <div className="panel">
      <h1>There is no such page</h1>
      <p>
        <Link to={paths.customers()}>Go to the customers</Link>
      </p>
    </div>
  );
}

function Page() {
  const { route } = useRouter();
  switch (route.page) {
    case 'customers':
      return <CustomersPage search={route.search} />;
    case 'customer':
      return <CustomerPage key={route.id} id={route.id} />;
    case 'invoice':
      return <InvoicePage key={route.id} id={route.id} />;
    case 'unknown':
      return <UnknownPage />;
  }
}

export function App() {
  const { key } = useSession();
  // Signing in comes first whatever the path is, and the page of the path follows.
  if (key === null) return <SignInPage />;
  return (
    <Shell>
      <Page />
    </Shell>
  );
}
