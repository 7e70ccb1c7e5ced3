// Run after all tests: fails when a route of `aldgate routes --json` was never exercised with a success.
// usage: node coverage.mjs FILE    (FILE: what ALDGATE_TEST_COVERAGE named; the program is $ALDGATE_BIN or build/aldgate)
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const file = process.argv[2] ?? process.env.ALDGATE_TEST_COVERAGE;
if (!file) {
  console.error('usage: node coverage.mjs FILE');
  process.exit(2);
}
const key = (method, path) => method + ' ' + (path.length > 1 ? path.replace(/\/$/, '') : path).replace(/\{[^}]+\}/g, '{}');
const seen = new Map(); // route → its statuses
for (const line of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
  const { method, path, status } = JSON.parse(line), k = key(method, path);
  seen.set(k, (seen.get(k) ?? new Set()).add(status));
}
const routes = JSON.parse(execFileSync(process.env.ALDGATE_BIN ?? 'build/aldgate', ['routes', '--json'], { encoding: 'utf8' }));
const succeeded = (r) => [...(seen.get(key(r.method, r.path)) ?? [])].some((s) => s >= 200 && s < 300);
const missing = routes.filter((r) => !succeeded(r));
for (const r of missing) {
  const got = [...(seen.get(key(r.method, r.path)) ?? [])].sort().join(', ');
  console.error(`never succeeded: ${r.method} ${r.path} (${r.operation}, ${r.file})${got ? '; only ' + got : ''}`);
}
console.log(`${routes.length - missing.length} routes exercised`);
process.exit(missing.length ? 1 : 0);
