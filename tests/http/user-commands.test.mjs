// What an operator does to accounts while the server runs: lock, unlock, set-role, set-password, delete, and what each ends (7-states.md).
import { test, before, after } from 'node:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stage, start, run, call, assert, is, sleep, timely, someone, someName, tokenIn, codeIn, PASSWORD, WRONG } from './lib.mjs';

const OTHER = 'other-Horse-battery-staple';
let s;
before(async () => { s = await stage(); });
after(() => s?.end());
const user = (args, { env = s.app.env, input } = {}) => run(['user', ...args], { env, input });
const good = async (args, o) => { const r = await user(args, o); assert.equal(r.code, 0, r.out + r.err); return r.out; };
const bad = async (args, code, pattern, o) => {
  const r = await user(args, o);
  assert.equal(r.code, code, `${args.join(' ')}: ${r.out}${r.err}`);
  assert.match(r.err, pattern);
};
const status = async (who) => /^status +(.*)$/m.exec(await good(['show', who]))[1];
/** All that was opened before is over. */
async function ended(m) {
  is(await s.me(m.access_token), 401, 'invalid_token');
  is(await s.refresh(m.refresh_token), 401, 'invalid_token');
}

test('lock: sessions end, the right password gets 403, a wrong one 401; unlock: sign-in again, the old sessions stay ended', async () => {
  const m = await s.member();
  await good(['lock', m.email, '--reason', 'abuse of the "service"']);
  assert.equal(await status(m.email), 'locked');
  await ended(m);
  is(await s.login(m.email), 403, 'account_locked');
  is(await s.login(m.email, { password: WRONG }), 401, 'invalid_credentials');
  await good(['unlock', m.email]);
  assert.equal(await status(m.email), 'active');
  await ended(m);
  is(await s.login(m.email), 200);
  await good(['unlock', m.email], 'again');
});

test('lock --until ends by itself', () => timely(async (before) => {
  const m = await s.member(), end = Date.now() + 2500;
  await before(end, () => good(['lock', m.email, '--until', new Date(end).toISOString(), '--reason=cooling off']));
  is(await before(end, () => s.login(m.email)), 403, 'account_locked');
  await sleep(Math.max(0, end - Date.now()) + 50);
  is(await s.login(m.email), 200);
  assert.equal(await status(m.email), 'active');
  await ended(m);
}));

test('lock: codes and links from before are dead, and stay so', async () => {
  const m = await s.signup(), token = tokenIn(await s.box.next(m.email));
  await good(['lock', m.email, '--reason', 'test']);
  is(await s.api('POST', '/auth/email/verify', { token }), 400, 'invalid_link');
  await good(['unlock', m.email]);
  is(await s.api('POST', '/auth/email/verify', { token }), 400, 'invalid_link');
});

test('USER is an id, e-mail or username in any case', async () => {
  const username = someName(), m = await s.member({ username });
  for (const who of [m.user.id, m.email.toUpperCase(), username.toUpperCase()]) {
    await good(['lock', who, '--reason', 'test']);
    assert.equal(await status(m.email), 'locked', who);
    await good(['unlock', who, '--reason', 'test']);
    assert.equal(await status(m.email), 'active', who);
  }
});

test('set-role: in any case, live sessions go on with it; an unknown role is refused', async () => {
  const m = await s.member();
  await good(['set-role', m.email, 'seller']);
  assert.equal(is(await s.me(m.access_token), 200).body.role, 'SELLER');
  await bad(['set-role', m.email, 'KING'], 1, /role/);
  assert.equal(is(await s.me(m.access_token), 200).body.role, 'SELLER');
  is(await s.refresh(m.refresh_token), 200);
});

test('the last administrator is neither demoted nor locked; of two, one is', async () => {
  const t = await stage();
  try {
    const [a, b] = [await t.member(), await t.member()], env = t.app.env;
    await good(['set-role', a.email, 'ADMIN'], { env });
    await bad(['set-role', a.email, 'CUSTOMER'], 1, /last administrator/i, { env });
    await bad(['lock', a.email, '--reason', 'x'], 1, /last administrator/i, { env });
    is(await t.me(a.access_token), 200);
    await good(['set-role', b.email, 'ADMIN'], { env });
    const both = await Promise.all([a, b].map((m) => user(['set-role', m.email, 'CUSTOMER'], { env })));
    assert.deepEqual(both.map((r) => r.code).sort(), [0, 1]);
    for (const now of [[], ['--now']]) await bad(['delete', both[0].code ? a.email : b.email, ...now], 1, /last administrator/i, { env });
    await bad(['lock', both[0].code ? a.email : b.email, '--reason', 'x', '--until', '2100-01-01T00:00:00Z'], 1, /last administrator/i, { env });
  } finally { await t.end(); }
});

test('set-password: all sessions end, the new one works, and the owner is told by mail', async () => {
  const m = await s.member(), second = is(await s.login(m.email), 200).body;
  await good(['set-password', m.email], { input: OTHER + '\n' });
  await s.box.find(m.email, (mail) => /password/i.test(mail.subject));
  for (const session of [m, second]) await ended(session);
  is(await s.login(m.email), 401, 'invalid_credentials');
  is(await s.login(m.email, { password: OTHER }), 200);
});

test('set-password of an unproven account: its link is dead and no notice goes out', async () => {
  const m = await s.signup(), token = tokenIn(await s.box.next(m.email));
  await good(['set-password', m.email], { input: OTHER + '\n' });
  is(await s.api('POST', '/auth/email/verify', { token }), 400, 'invalid_link');
  await s.member(); // its mail comes after those that were promised before
  assert.equal(s.box.to(m.email).length, 1);
});

test('set-password refuses what the policy refuses, and takes no password from its arguments', async () => {
  const m = await s.member();
  for (const input of ['short\n', '12345678\n', m.email + '\n']) await bad(['set-password', m.email], 1, /password/i, { input });
  await bad(['set-password', m.email], 2, /password/i, { input: '' });
  await bad(['set-password', m.email, '--password', OTHER], 2, /usage/, { input: OTHER + '\n' });
  await bad(['set-password', m.email, OTHER], 2, /usage/, { input: OTHER + '\n' });
  is(await s.me(m.access_token), 200);
  is(await s.login(m.email), 200);
});

const actions = async (who, id) => is(await s.api('GET', `/admin/audit?subject=${id}`, undefined, { bearer: who.access_token }), 200).body.items.map((e) => e.action);
async function admin() {
  const m = await s.member();
  await good(['set-role', m.email, 'ADMIN']);
  return m;
}
const closed = (mail) => /closed/.test(mail.subject);

test('delete: closed at once, the mail takes it back, and the audit tells of it', async () => {
  const m = await s.member(), a = await admin();
  assert.equal(await good(['delete', m.email]), m.email + ' is closed\n');
  await ended(m);
  is(await s.login(m.email), 403, 'account_deleted');
  is(await s.login(m.email, { password: WRONG }), 401, 'invalid_credentials');
  assert.equal(await status(m.email), 'deleted');
  assert.ok((await actions(a, m.user.id)).includes('deletion_requested'));
  assert.equal(await good(['delete', m.email]), m.email + ' is closed\n', 'again: nothing new');
  assert.equal((await actions(a, m.user.id)).filter((x) => x === 'deletion_requested').length, 1);
  const mail = await s.box.find(m.email, closed);
  is(await s.api('POST', '/users/me/restore', { token: /restore\?token=(\S+)/.exec(mail.text)[1] }), 200);
  is(await s.login(m.email), 200);
  assert.equal(s.box.to(m.email).filter(closed).length, 1);
});

test('delete --now: nothing of it is left but audit events; also when it was closed before', async () => {
  const [m, n, a] = [await s.member(), await s.member(), await admin()];
  await good(['delete', n.email]);
  for (const who of [m, n]) {
    assert.equal(await good(['delete', who.user.id, '--now']), who.email + ' is erased\n');
    await bad(['show', who.email], 1, /no account/);
    is(await s.login(who.email), 401, 'invalid_credentials');
    await ended(who);
    assert.deepEqual((await actions(a, who.user.id)).slice(0, 2).sort().reverse(), ['user_erased', 'deletion_requested']);
    is(await s.api('POST', '/auth/signup', { email: who.email, password: PASSWORD }), 201);
  }
  assert.doesNotMatch((await s.box.find(m.email, closed)).text, /token=/, 'nothing to come back to');
  const restore = /restore\?token=(\S+)/.exec((await s.box.find(n.email, closed)).text)[1];
  is(await s.api('POST', '/users/me/restore', { token: restore }), 400, 'invalid_link');
});

test('delete --now: not while an undo link lives, which still gives the account back', async () => {
  const m = await s.member(), to = someone();
  is(await s.api('POST', '/users/me/email', { password: PASSWORD, new_email: to }, { bearer: m.access_token }), 200);
  is(await s.api('POST', '/users/me/email/confirm', { code: codeIn(await s.box.next(to)) }, { bearer: m.access_token }), 200);
  assert.match(await good(['delete', to, '--now']), /is closed, but not erased yet: an undo link/);
  is(await s.login(to), 403, 'account_deleted');
  const mail = await s.box.find(m.email, (x) => /undo\?token=/.test(x.text) && /address/.test(x.subject + x.text) && !/\/verify\?/.test(x.text));
  is(await s.api('POST', '/auth/undo', { token: /undo\?token=(\S+)/.exec(mail.text)[1] }), 200);
  assert.equal(await status(m.email), 'active');
});

test('wrong usage and unknown accounts: nothing happens', async () => {
  const m = await s.member(), nobody = someone('nobody');
  await bad(['lock', m.email], 2, /--reason/);
  await bad(['lock', m.email, '--reason', ' '], 1, /reason/);
  await bad(['lock', '--reason', 'x'], 2, /usage/);
  for (const until of ['tomorrow', '2030-01-01', '2030-02-30T00:00:00Z']) await bad(['lock', m.email, '--reason', 'x', '--until', until], 2, /--until/);
  await bad(['lock', m.email, '--reason', 'x', '--until', '2001-01-01T00:00:00Z'], 1, /until/);
  await bad(['set-role', m.email], 2, /usage/);
  await bad(['unlock'], 2, /usage/);
  for (const args of [[], [m.email, '--soon'], [m.email, m.email], ['--now']]) await bad(['delete', ...args], 2, /usage/);
  for (const args of [['lock', nobody, '--reason', 'x'], ['unlock', nobody], ['delete', nobody], ['delete', nobody, '--now'], ['set-role', nobody, 'SELLER']]) await bad(args, 1, /nobody/);
  await bad(['set-password', nobody], 1, /nobody/, { input: OTHER + '\n' });
  is(await s.me(m.access_token), 200);
});

test('without a server they work on the store itself', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'aldgate-cold-'));
  try {
    const app = await start({}, { dir }), env = app.env, email = someone();
    assert.equal((await app.stop()).code, 0);
    await good(['create', '--email', email, '--verified'], { env, input: PASSWORD + '\n' });
    await good(['set-role', email, 'SELLER'], { env });
    await good(['set-password', email], { env, input: OTHER + '\n' });
    await good(['create', '--email', 'gone@example.com', '--verified'], { env, input: PASSWORD + '\n' });
    await good(['delete', 'gone@example.com', '--now'], { env });
    await bad(['show', 'gone@example.com'], 1, /no account/, { env });
    await app.launch();
    const r = is(await call(app.base, 'POST', '/auth/login', { email, password: OTHER }), 200);
    assert.equal(r.body.user.role, 'SELLER');
    await app.end();
  } finally { rmSync(dir, { recursive: true, force: true }); }
});
