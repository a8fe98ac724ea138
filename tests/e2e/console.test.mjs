// The console as a reader uses it, in a real browser against the real program.
//   TALLYBOOK_BIN=build/dev/tallybook npm --prefix console run e2e
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startBrowser, startProgram } from './program.mjs';

const pageLimitMs = 20_000;
const pictures = mkdtempSync(join(tmpdir(), 'tallybook-pictures-'));

let program;
let browser;
let page;
/** Faults of the pages themselves, and requests to anywhere but the program. */
const faults = [];
const strangers = [];

async function openPage(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(pageLimitMs);
  const opened = await context.newPage();
  opened.on('pageerror', (error) => faults.push(String(error)));
  opened.on('console', (message) => {
    // Chromium reports every refused call this way; the tests look at the answers themselves.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) faults.push(message.text());
  });
  opened.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http') && url.origin !== program.origin) strangers.push(request.url());
  });
  return opened;
}

async function picture(name, target = page) {
  await target.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
}

async function signIn(target, key) {
  await target.getByLabel('API key').fill(key);
  await target.getByRole('button', { name: 'Sign in' }).click();
}

/** A customer with usage in the last months and an issued invoice above zero. */
async function findStory() {
  const now = Date.parse((await program.api('/v1/test-clock')).now);
  const start = new Date(now - 80 * 86_400_000).toISOString();
  const end = new Date(now + 86_400_000).toISOString();
  const customers = await program.api('/v2/customers?limit=100');
  for (const customer of customers.data) {
    const usage = await program.api(`/v1/customers/${customer.id}/usage?start_date=${start}&end_date=${end}`);
    if (!usage.some((entry) => entry.count > 0)) continue;
    const invoices = await program.api(`/v2/invoices?customer_id=${customer.id}&limit=50`);
    const invoice = invoices.data.find((entry) => entry.type === 'invoice' && entry.number !== null && entry.total_amount > 0);
    if (invoice) return { customer, invoice };
  }
  throw new Error('the demonstration has no customer with both usage and an issued invoice');
}

describe('console', { timeout: 300_000 }, () => {
  let story;

  before(async () => {
    program = await startProgram();
    browser = await startBrowser();
    page = await openPage();
    story = await findStory();
  });

  after(async () => {
    await browser?.close();
    await program?.stop();
    console.log(`pictures: ${pictures}`);
  });

  it("shows the server's message for a wrong key", async () => {
    await page.goto(`${program.origin}/app/`);
    const answered = page.waitForResponse((response) => response.url().includes('/v2/customers'));
    await signIn(page, 'test_wrong');
    const response = await answered;
    assert.equal(response.status(), 401);
    const { message } = await response.json();
    assert.ok(message.length > 0);
    await page.getByRole('alert').getByText(message).waitFor();
    await picture('1-wrong-key');
  });

  it('signs in, in test mode, and lists the customers', async () => {
    await signIn(page, program.key);
    await page.getByRole('heading', { level: 1, name: 'Customers' }).waitFor();
    assert.match(program.key, /^test_/);
    await page.getByText('Test mode').waitFor();
    const expected = await program.api('/v2/customers?limit=25');
    await page.getByRole('link', { name: expected.data[0].name, exact: true }).first().waitFor();
    assert.equal(await page.locator('tbody tr').count(), expected.data.length);
    await picture('2-customers');
  });

  it('goes to the next page and back where there is one', async () => {
    const first = await program.api('/v2/customers?limit=25');
    const next = page.getByRole('button', { name: 'Next page' });
    if (!first.has_more) {
      assert.equal(await next.count(), 0);
      return;
    }
    await next.click();
    await page.getByText('Page 2').waitFor();
    const second = await program.api(`/v2/customers?limit=25&cursor=${encodeURIComponent(first.next_cursor)}`);
    await page.getByRole('link', { name: second.data[0].name, exact: true }).first().waitFor();
    await page.getByRole('button', { name: 'Previous page' }).click();
    await page.getByText('Page 1').waitFor();
  });

  it('searches', async () => {
    const box = page.getByRole('searchbox', { name: 'Search customers' });
    await box.fill('no customer has this name');
    await page.getByText('No customer matches').waitFor();
    await picture('3-no-match');
    await box.fill(story.customer.name);
    await page.getByRole('link', { name: story.customer.name, exact: true }).first().waitFor();
    assert.equal(new URL(page.url()).searchParams.get('search'), story.customer.name);
  });

  it('opens a customer with bars in the usage chart and invoices', async () => {
    await page.locator(`a[href="/app/customers/${story.customer.id}"]`).click();
    await page.getByRole('heading', { level: 1, name: story.customer.name }).waitFor();
    await page.locator('.chart-bar').first().waitFor();
    const heights = await page.locator('.chart-bar').evaluateAll((bars) => bars.map((bar) => bar.getBoundingClientRect().height));
    assert.ok(heights.some((height) => height > 20), 'the tallest bar is higher than 20 pixels');
    await page.getByRole('img', { name: /per day/ }).first().waitFor();
    await page.getByRole('region', { name: 'Invoices' }).getByRole('link', { name: story.invoice.number, exact: true }).waitFor();
    await page.getByText('Loading').first().waitFor({ state: 'detached' });
    await picture('4-customer');
  });

  it('opens an invoice with its number, total and PDF', async () => {
    const fetched = page.waitForResponse((response) => response.url().includes(`/v2/invoices/${story.invoice.id}/download`));
    await page.getByRole('link', { name: story.invoice.number, exact: true }).click();
    const number = page.getByRole('heading', { level: 1 }).getByText(story.invoice.number);
    await number.waitFor();

    const decimals = new Intl.NumberFormat('en', { style: 'currency', currency: story.invoice.currency }).resolvedOptions().maximumFractionDigits;
    const total = await page.locator('[data-field="total_amount"]').textContent();
    const [whole, fraction = ''] = total.replace(/[^\d.]/g, '').split('.');
    assert.equal(fraction.length, decimals);
    assert.equal(BigInt(whole + fraction), BigInt(story.invoice.total_amount));
    assert.equal(await page.getByRole('region', { name: 'Lines' }).locator('tbody tr').count(), story.invoice.line_items.length);

    const pdf = await fetched;
    assert.equal(pdf.status(), 200);
    assert.match(pdf.headers()['content-type'], /^application\/pdf/);
    // Asked for again here: the browser does not keep a body that became a blob.
    const again = await fetch(pdf.url(), { headers: { authorization: `Bearer ${program.key}` } });
    assert.equal(Buffer.from(await again.arrayBuffer()).subarray(0, 4).toString('latin1'), '%PDF');
    assert.match(await page.locator('iframe.pdf').getAttribute('src'), /^blob:/);
    const saving = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download PDF' }).click();
    assert.match((await saving).suggestedFilename(), /\.pdf$/);
    await page.waitForTimeout(1000); // for the picture only: the viewer inside the frame tells nobody when it has drawn
    await picture('5-invoice');
  });

  it('keeps a shared address working through a reload', async () => {
    await page.reload();
    await page.getByRole('heading', { level: 1 }).getByText(story.invoice.number).waitFor();
  });

  it('shows what the server says about an invoice that is not there', async () => {
    await page.goto(`${program.origin}/app/invoices/inv_missing`);
    await page.getByRole('alert').waitFor();
    await picture('6-missing-invoice');
  });

  it('is worked with the keyboard alone', async () => {
    await page.goto(`${program.origin}/app/`);
    const link = page.locator('tbody a').first();
    await link.waitFor();
    const reach = async (target) => {
      for (let presses = 0; presses < 30; presses += 1) {
        await page.keyboard.press('Tab');
        if (await target.evaluate((element) => element === document.activeElement)) return;
      }
      assert.fail('not reached with 30 presses of Tab');
    };
    await reach(link);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/app\/customers\/[^/]+$/);
    await page.locator('#content:focus').waitFor();
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: 'Customers' }).waitFor();
  });

  it('signs out and forgets the key', async () => {
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('API key').waitFor();
    assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  });

  it('fits a narrow dark screen', async () => {
    const phone = await openPage({ viewport: { width: 390, height: 844 }, colorScheme: 'dark' });
    await phone.goto(`${program.origin}/app/customers/${story.customer.id}`);
    await signIn(phone, program.key);
    await phone.locator('.chart-bar').first().waitFor();
    const overflow = await phone.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(overflow <= 0, `the page is ${overflow} pixels wider than the screen`);
    await picture('7-customer-phone-dark', phone);
    await phone.goto(`${program.origin}/app/invoices/${story.invoice.id}`);
    await phone.locator('iframe.pdf').waitFor();
    await picture('8-invoice-phone-dark', phone);
    await phone.context().close();
  });

  it('renders the operations of the API reference', async () => {
    const document = await (await fetch(`${program.origin}/openapi.json`)).json();
    const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods).filter((method) => method.responses));
    assert.ok(operations.length > 0);
    await page.goto(`${program.origin}/docs/`);
    // The viewer only draws what is in sight, so for a moment everything is.
    const size = page.viewportSize();
    await page.setViewportSize({ width: size.width, height: 2000 + 150 * operations.length });
    await page.waitForFunction((count) => document.querySelectorAll('.opblock').length === count, operations.length);
    await page.setViewportSize(size);
    await page.locator('.opblock-summary-control').first().click();
    await page.locator('.opblock-body').first().waitFor();
    await page.screenshot({ path: join(pictures, '9-docs.png') });
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.waitForTimeout(1000); // for the picture only: the colours fade over
    await page.screenshot({ path: join(pictures, '9-docs-dark.png') });
  });

  it('talked to nobody but the program, without faults', () => {
    assert.deepEqual(strangers, []);
    assert.deepEqual(faults, []);
  });
});
