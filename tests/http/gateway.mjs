// An SMS gateway for the tests: keeps what it is sent, answers as told.
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { PATIENCE } from './mailbox.mjs';

/** The code of a text: once in words, once in the last line (WebOTP). */
export function codeOf(text) {
  const lines = text.split('\n'), last = /^@(\S+) #(\d{6})$/.exec(lines.at(-1));
  const words = lines.slice(0, -1).join('\n').match(/(?<!\d)\d{6}(?!\d)/g) ?? [];
  if (!last || words.length !== 1 || words[0] !== last[2]) throw new Error('not a code as it should be: ' + text);
  return last[2];
}

export class Gateway {
  got = [];
  /** request → status, or [status, headers, body] */
  answer = () => 200;
  #handed = new Map();

  static async open() {
    const g = new Gateway();
    g.server = createServer((q, r) => {
      let body = '';
      q.setEncoding('utf8').on('data', (d) => (body += d)).on('end', () => {
        const item = { at: Date.now(), method: q.method, url: q.url, headers: q.headers, body };
        try { item.json = JSON.parse(body); } catch { /* a form */ }
        g.got.push(item);
        const [status, headers = {}, text = '{}'] = [g.answer(item)].flat();
        r.writeHead(status, headers);
        r.end(text);
      });
    });
    await new Promise((ok) => g.server.listen(0, '127.0.0.1', ok));
    return g;
  }

  get url() { return `http://127.0.0.1:${this.server.address().port}/send`; }
  to(phone) { return this.got.filter((i) => i.json?.to === phone); }

  /** The next text to `phone` that this call has not handed out before. */
  async next(phone, ms = PATIENCE) {
    const n = this.#handed.get(phone) ?? 0;
    for (const until = Date.now() + ms; ; await sleep(15)) {
      const hit = this.to(phone)[n];
      if (hit) { this.#handed.set(phone, n + 1); return hit.json.text; }
      if (Date.now() > until) throw new Error(`no text to ${phone} within ${ms} ms`);
    }
  }

  async code(phone) { return codeOf(await this.next(phone)); }
  async until(n, ms = PATIENCE) {
    for (const end = Date.now() + ms; this.got.length < n; await sleep(15)) if (Date.now() > end) throw new Error(`${this.got.length} of ${n} requests came`);
  }

  close() { return new Promise((ok) => { this.server.closeAllConnections(); this.server.close(ok); }); }
}
