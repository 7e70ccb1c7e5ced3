// Identity checks from the terminal while the server runs, and what is counted of them.
import { test, before, after } from 'node:test';
import { stage, assert, is, run } from './lib.mjs';
import { PNG, papers } from './papers.mjs';

let s;
before(async () => { s = await stage(); });
after(() => s?.end());
const kyc = (args, on = s) => run(['kyc', ...args], { env: on.app.env });
const good = async (args, on) => { const r = await kyc(args, on); assert.equal(r.code, 0, r.out + r.err); return r.out; };
const bad = async (args, code, pattern, on) => {
  const r = await kyc(args, on);
  assert.equal(r.code, code, `${args.join(' ')}: ${r.out}${r.err}`);
  assert.match(r.err, pattern);
};
const applicant = async (on = s) => {
  const m = await on.member();
  m.kyc = is(await on.api('POST', '/auth/kyc/submit', undefined, { bearer: m.access_token, ...papers({ front: PNG }, { document_number: 'N-77' }) }), 201).body;
  return m;
};
const standing = async (m, on = s) => is(await on.api('GET', '/auth/kyc/status', undefined, { bearer: m.access_token }), 200).body;
const counted = async (on = s) => Object.fromEntries([...(await (await fetch(on.app.base + '/metrics')).text()).matchAll(/^(aldgate_kyc\S+|kyc\S+) ([\d.]+)$/gm)]
  .map((m) => [m[1].replace(/^aldgate_/, ''), Number(m[2])]));

test('list, show, approve and reject, by application or by account', async () => {
  const a = await applicant(), b = await applicant();
  const ids = (await good(['list', '--status', 'pending'])).trim().split('\n').map((l) => l.slice(0, 36));
  assert.deepEqual(ids, [a.kyc.id, b.kyc.id]);
  assert.deepEqual((await good(['list', '--json', '--after', a.kyc.id])).trim().split('\n').map((l) => JSON.parse(l).id), [b.kyc.id]);
  assert.equal((await good(['list', '--limit', '1'])).trim().split('\n').length, 1);
  const told = await good(['show', a.email]);
  for (const line of [/^id +\S{36}$/m, /^status +pending$/m, /^document number +N-77$/m, /^paper +front +image\/png, 70 bytes$/m, /^history +\S+ submitted by applicant$/m])
    assert.match(told, line);
  assert.equal(await good(['show', a.kyc.id]), told);
  assert.equal(await good(['approve', a.kyc.id]), `${a.kyc.id} is approved\n`);
  assert.equal(await good(['reject', b.email, '--reason', 'Unreadable.']), `${b.kyc.id} is rejected\n`);
  assert.equal((await standing(a)).kyc_status, 'approved');
  assert.deepEqual([(await standing(b)).kyc_status, (await standing(b)).reason], ['rejected', 'Unreadable.']);
  await s.box.find(a.email, (m) => /verified/i.test(m.subject));
  await bad(['approve', a.kyc.id], 1, /state/);
  assert.match(await good(['show', b.email]), /^by +operator$/m);
});

test('wrong use is told', async () => {
  const m = await s.member();
  await bad(['show', m.email], 1, /never applied/);
  await bad(['show', 'nobody@example.com'], 1, /no account/);
  await bad(['reject', m.email], 2, /usage/);
  await bad(['approve'], 2, /usage/);
  await bad(['list', '--status', 'open'], 2, /--status/);
  await bad(['list', '--limit', '0'], 2, /--limit/);
  await bad(['list', '--after', 'x'], 2, /--after/);
});

test('with four eyes the operator is one of two', async () => {
  const t = await stage({ ALDGATE_KYC_FOUR_EYES: 'yes' });
  try {
    const m = await applicant(t), rev = await t.member();
    assert.match(await good(['approve', m.kyc.id], t), /pending: another approver/);
    await bad(['approve', m.kyc.id], 1, /state/, t);
    await t.operator(['set-role', rev.email, 'KYC_REVIEWER']);
    assert.equal(is(await t.api('POST', `/admin/kyc/${m.kyc.id}/approve`, {}, { bearer: rev.access_token }), 200).body.status, 'approved');
  } finally { await t.end(); }
});

test('submissions, decisions and the queue are counted', async () => {
  const before = await counted(), a = await applicant();
  await applicant();
  await good(['approve', a.kyc.id]);
  const now = await counted(), more = (name) => now[name] - (before[name] ?? 0);
  assert.equal(more('kyc_submissions_total'), 2, JSON.stringify(now));
  assert.equal(more('kyc_decisions_total{outcome="approved"}'), 1);
  assert.equal(more('kyc_pending'), 1);
  assert.ok(now.kyc_oldest_seconds >= 0);
});
