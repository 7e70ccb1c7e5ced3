// Helpers of the tests over a socket: start the program, speak to it well and badly, run its commands. Node 18 or later, no packages.
// ALDGATE_BIN names the program; ALDGATE_TEST_DATABASE_URL (postgresql://…) gives each server a database of its own there, and with
// ALDGATE_TEST_SERVERS=2 each stage has two servers on its one database, which are asked by turns.
import { spawn, execFileSync } from 'node:child_process';
import { connect } from 'node:net';
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import assert from 'node:assert/strict';
import { Mailbox, PATIENCE, codeIn, linkIn, tokenIn } from './mailbox.mjs';
import { freePort } from './ports.mjs';
import { inspect } from './shape.mjs';

export { sleep, assert, freePort, Mailbox, PATIENCE, codeIn, linkIn, tokenIn };
export const BIN = resolve(process.env.ALDGATE_BIN ?? 'build/aldgate');
export const POSTGRES = process.env.ALDGATE_TEST_DATABASE_URL;
const SERVERS = POSTGRES ? Number(process.env.ALDGATE_TEST_SERVERS ?? 1) : 1;
export const PASSWORD = 'correct-Horse-battery-staple';
export const WRONG = 'wrong-Horse-battery-staple';

const letters = (n) => n.toString(26).replace(/[0-9a-p]/g, (c) => String.fromCharCode(97 + parseInt(c, 26)));
let counter = 0;
/** An address that no test used before; letters only, so that no code can be seen in it. */
export const someone = (tag = 'user') => `${tag}.${letters(process.pid)}.${letters(++counter)}@example.com`;
/** Client addresses that no test used before: 127.<net>.…; an options object of call(). */
export function places(net) {
  let n = 0;
  return () => ({ from: `127.${net}.${++n >> 8}.${n & 255}` });
}
export const somePhone = () => '+4930' + String(10000000 + (process.pid % 1000) * 10000 + ++counter);
export const someName = () => 'name_' + letters(process.pid) + '_' + letters(++counter);

/** Waits until look() gives something, and gives that; what: the sentence of the failure. */
export async function until(look, what, ms = PATIENCE) {
  for (const end = Date.now() + ms; ; await sleep(15)) {
    const seen = await look();
    if (seen) return seen;
    assert.ok(Date.now() < end, typeof what === 'function' ? what() : what ?? `never within ${ms} ms: ${look}`);
  }
}

/**
 * For what holds only for a while. act(before): before(end, ask) asks for something that is so until `end`. When act fails and
 * one of its answers came later than that, the machine was too slow to tell, and all of it begins anew.
 */
export async function timely(act, tries = 8) {
  for (let n = 1; ; n++) {
    let late = false;
    const before = async (end, ask) => { try { return await ask(); } finally { late ||= Date.now() >= end; } };
    try { return await act(before); } catch (e) { if (!late || n === tries) throw e; }
  }
}

/** How many wrong passwords in a row are looked at in so many ms: five, and one more behind each wait of 1, 2, 4 … seconds. */
export const guessesIn = (ms) => 5 + Math.floor(Math.log2(1 + ms / 1000));

const part = (jwt, i) => JSON.parse(Buffer.from(jwt.split('.')[i], 'base64url').toString('utf8'));
export const header = (jwt) => part(jwt, 0);
export const claims = (jwt) => part(jwt, 1);
export const encode = (value) => Buffer.from(typeof value === 'string' ||
  Buffer.isBuffer(value) ? value : JSON.stringify(value)).toString('base64url');

/* ---- the program ---- */

const SANITIZER = Object.fromEntries(Object.entries(process.env).filter(([k]) => /^(A|L|UB|T)SAN_OPTIONS$/.test(k)));
let databases = 0, turns = 0;
const twins = new Map();
/** Who is asked next of the servers that are known by this address. */
const turn = (base) => (twins.has(base) && ++turns % 2 ? twins.get(base) : base);
const psql = (sql) => execFileSync('psql', ['-qXAt', POSTGRES, '-c', sql], { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });

class Server {
  #log = '';
  #database;
  constructor(env, { dir, port, config, args, ready, through = [] }) {
    Object.assign(this, { ready, through });
    this.ownDir = !dir;
    this.dir = dir ?? mkdtempSync(join(tmpdir(), 'aldgate-test-'));
    this.port = port;
    this.base = `http://127.0.0.1:${port}`;
    this.args = ['serve', ...args];
    this.env = {
      PATH: process.env.PATH, HOME: this.dir, ...SANITIZER,
      ALDGATE_SERVER_LISTEN: `127.0.0.1:${port}`, ALDGATE_SERVER_PUBLIC_URL: this.base, ALDGATE_SERVER_DATA_DIR: this.dir,
      ALDGATE_THROTTLE_ENABLED: 'no', ALDGATE_PASSWORD_ARGON2_MEMORY_KIB: '1024', ALDGATE_PASSWORD_ARGON2_PASSES: '1',
    };
    if (config !== undefined) {
      this.env.ALDGATE_CONFIG = join(this.dir, 'test.ini');
      writeFileSync(this.env.ALDGATE_CONFIG, config);
    }
    if (POSTGRES && !env.ALDGATE_DATABASE_URL) this.#makeDatabase();
    this.set(env);
  }

  #makeDatabase() {
    this.#database = `aldgate_test_${process.pid}_${++databases}`;
    psql(`create database ${this.#database}`);
    const url = new URL(POSTGRES);
    url.pathname = '/' + this.#database;
    this.env.ALDGATE_DATABASE_URL = url.toString();
  }

  /** How often two transactions of this server waited for each other. */
  #dropDatabase() {
    const n = Number(psql(`select deadlocks from pg_stat_database where datname = '${this.#database}'`));
    psql(`drop database if exists ${this.#database} with (force)`);
    return n;
  }

  /** Changes settings for the next launch; undefined or null takes one away. */
  set(env) {
    for (const [k, v] of Object.entries(env)) if (v === undefined || v === null) delete this.env[k]; else this.env[k] = String(v);
  }

  log() { return this.#log; }

  async launch() {
    const [program, ...first] = [...this.through, BIN];
    const child = spawn(program, [...first, ...this.args], { env: this.env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    child.stdout.on('data', (d) => (this.#log += d));
    child.stderr.on('data', (d) => (this.#log += d));
    this.gone = new Promise((ok) => child.on('close', (code, signal) => { this.ended = true; ok({ code, signal }); }));
    this.ended = false;
    for (const end = Date.now() + 2 * PATIENCE; ; await sleep(15)) {
      if (this.ended) throw new Error('the program ended: ' + this.#log);
      try { if (await this.ready(this)) return this; } catch { /* not yet */ }
      if (Date.now() > end) { child.kill('SIGKILL'); throw new Error('not ready in time: ' + this.#log); }
    }
  }

  async stop(signal = 'SIGTERM') {
    if (!this.ended) this.child.kill(signal);
    return this.gone;
  }

  async kill() { return this.stop('SIGKILL'); }

  async restart(env = {}) {
    if (!this.ended) assert.equal((await this.stop()).code, 0, 'SIGTERM ends with 0: ' + this.#log.slice(-2000));
    this.set(env);
    return this.launch();
  }

  /** Ends it and looks at what it left: a clean exit, no sanitizer report, no secret in the log. */
  async end() {
    const last = this.ended === false ? await this.stop() : null;
    const deadlocks = this.#database ? this.#dropDatabase() : 0;
    if (this.ownDir) rmSync(this.dir, { recursive: true, force: true });
    const report = /(ERROR: \w+Sanitizer|runtime error:|WARNING: ThreadSanitizer)[^]*/.exec(this.#log);
    if (report) throw new Error(report[0].slice(0, 4000));
    for (const secret of [/agr_[\w-]{12}/, /eyJ[\w-]{20}/, PASSWORD, WRONG])
      if (typeof secret === 'string' ? this.#log.includes(secret) : secret.test(this.#log)) throw new Error('a secret in the log: ' + secret);
    assert.equal(deadlocks, 0, 'deadlocks on PostgreSQL');
    if (last) assert.equal(last.code, 0, 'ended with ' + JSON.stringify(last) + ': ' + this.#log.slice(-2000));
  }
}

const answersReady = async (app) => (await fetch(app.base + '/readyz')).status === 200;

/**
 * Starts the program. env: ALDGATE_… beside or instead of the defaults; config: text of an INI file; ready: app → whether it serves, when
 * not by plain HTTP on its port; through: a command in front of it.
 */
export async function start(env = {}, { dir, port, config, args = [], ready = answersReady, ...more } = {}) {
  if (!existsSync(BIN)) throw new Error(`no program at ${BIN}`);
  return new Server(env, { dir, port: port ?? (await freePort()), config, args, ready, ...more }).launch();
}

/** Runs one command to its end (killed after ms). */
export async function run(args, { env = {}, input = '', ms = 2 * PATIENCE } = {}) {
  const child = spawn(BIN, args, { env: { PATH: process.env.PATH, ...SANITIZER, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  let out = '', err = '';
  child.stdout.on('data', (d) => (out += d));
  child.stderr.on('data', (d) => (err += d));
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const timer = setTimeout(() => child.kill('SIGKILL'), ms);
  const [code, signal] = await new Promise((ok) => child.on('close', (...how) => ok(how)));
  clearTimeout(timer);
  return { code, signal, out, err };
}

/* ---- speaking to it ---- */

/**
 * One call, its answer held against the OpenAPI document. body: a value to send as JSON; raw: bytes to send instead (then
 * headers says what they are); from: the loopback address to call from, 127.x.y.z.
 */
export async function call(base, method, path, body, { bearer, headers = {}, raw, from, check = true } = {}) {
  const h = { ...headers };
  if (body !== undefined && raw === undefined) h['content-type'] ??= 'application/json';
  if (bearer !== undefined) h.authorization = `Bearer ${bearer}`;
  const payload = raw !== undefined ? Buffer.from(raw) : body === undefined ? undefined : JSON.stringify(body);
  const answer = from ? await callFrom(from, base, method, path, h, payload) : await callByFetch(base, method, path, h, payload);
  if (check) await inspect(base, { method, path, accept: h.accept, ...answer });
  return answer;
}

async function callByFetch(base, method, path, headers, payload) {
  const r = await fetch(turn(base) + path, { method, headers, body: payload, redirect: 'manual' }), text = await r.text();
  return { status: r.status, headers: r.headers, text, body: decoded(r.headers.get('content-type'), text) };
}

async function callFrom(from, base, method, path, headers, payload = '') {
  const lines = Object.entries({ ...headers, 'content-length': Buffer.byteLength(payload) }).map(([k, v]) => `${k}: ${v}`);
  const head = `${method} ${path} HTTP/1.1\r\nHost: test\r\n${lines.join('\r\n')}\r\n\r\n`;
  const r = await rawRequest(new URL(base).port, Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(payload)]), { from });
  if (!r.status) throw new Error(`no answer to ${method} ${path}`);
  return r;
}

function decoded(type, text) {
  if (!/json/.test(type ?? '')) return text;
  try { return JSON.parse(text); } catch { return text; }
}

/** The first whole answer in bytes (one character a byte), or null; at: where the next one begins. */
function cutAnswer(bytes, at, head) {
  const end = bytes.indexOf('\r\n\r\n', at);
  if (end < 0) return null;
  const [first, ...lines] = bytes.slice(at, end).split('\r\n');
  const headers = new Headers(lines.map((l) => [l.slice(0, l.indexOf(':')), l.slice(l.indexOf(':') + 1).trim()]));
  const status = Number(first.split(' ')[1]), length = Number(headers.get('content-length') ?? 0);
  const size = head || status < 200 || status === 204 || status === 304 ? 0 : length;
  if (bytes.length < end + 4 + size) return null;
  const text = Buffer.from(bytes.slice(end + 4, end + 4 + size), 'latin1').toString('utf8');
  return { status, first, headers, text, body: decoded(headers.get('content-type'), text), at: end + 4 + size };
}

/**
 * Writes bytes to a socket of its own and reads. Ends when the server closes, or `answers` have come and nothing more follows within
 * `linger` ms, or after ms. later: bytes to write once the first are out, after `pause` ms.
 */
export function rawRequest(port, bytes, { answers = 1, linger = 0, ms = PATIENCE, head = false, later, pause = 50, from } = {}) {
  return new Promise((ok) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress: from }).setEncoding('latin1');
    const got = [];
    let seen = '', at = 0, quiet;
    const done = (closed) => { clearTimeout(timer); clearTimeout(quiet); socket.destroy();
      ok({ closed, answers: got, bytes: seen, text: '', ...got[0] }); };
    const timer = setTimeout(() => done(false), ms);
    socket.on('data', (d) => {
      seen += d;
      for (let a; (a = cutAnswer(seen, at, head)); ) { got.push(a); at = a.at; }
      clearTimeout(quiet);
      if (got.filter((a) => a.status >= 200).length >= answers) quiet = setTimeout(() => done(false), linger);
    });
    socket.on('error', () => {}).on('end', () => done(true)).on('close', () => done(true));
    socket.write(Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes, 'latin1'));
    if (later !== undefined) setTimeout(() => socket.writable && socket.write(later), pause);
  });
}

/** A request as bytes; headers as lines. */
export function bytesOf(method, path, { headers = [], body = '', host = 'test' } = {}) {
  const payload = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const lines = [`${method} ${path} HTTP/1.1`, `Host: ${host}`, ...headers];
  if (payload.length || body !== '') lines.push('Content-Type: application/json', `Content-Length: ${payload.length}`);
  return Buffer.concat([Buffer.from(lines.join('\r\n') + '\r\n\r\n', 'latin1'), payload]);
}

/**
 * n POSTs at one instant: n sockets each get all but the last byte, then all the last bytes go out together. body and headers (lines): a
 * value, or i → value; path likewise. from: i → the address to call from.
 */
export async function together(base, n, path, body, { headers = [], from } = {}) {
  const of = (v, i) => (typeof v === 'function' ? v(i) : v);
  const lines = Array.from({ length: n }, (_, i) => {
    const where = of(path, i), bytes = bytesOf('POST', where, { headers: of(headers, i), body: of(body, i) });
    const { port } = new URL(turn(base));
    const socket = connect({ port, host: '127.0.0.1', localAddress: from?.(i) }).setEncoding('latin1').setNoDelay();
    const sent = new Promise((ok, no) => socket.on('error', no).write(bytes.subarray(0, -1), ok));
    const answer = new Promise((ok, no) => {
      let seen = '';
      const timer = setTimeout(() => no(new Error('no answer in time')), 2 * PATIENCE);
      socket.on('error', no).on('close', () => no(new Error('closed without an answer: ' + seen)));
      socket.on('data', (d) => { const a = cutAnswer((seen += d), 0); if (a) { clearTimeout(timer); ok(a); socket.destroy(); } });
    });
    answer.catch(() => {});
    return { where, socket, sent, answer, last: bytes.subarray(-1) };
  });
  await Promise.all(lines.map((l) => l.sent));
  for (const l of lines) l.socket.write(l.last);
  const answers = await Promise.all(lines.map((l) => l.answer));
  await Promise.all(answers.map((a, i) => inspect(base, { method: 'POST', path: lines[i].where, ...a })));
  return answers;
}

/** How often each status came. */
export const tally = (answers) => answers.reduce((t, a) => ({ ...t, [a.status]: (t[a.status] ?? 0) + 1 }), {});

/** status and code at once. */
export function is(answer, status, code, why = '') {
  const got = [answer.status, answer.body?.code], want = [status, code];
  assert.deepEqual(got, code === undefined ? [status, got[1]] : want, `${why} ${answer.text}`);
  return answer;
}

/* ---- people ---- */

/** Another server on the same database, known by the same address and with the same master key. */
async function beside(app) {
  const port = await freePort(), dir = mkdtempSync(join(tmpdir(), 'aldgate-test-'));
  copyFileSync(join(app.dir, 'master.key'), join(dir, 'master.key'));
  const twin = new Server({ ...app.env, ALDGATE_SERVER_LISTEN: `127.0.0.1:${port}`, ALDGATE_SERVER_DATA_DIR: dir }, { dir, port, args: [], ready: answersReady });
  twin.ownDir = true;
  twins.set(app.base, twin.base);
  return twin.launch();
}

/** A server with a mailbox, and the acts that most tests begin with. */
export async function stage(env = {}, options = {}) {
  const box = await Mailbox.open();
  let app, twin;
  try {
    app = await start({ ALDGATE_MAIL_URL: box.url, ...env }, options);
    if (SERVERS > 1) twin = await beside(app);
  } catch (e) { await twin?.end(); await app?.end(); await box.close(); throw e; }
  const api = (method, path, body, o) => call(app.base, method, path, body, o);
  const signup = async (extra = {}, o) => {
    const email = extra.email ?? someone();
    const s = is(await api('POST', '/auth/signup', { email, password: PASSWORD, ...extra }, o), 201);
    return { email, ...s.body };
  };
  /** Signed up and proven; its sign-up session is live. */
  const member = async (extra = {}) => {
    const m = await signup(extra);
    is(await api('POST', '/auth/email/verify', { token: tokenIn(await box.next(m.email)) }), 200);
    return m;
  };
  const login = (who, extra = {}, o) => api('POST', '/auth/login', { email: who, password: PASSWORD, ...extra }, o);
  const me = (bearer, o) => api('GET', '/users/me', undefined, { bearer, ...o });
  const refresh = (refresh_token, extra = {}) => api('POST', '/auth/token/refresh', { refresh_token, ...extra });
  /** Registered on v1. */
  const register = async (extra = {}, o) => {
    const who = { email: someone(), username: someName(), ...extra };
    return { ...who, ...is(await api('POST', '/api/v1/register/', { password: PASSWORD, ...who }, o), 201).body };
  };
  /** Registered on api: nothing but a pending row, and the mail with its link. */
  const preregister = async (extra = {}, o) => {
    const who = { email: someone(), full_name: 'Jo Doe', password: PASSWORD, ...extra };
    is(await api('POST', '/api/auth/register', who, o), 200);
    const mail = await box.next(who.email);
    return { ...who, mail, token: tokenIn(mail) };
  };
  /** All that was promised has been sent: a row of the outbox goes once its message is handed over. */
  const sent = () => until(async () => /^aldgate_outbox_messages 0$/m.test((await api('GET', '/metrics', undefined, { check: false })).text), 'the outbox does not empty');
  /** The act sends no mail to this address. */
  const silent = async (email, act, why) => {
    await sent();
    const before = box.to(email).length, r = await act();
    await sent();
    assert.equal(box.to(email).length, before, why ?? 'no mail');
    return r;
  };
  const operator = async (args, input) => {
    const r = await run(['user', ...args], { env: app.env, input });
    assert.equal(r.code, 0, r.out + r.err);
  };
  const lock = (who) => operator(['lock', who, '--reason', 'test']);
  const end = async () => { try { await twin?.end(); await app.end(); } finally { await box.close(); } };
  return { box, app, api, signup, member, login, me, refresh, register, preregister, sent, silent, operator, lock, end };
}
