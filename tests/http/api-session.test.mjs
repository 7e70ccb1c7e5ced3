// api: login, refresh, me and logout, with the answers that the seed shows (3-surface-api.md).
import { test, before, after } from 'node:test';
import { stage, assert, is, claims, someone, somePhone, tokenIn, PASSWORD, WRONG } from './lib.mjs';

let s;
before(async () => { s = await stage(); });
after(() => s?.end());
const auth = (path, body, o) => s.api('POST', '/api/auth/' + path, body, o);
const me = (bearer, method = 'GET', body) => s.api(method, '/api/users/me', body, { bearer });
const keys = (o) => Object.keys(o).sort();
async function member(extra) {
  const m = await s.preregister(extra);
  is(await s.api('GET', '/api/auth/verify?token=' + m.token), 200);
  return m;
}
const login = async (m, extra = {}) => is(await auth('login', { email: m.email, password: m.password, ...extra }), 200).body;
const dead = async (t, why) => {
  is(await me(t.access_token), 401, 'invalid_token', why);
  is(await auth('refresh', { refresh_token: t.refresh_token }), 401, 'invalid_token', why);
};

test('login: 200 with exactly what is documented', async () => {
  const m = await member({ full_name: 'John Doe' });
  const r = await login(m, { device_id: 'web_chrome_xyz' });
  assert.deepEqual(keys(r), ['access_token', 'expires_in', 'refresh_token', 'token_type', 'user']);
  assert.deepEqual(r.user, { id: claims(r.access_token).sub, email: m.email, full_name: 'John Doe', role: 'CUSTOMER' });
  assert.equal(r.token_type, 'Bearer');
  assert.equal(r.expires_in, claims(r.access_token).exp - claims(r.access_token).iat);
  await login({ ...m, email: ` ${m.email.toUpperCase()} ` });
});

test('login: 400, 401 one for unknown and wrong, 403 email_not_verified and account_locked for the right password only', async () => {
  const m = await member(), unproven = await s.register(), answers = [];
  for (const body of [{}, { email: m.email }, { password: PASSWORD }, { email: 5, password: PASSWORD }, { email: m.email, password: 5 },
    { email: m.email, password: PASSWORD, device_id: 'x'.repeat(129) }])
    is(await auth('login', body), 400, 'invalid', JSON.stringify(body));
  for (const email of [m.email, someone('nobody'), unproven.email]) {
    const r = is(await auth('login', { email, password: WRONG }), 401, 'invalid_credentials');
    delete r.body.request_id;
    answers.push(r.body);
  }
  for (const a of answers) assert.deepEqual(a, answers[0]);
  is(await auth('login', { email: unproven.email, password: PASSWORD }), 403, 'email_not_verified');
  await s.lock(m.email);
  is(await auth('login', { email: m.email, password: WRONG }), 401, 'invalid_credentials');
  is(await auth('login', { email: m.email, password: PASSWORD }), 403, 'account_locked');
});

test('refresh: 200 with a rotated pair; garbage, a missing or another device_id: 401 and nothing changes', async () => {
  const m = await member(), t = await login(m, { device_id: 'web_chrome_xyz' }), device_id = 'web_chrome_xyz';
  for (const extra of [{}, { device_id: 'other' }]) is(await auth('refresh', { refresh_token: t.refresh_token, ...extra }), 401, 'invalid_token');
  for (const bad of ['garbage', t.access_token, t.refresh_token + 'A']) is(await auth('refresh', { refresh_token: bad, device_id }), 401, 'invalid_token');
  is(await auth('refresh', {}), 400, 'invalid');
  const r = is(await auth('refresh', { refresh_token: t.refresh_token, device_id }), 200).body;
  assert.deepEqual(keys(r), ['access_token', 'expires_in', 'refresh_token', 'token_type']);
  assert.notEqual(r.refresh_token, t.refresh_token);
  assert.notEqual(r.access_token, t.access_token);
  assert.equal(is(await auth('refresh', { refresh_token: t.refresh_token, device_id }), 200).body.refresh_token, r.refresh_token, 'in grace');
  for (const a of [t, r]) is(await me(a.access_token), 200);
  is(await auth('refresh', { refresh_token: r.refresh_token, device_id }), 200);
  is(await auth('refresh', { refresh_token: t.refresh_token, device_id }), 401, 'invalid_token', 'reuse');
  is(await me(r.access_token), 401, 'invalid_token');
});

test('users/me: exactly five members; PUT and PATCH answer the same plus phone', async () => {
  const m = await member({ full_name: 'John Doe' }), t = await login(m), phone = somePhone();
  const five = { id: t.user.id, email: m.email, full_name: 'John Doe', role: 'CUSTOMER', is_email_verified: true };
  assert.deepEqual(is(await me(t.access_token), 200).body, five);
  for (const method of ['PUT', 'PATCH']) {
    assert.deepEqual(is(await me(t.access_token, method, { full_name: method }), 200).body, { ...five, full_name: method, phone: null });
    assert.deepEqual(is(await me(t.access_token, method, { role: 'ADMIN', email: someone(), is_email_verified: false, id: 'x', kyc_status: 'approved' }),
      200).body, { ...five, full_name: method, phone: null });
  }
  assert.deepEqual(is(await me(t.access_token, 'PATCH', { phone }), 200).body, { ...five, full_name: 'PATCH', phone });
  assert.deepEqual(is(await me(t.access_token), 200).body, { ...five, full_name: 'PATCH' });
  assert.equal(is(await me(t.access_token, 'PATCH', { phone: null }), 200).body.phone, null);
});

test('users/me: 400 for bad fields and a wrong password, 401 without a token', async () => {
  const m = await member(), t = await login(m);
  for (const method of ['PUT', 'PATCH']) {
    for (const [body, field] of [[{ full_name: 'a\nb' }, 'full_name'], [{ phone: '030' }, 'phone'], [{ full_name: 5 }, 'full_name'],
      [{ phone: somePhone(), password: WRONG }, 'password']]) {
      const r = is(await me(t.access_token, method, body), 400, 'invalid', JSON.stringify(body));
      assert.deepEqual(keys(r.body.errors), [field]);
    }
    is(await me('garbage', method, { full_name: 'a\nb' }), 401, 'invalid_token');
    is(await me(undefined, method, {}), 401, 'not_authenticated');
  }
  assert.match(is(await me(), 401, 'not_authenticated').headers.get('www-authenticate'), /^Bearer/);
  is(await me(t.refresh_token), 401, 'invalid_token');
});

test('logout: the seed’s message; tokens are dead; again 200; 401 for what is no token of ours', async () => {
  const m = await member(), t = await login(m, { device_id: 'd' }), other = await login(m);
  assert.deepEqual(is(await auth('logout', { refresh_token: t.refresh_token }), 200).body, { message: 'Logged out successfully' });
  is(await me(t.access_token), 401, 'invalid_token');
  is(await auth('refresh', { refresh_token: t.refresh_token, device_id: 'd' }), 401, 'invalid_token');
  is(await auth('logout', { refresh_token: t.refresh_token }), 200);
  for (const refresh_token of ['garbage', other.access_token, '']) {
    const r = await auth('logout', { refresh_token });
    assert.ok(r.status === 401 || (refresh_token === '' && r.status === 400), r.text);
  }
  is(await auth('logout', {}), 400, 'invalid');
  is(await me(other.access_token), 200);
});

for (const path of ['/api/auth/logout-all', '/auth/logout-all'])
  test(`${path}: the seed’s message, all sessions are over, device_id not needed`, async () => {
    const m = await member(), all = [await login(m, { device_id: 'a' }), await login(m, { device_id: 'b' }), await login(m)];
    is(await s.api('POST', path), 401, 'not_authenticated');
    is(await s.api('POST', path, {}, { bearer: 'garbage' }), 401, 'invalid_token');
    const r = is(await s.api('POST', path, undefined, { bearer: all[1].access_token }), 200);
    assert.deepEqual(r.body, { message: 'All sessions revoked' });
    for (const t of all) await dead(t);
    await login(m);
  });

test('with the trailing slash and without; 404 and 405', async () => {
  const m = await s.preregister(), slash = (path, body, o) => s.api('POST', `/api/auth/${path}/`, body, o);
  is(await slash('register', { email: someone(), full_name: 'A', password: PASSWORD }), 200);
  is(await slash('resend-verification', { email: m.email }), 200);
  is(await s.api('GET', '/api/auth/verify/?token=' + tokenIn(await s.box.next(m.email))), 200);
  is(await slash('verify', { token: (await s.preregister()).token }), 200);
  const t = is(await slash('login', m), 200).body;
  const next = is(await slash('refresh', { refresh_token: t.refresh_token }), 200).body;
  is(await s.api('GET', '/api/users/me/', undefined, { bearer: next.access_token }), 200);
  for (const method of ['PUT', 'PATCH']) is(await s.api(method, '/api/users/me/', { full_name: 'B' }, { bearer: next.access_token }), 200);
  is(await slash('password/forgot', { email: m.email }), 200);
  is(await slash('password/reset', { token: tokenIn(await s.box.next(m.email)), password: PASSWORD + '2' }), 200);
  const again = is(await slash('login', { ...m, password: PASSWORD + '2' }), 200).body;
  is(await slash('logout-all', undefined, { bearer: again.access_token }), 200);
  is(await slash('logout', { refresh_token: again.refresh_token }), 200);
  assert.match(is(await s.api('GET', '/api/auth/login'), 405, 'method_not_allowed').headers.get('allow'), /POST/);
  assert.match(is(await s.api('DELETE', '/api/users/me'), 405, 'method_not_allowed').headers.get('allow'), /GET/);
  is(await s.api('POST', '/api/auth/nothing', {}), 404, 'not_found');
  is(await s.api('GET', '/api/users/' + t.user.id, undefined, { bearer: t.access_token }), 404, 'not_found');
  is(await auth('login', undefined, { raw: `email=${m.email}`, headers: { 'content-type': 'application/x-www-form-urlencoded' } }), 415);
});
