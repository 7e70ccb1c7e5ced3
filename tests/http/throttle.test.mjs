// Throttles by client address: the 429s, their headers, and who counts as one client (1-core.md, Throttles).
import { test, before, after } from 'node:test';
import { stage, assert, is, rawRequest, bytesOf, someone, codeIn, tokenIn, PASSWORD, WRONG, sleep } from './lib.mjs';

let s, behind; // behind: believes X-Forwarded-For from here
before(async () => {
  s = await stage({ ALDGATE_THROTTLE_ENABLED: undefined });
  behind = await stage({ ALDGATE_THROTTLE_ENABLED: undefined, ALDGATE_SERVER_TRUSTED_PROXIES: '127.0.0.1 10.0.0.0/8' });
});
after(async () => { await s?.end(); await behind?.end(); });
let hosts = 0;
const place = () => ({ from: `127.4.${++hosts >> 8}.${hosts & 255}` });
const by = (ip) => ({ headers: { 'x-forwarded-for': ip } });
const guess = (st, o) => st.api('POST', '/auth/login', { email: someone('nobody'), password: WRONG }, o);
function policy(r, scope) {
  const [, name, q, w] = /^"(\w+)";q=(\d+);w=(\d+)/.exec(r.headers.get('ratelimit-policy') ?? '') ?? [];
  const [, same, left, t] = /^"(\w+)";r=(\d+);t=(\d+)/.exec(r.headers.get('ratelimit') ?? '') ?? [];
  assert.deepEqual([name, same], [scope, scope], `${r.headers.get('ratelimit-policy')} / ${r.headers.get('ratelimit')}`);
  return { q: Number(q), w: Number(w), left: Number(left), t: Number(t) };
}
/** Guesses until 429, at most one burst and a little; how many were looked at. */
async function burst(st, o) {
  const first = await guess(st, o), { q } = policy(first, 'login');
  if (first.status === 429) return 0;
  for (let n = 1; n < q * 2 + 5; n++) if ((await guess(st, typeof o === 'function' ? o() : o)).status === 429) return n;
  throw new Error(`no 429 after twice the burst of ${q}`);
}

test('login: the documented burst, then 429 with Retry-After; the headers count down; then a way back', async () => {
  let r = is(await guess(s), 401, 'invalid_credentials');
  const { q, w, left } = policy(r, 'login');
  assert.ok(q >= 5 && q < 1000 && w >= 1 && left < q, `${q} in ${w} s, ${left} left`);
  const back = (ms) => Math.ceil((ms / 1000) * (q / w)); // what time gives back
  let looked = 1, last = left, asked = Date.now();
  while ((r = await guess(s)).status === 401) {
    const now = policy(r, 'login'), before = asked;
    asked = Date.now();
    assert.ok(now.left <= last - 1 + back(asked - before) + 1 && now.q === q, 'r goes down');
    last = now.left;
    assert.ok(++looked <= q * 8, 'never stopped');
  }
  is(r, 429, 'throttled');
  assert.ok(looked >= q, `only ${looked} of ${q}`);
  assert.equal(policy(r, 'login').left, 0);
  const wait = Number(r.headers.get('retry-after'));
  assert.ok(wait >= 1 && wait <= w, `Retry-After ${wait}`);
  let shapeless;
  for (let i = 0; i < q && shapeless?.status !== 429; i++) shapeless = await s.api('POST', '/auth/login', { email: 'x' }); // it refills
  is(shapeless, 429, 'throttled', 'the address is looked at before the shape of the body');
  is(await s.api('GET', '/healthz'), 200, undefined, 'other routes go on');
  if (wait > 12) return;
  await sleep(wait * 1000 + 100);
  is(await guess(s), 401, 'invalid_credentials', 'after Retry-After');
});

test('a client that is no trusted proxy cannot name its address: X-Forwarded-For is not read', async () => {
  let refused = 0;
  for (let i = 0; i < 250 && !refused; i++) if ((await guess(s, by(`198.18.0.${i}`))).status === 429) refused++;
  assert.ok(refused, 'each made-up address had a burst of its own');
});

test('each scope names itself in RateLimit-Policy', async () => {
  const email = someone(), signed = is(await s.api('POST', '/auth/signup', { email, password: PASSWORD }, place()), 201);
  policy(signed, 'register');
  policy(await s.api('POST', '/auth/token/refresh', { refresh_token: signed.body.refresh_token }, place()), 'refresh');
  policy(await s.api('POST', '/auth/email/send-verification', { email }, place()), 'resend');
  policy(await s.api('POST', '/auth/email/verify', { token: 'x' }, place()), 'verify');
  policy(await guess(s, place()), 'login');
  assert.equal((await s.api('GET', '/users/me', undefined, { bearer: signed.body.access_token,
    ...place() })).headers.get('ratelimit-policy'), null, 'the default scope does not');
});

test('message budget: 5 mails of verification to one address, then 429; the last one sent stays good; unknown addresses alike',
  async () => {
  const email = someone(), unknown = someone('nobody');
  is(await s.api('POST', '/auth/signup', { email, password: PASSWORD }, place()), 201);
  const mails = [await s.box.next(email)];
  for (const who of [email, unknown]) {
    let r, sent = 0;
    while ((r = await s.api('POST', '/auth/email/send-verification', { email: who }, place())).status === 200) {
      assert.ok(++sent <= 5, 'no end');
      if (who === email) mails.push(await s.box.next(email));
    }
    is(r, 429, 'throttled', who);
    assert.ok(sent >= 4, `only ${sent} mails to ${who}`);
  }
  const last = mails.at(-1);
  assert.ok(codeIn(last));
  is(await s.api('POST', '/auth/email/verify', { token: tokenIn(last) }, place()), 200);
});

test('message budget: asked for with a Bearer is counted apart, so a stranger cannot use it up', async () => {
  const email = someone(), m = is(await s.api('POST', '/auth/signup', { email, password: PASSWORD }, place()), 201).body;
  for (let i = 0; i < 6; i++) await s.api('POST', '/auth/email/send-verification', { email }, place());
  is(await s.api('POST', '/auth/email/send-verification', {}, { bearer: m.access_token, ...place() }), 200);
});

/** A spent bucket gets a guess back twice a second; one of its own would let a whole burst through. */
async function isSpent(xff) {
  for (let i = 0, q = 1; i < q; i++) {
    const r = await guess(behind, by(xff));
    if (r.status === 429) return is(r, 429, 'throttled', xff);
    ({ q } = policy(r, 'login'));
  }
  return assert.fail(`${xff} is counted apart`);
}

test('behind a proxy: the right-most address that is no trusted proxy counts', async () => {
  const { q } = policy(await guess(behind, by('203.0.113.7')), 'login');
  assert.ok((await burst(behind, by('203.0.113.7'))) >= q - 2);
  for (const xff of ['203.0.113.7', ' 203.0.113.7 ', '1.1.1.1, 203.0.113.7', '203.0.113.7, 10.1.2.3',
    '6.6.6.6,203.0.113.7 , 10.1.2.3,127.0.0.1', '::ffff:203.0.113.7', '::FFFF:cb00:7107'])
    await isSpent(xff);
  for (const xff of ['203.0.113.8', '203.0.113.7, 203.0.113.9']) is(await guess(behind, by(xff)), 401, 'invalid_credentials', xff);
});

test('IPv6: a /64 is one client', async () => {
  let i = 0;
  await burst(behind, () => by(`2001:db8:1:2:${(++i).toString(16)}::${i}`));
  for (const xff of ['2001:db8:1:2:ffff:ffff:ffff:ffff', '2001:0db8:0001:0002::1', '2001:DB8:1:2::']) await isSpent(xff);
  is(await guess(behind, by('2001:db8:1:3::1')), 401, 'invalid_credentials');
});

test('a broken X-Forwarded-For does no harm and frees nobody', async () => {
  for (const xff of ['', ',', ', ,', 'unknown', '999.1.1.1', '1.2.3', '[::1]', '::1%eth0', 'a'.repeat(6000), '1.2.3.4:80', "1.1.1.1' or '1",
    ','.repeat(3000), '-1', '0x7f.1'])
    assert.ok((await guess(behind, by(xff))).status < 500, xff.slice(0, 30));
  const nul = await rawRequest(behind.app.port, bytesOf('POST', '/auth/login',
    { headers: ['X-Forwarded-For: 1.2.3.4\0'], body: { email: 'x@example.com', password: 'x' } }));
  assert.ok(nul.status === 400 || nul.closed);
  let i = 0;
  await burst(behind, () => by('garbage-' + ++i)); // all of it is one client
});
