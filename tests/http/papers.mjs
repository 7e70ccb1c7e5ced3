// Papers for the tests: the smallest files of each type that is taken, what is not taken, and forms around them.
import { randomBytes } from 'node:crypto';

export const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
export const JPEG = Buffer.from('/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////' +
  'wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA=', 'base64');
export const WEBP = Buffer.from('UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA', 'base64');
export const HEIC = Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypheic\0\0\0\0mif1heic'), Buffer.alloc(64)]);
export const PDF = Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 0/Kids[]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n');
export const PERSON = { full_name: 'Ana Pérez', date_of_birth: '1990-02-28', country: 'ES', document_type: 'passport' };

const named = (name) => name.replace(/"/g, '%22');
/** One part; head: lines in place of the usual ones. */
export const part = (name, content, { filename, type, head } = {}) => Buffer.concat([
  Buffer.from((head ?? [`Content-Disposition: form-data; name="${named(name)}"${filename === undefined ? '' : `; filename="${filename}"`}`,
    ...(type ? [`Content-Type: ${type}`] : [])]).join('\r\n') + '\r\n\r\n'), Buffer.from(content)]);

/** A body of parts, and its header, as options of call(). */
export function form(parts, boundary = 'b' + randomBytes(8).toString('hex')) {
  const raw = Buffer.concat([...parts.flatMap((p) => [Buffer.from(`--${boundary}\r\n`), p, Buffer.from('\r\n')]), Buffer.from(`--${boundary}--\r\n`)]);
  return { raw, headers: { 'content-type': `multipart/form-data; boundary=${boundary}` } };
}
export const fields = (values = {}) => Object.entries({ ...PERSON, ...values }).filter(([, v]) => v !== null).map(([k, v]) => part(k, v));
/** A whole submission: files as { front: bytes }, [name, bytes] pairs, or parts. */
export function papers(files = { front: PNG }, values = {}) {
  const list = Array.isArray(files) ? files : Object.entries(files);
  return form([...fields(values), ...list.map((f) => (Buffer.isBuffer(f) ? f : part(f[0], f[1], { filename: f[0] + '.png', type: 'image/png' })))]);
}
/** The same as JSON. */
export const asJson = (files = { front: PNG }, values = {}) => ({ ...PERSON, ...values,
  documents: Object.entries(files).map(([kind, v]) => ({ kind, content_type: 'image/png', data_base64: v.toString('base64') })) });
