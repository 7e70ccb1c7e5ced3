// The gate: who passes and who does not, in both forms, by whatever request a proxy forwards.
import { test, before, after } from 'node:test';
import { createHmac, randomBytes } from 'node:crypto';
import { stage, assert, is, header, claims, encode, rawRequest, bytesOf, someName, PASSWORD } from './lib.mjs';
import { manners } from './shape.mjs';
import { secret } from './signed.mjs';
import { approved, submitted, decided } from './applicant.mjs';

const SECRET = randomBytes(32).toString('hex'), hook = secret();
const IDENTITY = ['x-user-id', 'x-user-role', 'x-user-email', 'x-kyc-status', 'x-session-id'];
let s, admin;
before(async () => {
  s = await stage({ ALDGATE_TOKEN_ALG: 'HS256', ALDGATE_TOKEN_HS256_SECRET: SECRET, ALDGATE_MFA_REQUIRED_ROLES: 'KYC_REVIEWER',
    ALDGATE_SERVER_CORS_ORIGINS: 'https://app.example', ALDGATE_KYC_WEBHOOK_SECRETS: hook.text });
  admin = await s.member();
  await s.operator(['set-role', admin.email, 'ADMIN']);
});
after(() => s?.end());

const gate = (m, words, o) => s.api('GET', '/gate?require=' + words, undefined, { bearer: m.access_token, ...o });
const byPath = (m, words, rest = '/index.html?x=y', o) => s.api('GET', `/gate/require/${words}${rest}`, undefined, { bearer: m.access_token, ...o });
const asAdmin = (path, body) => s.api('POST', '/admin' + path, body, { bearer: admin.access_token });
const bearer = (m) => 'Authorization: Bearer ' + m.access_token;

/** A pass tells who; a refusal tells nothing of them. */
function verdict(r, want, why) {
  const told = IDENTITY.filter((name) => r.headers.get(name) !== null);
  assert.equal(r.status < 300 ? 'pass' : r.body.code, want, `${why}: ${r.status} ${r.text}`);
  assert.deepEqual(told, want === 'pass' ? IDENTITY : [], why);
  assert.equal(r.headers.get('x-gate-code'), want === 'pass' ? null : want, why);
  assert.match(r.headers.get('cache-control'), /no-store/);
  return r;
}

/** The same by both forms. */
async function both(m, words, want, why = words) {
  const q = verdict(await gate(m, words), want, why), p = verdict(await byPath(m, words), want, why + ' by path');
  if (want === 'pass') assert.deepEqual([q.status, p.status], [204, 200], why);
  else assert.equal(p.status, q.status, why);
  return q;
}

const WORDS = ['session', 'email', 'kyc', 'role:SELLER', 'role:SELLER|ADMIN', 'role:seller%7Cadmin', 'email,kyc,role:SELLER', 'email,session'];
const [E, K, R, OK] = ['email_not_verified', 'kyc_required', 'role_required', 'pass'];
const SAME = (code) => WORDS.map(() => code);

test('who passes what: requirement by state', async (t) => {
  const device = someName(), blocked = await s.member({ device_id: device, role: 'SELLER' }), reviewer = await s.member();
  const locked = await s.member(), gone = await s.member(), left = await s.member(), expired = await s.member();
  await asAdmin('/devices/block', { device_id: device, reason: 'test' });
  await s.operator(['set-role', reviewer.email, 'KYC_REVIEWER']);
  await s.lock(locked.email);
  is(await s.api('DELETE', '/users/me', { password: PASSWORD }, { bearer: gone.access_token }), 202);
  is(await s.api('POST', '/auth/logout', {}, { bearer: left.access_token }), 200);
  const past = Math.floor(Date.now() / 1000) - 40, text = `${encode(header(expired.access_token))}.${encode({ ...claims(expired.access_token), exp: past })}`;
  expired.access_token = `${text}.${createHmac('sha256', SECRET).update(text).digest('base64url')}`;
  const papersIn = await s.member({ role: 'SELLER' }), rejected = await s.member(), again = await s.member();
  await submitted(s, papersIn);
  await decided(s, hook.key, await submitted(s, rejected), 'rejected');
  await decided(s, hook.key, await submitted(s, again), 'resubmit');
  const rows = {
    'papers submitted': [papersIn, [OK, OK, K, OK, OK, OK, K, OK]],
    'papers rejected': [rejected, [OK, OK, K, R, R, R, K, OK]],
    'papers asked for again': [again, [OK, OK, K, R, R, R, K, OK]],
    'customer, approved': [await approved(s, hook.key, await s.member()), [OK, OK, OK, R, R, R, R, OK]],
    'seller, approved': [await approved(s, hook.key, await s.member({ role: 'SELLER' })), [OK, OK, OK, OK, OK, OK, OK, OK]],
    unverified: [await s.signup(), [OK, E, K, R, R, R, E, E]],
    customer: [await s.member(), [OK, OK, K, R, R, R, K, OK]],
    seller: [await s.member({ role: 'SELLER' }), [OK, OK, K, OK, OK, OK, K, OK]],
    admin: [admin, [OK, OK, K, R, OK, OK, K, OK]],
    'a role that must have a second factor': [reviewer, SAME('mfa_enrollment_required')],
    'device blocked': [blocked, SAME('device_blocked')],
    locked: [locked, SAME('invalid_token')],
    'deletion asked for': [gone, SAME('invalid_token')],
    'signed out': [left, SAME('invalid_token')],
    'token expired': [expired, SAME('invalid_token')],
    'a refresh token': [{ access_token: admin.refresh_token }, SAME('invalid_token')],
    'no token': [{}, SAME('not_authenticated')],
  };
  for (const [why, [m, wants]] of Object.entries(rows))
    await t.test(why, async () => { for (const [i, words] of WORDS.entries()) await both(m, words, wants[i], `${why}, ${words}`); });
});

test('what is told of who passes is what the store says now, not the token', async () => {
  const m = await s.member({ role: 'SELLER' }), told = (r) => IDENTITY.map((name) => r.headers.get(name));
  const want = [m.user.id, 'SELLER', m.email, 'none', m.session_id];
  for (const ask of [gate, byPath]) {
    const r = await ask(m, 'email,role:SELLER');
    assert.deepEqual(told(r), want);
    assert.equal(r.text, '');
  }
  is(await asAdmin('/assign-role', { email: m.email, role: 'ADMIN' }), 200);
  assert.equal(claims(m.access_token).role, 'SELLER');
  await both(m, 'role:SELLER', R);
  assert.equal((await both(m, 'role:ADMIN', OK)).headers.get('x-user-role'), 'ADMIN');
  const id = await submitted(s, m);
  await both(m, 'kyc', K);
  await decided(s, hook.key, id, 'approved', -60);
  assert.equal((await both(m, 'kyc', OK)).headers.get('x-kyc-status'), 'approved');
  assert.equal(claims(m.access_token).kyc, 'none');
  await decided(s, hook.key, id, 'rejected');
  await both(m, 'kyc', K);
  await s.lock(m.email);
  await both(m, 'session', 'invalid_token');
});

test('which words there are: anything else is 400, and 401 for who is not signed in', async () => {
  const bad = ['', ',', 'nonsense', 'email,', 'email,,kyc', 'Email', 'role:', 'role:NOBODY', 'role:ADMIN|', 'role:ADMIN,x', 'session%20', 'session;', 'email kyc',
    'session%00', 'session%2'];
  for (const words of bad)
    for (const path of [`/gate?require=${words}`, `/gate/require/${words}/x`]) {
      const ask = (lines) => rawRequest(s.app.port, bytesOf('GET', path.replace(' ', '+'), { headers: lines }));
      assert.ok(is(await ask([bearer(admin)]), 400, 'invalid', path).body.errors.require, path);
      is(await ask([]), 401, 'not_authenticated', path);
    }
  for (const query of ['', '?', '?require', '?other=session', '?require=session&require=session', '?require=kyc&%72equire=session', '?require=session&require=']) {
    is(await s.api('GET', '/gate' + query, undefined, { bearer: admin.access_token }), 400, 'invalid', query);
    is(await s.api('GET', '/gate' + query), 401, 'not_authenticated', query);
  }
  for (const query of ['?require=session', '?a=b&require=session', '?require=session&x', '?%72equire=sessio%6e', '?require=email%2Csession'])
    is(await s.api('GET', '/gate' + query, undefined, { bearer: admin.access_token }), 204, undefined, query);
});

test('the path is cut as it was sent: nothing behind the words changes them', async () => {
  const m = await s.member(), ask = (path, ...more) => rawRequest(s.app.port, bytesOf('GET', path, { headers: [bearer(m), ...more] }));
  for (const rest of ['', '/', '//', '/x', '/../../admin', '/../kyc', '/%2e%2e/%2e%2e/gate/require/kyc/', '/..%2f..%2fkyc', '/./x', '/\\..\\', '/;a=b', '/%', '/%zz', '/a//b',
    '?require=kyc', '/?require=kyc&require=nonsense', '/x?', '/gate/require/kyc', '/' + 'x'.repeat(4000)])
    is(await ask('/gate/require/session' + rest), 200, undefined, rest);
  for (const rest of ['/../session', '/../../require/session/', '/%2e%2e/session', '?x=/../session', '/..;/session', '//session'])
    is(await ask('/gate/require/kyc' + rest), 403, K, rest);
  for (const rest of ['session%2f..%2fadmin/', 'session%2F/', '../session', '..%2fsession', './session', '/session', '%2e/session', 'session\\x', 'session;x/y', 'kyc%2c/session'])
    is(await ask('/gate/require/' + rest), 400, 'invalid', rest);
  for (const path of ['/gate/require', '/gate/requires/session', '/gate/x', '/gate//require/session', '//gate/require/session', '/gate/../gate?require=session', '/gate%2frequire/session',
    '/GATE?require=session', '/gate;?require=session'])
    is(await ask(path), 404, 'not_found', path);
  is(await ask(`http://elsewhere.example/gate/require/kyc/session`), 403, K, 'a whole URL as target');
});

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'TRACE', 'REPORT', 'MKCOL'];

test('every method gets the verdict, OPTIONS from a browser too, never Allow or CORS', async () => {
  const browser = ['Origin: https://app.example', 'Access-Control-Request-Method: PUT', 'Access-Control-Request-Headers: x-a'];
  for (const method of METHODS)
    for (const [path, words] of [['/gate?require=', ''], ['/gate/require/', '/app']])
      for (const more of [[], browser])
        for (const [lines, require, want] of [[[bearer(admin)], 'session', words ? 200 : 204], [[bearer(admin)], 'kyc', 403], [[], 'session', 401], [[bearer(admin)], 'x', 400]]) {
          const r = await rawRequest(s.app.port, bytesOf(method, path + require + words, { headers: [...lines, ...more] }), { head: method === 'HEAD' });
          const why = `${method} ${path}${require} ${more.length}`;
          assert.equal(r.status, want, why);
          for (const name of ['allow', 'vary', 'access-control-allow-origin', 'access-control-allow-methods', 'access-control-expose-headers'])
            assert.equal(r.headers.get(name), null, `${why}: ${name}`);
          assert.equal(r.headers.get('x-user-id') !== null, want < 300, why);
          if (method !== 'HEAD') assert.deepEqual(manners(r), [], why);
        }
});

test('no body is waited for, read or judged; the connection stays in step', async () => {
  const chunk = (n) => `${n.toString(16)}\r\n${'x'.repeat(n)}\r\n`, next = `GET /gate?require=session HTTP/1.1\r\nHost: test\r\n${bearer(admin)}\r\n\r\n`;
  const types = ['application/json', 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'nonsense'];
  const bodies = [['Content-Length: 102400', 'x'.repeat(102400)], ['Transfer-Encoding: chunked', chunk(60000) + chunk(42400) + '0\r\n\r\n'],
    ['Content-Length: 102400', ''], ['Transfer-Encoding: chunked', ''], ['Content-Length: 5', 'hello'], ['Content-Length: 1000000000000', 'a beginning'],
    [`Content-Length: ${next.length}`, next], ['Content-Length: 12', 'require=kyc&'], ['Expect: 100-continue\r\nContent-Length: 3', '']];
  for (const target of ['/gate?require=session', '/gate/require/session/upload'])
    for (const [framing, body] of bodies)
      for (const signedIn of [true, false]) {
        const head = `POST ${target} HTTP/1.1\r\nHost: test\r\n${signedIn ? bearer(admin) + '\r\n' : ''}Content-Type: ${types[body.length % types.length]}\r\n${framing}\r\n\r\n`;
        const r = await rawRequest(s.app.port, head + body + next, { answers: 2 }), why = `${target} ${framing} ${signedIn}`;
        assert.equal(r.status, signedIn ? (target.includes('?') ? 204 : 200) : 401, why);
        assert.deepEqual([r.answers.length, r.closed, r.headers.get('connection')], [1, true, 'close'], `${why}: nothing behind the head is taken for a request`);
      }
  const r = await rawRequest(s.app.port, next + next.replace('GET', 'POST') + next.replace('Host', 'Content-Length: 0\r\nHost').replace('GET', 'PUT'), { answers: 3 });
  assert.deepEqual(r.answers.map((a) => a.status), [204, 204, 204], 'without a body it goes on');
  is(await rawRequest(s.app.port, `POST /gate?require=session HTTP/1.1\r\nHost: test\r\n${bearer(admin)}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n`), 400, 'malformed');
});

test('HTTP/1.0 is answered too, and what a proxy adds makes no difference', async () => {
  const old = await rawRequest(s.app.port, `GET /gate?require=session HTTP/1.0\r\n${bearer(admin)}\r\n\r\n`);
  assert.deepEqual([old.status, old.closed], [204, true]);
  const lines = ['X-User-Id: someone-else', 'X-User-Role: ADMIN', 'X-Kyc-Status: approved', 'X-Forwarded-Method: DELETE', 'X-Forwarded-Uri: /gate?require=session', 'X-Original-URL: /admin',
    'X-HTTP-Method-Override: OPTIONS', 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Key: x', 'Range: bytes=0-1', 'If-None-Match: *', 'Cookie: a=b'];
  const m = await s.member(), r = await rawRequest(s.app.port, bytesOf('GET', '/gate?require=email', { headers: [bearer(m), ...lines] }));
  assert.deepEqual([r.status, r.headers.get('x-user-id'), r.headers.get('x-user-role'), r.headers.get('x-kyc-status')], [204, m.user.id, 'CUSTOMER', 'none']);
  is(await rawRequest(s.app.port, bytesOf('GET', '/gate?require=role:ADMIN', { headers: [bearer(m), ...lines] })), 403, R);
  is(await rawRequest(s.app.port, bytesOf('GET', '/gate?require=session', { headers: [bearer(m), bearer(m)] })), 401, 'invalid_token');
});

test('the verdicts are counted by how they ended', async () => {
  const read = async (result) => Number(new RegExp(`^aldgate_gate_verdicts_total\\{result="${result}"\\} (\\d+)$`, 'm').exec((await s.api('GET', '/metrics')).text)?.[1] ?? 0);
  const m = await s.member();
  for (const [result, ask] of [['passed', () => gate(m, 'email')], [K, () => gate(m, 'kyc')], [R, () => byPath(m, 'role:ADMIN')], ['invalid', () => gate(m, 'x')],
    ['not_authenticated', () => gate({}, 'email')], ['invalid_token', () => byPath({ access_token: 'x' }, 'email')]]) {
    const was = await read(result);
    await ask();
    assert.equal(await read(result), was + 1, result);
  }
});

test('it is served whatever surfaces are, and is never limited by the rate of a client', async () => {
  const t = await stage({ ALDGATE_SURFACES_ENABLED: 'auth', ALDGATE_THROTTLE_ENABLED: 'yes' });
  try {
    const m = await t.member();
    for (let i = 0; i < 16; i++) {
      const rs = await Promise.all(Array.from({ length: 400 }, () => fetch(t.app.base + '/gate?require=session', { headers: { authorization: 'Bearer ' + m.access_token } })));
      assert.ok(rs.every((r) => r.status === 204));
    }
  } finally { await t.end(); }
});
