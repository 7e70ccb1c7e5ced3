// The Caddy configuration that ships (examples/caddy), in a real Caddy; and the requests that Traefik's ForwardAuth and Envoy's
// ext_authz send, of which Debian has no packages, by the letter of their documentation.
import { test, before, after } from 'node:test';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { stage, assert, is, rawRequest, bytesOf } from './lib.mjs';
import { secret } from './signed.mjs';
import { approved } from './applicant.mjs';
import { Application, Proxy, sent } from './behind.mjs';

const EXAMPLE = fileURLToPath(new URL('../../examples/caddy/Caddyfile', import.meta.url)), hook = secret();
const IDENTITY = ['x-user-id', 'x-user-role', 'x-user-email', 'x-kyc-status', 'x-session-id'];
let s, application, caddy, seller;

function configured(dir, port) {
  const text = readFileSync(EXAMPLE, 'utf8');
  for (const there of ['http://app.example.com', '127.0.0.1:8080', '127.0.0.1:3000']) assert.ok(text.includes(there));
  writeFileSync(join(dir, 'Caddyfile'), `{\n\tadmin off\n}\n` + text.replace('http://app.example.com', `http://:${port}`)
    .replaceAll('127.0.0.1:8080', `127.0.0.1:${s.app.port}`).replaceAll('127.0.0.1:3000', `127.0.0.1:${application.port}`));
  return ['caddy', 'run', '--adapter', 'caddyfile', '--config', join(dir, 'Caddyfile')];
}

before(async () => {
  s = await stage({ ALDGATE_KYC_WEBHOOK_SECRETS: hook.text });
  application = await Application.open();
  caddy = await Proxy.open(configured);
  seller = await approved(s, hook.key, await s.member({ role: 'SELLER' }));
});
after(async () => { await caddy?.close(); application?.close(); await s?.end(); });

const bearer = (m) => 'Authorization: Bearer ' + m.access_token;
const ask = (path, lines = [], { method = 'GET', body, ...more } = {}) => rawRequest(caddy.port, bytesOf(method, path, { headers: lines, body }), more);
const reached = (r) => { assert.equal(r.status, 200, r.text); assert.equal(r.headers.get('x-application'), 'yes'); return r.body; };
async function stopped(path, lines, status, code, options) {
  const before = application.got.length, r = is(await ask(path, lines, options), status, code, `${path} ${lines}`);
  assert.equal(application.got.length, before, path + ' reached the application');
  return r;
}

test('Caddy: who is let through reaches the application with the identity, all others get the problem of aldgate', async () => {
  const m = await s.member();
  for (const [path, who, kyc] of [['/x?a=b', m, 'none'], ['/sell/x', seller, 'approved']]) {
    const told = reached(await ask(path, [bearer(who)]));
    assert.deepEqual(IDENTITY.map((name) => sent(told, name)), [[who.user.id], [who.user.role], [who.email], [kyc], [who.session_id]]);
  }
  const r = await stopped('/x', [], 401, 'not_authenticated');
  assert.match(r.headers.get('content-type'), /^application\/problem\+json/);
  await stopped('/sell/x', [bearer(m)], 403, 'kyc_required');
  await stopped('/sell/x', ['Authorization: Bearer x'], 401, 'invalid_token');
  await stopped('/sell/x', ['Origin: https://evil.example'], 401, 'not_authenticated', { method: 'OPTIONS' });
  const body = 'b'.repeat(100 * 1024), got = reached(await ask('/sell/x', [bearer(seller)], { method: 'POST', body }));
  assert.deepEqual([got.method, got.size], ['POST', body.length]);
  await stopped('/sell/x', [], 401, 'not_authenticated', { method: 'POST', body: 'x'.repeat(2000) });
});

test('Caddy: what a client says of itself never reaches the application', async () => {
  const m = await s.member(), spell = (name) => [name, name.toUpperCase(), name.replace(/-/g, '_'), name.replace('-', '_'), name.replace(/-([^-]*)$/, '_$1')];
  for (const path of ['/x', '/public/x'])
    for (const name of IDENTITY) {
      const got = reached(await ask(path, [bearer(m), ...spell(name).flatMap((n) => [`${n}: forged`, `${n}: forged-again`])]));
      assert.deepEqual(got.headers.filter(([, v]) => /forged/.test(v)), [], `${path} ${name}`);
      assert.equal(sent(got, 'x-user-id').join(), path === '/x' ? m.user.id : '');
    }
});

test('Traefik: a GET with the headers of the request, whatever its method was', async () => {
  const m = await s.member(), forwarded = ['X-Forwarded-Method: POST', 'X-Forwarded-Proto: https', 'X-Forwarded-Host: app.example.com', 'X-Forwarded-Uri: /sell/x?a=b', 'X-Forwarded-For: 203.0.113.7',
    'Content-Type: application/json', 'Accept-Encoding: gzip', 'User-Agent: curl/8', 'X-User-Id: forged'];
  const verdict = (words, lines) => rawRequest(s.app.port, bytesOf('GET', '/gate?require=' + words, { headers: [...lines, ...forwarded] }));
  const good = await verdict('email', [bearer(m)]);
  assert.deepEqual([good.status, good.headers.get('x-user-id')], [204, m.user.id]);
  is(await verdict('kyc', [bearer(m)]), 403, 'kyc_required');
  is(await verdict('email', []), 401, 'not_authenticated');
  is(await verdict('role:NOBODY', [bearer(m)]), 400, 'invalid');
});

test("Envoy: the request's own method and path behind the prefix, without its body; 200 alone lets it through", async () => {
  for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'])
    for (const path of ['/', '/sell/x?a=b', '/../kyc', '//x', '/gate/require/session/', '*', '?x'])
      for (const [words, lines, status] of [['email,kyc,role:SELLER%7CADMIN', [bearer(seller)], 200], ['role:ADMIN', [bearer(seller)], 403], ['email', [], 401]]) {
        const bytes = bytesOf(method, `/gate/require/${words}/${path}`, { headers: [...lines, 'Content-Length: 0', 'X-Forwarded-For: 203.0.113.7', 'X-Envoy-Internal: true'], host: 'app.example.com' });
        const r = await rawRequest(s.app.port, bytes, { head: method === 'HEAD' });
        assert.equal(r.status, status, `${method} ${path} ${words}`);
        assert.equal(r.headers.get('x-user-id'), status === 200 ? seller.user.id : null);
      }
});

test('Caddy: without aldgate nobody is let through', async () => {
  await s.app.stop();
  for (const path of ['/x', '/sell/x']) {
    const before = application.got.length, r = await ask(path, [bearer(seller)]);
    assert.ok(r.status >= 500, `${r.status}`);
    assert.equal(application.got.length, before);
  }
  await s.app.launch();
  reached(await ask('/sell/x', [bearer(seller)]));
});
