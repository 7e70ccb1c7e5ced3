// POST /auth/logout and /auth/logout-all: "What ends what" of 7-states.md.
import { test, before, after } from 'node:test';
import { stage, assert, is } from './lib.mjs';

let s;
before(async () => { s = await stage(); });
after(() => s?.end());
const logout = (body, o) => s.api('POST', '/auth/logout', body, o);
const live = async (t, why) => is(await s.me(t.access_token), 200, undefined, why);
const dead = async (t, why) => {
  is(await s.me(t.access_token), 401, 'invalid_token', why);
  is(await s.refresh(t.refresh_token), 401, 'invalid_token', why);
};

test('row 4: the refresh token ends its session at once, access tokens too; other sessions live', async () => {
  const m = await s.member(), other = is(await s.login(m.email), 200).body;
  const r = is(await logout({ refresh_token: m.refresh_token }), 200);
  assert.equal(typeof r.body.message, 'string');
  await dead(m);
  await live(other);
});

test('any token of the session will do, a superseded one too, without the device_id; again: 200', async () => {
  const m = await s.signup({ device_id: 'bound' });
  const one = is(await s.refresh(m.refresh_token, { device_id: 'bound' }), 200).body;
  const two = is(await s.refresh(one.refresh_token, { device_id: 'bound' }), 200).body;
  is(await logout({ refresh_token: m.refresh_token }), 200);
  await dead(two);
  for (const t of [m, one, two]) is(await logout({ refresh_token: t.refresh_token }), 200);
});

test('a string that is no token of ours: 401; nothing at all is refused', async () => {
  const m = await s.signup();
  for (const refresh_token of ['garbage', 'agr_garbage', m.refresh_token.slice(0, -1), m.refresh_token + 'A',
    m.access_token]) is(await logout({ refresh_token }), 401, 'invalid_token', refresh_token);
  await live(m);
  const r = await logout({});
  assert.ok([400, 401].includes(r.status), r.text);
});

test('Bearer alone: this session', async () => {
  const m = await s.member(), other = is(await s.login(m.email), 200).body;
  is(await logout(undefined, { bearer: m.access_token }), 200);
  await dead(m);
  await live(other);
  is(await logout({}, { bearer: other.access_token }), 200);
  await dead(other);
});

test('logout-all: Bearer only, every session of this user and of nobody else', async () => {
  const m = await s.member(), more = [], stranger = await s.signup();
  for (let i = 0; i < 3; i++) more.push(is(await s.login(m.email, { device_id: 'd' + i }), 200).body);
  is(await s.api('POST', '/auth/logout-all'), 401, 'not_authenticated');
  is(await s.api('POST', '/auth/logout-all', undefined, { bearer: m.refresh_token }), 401, 'invalid_token');
  const r = is(await s.api('POST', '/auth/logout-all', undefined, { bearer: more[1].access_token }), 200);
  assert.equal(r.body.message, 'All sessions revoked');
  for (const t of [m, ...more]) await dead(t);
  await live(stranger);
  is(await s.api('POST', '/auth/logout-all', {}, { bearer: m.access_token }), 401, 'invalid_token');
  await live(is(await s.login(m.email), 200).body, 'a new sign-in is not touched');
});

test('what was ended stays ended across a kill -9', async () => {
  const m = await s.member(), all = is(await s.login(m.email), 200).body, kept = await s.signup();
  is(await s.api('POST', '/auth/logout-all', undefined, { bearer: all.access_token }), 200);
  await s.app.kill();
  await s.app.restart();
  await dead(m);
  await dead(all);
  await live(kept);
});
