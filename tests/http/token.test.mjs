// Access tokens: forgeries (the security cases A), the four algorithms, claims and skew, and the one answer to all that is refused.
import { test, before, after } from 'node:test';
import { createHmac, createPublicKey, generateKeyPairSync, sign, verify as check } from 'node:crypto';
import { stage, assert, is, rawRequest, bytesOf, header, claims, encode } from './lib.mjs';

const SECRET = 'an hs256 secret, taken byte for byte, ümlaut';
const stages = {}, people = {};
before(async () => {
  for (const alg of ['ES256', 'EdDSA', 'RS256', 'HS256']) {
    stages[alg] = await stage({ ALDGATE_TOKEN_ALG: alg, ...(alg === 'HS256' ? { ALDGATE_TOKEN_HS256_SECRET: SECRET } : {}) });
    people[alg] = await stages[alg].signup();
  }
});
after(async () => { for (const s of Object.values(stages)) await s.end(); });

const bodies = new Set();
/** The token opens nothing, and the answer is the one that all others get. */
async function refused(s, token, why) {
  const r = is(await s.me(token), 401, 'invalid_token', why);
  assert.match(r.headers.get('www-authenticate'), /^Bearer/);
  delete r.body.request_id;
  bodies.add(JSON.stringify(r.body));
  assert.equal(bodies.size, 1, 'a constant body');
}
const hmac = (key, text, alg = 'sha256') => createHmac(alg, key).update(text).digest('base64url');
const jwks = async (s) => (await s.api('GET', '/.well-known/jwks.json')).body.keys;
const DIGEST = { ES256: ['sha256', { dsaEncoding: 'ieee-p1363' }], EdDSA: [null, {}], RS256: ['sha256', {}] };

for (const alg of ['ES256', 'EdDSA', 'RS256'])
  test(`token.alg=${alg}: the JWKS verifies the token, and holds no private member`, async () => {
    const token = people[alg].access_token, h = header(token), keys = await jwks(stages[alg]);
    assert.deepEqual([h.alg, h.typ], [alg, 'at+jwt']);
    for (const k of keys) for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) assert.ok(!(secret in k), secret);
    const jwk = keys.find((k) => k.kid === h.kid);
    assert.deepEqual([jwk.alg, jwk.use], [alg, 'sig']);
    const [a, b, c] = token.split('.'), [digest, how] = DIGEST[alg];
    assert.ok(check(digest, Buffer.from(`${a}.${b}`), { key: createPublicKey({ key: jwk, format: 'jwk' }), ...how },
      Buffer.from(c, 'base64url')));
    if (alg === 'RS256') assert.ok(Buffer.from(jwk.n, 'base64url').length >= 384, '3072 bits at least');
    is(await stages[alg].me(token), 200);
  });

test('token.alg=HS256: signed with the secret as written, and the JWKS does not show it', async () => {
  const [a, b, c] = people.HS256.access_token.split('.');
  assert.equal(hmac(SECRET, `${a}.${b}`), c);
  for (const k of await jwks(stages.HS256)) assert.ok(k.kty !== 'oct' && !('k' in k));
});

test('A1–A2: HS256, 384, 512 signed with every form of the public key, or with none', async () => {
  for (const alg of ['ES256', 'RS256', 'EdDSA']) {
    const s = stages[alg], [h, body] = people[alg].access_token.split('.'), head = header(people[alg].access_token);
    const jwk = (await jwks(s)).find((k) => k.kid === head.kid), key = createPublicKey({ key: jwk, format: 'jwk' });
    const pem = key.export({ type: 'spki', format: 'pem' }), forms = ['', pem, pem.trim(), key.export({ type: 'spki', format: 'der' }),
      JSON.stringify(jwk), jwk.x ?? jwk.n,
      Buffer.from(jwk.x ?? jwk.n, 'base64url'), head.kid, '\0'];
    if (alg === 'RS256') forms.push(key.export({ type: 'pkcs1', format: 'pem' }), key.export({ type: 'pkcs1', format: 'der' }));
    for (const [hs, digest] of [['HS256', 'sha256'], ['HS384', 'sha384'], ['HS512', 'sha512']])
      for (const form of forms) {
        const text = encode({ ...head, alg: hs }) + '.' + body;
        await refused(s, `${text}.${hmac(form, text, digest)}`, `${alg} as ${hs}`);
      }
    assert.ok(h);
  }
});

test('A3: alg none in all spellings, missing, of other types; typ missing or other', async () => {
  const s = stages.ES256, token = people.ES256.access_token, [, body, sig] = token.split('.'), h = header(token);
  for (const alg of ['none', 'None', 'nOnE', 'NONE', '', null, ['ES256'], 0, true, undefined, 'es256', 'ES384', 'RS256', 'PS256', 'EdDSA'])
    for (const tail of ['', sig]) await refused(s, `${encode({ ...h, alg })}.${body}.${tail}`, `alg ${JSON.stringify(alg)}`);
});

test('A4: keys in the header are not believed', async () => {
  const s = stages.ES256, token = people.ES256.access_token, [, body] = token.split('.'), h = header(token);
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' }), jwk = publicKey.export({ format: 'jwk' });
  for (const extra of [{ jwk }, { jwk, kid: undefined }, { jku: 'http://127.0.0.1:1/k' }, { x5u: 'http://127.0.0.1:1/k' },
    { x5c: ['AAAA'] }, {}]) {
    const text = encode({ ...h, ...extra }) + '.' + body;
    await refused(s, `${text}.${sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`,
      Object.keys(extra).join());
  }
});

test('A5: kid is only a name', async () => {
  const s = stages.HS256, p = people.HS256, h = header(p.access_token), body = p.access_token.split('.')[1];
  for (const kid of ['../../../../dev/null', "' UNION SELECT 'x", "x' OR '1'='1", '', 'a\u0000b', {}, [], 5, null, 'k'.repeat(5000),
    '|id']) {
    for (const key of ['', 'x', SECRET]) {
      if (key === SECRET && (kid === null || kid === '')) continue;
      const text = encode({ ...h, kid }) + '.' + body;
      await refused(s, `${text}.${hmac(key, text)}`, `kid ${JSON.stringify(kid).slice(0, 40)}`);
    }
  }
});

test('A6–A7: ES256 signatures of zeros, the order, other sizes and DER', async () => {
  const s = stages.ES256, token = people.ES256.access_token, [a, b, c] = token.split('.'), good = Buffer.from(c, 'base64url');
  const n = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex'), zero = Buffer.alloc(32),
    one = Buffer.alloc(32, 0);
  one[31] = 1;
  const der = Buffer.concat([Buffer.from([0x30, 68, 2, 32]), good.subarray(0, 32), Buffer.from([2, 32]), good.subarray(32)]);
  for (const sig of [Buffer.alloc(0), Buffer.concat([zero, zero]), Buffer.concat([n, good.subarray(32)]),
    Buffer.concat([good.subarray(0, 32), n]), Buffer.concat([zero, one]), Buffer.concat([one, zero]),
    der, good.subarray(0, 63), Buffer.concat([good, zero.subarray(0, 1)]), Buffer.alloc(100), Buffer.alloc(6000, 1)]) await refused(s,
      `${a}.${b}.${sig.toString('base64url')}`, `${sig.length} bytes`);
  for (const sig of [c + '=', c + '==', ' ' + c, c.slice(0, -1) + '!', c + 'A', c.slice(1)]) await refused(s, `${a}.${b}.${sig}`.trim(),
    sig);
  for (const size of [21830, 1 << 20]) {
    const r = await rawRequest(s.app.port, bytesOf('GET', '/users/me',
      { headers: [`Authorization: Bearer ${a}.${b}.${'A'.repeat(size)}`] }));
    assert.ok([401, 431].includes(r.status) || r.closed, `${size}: ${r.status}`);
  }
});

test('any changed character ends it: header, claims, signature', async () => {
  const s = stages.EdDSA, token = people.EdDSA.access_token, [a, b, c] = token.split('.');
  await refused(s, `${a}.${encode({ ...claims(token), role: 'ADMIN' })}.${c}`, 'role');
  for (let i = 0; i < token.length - 1; i += 17) if (token[i] !== '.') await refused(s,
    token.slice(0, i) + (token[i] === 'A' ? 'B' : 'A') + token.slice(i + 1), `at ${i}`);
  for (const cut of [1, 2, 3, 10, c.length, c.length + 1]) await refused(s, token.slice(0, -cut), `less ${cut}`);
});

test('A8–A10: dots, five parts, JSON serialisation, and other things that are no token', async () => {
  const s = stages.ES256, token = people.ES256.access_token, [a, b, c] = token.split('.');
  const zip = `${encode({ alg: 'PBES2-HS256+A128KW', enc: 'A128GCM', zip: 'DEF', p2c: 2147483647, p2s: 'AAAA' })}.AAAA.AAAA.AAAA.AAAA`;
  for (const t of ['.', '..', '...', '.'.repeat(5000), zip, JSON.stringify({ protected: a, payload: b, signature: c }), `${token}.`,
    `.${token}`, `${token}.${c}`, `${a}.${b}`, `${a}..${c}`, `.${b}.${c}`, 'null', '{}',
    people.ES256.refresh_token, people.EdDSA.access_token, people.HS256.access_token]) await refused(s, t, t.slice(0, 30));
  const r = await rawRequest(s.app.port, bytesOf('GET', '/users/me', { headers: ['Authorization: Bearer ' + '.'.repeat(1 << 20)] }));
  assert.ok([401, 431].includes(r.status) || r.closed, `${r.status}`);
});

test('A11: rightly signed, but not what may be taken; 30 s of skew; crit, unknown typ and duplicate members', async () => {
  const s = stages.HS256, token = people.HS256.access_token, h = header(token), c = claims(token), now = Math.floor(Date.now() / 1000);
  const mint = (head, body) => { const text = `${encode(head)}.${encode(body)}`; return `${text}.${hmac(SECRET, text)}`; };
  is(await s.me(mint(h, c)), 200, undefined, 'the minting itself is right');
  is(await s.me(mint(h, { ...c, iat: now - 900, exp: now - 5 })), 200, undefined, 'within the skew');
  const own = JSON.stringify(c).slice(0, -1), top = JSON.stringify(h).slice(0, -1);
  for (const [why, head, body] of [
    ['expired', h, { ...c, exp: now - 40 }], ['no exp', h, { ...c, exp: undefined }], ['exp a string', h, { ...c, exp: String(c.exp) }],
      ['exp null', h, { ...c, exp: null }],
    ['exp 1e308', h, own.replace(/"exp":\d+/, '"exp":1e308') + '}'], ['exp 1e999', h, own.replace(/"exp":\d+/, '"exp":1e999') + '}'],
      ['exp negative', h, { ...c, exp: -1 }],
    ['not yet', h, { ...c, nbf: now + 120 }], ['other iss', h, { ...c, iss: 'https://evil.example' }],
      ['iss prefix', h, { ...c, iss: c.iss + '.evil' }], ['no iss', h, { ...c, iss: undefined }],
    ['other aud', h, { ...c, aud: 'https://evil.example' }], ['aud prefix', h, { ...c, aud: c.aud + '/x' }],
      ['aud cut', h, { ...c, aud: c.aud.slice(0, -1) }], ['aud list of another', h, { ...c, aud: ['x'] }],
    ['no aud', h, { ...c, aud: undefined }], ['sid unknown', h, { ...c, sid: '0190a000-0000-7000-8000-000000000000' }],
      ['sid no id', h, { ...c, sid: 'x' }], ['sid missing', h, { ...c, sid: undefined }],
    ['sid a number', h, { ...c, sid: 7 }], ["another's sid", h, { ...c, sub: '0190a000-0000-7000-8000-000000000000' }],
      ['sub missing', h, { ...c, sub: undefined }],
    ['crit', { ...h, crit: ['exp'] }, c], ['crit empty', { ...h, crit: [] }, c], ['typ JWT', { ...h, typ: 'JWT' }, c],
      ['no typ', { ...h, typ: undefined }, c], ['typ of another use', { ...h, typ: 'verify+jwt' }, c],
    ['typ list', { ...h, typ: ['at+jwt'] }, c], ['duplicate in the claims', h, own + `,"role":"ADMIN"}`],
      ['escaped duplicate', h, own + `,"ro\\u006ce":"ADMIN"}`], ['duplicate in the header', top + `,"alg":"HS256"}`, c],
    ['no object', h, '[]'], ['no JSON', h, 'x'], ['empty', h, ''], ['junk behind', h, own + '} {}'],
      ['invalid UTF-8', h, Buffer.from([0x7b, 0xff, 0x7d])],
  ]) await refused(s, mint(head, body), why);
  is(await s.me(token), 200);
});

test('Authorization: malformed ones are 401, the scheme is read in any case', async () => {
  const s = stages.ES256, token = people.ES256.access_token;
  const at = async (value) => s.api('GET', '/users/me', undefined, { headers: { authorization: value } });
  for (const value of ['Bearer', 'Bearer ', 'Basic dTpw', 'Token ' + token, token, `Bearer ${token} x`, `Bearer ${token},${token}`,
    `Bearer "${token}"`, `Bearer${token}`, `Bearer=${token}`, 'Bearer \u00e9', 'Bearer %00',
    `Basic ${token}`, ', Bearer ' + token]) {
    const r = await at(value);
    assert.equal(r.status, 401, value);
    assert.ok(['invalid_token', 'not_authenticated'].includes(r.body.code), r.text);
  }
  is(await s.api('GET', '/users/me'), 401, 'not_authenticated');
  is(await at(`bearer ${token}`), 200);
  is(await s.api('GET', '/users/me?access_token=' + token), 401, 'not_authenticated', 'no tokens in URLs');
  const two = await rawRequest(s.app.port, bytesOf('GET', '/users/me', { headers: [`Authorization: Bearer ${token}`,
    'Authorization: Bearer x'] }));
  assert.ok([400, 401].includes(two.status), `two headers: ${two.status}`);
});

test('restarts keep the keys, and the JWKS may be cached', async () => {
  const s = stages.ES256, before = await jwks(s);
  await s.app.restart();
  const r = await s.api('GET', '/.well-known/jwks.json');
  assert.deepEqual(r.body.keys.map((k) => k.kid).sort(), before.map((k) => k.kid).sort());
  assert.match(r.headers.get('cache-control'), /max-age=[1-9]/);
  is(await s.me(people.ES256.access_token), 200);
});

test('token.audience and token.access_ttl', async () => {
  const s = await stage({ ALDGATE_TOKEN_AUDIENCE: 'https://api.example', ALDGATE_TOKEN_ACCESS_TTL: '60s' });
  try {
    const m = await s.signup(), c = claims(m.access_token);
    assert.equal(c.aud, 'https://api.example');
    assert.ok(m.expires_in >= 57 && m.expires_in <= 60, `${m.expires_in}`);
    is(await s.me(m.access_token), 200);
  } finally { await s.end(); }
});
