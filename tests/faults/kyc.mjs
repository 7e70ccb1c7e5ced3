// Identity checks: kill -9 while papers come in and reviewers decide (all of an application or none of it, no decision lost),
// and many uploads at once (memory stays bounded, sign-ins are answered).
import { createHash, randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, readFileSync, readdirSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { PASSWORD, run, someone } from '../http/lib.mjs';
import { PNG, papers } from '../http/papers.mjs';
import { Daemon, Skip, Wrongs, ask, below, folder, ms, now, percentile, pick, query, remove, sleep } from './kit.mjs';

const sha = (bytes) => createHash('sha256').update(bytes).digest('hex');
const paper = (size) => Buffer.concat([PNG, randomBytes(size - PNG.length)]);

/** One request with bytes, whose answer may be bytes; rejects when the line breaks. */
function send(base, method, path, { bearer, raw, headers = {}, limit = 60000 }) {
  return new Promise((ok, no) => {
    const rq = request(base + path, { method, agent: false, headers: { ...headers, authorization: `Bearer ${bearer}`, ...(raw && { 'content-length': raw.length }) } }, (rs) => {
      const got = [];
      rs.on('data', (d) => got.push(d)).on('error', no).on('end', () => {
        clearTimeout(timer);
        const bytes = Buffer.concat(got);
        let body;
        try { body = JSON.parse(bytes); } catch { body = undefined; }
        if (rs.complete) ok({ status: rs.statusCode, body, bytes }); else no(new Error('cut'));
      });
    });
    const timer = setTimeout(() => { rq.destroy(); no(new Error(`no answer to ${method} ${path}`)); }, limit);
    rq.on('error', (e) => { clearTimeout(timer); no(e); });
    rq.end(raw);
  });
}

/** Made by the operator, so that its address counts as proven. */
async function member(d, role) {
  const email = someone(), made = await run(['user', 'create', '--email', email, '--verified', ...(role ? ['--role', role] : [])], { env: d.env, input: PASSWORD + '\n' });
  if (made.code) throw new Error(made.err);
  return { email, id: made.out.trim(), bearer: await login(d, email) };
}
const login = async (d, email) => (await ask(d.base, 'POST', '/auth/login', { email, password: PASSWORD })).body.access_token;

export const JUDGED = {
  'applications without papers': 'select count(*) from kyc_applications a where not exists (select 1 from kyc_documents d where d.application_id = a.id)',
  'papers without all of their pieces': `select count(*) from kyc_documents d where d.application_id is not null
    and d.pieces <> (select count(*) from kyc_pieces p where p.document_id = d.id)`,
  'papers of neither an application nor an upload': 'select count(*) from kyc_documents where application_id is null and upload_id is null',
  'accounts that say something else than their newest application': `select count(*) from users u join kyc_applications a on a.user_id = u.id
    where not exists (select 1 from kyc_applications b where b.user_id = u.id and b.id > a.id) and a.status <> u.kyc_status`,
  'applications without a line of history': 'select count(*) from kyc_applications a where not exists (select 1 from kyc_history h where h.application_id = a.id)',
  'decisions without a line of history': `select count(*) from kyc_applications a where a.status <> 'pending'
    and not exists (select 1 from kyc_history h where h.application_id = a.id and h.status = a.status and h.event <> 'submitted')`,
  'decisions that are not audited': `select count(*) from kyc_history h join kyc_applications a on a.id = h.application_id where h.event <> 'submitted'
    and not exists (select 1 from audit_events e where e.subject_id = a.user_id and e.action = 'kyc_' || h.event and e.at = h.at)`,
};

function judgeStore(dir, wrongs) {
  const side = folder('copy');
  try {
    for (const f of ['aldgate.db', 'aldgate.db-wal']) if (existsSync(join(dir, f))) copyFileSync(join(dir, f), join(side, f));
    const [integrity, ...found] = query(join(side, 'aldgate.db'), 'pragma integrity_check(1)', ...Object.values(JUDGED));
    wrongs.check(integrity === 'ok', `integrity_check: ${integrity}`);
    found.forEach((n, i) => wrongs.check(n === '0', `${n} ${Object.keys(JUDGED)[i]}`));
    for (const f of readdirSync(dir)) wrongs.check(!f.startsWith('upload'), `${f} is left in the data folder`);
  } finally { remove(side); }
}

/** Applicants who submit, and reviewers who decide, and what each was told. */
class Office {
  wrongs = new Wrongs();
  applications = new Map(); // id → { owner, sums, status: what was acknowledged last, maybe: what was asked since }
  acknowledged = 0;
  unsure = 0;

  constructor(d, applicants, reviewers) { Object.assign(this, { d, applicants, reviewers }); }

  async #try(act) {
    try { return await act(); } catch { this.unsure++; return null; }
  }

  async submit(p) {
    const files = [paper(1000 + below(700000)), paper(1000 + below(300000))];
    p.sending = files.map(sha);
    const r = await this.#try(() => send(this.d.base, 'POST', '/auth/kyc/submit', { bearer: p.bearer, ...papers({ front: files[0], back: files[1] }) }));
    if (!r) return false;
    if (r.status === 201) {
      this.acknowledged++;
      this.applications.set(r.body.id, { owner: p, sums: p.sending, status: 'pending', documents: r.body.documents.map((x) => x.id) });
      p.application = r.body.id;
      p.sending = null;
    } else if (r.status === 429) await sleep(200);
    else if (r.status !== 409 && r.status !== 503) this.wrongs.add(`a submission answered ${r.status} ${r.body?.code}`);
    return true;
  }

  async decide(rev) {
    const id = pick([...this.applications.keys()]), a = this.applications.get(id);
    if (!a || a.busy || a.maybe || !['pending', 'approved'].includes(a.status)) { await sleep(5); return true; }
    a.busy = true;
    const act = a.status === 'approved' ? 'revoke' : pick(['approve', 'reject']);
    a.maybe = { approve: 'approved', reject: 'rejected', revoke: 'rejected' }[act];
    const r = await this.#try(() => ask(this.d.base, 'POST', `/admin/kyc/${id}/${act}`, { reason: 'because' }, { bearer: rev.bearer }));
    a.busy = false;
    if (!r) return false;
    if (r.status === 200) { a.status = a.maybe; this.acknowledged++; } else if (r.status !== 503) this.wrongs.add(`${act} answered ${r.status} ${r.body?.code}`);
    a.maybe = null;
    return true;
  }

  begin() {
    let running = true;
    const go = async (act, who) => { while (running && (await act.call(this, who))); };
    const applicant = async (p) => {
      const a = this.applications.get(p.application);
      if (a && a.status !== 'rejected') { await sleep(10); return true; }
      return this.submit(p);
    };
    const all = Promise.all([...this.applicants.map((p) => go(applicant, p)), ...this.reviewers.map((r) => go(this.decide, r))]);
    return { halt: () => (running = false), all };
  }

  /** Holds the server to what it said; returns how many applications were looked at. */
  async audit() {
    const rev = this.reviewers[0];
    for (const p of this.applicants) {
      const { body } = await ask(this.d.base, 'GET', '/auth/kyc/status', undefined, { bearer: p.bearer });
      const known = this.applications.has(body.application_id);
      if (body.application_id && !known) {
        if (!this.wrongs.check(p.sending, 'an application that nobody sent')) continue;
        this.applications.set(body.application_id, { owner: p, sums: p.sending, status: 'pending', documents: null });
        p.application = body.application_id;
      }
      p.sending = null;
    }
    for (const [id, a] of this.applications) {
      const { status, body } = await ask(this.d.base, 'GET', `/admin/kyc/${id}`, undefined, { bearer: rev.bearer });
      if (!this.wrongs.check(status === 200, `an acknowledged application answers ${status}`)) continue;
      this.wrongs.check([a.status, a.maybe].includes(body.status), `${a.status} was acknowledged${a.maybe ? `, ${a.maybe} asked` : ''}, and it is ${body.status}`);
      this.wrongs.check(body.documents.map((d) => d.sha256).join() === a.sums.join(), 'the papers are not those that were sent');
      Object.assign(a, { status: body.status, maybe: null });
    }
    const [id, a] = pick([...this.applications]) ?? [];
    if (!id) return 0;
    const { body } = await ask(this.d.base, 'GET', `/admin/kyc/${id}`, undefined, { bearer: rev.bearer });
    for (const [i, d] of body.documents.entries()) {
      const r = await send(this.d.base, 'GET', `/admin/kyc/${id}/documents/${d.id}`, { bearer: rev.bearer });
      this.wrongs.check(r.status === 200 && sha(r.bytes) === a.sums[i], 'a paper does not come back as it was sent');
    }
    return this.applications.size;
  }
}

/** people: applicants, of whom a shared store lets one wait whose uploads broke off; span: most ms between two kills. */
export async function kycCrash({ long, rounds, env = {}, judge = judgeStore, people = 8, span = 600 }) {
  const cycles = rounds ?? (long ? 500 : 50), dir = folder('kyc'), d = await Daemon.start({ ALDGATE_TOKEN_ACCESS_TTL: '24h', ...env }, { dir });
  let audited = 0, kills = 0;
  try {
    const applicants = [], reviewers = [];
    for (let i = 0; i < people; i++) applicants.push(await member(d));
    for (let i = 0; i < 2; i++) reviewers.push(await member(d, 'KYC_REVIEWER'));
    const office = new Office(d, applicants, reviewers);
    for (; kills < cycles && office.wrongs.count < 20; kills++) {
      const clients = office.begin();
      await sleep(50 + below(span));
      clients.halt();
      await d.kill();
      await clients.all;
      if (d.report()) office.wrongs.add(d.report());
      if (kills % 5 === 0) judge(dir, office.wrongs);
      d.log = '';
      await d.launch();
      audited += await office.audit();
    }
    judge(dir, office.wrongs);
    await d.end(office.wrongs);
    return { figures: `${kills} kills, ${office.applications.size} applications of ${applicants.length} people, ${office.acknowledged} acknowledged submissions and decisions, `
      + `${office.unsure} lines cut, ${audited} looks at applications`, wrongs: office.wrongs };
  } finally {
    await d.kill();
    remove(dir);
  }
}

const MIB = 1024 * 1024;
const memory = (d, what) => Number(new RegExp(`^${what}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${d.child.pid}/status`, 'latin1'))[1]) * 1024;

async function uploads({ long }) {
  const bin = process.env.ALDGATE_PLAIN_BIN;
  if (!bin || !existsSync(bin)) throw new Skip('there is no program without sanitizers');
  const n = long ? 60 : 20, wrongs = new Wrongs(), d = await Daemon.start({}, { bin });
  try {
    const people = [];
    for (let i = 0; i < n; i++) people.push(await member(d));
    const before = memory(d, 'VmRSS'), body = papers({ front: paper(10 * MIB) }), took = [], refused = [];
    let running = true, began = now();
    const visitor = (async () => {
      for (; running; await sleep(20)) {
        const at = now(), r = await ask(d.base, 'POST', '/auth/login', { email: people[0].email, password: PASSWORD });
        if (r.status === 200) took.push(now() - at); else wrongs.add(`a login answered ${r.status}`);
      }
    })();
    await Promise.all(people.map(async (p) => {
      const r = await send(d.base, 'POST', '/auth/kyc/submit', { bearer: p.bearer, ...body, limit: 120000 });
      if (r.status !== 201) refused.push(`${r.status} ${r.body?.code}`);
    }));
    const all = now() - began;
    running = false;
    await visitor;
    const peak = memory(d, 'VmHWM'), grown = (peak - before) / MIB;
    for (const r of refused) wrongs.add(`an upload answered ${r}`);
    wrongs.check(grown < 96, `memory grew by ${grown.toFixed(1)} MiB`);
    wrongs.check(took.length > 0, 'no login was answered meanwhile');
    await d.end(wrongs);
    return { figures: `${n} × 10 MiB in ${ms(all)}, memory ${(before / MIB).toFixed(1)} MiB before and ${(peak / MIB).toFixed(1)} MiB at its peak, `
      + `${took.length} logins meanwhile, p50 ${ms(percentile(took, 0.5))} p99 ${ms(percentile(took, 0.99))}`, wrongs };
  } finally { await d.kill(); }
}

export default [
  { name: 'kyc-crash', what: 'kill -9 while papers come in and reviewers decide', run: kycCrash },
  { name: 'kyc-uploads', what: 'many large uploads at once', run: uploads },
];
