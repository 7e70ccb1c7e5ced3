// POST /auth/token/refresh: the table "Refresh, exactly" of 7-states.md, and what 1-core.md says of refresh tokens.
import { test, before, after } from 'node:test';
import { stage, assert, is, together, tally, claims, sleep, timely } from './lib.mjs';

let s;
before(async () => { s = await stage(); });
after(() => s?.end());
const dead = async (st, tokens, why) => {
  is(await st.refresh(tokens.refresh_token, tokens.device_id ? { device_id: tokens.device_id } : {}), 401, 'invalid_token', why);
  is(await st.me(tokens.access_token), 401, 'invalid_token', why);
};
const turn = async (st, token, extra) => is(await st.refresh(token, extra), 200).body;

test('current: 200, rotated; the session stays, the access tokens of before and after are good', async () => {
  const m = await s.signup(), r = await turn(s, m.refresh_token);
  assert.deepEqual(Object.keys(r).sort(), ['access_token', 'expires_in', 'refresh_expires_in', 'refresh_token', 'session_id',
    'token_type']);
  assert.notEqual(r.refresh_token, m.refresh_token);
  assert.notEqual(r.access_token, m.access_token);
  assert.equal(r.session_id, m.session_id);
  assert.equal(claims(r.access_token).sid, m.session_id);
  assert.equal(claims(r.access_token).auth_time, claims(m.access_token).auth_time, 'a refresh is no sign-in');
  for (const t of [m, r]) is(await s.me(t.access_token), 200);
  await turn(s, r.refresh_token);
});

test('predecessor within the grace: 200 with the same current token, as often as it is asked', async () => {
  const m = await s.signup(), r = await turn(s, m.refresh_token);
  for (let i = 0; i < 3; i++) assert.equal((await turn(s, m.refresh_token)).refresh_token, r.refresh_token);
  await turn(s, r.refresh_token);
});

test('any older one: 401, the session ends with all its tokens, its owner gets a mail, others live', async () => {
  const m = await s.member(), other = is(await s.login(m.email), 200).body, mails = s.box.to(m.email).length;
  const one = await turn(s, m.refresh_token), two = await turn(s, one.refresh_token);
  is(await s.refresh(m.refresh_token), 401, 'invalid_token');
  await dead(s, two, 'the thief and the owner are both out');
  is(await s.me(one.access_token), 401, 'invalid_token');
  is(await s.me(other.access_token), 200, undefined, 'another session of the same user');
  await turn(s, other.refresh_token);
  const notice = await s.box.find(m.email, (mail) => s.box.to(m.email).indexOf(mail) >= mails);
  assert.doesNotMatch(notice.text.replace(/https?:\S+/g, ''), /(?<!\d)\d{6}(?!\d)/);
});

test('predecessor after the grace: reuse, the session ends; idle and absolute expiry', async () => {
  const t = await stage({ ALDGATE_TOKEN_REUSE_GRACE: '1s', ALDGATE_TOKEN_REFRESH_IDLE_TTL: '2s', ALDGATE_TOKEN_REFRESH_TTL: '5s' });
  const at = (time) => sleep(Math.max(0, time - Date.now()));
  try {
    await timely(async (before) => {
      const begun = Date.now(), late = await t.signup(), next = await before(begun + 1900, () => turn(t, late.refresh_token));
      await sleep(1150);
      is(await t.refresh(late.refresh_token), 401, 'invalid_token', 'the grace is over');
      await dead(t, next, 'reuse ended the session');
    });
    await timely(async (before) => {
      const idle = await t.signup(), asked = Date.now(), busy = await t.signup(), born = Date.now();
      assert.ok(busy.refresh_expires_in <= 5, 'never past the absolute end');
      let current = busy, since = asked;
      for (const time of [1200, 2200, 3400, 4400]) {
        await at(born + time);
        const sent = Date.now();
        current = await before(Math.min(since + 1900, asked + 4700), () => turn(t, current.refresh_token));
        since = sent;
        if (time === 2200) await dead(t, idle, 'idle for 2 s');
      }
      await at(born + 5200);
      await dead(t, current, 'the absolute end, though never idle');
    });
  } finally { await t.end(); }
});

test('device: what was opened with a device_id needs the same one; a wrong or missing one changes nothing', async () => {
  const m = await s.signup({ device_id: 'phone-1' }), right = { device_id: 'phone-1' };
  const bad = async (token) => {
    for (const extra of [{}, { device_id: 'phone-2' }, { device_id: 'PHONE-1' }, { device_id: 'phone-' }]) is(await s.refresh(token, extra),
      401, 'invalid_token', JSON.stringify(extra));
  };
  await bad(m.refresh_token);
  is(await s.me(m.access_token), 200, undefined, 'nothing dies');
  const r = await turn(s, m.refresh_token, right);
  await bad(m.refresh_token); // the predecessor, in grace
  await bad(r.refresh_token);
  assert.equal((await turn(s, m.refresh_token, right)).refresh_token, r.refresh_token, 'nothing rotated');
  await turn(s, r.refresh_token, right);
});

test('device: none bound, any is taken', async () => {
  const m = await s.signup();
  await turn(s, (await turn(s, m.refresh_token, { device_id: 'new' })).refresh_token);
});

test('an ended session and garbage: 401 with the same body', async () => {
  const m = await s.signup(), live = await s.signup();
  is(await s.api('POST', '/auth/logout', { refresh_token: m.refresh_token }), 200);
  const bodies = new Set();
  const flip = (t, i) => t.slice(0, i) + (t[i] === 'A' ? 'B' : 'A') + t.slice(i + 1);
  const swap = (t) => t.slice(0, 4) + [...t.slice(4)].map((c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase())).join('');
  const good = live.refresh_token, n = good.length;
  const forged = [m.refresh_token, 'agr_', 'agr_AAAA', 'x', good.slice(4), 'AGR_' + good.slice(4), good + 'A', good + '=', good + ' ',
    ' ' + good, swap(good), 'a'.repeat(128), 'agr_' + 'A'.repeat(1000),
    live.access_token, '../../etc/passwd', "' OR 1=1 --", 'agr_%00', 'agr_é', good + good];
  for (let i = 1; i < 12; i++) forged.push(good.slice(0, n - i));
  for (let i = 4; i < n; i += 3) forged.push(flip(good, i));
  for (const token of forged.filter((t) => t !== good)) {
    const r = is(await s.refresh(token), 401, 'invalid_token', token);
    delete r.body.request_id;
    bodies.add(JSON.stringify(r.body));
  }
  assert.equal(bodies.size, 1, [...bodies].join('\n'));
  await turn(s, good);
});

test('refresh_token must be a string that is there: 400 with a field error', async () => {
  for (const body of [{}, { refresh_token: null }, { refresh_token: 5 }, { refresh_token: ['x'] }]) {
    const r = is(await s.api('POST', '/auth/token/refresh', body), 400, 'invalid');
    assert.ok(r.body.errors.refresh_token, r.text);
  }
});

test("two installations do not take each other's tokens", async () => {
  const t = await stage();
  try {
    const m = await s.signup();
    is(await t.refresh(m.refresh_token), 401, 'invalid_token');
    is(await t.me(m.access_token), 401, 'invalid_token');
  } finally { await t.end(); }
});

test('token.rotate=no: the same refresh token each time', async () => {
  const t = await stage({ ALDGATE_TOKEN_ROTATE: 'no' });
  try {
    const m = await t.signup();
    for (let i = 0; i < 3; i++) {
      const r = await turn(t, m.refresh_token);
      assert.equal(r.refresh_token, m.refresh_token);
      is(await t.me(r.access_token), 200);
    }
    is(await t.api('POST', '/auth/logout', { refresh_token: m.refresh_token }), 200);
    await dead(t, m);
  } finally { await t.end(); }
});

test('race: 50 refreshes of one token at an instant, 20 rounds: all in grace carry one token, one lineage lives', async () => {
  const m = await s.signup();
  let current = m.refresh_token;
  for (let round = 0; round < 20; round++) {
    const rs = await together(s.app.base, 50, '/auth/token/refresh', { refresh_token: current });
    assert.deepEqual(tally(rs), { 200: 50 }, `round ${round}`);
    const next = new Set(rs.map((r) => r.body.refresh_token));
    assert.equal(next.size, 1, `round ${round}: the token forked`);
    [current] = next;
  }
  const last = await turn(s, current);
  is(await s.me(last.access_token), 200);
  is(await s.refresh(m.refresh_token), 401, 'invalid_token');
  await dead(s, last, 'the oldest ended the whole line');
});

test('race: a refresh against a logout: whatever the order, nothing lives afterwards', async () => {
  for (let round = 0; round < 20; round++) {
    const m = await s.signup();
    const rs = await together(s.app.base, 8, (i) => (i % 2 ? '/auth/logout' : '/auth/token/refresh'), { refresh_token: m.refresh_token });
    rs.forEach((r, i) => (i % 2 ? is(r, 200) : assert.ok(r.status === 200 || r.body.code === 'invalid_token', r.text)));
    for (const r of rs.filter((r) => r.body.refresh_token)) await dead(s, r.body, `round ${round}`);
    await dead(s, m, `round ${round}`);
  }
});

test('sessions, grace and revocation survive a kill -9', async () => {
  const t = await stage({ ALDGATE_TOKEN_REUSE_GRACE: '60s' });
  try {
    const m = await t.signup(), r = await turn(t, m.refresh_token), gone = await t.signup(), reused = await t.signup();
    is(await t.api('POST', '/auth/logout', { refresh_token: gone.refresh_token }), 200);
    const second = await turn(t, reused.refresh_token), third = await turn(t, second.refresh_token);
    await t.app.kill();
    await t.app.restart();
    assert.equal((await turn(t, m.refresh_token)).refresh_token, r.refresh_token, 'the grace counts from the stored time of rotation');
    await dead(t, gone, 'logged out before');
    is(await t.refresh(reused.refresh_token), 401, 'invalid_token');
    await dead(t, third, 'reuse is seen after a restart');
    await turn(t, r.refresh_token);
  } finally { await t.end(); }
});
