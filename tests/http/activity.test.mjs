// Rows 14 to 16 of the auth surface, and the devices: what happened, where, and ending it.
import { test, before, after } from 'node:test';
import { stage, assert, is, claims, someone, WRONG } from './lib.mjs';

let s;
before(async () => { s = await stage(); });
after(() => s?.end());
const get = (m, path, status = 200, code) => s.api('GET', path, undefined, { bearer: m.access_token }).then((r) => is(r, status, code).body);
const NOBODY = '00000000-0000-7000-8000-000000000000';

test('logins: good and bad, newest first, with what was known; nobody else\'s', async () => {
  const m = await s.member(), other = await s.member();
  is(await s.login(m.email, { password: WRONG, device_id: 'there' }), 401);
  is(await s.login(m.email, { device_id: 'here' }, { headers: { 'user-agent': 'test/1' } }), 200);
  const { items, next_cursor } = await get(m, '/auth/logins');
  assert.deepEqual(items.map((i) => [i.outcome, i.method, i.device_id, i.country, i.city, i.alert]), [
    ['success', 'password', 'here', null, null, null], ['invalid_credentials', 'password', 'there', null, null, null]]);
  assert.equal(items[0].ip, '127.0.0.1');
  assert.equal(items[0].user_agent, 'test/1');
  assert.equal(next_cursor, null);
  assert.deepEqual((await get(other, '/auth/logins')).items, []);
});

test('logins: pages meet without a gap or a double, whatever comes in between', async () => {
  const m = await s.member(), seen = [];
  for (let i = 0; i < 7; i++) is(await s.login(m.email, { password: WRONG, device_id: 'd' + i }), 401);
  for (let cursor = '', n = 0; ; n++) {
    const page = await get(m, `/auth/logins?limit=3${cursor && '&cursor=' + encodeURIComponent(cursor)}`);
    seen.push(...page.items.map((i) => i.device_id));
    assert.ok(n < 5);
    if (!page.next_cursor) break;
    cursor = page.next_cursor;
    is(await s.login(m.email, { device_id: 'late' + n }), 200);
  }
  assert.deepEqual(seen, ['d6', 'd5', 'd4', 'd3', 'd2', 'd1', 'd0']);
});

test('a cursor that is changed, another user\'s or another list\'s: 400 by name', async () => {
  const [m, other] = [await s.member(), await s.member()];
  for (const x of [m, other]) for (let i = 0; i < 2; i++) is(await s.login(x.email), 200);
  const { next_cursor } = await get(m, '/auth/logins?limit=1');
  const flip = (i) => next_cursor.slice(0, i) + (next_cursor[i] === 'A' ? 'B' : 'A') + next_cursor.slice(i + 1);
  for (const bad of [flip(0), flip(20), flip(30), next_cursor.slice(0, -4), next_cursor + 'AAAA', 'x', '%', NOBODY, 'A'.repeat(2000)])
    assert.ok((await get(m, '/auth/logins?cursor=' + encodeURIComponent(bad), 400, 'invalid')).errors.cursor, bad);
  await get(other, '/auth/logins?cursor=' + encodeURIComponent(next_cursor), 400, 'invalid');
  await get(m, '/auth/logins?limit=1&cursor=' + encodeURIComponent(next_cursor));
});

test('limit: 1 to 100 and nothing else', async () => {
  const m = await s.member();
  for (const limit of ['0', '101', '-1', 'ten', '1.5', '', '9999999999999999999', ' 5'])
    assert.ok((await get(m, '/auth/logins?limit=' + encodeURIComponent(limit), 400, 'invalid')).errors.limit, limit);
  for (const limit of [1, 100]) await get(m, '/auth/logins?limit=' + limit);
});

test('tokens: the live sessions; ending one ends it at once and leaves the others', async () => {
  const m = await s.member({ device_id: 'laptop' }), other = await s.member();
  const phone = is(await s.login(m.email, { device_id: 'phone', device_name: 'My phone' }), 200).body;
  const { items } = await get(phone, '/auth/tokens');
  assert.deepEqual(items.map((t) => [t.device_id, t.device_name, t.current]), [['phone', 'My phone', true], ['laptop', null, false]]);
  const id = claims(m.access_token).sid;
  assert.ok(items.some((t) => t.token_id === id));
  const end = (who, path) => s.api('DELETE', path, undefined, { bearer: who.access_token });
  is(await end(other, '/auth/token/' + id), 404, 'not_found');
  is(await end(phone, '/auth/token/' + NOBODY), 404, 'not_found');
  is(await end(phone, '/auth/token/none'), 404, 'not_found');
  is(await s.me(m.access_token), 200);
  assert.equal(is(await end(phone, '/auth/tokens/' + id.toUpperCase()), 204).text, '');
  is(await s.me(m.access_token), 401, 'invalid_token');
  is(await s.refresh(m.refresh_token, { device_id: 'laptop' }), 401);
  is(await end(phone, '/auth/token/' + id), 404, 'not_found');
  is(await end(phone, '/auth/token/' + claims(phone.access_token).sid), 204);
  is(await s.me(phone.access_token), 401);
});

test('devices: listed, renamed and forgotten by their owner only; a forgotten one\'s sessions die', async () => {
  const m = await s.member({ device_id: 'laptop' }), other = await s.member();
  const phone = is(await s.login(m.email, { device_id: 'phone' }), 200).body;
  const act = (who, method, id, body) => s.api(method, '/auth/devices/' + id, body, { bearer: who.access_token });
  const list = (await get(phone, '/auth/devices')).items, laptop = list.find((d) => d.device_id === 'laptop');
  assert.deepEqual(list.map((d) => d.device_id), ['phone', 'laptop']);
  assert.equal(laptop.sessions.length, 1);
  is(await act(other, 'PATCH', laptop.id, { name: 'x' }), 404, 'not_found');
  is(await act(other, 'DELETE', laptop.id), 404, 'not_found');
  for (const body of [{}, { name: '' }, { name: 5 }, { name: null }, { name: 'a\u0000b' }, { name: 'x'.repeat(129) }])
    assert.ok(is(await act(m, 'PATCH', laptop.id, body), 400, 'invalid').body.errors.name);
  is(await act(m, 'PATCH', laptop.id, { name: 'Work 山' }), 200);
  assert.equal((await get(m, '/auth/devices')).items.find((d) => d.id === laptop.id).name, 'Work 山');
  is(await act(phone, 'DELETE', laptop.id), 204);
  is(await s.me(m.access_token), 401);
  is(await s.me(phone.access_token), 200);
  assert.deepEqual((await get(phone, '/auth/devices')).items.map((d) => d.device_id), ['phone']);
  is(await act(phone, 'DELETE', laptop.id), 404, 'not_found');
});

test('without a bearer: 401', async () => {
  for (const [method, path] of [['GET', '/auth/logins'], ['GET', '/auth/tokens'], ['DELETE', '/auth/token/' + NOBODY], ['GET', '/auth/devices'],
    ['PATCH', '/auth/devices/' + NOBODY], ['DELETE', '/auth/devices/' + NOBODY], ['POST', '/auth/fingerprint']])
    is(await s.api(method, path, method === 'GET' || method === 'DELETE' ? undefined : {}), 401, 'not_authenticated');
});

test('who takes over an unproven account sees nothing of what its holder did', async () => {
  const m = await s.signup({ email: someone() });
  is(await s.login(m.email), 403, 'email_not_verified');
  const before = (await get(m, '/auth/logins')).items.length;
  assert.equal(before, 1);
});
