// Password change on v1 and auth (row 11): the wrong current one is a field error, what it ends, how failures count.
import { test, before, after } from 'node:test';
import { stage, assert, is, places, tokenIn, codeIn, guessesIn, sleep, timely, tally, PASSWORD, WRONG } from './lib.mjs';

let s;
before(async () => { s = await stage(); });
after(() => s?.end());
const NEW = 'new-Horse-battery-staple';
const ROWS = [['/api/v1/password/change/', 'old_password', 'detail'], ['/auth/password/change', 'current_password', 'message']];

for (const [path, field, said] of ROWS) {
  const change = (bearer, old, next, o) => s.api('POST', path, { [field]: old, new_password: next }, { bearer, ...o });

  test(`${path}: 200; this session stays, the others end; the owner gets a notice`, async () => {
    const m = await s.member(), others = [is(await s.login(m.email), 200).body, is(await s.login(m.email, { device_id: 'd' }), 200).body];
    const before = s.box.to(m.email).length;
    assert.deepEqual(Object.keys(is(await change(m.access_token, PASSWORD, NEW), 200).body), [said]);
    is(await s.me(m.access_token), 200);
    for (const o of others) is(await s.me(o.access_token), 401, 'invalid_token');
    is(await s.refresh(others[0].refresh_token), 401, 'invalid_token');
    is(await s.refresh(others[1].refresh_token, { device_id: 'd' }), 401, 'invalid_token');
    is(await s.refresh(m.refresh_token), 200);
    is(await s.login(m.email), 401, 'invalid_credentials');
    is(await s.login(m.email, { password: NEW }), 200);
    const notice = await s.box.find(m.email, (n) => s.box.to(m.email).indexOf(n) >= before && /password/i.test(n.subject));
    assert.doesNotMatch(notice.text.replace(/https?:\S+/g, ''), /(?<!\d)\d{6}(?!\d)/);
  });

  test(`${path}: a wrong current password is a field error, and nothing changes`, async () => {
    const m = await s.member(), other = is(await s.login(m.email), 200).body, before = s.box.to(m.email).length;
    for (const [old, next, name] of [[WRONG, NEW, field], [undefined, NEW, field], [5, NEW, field], [PASSWORD, undefined, 'new_password'],
      [PASSWORD, 'short', 'new_password'], [PASSWORD, '12345678', 'new_password'], [PASSWORD, m.email, 'new_password'],
      [PASSWORD, 'x9K!'.repeat(257), 'new_password']]) {
      const r = is(await change(m.access_token, old, next), 400, 'invalid', `${old} ${String(next).slice(0, 20)}`);
      assert.deepEqual(Object.keys(r.body.errors), [name]);
      if (said === 'detail') assert.deepEqual(r.body[name], r.body.errors[name]);
    }
    is(await s.login(m.email), 200);
    is(await s.me(other.access_token), 200);
    assert.equal(s.box.to(m.email).length, before, 'no notice');
  });

  test(`${path}: 401 without a good Bearer, before the body is read`, async () => {
    const m = await s.member();
    for (const bearer of [undefined, 'garbage', m.refresh_token]) is(await change(bearer, 5, 5), 401);
    is(await s.api('POST', path, { [field]: PASSWORD, new_password: NEW, email: m.email }), 401, 'not_authenticated');
    is(await s.login(m.email), 200);
  });

  test(`${path}: codes and links from before are dead`, async () => {
    const m = await s.member(), n = await s.signup(), verification = await s.box.next(n.email);
    is(await s.api('POST', '/auth/password/reset-request', { email: m.email }), 200);
    const reset = await s.box.next(m.email), sent = (body) => s.api('POST', '/auth/password/reset', { new_password: PASSWORD, ...body });
    is(await change(m.access_token, PASSWORD, NEW), 200);
    is(await sent({ token: tokenIn(reset) }), 400);
    is(await sent({ email: m.email, code: codeIn(reset) }), 400, 'invalid_code');
    is(await s.silent(n.email, () => change(n.access_token, PASSWORD, NEW)), 200, undefined, 'notices go to proven addresses only');
    is(await s.api('POST', '/auth/email/verify', { token: tokenIn(verification) }), 400, 'invalid_link');
    is(await s.api('POST', '/auth/email/verify', { code: codeIn(verification), email: n.email }), 400, 'invalid_code');
    is(await s.me(n.access_token), 200);
    is(await s.login(m.email, { password: NEW }), 200);
  });
}

test('wrong ones share the count of the sign-in: after five each next try must wait, here and there, and the right one is not looked at', async () => {
  const t = await stage({ ALDGATE_THROTTLE_ENABLED: undefined }), place = places(33);
  try {
    await timely(async (before) => {
      const m = await t.member(), bearer = m.access_token, at = place(), [[v1], [auth]] = ROWS;
      const change = (old, o) => t.api('POST', auth, { current_password: old, new_password: NEW }, { bearer, ...o });
      for (let i = 0; i < 3; i++) is(await change(WRONG, at), 400, 'invalid');
      is(await t.api('POST', v1, { old_password: WRONG, new_password: NEW }, { bearer, ...at }), 400, 'invalid');
      const end = Date.now() + 1000;
      is(await t.login(m.email, { password: WRONG }, at), 401, 'invalid_credentials');
      is(await before(end, () => change(PASSWORD, at)), 429, 'throttled');
      is(await before(end, () => t.login(m.email, {}, at)), 429, 'throttled');
      is(await change(PASSWORD, place()), 200, undefined, 'elsewhere it goes on');
      await sleep(1100);
      is(await t.login(m.email, { password: NEW }, at), 200);
    });
  } finally { await t.end(); }
});

test('a hundred wrong ones at once by a stolen token are five guesses', async () => {
  const t = await stage({ ALDGATE_THROTTLE_ENABLED: undefined, ALDGATE_PASSWORD_HASH_QUEUE: '256' });
  try {
    const m = await t.member(), began = Date.now();
    const rs = await Promise.all(Array.from({ length: 100 }, () => t.api('POST', '/auth/password/change', { current_password: WRONG, new_password: NEW },
      { bearer: m.access_token })));
    const looked = rs.filter((r) => r.status !== 429), took = Date.now() - began;
    assert.ok(looked.length <= guessesIn(took), `${looked.length} in ${took} ms`);
    for (const r of looked) is(r, 400, 'invalid');
  } finally { await t.end(); }
});

test('with other hash parameters than before the right password is right, once more and many at once', async () => {
  const own = await stage();
  try {
    const people = await Promise.all(ROWS.map(() => own.member()));
    const { email } = await own.member();
    await own.app.restart({ ALDGATE_PASSWORD_ARGON2_MEMORY_KIB: '2048' });
    for (const [i, [path, field]] of ROWS.entries())
      is(await own.api('POST', path, { [field]: PASSWORD, new_password: NEW }, { bearer: people[i].access_token }), 200, undefined, path);
    const answers = await Promise.all(Array.from({ length: 20 }, () => own.login(email)));
    assert.deepEqual(tally(answers), { 200: 20 });
  } finally { await own.end(); }
});
