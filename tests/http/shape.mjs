// Holds every answer that a test sees against the server's own /openapi.json: the status is documented for that route, the body
// fits its schema and has no member that the schema lacks. What was exercised is written down for coverage.mjs.
import { appendFileSync } from 'node:fs';

const FORMATS = {
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/,
  uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
  email: /^[^\s@]+@[^\s@]+$/,
  uri: /^[a-z][a-z0-9+.-]*:/i,
};
const ownType = (v) => (v === null ? 'null' : Array.isArray(v) ? 'array' : typeof v);
const fitsType = (v, t) => (t === 'integer' ? Number.isInteger(v) : ownType(v) === t);

export function resolve(root, schema) {
  for (let hops = 0; schema?.$ref; hops++) {
    if (hops > 20 || !schema.$ref.startsWith('#/')) throw new Error('unusable $ref ' + schema.$ref);
    const steps = schema.$ref.slice(2).split('/').map((s) => decodeURIComponent(s).replace(/~1/g, '/').replace(/~0/g, '~'));
    const target = steps.reduce((at, s) => at?.[s], root);
    if (target === undefined) throw new Error('dangling $ref ' + schema.$ref);
    schema = target;
  }
  return schema;
}

/** All member names that a schema or its parts speak of; null when it leaves its members open. */
function namesOf(root, schema) {
  schema = resolve(root, schema);
  if (schema === true || (schema.additionalProperties !== undefined && schema.additionalProperties !== false)) return null;
  const names = new Set(Object.keys(schema.properties ?? {}));
  for (const part of [...(schema.allOf ?? []), ...(schema.oneOf ?? []), ...(schema.anyOf ?? [])]) {
    const more = namesOf(root, part);
    if (more === null) return null;
    for (const n of more) names.add(n);
  }
  return names;
}

function stringFaults(schema, value, at) {
  const out = [];
  if (schema.format && FORMATS[schema.format] && !FORMATS[schema.format].test(value)) out.push(`${at}: "${value}" is no ${schema.format}`);
  if (schema.pattern && !new RegExp(schema.pattern, 'u').test(value)) out.push(`${at}: "${value}" does not match ${schema.pattern}`);
  if ([...value].length < (schema.minLength ?? 0)) out.push(`${at}: too short`);
  if ([...value].length > (schema.maxLength ?? Infinity)) out.push(`${at}: too long`);
  return out;
}

function objectFaults(root, schema, value, at, part) {
  const out = [];
  for (const name of schema.required ?? []) if (!(name in value)) out.push(`${at}: "${name}" is missing`);
  for (const [name, v] of Object.entries(value)) {
    if (schema.properties?.[name] !== undefined) out.push(...faults(root, schema.properties[name], v, `${at}.${name}`));
    else if (typeof schema.additionalProperties === 'object') out.push(...faults(root, schema.additionalProperties, v, `${at}.${name}`));
  }
  const names = part ? null : namesOf(root, schema);
  if (names) for (const name of Object.keys(value)) if (!names.has(name)) out.push(`${at}: "${name}" is not in the schema`);
  return out;
}

/** What is wrong with value under schema, as sentences. part: the schema is one of several that the object must fit. */
export function faults(root, schema, value, at = '$', part = false) {
  schema = resolve(root, schema);
  if (schema === true) return [];
  if (schema === false) return [`${at}: must not be`];
  const types = schema.type === undefined ? [] : [schema.type].flat();
  if (types.length && !types.some((t) => fitsType(value, t))) return [`${at}: ${ownType(value)} where ${types.join(' or ')} belongs`];
  const out = [];
  if (schema.enum && !schema.enum.includes(value)) out.push(`${at}: ${JSON.stringify(value)} is not one of ${schema.enum.join(', ')}`);
  if ('const' in schema && schema.const !== value) out.push(`${at}: is not ${JSON.stringify(schema.const)}`);
  for (const s of schema.allOf ?? []) out.push(...faults(root, s, value, at, true));
  const split = schema.properties !== undefined;
  if (schema.oneOf && schema.oneOf.filter((s) => !faults(root, s, value, at,
    split).length).length !== 1) out.push(`${at}: fits not exactly one of oneOf`);
  if (schema.anyOf && !schema.anyOf.some((s) => !faults(root, s, value, at, split).length)) out.push(`${at}: fits none of anyOf`);
  if (typeof value === 'string') out.push(...stringFaults(schema, value, at));
  if (typeof value === 'number' && (value < (schema.minimum ?? -Infinity) ||
    value > (schema.maximum ?? Infinity))) out.push(`${at}: out of range`);
  if (Array.isArray(value)) {
    if (value.length < (schema.minItems ?? 0)) out.push(`${at}: too few items`);
    if (schema.items) value.forEach((v, i) => out.push(...faults(root, schema.items, v, `${at}[${i}]`)));
  } else if (value && typeof value === 'object') out.push(...objectFaults(root, schema, value, at, part));
  return out;
}

/** What every answer owes whatever the route: 1-core.md, Errors, and the security headers. */
export function manners({ status, headers, body, html }) {
  const out = [];
  if (headers.get('x-content-type-options') !== 'nosniff') out.push('no X-Content-Type-Options: nosniff');
  for (const name of ['content-security-policy', 'referrer-policy']) if (!headers.get(name)) out.push('no ' + name);
  if (body?.access_token && !/no-store/.test(headers.get('cache-control') ?? '')) out.push('tokens without Cache-Control: no-store');
  if (status === 401 && !/^bearer/i.test(headers.get('www-authenticate') ?? '')) out.push('401 without WWW-Authenticate: Bearer');
  if (status === 405 && !headers.get('allow')) out.push('405 without Allow');
  if ((status === 429 || status === 503) && !/^[1-9]\d*$/.test(headers.get('retry-after') ?? '')) out.push(`${status} without Retry-After`);
  if (status < 400 || html) return out;
  if (status === 422) out.push('422 is never used');
  const type = headers.get('content-type') ?? '';
  if (!/^application\/problem\+json\b/.test(type)) return [...out, `an error of type "${type}"`];
  if (!body || typeof body !== 'object') return [...out, 'an error without a JSON object'];
  for (const name of ['type', 'title', 'detail', 'code', 'request_id']) if (typeof body[name] !== 'string' ||
    !body[name]) out.push(`a problem without ${name}`);
  if (body.status !== status) out.push(`the problem says status ${body.status}`);
  if (!/^[a-z][a-z0-9_]*$/.test(body.code)) out.push(`the code "${body.code}" is not snake_case`);
  return out;
}

const documents = new Map();
/** The server's OpenAPI document, fetched once. */
export function openapi(base) {
  if (!documents.has(base))
    documents.set(base, fetch(base + '/openapi.json').then(async (r) => {
      if (r.status !== 200) throw new Error('/openapi.json answers ' + r.status);
      const doc = await r.json();
      const routes = Object.keys(doc.paths).map((path) => ({
        path,
        pattern: new RegExp('^' + trim(path).split(/\{[^}]+\}/).map((s) => s.replace(/[^\w/]/g, '\\$&')).join('[^/]+') + '$'),
      }));
      routes.sort((a, b) => a.path.includes('{') - b.path.includes('{'));
      return { doc, routes };
    }).catch((e) => { documents.delete(base); throw e; }));
  return documents.get(base);
}
const trim = (path) => (path.length > 1 ? path.replace(/\/$/, '') : path);

const written = new Set();
function note(method, path, status) {
  const line = JSON.stringify({ method, path, status }), file = process.env.ALDGATE_TEST_COVERAGE;
  if (!file || written.has(line)) return;
  written.add(line);
  appendFileSync(file, line + '\n');
}

/** Throws when the answer is not as documented. accept: what the request asked for. */
export async function inspect(base, { method, path, accept = '', status, headers, body }) {
  const { doc, routes } = await openapi(base);
  const plain = trim(path.split('?')[0]), route = routes.find((r) => r.pattern.test(plain));
  const html = /text\/html/.test(accept) && /^text\/html/.test(headers.get('content-type') ?? '');
  const verb = method === 'HEAD' ? 'GET' : method;
  const found = manners({ status, headers, body: method === 'HEAD' ? undefined : body, html: html || method === 'HEAD' });
  const row = route && doc.paths[route.path][verb.toLowerCase()];
  note(method, route?.path ?? plain, status);
  if (row) {
    const answer = resolve(doc, row.responses[status] ?? row.responses.default);
    const type = (headers.get('content-type') ?? '').split(';')[0].trim();
    if (!answer) found.push(`status ${status} is not documented`);
    else if (method !== 'HEAD' && !html && typeof body === 'object') {
      const schema = answer.content?.[type]?.schema;
      if (!schema) found.push(`${status} is documented without ${type}`);
      else found.push(...faults(doc, schema, body));
    }
  } else if (status >= 400 && typeof body === 'object' && doc.components?.schemas?.Problem)
    found.push(...faults(doc, { $ref: '#/components/schemas/Problem' }, body));
  if (found.length) throw new Error(`${method} ${path} → ${status}: ${found.join('; ')}\n${JSON.stringify(body)?.slice(0, 600)}`);
}
