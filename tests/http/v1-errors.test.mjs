// v1: paths with the slash and without, the shape of errors as Django clients read them, and what stands before every row.
import { test, before, after } from 'node:test';
import { stage, assert, is, someone, someName, codeIn, tokenIn, PASSWORD, WRONG } from './lib.mjs';

let s;
before(async () => { s = await stage(); });
after(() => s?.end());
const OWN = ['type', 'title', 'status', 'detail', 'code', 'errors', 'request_id'];
const keys = (o) => Object.keys(o).sort();

test('every row answers alike with the trailing slash and without, and never redirects', async () => {
  for (const slash of ['', '/']) {
    const at = async (method, path, body, o, status = 200) => is(await s.api(method, `/api/v1/${path}${slash}`, body, o), status, undefined, path);
    const email = someone(), { profile, tokens } = (await at('POST', 'register', { username: someName(), email, password: PASSWORD }, {}, 201)).body;
    const bearer = tokens.access, mail = await s.box.next(email);
    assert.equal(profile.email, email);
    await at('POST', 'email-verification-request', { email });
    await at('POST', 'email-verification-resend', undefined, { bearer });
    await s.box.next(email);
    const last = await s.box.next(email);
    assert.notEqual(codeIn(last) + tokenIn(last), codeIn(mail) + tokenIn(mail));
    await at('POST', 'email-verification-confirm', { otp: codeIn(last) }, { bearer });
    for (const path of ['profile', 'me']) {
      await at('GET', path, undefined, { bearer });
      for (const method of ['PUT', 'PATCH']) await at(method, path, { full_name: 'A' }, { bearer });
    }
    const login = async (extra) => (await at('POST', 'login', { email, password: PASSWORD, ...extra })).body.tokens;
    await at('POST', 'token/refresh', { refresh: (await login()).refresh });
    await at('POST', 'refresh', { refresh: (await login()).refresh });
    await at('POST', 'logout', { refresh: (await login()).refresh });
    await login({ device_id: 'd' });
    const session = (await at('GET', 'sessions', undefined, { bearer })).body.items[0].token_id;
    await at('DELETE', 'sessions/' + session, undefined, { bearer }, 204);
    const device = (await at('GET', 'devices', undefined, { bearer })).body.items[0].id;
    await at('DELETE', 'devices/' + device, undefined, { bearer }, 204);
    await at('POST', 'password/change', { old_password: PASSWORD, new_password: PASSWORD + '!' }, { bearer });
    await at('POST', 'password-reset/request', { email });
    await at('POST', 'password-reset/confirm', { token: tokenIn(await s.box.next(email)), new_password: PASSWORD });
    await at('POST', 'logout-all', undefined, { bearer: (await login()).access });
    await at('GET', 'profile', undefined, { bearer }, 401);
  }
});

test('field errors stand in errors and at the top; the members of the problem win', async () => {
  const r = is(await s.api('POST', '/api/v1/register/', { email: 'x', username: 'a b', password: 'short', phone: '1' }), 400, 'invalid');
  assert.deepEqual(keys(r.body.errors), ['email', 'password', 'phone', 'username']);
  for (const [field, messages] of Object.entries(r.body.errors)) {
    assert.ok(Array.isArray(messages) && messages.length && messages.every((m) => typeof m === 'string' && m), field);
    assert.deepEqual(r.body[field], messages);
  }
  assert.deepEqual(keys(r.body), [...OWN, ...keys(r.body.errors)].sort(), 'and nothing else');
  assert.deepEqual([r.body.status, r.body.code, r.body.type], [400, 'invalid', 'about:blank']);
  const own = is(await s.api('POST', '/api/v1/email-verification-confirm/', { code: 5, email: someone() }), 400, 'invalid');
  assert.deepEqual([own.body.code, typeof own.body.detail, own.body.status], ['invalid', 'string', 400]);
  assert.ok(own.body.errors.code ?? own.body.errors.otp, own.text);
  assert.equal(own.headers.get('content-type').split(';')[0], 'application/problem+json');
});

test('other surfaces keep them in errors alone, and errors without fields have no such members', async () => {
  const r = is(await s.api('POST', '/auth/signup', { email: 'x', password: 'short' }), 400, 'invalid');
  assert.deepEqual(keys(r.body), [...OWN].sort());
  const a = is(await s.api('POST', '/api/auth/register', { email: 'x', full_name: 'a\nb', password: 'short' }), 400, 'invalid');
  assert.deepEqual(keys(a.body), [...OWN].sort());
  const plain = is(await s.api('POST', '/api/v1/login/', { email: someone(), password: WRONG }), 401, 'invalid_credentials');
  assert.deepEqual(keys(plain.body), OWN.filter((m) => m !== 'errors').sort());
});

test('protected rows without a good access token: 401 with WWW-Authenticate, token_not_valid for a bad one', async () => {
  const { tokens } = await s.register(), id = '0190a000-0000-7000-8000-000000000000';
  for (const row of ['POST logout-all', 'POST password/change', 'GET profile', 'PUT profile', 'PATCH profile', 'GET me', 'PUT me', 'PATCH me',
    'GET devices', `DELETE devices/${id}`, 'GET sessions', `DELETE sessions/${id}`, 'POST email-verification-request',
    'POST email-verification-resend', 'POST email-verification-confirm']) {
    const [method, path] = row.split(' '), body = /confirm/.test(path) ? { otp: '123456' } : /P/.test(method) ? {} : undefined;
    const none = is(await s.api(method, `/api/v1/${path}/`, body), 401, undefined, row);
    assert.match(none.headers.get('www-authenticate'), /^Bearer/, row);
    for (const bad of ['garbage', tokens.refresh, tokens.access.slice(0, -4) + 'AAAA']) {
      const r = is(await s.api(method, `/api/v1/${path}/`, body, { bearer: bad }), 401, 'token_not_valid', row);
      assert.match(r.headers.get('www-authenticate'), /^Bearer/, row);
    }
    is(await s.api(method, `/api/v1/${path}/`, body, { headers: { authorization: 'Basic dTpw' } }), 401, undefined, row);
  }
});

test('405 with Allow, 404, 415, malformed bodies', async () => {
  for (const [method, path, allow] of [['GET', 'login/', /POST/], ['DELETE', 'profile/', /GET.*PUT|PUT.*GET/], ['POST', 'sessions/', /GET/],
    ['PUT', 'password/change/', /POST/], ['GET', 'token/refresh', /POST/]])
    assert.match(is(await s.api(method, '/api/v1/' + path), 405, 'method_not_allowed', path).headers.get('allow'), allow, path);
  for (const path of ['', 'nothing/', 'login//', 'login/x/', 'profile/0190a000-0000-7000-8000-000000000000/', 'token/', '../v1/x'])
    is(await s.api('POST', '/api/v1/' + path, {}), 404, 'not_found', path);
  const { email } = await s.register(), form = { 'content-type': 'application/x-www-form-urlencoded' };
  for (const path of ['login/', 'register/', 'password-reset/confirm/', 'email-verification-confirm/'])
    is(await s.api('POST', '/api/v1/' + path, undefined, { raw: `email=${email}&password=${PASSWORD}`, headers: { ...form, origin: s.app.base } }),
      415, 'unsupported_media_type', path);
  const json = { 'content-type': 'application/json' };
  for (const raw of ['{', '[]', '"x"', 'null', '{"email":"a@b.c","email":"a@b.c"}', '{"email":"\xff"}', '['.repeat(40)])
    is(await s.api('POST', '/api/v1/login/', undefined, { raw: Buffer.from(raw, 'latin1'), headers: json }), 400, undefined, raw);
  is(await s.api('POST', '/api/v1/login/', undefined, { raw: '{"email":"' + 'a'.repeat(70000) + '"}', headers: json }), 413, 'too_large');
  const nul = is(await s.api('POST', '/api/v1/login/', { email: 'a\u0000@example.com', password: PASSWORD }), 400, 'invalid');
  assert.deepEqual(nul.body.email, nul.body.errors.email);
});
