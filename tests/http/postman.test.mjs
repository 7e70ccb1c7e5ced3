// The Postman collections, walked without Postman: each request in its order, with the expectations that stand in "x-aldgate".
// The same ones as scripts are run by newman: ./dev postman.
import { test, before, after } from 'node:test';
import { stage, assert, is, run, PATIENCE } from './lib.mjs';
import { proof } from '../postman/mailbox.mjs';

const SURFACES = ['v1', 'api', 'auth'];
let s;
before(async () => { s = await stage({ ALDGATE_THROTTLE_ENABLED: null }); });
after(async () => { await s.end(); });

const collectionOf = async (surface, env = {}) => {
  const r = await run(['postman', ...(surface ? [surface] : [])], { env: { ALDGATE_SERVER_PUBLIC_URL: s.app.base, ...env } });
  assert.equal(r.code, 0, r.err);
  return JSON.parse(r.out);
};
/** {{name}}, also in the values of variables. */
function filled(text, variables) {
  for (let hops = 0; /\{\{\w+\}\}/.test(text); hops++) {
    assert.ok(hops < 10, `no end of variables in ${text}`);
    text = text.replace(/\{\{(\w+)\}\}/g, (_, name) => {
      assert.ok(variables.has(name), `no variable ${name}`);
      return variables.get(name);
    });
  }
  return text;
}
const at = (value, path) => path.split(/[.[\]]+/).filter(Boolean).reduce((v, step) => v?.[step], value);

async function play(item, variables) {
  const wants = item['x-aldgate'], fill = (text) => filled(text, variables);
  if (wants.fresh) variables.set('run', String(Math.floor(1e7 + Math.random() * 9e7))).set('mails', '0');
  if (wants.mail) {
    const found = await proof(s.box, fill('{{email}}'), Number(variables.get('mails')), PATIENCE);
    assert.ok(found, `no mail before "${item.name}"`);
    for (const [name, value] of Object.entries(found)) variables.set(name, value);
  }
  const { method, url, auth, body } = item.request, where = fill(url);
  assert.ok(where.startsWith(s.app.base + '/'), where);
  const bearer = auth.type === 'bearer' ? fill(auth.bearer[0].value) : undefined;
  const answer = is(await s.api(method, where.slice(s.app.base.length), body && JSON.parse(fill(body.raw)), { bearer }),
    wants.status, wants.code ?? undefined, item.name);
  for (const [name, path] of Object.entries(wants.keep)) {
    assert.equal(typeof at(answer.body, path), 'string', `${path} in the answer to "${item.name}"`);
    variables.set(name, at(answer.body, path));
  }
}

for (const surface of SURFACES)
  test(`the collection of ${surface} is green from its first request to its last, twice`, { timeout: 10 * PATIENCE }, async () => {
    const collection = await collectionOf(surface), variables = new Map(collection.variable.map((v) => [v.key, v.value]));
    for (let round = 0; round < 2; round++) for (const item of collection.item) await play(item, variables);
  });

/** Their proof no collection can make (an authenticator's code, a mail to another address): they stand there with their refusal. */
const REFUSED = ['v1_mfa_verify', 'api_mfa_verify', 'mfa_verify', 'mfa_send', 'mfa_disable', 'recovery_codes', 'email_confirm', 'restore', 'v1_kyc_webhook'];

test('each row of a surface succeeds once in its collection, at its own method and path', async () => {
  const rows = JSON.parse((await run(['routes', '--json'])).out), pathOf = (url) => url.replace(/^\{\{base_url\}\}|\/?(\?.*)?$/g, '');
  for (const surface of SURFACES) {
    const { item } = await collectionOf(surface);
    for (const row of rows.filter((r) => r.surface === surface)) {
      const good = item.filter((i) => i['x-aldgate'].operation === row.operation && !i['x-aldgate'].code);
      const there = REFUSED.includes(row.operation) && item.some((i) => i['x-aldgate'].operation === row.operation);
      assert.ok(good.length || there, `${row.operation} never succeeds: src/api/postman_steps.c`);
      for (const { request: { method, url } } of good)
        assert.deepEqual([method, pathOf(url).replace(/\{\{\w+\}\}/g, '{}')], [row.method, row.path.replace(/\{\w+\}/g, '{}')]);
    }
  }
});

test('the form is that of collections 2.1; the scripts check and keep what "x-aldgate" says', async () => {
  for (const surface of SURFACES) {
    const { info, item, variable } = await collectionOf(surface);
    assert.equal(info.schema, 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json');
    assert.equal(variable[0].value, s.app.base);
    for (const { name, event, request, response, 'x-aldgate': wants } of item) {
      assert.ok(name && request.method && request.url && response.length === 0);
      const script = (when) => event.find((e) => e.listen === when)?.script.exec.join('\n') ?? '';
      new Function('pm', script('prerequest'));
      new Function('pm', script('test'));
      assert.ok(script('test').includes(`have.status(${wants.status})`));
      for (const [key, path] of Object.entries(wants.keep)) assert.ok(script('test').includes(`set('${key}', pm.response.json().${path})`));
      assert.equal(/sendRequest/.test(script('prerequest')), wants.mail);
    }
  }
});

test('without a name it is v1; a surface that is off or unknown has none', async () => {
  assert.deepEqual(await collectionOf(), await collectionOf('v1'));
  for (const [surface, env] of [['api', { ALDGATE_SURFACES_ENABLED: 'v1' }], ['system', {}], ['nonsense', {}]]) {
    const r = await run(['postman', surface], { env });
    assert.deepEqual([r.code, r.out], [1, '']);
  }
});
