// Texts on their way out: what a gateway is sent, and what its answers do.
import { test } from 'node:test';
import { stage, assert, is, somePhone, sleep, until, PATIENCE } from './lib.mjs';
import { Gateway, codeOf } from './gateway.mjs';

async function on(env, act) {
  const sms = await Gateway.open();
  let s;
  try {
    s = await stage({ ALDGATE_SMS_URL: sms.url, ...env });
    await act(s, sms);
  } finally { try { await s?.end(); } finally { await sms.close(); } }
}
async function ask(s) {
  const m = await s.member(), phone = somePhone();
  is(await s.api('POST', '/auth/otp/send', { channel: 'sms', phone }, { bearer: m.access_token }), 200);
  return phone;
}

test('JSON by default: to and text, one header more', () => on({ ALDGATE_SMS_HEADER: 'X-Api-Key: k-123' }, async (s, sms) => {
  const phone = await ask(s);
  await sms.until(1);
  const [q] = sms.got;
  assert.deepEqual([q.method, q.url, q.headers['content-type'], q.headers['x-api-key']], ['POST', '/send', 'application/json', 'k-123']);
  assert.deepEqual([Object.keys(q.json), q.json.to], [['to', 'text'], phone]);
  codeOf(q.json.text);
  assert.ok(!s.app.log().includes(phone) && !s.app.log().includes('k-123'), 'neither stands in the log');
}));

test('a form with a body of the operator\'s', () => on({
  ALDGATE_SMS_BODY: 'From=%2B1555&To={{to}}&Body={{text}}', ALDGATE_SMS_CONTENT_TYPE: 'application/x-www-form-urlencoded; charset=utf-8',
}, async (s, sms) => {
  const phone = await ask(s);
  await sms.until(1);
  const f = new URLSearchParams(sms.got[0].body);
  assert.deepEqual([[...f.keys()], f.get('From'), f.get('To')], [['From', 'To', 'Body'], '+1555', phone]);
  codeOf(f.get('Body'));
}));

test('a JSON body of the operator\'s is escaped for JSON', () => on({ ALDGATE_SMS_BODY: '{"m":[{"n":"{{to}}","b":"{{text}}"}]}' }, async (s, sms) => {
  const phone = await ask(s);
  await sms.until(1);
  assert.equal(sms.got[0].json.m[0].n, phone);
  codeOf(sms.got[0].json.m[0].b);
}));

test('a refused text is dropped with a line in the log; mails go on', () => on({}, async (s, sms) => {
  sms.answer = () => 422;
  await ask(s);
  await sms.until(1);
  await until(() => /message_dropped.*sms_code/.test(s.app.log()), () => s.app.log());
  await sleep(300);
  assert.equal(sms.got.length, 1);
  await s.member();
}));

test('500, 408 and 429 are tried again', { timeout: 6 * PATIENCE }, () => on({}, async (s, sms) => {
  const first = { count: 0 }, statuses = [500, 408];
  sms.answer = () => statuses[first.count++] ?? 200;
  const phone = await ask(s);
  await sms.until(3);
  assert.ok(new Set(sms.to(phone).map((i) => i.json.text)).size === 1, 'the same text each time');
  await sleep(500);
  assert.equal(sms.got.length, 3, 'and then no more');
}));

test('redirects are not followed; an endless answer does no harm', { timeout: 6 * PATIENCE }, () => on({}, async (s, sms) => {
  sms.answer = (q) => (q.url === '/else' ? 200 : [307, { location: '/else' }]);
  await ask(s);
  await sms.until(1);
  await sleep(500);
  assert.ok(sms.got.every((q) => q.url === '/send'));
  sms.answer = () => [200, {}, 'x'.repeat(5e6)];
  const phone = await ask(s);
  assert.match(await sms.next(phone), /Your code/);
  await sleep(300);
  assert.equal(sms.to(phone).length, 1, '2xx is success, whatever follows');
}));

test('console: the text is printed', async () => {
  const s = await stage();
  try {
    const phone = await ask(s);
    await until(() => s.app.log().includes(`To: ${phone}\n\nYour code for 127.0.0.1 is `), () => s.app.log());
    assert.match(s.app.log(), /---- text message -+\nTo: \+\d+\n\nYour code for 127\.0\.0\.1 is \d{6}\./);
  } finally { await s.end(); }
});
