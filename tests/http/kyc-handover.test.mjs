// A submission on its way to the provider: what it is sent, that it is signed, and that nothing of it is lost.
import { test } from 'node:test';
import { createHash, randomBytes } from 'node:crypto';
import { stage, assert, is, call, run, sleep, until, PATIENCE, POSTGRES, PASSWORD } from './lib.mjs';
import { PNG, JPEG, papers } from './papers.mjs';
import { Gateway } from './gateway.mjs';
import { secret, standard, mac, seconds, iso } from './signed.mjs';

const one = secret(), two = secret();
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

async function on(env, act) {
  const provider = await Gateway.open();
  let s;
  try {
    s = await stage({ ALDGATE_KYC_WEBHOOK_SECRETS: `${one.text} ${two.text}`, ALDGATE_KYC_PROVIDER_URL: provider.url, ...env });
    await act(s, provider);
  } finally { try { await s?.end(); } finally { await provider.close(); } }
}
const submit = async (s, files, fields) => {
  const m = await s.member(), o = { bearer: m.access_token, ...papers(files, fields) };
  return { ...m, ...is(await s.api('POST', '/auth/kyc/submit', undefined, o), 201).body };
};
const logged = (s, line) => until(() => line.test(s.app.log()), () => s.app.log().slice(-3000));
const proven = (q, key = one.key) => {
  const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature } = q.headers;
  assert.ok(Math.abs(Number(at) - seconds(q.at)) < 60);
  assert.equal(signature, 'v1,' + mac(key, `${id}.${at}.${q.body}`, 'sha256', 'base64'), 'signed by Standard Webhooks with the first secret');
  return id;
};

test('what the provider is sent: who, and the papers, signed; then it answers by the webhook', () => on({}, async (s, provider) => {
  const a = await submit(s, { front: PNG, back: JPEG }, { document_number: 'X-123 456' });
  await provider.until(1);
  const [q] = provider.got, { data } = q.json;
  proven(q);
  assert.deepEqual([q.method, q.url, q.headers['content-type'], q.headers.expect], ['POST', '/send', 'application/json', undefined]);
  assert.equal(Number(q.headers['content-length']), Buffer.byteLength(q.body));
  assert.deepEqual([q.json.type, q.json.timestamp], ['kyc.submission', a.submitted_at]);
  assert.deepEqual(Object.keys(data), ['application_id', 'user_id', 'full_name', 'date_of_birth', 'country', 'document_type', 'document_number', 'submitted_at', 'documents']);
  assert.deepEqual([data.application_id, data.user_id, data.document_number, data.submitted_at], [a.id, a.user.id, 'X-123 456', a.submitted_at]);
  assert.deepEqual(data.documents.map((d) => [d.id, d.kind, d.content_type, d.size, d.sha256]), a.documents.map((d) => [d.id, d.kind, d.content_type, d.size, d.sha256]));
  assert.deepEqual(data.documents.map((d) => Buffer.from(d.data_base64, 'base64')), [PNG, JPEG]);
  await logged(s, /message_sent .*application=/);
  await s.operator(['create', '--email', 'admin@example.com', '--role', 'ADMIN', '--verified'], PASSWORD + '\n');
  const { access_token: bearer } = is(await s.login('admin@example.com'), 200).body;
  const told = is(await s.api('GET', `/admin/audit?subject=${a.user.id}&action=kyc_handed_over`, undefined, { bearer }), 200).body.items;
  assert.deepEqual(told.map((e) => [e.actor_id, e.detail]), [[null, { application_id: a.id, status: 'pending' }]]);
  const raw = JSON.stringify({ event_id: 'e-' + a.id, application_id: data.application_id, status: 'approved', occurred_at: iso() });
  const headers = { 'content-type': 'application/json', ...standard(two.key, raw) };
  assert.deepEqual(is(await call(s.app.base, 'POST', '/api/v1/kyc/webhook/', undefined, { raw, headers }), 200).body, { result: 'applied' });
  assert.equal(is(await s.me(a.access_token), 200).body.kyc_status, 'approved');
  await sleep(300);
  assert.equal(provider.got.length, 1, 'once');
  for (const word of [one.text.slice(6), 'X-123', 'data_base64', PNG.toString('base64').slice(0, 40)]) assert.ok(!s.app.log().includes(word), word);
}));

test('papers of every length and of several pieces arrive byte for byte', { timeout: 6 * PATIENCE }, () => on({ ALDGATE_KYC_MAX_FILE: '3M' }, async (s, provider) => {
  const sizes = [1, 2, 3, 64 * 1024 - PNG.length, 64 * 1024 - PNG.length + 1, 192 * 1024 - PNG.length - 1, 2_500_001];
  for (const [i, n] of sizes.entries()) {
    const paper = Buffer.concat([PNG, randomBytes(n)]);
    await submit(s, { front: paper, selfie: PNG });
    await provider.until(i + 1);
    const q = provider.got[i];
    proven(q);
    assert.deepEqual(q.json.data.documents.map((d) => sha256(Buffer.from(d.data_base64, 'base64'))), [sha256(paper), sha256(PNG)], String(n));
  }
}));

test('it is tried again under the same id, signed anew, whatever was answered; and redirects are not followed', { timeout: 6 * PATIENCE }, () => on({}, async (s, provider) => {
  const answers = [500, [307, { location: '/else' }], 403];
  provider.answer = () => answers.shift() ?? 204;
  await submit(s);
  await provider.until(4, 2 * PATIENCE);
  const ids = provider.got.map((q) => proven(q));
  assert.equal(new Set(ids).size, 1, 'one webhook-id');
  assert.equal(new Set(provider.got.map((q) => q.headers['webhook-timestamp'])).size, 4, 'a time for each');
  assert.ok(provider.got.every((q) => q.url === '/send'));
  await logged(s, /message_sent/);
  assert.equal((s.app.log().match(/message_delayed/g) ?? []).length, 3);
  await sleep(500);
  assert.equal(provider.got.length, 4);
}));

test('kill -9 while it is sent: it is sent again', { timeout: 6 * PATIENCE, skip: POSTGRES && 'there the lease of five minutes must pass' }, () => on({}, async (s, provider) => {
  provider.answer = () => { s.app.child.kill('SIGKILL'); return 200; };
  const a = await submit(s).catch(() => null);
  await provider.until(1);
  await s.app.gone;
  provider.answer = () => 200;
  await s.app.launch();
  await provider.until(2);
  assert.deepEqual([proven(provider.got[1]), provider.got[1].json.data.application_id], [proven(provider.got[0]), a?.id ?? provider.got[0].json.data.application_id]);
  await logged(s, /message_sent .*kyc_submission/);
}));

test('kill -9 loses no promise; what was decided meanwhile is not sent', { timeout: 6 * PATIENCE }, () => on({}, async (s, provider) => {
  provider.answer = () => 500;
  const [a, b] = [await submit(s), await submit(s)];
  await logged(s, /(message_delayed .*kyc_submission[^]*){2}/);
  await s.app.kill();
  provider.answer = () => 200;
  provider.got.length = 0;
  s.app.set({ ALDGATE_KYC_PROVIDER_URL: null });
  await s.app.launch();
  const raw = JSON.stringify({ event_id: 'e', application_id: b.id, status: 'rejected', occurred_at: iso() });
  const headers = { 'content-type': 'application/json', ...standard(one.key, raw) };
  is(await call(s.app.base, 'POST', '/api/v1/kyc/webhook/', undefined, { raw, headers }), 200);
  await sleep(500);
  assert.equal(provider.got.length, 0, 'without an address nothing is sent, and nothing dropped');
  await s.app.restart({ ALDGATE_KYC_PROVIDER_URL: provider.url });
  await provider.until(1);
  assert.equal(provider.got[0].json.data.application_id, a.id);
  await logged(s, /message_dropped .*waits for no decision/);
  await sleep(300);
  assert.equal(provider.got.length, 1);
}));

test('gone is gone: 410 ends it', () => on({}, async (s, provider) => {
  provider.answer = () => 410;
  await submit(s);
  await logged(s, /message_dropped .*refused by the provider.*reply=410/);
  await sleep(300);
  assert.equal(provider.got.length, 1);
}));

test('papers sent again are handed over again, with those before', { timeout: 6 * PATIENCE }, () => on({}, async (s, provider) => {
  const a = await submit(s);
  await provider.until(1);
  const raw = JSON.stringify({ event_id: 'e', application_id: a.id, status: 'resubmit', occurred_at: iso() });
  is(await call(s.app.base, 'POST', '/api/v1/kyc/webhook/', undefined, { raw, headers: { 'content-type': 'application/json', ...standard(one.key, raw) } }), 200);
  is(await s.api('POST', '/auth/kyc/submit', undefined, { bearer: a.access_token, ...papers({ front: JPEG }) }), 201);
  await provider.until(2);
  assert.deepEqual(provider.got[1].json.data.documents.map((d) => sha256(Buffer.from(d.data_base64, 'base64'))), [PNG, JPEG].map(sha256));
}));

test('an address that is in the clear, or leads where no provider is, ends the start or the try', { timeout: 6 * PATIENCE }, async () => {
  for (const url of ['http://kyc.example/', 'http://127.1/', 'http://169.254.169.254/', 'http://[::ffff:a9fe:a9fe]/', 'https://u:p@kyc.example/', 'ftp://127.0.0.1/']) {
    const r = await run(['check-config'], { env: { ALDGATE_KYC_WEBHOOK_SECRETS: one.text, ALDGATE_KYC_PROVIDER_URL: url } });
    assert.notEqual(r.code, 0, url);
    assert.match(r.out + r.err, /kyc\.provider_url must be https/i, url);
  }
  for (const url of ['https://169.254.169.254/', 'https://[fe80::1]/', 'https://[64:ff9b::a9fe:a9fe]/', 'https://[::ffff:169.254.169.254]/', 'https://0.0.0.0/',
    'https://127.1/', 'https://2130706433/', 'https://0x7f.1/'])
    await on({ ALDGATE_KYC_PROVIDER_URL: url }, async (s) => {
      await submit(s);
      await logged(s, /message_delayed .*none for a provider/);
    });
});
