// Many at one instant: what may happen once happens once, and nothing answers 5xx.
import { test, before, after } from 'node:test';
import { stage, assert, is, together, tally, someone, someName, tokenIn, PASSWORD, WRONG } from './lib.mjs';

let s;
before(async () => { s = await stage({ ALDGATE_PASSWORD_HASH_QUEUE: '256' }); });
after(() => s?.end());

test('200 parallel sign-ups of one e-mail: one 201, the others 409; the same for spellings of it', async () => {
  const email = someone('Racer');
  const rs = await together(s.app.base, 200, '/auth/signup', (i) => ({ email: i % 2 ? email : email.toUpperCase(), password: PASSWORD }));
  assert.deepEqual(tally(rs), { 201: 1, 409: 199 });
  for (const r of rs.filter((r) => r.status === 409)) is(r, 409, 'already_taken');
  const winner = rs.find((r) => r.status === 201).body;
  is(await s.me(winner.access_token), 200);
});

test('60 parallel sign-ups with one username: one 201', async () => {
  const username = someName();
  const rs = await together(s.app.base, 60, '/auth/signup', (i) => ({ email: someone(), username: i % 2 ? username : username.toUpperCase(),
    password: PASSWORD }));
  assert.deepEqual(tally(rs), { 201: 1, 409: 59 });
});

test('200 parallel logins with the right password: all 200, each a session of its own', async () => {
  const m = await s.member();
  const rs = await together(s.app.base, 200, '/auth/login', { email: m.email, password: PASSWORD });
  assert.deepEqual(tally(rs), { 200: 200 });
  assert.equal(new Set(rs.map((r) => r.body.session_id)).size, 200);
  assert.equal(new Set(rs.map((r) => r.body.refresh_token)).size, 200);
});

test('past the hash queue: 503 with Retry-After at once, the rest is served, token checks go on; one hot account or many', async () => {
  const t = await stage({ ALDGATE_PASSWORD_HASH_QUEUE: '4', ALDGATE_PASSWORD_HASH_SLOTS: '1', ALDGATE_PASSWORD_ARGON2_MEMORY_KIB: '19456',
    ALDGATE_PASSWORD_ARGON2_PASSES: '2' });
  try {
    const m = await t.member();
    for (const [who, good] of [[() => m.email, 200], [() => someone('nobody'), 401]]) {
      const flood = together(t.app.base, 80, '/auth/login', () => ({ email: who(), password: PASSWORD }));
      is(await t.me(m.access_token), 200);
      const rs = await flood, count = tally(rs);
      assert.equal((count[good] ?? 0) + (count[503] ?? 0), 80, JSON.stringify(count));
      assert.ok(count[good] >= 1 && count[503] >= 1, JSON.stringify(count));
      for (const r of rs.filter((r) => r.status === 503)) is(r, 503, 'overloaded');
      is(await t.login(m.email), 200);
    }
  } finally { await t.end(); }
});

test('parallel use of one link: one 200, 20 rounds', async () => {
  for (let i = 0; i < 20; i++) {
    const m = await s.signup(), token = tokenIn(await s.box.next(m.email));
    const count = tally(await together(s.app.base, 10, '/auth/email/verify', { token }));
    assert.equal(count[200], 1, JSON.stringify(count));
    assert.equal((count[400] ?? 0) + (count[409] ?? 0), 9, JSON.stringify(count));
  }
});

test('parallel changes of one profile and of one username: each answer is whole, one holds the name', async () => {
  const people = await Promise.all(Array.from({ length: 20 }, () => s.signup())), username = someName();
  const rs = await Promise.all(people.map((p) => s.api('PATCH', '/users/me', { username }, { bearer: p.access_token })));
  assert.deepEqual(tally(rs), { 200: 1, 409: 19 });
  const [one] = people;
  const names = Array.from({ length: 20 }, (_, i) => 'Name ' + 'abcdefghijklmnopqrst'[i]);
  for (const r of await Promise.all(names.map((full_name) => s.api('PATCH', '/users/me', { full_name },
    { bearer: one.access_token })))) is(r, 200);
  assert.ok(names.includes(is(await s.me(one.access_token), 200).body.full_name));
});

test('logout-all against sign-ins: a session is either dead or was opened after it', async () => {
  const m = await s.member();
  for (let round = 0; round < 5; round++) {
    const keeper = is(await s.login(m.email), 200).body;
    const rs = await together(s.app.base, 9, (i) => (i ? '/auth/login' : '/auth/logout-all'),
      (i) => (i ? { email: m.email, password: PASSWORD } : {}),
      { headers: (i) => (i ? [] : [`Authorization: Bearer ${keeper.access_token}`]) });
    assert.deepEqual(rs.map((r) => r.status), Array(9).fill(200));
    is(await s.me(keeper.access_token), 401, 'invalid_token');
  }
  is(await s.api('POST', '/auth/login', { email: m.email, password: WRONG }), 401, 'invalid_credentials');
});
