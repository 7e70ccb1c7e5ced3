// What the guides print is run as it stands: the sh blocks of each page that begins with the address of the server, one after the other in one
// shell, against a fresh one. The status in the comment behind each call must come; who is asked for a code, a link or a text gets the next.
import { test } from 'node:test';
import { readdirSync, readFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { stage, assert, codeIn, linkIn, BIN, PATIENCE } from './lib.mjs';
import { Gateway } from './gateway.mjs';

const FOLDER = new URL('../../docs/', import.meta.url);
const blocksOf = (text) => [...text.matchAll(/^```sh\n([^]*?)^```$/gm)].map((m) => m[1]);

/** What a prompt asks for: "code", "link", "restore link", "text", of whom stands in the page first or behind "at". */
async function answerTo([, what, at], { box, sms }, who) {
  if (what === 'text') return sms.code(at);
  if (what === 'restore link') return /\S+restore\?token=\S+/.exec((await box.find(at ?? who, (m) => /restore\?token=/.test(m.text))).text)[0];
  return (what === 'code' ? codeIn : linkIn)(await box.next(at ?? who));
}

/** Runs the script in sh; its output. */
function typed(script, s, who) {
  return new Promise((ok, no) => {
    const shell = spawn('sh', ['-c', script], { stdio: ['pipe', 'pipe', 'pipe'], env: { ...s.app.env, PATH: process.env.PATH } });
    let out = '', err = '';
    const timer = setTimeout(() => shell.kill('SIGKILL'), 3 * PATIENCE);
    shell.stdout.on('data', async (d) => {
      out += d;
      const asked = /(code|restore link|link|text)(?: at (\S+))?: $/.exec(out);
      if (!asked) return;
      out += '\n';
      try { shell.stdin.write((await answerTo(asked, s, who)) + '\n'); } catch (e) { no(e); shell.kill(); }
    });
    shell.stderr.on('data', (d) => (err += d));
    shell.on('close', (code) => { clearTimeout(timer); code === 0 && !err ? ok(out) : no(new Error(`${code}: ${err}\n${out}`)); });
  });
}

const GUIDES = readdirSync(FOLDER).filter((n) => blocksOf(readFileSync(new URL(n, FOLDER), 'utf8'))[0]?.startsWith('api=http://127.0.0.1:8080'));
for (const name of GUIDES)
  test(`docs/${name} works as printed`, { timeout: 6 * PATIENCE }, async () => {
    const script = blocksOf(readFileSync(new URL(name, FOLDER), 'utf8')).join('\n');
    const wanted = [...script.matchAll(/^(?:send|curl) .*# (\d{3})$/gm)].map((m) => `${m[1]} ${m[0]}`);
    assert.equal(wanted.length, script.match(/^(send|curl) /gm).length, 'each call says its status');
    const sms = await Gateway.open(), s = { sms, ...await stage({ ALDGATE_SMS_URL: sms.url }) };
    try {
      const out = await typed(script.replaceAll('http://127.0.0.1:8080', s.app.base).replaceAll('build/aldgate', BIN), s, /[\w.]+@example\.com/.exec(script)[0]);
      const got = [...out.matchAll(/ (\d{3})$/gm)].map((m) => m[1]);
      assert.deepEqual(wanted.map((w, i) => `${got[i]} ${w.slice(4)}`), wanted, out);
      assert.equal(got.length, wanted.length);
    } finally {
      try { await s.end(); } finally { await sms.close(); }
    }
  });

test('none is left out', () => {
  for (const name of ['account.md', 'activity.md', 'administration.md', 'flow-api.md', 'flow-auth.md', 'flow-v1.md', 'otp.md', 'two-factor.md'])
    assert.ok(GUIDES.includes(name), name);
});
