// POST /auth/undo with the verification token of a sign-up: "I did not sign up" (4-surface-auth.md, 7-states.md).
import { test, before, after } from 'node:test';
import { stage, assert, is, tokenIn, codeIn, PASSWORD } from './lib.mjs';

let s;
before(async () => { s = await stage(); });
after(() => s?.end());
const OTHER = 'other-Horse-battery-staple';
const undo = (token) => s.api('POST', '/auth/undo', { token });
const login = (email, password = PASSWORD) => s.api('POST', '/auth/login', { email, password });
async function newcomer() {
  const m = await s.register(), mail = await s.box.next(m.email);
  return { ...m, mail, token: tokenIn(mail), code: codeIn(mail) };
}

test('the mail of a sign-up offers it: a link to /undo', async () => {
  const m = await newcomer(), links = m.mail.text.match(/https?:\S+/g);
  assert.ok(links.some((l) => l.startsWith(s.app.base + '/undo?token=')), m.mail.text);
  assert.match(m.mail.html || m.mail.text, /undo\?token=/);
});

test('it closes the unverified account: sessions end, nobody signs in, code and link are dead, address and username are free', async () => {
  const m = await newcomer();
  assert.equal(typeof is(await undo(m.token), 200).body.message, 'string');
  is(await s.me(m.tokens.access), 401, 'invalid_token');
  is(await s.refresh(m.tokens.refresh), 401, 'invalid_token');
  is(await login(m.email), 401, 'invalid_credentials');
  is(await undo(m.token), 400, undefined, 'once');
  is(await s.api('POST', '/auth/email/verify', { token: m.token }), 400, 'invalid_link');
  is(await s.api('POST', '/auth/email/verify', { code: m.code, email: m.email }), 400, 'invalid_code');
  const again = await s.register({ email: m.email, username: m.username }), mail = await s.box.next(m.email);
  is(await undo(m.token), 400, undefined, 'the old one does nothing to the new account');
  is(await s.api('POST', '/auth/email/verify', { token: tokenIn(mail) }), 200);
  assert.equal(is(await login(m.email), 200).body.user.id, again.profile.id);
});

test('on the other surfaces’ sign-ups too, by the newest token', async () => {
  const m = await s.signup(), first = tokenIn(await s.box.next(m.email));
  is(await s.api('POST', '/api/v1/email-verification-request/', undefined, { bearer: m.access_token }), 200);
  const second = tokenIn(await s.box.next(m.email));
  is(await undo(first), 400, undefined, 'a replaced one');
  is(await s.me(m.access_token), 200);
  is(await undo(second), 200);
  is(await s.me(m.access_token), 401, 'invalid_token');
});

test('409 once the address is proven', async () => {
  const m = await newcomer(), n = await newcomer();
  is(await s.api('POST', '/auth/email/verify', { token: m.token }), 200);
  is(await s.api('POST', '/auth/email/verify', { code: n.code, email: n.email }), 200);
  for (const x of [m, n]) {
    is(await undo(x.token), 409, 'already_verified');
    is(await s.me(x.tokens.access), 200);
  }
});

test('it drops a pre-registration, and only that one', async () => {
  const p = await s.preregister(), kept = await s.preregister({ email: p.email, password: OTHER });
  is(await undo(p.token), 200);
  is(await s.api('POST', '/api/auth/verify', { token: p.token }), 400, 'invalid_link');
  is(await login(p.email, OTHER), 403, 'email_not_verified');
  is(await undo(p.token), 400);
  is(await undo(kept.token), 200);
  is(await login(p.email, OTHER), 401, 'invalid_credentials');
  is(await s.api('POST', '/api/auth/verify', { token: kept.token }), 400, 'invalid_link');
  const again = await s.preregister({ email: p.email });
  is(await s.api('POST', '/api/auth/verify', { token: again.token }), 200);
  is(await undo(again.token), 409, 'already_verified');
});

test('an account closed beside a pre-registration leaves that one; dropping the pre-registration leaves the account', async () => {
  const m = await newcomer(), p = await s.preregister({ email: m.email, password: OTHER });
  is(await undo(m.token), 200);
  is(await s.api('POST', '/api/auth/verify', { token: p.token }), 200);
  is(await login(m.email, OTHER), 200);
  const n = await newcomer(), q = await s.preregister({ email: n.email });
  is(await undo(q.token), 200);
  is(await s.me(n.tokens.access), 200);
  is(await s.api('POST', '/auth/email/verify', { token: n.token }), 200);
});

test('codes, reset links and garbage undo nothing; a locked account is not opened by it', async () => {
  const m = await newcomer(), proven = await s.member();
  is(await s.api('POST', '/auth/password/reset-request', { email: proven.email }), 200);
  for (const token of [m.code, m.token.slice(1), m.token + 'A', 'x', m.tokens.access, m.tokens.refresh, tokenIn(await s.box.next(proven.email))])
    is(await undo(token), 400, 'invalid_link', token);
  for (const body of [{}, { token: 5 }, { token: null }, { code: m.code, email: m.email }]) is(await s.api('POST', '/auth/undo', body), 400, 'invalid');
  for (const x of [m.tokens.access, proven.access_token]) is(await s.me(x), 200);
  await s.lock(m.email);
  is(await undo(m.token), 400, 'invalid_link');
  is(await login(m.email), 403, 'account_locked');
});
