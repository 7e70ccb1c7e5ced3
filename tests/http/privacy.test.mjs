// What a stranger can learn about who has an account; privacy.hide_existing_accounts (7-states.md, small print).
import { test, before, after } from 'node:test';
import { stage, assert, is, someone, someName, tokenIn, PASSWORD, WRONG } from './lib.mjs';

let s;
before(async () => { s = await stage({ ALDGATE_PRIVACY_HIDE_EXISTING_ACCOUNTS: 'yes' }); });
after(() => s?.end());
const signup = (body) => s.api('POST', '/auth/signup', { password: PASSWORD, ...body });
async function member(extra = {}) {
  const email = someone();
  is(await signup({ email, ...extra }), 202);
  is(await s.api('POST', '/auth/email/verify', { token: tokenIn(await s.box.next(email)) }), 200);
  return email;
}

test('sign-up answers 202 with a message to everybody, without user and tokens', async () => {
  const taken = await member(), unproven = someone();
  is(await signup({ email: unproven }), 202);
  const answers = [];
  for (const email of [someone(), taken, taken.toUpperCase(), unproven]) answers.push(is(await signup({ email }), 202).body);
  for (const a of answers) {
    assert.deepEqual(Object.keys(a), ['message']);
    assert.deepEqual(a, answers[0]);
  }
});

test('the new account is there and works; the taken one is not touched', async () => {
  const email = await member({ full_name: 'First' });
  is(await signup({ email, password: 'another-Horse-battery', full_name: 'Second' }), 202);
  const r = is(await s.login(email), 200);
  assert.equal(r.body.user.full_name, 'First');
  is(await s.login(email, { password: 'another-Horse-battery' }), 401, 'invalid_credentials');
});

test('the owner of a taken address gets a mail, without a code', async () => {
  const email = await member(), before = s.box.to(email).length;
  is(await signup({ email }), 202);
  const mail = await s.box.find(email, (m) => s.box.to(email).indexOf(m) >= before);
  assert.doesNotMatch(mail.text.replace(/https?:\S+/g, ''), /(?<!\d)\d{6}(?!\d)/);
});

test('a taken username is still told; other field errors too', async () => {
  const username = someName();
  await member({ username });
  for (const email of [someone(), await member()]) {
    const r = is(await signup({ email, username: username.toUpperCase() }), 409, 'already_taken');
    assert.deepEqual(Object.keys(r.body.errors), ['username']);
  }
  is(await signup({ email: 'x' }), 400, 'invalid');
});

test('login, verification and its mail answer alike for known and unknown addresses', async () => {
  const known = await member(), unknown = someone('nobody');
  const same = async (method, path, body) => {
    const [a, b] = [await s.api(method, path, body(known)), await s.api(method, path, body(unknown))];
    for (const r of [a, b]) delete r.body.request_id;
    assert.deepEqual([a.status, a.body], [b.status, b.body], path);
  };
  await same('POST', '/auth/login', (email) => ({ email, password: WRONG }));
  await same('POST', '/auth/email/send-verification', (email) => ({ email }));
  await same('POST', '/auth/email/verify', (email) => ({ email, code: '123456' }));
});
