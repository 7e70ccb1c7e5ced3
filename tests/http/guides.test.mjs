// What the guides print is run as it stands: the sh blocks of docs/flow-*.md, one after the other in one shell, against a fresh
// server. The status in the comment behind each call must come; who is asked for a code or a link gets that of the next mail.
import { test } from 'node:test';
import { readdirSync, readFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { stage, assert, codeIn, linkIn } from './lib.mjs';

const FOLDER = new URL('../../docs/', import.meta.url);
const blocksOf = (text) => [...text.matchAll(/^```sh\n([^]*?)^```$/gm)].map((m) => m[1]);

/** Runs the script in sh; its output. Prompts are answered from the mails to `who`. */
function typed(script, box, who) {
  return new Promise((ok, no) => {
    const shell = spawn('sh', ['-c', script], { stdio: ['pipe', 'pipe', 'pipe'] });
    let out = '', err = '';
    const timer = setTimeout(() => shell.kill('SIGKILL'), 60000);
    shell.stdout.on('data', async (d) => {
      out += d;
      const asked = /(code|link): $/.exec(out)?.[1];
      if (!asked) return;
      out += '\n';
      try { shell.stdin.write((asked === 'code' ? codeIn : linkIn)(await box.next(who)) + '\n'); } catch (e) { no(e); shell.kill(); }
    });
    shell.stderr.on('data', (d) => (err += d));
    shell.on('close', (code) => { clearTimeout(timer); code === 0 && !err ? ok(out) : no(new Error(`${code}: ${err}\n${out}`)); });
  });
}

for (const name of readdirSync(FOLDER).filter((n) => /^flow-.*\.md$/.test(n)))
  test(`docs/${name} works as printed`, { timeout: 90000 }, async () => {
    const script = blocksOf(readFileSync(new URL(name, FOLDER), 'utf8')).join('\n');
    const wanted = [...script.matchAll(/^(?:send|curl) .*# (\d{3})$/gm)].map((m) => `${m[1]} ${m[0]}`);
    assert.equal(wanted.length, script.match(/^(send|curl) /gm).length, 'each call says its status');
    const s = await stage();
    try {
      const out = await typed(script.replaceAll('http://127.0.0.1:8080', s.app.base), s.box, /[\w.]+@example\.com/.exec(script)[0]);
      const got = [...out.matchAll(/ (\d{3})$/gm)].map((m) => m[1]);
      assert.deepEqual(wanted.map((w, i) => `${got[i]} ${w.slice(4)}`), wanted, out);
      assert.equal(got.length, wanted.length);
    } finally {
      await s.end();
    }
  });
