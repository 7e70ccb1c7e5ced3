// api: pre-registration: no user exists until the e-mail is proven (3-surface-api.md and 7-states.md).
import { test, before, after } from 'node:test';
import { stage, assert, is, places, someone, someName, tokenIn, linkIn, codeIn, sleep, PASSWORD, WRONG } from './lib.mjs';
import { HTML, open, formAt, press } from './page.mjs';

let s;
before(async () => { s = await stage(); });
after(() => s?.end());
const place = places(31);
const OTHER = 'other-Horse-battery-staple', EARLIER = /earlier|before|already/i;
const register = (body, o) => s.api('POST', '/api/auth/register', { full_name: 'Jo Doe', password: PASSWORD, ...body }, o);
const verify = (token) => s.api('POST', '/api/auth/verify', { token });
const follow = (token, accept = 'application/json') => s.api('GET', '/api/auth/verify?token=' + encodeURIComponent(token), undefined,
  { headers: { accept } });
const login = (email, password = PASSWORD) => s.api('POST', '/api/auth/login', { email, password });
const DONE = { message: 'Email verified successfully. You can now log in.' };

test('register: the seed’s answer and a mail with a link; there is no user before it is opened', async () => {
  const email = someone('Test');
  assert.deepEqual(is(await register({ email, password: 'mypassword123' }), 200).body, { message: `Verification email sent to ${email}` });
  const mail = await s.box.next(email);
  assert.ok(linkIn(mail).startsWith(s.app.base + '/api/auth/verify?token='), linkIn(mail));
  assert.throws(() => codeIn(mail), /no code/, 'a link only');
  assert.doesNotMatch(mail.text, EARLIER);
  assert.ok(Buffer.from(tokenIn(mail), 'base64url').length >= 16);
  is(await s.api('POST', '/auth/signup', { email: someone(), password: PASSWORD, username: someName() }), 201);
  assert.deepEqual(is(await s.api('GET', linkIn(mail).slice(s.app.base.length)), 200).body, DONE);
  assert.equal(is(await login(email, 'mypassword123'), 200).body.user.full_name, 'Jo Doe');
});

test('register: 400 for what is missing or not valid', async () => {
  for (const [extra, field] of [[{}, 'email'], [{ email: 'x' }, 'email'], [{ email: 'müller@example.com' }, 'email'], [{ email: 5 }, 'email'],
    [{ email: someone(), full_name: undefined }, 'full_name'], [{ email: someone(), full_name: '' }, 'full_name'],
    [{ email: someone(), full_name: 'a\nb' }, 'full_name'], [{ email: someone(), full_name: 'x'.repeat(201) }, 'full_name'],
    [{ email: someone(), password: undefined }, 'password'], [{ email: someone(), password: 'short' }, 'password'],
    [{ email: someone(), password: '12345678' }, 'password'], [{ email: someone(), full_name: 'Wilhelmina Quixotic', password: 'Wilhelmina Quixotic' },
      'password']]) {
    const r = is(await register(extra), 400, 'invalid', JSON.stringify(extra));
    assert.deepEqual(Object.keys(r.body.errors), [field]);
  }
});

test('register: 409 for an address that a user has proven, in any case and on whatever surface', async () => {
  const m = await s.preregister(), n = await s.member();
  is(await verify(m.token), 200);
  for (const email of [m.email, m.email.toUpperCase(), ` ${m.email}`, n.email]) {
    const r = is(await register({ email }), 409, 'already_taken', email);
    assert.ok(r.body.errors.email);
  }
});

test('verify: by GET or POST; again 409; unknown and malformed 400', async () => {
  for (const how of [verify, follow]) {
    const m = await s.preregister();
    assert.deepEqual(is(await how(m.token), 200).body, DONE);
    for (const again of [verify, follow]) is(await again(m.token), 409, 'already_verified');
    for (const token of ['x', m.token + 'A', m.token.slice(1), 'A'.repeat(m.token.length), '"><b>']) is(await how(token), 400, 'invalid_link', token);
    is(await login(m.email), 200);
  }
  for (const body of [{}, { token: 5 }, { token: null }]) is(await s.api('POST', '/api/auth/verify', body), 400, 'invalid');
  is(await s.api('GET', '/api/auth/verify'), 400);
});

test('HEAD and the page of a browser use nothing up', async () => {
  const m = await s.preregister();
  for (const accept of ['application/json', '*/*', HTML.accept]) {
    const r = await s.api('HEAD', '/api/auth/verify?token=' + m.token, undefined, { headers: { accept } });
    assert.ok(r.status < 500, `${r.status}`);
  }
  for (let i = 0; i < 2; i++) is(await follow(m.token, HTML.accept), 200);
  is(await login(m.email), 403, 'email_not_verified');
  assert.deepEqual(is(await follow(m.token), 200).body, DONE);
});

test('several links for one address: the first opened wins with its name and password, the others answer 409', async () => {
  for (const winner of [0, 1, 2]) {
    const email = someone(), all = [];
    for (let i = 0; i < 3; i++) all.push(await s.preregister({ email, full_name: 'Person ' + 'ABC'[i], password: PASSWORD + i }, place()));
    assert.doesNotMatch(all[0].mail.text, EARLIER, 'the first mail knows of no other');
    for (const later of all.slice(1)) assert.match(later.mail.text, EARLIER, 'from the second on the mail says so');
    assert.equal(new Set(all.map((p) => p.token)).size, 3);
    is(await verify(all[winner].token), 200);
    for (const p of all) is(await follow(p.token), 409, 'already_verified');
    for (const [i, p] of all.entries()) {
      const r = is(await login(email, p.password), i === winner ? 200 : 401);
      if (i === winner) assert.equal(r.body.user.full_name, p.full_name);
    }
  }
});

test('a name is not put into the mail to an unproven address', async () => {
  const p = await s.preregister({ full_name: 'Win a prize at evil.example' });
  assert.doesNotMatch(p.mail.raw + p.mail.text + p.mail.html, /evil\.example|prize/);
});

test('login with the password of a pre-registration: 403 on every surface, a wrong one 401, and only the newest counts', async () => {
  const email = someone();
  const everywhere = async (password, status, code) => {
    for (const path of ['/api/auth/login', '/api/v1/login/', '/auth/login']) is(await s.api('POST', path, { email, password }), status, code, path);
  };
  await everywhere(PASSWORD, 401, 'invalid_credentials');
  await s.preregister({ email }, place());
  await everywhere(PASSWORD, 403, 'email_not_verified');
  await everywhere(WRONG, 401, 'invalid_credentials');
  await s.preregister({ email, password: OTHER }, place());
  await everywhere(OTHER, 403, 'email_not_verified');
  await everywhere(PASSWORD, 401, 'invalid_credentials');
});

test('at most five wait: the sixth drops the oldest of the client address that has the most', async () => {
  const email = someone(), [many, few, own] = [place(), place(), place()], all = [];
  for (const [who, i] of [[many, 0], [few, 1], [many, 2], [few, 3], [many, 4], [own, 5]])
    all.push(await s.preregister({ email, full_name: 'N' + 'ABCDEF'[i] }, who));
  is(await verify(all[0].token), 400, 'invalid_link', 'the oldest of the one with three');
  is(await verify(all[1].token), 200, undefined, 'the next oldest is good');
  for (const p of all.slice(2)) is(await verify(p.token), 409, 'already_verified');
});

test('at most five wait: a stranger who asks on and on drops only his own', async () => {
  const email = someone(), stranger = place(), owner = await s.preregister({ email, password: OTHER }, place()), theirs = [];
  for (let i = 0; i < 9; i++) theirs.push(await s.preregister({ email, full_name: 'Stranger' }, stranger));
  for (const p of theirs.slice(0, 5)) is(await verify(p.token), 400, 'invalid_link');
  is(await verify(owner.token), 200);
  for (const p of theirs.slice(5)) is(await verify(p.token), 409, 'already_verified');
  is(await login(email, OTHER), 200);
});

test('resend: a new link for the newest row asked for from the same client address, and for no other', async () => {
  const email = someone(), [a, b] = [place(), place()], resend = (o) => s.api('POST', '/api/auth/resend-verification', { email }, o);
  const first = await s.preregister({ email, full_name: 'First A' }, a), second = await s.preregister({ email, full_name: 'Second A' }, a);
  const stranger = await s.preregister({ email, full_name: 'B' }, b);
  is(await s.silent(email, () => resend(place())), 200, undefined, 'from elsewhere nothing is sent');
  is(await resend(a), 200);
  const renewed = tokenIn(await s.box.next(email));
  assert.ok(![first.token, second.token, stranger.token].includes(renewed));
  is(await verify(second.token), 400, 'invalid_link', 'the row’s old link is replaced');
  is(await verify(renewed), 200);
  assert.equal(is(await login(email), 200).body.user.full_name, 'Second A');
  for (const p of [first, stranger]) is(await verify(p.token), 409, 'already_verified');
});

test('resend: one answer whatever is pending; an unverified account gets its own mail; 400 without an e-mail', async () => {
  const m = await s.register(), first = tokenIn(await s.box.next(m.email)), proven = await s.member(), pending = await s.preregister({}, place());
  const resend = (email, o) => s.api('POST', '/api/auth/resend-verification', { email }, o);
  const answers = [is(await resend(m.email), 200).body];
  const mail = await s.box.next(m.email);
  for (const email of [proven.email, pending.email, someone('nobody')]) answers.push(is(await s.silent(email, () => resend(email, place())), 200).body);
  for (const a of answers) assert.deepEqual(a, answers[0]);
  is(await verify(first), 400, 'invalid_link');
  is(await verify(tokenIn(mail)), 200);
  is(await login(m.email), 200);
  for (const email of [undefined, 'x', 5]) is(await resend(email), 400, 'invalid');
});

test('challenge.link_ttl: an expired link is a 400, and the address is free again', async () => {
  const t = await stage({ ALDGATE_CHALLENGE_LINK_TTL: '10s', ALDGATE_CHALLENGE_CODE_TTL: '10s' });
  try {
    const p = await t.preregister(), kept = await t.preregister(), sent = Date.now();
    is(await t.api('GET', '/api/auth/verify?token=' + kept.token), 200);
    await sleep(Math.max(0, sent + 10600 - Date.now()));
    for (const r of [await t.api('GET', '/api/auth/verify?token=' + p.token), await t.api('POST', '/api/auth/verify', { token: p.token })])
      is(r, 400, 'invalid_link');
    const page = await open(t, '/api/auth/verify?token=' + p.token);
    if (page.status === 200) is(await press(t, await formAt(t, '/api/auth/verify?token=' + p.token, /verify/)), 400);
    const again = await t.preregister({ email: p.email });
    is(await t.api('POST', '/api/auth/verify', { token: again.token }), 200);
  } finally { await t.end(); }
});

test('links.verify_email leads to the page of the front end', async () => {
  const t = await stage({ ALDGATE_LINKS_VERIFY_EMAIL: 'https://app.example/verify?token={token}' });
  try {
    const p = await t.preregister();
    assert.ok(linkIn(p.mail).startsWith('https://app.example/verify?token='), linkIn(p.mail));
    is(await t.api('POST', '/api/auth/verify', { token: p.token }), 200);
  } finally { await t.end(); }
});

test('privacy.hide_existing_accounts: 200 for everybody; the owner of a taken address gets a mail, and nothing waits', async () => {
  const t = await stage({ ALDGATE_PRIVACY_HIDE_EXISTING_ACCOUNTS: 'yes' });
  try {
    const p = await t.preregister();
    is(await t.api('POST', '/api/auth/verify', { token: p.token }), 200);
    const before = t.box.to(p.email).length;
    const r = is(await t.api('POST', '/api/auth/register', { email: p.email, full_name: 'Second', password: OTHER }), 200);
    assert.deepEqual(r.body, { message: `Verification email sent to ${p.email}` });
    const notice = await t.box.find(p.email, (m) => t.box.to(p.email).indexOf(m) >= before);
    assert.doesNotMatch(notice.text, /verify\?token=/);
    is(await t.api('POST', '/api/auth/login', { email: p.email, password: OTHER }), 401, 'invalid_credentials');
    assert.equal(is(await t.api('POST', '/api/auth/login', { email: p.email, password: PASSWORD }), 200).body.user.full_name, 'Jo Doe');
    is(await t.api('POST', '/api/auth/register', { email: 'x', full_name: 'A', password: OTHER }), 400, 'invalid');
  } finally { await t.end(); }
});
