// Every row of `aldgate routes` against every kind of bearer that must not open it. What is expected follows from the row's own access and needs;
// the exceptions stand below, and a row that neither explains fails.
import { test, before, after } from 'node:test';
import { createHmac } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { stage, assert, is, BIN, claims, header, encode, someone, somePhone, someName, PASSWORD, WRONG } from './lib.mjs';
import { guarded } from './factor.mjs';
import { resolve } from './shape.mjs';

const SECRET = 'an HS256 secret, so that the test can make expired tokens';
const NOBODY = '0190a000-0000-7000-8000-000000000000';
let s, routes, document;
before(async () => {
  s = await stage({ ALDGATE_TOKEN_ALG: 'HS256', ALDGATE_TOKEN_HS256_SECRET: SECRET, ALDGATE_MFA_REQUIRED_ROLES: 'SELLER' });
  routes = JSON.parse(execFileSync(BIN, ['routes', '--json'], { encoding: 'utf8', env: s.app.env }));
  document = (await s.api('GET', '/openapi.json')).body;
});
after(() => s?.end());

const keyOf = (r) => `${r.method} ${r.path}`;
/** The path of the row, with this id in it. */
const pathOf = (r, id = NOBODY) => r.path.replace('{require}', 'session').replace('{rest}', '').replace(/\{\w+\}/g, id);
const roles = (r) => r.needs.split(',').filter((n) => n.startsWith('role:')).flatMap((n) => n.slice(5).split('|'));
const needs = (r, word) => r.needs.split(',').includes(word);
const badToken = (r) => [401, r.surface === 'v1' ? 'token_not_valid' : 'invalid_token'];

/* ---- what is sent: an empty object, but where another proof than a bearer must be ruled out first ---- */

const BODY = {
  'POST /auth/2fa/verify': { code: '123456' },
  'POST /auth/otp/send': { channel: 'email' },
  'POST /auth/otp/verify': { code: '123456', challenge_id: NOBODY },
};
const PAGES = ['/reset', '/undo', '/restore'];
const ask = (r, bearer, { id, body } = {}) =>
  s.api(r.method, pathOf(r, id), r.method === 'GET' ? undefined : (body ?? BODY[keyOf(r)] ?? {}), { bearer,
    headers: PAGES.includes(r.path) ? { accept: 'text/html' } : {}, check: !r.path.includes('{require}') });

/* ---- what is expected ---- */

/** Public rows look at no bearer: 400 for an empty body, but these. */
const PUBLIC = {
  'GET /healthz': 200, 'GET /readyz': 200, 'GET /.well-known/jwks.json': 200, 'GET /openapi.json': 200, 'GET /docs': 200, 'GET /metrics': 200, 'GET /': 200,
  ...Object.fromEntries(PAGES.map((p) => ['GET ' + p, 400])), // which have no code
  'POST /api/v1/kyc/webhook': [401, 'invalid_signature'],
};
/** A code that is typed is a proof by itself: whoever types it, it is wrong. */
const PROOF = { 'POST /auth/otp/verify': [400, 'invalid_code'] };
/** Open to who has yet to set up the second factor that the role demands: 7-states.md, "The order of a sign-in". */
const ENROLLING = ['GET /users/me', 'GET /api/v1/profile', 'GET /api/v1/me', 'GET /api/users/me', 'POST /auth/otp/send', 'POST /auth/otp/verify', 'POST /auth/2fa/enable',
  'POST /auth/2fa/verify', 'POST /auth/logout'];

const opened = (r) => [r.access === 'public' ? PUBLIC[keyOf(r)] ?? [400, 'invalid'] : PROOF[keyOf(r)] ?? [401, 'not_authenticated']].flat();
const refused = (by) => (r) => (r.access === 'public' ? opened(r) : PROOF[keyOf(r)] ?? by(r));
/** Only what the row demands is asked: null means that this bearer may pass, and is not tried. */
const demanded = (by) => (r) => (r.access === 'public' ? opened(r) : by(r));
const COLUMNS = {
  'no token': opened,
  'garbage': refused(badToken),
  'an mfa_token': refused(badToken),
  'a refresh token': refused(badToken),
  'expired': refused(badToken),
  'signed by another key': refused(badToken),
  'revoked': refused(badToken),
  'of a locked account': refused(badToken),
  'of a closed account': refused(badToken),
  'from a blocked device': refused((r) => (keyOf(r) === 'POST /auth/logout' ? null : [403, 'device_blocked'])),
  'of a role that must enroll': demanded((r) => (ENROLLING.includes(keyOf(r)) ? null : [403, 'mfa_enrollment_required'])),
  'of an unproven address': demanded((r) => (needs(r, 'email') ? [403, 'email_not_verified'] : roles(r).length ? [403, 'role_required'] : null)),
  'without KYC': demanded((r) => (needs(r, 'kyc') ? [403, 'kyc_required'] : null)),
  'of a lower role': demanded((r) => (roles(r).length ? [403, 'role_required'] : null)),
  'of KYC_REVIEWER': demanded((r) => (roles(r).length && !roles(r).includes('KYC_REVIEWER') ? [403, 'role_required'] : null)),
};

/* ---- the bearers ---- */

function forged(token, change, secret = SECRET) {
  const text = encode(header(token)) + '.' + encode({ ...claims(token), ...change });
  return text + '.' + createHmac('sha256', secret).update(text).digest('base64url');
}
async function revoked() {
  const m = await s.member();
  is(await s.api('POST', '/auth/logout', {}, { bearer: m.access_token }), 200);
  return m.access_token;
}
async function after_(act, extra) {
  const m = await s.member(extra);
  await act(m);
  return m.access_token;
}
const role = (name) => after_((m) => s.operator(['set-role', m.email, name]));
async function blocked() {
  const email = someone('admin'), device_id = 'matrix-device';
  await s.operator(['create', '--email', email, '--role', 'ADMIN', '--verified'], PASSWORD + '\n');
  const { access_token } = is(await s.login(email), 200).body;
  return after_(async () => is(await s.api('POST', '/admin/devices/block', { device_id, reason: 'matrix' }, { bearer: access_token }), 200), { device_id });
}
const HOUR = 3600;
async function bearers() {
  const m = await s.member(), now = Math.floor(Date.now() / 1000);
  is(await s.me(forged(m.access_token, {})), 200, undefined, 'what is forged below is good but for what it changes');
  return {
    'no token': undefined,
    'garbage': 'nonsense',
    'an mfa_token': is(await s.login((await guarded(s)).email), 401, 'mfa_required').body.mfa_token,
    'a refresh token': m.refresh_token,
    'expired': forged(m.access_token, { iat: now - 2 * HOUR, exp: now - HOUR }),
    'signed by another key': forged(m.access_token, {}, SECRET + '!'),
    'revoked': await revoked(),
    'of a locked account': await after_((x) => s.lock(x.email)),
    'of a closed account': await after_((x) => s.operator(['delete', x.email])),
    'from a blocked device': await blocked(),
    'of a role that must enroll': await role('SELLER'),
    'of an unproven address': (await s.signup()).access_token,
    'without KYC': m.access_token,
    'of a lower role': m.access_token,
    'of KYC_REVIEWER': await role('KYC_REVIEWER'),
  };
}

test('each row, each bearer: the answer that follows from the row', async (t) => {
  const have = await bearers();
  assert.deepEqual(Object.keys(have), Object.keys(COLUMNS));
  let cells = 0;
  for (const [column, expected] of Object.entries(COLUMNS))
    await t.test(column, async () => {
      for (const r of routes) {
        assert.match(r.access, /^(public|bearer|bearer or proof)$/, keyOf(r));
        const want = expected(r), why = `${keyOf(r)}, ${column}`;
        if (want === null) continue;
        const [status, code] = [want].flat(), answer = is(await ask(r, have[column]), status, code, why);
        if (status === 401 && r.access !== 'public') assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer/, why);
        cells++;
      }
    });
  assert.ok(cells > routes.length * 8, `${cells} cells`);
});

test('what the tables above name is there', () => {
  const all = new Set(routes.map(keyOf));
  for (const key of [...Object.keys(PUBLIC), ...Object.keys(PROOF), ...ENROLLING, ...Object.keys(BODY)]) assert.ok(all.has(key), key);
});

/* ---- another user's token, and another user's ids ---- */

/** What others can see and change of a person. */
async function picture(v) {
  const get = async (path) => is(await s.api('GET', path, undefined, { bearer: v.access_token }), 200).body;
  const { last_used_at, ...rest } = (await get('/auth/tokens')).items[0];
  return { me: await get('/users/me'), sessions: (await get('/auth/tokens')).items.map((x) => x.token_id), rest: { ...rest },
    devices: (await get('/auth/devices')).items.map((d) => [d.id, d.name, d.device_id]), kyc: await get('/auth/kyc/status') };
}
const idOf = (v, path) => {
  const resource = /\/(tokens?|sessions|devices)\/\{\w+\}$/.exec(path)?.[1] ?? assert.fail(`whose id stands in ${path}?`);
  return resource === 'devices' ? v.device : v.session_id;
};
/** A body that names the victim wherever it can, with no secret of hers. */
function naming(r, v) {
  const schema = document.paths[r.path + (document.paths[r.path] ? '' : '/')]?.[r.method.toLowerCase()]?.requestBody?.content?.['application/json']?.schema;
  const known = { ...v.ids, password: WRONG, current_password: WRONG, new_password: PASSWORD + '!', code: '000000', name: 'stolen', full_name: 'stolen', method: 'totp',
    channel: 'email', new_email: v.email, fingerprint: 'x', action: 'save', device_id: 'matrix-victim' };
  return Object.fromEntries(Object.keys(resolve(document, schema ?? {}).properties ?? {}).filter((n) => n in known).map((n) => [n, known[n]]));
}

test('ids of another user: 404 in a path, nothing in a body, 401 without a token; and nothing of hers has changed', async () => {
  const v = await s.member({ username: someName(), device_id: 'matrix-victim' });
  is(await s.api('PATCH', '/users/me', { phone: somePhone(), password: PASSWORD }, { bearer: v.access_token }), 200);
  v.user = is(await s.me(v.access_token), 200).body;
  v.device = (await s.api('GET', '/auth/devices', undefined, { bearer: v.access_token })).body.items[0].id;
  v.ids = { id: v.user.id, user_id: v.user.id, session_id: v.session_id, token_id: v.session_id, email: v.email, username: v.user.username, phone: v.user.phone, identifier: v.email };
  const before_ = await picture(v), thief = await s.member();
  for (const r of routes.filter((x) => x.access !== 'public' && !roles(x).length && !x.path.includes('{require}'))) {
    const own = r.path.includes('{'), id = own ? idOf(v, r.path) : undefined, body = naming(r, v);
    if (r.access === 'bearer') is(await ask(r, undefined, { id, body }), 401, 'not_authenticated', keyOf(r));
    const { access_token } = is(await s.login(thief.email, { device_id: 'matrix-thief' }), 200).body;
    const got = await ask(r, access_token, { id, body });
    if (own) is(got, 404, 'not_found', keyOf(r));
    assert.ok(got.status < 500, keyOf(r));
    for (const secret of [v.email, v.user.id, v.user.username]) assert.ok(!got.text.includes(secret), `${keyOf(r)} tells ${secret}`);
  }
  assert.deepEqual(await picture(v), before_);
  is(await s.refresh(v.refresh_token, { device_id: 'matrix-victim' }), 200);
});
