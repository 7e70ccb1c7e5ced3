// GET /metrics: what happened can be read, in Prometheus' form, by this machine only and without a secret.
import { test, before, after } from 'node:test';
import { stage, start, assert, is, rawRequest, bytesOf, someone, somePhone, codeIn, sleep, until, PASSWORD, WRONG } from './lib.mjs';
import { Gateway } from './gateway.mjs';
import { guarded, totp, wrong } from './factor.mjs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';

let s, sms;
before(async () => {
  sms = await Gateway.open();
  s = await stage({ ALDGATE_SERVER_TRUSTED_PROXIES: '127.0.0.3', ALDGATE_SMS_URL: sms.url });
});
after(async () => { try { await s?.end(); } finally { await sms?.close(); } });

const read = async () => is(await s.api('GET', '/metrics'), 200).text;
/** The value of a line, 0 when it is not there. */
const value = (text, line) => Number(text.split('\n').find((l) => l.startsWith(line + ' '))?.slice(line.length + 1) ?? 0);
const grown = (was, now, line) => value(now, line) - value(was, line);

test('the form: heads, names, values, cumulative buckets', async () => {
  const r = is(await s.api('GET', '/metrics'), 200);
  assert.match(r.headers.get('content-type'), /^text\/plain; version=0\.0\.4/);
  assert.equal(r.headers.get('cache-control'), 'no-store');
  const text = await read(), types = new Map(), buckets = new Map();
  for (const line of text.trimEnd().split('\n')) {
    const head = /^# TYPE (\w+) (counter|gauge|histogram)$/.exec(line);
    if (head) { assert.ok(!types.has(head[1]), line); types.set(head[1], head[2]); }
    if (line.startsWith('#')) { assert.match(line, /^# (HELP \w+ \S.*|TYPE \w+ \w+)$/); continue; }
    const [, name, labels = '', number] = /^([a-z_]+)(\{(?:[a-z]+="[^"\\\n]*",?)+\})? (-?\d+(?:\.\d+)?)$/.exec(line) ?? assert.fail(line);
    const family = types.has(name) ? name : name.replace(/_(bucket|sum|count)$/, '');
    assert.ok(types.has(family), 'no head before ' + line);
    if (!name.endsWith('_bucket')) continue;
    const series = name + labels.replace(/,?le="[^"]*"/, '');
    assert.ok(Number(number) >= (buckets.get(series) ?? 0), 'not cumulative: ' + line);
    buckets.set(series, Number(number));
  }
  assert.ok(types.size >= 15 && buckets.size >= 2);
});

test('requests, sign-ins, sessions, hashes, messages and the store are counted', async () => {
  const was = await read(), m = await s.member();
  is(await s.login(m.email), 200);
  is(await s.login(m.email, { password: WRONG }), 401);
  is(await s.login(someone('nobody')), 401);
  const tokens = is(await s.refresh(m.refresh_token), 200).body;
  is(await s.me(tokens.access_token), 200);
  is(await s.me('nonsense'), 401);
  is(await s.api('POST', '/auth/logout', {}, { bearer: tokens.access_token }), 200);
  is(await s.api('GET', '/no/such/path', undefined, { check: false }), 404);
  await rawRequest(s.app.port, 'BROKEN\r\n\r\n');
  await s.sent();
  await sleep(300); // what is counted behind an answer
  const lines = [['http_requests_total{route="login",status="200"}', 1], ['http_requests_total{route="login",status="401"}', 2],
    ['http_request_seconds_count{route="login"}', 3], ['http_request_seconds_bucket{route="login",le="+Inf"}', 3],
    ['http_requests_total{route="me",status="200"}', 1], ['http_requests_total{route="me",status="401"}', 1],
    ['http_requests_total{route="none",status="404"}', 1], ['http_requests_total{route="none",status="501"}', 1],
    ['logins_total{outcome="success"}', 1], ['logins_total{outcome="invalid_credentials"}', 2],
    ['sessions_total{event="opened"}', 2], ['sessions_total{event="refreshed"}', 1], ['sessions_total{event="revoked"}', 1],
    ['messages_total{result="sent"}', 1], ['hashes_total', 4]];
  let now;
  const missing = async () => { now = await read(); return lines.filter(([line, n]) => grown(was, now, 'aldgate_' + line) < n); };
  await until(async () => !(await missing()).length, () => now);
  for (const [line, n] of lines) assert.equal(grown(was, now, 'aldgate_' + line), n, line);
  assert.ok(grown(was, now, 'aldgate_store_seconds_count{kind="write"}') >= 5);
  assert.ok(grown(was, now, 'aldgate_store_seconds_count{kind="read"}') >= 5);
  assert.ok(value(now, 'aldgate_http_request_seconds_sum{route="login"}') > 0);
  assert.equal(value(now, 'aldgate_hashes_waiting'), 0);
  assert.equal(value(now, 'aldgate_outbox_messages'), 0);
  assert.ok(value(now, 'aldgate_process_resident_bytes') > 1e6);
  for (const secret of [m.email, 'example.com', m.user.id, tokens.session_id, '127.0.0.1'])
    assert.ok(!now.includes(secret), 'it tells ' + secret);
});

test('codes, second factors, fingerprints and audit events are counted', async () => {
  const was = await read(), m = await guarded(s), phone = somePhone(), post = (path, body, bearer) => s.api('POST', path, body, { bearer });
  const asked = is(await post('/auth/otp/send', { channel: 'email', purpose: 'login', email: m.email }), 200).body, code = codeIn(await s.box.find(m.email, (x) => /sign-in code/i.test(x.subject + x.text)));
  is(await post('/auth/otp/verify', { ...asked, channel: undefined, expires_in: undefined, code: '000000' === code ? '111111' : '000000' }), 400);
  const due = is(await post('/auth/otp/verify', { challenge_id: asked.challenge_id, code }), 401, 'mfa_required').body.mfa_token;
  is(await post('/auth/2fa/verify', { mfa_token: due, code: wrong(m.secret) }), 400);
  is(await post('/auth/2fa/verify', { mfa_token: due, code: totp(m.secret, 1) }), 200);
  is(await post('/auth/2fa/verify', { mfa_token: is(await s.login(m.email), 401).body.mfa_token, code: m.spare[0] }), 200);
  is(await post('/auth/otp/send', { channel: 'sms', purpose: 'login', phone: somePhone() }), 200, undefined, 'nobody: nothing is sent');
  is(await post('/auth/otp/send', { channel: 'sms', phone }, m.access_token), 200);
  is(await post('/auth/otp/verify', { phone, code: await sms.code(phone) }, m.access_token), 200);
  for (const fingerprint of ['a', 'a', 'b']) is(await post('/auth/fingerprint', { device_id: 'd', fingerprint }, m.access_token), 200);
  const now = await read();
  for (const [line, n] of [['codes_total{channel="email",event="sent"}', 2], ['codes_total{channel="email",event="right"}', 1],
    ['codes_total{channel="email",event="wrong"}', 1], ['codes_total{channel="sms",event="sent"}', 1], ['codes_total{channel="sms",event="right"}', 1],
    ['second_factors_total{outcome="due"}', 2], ['second_factors_total{outcome="wrong"}', 1], ['second_factors_total{outcome="totp"}', 1],
    ['second_factors_total{outcome="recovery_code"}', 1], ['logins_total{outcome="mfa_required"}', 2], ['logins_total{outcome="invalid_code"}', 2],
    ['fingerprints_total{result="saved"}', 1], ['fingerprints_total{result="match"}', 1], ['fingerprints_total{result="poor"}', 1],
    ['audit_events_total{action="mfa_enabled"}', 1], ['audit_events_total{action="recovery_code_used"}', 1], ['audit_events_total{action="phone_verified"}', 1],
    ['audit_events_total{action="fingerprint_mismatch"}', 1], ['audit_events_total{action="user_created"}', 1]])
    assert.equal(grown(was, now, 'aldgate_' + line), n, line);
});

test('a reused refresh token shows', async () => {
  const t = await stage({ ALDGATE_TOKEN_REUSE_GRACE: '0s' });
  try {
    const m = await t.member();
    is(await t.refresh(m.refresh_token), 200);
    is(await t.refresh(m.refresh_token), 401);
    const text = (await t.api('GET', '/metrics')).text;
    assert.equal(value(text, 'aldgate_sessions_total{event="reused"}'), 1);
    assert.equal(value(text, 'aldgate_sessions_total{event="revoked"}'), 1);
  } finally { await t.end(); }
});

test('open connections go up and down', async () => {
  const open = async () => value(await read(), 'aldgate_connections_open'), idle = await open();
  const busy = Array.from({ length: 20 }, () => connect(s.app.port, '127.0.0.1'));
  await until(async () => (await open()) >= idle + 19);
  for (const c of busy) c.destroy();
  await until(async () => (await open()) <= idle + 3);
});

test('only for this machine: 404 for who comes from elsewhere, or through a proxy', async () => {
  for (const [status, headers, from] of [[200, []], [200, [], '127.0.0.9'], [404, ['X-Forwarded-For: 203.0.113.7'], '127.0.0.3'],
    [404, ['X-Forwarded-For: 127.0.0.1'], '127.0.0.3'], [404, ['X-Forwarded-For: 127.0.0.1']], [404, ['Forwarded: for=127.0.0.1']],
    [404, ['Via: 1.1 gate']], [404, ['X-Real-IP: 127.0.0.1']], [404, ['x-forwarded-for:']]]) {
    const r = await rawRequest(s.app.port, bytesOf('GET', '/metrics', { headers }), { from });
    is(r, status, status === 404 ? 'not_found' : undefined, `${headers} ${from}`);
    if (status === 404) assert.doesNotMatch(r.text, /aldgate_/);
  }
  is(await s.api('POST', '/metrics', {}, { check: false }), 405);
});

test('over a unix socket it is this machine too', async () => {
  const path = join(s.app.dir, 'm.sock');
  const get = () => new Promise((ok, no) => request({ socketPath: path, path: '/metrics', agent: false },
    (r) => { r.resume(); r.on('end', () => ok(r.statusCode)); }).on('error', no).end());
  const t = await start({ ALDGATE_SERVER_LISTEN: 'unix:' + path }, { ready: async () => (await get()) === 200 });
  try { assert.equal(await get(), 200); } finally { await t.end(); }
});
