// Password reset by mail on the three surfaces: link, code, and what it ends (1-core.md, 7-states.md).
import { test, before, after } from 'node:test';
import { stage, assert, is, together, tally, someone, somePhone, tokenIn, codeIn, linkIn, sleep, PASSWORD, WRONG } from './lib.mjs';

let s;
before(async () => { s = await stage({ ALDGATE_PASSWORD_HASH_QUEUE: '256' }); });
after(() => s?.end());
const NEW = 'new-Horse-battery-staple';
/** The surfaces: where to ask, where to reset, the members' names. */
const SURFACES = {
  v1: { ask: '/api/v1/password-reset/request/', reset: '/api/v1/password-reset/confirm/', password: 'new_password', code: 'otp', said: 'detail' },
  api: { ask: '/api/auth/password/forgot', reset: '/api/auth/password/reset', password: 'password', said: 'message' },
  auth: { ask: '/auth/password/reset-request', reset: '/auth/password/reset', password: 'new_password', code: 'code', said: 'message' },
};
const ask = (email, at = SURFACES.auth, o) => s.api('POST', at.ask, { email }, o);
const byToken = (token, at = SURFACES.auth, password = NEW) => s.api('POST', at.reset, { token, [at.password]: password });
const byCode = (email, code, at = SURFACES.auth, password = NEW) => s.api('POST', at.reset, { email, [at.code]: code, [at.password]: password });
const other = (code, i = 1) => String((Number(code) + i) % 1e6).padStart(6, '0');
async function asked(email, at) {
  is(await ask(email, at), 200);
  const mail = await s.box.next(email);
  return { mail, token: tokenIn(mail), code: codeIn(mail) };
}
const dead = async (m) => {
  is(await s.me(m.access_token), 401, 'invalid_token');
  is(await s.refresh(m.refresh_token), 401, 'invalid_token');
};

for (const [name, at] of Object.entries(SURFACES)) {
  test(`${name}: a link sets the password once; all sessions die; the owner gets a notice`, async () => {
    const m = await s.member(), second = is(await s.login(m.email), 200).body, { mail, token } = await asked(m.email, at);
    assert.ok(linkIn(mail).startsWith(s.app.base + '/reset?token='), linkIn(mail));
    assert.ok(Buffer.from(token, 'base64url').length >= 16);
    is(await s.me(m.access_token), 200, undefined, 'asking ends nothing');
    is(await s.login(m.email), 200, undefined, 'and the password goes on');
    const r = is(await byToken(token, at), 200);
    assert.deepEqual(Object.keys(r.body), [at.said]);
    for (const t of [m, second]) await dead(t);
    is(await s.login(m.email), 401, 'invalid_credentials');
    is(await s.login(m.email, { password: NEW }), 200);
    const notice = await s.box.find(m.email, (n) => /password/i.test(n.subject) && n.text !== mail.text && !/\/reset\?/.test(n.text));
    assert.doesNotMatch(notice.text.replace(/https?:\S+/g, ''), /(?<!\d)\d{6}(?!\d)/, 'without a code');
    is(await byToken(token, at, PASSWORD), 400, undefined, 'again');
    is(await s.login(m.email, { password: NEW }), 200);
  });

  test(`${name}: a refused password does not use the link up`, async () => {
    const m = await s.member(), { token } = await asked(m.email, at);
    for (const bad of ['short', '12345678', m.email, 'x9K!'.repeat(257), 12345678, null]) {
      const r = is(await byToken(token, at, bad), 400, 'invalid', String(bad).slice(0, 20));
      assert.ok(r.body.errors[at.password], r.text);
      if (name === 'v1') assert.deepEqual(r.body[at.password], r.body.errors[at.password]);
    }
    is(await s.login(m.email), 200);
    is(await byToken(token, at), 200);
    is(await s.login(m.email, { password: NEW }), 200);
  });

  test(`${name}: wrong tokens and bodies are 400, and a locked account's link is dead`, async () => {
    const m = await s.member(), { token } = await asked(m.email, at);
    for (const bad of ['x', token.slice(1), token + 'A', 'A'.repeat(token.length)]) is(await byToken(bad, at), 400, undefined, bad);
    for (const body of [{}, { token }, { [at.password]: NEW }, { token: 5, [at.password]: NEW }, { email: m.email, [at.password]: NEW }])
      is(await s.api('POST', at.reset, body), 400, 'invalid', JSON.stringify(body));
    for (const body of [{}, { email: 'x' }, { email: 5 }]) is(await s.api('POST', at.ask, body), 400, 'invalid');
    await s.lock(m.email);
    is(await byToken(token, at), 400);
    is(await s.login(m.email), 403, 'account_locked', 'the password is as it was');
    await s.operator(['unlock', m.email]);
    is(await byToken(token, at), 400, undefined, 'dead, and stays so');
  });

  test(`${name}: one answer, and no mail, for unknown, locked and pre-registered addresses`, async () => {
    const m = await s.member(), locked = await s.member(), pending = await s.preregister(), answers = [];
    await s.lock(locked.email);
    answers.push(is(await ask(m.email, at), 200));
    await s.box.next(m.email);
    for (const email of [locked.email, pending.email, someone('nobody')]) answers.push(is(await s.silent(email, () => ask(email, at)), 200));
    for (const a of answers) assert.deepEqual([a.body, [...a.headers.keys()].sort()], [answers[0].body, [...answers[0].headers.keys()].sort()]);
    assert.deepEqual(Object.keys(answers[0].body), [at.said]);
    is(await s.api('POST', '/api/auth/verify', { token: pending.token }), 200, undefined, 'what was pending still is');
  });

  if (at.code) test(`${name}: code and e-mail do the same; five wrong codes end the code, not the link; code and link are one`, async () => {
    const [m, n, p] = [await s.member(), await s.member(), await s.member()];
    let a = await asked(m.email, at);
    is(await byCode(m.email, other(a.code), at), 400, 'invalid_code');
    is(await byCode(n.email, a.code, at), 400, 'invalid_code', 'another address');
    is(await byCode(someone('nobody'), a.code, at), 400, 'invalid_code', 'no address');
    is(await byCode(m.email, a.code, at, 'short'), 400, 'invalid');
    is(await byCode(` ${m.email.toUpperCase()}`, a.code, at), 200, undefined, 'a refused password did not use it up');
    await dead(m);
    is(await s.login(m.email, { password: NEW }), 200);
    is(await byToken(a.token, at), 400, undefined, 'the link after the code');
    is(await byCode(m.email, a.code, at), 400, 'invalid_code', 'the code again');
    a = await asked(n.email, at);
    for (let i = 1; i <= 5; i++) is(await byCode(n.email, other(a.code, i), at), 400, 'invalid_code');
    is(await byCode(n.email, a.code, at), 400, 'invalid_code', 'the right one comes too late');
    is(await s.login(n.email), 200);
    is(await byToken(a.token, at), 200);
    a = await asked(p.email, at);
    is(await byToken(a.token, at), 200);
    is(await byCode(p.email, a.code, at), 400, 'invalid_code', 'the code after the link');
  });
}

test('v1: a token that is no good is 400 invalid_token', async () => {
  const m = await s.member(), { token } = await asked(m.email, SURFACES.v1);
  is(await byToken(token, SURFACES.v1), 200);
  for (const bad of ['x', token]) is(await byToken(bad, SURFACES.v1), 400, 'invalid_token', bad);
});

test('v1: the new password may be called password, the code code; errors stand at the top', async () => {
  const m = await s.member(), n = await s.member(), at = SURFACES.v1;
  is(await s.api('POST', at.reset, { token: (await asked(m.email, at)).token, password: NEW }), 200);
  is(await s.login(m.email, { password: NEW }), 200);
  const a = await asked(n.email, at), r = is(await s.api('POST', at.reset, { token: a.token, password: 'short' }), 400, 'invalid');
  const field = 'password' in r.body.errors ? 'password' : 'new_password';
  assert.deepEqual(r.body[field], r.body.errors[field]);
  is(await s.api('POST', at.reset, { email: n.email, otp: a.code, password: NEW }), 200);
});

test('a new mail replaces the older one; a verification link resets nothing, a reset link verifies nothing', async () => {
  const m = await s.member(), first = await asked(m.email), second = await asked(m.email, SURFACES.api);
  is(await byToken(first.token), 400);
  if (first.code !== second.code) is(await byCode(m.email, first.code), 400, 'invalid_code');
  is(await byToken(second.token), 200);
  const n = await s.signup(), verification = await s.box.next(n.email);
  is(await byToken(tokenIn(verification)), 400);
  is(await byCode(n.email, codeIn(verification)), 400, 'invalid_code');
  const reset = await asked(n.email);
  if (reset.code !== codeIn(verification)) is(await s.api('POST', '/auth/email/verify', { code: reset.code, email: n.email }), 400);
  for (const [path, body] of [['/auth/email/verify', { token: reset.token }], ['/api/auth/verify', { token: reset.token }],
    ['/api/v1/email-verification-confirm/', { token: reset.token }],
    ['/auth/undo', { token: reset.token }]])
    is(await s.api('POST', path, body), 400, undefined, path);
  assert.equal(is(await s.me(n.access_token), 200).body.is_email_verified, false);
  is(await s.api('POST', '/auth/email/verify', { token: tokenIn(verification) }), 200, undefined, 'each lives beside the other');
});

test('a reset of an unverified account proves the address, and first wipes what its unproven holder set up', async () => {
  for (const how of ['link', 'code']) {
    const m = await s.register({ full_name: 'Squatter', phone: somePhone(), role: 'SELLER', device_id: 'lair' });
    const verification = await s.box.next(m.email), pending = await s.preregister({ email: m.email }), { token, code } = await asked(m.email);
    is(how === 'link' ? await byToken(token) : await byCode(m.email, code), 200);
    is(await s.me(m.tokens.access), 401, 'invalid_token');
    is(await s.login(m.email), 401, 'invalid_credentials');
    is(await s.api('POST', '/auth/login', { username: m.username, password: NEW }), 401, 'invalid_credentials');
    const { profile, tokens } = is(await s.api('POST', '/api/v1/login/', { email: m.email, password: NEW }), 200).body;
    assert.deepEqual([profile.is_email_verified, profile.username, profile.full_name, profile.phone, profile.role], [true, null, null, null, 'CUSTOMER']);
    assert.deepEqual(is(await s.api('GET', '/api/v1/devices/', undefined, { bearer: tokens.access }), 200).body.items, []);
    const late = await s.api('POST', '/auth/email/verify', { token: tokenIn(verification) });
    assert.ok([400, 409].includes(late.status), late.text);
    is(await s.api('POST', '/api/auth/verify', { token: pending.token }), 409, 'already_verified', 'the first proof won');
    is(await s.login(m.email, { password: NEW }), 200);
    await s.register({ username: m.username });
  }
});

test('after a reset no code or link from before is good', async () => {
  const m = await s.register(), first = await s.box.next(m.email), { token } = await asked(m.email);
  is(await s.api('POST', '/api/v1/email-verification-request/', { email: m.email }), 200);
  const mail = await s.box.next(m.email);
  is(await byToken(token), 200);
  for (const x of [first, mail]) {
    const undo = await s.api('POST', '/auth/undo', { token: tokenIn(x) });
    assert.ok([400, 409].includes(undo.status), undo.text);
    is(await s.api('POST', '/auth/email/verify', { code: codeIn(x), email: m.email }), 400, 'invalid_code');
  }
  is(await s.login(m.email, { password: NEW }), 200);
});

test('the stop at a hundred wrong passwords ends with a reset', async () => {
  const m = await s.member();
  for (let i = 0; i < 100; i++) await s.login(m.email, { password: WRONG }, { from: `127.32.0.${i + 1}` });
  is(await s.login(m.email, {}, { from: '127.32.1.1' }), 429, 'throttled');
  is(await byToken((await asked(m.email)).token), 200);
  is(await s.login(m.email, { password: NEW }, { from: '127.32.1.1' }), 200);
});

test('a hundred wrong codes over new challenges: codes of this purpose are refused, links go on and end the count', async () => {
  const m = await s.member();
  for (let n = 0; n < 20; n++) {
    const { code } = await asked(m.email, Object.values(SURFACES)[n % 3]);
    for (let i = 1; i <= 5; i++) is(await byCode(m.email, other(code, i), n % 2 ? SURFACES.v1 : SURFACES.auth), 400, 'invalid_code');
  }
  let a = await asked(m.email);
  is(await byCode(m.email, a.code), 400, 'invalid_code', 'the right one, past the hundred');
  is(await byToken(a.token), 200);
  a = await asked(m.email);
  is(await byCode(m.email, a.code, SURFACES.auth, PASSWORD), 200, undefined, 'codes are good again');
});

test('links and counts outlive a kill -9', async () => {
  const m = await s.member(), n = await s.member(), p = await s.preregister(), [a, b] = [await asked(m.email), await asked(n.email)];
  for (let i = 1; i <= 4; i++) is(await byCode(n.email, other(b.code, i)), 400, 'invalid_code');
  await s.app.kill();
  await s.app.restart();
  is(await byCode(n.email, other(b.code, 5)), 400, 'invalid_code');
  is(await byCode(n.email, b.code), 400, 'invalid_code', 'the sixth');
  is(await byToken(a.token), 200);
  await s.app.kill();
  await s.app.restart();
  is(await byToken(a.token), 400, undefined, 'used is used');
  is(await s.login(m.email, { password: NEW }), 200);
  is(await s.api('POST', '/api/auth/verify', { token: p.token }), 200);
});

test('40 parallel guesses are five guesses; 20 uses of one link are one', async () => {
  const m = await s.member(), { token, code } = await asked(m.email), { reset } = SURFACES.auth;
  for (const r of await together(s.app.base, 40, reset, (i) => ({ email: m.email, code: other(code, i + 1), new_password: NEW }))) is(r, 400, 'invalid_code');
  is(await byCode(m.email, code), 400, 'invalid_code');
  const rs = await together(s.app.base, 20, reset, (i) => ({ token, new_password: NEW + i })), won = rs.findIndex((r) => r.status === 200);
  assert.deepEqual(tally(rs), { 200: 1, 400: 19 });
  is(await s.login(m.email, { password: NEW + won }), 200);
});

/** How much longer one of the two takes, by their quick tenths, which no load is in. */
async function difference() {
  const { email } = await s.member(), times = { [email]: [], [someone('nobody')]: [] }, who = Object.keys(times);
  for (let i = 0; i < 300; i++) {
    const one = who[Math.floor(Math.random() * 2)], start = performance.now();
    is(await ask(one, SURFACES.auth, { check: false }), 200);
    times[one].push(performance.now() - start);
    await sleep(5);
  }
  const [known, unknown] = Object.values(times).map((t) => t.sort((x, y) => x - y)[Math.floor(t.length / 10)]);
  return Math.max(known / unknown, unknown / known);
}

test('the time of an answer does not tell known from unknown addresses', async () => {
  const seen = []; // a busy machine can blur one measurement, not eight
  while (seen.length < 8 && !seen.some((d) => d < 1.4)) seen.push(await difference());
  assert.ok(seen.some((d) => d < 1.4), `one of the two takes ${seen.map((d) => d.toFixed(2)).join(', ')} times as long`);
});

test('challenge.code_ttl and challenge.link_ttl; links.reset_password', async () => {
  const t = await stage({ ALDGATE_CHALLENGE_CODE_TTL: '10s', ALDGATE_CHALLENGE_LINK_TTL: '20s',
    ALDGATE_LINKS_RESET_PASSWORD: 'https://app.example/new?token={token}' });
  try {
    const [m, n] = [await t.signup(), await t.signup()], began = Date.now(), mails = [];
    for (const x of [m, n]) is(await t.api('POST', '/auth/password/reset-request', { email: x.email }), 200);
    const asked = Date.now();
    for (const x of [m, n]) mails.push(await t.box.find(x.email, (mail) => /https:\/\/app\.example\/new\?token=/.test(mail.text)));
    const reset = (body) => t.api('POST', '/auth/password/reset', { new_password: NEW, ...body });
    await sleep(Math.max(0, asked + 10200 - Date.now()));
    is(await reset({ email: m.email, code: codeIn(mails[0]) }), 400, 'invalid_code', 'the code is over');
    const link = await reset({ token: tokenIn(mails[0]) });
    if (Date.now() < began + 20000) is(link, 200, undefined, 'the link is not');
    await sleep(Math.max(0, asked + 20200 - Date.now()));
    is(await reset({ token: tokenIn(mails[1]) }), 400);
  } finally { await t.end(); }
});
