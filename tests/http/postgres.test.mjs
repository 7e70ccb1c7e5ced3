// Several servers on one PostgreSQL, and a PostgreSQL that goes away, comes back, or stops without a word. On a cluster of its own
// (tests/pg_cluster.sh), and only when ALDGATE_TEST_DATABASE_URL says that PostgreSQL is to be tested.
import { test, before, after } from 'node:test';
import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { randomBytes } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { start, run, assert, is, call, together, tally, someone, sleep, until, POSTGRES, PASSWORD } from './lib.mjs';

const options = { skip: POSTGRES ? false : 'ALDGATE_TEST_DATABASE_URL names no PostgreSQL' };
const script = fileURLToPath(new URL('../pg_cluster.sh', import.meta.url));
const cluster = (...args) => execFileSync(script, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();
/** The same while the test goes on. */
const meanwhile = (...args) => promisify(execFile)(script, args);
const KEY = randomBytes(32).toString('base64url');
let dir, url, databases = 0;

before(() => {
  if (options.skip) return;
  dir = cluster('start');
  url = cluster('url', dir);
});
after(() => { if (dir) cluster('stop', dir); });

function database() {
  const name = `t${++databases}`, u = new URL(url);
  execFileSync('psql', ['-qX', url, '-c', `create database ${name}`]);
  u.pathname = '/' + name;
  return u.toString();
}

const env = (where, more = {}) => ({ ALDGATE_DATABASE_URL: where, ALDGATE_KEYS_MASTER_KEY: KEY, ALDGATE_MAIL_URL: 'smtp://127.0.0.1:1',
  ALDGATE_SERVER_PUBLIC_URL: 'http://accounts.test', ...more });
const signup = async (s) => is(await call(s.base, 'POST', '/auth/signup', { email: someone(), password: PASSWORD }), 201).body;
const refresh = (s, refresh_token) => call(s.base, 'POST', '/auth/token/refresh', { refresh_token });
const me = (s, bearer) => call(s.base, 'GET', '/users/me', undefined, { bearer });

/** Two servers that were started at once on an empty database. */
async function pair(more) {
  const where = database(), both = await Promise.all([start(env(where, more)), start(env(where, more))]);
  return { where, a: both[0], b: both[1], end: () => Promise.all(both.map((s) => s.end())) };
}

test('two servers started at once on an empty database make one schema and one key', options, async () => {
  const p = await pair();
  try {
    const [x, y] = await Promise.all([p.a, p.b].map(async (s) => (await call(s.base, 'GET', '/.well-known/jwks.json')).body));
    assert.equal(x.keys.length, 1);
    assert.deepEqual(x, y);
  } finally { await p.end(); }
});

test('what one server did the other knows: sign-up, refresh, logout', options, async () => {
  const p = await pair();
  try {
    const t = await signup(p.a);
    is(await me(p.b, t.access_token), 200);
    const next = is(await refresh(p.b, t.refresh_token), 200).body;
    is(await me(p.a, next.access_token), 200);
    is(await call(p.a.base, 'POST', '/auth/logout', {}, { bearer: next.access_token }), 200);
    is(await me(p.b, next.access_token), 401);
    is(await refresh(p.b, next.refresh_token), 401);
  } finally { await p.end(); }
});

test('one refresh token at both at one instant: one successor, 30 rounds', options, async () => {
  const p = await pair();
  try {
    let t = await signup(p.a);
    for (let i = 0; i < 30; i++) {
      const body = { refresh_token: t.refresh_token };
      const rs = (await Promise.all([p.a, p.b].map((s) => together(s.base, 5, '/auth/token/refresh', body)))).flat();
      assert.deepEqual(tally(rs), { 200: 10 });
      assert.equal(new Set(rs.map((r) => r.body.refresh_token)).size, 1);
      t = rs[0].body;
    }
  } finally { await p.end(); }
});

test('one e-mail signed up at both at one instant: one account', options, async () => {
  const p = await pair();
  try {
    const body = { email: someone(), password: PASSWORD };
    const rs = (await Promise.all([p.a, p.b].map((s) => together(s.base, 20, '/auth/signup', body)))).flat();
    assert.deepEqual(tally(rs), { 201: 1, 409: 39 });
  } finally { await p.end(); }
});

test('a server with another master key does not start and says which file to copy', options, async () => {
  const where = database(), s = await start(env(where));
  try {
    const more = { ALDGATE_KEYS_MASTER_KEY: randomBytes(32).toString('base64url'), ALDGATE_SERVER_DATA_DIR: s.dir, HOME: s.dir };
    const r = await run(['serve'], { env: { ...env(where), ...more } });
    assert.equal(r.code, 1);
    assert.match(r.err, /master\.key/);
    assert.equal((await call(s.base, 'GET', '/.well-known/jwks.json')).body.keys.length, 1);
  } finally { await s.end(); }
});

test('commands run beside the server', options, async () => {
  const where = database(), s = await start(env(where));
  try {
    const email = someone();
    const r = await run(['user', 'create', '--verified', '--email', email], { env: s.env, input: PASSWORD + '\n' });
    assert.equal(r.code, 0, r.err);
    is(await call(s.base, 'POST', '/auth/login', { email, password: PASSWORD }), 200);
  } finally { await s.end(); }
});

/** A client that refreshes as long as `alive` says: 200, or 503 with Retry-After; a token once given is good for the next. */
async function refresher(s, t, seen, alive, who) {
  while (alive()) {
    const at = Date.now(), r = await refresh(s, t.refresh_token);
    seen.push({ who, status: r.status, at, took: Date.now() - at });
    if (r.status === 200) t = r.body;
    else {
      is(r, 503);
      assert.ok(Number(r.headers.get('retry-after')) >= 1, 'Retry-After');
      await sleep(20);
    }
  }
  return t;
}

const CLIENTS = 12, SOON = 15000; // ms: what aldgate itself waits for a database is half of it
/** Every client has been answered so to what it asked since then. */
const all = (seen, status, since) => new Set(seen.filter((one) => one.at > since && one.status === status).map((one) => one.who)).size === CLIENTS;

async function under(s, trouble) {
  const seen = [], people = await Promise.all(Array.from({ length: CLIENTS }, () => signup(s)));
  let on = true;
  const clients = people.map((t, who) => refresher(s, t, seen, () => on, who));
  try {
    await until(() => all(seen, 200, 0));
    await trouble(seen);
    const back = Date.now();
    await until(() => all(seen, 200, back), 'soon after the database all is well', SOON);
    const well = Date.now();
    await sleep(2500);
    assert.deepEqual(seen.filter((one) => one.at > well && one.status !== 200), [], 'and stays so');
  } finally { on = false; }
  for (const t of await Promise.all(clients)) is(await refresh(s, t.refresh_token), 200, undefined, 'a token that was given is good');
  for (const one of seen) assert.ok(one.took < SOON, `an answer took ${one.took} ms`);
}

/** The processes whose parent is pid, from /proc/PID/stat: a bare machine has no pgrep. */
function children(pid) {
  const parent = (of) => { try { return Number(readFileSync(`/proc/${of}/stat`, 'utf8').split(') ').at(-1).split(' ')[1]); } catch { return 0; } };
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && parent(name) === pid).map(Number);
}

// A grace longer than the test: who got 503 instead of the answer tries its token again.
const GRACE = { ALDGATE_TOKEN_REUSE_GRACE: '300s' };

test('a database that crashes and comes back under load: 503 meanwhile, nobody is signed out', options, async () => {
  const s = await start(env(database(), GRACE));
  try {
    for (const how of ['immediate', 'fast', 'immediate'])
      await under(s, () => meanwhile('restart', dir, how));
  } finally { await s.end(); }
});

test('a database that stops without a word under load: 503 within seconds, nobody is signed out', options, async () => {
  const s = await start(env(database(), GRACE));
  try {
    await under(s, async (seen) => {
      const leader = Number(readFileSync(dir + '/data/postmaster.pid', 'utf8').split('\n')[0]);
      const pids = [leader, ...children(leader)];
      const tell = (signal) => { for (const pid of pids) try { process.kill(pid, signal); } catch { /* it has ended */ } };
      const since = Date.now();
      try { tell('SIGSTOP'); await until(() => all(seen, 503, since), 'nobody is told while it stands still'); } finally { tell('SIGCONT'); }
    });
  } finally { await s.end(); }
});

test('with the database away the program still answers what needs none', options, async () => {
  const s = await start(env(database()));
  try {
    const t = await signup(s);
    cluster('halt', dir);
    is(await call(s.base, 'GET', '/healthz'), 200);
    is(await call(s.base, 'GET', '/.well-known/jwks.json'), 200);
    is(await call(s.base, 'GET', '/readyz', undefined, { check: false }), 503);
    is(await me(s, t.access_token), 503);
    cluster('restart', dir);
    await until(async () => (await me(s, t.access_token)).status === 200);
  } finally { cluster('restart', dir); await s.end(); }
});
