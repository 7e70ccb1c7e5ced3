// A provider's verdicts: who is heard, in which form, and what a body must be.
import { test, before, after } from 'node:test';
import { randomUUID } from 'node:crypto';
import { stage, start, assert, is, call, rawRequest, bytesOf, together, someone, PASSWORD } from './lib.mjs';
import { papers } from './papers.mjs';
import { secret, standard, vendors, mac, iso, seconds } from './signed.mjs';

const PATH = '/api/v1/kyc/webhook/', JSON_TYPE = { 'content-type': 'application/json' };
const one = secret(), two = secret();
let s;
before(async () => { s = await stage({ ALDGATE_KYC_WEBHOOK_SECRETS: `${one.text} ${two.text}` }); });
after(() => s?.end());

const event = (extra = {}) => ({ event_id: 'e-' + randomUUID(), application_id: randomUUID(), status: 'approved', occurred_at: iso(), ...extra });
const post = (raw, headers, path = PATH) => call(s.app.base, 'POST', path, undefined, { raw, headers: { ...JSON_TYPE, ...headers } });
const send = (body, options = {}, keys = one.key) => { const raw = JSON.stringify(body); return post(raw, standard(keys, raw, options)); };
/** Somebody whose papers wait, and how they stand; on another stage than s with `on`. */
async function applicant(on = s) {
  const m = await on.member(), r = is(await on.api('POST', '/auth/kyc/submit', undefined, { bearer: m.access_token, ...papers() }), 201);
  const status = async () => is(await on.api('GET', '/auth/kyc/status', undefined, { bearer: m.access_token }), 200).body;
  return { ...m, id: r.body.id, at: Date.now(), status, submit: (files) => on.api('POST', '/auth/kyc/submit', undefined, { bearer: m.access_token, ...papers(files) }) };
}
/** Of so many seconds from when the papers came in, however long the test takes. */
const about = (a, status, offset, extra = {}) => event({ application_id: a.id, status, occurred_at: iso(offset, a.at), ...extra });
const taken = async (body, result, options) => assert.deepEqual(is(await send(body, options), 200).body, { result }, JSON.stringify(body));
const mails = async (a, subject, n) => {
  await s.sent();
  assert.equal(s.box.to(a.email).filter((m) => subject.test(m.subject)).length, n, String(subject));
};
const refused = (r, why) => is(r, 401, 'invalid_signature', why);

test('both secrets are heard, also among other signatures, with and without the slash; an application that is not ours changes nothing', async () => {
  for (const keys of [one.key, two.key, [Buffer.alloc(32), two.key]]) {
    const r = is(await send(event(), {}, keys), 200);
    assert.deepEqual(r.body, { result: 'unknown' });
    assert.equal(r.headers.get('cache-control'), 'no-store');
  }
  const raw = JSON.stringify(event());
  is(await post(raw, standard(one.key, raw), PATH.slice(0, -1)), 200);
  assert.match(s.app.log(), /kyc_event .*result=unknown/);
});

test('no signature, a wrong one, a cut one, or one over other bytes is 401', async () => {
  const raw = JSON.stringify(event()), good = standard(one.key, raw), at = seconds();
  refused(await post(raw, {}), 'none');
  refused(await call(s.app.base, 'POST', PATH), 'nothing at all');
  for (const name of Object.keys(good)) {
    refused(await post(raw, { ...good, [name]: '' }), 'empty ' + name);
    const { [name]: _, ...rest } = good;
    refused(await post(raw, rest), 'without ' + name);
  }
  refused(await post(raw, standard(Buffer.alloc(32), raw)), 'of another key');
  refused(await post(raw, { ...good, 'webhook-signature': good['webhook-signature'].slice(0, -4) }), 'cut');
  refused(await post(raw, { ...good, 'webhook-signature': good['webhook-signature'].slice(3) }), 'without its version');
  refused(await post(raw, { ...good, 'webhook-id': 'msg_other' }), 'of another id');
  refused(await post(raw, { ...good, 'webhook-timestamp': String(at + 1) }), 'of another time');
  refused(await post(JSON.stringify(JSON.parse(raw), null, 1), good), 'written anew');
  refused(await post(raw + '\n', good), 'a byte more');
  refused(await post(raw, { 'x-payload-digest': mac(one.key, raw), 'x-payload-digest-alg': 'HMAC_SHA256_HEX' }), 'of a vendor that is not set');
  refused(await post(raw, { 'x-hmac-signature': mac(one.text, raw) }), 'of another vendor');
});

test('a header that stands twice is as good as none', async () => {
  const raw = JSON.stringify(event()), good = standard(one.key, raw), lines = Object.entries(good).map(([k, v]) => `${k}: ${v}`);
  const answer = (headers) => rawRequest(s.app.port, bytesOf('POST', PATH, { headers, body: JSON.parse(raw) }));
  assert.equal((await answer(lines)).status, 200);
  for (const line of lines) assert.equal((await answer([...lines, line])).status, 401, line);
  assert.equal((await answer([...lines, 'webhook-signature: v1,AAAA'])).status, 401);
});

test('a signed time holds for five minutes, before and after', async () => {
  for (const [off, status] of [[-270, 200], [290, 200], [-310, 401], [330, 401], [-1e9, 401], [1e12, 401]]) {
    assert.equal((await send(event(), { at: seconds() + off })).status, status, String(off));
  }
});

test('what is signed must still be an event', async () => {
  for (const [body, field] of [
    [{}, 'event_id'], [event({ event_id: undefined }), 'event_id'], [event({ event_id: 'x'.repeat(201) }), 'event_id'],
    [event({ event_id: 'a\u0007' }), 'event_id'], [event({ event_id: 7 }), 'event_id'], [event({ application_id: 'mine' }), 'application_id'],
    [event({ status: 'expired' }), 'status'], [event({ status: 'x'.repeat(99) }), 'status'], [event({ reason: 'x'.repeat(501) }), 'reason'],
    [event({ reason: 'a\u202eb' }), 'reason'], [event({ occurred_at: 'today' }), 'occurred_at'], [event({ occurred_at: iso(400) }), 'occurred_at'],
    [event({ occurred_at: seconds() }), 'occurred_at'],
  ]) {
    const r = is(await send(body), 400, 'invalid', JSON.stringify(body).slice(0, 200));
    assert.ok(r.body[field] ?? r.body.errors?.[field], field + ': ' + r.text);
  }
  for (const raw of ['', '[]', '{', '"x"', '{"a":1,"a":2}', '\xff']) is(await post(raw, standard(one.key, raw)), 400, 'malformed', raw);
  const big = JSON.stringify(event({ pad: 'x'.repeat(70000) }));
  is(await post(big, standard(one.key, big)), 413, 'too_large');
  const raw = JSON.stringify(event());
  is(await post(raw, { ...standard(one.key, raw), 'content-type': 'text/plain' }), 415);
});

test('without a secret nobody is heard, whatever is sent', async () => {
  for (const secrets of [undefined, '', ' ']) {
    const app = await start(secrets === undefined ? {} : { ALDGATE_KYC_WEBHOOK_SECRETS: secrets });
    try {
      const raw = JSON.stringify(event());
      for (const headers of [{}, standard('', raw), standard(one.key, raw), { ...standard('', raw), 'webhook-signature': '' }])
        refused(await call(app.base, 'POST', PATH, undefined, { raw, headers: { ...JSON_TYPE, ...headers } }));
    } finally { await app.end(); }
  }
});

test('each vendor is heard in its own form, and in no other', async () => {
  const key = 'a secret-of-the-vendor, 1'.replace(/[ ,]/g, '_');
  for (const [name, vendor] of Object.entries(vendors)) {
    const app = await start({ ALDGATE_KYC_PROVIDER: name, ALDGATE_KYC_WEBHOOK_SECRETS: `${'o'.repeat(20)} ${key}` });
    const to = (raw, headers) => call(app.base, 'POST', PATH, undefined, { raw, headers: { ...JSON_TYPE, ...headers } });
    try {
      const raw = JSON.stringify(vendor.body(randomUUID(), 'approved', iso()));
      assert.deepEqual(is(await to(raw, vendor.headers(key, raw)), 200, undefined, name).body, { result: 'unknown' });
      assert.deepEqual(is(await to(raw, vendor.headers(key, raw)), 200).body, { result: 'repeated' });
      const news = JSON.stringify(vendor.body(randomUUID(), 'other', iso()));
      assert.deepEqual(is(await to(news, vendor.headers(key, news)), 200).body, { result: 'ignored' });
      const elses = JSON.stringify(vendor.body('user-17', 'approved', iso()));
      assert.deepEqual(is(await to(elses, vendor.headers(key, elses)), 200).body, { result: 'unknown' });
      refused(await to(raw + ' ', vendor.headers(key, raw)), name);
      refused(await to(raw, vendor.headers(key + 'x', raw)), name);
      refused(await to(raw, standard(key, raw)), name);
      refused(await to(raw, {}), name);
      is(await to('{}', vendor.headers(key, '{}')), 200);
      is(await to('{', vendor.headers(key, '{')), 400, 'malformed');
      const late = JSON.stringify(vendor.body(randomUUID(), 'approved', 'no time'));
      is(await to(late, vendor.headers(key, late)), 400, 'invalid');
    } finally { await app.end(); }
  }
});

test('Sumsub: SHA-512 as well, SHA-1 never; Persona: its own five minutes', async () => {
  const key = 'k'.repeat(20);
  let app = await start({ ALDGATE_KYC_PROVIDER: 'sumsub', ALDGATE_KYC_WEBHOOK_SECRETS: key });
  const to = (raw, headers) => call(app.base, 'POST', PATH, undefined, { raw, headers: { ...JSON_TYPE, ...headers } });
  const body = (vendor) => JSON.stringify(vendors[vendor].body(randomUUID(), 'pending', iso()));
  try {
    const raw = body('sumsub'), by = (alg) => ({ 'x-payload-digest': mac(key, raw, alg), 'x-payload-digest-alg': `HMAC_${alg.toUpperCase()}_HEX` });
    is(await to(raw, by('sha512')), 200);
    refused(await to(raw, by('sha1')));
    refused(await to(raw, { 'x-payload-digest': mac(key, raw) }), 'no algorithm');
  } finally { await app.end(); }
  app = await start({ ALDGATE_KYC_PROVIDER: 'persona', ALDGATE_KYC_WEBHOOK_SECRETS: key });
  try {
    for (const [off, status] of [[-270, 200], [290, 200], [-310, 401], [330, 401]]) {
      const raw = body('persona');
      assert.equal((await to(raw, vendors.persona.headers(key, raw, seconds() + off))).status, status, String(off));
    }
  } finally { await app.end(); }
});

test('each event once, by either of its names; an older one never undoes a newer one; "pending" changes nothing', async () => {
  const a = await applicant(), first = about(a, 'pending', -30);
  await taken(first, 'applied', { id: 'once-' + a.id });
  await taken({ ...first, status: 'approved', occurred_at: iso(-20) }, 'repeated');
  await taken(about(a, 'approved', -20), 'repeated', { id: 'once-' + a.id });
  await taken(about(a, 'rejected', -40), 'stale');
  assert.equal((await a.status()).kyc_status, 'pending');
  await taken(about(a, 'approved', -10), 'applied');
  const st = await a.status();
  assert.deepEqual([st.kyc_status, st.reason], ['approved', null]);
  assert.equal(is(await s.me(a.access_token), 200).body.kyc_status, 'approved');
  for (const status of ['rejected', 'resubmit', 'pending']) await taken(about(a, status, -11), 'stale');
  await taken(about(a, 'resubmit', -9), 'not_possible');
  await taken(about(a, 'pending', -8), 'not_possible');
  assert.equal((await a.status()).kyc_status, 'approved');
  await mails(a, /verified|approved/i, 1);
});

test('a provider takes its own approval back, and asks again for papers', async () => {
  const a = await applicant(), b = await applicant();
  await taken(about(a, 'approved', -10), 'applied');
  await taken(about(a, 'rejected', -5, { reason: 'The passport was reported stolen.' }), 'applied');
  const st = await a.status();
  assert.deepEqual([st.kyc_status, st.reason], ['rejected', 'The passport was reported stolen.']);
  await taken(about(b, 'resubmit', -10, { reason: 'Blurred.' }), 'applied');
  const asked = await b.status();
  assert.deepEqual([asked.kyc_status, asked.reason, asked.resubmit], ['resubmit', 'Blurred.', ['front']]);
  await taken(about(b, 'approved', -5), 'not_possible');
  assert.equal(is(await b.submit(), 201).body.id, b.id, 'to the same application');
  await taken(about(b, 'approved', -7), 'stale');
  assert.equal((await b.status()).kyc_status, 'pending', 'a verdict on the papers before does not count');
  await taken(about(b, 'approved', 0), 'applied');
  assert.equal((await b.status()).kyc_status, 'approved');
});

test('what a reviewer decided stands; what the provider says later is kept', async () => {
  const email = someone('rev');
  await s.operator(['create', '--email', email, '--role', 'KYC_REVIEWER', '--verified'], PASSWORD + '\n');
  const { access_token: bearer } = is(await s.login(email), 200).body;
  const decide = (a, verdict, body = {}) => s.api('POST', `/admin/kyc/${a.id}/${verdict}`, body, { bearer });
  const yes = await applicant(), no = await applicant(), back = await applicant(), again = await applicant();
  is(await decide(yes, 'approve'), 200);
  is(await decide(no, 'reject', { reason: 'Not you.' }), 200);
  for (const status of ['rejected', 'resubmit', 'pending', 'approved']) await taken(about(yes, status, 10), 'settled');
  for (const status of ['approved', 'resubmit', 'pending', 'rejected']) await taken(about(no, status, 10, { reason: 'other' }), 'settled');
  assert.deepEqual([(await yes.status()).kyc_status, (await no.status()).kyc_status, (await no.status()).reason], ['approved', 'rejected', 'Not you.']);
  await taken(about(back, 'approved', -5), 'applied');
  is(await decide(back, 'revoke', { reason: 'Reported.' }), 200);
  await taken(about(back, 'approved', 0), 'settled');
  assert.equal((await back.status()).kyc_status, 'rejected');
  is(await decide(again, 'resubmit', { reason: 'Blurred.', documents: ['front'] }), 200);
  await taken(about(again, 'approved', 0), 'not_possible');
  assert.equal((await again.status()).kyc_status, 'resubmit');
  const admin = someone('adm');
  await s.operator(['create', '--email', admin, '--role', 'ADMIN', '--verified'], PASSWORD + '\n');
  const by = { bearer: is(await s.login(admin), 200).body.access_token };
  const audit = is(await s.api('GET', `/admin/audit?subject=${yes.user.id}&action=kyc_event_without_effect`, undefined, by), 200).body.items;
  assert.equal(audit.length, 4, 'each is audited');
});

test('one event delivered fifty times at one instant has one effect', { timeout: 120000 }, async () => {
  const a = await applicant(), e = about(a, 'approved', 0), raw = JSON.stringify(e);
  const headers = (i) => Object.entries(standard(one.key, raw, { id: 'd-' + i })).map(([k, v]) => `${k}: ${v}`);
  const answers = await together(s.app.base, 50, PATH, e, { headers });
  assert.deepEqual([...new Set(answers.map((r) => r.status))], [200]);
  const results = answers.map((r) => r.body.result);
  assert.deepEqual([results.filter((r) => r === 'applied').length, results.filter((r) => r === 'repeated').length], [1, 49]);
  assert.equal((await a.status()).kyc_status, 'approved');
  await mails(a, /verified|approved/i, 1);
});

test('verdicts that contradict each other at one instant: the newest stands', { timeout: 120000 }, async () => {
  const a = await applicant(), events = Array.from({ length: 20 }, (_, i) => about(a, i % 2 ? 'approved' : 'pending', -40 + i));
  const headers = (i) => Object.entries(standard(one.key, JSON.stringify(events[i]))).map(([k, v]) => `${k}: ${v}`);
  const answers = await together(s.app.base, events.length, PATH, (i) => events[i], { headers });
  assert.deepEqual([...new Set(answers.map((r) => r.status))], [200]);
  await taken(about(a, 'rejected', -41), 'stale');
  await taken(about(a, 'rejected', -1), 'applied');
  assert.equal((await a.status()).kyc_status, 'rejected');
});

test('each vendor\'s verdict reaches the applicant', { timeout: 120000 }, async () => {
  const key = 'k'.repeat(32);
  for (const [name, vendor] of Object.entries(vendors)) {
    const on = await stage({ ALDGATE_KYC_PROVIDER: name, ALDGATE_KYC_WEBHOOK_SECRETS: key });
    try {
      const a = await applicant(on), b = await applicant(on);
      const say = async (who, status, offset) => {
        const raw = JSON.stringify(vendor.body(who.id, status, iso(offset, who.at)));
        return is(await call(on.app.base, 'POST', PATH, undefined, { raw, headers: { ...JSON_TYPE, ...vendor.headers(key, raw) } }), 200).body.result;
      };
      assert.deepEqual([await say(a, 'pending', -30), await say(a, 'approved', -20), await say(a, 'rejected', -25)], ['applied', 'applied', 'stale'], name);
      assert.equal((await a.status()).kyc_status, 'approved');
      assert.equal(await say(b, 'rejected', -20), 'applied');
      assert.equal((await b.status()).kyc_status, 'rejected');
    } finally { await on.end(); }
  }
});

test('what came of the events is counted; refusals leave a line in the log, and no secret does', async () => {
  const count = async (result) => Number(new RegExp(`kyc_events_total\\{result="${result}"\\} (\\d+)`).exec((await s.api('GET', '/metrics')).text)?.[1] ?? 0);
  const was = [await count('unknown'), await count('repeated'), await count('refused')], e = event();
  is(await send(e), 200);
  assert.deepEqual((await send(e)).body, { result: 'repeated' });
  refused(await send(e, {}, 'wrong'));
  assert.deepEqual([await count('unknown') - was[0], await count('repeated') - was[1], await count('refused') - was[2]], [1, 1, 1]);
  assert.match(s.app.log(), /kyc_webhook_refused/);
  for (const { text } of [one, two]) assert.ok(!s.app.log().includes(text.slice(6)) && !s.app.log().includes(text), 'no secret');
});

test('webhook: its own rate', async () => {
  const app = await start({ ALDGATE_THROTTLE_ENABLED: 'yes' });
  try {
    const r = is(await call(app.base, 'POST', PATH, {}), 401);
    assert.match(r.headers.get('ratelimit-policy'), /^"webhook";q=600;w=60/);
  } finally { await app.end(); }
});
