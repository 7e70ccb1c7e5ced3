// GET /docs: the API for people; whole, safe and without anything from elsewhere.
import { test, before, after } from 'node:test';
import { start, call, assert, is } from './lib.mjs';

let app, page, spec;
before(async () => {
  app = await start();
  page = is(await call(app.base, 'GET', '/docs'), 200);
  spec = is(await call(app.base, 'GET', '/openapi.json'), 200).body;
});
after(() => app?.end());

test('every call of the OpenAPI document stands on the page once, with its path, fields and errors', () => {
  for (const [path, methods] of Object.entries(spec.paths))
    for (const [method, operation] of Object.entries(methods)) {
      const article = new RegExp(`<article id="${operation.operationId}">(.*?)</article>`, 's').exec(page.text)?.[1];
      assert.ok(article, operation.operationId);
      assert.ok(article.includes(`>${method.toUpperCase()}</span>`) && article.includes(`<code>${path}</code>`), path);
      assert.ok(page.text.includes(`<a href="#${operation.operationId}">`), 'no link to it');
      const body = operation.requestBody?.content['application/json'].schema.properties ?? {};
      for (const name of [...Object.keys(body), ...(operation.parameters ?? []).map((p) => p.name)])
        assert.ok(article.includes(`<code>${name}</code>`), `${path}: ${name}`);
    }
  assert.equal(page.text.split('<article ').length - 1, Object.values(spec.paths).flatMap((m) => Object.keys(m)).length);
  for (const code of ['invalid_credentials', 'throttled', 'overloaded']) assert.ok(page.text.includes(code), code);
});

test('a strict policy, and nothing is fetched', () => {
  const policy = page.headers.get('content-security-policy'), nonce = /style-src 'nonce-([\w+/=-]+)'/.exec(policy)[1];
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.doesNotMatch(policy, /unsafe|script-src|\*/);
  assert.equal(page.text.split('<style').length, 2);
  assert.ok(page.text.includes(`<style nonce="${nonce}">`));
  assert.doesNotMatch(page.text, /<(script|img|link|iframe|object|embed|base|form)\b|\son\w+=|\sstyle=|@import|url\(|src=/i);
  for (const [, href] of page.text.matchAll(/href="([^"]*)"/g)) assert.match(href, /^(#[\w]+|\/[\w./-]+)$/);
  assert.match(page.headers.get('content-type'), /^text\/html/);
  assert.equal(page.headers.get('x-content-type-options'), 'nosniff');
});

test('well formed: tags are closed in order, ids are unique, links on the page lead somewhere', () => {
  const open = [], ids = new Set();
  for (const [tag, close, name] of page.text.matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*>/g)) {
    if (['meta', 'br', 'input'].includes(name)) continue;
    if (close) assert.equal(open.pop(), name, tag); else open.push(name);
  }
  assert.deepEqual(open, []);
  for (const [, id] of page.text.matchAll(/ id="([^"]*)"/g)) { assert.ok(!ids.has(id), id); ids.add(id); }
  for (const [, id] of page.text.matchAll(/href="#([^"]*)"/g)) assert.ok(ids.has(id), id);
});

test('what is not served does not stand there; the public address does, escaped', async () => {
  const t = await start({ ALDGATE_SURFACES_ENABLED: 'auth', ALDGATE_SERVER_PUBLIC_URL: 'https://id.example/a&b' });
  try {
    const r = await fetch(t.base + '/docs'), text = await r.text();
    assert.doesNotMatch(text, /\/api\/v1\//);
    assert.ok(text.includes('https://id.example/a&amp;b/auth/login') && !text.includes('a&b'));
    assert.ok(text.includes('href="/a&amp;b/openapi.json"'));
  } finally { await t.end(); }
});
