// POST /auth/signup: 1-core.md (e-mail, username, phone, role, passwords) and row 1 of the auth surface.
import { test, before, after } from 'node:test';
import { stage, assert, is, someone, someName, somePhone, header, claims, tokenIn, codeIn, sleep, PASSWORD } from './lib.mjs';

let s;
before(async () => { s = await stage(); });
after(() => s?.end());
const signup = (body, o) => s.api('POST', '/auth/signup', body, o);
const person = (extra = {}) => ({ email: someone(), password: PASSWORD, ...extra });
const refused = async (extra, field) => {
  const r = is(await signup(person(extra)), 400, 'invalid', JSON.stringify(extra));
  assert.ok(r.body.errors?.[field]?.length, `errors name ${field}: ${r.text}`);
};

test('row 1: 201 with the user, tokens and a mail that carries a code and a link', async () => {
  const phone = somePhone(), username = someName(), email = someone();
  const r = is(await signup({ email, password: PASSWORD, full_name: 'Jürgen Groß', username, phone, device_id: 'd-1' }), 201);
  const { user } = r.body;
  assert.deepEqual(Object.keys(user).sort(), ['created_at', 'email', 'full_name', 'id', 'is_email_verified', 'is_phone_verified',
    'kyc_status', 'last_login_at',
    'mfa_enabled', 'phone', 'role', 'status', 'updated_at', 'username']);
  assert.deepEqual([user.email, user.username, user.phone, user.full_name, user.role], [email, username, phone, 'Jürgen Groß', 'CUSTOMER']);
  assert.deepEqual([user.is_email_verified, user.is_phone_verified, user.mfa_enabled, user.status], [false, false, false, 'active']);
  assert.match(user.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab]/, 'UUIDv7');
  assert.match(user.created_at, /Z$/);
  assert.ok(Math.abs(Date.parse(user.created_at) - Date.now()) < 60000);
  const { access_token, refresh_token, token_type, expires_in, refresh_expires_in, session_id } = r.body;
  assert.equal(token_type, 'Bearer');
  assert.match(refresh_token, /^agr_[A-Za-z0-9_-]+$/);
  assert.ok(refresh_token.length <= 128);
  assert.ok(expires_in > 900 * 0.94 && expires_in <= 900, `${expires_in}`);
  assert.ok(refresh_expires_in > 0);
  assert.equal(claims(access_token).sid, session_id);
  const mail = await s.box.next(email);
  assert.match(codeIn(mail), /^\d{6}$/);
  assert.ok(Buffer.from(tokenIn(mail), 'base64url').length >= 16, 'link tokens are at least 128 bits');
});

test('tokens: the access token is a JWT with the documented header and claims', async () => {
  const r = await s.signup(), h = header(r.access_token), c = claims(r.access_token);
  assert.deepEqual([h.alg, h.typ, typeof h.kid], ['ES256', 'at+jwt', 'string']);
  assert.deepEqual([c.iss, c.sub, c.aud, c.role, c.email_verified], [s.app.base, r.user.id, s.app.base, 'CUSTOMER', false]);
  for (const k of ['exp', 'iat', 'jti', 'sid', 'kyc', 'amr', 'auth_time']) assert.ok(k in c, k);
  assert.ok(Array.isArray(c.amr) && c.amr.length);
  assert.equal(c.exp - c.iat, r.expires_in, 'expires_in tells the real life');
});

test('members without a value are null, not absent', async () => {
  const { user } = await s.signup();
  assert.deepEqual([user.username, user.phone, user.full_name], [null, null, null]);
});

test('e-mail: RFC 5321 shape, at most 254 bytes, ASCII; else a field error', async () => {
  const long = 'a'.repeat(64) + '@' + ('b'.repeat(63) + '.').repeat(3);
  for (const email of ['', 'plain', '@example.com', 'a@', 'a b@example.com', 'a@b@example.com', 'a@example..com', '.a@example.com',
    'a..b@example.com',
    'a@-example.com', 'müller@example.com', 'mıke@example.com', 'a＠example.com', 'a@exam\u212Aple.com', long + 'com',
      'a'.repeat(65) + '@example.com',
    'v@example.com,w@example.com', 'v@example.com;w@example.com', 'v@example.com w@example.com', '<v@example.com>',
      'v@example.com\r\nBcc: w@example.com',
    'v@example.com\nBcc: w@example.com', 'a@example.com\t', 'a@example.com\u0000', 'a@example.com\u00a0']) await refused({ email },
      'email');
  for (const email of [['v@example.com', 'w@example.com'], { 0: 'v@example.com' }, 7, true, null]) await refused({ email }, 'email');
  const plus = await s.signup({ email: someone('a+tag!#$') });
  assert.match(plus.user.email, /^a\+tag!#\$/);
});

test('e-mail: spaces at the ends are trimmed, the case is kept for display and ignored for uniqueness', async () => {
  const email = someone('Mixed.Case');
  assert.equal((await s.signup({ email: `  ${email} ` })).user.email, email);
  for (const again of [email, email.toUpperCase(), email.toLowerCase(), ` ${email}`]) {
    const r = is(await signup({ email: again, password: PASSWORD }), 409, 'already_taken');
    assert.ok(r.body.errors.email, r.text);
  }
});

test('an unverified account still answers 409 for its address, and the mail goes to the address as typed', async () => {
  const m = await s.signup({ email: someone('Typed') });
  is(await signup({ email: m.email, password: PASSWORD }), 409, 'already_taken');
  assert.match((await s.box.next(m.email)).head, new RegExp(`^To:.*${m.email}`, 'im'));
});

test('username: 3 to 32 of letters, digits, _ . -, unique whatever the case, never like an e-mail or phone', async () => {
  for (const username of ['ab', 'x'.repeat(33), 'with space', 'a@b.c', '+4930123456', 'ümlaut', 'semi;colon', 'new\nline',
    '']) await refused({ username }, 'username');
  const username = 'Ab_.-' + someName();
  await s.signup({ username });
  const r = is(await signup(person({ username: username.toUpperCase() })), 409, 'already_taken');
  assert.ok(r.body.errors.username, r.text);
  await s.signup({ username: someName().slice(0, 3) + 'a'.repeat(29) });
});

test('phone: E.164, else a field error; sign-up never calls one taken', async () => {
  for (const phone of ['030123456', '+49', '+1234567', '+1234567890123456', '+49 30 123456', '+49-30-123456', '+49３０123456',
    'tel:+4930123456']) await refused({ phone }, 'phone');
  const phone = somePhone();
  for (let i = 0; i < 2; i++) assert.equal((await s.signup({ phone })).user.phone, phone);
});

test('full_name: 1 to 200 characters of UTF-8 without control characters', async () => {
  for (const full_name of ['', 'x'.repeat(201), 'a\nb', 'a\rb', 'a\u0000b', 'a\u001bb', 'a\u007fb', 'a\u0085b', 5,
    ['x']]) await refused({ full_name }, 'full_name');
  for (const full_name of ['名'.repeat(200), '😀'.repeat(200), "O'Neil-Ó <b>"]) assert.equal((await s.signup({ full_name })).user.full_name,
    full_name);
});

test('role: self-assignable ones in any case, shown in upper case; any other is a field error', async () => {
  assert.equal((await s.signup({ role: 'seller' })).user.role, 'SELLER');
  assert.equal((await s.signup({ role: 'Customer' })).user.role, 'CUSTOMER');
  for (const role of ['ADMIN', 'admin', 'KYC_REVIEWER', 'KING', '', 1, ['SELLER']]) await refused({ role }, 'role');
});

test('passwords: 8 characters to 1024 bytes, not the e-mail, username or name, strength at least 1, no forced classes', async () => {
  const email = someone('longlocalpart'), username = someName() + '_zebra', full_name = 'Wilhelmina Quixotic';
  for (const password of ['', 'a7$Kq2z', 'password', '12345678', 'aaaaaaaa', email, username, full_name, 'x9K!'.repeat(257), 12345678,
    null])
    await refused({ email, username, full_name, password }, 'password');
  for (const password of ['mypassword123', 'correct horse battery staple', '        x4Kq!p  ', 'пароль-из-букв', '密码密码密码密码kq',
    'x9K!'.repeat(256)]) {
    const m = await s.signup({ password });
    is(await s.login(m.email, { password }), 403, 'email_not_verified', 'the whole password is taken as it is');
    if (password.length < 1024) is(await s.login(m.email, { password: password + ' ' }), 401, 'invalid_credentials');
  }
});

test('passwords: no truncation: 1000 bytes that differ in the last do not open each other', async () => {
  const long = 'kR7!'.repeat(249) + 'abc', m = await s.signup({ password: long + 'd' });
  is(await s.login(m.email, { password: long + 'e' }), 401, 'invalid_credentials');
  is(await s.login(m.email, { password: long }), 401, 'invalid_credentials');
});

test('several field errors are told together', async () => {
  const r = is(await signup({ email: 'x', password: 'short', username: 'a b' }), 400, 'invalid');
  assert.deepEqual(Object.keys(r.body.errors).sort(), ['email', 'password', 'username']);
});

test('unknown members are ignored; nothing privileged can be set', async () => {
  const { user } = await s.signup({ is_email_verified: true, kyc_status: 'approved', status: 'locked',
    id: '00000000-0000-7000-8000-000000000000', Role: 'ADMIN', verified: true });
  assert.deepEqual([user.is_email_verified, user.status, user.role], [false, 'active', 'CUSTOMER']);
  assert.notEqual(user.id, '00000000-0000-7000-8000-000000000000');
});

test('device_id: at most 128 printable characters', async () => {
  await s.signup({ device_id: 'x'.repeat(128) });
  for (const device_id of ['x'.repeat(129), 'a\nb', 'a\u0000', 7]) await refused({ device_id }, 'device_id');
});

test('nothing refused leaves an account or a mail', async () => {
  const email = someone(), count = s.box.mails.length;
  is(await signup({ email, password: 'short' }), 400, 'invalid');
  await s.signup({ email });
  await s.box.next(email);
  await sleep(100);
  assert.equal(s.box.to(email).length, 1);
  assert.ok(s.box.mails.slice(count).every((m) => m.to.length === 1), 'each mail has one recipient');
});

test('signup.issue_tokens=no leaves the tokens out; other roles, lengths and strengths by configuration', async () => {
  const t = await stage({ ALDGATE_SIGNUP_ISSUE_TOKENS: 'no', ALDGATE_ROLES_NAMES: 'BUYER VENDOR ADMIN',
    ALDGATE_ROLES_SELF_ASSIGNABLE: 'BUYER',
    ALDGATE_ROLES_DEFAULT: 'BUYER', ALDGATE_PASSWORD_MIN_LENGTH: '15', ALDGATE_PASSWORD_MIN_SCORE: '3' });
  try {
    const r = is(await t.api('POST', '/auth/signup', person()), 201);
    assert.deepEqual(Object.keys(r.body), ['user']);
    assert.equal(r.body.user.role, 'BUYER');
    is(await t.api('POST', '/auth/signup', person({ role: 'VENDOR' })), 400, 'invalid');
    for (const password of ['kR7!kq9$Zp2', 'password1234567890']) is(await t.api('POST', '/auth/signup', person({ password })), 400,
      'invalid', password);
  } finally { await t.end(); }
});
