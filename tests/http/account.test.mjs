// An account as a whole: a new address, its data, its end, and what takes each of them back.
import { test, before, after } from 'node:test';
import { connect } from 'node:net';
import { stage, assert, is, someone, somePhone, codeIn, together, tally, until, PASSWORD } from './lib.mjs';
import { PNG, papers } from './papers.mjs';
import { Gateway } from './gateway.mjs';
import { formAt, press } from './page.mjs';

let s, sms;
before(async () => { sms = await Gateway.open(); s = await stage({ ALDGATE_SMS_URL: sms.url }); });
after(async () => { try { await s?.end(); } finally { await sms?.close(); } });

const post = (path, body, bearer) => s.api('POST', path, body, { bearer });
const undo = (token) => post('/auth/undo', { token });
const restore = (token) => post('/users/me/restore', { token });
const close = (bearer, password = PASSWORD) => s.api('DELETE', '/users/me', { password }, { bearer });
const linkOf = (mail, kind) => new URL(new RegExp(`https?://\\S+/${kind}\\?token=\\S+`).exec(mail.text)[0]).searchParams.get('token');
const CHANGED = /e-mail address at \S+ was changed/;
const UNDO = /\/undo\?token=/;
const notices = (who, subject, text = /(?:)/) => s.box.to(who).filter((m) => subject.test(m.subject) && text.test(m.text));
async function notice(who, subject, n = 1, text = undefined) {
  await s.box.find(who, () => notices(who, subject, text).length >= n);
  return notices(who, subject, text)[n - 1];
}
/** Changes the address; the token of the link that takes it back. */
async function move(m, to = someone()) {
  const from = m.email, n = notices(from, CHANGED, UNDO).length;
  is(await post('/users/me/email', { password: PASSWORD, new_email: to }, m.access_token), 200);
  const mail = await s.box.find(to, (x) => /new e-mail address/.test(x.subject));
  is(await post('/users/me/email/confirm', { code: codeIn(mail) }, m.access_token), 200);
  m.email = to;
  return linkOf(await notice(from, CHANGED, n + 1, UNDO), 'undo');
}
const phoneMoved = async (m) => {
  const n = notices(m.email, /phone number/).length;
  is(await s.api('PATCH', '/users/me', { phone: somePhone(), password: PASSWORD }, { bearer: m.access_token }), 200);
  return linkOf(await notice(m.email, /phone number/, n + 1), 'undo');
};
const reset = async (email) => {
  is(await post('/auth/password/reset-request', { email }), 200);
  const mail = await s.box.find(email, (x) => /reset|new password/i.test(x.subject) && /token=/.test(x.text));
  is(await post('/auth/password/reset', { token: linkOf(mail, 'reset'), new_password: PASSWORD }), 200);
};

test('a new address proves itself before it replaces the old one', async () => {
  const m = await s.member(), other = is(await s.login(m.email), 200).body, to = someone('New.Address');
  const pending = is(await post('/auth/otp/send', { channel: 'email', purpose: 'login', email: m.email }), 200).body;
  const pendingCode = codeIn(await s.box.next(m.email));
  is(await post('/users/me/email', { password: 'not-the-password-1', new_email: to }, m.access_token), 400, 'invalid');
  is(await post('/users/me/email', { new_email: to }, m.access_token), 400, 'invalid', 'a password is wanted');
  is(await post('/users/me/email', { password: PASSWORD, new_email: m.email.toUpperCase() }, m.access_token), 400, 'invalid');
  is(await post('/users/me/email', { password: PASSWORD, new_email: (await s.member()).email }, m.access_token), 409, 'already_taken');
  is(await post('/users/me/email', { password: PASSWORD, new_email: to }, m.access_token), 200);
  const code = codeIn(await s.box.next(to));
  assert.equal((await s.me(m.access_token)).body.email, m.email, 'not yet');
  is(await post('/users/me/email/confirm', { code: String((Number(code) + 1) % 1e6).padStart(6, '0') }, m.access_token), 400, 'invalid_code');
  const done = is(await post('/users/me/email/confirm', { code }, m.access_token), 200).body;
  assert.deepEqual([done.email, done.is_email_verified], [to, true]);
  is(await post('/users/me/email/confirm', { code }, m.access_token), 400, 'invalid_code', 'once');
  is(await s.me(m.access_token), 200, undefined, 'this session stays');
  is(await s.me(other.access_token), 401, undefined, 'the others end');
  is(await post('/auth/otp/verify', { challenge_id: pending.challenge_id, code: pendingCode }), 400, 'invalid_code', 'codes of the old address die');
  is(await s.login(m.email), 401);
  is(await s.login(to.toLowerCase()), 200);
  assert.ok(await notice(m.email, CHANGED, 1, UNDO));
  assert.ok(!/token=/.test((await notice(to, CHANGED)).text), 'the new one gets no link');
});

test('an unproven account can not change its address', async () => {
  const u = await s.signup();
  is(await post('/users/me/email', { password: PASSWORD, new_email: someone() }, u.access_token), 403, 'email_not_verified');
});

test('the old address takes a change back, whatever came after it', async () => {
  const m = await s.member(), first = m.email, phone = (await s.me(m.access_token)).body.phone;
  const token = await move(m), second = m.email;
  const later = await move(m), third = m.email;
  const phoneToken = await phoneMoved(m);
  is(await post('/auth/signup', { email: first, password: PASSWORD }), 409, 'already_taken', 'it counts as taken');
  is(await post('/auth/signup', { email: first.toUpperCase(), password: PASSWORD }), 409);
  is(await post('/api/auth/register', { email: first, full_name: 'Jo Doe', password: PASSWORD }), 409);
  const thief = await s.member();
  is(await post('/users/me/email', { password: PASSWORD, new_email: first }, thief.access_token), 409, 'already_taken');
  is(await close(m.access_token), 202);
  const restoreToken = linkOf(await notice(third, /closed/), 'restore');
  is(await undo(token), 200);
  is(await undo(token), 400, 'invalid_link', 'once');
  for (const t of [later, phoneToken]) is(await undo(t), 400, 'invalid_link', 'made later');
  is(await restore(restoreToken), 400, 'invalid_link');
  is(await s.me(m.access_token), 401);
  is(await s.login(first), 401, 'invalid_credentials', 'the password is void');
  is(await s.login(third), 401);
  await reset(first);
  const l = is(await s.login(first), 200).body;
  assert.deepEqual([l.user.email, l.user.status], [first, 'active']);
  is(await post('/auth/signup', { email: third, password: PASSWORD }), 201, undefined, 'free again');
  assert.ok(second && phone === null);
});

test('who moved the account away can not end the first link by a later one', async () => {
  const m = await s.member(), first = m.email, token = await move(m);
  const later = await move(m), second = m.email;
  is(await undo(later), 200);
  is(await undo(token), 200, undefined, 'it restores its own address');
  await reset(first);
  is(await s.login(first), 200);
  is(await s.login(second), 401);
});

test('a change of the phone is taken back', async () => {
  const m = await s.member(), phone = somePhone();
  is(await post('/auth/otp/send', { channel: 'sms', phone }, m.access_token), 200);
  is(await post('/auth/otp/verify', { phone, code: await sms.code(phone) }, m.access_token), 200);
  await notice(m.email, /phone number/);
  const token = await phoneMoved(m);
  is(await undo(token), 200);
  is(await s.me(m.access_token), 401);
  await reset(m.email);
  const u = is(await s.login(m.email), 200).body.user;
  assert.deepEqual([u.phone, u.is_phone_verified], [phone, true]);
});

test('fifty clicks on a link at one instant act once', async () => {
  for (let round = 0; round < 3; round++) {
    const m = await s.member(), token = await move(m);
    assert.deepEqual(tally(await together(s.app.base, 50, '/auth/undo', { token })), { 200: 1, 400: 49 });
    const n = await s.member();
    is(await close(n.access_token), 202);
    const back = linkOf(await notice(n.email, /closed/), 'restore');
    assert.deepEqual(tally(await together(s.app.base, 50, '/users/me/restore', { token: back })), { 200: 1, 400: 49 });
  }
});

test('a code to a new address is taken once, and guessed at five times', async () => {
  const m = await s.member(), to = someone();
  is(await post('/users/me/email', { password: PASSWORD, new_email: to }, m.access_token), 200);
  const code = codeIn(await s.box.next(to)), headers = [`Authorization: Bearer ${m.access_token}`];
  const wrong = await together(s.app.base, 50, '/users/me/email/confirm', (i) => ({ code: String((Number(code) + 1 + i) % 1e6).padStart(6, '0') }), { headers });
  assert.deepEqual(tally(wrong), { 400: 50 });
  is(await post('/users/me/email/confirm', { code }, m.access_token), 400, 'invalid_code');
});

test('two accounts that want one address at one instant: one gets it', async () => {
  for (let round = 0; round < 3; round++) {
    const to = someone(), two = [await s.member(), await s.member()], codes = [];
    for (const m of two) {
      is(await post('/users/me/email', { password: PASSWORD, new_email: to }, m.access_token), 200);
      codes.push(codeIn(await s.box.next(to)));
    }
    const rs = await together(s.app.base, 50, '/users/me/email/confirm', (i) => ({ code: codes[i % 2] }),
      { headers: (i) => [`Authorization: Bearer ${two[i % 2].access_token}`] });
    assert.deepEqual(tally(rs), { 200: 1, 409: 1, 400: 48 });
  }
});

test('closed at once, restored by the mail', async () => {
  const m = await s.member();
  is(await s.api('DELETE', '/users/me', {}, { bearer: m.access_token }), 400, 'invalid');
  is(await close(m.access_token, 'not-the-password-1'), 400, 'invalid');
  const code = is(await post('/auth/otp/send', { channel: 'email', purpose: 'login', email: m.email }), 200).body, digits = codeIn(await s.box.next(m.email));
  is(await close(m.access_token), 202);
  is(await s.me(m.access_token), 401);
  is(await s.login(m.email), 403, 'account_deleted');
  is(await s.api('POST', '/auth/login', { email: m.email, password: 'not-the-password-1' }), 401);
  is(await post('/auth/otp/verify', { challenge_id: code.challenge_id, code: digits }), 400, 'invalid_code');
  await s.silent(m.email, () => post('/auth/otp/send', { channel: 'email', purpose: 'login', email: m.email }));
  is(await post('/auth/signup', { email: m.email, password: PASSWORD }), 409);
  const token = linkOf(await notice(m.email, /closed/), 'restore');
  is(await undo(token), 400, 'invalid_link', 'that is another path');
  is(await restore('nonsense'), 400, 'invalid_link');
  is(await restore(token), 200);
  is(await restore(token), 400, 'invalid_link');
  assert.equal(is(await s.login(m.email), 200).body.user.status, 'active');
});

test('erased after its time; audit events keep the id alone', async () => {
  const t = await stage({ ALDGATE_ACCOUNT_ERASE_AFTER: '0' });
  try {
    const m = await t.member();
    is(await t.api('DELETE', '/users/me', { password: PASSWORD }, { bearer: m.access_token }), 202);
    is(await t.login(m.email), 401, 'invalid_credentials');
    assert.equal((await t.box.find(m.email, (x) => /closed/.test(x.subject))).text.includes('token='), false, 'nothing to come back to');
    is(await t.api('POST', '/auth/signup', { email: m.email, password: PASSWORD }), 201, undefined, 'the address is free');
    // while an undo link lives, nothing is erased
    const n = await t.member(), to = someone();
    is(await t.api('POST', '/users/me/email', { password: PASSWORD, new_email: to }, { bearer: n.access_token }), 200);
    is(await t.api('POST', '/users/me/email/confirm', { code: codeIn(await t.box.next(to)) }, { bearer: n.access_token }), 200);
    is(await t.api('DELETE', '/users/me', { password: PASSWORD }, { bearer: n.access_token }), 202);
    is(await t.login(to), 403, 'account_deleted');
    const token = linkOf(await t.box.find(n.email, (x) => CHANGED.test(x.subject)), 'undo');
    is(await t.api('POST', '/auth/undo', { token }), 200);
    is(await t.api('POST', '/auth/password/reset-request', { email: n.email }), 200);
    const mail = await t.box.find(n.email, (x) => /\/reset\?token=/.test(x.text));
    is(await t.api('POST', '/auth/password/reset', { token: linkOf(mail, 'reset'), new_password: PASSWORD }), 200);
    is(await t.login(n.email), 200);
  } finally { await t.end(); }
});

test('the last administrator stays', async () => {
  const email = someone();
  await s.operator(['create', '--email', email, '--role', 'ADMIN', '--verified'], PASSWORD + '\n');
  const a = is(await s.login(email), 200).body;
  is(await close(a.access_token), 409, 'last_admin');
  is(await s.me(a.access_token), 200);
});

test('an export holds what is kept, and no secret', async () => {
  const m = await s.member({ full_name: 'Jo Doe', device_id: 'd-1' });
  is(await s.login(m.email, { device_id: 'd-2' }), 200);
  is(await s.api('POST', '/auth/login', { email: m.email, password: 'not-the-password-1' }), 401);
  is(await post('/users/me/export', {}, m.access_token), 400, 'invalid');
  const r = is(await post('/users/me/export', { password: PASSWORD }, m.access_token), 200), x = r.body;
  assert.equal(x.user.email, m.email);
  assert.deepEqual(x.sessions.map((y) => y.device_id).sort(), ['d-1', 'd-2']);
  assert.deepEqual(x.devices.map((y) => y.device_id).sort(), ['d-1', 'd-2']);
  assert.deepEqual(x.logins.map((y) => y.outcome).sort(), ['invalid_credentials', 'success']);
  assert.ok(x.events.some((e) => e.action === 'user_created') && x.events.some((e) => e.action === 'data_exported'));
  assert.ok(!/argon2|secret|mac"/.test(r.text));
});

test('an export that nobody reads holds the only place of its account, until its reader is gone', async () => {
  const m = await s.member(), body = JSON.stringify({ password: PASSWORD });
  const again = () => post('/users/me/export', { password: PASSWORD }, m.access_token);
  const big = Buffer.concat([PNG, Buffer.alloc(9 * 1024 * 1024)]);
  is(await s.api('POST', '/auth/kyc/submit', undefined, { bearer: m.access_token, ...papers({ front: big, back: big }) }), 201);
  const c = connect(s.app.port, '127.0.0.1').on('error', () => {});
  c.write(`POST /users/me/export HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer ${m.access_token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  await new Promise((ok) => c.once('readable', ok));
  const r = is(await again(), 429, 'throttled');
  assert.ok(Number(r.headers.get('retry-after')) > 0);
  is(await s.api('POST', '/users/me/export', { password: PASSWORD }, { bearer: (await s.member()).access_token }), 200);
  c.destroy();
  is(await until(async () => { const r = await again(); return r.status !== 429 && r; }), 200);
  is(await again(), 200);
});

test('the page of a restore link acts by its button only', async () => {
  const m = await s.member();
  is(await close(m.access_token), 202);
  const link = /https?:\S+\/restore\?token=\S+/.exec((await notice(m.email, /closed/)).text)[0];
  const form = await formAt(s, link, /restore/);
  assert.match(form.inside, /Keep my account/);
  is(await s.login(m.email), 403, 'account_deleted');
  assert.equal((await press(s, form, {}, { origin: 'https://evil.example' })).status, 403);
  assert.match(is(await press(s, form), 200).text, /Your account stays/);
  is(await s.login(m.email), 200);
  assert.equal((await press(s, form)).status, 400);
});

test('the page of an undo link', async () => {
  const m = await s.member(), first = m.email;
  await move(m);
  const link = /https?:\S+\/undo\?token=\S+/.exec((await notice(first, CHANGED, 1, UNDO)).text)[0];
  assert.match(is(await press(s, await formAt(s, link, /undo/)), 200).text, /It is undone/);
  is(await s.me(m.access_token), 401);
});
