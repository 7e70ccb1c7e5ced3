// HTTP itself: framing that must not be read in two ways, limits, methods, and the headers on every answer (RFC 9110, 9112).
import { test, before, after } from 'node:test';
import { connect } from 'node:net';
import { stage, assert, is, rawRequest, bytesOf, sleep } from './lib.mjs';
import { manners } from './shape.mjs';

let s, port, m, half;
before(async () => {
  s = await stage({ ALDGATE_SERVER_CORS_ORIGINS: 'https://app.example' });
  port = s.app.port;
  m = await s.signup();
  const at = Date.now();
  half = rawRequest(port, 'GET /healthz HTTP/1.1\r\nHost: x\r\nX-Half: ', { answers: 2 }).then((r) => ({ ...r, took: Date.now() - at }));
});
after(() => s?.end());
const well = async () => is(await s.api('GET', '/healthz'), 200);
const H = 'Host: test\r\n', LOGIN = '{"email":"x@example.com","password":"x"}', CL = `Content-Length: ${LOGIN.length}\r\n`,
  SMUGGLED = 'GET /.well-known/jwks.json HTTP/1.1\r\nHost: test\r\n\r\n';

test('framing that is not strict: one refusal, then the connection is closed, and nothing behind it is read', async () => {
  const chunk = '5\r\nhello\r\n0\r\n\r\n', post = (lines, body) => `POST /auth/login HTTP/1.1\r\n${lines}\r\n${body}`;
  const cases = {
    'length and chunked': post(H + CL + 'Transfer-Encoding: chunked\r\n', '0\r\n\r\n'),
    'chunked and length': post(H + 'Transfer-Encoding: chunked\r\n' + CL, '0\r\n\r\n'),
    'two lengths': post(H + CL + 'Content-Length: 5\r\n', LOGIN),
    'length list': post(H + 'Content-Length: 5, 5\r\n', 'hello'),
    'length negative': post(H + 'Content-Length: -5\r\n', 'hello'),
    'length with plus': post(H + 'Content-Length: +5\r\n', 'hello'),
    'length in hex': post(H + 'Content-Length: 0x5\r\n', 'hello'),
    'length with text': post(H + 'Content-Length: 5 5\r\n', 'hello'),
    'length empty': post(H + 'Content-Length:\r\n', 'hello'),
    'length of 2^64+5': post(H + 'Content-Length: 18446744073709551621\r\n', 'hello'),
    'coding identity': post(H + 'Transfer-Encoding: identity\r\n', chunk),
    'coding gzip, chunked': post(H + 'Transfer-Encoding: gzip, chunked\r\n', chunk),
    'coding chunked, gzip': post(H + 'Transfer-Encoding: chunked, gzip\r\n', chunk),
    'coding xchunked': post(H + 'Transfer-Encoding: xchunked\r\n', chunk),
    'coding twice': post(H + 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', chunk),
    'coding with space before the colon': post(H + 'Transfer-Encoding : chunked\r\n', chunk),
    'coding folded': post(H + 'Transfer-Encoding:\r\n chunked\r\n', chunk),
    'folded header': post(H + 'X-A: b\r\n c\r\n' + CL, LOGIN),
    'header with space before the colon': `GET /healthz HTTP/1.1\r\n${H}X-A : b\r\n\r\n`,
    'header with an empty name': `GET /healthz HTTP/1.1\r\n${H}: b\r\n\r\n`,
    'header without a colon': `GET /healthz HTTP/1.1\r\n${H}nonsense\r\n\r\n`,
    'header with a NUL': `GET /healthz HTTP/1.1\r\n${H}X-A: a\0b\r\n\r\n`,
    'header with a bare CR': `GET /healthz HTTP/1.1\r\n${H}X-A: a\rb\r\n\r\n`,
    'lines ended by bare LF': 'GET /healthz HTTP/1.1\nHost: test\n\n',
    'space before the first header': `GET /healthz HTTP/1.1\r\n X-A: b\r\n${H}\r\n`,
    'no host': 'GET /healthz HTTP/1.1\r\n\r\n',
    'two hosts': `GET /healthz HTTP/1.1\r\n${H}Host: other\r\n\r\n`,
    'version 1.2': `GET /healthz HTTP/1.2\r\n${H}\r\n`,
    'version 2.0': `GET /healthz HTTP/2.0\r\n${H}\r\n`,
    'version 0.9': 'GET /healthz\r\n\r\n',
    'version in lower case': `GET /healthz http/1.1\r\n${H}\r\n`,
    'two spaces': `GET  /healthz HTTP/1.1\r\n${H}\r\n`,
    'NUL in the path': `GET /health\0z HTTP/1.1\r\n${H}\r\n`,
    'method in lower case': `get /healthz HTTP/1.1\r\n${H}\r\n`,
    'chunk size with a sign': post(H + 'Transfer-Encoding: chunked\r\n', '-5\r\nhello\r\n0\r\n\r\n'),
    'chunk size of 2^64': post(H + 'Transfer-Encoding: chunked\r\n', '10000000000000005\r\nhello\r\n0\r\n\r\n'),
    'chunk size in words': post(H + 'Transfer-Encoding: chunked\r\n', 'five\r\nhello\r\n0\r\n\r\n'),
    'chunk size with 0x': post(H + 'Transfer-Encoding: chunked\r\n', '0x5\r\nhello\r\n0\r\n\r\n'),
    'chunk longer than told': post(H + 'Transfer-Encoding: chunked\r\n', '5\r\nhelloXX0\r\n\r\n'),
    'chunk ended by bare LF': post(H + 'Transfer-Encoding: chunked\r\n', '5\nhello\n0\n\n'),
    'TLS hello': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03' + 'x'.repeat(500),
    'HTTP/2 preface': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'nonsense': 'hello\r\n\r\n',
  };
  const wrong = [];
  await Promise.all(Object.entries(cases).map(async ([why, bytes]) => {
    const r = await rawRequest(port, bytes + SMUGGLED, { answers: 9 });
    const final = r.answers.filter((a) => a.status >= 200);
    if (!r.closed) wrong.push(`${why}: stays open after ${final.map((a) => a.status)}`);
    if (final.length > 1 || r.bytes.includes('"keys"')) wrong.push(`${why}: ${final.length} answers`);
    if (final[0] && ![400, 411, 501, 505].includes(final[0].status)) wrong.push(`${why}: ${final[0].status}`);
    if (final[0]) { const bad = manners(final[0]); if (bad.length) wrong.push(`${why}: ${bad}`); }
  }));
  assert.deepEqual(wrong, []);
  await well();
});

test('framing that is right: chunked, pipelined, in pieces, HTTP/1.0, keep-alive', async () => {
  const chunks = (...cuts) => cuts.map((at, i) => LOGIN.slice(at, cuts[i + 1])).map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`).join('');
  const head = `POST /auth/login HTTP/1.1\r\n${H}Content-Type: application/json\r\n`;
  for (const body of [chunks(0, 1, 6) + '0\r\n\r\n', chunks(0) + '0\r\nX-Trailer: 1\r\n\r\n', chunks(0, 5).replace('5\r\n', '5;x=y\r\n') + '0\r\n\r\n'])
    is(await rawRequest(port, `${head}Transfer-Encoding: chunked\r\n\r\n${body}`), 401, 'invalid_credentials', body);
  const two = await rawRequest(port, `${head}${CL}\r\n${LOGIN}${SMUGGLED}GET /nowhere HTTP/1.1\r\n${H}\r\n`, { answers: 3 });
  assert.deepEqual(two.answers.map((a) => a.status), [401, 200, 404], 'three requests, three answers in order');
  const pieces = await rawRequest(port, `${head}${CL}\r\n${LOGIN.slice(0, 10)}`, { later: LOGIN.slice(10) });
  assert.equal(pieces.status, 401);
  const old = await rawRequest(port, 'GET /healthz HTTP/1.0\r\n\r\n', { answers: 2 });
  assert.deepEqual([old.status, old.closed], [200, true]);
  const bye = await rawRequest(port, `GET /healthz HTTP/1.1\r\n${H}Connection: close\r\n\r\n`, { answers: 2 });
  assert.deepEqual([bye.status, bye.closed], [200, true]);
  const expect = await rawRequest(port, `${head}${CL}Expect: 100-continue\r\n\r\n`, { later: LOGIN, pause: 100 });
  assert.equal(expect.answers.at(-1).status, 401);
  const upgrade = await rawRequest(port,
    `GET /healthz HTTP/1.1\r\n${H}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n`);
  assert.equal(upgrade.status, 200, 'Upgrade is ignored');
  const whole = await rawRequest(port, `GET http://elsewhere.example/healthz HTTP/1.1\r\n${H}\r\n`);
  assert.equal(whole.status, 200, 'absolute form');
});

test('half requests and cut connections do not keep others waiting', async () => {
  const halves = ['POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{"em', 'GET /users/me HT'];
  const client = (send) => connect(port, '127.0.0.1').on('error', () => {}).on('connect', function () { send(this); });
  const open = Array.from({ length: 200 }, (_, i) => client((c) => c.write(halves[i % 2])));
  await sleep(100);
  for (let i = 0; i < 20; i++) { await well(); is(await s.me(m.access_token), 200); }
  for (const c of open) c.resetAndDestroy?.() ?? c.destroy();
  const hasty = Array.from({ length: 50 }, () => client((c) => {
    c.write(bytesOf('POST', '/auth/login', { body: LOGIN }));
    setTimeout(() => c.destroy(), 2);
  }));
  await Promise.all(hasty.map((c) => new Promise((ok) => c.on('close', ok))));
  await well();
});

test('methods: unknown to HTTP 501 and closed, known but not served 405 with Allow', async () => {
  for (const method of ['BREW', 'FOO', 'GETX']) {
    const r = await rawRequest(port, `${method} /healthz HTTP/1.1\r\n${H}\r\n${SMUGGLED}`, { answers: 2 });
    is(r, 501, 'not_implemented', method);
    assert.ok(r.closed && r.answers.length === 1, method);
  }
  for (const [method, path, allow] of [['GET', '/auth/login', ['POST']], ['DELETE', '/auth/signup', ['POST']],
    ['POST', '/users/me', ['GET', 'PUT', 'PATCH']], ['PUT', '/auth/token/refresh', ['POST']], ['DELETE', '/healthz', ['GET']],
    ['PATCH', '/.well-known/jwks.json', ['GET']]]) {
    const r = is(await s.api(method, path), 405, 'method_not_allowed', `${method} ${path}`),
      listed = r.headers.get('allow').split(/\s*,\s*/);
    for (const a of allow) assert.ok(listed.includes(a), `${path}: ${listed}`);
    assert.ok(!listed.includes(method));
  }
  for (const method of ['TRACE', 'PROPFIND']) {
    const r = await rawRequest(port, `${method} /healthz HTTP/1.1\r\n${H}\r\n`);
    assert.ok([405, 501].includes(r.status), method);
  }
  const connected = await rawRequest(port, `CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n`, { ms: 2000 });
  assert.ok(!(connected.status >= 200 && connected.status < 300), 'no proxy');
});

test('HEAD is GET without the body', async () => {
  for (const path of ['/healthz', '/.well-known/jwks.json', '/openapi.json', '/nowhere']) {
    const get = await rawRequest(port, bytesOf('GET', path));
    const head = await rawRequest(port, bytesOf('HEAD', path), { head: true, linger: 50 });
    assert.equal(head.status, get.status, path);
    assert.match(head.bytes, /\r\n\r\n$/, 'no body');
    assert.equal(head.headers.get('content-type'), get.headers.get('content-type'));
    if (get.status === 200) assert.equal(head.headers.get('content-length'), get.headers.get('content-length'));
  }
});

test('OPTIONS and CORS: by list, nobody else, never a wildcard', async () => {
  const preflight = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type,authorization' };
  const ask = (origin) => s.api('OPTIONS', '/auth/login', undefined, { check: false, headers: { origin, ...preflight } });
  const plain = (origin) => s.api('GET', '/healthz', undefined, { headers: { origin } });
  const allowed = (r) => r.headers.get('access-control-allow-origin');
  const yes = await ask('https://app.example');
  assert.ok(yes.status >= 200 && yes.status < 300, `${yes.status}`);
  assert.equal(allowed(yes), 'https://app.example');
  assert.match(yes.headers.get('access-control-allow-methods'), /POST/);
  assert.match(yes.headers.get('access-control-allow-headers'), /authorization/i);
  assert.match(yes.headers.get('vary') ?? '', /origin/i);
  for (const origin of ['https://evil.example', 'https://app.example.evil.example', 'http://app.example', 'null', 'https://app.example:444'])
    assert.equal(allowed(await ask(origin)), null, origin);
  assert.equal(allowed(await plain('https://app.example')), 'https://app.example');
  assert.equal(allowed(await plain('https://evil.example')), null);
  assert.ok((await s.api('OPTIONS', '/users/me', undefined, { check: false })).status < 500);
});

test('paths: with and without the slash is one, without a redirect; the rest is 404', async () => {
  for (const path of ['/users/me/', '/users/me']) is(await s.api('GET', path, undefined, { bearer: m.access_token }), 200, undefined, path);
  is(await s.api('POST', '/auth/login/', { email: m.email, password: 'x' }), 401, 'invalid_credentials');
  is(await s.api('GET', '/healthz/'), 200);
  for (const path of ['/nowhere', '/users', '/users/me/x', '/auth', '/Users/me', '/users/me%2f', '/%2e%2e/etc/passwd', '/auth/login;x',
    '/users/%6de%2fx', '/a'.repeat(500)])
    is(await rawRequest(port, bytesOf('GET', path)), 404, 'not_found', path);
  for (const path of ['//users/me', '/users/me%00', '/users/%6de', '/users//me', '/users/./me', '/../users/me', '/users/me//']) {
    const r = await rawRequest(port, bytesOf('GET', path));
    assert.ok([400, 401, 404].includes(r.status), `${path}: ${r.status}`);
  }
});

test('limits: a long address 414, a large head 431, a large body 413, before any of it is read', async () => {
  const chunks = ('1000\r\n' + 'x'.repeat(4096) + '\r\n').repeat(17);
  for (const [why, bytes, status, code] of [
    ['target', `GET /${'a'.repeat(12000)} HTTP/1.1\r\n${H}\r\n`, 414, 'uri_too_long'],
    ['query', `GET /healthz?${'a'.repeat(12000)} HTTP/1.1\r\n${H}\r\n`, 414, 'uri_too_long'],
    ['header', `GET /healthz HTTP/1.1\r\n${H}X-A: ${'a'.repeat(40000)}\r\n\r\n`, 431, 'headers_too_large'],
    ['name', `GET /healthz HTTP/1.1\r\n${H}${'a'.repeat(40000)}: x\r\n\r\n`, 431, 'headers_too_large'],
    ['many', `GET /healthz HTTP/1.1\r\n${H}${'A: b\r\n'.repeat(1000)}\r\n`, 431, 'headers_too_large'],
    ['announced', `POST /auth/login HTTP/1.1\r\n${H}Content-Length: 10000000000\r\n\r\n`, 413, 'too_large'],
    ['chunks', `POST /auth/login HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n${chunks}`, 413, 'too_large'],
  ]) {
    const r = await rawRequest(port, bytes, { answers: 2 });
    is(r, status, code, why);
    assert.ok(r.closed, why + ' stays open');
    assert.deepEqual(manners(r), [], why);
  }
  await well();
});

test('security headers stand on every answer, and nothing tells the parts inside', async () => {
  for (const [method, path] of [['GET', '/'], ['GET', '/healthz'], ['GET', '/readyz'], ['GET', '/openapi.json'],
    ['GET', '/.well-known/jwks.json'], ['GET', '/nowhere'], ['GET', '/users/me'], ['POST', '/auth/login'], ['GET', '/auth/login']]) {
    const r = await s.api(method, path);
    assert.deepEqual(manners({ ...r, html: r.status < 400 }), [], path);
    assert.doesNotMatch([...r.headers].join('\n'), /openssl|libevent|llhttp|sqlite/i);
    if (r.status >= 400) assert.match(r.headers.get('cache-control') ?? '', /no-store/, `${method} ${path}: errors are not kept by caches`);
  }
  assert.match((await s.me(m.access_token)).headers.get('cache-control') ?? '', /no-store/);
});

test('a head that never ends is dropped within its deadline', async () => {
  const r = await half;
  assert.ok(r.closed, 'still open');
  if (r.status !== undefined) is(r, 408, 'request_timeout');
  assert.ok(r.took < 25000, `${r.took} ms: not that of the head`);
  await well();
});
