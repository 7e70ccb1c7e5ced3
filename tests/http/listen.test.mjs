// Where it listens: unix sockets, and sockets handed over by the service manager, which is told how things stand.
import { test, before, after } from 'node:test';
import { start, run, assert, until, freePort, BIN } from './lib.mjs';
import { spawn } from 'node:child_process';
import { request } from 'node:http';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let dir;
before(() => { dir = mkdtempSync(join(tmpdir(), 'aldgate-listen-')); });
after(() => rmSync(dir, { recursive: true, force: true }));

const ask = (where, path = '/healthz', headers = {}) => new Promise((ok, no) => {
  request({ ...where, path, headers, agent: false }, (r) => {
    let text = '';
    r.on('data', (d) => (text += d)).on('end', () => ok({ status: r.statusCode, text }));
  }).on('error', no).end();
});
const by = (where) => async () => (await ask(where, '/readyz')).status === 200;
const logHas = (app, pattern) => until(() => pattern.test(app.log()), () => `${pattern} not in ${app.log()}`);

test('a unix socket: mode 0660, served, logged, gone at the end', async () => {
  const path = join(dir, 'a.sock'), where = { socketPath: path };
  const app = await start({ ALDGATE_SERVER_LISTEN: 'unix:' + path }, { ready: by(where) });
  try {
    assert.equal(statSync(path).mode & 0o777, 0o660);
    await logHas(app, new RegExp(`event=serving address=unix:${path}`));
    assert.equal((await ask(where, '/healthz', { 'x-request-id': 'by-socket', 'x-forwarded-for': '203.0.113.7' })).status, 200);
    await logHas(app, /request_id=by-socket .*ip=unix/);
    const all = await Promise.all(Array.from({ length: 50 }, () => ask(where, '/openapi.json')));
    assert.ok(all.every((r) => r.status === 200));
  } finally { await app.end(); }
  assert.ok(!existsSync(path));
});

test('X-Forwarded-For behind the socket counts when "unix" is trusted', async () => {
  const path = join(dir, 'b.sock'), where = { socketPath: path };
  const app = await start({ ALDGATE_SERVER_LISTEN: 'unix:' + path, ALDGATE_SERVER_TRUSTED_PROXIES: 'unix' }, { ready: by(where) });
  try {
    await ask(where, '/healthz', { 'x-request-id': 'proxied', 'x-forwarded-for': '6.6.6.6, 203.0.113.7' });
    await logHas(app, /request_id=proxied .*ip=203\.0\.113\.7/);
    assert.equal((await ask(where, '/metrics', { 'x-forwarded-for': '203.0.113.7' })).status, 404);
  } finally { await app.end(); }
});

test('a socket file left by a crash is replaced; one that answers, or another kind of file, is not', async () => {
  const path = join(dir, 'c.sock'), where = { socketPath: path };
  const app = await start({ ALDGATE_SERVER_LISTEN: 'unix:' + path }, { ready: by(where) });
  await app.kill();
  assert.ok(existsSync(path));
  await app.launch();
  try {
    const second = await run(['serve'], { env: { ALDGATE_SERVER_LISTEN: 'unix:' + path, ALDGATE_SERVER_DATA_DIR: join(dir, 'second') } });
    assert.notEqual(second.code, 0);
    assert.match(second.err, /c\.sock.*in use/);
    assert.equal((await ask(where)).status, 200, 'the first goes on');
  } finally { await app.end(); }
  writeFileSync(path, 'mine');
  const r = await run(['serve'], { env: { ALDGATE_SERVER_LISTEN: 'unix:' + path, ALDGATE_SERVER_DATA_DIR: join(dir, 'third') } });
  assert.notEqual(r.code, 0);
  assert.equal(readFileSync(path, 'utf8'), 'mine');
});

/** A command in front of the program that hands it a listening socket as systemd does, meant for process `pid` ("own": the program's). */
const handOver = (port, pid = 'own') => ['python3', '-c', `import os, socket, sys
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", ${port}))
s.listen()
os.dup2(s.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_FDS="1", LISTEN_PID="${pid}" if "${pid}" != "own" else str(os.getpid()))
os.execv(sys.argv[1], sys.argv[1:])`];

test('socket activation: serves the socket that was handed over, not server.listen', async () => {
  const port = await freePort(), where = { host: '127.0.0.1', port };
  const app = await start({ ALDGATE_SERVER_LISTEN: '127.0.0.1:1' }, { through: handOver(port), ready: by(where) });
  try {
    await logHas(app, new RegExp(`event=serving address=127\\.0\\.0\\.1:${port}`));
    assert.equal((await ask(where)).status, 200);
  } finally { await app.end(); }
});

test('socket activation: meant for another process it is not taken; no socket, or two, is an error', async () => {
  const app = await start({}, { through: handOver(await freePort(), '1') });
  try { assert.equal((await ask({ host: '127.0.0.1', port: app.port })).status, 200, 'server.listen'); } finally { await app.end(); }
  const fails = (fds) => new Promise((ok) => {
    const child = spawn('sh', ['-c', `LISTEN_PID=$$ LISTEN_FDS=${fds} exec "$0" serve 3</dev/null`, BIN],
      { env: { PATH: process.env.PATH, ALDGATE_SERVER_DATA_DIR: join(dir, 'f') }, stdio: ['ignore', 'ignore', 'pipe'] });
    let err = '';
    child.stderr.on('data', (d) => (err += d));
    child.on('close', (code) => ok({ code, err }));
  });
  for (const [fds, want] of [[1, /not a listening socket/], [2, /2 sockets/]]) {
    const r = await fails(fds);
    assert.notEqual(r.code, 0);
    assert.match(r.err, want);
  }
});

const LISTENER = `import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1].replace("@", "\\0", 1) if sys.argv[1].startswith("@") else sys.argv[1])
print("bound", flush=True)
while True: print(s.recv(4096).decode().replace("\\n", " "), flush=True)`;

test('the service manager hears READY, RELOADING and STOPPING', async () => {
  for (const path of [join(dir, 'notify'), `@aldgate-test-${process.pid}`]) {
    const manager = spawn('python3', ['-c', LISTENER, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    let heard = '';
    manager.stdout.on('data', (d) => (heard += d));
    const hears = (pattern) => until(() => pattern.test(heard), () => `${pattern} not in ${heard}`);
    try {
      await hears(/bound/);
      const app = await start({ NOTIFY_SOCKET: path });
      await hears(/^READY=1$/m);
      heard = '';
      app.child.kill('SIGHUP');
      await hears(/^RELOADING=1 MONOTONIC_USEC=\d+\nREADY=1$/m);
      await app.end();
      await hears(/^STOPPING=1$/m);
    } finally { manager.kill(); }
  }
  const deaf = await start({ NOTIFY_SOCKET: join(dir, 'nobody') });
  await deaf.end();
});
