// aldgate audit verify: whatever is done to the events behind the program's back is found and named.
import { test } from 'node:test';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stage, assert, run, together, tally, someone, PASSWORD, POSTGRES } from './lib.mjs';

const verify = (app, env = {}) => run(['audit', 'verify'], { env: { ...app.env, ...env } });
const sqlite = (dir, sql) => execFileSync('python3', ['-c', 'import sqlite3,sys\nc=sqlite3.connect(sys.argv[1])\nc.executescript(sys.argv[2])\nc.commit()',
  join(dir, 'aldgate.db'), sql]);

test('whole while serving and after many wrote at once', async () => {
  const s = await stage();
  try {
    const r = await together(s.app.base, 50, '/auth/signup', () => ({ email: someone(), password: PASSWORD }));
    assert.deepEqual(tally(r), { 201: 50 }, r.find((x) => x.status !== 201)?.text);
    const before = await verify(s.app);
    assert.equal(before.code, 0, before.err);
    assert.match(before.out, /^the audit chain is whole: 50 events, from \S+Z to \S+Z\n$/);
    const m = await s.member(), headers = ['Authorization: Bearer ' + m.access_token];
    await together(s.app.base, 50, (i) => (i % 2 ? '/auth/logout-all' : '/auth/logout'), {}, { headers });
    assert.equal((await verify(s.app)).code, 0);
    await s.app.restart();
    assert.equal((await verify(s.app)).code, 0);
  } finally { await s.end(); }
});

test('an empty store has an empty chain', async () => {
  const s = await stage();
  try { assert.match((await verify(s.app)).out, /whole: 0 events\n/); } finally { await s.end(); }
});

test('each way to bend it is found, and the first bad event named', { skip: !!POSTGRES, timeout: 900000 }, async () => {
  const s = await stage(), copies = mkdtempSync(join(tmpdir(), 'aldgate-audit-'));
  try {
    for (let i = 0; i < 6; i++) await s.signup();
    const { dir } = s.app;
    await s.app.stop();
    const rows = [
      ['changed text', "update audit_events set action = 'user_locked' where seq = 3", /event 3 \(.*changed/],
      ['changed time', 'update audit_events set at = at + 1 where seq = 1', /event 1 \(/],
      ['changed subject', 'update audit_events set subject_id = (select subject_id from audit_events where seq = 1) where seq = 2', /event 2 \(/],
      ['null and empty differ', "update audit_events set detail = '' where seq = 4", /event 4 \(/],
      ['removed', 'delete from audit_events where seq = 4', /event 4 is missing/],
      ['removed first', 'delete from audit_events where seq = 1', /event 1 is missing/],
      ['removed last', 'delete from audit_events where seq = 6', /event 6 is missing/],
      ['removed all', 'delete from audit_events', /event 1 is missing/],
      ['swapped', 'update audit_events set seq = -seq where seq in (2, 3); update audit_events set seq = 5 + seq where seq < 0', /event 2 \(/],
      ['renumbered', 'delete from audit_events where seq = 3; update audit_events set seq = seq - 1 where seq > 3', /event 3 \(/],
      ['inserted', "insert into audit_events (id, at, action, seq, mac) values (randomblob(16), 1, 'x', 7, randomblob(32))", /event 7 \(.*behind the head/],
      ['inserted outside', "insert into audit_events (id, at, action) values (randomblob(16), 1, 'x')", /stands outside the chain/],
      ['head removed', "delete from facts where name = 'audit_head'", /head of the chain/],
      ['head forged', "update facts set value = zeroblob(112) where name = 'audit_head'", /head of the chain/],
      ['head cut', "update facts set value = x'00' where name = 'audit_head'", /head of the chain/],
      ['start removed', "delete from facts where name = 'audit_start'", /start of the chain/],
    ];
    for (const [what, sql, words] of rows) {
      const copy = join(copies, what.replace(/ /g, '-'));
      cpSync(dir, copy, { recursive: true, filter: (f) => !f.endsWith('.sock') });
      sqlite(copy, sql);
      const r = await verify(s.app, { ALDGATE_SERVER_DATA_DIR: copy });
      assert.equal(r.code, 1, what + ': ' + r.out);
      assert.match(r.err, words, what);
    }
    // What was bent stays found when the program goes on writing.
    for (const what of ['removed-last', 'head-forged', 'head-removed', 'removed-all']) {
      const env = { ALDGATE_SERVER_DATA_DIR: join(copies, what) };
      const made = await run(['user', 'create', '--email', someone(), '--verified'], { env: { ...s.app.env, ...env }, input: PASSWORD + '\n' });
      assert.equal(made.code, 0, made.err);
      assert.equal((await verify(s.app, env)).code, 1, what);
    }
    await s.app.launch();
    assert.equal((await verify(s.app)).code, 0, 'the original is whole');
  } finally { await s.end(); rmSync(copies, { recursive: true, force: true }); }
});

test('events that were kept long enough go, and the rest is still whole', { timeout: 600000 }, async () => {
  const s = await stage({ ALDGATE_RETENTION_AUDIT: '1s' });
  try {
    for (let i = 0; i < 3; i++) await s.signup();
    for (let i = 0; ; i++) {
      const r = await verify(s.app);
      assert.equal(r.code, 0, r.err);
      if (/whole: 0 events/.test(r.out)) break;
      assert.ok(i < 300, r.out);
      await new Promise((ok) => setTimeout(ok, 1000));
    }
    await s.signup();
    assert.match((await verify(s.app)).out, /whole: 1 events/);
  } finally { await s.end(); }
});
