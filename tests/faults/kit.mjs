// What the fault runs share: the program as a process that may be wrapped, stopped and killed, a client that tells a
// refusal from a broken line from a hang, and the numbers. Node 18 or later, no packages.
import { spawn, execFileSync } from 'node:child_process';
import { Agent, request } from 'node:http';
import { mkdtempSync, rmSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BIN, POSTGRES, freePort } from '../http/lib.mjs';

export { BIN, POSTGRES, freePort, sleep };

/** Thrown by a fault that can't be brought about here. */
export class Skip extends Error {}

export const folder = (tag) => mkdtempSync(join(tmpdir(), `aldgate-${tag}-`));
export const remove = (dir) => rmSync(dir, { recursive: true, force: true });
export const below = (n) => Math.floor(Math.random() * n);
export const pick = (list) => list[below(list.length)];
export const now = () => performance.now();
export const percentile = (list, p) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * p))] ?? 0;
export const ms = (x) => `${x < 10 ? x.toFixed(1) : Math.round(x)} ms`;

/** What went wrong, each sentence once with how often; a few are shown. */
export class Wrongs {
  #seen = new Map();

  add(sentence) {
    this.#seen.set(sentence, (this.#seen.get(sentence) ?? 0) + 1);
    return false;
  }

  check(good, sentence) { return good || this.add(sentence); }
  get count() { return [...this.#seen.values()].reduce((a, b) => a + b, 0); }
  list() { return [...this.#seen].map(([s, n]) => (n > 1 ? `${s} (${n} times)` : s)); }
}

/* ---- speaking ---- */

/**
 * One request. Rejects with err.hang when nothing came in time, err.refused when nobody listens, else the line broke:
 * the request may or may not have been done.
 */
export function ask(base, method, path, body, { bearer, agent, limit = 20000 } = {}) {
  return new Promise((ok, no) => {
    const payload = body === undefined ? undefined : JSON.stringify(body), headers = {};
    if (payload !== undefined) Object.assign(headers, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) });
    if (bearer) headers.authorization = `Bearer ${bearer}`;
    const rq = request(base + path, { method, headers, agent: agent ?? false }, (rs) => {
      let text = '';
      rs.setEncoding('utf8').on('data', (d) => (text += d)).on('error', fail);
      rs.on('end', () => {
        clearTimeout(timer);
        let value;
        try { value = JSON.parse(text); } catch { value = text; }
        if (rs.complete) ok({ status: rs.statusCode, headers: rs.headers, body: value });
      });
      rs.on('close', () => rs.complete || fail(new Error('cut')));
    });
    const timer = setTimeout(() => fail(Object.assign(new Error(`no answer to ${method} ${path} within ${limit} ms`), { hang: true })), limit);
    function fail(e) { clearTimeout(timer); rq.destroy(); no(Object.assign(e, { line: true, refused: e.code === 'ECONNREFUSED' })); }
    rq.on('error', fail);
    rq.end(payload);
  });
}

export const keepAlive = () => new Agent({ keepAlive: true, maxSockets: 1 });

/** Whether a refusal is the one that an outage may give: 503, told when to come again. */
export function isAway(answer) {
  return answer.status === 503 && Number(answer.headers['retry-after']) >= 1;
}

/* ---- the program ---- */

const SANITIZER = Object.fromEntries(Object.entries(process.env).filter(([k]) => /^(A|L|UB|T)SAN_OPTIONS$/.test(k)));
const REPORT = /(ERROR: \w+Sanitizer|runtime error:|WARNING: ThreadSanitizer)[^]{0,3000}/;
const alive = new Set();
process.on('exit', () => { for (const c of alive) c.kill('SIGKILL'); });

export class Daemon {
  log = '';
  ended = true;

  /** env: settings; wrap: a command in front of the program; dir: the data folder, kept at the end. */
  static async make(env = {}, { dir, wrap = [], bin = BIN } = {}) {
    const d = new Daemon();
    Object.assign(d, { ownDir: !dir, dir: dir ?? folder('fault'), port: await freePort(), wrap, bin });
    d.base = `http://127.0.0.1:${d.port}`;
    d.env = {
      PATH: process.env.PATH, HOME: d.dir, ...SANITIZER, ALDGATE_SERVER_LISTEN: `127.0.0.1:${d.port}`, ALDGATE_SERVER_PUBLIC_URL: d.base,
      ALDGATE_SERVER_DATA_DIR: d.dir, ALDGATE_THROTTLE_ENABLED: 'no', ALDGATE_PASSWORD_ARGON2_MEMORY_KIB: '1024',
      ALDGATE_PASSWORD_ARGON2_PASSES: '1', ALDGATE_PASSWORD_HASH_QUEUE: '1024', ALDGATE_LOGIN_REQUIRE_VERIFIED_EMAIL: 'no',
      ALDGATE_MAIL_URL: 'smtp://127.0.0.1:1', ...env,
    };
    return d;
  }

  static async start(env, options) {
    const d = await Daemon.make(env, options);
    await d.launch();
    return d;
  }

  spawn() {
    const [command, ...args] = [...this.wrap, this.bin, 'serve'];
    const child = spawn(command, args, { env: this.env, stdio: ['ignore', 'pipe', 'pipe'] });
    alive.add(child);
    child.on('error', (e) => (this.log += e.message));
    this.child = child;
    this.ended = false;
    this.began = now();
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (t) => (this.log = (this.log + t).slice(-4e6)));
    this.gone = new Promise((ok) => child.on('close', (code, signal) => { this.ended = true; alive.delete(child); ok({ code, signal }); }));
    return this;
  }

  /** Milliseconds from exec to the first 200 on /readyz; null when it ended before that. */
  async ready(limit = 30000) {
    for (; now() - this.began < limit; await sleep(2)) {
      if (this.ended) return null;
      try { if ((await ask(this.base, 'GET', '/readyz', undefined, { limit: 2000 })).status === 200) return now() - this.began; } catch { /* not yet */ }
    }
    throw new Error(`not ready within ${limit} ms: ` + this.log.slice(-1000));
  }

  async launch() {
    const took = await this.spawn().ready();
    if (took === null) throw new Error('the program ended: ' + this.log.slice(-2000));
    return took;
  }

  signal(name) { if (!this.ended) this.child.kill(name); return this.gone; }
  kill() { return this.signal('SIGKILL'); }

  /** What a sanitizer said, if anything. */
  report() { return REPORT.exec(this.log)?.[0]; }

  /** The last lines of its log that tell of trouble; for whoever has to find out why. */
  troubles() { return this.log.match(/.*(level=error|event=store_\w+).*/g)?.slice(-3).map((l) => 'log: ' + l) ?? []; }

  /** Ends it as an operator would; what was not as it should be goes into wrongs. */
  async end(wrongs) {
    if (!this.ended) {
      const how = await Promise.race([this.signal('SIGTERM'), sleep(20000)]);
      if (!how) { wrongs?.add('did not end within 20 s of SIGTERM'); await this.kill(); }
      else if (how.code !== 0) wrongs?.add(`SIGTERM ended it with ${JSON.stringify(how)}: ${this.log.slice(-500)}`);
    }
    if (this.report()) wrongs?.add(this.report());
    if (wrongs?.count) for (const line of this.troubles()) wrongs.add(line);
    if (this.ownDir) remove(this.dir);
  }

  /** Descriptors that the process has open. */
  descriptors() { return readdirSync(`/proc/${this.child.pid}/fd`).length; }
  /** CPU seconds that it has used. */
  cpu() {
    const fields = readFileSync(`/proc/${this.child.pid}/stat`, 'latin1').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  async metric(name) {
    const { body } = await ask(this.base, 'GET', '/metrics');
    return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(body)?.[1] ?? NaN);
  }
}

/** Runs SQL on a copy of an embedded store that nobody has open; the first column of each row, as text. */
export function query(file, ...statements) {
  const script = 'import sqlite3,sys\nc=sqlite3.connect(sys.argv[1])\nfor s in sys.argv[2:]:\n for r in c.execute(s): print(r[0])';
  return execFileSync('python3', ['-c', script, file, ...statements], { encoding: 'utf8' }).trim().split('\n');
}
