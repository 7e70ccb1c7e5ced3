// Bodies that no client should send: 1-core.md, "Bodies". After each the server answers the next request as ever.
import { test, before, after } from 'node:test';
import { stage, assert, is, rawRequest, bytesOf, someone, someName, PASSWORD } from './lib.mjs';

let s, m;
before(async () => { s = await stage(); m = await s.signup(); });
after(() => s?.end());

const JSON_TYPE = { 'content-type': 'application/json' };
const post = (path, raw, headers = JSON_TYPE) => s.api('POST', path, undefined, { raw, headers });
const well = async (why) => { is(await s.me(m.access_token), 200, undefined, why); };
const ROWS = ['/auth/signup', '/auth/login', '/auth/token/refresh', '/auth/logout', '/auth/email/send-verification', '/auth/email/verify'];
const person = () => ({ email: someone(), password: PASSWORD });
const withText = (text) => { const p = person(); return `{"email":"${p.email}","password":"${p.password}"${text}}`; };

test('what is not JSON: 400 malformed, on every row', async () => {
  for (const path of ROWS)
    for (const raw of ['{', '}', '{"a"', '{"a":}', '{"a":1,}', "{'a':1}", '{a:1}', '{"a":1}{"b":2}', '{"a":1} x', '{"a":NaN}',
      '{"a":Infinity}', '{"a":01}', '{"a":+1}', '{"a":.5}', '{"a":"\t"}', '{"a":"\\x41"}',
      '{"a":"\\ud800"}', '{"a":"\\udc00\\ud800"}', '{"a":"\\u12"}', '{"a":tru}', '// x\n{}', '{"a":1 /* x */}', '\0', '{}\0', 'true false',
        '<xml/>', 'a=b', Buffer.from([0xff, 0xfe, 0x7b, 0, 0x7d, 0])])
      is(await post(path, raw), 400, 'malformed', `${path} ${raw}`);
  await well();
});

test('invalid UTF-8 in values and names: 400 malformed', async () => {
  for (const bytes of [[0xff], [0xc0, 0xaf], [0xe2, 0x28, 0xa1], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xc3]]) {
    const bad = Buffer.from(bytes), p = person();
    is(await post('/auth/signup', Buffer.concat([Buffer.from(`{"email":"${p.email}","password":"${PASSWORD}","full_name":"a`), bad,
      Buffer.from('"}')])), 400, 'malformed');
    is(await post('/auth/signup', Buffer.concat([Buffer.from(`{"email":"${p.email}","password":"${PASSWORD}","x`), bad,
      Buffer.from('":1}')])), 400, 'malformed');
    is(await s.api('POST', '/auth/signup', p), 201, undefined, 'neither made the account');
  }
});

test('duplicate members: 400 malformed, escaped and nested ones too; another case is another, unknown member', async () => {
  for (const text of [',"email":"x@example.com"', ',"em\\u0061il":"x@example.com"', ',"\\u0070assword":"other"',
    ',"role":"SELLER","ro\\u006ce":"ADMIN"', ',"x":1,"x":1', ',"x":{"y":1,"y":2}', ',"x":[{"y":1,"\\u0079":2}]'])
    is(await post('/auth/signup', withText(text)), 400, 'malformed', text);
  const r = is(await post('/auth/signup', withText(',"Role":"ADMIN","EMAIL":"x@example.com"')), 201);
  assert.equal(r.body.user.role, 'CUSTOMER');
});

test('only objects, and a body where one is needed', async () => {
  for (const path of ROWS.slice(0, 3))
    for (const raw of ['[]', '[{"email":"x@example.com"}]', 'null', '"x"', '5', 'true', '', ' ']) {
      const r = is(await post(path, raw), 400, undefined, `${path} ${raw}`);
      assert.ok(['malformed', 'invalid'].includes(r.body.code), r.text);
    }
  for (const path of ROWS.slice(0, 3)) is(await s.api('POST', path), 400, undefined, 'no body at all');
});

test('wrong types where strings belong: 400 with the field named', async () => {
  const values = [7, 1.5, true, {}, [], ['x']];
  for (const [path, fields] of [['/auth/signup', ['email', 'password', 'full_name', 'username', 'phone', 'role', 'device_id']],
    ['/auth/login', ['password', 'device_id', 'device_name']],
    ['/auth/token/refresh', ['refresh_token', 'device_id']], ['/auth/email/verify', ['token']]])
    for (const field of fields)
      for (const value of values) {
        const body = path === '/auth/signup' ? person() : path === '/auth/login' ? { email: m.email,
          password: PASSWORD } : path === '/auth/token/refresh' ? { refresh_token: 'x' } : {};
        const r = is(await s.api('POST', path, { ...body, [field]: value }), 400, 'invalid', `${path} ${field} ${JSON.stringify(value)}`);
        assert.ok(r.body.errors?.[field], r.text);
      }
});

test('U+0000 in any string: 400 with the field named', async () => {
  for (const [path, field, body] of [['/auth/signup', 'email', {}], ['/auth/signup', 'password', {}], ['/auth/signup', 'full_name', {}],
    ['/auth/signup', 'username', {}], ['/auth/signup', 'device_id', {}],
    ['/auth/login', 'password', { email: m.email }], ['/auth/login', 'device_id', { email: m.email, password: PASSWORD }],
      ['/auth/token/refresh', 'refresh_token', {}], ['/auth/logout', 'refresh_token', {}],
    ['/auth/email/verify', 'token', {}]]) {
    const whole = path === '/auth/signup' ? { ...person(), ...body } : body;
    for (const value of ['\0', PASSWORD + '\0', 'a\0b', m.refresh_token + '\0']) {
      const r = is(await s.api('POST', path, { ...whole, [field]: value }), 400, 'invalid', `${path} ${field}`);
      assert.ok(r.body.errors?.[field], r.text);
    }
  }
  is(await s.api('POST', '/auth/login', { identifier: m.email + '\0', password: PASSWORD }), 400, 'invalid');
  is(await post('/auth/signup', withText(',"\\u0000":1').replace('"password"', '"pass\\u0000word"')), 400, undefined,
    'in a name: not the member that it looks like');
});

test('nesting: 16 deep is read, 17 is 400 malformed, and so are 100,000', async () => {
  const deep = (n, open = '[', close = ']') => `,"x":${open.repeat(n)}${open === '[' ? '' : '1'}${close.repeat(n)}`;
  is(await post('/auth/signup', withText(deep(15))), 201);
  is(await post('/auth/signup', withText(deep(15, '{"a":', '}'))), 201);
  is(await post('/auth/signup', withText(deep(16))), 400, 'malformed');
  is(await post('/auth/signup', withText(deep(16, '{"a":', '}'))), 400, 'malformed');
  is(await post('/auth/signup', withText(`,"x":"${'['.repeat(100)}\\"${'{'.repeat(100)}"`)), 201, undefined,
    'brackets in a string are no nesting');
  is(await post('/auth/login', '['.repeat(60000)), 400, 'malformed');
  is(await post('/auth/login', '{"a":'.repeat(13000)), 400, 'malformed');
  await well();
});

test('size: 64 KiB is read, one byte more is 413', async () => {
  const padded = (size) => { const t = withText(',"x":""'); return t.replace('"x":""', `"x":"${'y'.repeat(size - t.length)}"`); };
  is(await post('/auth/signup', padded(65536)), 201);
  is(await post('/auth/signup', padded(65537)), 413, 'too_large');
  is(await post('/auth/signup', padded(300000)), 413, 'too_large');
  is(await post('/auth/signup', ' '.repeat(65537)), 413, 'too_large');
  await well();
});

test('Content-Type: application/json or none; others 415, forms too', async () => {
  const body = () => JSON.stringify(person());
  for (const type of ['application/json', 'application/json; charset=utf-8', 'APPLICATION/JSON', 'application/json;charset=UTF-8',
    undefined]) is(await post('/auth/signup', body(), type ? { 'content-type': type } : {}), 201, undefined, type);
  for (const path of ROWS.slice(0, 5))
    for (const type of ['text/plain', 'text/json', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x',
      'application/xml', 'application/jsonx', 'x', 'application/json, text/plain'])
      is(await post(path, body(), { 'content-type': type }), 415, 'unsupported_media_type', `${path} ${type}`);
  const p = person();
  is(await post('/auth/signup', `email=${p.email}&password=${PASSWORD}`, { 'content-type': 'application/x-www-form-urlencoded',
    origin: s.app.base }), 415, 'unsupported_media_type');
});

test('huge and odd numbers do no harm', async () => {
  for (const n of ['1e999', '-1e999', '1' + '0'.repeat(400), '0.' + '1'.repeat(5000), '1e-999999999', '9223372036854775808', '-0',
    '1E400']) {
    assert.ok((await post('/auth/signup', withText(`,"x":${n}`))).status < 500, n.slice(0, 20));
    const r = is(await post('/auth/login', `{"email":${n},"password":"x"}`), 400, undefined, n.slice(0, 20));
    assert.ok(['malformed', 'invalid'].includes(r.body.code));
  }
  await well();
});

test('each field far over its length: 400 or 401, at once, and nothing else', async () => {
  const long = 'x'.repeat(60000);
  for (const field of ['email', 'password', 'full_name', 'username', 'phone', 'role', 'device_id']) is(await s.api('POST', '/auth/signup',
    { ...person(), [field]: long }), 400, 'invalid', field);
  for (const body of [{ email: long }, { identifier: long }, { username: long }, { phone: long }]) {
    const r = await s.api('POST', '/auth/login', { ...body, password: PASSWORD });
    assert.ok([400, 401].includes(r.status), r.text);
  }
  const r = await s.api('POST', '/auth/login', { email: m.email, password: long });
  assert.ok([400, 401].includes(r.status), r.text);
});

test('text that means something elsewhere is only text here', async () => {
  const odd = ["'; drop table users; --", '${7*7}{{7*7}}', '<script>alert(1)</script>', '=cmd|x', '%s%n%x', '../../etc/passwd', '😀'];
  for (const full_name of odd) assert.equal((await s.signup({ full_name })).user.full_name, full_name);
  for (const identifier of [...odd, "' or '1'='1"]) {
    const r = await s.api('POST', '/auth/login', { identifier, password: PASSWORD });
    assert.ok(r.body.code === 'invalid_credentials' || r.body.code === 'invalid', r.text);
  }
  const keys = is(await s.api('POST', '/auth/signup', { ...person(), username: someName(), __proto__x: 1, constructor: { prototype: {} } }),
    201);
  assert.equal(keys.body.user.role, 'CUSTOMER');
});

test('log lines are single lines, whatever a client sends; addresses are masked in them', async () => {
  const email = someone('unmistakable');
  await rawRequest(s.app.port, bytesOf('POST', '/auth/login', { headers: ['User-Agent: evil\x9b2J agent " x=y'],
    body: { email, password: PASSWORD } }));
  await rawRequest(s.app.port, 'GET /users/%0d%0aFORGED-LINE HTTP/1.1\r\nHost: x\r\n\r\n');
  const bad = await s.api('GET', '/nowhere', undefined, { headers: { 'x-request-id': 'no good" x=y' } });
  assert.notEqual(bad.body.request_id, 'no good" x=y');
  const good = await s.api('GET', '/nowhere', undefined, { headers: { 'x-request-id': 'sane-id-42' } });
  assert.equal(good.body.request_id, 'sane-id-42');
  assert.ok(!s.app.log().includes(email), 'the whole address stands in the log');
  assert.doesNotMatch(s.app.log(), /[\x80-\x9f\x1b]/);
  assert.doesNotMatch(s.app.log(), /^FORGED-LINE/m);
});
