// kill -9 in the middle of writing, again and again: every fact that was acknowledged holds after the restart. tests/faults runs
// crashLoop for longer.
import { test } from 'node:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { start, assert, call, someone, sleep, until, PASSWORD } from './lib.mjs';
import { openapi } from './shape.mjs';

const ENV = { ALDGATE_MAIL_URL: 'smtp://127.0.0.1:1', ALDGATE_LOGIN_REQUIRE_VERIFIED_EMAIL: 'no', ALDGATE_TOKEN_REUSE_GRACE: '300s',
  ALDGATE_PASSWORD_HASH_QUEUE: '256' };

/**
 * One client: signs up, refreshes a few times, logs out now and then, until the server is gone. What was acknowledged
 * goes into facts, what was
 * asked without an answer is marked as open.
 */
async function writer(base, facts, alive) {
  const ask = async (path, body, want) => {
    const r = await call(base, 'POST', path, body);
    if (r.status === 503) return null; // nothing was done
    assert.equal(r.status, want, `${path}: ${r.text}`);
    return r.body;
  };
  while (alive()) {
    const fact = { email: someone(), signed: false, tokens: [], out: 'no' };
    facts.push(fact);
    try {
      const made = await ask('/auth/signup', { email: fact.email, password: PASSWORD }, 201);
      if (!made) { facts.pop(); continue; }
      Object.assign(fact, { signed: true, tokens: [made] });
      for (let i = 0; i < 4 && alive(); i++) {
        fact.rotating = true;
        const next = await ask('/auth/token/refresh', { refresh_token: fact.tokens.at(-1).refresh_token }, 200);
        fact.rotating = false;
        if (next) fact.tokens.push(next);
      }
      if (facts.length % 2 || !alive()) continue;
      fact.out = 'asked';
      if (await ask('/auth/logout', { refresh_token: fact.tokens.at(-1).refresh_token }, 200)) fact.out = 'yes';
      else fact.out = 'no';
    } catch (e) {
      if (e.name === 'AssertionError' || /^[A-Z]+ \//.test(e.message)) throw e; // an answer was wrong
      return; // the connection broke: the server was killed
    }
  }
}

/** Holds one client's acknowledged facts against the server. deep: also what ends the session. */
async function audit(base, fact) {
  const me = (t) => call(base, 'GET', '/users/me', undefined, { bearer: t.access_token });
  const refresh = (t) => call(base, 'POST', '/auth/token/refresh', { refresh_token: t.refresh_token });
  const login = await call(base, 'POST', '/auth/login', { email: fact.email, password: PASSWORD });
  if (fact.signed) assert.equal(login.status, 200, `${fact.email} was signed up: ${login.text}`);
  else return assert.ok([200, 401].includes(login.status), 'all of a sign-up or nothing: ' + login.text);
  const last = fact.tokens.at(-1);
  if (fact.out === 'yes') {
    for (const t of fact.tokens) assert.equal((await refresh(t)).status, 401, `${fact.email} was logged out: a token rose again`);
    return assert.equal((await me(last)).status, 401);
  }
  const again = await refresh(last);
  if (fact.out === 'asked') return assert.ok([200, 401].includes(again.status), again.text);
  assert.equal(again.status, 200, `${fact.email} lost its session: ${again.text}`);
  assert.equal((await me(last)).status, 200);
  assert.equal((await refresh(last)).body.refresh_token, again.body.refresh_token, 'the lineage forked');
  if (fact.tokens.length < 3) return;
  assert.equal((await refresh(fact.tokens[0])).status, 401, 'an old token is good again');
  assert.equal((await refresh(again.body)).status, 401, 'reuse did not end the session');
  fact.out = 'yes';
}

/** cycles × (write from many clients, kill -9, start, audit). Answers what was seen. */
export async function crashLoop(cycles, { writers = 8, least = 60, most = 500 } = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'aldgate-crash-'));
  const app = await start(ENV, { dir }), old = [];
  let acknowledged = 0, slowest = 0;
  try {
    for (let cycle = 0; cycle < cycles; cycle++) {
      await openapi(app.base);
      const facts = [];
      let running = true;
      const all = Array.from({ length: writers }, () => writer(app.base, facts, () => running));
      const settled = Promise.allSettled(all);
      await sleep(least + Math.random() * (most - least));
      if (!acknowledged) await until(() => facts.some((f) => f.signed)); // else a slow machine has nothing to lose
      const killed = app.kill();
      running = false;
      await killed;
      for (const r of await settled) if (r.status === 'rejected') throw r.reason;
      const began = Date.now();
      await app.restart();
      slowest = Math.max(slowest, Date.now() - began);
      for (let i = 0; i < facts.length; i += 8) await Promise.all(facts.slice(i, i + 8).map((f) => audit(app.base, f)));
      const done = facts.filter((f) => f.signed && f.out === 'yes');
      for (const f of old.slice(-5)) await audit(app.base, f); // older ends stay ends
      old.push(...done.slice(0, 2));
      acknowledged += facts.reduce((n, f) => n + f.tokens.length + (f.out === 'yes'), 0);
    }
    return { cycles, acknowledged, slowest };
  } finally {
    await app.end();
    rmSync(dir, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  test('kill -9, 5 cycles: what was acknowledged holds: sign-ups, rotations, logouts; what was revoked stays dead', { timeout: 900000 },
    async (t) => {
    const seen = await crashLoop(Number(process.env.ALDGATE_TEST_CRASH_CYCLES ?? 5));
    t.diagnostic(JSON.stringify(seen));
    assert.ok(seen.acknowledged > 0);
  });
