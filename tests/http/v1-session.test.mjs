// v1: refresh, logout, profile, devices and sessions (2-surface-v1.md).
import { test, before, after } from 'node:test';
import { stage, assert, is, claims, codeIn, tokenIn, someone, someName, somePhone, PASSWORD, WRONG } from './lib.mjs';

let s;
before(async () => { s = await stage(); });
after(() => s?.end());
const v1 = (method, path, body, o) => s.api(method, `/api/v1/${path}/`, body, o);
const get = (path, bearer) => v1('GET', path, undefined, { bearer });
const keys = (o) => Object.keys(o).sort();
async function member(extra) {
  const m = await s.register(extra);
  is(await v1('POST', 'email-verification-confirm', { token: tokenIn(await s.box.next(m.email)) }), 200);
  return m;
}
const login = async (m, extra = {}) => is(await v1('POST', 'login', { email: m.email, password: PASSWORD, ...extra }), 200).body.tokens;
const dead = async (tokens, why) => {
  const r = is(await get('profile', tokens.access), 401, 'token_not_valid', why);
  assert.match(r.headers.get('www-authenticate'), /^Bearer/);
  is(await v1('POST', 'refresh', { refresh: tokens.refresh }), 401, 'token_not_valid', why);
};
const live = async (tokens, why) => is(await get('profile', tokens.access), 200, undefined, why);

for (const path of ['token/refresh', 'refresh'])
  test(`${path}: 200 with new access and rotated refresh; predecessors and garbage as 7-states says`, async () => {
    const { tokens } = await s.register(), refresh = (body) => v1('POST', path, body);
    const r = is(await refresh({ refresh: tokens.refresh }), 200).body;
    assert.deepEqual(keys(r), ['access', 'access_expires_at', 'refresh', 'refresh_expires_at', 'sub']);
    assert.notEqual(r.access, tokens.access);
    assert.notEqual(r.refresh, tokens.refresh);
    assert.deepEqual([r.sub, Date.parse(r.access_expires_at)], [tokens.sub, claims(r.access).exp * 1000]);
    for (const t of [tokens, r]) await live(t, 'the older access token too');
    assert.equal(is(await refresh({ refresh: tokens.refresh }), 200).body.refresh, r.refresh, 'within the grace: the same current one');
    const answers = [];
    for (const bad of ['garbage', 'agr_x', r.refresh.slice(0, -1), r.access, '']) {
      const no = await refresh({ refresh: bad });
      if (bad === '' && no.status === 400) continue;
      is(no, 401, 'token_not_valid', bad);
      delete no.body.request_id;
      answers.push(no.body);
    }
    for (const a of answers) assert.deepEqual(a, answers[0]);
    for (const body of [{}, { refresh: 5 }, { refresh: null }]) {
      const no = is(await refresh(body), 400, 'invalid');
      assert.deepEqual(no.body.refresh, no.body.errors.refresh);
    }
    const last = is(await refresh({ refresh: r.refresh }), 200).body;
    is(await refresh({ refresh: tokens.refresh }), 401, 'token_not_valid', 'reuse');
    await dead(last, 'reuse ends the session');
  });

test('refresh: a session of a device wants its device_id; a wrong or missing one changes nothing', async () => {
  const { tokens } = await s.register({ device_id: 'phone' });
  for (const extra of [{}, { device_id: 'other' }]) is(await v1('POST', 'token/refresh', { refresh: tokens.refresh, ...extra }), 401, 'token_not_valid');
  is(await v1('POST', 'token/refresh', { refresh: tokens.refresh, device_id: 'phone' }), 200);
});

test('token.rotate=no: the same refresh token comes back', async () => {
  const t = await stage({ ALDGATE_TOKEN_ROTATE: 'no' });
  try {
    const { tokens } = await t.register();
    for (let i = 0; i < 3; i++)
      assert.equal(is(await t.api('POST', '/api/v1/token/refresh/', { refresh: tokens.refresh }), 200).body.refresh, tokens.refresh);
  } finally { await t.end(); }
});

test('logout: 200 with detail, refresh and access are dead; twice 200; unknown tokens 401; a superseded one will do', async () => {
  const m = await member(), other = await login(m), r = is(await v1('POST', 'logout', { refresh: m.tokens.refresh }), 200);
  assert.deepEqual(keys(r.body), ['detail']);
  await dead(m.tokens);
  await live(other);
  is(await v1('POST', 'logout', { refresh: m.tokens.refresh }), 200, undefined, 'again');
  for (const refresh of ['garbage', 'agr_x', other.access]) is(await v1('POST', 'logout', { refresh }), 401, 'token_not_valid');
  is(await v1('POST', 'logout', {}), 400, 'invalid');
  const next = is(await v1('POST', 'refresh', { refresh: other.refresh }), 200).body;
  is(await v1('POST', 'logout', { refresh: other.refresh }), 200);
  await dead(next);
  const bound = await login(m, { device_id: 'd' });
  is(await v1('POST', 'logout', { refresh: bound.refresh }), 200, undefined, 'without its device_id');
  await dead(bound);
});

test('logout-all: Bearer only, every session of this user and of nobody else', async () => {
  const m = await member(), more = [await login(m), await login(m)], stranger = await s.register();
  is(await v1('POST', 'logout-all'), 401);
  is(await v1('POST', 'logout-all', {}, { bearer: m.tokens.refresh }), 401, 'token_not_valid');
  assert.deepEqual(keys(is(await v1('POST', 'logout-all', undefined, { bearer: more[0].access }), 200).body), ['detail']);
  for (const t of [m.tokens, ...more]) await dead(t);
  await live(stranger.tokens);
});

for (const path of ['profile', 'me'])
  test(`${path}: GET, PUT and PATCH; only username, phone and full_name can be written`, async () => {
    const m = await member({ full_name: 'Old' }), bearer = m.tokens.access, first = is(await get(path, bearer), 200).body;
    assert.deepEqual(first, { ...m.profile, is_email_verified: true, updated_at: first.updated_at });
    const username = someName(), phone = somePhone();
    let r = is(await v1('PATCH', path, { full_name: 'New', role: 'ADMIN', kyc_status: 'approved', is_email_verified: false, is_phone_verified: true,
      email: someone(), id: someName(), created_at: '2001-01-01T00:00:00Z' }, { bearer }), 200).body;
    assert.deepEqual(r, { ...first, full_name: 'New', updated_at: r.updated_at });
    r = is(await v1('PUT', path, { username, phone, is_phone_verified: true }, { bearer }), 200).body;
    assert.deepEqual(r, { ...first, full_name: 'New', username, phone, is_phone_verified: false, updated_at: r.updated_at });
    assert.deepEqual(is(await get('profile', bearer), 200).body, r);
    await s.box.find(m.email, (mail) => /phone/i.test(mail.subject + mail.text));
    r = is(await v1('PATCH', path, { full_name: null }, { bearer }), 200).body;
    assert.equal(r.full_name, null);
    assert.deepEqual(is(await v1('PUT', path, {}, { bearer }), 200).body.username, username, 'only what is sent changes');
  });

test('profile: 400 with fields at the top, 409 taken, 401 before the body is read', async () => {
  const m = await member(), taken = await s.register(), bearer = m.tokens.access;
  for (const [body, field] of [[{ username: 'a b' }, 'username'], [{ phone: '030' }, 'phone'], [{ full_name: 'a\nb' }, 'full_name'],
    [{ full_name: 5 }, 'full_name'], [{ phone: somePhone(), password: WRONG }, 'password']])
    for (const method of ['PUT', 'PATCH']) {
      const r = is(await v1(method, 'profile', body, { bearer }), 400, 'invalid', JSON.stringify(body));
      assert.deepEqual([keys(r.body.errors), r.body[field]], [[field], r.body.errors[field]]);
    }
  const r = is(await v1('PATCH', 'profile', { username: taken.username.toUpperCase() }, { bearer }), 409, 'already_taken');
  assert.deepEqual(r.body.username, r.body.errors.username);
  for (const path of ['profile', 'me']) for (const method of ['GET', 'PUT', 'PATCH']) {
    const body = method === 'GET' ? undefined : { username: 'a b' };
    is(await v1(method, path, body), 401, 'not_authenticated');
    is(await v1(method, path, body, { bearer: 'x' }), 401, 'token_not_valid');
  }
  is(await s.api('PATCH', '/api/v1/profile/', undefined, { bearer: 'x', raw: '{', headers: { 'content-type': 'application/json' } }), 401);
  is(await s.api('PATCH', '/api/v1/profile/', undefined, { bearer, raw: '{', headers: { 'content-type': 'application/json' } }), 400, 'malformed');
  is(await v1('PATCH', 'profile', { phone: somePhone(), password: PASSWORD }, { bearer }), 200);
});

test('sessions: the live ones, newest first; DELETE ends one; those of others are 404', async () => {
  const m = await member(), mine = [m.tokens, await login(m, { device_id: 'laptop' }), await login(m)], stranger = await s.register();
  const list = async (t) => is(await get('sessions', t.access), 200).body;
  const { items, next_cursor } = await list(mine[1]);
  assert.equal(next_cursor, null);
  assert.deepEqual(keys(items[0]), ['country', 'created_at', 'current', 'device_id', 'device_name', 'expires_at', 'ip', 'last_used_at', 'token_id',
    'user_agent']);
  assert.deepEqual(items.map((i) => [i.token_id, i.device_id, i.current]), [[claims(mine[2].access).sid, null, false],
    [claims(mine[1].access).sid, 'laptop', true], [claims(mine[0].access).sid, null, false]]);
  assert.equal(items[0].ip, '127.0.0.1');
  const end = (id, bearer) => v1('DELETE', 'sessions/' + id, undefined, { bearer });
  is(await end(items[2].token_id, stranger.tokens.access), 404, 'not_found');
  for (const id of ['0190a000-0000-7000-8000-000000000000', 'x', items[2].token_id.slice(1)]) is(await end(id, mine[1].access), 404, 'not_found', id);
  is(await end(items[2].token_id), 401);
  is(await end(items[2].token_id, mine[1].access), 204);
  await dead(mine[0]);
  is(await end(items[2].token_id, mine[1].access), 404, 'not_found', 'it is gone');
  assert.deepEqual((await list(mine[1])).items.map((i) => i.token_id), [items[0].token_id, items[1].token_id]);
  is(await end(items[1].token_id, mine[1].access), 204, undefined, 'the own one');
  is(await get('sessions', mine[1].access), 401, 'token_not_valid');
  await live(mine[2]);
});

test('sessions: a long list comes in pages or at once, each once, newest first', async () => {
  const m = await member(), mine = [claims(m.tokens.access).sid], seen = [];
  for (let i = 0; i < 70; i++) mine.unshift(claims((await login(m)).access).sid);
  let cursor = null;
  for (let pages = 0; pages < 71; pages++) {
    const path = '/api/v1/sessions/' + (cursor === null ? '' : '?cursor=' + encodeURIComponent(cursor));
    const r = is(await s.api('GET', path, undefined, { bearer: m.tokens.access }), 200).body;
    seen.push(...r.items.map((i) => i.token_id));
    if ((cursor = r.next_cursor) === null) break;
  }
  assert.equal(cursor, null);
  assert.deepEqual(seen, mine);
});

test('devices: each with its live sessions; DELETE forgets one and ends its sessions; those of others are 404', async () => {
  const m = await member(), laptop = await login(m, { device_id: 'laptop' }), phone = await login(m, { device_id: 'phone' }),
    stranger = await s.register({ device_id: 'laptop' });
  const list = async (t) => is(await get('devices', t.access), 200).body;
  let { items, next_cursor } = await list(m.tokens);
  assert.equal(next_cursor, null);
  assert.deepEqual(items.map((i) => i.device_id).sort(), ['laptop', 'phone']);
  for (const i of items) {
    assert.deepEqual(i.sessions.map((x) => x.token_id), [claims((i.device_id === 'phone' ? phone : laptop).access).sid]);
    assert.deepEqual(i.sessions[0].current, false);
  }
  const { id } = items.find((i) => i.device_id === 'laptop'), forget = (which, bearer) => v1('DELETE', 'devices/' + which, undefined, { bearer });
  is(await forget(id, stranger.tokens.access), 404, 'not_found');
  for (const bad of ['0190a000-0000-7000-8000-000000000000', 'x']) is(await forget(bad, m.tokens.access), 404, 'not_found');
  is(await forget(id), 401);
  is(await forget(id, m.tokens.access), 204);
  is(await get('profile', laptop.access), 401, 'token_not_valid');
  is(await v1('POST', 'refresh', { refresh: laptop.refresh, device_id: 'laptop' }), 401, 'token_not_valid');
  for (const t of [m.tokens, phone, stranger.tokens]) await live(t);
  is(await forget(id, m.tokens.access), 404, 'not_found');
  assert.deepEqual((await list(m.tokens)).items.map((i) => i.device_id), ['phone']);
  is(await v1('POST', 'logout', { refresh: phone.refresh }), 200);
  ({ items } = await list(m.tokens));
  assert.deepEqual(items.flatMap((i) => i.sessions), [], 'live ones only');
  await login(m, { device_id: 'laptop' });
  assert.equal((await list(m.tokens)).items.find((i) => i.device_id === 'laptop').sessions.length, 1, 'it may come back');
});

test('the diagram: register, code, confirm, login, profile, refresh, logout, a refused refresh', async () => {
  const email = someone();
  is(await v1('POST', 'register', { username: someName(), email, phone: somePhone(), pass: PASSWORD, role: 'CUSTOMER' }), 201);
  is(await v1('POST', 'email-verification-confirm', { email, otp: codeIn(await s.box.next(email)) }), 200);
  const { tokens } = is(await v1('POST', 'login', { email, password: PASSWORD }), 200).body;
  is(await v1('GET', 'profile', undefined, { bearer: tokens.access }), 200);
  const next = is(await v1('POST', 'token/refresh', { refresh: tokens.refresh }), 200).body;
  is(await v1('GET', 'profile', undefined, { bearer: next.access }), 200);
  is(await v1('POST', 'logout', { refresh: next.refresh }), 200);
  is(await v1('POST', 'token/refresh', { refresh: next.refresh }), 401, 'token_not_valid');
  is(await v1('GET', 'profile', undefined, { bearer: next.access }), 401, 'token_not_valid');
});
