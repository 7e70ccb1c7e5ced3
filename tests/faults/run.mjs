// The faults: each brings one about, on purpose and in bounded time, and tells what became of it. `run.mjs [--long] [--rounds=N]
// [name…]`; ./dev faults builds the program first. N is how often those strike that strike again and again. A line a fault; the last
// line counts.
import { BIN, Skip } from './kit.mjs';
import { existsSync } from 'node:fs';

const FILES = ['crash', 'postgres', 'disk', 'mail', 'corrupt', 'pressure', 'clock', 'kyc'];
const args = process.argv.slice(2), long = args.includes('--long'), names = args.filter((a) => !a.startsWith('--'));

const strange = args.find((a) => a.startsWith('--') && a !== '--long' && !/^--rounds=[1-9][0-9]*$/.test(a));

if (strange) {
  console.error(`usage: run.mjs [--long] [--rounds=N] [name…] (there is no ${strange})`);
  process.exit(2);
}
const rounds = Number(args.find((a) => a.startsWith('--rounds='))?.slice(9)) || undefined;

async function one(fault) {
  const began = Date.now();
  try {
    const { figures, wrongs } = await fault.run({ long, rounds });
    return { how: wrongs.count ? 'FAIL' : 'pass', figures, wrongs: wrongs.list(), seconds: (Date.now() - began) / 1000 };
  } catch (e) {
    if (e instanceof Skip) return { how: 'skip', figures: e.message, wrongs: [], seconds: 0 };
    return { how: 'FAIL', figures: '', wrongs: [e.stack], seconds: (Date.now() - began) / 1000 };
  }
}

const count = { pass: 0, FAIL: 0, skip: 0 };
if (!existsSync(BIN)) throw new Error(`no program at ${BIN}: run ./dev faults`);
for (const file of FILES) {
  for (const fault of (await import(`./${file}.mjs`)).default) {
    if (names.length && !names.some((n) => fault.name.includes(n))) continue;
    const r = await one(fault);
    count[r.how]++;
    console.log(`${r.how} ${fault.name.padEnd(22)} ${r.seconds.toFixed(0).padStart(4)} s  ${fault.what}: ${r.figures}`);
    for (const w of r.wrongs.slice(0, 12)) console.log('     ' + w.replace(/\n/g, '\n     '));
  }
}
console.log(`${count.pass} passed, ${count.FAIL} failed`);
process.exit(count.FAIL || !count.pass ? 1 : 0);
