// The program as its operator sees it: what it serves beside the API, its commands, its configuration, its keys (6-operations.md).
import { test, before, after } from 'node:test';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stage, start, run, call, assert, is, someone, freePort, POSTGRES, PASSWORD } from './lib.mjs';

let s;
before(async () => { s = await stage(); });
after(() => s?.end());
const cli = (args, o = {}) => run(args, { env: { ...s.app.env, ...o.env }, input: o.input });
const good = (r, why = '') => { assert.equal(r.code, 0, `${why} ${r.out}${r.err}`); return r; };
const bad = (r, pattern, why = '') => {
  assert.ok(r.code > 0, `${why}: ended with ${r.code ?? r.signal} ${r.out}${r.err}`);
  if (pattern) assert.match(r.err + r.out, pattern, why);
};
const create = (email, { password = PASSWORD, more = [], env } = {}) => cli(['user', 'create', '--email', email, ...more],
  { input: password + '\n', env });
const WHOLE = `# a comment
[server]
listen = 127.0.0.1:9999

[mail]
url = smtp://bob:hunter2secret@mail.example:587
[token]
access_ttl = 5m
hs256_secret = 0123456789abcdef0123456789abcdef
`;
/** A folder of its own with a store and a key in it, and nobody serving it. */
async function cold(env = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'aldgate-cold-'));
  const one = await start(env, { dir });
  assert.equal((await one.stop()).code, 0);
  return { dir, one, env: one.env, key: join(dir, 'master.key'), done: async () => { await one.end();
    rmSync(dir, { recursive: true, force: true }); } };
}

test('/healthz, /readyz, / answer without a token; /openapi.json is OpenAPI 3.1 and its references resolve', async () => {
  for (const path of ['/healthz', '/readyz', '/']) is(await s.api('GET', path), 200, undefined, path);
  assert.match((await s.api('GET', '/', undefined, { headers: { accept: 'text/html' } })).text, /aldgate/i);
  const doc = is(await s.api('GET', '/openapi.json'), 200).body;
  assert.match(doc.openapi, /^3\.1\.\d/);
  assert.ok(doc.info.title && doc.info.version);
  for (const [path, methods] of Object.entries({ '/auth/signup': ['post'], '/auth/login': ['post'], '/auth/token/refresh': ['post'],
    '/auth/logout': ['post'], '/auth/logout-all': ['post'],
    '/auth/email/send-verification': ['post'], '/auth/email/verify': ['get', 'post'], '/users/me': ['get', 'put', 'patch'],
      '/.well-known/jwks.json': ['get'], '/healthz': ['get'], '/readyz': ['get'] }))
    for (const method of methods) assert.ok(doc.paths[path]?.[method]?.responses, `${method} ${path}`);
  const ids = new Set();
  (function walk(node) {
    if (!node || typeof node !== 'object') return;
    if (typeof node.$ref === 'string') assert.ok(node.$ref.slice(2).split('/').reduce((at, k) => at?.[k.replace(/~1/g, '/')], doc),
      node.$ref);
    if (node.operationId) { assert.ok(!ids.has(node.operationId), 'operationId twice: ' + node.operationId); ids.add(node.operationId); }
    Object.values(node).forEach(walk);
  })(doc);
  for (const [path, item] of Object.entries(doc.paths)) for (const [, name] of path.matchAll(/\{(\w+)\}/g))
    for (const op of Object.values(item)) if (op?.responses) assert.ok([...(op.parameters ?? []),
      ...(item.parameters ?? [])].some((p) => p.name === name || p.$ref), `${path}: ${name}`);
});

test('help, version, routes, errors, openapi', async () => {
  const help = good(await cli(['help']));
  for (const c of ['serve', 'check-config', 'migrate', 'user create', 'user show', 'user list', 'routes', 'errors', 'openapi', 'version']) {
    assert.match(help.out, new RegExp(`\\b${c}\\b`));
    good(await cli([...c.split(' '), '--help']), c);
  }
  assert.match(good(await cli(['version'])).out, /\d+\.\d+\.\d+[^]*(sqlite|openssl|libsodium)/i);
  const routes = JSON.parse(good(await cli(['routes', '--json'])).out);
  for (const r of routes) for (const k of ['method', 'path', 'surface', 'access', 'needs', 'limit', 'operation', 'file']) assert.ok(k in r,
    `${r.path}: ${k}`);
  assert.ok(routes.some((r) => r.method === 'POST' && r.path === '/auth/login'));
  for (const [path, needs] of [['/auth/login', ''], ['/users/me/email', 'email'], ['/admin/users', 'role:ADMIN']])
    assert.equal(routes.find((r) => r.path === path).needs, needs, path);
  assert.match(good(await cli(['routes'])).out, /POST\s+\/auth\/login/);
  const errors = good(await cli(['errors'])).out;
  for (const code of ['invalid_credentials', 'email_not_verified', 'throttled']) assert.match(errors, new RegExp(`\\b${code}\\b`));
  assert.deepEqual(Object.keys(JSON.parse(good(await cli(['openapi'])).out).paths),
    Object.keys((await s.api('GET', '/openapi.json')).body.paths));
  bad(await cli(['frobnicate']), /frobnicate/);
  bad(await cli(['serve', '--frobnicate']), /frobnicate/);
});

test('user create while the server runs: the account is there at once', async () => {
  const email = someone('Admin');
  good(await create(email, { more: ['--role', 'ADMIN', '--verified'] }));
  const r = is(await s.login(email), 200);
  assert.deepEqual([r.body.user.role, r.body.user.is_email_verified, r.body.user.email], ['ADMIN', true, email]);
  for (const who of [email, email.toUpperCase(), r.body.user.id]) {
    const shown = good(await cli(['user', 'show', who]));
    assert.ok(shown.out.includes(email) && shown.out.includes(r.body.user.id), shown.out);
    assert.doesNotMatch(shown.out, /\$argon2/);
  }
  assert.ok(good(await cli(['user', 'list'])).out.includes(email));
  const plain = someone();
  good(await create(plain));
  is(await s.login(plain), 403, 'email_not_verified', 'without --verified');
});

test('user create refuses what sign-up refuses: taken, bad address, role, password; the password is never an argument', async () => {
  const m = await s.signup();
  bad(await create(m.email), /taken|exists|already/i);
  for (const [email, password] of [['nonsense', PASSWORD], [someone(), 'short'], [someone(), '12345678'],
    [someone(), '']]) bad(await create(email, { password }), undefined, `${email} ${password}`);
  bad(await create(someone(), { more: ['--role', 'KING'] }), /role|KING/i);
  bad(await cli(['user', 'create', '--email', someone(), '--password', PASSWORD]), undefined, '--password');
  bad(await cli(['user', 'show', someone('nobody')]), undefined, 'unknown');
  bad(await cli(['user', 'create'], { input: PASSWORD + '\n' }), undefined, 'no address');
});

test('user create while no server runs works on the store; a migrated fresh store too', async () => {
  const c = await cold(), fresh = mkdtempSync(join(tmpdir(), 'aldgate-fresh-'));
  try {
    const email = someone();
    good(await create(email, { env: c.env, more: ['--verified'] }));
    assert.ok(good(await run(['user', 'list'], { env: c.env })).out.includes(email));
    await c.one.launch();
    is(await call(c.one.base, 'POST', '/auth/login', { email, password: PASSWORD }), 200);
    await c.one.stop();
    if (POSTGRES) return;
    const env = { ...c.env, ALDGATE_SERVER_DATA_DIR: join(fresh, 'data') };
    good(await run(['migrate'], { env }));
    good(await run(['migrate'], { env }), 'again');
    good(await run(['migrate', '--status'], { env }));
    good(await create(someone(), { env }));
  } finally { await c.done(); rmSync(fresh, { recursive: true, force: true }); }
});

test('check-config: effective values with secrets masked; errors name file and line; an unknown variable is a warning', async () => {
  const file = join(s.app.dir, 'check.ini');
  const check = (text, env = {}) => { writeFileSync(file, text); return run(['--config', file, 'check-config'], { env }); };
  const ok = good(await check(WHOLE));
  assert.match(ok.out, /127\.0\.0\.1:9999/);
  assert.match(ok.out, /5m|300/);
  assert.doesNotMatch(ok.out + ok.err, /hunter2secret|0123456789abcdef0123456789abcdef/);
  for (const [text, line] of [['[server]\nlisten = 127.0.0.1:1\nlissten = x\n', 3], ['[token]\naccess_ttl = soon\n', 2],
    ['\n\n[nonsense]\na = b\n', 4], ['[token]\nalg = none\n', 2], ['[throttle]\nenabled = perhaps\n', 2],
    ['[password]\nmin_length = many\n', 2], ['[kyc]\n\nmax_file = 10X\n', 3], ['listen\n', 1], ['[server\n', 1],
      ['[password]\nargon2_passes = 0\n', 2], ['[token]\nalg = ES256\nalg = RS256x\n', 3]]) {
    const r = await check(text), lines = text.startsWith('\n\n[nonsense]') ? '[34]' : line;
    bad(r, new RegExp(`check\\.ini:${lines}\\b`), text);
  }
  bad(await run(['--config', join(s.app.dir, 'missing.ini'), 'check-config']), /missing\.ini/);
  const warned = good(await check('', { ALDGATE_SERVER_LISSTEN: 'x' }));
  assert.match(warned.err + warned.out, /ALDGATE_SERVER_LISSTEN/);
  bad(await check('', { ALDGATE_TOKEN_ACCESS_TTL: 'soon' }), /ALDGATE_TOKEN_ACCESS_TTL|access_ttl/);
  assert.match(good(await check('[server]\nlisten = 127.0.0.1:9999\n', { ALDGATE_SERVER_LISTEN: '127.0.0.1:7777' })).out,
    /127\.0\.0\.1:7777/, 'environment beats file');
  writeFileSync(join(s.app.dir, 'secret'), '0123456789abcdef0123456789abcdef\n');
  good(await check('[token]\nalg = HS256\n', { ALDGATE_TOKEN_HS256_SECRET_FILE: join(s.app.dir, 'secret') }), 'a secret by _FILE');
  bad(await check('[token]\nalg = HS256\n'), /hs256_secret/i, 'HS256 needs its secret');
  bad(await check('[token]\nalg = HS256\nhs256_secret = short\n'), /hs256_secret/i);
});

test('serve reads the file, and refuses to start with a bad one', async () => {
  const t = await stage({}, { config: '[signup]\nissue_tokens = no\n' });
  try { assert.deepEqual(Object.keys(is(await t.api('POST', '/auth/signup', { email: someone(), password: PASSWORD }), 201).body),
    ['user']); } finally { await t.end(); }
  await assert.rejects(start({}, { config: '[signup]\nissue_tokens = perhaps\n' }), /test\.ini:2/);
});

test('master.key: made with mode 0600; lost, open to others, broken or another: serve refuses, says why and makes no new one', async () => {
  const c = await cold();
  const refuses = async (why) => {
    const r = await run(['serve'], { env: c.env });
    bad(r, /master\.key/, why);
    assert.equal(r.signal, null, why + ': it served');
  };
  try {
    assert.equal(statSync(c.key).mode & 0o777, 0o600);
    const key = readFileSync(c.key);
    unlinkSync(c.key);
    await refuses('missing beside a store');
    assert.ok(!existsSync(c.key), 'no new key was made');
    bad(await create(someone(), { env: c.env }), /master\.key/, 'user create without it');
    assert.ok(!existsSync(c.key));
    writeFileSync(c.key, key, { mode: 0o600 });
    for (const mode of [0o644, 0o640, 0o604]) { chmodSync(c.key, mode); await refuses(mode.toString(8)); }
    chmodSync(c.key, 0o600);
    const other = Buffer.from(Buffer.alloc(32, 7).toString('base64url') + '\n');
    for (const text of ['', 'short\n', key.subarray(0, 20), Buffer.concat([key, key]), Buffer.alloc(200, 0xff),
      other]) { writeFileSync(c.key, text, { mode: 0o600 }); await refuses(JSON.stringify(text.toString().slice(0, 12))); }
    writeFileSync(c.key, key, { mode: 0o600 });
    await c.one.launch();
    assert.equal((await c.one.stop()).code, 0, 'with its own key it starts again');
  } finally { await c.done(); }
});

test('keys.master_key by the environment: no file is made', async () => {
  const t = await stage({ ALDGATE_KEYS_MASTER_KEY: Buffer.alloc(32, 9).toString('base64url') });
  try {
    const m = await t.signup();
    assert.ok(!existsSync(join(t.app.dir, 'master.key')));
    await t.app.restart();
    is(await t.me(m.access_token), 200);
    is(await t.refresh(m.refresh_token), 200);
  } finally { await t.end(); }
});

test('a second server on the same data folder is refused, the first goes on', { skip: Boolean(POSTGRES) }, async () => {
  const r = await run(['serve'], { env: { ...s.app.env, ALDGATE_SERVER_LISTEN: `127.0.0.1:${await freePort()}` } });
  assert.equal(r.signal, null, 'it served');
  bad(r, undefined);
  const taken = await run(['serve'], { env: { ...s.app.env, ALDGATE_SERVER_DATA_DIR: join(s.app.dir, 'other') } });
  bad(taken, new RegExp(`${s.app.port}|in use`), 'the address is taken');
  is(await s.api('GET', '/readyz'), 200);
});

test('a store that is no store: refused with its name, not replaced', { skip: Boolean(POSTGRES) }, async () => {
  const c = await cold(), db = join(c.dir, 'aldgate.db');
  try {
    writeFileSync(db, Buffer.alloc(8192, 0x5a));
    for (const tail of ['-wal', '-shm']) rmSync(db + tail, { force: true });
    const r = await run(['serve'], { env: c.env });
    bad(r, /aldgate\.db/);
    assert.equal(r.signal, null);
    assert.equal(readFileSync(db)[0], 0x5a);
  } finally { await c.done(); }
});

test('SIGTERM: what runs is finished, then exit 0; SIGINT too; SIGHUP goes on', async () => {
  const t = await stage({ ALDGATE_PASSWORD_ARGON2_MEMORY_KIB: '19456', ALDGATE_PASSWORD_ARGON2_PASSES: '4' });
  try {
    const m = await t.member();
    t.app.child.kill('SIGHUP');
    is(await t.me(m.access_token), 200);
    const running = Array.from({ length: 6 }, () => t.login(m.email).then((r) => r.status, () => 'cut'));
    await new Promise((ok) => setTimeout(ok, 30));
    const end = await t.app.stop();
    assert.equal(end.code, 0);
    for (const r of await Promise.all(running)) assert.ok([200, 503, 'cut'].includes(r), String(r));
    await t.app.launch();
    assert.equal((await t.app.stop('SIGINT')).code, 0);
  } finally { await t.end(); }
});
