import { useCallback, useEffect, useState } from 'react';
import { useResource } from '../api/use_resource';
import { useClient } from '../session/session';
import { Panel } from '../ui/panel';
import { Loaded } from '../ui/states';

/** The address of a file kept in memory, which is let go when the file or the component goes. */
function useObjectUrl(blob: Blob): string | null {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return url;
}

function Viewer({ blob, name }: { blob: Blob; name: string }) {
  const url = useObjectUrl(blob);
  if (url === null) return null;
  return (
    <>
      <iframe className="pdf" src={`${url}#navpanes=0`} title={`PDF of ${name}`} />
      <p>
        <a className="button" href={url} download={`${name.replaceAll(/[^\w.-]+/g, '-')}.pdf`}>
          Download PDF
        </a>
      </p>
    </>
  );
}

/** The PDF needs the key in a header, so it is fetched here instead of being linked to. */
export function InvoiceDocument({ id, name }: { id: string; name: string }) {
  const client = useClient();
  const load = useCallback(
    (signal: AbortSignal) => client.file(`/v2/invoices/${encodeURIComponent(id)}/download`, 'application/pdf', signal),
    [client, id],
  );
  const document = useResource(load);
  return (
    <Panel title="Document">
      <Loaded resource={document} what="the PDF">
        {(blob) => <Viewer blob={blob} name={name} />}
      </Loaded>
    </Panel>
  );
}
