// An identity check from the reviewer's side: queue, papers, decisions, who may, and what is told to whom.
import { test, before, after } from 'node:test';
import { stage, assert, is, run, claims, together, PASSWORD } from './lib.mjs';
import { PNG, JPEG, PDF, papers } from './papers.mjs';

let s, rev, admin;
const reviewer = async (on = s, role = 'KYC_REVIEWER') => {
  const m = await on.member();
  await on.operator(['set-role', m.email, role]);
  return m;
};
before(async () => { s = await stage(); rev = await reviewer(); admin = await reviewer(s, 'ADMIN'); });
after(() => s?.end());
const NOBODY = '00000000-0000-7000-8000-000000000000';
const as = (who, method, path, body, on = s) => on.api(method, '/admin/kyc' + path, body, { bearer: who.access_token });
const applicant = async (files = { front: PNG }, on = s, values = {}) => {
  const m = await on.member();
  m.kyc = is(await on.api('POST', '/auth/kyc/submit', undefined, { bearer: m.access_token, ...papers(files, values) }), 201).body;
  return m;
};
const again = (m, files, values = {}) => s.api('POST', '/auth/kyc/submit', undefined, { bearer: m.access_token, ...papers(files, values) });
const standing = async (m, on = s) => is(await on.api('GET', '/auth/kyc/status', undefined, { bearer: m.access_token }), 200).body;
const audit = async (m, action) => is(await s.api('GET', `/admin/audit?subject=${m.user.id}&action=${action}`, undefined, { bearer: admin.access_token }), 200).body.items;
const mail = (m, words) => s.box.find(m.email, (x) => words.test(x.subject));
const paper = (who, m, doc = m.kyc.documents[0].id) => fetch(`${s.app.base}/admin/kyc/${m.kyc.id}/documents/${doc}`, { headers: { authorization: 'Bearer ' + who.access_token } });

test('only for reviewers and administrators, as the account is at that moment', async () => {
  const m = await applicant(), at = `/${m.kyc.id}`;
  const rows = [['GET', ''], ['GET', at], ['GET', `${at}/documents/${m.kyc.documents[0].id}`], ['POST', `${at}/approve`], ['POST', `${at}/reject`], ['POST', `${at}/resubmit`],
    ['POST', `${at}/revoke`]];
  const all = async (status, code, who) => {
    for (const [method, path] of rows)
      is(await s.api(method, '/admin/kyc' + path, method === 'POST' ? { reason: 'x', documents: ['front'] } : undefined, { bearer: who?.access_token }), status, code, path);
  };
  await all(401, 'not_authenticated');
  await all(403, 'role_required', m);
  const gone = await reviewer();
  is(await as(gone, 'GET', ''), 200);
  await s.operator(['set-role', gone.email, 'SELLER']);
  await all(403, 'role_required', gone);
  for (const who of [rev, admin]) {
    for (const path of ['', '/approve', '/documents/' + NOBODY]) is(await as(who, path === '/approve' ? 'POST' : 'GET', `/${NOBODY}${path}`, path === '/approve' ? {} : undefined), 404);
    is(await as(who, 'GET', `/${m.kyc.id}/documents/${NOBODY}`), 404, 'not_found');
    is(await as(who, 'GET', '/x'), 404, 'not_found');
  }
  const other = await applicant();
  is(await as(rev, 'GET', `/${m.kyc.id}/documents/${other.kyc.documents[0].id}`), 404, 'not_found', "another application's paper");
  assert.equal((await standing(m)).kyc_status, 'pending');
});

test('the queue: oldest first, by status, in pages', async () => {
  const all = [];
  for (let i = 0; i < 5; i++) all.push((await applicant()).kyc.id);
  const walk = async (query) => {
    const ids = [];
    for (let cursor = '', n = 0; cursor !== null; n++) {
      assert.ok(n < 200);
      const r = is(await as(rev, 'GET', `?${query}&limit=2${cursor && '&cursor=' + cursor}`), 200).body;
      assert.ok(r.items.length <= 2);
      ids.push(...r.items.map((i) => i.id));
      cursor = r.next_cursor;
    }
    assert.equal(new Set(ids).size, ids.length);
    return ids;
  };
  assert.deepEqual((await walk('status=pending')).filter((id) => all.includes(id)), all);
  is(await as(rev, 'POST', `/${all[0]}/approve`, {}), 200);
  assert.deepEqual((await walk('status=pending')).filter((id) => all.includes(id)), all.slice(1));
  assert.deepEqual((await walk('status=approved')).filter((id) => all.includes(id)), all.slice(0, 1));
  assert.deepEqual((await walk('x=y')).filter((id) => all.includes(id)), all);
  is(await as(rev, 'GET', '?status=open'), 400, 'invalid');
  const { next_cursor: cursor } = is(await as(rev, 'GET', '?limit=1'), 200).body;
  is(await as(rev, 'GET', `?status=pending&cursor=${cursor}`), 400, 'invalid', 'a cursor of another list');
});

test('one application: what was told, its papers, its history', async () => {
  const m = await applicant({ front: PNG, back: JPEG }, s, { document_number: 'X-1234567' });
  const r = is(await as(rev, 'GET', '/' + m.kyc.id), 200).body;
  assert.deepEqual([r.user_id, r.email, r.status, r.full_name, r.date_of_birth, r.country, r.document_type, r.document_number],
    [m.user.id, m.email, 'pending', 'Ana Pérez', '1990-02-28', 'ES', 'passport', 'X-1234567']);
  assert.deepEqual(r.documents.map((d) => [d.id, d.kind, d.size]), m.kyc.documents.map((d) => [d.id, d.kind, d.size]));
  assert.deepEqual(r.history.map((h) => [h.event, h.source, h.actor_id]), [['submitted', 'applicant', m.user.id]]);
  assert.equal((await audit(m, 'kyc_submitted')).length, 1);
});

test('a paper comes as a download that no browser shows, and each view is on record', async () => {
  for (const [bytes, end] of [[PNG, 'png'], [PDF, 'pdf'], [Buffer.concat([JPEG, Buffer.alloc(3 * 1024 * 1024, 'x')]), 'jpg']]) {
    const m = await applicant({ front: bytes }), doc = m.kyc.documents[0].id, r = await paper(rev, m);
    assert.equal(r.status, 200);
    assert.ok(Buffer.from(await r.arrayBuffer()).equals(bytes));
    const h = (name) => r.headers.get(name);
    assert.equal(h('content-disposition'), `attachment; filename="front-${doc}.${end}"`);
    assert.equal(h('x-content-type-options'), 'nosniff');
    assert.match(h('content-security-policy'), /default-src 'none';.*sandbox/);
    assert.deepEqual([h('content-type'), h('cache-control'), h('content-length')], ['application/octet-stream', 'no-store', String(bytes.length)]);
    const [seen, ...more] = await audit(m, 'kyc_document_viewed');
    assert.deepEqual([seen.actor_id, seen.detail, more.length], [rev.user.id, { application_id: m.kyc.id, document_id: doc }, 0]);
    assert.equal((await paper(m, m)).status, 403, 'not for its owner here');
    assert.equal((await audit(m, 'kyc_document_viewed')).length, 1, 'who may not see it has not');
  }
});

test('approve: the account, the token, the mail, the record; no second decision', async () => {
  const m = await applicant();
  const r = is(await as(rev, 'POST', `/${m.kyc.id}/approve`, {}), 200).body;
  assert.deepEqual([r.id, r.status, r.decided_by, r.decided_source, r.expires_at], [m.kyc.id, 'approved', rev.user.id, 'reviewer', null]);
  await mail(m, /verified/i);
  assert.equal((await standing(m)).kyc_status, 'approved');
  assert.equal(claims(m.access_token).kyc, 'none');
  assert.equal(claims(is(await s.login(m.email), 200).body.access_token).kyc, 'approved');
  const [event] = await audit(m, 'kyc_approved');
  assert.deepEqual([event.actor_id, event.detail.application_id, event.detail.status], [rev.user.id, m.kyc.id, 'approved']);
  for (const [act, body] of [['approve', {}], ['reject', { reason: 'x' }], ['resubmit', { reason: 'x', documents: ['front'] }]])
    is(await as(admin, 'POST', `/${m.kyc.id}/${act}`, body), 409, 'conflict', act);
  is(await again(m, { front: PNG }), 409, 'kyc_already_approved');
});

test('reject and apply anew; revoke', async () => {
  const m = await applicant(), at = `/${m.kyc.id}`;
  for (const body of [{}, { reason: '' }, { reason: ' ' }, { reason: 'x'.repeat(501) }, { reason: 'a\u0000b' }, { reason: 5 }])
    assert.ok(is(await as(rev, 'POST', at + '/reject', body), 400, 'invalid').body.errors.reason, JSON.stringify(body));
  is(await as(rev, 'POST', at + '/reject', { reason: 'The photo is unreadable.' }), 200);
  const seen = await mail(m, /not successful/i);
  assert.match(seen.text, /The photo is unreadable\./);
  let st = await standing(m);
  assert.deepEqual([st.kyc_status, st.reason, st.resubmit], ['rejected', 'The photo is unreadable.', []]);
  m.kyc = is(await again(m, { front: PNG }), 201).body;
  st = await standing(m);
  assert.deepEqual([st.kyc_status, st.reason, st.application_id], ['pending', null, m.kyc.id]);
  is(await as(rev, 'POST', `/${m.kyc.id}/revoke`, { reason: 'x' }), 409, 'conflict');
  is(await as(rev, 'POST', `/${m.kyc.id}/approve`, { reason: 'all good' }), 200);
  is(await as(rev, 'POST', `/${m.kyc.id}/revoke`, {}), 400, 'invalid');
  is(await as(admin, 'POST', `/${m.kyc.id}/revoke`, { reason: 'Forged.' }), 200);
  await mail(m, /taken back/i);
  assert.deepEqual([(await standing(m)).kyc_status, (await audit(m, 'kyc_revoked')).length], ['rejected', 1]);
  const { history } = is(await as(rev, 'GET', '/' + m.kyc.id), 200).body;
  assert.deepEqual(history.map((h) => [h.event, h.status, h.actor_id]), [['submitted', 'pending', m.user.id], ['approved', 'approved', rev.user.id],
    ['revoked', 'rejected', admin.user.id]]);
});

test('resubmit: only the papers that were asked for, to the same application', async () => {
  const m = await applicant({ front: PNG, back: PNG }), at = `/${m.kyc.id}`, before = m.kyc;
  for (const documents of [[], ['passport'], 'front', ['front', 5], undefined])
    assert.ok(is(await as(rev, 'POST', at + '/resubmit', { reason: 'blurred', documents }), 400, 'invalid').body.errors.documents, JSON.stringify(documents));
  is(await as(rev, 'POST', at + '/resubmit', { reason: 'Blurred.', documents: ['selfie', 'back'] }), 200);
  assert.match((await mail(m, /missing/i)).text, /back selfie/);
  const st = await standing(m);
  assert.deepEqual([st.kyc_status, st.reason, st.resubmit], ['resubmit', 'Blurred.', ['back', 'selfie']]);
  is(await as(rev, 'POST', at + '/approve', {}), 409, 'conflict');
  const alone = { full_name: null, date_of_birth: null, country: null, document_type: null };
  assert.ok(is(await again(m, { back: JPEG }, alone), 400).body.errors.selfie);
  assert.ok(is(await again(m, { back: JPEG, selfie: PNG, front: PNG }, alone), 400).body.errors.front);
  assert.ok(is(await again(m, { back: JPEG, selfie: PNG }, { ...alone, country: 'XX' }), 400).body.errors.country);
  const r = is(await again(m, { back: JPEG, selfie: PNG }, alone), 201).body;
  assert.deepEqual([r.id, r.status, r.documents.map((d) => d.kind)], [before.id, 'pending', ['back', 'selfie']]);
  const whole = is(await as(rev, 'GET', at), 200).body;
  assert.deepEqual([whole.full_name, whole.asked, whole.documents.length, whole.history.map((h) => h.event)],
    ['Ana Pérez', [], 4, ['submitted', 'resubmit', 'submitted']]);
  assert.ok(Buffer.from(await (await paper(rev, m, r.documents[0].id)).arrayBuffer()).equals(JPEG));
  is(await as(rev, 'GET', `${at}/documents/${r.documents[1].id}`), 200);
  is(await as(rev, 'POST', at + '/approve', {}), 200);
});

test('nobody decides on an application of their own', async () => {
  const m = await reviewer();
  m.kyc = is(await again(m, { front: PNG }), 201).body;
  for (const [act, body] of [['approve', {}], ['reject', { reason: 'x' }], ['resubmit', { reason: 'x', documents: ['front'] }]])
    is(await as(m, 'POST', `/${m.kyc.id}/${act}`, body), 403, 'own_application', act);
  is(await as(rev, 'POST', `/${m.kyc.id}/approve`, {}), 200);
  is(await as(m, 'POST', `/${m.kyc.id}/revoke`, { reason: 'x' }), 403, 'own_application');
});

test('twenty decisions at once: one wins, the others are told', async () => {
  const m = await applicant(), before = s.box.to(m.email).length;
  const headers = (i) => [`Authorization: Bearer ${[rev, admin][i % 2].access_token}`];
  const got = await together(s.app.base, 20, (i) => `/admin/kyc/${m.kyc.id}/${i % 3 ? 'approve' : 'reject'}`, { reason: 'x' }, { headers });
  assert.deepEqual(got.map((r) => r.status).sort(), [200, ...Array(19).fill(409)]);
  await s.sent();
  const mails = s.box.to(m.email).slice(before).filter((x) => /verified|not successful/i.test(x.subject));
  assert.equal(mails.length, 1);
  assert.equal((await audit(m, 'kyc_approved')).length + (await audit(m, 'kyc_rejected')).length, 1);
});

test('four eyes: two different approvers, and either may reject', async () => {
  const t = await stage({ ALDGATE_KYC_FOUR_EYES: 'yes' });
  try {
    const one = await reviewer(t), two = await reviewer(t), m = await applicant({ front: PNG }, t), at = `/${m.kyc.id}/approve`;
    const first = is(await as(one, 'POST', at, {}, t), 200).body;
    assert.deepEqual([first.status, first.first_approver], ['pending', one.user.id]);
    is(await as(one, 'POST', at, {}, t), 409, 'conflict', 'the same one twice');
    assert.equal((await standing(m, t)).kyc_status, 'pending');
    assert.equal(is(await as(two, 'POST', at, {}, t), 200).body.status, 'approved');
    const other = await applicant({ front: PNG }, t);
    is(await as(one, 'POST', `/${other.kyc.id}/approve`, {}, t), 200);
    assert.equal(is(await as(one, 'POST', `/${other.kyc.id}/reject`, { reason: 'on second thought' }, t), 200).body.status, 'rejected');
  } finally { await t.end(); }
});

test("the owner's export has the applications, and the papers whole", async () => {
  const big = Buffer.concat([JPEG, Buffer.alloc(5 * 1024 * 1024 + 1, 'y')]), m = await applicant({ front: PNG, back: big }, s, { document_number: 'X-1' });
  const x = is(await s.api('POST', '/users/me/export', { password: PASSWORD }, { bearer: m.access_token }), 200).body;
  const [a] = x.kyc_applications;
  assert.deepEqual([x.kyc_applications.length, a.id, a.status, a.document_number, a.date_of_birth], [1, m.kyc.id, 'pending', 'X-1', '1990-02-28']);
  assert.deepEqual(x.kyc_papers.map((p) => [p.application_id, p.kind, p.sha256]), m.kyc.documents.map((d) => [m.kyc.id, d.kind, d.sha256]));
  for (const [i, bytes] of [PNG, big].entries()) assert.ok(Buffer.from(x.kyc_papers[i].data_base64, 'base64').equals(bytes));
  const none = is(await s.api('POST', '/users/me/export', { password: PASSWORD }, { bearer: rev.access_token }), 200).body;
  assert.deepEqual([none.kyc_applications, none.kyc_papers], [[], []]);
});

test('ten submissions a day of one account', async () => {
  const t = await stage({ ALDGATE_THROTTLE_ENABLED: null });
  try {
    const m = await t.member(), send = () => t.api('POST', '/auth/kyc/submit', undefined, { bearer: m.access_token, ...papers() });
    for (let i = 0; i < 10; i++) {
      is(await send(), 201, undefined, String(i));
      const r = await run(['kyc', 'reject', m.email, '--reason', 'again'], { env: t.app.env });
      assert.equal(r.code, 0, r.err);
    }
    const r = is(await send(), 429, 'throttled');
    assert.ok(Number(r.headers.get('retry-after')) > 86000, r.headers.get('retry-after'));
  } finally { await t.end(); }
});

test('an account that is erased takes its applications and papers along', async () => {
  const t = await stage({ ALDGATE_ACCOUNT_ERASE_AFTER: '0s' });
  try {
    const one = await reviewer(t), m = await applicant({ front: PNG }, t);
    is(await as(one, 'GET', '/' + m.kyc.id, undefined, t), 200);
    is(await t.api('DELETE', '/users/me', { password: PASSWORD }, { bearer: m.access_token }), 202);
    is(await as(one, 'GET', '/' + m.kyc.id, undefined, t), 404, 'not_found');
    is(await as(one, 'GET', `/${m.kyc.id}/documents/${m.kyc.documents[0].id}`, undefined, t), 404, 'not_found');
  } finally { await t.end(); }
});
