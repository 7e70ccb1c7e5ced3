// The nginx configuration that ships (examples/nginx), in a real nginx between clients and a small application: who aldgate lets
// through reaches it with an identity that only aldgate makes, and nobody else reaches it at all.
import { test, before, after } from 'node:test';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { stage, assert, is, rawRequest, bytesOf, PATIENCE } from './lib.mjs';
import { secret } from './signed.mjs';
import { approved, submitted } from './applicant.mjs';
import { Application, Proxy, sent } from './behind.mjs';

const EXAMPLE = fileURLToPath(new URL('../../examples/nginx/', import.meta.url)), hook = secret();
const IDENTITY = ['x-user-id', 'x-user-role', 'x-user-email', 'x-kyc-status', 'x-session-id'];
let s, application, nginx, seller;

/** Its files in dir; words: what is required of who comes to /, in place of theirs. */
function configured(dir, port, words = 'session') {
  cpSync(EXAMPLE, dir, { recursive: true });
  const app = readFileSync(join(dir, 'app.conf'), 'utf8');
  for (const there of ['set $aldgate_require session;', 'listen 80;', '127.0.0.1:8080', '127.0.0.1:3000']) assert.ok(app.includes(there));
  writeFileSync(join(dir, 'app.conf'), app.replace('set $aldgate_require session;', `set $aldgate_require ${words};`).replace('listen 80;', `listen 127.0.0.1:${port};`).replace('127.0.0.1:8080', `127.0.0.1:${s.app.port}`)
    .replace('127.0.0.1:3000', `127.0.0.1:${application.port}`));
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((n) => `${n}_temp_path ${dir}/${n};`).join(' ');
  writeFileSync(join(dir, 'nginx.conf'), `${process.getuid() ? '' : 'user root; '}daemon off; worker_processes 1; pid ${dir}/nginx.pid; error_log stderr warn;
events { worker_connections 256; }
http { access_log off; ${folders} include app.conf; }
`);
  return ['nginx', '-p', dir, '-c', join(dir, 'nginx.conf'), '-e', 'stderr'];
}

before(async () => {
  s = await stage({ ALDGATE_KYC_WEBHOOK_SECRETS: hook.text, ALDGATE_SERVER_TRUSTED_PROXIES: '127.0.0.1' });
  application = await Application.open();
  nginx = await Proxy.open(configured);
  seller = await approved(s, hook.key, await s.member({ role: 'SELLER' }));
});
after(async () => { await nginx?.close(); await application?.close(); await s?.end(); });

const bearer = (m) => 'Authorization: Bearer ' + m.access_token;
/** Through nginx, with these header lines. */
const ask = (path, lines = [], { method = 'GET', body, ...more } = {}) => rawRequest(nginx.port, bytesOf(method, path, { headers: lines, body }), more);
const reached = (r) => { assert.equal(r.status, 200, r.text); assert.equal(r.headers.get('x-application'), 'yes'); return r.body; };

/** Refused by nginx itself, as JSON, and the application has not heard of it. */
async function stopped(path, lines, status, code, options) {
  const before = application.got.length, r = is(await ask(path, lines, options), status, code, `${path} ${lines}`);
  assert.equal(application.got.length, before, path + ' reached the application');
  assert.match(r.headers.get('content-type'), /^application\/problem\+json/);
  assert.deepEqual(Object.keys(r.body), ['type', 'title', 'status', 'detail', 'code', 'request_id']);
  assert.equal(r.body.status, status);
  assert.match(r.headers.get('cache-control'), /no-store/);
  for (const name of IDENTITY) assert.equal(r.headers.get(name), null);
  return r;
}

test('who is let through reaches the application, which is told who it is', async () => {
  const m = await s.member();
  for (const [path, who, kyc] of [['/', m, 'none'], ['/deep/er?a=b&c=%2F', m, 'none'], ['/sell/', seller, 'approved'], ['/sell/list?x=1', seller, 'approved']]) {
    const got = reached(await ask(path, [bearer(who)]));
    assert.equal(got.url, path);
    assert.deepEqual(IDENTITY.map((name) => sent(got, name)), [[who.user.id], [who.user.role], [who.email], [kyc], [who.session_id]]);
    assert.deepEqual(sent(got, 'authorization'), ['Bearer ' + who.access_token]);
  }
  const old = reached(await rawRequest(nginx.port, `GET / HTTP/1.0\r\nHost: test\r\n${bearer(m)}\r\n\r\n`));
  assert.deepEqual(sent(old, 'x-user-id'), [m.user.id]);
});

test('everybody else is stopped at nginx, with 401 or 403 and the code as JSON', async () => {
  const customer = await s.member(), pending = await s.member({ role: 'SELLER' }), unproven = await s.signup({ role: 'SELLER' }), left = await s.member();
  await submitted(s, pending);
  is(await s.api('POST', '/auth/logout', {}, { bearer: left.access_token }), 200);
  for (const path of ['/', '/x', '/sell/x']) {
    const r = await stopped(path, [], 401, 'not_authenticated');
    assert.match(r.headers.get('www-authenticate'), /^Bearer/);
    for (const lines of [['Authorization: Bearer nonsense'], [bearer(left)], ['Authorization: bearer ' + seller.refresh_token]]) await stopped(path, lines, 401, 'invalid_token');
    await stopped(path, ['Authorization: Basic YTpi'], 401, 'not_authenticated');
  }
  await stopped('/sell/x', [bearer(unproven)], 403, 'email_not_verified');
  await stopped('/sell/x', [bearer(customer)], 403, 'kyc_required');
  await stopped('/sell/x', [bearer(pending)], 403, 'kyc_required');
  await stopped('/sell/x', [bearer(await approved(s, hook.key, customer))], 403, 'role_required');
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) await stopped('/sell/x', ['Origin: https://evil.example'], 401, 'not_authenticated', { method });
  assert.equal((await ask('/sell/x', [], { method: 'HEAD', head: true })).status, 401);
  await stopped('/public/../sell/x', [bearer(customer)], 403, 'role_required');
  await stopped('/public/%2e%2e/sell/x', [], 401, 'not_authenticated');
  await stopped('//sell//x', [], 401, 'not_authenticated');
});

test('a verdict is not kept: what happens to an account acts on the next request', async () => {
  const m = await approved(s, hook.key, await s.member({ role: 'SELLER' }));
  reached(await ask('/sell/', [bearer(m)]));
  await s.operator(['set-role', m.email, 'CUSTOMER']);
  await stopped('/sell/', [bearer(m)], 403, 'role_required');
  reached(await ask('/', [bearer(m)]));
  await s.lock(m.email);
  await stopped('/', [bearer(m)], 401, 'invalid_token');
});

test('what a client says of itself never reaches the application', async () => {
  const m = await s.member();
  const spell = (name) => [name, name.toUpperCase(), name.replace(/-/g, '_'), name.replace('-', '_'), name.replace(/-/g, '.'), name.replace(/-(\w)/g, (_, c) => '-' + c.toUpperCase())];
  const forged = IDENTITY.flatMap((name) => spell(name).flatMap((n) => [`${n}: forged`, `${n}: forged-again`]));
  for (const path of ['/', '/public/x'])
    for (const lines of [forged.slice(0, 30), forged.slice(30), ['X-User-Id: forged', 'x-user-id:', 'X-Kyc-Status:\tforged'], ['Connection: X-User-Id', 'X-User-Id: forged'],
      ['Connection: close, X-User-Role, Authorization', 'X-User-Role: forged']]) {
      const got = reached(await ask(path, [bearer(m), ...lines])), own = IDENTITY.map((name) => sent(got, name).join());
      assert.deepEqual(own, path === '/' ? [m.user.id, 'CUSTOMER', m.email, 'none', m.session_id] : ['', '', '', '', ''], lines.join());
      const odd = got.headers.filter(([k, v]) => /forged/.test(v));
      assert.deepEqual(odd, [], 'as headers of other names');
    }
  const got = reached(await ask('/public/x', ['X-User-Id: forged']));
  assert.deepEqual(IDENTITY.filter((name) => sent(got, name).length), []);
  const two = await ask('/', [bearer(m), bearer(seller)]);
  if (two.status === 200) assert.deepEqual([sent(two.body, 'authorization'), sent(two.body, 'x-user-id')], [['Bearer ' + m.access_token], [m.user.id]], 'the judged one alone');
  else assert.ok([400, 401].includes(two.status));
});

test('the question to aldgate is nobody else\'s to ask', async () => {
  for (const path of ['/.aldgate', '/.aldgate?require=session', '/%2ealdgate', '//.aldgate', '/x/../.aldgate']) {
    const before = application.got.length, r = await ask(path, [bearer(seller)]);
    assert.equal(r.status, 404, path);
    assert.equal(application.got.length, before);
  }
});

test('bodies, large ones and chunked, and WebSockets pass through', async () => {
  const body = Buffer.alloc(300 * 1024, 'b'), sum = createHash('sha256').update(body).digest('hex');
  const whole = reached(await rawRequest(nginx.port, Buffer.concat([bytesOf('POST', '/sell/upload', { headers: [bearer(seller), `Content-Length: ${body.length}`] }), body])));
  assert.deepEqual([whole.method, whole.size, whole.sum], ['POST', body.length, sum]);
  const chunks = Buffer.concat([...Array(3)].flatMap(() => [Buffer.from((100 * 1024).toString(16) + '\r\n'), body.subarray(0, 100 * 1024), Buffer.from('\r\n')]));
  const cut = reached(await rawRequest(nginx.port, Buffer.concat([bytesOf('PUT', '/sell/upload', { headers: [bearer(seller), 'Transfer-Encoding: chunked'] }), chunks, Buffer.from('0\r\n\r\n')])));
  assert.deepEqual([cut.method, cut.size, cut.sum], ['PUT', body.length, sum]);
  await stopped('/sell/upload', [], 401, 'not_authenticated', { method: 'POST', body: 'x'.repeat(20000) });
  const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];
  const said = await new Promise((ok, no) => {
    let seen = '', asked = false;
    const socket = connect(nginx.port, '127.0.0.1', () => socket.write(bytesOf('GET', '/sell/live', { headers: [bearer(seller), ...upgrade] })));
    socket.setTimeout(PATIENCE, () => no(new Error('silence after: ' + seen))).on('error', no);
    socket.on('data', (d) => {
      seen += d;
      if (!asked && seen.includes('\r\n\r\n')) { asked = true; socket.write('hello'); }
      if (seen.endsWith('HELLO')) { socket.destroy(); ok(seen); }
    });
  });
  assert.match(said, /^HTTP\/1\.1 101 /);
  assert.deepEqual(sent(application.got.at(-1), 'x-user-id'), [seller.user.id]);
  await stopped('/sell/live', upgrade, 401, 'not_authenticated');
});

test('a location that forgot its words lets nobody through', async () => {
  const was = nginx;
  for (const words of ['nonsense', 'email,kyc,role:NOBODY', "''"]) {
    nginx = await Proxy.open((dir, port) => configured(dir, port, words));
    try {
      await stopped('/', [bearer(seller)], 503, 'unavailable');
      await stopped('/', [], 401, 'not_authenticated');
    } finally { await nginx.close(); nginx = was; }
  }
  reached(await ask('/', [bearer(seller)]));
});

test('without aldgate nobody is let through, and with it again they are', async () => {
  await s.app.stop();
  for (const path of ['/', '/sell/x']) for (const lines of [[], [bearer(seller)]]) {
    const r = await stopped(path, lines, 503, 'unavailable');
    assert.match(r.headers.get('retry-after'), /^\d+$/);
  }
  reached(await ask('/public/x'));
  await s.app.launch();
  reached(await ask('/sell/', [bearer(seller)]));
});
