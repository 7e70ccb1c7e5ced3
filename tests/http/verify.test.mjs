// /auth/email/send-verification and /auth/email/verify: challenges (1-core.md) by code, by link and by the page.
import { test, before, after } from 'node:test';
import { stage, assert, is, together, tally, rawRequest, bytesOf, someone, codeIn, linkIn, tokenIn, sleep, PASSWORD } from './lib.mjs';

let s;
before(async () => { s = await stage(); });
after(() => s?.end());
const verify = (body, o) => s.api('POST', '/auth/email/verify', body, o);
const send = (body, o) => s.api('POST', '/auth/email/send-verification', body, o);
const proven = async (m) => is(await s.me(m.access_token), 200).body.is_email_verified;
const other = (code, i = 1) => String((Number(code) + i) % 1e6).padStart(6, '0');
const spent = (r, why = '') => assert.ok((r.status === 400 && r.body.code === 'invalid_link') ||
  (r.status === 409 && r.body.code === 'already_verified'), `${why} ${r.text}`);
async function newcomer(extra) {
  const m = await s.signup(extra), mail = await s.box.next(m.email);
  return { ...m, mail, code: codeIn(mail), token: tokenIn(mail), link: linkIn(mail).slice(s.app.base.length) };
}

test('row 6: a code with the e-mail, a code with the Bearer, a link token: each proves and answers the user', async () => {
  for (const how of [(m) => [{ code: m.code, email: m.email }], (m) => [{ code: m.code, email: ` ${m.email.toUpperCase()}` }],
    (m) => [{ code: m.code }, { bearer: m.access_token }],
    (m) => [{ token: m.token }]]) {
    const m = await newcomer();
    assert.equal(await proven(m), false);
    const r = is(await verify(...how(m)), 200);
    assert.deepEqual([r.body.user.id, r.body.user.is_email_verified], [m.user.id, true]);
    assert.equal(await proven(m), true, 'the sign-up session lives on');
    is(await s.login(m.email), 200);
  }
});

test('code and link are one challenge: either uses up both', async () => {
  const a = await newcomer(), b = await newcomer();
  is(await verify({ code: a.code, email: a.email }), 200);
  spent(await verify({ token: a.token }), 'the link after the code');
  is(await verify({ token: b.token }), 200);
  is(await verify({ code: b.code, email: b.email }), 400, 'invalid_code', 'the code after the link');
  spent(await verify({ token: b.token }), 'the link again');
});

test('already verified: 409 with a Bearer, 400 by e-mail and code alone', async () => {
  const m = await s.member();
  is(await verify({ code: '123456' }, { bearer: m.access_token }), 409, 'already_verified');
  is(await verify({ code: '123456', email: m.email }), 400, 'invalid_code');
  is(await verify({ code: '123456', email: someone('nobody') }), 400, 'invalid_code', 'an unknown address answers the same');
});

test('wrong, malformed and foreign proofs: 400', async () => {
  const a = await newcomer(), b = await newcomer();
  is(await verify({ code: other(a.code), email: a.email }), 400, 'invalid_code');
  if (a.code !== b.code) is(await verify({ code: a.code, email: b.email }), 400, 'invalid_code', "another's code");
  for (const token of ['x', a.token.slice(0, -1), a.token + 'A', a.token.toUpperCase(), 'A'.repeat(a.token.length), '../../x',
    a.token + a.token]) is(await verify({ token }), 400, 'invalid_link', token);
  is(await verify({}), 401, 'not_authenticated', 'neither a proof nor who it is about');
  for (const body of [{ email: a.email }, { code: 123456, email: a.email }, { token: 5 }, { token: ['x'] },
    { code: ['1'], email: a.email }]) is(await verify(body), 400, 'invalid', JSON.stringify(body));
  const r = await verify({ code: a.code });
  assert.ok([400, 401].includes(r.status), 'a code needs a Bearer or an e-mail: ' + r.text);
  is(await verify({ code: b.code, email: b.email }, { bearer: a.access_token }), 400, undefined,
    'an e-mail beside a Bearer that is not its own');
  assert.deepEqual([await proven(a), await proven(b)], [false, false]);
});

test('five wrong codes end the code, not the link', async () => {
  const m = await newcomer();
  for (let i = 1; i <= 5; i++) is(await verify({ code: other(m.code, i), email: m.email }), 400, 'invalid_code');
  is(await verify({ code: m.code, email: m.email }), 400, 'invalid_code', 'the right one comes too late');
  is(await verify({ code: m.code }, { bearer: m.access_token }), 400, 'invalid_code', 'the count is one for both ways');
  is(await verify({ token: m.token }), 200, undefined, 'the link is good');
});

test('four wrong codes do not, and a restart does not forget them', async () => {
  const m = await newcomer();
  for (let i = 1; i <= 4; i++) is(await verify({ code: other(m.code, i), email: m.email }), 400, 'invalid_code');
  await s.app.kill();
  await s.app.restart();
  is(await verify({ code: m.code, email: m.email }), 200);
  const n = await newcomer();
  for (let i = 1; i <= 3; i++) is(await verify({ code: other(n.code, i), email: n.email }), 400, 'invalid_code');
  await s.app.kill();
  await s.app.restart();
  for (let i = 4; i <= 5; i++) is(await verify({ code: other(n.code, i), email: n.email }), 400, 'invalid_code');
  is(await verify({ code: n.code, email: n.email }), 400, 'invalid_code');
});

test('40 parallel guesses are five guesses', async () => {
  const m = await newcomer();
  const rs = await together(s.app.base, 40, '/auth/email/verify', (i) => ({ code: other(m.code, i + 1), email: m.email }));
  for (const r of rs) is(r, 400, 'invalid_code');
  is(await verify({ code: m.code, email: m.email }), 400, 'invalid_code');
});

test('a link works once: 30 in parallel, one 200; the same for a code', async () => {
  const m = await newcomer(), n = await newcomer();
  const links = await together(s.app.base, 30, '/auth/email/verify', { token: m.token });
  assert.equal(tally(links)[200], 1, JSON.stringify(tally(links)));
  for (const r of links.filter((r) => r.status !== 200)) spent(r);
  const codes = await together(s.app.base, 5, '/auth/email/verify', { code: n.code, email: n.email });
  assert.deepEqual(tally(codes), { 200: 1, 400: 4 });
});

test('a new mail replaces the old code and link', async () => {
  const m = await newcomer();
  const r = is(await send({ email: m.email }), 200);
  assert.equal(typeof r.body.message, 'string');
  const mail = await s.box.next(m.email);
  assert.notEqual(tokenIn(mail), m.token);
  is(await verify({ token: m.token }), 400, 'invalid_link');
  if (codeIn(mail) !== m.code) is(await verify({ code: m.code, email: m.email }), 400, 'invalid_code');
  is(await send(undefined, { bearer: m.access_token }), 200);
  const last = await s.box.next(m.email);
  is(await verify({ token: tokenIn(mail) }), 400, 'invalid_link');
  is(await verify({ token: tokenIn(last) }), 200);
});

test('row 5: by e-mail one answer for unproven, proven and unknown addresses; neither Bearer nor e-mail: 401', async () => {
  const m = await newcomer(), p = await s.member(), answers = [];
  for (const email of [m.email, p.email, someone('nobody')]) answers.push(is(await send({ email }), 200).body);
  for (const a of answers) assert.deepEqual(a, answers[0]);
  await s.box.next(m.email);
  await sleep(150);
  assert.equal(s.box.to(p.email).length, 1, 'nothing goes to a proven address');
  const r = await send({});
  assert.ok([400, 401].includes(r.status), r.text);
  is(await send({ email: 'x' }), 400, 'invalid');
  is(await send({ email: m.email }, { bearer: p.access_token }), 400, undefined, 'an e-mail beside a Bearer that is not its own');
});

test('links come from public_url, whatever Host and forwarding headers say', async () => {
  const m = await newcomer();
  for (const [host, ...more] of [['mischief.example'], ['test', 'X-Forwarded-Host: mischief.example', 'X-Forwarded-Proto: https',
    'Forwarded: host=mischief.example;proto=https']]) {
    const r = await rawRequest(s.app.port, bytesOf('POST', '/auth/email/send-verification',
      { host, headers: more, body: { email: m.email } }));
    assert.equal(r.status, 200, r.text);
    const mail = await s.box.next(m.email);
    assert.ok(linkIn(mail).startsWith(s.app.base + '/auth/email/verify?token='), linkIn(mail));
    assert.doesNotMatch(mail.raw, /mischief/);
  }
});

test('GET by an API client consumes; bad tokens answer 400, none at all 400', async () => {
  const m = await newcomer();
  is(await s.api('GET', '/auth/email/verify?token=nonsense'), 400, 'invalid_link');
  is(await s.api('GET', '/auth/email/verify'), 400);
  const r = is(await s.api('GET', m.link, undefined, { headers: { accept: 'application/json' } }), 200);
  assert.equal(r.body.user.is_email_verified, true);
  spent(await s.api('GET', m.link));
});

/** The form of the page that proves: its action, method and hidden fields. */
function formOf(html) {
  for (const [, tag, inside] of html.matchAll(/<form\b([^>]*)>([^]*?)<\/form>/gi)) {
    const attribute = (text, name) => new RegExp(`\\b${name}\\s*=\\s*"([^"]*)"`, 'i').exec(text)?.[1];
    const action = attribute(tag, 'action') ?? '';
    if (!/undo/.test(action)) return {
      action: action.replace(/&amp;/g, '&'), method: attribute(tag, 'method'), button: /<button|type="submit"/i.test(inside),
      fields: Object.fromEntries([...inside.matchAll(/<input\b[^>]*>/gi)].map(([i]) => [attribute(i, 'name'),
        attribute(i, 'value')]).filter(([n]) => n)),
    };
  }
  throw new Error('no form in ' + html);
}
const HTML = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

test('HEAD and the page do not use the link up; the page has a button that POSTs, and only from its own origin', async () => {
  const m = await newcomer();
  assert.ok((await s.api('HEAD', m.link)).status < 500);
  assert.ok((await s.api('HEAD', m.link, undefined, { headers: { accept: 'application/json' } })).status < 500);
  for (let i = 0; i < 2; i++) {
    const page = is(await s.api('GET', m.link, undefined, { headers: HTML }), 200);
    assert.match(page.headers.get('content-type'), /^text\/html; ?charset=utf-8/i);
    assert.match(page.headers.get('content-security-policy'), /frame-ancestors 'none'/);
    assert.match(page.headers.get('content-security-policy'), /form-action 'self'|^((?!form-action).)*$/, 'the form may be sent');
    assert.notEqual(page.headers.get('referrer-policy'), 'no-referrer', 'browsers would send the form with Origin: null');
    assert.match(page.headers.get('referrer-policy'), /^(same-origin|strict-origin)$/, 'the token stays out of Referer');
    assert.match(page.headers.get('cache-control'), /no-store/);
    assert.doesNotMatch(page.text, /<script|https?:\/\/(?!127\.0\.0\.1)/i);
  }
  assert.equal(await proven(m), false);
  const form = formOf((await s.api('GET', m.link, undefined, { headers: HTML })).text);
  assert.equal(form.method.toLowerCase(), 'post');
  assert.ok(form.button);
  const target = new URL(form.action || m.link, s.app.base + m.link);
  const post = (origin) => s.api('POST', target.pathname + target.search, undefined,
    { raw: new URLSearchParams(form.fields).toString(), headers: { ...HTML, 'content-type': 'application/x-www-form-urlencoded',
      ...(origin ? { origin } : {}) } });
  for (const origin of ['https://evil.example', 'null', s.app.base + '.evil.example', s.app.base.replace('http:', 'https:'), undefined]) {
    const r = await post(origin);
    assert.ok([403, 415].includes(r.status), `Origin ${origin}: ${r.status}`);
    assert.equal(await proven(m), false, `Origin ${origin}`);
  }
  const done = is(await post(s.app.base), 200);
  assert.match(done.headers.get('content-type'), /^text\/html/);
  assert.equal(await proven(m), true);
  const again = await post(s.app.base);
  assert.ok([200, 400, 409].includes(again.status), again.text);
});

test('the page echoes nothing that a link could inject', async () => {
  for (const token of ['"><script>alert(1)</script>', "'onload='x", '%3Cb%3E', '</form><form action=//evil>']) {
    const page = await s.api('GET', '/auth/email/verify?token=' + encodeURIComponent(token), undefined, { headers: HTML });
    assert.ok(page.status < 500);
    assert.doesNotMatch(page.text, /<script>alert|<b>|action=\/\/evil>|'onload='x/);
  }
});

test('links.verify_email leads to the configured page; codes and links end by their own times', async () => {
  const t = await stage({ ALDGATE_LINKS_VERIFY_EMAIL: 'https://app.example/welcome?t={token}', ALDGATE_CHALLENGE_CODE_TTL: '10s',
    ALDGATE_CHALLENGE_LINK_TTL: '1h' });
  try {
    const email = someone();
    is(await t.api('POST', '/auth/signup', { email, password: PASSWORD }), 201);
    const mail = await t.box.find(email, (m) => /https:\/\/app\.example\/welcome\?t=/.test(m.text)), code = codeIn(mail), sent = Date.now();
    const token = /welcome\?t=([^\s"<>]+)/.exec(mail.text)[1];
    await sleep(Math.max(0, sent + 10600 - Date.now()));
    is(await t.api('POST', '/auth/email/verify', { code, email }), 400, 'invalid_code', 'the code is over');
    is(await t.api('POST', '/auth/email/verify', { token: decodeURIComponent(token) }), 200, undefined, 'the link is not');
  } finally { await t.end(); }
});
