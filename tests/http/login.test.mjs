// POST /auth/login: identifiers, the order of the checks and the counts of failures (7-states.md).
import { test, before, after } from 'node:test';
import { stage, assert, is, together, tally, tokenIn, someone, someName, somePhone, claims, guessesIn, sleep, timely, until, PASSWORD, WRONG } from './lib.mjs';

let s, slow; // slow: with throttles and waits on
before(async () => {
  s = await stage({ ALDGATE_PASSWORD_HASH_QUEUE: '512' });
  slow = await stage({ ALDGATE_THROTTLE_ENABLED: undefined, ALDGATE_PASSWORD_HASH_QUEUE: '512' });
});
after(async () => { await s?.end(); await slow?.end(); });
let hosts = 0;
/** A client address that no test used before. */
const place = () => ({ from: `127.1.${++hosts >> 8}.${hosts & 255}` });
const attempt = (st, body, at = place()) => st.api('POST', '/auth/login', { password: PASSWORD, ...body }, at);
async function joined(st, extra = {}) {
  const email = someone(), at = place();
  is(await st.api('POST', '/auth/signup', { email, password: PASSWORD, ...extra }, at), 201);
  is(await st.api('POST', '/auth/email/verify', { token: tokenIn(await st.box.next(email)) }, at), 200);
  return { email, ...extra };
}

test('row 2: 200 with user and tokens, by e-mail, username or identifier in any case', async () => {
  const username = someName(), m = await joined(s, { username });
  for (const who of [{ email: m.email }, { email: m.email.toUpperCase() }, { email: ` ${m.email} ` }, { username },
    { username: username.toUpperCase() },
    { identifier: m.email }, { identifier: username }, { identifier: ` ${username} ` }]) {
    const r = is(await attempt(s, { ...who, device_id: 'd', device_name: 'My laptop' }), 200, undefined, JSON.stringify(who));
    assert.equal(r.body.user.email, m.email);
    assert.equal(claims(r.body.access_token).sid, r.body.session_id);
    assert.ok(Date.parse(r.body.user.last_login_at) > Date.now() - 60000);
  }
});

test('each sign-in is a session of its own', async () => {
  const m = await joined(s);
  const a = (await attempt(s, m)).body, b = (await attempt(s, m)).body;
  assert.notEqual(a.session_id, b.session_id);
  for (const x of [a, b]) is(await s.me(x.access_token), 200);
});

test('exactly one identifier stands in the body, else 400', async () => {
  const m = await joined(s, { username: someName() });
  for (const who of [{}, m, { email: m.email, identifier: m.email }, { username: m.username, identifier: m.email },
    { email: m.email, phone: '+4930123456' }])
    is(await attempt(s, who), 400, 'invalid', JSON.stringify(who));
  is(await s.api('POST', '/auth/login', { email: m.email }), 400, 'invalid', 'no password');
});

test('a phone identifies only when verified', async () => {
  const phone = somePhone();
  await joined(s, { phone });
  is(await attempt(s, { phone }), 401, 'invalid_credentials');
  is(await attempt(s, { identifier: phone }), 401, 'invalid_credentials');
});

test('unknown identifier and wrong password: one answer', async () => {
  const m = await joined(s);
  const answers = [await attempt(s, { ...m, password: WRONG }), await attempt(s, { email: someone(), password: WRONG }),
    await attempt(s, { username: 'no_such_name' }),
    await attempt(s, { identifier: 'no_such_name' })];
  for (const r of answers) { is(r, 401, 'invalid_credentials'); delete r.body.request_id; assert.deepEqual(r.body, answers[0].body); }
  for (const password of ['', PASSWORD + ' ', PASSWORD.toUpperCase(), PASSWORD.slice(0, -1)]) {
    const r = await attempt(s, { ...m, password });
    assert.ok((r.status === 401 && r.body.code === 'invalid_credentials') || (password === '' && r.status === 400), r.text);
  }
});

test('order: email_not_verified 403 only for who knows the password', async () => {
  const email = someone();
  is(await s.api('POST', '/auth/signup', { email, password: PASSWORD }), 201);
  is(await attempt(s, { email, password: WRONG }), 401, 'invalid_credentials');
  is(await attempt(s, { email }), 403, 'email_not_verified');
});

test('login.require_verified_email=no lets the unproven in', async () => {
  const t = await stage({ ALDGATE_LOGIN_REQUIRE_VERIFIED_EMAIL: 'no' });
  try {
    const m = await t.signup(), r = is(await t.login(m.email), 200);
    assert.equal(r.body.user.is_email_verified, false);
  } finally { await t.end(); }
});

test('waits: after the 5th wrong password in a row each next try must wait, spellings share one count, another address is free',
  () => timely(async (before) => {
  const username = someName(), m = await joined(slow, { username }), at = place();
  let last;
  for (const who of [{ email: m.email }, { email: m.email.toUpperCase() }, { username }, { identifier: ` ${m.email}` },
    { identifier: username.toUpperCase() }]) {
    last = Date.now();
    is(await attempt(slow, { ...who, password: WRONG }, at), 401, 'invalid_credentials', JSON.stringify(who));
  }
  const r = is(await before(last + 1000, () => attempt(slow, { email: m.email }, at)), 429, 'throttled', 'the right password is not looked at');
  assert.equal(r.headers.get('retry-after'), '1');
  is(await slow.api('POST', '/auth/login', { email: m.email }, at), 400, 'invalid', 'the shape is looked at before the waits');
  is(await attempt(slow, { email: m.email }), 200, undefined, 'the owner elsewhere is not locked out');
  await sleep(1050);
  is(await attempt(slow, { username }, at), 200, undefined, 'after the wait');
  is(await attempt(slow, { username, password: WRONG }, at), 401, 'invalid_credentials', 'the right password ended the count');
}));

test('waits double, and unknown identifiers get them alike', () => timely(async (before) => {
  const email = someone('nobody'), at = place(), guess = () => attempt(slow, { email, password: WRONG }, at);
  for (let i = 0; i < 4; i++) is(await guess(), 401, 'invalid_credentials');
  for (const [seconds, rest] of [[1, 0], [2, 1050]]) {
    await sleep(rest);
    const asked = Date.now();
    is(await guess(), 401, 'invalid_credentials');
    const r = is(await before(asked + 1000, guess), 429, 'throttled');
    assert.equal(r.headers.get('retry-after'), String(seconds));
  }
}));

/** One wrong guess, once its wait is over; when it was sent. */
async function nextGuess(m, at) {
  let sent;
  is(await until(async () => {
    sent = Date.now();
    const r = await attempt(slow, { ...m, password: WRONG }, at);
    return r.status === 429 ? sleep(100) : r;
  }), 401, 'invalid_credentials', 'once waited for');
  return sent;
}

test('waits live in the store: a restart does not forget them', () => timely(async (before) => {
  const m = await joined(slow), at = place();
  for (let i = 0; i < 5; i++) is(await attempt(slow, { ...m, password: WRONG }, at), 401, 'invalid_credentials');
  await slow.app.restart();
  const sixth = await nextGuess(m, at);
  is(await before(sixth + 2000, () => attempt(slow, m, at)), 429, 'throttled', 'the seventh must wait, since the first five are remembered');
}));

test('waits: 300 parallel wrong passwords are at most 5 guesses', () => timely(async (before) => {
  const m = await joined(slow), at = place(), began = Date.now();
  const rs = await together(slow.app.base, 300, '/auth/login', { email: m.email, password: WRONG }, { from: () => at.from });
  const looked = rs.filter((r) => r.status !== 429), took = Date.now() - began;
  assert.ok(looked.length <= guessesIn(took), `${JSON.stringify(tally(rs))} in ${took} ms`);
  for (const r of looked) is(r, 401, 'invalid_credentials');
  const next = await nextGuess(m, at);
  is(await before(next + 2000, () => attempt(slow, m, at)), 429, 'throttled', 'the right one afterwards is refused too');
}));

test('the stop at 100 stays with throttle.enabled=no: an account nobody signed in to, and an unknown identifier', async () => {
  const m = await joined(s);
  for (const email of [m.email, someone('nobody')]) {
    for (let i = 0; i < 100; i++) is(await attempt(s, { email, password: WRONG }, { from: `127.2.0.${i + 1}` }), 401, 'invalid_credentials',
      `${i}`);
    is(await attempt(s, { email, password: WRONG }), 429, 'throttled');
    is(await attempt(s, { email }), 429, 'throttled', 'with the right password too');
  }
});

test('the stop at 100: a known place still signs in, and that ends the count; the owner is told at 10 and at 100', async () => {
  const m = await joined(s), home = place(), away = place(), before = s.box.to(m.email).length;
  is(await attempt(s, m, home), 200);
  for (let i = 0; i < 100; i++) is(await attempt(s, { ...m, password: WRONG }, away), 401, 'invalid_credentials');
  is(await attempt(s, m, away), 429, 'throttled');
  is(await attempt(s, m, home), 200, undefined, 'from where the owner signed in before');
  is(await attempt(s, m, away), 200, undefined, 'success from a known place ended the count');
  await s.sent();
  const notices = s.box.to(m.email).slice(before);
  assert.equal(notices.length, 2, 'one notice at 10, one at 100: ' + notices.map((n) => n.subject));
  for (const n of notices) assert.doesNotMatch(n.text.replace(/https?:\S+/g, ''), /(?<!\d)\d{6}(?!\d)/, 'a notice never carries a code');
});

test('the stop at 100: 300 parallel guesses from 300 addresses are at most 100', async () => {
  const m = await joined(s);
  const rs = await together(s.app.base, 300, '/auth/login', { email: m.email, password: WRONG },
    { from: (i) => `127.3.${i >> 7}.${(i & 127) + 1}` });
  const t = tally(rs);
  assert.ok((t[401] ?? 0) <= 100, JSON.stringify(t));
  assert.equal((t[401] ?? 0) + (t[429] ?? 0) + (t[503] ?? 0), 300, JSON.stringify(t));
  if (t[401] === 100) is(await attempt(s, m), 429, 'throttled');
});
