// Places of sign-ins: docs/geo.md. The database is written here (mmdb.mjs); addresses come by X-Forwarded-For.
import { test, before, after } from 'node:test';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stage, assert, is, sleep, until, run, WRONG } from './lib.mjs';
import { mmdb, city } from './mmdb.mjs';

const dir = mkdtempSync(join(tmpdir(), 'aldgate-geo-')), file = join(dir, 'city.mmdb');
/** In one step, so that nobody reads half of it. */
const put = (path, bytes) => { writeFileSync(path + '.new', bytes); renameSync(path + '.new', path); };
const NETWORKS = {
  '198.51.100.0/28': city('ES', 'Madrid', 40.4168, -3.7038),
  '198.51.100.16/28': city('ES', 'Barcelona', 41.3874, 2.1686),
  '198.51.100.32/28': city('JP', 'Tokyo', 35.6762, 139.6503),
  '198.51.100.48/28': city('FR', undefined),
  '198.51.100.64/28': { registered_country: { iso_code: 'DE' } },
  '198.51.100.80/28': { country: { iso_code: 'zz9' }, city: { names: { en: 'x'.repeat(300) } }, location: { latitude: 400, longitude: 0 } },
  '2001:db8::/32': city('SE', 'Kiruna', 67.8557, 20.2253),
};
const MADRID = '198.51.100.1', BARCELONA = '198.51.100.17', TOKYO = '198.51.100.33', FRANCE = '198.51.100.49', GERMANY = '198.51.100.65', ODD = '198.51.100.81',
  KIRUNA = '2001:db8::7', NOWHERE = '203.0.113.1';
let s;
before(async () => {
  put(file, mmdb(NETWORKS));
  s = await stage({ ALDGATE_GEO_DATABASE: file, ALDGATE_SERVER_TRUSTED_PROXIES: '127.0.0.1' });
});
after(async () => { await s?.end(); rmSync(dir, { recursive: true, force: true }); });
const from = (ip) => ({ headers: { 'x-forwarded-for': ip } });
const login = (m, ip, extra, on = s) => on.login(m.email, extra, from(ip));
const logins = async (m, on = s) => is(await on.api('GET', '/auth/logins', undefined, { bearer: m.access_token }), 200).body.items;
const alerts = async (m) => (await logins(m)).map((l) => l.alert).reverse();

test('country and city stand in the history and the sessions; what is not known is null', async () => {
  const m = await s.member();
  for (const ip of [MADRID, BARCELONA, NOWHERE, GERMANY, ODD, KIRUNA]) is(await login(m, ip), 200);
  assert.deepEqual((await logins(m)).map((l) => [l.ip, l.country, l.city]).reverse(), [[MADRID, 'ES', 'Madrid'], [BARCELONA, 'ES', 'Barcelona'], [NOWHERE, null, null],
    [GERMANY, 'DE', null], [ODD, null, null], [KIRUNA, 'SE', 'Kiruna']]);
  const { items } = is(await s.api('GET', '/auth/tokens', undefined, { bearer: m.access_token }), 200).body;
  assert.deepEqual(items.map((t) => t.country).reverse(), [null, 'ES', 'ES', null, 'DE', null, 'SE']);
});

test('a country new to the account: shown, told, in the audit log; the first known one is no surprise', async () => {
  const m = await s.member();
  is(await login(m, NOWHERE), 200);
  is(await login(m, MADRID), 200);
  is(await login(m, MADRID), 200);
  is(await login(m, FRANCE, { device_id: 'van' }), 200);
  const mail = await s.box.find(m.email, (x) => /unexpected place/.test(x.subject));
  for (const word of ['FR', FRANCE, 'van']) assert.ok(mail.text.includes(word), mail.text);
  is(await login(m, FRANCE), 200);
  assert.deepEqual(await alerts(m), [null, null, null, 'new_country', null]);
  await s.silent(m.email, () => login(m, FRANCE));
});

test('faster than an airliner', async () => {
  const m = await s.member();
  is(await login(m, MADRID), 200);
  is(await login(m, BARCELONA), 200);
  is(await login(m, TOKYO), 200);
  is(await login(m, MADRID), 200);
  assert.deepEqual(await alerts(m), [null, 'impossible_travel', 'new_country', 'impossible_travel']);
  const mail = await s.box.find(m.email, (x) => /too far/.test(x.text));
  assert.ok(mail.text.includes('Barcelona'));
});

test('wrong passwords show their place and raise nothing', async () => {
  const m = await s.member();
  is(await login(m, MADRID), 200);
  await s.silent(m.email, () => login(m, TOKYO, { password: WRONG }));
  const [last] = await logins(m);
  assert.deepEqual([last.country, last.alert, last.outcome], ['JP', null, 'invalid_credentials']);
});

test('the right password of a locked account raises one, and makes no country known', async () => {
  const m = await s.member();
  is(await login(m, MADRID), 200);
  await s.lock(m.email);
  is(await login(m, FRANCE), 403, 'account_locked');
  is(await login(m, FRANCE), 403, 'account_locked');
  await s.box.find(m.email, (x) => /unexpected place/.test(x.subject));
  await s.operator(['unlock', m.email]);
  const again = is(await login(m, FRANCE), 200).body;
  assert.deepEqual(await alerts(again), [null, 'new_country', 'new_country', 'new_country']);
  assert.equal(s.box.to(m.email).filter((x) => /unexpected place/.test(x.subject)).length, 1, 'told once in ten minutes');
});

test('the file is read again when it changes; a bad one or none leaves the one before', async () => {
  const m = await s.member(), country = async (ip) => { is(await login(m, ip), 200); return (await logins(m))[0].country; };
  const becomes = (ip, want) => until(async () => (await country(ip)) === want || sleep(250), 'still not ' + want);
  const unusable = () => (s.app.log().match(/geo_database_unusable/g) ?? []).length;
  assert.equal(await country(MADRID), 'ES');
  put(file, mmdb({ '198.51.100.0/24': city('PT', 'Lisboa', 38.7, -9.1) }));
  await becomes(MADRID, 'PT');
  put(file, 'this is none');
  await until(() => unusable() >= 1);
  assert.equal(await country(MADRID), 'PT');
  rmSync(file);
  await until(() => unusable() >= 2);
  assert.equal(await country(MADRID), 'PT');
  await sleep(2500); // it is looked at again and again
  assert.equal(unusable(), 2, 'told once each');
  put(file, mmdb(NETWORKS));
  await becomes(MADRID, 'ES');
  assert.equal((await run(['audit', 'verify'], { env: s.app.env })).code, 0);
});

test('without the file everything works, and it may come later', async () => {
  const late = join(dir, 'late.mmdb'), t = await stage({ ALDGATE_GEO_DATABASE: late, ALDGATE_SERVER_TRUSTED_PROXIES: '127.0.0.1' });
  try {
    const m = await t.member();
    is(await login(m, MADRID, {}, t), 200);
    assert.equal((await logins(m, t))[0].country, null);
    put(late, mmdb(NETWORKS));
    await until(async () => {
      is(await login(m, MADRID, {}, t), 200);
      return (await logins(m, t))[0].country === 'ES' || sleep(250);
    }, 'it did not come');
  } finally { await t.end(); }
});

test('alerts.new_device: a device that was not seen before is told of, once', async () => {
  const t = await stage({ ALDGATE_ALERTS_NEW_DEVICE: 'yes' });
  try {
    const m = await t.member({ device_id: 'first' });
    await t.silent(m.email, () => t.login(m.email, { device_id: 'first' }));
    await t.silent(m.email, () => t.login(m.email));
    await t.silent(m.email, () => t.login(m.email, { device_id: 'second', password: WRONG }));
    is(await t.login(m.email, { device_id: 'second', device_name: 'My second' }), 200);
    assert.ok((await t.box.find(m.email, (x) => /new device/i.test(x.subject))).text.includes('My second'));
    await t.silent(m.email, () => t.login(m.email, { device_id: 'second' }));
  } finally { await t.end(); }
});
