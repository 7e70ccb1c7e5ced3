// One account, three surfaces (7-states.md), tokens of mails at every path, and surfaces.enabled.
import { test, before, after } from 'node:test';
import { stage, assert, is, claims, someone, someName, tokenIn, linkIn, timely, PASSWORD } from './lib.mjs';
import { formAt, press } from './page.mjs';

let s;
before(async () => { s = await stage(); });
after(() => s?.end());
const NEW = 'new-Horse-battery-staple';
const keys = (o) => Object.keys(o).sort();
const JSON_ONLY = { headers: { accept: 'application/json' } };
/** What one surface calls things. tokens(body) → { access, refresh, ...its user }. */
const NAMES = {
  v1: {
    login: '/api/v1/login/', refresh: '/api/v1/token/refresh/', logout: '/api/v1/logout/', me: '/api/v1/profile/', all: '/api/v1/logout-all/',
    of: (refresh) => ({ refresh }), pair: (b) => [(b.tokens ?? b).access, (b.tokens ?? b).refresh], user: (b) => b.profile, bad: 'token_not_valid',
    refreshed: ['access', 'access_expires_at', 'refresh', 'refresh_expires_at', 'sub'], bye: (b) => assert.deepEqual(keys(b), ['detail']),
  },
  api: {
    login: '/api/auth/login', refresh: '/api/auth/refresh', logout: '/api/auth/logout', me: '/api/users/me', all: '/api/auth/logout-all',
    of: (refresh_token) => ({ refresh_token }), pair: (b) => [b.access_token, b.refresh_token], user: (b) => b.user, bad: 'invalid_token',
    refreshed: ['access_token', 'expires_in', 'refresh_token', 'token_type'], bye: (b) => assert.deepEqual(b, { message: 'Logged out successfully' }),
  },
  auth: {
    login: '/auth/login', refresh: '/auth/token/refresh', logout: '/auth/logout', me: '/users/me', all: '/auth/logout-all',
    of: (refresh_token) => ({ refresh_token }), pair: (b) => [b.access_token, b.refresh_token], user: (b) => b.user, bad: 'invalid_token',
    refreshed: ['access_token', 'expires_in', 'refresh_expires_in', 'refresh_token', 'session_id', 'token_type'],
    bye: (b) => assert.deepEqual(keys(b), ['message']),
  },
};
const all = Object.entries(NAMES);
/** Makes somebody unproven on a surface; the token of the mail. */
const MAKE = {
  v1: async () => { const m = await s.register(); return { email: m.email, token: tokenIn(await s.box.next(m.email)) }; },
  api: async () => s.preregister(),
  auth: async () => { const m = await s.signup(); return { email: m.email, token: tokenIn(await s.box.next(m.email)) }; },
};
const VERIFY = {
  v1: [(token) => s.api('POST', '/api/v1/email-verification-confirm/', { token }), ['profile']],
  'api POST': [(token) => s.api('POST', '/api/auth/verify', { token }), ['message']],
  'api GET': [(token) => s.api('GET', '/api/auth/verify?token=' + token, undefined, JSON_ONLY), ['message']],
  'auth POST': [(token) => s.api('POST', '/auth/email/verify', { token }), ['user']],
  'auth GET': [(token) => s.api('GET', '/auth/email/verify?token=' + token, undefined, JSON_ONLY), ['user']],
};
const RESET = {
  v1: [(token) => s.api('POST', '/api/v1/password-reset/confirm/', { token, new_password: NEW }), ['detail'], '/api/v1/password-reset/request/'],
  api: [(token) => s.api('POST', '/api/auth/password/reset', { token, password: NEW }), ['message'], '/api/auth/password/forgot'],
  auth: [(token) => s.api('POST', '/auth/password/reset', { token, new_password: NEW }), ['message'], '/auth/password/reset-request'],
};

for (const [maker, make] of Object.entries(MAKE))
  test(`an account made on ${maker} signs in on all; an access token of any is good on all; one id everywhere`, async () => {
    const m = await make(), ids = new Set();
    is(await VERIFY['auth POST'][0](m.token), 200);
    for (const [, at] of all) {
      const r = is(await s.api('POST', at.login, { email: m.email, password: PASSWORD }), 200).body, [access] = at.pair(r);
      ids.add(at.user(r).id).add(claims(access).sub);
      for (const [, there] of all) ids.add(is(await s.api('GET', there.me, undefined, { bearer: access }), 200).body.id);
    }
    assert.equal(ids.size, 1);
  });

for (const [begun, at] of all)
  test(`a session begun on ${begun} is refreshed and ended by every surface, each in its own shape`, async () => {
    const m = await s.member();
    for (const [, ended] of all) {
      const first = is(await s.api('POST', at.login, { email: m.email, password: PASSWORD, device_id: 'd' }), 200).body;
      let [access, refresh] = at.pair(first);
      const issued = [access], { sid } = claims(access);
      for (const [name, by] of all) {
        is(await s.api('POST', by.refresh, by.of(refresh)), 401, by.bad, 'without its device');
        const r = is(await s.api('POST', by.refresh, { ...by.of(refresh), device_id: 'd' }), 200, undefined, name).body;
        assert.deepEqual(keys(r), by.refreshed);
        [access, refresh] = by.pair(r);
        issued.push(access);
        assert.equal(claims(access).sid, sid);
      }
      for (const token of issued) for (const [, by] of all) is(await s.api('GET', by.me, undefined, { bearer: token }), 200);
      const { items } = is(await s.api('GET', '/api/v1/sessions/', undefined, { bearer: access }), 200).body;
      assert.equal(items.find((i) => i.current).token_id, sid);
      ended.bye(is(await s.api('POST', ended.logout, ended.of(refresh)), 200).body);
      for (const [, by] of all) {
        is(await s.api('GET', by.me, undefined, { bearer: access }), 401, by.bad);
        is(await s.api('POST', by.refresh, { ...by.of(refresh), device_id: 'd' }), 401, by.bad);
        is(await s.api('POST', by.logout, by.of(refresh)), 200, undefined, 'again, elsewhere');
        is(await s.api('POST', by.logout, by.of('garbage')), 401, by.bad);
      }
    }
  });

test('logout-all of one surface ends the sessions of all', async () => {
  const m = await s.member();
  for (const [, at] of all) {
    const access = [];
    for (const [, by] of all) access.push(by.pair(is(await s.api('POST', by.login, { email: m.email, password: PASSWORD }), 200).body)[0]);
    is(await s.api('POST', at.all, undefined, { bearer: access[0] }), 200);
    for (const token of access) for (const [, by] of all) is(await s.api('GET', by.me, undefined, { bearer: token }), 401, by.bad);
  }
});

for (const [maker, make] of Object.entries(MAKE))
  test(`a verification token of ${maker} is good at every path, which answers in its own shape; again 409 everywhere`, async () => {
    for (const [path, [verify, members]] of Object.entries(VERIFY)) {
      const m = await make(), r = is(await verify(m.token), 200, undefined, path);
      assert.deepEqual(keys(r.body), members, path);
      const user = r.body.profile ?? r.body.user;
      if (user) assert.deepEqual([user.email, user.is_email_verified], [m.email, true]);
      for (const [again, [repeat]] of Object.entries(VERIFY)) is(await repeat(m.token), 409, 'already_verified', `${path}, then ${again}`);
      is(await s.login(m.email), 200);
    }
  });

for (const [asked, [, , ask]] of Object.entries(RESET))
  test(`a reset token of ${asked} is good at every path, which answers in its own shape`, async () => {
    for (const [path, [reset, members]] of Object.entries(RESET)) {
      const m = await s.member();
      is(await s.api('POST', ask, { email: m.email }), 200);
      const token = tokenIn(await s.box.next(m.email));
      for (const [verify] of Object.values(VERIFY)) is(await verify(token), 400, undefined, 'a reset token verifies nothing');
      assert.deepEqual(keys(is(await reset(token), 200, undefined, path).body), members);
      for (const [again] of Object.values(RESET)) is(await again(token), 400);
      is(await s.login(m.email, { password: NEW }), 200);
    }
  });

test('a sign-up on one surface is taken on the others, once proven', async () => {
  for (const make of Object.values(MAKE)) {
    const { email, token } = await make();
    is(await VERIFY.v1[0](token), 200);
    is(await s.api('POST', '/api/v1/register/', { email, username: someName(), password: PASSWORD }), 409, 'already_taken');
    is(await s.api('POST', '/api/auth/register', { email, full_name: 'A', password: PASSWORD }), 409, 'already_taken');
    is(await s.api('POST', '/auth/signup', { email, password: PASSWORD }), 409, 'already_taken');
  }
});

test('wrong passwords count together: five over the surfaces, and the right one must wait on each', async () => {
  const t = await stage({ ALDGATE_THROTTLE_ENABLED: undefined }), at = { from: '127.38.0.1' };
  try {
    const m = await timely(async (before) => {
      const who = await t.member();
      let end;
      for (let i = 0; i < 5; i++) {
        end = Date.now() + 1000;
        is(await t.api('POST', all[i % 3][1].login, { email: who.email, password: PASSWORD + '?' }, at), 401, 'invalid_credentials');
      }
      for (const [, by] of all) {
        const r = is(await before(end, () => t.api('POST', by.login, { email: who.email, password: PASSWORD }, at)), 429, 'throttled');
        assert.ok(Number(r.headers.get('retry-after')) >= 1);
      }
      return who;
    });
    is(await t.api('POST', '/api/auth/login', { email: m.email, password: PASSWORD }, { from: '127.38.0.2' }), 200);
  } finally { await t.end(); }
});

/* ---- surfaces.enabled ---- */

const ROWS = {
  v1: ['POST /api/v1/register/', 'POST /api/v1/login/', 'POST /api/v1/token/refresh', 'GET /api/v1/profile/', 'POST /api/v1/password-reset/request/'],
  api: ['POST /api/auth/register', 'POST /api/auth/login', 'POST /api/auth/refresh', 'GET /api/users/me', 'POST /api/auth/password/forgot'],
  auth: ['POST /auth/signup', 'POST /auth/login', 'POST /auth/token/refresh', 'GET /users/me', 'POST /auth/password/reset-request',
    'POST /auth/password/change'],
};

for (const only of ['v1', 'api', 'auth'])
  test(`surfaces.enabled=${only}: the paths of the others are 404, what mails lead to works`, async () => {
    const t = await stage({ ALDGATE_SURFACES_ENABLED: only });
    try {
      for (const [name, rows] of Object.entries(ROWS)) for (const row of rows) {
        const [method, path] = row.split(' '), r = await t.api(method, path, method === 'GET' ? undefined : {}, { check: false });
        assert.equal(r.status === 404, name !== only, `${row} → ${r.status}`);
      }
      const at = NAMES[only];
      const join = async () => {
        const who = { email: someone(), password: PASSWORD };
        const [path, body] = { v1: ['/api/v1/register/', { ...who, username: someName() }], api: ['/api/auth/register', { ...who, full_name: 'A' }],
          auth: ['/auth/signup', who] }[only];
        const r = await t.api('POST', path, body);
        assert.ok([200, 201].includes(r.status), r.text);
        return { ...who, mail: await t.box.next(who.email) };
      };
      const login = (who, password = PASSWORD) => t.api('POST', at.login, { email: who.email, password });
      const a = await join(), b = await join(), c = await join();
      is(await press(t, await formAt(t, linkIn(a.mail), /verify/)), 200);
      is(await login(a), 200, undefined, 'the page of the mail proved it');
      is(await t.api('GET', linkIn(b.mail).slice(t.app.base.length), undefined, JSON_ONLY), 200, undefined, 'its path by an API client');
      is(await login(b), 200);
      const undo = c.mail.text.match(/https?:\S+\/undo\?\S+/)?.[0] ?? `/undo?token=${tokenIn(c.mail)}`;
      is(await press(t, await formAt(t, undo)), 200);
      is(await login(c), 401, 'invalid_credentials');
      is(await t.api('POST', RESET[only][2], { email: a.email }), 200);
      const form = await formAt(t, linkIn(await t.box.next(a.email))), { name } = form.inputs.find((i) => i.type === 'password');
      is(await press(t, form, { [name]: NEW }), 200);
      const session = is(await login(a, NEW), 200).body;
      const out = { v1: '/api/v1/logout-all/', api: '/auth/logout-all', auth: '/auth/logout-all' }[only]; // the seed of api writes it so
      is(await t.api('POST', out, undefined, { bearer: at.pair(session)[0] }), 200);
      for (const path of ['/healthz', '/.well-known/jwks.json', '/openapi.json']) is(await t.api('GET', path), 200);
    } finally { await t.end(); }
  });

test('surfaces.enabled: several', async () => {
  const t = await stage({ ALDGATE_SURFACES_ENABLED: 'v1,api' });
  try {
    const m = await t.register(), p = await t.preregister();
    for (const token of [tokenIn(await t.box.next(m.email)), p.token]) is(await t.api('POST', '/api/auth/verify', { token }), 200);
    is(await t.api('POST', '/auth/login', { email: m.email, password: PASSWORD }, { check: false }), 404, 'not_found');
    is(await t.api('POST', '/api/auth/login', { email: m.email, password: PASSWORD }), 200);
  } finally { await t.end(); }
});
