// Every way to sign in, and what was sent before, against every state of an account: TABLE is 7-states.md's table, and each cell of it is asked
// for on all surfaces, by all identifiers, without and with a second factor.
import { test, before, after } from 'node:test';
import { stage, assert, is, someone, somePhone, someName, codeIn, tokenIn, PASSWORD, WRONG } from './lib.mjs';
import { Gateway } from './gateway.mjs';
import { proven as withCode } from './factor.mjs';

const CHANGED = /^Your e-mail address .* was changed/;
const NEW = 'new-Horse-battery-staple';
let s, sms, admin;
before(async () => {
  sms = await Gateway.open();
  s = await stage({ ALDGATE_SMS_URL: sms.url });
  const email = someone('admin');
  await s.operator(['create', '--email', email, '--role', 'ADMIN', '--verified'], PASSWORD + '\n');
  admin = is(await s.login(email), 200).body.access_token;
});
after(async () => { try { await s?.end(); } finally { await sms?.close(); } });
const post = (path, body, bearer) => s.api('POST', path, body, { bearer });

const LOGINS = [['/auth/login', ['email', 'username', 'phone', 'identifier']], ['/api/v1/login/', ['email', 'username', 'phone', 'identifier']],
  ['/api/auth/login', ['email']]];
const FINISH = ['/auth/2fa/verify', '/api/v1/2fa/verify/', '/api/auth/2fa/verify'];
const REFRESH = [['/auth/token/refresh', 'refresh_token', 'invalid_token'], ['/api/v1/token/refresh/', 'refresh', 'token_not_valid'],
  ['/api/v1/refresh/', 'refresh', 'token_not_valid'], ['/api/auth/refresh', 'refresh_token', 'invalid_token']];
const CALLS = [['/users/me', 'invalid_token'], ['/api/v1/profile/', 'token_not_valid'], ['/api/users/me', 'invalid_token']];

/* ---- a person, and what was sent to her before the act ---- */

async function proven(p) {
  is(await post('/auth/email/verify', { token: tokenIn(await s.box.next(p.email)) }), 200);
  is(await post('/auth/otp/send', { channel: 'sms', phone: p.phone }, p.access_token), 200);
  is(await post('/auth/otp/verify', { phone: p.phone, code: await sms.code(p.phone) }, p.access_token), 200);
}
async function withFactor(p) {
  const begun = is(await post('/auth/2fa/enable', { method: 'totp', password: PASSWORD }, p.access_token), 200).body;
  p.spare = (await withCode(s, p.access_token, begun.secret)).recovery_codes;
}
/** Sessions, codes, tickets and links of before. All of her is on one device. */
async function person({ factor = false, verified = true } = {}) {
  const username = someName(), p = { username, phone: somePhone(), device_id: 'dev-' + username, factor, verified };
  Object.assign(p, await s.signup({ username, device_id: p.device_id }));
  if (verified) await proven(p); else await s.box.next(p.email);
  if (factor) await withFactor(p);
  const send = async (body) => is(await post('/auth/otp/send', { purpose: 'login', ...body }), 200).body.challenge_id;
  p.mailed = { challenge_id: await send({ channel: 'email', email: p.email }), code: codeIn(await s.box.next(p.email)) };
  if (verified) p.texted = { challenge_id: await send({ channel: 'sms', phone: p.phone }), code: await sms.code(p.phone) };
  is(await post('/auth/password/reset-request', { email: p.email }), 200);
  p.reset = tokenIn(await s.box.next(p.email));
  p.tickets = [];
  for (let i = 0; factor && i < FINISH.length; i++) p.tickets.push(is(await s.login(p.email, { device_id: p.device_id }), 401, 'mfa_required').body.mfa_token);
  return p;
}

/* ---- the acts ---- */

const block = (user) => (p) => post('/admin/devices/block', { device_id: p.device_id, reason: 'matrix', ...(user ? { user_id: p.user.id } : {}) }, admin).then((r) => is(r, 200));
/** The e-mail moved and moved back by the link in the notice: the password is void. */
async function disown(p) {
  const to = someone();
  is(await post('/users/me/email', { password: PASSWORD, new_email: to }, p.access_token), 200);
  is(await post('/users/me/email/confirm', { code: codeIn(await s.box.next(to)) }, p.access_token), 200);
  const mail = await s.box.find(p.email, (m) => CHANGED.test(m.subject));
  is(await post('/auth/undo', { token: /undo\?token=(\S+)/.exec(mail.text)[1] }), 200);
}

/*
 * login: the right password, by every identifier on every surface · device: which it comes from · wrong: the wrong password · call, refresh: the
 * session of before · code: a login code of before · ticket: an mfa_token of before, with a good code · link: a reset link of before ·
 * sent: whether new codes and links come. ok: tokens, or mfa_required with a second factor on. 400, 401: as each path says it.
 */
const DEAD = { wrong: 'invalid_credentials', call: 401, refresh: 401, code: 'invalid_code', ticket: 'invalid_mfa_token', link: 'invalid_link' };
const LIVE = { login: 'ok', wrong: 'invalid_credentials', call: 200, refresh: 200, code: 'ok', ticket: 'ok', link: 200, sent: true };
const TABLE = {
  active: { act: () => {}, want: LIVE },
  'e-mail unverified': { act: () => {}, verified: false, want: { ...LIVE, login: 'email_not_verified' } },
  locked: { act: (p) => s.lock(p.email), want: { ...DEAD, login: 'account_locked', sent: false } },
  'locked and unlocked': { act: async (p) => { await s.lock(p.email); await s.operator(['unlock', p.email]); }, want: { ...DEAD, login: 'ok', sent: true } },
  'deletion asked for': {
    act: async (p) => is(await s.api('DELETE', '/users/me', { password: PASSWORD }, { bearer: p.access_token }), 202),
    want: { ...DEAD, login: 'account_deleted', sent: false },
  },
  'device blocked for this user': { act: block(true), want: { ...LIVE, login: 'device_blocked', call: 'device_blocked', refresh: 'device_blocked', code: 'device_blocked', ticket: 'device_blocked' }, elsewhere: 'ok' },
  'device blocked for all': { act: block(false), want: { ...LIVE, login: 'device_blocked', call: 'device_blocked', refresh: 'device_blocked', code: 'device_blocked', ticket: 'device_blocked' }, elsewhere: 'ok' },
  'device blocked and unblocked': {
    act: async (p) => { await block(true)(p); is(await post('/admin/devices/unblock', { device_id: p.device_id, user_id: p.user.id }, admin), 200); },
    want: LIVE,
  },
  'password changed': {
    act: async (p) => {
      const other = is(p.factor ? await post(FINISH[0], { mfa_token: is(await s.login(p.email), 401).body.mfa_token, code: p.spare.pop() }) : await s.login(p.email), 200).body;
      is(await post('/auth/password/change', { current_password: PASSWORD, new_password: NEW }, other.access_token), 200);
      is(await s.me(other.access_token), 200, undefined, 'the session that changed it lives');
      p.password = NEW;
    },
    want: { ...DEAD, login: 'ok', wrong: 'invalid_credentials', sent: true },
  },
  'role changed': { act: (p) => s.operator(['set-role', p.email, 'SELLER']), want: LIVE, role: 'SELLER' },
  'password void': { act: disown, want: { ...DEAD, login: 'invalid_credentials', sent: true } },
};

/* ---- the cells ---- */

const STATUS = { ok: 200, email_not_verified: 403, account_locked: 403, account_deleted: 403, device_blocked: 403, invalid_credentials: 401, mfa_required: 401,
  invalid_code: 400, invalid_link: 400, invalid_mfa_token: 401 };
const cell = (r, want, why) => is(r, STATUS[want], want === 'ok' ? undefined : want, why);
/** ok of who has a second factor is that it is asked for. */
const asked = (p, want) => (want === 'ok' && p.factor ? 'mfa_required' : want);
/** Nobody is found by an unproven phone. */
const known = (p, name) => name !== 'phone' || p.verified;
const valueOf = (p, name) => (name === 'identifier' ? p.email.toUpperCase() : p[name]);

async function byPassword(p, want, device_id = p.device_id) {
  for (const [path, names] of LOGINS)
    for (const name of names) {
      const who = { [name]: valueOf(p, name), device_id };
      cell(await post(path, { ...who, password: WRONG }), 'invalid_credentials', `${path} ${name} wrong`);
      cell(await post(path, { ...who, password: p.password ?? PASSWORD }), known(p, name) ? asked(p, want) : 'invalid_credentials', `${path} ${name}`);
    }
}
async function bySession(p, { call, refresh }, role) {
  for (const [path, code] of CALLS) {
    const r = await s.api('GET', path, undefined, { bearer: p.access_token });
    is(r, call === 'device_blocked' ? 403 : call, call === 'device_blocked' ? call : call === 401 ? code : undefined, path);
    if (role) assert.equal(r.body.role, role, path);
  }
  for (const [path, name, code] of REFRESH) {
    const r = await post(path, { [name]: p.refresh_token, device_id: p.device_id });
    is(r, refresh === 'device_blocked' ? 403 : refresh, refresh === 'device_blocked' ? refresh : refresh === 401 ? code : undefined, path);
    p.refresh_token = r.body.refresh_token ?? r.body.refresh ?? p.refresh_token;
  }
}
async function byCodes(p, want) {
  for (const [name, c] of [['mailed', p.mailed], ['texted', p.texted]])
    if (c) cell(await post('/auth/otp/verify', { ...c, device_id: p.device_id }), asked(p, want), name);
}
async function byTickets(p, want) {
  for (const [i, mfa_token] of p.tickets.entries())
    cell(await post(FINISH[i], { mfa_token, code: p.spare.pop(), device_id: p.device_id }), want, FINISH[i]);
}
async function byNewOnes(p, sent) {
  const texts = sms.to(p.phone).length, ask = async () => {
    is(await post('/auth/otp/send', { channel: 'email', purpose: 'login', email: p.email }), 200);
    if (p.verified) is(await post('/auth/otp/send', { channel: 'sms', purpose: 'login', phone: p.phone }), 200);
    for (const path of ['/api/v1/password-reset/request/', '/api/auth/password/forgot', '/auth/password/reset-request']) is(await post(path, { email: p.email }), 200, undefined, path);
  };
  if (!sent) {
    await s.silent(p.email, ask);
    return assert.equal(sms.to(p.phone).length, texts);
  }
  await ask();
  const mailed = codeIn(await s.box.next(p.email));
  for (let i = 0; i < 3; i++) p.reset = tokenIn(await s.box.next(p.email));
  if (p.verified) cell(await post('/auth/otp/verify', { phone: p.phone, code: await sms.code(p.phone) }), asked(p, 'ok'), 'a new text');
  cell(await post('/auth/otp/verify', { email: p.email, code: mailed }), asked(p, 'ok'), 'a new mail');
}
/** The factor stays; an unproven address is proven by it. */
async function byReset(p) {
  is(await post('/auth/password/reset', { token: p.reset, new_password: NEW + '2' }), 200);
  cell(await s.login(p.email, { password: NEW + '2' }), asked(p, 'ok'), 'after the reset');
  is(await s.me(p.access_token), 401);
}

async function check(row, p) {
  const { want } = row;
  await byPassword(p, want.login);
  if (row.elsewhere) await byPassword(p, row.elsewhere, 'another-device');
  await bySession(p, want, row.role);
  if (want.link === 'invalid_link') cell(await post('/auth/password/reset', { token: p.reset, new_password: NEW + '2' }), want.link, 'the link of before');
  await byTickets(p, want.ticket);
  await byCodes(p, want.code);
  await byNewOnes(p, want.sent);
  if (want.sent) await byReset(p);
}

for (const [state, row] of Object.entries(TABLE))
  for (const factor of row.verified === false ? [false] : [false, true])
    test(`${state}${factor ? ', second factor on' : ''}`, async () => {
      const p = await person({ factor, verified: row.verified });
      await row.act(p);
      await check(row, p);
    });

test('pre-registration only: the right password of the newest one is told, nothing else', async () => {
  const old = await s.preregister({ password: NEW }), p = await s.preregister({ email: old.email }), nobody = someone();
  for (const [path, names] of LOGINS)
    for (const name of names.filter((n) => ['email', 'identifier'].includes(n))) {
      cell(await post(path, { [name]: p.email, password: PASSWORD }), 'email_not_verified', path);
      for (const password of [WRONG, NEW]) cell(await post(path, { [name]: p.email, password }), 'invalid_credentials', path);
      cell(await post(path, { [name]: nobody, password: PASSWORD }), 'invalid_credentials', path);
    }
  await s.silent(p.email, async () => {
    is(await post('/auth/otp/send', { channel: 'email', purpose: 'login', email: p.email }), 200);
    is(await post('/auth/password/reset-request', { email: p.email }), 200);
  });
  is(await post('/api/auth/verify', { token: p.token }), 200);
  is(await s.login(p.email), 200);
});

test('unverified account and pre-registration both: by the account’s password only, until the first proof', async () => {
  const m = await s.signup();
  await s.box.next(m.email);
  const p = await s.preregister({ email: m.email, password: NEW });
  for (const [path] of LOGINS) {
    cell(await post(path, { email: m.email, password: PASSWORD }), 'email_not_verified', path);
    cell(await post(path, { email: m.email, password: NEW }), 'invalid_credentials', path);
  }
  is(await s.me(m.access_token), 200);
  is(await post('/api/auth/verify', { token: p.token }), 200);
  is(await s.me(m.access_token), 401);
  is(await s.login(m.email, { password: NEW }), 200);
});

test('one after the other: deleted, locked, device blocked, second factor; each hides what comes behind it', async () => {
  const p = await person({ factor: true }), login = (path) => post(path, { email: p.email, password: PASSWORD, device_id: p.device_id });
  const all = async (want) => { for (const [path] of LOGINS) cell(await login(path), want, path); };
  await all('mfa_required');
  await block(true)(p);
  await all('device_blocked');
  await s.lock(p.email);
  await all('account_locked');
  await s.operator(['delete', p.email]);
  await all('account_deleted');
  const u = await person({ verified: false });
  await block(true)(u);
  for (const [path] of LOGINS) cell(await post(path, { email: u.email, password: PASSWORD, device_id: u.device_id }), 'device_blocked', path);
  cell(await s.login(u.email), 'email_not_verified');
});
