// The program under test on a data folder and a port of its own, and the browser it is looked at with.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const demoLimitMs = 120_000;
const startLimitMs = 30_000;
const stopLimitMs = 15_000;

function freePort() {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}

function programPath() {
  const named = process.env.TALLYBOOK_BIN;
  if (!named) throw new Error('TALLYBOOK_BIN does not name the program');
  // npm runs its scripts in console/; a relative path means the folder npm was called in.
  const path = resolve(process.env.INIT_CWD ?? '.', named);
  if (!existsSync(path)) throw new Error(`the program is missing: ${path}`);
  return path;
}

/** Fills a new folder with the demonstration, serves it, and waits for the first answer. */
export async function startProgram() {
  const program = programPath();
  const data = mkdtempSync(join(tmpdir(), 'tallybook-e2e-'));
  const remove = () => rmSync(data, { recursive: true, force: true });
  const demo = spawnSync(program, ['demo', '--data', data], { encoding: 'utf8', timeout: demoLimitMs });
  if (demo.error || demo.status !== 0) {
    remove();
    throw new Error(`demo failed (${demo.error?.message ?? demo.status}):\n${demo.stdout}${demo.stderr}`);
  }
  const key = readFileSync(join(data, 'demo.key'), 'utf8').trim();

  const origin = `http://127.0.0.1:${await freePort()}`;
  const child = spawn(program, ['serve', '--data', data, '--listen', origin.slice('http://'.length)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said = (said + text).slice(-20_000)));
  let gone = null;
  const ended = new Promise((done) => {
    child.once('error', (error) => done((gone = error.message)));
    child.once('exit', (code, signal) => done((gone = `ended with ${code ?? signal}`)));
  });

  async function stop() {
    const early = gone;
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), stopLimitMs);
    await ended;
    clearTimeout(late);
    remove();
    if (early !== null) throw new Error(`the program did not live until the end (${early}):\n${said}`);
  }

  const limit = Date.now() + startLimitMs;
  for (;;) {
    const answer = await fetch(`${origin}/app/`).catch(() => null);
    if (answer?.ok) break;
    if (gone !== null || Date.now() > limit) {
      await stop().catch(() => {});
      throw new Error(`serve does not answer /app/ (${gone ?? answer?.status ?? 'no answer'}):\n${said}`);
    }
    await pause(100);
  }

  /** What the API says, to compare the pages with. */
  async function api(path) {
    const response = await fetch(origin + path, { headers: { authorization: `Bearer ${key}` } });
    if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  return { origin, key, api, stop };
}

/** Chromium without any network service of its own. */
export async function startBrowser() {
  const path = process.env.CHROMIUM ?? '/usr/bin/chromium';
  if (!existsSync(path)) throw new Error(`Chromium is missing: ${path}`);
  const fromConsole = createRequire(new URL('../../console/package.json', import.meta.url));
  const { chromium } = fromConsole('playwright-core');
  return chromium.launch({
    executablePath: path,
    args: [
      '--no-sandbox',
      '--headless=new',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
