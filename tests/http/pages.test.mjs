// The pages that mails lead to, in a browser without JavaScript: /reset, /undo and the two of verification.
import { test, before, after } from 'node:test';
import { stage, assert, is, someone, tokenIn, linkIn, PASSWORD, WRONG } from './lib.mjs';
import { HTML, formsOf, labelled, decent, open, formAt, press } from './page.mjs';

let s;
before(async () => { s = await stage(); });
after(() => s?.end());
const NEW = 'new-Horse-battery-staple';
const undoLink = (mail) => mail.text.match(/https?:\S+\/undo\?\S+/)[0];
const foreign = () => ['https://evil.example', 'null', s.app.base + '.evil.example', s.app.base.replace('http:', 'https:'), null];
async function asked(m) {
  is(await s.api('POST', '/auth/password/reset-request', { email: m.email }), 200);
  const mail = await s.box.next(m.email);
  return { link: linkIn(mail), token: tokenIn(mail) };
}
/** The one input that a person types a password into. */
const passwordOf = (form) => {
  const [input, ...more] = form.inputs.filter((i) => i.type === 'password');
  assert.ok(input && !more.length, 'one password field: ' + form.inside);
  return input;
};
const refusedPost = async (form, fields, why) => {
  for (const origin of foreign()) {
    const r = await press(s, form, fields, { origin });
    assert.ok([403, 415].includes(r.status), `Origin ${origin}: ${r.status}`);
    await why(`Origin ${origin}`);
  }
};

test('/reset: a labelled field, a form that works; a weak password shows the form again and uses nothing up', async () => {
  const m = await s.member(), { link } = await asked(m), form = await formAt(s, link), input = passwordOf(form);
  labelled(form.page.text, form);
  assert.match(input.tag, /autocomplete="new-password"/, 'password managers know it');
  assert.equal(input.value, '');
  for (const weak of ['short', '12345678', m.email, '']) {
    const page = await press(s, form, { [input.name]: weak });
    decent(page);
    assert.equal(page.status, 400, weak);
    const [again, ...more] = formsOf(page.text);
    assert.equal(more.length, 0);
    labelled(page.text, again);
    assert.equal(passwordOf(again).value, '', 'what was typed does not come back');
    assert.doesNotMatch(page.text, /correct-Horse|12345678|>short</);
    assert.match(page.text.replace(/<[^>]*>/g, ' '), /password/i, 'says what is wrong');
    form.fields = again.fields;
    form.action = again.action;
  }
  is(await s.login(m.email), 200);
  decent(is(await press(s, form, { [input.name]: NEW }), 200));
  is(await s.me(m.access_token), 401, 'invalid_token');
  is(await s.login(m.email, { password: NEW }), 200);
  const late = decent(await press(s, form, { [input.name]: PASSWORD }));
  assert.equal(late.status, 400, 'once');
  is(await s.login(m.email, { password: NEW }), 200);
});

test('/reset: a form from elsewhere, or from nowhere, sets nothing', async () => {
  const m = await s.member(), form = await formAt(s, (await asked(m)).link), { name } = passwordOf(form);
  await refusedPost(form, { [name]: NEW }, async (why) => is(await s.login(m.email), 200, undefined, why));
  is(await press(s, form, { [name]: NEW }), 200);
});

test('/reset and /undo: HEAD, GET and any Accept use nothing up and always answer a page', async () => {
  const m = await s.member(), a = await asked(m), n = await s.signup(), undo = undoLink(await s.box.next(n.email));
  for (const link of [a.link, undo]) {
    for (const accept of ['application/json', '*/*', 'text/html']) {
      const headers = { accept };
      assert.ok((await s.api('HEAD', link.slice(s.app.base.length), undefined, { headers })).status < 500);
      const page = is(await s.api('GET', link.slice(s.app.base.length), undefined, { headers, check: false }), 200, undefined, accept);
      assert.match(page.headers.get('content-type'), /^text\/html/, accept);
    }
  }
  is(await s.me(n.access_token), 200);
  is(await s.api('POST', '/auth/password/reset', { token: a.token, new_password: NEW }), 200);
  is(await s.api('POST', '/auth/undo', { token: tokenIn({ text: undo.replace('/undo', '/x') }) }), 200);
});

test('/undo: a button closes the account; a form from elsewhere does not', async () => {
  const n = await s.signup(), form = await formAt(s, undoLink(await s.box.next(n.email)));
  labelled(form.page.text, form);
  await refusedPost(form, {}, async (why) => is(await s.me(n.access_token), 200, undefined, why));
  decent(is(await press(s, form), 200));
  is(await s.me(n.access_token), 401, 'invalid_token');
  assert.equal(decent(await press(s, form)).status, 400, 'again');
  const proven = await s.member(), late = await formAt(s, undoLink(s.box.to(proven.email)[0]));
  assert.equal(decent(await press(s, late)).status, 409);
  is(await s.me(proven.access_token), 200);
});

for (const [name, make, path] of [['v1 and auth', async () => { const m = await s.signup(); return { email: m.email, mail: await s.box.next(m.email) }; },
  '/auth/email/verify'], ['api', () => s.preregister(), '/api/auth/verify']])
  test(`verification, ${name}: the page has a button that proves, and one for who did not sign up`, async () => {
    const [a, b, c] = [await make(), await make(), await make()];
    for (const x of [a, b, c]) assert.ok(linkIn(x.mail).startsWith(s.app.base + path + '?token='), linkIn(x.mail));
    const form = await formAt(s, linkIn(a.mail), /verify/);
    await refusedPost(form, {}, async (why) => is(await s.login(a.email), 403, 'email_not_verified', why));
    decent(is(await press(s, form), 200));
    is(await s.login(a.email), 200);
    const again = decent(await press(s, form));
    assert.ok([400, 409].includes(again.status));
    const undo = await formAt(s, linkIn(b.mail), /undo/);
    decent(is(await press(s, undo), 200));
    is(await s.login(b.email), 401, 'invalid_credentials');
    const posted = await s.api('POST', path, undefined, { raw: new URLSearchParams({ token: tokenIn(c.mail) }).toString(),
      headers: { ...HTML, 'content-type': 'application/x-www-form-urlencoded', origin: s.app.base } });
    decent(is(posted, 200, undefined, 'the path of the mail takes the form itself'));
    is(await s.login(c.email), 200);
  });

test('bad, empty and hostile tokens: a page that says so at the latest after the button, and echoes no markup', async () => {
  for (const path of ['/reset', '/undo', '/auth/email/verify', '/api/auth/verify'])
    for (const token of ['', 'x', '"><script>alert(1)</script>', "' onfocus=alert(1) autofocus x='", '</form><form action=//evil.example>', '\u0000',
      'A'.repeat(3000), '%zz']) {
      const page = await open(s, `${path}?token=${token === '%zz' ? token : encodeURIComponent(token)}`);
      assert.ok([200, 400].includes(page.status), `${path} ${page.status}`);
      if (page.headers.get('content-type').startsWith('text/html')) decent(page);
      assert.doesNotMatch(page.text, /<script>alert|<form action=|' onfocus=/);
      if (token === 'x' && page.status === 200) {
        const form = { ...formsOf(page.text)[0], at: `${path}?token=x` };
        const field = form.inputs.find((i) => i.type === 'password');
        const r = decent(await press(s, form, field ? { [field.name]: NEW } : {}));
        assert.equal(r.status, 400, path);
      }
    }
  const none = await open(s, '/reset');
  assert.ok([200, 400].includes(none.status));
});

test('the paths of the API take no forms but from their own pages', async () => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: s.app.base, ...HTML }, m = await s.member();
  for (const [path, raw] of [['/auth/login', { email: m.email, password: PASSWORD }], ['/auth/signup', { email: someone(), password: PASSWORD }],
    ['/api/v1/login/', { email: m.email, password: PASSWORD }], ['/api/auth/login', { email: m.email, password: WRONG }],
    ['/api/auth/register', { email: someone(), full_name: 'A', password: PASSWORD }]])
    is(await s.api('POST', path, undefined, { raw: new URLSearchParams(raw).toString(), headers }), 415, 'unsupported_media_type', path);
  is(await s.api('POST', '/auth/password/change', undefined, { raw: `current_password=${PASSWORD}&new_password=${NEW}`, headers, bearer: m.access_token }),
    415);
  is(await s.login(m.email), 200);
});

test('links.undo and links.reset_password lead elsewhere; a page there sends JSON', async () => {
  const t = await stage({ ALDGATE_LINKS_UNDO: 'https://app.example/oops/{token}', ALDGATE_LINKS_RESET_PASSWORD: 'https://app.example/new#{token}' });
  try {
    const m = await t.signup(), mail = await t.box.next(m.email);
    const token = /https:\/\/app\.example\/oops\/([\w-]+)/.exec(mail.text)[1];
    is(await t.api('POST', '/auth/password/reset-request', { email: m.email }), 200);
    const reset = await t.box.find(m.email, (x) => /app\.example\/new#/.test(x.text));
    assert.match(reset.text, /https:\/\/app\.example\/new#[\w-]{22,}/);
    is(await t.api('POST', '/auth/undo', { token }), 200);
  } finally { await t.end(); }
});
