// Signing keys by command: what is published when, who signs, and that no private part is ever printed (1-core.md, Tokens).
import { test, before, after } from 'node:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stage, start, run, assert, is, header } from './lib.mjs';

let s;
before(async () => { s = await stage(); });
after(() => s?.end());
const good = (r) => { assert.equal(r.code, 0, r.out + r.err); return r.out; };
const list = async (app) => JSON.parse(good(await run(['key', 'list', '--json'], { env: app.env })));
const rotate = async (app) => good(await run(['key', 'rotate'], { env: app.env })).trim();
const jwks = async (t) => (await t.api('GET', '/.well-known/jwks.json')).body.keys;
const kids = (keys) => keys.map((k) => k.kid).sort();
const seconds = (a, b) => (Date.parse(a) - Date.parse(b)) / 1000;

for (const alg of ['ES256', 'EdDSA', 'RS256'])
  test(`${alg}: a new key is published at once and signs from 120 s on; the old one ends with its last token`, async () => {
    const t = await stage({ ALDGATE_TOKEN_ALG: alg, ALDGATE_TOKEN_ACCESS_TTL: '5m' });
    try {
      const m = await t.member(), [first] = await list(t.app);
      assert.deepEqual([first.kid, first.alg, first.state, first.verifies_until], [header(m.access_token).kid, alg, 'signing', null]);
      const kid = await rotate(t.app), keys = await list(t.app), [old, next] = keys;
      assert.deepEqual([old.kid, old.state, next.kid, next.alg, next.state, next.verifies_until], [first.kid, 'signing', kid, alg, 'next', null]);
      assert.equal(seconds(next.signs_from, next.created_at), 120);
      assert.ok(Math.abs(seconds(old.verifies_until, next.signs_from) - 330) <= 1, JSON.stringify(keys));
      assert.deepEqual(kids(await jwks(t)), kids(keys), 'no wait, no restart');
      is(await t.me(m.access_token), 200, undefined, 'tokens of before');
      assert.equal(header(is(await t.login(m.email), 200).body.access_token).kid, first.kid, 'the old one signs on');
      await t.app.restart();
      assert.deepEqual(kids(await jwks(t)), kids(keys));
      is(await t.me(m.access_token), 200, undefined, 'after a restart');
    } finally { await t.end(); }
  });

test('a second rotation leaves the end of the first key as it is', async () => {
  const t = await stage();
  try {
    await rotate(t.app);
    const [was] = await list(t.app);
    await rotate(t.app);
    const now = await list(t.app);
    assert.deepEqual(now[0], was);
    assert.deepEqual(now.map((k) => k.state), ['signing', 'next', 'next']);
    assert.deepEqual(now.map((k) => k.verifies_until === null), [false, false, true]);
  } finally { await t.end(); }
});

test('key export-jwks prints what the server publishes; nothing prints a private part', async () => {
  const printed = JSON.parse(good(await run(['key', 'export-jwks'], { env: s.app.env })));
  assert.deepEqual(printed, (await s.api('GET', '/.well-known/jwks.json')).body);
  for (const k of printed.keys) for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) assert.ok(!(secret in k), secret);
  for (const k of await list(s.app)) assert.deepEqual(Object.keys(k).sort(), ['alg', 'created_at', 'kid', 'signs_from', 'state', 'verifies_until']);
  const text = good(await run(['key', 'list'], { env: s.app.env })), [k] = await list(s.app);
  assert.match(text, new RegExp(`${k.kid} +ES256 +signing +${k.created_at}`));
});

test('HS256: its secret is the configuration\'s, so there is nothing to rotate, and nothing is published', async () => {
  const t = await stage({ ALDGATE_TOKEN_ALG: 'HS256', ALDGATE_TOKEN_HS256_SECRET: '0123456789abcdef0123456789abcdef' });
  try {
    const r = await run(['key', 'rotate'], { env: t.app.env });
    assert.equal(r.code, 1);
    assert.match(r.err, /hs256_secret/);
    const keys = await list(t.app);
    assert.deepEqual(keys.map((k) => [k.alg, k.state, k.created_at]), [['HS256', 'signing', null]]);
    assert.deepEqual(JSON.parse(good(await run(['key', 'export-jwks'], { env: t.app.env }))).keys, []);
  } finally { await t.end(); }
});

test('without a server: the store is rotated, and the next start publishes both', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'aldgate-cold-'));
  try {
    const app = await start({}, { dir });
    assert.equal((await app.stop()).code, 0);
    const [first] = await list(app), kid = await rotate(app);
    assert.deepEqual((await list(app)).map((k) => k.kid), [first.kid, kid]);
    await app.launch();
    const published = await (await fetch(app.base + '/.well-known/jwks.json')).json();
    assert.deepEqual(kids(published.keys), [first.kid, kid].sort());
    await app.end();
  } finally { rmSync(dir, { recursive: true, force: true }); }
});

test('wrong usage is told and changes nothing', async () => {
  const before = await list(s.app);
  for (const args of [['key', 'rotate', 'now'], ['key', 'list', '--yaml'], ['key', 'export-jwks', '--private'], ['key'], ['key', 'drop']])
    assert.equal((await run(args, { env: s.app.env })).code, 2, args.join(' '));
  assert.deepEqual(await list(s.app), before);
});
