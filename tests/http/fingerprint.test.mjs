// POST /auth/fingerprint: docs/fingerprint.md.
import { test, before, after } from 'node:test';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { stage, assert, is, together, tally, claims, someone, POSTGRES, PASSWORD, WRONG } from './lib.mjs';

let s;
before(async () => { s = await stage({ ALDGATE_FINGERPRINT_REQUIRE_MFA: 'yes' }); });
after(() => s?.end());
const FP = { ua: 'Firefox/140', screen: '1920x1080', tz: 'Europe/Madrid', canvas: 'abc123' };
const send = (m, fingerprint, extra = {}) => s.api('POST', '/auth/fingerprint', { device_id: 'dev', fingerprint, ...extra }, { bearer: m.access_token });

test('saved at first, compared from then on', async () => {
  const m = await s.member({ device_id: 'dev' });
  assert.deepEqual(is(await send(m, FP), 200).body, { saved: true });
  for (const [fp, match, similarity, changed] of [
    [FP, true, 1, []],
    [{ ...FP, screen: 'x' }, true, 0.75, ['screen']],
    [{ ua: FP.ua, screen: FP.screen, tz: FP.tz }, true, 0.75, ['canvas']],
    [{ ...FP, fonts: 'y' }, true, 0.8, ['fonts']],
    [{ ...FP, screen: 'x', tz: 'y' }, false, 0.5, ['screen', 'tz']],
    [{ other: 'x' }, false, 0, ['canvas', 'other', 'screen', 'tz', 'ua']],
    ['text', false, 0, ['canvas', 'fingerprint', 'screen', 'tz', 'ua']],
  ]) assert.deepEqual(is(await send(m, fp), 200).body, { match, similarity, changed }, JSON.stringify(fp));
});

test('one string is one attribute; other devices and users are apart', async () => {
  const [m, other] = [await s.member(), await s.member()];
  for (const who of [m, other]) assert.deepEqual(is(await send(who, 'abc'), 200).body, { saved: true });
  assert.deepEqual(is(await send(m, 'abc', { device_id: 'second' }), 200).body, { saved: true });
  assert.deepEqual(is(await send(m, 'abc'), 200).body, { match: true, similarity: 1, changed: [] });
  assert.deepEqual(is(await send(m, 'abd'), 200).body, { match: false, similarity: 0, changed: ['fingerprint'] });
  assert.equal(is(await send(other, 'abc'), 200).body.match, true);
});

test('compare without one: 404; saving over one wants the password', async () => {
  const m = await s.member();
  is(await send(m, FP, { action: 'compare' }), 404, 'not_found');
  assert.deepEqual(is(await send(m, FP, { action: 'save' }), 200).body, { saved: true });
  is(await send(m, 'new', { action: 'save' }), 403, 'reauthentication_required');
  assert.ok(is(await send(m, 'new', { action: 'save', password: WRONG }), 400, 'invalid').body.errors.password);
  assert.equal(is(await send(m, FP), 200).body.similarity, 1);
  assert.deepEqual(is(await send(m, 'new', { action: 'save', password: PASSWORD }), 200).body, { saved: true });
  assert.equal(is(await send(m, 'new'), 200).body.similarity, 1);
});

test('what is refused', async () => {
  const m = await s.member(), many = (n, f) => Object.fromEntries(Array.from({ length: n }, (_, i) => f(i)));
  for (const bad of [5, true, [], ['a'], {}, { a: 5 }, { a: null }, { a: {} }, { '': 'x' }, { a: 'b\u0000' }, { ['n'.repeat(65)]: 'x' },
    { a: 'v'.repeat(1025) }, many(33, (i) => ['k' + i, 'v']), null])
    assert.ok(is(await send(m, bad), 400, 'invalid').body.errors.fingerprint, JSON.stringify(bad)?.slice(0, 60));
  assert.ok(is(await send(m, FP, { action: 'steal' }), 400, 'invalid').body.errors.action);
  assert.ok(is(await send(m, FP, { device_id: undefined }), 400, 'invalid').body.errors.device_id);
  is(await send(m, many(32, (i) => ['k'.repeat(60) + i, 'v'.repeat(1024)])), 200);
  is(await send(m, { empty: '' }, { device_id: 'e' }), 200);
});

test('50 at once: one saves, the others compare', async () => {
  const m = await s.member(), headers = ['Authorization: Bearer ' + m.access_token];
  const r = await together(s.app.base, 50, '/auth/fingerprint', { device_id: 'race', fingerprint: FP }, { headers });
  assert.deepEqual(tally(r), { 200: 50 });
  assert.equal(r.filter((a) => a.body.saved).length, 1);
  assert.ok(r.every((a) => a.body.saved || a.body.similarity === 1));
});

test('a poor match and no second factor: the next refresh ends the session, with require_mfa', async () => {
  const m = await s.member({ device_id: 'dev' }), refresh = (t) => s.refresh(t, { device_id: 'dev' });
  is(await send(m, FP), 200);
  const t = is(await refresh(m.refresh_token), 200).body;
  assert.equal(is(await send(t, { ua: 'other' }), 200).body.match, false);
  is(await s.me(t.access_token), 200);
  is(await refresh(t.refresh_token), 401, 'invalid_token');
  is(await s.me(t.access_token), 401);
  const again = is(await s.login(m.email, { device_id: 'dev' }), 200).body;
  is(await refresh(again.refresh_token), 200);
});

test('a new fingerprint, saved with the password, takes the mark away', async () => {
  const m = await s.member({ device_id: 'dev' });
  is(await send(m, FP), 200);
  assert.equal(is(await send(m, 'other'), 200).body.match, false);
  assert.equal(is(await send(m, FP), 200).body.match, true, 'a good match alone does not');
  is(await send(m, 'other', { action: 'save', password: PASSWORD }), 200);
  is(await s.refresh(m.refresh_token, { device_id: 'dev' }), 200);
});

test('forgetting the device forgets its fingerprint', async () => {
  const m = await s.member({ device_id: 'dev' }), o = is(await s.login(m.email), 200).body;
  is(await send(m, FP), 200);
  const { items } = is(await s.api('GET', '/auth/devices', undefined, { bearer: o.access_token }), 200).body;
  is(await s.api('DELETE', '/auth/devices/' + items.find((d) => d.device_id === 'dev').id, undefined, { bearer: o.access_token }), 204);
  assert.deepEqual(is(await send(o, 'new one'), 200).body, { saved: true });
});

const sign = (m, fingerprint, extra = {}) => s.login(m.email, { device_id: 'dev', fingerprint, ...extra });

test('at sign-in: saved at first, compared from then on, and the sign-in never fails for it', async () => {
  const m = await s.member();
  const first = is(await sign(m, FP), 200).body, good = is(await sign(m, { ...FP, screen: 'x' }), 200).body;
  assert.equal(is(await send(m, FP, { action: 'compare' }), 200).body.similarity, 1, 'the first is kept');
  const poor = is(await sign(m, { ua: 'other' }), 200).body;
  for (const t of [first, good]) is(await s.refresh(t.refresh_token, { device_id: 'dev' }), 200);
  is(await s.me(poor.access_token), 200);
  is(await s.refresh(poor.refresh_token, { device_id: 'dev' }), 401, 'invalid_token', 'without a second factor the session ends');
  const email = someone();
  await s.operator(['create', '--email', email, '--role', 'ADMIN', '--verified'], PASSWORD + '\n');
  const a = is(await s.login(email), 200).body;
  const events = is(await s.api('GET', `/admin/audit?subject=${m.user.id}&action=fingerprint_mismatch`, undefined, { bearer: a.access_token }), 200).body.items;
  assert.deepEqual(events.map((e) => e.detail), [{ session_id: poor.session_id, device_id: 'dev', similarity: 0 }]);
});

test('at sign-in: nothing is kept of a wrong password; bad ones are refused before it; null is none', async () => {
  const m = await s.member();
  is(await sign(m, FP, { password: WRONG }), 401, 'invalid_credentials');
  is(await send(m, FP, { action: 'compare' }), 404);
  for (const bad of [5, [], {}, { a: 5 }, { a: 'v'.repeat(1025) }]) assert.ok(is(await sign(m, bad), 400, 'invalid').body.errors.fingerprint);
  assert.ok(is(await s.login(m.email, { fingerprint: FP }), 400, 'invalid').body.errors.device_id);
  is(await sign(m, null), 200);
  is(await s.login(m.email, { fingerprint: null }), 200);
  is(await send(m, FP, { action: 'compare' }), 404);
});

test('no value stands in the store', { skip: !!POSTGRES }, async () => {
  const m = await s.member();
  is(await send(m, { canvas: 'very-secret-canvas-value' }), 200);
  for (const name of readdirSync(s.app.dir).filter((n) => /\.db/.test(n)))
    assert.ok(!readFileSync(join(s.app.dir, name)).includes('very-secret-canvas-value'), name);
  assert.ok(claims(m.access_token).sid);
});
