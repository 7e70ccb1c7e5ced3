// One-time codes: proof of a phone or an e-mail, and sign-in without a password. 4-surface-auth.md rows 7 and 8.
import { test, before, after } from 'node:test';
import { stage, assert, is, someone, somePhone, codeIn, tokenIn, claims, together, tally, sleep, PASSWORD } from './lib.mjs';
import { Gateway, codeOf } from './gateway.mjs';

let s, sms;
before(async () => { sms = await Gateway.open(); s = await stage({ ALDGATE_SMS_URL: sms.url }); });
after(async () => { try { await s?.end(); } finally { await sms?.close(); } });

const send = (body, bearer, o) => s.api('POST', '/auth/otp/send', body, { bearer, ...o });
const verify = (body, bearer, o) => s.api('POST', '/auth/otp/verify', body, { bearer, ...o });
const other = (code, i = 1) => String((Number(code) + i) % 1e6).padStart(6, '0');
/** A member with a proven phone. */
async function reachable() {
  const m = await s.member(), phone = somePhone();
  is(await send({ channel: 'sms', phone }, m.access_token), 200);
  is(await verify({ phone, code: await sms.code(phone) }, m.access_token), 200);
  return { ...m, phone };
}
const loginCode = async (email) => {
  const sent = is(await send({ channel: 'email', purpose: 'login', email }), 200);
  return { ...sent.body, code: codeIn(await s.box.next(email)) };
};

test('a phone is proven by the code of one text, and its owner is told', async () => {
  const m = await s.member(), phone = somePhone();
  const sent = is(await send({ channel: 'sms', phone }, m.access_token), 200);
  assert.deepEqual(Object.keys(sent.body).sort(), ['challenge_id', 'channel', 'expires_in']);
  assert.deepEqual([sent.body.channel, sent.body.expires_in], ['sms', 600]);
  const text = await sms.next(phone);
  assert.match(text, /^Your code for 127\.0\.0\.1 is \d{6}\. It is good for 10 minutes\.\n\n@127\.0\.0\.1 #\d{6}$/);
  const code = codeOf(text), { challenge_id } = sent.body;
  is(await verify({ challenge_id, code: other(code) }, m.access_token), 400, 'invalid_code');
  is(await verify({ challenge_id, code }), 401, 'not_authenticated');
  is(await verify({ challenge_id, code }, (await s.member()).access_token), 400, 'invalid_code', 'of another account');
  const done = is(await verify({ challenge_id, code }, m.access_token), 200);
  assert.deepEqual(Object.keys(done.body), ['user']);
  assert.deepEqual([done.body.user.phone, done.body.user.is_phone_verified], [phone, true]);
  is(await verify({ challenge_id, code }, m.access_token), 400, 'invalid_code', 'once');
  await s.box.find(m.email, (mail) => /phone number/.test(mail.subject));
  await sleep(100);
  assert.equal(sms.to(phone).length, 1, 'one request, one text');
});

test('a proof of a phone needs a bearer, a proven e-mail and the owner', async () => {
  const phone = somePhone();
  is(await send({ channel: 'sms', phone }), 401, 'not_authenticated');
  is(await send({ channel: 'sms', phone }, 'nonsense'), 401, 'invalid_token');
  const u = await s.signup();
  is(await send({ channel: 'sms', phone }, u.access_token), 403, 'email_not_verified');
  const m = await s.member();
  is(await send({ channel: 'sms', phone, password: 'no-such-password-1' }, m.access_token), 400, 'invalid');
  is(await send({ channel: 'sms' }, m.access_token), 400, 'invalid', 'no number anywhere');
  is(await send({ channel: 'sms', phone, password: PASSWORD }, m.access_token), 200);
  await sms.next(phone);
  assert.equal(sms.to(phone).length, 1, 'none for the refused ones');
});

test('a number belongs to who proves it first; the other hears of it after the right code only', async () => {
  const a = await reachable(), b = await s.member({ phone: a.phone });
  const sent = is(await send({ channel: 'sms' }, b.access_token), 200, undefined, 'sign-up said nothing');
  const code = await sms.code(a.phone);
  // the first text to this number was a's, taken by reachable()
  is(await verify({ challenge_id: sent.body.challenge_id, code: other(code) }, b.access_token), 400, 'invalid_code');
  is(await verify({ challenge_id: sent.body.challenge_id, code }, b.access_token), 409, 'phone_taken');
  is(await verify({ challenge_id: sent.body.challenge_id, code }, b.access_token), 400, 'invalid_code', 'it is used up');
  assert.equal((await s.me(b.access_token)).body.is_phone_verified, false);
});

test('fields', async () => {
  const m = await s.member(), email = m.email, phone = somePhone();
  for (const [body, field] of [[{}, 'channel'], [{ channel: 'pigeon' }, 'channel'], [{ channel: 'email', purpose: 'fun', email }, 'purpose'],
    [{ channel: 'email', phone }, 'phone'], [{ channel: 'sms', purpose: 'login', email }, 'email'], [{ channel: 'email', purpose: 'login' }, 'email'],
    [{ channel: 'sms', purpose: 'login', phone: '12' }, 'phone']])
    assert.ok(is(await send(body), 400, 'invalid').body.errors[field], JSON.stringify(body));
  assert.ok(is(await send({ channel: 'email', email: someone() }, m.access_token), 400, 'invalid').body.errors.email);
  is(await verify({ code: '123456' }), 400, 'invalid');
  is(await verify({ code: '123456', email, phone }), 400, 'invalid');
  is(await verify({ code: '123456', challenge_id: 'nonsense' }), 400, 'invalid_code');
  is(await verify({ code: '123456', challenge_id: '01890000-0000-7000-8000-000000000000' }), 400, 'invalid_code');
});

test('an e-mail is proven by the code of a verification', async () => {
  const u = await s.signup();
  await s.box.next(u.email);
  const sent = is(await send({ channel: 'email', email: u.email }), 200);
  const code = codeIn(await s.box.next(u.email));
  is(await verify({ challenge_id: sent.body.challenge_id, code: other(code) }), 400, 'invalid_code');
  const done = is(await verify({ challenge_id: sent.body.challenge_id, code }), 200);
  assert.equal(done.body.user.is_email_verified, true);
  is(await s.me(u.access_token), 200, undefined, 'what was set up stays');
  is(await s.login(u.email), 200);
  is(await verify({ email: u.email, code }, u.access_token), 409, 'already_verified');
  await s.silent(u.email, () => send({ channel: 'email', email: u.email }));
  is(await send({ channel: 'email' }), 401, 'not_authenticated');
  const v = await s.signup();
  await s.box.next(v.email);
  is(await send({ channel: 'email' }, v.access_token), 200);
  is(await verify({ email: v.email, code: codeIn(await s.box.next(v.email)) }, v.access_token), 200, undefined, 'the proof, with a bearer');
});

test('a mailed code signs in, once, and the answer says nothing of who is known', async () => {
  const m = await s.member();
  const known = await loginCode(m.email), unknown = is(await send({ channel: 'email', purpose: 'login', email: someone() }), 200).body;
  assert.deepEqual(Object.keys(unknown).sort(), Object.keys(known).filter((k) => k !== 'code').sort());
  assert.match(unknown.challenge_id, /^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  is(await verify({ challenge_id: unknown.challenge_id, code: known.code }), 400, 'invalid_code');
  const l = is(await verify({ challenge_id: known.challenge_id, code: known.code, device_id: 'otp-1', device_name: 'Phone' }), 200);
  assert.deepEqual(Object.keys(l.body).sort(), ['access_token', 'expires_in', 'refresh_expires_in', 'refresh_token', 'session_id', 'token_type', 'user']);
  assert.equal(l.body.user.email, m.email);
  const c = claims(l.body.access_token);
  assert.deepEqual([c.amr, c.sid], [['otp'], l.body.session_id]);
  is(await s.refresh(l.body.refresh_token, { device_id: 'otp-1' }), 200);
  is(await verify({ challenge_id: known.challenge_id, code: known.code }), 400, 'invalid_code');
});

test('a login code by destination; a text to a proven phone', async () => {
  const m = await reachable();
  const k = await loginCode(m.email);
  is(await verify({ email: m.email.toUpperCase(), code: other(k.code) }), 400, 'invalid_code');
  is(await verify({ email: ` ${m.email}`, code: k.code }), 200);
  is(await send({ channel: 'sms', purpose: 'login', phone: m.phone }), 200);
  const code = await sms.code(m.phone);
  is(await verify({ phone: m.phone, code }, m.access_token), 400, 'invalid_code', 'with a bearer it means the proof');
  assert.equal(is(await verify({ phone: m.phone, code }), 200).body.user.phone, m.phone);
  const n = sms.got.length;
  const strange = is(await send({ channel: 'sms', purpose: 'login', phone: somePhone() }), 200);
  assert.deepEqual(Object.keys(strange.body).sort(), ['challenge_id', 'channel', 'expires_in']);
  const unproven = await s.member({ phone: somePhone() });
  is(await send({ channel: 'sms', purpose: 'login', phone: unproven.user.phone }), 200);
  await sleep(300);
  assert.equal(sms.got.length, n, 'nothing to a number that is nobody\'s, or unproven');
});

test('a code to a number dies with the number', async () => {
  const m = await reachable();
  const sent = is(await send({ channel: 'sms', purpose: 'login', phone: m.phone }), 200).body, code = await sms.code(m.phone);
  is(await s.api('PATCH', '/users/me', { phone: somePhone(), password: PASSWORD }, { bearer: m.access_token }), 200);
  is(await verify({ challenge_id: sent.challenge_id, code }), 400, 'invalid_code');
  is(await verify({ phone: m.phone, code }), 400, 'invalid_code');
});

test('a login code to an unproven address wipes what was set up with it, and proves it', async () => {
  const u = await s.signup({ username: 'otp_wiped', full_name: 'A Stranger', phone: somePhone() });
  const sent = is(await send({ channel: 'email', purpose: 'login', email: u.email }), 200).body;
  const mail = await s.box.find(u.email, (x) => /sign-in code/.test(x.subject));
  assert.ok(!/Stranger/.test(mail.text));
  const l = is(await verify({ challenge_id: sent.challenge_id, code: codeIn(mail) }), 200).body;
  assert.deepEqual([l.user.is_email_verified, l.user.username, l.user.full_name, l.user.phone], [true, null, null, null]);
  is(await s.me(u.access_token), 401);
  is(await s.login(u.email), 401, 'invalid_credentials', 'the password of before is gone');
  is(await s.me(l.access_token), 200);
});

test('locked: nothing is sent, the answer is the same, codes are dead', async () => {
  const m = await s.member(), k = await loginCode(m.email);
  await s.lock(m.email);
  is(await verify({ challenge_id: k.challenge_id, code: k.code }), 400, 'invalid_code');
  await s.silent(m.email, async () => is(await send({ channel: 'email', purpose: 'login', email: m.email }), 200));
});

test('five wrong codes end a code, whoever gives them at once; a right one is used once', async () => {
  for (let round = 0; round < 3; round++) {
    const m = await s.member(), k = await loginCode(m.email);
    const wrong = await together(s.app.base, 50, '/auth/otp/verify', (i) => ({ challenge_id: k.challenge_id, code: other(k.code, i + 1) }));
    assert.deepEqual(tally(wrong), { 400: 50 });
    is(await verify({ challenge_id: k.challenge_id, code: k.code }), 400, 'invalid_code');
    const again = await loginCode(m.email);
    const right = await together(s.app.base, 50, '/auth/otp/verify', { challenge_id: again.challenge_id, code: again.code });
    assert.deepEqual(tally(right), { 200: 1, 400: 49 });
  }
});

test('a proof of a phone at one instant: one of two accounts gets the number', async () => {
  for (let round = 0; round < 3; round++) {
    const phone = somePhone(), two = [await s.member(), await s.member()], tries = [];
    for (const m of two) {
      const sent = is(await send({ channel: 'sms', phone }, m.access_token), 200).body;
      tries.push({ challenge_id: sent.challenge_id, code: await sms.code(phone) });
    }
    const rs = await together(s.app.base, 50, '/auth/otp/verify', (i) => tries[i % 2],
      { headers: (i) => [`Authorization: Bearer ${two[i % 2].access_token}`] });
    assert.deepEqual(tally(rs), { 200: 1, 409: 1, 400: 48 });
  }
});

test('a new code ends the one before it', async () => {
  const m = await s.member(), a = await loginCode(m.email), b = await loginCode(m.email);
  is(await verify({ challenge_id: a.challenge_id, code: a.code }), 400, 'invalid_code');
  is(await verify({ challenge_id: b.challenge_id, code: b.code }), 200);
});

test('a password change ends login codes', async () => {
  const m = await s.member(), k = await loginCode(m.email);
  is(await s.api('POST', '/auth/password/change', { current_password: PASSWORD, new_password: 'brand-New-pass-77' }, { bearer: m.access_token }), 200);
  is(await verify({ challenge_id: k.challenge_id, code: k.code }), 400, 'invalid_code');
});

test('a blocked role: only the proof of a phone is open before the factor is set up', async () => {
  const gate = await stage({ ALDGATE_SMS_URL: sms.url, ALDGATE_MFA_REQUIRED_ROLES: 'CUSTOMER' });
  try {
    const m = await gate.member(), phone = somePhone(), o = { bearer: m.access_token };
    is(await gate.api('POST', '/auth/otp/send', { channel: 'email', purpose: 'login' }, o), 403, 'mfa_enrollment_required');
    is(await gate.api('POST', '/auth/otp/send', { channel: 'sms', phone }, o), 200);
    is(await gate.api('POST', '/auth/otp/verify', { phone, code: await sms.code(phone) }, o), 200);
  } finally { await gate.end(); }
});
