// ./dev postman: the collection of each surface, run by newman against a server of its own with a mailbox.
// usage: node tests/postman/run.mjs NEWMAN    (NEWMAN: its program; the server is $ALDGATE_BIN or build/aldgate)
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, start, Mailbox } from '../http/lib.mjs';
import { serveMailbox } from './mailbox.mjs';

const SURFACES = ['v1', 'api', 'auth'];
/** As a person runs it: with throttles and the usual cost of a hash. */
const AS_SHIPPED = {
  ALDGATE_THROTTLE_ENABLED: null, ALDGATE_PASSWORD_ARGON2_MEMORY_KIB: null, ALDGATE_PASSWORD_ARGON2_PASSES: null,
};

async function collection(app, surface) {
  const { code, out, err } = await run(['postman', surface], { env: { ALDGATE_SERVER_PUBLIC_URL: app.base } });
  if (code !== 0) throw new Error(err);
  const file = join(app.dir, `${surface}.postman_collection.json`);
  writeFileSync(file, out);
  return file;
}

function newman(program, file, mailbox) {
  const args = ['run', file, '--env-var', `mailbox_url=${mailbox}`, '--color', 'off', '--timeout', '120000'];
  return new Promise((ok, no) => spawn(program, args, { stdio: 'inherit' }).on('error', no).on('close', ok));
}

const program = process.argv[2];
if (!program) {
  console.error('usage: node tests/postman/run.mjs NEWMAN');
  process.exit(2);
}
const box = await Mailbox.open(), http = await serveMailbox(box);
let failed = 0;
try {
  const app = await start({ ALDGATE_MAIL_URL: box.url, ...AS_SHIPPED });
  try {
    for (const surface of SURFACES) if ((await newman(program, await collection(app, surface), http.url)) !== 0) failed++;
  } finally {
    await app.end();
  }
} finally {
  await http.close();
  await box.close();
}
console.log(failed ? `${failed} of ${SURFACES.length} collections failed` : `${SURFACES.length} collections are green`);
process.exit(failed ? 1 : 0);
