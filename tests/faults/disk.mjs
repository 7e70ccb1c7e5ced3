// A full disk: writes are refused with 503, everything that only reads goes on, and once there is room again writes work
// without a restart. On a small tmpfs, which only root can mount.
import { execFileSync } from 'node:child_process';
import { appendFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Mailbox } from '../http/lib.mjs';
import { Daemon, Skip, ask, folder, isAway, keepAlive, ms, now, remove, sleep } from './kit.mjs';
import { World } from './people.mjs';
import { judgeStore } from './crash.mjs';

function mount(dir) {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m,mode=0700', 'tmpfs', dir], { stdio: 'pipe' });
  } catch (e) { throw new Skip('no tmpfs can be mounted here: ' + (process.getuid() ? 'only root can' : e.message.split('\n')[1])); }
}

/** Takes all the room there is. */
function fill(dir) {
  for (const size of [65536, 4096, 512, 1]) {
    try { for (;;) appendFileSync(join(dir, 'filler'), Buffer.alloc(size)); } catch (e) { if (e.code !== 'ENOSPC') throw e; }
  }
}

/** What only reads must go on; each call's wrong end is told. */
async function readsGoOn(daemon, world, reader) {
  const { wrongs } = world, agent = keepAlive();
  const want = async (path, bearer) => {
    const r = await ask(daemon.base, 'GET', path, undefined, { bearer, agent });
    wrongs.check(r.status === 200, `${path} answered ${r.status} on a full disk`);
  };
  for (let i = 0; i < 5; i++) {
    await want('/users/me', reader.access_token);
    await want('/.well-known/jwks.json');
    await want('/healthz');
  }
  agent.destroy();
}

async function round(daemon, world, reader, found) {
  const { wrongs } = world, clients = world.begin(6, { patient: true }), agent = keepAlive();
  await sleep(100);
  fill(daemon.dir);
  const before = world.away;
  for (const until = now() + 5000; world.away === before && now() < until; ) await sleep(10);
  wrongs.check(world.away > before, 'no write was refused on a full disk');
  await readsGoOn(daemon, world, reader);
  await clients.stop();
  const refused = await ask(daemon.base, 'PATCH', '/users/me', { full_name: 'Nobody Knows' }, { bearer: reader.access_token, agent });
  if (refused.status !== 200) wrongs.check(isAway(refused), `a write on a full disk answered ${refused.status}`);
  rmSync(join(daemon.dir, 'filler'));
  const freed = now();
  for (;;) {
    const r = await ask(daemon.base, 'PATCH', '/users/me', { full_name: 'Some Body' }, { bearer: reader.access_token, agent });
    if (r.status === 200) break;
    if (!wrongs.check(now() - freed < 5000, 'writes did not come back within 5 s')) break;
  }
  found.back = Math.max(found.back, now() - freed);
  agent.destroy();
}

async function disk({ long, rounds = long ? 300 : 10 }) {
  const dir = folder('disk'), found = { back: 0 };
  mount(dir);
  const box = await Mailbox.open();
  let daemon;
  try {
    daemon = await Daemon.start({ ALDGATE_MAIL_URL: box.url, ALDGATE_TOKEN_REUSE_GRACE: '300s', ALDGATE_TOKEN_ACCESS_TTL: '12h' }, { dir });
    const world = new World(daemon, box);
    const { body: reader } = await ask(daemon.base, 'POST', '/auth/signup', { email: 'reader@example.com', password: 'correct-Horse-battery-staple' });
    let done = 0, audited = 0;
    for (; done < rounds && world.wrongs.count < 20; done++) {
      await round(daemon, world, reader, found);
      audited += await world.audit();
    }
    world.wrongs.check(found.back <= 1000, `writes came back only after ${ms(found.back)}`);
    const mails = await world.auditMail();
    await daemon.end(world.wrongs);
    judgeStore(dir, world.wrongs);
    return {
      figures: `${done} times full, ${world.away} writes refused with 503, ${audited} people audited, ${mails} mails twice, writes back within ${ms(found.back)}`,
      wrongs: world.wrongs,
    };
  } finally {
    await daemon?.kill();
    await box.close();
    execFileSync('umount', [dir]);
    remove(dir);
  }
}

export default [{ name: 'disk-full', what: 'the disk fills up and is freed', run: disk }];
