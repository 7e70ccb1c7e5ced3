// A real proxy in front of a small application, for the tests of the gate: the application tells what reached it.
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createHash } from 'node:crypto';
import { freePort, PATIENCE } from './lib.mjs';

/** The application. got: every request that reached it; its answer is 200 and the same as JSON. */
export class Application {
  got = [];
  static async open() {
    const a = new Application();
    const note = (q, size) => {
      const headers = [];
      for (let i = 0; i < q.rawHeaders.length; i += 2) headers.push([q.rawHeaders[i].toLowerCase(), q.rawHeaders[i + 1]]);
      const item = { method: q.method, url: q.url, headers, size };
      a.got.push(item);
      return item;
    };
    a.server = createServer((q, r) => {
      const sum = createHash('sha256');
      let size = 0;
      q.on('data', (d) => { size += d.length; sum.update(d); }).on('end', () => {
        const text = JSON.stringify({ ...note(q, size), sum: sum.digest('hex') });
        r.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), 'x-application': 'yes' });
        r.end(text);
      });
    });
    a.server.on('upgrade', (q, socket) => {
      note(q, 0);
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
      socket.on('data', (d) => socket.write(d.toString().toUpperCase())).on('end', () => socket.end()).on('error', () => {});
    });
    a.port = await new Promise((ok) => a.server.listen(0, '127.0.0.1', () => ok(a.server.address().port)));
    return a;
  }

  close() {
    this.server.close();
    this.server.closeAllConnections?.();
  }
}

/** The values of a header of a request that reached the application. */
export const sent = (item, name) => item.headers.filter(([k]) => k === name).map(([, v]) => v);

const listens = (port) => new Promise((ok) => {
  const c = connect(port, '127.0.0.1').on('error', () => ok(false)).on('connect', () => { c.destroy(); ok(true); });
});

/** A proxy as a process in a folder of its own. command: (folder, port) → argv, after it has written its configuration there. */
export class Proxy {
  static async open(command) {
    const p = new Proxy();
    p.dir = mkdtempSync(join(tmpdir(), 'aldgate-proxy-'));
    p.port = await freePort();
    p.base = `http://127.0.0.1:${p.port}`;
    p.log = '';
    const [program, ...args] = command(p.dir, p.port);
    p.child = spawn(program, args, { env: { PATH: process.env.PATH + ':/usr/sbin', HOME: p.dir }, stdio: ['ignore', 'pipe', 'pipe'] });
    let ended = '';
    p.child.on('error', (e) => (ended = String(e)));
    p.gone = new Promise((ok) => p.child.on('close', (code) => { ended ||= `ended with ${code}`; ok(); }));
    for (const out of [p.child.stdout, p.child.stderr]) out.on('data', (d) => (p.log += d));
    for (const end = Date.now() + PATIENCE; !(await listens(p.port)); await sleep(30))
      if (ended || Date.now() > end) throw new Error(`${program}: ${ended || 'does not listen'}\n${p.log}`);
    return p;
  }

  async close() {
    this.child.kill('SIGTERM');
    await this.gone;
    rmSync(this.dir, { recursive: true, force: true });
  }
}
