// An unverified account and a pre-registration of the same address: who proves the mailbox first, and what is wiped (1-core.md, 7-states.md).
import { test, before, after } from 'node:test';
import { stage, assert, is, someName, somePhone, tokenIn, codeIn, PASSWORD, WRONG } from './lib.mjs';

let s;
before(async () => { s = await stage(); });
after(() => s?.end());
const OTHER = 'other-Horse-battery-staple';
const login = (email, password) => s.api('POST', '/api/auth/login', { email, password });
const profile = (tokens) => s.api('GET', '/api/v1/profile/', undefined, { bearer: tokens.access });
/** An account that somebody set up with another person's address, and that person's own pre-registration. */
async function both() {
  const squatter = await s.register({ full_name: 'Squatter', phone: somePhone(), role: 'SELLER', device_id: 'lair' });
  const mail = await s.box.next(squatter.email);
  const owner = await s.preregister({ email: squatter.email, full_name: 'Owner', password: OTHER });
  return { squatter: { ...squatter, token: tokenIn(mail), code: codeIn(mail) }, owner, email: squatter.email };
}

test('an unverified account does not keep its address: api takes a pre-registration, v1 and auth answer 409', async () => {
  const { email } = await both();
  for (const [path, body] of [['/api/v1/register/', { email, username: someName(), password: PASSWORD }], ['/auth/signup', { email, password: PASSWORD }]])
    is(await s.api('POST', path, body), 409, 'already_taken');
});

test('the mail of such a pre-registration names nobody', async () => {
  const { owner } = await both();
  assert.doesNotMatch(owner.mail.raw + owner.mail.text + owner.mail.html, /Squatter|Owner/);
});

test('both wait: sign-in by the account’s password only', async () => {
  const { email } = await both();
  for (const path of ['/api/auth/login', '/api/v1/login/', '/auth/login']) {
    is(await s.api('POST', path, { email, password: PASSWORD }), 403, 'email_not_verified');
    is(await s.api('POST', path, { email, password: OTHER }), 401, 'invalid_credentials');
    is(await s.api('POST', path, { email, password: WRONG }), 401, 'invalid_credentials');
  }
});

test('the pre-registration proven: sessions, password, names, role, phone and devices of the unproven holder are gone', async () => {
  const { squatter, owner, email } = await both();
  is(await s.api('GET', '/api/auth/verify?token=' + owner.token), 200);
  is(await profile(squatter.tokens), 401, 'token_not_valid');
  for (const device_id of ['lair', undefined]) is(await s.api('POST', '/api/v1/refresh/', { refresh: squatter.tokens.refresh, device_id }), 401,
    'token_not_valid');
  is(await login(email, PASSWORD), 401, 'invalid_credentials');
  is(await s.api('POST', '/api/v1/login/', { username: squatter.username, password: PASSWORD }), 401, 'invalid_credentials');
  is(await s.api('POST', '/api/v1/login/', { username: squatter.username, password: OTHER }), 401, 'invalid_credentials');
  const { profile: p, tokens } = is(await s.api('POST', '/api/v1/login/', { email, password: OTHER }), 200).body;
  assert.deepEqual([p.full_name, p.username, p.phone, p.role, p.is_email_verified, p.kyc_status], ['Owner', null, null, 'CUSTOMER', true,
    squatter.profile.kyc_status]);
  const { items } = is(await s.api('GET', '/api/v1/devices/', undefined, { bearer: tokens.access }), 200).body;
  assert.deepEqual(items, []);
  assert.equal(is(await s.api('GET', '/api/v1/sessions/', undefined, { bearer: tokens.access }), 200).body.items.length, 1);
  await s.register({ username: squatter.username });
  is(await s.api('POST', '/api/v1/email-verification-confirm/', { token: squatter.token }), 409, 'already_verified');
  is(await s.api('POST', '/auth/email/verify', { code: squatter.code, email }), 400, 'invalid_code');
  is(await profile(tokens), 200);
});

test('the account proven first: it keeps everything, the link of the pre-registration answers 409', async () => {
  for (const how of ['token', 'code']) {
    const { squatter, owner, email } = await both();
    is(await s.api('POST', '/auth/email/verify', how === 'token' ? { token: squatter.token } : { code: squatter.code, email }), 200);
    is(await s.api('POST', '/api/auth/verify', { token: owner.token }), 409, 'already_verified');
    assert.deepEqual([(await profile(squatter.tokens)).body.full_name, (await profile(squatter.tokens)).body.role], ['Squatter', 'SELLER']);
    is(await login(email, OTHER), 401, 'invalid_credentials');
    is(await login(email, PASSWORD), 200);
  }
});

test('known places are wiped too: whoever was signed in by the unproven account cannot guess on past the hundred', async () => {
  const t = await stage({ ALDGATE_LOGIN_REQUIRE_VERIFIED_EMAIL: 'no' }), lair = { from: '127.37.0.1' }, home = { from: '127.37.0.2' };
  try {
    const m = await t.signup(), attempt = (password, o) => t.api('POST', '/api/v1/login/', { email: m.email, password }, o);
    await t.box.next(m.email);
    is(await attempt(PASSWORD, lair), 200);
    const owner = await t.preregister({ email: m.email, password: OTHER });
    is(await t.api('POST', '/api/auth/verify', { token: owner.token }), 200);
    is(await attempt(OTHER, home), 200);
    for (let i = 0; i < 100; i++) is(await attempt(WRONG, { from: `127.37.1.${i + 1}` }), 401);
    is(await attempt(WRONG, lair), 429, 'throttled', 'a place of the wiped account');
    is(await attempt(OTHER, home), 200, undefined, 'a place of the owner');
  } finally { await t.end(); }
});

test('a locked account outlives it: the link is dead, nothing is wiped', async () => {
  const { squatter, owner, email } = await both();
  await s.lock(email);
  for (const r of [await s.api('GET', '/api/auth/verify?token=' + owner.token), await s.api('POST', '/api/auth/verify', { token: owner.token })])
    is(r, 400, 'invalid_link');
  is(await login(email, OTHER), 401, 'invalid_credentials');
  is(await login(email, PASSWORD), 403, 'account_locked');
  await s.operator(['unlock', email]);
  is(await s.api('POST', '/api/v1/login/', { username: squatter.username, password: PASSWORD }), 403, 'email_not_verified');
});

test('sign-up on v1 or auth while only a pre-registration waits: the account is made; first proof wins', async () => {
  for (const first of ['account', 'pre-registration']) {
    const owner = await s.preregister({ password: OTHER }), { email } = owner, m = await s.signup({ email }), token = tokenIn(await s.box.next(email));
    const [won, lost] = first === 'account' ? [token, owner.token] : [owner.token, token];
    is(await s.api('POST', '/api/auth/verify', { token: won }), 200);
    is(await s.api('POST', '/api/auth/verify', { token: lost }), 409, 'already_verified');
    is(await login(email, first === 'account' ? PASSWORD : OTHER), 200);
    is(await login(email, first === 'account' ? OTHER : PASSWORD), 401, 'invalid_credentials');
    is(await s.me(m.access_token), first === 'account' ? 200 : 401);
  }
});
