// What a browser without JavaScript sees of a page and does with its forms.
import { assert, is } from './lib.mjs';

export const HTML = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
const ENTITIES = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'", '&amp;': '&' };
const attribute = (tag, name) => new RegExp(`\\b${name}\\s*=\\s*"([^"]*)"`, 'i').exec(tag)?.[1].replace(/&[^;]+;/g, (e) => ENTITIES[e] ?? e);

/** The forms of a page: action, method, button, its inputs and the values that they hold. */
export function formsOf(html) {
  return [...html.matchAll(/<form\b([^>]*)>([^]*?)<\/form>/gi)].map(([, tag, inside]) => {
    const inputs = [...inside.matchAll(/<input\b[^>]*>/gi)].map(([i]) => ({ tag: i, name: attribute(i, 'name'), type: attribute(i, 'type') ?? 'text',
      id: attribute(i, 'id'), value: attribute(i, 'value') ?? '' }));
    return {
      action: attribute(tag, 'action') ?? '', method: (attribute(tag, 'method') ?? 'get').toLowerCase(), inside, inputs,
      button: /<button\b(?![^>]*type="button")|type="submit"/i.test(inside),
      fields: Object.fromEntries(inputs.filter((i) => i.name).map((i) => [i.name, i.value])),
    };
  });
}

/** Each field that a person fills in has a label of its own. */
export function labelled(html, form) {
  for (const { id, type, tag } of form.inputs.filter((i) => !/^(hidden|submit|button)$/.test(i.type)))
    assert.ok(id && new RegExp(`<label\\b[^>]*\\bfor="${id}"[^>]*>\\s*\\S`, 'i').test(html), `no label for ${type} ${tag}`);
}

/** What every page owes: language, title, headers, no script, nothing from elsewhere. */
export function decent(page) {
  assert.match(page.headers.get('content-type'), /^text\/html; ?charset=utf-8/i);
  const csp = page.headers.get('content-security-policy');
  assert.match(csp, /default-src 'none'|default-src 'self'/);
  assert.match(csp, /frame-ancestors 'none'/);
  assert.match(csp, /form-action 'self'/, 'form-action does not fall back to default-src');
  assert.doesNotMatch(csp, /unsafe-inline|unsafe-eval/);
  assert.match(page.headers.get('referrer-policy'), /^(same-origin|strict-origin)$/, 'the token stays out of Referer, and forms keep their Origin');
  assert.match(page.headers.get('cache-control'), /no-store/);
  assert.match(page.text, /^<!doctype html>/i);
  assert.match(page.text, /<html\b[^>]*\blang="en/i);
  assert.match(page.text, /<title>[^<]*\S[^<]*<\/title>/i);
  assert.match(page.text, /<h1\b/i);
  assert.doesNotMatch(page.text, /<script|="javascript:|src="?(https?:)?\/\//i, 'works without JavaScript and without others');
  assert.doesNotMatch(page.text.replace(/"[^"]*"/g, '""'), /\son\w+\s*=/i, 'no handlers');
  return page;
}

/** Opens a link as a browser does. */
export const open = (s, link, o = {}) => s.api('GET', link.replace(s.app.base, ''), undefined, { headers: HTML, ...o });
/** The page of a link, and its one form whose action or text matches. */
export async function formAt(s, link, which = /(?:)/) {
  const page = decent(is(await open(s, link), 200)), forms = formsOf(page.text).filter((f) => which.test(f.action + f.inside));
  assert.equal(forms.length, 1, `${forms.length} forms like ${which} in ${page.text}`);
  assert.equal(forms[0].method, 'post');
  assert.ok(forms[0].button, 'a button to press');
  return { ...forms[0], page, at: link.replace(s.app.base, '') };
}
/** Presses the form's button; origin: what the browser says (null: nothing); fields: what the person typed. */
export function press(s, form, fields = {}, { origin = s.app.base, headers = {}, ...o } = {}) {
  const target = new URL(form.action || form.at, s.app.base + form.at);
  assert.equal(target.origin, s.app.base, 'the form stays here');
  return s.api('POST', target.pathname + target.search, undefined, { raw: new URLSearchParams({ ...form.fields, ...fields }).toString(),
    headers: { ...HTML, 'content-type': 'application/x-www-form-urlencoded', ...(origin === null ? {} : { origin }), ...headers }, ...o });
}
