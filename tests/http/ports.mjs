// Ports for what the tests start. They lie below those that the system deals out by itself, and whoever takes one holds its name among the
// processes of the tests: so it stays free however late, or again after a restart, somebody comes to listen there.
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

const FIRST = 12000, COUNT = 18000;
let last = (process.pid * 101) % COUNT;

/** The claim to a port is its twin of UDP, which nothing here speaks; it ends with the process. */
const claimed = (port) => new Promise((ok) => {
  const claim = createSocket('udp4').on('error', () => { claim.close(); ok(false); });
  claim.bind({ port, address: '127.0.0.1', exclusive: true }, () => { claim.unref(); ok(true); });
});
const free = (port) => new Promise((ok) => {
  const s = createServer().on('error', () => ok(false));
  s.listen(port, '127.0.0.1', () => s.close(() => ok(true)));
});

export async function freePort() {
  for (let tries = 0; tries < COUNT; tries++) {
    const port = FIRST + (last = (last + 1) % COUNT);
    if ((await claimed(port)) && (await free(port))) return port;
  }
  throw new Error('no port is free');
}
