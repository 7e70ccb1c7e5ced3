// Too little of something, or too much at once: descriptors, slow clients, an end in the middle of work, two beginnings.
import { connect } from 'node:net';
import { existsSync, readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { PASSWORD, someone } from '../http/lib.mjs';
import { Daemon, Skip, Wrongs, ask, folder, keepAlive, ms, now, percentile, remove, sleep } from './kit.mjs';

const signUp = async (d) => (await ask(d.base, 'POST', '/auth/signup', { email: someone(), password: PASSWORD })).body;

/** Opens n connections; each gets the first bytes of a head. */
async function openSlow(d, n, first) {
  const sockets = Array.from({ length: n }, () => connect({ port: d.port, host: '127.0.0.1' }).on('error', () => {}));
  await Promise.all(sockets.map((s) => new Promise((ok) => s.once('connect', ok).once('close', ok))));
  for (const s of sockets) if (first && !s.destroyed) s.write(first);
  return sockets;
}
const closeAll = (sockets) => sockets.forEach((s) => s.destroy());

/** Latencies of n requests, each on a connection of its own. */
async function visits(d, n, token, wrongs, why) {
  const took = [];
  for (let i = 0; i < n; i++) {
    const began = now();
    try {
      const r = await ask(d.base, 'GET', '/users/me', undefined, { bearer: token, limit: 5000 });
      if (r.status === 200) took.push(now() - began); else wrongs.add(`${why}: a fresh client got ${r.status}`);
    } catch (e) { wrongs.add(`${why}: a fresh client got no answer (${e.code ?? e.message})`); }
  }
  return took;
}

/** Waits until the process has at most n descriptors. */
async function settle(d, n, limit) {
  const began = now();
  while (d.descriptors() > n && now() - began < limit) await sleep(20);
  return now() - began;
}

async function descriptors({ long }) {
  try { execFileSync('prlimit', ['--version']); } catch { throw new Skip('there is no prlimit'); }
  const wrongs = new Wrongs(), d = await Daemon.start({}, { wrap: ['prlimit', '--nofile=64:64'] });
  const figures = { idle: 0, back: 0, rounds: long ? 20 : 2 };
  try {
    const { access_token: token } = await signUp(d);
    await visits(d, 5, token, wrongs, 'before');
    const before = d.descriptors();
    for (let i = 0; i < figures.rounds; i++) {
      const sockets = await openSlow(d, 200), cpu = d.cpu();
      await sleep(2000);
      figures.idle = Math.max(figures.idle, (d.cpu() - cpu) / 2);
      closeAll(sockets);
      const freed = now();
      for (;;) {
        try { if ((await ask(d.base, 'GET', '/users/me', undefined, { bearer: token, limit: 2000 })).status === 200) break; } catch { /* not yet */ }
        if (!wrongs.check(now() - freed < 10000, 'no service within 10 s after descriptors were free again')) break;
        await sleep(5);
      }
      figures.back = Math.max(figures.back, now() - freed);
      wrongs.check((await ask(d.base, 'POST', '/auth/signup', { email: someone(), password: PASSWORD })).status === 201, 'no write after the exhaustion');
      await settle(d, before + 2, 3000);
      wrongs.check(d.descriptors() <= before + 2, `descriptors leak: ${before} before, ${d.descriptors()} after`);
    }
    wrongs.check(figures.idle < 0.1, `it spins: ${Math.round(figures.idle * 100)} % CPU while out of descriptors`);
    wrongs.check(figures.back <= 1000, `back only after ${ms(figures.back)}`);
    await d.end(wrongs);
    return { figures: `${figures.rounds} × 200 connections at 64 descriptors, ${(figures.idle * 100).toFixed(1)} % CPU meanwhile, served again within ${ms(figures.back)}`, wrongs };
  } finally { await d.kill(); }
}

async function slow({ long }) {
  const n = long ? 4000 : 1000, wrongs = new Wrongs(), d = await Daemon.start();
  try {
    const { access_token: token } = await signUp(d);
    await visits(d, 50, token, wrongs, 'before');
    const before = d.descriptors(), quiet = await visits(d, 300, token, wrongs, 'before');
    const began = now(), sockets = await openSlow(d, n, 'GET /users/me HTTP/1.1\r\nHost: a\r\nX-Slow: ');
    const drip = setInterval(() => { for (const s of sockets) if (!s.destroyed && s.writable) s.write('a'); }, 1000);
    const busy = await visits(d, 300, token, wrongs, 'beside slow clients');
    wrongs.check(d.descriptors() > n, `only ${d.descriptors()} descriptors: the slow clients were not let in`);
    while (d.descriptors() > before + 20 && now() - began < 20000) await sleep(50);
    const ended = (now() - began) / 1000;
    clearInterval(drip);
    closeAll(sockets);
    wrongs.check(ended < 15, `slow heads were still there after ${ended.toFixed(0)} s`);
    await settle(d, before + 2, 3000);
    wrongs.check(d.descriptors() <= before + 2, `descriptors leak: ${before} before, ${d.descriptors()} after`);
    const [q, b] = [percentile(quiet, 0.99), percentile(busy, 0.99)];
    wrongs.check(b <= 2 * q + 20, `a fresh client waits: p99 ${ms(b)}, ${ms(q)} without the slow ones`);
    await d.end(wrongs);
    return { figures: `${n} slow heads; a fresh client's p99 ${ms(b)} (${ms(q)} before), all slow ones ended after ${ended.toFixed(1)} s`, wrongs };
  } finally { await d.kill(); }
}

/** Requests that the server has when the signal comes, all on lines of their own: slow ones and quick ones. */
async function sigterm({ long }) {
  const wrongs = new Wrongs(), rounds = long ? 500 : 6, dir = folder('term'), took = [];
  let inflight = 0, raced = 0, answered = 0;
  try {
    for (let i = 0; i < rounds && wrongs.count < 20; i++) {
      const d = await Daemon.start({ ALDGATE_PASSWORD_ARGON2_MEMORY_KIB: '16384', ALDGATE_PASSWORD_ARGON2_PASSES: '3' }, { dir });
      const member = await signUp(d);
      let ending = false;
      const slowOnes = Array.from({ length: 12 }, () => ask(d.base, 'POST', '/auth/signup', { email: someone(), password: PASSWORD }));
      const quick = Array.from({ length: 8 }, async () => {
        for (const agent = keepAlive(); ; ) {
          try {
            const r = await ask(d.base, 'GET', '/users/me', undefined, { bearer: member.access_token, agent });
            answered++;
            if (r.status !== 200) wrongs.add(`a quick request got ${r.status}`);
            if (r.headers.connection === 'close') return agent.destroy();
          } catch (e) {
            agent.destroy();
            if (e.hang || !ending) wrongs.add(`a quick request: ${e.message}`);
            raced += e.code === 'ECONNRESET';
            return;
          }
        }
      });
      await sleep(80);
      ending = true;
      const began = now(), end = d.signal('SIGTERM');
      for (const r of await Promise.allSettled(slowOnes)) {
        inflight++;
        if (r.status === 'rejected') wrongs.add(`a request in flight failed: ${r.reason.code ?? r.reason.message}`);
        else wrongs.check(r.value.status === 201, `a request in flight got ${r.value.status}`);
      }
      await Promise.all(quick);
      const how = await Promise.race([end, sleep(15000)]);
      wrongs.check(how?.code === 0, `SIGTERM under load ended it with ${JSON.stringify(how)}: ${d.log.slice(-300)}`);
      took.push(now() - began);
      if (d.report()) wrongs.add(d.report());
      await d.kill();
    }
  } finally { remove(dir); }
  return { figures: `${rounds} ends under load: ${inflight} slow requests in flight, ${answered} quick ones answered, ${raced} idle lines closed `
    + `while the next request was on its way, ended within ${ms(Math.max(...took))}`, wrongs };
}

async function twoStarts({ long }) {
  const wrongs = new Wrongs(), rounds = long ? 200 : 10;
  for (let i = 0; i < rounds; i++) {
    const dir = folder('two');
    try {
      const both = [await Daemon.make({}, { dir }), await Daemon.make({}, { dir })];
      const ready = await Promise.all(both.map((d) => d.spawn().ready()));
      const served = both.filter((d, k) => ready[k] !== null), refused = both.filter((d, k) => ready[k] === null);
      wrongs.check(served.length === 1, `${served.length} of two serve one folder`);
      for (const d of refused) {
        const how = await d.gone;
        wrongs.check(how.code === 1 && /another|already|open/.test(d.log), `the other ended with ${JSON.stringify(how)}: ${d.log.slice(-300)}`);
      }
      const kids = async (d) => JSON.stringify((await ask(d.base, 'GET', '/.well-known/jwks.json')).body.keys.map((k) => k.kid));
      for (const d of served) {
        const key = readFileSync(join(dir, 'master.key'), 'latin1'), had = await kids(d);
        await d.kill();
        await d.launch();
        wrongs.check(key === readFileSync(join(dir, 'master.key'), 'latin1') && had === (await kids(d)), 'the keys are others after a restart');
      }
      for (const d of both) await d.end(wrongs);
      wrongs.check(!existsSync(join(dir, 'control.sock')), 'the control socket is left behind');
    } finally { remove(dir); }
  }
  return { figures: `${rounds} times two at once on an empty folder: one served, the other refused with a sentence`, wrongs };
}

export default [
  { name: 'descriptors', what: 'no file descriptors left', run: descriptors },
  { name: 'slow-clients', what: 'many heads that never end', run: slow },
  { name: 'sigterm', what: 'SIGTERM under load', run: sigterm },
  { name: 'two-starts', what: 'two starts at once', run: twoStarts },
];
