// The second factor over a socket: set up, asked for on every surface, finished on any, raced for, and demanded of a role.
import { test, before, after } from 'node:test';
import { execFileSync } from 'node:child_process';
import { stage, assert, is, claims, together, tally, run, someone, somePhone, sleep, timely, PASSWORD, WRONG } from './lib.mjs';
import { Gateway } from './gateway.mjs';
import { totp, wrong, quiet, enable, prove, guarded as made } from './factor.mjs';

let s, strict; // strict: ADMIN must have a second factor
before(async () => {
  s = await stage();
  strict = await stage({ ALDGATE_MFA_REQUIRED_ROLES: 'ADMIN' });
});
after(async () => { await s?.end(); await strict?.end(); });

const guarded = (st = s) => made(st);
const due = (r) => { is(r, 401, 'mfa_required'); return r.body.mfa_token; };
const ticket = async (who, extra = {}, st = s) => due(await st.login(who.email, extra));
const finish = (mfa_token, code, extra = {}, path = '/auth/2fa/verify') => s.api('POST', path, { mfa_token, code, ...extra });

test('set-up: an address and its picture, off until proven, the password asked for', async () => {
  const m = await s.member();
  is(await s.api('POST', '/auth/2fa/enable', { method: 'totp', password: PASSWORD }), 401, 'not_authenticated');
  is(await s.api('POST', '/auth/2fa/enable', { method: 'totp', password: WRONG }, { bearer: m.access_token }), 400, 'invalid');
  is(await s.api('POST', '/auth/2fa/enable', { method: 'totp' }, { bearer: m.access_token }), 400, 'invalid');
  is(await enable(s, m.access_token, 'pigeon'), 400, 'invalid');
  is(await enable(s, m.access_token, 'sms'), 409, 'phone_not_verified');
  is(await prove(s, m.access_token, '123456'), 409, 'conflict');
  is(await s.api('POST', '/auth/2fa/verify', { code: '123456' }), 401, 'not_authenticated');
  const { secret, otpauth_uri, qr_svg } = is(await enable(s, m.access_token), 200).body;
  assert.match(secret, /^[A-Z2-7]{32}$/);
  const uri = new URL(otpauth_uri);
  assert.deepEqual([uri.searchParams.get('secret'), uri.searchParams.get('issuer')], [secret, '127.0.0.1']);
  assert.equal(decodeURIComponent(uri.pathname).replace(/^\/*(totp\/)?/, ''), `127.0.0.1:${m.email}`);
  assert.match(qr_svg, /^<svg [^>]*viewBox="0 0 (\d+) \1"/);
  assert.ok(!qr_svg.includes(secret) && !/<script|href/.test(qr_svg));
  is(await s.login(m.email), 200, undefined, 'off');
  assert.equal((await s.me(m.access_token)).body.mfa_enabled, false);
  is(await prove(s, m.access_token, wrong(secret)), 400, 'invalid_code');
  const on = is(await prove(s, m.access_token, totp(secret)), 200).body;
  assert.equal(new Set(on.recovery_codes).size, 10);
  for (const code of on.recovery_codes) assert.match(code, /^[a-z2-7]{4}(-[a-z2-7]{4}){3}$/);
  assert.equal((await s.me(m.access_token)).body.mfa_enabled, true, 'the sessions go on');
  is(await enable(s, m.access_token), 409, 'conflict');
  await s.box.find(m.email, (mail) => /second factor/.test(mail.subject));
  const unproven = await s.signup();
  is(await enable(s, unproven.access_token), 403, 'email_not_verified');
});

/** The modules of the picture, dark ones true. */
function modules(svg) {
  const size = Number(/viewBox="0 0 (\d+)/.exec(svg)[1]), grid = Array.from({ length: size }, () => Array(size).fill(false));
  for (const [, x, y, n] of svg.matchAll(/M(\d+) (\d+)h(\d+)v1/g)) for (let i = 0; i < n; i++) grid[y][Number(x) + i] = true;
  return { size, grid };
}

test('the picture has the three finders of a QR code and quiet around it', async () => {
  const m = await s.member(), { size, grid } = modules(is(await enable(s, m.access_token), 200).body.qr_svg);
  const finder = ['#######', '#.....#', '#.###.#', '#.###.#', '#.###.#', '#.....#', '#######'];
  for (const [x, y] of [[4, 4], [size - 11, 4], [4, size - 11]])
    assert.deepEqual(finder, Array.from({ length: 7 }, (_, i) => grid[y + i].slice(x, x + 7).map((d) => (d ? '#' : '.')).join('')));
  for (let i = 0; i < size; i++) for (let q = 0; q < 4; q++)
    assert.ok(!(grid[i][q] || grid[q][i] || grid[i][size - 1 - q] || grid[size - 1 - q][i]), 'quiet');
  assert.equal((size - 8 - 17) % 4, 0, 'a version');
});

test('oathtool makes the same codes', { skip: (() => { try { execFileSync('oathtool', ['--version']); } catch { return 'no oathtool'; } })() }, async () => {
  const m = await s.member(), { secret } = is(await enable(s, m.access_token), 200).body;
  const code = execFileSync('oathtool', ['--totp', '--base32', secret], { encoding: 'utf8' }).trim();
  is(await prove(s, m.access_token, code), 200);
});

test('every surface asks for it, and finishes the ticket of any in its own shape', async () => {
  const m = await guarded(), body = { email: m.email, password: PASSWORD };
  const paths = ['/auth/login', '/api/auth/login', '/api/v1/login/'];
  const ends = ['/auth/2fa/verify', '/api/auth/2fa/verify', '/api/v1/2fa/verify/'];
  let n = 0;
  for (const path of paths) for (const end of ends) {
    const asked = await s.api('POST', path, body), token = due(asked);
    assert.deepEqual(asked.body.methods, ['totp', 'recovery_code']);
    is(await s.me(token), 401, 'invalid_token', 'opens nothing');
    is(await s.api('POST', '/auth/2fa/enable', { method: 'totp', password: PASSWORD }, { bearer: token }), 401, 'invalid_token');
    const done = is(await finish(token, m.spare[n++], {}, end), 200).body;
    const access = done.access_token ?? done.tokens.access;
    assert.deepEqual(claims(access).amr, ['pwd', 'otp']);
    is(await s.me(access), 200);
    is(await finish(token, m.spare[9], {}, end), 401, 'invalid_mfa_token', 'once');
  }
  const mail = await s.box.find(m.email, (one) => /recovery code/i.test(one.subject) && /Left: 1\./.test(one.text));
  assert.doesNotMatch(mail.text, /[a-z2-7]{4}-[a-z2-7]{4}/);
});

test('a bearer beside the ticket must be of the same account', async () => {
  const m = await guarded(), other = await s.member(), token = await ticket(m);
  const r = is(await s.api('POST', '/auth/2fa/verify', { mfa_token: token, code: m.spare[0] }, { bearer: other.access_token }), 400, 'invalid');
  assert.ok(r.body.errors.mfa_token);
  is(await s.api('POST', '/auth/2fa/verify', { mfa_token: token, code: m.spare[0] }, { bearer: m.access_token }), 200);
  is(await s.api('POST', '/auth/2fa/verify', { mfa_token: await ticket(m), code: m.spare[1] }, { bearer: 'nonsense' }), 200);
});

test('the device of the login, or none in both: 400 and not counted', async () => {
  const m = await guarded(), bound = await ticket(m, { device_id: 'phone' }), loose = await ticket(m);
  for (let i = 0; i < 6; i++) assert.ok(is(await finish(bound, m.spare[0], i % 2 ? { device_id: 'other' } : {}), 400, 'invalid').body.errors.device_id);
  is(await finish(bound, m.spare[0], { device_id: 'phone' }), 200);
  is(await finish(loose, m.spare[1], { device_id: 'phone' }), 400, 'invalid');
  is(await finish(loose, m.spare[1]), 200);
});

test('what a ticket is good for ends with a logout from all, a password change and a lock', async () => {
  const acts = {
    'logout-all': (m) => s.api('POST', '/auth/logout-all', undefined, { bearer: m.access_token }),
    change: (m) => s.api('POST', '/auth/password/change', { current_password: PASSWORD, new_password: 'brand-New-pass-8' }, { bearer: m.access_token }),
    off: (m) => s.api('POST', '/auth/2fa/disable', { password: PASSWORD }, { bearer: m.access_token }),
  };
  for (const [name, act] of Object.entries(acts)) {
    const m = await guarded(), token = await ticket(m);
    is(await act(m), 200, undefined, name);
    is(await finish(token, m.spare[0]), 401, 'invalid_mfa_token', name);
  }
  const m = await guarded(), token = await ticket(m);
  await s.lock(m.email);
  is(await finish(token, m.spare[0]), 401, 'invalid_mfa_token');
});

test('off again, and new recovery codes, with the password', async () => {
  const m = await guarded(), o = { bearer: m.access_token };
  is(await s.api('POST', '/auth/2fa/recovery-codes', { password: WRONG }, o), 400, 'invalid');
  const fresh = is(await s.api('POST', '/auth/2fa/recovery-codes', { password: PASSWORD }, o), 200).body.recovery_codes;
  assert.equal(fresh.length, 10);
  is(await finish(await ticket(m), m.spare[0]), 400, 'invalid_code', 'the old ones are dead');
  is(await finish(await ticket(m), fresh[0].toUpperCase().replaceAll('-', ' ')), 200);
  is(await s.api('POST', '/auth/2fa/send', { mfa_token: await ticket(m) }), 409, 'conflict', 'no SMS here');
  is(await s.api('POST', '/auth/2fa/send', { mfa_token: 'none' }), 401, 'invalid_mfa_token');
  is(await s.api('POST', '/auth/2fa/disable', {}, o), 400, 'invalid');
  is(await s.api('POST', '/auth/2fa/disable', { password: PASSWORD }, o), 200);
  is(await s.api('POST', '/auth/2fa/disable', { password: PASSWORD }, o), 409, 'conflict');
  is(await s.api('POST', '/auth/2fa/recovery-codes', { password: PASSWORD }, o), 409, 'conflict');
  is(await s.login(m.email), 200);
  await s.box.find(m.email, (mail) => /is off/.test(mail.subject));
});

test('50 at once: a step, a recovery code and a ticket are each good once; five guesses are five', async () => {
  const m = await guarded();
  for (let round = 0; round < 3; round++) {
    const path = (i) => ['/auth/2fa/verify', '/api/auth/2fa/verify', '/api/v1/2fa/verify/'][i % 3];
    const token = await ticket(m);
    let got = tally(await together(s.app.base, 50, path, (i) => ({ mfa_token: token, code: m.spare[3 * round + (i % 2)] })));
    assert.equal(got[200], 1, 'one ticket: ' + JSON.stringify(got));
    const many = [];
    for (let i = 0; i < 20; i++) many.push(await ticket(m));
    got = tally(await together(s.app.base, 20, path, (i) => ({ mfa_token: many[i], code: m.spare[3 * round + 2] })));
    assert.deepEqual(got, { 200: 1, 400: 19 }, 'one recovery code');
    const guessed = await ticket(m);
    got = tally(await together(s.app.base, 50, path, { mfa_token: guessed, code: wrong(m.secret) }));
    assert.deepEqual(got, { 400: 5, 401: 45 }, 'five guesses');
  }
  const many = [];
  for (let i = 0; i < 50; i++) many.push(await ticket(m));
  await quiet();
  const got = tally(await together(s.app.base, 50, '/auth/2fa/verify', (i) => ({ mfa_token: many[i], code: totp(m.secret, 1) })));
  assert.deepEqual(got, { 200: 1, 400: 49 }, 'one step');
});

test('50 at once: one set-up is proven once, and gives one set of recovery codes', async () => {
  for (let round = 0; round < 3; round++) {
    const m = await s.member(), { secret } = is(await enable(s, m.access_token), 200).body;
    await quiet();
    const all = await together(s.app.base, 50, '/auth/2fa/verify', { code: totp(secret) }, { headers: [`Authorization: Bearer ${m.access_token}`] });
    assert.deepEqual(tally(all), { 200: 1, 409: 49 });
    is(await finish(await ticket(m), all.find((r) => r.status === 200).body.recovery_codes[4]), 200);
  }
});

test('guesses, used steps and tickets are remembered over a restart', async () => {
  const st = await stage();
  try {
    const m = await guarded(st), token = await ticket(m, {}, st), used = await ticket(m, {}, st);
    const end = (mfa_token, code) => st.api('POST', '/auth/2fa/verify', { mfa_token, code });
    for (let i = 0; i < 4; i++) is(await end(token, wrong(m.secret)), 400, 'invalid_code');
    is(await end(used, m.spare[0]), 200);
    await st.app.kill();
    await st.app.launch();
    is(await end(used, m.spare[1]), 401, 'invalid_mfa_token');
    is(await end(token, m.spare[0]), 400, 'invalid_code', 'the fifth');
    is(await end(token, m.spare[1]), 401, 'invalid_mfa_token');
    is(await end(await ticket(m, {}, st), m.spare[1]), 200);
  } finally { await st.end(); }
});

test('wrong codes of twenty sign-ins at once, from forty addresses, are one budget of the account, and a restart forgets none', async () => {
  const st = await stage({ ALDGATE_PASSWORD_HASH_QUEUE: '256' });
  try {
    const m = await guarded(st), many = [], end = (mfa_token, code) => st.api('POST', '/auth/2fa/verify', { mfa_token, code });
    for (let i = 0; i < 20; i++) many.push(await ticket(m, {}, st));
    const got = await together(st.app.base, 120, '/auth/2fa/verify', (i) => ({ mfa_token: many[i % 20], code: wrong(m.secret) }), { from: (i) => `127.9.0.${1 + (i % 40)}` });
    assert.deepEqual(tally(got), { 400: 100, 401: 20 });
    await quiet();
    is(await end(await ticket(m, {}, st), totp(m.secret, 1)), 400, 'invalid_code', 'a right one, which was not looked at');
    await st.app.kill();
    await st.app.launch();
    is(await end(await ticket(m, {}, st), totp(m.secret, 1)), 400, 'invalid_code');
    assert.match((await st.box.find(m.email, (x) => /wrong codes/i.test(x.subject) && /100 times/.test(x.text))).text, /100/);
    is(await end(await ticket(m, {}, st), m.spare[0]), 200, undefined, 'a recovery code serves, and ends the count');
    await quiet();
    is(await end(await ticket(m, {}, st), totp(m.secret, 1)), 200);
  } finally { await st.end(); }
});

test('after ten wrong codes in a row each next waits, wherever from; the owner is told', async () => {
  const st = await stage({ ALDGATE_THROTTLE_ENABLED: undefined });
  try {
    const { m, token, r } = await timely(async (before) => {
      const m = await guarded(st), tickets = [];
      for (let i = 0; i < 3; i++) tickets.push(await ticket(m, {}, st));
      const [token, ...spent] = tickets;
      let end;
      for (let i = 0; i < 10; i++) {
        end = Date.now() + 1000;
        is(await st.api('POST', '/auth/2fa/verify', { mfa_token: spent[i % 2], code: wrong(m.secret) }), 400, 'invalid_code');
      }
      const ask = () => st.api('POST', '/auth/2fa/verify', { mfa_token: token, code: m.spare[0] }, { from: '127.8.0.1' });
      return { m, token, r: is(await before(end, ask), 429, 'throttled') };
    });
    const mail = await st.box.find(m.email, (one) => /wrong codes/i.test(one.subject));
    assert.match(mail.text, /10 times/);
    await sleep(Number(r.headers.get('retry-after')) * 1000 + 100);
    is(await st.api('POST', '/auth/2fa/verify', { mfa_token: token, code: m.spare[0] }), 200);
  } finally { await st.end(); }
});

test('a role that must have a second factor reaches nothing but its set-up', async () => {
  const email = someone('admin');
  const made = await run(['user', 'create', '--email', email, '--role', 'ADMIN', '--verified'], { env: strict.app.env, input: PASSWORD + '\n' });
  assert.equal(made.code, 0, made.err);
  const l = is(await strict.login(email), 200).body, o = { bearer: l.access_token };
  const shut = [
    ['PUT', '/users/me', { full_name: 'A' }], ['POST', '/auth/password/change', {}], ['POST', '/auth/logout-all'],
    ['GET', '/api/v1/devices/'], ['GET', '/api/v1/sessions/'], ['PATCH', '/api/users/me', {}],
    ['POST', '/auth/2fa/disable', { password: PASSWORD }], ['POST', '/auth/2fa/recovery-codes', { password: PASSWORD }],
  ];
  for (const [method, path, body] of shut) is(await strict.api(method, path, body, o), 403, 'mfa_enrollment_required', path);
  for (const path of ['/users/me', '/api/users/me', '/api/v1/me/', '/api/v1/profile/']) is(await strict.api('GET', path, undefined, o), 200, undefined, path);
  is(await strict.refresh(l.refresh_token), 200);
  const { secret } = is(await enable(strict, l.access_token), 200).body;
  is(await prove(strict, l.access_token, totp(secret)), 200);
  is(await strict.api('PUT', '/users/me', { full_name: 'A' }, o), 200);
  const second = is(await strict.api('POST', '/auth/2fa/disable', { password: PASSWORD }, o), 200);
  assert.ok(second);
  is(await strict.api('POST', '/auth/logout', {}, o), 200);
  const customer = await strict.member();
  is(await strict.api('PUT', '/users/me', { full_name: 'B' }, { bearer: customer.access_token }), 200);
});

test('the code comes by SMS when it is asked for beside an authenticator, and finishes the ticket once', async () => {
  const sms = await Gateway.open();
  let st;
  try {
    st = await stage({ ALDGATE_SMS_URL: sms.url });
    const m = await guarded(st), phone = somePhone(), bearer = { bearer: m.access_token };
    is(await st.api('POST', '/auth/otp/send', { channel: 'sms', phone }, bearer), 200);
    is(await st.api('POST', '/auth/otp/verify', { phone, code: await sms.code(phone) }, bearer), 200);
    is(await enable(st, m.access_token, 'sms'), 200);
    is(await prove(st, m.access_token, await sms.code(phone)), 200);
    const mfa_token = await ticket(m, {}, st), texts = sms.to(phone).length;
    is(await st.api('POST', '/auth/2fa/send', { mfa_token }), 200);
    const code = await sms.code(phone);
    assert.equal(sms.to(phone).length, texts + 1, 'the login alone sent none');
    assert.ok(is(await st.api('POST', '/auth/2fa/verify', { mfa_token, code }), 200).body.access_token);
    is(await st.api('POST', '/auth/2fa/send', { mfa_token }), 401, 'invalid_mfa_token');
    is(await st.api('POST', '/auth/2fa/verify', { mfa_token: await ticket(m, {}, st), code }), 400, 'invalid_code');
  } finally { try { await st?.end(); } finally { await sms.close(); } }
});
