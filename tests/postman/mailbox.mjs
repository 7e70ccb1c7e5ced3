// A mail server for developers: it takes every mail, and tells the newest code and link token of an address over HTTP, so that
// the Postman collections run by themselves. As a program: node tests/postman/mailbox.mjs, and it says what to set.
//   GET /?to=ADDRESS&after=N   waits up to 15 s until more than N mails with a code or a link have come to ADDRESS;
//                              {"mails":N+1,"code":"123456","token":"…"} of the newest (what it has of the two), or 404
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { Mailbox, codeIn, tokenIn, isProof } from '../http/mailbox.mjs';

const PATIENCE = 15000;

function told(mails) {
  const answer = { mails: mails.length }, mail = mails.at(-1);
  for (const [name, read] of [['code', codeIn], ['token', tokenIn]])
    try { answer[name] = read(mail); } catch { /* this mail has none */ }
  return answer;
}

/** What the newest mail to `who` proves, once there are more than `after` of them; null when none comes in time. */
export async function proof(box, who, after = 0, ms = PATIENCE) {
  for (const end = Date.now() + ms; ; await sleep(20)) {
    const mails = box.to(who).filter(isProof);
    if (mails.length > after) return told(mails);
    if (Date.now() > end) return null;
  }
}

/** Serves a Mailbox over HTTP; {url, close}. */
export async function serveMailbox(box, port = 0) {
  const server = createServer(async (request, response) => {
    const query = new URL(request.url, 'http://localhost').searchParams;
    const found = await proof(box, query.get('to') ?? '', Number(query.get('after') ?? 0));
    response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(found ?? { detail: 'no new mail with a code or a link' }));
  });
  await new Promise((ok, no) => server.on('error', no).listen(port, '127.0.0.1', ok));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close: () => new Promise((ok) => { server.close(ok); server.closeAllConnections(); }),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const box = await Mailbox.open(), http = await serveMailbox(box, Number(process.argv[2] ?? 0));
  console.log(`start the server with   ALDGATE_MAIL_URL=${box.url}`);
  console.log(`and set in Postman      mailbox_url = ${http.url}`);
}
