// A tiny writer of MaxMind DB files (format 2.0, IPv6 tree, records of 24 bits): enough for the tests of places.
// https://maxmind.github.io/MaxMind-DB/
import { isIPv6 } from 'node:net';

const control = (type, size) => {
  const bytes = [], kind = type > 7 ? 0 : type << 5;
  bytes.push(kind | (size < 29 ? size : size < 285 ? 29 : 30));
  if (type > 7) bytes.push(type - 7);
  if (size >= 285) bytes.push((size - 285) >> 8, (size - 285) & 255);
  else if (size >= 29) bytes.push(size - 29);
  return Buffer.from(bytes);
};
const uint = (type, n) => {
  let hex = n.toString(16);
  if (hex.length % 2) hex = '0' + hex;
  const bytes = n ? Buffer.from(hex, 'hex') : Buffer.alloc(0);
  return Buffer.concat([control(type, bytes.length), bytes]);
};

/** Numbers are doubles; { u16 }, { u32 } and { u64 } are what they say. */
function encode(v) {
  if (typeof v === 'string') return Buffer.concat([control(2, Buffer.byteLength(v)), Buffer.from(v)]);
  if (typeof v === 'number') {
    const b = Buffer.alloc(8);
    b.writeDoubleBE(v);
    return Buffer.concat([control(3, 8), b]);
  }
  if (Array.isArray(v)) return Buffer.concat([control(11, v.length), ...v.map(encode)]);
  for (const [name, type] of [['u16', 5], ['u32', 6], ['u64', 9]]) if (name in v) return uint(type, v[name]);
  const members = Object.entries(v).filter(([, x]) => x !== undefined);
  return Buffer.concat([control(7, members.length), ...members.flatMap(([k, x]) => [encode(k), encode(x)])]);
}

/** The bits of "192.0.2.0/24" or "2001:db8::/32" in the tree of 128 bits, where IPv4 lies at ::/96. */
function bitsOf(prefix) {
  const [address, length] = prefix.split('/');
  let bytes;
  if (isIPv6(address)) {
    const [left, right = ''] = address.split('::'), words = (s) => s.split(':').filter(Boolean).map((w) => parseInt(w, 16));
    const [a, b] = [words(left), words(right)];
    bytes = [...a, ...Array(8 - a.length - b.length).fill(0), ...b].flatMap((w) => [w >> 8, w & 255]);
  } else bytes = [...Array(12).fill(0), ...address.split('.').map(Number)];
  const all = bytes.map((b) => b.toString(2).padStart(8, '0')).join('');
  return all.slice(0, (isIPv6(address) ? 0 : 96) + Number(length));
}

/** networks: { prefix: record }; the bytes of the file. */
export function mmdb(networks, { type = 'Test-City', built = 1700000000 } = {}) {
  const nodes = [[null, null]], data = [];
  let size = 0;
  for (const [prefix, record] of Object.entries(networks)) {
    const bits = bitsOf(prefix), bytes = encode(record);
    let at = 0;
    for (const bit of bits.slice(0, -1)) {
      if (typeof nodes[at][bit] !== 'number') nodes[at][bit] = nodes.push([null, null]) - 1;
      at = nodes[at][bit];
    }
    nodes[at][bits.at(-1)] = { offset: size };
    data.push(bytes);
    size += bytes.length;
  }
  const tree = Buffer.alloc(nodes.length * 6);
  nodes.forEach((pair, i) => pair.forEach((to, side) => tree.writeUIntBE(
    to === null ? nodes.length : typeof to === 'number' ? to : nodes.length + 16 + to.offset, i * 6 + side * 3, 3)));
  const metadata = encode({
    binary_format_major_version: { u16: 2 }, binary_format_minor_version: { u16: 0 }, build_epoch: { u64: built },
    database_type: type, description: { en: 'for tests' }, ip_version: { u16: 6 }, languages: ['en'],
    node_count: { u32: nodes.length }, record_size: { u16: 24 },
  });
  return Buffer.concat([tree, Buffer.alloc(16), ...data, Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'), metadata]);
}

export const city = (iso_code, name, latitude, longitude) => ({
  country: { iso_code }, city: name ? { names: { en: name } } : undefined,
  location: latitude === undefined ? undefined : { latitude, longitude },
});
