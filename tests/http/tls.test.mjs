// TLS spoken directly: what is agreed on, broken and slow greetings, and certificates that change while it runs (6-operations.md).
import { test, before, after } from 'node:test';
import { start, run, assert, sleep, until, someone, PASSWORD, PATIENCE, freePort } from './lib.mjs';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { request, Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { PDF, papers } from './papers.mjs';
import { join } from 'node:path';

const dir = mkdtempSync(join(tmpdir(), 'aldgate-tls-')), at = (name) => join(dir, name);
/** A self-signed pair NAME.pem, NAME.key. */
function makePair(name, kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']) {
  execFileSync('openssl', ['req', '-x509', ...kind, '-nodes', '-keyout', at(name + '.key'), '-out', at(name + '.pem'), '-days', '30',
    '-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'], { stdio: 'ignore' });
}
/** Puts a pair in the place that a server reads, as a renewal does. */
function install(name, place) {
  for (const end of ['.key', '.pem']) { cpSync(at(name + end), at(place + end + '.new')); renameSync(at(place + end + '.new'), at(place + end)); }
}
const tlsEnv = (place) => ({ ALDGATE_TLS_CERT: at(place + '.pem'), ALDGATE_TLS_KEY: at(place + '.key') });

/** One request; the certificate's common name and what was agreed on come with it. */
function ask(port, { method = 'GET', path = '/healthz', body, headers = {}, agent, ...tls } = {}) {
  return new Promise((ok, no) => {
    const q = request({ host: '127.0.0.1', port, method, path, headers, agent: agent ?? false, rejectUnauthorized: false, ...tls }, (r) => {
      const { socket } = r;
      const seen = { name: socket.getPeerCertificate().subject?.CN, protocol: socket.getProtocol(), cipher: socket.getCipher().name,
        alpn: socket.alpnProtocol };
      let text = '';
      r.on('data', (d) => (text += d)).on('error', no);
      r.on('end', () => ok({ status: r.statusCode, headers: r.headers, text, ...seen }));
    });
    q.on('error', no);
    q.end(body);
  });
}
const ready = async (app) => (await ask(app.port, { path: '/readyz' })).status === 200;
const serve = (place, env = {}, o = {}) => start({ ...tlsEnv(place), ...env }, { ready, ...o });

let app, port;
before(async () => {
  makePair('one');
  makePair('two');
  makePair('rsa', ['-newkey', 'rsa:2048']);
  install('one', 'live');
  port = await freePort();
  app = await serve('live', { ALDGATE_SERVER_PUBLIC_URL: `https://127.0.0.1:${port}` }, { port });
});
after(async () => { await app?.end(); rmSync(dir, { recursive: true, force: true }); });

test('1.2 and 1.3 with forward secrecy and authenticated encryption; nothing older or weaker', async () => {
  const newest = await ask(port);
  assert.deepEqual([newest.status, newest.protocol, newest.name], [200, 'TLSv1.3', 'one']);
  const older = await ask(port, { maxVersion: 'TLSv1.2' });
  assert.equal(older.protocol, 'TLSv1.2');
  assert.match(older.cipher, /^ECDHE-.*(GCM|CHACHA20)/);
  const weak = { minVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' };
  await assert.rejects(ask(port, { ...weak, maxVersion: 'TLSv1.1' }), 'TLS 1.1');
  for (const cipher of ['ECDHE-ECDSA-AES128-SHA', 'ECDHE-ECDSA-AES256-SHA384', 'NULL', 'AES128-GCM-SHA256'])
    await assert.rejects(ask(port, { maxVersion: 'TLSv1.2', minVersion: 'TLSv1.2', ciphers: cipher + ':@SECLEVEL=0' }), cipher);
  assert.match(newest.headers['strict-transport-security'], /max-age=\d{6,}/);
});

test('an RSA certificate serves too', async () => {
  const t = await serve('rsa');
  try { assert.equal((await ask(t.port, { maxVersion: 'TLSv1.2' })).cipher.split('-')[1], 'RSA'); } finally { await t.end(); }
});

test('ALPN: http/1.1, or none; other protocols alone are refused in the greeting', async () => {
  assert.equal((await ask(port, { ALPNProtocols: ['h2', 'http/1.1'] })).alpn, 'http/1.1');
  assert.equal((await ask(port, { ALPNProtocols: undefined })).status, 200);
  await assert.rejects(ask(port, { ALPNProtocols: ['h2'] }), /alert|no application protocol/i);
});

test('many requests: one connection, many connections, big answers, a big body, bad tokens between good calls', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    for (let i = 0; i < 20; i++) assert.equal((await ask(port, { agent })).status, 200);
    assert.ok((await ask(port, { agent, path: '/openapi.json' })).text.length > 50000);
  } finally { agent.destroy(); }
  const json = { 'content-type': 'application/json' };
  const user = { email: someone(), password: PASSWORD };
  assert.equal((await ask(port, { method: 'POST', path: '/auth/signup', headers: json, body: JSON.stringify(user) })).status, 201);
  const wide = JSON.stringify({ ...user, more: 'x'.repeat(60000) });
  assert.equal((await ask(port, { method: 'POST', path: '/auth/signup', headers: json, body: wide })).status, 409);
  const over = await ask(port, { method: 'POST', path: '/auth/login', headers: json, body: JSON.stringify({ more: 'x'.repeat(200000) }) })
    .then((r) => r.status, () => 'cut');
  assert.ok([413, 'cut'].includes(over), `${over}`);
  // A signature that fails leaves its mark in OpenSSL's queue of errors; other connections must not stumble over it.
  const forged = 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6IngifQ.e30.' + 'A'.repeat(86);
  const all = await Promise.all(Array.from({ length: 120 }, (_, i) => (i % 3 ? ask(port) :
    ask(port, { path: '/users/me', headers: { authorization: 'Bearer ' + forged } }))));
  assert.deepEqual(all.map((r) => r.status), all.map((_, i) => (i % 3 ? 200 : 401)));
});

const open = (o = {}) => new Promise((ok, no) => {
  const s = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false, ...o }, () => ok(s)).setEncoding('latin1').on('error', no);
});
const GET = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';
/** What comes until it ends, or is enough. */
const heard = (s, enough) => new Promise((ok) => {
  let seen = '', timer = setTimeout(() => ok({ seen, ended: false }), PATIENCE);
  const done = (ended) => { clearTimeout(timer); ok({ seen, ended }); };
  s.on('data', (d) => { seen += d; if (enough?.test(seen)) done(false); }).on('error', () => {}).on('close', () => done(true));
});

test('pipelined requests are answered in order; "close" closes with a farewell', async () => {
  const s = await open();
  const all = heard(s);
  s.write(GET.repeat(30) + 'GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  const { seen, ended } = await all;
  assert.equal(seen.split('HTTP/1.1 200 OK').length - 1, 31);
  assert.ok(ended);
});

test('a request in single bytes, and clients that vanish', async () => {
  const s = await open();
  s.setNoDelay(true);
  const all = heard(s, /\r\n\r\n/);
  for (const c of GET) { s.write(c); await sleep(2); }
  assert.match((await all).seen, /^HTTP\/1.1 200/);
  s.destroy();
  for (let i = 0; i < 20; i++) { const v = await open(); v.write(i % 2 ? GET : GET.slice(0, 20)); v.destroy(); }
  const half = await open({ allowHalfOpen: true });
  const rest = heard(half);
  half.end(GET);
  assert.match((await rest).seen, /200 OK/, 'one that has said all is still answered');
  assert.equal((await ask(port)).status, 200);
});

test('a session is taken up again by its ticket; keys are not renegotiated', async () => {
  const first = await open({ maxVersion: 'TLSv1.2' }), session = first.getSession();
  const refused = new Promise((ok) => { first.on('error', ok); first.renegotiate({ rejectUnauthorized: false }, (e) => ok(e)); });
  assert.ok(await Promise.race([refused, sleep(PATIENCE / 2, undefined, { ref: false })]), 'renegotiated');
  first.destroy();
  const again = await open({ maxVersion: 'TLSv1.2', session });
  assert.equal(again.isSessionReused(), true);
  again.destroy();
});

const failures = async () => Number(/tls_handshakes_failed_total (\d+)/.exec((await ask(port, { path: '/metrics' })).text)[1]);

test('no greeting: plain HTTP, noise and silence are closed, within ten seconds and some', async () => {
  const was = await failures(), begun = Date.now();
  const plain = (bytes) => new Promise((ok) => {
    const s = connectPlain(port, '127.0.0.1');
    let seen = '';
    s.on('data', (d) => (seen += d.toString('latin1'))).on('error', () => {}).on('close', () => ok({ seen, ms: Date.now() - begun }));
    if (bytes) s.write(bytes);
  });
  const [http, noise, silence, half] = await Promise.all([plain(GET), plain(Buffer.alloc(600, 0xa5)), plain(),
    plain(Buffer.from('16030100c8010000c40303', 'hex'))]);
  assert.doesNotMatch(http.seen, /HTTP\/1/);
  assert.ok(http.ms < 8000 && noise.ms < 8000, `${http.ms} ${noise.ms}`);
  for (const slow of [silence, half]) assert.ok(slow.ms > 8000 && slow.ms < 25000, `${slow.ms} ms`);
  await until(async () => (await failures()) >= was + 4);
});

test('a new certificate is taken while it runs; open connections go on', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    assert.equal((await ask(port, { agent })).name, 'one');
    install('two', 'live');
    await until(async () => (await ask(port)).name === 'two');
    assert.equal((await ask(port, { agent })).name, 'one', 'the connection that was open');
  } finally { agent.destroy(); }
  assert.match(app.log(), /event=certificate expires=\d{4}-/);
});

test('a broken new one is told of, and the old stays; the next good one is taken', async () => {
  const told = () => app.log().split('certificate_unusable').length - 1, before = told();
  writeFileSync(at('live.pem.new'), '-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n');
  renameSync(at('live.pem.new'), at('live.pem'));
  await until(() => told() > before);
  assert.match(app.log(), /certificate_unusable.*live\.pem/);
  assert.equal((await ask(port)).name, 'two');
  rmSync(at('live.key'));
  await sleep(5000);
  assert.equal((await ask(port)).name, 'two', 'a key that is gone');
  assert.ok(told() <= before + 2, 'told once each');
  install('one', 'live');
  await until(async () => (await ask(port)).name === 'one');
  cpSync(at('two.key'), at('live.key'));
  app.child.kill('SIGHUP');
  await until(() => /certificate_unusable[^\n]*is not the key/.test(app.log()) || /live\.key/.test(app.log()));
  assert.equal((await ask(port)).name, 'one', 'a key that does not fit');
});

test('SIGHUP takes it at once', async () => {
  install('two', 'live');
  app.child.kill('SIGHUP');
  // Fifteen looks, a tenth of a second apart: sooner than it is looked for without a signal.
  for (let i = 0; (await ask(port)).name !== 'two'; i++) {
    assert.ok(i < 15, 'it is not taken');
    await sleep(100);
  }
});

test('at start what cannot be used is an error that names the key and the file', async () => {
  execFileSync('openssl', ['pkey', '-in', at('one.key'), '-aes256', '-passout', 'pass:x', '-out', at('locked.key')]);
  writeFileSync(at('empty.pem'), '');
  const env = { ALDGATE_SERVER_DATA_DIR: at('data'), ALDGATE_SERVER_LISTEN: `127.0.0.1:${await freePort()}` };
  for (const [cert, key, want] of [['missing.pem', 'one.key', /tls\.cert.*missing\.pem.*No such file/], ['empty.pem', 'one.key', /tls\.cert.*empty/],
    ['one.key', 'one.key', /tls\.cert/], ['one.pem', 'missing.key', /tls\.key.*missing\.key.*No such file/],
    ['one.pem', 'one.pem', /tls\.key/], ['one.pem', 'two.key', /tls\.key.*two\.key/], ['one.pem', 'rsa.key', /tls\.key/],
    ['one.pem', 'locked.key', /tls\.key.*passphrase/]]) {
    const r = await run(['serve'], { env: { ...env, ALDGATE_TLS_CERT: at(cert), ALDGATE_TLS_KEY: at(key) } });
    assert.equal(r.signal, null, `${cert} ${key}: it served`);
    assert.notEqual(r.code, 0);
    assert.match(r.err, want, `${cert} ${key}`);
    assert.equal(r.err.trim().split('\n').filter((l) => /tls\./.test(l)).length, 1, 'one sentence: ' + r.err);
  }
  const alone = await run(['serve'], { env: { ...env, ALDGATE_TLS_CERT: at('one.pem') } });
  assert.match(alone.err, /tls\.(key|cert).*together/);
  assert.notEqual(alone.code, 0);
});

test('uploads and files pass through it whole', async () => {
  const person = async (role) => {
    const email = someone(), made = await run(['user', 'create', '--email', email, '--verified', '--role', role], { env: app.env, input: PASSWORD });
    assert.equal(made.code, 0, made.err);
    const body = JSON.stringify({ email, password: PASSWORD });
    const r = await ask(port, { method: 'POST', path: '/auth/login', body, headers: { 'content-type': 'application/json' } });
    return { authorization: 'Bearer ' + JSON.parse(r.text).access_token };
  };
  const bytes = Buffer.concat([PDF, Buffer.alloc(3 * 1024 * 1024 + 5, 'x')]), form = papers({ front: bytes });
  const sent = await ask(port, { method: 'POST', path: '/auth/kyc/submit', body: form.raw, headers: { ...form.headers, ...(await person('CUSTOMER')) } });
  assert.equal(sent.status, 201, sent.text);
  const { id, documents: [{ id: doc }] } = JSON.parse(sent.text);
  const got = await ask(port, { path: `/admin/kyc/${id}/documents/${doc}`, headers: await person('KYC_REVIEWER') });
  assert.deepEqual([got.status, got.text === bytes.toString()], [200, true]);
});

test('the log has each request with the client, no key and no certificate', async () => {
  await ask(port, { headers: { 'x-request-id': 'over-tls' } });
  await until(() => /request_id=over-tls .*status=200.*ip=127\.0\.0\.1/.test(app.log()));
  assert.ok(!app.log().includes(readFileSync(at('one.key'), 'utf8').split('\n')[1]));
});

test('SIGTERM ends idle connections and open greetings at once', async () => {
  const idle = await open(), greeting = connectPlain(port, '127.0.0.1').on('error', () => {});
  const ends = heard(idle);
  await sleep(200);
  const begun = Date.now();
  assert.equal((await app.stop()).code, 0);
  assert.ok(Date.now() - begun < 8000, `${Date.now() - begun} ms`);
  assert.equal((await ends).ended, true);
  greeting.destroy();
});
