// Files that were damaged while the server was down: it refuses to start with a sentence, or it serves what is there. It never
// starts with an empty store or with new keys, and no bytes make it crash.
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PASSWORD, someone } from '../http/lib.mjs';
import { Daemon, Wrongs, ask, below, folder, remove } from './kit.mjs';

const PEOPLE = 8;
const CONFIG = `# A comment.
[token]
access_ttl = 10m
reuse_grace = 30s
[password]
min_length = 9
[roles]
names = CUSTOMER SELLER ADMIN
default = CUSTOMER
[log]
format = logfmt
`;

const jwks = async (d) => JSON.stringify((await ask(d.base, 'GET', '/.well-known/jwks.json')).body.keys.map((k) => k.kid).sort());

/**
 * Folders to damage: `clean` was closed well; `torn` was killed and has a log beside the store; `young` was killed in its
 * first minute, so that all it holds is in the log.
 */
async function templates(root) {
  const made = {};
  for (const kind of ['clean', 'torn', 'young']) {
    const dir = join(root, kind), people = [];
    mkdirSync(dir, { mode: 0o700 });
    let d = await Daemon.start({}, { dir });
    const signUp = async (n) => {
      for (let i = 0; i < n; i++) {
        const email = someone();
        await ask(d.base, 'POST', '/auth/signup', { email, password: PASSWORD, full_name: 'Some Body' });
        people.push(email);
      }
    };
    await signUp(PEOPLE);
    if (kind === 'torn') {
      await d.end();
      d = await Daemon.start({}, { dir });
      await signUp(20);
    }
    const kids = await jwks(d);
    if (kind === 'clean') await d.end(); else await d.kill();
    for (const f of ['aldgate.db-shm', 'control.sock', 'aldgate.lock']) rmSync(join(dir, f), { force: true });
    writeFileSync(join(dir, 'aldgate.ini'), CONFIG);
    made[kind] = { dir, kids, people: people.slice(0, PEOPLE) };
  }
  return made;
}

/* ---- the damage ---- */

function flip(file, most) {
  const bytes = readFileSync(file);
  for (let n = 1 + below(most); n > 0; n--) bytes[below(bytes.length)] ^= 1 + below(255);
  writeFileSync(file, bytes);
}
function truncate(file) {
  const bytes = readFileSync(file);
  writeFileSync(file, bytes.subarray(0, below(bytes.length)));
}
/** A page or less of zeros or of noise, as a disk or a file system leaves it. */
function blot(file) {
  const bytes = readFileSync(file), at = below(bytes.length), end = Math.min(bytes.length, at + 1 + below(4096));
  for (let i = at; i < end; i++) bytes[i] = 0;
  writeFileSync(file, bytes);
}
const KINDS = [(f) => flip(f, 1), (f) => flip(f, 16), truncate, blot];
const damage = (file) => KINDS[below(KINDS.length)](file);
/** Damage to more than the end of the last line, which may be missing. */
function damageText(file) {
  const text = () => readFileSync(file, 'latin1').replace(/\n$/, ''), whole = text();
  while (text() === whole) damage(file);
}

/**
 * must: `refuse` for a file of which each byte counts. people: `all` when nobody may be missing, `any` in a log, where damage
 * can't be told from a write that was cut short; else somebody must be there, or the answer be an error.
 */
const CASES = [
  { name: 'store', of: 'clean', file: 'aldgate.db', harm: damage },
  { name: 'store-with-log', of: 'torn', file: 'aldgate.db', harm: damage },
  { name: 'log', of: 'torn', file: 'aldgate.db-wal', harm: damage, people: 'any' },
  { name: 'first-log', of: 'young', file: 'aldgate.db-wal', harm: damage, people: 'any' },
  { name: 'master-key', of: 'clean', file: 'master.key', harm: damageText, must: 'refuse' },
  { name: 'configuration', of: 'clean', file: 'aldgate.ini', harm: damage, people: 'all' },
];
const ONCE = [
  { name: 'store empty', of: 'clean', file: 'aldgate.db', harm: (f) => writeFileSync(f, ''), must: 'refuse' },
  { name: 'store gone', of: 'clean', file: 'aldgate.db', harm: (f) => rmSync(f), must: 'refuse' },
  { name: 'store empty, log there', of: 'torn', file: 'aldgate.db', harm: (f) => writeFileSync(f, ''), must: 'refuse' },
  { name: 'store gone, log there', of: 'torn', file: 'aldgate.db', harm: (f) => rmSync(f), must: 'refuse' },
  { name: 'log gone', of: 'torn', file: 'aldgate.db-wal', harm: (f) => rmSync(f), people: 'all' },
  { name: 'key gone', of: 'clean', file: 'master.key', harm: (f) => rmSync(f), must: 'refuse' },
  { name: 'key of another', of: 'clean', file: 'master.key', harm: (f) => writeFileSync(f, Buffer.alloc(32, 7).toString('base64url') + '\n'), must: 'refuse' },
  { name: 'key readable by all', of: 'clean', file: 'master.key', harm: (f) => chmodSync(f, 0o644), must: 'refuse' },
  { name: 'store is a text', of: 'clean', file: 'aldgate.db', harm: (f) => writeFileSync(f, 'hello\n'.repeat(2000)), must: 'refuse' },
  { name: 'configuration gone', of: 'clean', file: 'aldgate.ini', harm: (f) => rmSync(f), must: 'refuse' },
];

/* ---- what becomes of it ---- */

/** A refusal: code 1 or 2, and a sentence that people can read. */
function judgeRefusal(how, log, say) {
  if (how.signal || ![1, 2].includes(how.code)) return say(`ended by ${JSON.stringify(how)}: ${log.slice(-400)}`);
  const last = log.trim().split('\n').at(-1) ?? '';
  if (!/[a-z]{2,} [a-z]/.test(last)) return say(`refused without a sentence: "${last}"`);
  if (/internal|Something went wrong here/.test(last)) return say(`refused with a sentence that tells nothing: "${last}"`);
  return true;
}

async function judgeService(d, c, t, say) {
  const kids = await jwks(d);
  if (kids !== t.kids) return say(`started with other keys (${kids}, had ${t.kids})`);
  const found = { 200: 0, 503: 0 };
  for (const email of t.people) {
    const r = await ask(d.base, 'POST', '/auth/login', { email, password: PASSWORD });
    found[r.status] = (found[r.status] ?? 0) + 1;
    if (r.status === 500) say('a sign-in answered 500: ' + (d.log.match(/.*(store_failed|internal_error).*/g)?.at(-1) ?? ''));
  }
  if (c.people !== 'any' && found[200] + found[503] === 0) return say(`started and knows nobody: ${JSON.stringify(found)}`);
  if (c.people === 'all' && found[200] < t.people.length) return say(`people are missing: ${JSON.stringify(found)}`);
  return found[200] === t.people.length ? 'whole' : found[503] ? 'in part' : 'silently less';
}

async function tryOne(root, c, made, wrongs, tally) {
  const dir = join(root, 'try-' + below(1e12)), t = made[c.of], say = (s) => void wrongs.add(`${c.name}: ${s}`);
  cpSync(t.dir, dir, { recursive: true });
  c.harm(join(dir, c.file));
  const d = await Daemon.make({ ALDGATE_CONFIG: join(dir, 'aldgate.ini') }, { dir });
  let verdict = 'refused';
  try {
    if ((await d.spawn().ready(20000)) === null) judgeRefusal(await d.gone, d.log, say);
    else if (c.must === 'refuse') { say('started'); verdict = 'started'; }
    else verdict = (await judgeService(d, c, t, say)) || 'badly';
    if (!d.ended) {
      const how = await d.signal('SIGTERM');
      if (how.signal || how.code !== 0) say(`ended by ${JSON.stringify(how)}: ${d.log.slice(-400)}`);
    }
  } catch (e) { say(e.message.slice(0, 300)); }
  if (d.report()) say(d.report());
  await d.kill();
  remove(dir);
  tally[verdict] = (tally[verdict] ?? 0) + 1;
}

async function corrupt(cases, times) {
  const root = folder('corrupt'), wrongs = new Wrongs(), told = [];
  try {
    const made = await templates(root);
    for (const c of cases) {
      const tally = {}, queue = Array.from({ length: times }, () => c);
      await Promise.all([1, 2].map(async () => { while (queue.pop()) await tryOne(root, c, made, wrongs, tally); }));
      told.push(c.name + (times > 1 ? ' ' + Object.entries(tally).map(([k, n]) => `${n} ${k}`).join(', ') : ` ${Object.keys(tally)[0]}`));
    }
  } finally { remove(root); }
  return { figures: told.join('; '), wrongs };
}

export default [
  { name: 'files-missing', what: 'files empty, gone or foreign', run: () => corrupt(ONCE, 1) },
  ...CASES.map((c) => ({ name: 'corrupt-' + c.name, what: `random damage to ${c.file}`, run: ({ long, rounds = long ? 2000 : 50 }) => corrupt([c], rounds) })),
];
