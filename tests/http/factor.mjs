// The second factor by hand: codes as an authenticator app makes them, and people who have one.
import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { is, timely, PASSWORD } from './lib.mjs';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
/** RFC 6238 by the book, so many steps from now. */
export function totp(secret, ahead = 0) {
  const bits = [...secret].map((c) => ALPHABET.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2))), counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + ahead));
  const h = createHmac('sha1', key).update(counter).digest(), o = h[19] & 15;
  return String((h.readUInt32BE(o) & 0x7fffffff) % 1e6).padStart(6, '0');
}
/** A code that is none within two steps. */
export const wrong = (secret) => ['000000', '111111', '222222', '333333'].find((c) => ![-1, 0, 1, 2].some((n) => totp(secret, n) === c));
/** No step ends within so many ms. */
export async function quiet(ms = 4000) {
  const left = 30000 - (Date.now() % 30000);
  if (left < ms) await sleep(left + 50);
}
export const enable = (st, bearer, method = 'totp') => st.api('POST', '/auth/2fa/enable', { method, password: PASSWORD }, { bearer });
export const prove = (st, bearer, code) => st.api('POST', '/auth/2fa/verify', { code }, { bearer });
/** Proves a set-up; the current step and the next stay unused. What it answers. */
export function proven(st, bearer, secret) {
  return timely(async (before) => {
    await quiet();
    const end = 30000 * Math.ceil((Date.now() + 1) / 30000);
    return is(await before(end, () => prove(st, bearer, totp(secret, -1))), 200).body;
  });
}
/** A member whose authenticator is on; the current step and the next are unused. */
export async function guarded(st) {
  const m = await st.member(), begun = is(await enable(st, m.access_token), 200).body;
  const on = await proven(st, m.access_token, begun.secret);
  return { ...m, secret: begun.secret, spare: on.recovery_codes };
}
