// Callbacks as the providers of identity checks send them: each signed in its own way, over the bytes that are sent.
import { createHmac, randomBytes, randomUUID } from 'node:crypto';

export const mac = (key, text, alg = 'sha256', form = 'hex') => createHmac(alg, key).update(text).digest(form);
export const seconds = (ms = Date.now()) => Math.floor(ms / 1000);
/** So many seconds from now, or from another time in ms. */
export const iso = (offset = 0, from = Date.now()) => new Date(from + offset * 1000).toISOString();

/** A secret of Standard Webhooks, as bytes and as the configuration has it. */
export function secret() {
  const key = randomBytes(32);
  return { key, text: 'whsec_' + key.toString('base64') };
}

/** The headers of Standard Webhooks. keys: one signature for each. */
export function standard(keys, raw, { id = 'msg_' + randomUUID(), at = seconds() } = {}) {
  const signatures = [keys].flat().map((k) => 'v1,' + mac(k, `${id}.${at}.${raw}`, 'sha256', 'base64'));
  return { 'webhook-id': id, 'webhook-timestamp': String(at), 'webhook-signature': signatures.join(' ') };
}

/** One vendor's headers, and its callback for a status. */
export const vendors = {
  sumsub: {
    headers: (key, raw) => ({ 'x-payload-digest': mac(key, raw), 'x-payload-digest-alg': 'HMAC_SHA256_HEX' }),
    body: (id, status, at) => ({
      applicantId: '5cb56e8e0a975a35f333cb83', correlationId: 'req-' + randomUUID(), externalUserId: id, reviewStatus: 'completed',
      createdAtMs: at.replace('T', ' ').replace('Z', ''), ...{
        approved: { type: 'applicantReviewed', reviewResult: { reviewAnswer: 'GREEN' } },
        rejected: { type: 'applicantReviewed', reviewResult: { reviewAnswer: 'RED', reviewRejectType: 'FINAL', moderationComment: 'Not real.' } },
        resubmit: { type: 'applicantReviewed', reviewResult: { reviewAnswer: 'RED', reviewRejectType: 'RETRY', rejectLabels: ['BLURRY'] } },
        pending: { type: 'applicantPending' },
        other: { type: 'applicantCreated' },
      }[status],
    }),
  },
  persona: {
    headers: (key, raw, at = seconds()) => ({ 'persona-signature': `t=${at},v1=${mac('x'.repeat(20), raw)} t=${at},v1=${mac(key, `${at}.${raw}`)}` }),
    body: (id, status, at) => ({ data: { type: 'event', id: 'evt_' + randomUUID(), attributes: {
      name: { approved: 'inquiry.approved', rejected: 'inquiry.declined', pending: 'inquiry.completed', other: 'inquiry.created' }[status],
      'created-at': at, payload: { data: { type: 'inquiry', id: 'inq_1', attributes: { 'reference-id': id } } } } } }),
  },
  onfido: {
    headers: (key, raw) => ({ 'x-sha2-signature': mac(key, raw) }),
    body: (id, status, at) => ({ payload: { resource_type: 'workflow_run',
      action: status === 'other' ? 'workflow_task.started' : 'workflow_run.completed',
      object: { id: randomUUID(), status: { approved: 'approved', rejected: 'declined', pending: 'review' }[status], completed_at_iso8601: at },
      resource: { customer_user_id: id, reasons: ['expired document'] } } }),
  },
  veriff: {
    headers: (key, raw) => ({ 'x-hmac-signature': mac(key, raw), 'x-auth-client': 'abc' }),
    body: (id, status, at) => (status === 'other' ? { id: randomUUID(), code: 7002, action: 'submitted', vendorData: id } : { status: 'success',
      verification: { id: randomUUID(), attemptId: randomUUID(), vendorData: id, decisionTime: at, reason: null,
        status: { approved: 'approved', rejected: 'declined', resubmit: 'resubmission_requested', pending: 'review' }[status] } }),
  },
};
