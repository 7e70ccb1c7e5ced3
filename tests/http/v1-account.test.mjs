// v1: register, login and the proof of the e-mail address (2-surface-v1.md).
import { test, before, after } from 'node:test';
import { stage, assert, is, places, claims, codeIn, tokenIn, linkIn, someone, someName, somePhone, PASSWORD, WRONG } from './lib.mjs';

let s;
before(async () => { s = await stage(); });
after(() => s?.end());
const v1 = (path, body, o) => s.api('POST', `/api/v1/${path}/`, body, o);
const person = (extra = {}) => ({ username: someName(), email: someone(), password: PASSWORD, ...extra });
const PROFILE = ['created_at', 'email', 'full_name', 'id', 'is_email_verified', 'is_phone_verified', 'kyc_status', 'phone', 'role', 'updated_at',
  'username'];
const TOKENS = ['access', 'access_expires_at', 'refresh', 'refresh_expires_at', 'sub'];
const keys = (o) => Object.keys(o).sort();
async function newcomer(extra) {
  const m = await s.register(extra), mail = await s.box.next(m.email);
  return { ...m, code: codeIn(mail), token: tokenIn(mail), mail };
}
const other = (code, i = 1) => String((Number(code) + i) % 1e6).padStart(6, '0');
const refused = async (extra, ...fields) => {
  const r = is(await v1('register', person(extra)), 400, 'invalid', JSON.stringify(extra));
  assert.deepEqual(keys(r.body.errors), fields.sort());
  for (const f of fields) assert.deepEqual(r.body[f], r.body.errors[f], `${f} stands at the top too`);
};

test('register: 201 with profile and tokens, at once usable; a mail with a six-digit code', async () => {
  const who = person({ phone: somePhone(), role: 'seller', full_name: 'Jürgen Groß', device_id: 'd-1' });
  const { profile, tokens, ...rest } = is(await v1('register', who), 201).body;
  assert.deepEqual(rest, {});
  assert.deepEqual([keys(profile), keys(tokens)], [PROFILE, TOKENS]);
  assert.deepEqual([profile.username, profile.email, profile.phone, profile.full_name, profile.role], [who.username, who.email, who.phone,
    who.full_name, 'SELLER']);
  assert.deepEqual([profile.is_email_verified, profile.is_phone_verified], [false, false]);
  assert.equal(tokens.sub, profile.id);
  assert.equal(claims(tokens.access).sub, profile.id);
  assert.equal(Date.parse(tokens.access_expires_at), claims(tokens.access).exp * 1000);
  assert.ok(Date.parse(tokens.refresh_expires_at) > Date.parse(tokens.access_expires_at));
  assert.match(tokens.refresh, /^agr_/);
  assert.equal(is(await s.api('GET', '/api/v1/profile/', undefined, { bearer: tokens.access }), 200).body.id, profile.id);
  const mail = await s.box.next(who.email);
  assert.match(codeIn(mail), /^\d{6}$/);
  assert.ok(linkIn(mail).startsWith(s.app.base + '/auth/email/verify?token='), linkIn(mail));
  is(await v1('refresh', { refresh: tokens.refresh }), 401, 'token_not_valid', 'bound to its device');
  is(await v1('refresh', { refresh: tokens.refresh, device_id: 'd-1' }), 200);
});

test('register: the password may be called pass', async () => {
  const { password, ...who } = person();
  is(await v1('register', { ...who, pass: PASSWORD }), 201);
  is(await v1('login', { email: who.email, password: PASSWORD }), 403, 'email_not_verified');
  const r = is(await v1('register', { ...person(), password: undefined, pass: 'short' }), 400, 'invalid');
  assert.ok(r.body.errors.pass ?? r.body.errors.password, r.text);
});

test('register: a taken e-mail or username is a 409 that names the field, whatever the case', async () => {
  const m = await s.register();
  for (const [extra, field] of [[{ email: m.email }, 'email'], [{ email: m.email.toUpperCase() }, 'email'], [{ email: ` ${m.email}` }, 'email'],
    [{ username: m.username }, 'username'], [{ username: m.username.toUpperCase() }, 'username']]) {
    const r = is(await v1('register', person(extra)), 409, 'already_taken', JSON.stringify(extra));
    assert.deepEqual([keys(r.body.errors), r.body[field]], [[field], r.body.errors[field]]);
  }
});

test('register: fields that are missing or not valid', async () => {
  await refused({ email: undefined }, 'email');
  await refused({ username: undefined }, 'username');
  await refused({ password: undefined }, 'password');
  await refused({ email: 'x' }, 'email');
  await refused({ username: 'a b' }, 'username');
  await refused({ phone: '030' }, 'phone');
  await refused({ password: '12345678' }, 'password');
  await refused({ full_name: 'a\nb' }, 'full_name');
  await refused({ device_id: 'x'.repeat(129) }, 'device_id');
  for (const role of ['ADMIN', 'KYC_REVIEWER', 'KING']) await refused({ role }, 'role');
  await refused({ email: 5, username: [], password: true }, 'email', 'password', 'username');
});

test('login: by e-mail, username or identifier, once the address is proven', async () => {
  const m = await newcomer();
  is(await v1('login', { email: m.email, password: PASSWORD }), 403, 'email_not_verified');
  is(await v1('login', { email: m.email, password: WRONG }), 401, 'invalid_credentials', 'no 403 without the secret');
  is(await v1('email-verification-confirm', { otp: m.code, email: m.email }), 200);
  for (const who of [{ email: m.email }, { email: ` ${m.email.toUpperCase()} ` }, { username: m.username.toUpperCase() }, { identifier: m.email },
    { identifier: m.username }]) {
    const { profile, tokens, ...rest } = is(await v1('login', { ...who, password: PASSWORD, device_id: 'd' }), 200, undefined,
      JSON.stringify(who)).body;
    assert.deepEqual([keys(profile), keys(tokens), rest], [PROFILE, TOKENS, {}]);
    assert.deepEqual([profile.id, profile.is_email_verified, tokens.sub], [m.profile.id, true, m.profile.id]);
    is(await v1('refresh', { refresh: tokens.refresh }), 401, 'token_not_valid', 'bound to its device');
  }
});

test('login: exactly one identifier and a password, else 400; a phone that is not verified identifies nobody', async () => {
  const m = await newcomer({ phone: somePhone() });
  is(await v1('email-verification-confirm', { token: m.token }), 200);
  for (const who of [{}, { email: m.email, username: m.username }, { email: m.email, identifier: m.email }, { username: m.username, phone: m.phone }])
    is(await v1('login', { ...who, password: PASSWORD }), 400, 'invalid', JSON.stringify(who));
  const r = is(await v1('login', { email: m.email }), 400, 'invalid');
  assert.deepEqual(r.body.password, r.body.errors.password);
  for (const who of [{ phone: m.phone }, { identifier: m.phone }]) is(await v1('login', { ...who, password: PASSWORD }), 401, 'invalid_credentials');
});

test('login: unknown and wrong are one answer; a locked account is told to who knows the password only', async () => {
  const m = await newcomer(), answers = [];
  is(await v1('email-verification-confirm', { token: m.token }), 200);
  for (const who of [{ email: m.email }, { username: m.username }, { email: someone('nobody') }, { username: 'no_such_name' }]) {
    const r = is(await v1('login', { ...who, password: WRONG }), 401, 'invalid_credentials');
    delete r.body.request_id;
    answers.push(r.body);
  }
  for (const a of answers) assert.deepEqual(a, answers[0]);
  await s.lock(m.email);
  is(await v1('login', { email: m.email, password: WRONG }), 401, 'invalid_credentials');
  is(await v1('login', { email: m.email, password: PASSWORD }), 403, 'account_locked');
});

test('login.require_verified_email=no: 200 with is_email_verified=false', async () => {
  const t = await stage({ ALDGATE_LOGIN_REQUIRE_VERIFIED_EMAIL: 'no' });
  try {
    const m = await t.register();
    assert.equal(is(await t.api('POST', '/api/v1/login/', { username: m.username, password: PASSWORD }), 200).body.profile.is_email_verified, false);
  } finally { await t.end(); }
});

test('confirm: otp or code, by e-mail or Bearer, or a token: 200 with the profile; the session of the sign-up lives on', async () => {
  for (const how of [(m) => [{ otp: m.code, email: m.email }], (m) => [{ code: m.code, email: ` ${m.email.toUpperCase()}` }],
    (m) => [{ otp: m.code }, { bearer: m.tokens.access }], (m) => [{ code: m.code }, { bearer: m.tokens.access }],
    (m) => [{ otp: m.code, email: m.email }, { bearer: m.tokens.access }], (m) => [{ token: m.token }]]) {
    const m = await newcomer(), r = is(await v1('email-verification-confirm', ...how(m)), 200);
    assert.deepEqual([keys(r.body), keys(r.body.profile), r.body.profile.id, r.body.profile.is_email_verified], [['profile'], PROFILE, m.profile.id,
      true]);
    assert.equal(is(await s.api('GET', '/api/v1/me/', undefined, { bearer: m.tokens.access }), 200).body.is_email_verified, true);
    const next = is(await v1('refresh', { refresh: m.tokens.refresh }), 200).body.access;
    assert.deepEqual([claims(m.tokens.access).email_verified, claims(next).email_verified], [false, true]);
  }
});

test('confirm: a wrong code is 400 invalid_code; what is missing, 400 or 401', async () => {
  const m = await newcomer(), stranger = await newcomer(), bearer = m.tokens.access;
  const confirm = (body, o) => v1('email-verification-confirm', body, o);
  is(await confirm({ otp: other(m.code), email: m.email }), 400, 'invalid_code');
  is(await confirm({ otp: other(m.code) }, { bearer }), 400, 'invalid_code');
  is(await confirm({ otp: m.code }), 401, undefined, 'neither Bearer nor e-mail');
  is(await confirm({ otp: m.code }, { bearer: 'garbage' }), 401, 'token_not_valid');
  is(await confirm({ otp: stranger.code, email: stranger.email }, { bearer }), 400, undefined, 'an e-mail beside a Bearer that is not its own');
  is(await confirm({ email: m.email }), 400, 'invalid');
  is(await confirm({}, { bearer }), 400, 'invalid');
  is(await confirm({ token: 'x' }), 400, 'invalid_link');
  let r = is(await confirm({ otp: 123456, email: m.email }), 400, 'invalid');
  assert.deepEqual(r.body.otp, r.body.errors.otp);
  r = is(await confirm({ code: 123456, email: m.email }), 400, 'invalid', "the problem's own code wins");
  assert.equal(r.body.status, 400);
  for (const x of [m, stranger]) is(await confirm({ otp: x.code, email: x.email }), 200, undefined, 'nothing was used up');
});

test('confirm: 409 already_verified with a Bearer or the token again, 400 by e-mail and code alone', async () => {
  const m = await newcomer(), n = await newcomer(), confirm = (body, o) => v1('email-verification-confirm', body, o);
  is(await confirm({ otp: m.code, email: m.email }), 200);
  is(await confirm({ otp: m.code }, { bearer: m.tokens.access }), 409, 'already_verified');
  is(await confirm({ otp: m.code, email: m.email }, { bearer: m.tokens.access }), 409, 'already_verified');
  is(await confirm({ token: n.token }), 200);
  is(await confirm({ token: n.token }), 409, 'already_verified');
  const unproven = await newcomer(), code = m.code === unproven.code ? other(m.code) : m.code;
  const answers = [await confirm({ otp: code, email: m.email }), await confirm({ otp: code, email: someone('nobody') }),
    await confirm({ otp: code, email: unproven.email })];
  for (const r of answers) {
    is(r, 400, 'invalid_code');
    delete r.body.request_id;
    assert.deepEqual(r.body, answers[0].body, 'nobody learns which addresses are proven');
  }
});

for (const path of ['email-verification-request', 'email-verification-resend'])
  test(`${path}: a new code, by Bearer or e-mail; one answer for all; neither: 401`, async () => {
    const m = await newcomer(), proven = await s.member(), bearer = m.tokens.access, again = (body, o) => v1(path, body, o), answers = [];
    for (const [body, o] of [[{ email: m.email }], [{ email: m.email.toUpperCase() }], [undefined, { bearer }], [{}, { bearer }],
      [{ email: m.email }, { bearer }]]) {
      answers.push(is(await again(body, o), 200).body);
      const mail = await s.box.next(m.email);
      is(await v1('email-verification-confirm', { token: m.token }), 400, 'invalid_link', 'the new one replaces the old');
      m.token = tokenIn(mail);
    }
    assert.deepEqual(keys(answers[0]), ['detail']);
    for (const [email, o] of [[proven.email], [someone('nobody')]])
      answers.push(is(await s.silent(email, () => again({ email }, o)), 200).body);
    answers.push(is(await s.silent(proven.email, () => again(undefined, { bearer: proven.access_token })), 200).body);
    for (const a of answers) assert.deepEqual(a, answers[0]);
    is(await again({}), 401);
    is(await again(undefined), 401);
    is(await again({}, { bearer: 'garbage' }), 401, 'token_not_valid');
    is(await again({ email: 'x' }), 400, 'invalid');
    is(await again({ email: m.email }, { bearer: proven.access_token }), 400, undefined, 'beside a Bearer that is not its own');
    is(await v1('email-verification-confirm', { token: m.token }), 200);
  });

test('a locked account gets no code, and the same answer', async () => {
  const m = await newcomer();
  await s.lock(m.email);
  for (const path of ['/api/v1/email-verification-request/', '/api/v1/email-verification-resend/', '/api/auth/resend-verification'])
    is(await s.silent(m.email, () => s.api('POST', path, { email: m.email })), 200, undefined, path);
  is(await v1('email-verification-confirm', { otp: m.code, email: m.email }), 400, 'invalid_code');
  is(await v1('email-verification-confirm', { token: m.token }), 400, 'invalid_link');
});

test('request and resend have throttle scopes of their own; asked for with a Bearer is counted apart', async () => {
  const t = await stage({ ALDGATE_THROTTLE_ENABLED: undefined }), place = places(21);
  try {
    const m = await t.register(), scope = (r) => /^"(\w+)"/.exec(r.headers.get('ratelimit-policy'))[1];
    const again = (path, body, o) => t.api('POST', `/api/v1/email-verification-${path}/`, body, { ...place(), ...o });
    const scopes = [await again('request', { email: m.email }), await again('resend', { email: m.email }),
      await again('confirm', { otp: '1', email: m.email })].map(scope);
    assert.equal(new Set(scopes).size, 3, scopes);
    let last;
    for (let i = 0; i < 6; i++) last = await again(i % 2 ? 'request' : 'resend', { email: m.email });
    is(last, 429, 'throttled', 'the budget of the address');
    is(await again('request', undefined, { bearer: m.tokens.access }), 200, undefined, 'a stranger cannot use up the own one');
  } finally { await t.end(); }
});

test('privacy.hide_existing_accounts: 202 with a message for everybody; a taken username is told; the owner gets a mail', async () => {
  const t = await stage({ ALDGATE_PRIVACY_HIDE_EXISTING_ACCOUNTS: 'yes' });
  try {
    const first = person(), register = (who) => t.api('POST', '/api/v1/register/', who);
    const answers = [is(await register(first), 202).body];
    is(await t.api('POST', '/api/v1/email-verification-confirm/', { token: tokenIn(await t.box.next(first.email)) }), 200);
    const before = t.box.to(first.email).length;
    answers.push(is(await register(person({ email: first.email, full_name: 'Second' })), 202).body);
    const notice = await t.box.find(first.email, (m) => t.box.to(first.email).indexOf(m) >= before);
    assert.doesNotMatch(notice.text.replace(/https?:\S+/g, ''), /(?<!\d)\d{6}(?!\d)/);
    for (const a of answers) assert.deepEqual([keys(a), a], [['message'], answers[0]]);
    const r = is(await register(person({ email: first.email, username: first.username.toUpperCase() })), 409, 'already_taken');
    assert.deepEqual(keys(r.body.errors), ['username']);
    assert.equal(is(await t.api('POST', '/api/v1/login/', { email: first.email, password: PASSWORD }), 200).body.profile.full_name, null);
  } finally { await t.end(); }
});
