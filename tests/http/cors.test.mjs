// Which pages may read answers (server.cors_origins): told on every answer, good or bad, and to nobody else.
import { test, before, after } from 'node:test';
import { stage, start, assert, is, rawRequest, bytesOf, someone, PASSWORD } from './lib.mjs';

const APP = 'https://app.example', DEV = 'http://localhost:3000';
let s, closed;
before(async () => {
  s = await stage({ ALDGATE_SERVER_CORS_ORIGINS: `${APP}, ${DEV}` });
  closed = await start();
});
after(async () => { await s?.end(); await closed?.end(); });
const allowed = (r) => r.headers.get('access-control-allow-origin');
const names = (r) => [...r.headers.keys()].filter((k) => k.startsWith('access-control-'));
const varies = (r) => /(^|,\s*)origin/i.test(r.headers.get('vary') ?? '');

test('a preflight of a listed origin: 204 with methods, headers and a time; nothing is done', async () => {
  for (const origin of [APP, DEV]) {
    const r = await s.api('OPTIONS', '/auth/login', undefined, { check: false, headers: { origin, 'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type,x-request-id' } });
    assert.equal(r.status, 204);
    assert.equal(r.text, '');
    assert.equal(allowed(r), origin);
    const methods = r.headers.get('access-control-allow-methods').split(/,\s*/);
    assert.ok(methods.includes('POST') && !methods.includes('DELETE'), `${methods}`);
    const headers = r.headers.get('access-control-allow-headers').toLowerCase().split(/,\s*/);
    for (const h of ['authorization', 'content-type', 'x-request-id']) assert.ok(headers.includes(h), h);
    assert.equal(r.headers.get('access-control-max-age'), '600');
    assert.equal(r.headers.get('access-control-allow-credentials'), null);
    assert.ok(varies(r));
  }
  const me = await s.api('OPTIONS', '/users/me', undefined, { check: false, headers: { origin: APP, 'access-control-request-method': 'PATCH' } });
  assert.match(me.headers.get('access-control-allow-methods'), /GET.*PATCH/);
});

test('answers to a listed origin name it and what may be read, on every status', async () => {
  const headers = { origin: APP }, email = someone();
  const rows = [[201, 'POST', '/auth/signup', { email, password: PASSWORD }], [409, 'POST', '/auth/signup', { email, password: PASSWORD }],
    [401, 'POST', '/auth/login', { email, password: 'x' }], [400, 'POST', '/auth/login', {}], [401, 'GET', '/users/me'], [404, 'GET', '/nowhere'],
    [405, 'DELETE', '/auth/login'], [200, 'GET', '/healthz'], [200, 'GET', '/']];
  for (const [status, method, path, body] of rows) {
    const r = is(await s.api(method, path, body, { headers, check: false }), status, undefined, path);
    assert.equal(allowed(r), APP, `${status} ${path}`);
    assert.ok(varies(r));
    const exposed = r.headers.get('access-control-expose-headers').toLowerCase().split(/,\s*/);
    for (const h of ['x-request-id', 'retry-after', 'ratelimit', 'ratelimit-policy', 'www-authenticate']) assert.ok(exposed.includes(h), h);
    assert.equal(r.headers.get('access-control-allow-credentials'), null);
  }
  const media = await s.api('POST', '/auth/login', undefined, { raw: 'a=b', headers: { ...headers, 'content-type': 'text/plain' }, check: false });
  assert.deepEqual([media.status, allowed(media)], [415, APP]);
  const broken = await rawRequest(s.app.port, `GET /healthz HTTP/1.1\r\nHost: x\r\nOrigin: ${APP}\r\nHost: y\r\n\r\n`);
  assert.deepEqual([broken.status, allowed(broken)], [400, APP], 'even what the framing refuses');
});

test('an unlisted origin is served, and told nothing', async () => {
  for (const origin of ['https://evil.example', 'https://app.example.evil.example', 'https://xapp.example', 'http://app.example', 'https://app.example:444',
    'https://app.example/', 'HTTPS://APP.EXAMPLE', 'null', '', '*', `${APP}, https://evil.example`, `${APP} https://evil.example`]) {
    for (const [method, path, status] of [['GET', '/healthz', 200], ['OPTIONS', '/auth/login', 204], ['GET', '/users/me', 401]]) {
      const r = await rawRequest(s.app.port, bytesOf(method, path, { headers: ['Origin: ' + origin, 'Access-Control-Request-Method: POST'] }));
      assert.equal(r.status, status, `${method} ${path} ${origin}`);
      assert.deepEqual(names(r), [], origin);
      assert.ok(varies(r), 'an answer without the header must not be kept for another origin');
    }
  }
  assert.ok(varies(await s.api('GET', '/healthz')), 'also without an Origin');
});

test('without a list nobody is told anything', async () => {
  const r = await rawRequest(closed.port, bytesOf('GET', '/healthz', { headers: ['Origin: ' + APP] }));
  assert.equal(r.status, 200);
  assert.deepEqual(names(r), []);
  assert.ok(!varies(r));
});
