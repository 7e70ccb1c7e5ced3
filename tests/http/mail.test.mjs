// Mail goes out by the outbox: whatever the mail server does, requests are answered and no mail is lost (1-core.md, Messages out).
import { test, before, after, describe } from 'node:test';
import { stage, assert, is, someone, codeIn, linkIn, tokenIn, sleep, until, PASSWORD, WRONG } from './lib.mjs';

const PATIENCE = 150000; // until the outbox tries again, or another takes what a dead server had leased
const AS_TOLD = { ALDGATE_MAIL_FROM: 'Jürgen & Co <jurgen@example.org>' };

/** n people sign up while the mail server is in that state; their addresses. */
async function crowd(s, n) {
  const people = Array.from({ length: n }, () => someone());
  await Promise.all(people.map((email) => s.api('POST', '/auth/signup', { email, password: PASSWORD }).then((r) => is(r, 201))));
  return people;
}
/** Each gets a mail that works. */
async function delivered(s, people) {
  for (const email of people) is(await s.api('POST', '/auth/email/verify', { token: tokenIn(await s.box.next(email, PATIENCE)) }), 200);
}
const scene = (title, run, env) => test(title, { timeout: 4 * PATIENCE }, async () => {
  const s = await stage(env);
  try { await run(s); } finally { await s.end(); }
});

describe('a mail server that is', { concurrency: 4 }, () => {
  scene('away, then back: requests are answered meanwhile, every mail comes, once', async (s) => {
    await s.box.down();
    const people = await crowd(s, 6);
    is(await s.api('POST', '/auth/email/send-verification', { email: people[0] }), 200);
    await sleep(300);
    await s.box.up();
    for (const email of people) await s.box.next(email, PATIENCE);
    await sleep(300);
    for (const email of people.slice(1)) assert.equal(s.box.to(email).length, 1);
    const last = s.box.to(people[0]).at(-1);
    assert.ok(s.box.to(people[0]).length <= 2);
    if (s.box.to(people[0]).length === 1) is(await s.api('POST', '/auth/email/verify', { token: tokenIn(last) }), 200, undefined,
      'what was replaced meanwhile need not be sent, but not alone');
  });

  scene('slow: nobody waits for it', async (s) => {
    s.box.delay = 400;
    const started = Date.now(), people = await crowd(s, 10), took = Date.now() - started;
    assert.ok(s.box.mails.length < 10 && took < 20000, `${took} ms`);
    s.box.delay = 0;
    await delivered(s, people);
  });

  scene('silent: SIGTERM still ends the program in time', async (s) => {
    s.box.mode = 'hang';
    await crowd(s, 3);
    await until(() => s.box.connections);
    const started = Date.now(), r = await s.app.stop();
    assert.equal(r.code, 0);
    assert.ok(Date.now() - started < 25000);
  });

  scene('gone in the middle, with a kill -9 of the program: the mail comes after the restart', async (s) => {
    s.box.mode = 'mute';
    const people = await crowd(s, 3);
    await s.app.kill();
    s.box.mode = 'ok';
    s.box.cut();
    await s.app.restart();
    await delivered(s, people);
  });

  for (const mode of ['busy', 'garbage', 'flood', 'defer', 'drop'])
    scene(`hostile (${mode}): the program goes on, the mail comes once the server behaves`, async (s) => {
      s.box.mode = mode;
      const people = await crowd(s, 2);
      await until(() => s.box.connections);
      await sleep(200);
      is(await s.api('GET', '/readyz'), 200);
      s.box.mode = 'ok';
      s.box.cut();
      await delivered(s, people);
    });

  scene('refusing one address: the others get theirs', async (s) => {
    const bad = someone('refused');
    s.box.refused.add(bad);
    is(await s.api('POST', '/auth/signup', { email: bad, password: PASSWORD }), 201);
    await delivered(s, await crowd(s, 3));
    assert.equal(s.box.to(bad).length, 0);
  });
});

describe('the mails', () => {
  let s;
  before(async () => { s = await stage(AS_TOLD); });
  after(() => s?.end());

  test('MIME: headers, plain text and HTML, 7-bit, short lines, CRLF', async () => {
    const m = await s.signup(), mail = await s.box.next(m.email), one = (n) => { assert.equal(mail.headers[n]?.length, 1,
      `one ${n} in ${mail.head}`); return mail.headers[n][0]; };
    assert.match(one('from'), /^"?Jürgen & Co"? <jurgen@example\.org>$/);
    assert.match(one('to'), new RegExp(m.email.replace(/[.+]/g, '\\$&')));
    assert.ok(one('subject').trim());
    assert.ok(Math.abs(Date.parse(one('date')) - Date.now()) < 120000, one('date'));
    assert.match(one('message-id'), /^<[^<>@\s]+@[^<>@\s]+>$/);
    assert.equal(one('mime-version'), '1.0');
    assert.match(one('content-type'), /^multipart\/alternative/);
    assert.deepEqual(mail.parts.map((p) => p.type.split(';')[0].toLowerCase()), ['text/plain', 'text/html']);
    for (const p of mail.parts) assert.match(p.type, /charset="?utf-8/i);
    assert.doesNotMatch(mail.raw, /[^\r]\n|\r[^\n]/, 'CRLF only');
    assert.doesNotMatch(mail.raw, /[^\x00-\x7f]/, 'ASCII on the wire');
    for (const line of mail.raw.split('\r\n')) assert.ok(line.length <= 998);
    for (const code of [codeIn(mail), linkIn(mail).replace(/&/g, '&amp;')]) assert.ok(mail.html.includes(code) ||
      mail.html.includes(code.replace(/&amp;/g, '&')), 'both parts say the same');
    assert.ok(!/<script|<img|src=/i.test(mail.html), 'nothing is loaded from elsewhere');
  });

  test('what the unproven call themselves stays out of the mail', async () => {
    for (const full_name of ['<a href="https://mischief.example">click</a>', 'Buy at mischief.example', '{{7*7}}mischief', '=?utf-8?q?mischief?=']) {
      const m = await s.signup({ full_name }), mail = await s.box.next(m.email);
      assert.doesNotMatch(mail.raw + mail.text + mail.html + mail.subject, /mischief|\{\{/);
    }
  });

  test('headers cannot be injected: by name, by address', async () => {
    const count = s.box.mails.length;
    for (const extra of [{ full_name: 'A\r\nBcc: evil@example.com' }, { full_name: 'A\nB' },
      { email: 'a@example.com\r\nBcc: evil@example.com' }, { email: 'a@example.com\nRCPT TO:<evil@example.com>' },
      { email: 'a@example.com>\r\nRCPT TO:<evil@example.com' }, { email: '<a@example.com>' }, { email: 'a@example.com,evil@example.com' },
        { email: ['a@example.com', 'evil@example.com'] }])
      is(await s.api('POST', '/auth/signup', { email: someone(), password: PASSWORD, ...extra }), 400, 'invalid', JSON.stringify(extra));
    const m = await s.signup();
    await s.box.next(m.email);
    assert.deepEqual(s.box.mails.slice(count).map((x) => x.to), [[m.email.toLowerCase()]]);
  });

  test('a notice has no code, and goes to proven addresses only', async () => {
    const p = await s.member(), u = await s.signup();
    await s.box.next(u.email);
    for (const who of [p, u]) for (let i = 0; i < 10; i++) is(await s.api('POST', '/auth/login', { email: who.email, password: WRONG }),
      401);
    const notice = await s.box.find(p.email, (mail) => s.box.to(p.email).indexOf(mail) === 1);
    assert.doesNotMatch(notice.text.replace(/https?:\S+/g, ''), /(?<!\d)\d{6}(?!\d)/);
    await s.sent();
    assert.equal(s.box.to(u.email).length, 1, 'only its verification mail');
  });

  test('neither password nor code nor token is kept in plain in the data folder', async () => {
    const { readdirSync, readFileSync } = await import('node:fs'), { join } = await import('node:path');
    s.box.mode = 'defer';
    const waiting = await s.signup();
    s.box.mode = 'ok';
    const m = await s.signup(), mail = await s.box.next(m.email), again = await s.signup();
    await s.box.next(again.email);
    const files = readdirSync(s.app.dir, { withFileTypes: true }).filter((f) => f.isFile()).map((f) => readFileSync(join(s.app.dir, f.name),
      'latin1'));
    assert.ok(files.length);
    for (const secret of [PASSWORD, tokenIn(mail), m.refresh_token, m.access_token,
      waiting.refresh_token]) for (const f of files) assert.ok(!f.includes(secret), secret);
  });
});
