// How many codes one destination gets, known or not: 7-states.md, "messages".
import { test, before, after } from 'node:test';
import { stage, assert, is, someone, somePhone, codeIn, places, sleep, PASSWORD } from './lib.mjs';
import { Gateway } from './gateway.mjs';

let s, sms;
const place = places(41);
before(async () => { sms = await Gateway.open(); s = await stage({ ALDGATE_SMS_URL: sms.url, ALDGATE_THROTTLE_ENABLED: 'yes' }); });
after(async () => { try { await s?.end(); } finally { await sms?.close(); } });
const send = (body, bearer) => s.api('POST', '/auth/otp/send', body, { bearer, ...place() });

test('five mails in ten minutes, then 429, and the last code stays good; unknown addresses alike', async () => {
  const m = await s.member();
  let last;
  for (let i = 0; i < 5; i++) last = is(await send({ channel: 'email', purpose: 'login', email: m.email }), 200).body;
  is(await send({ channel: 'email', purpose: 'login', email: m.email.toUpperCase() }), 429, 'throttled');
  const codes = [];
  for (let i = 0; i < 5; i++) codes.push(codeIn(await s.box.next(m.email)));
  is(await s.api('POST', '/auth/otp/verify', { challenge_id: last.challenge_id, code: codes[4] }, place()), 200);
  const nobody = someone();
  for (let i = 0; i < 5; i++) is(await send({ channel: 'email', purpose: 'login', email: nobody }), 200);
  is(await send({ channel: 'email', purpose: 'login', email: nobody }), 429, 'throttled');
  is(await s.api('POST', '/auth/password/reset-request', { email: m.email }, place()), 200, undefined, 'a budget of its own');
});

test('three texts in ten minutes; proofs and login codes apart', async () => {
  const m = await s.member(), phone = somePhone();
  let last;
  for (let i = 0; i < 3; i++) last = is(await send({ channel: 'sms', phone }, m.access_token), 200).body;
  is(await send({ channel: 'sms', phone }, m.access_token), 429, 'throttled');
  const codes = [];
  for (let i = 0; i < 3; i++) codes.push(await sms.code(phone));
  is(await s.api('POST', '/auth/otp/verify', { challenge_id: last.challenge_id, code: codes[2] }, { bearer: m.access_token, ...place() }), 200);
  for (let i = 0; i < 3; i++) is(await send({ channel: 'sms', purpose: 'login', phone }), 200);
  is(await send({ channel: 'sms', purpose: 'login', phone }), 429, 'throttled');
  const nobody = somePhone();
  for (let i = 0; i < 3; i++) is(await send({ channel: 'sms', purpose: 'login', phone: nobody }), 200);
  is(await send({ channel: 'sms', purpose: 'login', phone: nobody }), 429, 'throttled');
  await sleep(200);
  assert.equal(sms.to(nobody).length, 0);
});

test('one account texts three numbers in ten minutes, a restart forgets none of it, and others go on', async () => {
  const m = await s.member(), n = await s.member(), numbers = [somePhone(), somePhone(), somePhone(), somePhone()];
  for (const phone of numbers.slice(0, 3)) is(await send({ channel: 'sms', phone }, m.access_token), 200);
  is(await send({ channel: 'sms', phone: numbers[3] }, m.access_token), 429, 'throttled');
  await s.app.restart();
  is(await send({ channel: 'sms', phone: numbers[3] }, m.access_token), 429, 'throttled');
  is(await send({ channel: 'sms', phone: numbers[3] }, n.access_token), 200);
  await sms.next(numbers[3]);
  assert.equal(sms.to(numbers[3]).length, 1);
});

test('second-factor codes: three in ten minutes for the account, wherever they were asked for; the last one sent serves the newest sign-in', async () => {
  const m = await s.member(), phone = somePhone(), post = (path, body, bearer) => s.api('POST', path, body, { bearer, ...place() });
  is(await send({ channel: 'sms', phone }, m.access_token), 200);
  is(await post('/auth/otp/verify', { phone, code: await sms.code(phone) }, m.access_token), 200);
  is(await post('/auth/2fa/enable', { method: 'sms', password: PASSWORD }, m.access_token), 200);
  is(await post('/auth/2fa/verify', { code: await sms.code(phone) }, m.access_token), 200);
  let due = is(await s.login(m.email, {}, place()), 401, 'mfa_required').body.mfa_token;
  is(await post('/auth/2fa/send', { mfa_token: due }), 200);
  await sms.code(phone);
  const last = await sms.code(phone);
  is(await post('/auth/2fa/send', { mfa_token: due }), 429, 'throttled');
  await s.app.restart();
  due = is(await s.login(m.email, {}, place()), 401, 'mfa_required').body.mfa_token;
  is(await post('/auth/2fa/send', { mfa_token: due }), 429, 'throttled');
  is(await post('/auth/2fa/verify', { mfa_token: due, code: last }), 200);
  assert.equal(sms.to(phone).length, 4, 'none more than these');
});
