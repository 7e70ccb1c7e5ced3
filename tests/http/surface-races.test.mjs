// Races over the three surfaces: whatever the order, one outcome, and never a 5xx. Each race is a function of one round, so that a longer run is
// ALDGATE_RACE_ROUNDS=1000 node --test surface-races.test.mjs.
import { test, before, after } from 'node:test';
import { pathToFileURL } from 'node:url';
import { stage, assert, is, together, tally, someone, someName, tokenIn, PASSWORD, PATIENCE } from './lib.mjs';

export const ROUNDS = Number(process.env.ALDGATE_RACE_ROUNDS ?? 10);
const NEW = 'new-Horse-battery-staple';
const VERIFY = ['/api/auth/verify', '/auth/email/verify', '/api/v1/email-verification-confirm/'];
const REFRESH = [['/api/v1/refresh/', 'refresh'], ['/api/auth/refresh', 'refresh_token'], ['/auth/token/refresh', 'refresh_token']];
const RESET = [['/api/v1/password-reset/confirm/', 'new_password'], ['/api/auth/password/reset', 'password'], ['/auth/password/reset', 'new_password']];
const at = (table, i) => table[i % table.length];
const refreshed = (r) => r.body.refresh ?? r.body.refresh_token;
const sure = (rs) => { for (const r of rs) assert.ok(r.status < 500, r.text); return tally(rs); };
const only = (rs, good, others) => {
  const count = sure(rs), won = rs.findIndex((r) => r.status === good);
  assert.equal(count[good], 1, JSON.stringify(count));
  for (const r of rs) assert.ok(r.status === good || others.includes(r.status), r.text);
  return won;
};
const profile = (s, bearer) => s.api('GET', '/api/v1/profile/', undefined, { bearer });

/** One link of a sign-up, opened six times at once on all surfaces. */
export async function oneLink(s) {
  const m = await s.register(), token = tokenIn(await s.box.next(m.email));
  only(await together(s.app.base, 6, (i) => at(VERIFY, i), { token }), 200, [400, 409]);
  assert.equal((await profile(s, m.tokens.access)).body.is_email_verified, true);
}

/** Five pre-registrations of one address, all proven at once: one user, with the name and password of the link that won. */
export async function rivals(s) {
  const email = someone(), all = [];
  for (let i = 0; i < 5; i++) all.push(await s.preregister({ email, full_name: 'Rival ' + 'ABCDE'[i], password: PASSWORD + i }));
  const won = only(await together(s.app.base, 10, (i) => at(VERIFY, i >> 1), (i) => ({ token: all[i >> 1].token })), 200, [409]) >> 1;
  for (const [i, p] of all.entries()) {
    const r = is(await s.api('POST', '/api/auth/login', { email, password: p.password }), i === won ? 200 : 401);
    if (i === won) assert.equal(r.body.user.full_name, p.full_name);
  }
}

/** The link of an unverified account against the link of a pre-registration of its address. */
export async function accountAgainstPending(s) {
  const m = await s.register({ full_name: 'Account' }), token = tokenIn(await s.box.next(m.email));
  const p = await s.preregister({ email: m.email, full_name: 'Pending', password: NEW });
  const kept = only(await together(s.app.base, 6, (i) => at(VERIFY, i), (i) => ({ token: i % 2 ? token : p.token })), 200, [400, 409]) % 2 === 1;
  is(await profile(s, m.tokens.access), kept ? 200 : 401);
  is(await s.login(m.email), kept ? 200 : 401);
  const pending = is(await s.login(m.email, { password: NEW }), kept ? 401 : 200);
  if (!kept) assert.deepEqual([pending.body.user.full_name, pending.body.user.username], ['Pending', null]);
}

/** Fifty refreshes of one token at once: all get the same current one, and it is good. */
export async function fiftyRefreshes(s) {
  const { tokens } = await s.register();
  const rs = await together(s.app.base, 50, (i) => at(REFRESH, i)[0], (i) => ({ [at(REFRESH, i)[1]]: tokens.refresh }));
  assert.deepEqual(sure(rs), { 200: 50 });
  const [current, ...more] = new Set(rs.map(refreshed));
  assert.deepEqual(more, [], 'one lineage');
  assert.notEqual(current, tokens.refresh);
  for (const r of [rs[0], rs[49]]) is(await profile(s, r.body.access ?? r.body.access_token), 200);
  is(await s.refresh(current), 200);
}

/** Refreshes against a logout: nothing that a refresh answered lives after it. */
export async function refreshAgainstLogout(s, round = 0) {
  const { tokens } = await s.register(), out = [['/api/v1/logout/', 'refresh'], ['/api/auth/logout', 'refresh_token'], ['/auth/logout', 'refresh_token']];
  const rs = await together(s.app.base, 9, (i) => (i === 4 ? at(out, round)[0] : at(REFRESH, i)[0]),
    (i) => (i === 4 ? { [at(out, round)[1]]: tokens.refresh } : { [at(REFRESH, i)[1]]: tokens.refresh }));
  sure(rs);
  is(rs[4], 200);
  for (const r of rs.filter((_, i) => i !== 4)) {
    assert.ok([200, 401].includes(r.status), r.text);
    if (r.status !== 200) continue;
    is(await profile(s, r.body.access ?? r.body.access_token), 401);
    is(await s.refresh(refreshed(r)), 401);
  }
  is(await profile(s, tokens.access), 401);
}

/** A reset against sign-ins with the old and the new password: what the old one opened is dead, what the new one opened lives. */
export async function resetAgainstLogin(s, round = 0) {
  const m = await s.member();
  is(await s.api('POST', '/auth/password/reset-request', { email: m.email }), 200);
  const token = tokenIn(await s.box.next(m.email)), [path, name] = at(RESET, round);
  const rs = await together(s.app.base, 9, (i) => (i === 4 ? path : '/auth/login'),
    (i) => (i === 4 ? { token, [name]: NEW } : { email: m.email, password: i % 2 ? NEW : PASSWORD }));
  sure(rs);
  is(rs[4], 200);
  for (const [i, r] of rs.entries()) {
    if (i === 4) continue;
    assert.ok([200, 401].includes(r.status), r.text);
    if (r.status === 200) is(await s.me(r.body.access_token), i % 2 ? 200 : 401, undefined, i % 2 ? 'by the new password' : 'by the old password');
  }
  is(await s.me(m.access_token), 401);
  is(await s.login(m.email), 401, 'invalid_credentials');
  is(await s.login(m.email, { password: NEW }), 200);
}

/** One reset link used nine times at once with nine passwords: one of them holds. */
export async function oneReset(s) {
  const m = await s.member();
  is(await s.api('POST', '/auth/password/reset-request', { email: m.email }), 200);
  const token = tokenIn(await s.box.next(m.email));
  const won = only(await together(s.app.base, 9, (i) => at(RESET, i)[0], (i) => ({ token, [at(RESET, i)[1]]: NEW + i })), 200, [400]);
  for (let i = 0; i < 9; i++) is(await s.login(m.email, { password: NEW + i }), i === won ? 200 : 401);
}

/** A password change against a reset: one password holds; when the change came last, its session is gone all the same. */
export async function changeAgainstReset(s) {
  const m = await s.member(), changed = PASSWORD + '!';
  is(await s.api('POST', '/auth/password/reset-request', { email: m.email }), 200);
  const token = tokenIn(await s.box.next(m.email));
  const [change, reset] = await together(s.app.base, 2, (i) => (i ? '/auth/password/reset' : '/api/v1/password/change/'),
    (i) => (i ? { token, new_password: NEW } : { old_password: PASSWORD, new_password: changed }),
    { headers: (i) => (i ? [] : [`Authorization: Bearer ${m.access_token}`]) });
  sure([change, reset]);
  assert.equal([change, reset].filter((r) => r.status === 200).length, 1, `${change.status} ${reset.status}: each ends the other`);
  is(await s.login(m.email, { password: NEW }), reset.status === 200 ? 200 : 401);
  is(await s.login(m.email, { password: changed }), change.status === 200 ? 200 : 401);
  is(await s.login(m.email), 401);
  is(await s.me(m.access_token), change.status === 200 ? 200 : 401);
}

/** Many register one address and username on all surfaces at once: at most one account; what waits is at most five. */
export async function registers(s) {
  const email = someone(), username = someName(), links = [];
  const rs = await together(s.app.base, 12, (i) => ['/api/v1/register/', '/auth/signup', '/api/auth/register'][i % 3],
    (i) => ({ email: i % 2 ? email : email.toUpperCase(), username, full_name: 'N', password: PASSWORD }));
  sure(rs);
  assert.equal(rs.filter((r) => r.status === 201).length, 1);
  for (const [i, r] of rs.entries()) assert.ok(i % 3 === 2 ? r.status === 200 : [201, 409].includes(r.status), r.text);
  for (let i = 0; i < 5; i++) links.push(tokenIn(await s.box.next(email)));
  only(await together(s.app.base, 5, (i) => at(VERIFY, i), (i) => ({ token: links[i] })), 200, [409]);
}

/** Twelve pre-registrations of one address at once: five wait, one wins. */
export async function crowd(s) {
  const email = someone(), links = [];
  const rs = await together(s.app.base, 12, '/api/auth/register', (i) => ({ email, full_name: 'N' + 'ABCDEFGHIJKL'[i], password: PASSWORD }),
    { from: (i) => `127.36.0.${(i % 4) + 1}` });
  assert.deepEqual(sure(rs), { 200: 12 });
  for (let i = 0; i < 5; i++) links.push(tokenIn(await s.box.next(email)));
  await s.sent();
  for (const mail of s.box.to(email).slice(5)) links.push(tokenIn(mail));
  const answers = await together(s.app.base, links.length, '/api/auth/verify', (i) => ({ token: links[i] })), count = sure(answers);
  assert.deepEqual([count[200], count[409]], [1, 4], JSON.stringify(count));
}

/** A pre-registration proven while the unproven account's session is refreshed: nothing of that session lives. */
export async function wipeAgainstRefresh(s) {
  const m = await s.register();
  await s.box.next(m.email);
  const p = await s.preregister({ email: m.email, password: NEW });
  const rs = await together(s.app.base, 9, (i) => (i === 4 ? '/api/auth/verify' : at(REFRESH, i)[0]),
    (i) => (i === 4 ? { token: p.token } : { [at(REFRESH, i)[1]]: m.tokens.refresh }));
  sure(rs);
  is(rs[4], 200);
  for (const r of rs.filter((x, i) => i !== 4 && x.status === 200)) {
    is(await profile(s, r.body.access ?? r.body.access_token), 401);
    is(await s.refresh(refreshed(r)), 401);
  }
  is(await s.login(m.email, { password: NEW }), 200);
}

/** Sign-ups while a pre-registration of the address is proven: the mailbox wins, whatever came first. */
export async function signupAgainstVerify(s) {
  const p = await s.preregister({ password: NEW });
  const rs = await together(s.app.base, 5, (i) => (i === 2 ? '/api/auth/verify' : '/auth/signup'),
    (i) => (i === 2 ? { token: p.token } : { email: p.email, password: PASSWORD }));
  sure(rs);
  is(rs[2], 200);
  for (const r of rs.filter((_, i) => i !== 2)) if (r.status === 201) is(await s.me(r.body.access_token), 401); else is(r, 409, 'already_taken');
  is(await s.login(p.email, { password: NEW }), 200);
  is(await s.login(p.email), 401);
}

/** Many ask for a reset of one address at once: of all the links that come, one is good. */
export async function manyAsks(s) {
  const m = await s.member(), before = s.box.to(m.email).length;
  sure(await together(s.app.base, 8, (i) => at(['/api/v1/password-reset/request/', '/api/auth/password/forgot', '/auth/password/reset-request'], i),
    { email: m.email }));
  await s.sent();
  const statuses = [];
  for (const mail of s.box.to(m.email).slice(before))
    statuses.push((await s.api('POST', '/auth/password/reset', { token: tokenIn(mail), new_password: NEW })).status);
  assert.equal(statuses.filter((x) => x === 200).length, 1, statuses.join());
}

/** "I did not sign up" against the verification by the same token: the account is closed or proven. */
export async function undoAgainstVerify(s) {
  const m = await s.register(), token = tokenIn(await s.box.next(m.email));
  const rs = await together(s.app.base, 6, (i) => (i % 2 ? '/auth/undo' : at(VERIFY, i >> 1)), { token });
  const closed = only(rs, 200, [400, 409]) % 2 === 1;
  for (const r of rs.filter((x) => x.status !== 200)) is(r, closed ? 400 : 409);
  is(await profile(s, m.tokens.access), closed ? 401 : 200);
  is(await s.login(m.email), closed ? 401 : 200);
}

const RACES = { oneLink, rivals, accountAgainstPending, fiftyRefreshes, refreshAgainstLogout, resetAgainstLogin, oneReset, changeAgainstReset, registers,
  crowd, wipeAgainstRefresh, signupAgainstVerify, manyAsks, undoAgainstVerify };
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  let s;
  before(async () => { s = await stage({ ALDGATE_PASSWORD_HASH_QUEUE: '256' }); });
  after(() => s?.end());
  for (const [name, race] of Object.entries(RACES))
    test(name, { timeout: (4 + ROUNDS) * PATIENCE }, async () => {
      for (let round = 0; round < ROUNDS; round++) await race(s, round);
    });
}
