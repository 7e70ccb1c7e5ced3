// The same on PostgreSQL, and what only a database server can do to its clients: restart, stall, lose one of them. On a cluster
// of its own, which tests/pg_cluster.sh makes.
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Mailbox, PASSWORD, someone } from '../http/lib.mjs';
import { Daemon, Skip, ask, folder, keepAlive, ms, now, pick, remove, sleep } from './kit.mjs';
import { World } from './people.mjs';
import { HALF_DONE, crash } from './crash.mjs';
import { JUDGED, kycCrash } from './kyc.mjs';

const SCRIPT = fileURLToPath(new URL('../pg_cluster.sh', import.meta.url));
const sh = (...args) => execFileSync('sh', [SCRIPT, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
/** All servers of one database are known by one address. */
const ENV = { ALDGATE_TOKEN_REUSE_GRACE: '300s', ALDGATE_SERVER_PUBLIC_URL: 'http://127.0.0.1:8080' };

/** Longer than a sender keeps a mail to itself, in ms: one that was taken by a COMMIT whose answer was lost comes only after that. */
const LEASE = 90000;

let cluster, reason, databases = 0;

function start() {
  if (reason) throw new Skip(reason);
  if (cluster) return;
  try { cluster = sh('start'); } catch (e) { throw new Skip(reason = 'no PostgreSQL can be started: ' + String(e.stderr ?? e).trim().split('\n').at(-1)); }
  process.on('exit', () => { try { sh('stop', cluster); } catch { /* it is gone */ } });
}

const psql = (url, ...sql) => execFileSync('psql', ['-qAtX', url, ...sql.flatMap((s) => ['-c', s])], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim().split('\n');

/** The URL of a new database. */
function database() {
  start();
  const name = 'fault_' + ++databases, url = sh('url', cluster);
  psql(url, `create database ${name}`);
  return url.replace('/postgres?', `/${name}?`);
}

function judge(url) {
  return (dir, wrongs) => { for (const n of psql(url, ...HALF_DONE)) wrongs.check(n === '0', `${n} sign-ups are half done`); };
}

const postmaster = () => Number(readFileSync(join(cluster, 'data', 'postmaster.pid'), 'latin1').split('\n')[0]);
function family() {
  const head = postmaster();
  const of = (pid) => { try { return Number(readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1].split(' ')[1]); } catch { return 0; } };
  return [head, ...readdirSync('/proc').filter((p) => /^\d+$/.test(p)).map(Number).filter((p) => of(p) === head)];
}

/** Servers on one new database with clients around them while strike() does its worst; then the audit. */
async function under(strike, { servers = 1, writers = 16, rounds, limits = {} }) {
  const url = database(), box = await Mailbox.open(), dirs = Array.from({ length: servers }, () => folder('pg'));
  const key = Buffer.from(Array.from({ length: 32 }, (_, i) => i * 5 + 1)).toString('base64url');
  const daemons = [];
  try {
    for (const dir of dirs) daemons.push(await Daemon.start({ ...ENV, ALDGATE_MAIL_URL: box.url, ALDGATE_DATABASE_URL: url, ALDGATE_KEYS_MASTER_KEY: key }, { dir }));
    const world = new World(() => pick(daemons), box), back = [], told = {};
    let audited = 0, done = 0;
    for (; done < rounds && world.wrongs.count < 20; done++) {
      const clients = world.begin(writers, { patient: true });
      await sleep(400);
      const since = await strike({ daemons, world, url, told });
      for (const d of daemons) back.push(await returns(d, since ?? now(), world.wrongs));
      await sleep(200);
      await clients.stop();
      audited += await world.audit();
    }
    world.wrongs.check(world.unsure === 0 || limits.kills, `${world.unsure} lines broke although the server lives`);
    world.wrongs.check(world.away === 0 || !limits.kills, `${world.away} writes were refused although the database lives`);
    world.wrongs.check(Math.max(...back) <= 2000, `back only after ${ms(Math.max(...back))}`);
    const doubled = await world.auditMail({ most: 2, leased: limits.kills ? done : 0, patience: LEASE });
    judge(url)(null, world.wrongs);
    for (const d of daemons) await d.end(world.wrongs);
    const more = Object.entries(told).map(([k, v]) => `, ${v} ${k}`).join('');
    return {
      figures: `${done} times, ${servers} server${servers > 1 ? 's' : ''}, ${world.acknowledged} acknowledged writes, ${world.away} refused with 503, `
        + `${audited} people audited, back within ${ms(Math.max(...back))}, ${doubled} mails twice${more}`,
      wrongs: world.wrongs,
    };
  } finally {
    for (const d of daemons) await d.kill();
    await box.close();
    dirs.forEach(remove);
  }
}

/** How long after `since` a write works again. */
async function returns(d, since, wrongs) {
  for (;;) {
    const r = await ask(d.base, 'POST', '/auth/signup', { email: someone(), password: PASSWORD }).catch(() => null);
    if (r?.status === 201) return now() - since;
    if (now() - since > 15000) { wrongs.add('writes did not come back within 15 s'); return now() - since; }
    await sleep(10);
  }
}

const restart = ({ long, rounds = long ? 200 : 4 }) => under(async () => { sh('restart', cluster, 'immediate'); return now(); }, { rounds });

/** All of its processes at once and unprepared, as a machine's end would; then it has to recover. */
const killed = ({ long, rounds = long ? 200 : 4 }) => under(async () => {
  for (const pid of family()) try { process.kill(pid, 'SIGKILL'); } catch { /* it was short-lived */ }
  sh('restart', cluster, 'immediate');
  return now();
}, { rounds });

const stall = ({ long, rounds = long ? 20 : 1 }) => under(async ({ daemons, world, told }) => {
  const all = family();
  for (const pid of all) process.kill(pid, 'SIGSTOP');
  try {
    for (const until = now() + 10000; now() < until; await sleep(200)) {
      const began = now(), r = await ask(daemons[0].base, 'GET', '/.well-known/jwks.json').catch((e) => ({ status: e.message }));
      world.wrongs.check(r.status === 200 && now() - began < 1000, `JWKS while the database stalls: ${r.status} in ${ms(now() - began)}`);
    }
  } finally { for (const pid of all) process.kill(pid, 'SIGCONT'); }
  told['s stalled'] = (told['s stalled'] ?? 0) + 10;
  return now();
}, { rounds });

const backends = ({ long, rounds = long ? 100 : 2 }) => under(async ({ url, told }) => {
  for (let i = 0; i < 5; i++) {
    psql(url.replace(/\/fault_\d+/, '/postgres'), `select pg_terminate_backend(pid) from pg_stat_activity where datname like 'fault_%' limit 1`);
    told['connections ended'] = (told['connections ended'] ?? 0) + 1;
    await sleep(100);
  }
  return now();
}, { rounds });

/** One token to both servers at one instant: the same successor from both. */
async function race(daemons, wrongs) {
  const agents = daemons.map(() => keepAlive());
  const made = await ask(daemons[0].base, 'POST', '/auth/signup', { email: someone(), password: PASSWORD }, { agent: agents[0] });
  let token = made.body.refresh_token;
  for (let i = 0; i < 10 && wrongs.check(made.status === 201, `a sign-up answered ${made.status}`); i++) {
    const answers = await Promise.all(daemons.map((d, k) => ask(d.base, 'POST', '/auth/token/refresh', { refresh_token: token }, { agent: agents[k] })));
    for (const a of answers) wrongs.check(a.status === 200, `a raced refresh answered ${a.status}`);
    const next = new Set(answers.map((a) => a.body.refresh_token));
    if (!wrongs.check(next.size === 1, 'a raced refresh forked')) break;
    token = [...next][0];
  }
  agents.forEach((a) => a.destroy());
}

const two = ({ long, rounds = long ? 100 : 2 }) => under(async ({ daemons, world, told }) => {
  for (let i = 0; i < 20; i++) await race(daemons, world.wrongs);
  told['raced refreshes'] = (told['raced refreshes'] ?? 0) + 200;
  await daemons[1].kill();
  await sleep(300);
  await daemons[1].launch();
  return now();
}, { servers: 2, rounds, limits: { kills: true } });

async function pgCrash({ long, rounds }) {
  const url = database();
  // A mail that was being sent by who was killed is left alone for two minutes: another server may have it.
  return crash({ long, rounds, env: { ALDGATE_DATABASE_URL: url }, judge: judge(url), usual: 15, leases: true });
}

function pgKyc({ long, rounds }) {
  const url = database();
  const judge = (dir, wrongs) => psql(url, ...Object.values(JUDGED)).forEach((n, i) => wrongs.check(n === '0', `${n} ${Object.keys(JUDGED)[i]}`));
  return kycCrash({ long, rounds, judge, people: 24, span: 3000, env: { ALDGATE_DATABASE_URL: url } });
}

export default [
  { name: 'pg-kyc', what: 'kill -9 while papers come in and reviewers decide, on PostgreSQL', run: pgKyc },
  { name: 'pg-crash', what: 'kill -9 under writers, on PostgreSQL', run: pgCrash },
  { name: 'pg-restart', what: 'pg_ctl restart -m immediate under writers', run: restart },
  { name: 'pg-kill', what: 'kill -9 of PostgreSQL under writers', run: killed },
  { name: 'pg-stall', what: 'PostgreSQL stopped for 10 s', run: stall },
  { name: 'pg-backends', what: 'connections ended by the database', run: backends },
  { name: 'pg-two', what: 'two servers on one database, one killed now and then', run: two },
];
