// In which order transactions take rows on PostgreSQL (domain/audit.h): the account, what belongs to it, the audit's head. The test holds the
// first or the last of them by psql, lets a request run into it, and looks at what the request holds meanwhile.
import { test, before, after } from 'node:test';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stage, assert, is, sleep, until, tokenIn, codeIn, PATIENCE, POSTGRES, PASSWORD } from './lib.mjs';
import { mmdb, city } from './mmdb.mjs';

const options = { skip: POSTGRES ? false : 'ALDGATE_TEST_DATABASE_URL names no PostgreSQL', timeout: 6 * PATIENCE };
const BELONGING = ['challenges', 'sessions', 'devices', 'fingerprints', 'counts', 'factors', 'mfa_tickets', 'undo_links', 'preregistrations', 'facts'];
const dir = mkdtempSync(join(tmpdir(), 'aldgate-locks-')), geo = join(dir, 'city.mmdb');
const SPAIN = '198.51.100.1', JAPAN = '203.0.113.1';
let s, db;

/** A psql that stays: one connection, so that a transaction can stand open. */
class Psql {
  #out = '';
  constructor(url) {
    this.child = spawn('psql', ['-qXAt', url], { stdio: ['pipe', 'pipe', 'pipe'] });
    for (const from of ['stdout', 'stderr']) this.child[from].setEncoding('utf8').on('data', (d) => (this.#out += d));
  }
  async ask(sql) {
    this.#out = '';
    this.child.stdin.write(sql + ';\n\\echo done\n');
    while (!/^done$/m.test(this.#out)) await sleep(5);
    assert.doesNotMatch(this.#out, /ERROR/, sql);
    return this.#out.replace(/^done$/m, '').trim();
  }
  /** Waits until nobody else holds a row of the table: the jobs of the server do for a moment, who waits for the account would on and on. */
  free(table) {
    const count = (rows) => this.ask(`select count(*) from (select 1 from ${rows}) found`);
    return until(async () => (await count(table)) === (await count(table + ' for update skip locked')), `a row of ${table} is held`, 5000);
  }
  end() { this.child.stdin.end(); return new Promise((ok) => this.child.on('close', ok)); }
}

before(async () => {
  if (options.skip) return;
  writeFileSync(geo, mmdb({ '198.51.100.0/24': city('ES', 'Madrid', 40.4, -3.7), '203.0.113.0/24': city('JP', 'Tokyo', 35.7, 139.7) }));
  s = await stage({ ALDGATE_GEO_DATABASE: geo, ALDGATE_SERVER_TRUSTED_PROXIES: '127.0.0.1', ALDGATE_THROTTLE_ENABLED: 'yes' });
  db = new Psql(s.app.env.ALDGATE_DATABASE_URL);
});
after(async () => { await db?.end(); await s?.end(); rmSync(dir, { recursive: true, force: true }); });

const WAITING = "from pg_locks where not granted and database = (select oid from pg_database where datname = current_database()) or not granted and locktype = 'transactionid'";

/** While the row of `hold` is held the request waits for it; then what `look` says of the waiting one. */
async function meanwhile(hold, request, look) {
  await db.ask(`begin; ${hold}`);
  let ended = false, found;
  const answer = request();
  answer.then(() => (ended = true), () => (ended = true));
  try {
    while (!ended && (await db.ask(`select count(*) ${WAITING}`)) === '0') await sleep(10);
    assert.ok(!ended, 'it did not wait for the row');
    found = await look();
  } finally { await db.ask('rollback'); }
  is(await answer, 200);
  return found;
}

const bearer = (m) => ({ bearer: m.access_token });
const from = (ip) => ({ headers: { 'x-forwarded-for': ip } });
const loginCode = async (m, device_id) => {
  is(await s.api('POST', '/auth/otp/send', { channel: 'email', purpose: 'login', email: m.email }), 200);
  return { email: m.email, code: codeIn(await s.box.find(m.email, (x) => /sign/i.test(x.subject) && /\d{6}/.test(x.text))), device_id };
};

/** A request that was made once before, so that there is something of its kind for it to replace. */
const twice = (request) => async (m) => { is(await request(m), 200); return () => request(m); };

/** name: who it is about → the request. They are prepared before the row is held. */
const ACTS = {
  'a reset asked for': twice((m) => s.api('POST', '/auth/password/reset-request', { email: m.email })),
  'a login code asked for': twice((m) => s.api('POST', '/auth/otp/send', { channel: 'email', purpose: 'login', email: m.email })),
  'an e-mail change asked for': twice((m) => s.api('POST', '/users/me/email', { new_email: 'x' + m.email, password: PASSWORD }, bearer(m))),
  'a phone proof asked for': twice((m) => s.api('POST', '/auth/otp/send', { channel: 'sms', phone: '+15550001234', password: PASSWORD }, bearer(m))),
  'a sign-in': async (m) => () => s.login(m.email, { device_id: 'd' }),
  'a login code': async (m) => { const body = await loginCode(m, 'd'); return () => s.api('POST', '/auth/otp/verify', body); },
  'a fingerprint': twice((m) => s.api('POST', '/auth/fingerprint', { device_id: 'd', fingerprint: { a: 'b' } }, bearer(m))),
  'logout-all': async (m) => () => s.api('POST', '/auth/logout-all', undefined, bearer(m)),
  'a password change': async (m) => () => s.api('POST', '/auth/password/change', { current_password: PASSWORD, new_password: 'another ' + PASSWORD }, bearer(m)),
};

for (const [name, prepare] of Object.entries(ACTS))
  test(`${name}: who waits for the account holds nothing that belongs to it`, options, async () => {
    const m = await s.member(), request = await prepare(m);
    await meanwhile(`select id from users where email_key = '${m.email}' for update`, request, async () => {
      for (const table of BELONGING) await db.free(table);
    });
  });

const PENDING = {
  'another verification': async (m) => () => s.api('POST', '/auth/email/send-verification', { email: m.email }),
  'another verification (api)': async (m) => () => s.api('POST', '/api/auth/resend-verification', { email: m.email }),
  'a verification code asked for': async (m) => () => s.api('POST', '/auth/otp/send', { channel: 'email', email: m.email }),
  'a verification code': async (m, mail) => () => s.api('POST', '/auth/email/verify', { email: m.email, code: codeIn(mail) }),
  'a verification link': async (m, mail) => () => s.api('POST', '/auth/email/verify', { token: tokenIn(mail) }),
  '"I did not sign up"': async (m, mail) => () => s.api('POST', '/auth/undo', { token: tokenIn(mail) }),
};
for (const [name, prepare] of Object.entries(PENDING))
  test(`${name}: who waits for the account holds nothing that belongs to it`, options, async () => {
    const m = await s.signup(), request = await prepare(m, await s.box.next(m.email));
    await meanwhile(`select id from users where email_key = '${m.email}' for update`, request, async () => {
      for (const table of BELONGING) await db.free(table);
    });
  });

/** Sign-ins from where the account never was, so that they note an event; and whether the session was written before it. */
const ALARMS = {
  'a sign-in': async (m) => () => s.login(m.email, { device_id: 'd' }, from(JAPAN)),
  'a login code': async (m) => { const body = await loginCode(m, 'd'); return () => s.api('POST', '/auth/otp/verify', body, from(JAPAN)); },
};
for (const [name, prepare] of Object.entries(ALARMS))
  test(`${name}: the audit's head is the last to be taken`, options, async () => {
    const m = await s.member();
    is(await s.login(m.email, {}, from(SPAIN)), 200);
    const request = await prepare(m);
    const written = await meanwhile("select value from facts where name = 'audit_head' for update", request, () =>
      db.ask(`select distinct c.relname from pg_locks l join pg_class c on c.oid = l.relation
        where l.mode = 'RowExclusiveLock' and l.granted and l.pid in (select pid ${WAITING})`));
    for (const table of ['sessions', 'devices', 'counts', 'users']) assert.ok(written.split('\n').includes(table), `${table} in ${written}`);
  });
