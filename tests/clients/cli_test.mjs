// The vendor's official command line, unmodified, against a running Tallybook: what it sends is the
// best judge of compatibility there is. Needs TALLYBOOK_BIN. Ends non-zero on the first difference.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { test, before, after } from "node:test";
import assert from "node:assert/strict";

const here = dirname(fileURLToPath(import.meta.url));
const bin = process.env.TALLYBOOK_BIN;
const command = join(here, "node_modules/@hyperline/cli/dist/bin/hyperline.js");
const data = mkdtempSync(join(tmpdir(), "tallybook-cli-"));
let server, url, key;

const freePort = () =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });

// Runs the command line and reads its JSON; `fails` expects exit 1 and reads the error.
function cli(args, { fails = false } = {}) {
  const run = spawnSync(process.execPath, [command, "--base-url", url, "--api-key", key, "--output", "json", ...args], {
    encoding: "utf8",
    env: { ...process.env, HOME: data },
  });
  const text = fails ? run.stderr : run.stdout;
  assert.equal(run.status, fails ? 1 : 0, `${args.join(" ")}\n${run.stdout}\n${run.stderr}`);
  return text.trim() === "" ? null : JSON.parse(text);
}

before(async () => {
  assert.ok(bin, "TALLYBOOK_BIN names the program");
  key = spawnSync(bin, ["keys", "create", "--data", data, "--mode", "test"], { encoding: "utf8" }).stdout.trim();
  assert.match(key, /^test_[0-9a-f]{64}$/);
  url = `http://127.0.0.1:${await freePort()}`;
  server = spawn(bin, ["serve", "--data", data, "--listen", url.slice(7)], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((resolve, reject) => {
    server.stdout.once("data", resolve);
    server.once("exit", () => reject(new Error("the program ended")));
  });
});

after(async () => {
  server?.kill("SIGTERM");
  if (server) await new Promise((resolve) => server.once("exit", resolve));
  rmSync(data, { recursive: true, force: true });
});

test("sells, meters, bills and settles", () => {
  const customer = cli(["customers", "create-customer", "--name", "Northwind", "--currency", "EUR", "--external-id", "nw", "--type", "corporate",
    "--tax-rate-custom", "20", "--invoice-reminders-enabled", "false", "--billing-address", '{"name":"Northwind","line1":"1 quai","city":"Namur","zip":"5000","country":"BE"}']);
  assert.match(customer.id, /^cus_/);
  assert.equal(customer.external_id, "nw");
  assert.equal(customer.invoice_reminders_enabled, false);
  assert.equal(cli(["customers", "list"]).data[0].id, customer.id);
  assert.equal(cli(["customers", "get", "--id", customer.id]).country, "BE");

  const platform = cli(["products", "create", "--type", "flat_fee", "--name", "Platform", "--price-configurations",
    '[{"currency":"EUR","billing_interval":{"period":"months","count":1},"type":"fee","prices":[{"type":"fee","amount":10000}]}]']);
  const tokens = cli(["products", "create", "--type", "dynamic", "--name", "Tokens", "--aggregator", '{"entity":"llm","operation":"sum","property":"tokens","type":"metered"}',
    "--price-configurations", '[{"currency":"EUR","billing_interval":{"period":"months","count":1},"type":"volume","prices":[{"type":"volume","amount":0.5,"from":0,"to":null}]}]']);
  assert.equal(cli(["products", "list"]).meta.total, 2);
  assert.equal(cli(["price-configurations", "list"]).meta.total, 2);

  const subscription = cli(["subscriptions", "create", "--customer-id", customer.id, "--activation-strategy", "start_date",
    "--products", JSON.stringify([{ id: platform.id }, { id: tokens.id }]), "--display-shipping-details", "false"]);
  assert.equal(subscription.status, "active");
  assert.equal(cli(["subscriptions", "list"]).data[0].id, subscription.id);
  assert.equal(cli(["subscriptions", "get", "--id", subscription.id]).products.length, 2);

  cli(["events", "send", "--customer-id", "nw", "--event-type", "llm", "--timestamp", new Date().toISOString(), "--record", '{"id":"r1","tokens":120}']);
  const batch = cli(["events", "send-batch", "--events", JSON.stringify([{ customer_id: "nw", event_type: "llm", timestamp: new Date().toISOString(), record: { id: "r2", tokens: 80 } }])]);
  assert.equal(batch.events_created.length, 1);
  assert.equal(cli(["events", "list", "--event-type", "llm", "--record-id-in", "r1,r2"]).meta.total, 2);
  assert.equal(cli(["events", "delete", "--matching", "record_ids", "--record-ids", "r2"]), 1);

  const invoice = cli(["invoices", "list", "--customer-id", customer.id]).data[0];
  assert.equal(invoice.total_amount, 12000);
  assert.equal(cli(["invoices", "get", "--id", invoice.id]).number, invoice.number);
  const paid = cli(["invoices-transactions", "create-invoice-transaction", "--id", invoice.id, "--amount", "12000", "--process-at", new Date().toISOString()]);
  assert.equal(paid.status, "paid");

  const cancelled = cli(["subscriptions", "cancel", "--id", subscription.id, "--reason", "moved", "--pro-rata", "--refund-method", "external"]);
  assert.equal(cancelled.status, "cancelled");
});

test("credits", () => {
  const customer = cli(["customers", "create-customer", "--name", "Credits", "--currency", "EUR"]);
  const product = cli(["products", "create", "--type", "credit", "--name", "Minutes", "--price-configurations", "[]"]);
  const opened = cli(["customers-credits", "create-customer-credit", "--id", customer.id, "--product-id", product.id, "--current-balance", "10"]);
  assert.equal(opened.current_balance, 10);
  assert.equal(cli(["customers-credits", "topup-customer-credits", "--id", customer.id, "--product-id", product.id, "--credit-count", "5"]).balance_after, 15);
  assert.equal(cli(["customers-credits", "create-customer-credits-usage", "--id", customer.id, "--product-id", product.id, "--usage-retained", "4"]).balance_after, 11);
  assert.equal(cli(["customers-credits", "list-customer-credit-transactions", "--id", customer.id, "--product-id", product.id]).meta.total, 3);
});

test("errors come through with status and message", () => {
  const missing = cli(["customers", "get", "--id", "cus_none"], { fails: true });
  assert.equal(missing.statusCode, 404);
  assert.equal(missing.message, "Customer not found");
  const refused = cli(["customers", "create-customer", "--currency", "NOPE"], { fails: true });
  assert.equal(refused.statusCode, 400);
  assert.deepEqual(Object.keys(refused.errors), ["currency"]);
});
