// Surface admin: roles, locks, blocked devices, lists; by administrators only, each act in the audit log.
import { test, before, after } from 'node:test';
import { stage, assert, is, run, someone, someName, together, WRONG } from './lib.mjs';

let s, a;
const admin = async (on = s) => {
  const m = await on.member();
  await on.operator(['set-role', m.email, 'ADMIN']);
  return m;
};
before(async () => { s = await stage(); a = await admin(); });
after(() => s?.end());
const post = (who, path, body, on = s) => on.api('POST', '/admin' + path, body, { bearer: who.access_token });
const get = async (path, status = 200, code, who = a) => is(await s.api('GET', '/admin' + path, undefined, { bearer: who.access_token }), status, code).body;
const NOBODY = '00000000-0000-7000-8000-000000000000';
const audit = (m, action) => get(`/audit?subject=${m.user.id}&action=${action}`).then((r) => r.items);

test('only for administrators, as the account is at that moment', async () => {
  const m = await s.member(), rows = [['POST', '/assign-role'], ['GET', '/users'], ['GET', '/users/' + NOBODY], ['POST', `/users/${NOBODY}/lock`],
    ['POST', `/users/${NOBODY}/unlock`], ['POST', `/users/${NOBODY}/reset-2fa`], ['POST', `/users/${NOBODY}/logout-all`], ['POST', '/devices/block'],
    ['POST', '/devices/unblock'], ['GET', '/devices/blocked'], ['GET', '/logins'], ['GET', '/audit']];
  const all = async (status, code, bearer) => {
    for (const [method, path] of rows) is(await s.api(method, '/admin' + path, method === 'POST' ? {} : undefined, { bearer }), status, code, path);
  };
  await all(401, 'not_authenticated', undefined);
  await all(403, 'role_required', m.access_token);
  await s.operator(['set-role', m.email, 'ADMIN']);
  await get('/users', 200, undefined, m);
  await s.operator(['set-role', m.email, 'CUSTOMER']);
  await all(403, 'role_required', m.access_token);
});

test('assign-role: by id or e-mail, in any case, at once, and told in the audit log', async () => {
  const m = await s.member();
  const r = is(await post(a, '/assign-role', { user_id: m.user.id, role: 'seller', reason: 'sells' }), 200).body.user;
  assert.deepEqual([r.id, r.role, r.status, r.locked_at], [m.user.id, 'SELLER', 'active', null]);
  assert.equal(is(await s.me(m.access_token), 200).body.role, 'SELLER');
  is(await post(a, '/assign-role', { email: m.email.toUpperCase(), role: 'CUSTOMER' }), 200);
  assert.equal(is(await s.me(m.access_token), 200).body.role, 'CUSTOMER');
  const [last, first] = await audit(m, 'role_changed');
  assert.deepEqual(first.detail, { from: 'CUSTOMER', to: 'SELLER', reason: 'sells' });
  assert.deepEqual([last.detail.to, last.actor_id, last.subject_id, last.ip], ['CUSTOMER', a.user.id, m.user.id, '127.0.0.1']);
  for (const [body, field] of [[{ email: m.email, role: 'KING' }, 'role'], [{ email: m.email }, 'role'], [{ role: 'SELLER' }, 'user_id'],
    [{ user_id: m.user.id, email: m.email, role: 'SELLER' }, 'user_id'], [{ user_id: 'x', role: 'SELLER' }, 'user_id'],
    [{ user_id: m.user.id, role: 'SELLER', reason: 'r'.repeat(501) }, 'reason']])
    assert.ok(is(await post(a, '/assign-role', body), 400, 'invalid').body.errors[field], JSON.stringify(body));
  is(await post(a, '/assign-role', { user_id: NOBODY, role: 'SELLER' }), 404, 'not_found');
  is(await post(a, '/assign-role', { email: someone(), role: 'SELLER' }), 404, 'not_found');
});

test('lock and unlock: sessions end, the account says why to administrators only', async () => {
  const m = await s.member(), until = new Date(Date.now() + 3600e3).toISOString();
  is(await post(a, `/users/${m.user.id}/lock`, { reason: 'fraud', until }), 200);
  is(await s.me(m.access_token), 401);
  is(await s.login(m.email), 403, 'account_locked');
  is(await s.login(m.email, { password: WRONG }), 401, 'invalid_credentials');
  const seen = await get('/users/' + m.user.id);
  assert.deepEqual([seen.status, seen.lock_reason, seen.locked_until.slice(0, 19)], ['locked', 'fraud', until.slice(0, 19)]);
  is(await post(a, `/users/${m.user.id}/unlock`), 200);
  is(await post(a, `/users/${m.user.id}/unlock`, { reason: 'again' }), 200);
  assert.equal((await get('/users/' + m.user.id)).status, 'active');
  is(await s.login(m.email), 200);
  assert.equal((await audit(m, 'user_locked'))[0].detail.reason, 'fraud');
  assert.equal((await audit(m, 'user_unlocked')).length, 1);
  for (const [body, field] of [[{}, 'reason'], [{ reason: ' ' }, 'reason'], [{ reason: 'x', until: 'soon' }, 'until'], [{ reason: 'x', until: '2001-01-01T00:00:00Z' }, 'until'],
    [{ reason: 'x', until: '1970-01-01T00:00:00Z' }, 'until'], [{ reason: 'x', until: 5 }, 'until']])
    assert.ok(is(await post(a, `/users/${m.user.id}/lock`, body), 400, 'invalid').body.errors[field], JSON.stringify(body));
  is(await post(a, `/users/${NOBODY}/lock`, { reason: 'x' }), 404, 'not_found');
  is(await post(a, '/users/none/lock', { reason: 'x' }), 404, 'not_found');
});

test('logout-all and reset-2fa of somebody', async () => {
  const m = await s.member(), second = is(await s.login(m.email), 200).body;
  is(await post(a, `/users/${m.user.id}/logout-all`, { reason: 'asked by phone' }), 200);
  for (const t of [m, second]) is(await s.me(t.access_token), 401);
  assert.deepEqual((await audit(m, 'logout_all'))[0].detail, { reason: 'asked by phone' });
  is(await post(a, `/users/${m.user.id}/reset-2fa`, {}), 200);
  assert.equal((await audit(m, 'mfa_reset')).length, 1);
  for (const act of ['logout-all', 'reset-2fa', 'unlock']) is(await post(a, `/users/${NOBODY}/${act}`), 404, 'not_found');
  await s.operator(['reset-2fa', m.email, '--reason', 'lost phone']);
  assert.deepEqual((await audit(m, 'mfa_reset'))[0].detail, { reason: 'lost phone' });
  const r = await run(['user', 'reset-2fa', someone()], { env: s.app.env });
  assert.equal(r.code, 1);
});

test('a device is blocked for everybody or for one, and lives again when unblocked', async () => {
  const dev = someName(), m = await s.member({ device_id: dev }), other = await s.member({ device_id: dev });
  is(await post(a, '/devices/block', { device_id: dev, user_id: m.user.id, reason: 'stolen' }), 200);
  is(await s.me(m.access_token), 403, 'device_blocked');
  is(await s.refresh(m.refresh_token, { device_id: dev }), 403, 'device_blocked');
  is(await s.login(m.email, { device_id: dev }), 403, 'device_blocked');
  is(await s.login(m.email, { device_id: 'other' }), 200);
  is(await s.me(other.access_token), 200);
  is(await post(a, '/devices/unblock', { device_id: dev }), 404, 'not_found');
  is(await post(a, '/devices/block', { device_id: dev, reason: 'all' }), 200);
  is(await s.me(other.access_token), 403, 'device_blocked');
  is(await post(a, '/devices/unblock', { device_id: dev, user_id: m.user.id, reason: 'found' }), 200);
  is(await s.me(m.access_token), 403, 'device_blocked');
  is(await post(a, '/devices/unblock', { device_id: dev }), 200);
  for (const t of [m, other]) is(await s.me(t.access_token), 200);
  assert.deepEqual((await audit(m, 'device_blocked'))[0].detail, { device_id: dev, reason: 'stolen' });
  assert.deepEqual((await audit(m, 'device_unblocked'))[0].detail, { device_id: dev, reason: 'found' });
  is(await post(a, '/devices/block', { device_id: dev, user_id: NOBODY, reason: 'x' }), 404, 'not_found');
  for (const [body, field] of [[{ device_id: dev }, 'reason'], [{ reason: 'x' }, 'device_id'], [{ device_id: dev, reason: 'x', user_id: 'y' }, 'user_id']])
    assert.ok(is(await post(a, '/devices/block', body), 400, 'invalid').body.errors[field]);
});

test('blocked devices in pages', async () => {
  const names = Array.from({ length: 5 }, (_, i) => `page ${i} ${someName()}`), m = await s.member();
  for (const n of names) is(await post(a, '/devices/block', { device_id: n, reason: n }), 200);
  is(await post(a, '/devices/block', { device_id: names[2], user_id: m.user.id, reason: 'one' }), 200);
  const seen = [];
  for (let cursor = ''; cursor !== null;) {
    const page = await get(`/devices/blocked?limit=2${cursor && '&cursor=' + cursor}`);
    seen.push(...page.items);
    cursor = page.next_cursor;
  }
  assert.deepEqual(seen.map((b) => b.device_id).filter((d) => names.includes(d)).sort(), [...names, names[2]].sort());
  const one = seen.find((b) => b.user_id === m.user.id);
  assert.deepEqual([one.reason, one.blocked_by], ['one', a.user.id]);
  for (const n of names) is(await post(a, '/devices/unblock', { device_id: n }), 200);
});

test('users: by the beginning of e-mail, username or name, role and status, newest first, in pages', async () => {
  const tag = someName(), made = [];
  made.push(await s.member({ email: someone(tag) }), await s.member({ username: tag.toUpperCase() + '1' }), await s.member({ full_name: tag + ' Ñandú 100%' }));
  const ids = made.map((m) => m.user.id).reverse(), of = (list) => list.items.map((u) => u.id);
  assert.deepEqual(of(await get('/users?q=' + tag)), ids);
  assert.deepEqual(of(await get('/users?q=' + tag.toUpperCase())), ids);
  assert.deepEqual(of(await get('/users?q=' + encodeURIComponent(tag + ' Ñandú 1'))), ids.slice(0, 1));
  for (const q of [tag + '%', tag.slice(1), '%', '_', someName()]) assert.deepEqual(of(await get('/users?q=' + encodeURIComponent(q))).filter((i) => ids.includes(i)), [], q);
  const first = await get(`/users?q=${tag}&limit=2`), rest = await get(`/users?q=${tag}&limit=2&cursor=${first.next_cursor}`);
  assert.deepEqual([...of(first), ...of(rest)], ids);
  assert.equal(rest.next_cursor, null);
  await get(`/users?limit=2&cursor=${first.next_cursor}`, 400, 'invalid');
  await s.operator(['set-role', made[0].email, 'SELLER']);
  await s.lock(made[1].email);
  assert.deepEqual(of(await get(`/users?q=${tag}&role=seller`)), [made[0].user.id]);
  assert.deepEqual(of(await get(`/users?q=${tag}&status=locked`)), [made[1].user.id]);
  assert.deepEqual(of(await get('/users?status=locked&limit=1')), [made[1].user.id]);
  assert.deepEqual(of(await get('/users?role=SELLER&limit=1')), [made[0].user.id]);
  assert.deepEqual(of(await get('/users?status=deleted')), []);
  assert.ok((await get('/users?status=active&limit=100')).items.every((u) => u.status === 'active'));
  assert.deepEqual(Object.keys((await get('/users?limit=1')).items[0]).filter((k) => /password|key/.test(k)), []);
  assert.ok((await get('/users?role=KING', 400, 'invalid')).errors.role);
  assert.ok((await get('/users?status=odd', 400, 'invalid')).errors.status);
  await get('/users/' + NOBODY, 404, 'not_found');
});

test('logins: of a user, an address, an outcome; with the identifier as typed', async () => {
  const m = await s.member(), odd = 'Nobody.' + someName();
  is(await s.login(odd, { device_id: 'x' }, { from: '127.77.1.2' }), 401);
  is(await s.login(m.email), 200);
  is(await s.login(m.email, { password: WRONG }), 401);
  const ofIp = (await get('/logins?ip=127.77.1.2')).items;
  assert.deepEqual(ofIp.map((l) => [l.identifier, l.user_id, l.outcome, l.device_id]), [[odd, null, 'invalid_credentials', 'x']]);
  assert.deepEqual((await get('/logins?user=' + m.user.id)).items.map((l) => l.outcome), ['invalid_credentials', 'success']);
  assert.deepEqual((await get(`/logins?user=${m.user.id}&outcome=success`)).items.map((l) => l.user_id), [m.user.id]);
  assert.ok((await get('/logins?outcome=success&limit=1')).items[0].session_id);
  assert.equal((await get('/logins?limit=1')).items[0].user_id, m.user.id);
  assert.ok((await get('/logins?ip=here', 400, 'invalid')).errors.ip);
  assert.ok((await get('/logins?user=me', 400, 'invalid')).errors.user);
});

test('audit: by actor too, and in pages', async () => {
  const b = await admin(), m = await s.member();
  for (const role of ['SELLER', 'CUSTOMER', 'SELLER']) is(await post(b, '/assign-role', { user_id: m.user.id, role }), 200);
  const first = await get(`/audit?actor=${b.user.id}&limit=2`), rest = await get(`/audit?actor=${b.user.id}&limit=2&cursor=${first.next_cursor}`);
  const all = [...first.items, ...rest.items].filter((e) => e.action === 'role_changed');
  assert.deepEqual(all.map((e) => e.detail.to), ['SELLER', 'CUSTOMER', 'SELLER']);
  assert.ok((await get('/audit?action=user_created&limit=1')).items[0].subject_id);
  assert.ok((await get('/audit?actor=me', 400, 'invalid')).errors.actor);
});

test('two administrators against each other, 200 times: one is always left', { timeout: 600000 }, async () => {
  const t = await stage();
  try {
    const two = [await admin(t), await admin(t)];
    const at = (who) => ['Authorization: Bearer ' + who.access_token];
    for (let round = 0; round < 200; round++) {
      const locks = round % 2 === 1, path = (i) => (locks ? `/admin/users/${two[1 - i].user.id}/lock` : '/admin/assign-role');
      const body = (i) => (locks ? { reason: 'race' } : { user_id: two[1 - i].user.id, role: 'CUSTOMER' });
      const r = await together(t.app.base, 2, path, body, { headers: (i) => at(two[i]) });
      const won = r.findIndex((x) => x.status === 200), lost = r[1 - won];
      assert.ok(won >= 0, 'one of them: ' + r.map((x) => x.text));
      assert.ok([401, 403, 409].includes(lost.status), lost.text);
      const winner = two[won], loser = two[1 - won];
      assert.equal(is(await t.me(winner.access_token), 200).body.role, 'ADMIN');
      if (locks) {
        is(await post(winner, `/users/${loser.user.id}/unlock`, {}, t), 200);
        Object.assign(loser, is(await t.login(loser.email), 200).body);
      } else is(await post(winner, '/assign-role', { user_id: loser.user.id, role: 'ADMIN' }, t), 200);
    }
    is(await post(two[0], '/assign-role', { user_id: two[1].user.id, role: 'SELLER' }, t), 200);
    is(await post(two[0], '/assign-role', { user_id: two[0].user.id, role: 'SELLER' }, t), 409, 'last_admin');
    is(await post(two[0], `/users/${two[0].user.id}/lock`, { reason: 'self' }, t), 409, 'last_admin');
  } finally { await t.end(); }
});
