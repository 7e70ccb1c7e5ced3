// kill -9 of the server in the middle of writing, again and again: what was acknowledged holds, what was revoked stays dead,
// nothing is half done.
import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { Mailbox } from '../http/lib.mjs';
import { Daemon, below, folder, ms, percentile, query, remove, sleep } from './kit.mjs';
import { World } from './people.mjs';

const ENV = { ALDGATE_TOKEN_REUSE_GRACE: '300s' };

/** Sign-ups that are there in part: without a session, or without a challenge. */
export const HALF_DONE = [
  'select count(*) from users u where not exists (select 1 from sessions s where s.user_id = u.id)',
  'select count(*) from users u where not exists (select 1 from challenges c where c.user_id = u.id)',
];

/** The store as the crash left it, judged by another SQLite; on a copy, since looking at a log replays it. */
export function judgeStore(dir, wrongs) {
  const side = folder('copy');
  try {
    for (const f of ['aldgate.db', 'aldgate.db-wal']) if (existsSync(join(dir, f))) copyFileSync(join(dir, f), join(side, f));
    const [integrity, ...half] = query(join(side, 'aldgate.db'), 'pragma integrity_check(1)', ...HALF_DONE);
    wrongs.check(integrity === 'ok', `integrity_check: ${integrity}`);
    for (const n of half) wrongs.check(n === '0', `${n} sign-ups are half done`);
  } finally { remove(side); }
}

export async function crash({ long, rounds, env = {}, judge = judgeStore, usual = 50, writers = 24, leases = false }) {
  const box = await Mailbox.open(), dir = folder('crash'), cycles = rounds ?? (long ? 2000 : usual);
  const daemon = await Daemon.start({ ...ENV, ALDGATE_MAIL_URL: box.url, ...env }, { dir });
  const world = new World(daemon, box), starts = [];
  let audited = 0;
  try {
    for (let cycle = 0; cycle < cycles && world.wrongs.count < 20; cycle++) {
      const clients = world.begin(writers);
      await sleep(20 + below(long && cycle % 4 === 0 ? 1480 : 480));
      clients.halt();
      await daemon.kill();
      await clients.all;
      if (daemon.report()) world.wrongs.add(daemon.report());
      if (cycle % 5 === 0) judge(dir, world.wrongs);
      daemon.log = '';
      starts.push(await daemon.launch());
      audited += await world.audit();
    }
    const doubled = await world.auditMail({ most: 3, leased: leases ? starts.length : 0 });
    judge(dir, world.wrongs);
    world.wrongs.check(percentile(starts, 0.99) <= 1000, `slow to come back: ${ms(percentile(starts, 0.99))}`);
    await daemon.end(world.wrongs);
    return {
      figures: `${starts.length} kills, ${writers} writers, ${world.acknowledged} acknowledged writes, ${audited} people audited, `
        + `${world.unsure} lines cut, ${doubled} mails sent twice, ready in p50 ${ms(percentile(starts, 0.5))} p99 ${ms(percentile(starts, 0.99))}`,
      wrongs: world.wrongs,
    };
  } finally {
    await daemon.kill();
    await box.close();
    remove(dir);
  }
}

export default [{ name: 'crash', what: 'kill -9 under writers', run: crash }];
