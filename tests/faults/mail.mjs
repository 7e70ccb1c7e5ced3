// The mail server in every bad mood: sign-ups take no longer, and when it recovers each mail comes, once.
import { Mailbox, someone, PASSWORD } from '../http/lib.mjs';
import { isProof } from '../http/mailbox.mjs';
import { Daemon, Wrongs, ask, keepAlive, ms, now, percentile, sleep } from './kit.mjs';

/**
 * lost: mails of that time are given up, as a server that says no for good wants it; patience: ms until the mails must have
 * come after it recovered (a connection that hangs is given up after 20 s, then pauses double from 5 s).
 */
const MOODS = [
  { name: 'well', begin: () => {} },
  { name: 'away', begin: (box) => box.down(), end: (box) => box.up() },
  { name: 'hangs', begin: (box) => (box.mode = 'hang') },
  { name: '421', begin: (box) => (box.mode = 'busy') },
  { name: 'garbage', begin: (box) => (box.mode = 'garbage') },
  { name: 'flood', begin: (box) => (box.mode = 'flood') },
  { name: '451', begin: (box) => (box.mode = 'defer') },
  { name: '550', begin: (box) => (box.mode = 'reject'), lost: true },
  { name: 'drip', begin: (box) => (box.delay = 1500), end: (box) => (box.delay = 0) },
  { name: 'cut', begin: (box) => (box.mode = 'drop') },
  { name: 'mute', begin: (box) => (box.mode = 'mute') },
];
const PATIENCE = 100000;

async function signUps(daemon, n, pause, wrongs) {
  const agent = keepAlive(), people = [], took = [];
  for (let i = 0; i < n; i++) {
    const email = someone(), began = now();
    const r = await ask(daemon.base, 'POST', '/auth/signup', { email, password: PASSWORD }, { agent });
    took.push(now() - began);
    wrongs.check(r.status === 201, `a sign-up answered ${r.status}`);
    people.push(email);
    await sleep(pause);
  }
  agent.destroy();
  return { people, took };
}

async function lived(mood, seconds) {
  const box = await Mailbox.open(), wrongs = new Wrongs();
  const daemon = await Daemon.start({ ALDGATE_MAIL_URL: box.url });
  const came = (email) => box.to(email).filter(isProof).length;
  try {
    await mood.begin(box);
    const { people, took } = await signUps(daemon, 20, (seconds * 1000) / 20, wrongs);
    if (mood.lost) for (const until = now() + 5000; now() < until && (daemon.log.match(/event=message_dropped/g) ?? []).length < people.length; ) await sleep(50);
    box.mode = 'ok';
    await mood.end?.(box);
    const recovered = now(), { people: after } = await signUps(daemon, 3, 0, wrongs);
    const wanted = mood.lost ? after : [...people, ...after];
    while (wanted.some((e) => came(e) === 0) && now() - recovered < PATIENCE) await sleep(50);
    const back = now() - recovered;
    await sleep(300);
    for (const e of wanted) wrongs.check(came(e) === 1, `${mood.name}: one mail came ${came(e)} times`);
    if (mood.lost) for (const e of people) wrongs.check(came(e) === 0, `${mood.name}: a refused mail came`);
    await daemon.end(wrongs);
    return { mood, took, back, wrongs };
  } finally {
    await daemon.kill();
    await box.close();
  }
}

async function mail({ long }) {
  const all = await Promise.all(MOODS.map((m) => lived(m, long ? 60 : 4))), wrongs = new Wrongs();
  const p90 = (l) => percentile(l.took, 0.9), well = p90(all[0]);
  for (const l of all) {
    for (const w of l.wrongs.list()) wrongs.add(w);
    wrongs.check(p90(l) <= 3 * well + 50, `${l.mood.name}: sign-ups took ${ms(p90(l))}, ${ms(well)} when all was well`);
  }
  const told = all.map((l) => `${l.mood.name} ${ms(p90(l))}/${(l.back / 1000).toFixed(1)} s`).join(', ');
  return { figures: `${all.length} moods, 23 sign-ups each (p90 of a sign-up / all mails there after): ${told}`, wrongs };
}

export default [{ name: 'mail', what: 'the mail server fails', run: mail }];
