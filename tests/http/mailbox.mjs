// A mail server for the tests: a real SMTP listener that keeps what it is sent, and can be slow, away, rude or silent.
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './ports.mjs';

/** How long, in ms, the tests wait for what is to come: far longer than it takes, so that a machine may be slow. */
export const PATIENCE = 60000;

function decodeBody(encoding, text) {
  switch (encoding) {
    case 'base64':
      return Buffer.from(text, 'base64').toString('utf8');
    case 'quoted-printable': {
      const joined = text.replace(/=[ \t]*\r?\n/g, '');
      const bytes = joined.replace(/=([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
      return Buffer.from(bytes, 'latin1').toString('utf8');
    }
    default:
      return Buffer.from(text, 'latin1').toString('utf8');
  }
}

/** RFC 2047: "=?utf-8?B?…?=" and "=?utf-8?Q?…?=" in a header's text. */
export function decodeWords(text) {
  const joined = text.replace(/(=\?[^?]+\?[BbQq]\?[^?]*\?=)\s+(?==\?)/g, '$1');
  return joined.replace(/=\?[^?]+\?([BbQq])\?([^?]*)\?=/g, (_, kind, body) =>
    /b/i.test(kind) ? Buffer.from(body, 'base64').toString('utf8') : decodeBody('quoted-printable', body.replace(/_/g, ' ')));
}

function splitEntity(raw) {
  const cut = raw.search(/\r?\n\r?\n/);
  const head = cut < 0 ? raw : raw.slice(0, cut);
  const headers = {};
  for (const line of head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0) (headers[line.slice(0, colon).toLowerCase()] ??= []).push(decodeWords(line.slice(colon + 1).trim()));
  }
  return { head, headers, body: cut < 0 ? '' : raw.slice(cut).replace(/^\r?\n\r?\n/, '') };
}

function partsOf(entity) {
  const type = entity.headers['content-type']?.[0] ?? 'text/plain';
  const boundary = /boundary="?([^";]+)"?/i.exec(type)?.[1];
  if (!boundary) {
    const encoding = (entity.headers['content-transfer-encoding']?.[0] ?? '7bit').toLowerCase();
    return [{ type, encoding, text: decodeBody(encoding, entity.body) }];
  }
  const pieces = ('\r\n' + entity.body).split(new RegExp('\r?\n--' + boundary.replace(/[^\w]/g, '\\$&')));
  return pieces.slice(1).filter((p) => !p.startsWith('--')).flatMap((p) => partsOf(splitEntity(p.replace(/^[ \t]*\r?\n/, ''))));
}

/** raw: the message as sent, one character a byte. */
export function parseMail(raw) {
  const entity = splitEntity(raw), parts = partsOf(entity);
  const text = parts.find((p) => /^text\/plain/i.test(p.type)) ?? parts[0];
  const html = parts.find((p) => /^text\/html/i.test(p.type));
  const one = (name) => entity.headers[name]?.[0] ?? '';
  return { raw, head: entity.head, headers: entity.headers, parts, subject: one('subject'), text: text.text, html: html?.text ?? '' };
}

const PLAIN_LINK = /https?:\/\/[^\s"'<>]+/g;
/** Links that prove something; those that undo an act may stand in any notice. */
const proofLinks = (mail) => (mail.text.match(PLAIN_LINK) ?? []).filter((l) => /[?&]token=/.test(l) && !/\/(undo|restore)\b/.test(l));
const codesOf = (mail) => mail.text.replace(PLAIN_LINK, ' ').match(/(?<![\w-])\d{6}(?![\w-])/g) ?? [];

export const isProof = (mail) => proofLinks(mail).length > 0 || codesOf(mail).length > 0;
function only(found, what, mail) {
  if (found.length) return found[0];
  throw new Error(`no ${what} in the mail: ${mail.text}`);
}
export const codeIn = (mail) => only(codesOf(mail), 'code', mail);
export const linkIn = (mail) => only(proofLinks(mail), 'link', mail);
export const tokenIn = (mail) => new URL(linkIn(mail)).searchParams.get('token');

export class Mailbox {
  mails = [];
  /** ok · hang (says nothing) · busy (421) · garbage · flood · defer (451) · reject (550) · drop (no answer to the
  * data, closes) · mute (no answer to the data) */
  mode = 'ok';
  delay = 0; // ms before each reply
  refused = new Set(); // recipients that get 550
  connections = 0;
  #sockets = new Set();
  #waiting = new Set();
  #handed = new Map();
  #port = 0;

  static async open() {
    const box = new Mailbox();
    box.#port = await freePort();
    await box.up();
    return box;
  }

  get url() { return `smtp://127.0.0.1:${this.#port}`; }

  async up() {
    this.server = createServer((s) => this.#serve(s));
    await new Promise((ok, no) => this.server.on('error', no).listen(this.#port, '127.0.0.1', ok));
  }

  /** Nothing listens any more; connections are cut. */
  async down() {
    const closed = new Promise((ok) => this.server.close(ok));
    for (const s of this.#sockets) s.destroy();
    await closed;
  }

  cut() { for (const s of this.#sockets) s.destroy(); }
  close() { return this.down(); }
  to(who) { return this.mails.filter((m) => m.to.includes(who.toLowerCase())); }

  async #until(look, what, ms) {
    const end = Date.now() + ms;
    for (;;) {
      const hit = look();
      if (hit) return hit;
      const left = end - Date.now();
      if (left <= 0) throw new Error(`no ${what} within ${ms} ms`);
      await new Promise((ok) => {
        const timer = setTimeout(done, left), set = this.#waiting;
        function done() { clearTimeout(timer); set.delete(done); ok(); }
        set.add(done);
      });
    }
  }

  /** The next mail to `who` with a code or link that this call has not handed out before. */
  async next(who, ms = PATIENCE) {
    const seen = this.#handed.get(who) ?? 0;
    const mail = await this.#until(() => this.to(who).filter(isProof)[seen], `mail with a code or link to ${who}`, ms);
    this.#handed.set(who, seen + 1);
    return mail;
  }

  /** The first mail to `who` for which test(mail) holds. */
  find(who, test, ms = PATIENCE) { return this.#until(() => this.to(who).find(test), `such mail to ${who}`, ms); }

  #serve(socket) {
    this.connections++;
    this.#sockets.add(socket);
    socket.setEncoding('latin1').on('error', () => {}).on('close', () => this.#sockets.delete(socket));
    if (this.mode === 'hang') return;
    if (this.mode === 'busy') return void socket.end('421 try later\r\n');
    if (this.mode === 'garbage') return void socket.end(Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 151) & 255)));
    if (this.mode === 'flood') return this.#flood(socket);
    let buffer = '', data = false, to = [], turn = Promise.resolve();
    const say = (line) => {
      turn = turn.then(() => (this.delay ? sleep(this.delay) : undefined)).then(() => socket.writable && socket.write(line + '\r\n'));
    };
    say('220 test ESMTP');
    socket.on('data', (chunk) => {
      buffer += chunk;
      for (;;) {
        const mark = data ? '\r\n.\r\n' : '\r\n', cut = buffer.indexOf(mark);
        if (cut < 0) return;
        const item = buffer.slice(0, cut);
        buffer = buffer.slice(cut + mark.length);
        if (data) {
          data = false;
          if (this.mode === 'drop') return void socket.destroy();
          if (this.mode === 'mute') return;
          this.#keep(to, item.replace(/(^|\r\n)\.\./g, '$1.'));
          to = [];
          say('250 kept');
          continue;
        }
        const verb = item.slice(0, 4).toUpperCase();
        if (verb === 'EHLO' || verb === 'HELO') say('250-test\r\n250 8BITMIME');
        else if (verb === 'RCPT') {
          const who = /<([^>]*)>/.exec(item)?.[1]?.toLowerCase() ?? '';
          if (this.mode === 'defer') say('451 not now');
          else if (this.mode === 'reject' || this.refused.has(who)) say('550 no such mailbox');
          else { to.push(who); say('250 ok'); }
        } else if (verb === 'DATA') {
          if (to.length) { data = true; say('354 go on'); } else say('503 no recipient');
        } else if (verb === 'QUIT') { say('221 bye'); turn = turn.then(() => socket.end()); return; }
        else say('250 ok');
      }
    });
  }

  #keep(to, raw) {
    this.mails.push({ to, at: Date.now(), ...parseMail(raw) });
    for (const wake of [...this.#waiting]) wake();
  }

  #flood(socket) {
    let sent = 0;
    const more = () => {
      while (sent < 16e6 && !socket.destroyed) { sent += 65536; if (!socket.write('220-' + 'x'.repeat(65530) + '\r\n')) return; }
      socket.end();
    };
    socket.on('drain', more);
    more();
  }
}
