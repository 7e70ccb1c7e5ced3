// GET, PUT, PATCH /users/me: rows 17 and 18 of the auth surface.
import { test, before, after } from 'node:test';
import { stage, assert, is, someone, someName, somePhone } from './lib.mjs';

let s;
before(async () => { s = await stage(); });
after(() => s?.end());
const change = (m, body, method = 'PATCH') => s.api(method, '/users/me', body, { bearer: m.access_token });
const mine = async (m) => is(await s.me(m.access_token), 200).body;

test('row 17: the user behind the token, with the documented members', async () => {
  const m = await s.signup({ full_name: 'Ada', username: someName() }), me = await mine(m);
  const { updated_at: a, last_login_at: b, ...stable } = me, { updated_at: c, last_login_at: d, ...first } = m.user;
  assert.deepEqual(stable, first);
});

for (const method of ['PUT', 'PATCH'])
  test(`row 18: ${method} changes only what is sent`, async () => {
    const m = await s.signup({ full_name: 'Ada', username: someName() }), username = someName(), phone = somePhone();
    const r = is(await change(m, { full_name: '山田太郎' }, method), 200).body;
    assert.deepEqual([r.full_name, r.username, r.phone], ['山田太郎', m.user.username, null]);
    assert.ok(r.updated_at >= m.user.updated_at);
    is(await change(m, { username }, method), 200);
    is(await change(m, { phone }, method), 200);
    is(await change(m, {}, method), 200);
    const me = await mine(m);
    assert.deepEqual([me.full_name, me.username, me.phone, me.is_phone_verified], ['山田太郎', username, phone, false]);
    assert.deepEqual([me.created_at, me.id, me.email], [m.user.created_at, m.user.id, m.email]);
  });

test('nothing else can be written: privileges, the e-mail, ids and times stay', async () => {
  const m = await s.signup(), was = await mine(m);
  const grab = { role: 'ADMIN', Role: 'ADMIN', roles: ['ADMIN'], is_admin: true, is_email_verified: true, is_phone_verified: true,
    email_verified: true, kyc_status: 'approved',
    status: 'active', mfa_enabled: true, email: someone(), id: '00000000-0000-7000-8000-000000000000',
      user_id: '00000000-0000-7000-8000-000000000000',
    created_at: '2001-01-01T00:00:00Z', last_login_at: '2001-01-01T00:00:00Z', user: { role: 'ADMIN' }, password_hash: 'x' };
  for (const method of ['PUT', 'PATCH']) is(await change(m, grab, method), 200);
  const { updated_at: a, ...now } = await mine(m), { updated_at: b, ...then } = was;
  assert.deepEqual(now, then);
});

test('field errors name the field and change nothing', async () => {
  const m = await s.signup({ full_name: 'Ada' });
  for (const [field, values] of Object.entries({
    full_name: ['', 'x'.repeat(201), 'a\nb', 'a\u0000b', 7, ['x'], { a: 1 }, true],
    username: ['ab', 'x'.repeat(33), 'a b', 'a@b.c', '+4930123456', 7],
    phone: ['030123456', '+49', '+49 30 123456', 4930123456, ['+4930123456']],
  }))
    for (const value of values) {
      const r = is(await change(m, { [field]: value, ...(field === 'full_name' ? {} : { full_name: 'Changed' }) }), 400, 'invalid',
        `${field} ${JSON.stringify(value)}`);
      assert.deepEqual(Object.keys(r.body.errors), [field]);
    }
  assert.equal((await mine(m)).full_name, 'Ada', 'all or nothing');
});

test('a taken username: 409 with the field named; the own one in another case is fine', async () => {
  const username = someName(), holder = await s.signup({ username }), m = await s.signup({ full_name: 'Ada' });
  const r = is(await change(m, { username: username.toUpperCase(), full_name: 'Changed' }), 409, 'already_taken');
  assert.ok(r.body.errors.username, r.text);
  assert.equal((await mine(m)).full_name, 'Ada');
  assert.equal(is(await change(holder, { username: username.toUpperCase() }), 200).body.username, username.toUpperCase());
});

test('phone: unique among verified ones only, so an unproven one may be shared', async () => {
  const phone = somePhone(), a = await s.signup({ phone }), b = await s.signup();
  assert.equal(is(await change(b, { phone }), 200).body.phone, phone);
  assert.equal((await mine(a)).phone, phone);
});

test('null either clears a member or is refused; no other meaning', async () => {
  const m = await s.signup({ full_name: 'Ada' });
  for (const field of ['full_name', 'phone', 'username']) {
    const r = await change(m, { [field]: null });
    if (r.status === 200) assert.equal(r.body[field], null);
    else is(r, 400, 'invalid');
  }
});

test('no token: 401 before the body is read', async () => {
  for (const method of ['GET', 'PUT', 'PATCH']) {
    is(await s.api(method, '/users/me'), 401, 'not_authenticated');
    if (method === 'GET') continue;
    is(await s.api(method, '/users/me', undefined, { raw: '{broken', headers: { 'content-type': 'application/json' } }), 401,
      'not_authenticated');
    is(await s.api(method, '/users/me', { full_name: '' }, { bearer: 'x' }), 401, 'invalid_token');
  }
});

test("the change is the bearer's, whatever ids stand in body or query", async () => {
  const victim = await s.signup({ full_name: 'Victim' }), m = await s.signup();
  is(await s.api('PATCH', `/users/me?user_id=${victim.user.id}`, { id: victim.user.id, user_id: victim.user.id, email: victim.email,
    full_name: 'Changed' }, { bearer: m.access_token }), 200);
  assert.equal((await mine(victim)).full_name, 'Victim');
});

test('what was changed survives a kill -9', async () => {
  const m = await s.signup();
  is(await change(m, { full_name: 'Kept' }), 200);
  await s.app.kill();
  await s.app.restart();
  assert.equal((await mine(m)).full_name, 'Kept');
});
