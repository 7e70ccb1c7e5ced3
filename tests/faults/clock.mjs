// The wall clock jumps while the server runs, by libfaketime on the plain build (it hangs under the sanitizers). Nothing ends
// that should live, nothing lives for ever, and back at the right time all is as before.
import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PASSWORD, someone } from '../http/lib.mjs';
import { Daemon, Skip, Wrongs, ask, folder, keepAlive, remove, sleep } from './kit.mjs';

const LIBRARY = ['x86_64', 'aarch64'].map((a) => `/usr/lib/${a}-linux-gnu/faketime/libfaketimeMT.so.1`).find(existsSync);
const BIN = resolve(process.env.ALDGATE_PLAIN_BIN ?? 'build/aldgate');
const JUMPS = [['+0', 0], ['+30s', 30], ['-30s', -30], ['+1h', 3600], ['-1h', -3600], ['+1d', 86400], ['-1d', -86400], ['+10y', 10 * 365.25 * 86400]];
const IDLE = 30 * 86400 * 0.95, ACCESS = 900 * 0.95;

async function clock({ long }) {
  if (!LIBRARY) throw new Skip('libfaketime is not installed');
  if (!existsSync(BIN)) throw new Skip(`no plain build at ${BIN}`);
  const dir = folder('clock'), file = join(dir, 'clock'), wrongs = new Wrongs(), agent = keepAlive();
  const set = async (text) => { writeFileSync(file, text + '\n'); await sleep(100); };
  writeFileSync(file, '+0\n');
  const d = await Daemon.start({ LD_PRELOAD: LIBRARY, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1',
    ALDGATE_THROTTLE_ENABLED: 'yes' }, { dir, bin: BIN });
  const say = async (what, method, path, body, bearer) => {
    const r = await ask(d.base, method, path, body, { bearer, agent });
    wrongs.check(r.status < 500, `${what} answered ${r.status}`);
    return r;
  };
  const refresh = (what, t) => say(what, 'POST', '/auth/token/refresh', { refresh_token: t });
  const kids = async () => JSON.stringify((await say('JWKS', 'GET', '/.well-known/jwks.json')).body.keys?.map((k) => k.kid));
  const login = async (what, email) => {
    const r = await say(what, 'POST', '/auth/login', { email, password: PASSWORD });
    if (!wrongs.check(r.status === 200, `${what}: a sign-in answered ${r.status} ${r.body?.code}`)) return null;
    wrongs.check(r.body.expires_in > 0 && r.body.refresh_expires_in > 0, `${what}: a life of ${r.body.expires_in} s`);
    wrongs.check((await say(what, 'GET', '/users/me', undefined, r.body.access_token)).status === 200, `${what}: its token is refused at once`);
    return r.body;
  };
  let jumps = 0;
  try {
    const had = await kids();
    for (let round = 0; round < (long ? 12 : 1); round++) {
      for (const [text, seconds] of JUMPS) {
        const email = someone(), made = (await say('sign-up', 'POST', '/auth/signup', { email, password: PASSWORD })).body;
        await set(text);
        jumps++;
        wrongs.check((await kids()) === had, `${text}: other keys are published`);
        const me = (await say(text, 'GET', '/users/me', undefined, made.access_token)).status;
        if (seconds >= -30 && seconds < ACCESS) wrongs.check(me === 200, `${text}: a token that lives is refused`);
        if (seconds > ACCESS + 60) wrongs.check(me === 401, `${text}: a token outlives its time`);
        const kept = seconds < IDLE, next = kept ? await refresh(text, made.refresh_token) : null;
        if (kept) wrongs.check(next.status === 200 && next.body.expires_in > 0, `${text}: a refresh answered ${next.status}`);
        else wrongs.check((await refresh(text, made.refresh_token)).status === 401, `${text}: a session outlives its time`);
        await login(text, email);
        await set('+0');
        wrongs.check((await refresh('back from ' + text, next?.body.refresh_token ?? made.refresh_token)).status === 200, `back from ${text}: the session is lost`);
        await login('back from ' + text, email);
      }
    }
    wrongs.check((await kids()) === had, 'the keys are others at the end');
    await d.end(wrongs);
    return { figures: `${jumps} jumps there and back: ${JUMPS.slice(1).map(([t]) => t).join(' ')}`, wrongs };
  } finally {
    agent.destroy();
    await d.kill();
    remove(dir);
  }
}

export default [{ name: 'clock', what: 'the clock jumps', run: clock }];
