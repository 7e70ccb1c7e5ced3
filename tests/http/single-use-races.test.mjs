// What is good once, fifty clients at one instant: one wins, whatever the surface. Each race is a function of one round, so that a longer run is
// ALDGATE_RACE_ROUNDS=100 node --test single-use-races.test.mjs.
import { test, before, after } from 'node:test';
import { stage, assert, is, together, tally, someone, somePhone, codeIn, PASSWORD, PATIENCE } from './lib.mjs';
import { Gateway } from './gateway.mjs';
import { guarded, totp, quiet } from './factor.mjs';

const ROUNDS = Number(process.env.ALDGATE_RACE_ROUNDS ?? 2), CLIENTS = 50;
let s, sms;
before(async () => {
  sms = await Gateway.open();
  s = await stage({ ALDGATE_SMS_URL: sms.url, ALDGATE_ALERTS_NEW_DEVICE: 'yes', ALDGATE_PASSWORD_HASH_QUEUE: '256' });
});
after(async () => { try { await s?.end(); } finally { await sms?.close(); } });
const post = (path, body, bearer) => s.api('POST', path, body, { bearer });
const FINISH = ['/auth/2fa/verify', '/api/v1/2fa/verify/', '/api/auth/2fa/verify'];

/** One 200 among CLIENTS; the others are refused as what is used up. */
async function oneWins(path, body, losers, options) {
  const rs = await together(s.app.base, CLIENTS, path, body, options), count = tally(rs);
  assert.equal(count[200], 1, JSON.stringify(count));
  for (const r of rs.filter((x) => x.status !== 200)) assert.ok(losers.includes(r.body.code), r.text);
  return rs.find((r) => r.status === 200);
}
const tickets = async (m, n) => (await together(s.app.base, n, '/auth/login', { email: m.email, password: PASSWORD })).map((r) => is(r, 401, 'mfa_required').body.mfa_token);

const RACES = {
  'a login code by mail': async () => {
    const m = await s.member(), { challenge_id } = is(await post('/auth/otp/send', { channel: 'email', purpose: 'login', email: m.email }), 200).body;
    const won = await oneWins('/auth/otp/verify', { challenge_id, code: codeIn(await s.box.next(m.email)) }, ['invalid_code']);
    is(await s.me(won.body.access_token), 200);
  },
  'a login code by SMS': async () => {
    const m = await s.member(), phone = somePhone();
    is(await post('/auth/otp/send', { channel: 'sms', phone }, m.access_token), 200);
    const proof = await sms.code(phone), headers = [`Authorization: Bearer ${m.access_token}`];
    await oneWins('/auth/otp/verify', { phone, code: proof }, ['invalid_code'], { headers });
    is(await post('/auth/otp/send', { channel: 'sms', purpose: 'login', phone }), 200);
    await oneWins('/auth/otp/verify', { phone, code: await sms.code(phone) }, ['invalid_code']);
  },
  'an mfa_token': async () => {
    const m = await guarded(s), [mfa_token] = await tickets(m, 1);
    await oneWins((i) => FINISH[i % 3], (i) => ({ mfa_token, code: i % 2 ? totp(m.secret) : m.spare[i % 10] }), ['invalid_mfa_token', 'invalid_code']);
  },
  'a step of the authenticator, over fifty sign-ins': async () => {
    const m = await guarded(s), all = await tickets(m, CLIENTS);
    await quiet();
    const code = totp(m.secret, 1);
    await oneWins((i) => FINISH[i % 3], (i) => ({ mfa_token: all[i], code }), ['invalid_code', 'invalid_mfa_token']);
  },
  'a recovery code, over fifty sign-ins': async () => {
    const m = await guarded(s), all = await tickets(m, CLIENTS);
    await oneWins((i) => FINISH[i % 3], (i) => ({ mfa_token: all[i], code: m.spare[0] }), ['invalid_code', 'invalid_mfa_token']);
    assert.match((await s.box.find(m.email, (x) => /recovery code/i.test(x.subject))).text, /\b9\b/, 'one is gone');
  },
  'a code of an e-mail change, and the undo link that follows': async () => {
    const m = await s.member(), to = someone(), headers = [`Authorization: Bearer ${m.access_token}`];
    is(await post('/users/me/email', { password: PASSWORD, new_email: to }, m.access_token), 200);
    await oneWins('/users/me/email/confirm', { code: codeIn(await s.box.next(to)) }, ['invalid_code'], { headers });
    const mail = await s.box.find(m.email, (x) => /was changed/.test(x.subject) && /undo\?token=/.test(x.text));
    await oneWins('/auth/undo', { token: /undo\?token=(\S+)/.exec(mail.text)[1] }, ['invalid_link']);
    is(await s.login(m.email), 401, 'invalid_credentials', 'void until a reset');
  },
  'a restore link': async () => {
    const m = await s.member();
    is(await s.api('DELETE', '/users/me', { password: PASSWORD }, { bearer: m.access_token }), 202);
    const mail = await s.box.find(m.email, (x) => /restore\?token=/.test(x.text));
    await oneWins('/users/me/restore', { token: /restore\?token=(\S+)/.exec(mail.text)[1] }, ['invalid_link']);
    is(await s.login(m.email), 200);
  },
  'a "this wasn’t me" link': async () => {
    const m = await s.member(), strange = is(await s.login(m.email, { device_id: 'strange' }), 200).body;
    const mail = await s.box.find(m.email, (x) => /device/i.test(x.subject) && /undo\?token=/.test(x.text));
    await oneWins('/auth/undo', { token: /undo\?token=(\S+)/.exec(mail.text)[1] }, ['invalid_link']);
    is(await s.me(strange.access_token), 401);
  },
  'the last administrator, two demotions of each other': async (round) => {
    const [a, b] = await admins();
    const rs = await together(s.app.base, 2, round % 2 ? (i) => `/admin/users/${[b, a][i].user.id}/lock` : '/admin/assign-role',
      (i) => (round % 2 ? { reason: 'race' } : { user_id: [b, a][i].user.id, role: 'CUSTOMER' }), { headers: (i) => [`Authorization: Bearer ${[a, b][i].access_token}`] });
    assert.equal(tally(rs)[200], 1, JSON.stringify(tally(rs)));
    const lost = rs.findIndex((r) => r.status !== 200);
    assert.ok([401, 403, 409].includes(rs[lost].status), rs[lost].text);
    await mend([b, a][1 - lost]);
  },
};

/** The two only administrators, made once and mended after each round. */
let pair;
async function admins() {
  pair ??= await Promise.all([0, 1].map(async () => { const m = await s.member(); await s.operator(['set-role', m.email, 'ADMIN']); return m; }));
  return pair;
}
async function mend(loser) {
  await s.operator(['unlock', loser.email]);
  await s.operator(['set-role', loser.email, 'ADMIN']);
  Object.assign(loser, is(await s.login(loser.email), 200).body);
}

for (const [name, race] of Object.entries(RACES))
  test(name, { timeout: (4 + ROUNDS) * PATIENCE }, async () => {
    for (let round = 0; round < ROUNDS; round++) await race(round);
  });
