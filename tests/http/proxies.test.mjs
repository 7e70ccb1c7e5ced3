// Whose address counts and is logged: the peer's, or what a trusted proxy says (1-core.md, Throttles), and what a proxy cannot change.
import { test, before, after } from 'node:test';
import { stage, start, assert, is, sleep, until, someone, rawRequest, bytesOf, freePort, linkIn, BIN } from './lib.mjs';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

let s, plain;
before(async () => {
  s = await stage({ ALDGATE_SERVER_TRUSTED_PROXIES: '127.0.0.1 10.0.0.0/8 2001:db8:f::/48' });
  plain = await start();
});
after(async () => { await s?.end(); await plain?.end(); });

let count = 0;
/** The line of the log about a request with these header lines. */
async function lineOf(app, headers, { from, method = 'GET', path = '/healthz', body } = {}) {
  const id = `hop-${++count}`;
  await rawRequest(app.port, bytesOf(method, path, { headers: [`X-Request-Id: ${id}`, ...headers], body }), { from });
  return until(() => app.log().split('\n').find((l) => l.includes(`request_id=${id} `) && l.includes('event=request ')), 'no line for ' + id);
}
const ipOf = async (...args) => /ip=(\S+)/.exec(await lineOf(...args))[1];

test('X-Forwarded-For: the right-most hop that nobody vouches for is the client', async () => {
  for (const [want, ...lines] of [['203.0.113.7', '203.0.113.7'], ['203.0.113.7', '198.51.100.1, 203.0.113.7'],
    ['203.0.113.7', '198.51.100.1, 203.0.113.7, 10.0.0.1'], ['203.0.113.7', '203.0.113.7', '10.1.1.1, 10.0.0.1'],
    ['203.0.113.7', '127.0.0.1, 203.0.113.7'], ['203.0.113.7', '203.0.113.7:51000'], ['203.0.113.7', '::ffff:203.0.113.7'],
    ['2001:db8::7', '[2001:db8::7]:443'], ['2001:db8::7', '2001:DB8:0::7, 2001:db8:f::1'], ['10.0.0.9', '10.0.0.9, 10.0.0.1'],
    ['127.0.0.1', 'unknown'], ['127.0.0.1', '203.0.113.7, unknown'], ['10.0.0.1', '203.0.113.7, _x, 10.0.0.1'], ['127.0.0.1', ''],
    ['127.0.0.1', ',,,'], ['127.0.0.1', '203.0.113.7,']])
    assert.equal(await ipOf(s.app, lines.map((l) => 'X-Forwarded-For: ' + l)), want, lines.join(' | '));
});

test('nobody else is believed: another peer, another header, another server', async () => {
  const xff = ['X-Forwarded-For: 203.0.113.7'];
  assert.equal(await ipOf(s.app, xff, { from: '127.0.0.2' }), '127.0.0.2');
  assert.equal(await ipOf(plain, xff), '127.0.0.1');
  for (const h of ['Forwarded: for=203.0.113.7', 'X-Real-IP: 203.0.113.7', 'X-Client-IP: 203.0.113.7', 'True-Client-IP: 203.0.113.7',
    'CF-Connecting-IP: 203.0.113.7', 'X-Forwarded: 203.0.113.7']) assert.equal(await ipOf(s.app, [h]), '127.0.0.1', h);
});

test('refused requests have the client and a request id in their line too', async () => {
  const xff = ['X-Forwarded-For: 203.0.113.7'];
  for (const [status, o] of [[404, { path: '/nowhere' }], [405, { method: 'DELETE' }], [401, { path: '/users/me' }],
    [400, { method: 'POST', path: '/auth/login', body: '{' }]]) {
    const line = await lineOf(s.app, xff, o);
    assert.match(line, new RegExp(`status=${status} .*ip=203\\.0\\.113\\.7`));
  }
  const had = s.app.log().length;
  await rawRequest(s.app.port, 'NONSENSE\r\n\r\n');
  await rawRequest(s.app.port, 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n');
  await rawRequest(s.app.port, `GET /${'a'.repeat(9000)} HTTP/1.1\r\nHost: a\r\n\r\n`);
  const told = () => s.app.log().slice(had).split('\n').slice(0, -1).filter((l) => l.includes('event=request '));
  await until(() => told().length >= 3);
  await sleep(600);
  const lines = told();
  assert.equal(lines.length, 3);
  for (const l of lines) assert.match(l, /request_id=[\w.-]+ .*status=(400|414|501) .*ip=(127\.0\.0\.1|203\.0\.113\.9)/);
});

test('no header can change where a mailed link leads', async () => {
  const forms = [['Host: evil.example'], ['Host: evil.example:443'], ['Host: 127.0.0.1:1'], ['X-Forwarded-Host: evil.example'],
    ['X-Forwarded-Proto: https'], ['X-Forwarded-Port: 444'], ['X-Forwarded-Prefix: /evil'], ['Forwarded: host=evil.example;proto=https'],
    ['X-Host: evil.example'], ['X-Original-Host: evil.example'], ['X-Original-URL: /evil'], ['X-Rewrite-URL: /evil'], ['Origin: https://evil.example'],
    ['Referer: https://evil.example/']];
  const email = someone();
  await s.member({ email });
  for (const lines of forms) {
    const body = JSON.stringify({ email }), own = lines.some((l) => /^host/i.test(l)) ? [] : ['Host: test'];
    const head = ['POST /auth/password/reset-request HTTP/1.1', ...own, ...lines, 'Content-Type: application/json', `Content-Length: ${body.length}`];
    const r = await rawRequest(s.app.port, head.join('\r\n') + '\r\n\r\n' + body);
    assert.ok(r.status < 300 || r.status === 400, `${lines}: ${r.status}`);
    if (r.status < 300) assert.ok(linkIn(await s.box.next(email)).startsWith(s.app.base + '/'), lines[0]);
  }
});

const hasNginx = spawnSync('nginx', ['-v']).status === 0;
test('behind nginx: the client comes through, and one request is one request', { skip: !hasNginx && 'no nginx' }, async () => {
  const port = await freePort(), dir = join(s.app.dir, 'nginx');
  mkdirSync(dir);
  writeFileSync(join(dir, 'nginx.conf'), `daemon off; worker_processes 1; pid ${dir}/pid; error_log ${dir}/error.log;
    events { worker_connections 64; }
    http { access_log off; client_body_temp_path ${dir}/b; proxy_temp_path ${dir}/p; fastcgi_temp_path ${dir}/f; uwsgi_temp_path ${dir}/u;
      scgi_temp_path ${dir}/s;
      upstream aldgate { server 127.0.0.1:${s.app.port}; keepalive 4; }
      server { listen 127.0.0.1:${port};
        location = /metrics { return 404; }
        location / { proxy_pass http://aldgate; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;
          proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; } } }`);
  const nginx = spawn('nginx', ['-p', dir, '-c', join(dir, 'nginx.conf')], { stdio: 'ignore' });
  try {
    const via = { port, log: () => s.app.log() };
    await until(async () => (await rawRequest(port, bytesOf('GET', '/healthz'))).status === 200);
    assert.equal(await ipOf(via, [], { from: '127.0.0.77' }), '127.0.0.77');
    assert.equal(await ipOf(via, ['X-Forwarded-For: 6.6.6.6'], { from: '127.0.0.77' }), '127.0.0.77', 'a made-up hop in front');
    for (const bytes of ['POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      'POST /auth/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n',
      'POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 44\r\n\r\nGET /.well-known/jwks.json HTTP/1.1\r\nHost: x\r\n']) {
      const r = await rawRequest(port, bytes, { answers: 3, ms: 1500 });
      assert.ok(r.answers.length <= (bytes.includes('5;a=b') ? 2 : 1), `${r.answers.length} answers: ${bytes}`);
      assert.doesNotMatch(r.bytes, /"keys"/);
    }
    is(await rawRequest(port, bytesOf('GET', '/metrics')), 404);
  } finally { nginx.kill('SIGTERM'); await new Promise((ok) => nginx.on('close', ok)); }
});

test('check-config: what is no address, block or "unix" is refused', async () => {
  for (const [value, good] of [['unix', true], ['unix, ::1, 10.0.0.0/8', true], ['localhost', false], ['10.0.0.0/33', false],
    ['10.0.0.0/8/8', false], ['*', false]]) {
    const r = spawnSync(BIN, ['check-config'], { env: { PATH: process.env.PATH, ALDGATE_SERVER_TRUSTED_PROXIES: value } });
    assert.equal(r.status === 0, good, value);
    if (!good) assert.match(r.stderr.toString(), /trusted_proxies|TRUSTED_PROXIES/);
  }
});
