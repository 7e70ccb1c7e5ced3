// Clients who write without pause and remember what they were told, and the audit that holds the store to it. An act is 'no'
// (never asked), 'asked' (sent, no answer, or 503) or 'yes' (acknowledged): what is 'yes' must hold, what is 'asked' may be
// either, and nothing may be half.
import { PASSWORD, someone, tokenIn } from '../http/lib.mjs';
import { isProof } from '../http/mailbox.mjs';
import { ask, below, isAway, keepAlive, sleep, Wrongs } from './kit.mjs';

export class World {
  people = [];
  wrongs = new Wrongs();
  acknowledged = 0;
  away = 0; // answers of 503
  unsure = 0; // lines that broke
  #inbox = new Map();
  #done = 0;

  /** daemon: who is spoken to, or a function that tells each time. */
  constructor(daemon, box) {
    this.daemon = typeof daemon === 'function' ? daemon : () => daemon;
    this.box = box;
  }

  /** All mails to an address, kept here and forgotten by the box. */
  mails(email) {
    for (const m of this.box.mails.splice(0)) for (const to of m.to) this.#inbox.set(to, [...(this.#inbox.get(to) ?? []), m]);
    return this.#inbox.get(email) ?? [];
  }

  /**
   * One act. 'yes' with the body when it was acknowledged, 'asked' when its end is unknown; what else an answer may be
   * is a wrong.
   */
  async act(agent, want, method, path, body, bearer) {
    try {
      const r = await ask(this.daemon().base, method, path, body, { agent, bearer });
      if (r.status === want) { this.acknowledged++; return { how: 'yes', body: r.body }; }
      if (isAway(r)) this.away++;
      else this.wrongs.add(`${method} ${path.split('?')[0]} answered ${r.status} ${r.body?.code ?? ''}${r.status === 503 ? ' without Retry-After' : ''}`);
    } catch (e) {
      if (e.hang) this.wrongs.add(e.message);
      else if (!e.line) throw e;
      this.unsure++;
      return { how: 'asked', cut: true };
    }
    return { how: 'asked' };
  }

  /** n clients until stop() is called; each ends with the act it is in. */
  begin(n, { patient = false } = {}) {
    let running = true;
    const alive = () => running;
    const all = Promise.all(Array.from({ length: n }, () => this.#client(alive, patient)));
    return { stop: () => { running = false; return all; }, halt: () => (running = false), all };
  }

  async #client(alive, patient) {
    const agent = keepAlive();
    try {
      while (alive()) {
        const cut = await this.#life(agent, alive);
        if (cut && !patient) return;
        if (cut) await sleep(20 + below(30));
      }
    } finally { agent.destroy(); }
  }

  /** One person's life. true: the line broke. */
  async #life(agent, alive) {
    const p = { email: someone(), name: 'First Name', nameAsked: null, signed: 'asked', verified: 'no', out: 'no', tokens: [], rotating: false };
    this.people.push(p);
    const made = await this.act(agent, 201, 'POST', '/auth/signup', { email: p.email, password: PASSWORD, full_name: p.name });
    if (made.how === 'asked') { if (!made.cut) await sleep(20); return made.cut; }
    Object.assign(p, { signed: 'yes', tokens: [made.body] });
    const steps = [this.#rotate, this.#rename, this.#rotate, this.#verify, this.#rotate];
    if (this.people.length % 3 === 0) steps.push(this.#leave);
    for (const step of steps) {
      if (!alive()) return false;
      const done = await step.call(this, agent, p);
      if (done?.cut) return true;
      if (done?.how === 'asked') await sleep(20);
      if (p.rotating || p.out !== 'no') return false; // its end is for the audit to find out
    }
    return false;
  }

  async #rotate(agent, p) {
    p.rotating = true;
    const r = await this.act(agent, 200, 'POST', '/auth/token/refresh', { refresh_token: p.tokens.at(-1).refresh_token });
    if (r.how === 'yes') { p.tokens.push(r.body); p.rotating = false; }
    return r;
  }

  async #rename(agent, p) {
    const name = 'Name ' + below(1e9);
    p.nameAsked = name;
    const r = await this.act(agent, 200, 'PATCH', '/users/me', { full_name: name }, p.tokens.at(-1).access_token);
    if (r.how === 'yes') { p.name = name; p.nameAsked = null; }
    return r;
  }

  async #verify(agent, p) {
    const mail = this.mails(p.email)[0];
    if (!mail) return null;
    p.verified = 'asked';
    const r = await this.act(agent, 200, 'POST', '/auth/email/verify', { token: tokenIn(mail) });
    if (r.how === 'yes') p.verified = 'yes';
    return r;
  }

  async #leave(agent, p) {
    const last = p.tokens.at(-1), all = below(2) === 0;
    p.out = 'asked';
    const r = all ? await this.act(agent, 200, 'POST', '/auth/logout-all', {}, last.access_token)
      : await this.act(agent, 200, 'POST', '/auth/logout', { refresh_token: last.refresh_token });
    if (r.how === 'yes') p.out = 'yes';
    return r;
  }

  /* ---- the audit ---- */

  /** Everybody who was not audited yet, and a few of those who were. */
  async audit(width = 12) {
    const fresh = this.people.slice(this.#done), old = this.people.slice(0, this.#done);
    const again = Array.from({ length: Math.min(old.length, 24) }, () => old[below(old.length)]);
    this.#done = this.people.length;
    const queue = [...fresh.map((p) => () => this.#auditOne(p)), ...[...new Set(again)].map((p) => () => this.#auditOld(p))];
    await Promise.all(Array.from({ length: width }, async () => { for (let job; (job = queue.shift()); ) await job(); }));
    return fresh.length;
  }

  async #say(p, what, method, path, body, bearer) {
    const r = await ask(this.daemon().base, method, path, body, { bearer, agent: p.agent });
    if (r.status >= 500) this.wrongs.add(`audit: ${what} answered ${r.status}`);
    return r;
  }

  async #auditFacts(p) {
    const login = await this.#say(p, 'login', 'POST', '/auth/login', { email: p.email, password: PASSWORD });
    const { wrongs } = this;
    if (p.signed === 'asked') {
      wrongs.check([200, 401].includes(login.status), `a sign-up without an answer is half done: login answers ${login.status}`);
      return false;
    }
    if (!wrongs.check(login.status === 200, `an acknowledged sign-up is lost: login answers ${login.status} ${login.body?.code}`)) return false;
    const u = login.body.user;
    if (p.verified !== 'asked') wrongs.check(u.is_email_verified === (p.verified === 'yes'), `verified is ${u.is_email_verified}, was told ${p.verified}`);
    wrongs.check(u.full_name === p.name || (p.nameAsked && u.full_name === p.nameAsked), `the name is neither the acknowledged nor the asked one`);
    return true;
  }

  async #auditOne(p) {
    p.agent = keepAlive();
    try {
      if (await this.#auditFacts(p)) await this.#auditSession(p);
    } finally { p.agent.destroy(); delete p.agent; }
  }

  /** The first token is dead for good in all but those with few rotations. */
  async #auditOld(p) {
    p.agent = keepAlive();
    try {
      if (!(await this.#auditFacts(p)) || p.out !== 'yes') return;
      this.wrongs.check((await this.#refresh(p, p.tokens.at(-1))).status === 401, 'an ended session rose again later');
    } finally { p.agent.destroy(); delete p.agent; }
  }

  #refresh(p, t) { return this.#say(p, 'refresh', 'POST', '/auth/token/refresh', { refresh_token: t.refresh_token }); }
  #me(p, t) { return this.#say(p, 'me', 'GET', '/users/me', undefined, t.access_token); }

  async #auditSession(p) {
    const { wrongs } = this, last = p.tokens.at(-1);
    if (p.out === 'yes') {
      for (const t of p.tokens) wrongs.check((await this.#refresh(p, t)).status === 401, 'a token of an ended session rotates again');
      wrongs.check((await this.#me(p, last)).status === 401, 'an access token of an ended session is good again');
      return;
    }
    const again = await this.#refresh(p, last);
    if (p.out === 'asked' && again.status === 401) {
      wrongs.check((await this.#me(p, last)).status === 401, 'a logout without an answer is half done');
      p.out = 'yes';
      return;
    }
    if (!wrongs.check(again.status === 200, `the session is lost${p.rotating ? ' after a refresh without an answer' : ''}: ${again.status} ${again.body?.code}`)) return;
    wrongs.check((await this.#me(p, last)).status === 200, 'an access token of a live session is refused');
    const twice = await this.#refresh(p, last);
    wrongs.check(twice.status === 200 && twice.body.refresh_token === again.body.refresh_token, `the lineage forked: the second answer to one token is ${twice.status}`);
    if (p.tokens.length < 3) return;
    wrongs.check((await this.#refresh(p, p.tokens[0])).status === 401, 'a token from before is good again');
    wrongs.check((await this.#refresh(p, again.body)).status === 401, 'the use of an old token did not end the session');
    p.out = 'yes';
  }

  /**
   * Every acknowledged sign-up gets its mail, as long as any come. most: how often the same one may have come; leased: how
   * many may still be with a sender that was killed.
   */
  async auditMail({ most = 1, leased = 0, patience = 20000 } = {}) {
    const proofs = (p) => this.mails(p.email).filter((m) => isProof(m)).length;
    let waiting = this.people.filter((p) => p.signed === 'yes'), since = Date.now(), doubled = 0;
    for (let before; waiting.length > leased && Date.now() - since < patience; await sleep(100)) {
      before = waiting.length;
      waiting = waiting.filter((p) => proofs(p) === 0);
      if (waiting.length < before) since = Date.now();
    }
    if (waiting.length > leased) this.wrongs.add(`${waiting.length} promised mails never came`);
    for (const n of this.people.map(proofs)) {
      this.wrongs.check(n <= most, `one mail came ${n} times`);
      doubled += n > 1;
    }
    return doubled;
  }
}
