// The budgets of messages (7-states.md): five mails to one address in ten minutes, then 429, and the last one sent stays good.
import { test, before, after } from 'node:test';
import { stage, assert, is, places, someone, someName, tokenIn, PASSWORD } from './lib.mjs';

let s;
before(async () => { s = await stage({ ALDGATE_THROTTLE_ENABLED: undefined }); });
after(() => s?.end());
const place = places(34);
const NEW = 'new-Horse-battery-staple';
const ASK = ['/api/v1/password-reset/request/', '/api/auth/password/forgot', '/auth/password/reset-request'];
/** Asks from ever new client addresses until 429; how many were answered 200. */
async function spend(ask, most = 6) {
  for (let n = 0; n < most; n++) {
    const r = await ask(n);
    if (r.status === 429) {
      is(r, 429, 'throttled');
      assert.ok(Number(r.headers.get('retry-after')) >= 1);
      return n;
    }
    is(r, 200);
  }
  throw new Error(`no 429 after ${most}`);
}

test('reset: five over all surfaces, then 429 for known and unknown alike; the last link stays good', async () => {
  const m = await s.member();
  for (const email of [someone('nobody'), m.email]) assert.equal(await spend((i) => s.api('POST', ASK[i % 3], { email: i % 2 ? email : email.toUpperCase() },
    place())), 5, email);
  const mails = [];
  for (let i = 0; i < 5; i++) mails.push(await s.box.next(m.email));
  is(await s.silent(m.email, () => s.api('POST', ASK[0], { email: m.email }, place())), 429, 'throttled');
  const reset = (mail) => s.api('POST', '/auth/password/reset', { token: tokenIn(mail), new_password: NEW }, place());
  is(await reset(mails[3]), 400, undefined, 'an older one');
  is(await reset(mails[4]), 200, undefined, 'nothing was replaced');
});

test('reset and verification are counted apart', async () => {
  const m = await s.register({}, place());
  await s.box.next(m.email);
  assert.equal(await spend(() => s.api('POST', ASK[2], { email: m.email }, place())), 5);
  for (let i = 0; i < 5; i++) await s.box.next(m.email);
  is(await s.api('POST', '/api/v1/email-verification-request/', { email: m.email }, place()), 200);
  is(await s.api('POST', '/api/v1/email-verification-confirm/', { token: tokenIn(await s.box.next(m.email)) }, place()), 200);
});

test('verification: request and resend of all surfaces are one budget; unknown and proven addresses alike; the last one stays good', async () => {
  const again = [(email) => ['/api/v1/email-verification-request/', { email }], (email) => ['/api/v1/email-verification-resend/', { email }],
    (email) => ['/auth/email/send-verification', { email }], (email) => ['/api/auth/resend-verification', { email }]];
  const m = await s.register({}, place()), proven = await s.member(), unknown = someone('nobody'), mails = [await s.box.next(m.email)];
  const ask = (email) => (i) => s.api('POST', ...again[i % 4](email), place());
  assert.equal(await spend(ask(unknown)), 5);
  for (const email of [m.email, proven.email]) {
    const sent = await spend(ask(email));
    assert.ok([4, 5].includes(sent), `${sent}: the mail of the sign-up may count`);
    for (let i = 0; i < sent && email === m.email; i++) mails.push(await s.box.next(email));
  }
  for (const [i, mail] of mails.entries())
    is(await s.api('POST', '/auth/email/verify', { token: tokenIn(mail) }, place()), i === mails.length - 1 ? 200 : 400, undefined, `mail ${i}`);
});

test('pre-registration: five mails to one address whoever asks, then 429 and no further row; the links sent stay good', async () => {
  const email = someone(), all = [];
  const register = () => s.api('POST', '/api/auth/register', { email, full_name: 'Jo', password: PASSWORD }, place());
  assert.equal(await spend(async () => { const r = await register(); if (r.status === 200) all.push(await s.box.next(email)); return r; }), 5);
  is(await s.silent(email, register), 429, 'throttled');
  is(await s.api('POST', '/api/auth/verify', { token: tokenIn(all[0]) }, place()), 200, undefined, 'not pushed out by what was refused');
  for (const mail of all.slice(1)) is(await s.api('POST', '/api/auth/verify', { token: tokenIn(mail) }, place()), 409, 'already_verified');
});

test('scopes by client address are one over all surfaces: who spent his sign-ins on one has none on the others', async () => {
  const scope = (r) => /^"(\w+)"/.exec(r.headers.get('ratelimit-policy') ?? '')?.[1];
  const burst = (r) => Number(/q=(\d+)/.exec(r.headers.get('ratelimit-policy'))[1]);
  for (const [rows, name] of [[['/api/v1/login/', '/api/auth/login', '/auth/login'], 'login'], [ASK, 'reset'],
    [['/api/v1/register/', '/api/auth/register', '/auth/signup'], 'register'],
    [['/api/v1/token/refresh/', '/api/v1/refresh/', '/api/auth/refresh', '/auth/token/refresh'], 'refresh'],
    [['/api/v1/email-verification-confirm/', '/api/auth/verify', '/auth/email/verify'], 'verify'],
    [['/api/v1/email-verification-resend/', '/api/auth/resend-verification', '/auth/email/send-verification'], 'resend']]) {
    const at = place();
    /** Calls until 429; time gives a few back meanwhile, but no whole burst. */
    const spent = async (path, most) => {
      for (let i = 0; i < most; i++) {
        const r = await s.api('POST', path, {}, at);
        assert.equal(scope(r), name, path);
        if (r.status === 429) return is(r, 429, 'throttled');
        assert.ok([400, 401].includes(r.status), r.text);
      }
      throw new Error(`no 429 after ${most}: ${path}`);
    };
    const q = burst(await s.api('POST', rows[0], {}, at));
    await spent(rows[0], q * 2);
    for (const path of rows.slice(1)) await spent(path, q / 2);
    assert.notEqual((await s.api('POST', rows[0], {}, place())).status, 429, 'another client');
  }
});

test('hidden accounts: the mails to the owner of a taken address count, with the same 429', async () => {
  const t = await stage({ ALDGATE_THROTTLE_ENABLED: undefined, ALDGATE_PRIVACY_HIDE_EXISTING_ACCOUNTS: 'yes' });
  try {
    const email = someone();
    is(await t.api('POST', '/api/v1/register/', { email, username: someName(), password: PASSWORD }, place()), 202);
    is(await t.api('POST', '/auth/email/verify', { token: tokenIn(await t.box.next(email)) }, place()), 200);
    const counts = [];
    for (const who of [email, someone()]) {
      let n = 0;
      for (let r; n < 7; n++) {
        r = await t.api('POST', '/api/auth/register', { email: who, full_name: 'Jo', password: PASSWORD }, place());
        if (r.status === 429) break;
        is(r, 200);
      }
      counts.push(n);
    }
    assert.deepEqual(counts, [4, 5], 'one was the mail of the sign-up');
  } finally { await t.end(); }
});
