// An identity check from the applicant's side: what is taken, what is refused, and that nothing is left of what was.
import { test, before, after } from 'node:test';
import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { readdirSync, readlinkSync } from 'node:fs';
import { stage, assert, is, rawRequest, sleep, tally, until, POSTGRES } from './lib.mjs';
import { PNG, JPEG, WEBP, HEIC, PDF, PERSON, part, form, fields, papers, asJson } from './papers.mjs';

const MAX = 64 * 1024;
let s;
before(async () => { s = await stage({ ALDGATE_KYC_MAX_FILE: String(MAX) }); });
after(() => s?.end());
const V1 = '/api/v1/kyc/submit/', AUTH = '/auth/kyc/submit';
const submit = (m, o = papers(), path = V1) => s.api('POST', path, undefined, { bearer: m.access_token, ...o });
const status = async (m) => is(await s.api('GET', '/auth/kyc/status', undefined, { bearer: m.access_token }), 200).body;
const someoneNew = () => s.member();

test('who may: signed in, with a proven address', async () => {
  for (const path of [V1, AUTH]) {
    is(await s.api('POST', path, undefined, papers()), 401);
    is(await submit(await s.signup({ device_id: 'x' }).then((m) => (m.access_token ? m : { access_token: 'x' })), papers(), path), 403, 'email_not_verified');
  }
  is(await s.api('GET', '/api/v1/kyc/status/'), 401);
});

test('a form and JSON are one submission, told as it was taken', async () => {
  const files = { front: PNG, back: JPEG, selfie: WEBP };
  for (const [path, send] of [[V1, papers(files)], [AUTH, papers(files)], [V1, asJson(files)], [AUTH, asJson(files)]]) {
    const m = await someoneNew(), before = Date.now() - 1000;
    assert.equal((await status(m)).kyc_status, 'none');
    const r = is(send.raw ? await submit(m, send, path) : await s.api('POST', path, send, { bearer: m.access_token }), 201).body;
    assert.deepEqual(Object.keys(r), ['id', 'status', 'documents', 'submitted_at']);
    assert.deepEqual(r.documents.map((d) => [d.kind, d.content_type, d.size, d.sha256]), [['front', PNG, 'png'], ['back', JPEG, 'jpeg'], ['selfie', WEBP, 'webp']]
      .map(([kind, bytes, type]) => [kind, 'image/' + type, bytes.length, createHash('sha256').update(bytes).digest('hex')]));
    assert.ok(Date.parse(r.submitted_at) >= before);
    const st = await status(m), v1 = is(await s.api('GET', '/api/v1/kyc/status/', undefined, { bearer: m.access_token }), 200).body;
    assert.deepEqual(st, { kyc_status: 'pending', application_id: r.id, reason: null, resubmit: [], submitted_at: r.submitted_at, decided_at: null, expires_at: null });
    assert.deepEqual(v1, st);
    assert.equal(is(await s.me(m.access_token), 200).body.kyc_status, 'pending');
    is(await submit(m, papers(), path), 409, 'kyc_pending');
    await s.box.find(m.email, (mail) => /papers/i.test(mail.subject));
  }
});

test('every type that is taken, by content and not by name or claim', async () => {
  for (const [bytes, type] of [[PNG, 'image/png'], [JPEG, 'image/jpeg'], [WEBP, 'image/webp'], [HEIC, 'image/heic'], [PDF, 'application/pdf']]) {
    const file = part('front', bytes, { filename: 'x.svg', type: 'text/html' });
    assert.equal(is(await submit(await someoneNew(), papers([file])), 201).body.documents[0].content_type, type);
  }
});

test('each field: missing, wrong, and at its limit', async () => {
  const now = new Date(), [year, month] = [now.getUTCFullYear(), now.getUTCMonth()];
  /** The birthday of who is so old in so many days; who was born on a day that a year lacks had it the day before. */
  const day = (years, days) => {
    const born = new Date(Date.UTC(year - years, month, now.getUTCDate() + days));
    if (!days && born.getUTCMonth() !== month) born.setUTCDate(0);
    return born.toISOString().slice(0, 10);
  };
  const rows = [
    ['full_name', null], ['full_name', ''], ['full_name', 'a'.repeat(201)], ['full_name', 'a\u0007b'], ['full_name', 'a\u202eb'],
    ['date_of_birth', null], ['date_of_birth', '1990-02-30'], ['date_of_birth', '1990-13-01'], ['date_of_birth', '1990-2-3'], ['date_of_birth', '28.02.1990'],
    ['date_of_birth', '1990-02-28T00:00:00Z'], ['date_of_birth', day(18, 2)], ['date_of_birth', day(-1, 0)], ['date_of_birth', '1850-01-01'],
    ['date_of_birth', '1900-02-29'], ['date_of_birth', '-990-01-01'],
    ['country', null], ['country', 'es'], ['country', 'XX'], ['country', 'ESP'], ['country', 'UK'], ['country', ' E'],
    ['document_type', null], ['document_type', 'library_card'], ['document_type', 'Passport'],
    ['document_number', 'x'.repeat(65)], ['document_number', 'a\tb'],
  ];
  const m = await someoneNew();
  for (const [name, value] of rows) {
    const r = is(await submit(m, papers({ front: PNG }, { [name]: value })), 400, 'invalid', `${name} ${value}`);
    assert.deepEqual(Object.keys(r.body.errors), [name], `${value} ${r.text}`);
    assert.ok(r.body[name], 'at the top level too on v1');
  }
  const all = is(await submit(m, papers({ back: PNG }, { full_name: null, country: 'XX' })), 400, 'invalid').body.errors;
  assert.deepEqual(Object.keys(all).sort(), ['country', 'front', 'full_name'], 'all at once');
  const both = is(await submit(m, papers({ front: Buffer.from('<svg/>') }, { country: 'XX' })), 400, 'invalid').body.errors;
  assert.deepEqual(Object.keys(both).sort(), ['country', 'front'], 'fields and files too');
  assert.equal((await status(m)).kyc_status, 'none');
  is(await submit(m, papers({ front: PNG }, { full_name: 'ü'.repeat(200), date_of_birth: day(18, 0), country: 'GB', document_type: 'residence_permit',
    document_number: 'x'.repeat(64) })), 201);
});

/** name → [how it is sent, status, code, the field that is wrong]. */
const file = (bytes, o = {}) => papers([part('front', bytes, { filename: 'a.jpg', type: 'image/jpeg', ...o })]);
const raw = (body, type = 'multipart/form-data; boundary=b') => ({ raw: Buffer.from(body), headers: { 'content-type': type } });
const bad = (bytes) => [file(bytes), 400, 'invalid', 'front'];
const broken = (o) => [o, 400, 'malformed'];
const HTML = '<!DOCTYPE html><html><script>alert(1)</script></html>', SVG = '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>';
const hostile = {
  'nothing in it': bad(''),
  'one byte': bad('\xff'),
  'SVG named .jpg': bad(SVG),
  'HTML named .jpg': bad(HTML),
  'a script': bad('#!/bin/sh\nrm -rf /\n'),
  'plain text': bad('hello'),
  'zeroes': bad(Buffer.alloc(5000)),
  'GIF': bad('GIF89a\x01\0\x01\0\0\0\0;'),
  'BMP': bad(Buffer.from('424d3a000000000000003600000028000000010000000100000001001800', 'hex')),
  'TIFF': bad(Buffer.from('49492a0008000000', 'hex')),
  'ZIP': bad(Buffer.from('504b03040a0000000000', 'hex')),
  'ELF': bad(Buffer.from('7f454c46020101000000000000000000', 'hex')),
  'gzip': bad(Buffer.from('1f8b0800000000000003', 'hex')),
  'MP4': bad(Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypisom\0\0\0\0isomiso2'), Buffer.alloc(64)])),
  'WAV in the place of WebP': bad('RIFF\x24\0\0\0WAVEfmt '),
  'a cut PNG mark': bad(PNG.subarray(0, 7)),
  'HTML, then a PDF': bad(HTML + PDF),
  'white space, then a PDF': bad(Buffer.concat([Buffer.from('\n'), PDF])),
  'ZIP, then a JPEG': bad(Buffer.concat([Buffer.from('504b03040a0000000000', 'hex'), JPEG])),
  'one byte over the limit': [file(Buffer.concat([PNG, Buffer.alloc(MAX + 1 - PNG.length)])), 413, 'too_large'],
  'six papers': [papers(Array.from({ length: 6 }, () => ['front', PNG])), 400, 'invalid', 'documents'],
  'an unknown kind': [papers([['front', PNG], ['passport', PNG]]), 400, 'invalid', 'documents'],
  'a kind with a path': [papers([['front', PNG], ['../front', PNG]]), 400, 'invalid', 'documents'],
  'a file in the place of a field': [form([...fields({ country: null }), part('country', PNG, { filename: 'c' }), part('front', PNG, { filename: 'f' })]),
    400, 'invalid', 'country'],
  'a field in the place of a file': [form([...fields(), part('front', PNG)]), 400, 'invalid', 'front'],
  'NUL in the name': broken(file(PNG, { filename: 'a\0.jpg' })),
  'CR LF in the name': broken(file(PNG, { filename: 'a\r\nX: y' })),
  'a lone CR in the name': broken(file(PNG, { filename: 'a\rb' })),
  'a name that is not UTF-8': broken({ ...papers(), raw: Buffer.from(papers().raw.toString('latin1').replace('front.png', '\xff\xfe'), 'latin1') }),
  '100 KiB of name': broken(file(PNG, { filename: 'a'.repeat(100 * 1024) })),
  'filename*': broken(file(PNG, { head: ["Content-Disposition: form-data; name=front; filename*=utf-8''a.jpg"] })),
  'two names': broken(file(PNG, { head: ['Content-Disposition: form-data; name="front"; name="back"; filename="x"'] })),
  'no name': broken(file(PNG, { head: ['Content-Disposition: form-data; filename="x"'] })),
  'base64 as transfer encoding': broken(file(PNG.toString('base64'), { head: ['Content-Disposition: form-data; name="front"; filename="x"',
    'Content-Transfer-Encoding: base64'] })),
  'a head of 8 KiB and one': broken(file(PNG, { head: ['X-Long: ' + 'x'.repeat(8192), 'Content-Disposition: form-data; name="front"; filename="x"'] })),
  'no parts': broken(raw('--b--\r\n')),
  'an empty body': [raw(''), 400, 'invalid', 'front'],
  'no last boundary': broken(raw('--b\r\nContent-Disposition: form-data; name="full_name"\r\n\r\nAda\r\n')),
  'text before the first boundary': broken(raw('x\r\n--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--\r\n')),
  'text behind the last boundary': broken(raw('--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--\r\nmore')),
  'a field twice': broken(form([...fields(), part('country', 'FR'), part('front', PNG, { filename: 'f' })])),
  'seventeen fields': broken(form(Array.from({ length: 17 }, (_, i) => part('f' + i, '1')))),
  'a field of 5 KiB': broken(form([...fields(), part('full_name_', 'x'.repeat(5 * 1024))])),
  'no boundary': [raw('--b--', 'multipart/form-data'), 415, 'unsupported_media_type'],
  'a boundary of 71': [raw('--b--', 'multipart/form-data; boundary=' + 'b'.repeat(71)), 415, 'unsupported_media_type'],
  'another form': [raw('a=b', 'application/x-www-form-urlencoded'), 415, 'unsupported_media_type'],
  'a picture as the body': [raw(PNG, 'image/png'), 415, 'unsupported_media_type'],
  'JSON that is none': [raw('{"full_name"', 'application/json'), 400, 'malformed'],
  'JSON deeper than 16': [raw('{"documents":' + '['.repeat(40) + ']'.repeat(40) + '}', 'application/json'), 400, 'malformed'],
  'documents that are no list': [raw(JSON.stringify({ ...PERSON, documents: { front: 'x' } }), 'application/json'), 400, 'invalid', 'documents'],
  'a document that is no object': [raw(JSON.stringify({ ...PERSON, documents: ['x'] }), 'application/json'), 400, 'invalid', 'documents'],
  'base64 with a line end in it': [raw(JSON.stringify({ ...asJson(), documents: [{ kind: 'front', data_base64: 'iVBO\nRw0K' }] }), 'application/json'), 400,
    'invalid', 'documents'],
};

/** What the server holds open and has lying about: spools have no name, so they are looked for among its descriptors. */
function belongings() {
  const fds = `/proc/${s.app.child.pid}/fd`, open = readdirSync(fds).map((fd) => { try { return readlinkSync(`${fds}/${fd}`); } catch { return ''; } });
  return { files: readdirSync(s.app.dir).filter((f) => !/-(wal|shm)$/.test(f)).sort(), spools: open.filter((p) => p.startsWith(s.app.dir) && p.includes('deleted')).length };
}
async function nothingLeft(m, before) {
  assert.deepEqual((await status(m)).kyc_status, 'none');
  await until(() => !belongings().spools, 'a spool is left');
  assert.deepEqual(belongings(), before);
}

test('hostile bodies get their documented answer, and nothing is left of them', async () => {
  assert.ok(Object.keys(hostile).length >= 40);
  const m = await someoneNew(), before = belongings();
  for (const [name, [send, want, code, field]] of Object.entries(hostile)) {
    const r = is(await submit(m, send), want, code, name);
    if (field) assert.ok(r.body.errors[field], `${name}: ${r.text}`);
  }
  await nothingLeft(m, before);
  is(await submit(m), 201, undefined, 'and the same account is none the worse for it');
});

test('harmless though strange: names of any kind, junk behind a picture', async () => {
  for (const filename of ['../../../etc/passwd', 'x'.repeat(1000), '%00.jpg', '', 'con', 'é😀.png', '; rm -rf'])
    is(await submit(await someoneNew(), file(PNG, { filename })), 201, undefined, filename);
  for (const bytes of [Buffer.concat([PNG, Buffer.from(HTML)]), Buffer.concat([PNG, Buffer.alloc(MAX - PNG.length)])])
    assert.equal(is(await submit(await someoneNew(), file(bytes)), 201).body.documents[0].size, bytes.length);
});

const head = (m, lines) => `POST ${V1} HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer ${m.access_token}\r\n${lines.join('\r\n')}\r\n\r\n`;
const chunked = (bytes, size = 60000) => {
  const out = [];
  for (let i = 0; i < bytes.length; i += size) { const c = bytes.subarray(i, i + size); out.push(Buffer.from(c.length.toString(16) + '\r\n'), c, Buffer.from('\r\n')); }
  return Buffer.concat([...out, Buffer.from('0\r\n\r\n')]);
};

test('chunked: the same limits, a body without an end is refused at them', async () => {
  const m = await someoneNew(), before = belongings(), over = file(Buffer.concat([PNG, Buffer.alloc(MAX + 1 - PNG.length)]));
  const type = (o) => [`Content-Type: ${o.headers['content-type']}`, 'Transfer-Encoding: chunked'];
  is(await rawRequest(s.app.port, Buffer.concat([Buffer.from(head(m, type(over))), chunked(over.raw)])), 413, 'too_large');
  const endless = Buffer.concat([Buffer.from(head(m, type(over))), chunked(Buffer.alloc(5 * MAX + 512 * 1024, 65)).subarray(0, -5)]);
  is(await rawRequest(s.app.port, endless), 413, 'too_large');
  is(await rawRequest(s.app.port, head(m, [...type(over).slice(0, 1), `Content-Length: ${5 * MAX + 512 * 1024}`])), 413, 'too_large');
  is(await rawRequest(s.app.port, head(m, ['Content-Type: application/json', `Content-Length: ${8 * 1024 * 1024 + 1}`])), 413, 'too_large');
  await nothingLeft(m, before);
  const good = papers({ front: Buffer.concat([PNG, Buffer.alloc(MAX - PNG.length)]) });
  is(await rawRequest(s.app.port, Buffer.concat([Buffer.from(head(m, type(good))), chunked(good.raw)])), 201);
});

test('gone at 99 %, and dripping: nothing is left, others are served', async () => {
  const m = await someoneNew(), before = belongings(), big = papers({ front: Buffer.concat([PNG, Buffer.alloc(MAX - PNG.length)]), back: Buffer.concat([PNG, Buffer.alloc(MAX - 99)]) });
  const bytes = Buffer.concat([Buffer.from(head(m, [`Content-Type: ${big.headers['content-type']}`, `Content-Length: ${big.raw.length}`])), big.raw]);
  for (let i = 0; i < 5; i++)
    await new Promise((ok) => { const c = connect(s.app.port, '127.0.0.1'); c.on('error', ok).on('close', ok);
      c.write(bytes.subarray(0, Math.floor(bytes.length * 0.99)), () => setTimeout(() => c.destroy(), 50)); });
  const slow = connect(s.app.port, '127.0.0.1').on('error', () => {});
  slow.write(bytes.subarray(0, 100000));
  for (let i = 0; i < 10; i++) { slow.write(bytes.subarray(100000 + i, 100001 + i)); await sleep(20); }
  await until(() => belongings().spools === 1, 'it waits in a file without a name');
  is(await s.login(m.email), 200);
  slow.destroy();
  await nothingLeft(m, before);
});

test('who opens more than four uploads at once closes them to nobody else', async () => {
  const m = await someoneNew(), t = {}, open = [], type = ['Content-Type: multipart/form-data; boundary=b', 'Content-Length: 40000'];
  for (let i = 0; i < 70; i++) {
    const c = connect(s.app.port, '127.0.0.1').on('error', () => {}).on('data', (d) => { const k = String(d).slice(9, 12); t[k] = (t[k] ?? 0) + 1; });
    c.write(head(m, type) + '--b\r\n');
    open.push(c);
  }
  await until(() => (t[429] ?? 0) >= 66, () => JSON.stringify(t));
  assert.deepEqual(t, { 429: 66 });
  is(await submit(await someoneNew()), 201);
  for (const c of open) c.destroy();
});

test('ten submissions at once of one person: one is taken', async () => {
  const m = await someoneNew();
  const t = tally(await Promise.all(Array.from({ length: 10 }, () => submit(m))));
  assert.equal(t[201], 1, JSON.stringify(t));
  assert.equal((t[409] ?? 0) + (t[429] ?? 0), 9, JSON.stringify(t));
});

test('papers lie nowhere in plain', { skip: !!POSTGRES }, async () => {
  const mark = 'MARKER-' + Math.random(), m = await someoneNew();
  is(await submit(m, papers({ front: Buffer.concat([PNG, Buffer.from(mark)]) }, { document_number: mark })), 201);
  const { readFileSync } = await import('node:fs');
  for (const f of readdirSync(s.app.dir)) {
    let bytes;
    try { bytes = readFileSync(`${s.app.dir}/${f}`); } catch { continue; }
    assert.equal(bytes.includes(mark), false, f);
  }
});
