// Somebody whose papers are in, and what a provider says of them.
import { randomUUID } from 'node:crypto';
import { is, call } from './lib.mjs';
import { papers } from './papers.mjs';
import { standard, iso } from './signed.mjs';

/** Submits papers; the application's id. */
export const submitted = async (s, m) => is(await s.api('POST', '/auth/kyc/submit', undefined, { bearer: m.access_token, ...papers() }), 201).body.id;

/** A provider's verdict on an application; key: the webhook's secret. */
export async function decided(s, key, application_id, status = 'approved', at = 0) {
  const raw = JSON.stringify({ event_id: 'e-' + randomUUID(), application_id, status, reason: 'test', occurred_at: iso(at) });
  is(await call(s.app.base, 'POST', '/api/v1/kyc/webhook/', undefined, { raw, headers: { 'content-type': 'application/json', ...standard(key, raw) } }), 200);
}

/** Both at once. */
export async function approved(s, key, m) {
  await decided(s, key, await submitted(s, m));
  return m;
}
