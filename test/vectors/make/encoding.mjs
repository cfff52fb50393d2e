// RLP, hex prefix, Keccak-256.
import { createHash } from 'node:crypto';
import { draw, ethers, hex, rlp as ethereumjsRlp, short, quantity } from './draw.mjs';

/** Hex texts for bytes, in whatever nests. */
const texts = (item) => (Array.isArray(item) ? item.map(texts) : hex(item));

/** By ethers; @ethereumjs/rlp must say the same. */
function encode(item) {
  const encoded = ethers.encodeRlp(texts(item));
  if (encoded !== hex(ethereumjsRlp(item))) throw new Error(`two encodings of ${JSON.stringify(texts(item))}`);
  return encoded;
}

function nested(random, depth) {
  if (depth === 0 || random.below(3) === 0) return random.bytes(random.pick([0, 1, 2, 20, 32, 54, 55, 56]));
  return Array.from({ length: random.below(5) }, () => nested(random, depth - 1));
}

function deep(levels) {
  let item = [];
  for (let i = 1; i < levels; i++) item = [item];
  return item;
}

export function rlp() {
  const random = draw('rlp');
  const cases = [];
  const add = (name, decoded) => cases.push({ name, decoded: texts(decoded), encoded: encode(decoded) });

  for (const size of [0, 2, 3, 31, 32, 54, 55, 56, 57, 255, 256, 257, 600])
    add(`a string of ${size}`, random.bytes(size));
  for (const byte of [0x00, 0x01, 0x7f, 0x80, 0xc0, 0xff]) add(`the byte ${byte}`, Buffer.from([byte]));
  for (const count of [0, 1, 2, 54, 55, 56, 57, 300])
    add(
      `a list of ${count} small items`,
      Array.from({ length: count }, () => Buffer.from([random.below(128)])),
    );
  for (const levels of [2, 3, 10, 56, 60]) add(`${levels} lists, one in the other`, deep(levels));
  for (let i = 0; i < 14; i++) add(`nested ${i}`, [nested(random, 4), nested(random, 3)]);
  for (const bits of [0, 1, 7, 8, 16, 53, 64, 65, 128, 255, 256]) {
    const value = bits === 0 ? 0n : (1n << BigInt(bits)) - 1n - random.integer(bits - 1);
    const bytes = short(value);
    cases.push({
      name: `an integer of ${bits} bits`,
      decoded: hex(bytes),
      encoded: encode(bytes),
      integer: quantity(value),
    });
  }
  return {
    description: 'RLP items both ways: decoded is hex bytes or nested arrays of them; integer where the item is one.',
    cases,
  };
}

export function rlp_invalid() {
  const random = draw('rlp_invalid');
  const cases = [];
  const add = (name, bytes) =>
    cases.push({ name, encoded: hex(Buffer.concat([].concat(bytes).map((part) => Buffer.from(part)))) });
  const some = (size) => random.bytes(size);

  add('no item at all', [[]]);
  for (const byte of [0x00, 0x01, 0x7f]) add(`the byte ${byte} under a header`, [[0x81, byte]]);
  for (const size of [0, 1, 2, 54, 55]) {
    add(`the long form for a string of ${size}`, [[0xb8, size], some(size)]);
    add(`the long form for a list of ${size}`, [[0xf8, size], Buffer.alloc(size, 0x05)]);
  }
  for (const size of [56, 255]) {
    add(`a size with a leading zero, string of ${size}`, [[0xb9, 0x00, size], some(size)]);
    add(`a size with a leading zero, list of ${size}`, [[0xf9, 0x00, size], Buffer.alloc(size, 0x05)]);
  }
  for (const size of [1, 20, 55]) {
    add(`a string of ${size}, one byte short`, [[0x80 + size], Buffer.alloc(size - 1, 0xaa)]);
    add(`a list of ${size}, one byte short`, [[0xc0 + size], Buffer.alloc(size - 1, 0x01)]);
  }
  for (const sizes of [1, 2, 4, 8]) {
    add(`a size of ${sizes} bytes that is cut off, string`, [[0xb7 + sizes], Buffer.alloc(sizes - 1, 0xff)]);
    add(`a size of ${sizes} bytes that is cut off, list`, [[0xf7 + sizes], Buffer.alloc(sizes - 1, 0xff)]);
    add(`a size of ${sizes} bytes beyond the input, string`, [[0xb7 + sizes], Buffer.alloc(sizes, 0xff), some(60)]);
    add(`a size of ${sizes} bytes beyond the input, list`, [
      [0xf7 + sizes],
      Buffer.alloc(sizes, 0xff),
      Buffer.alloc(60, 0x01),
    ]);
  }
  add('a byte behind a string', [[0x82, 0xaa, 0xbb, 0x00]]);
  add('a byte behind a list', [[0xc1, 0x01, 0x00]]);
  add('two items', [[0x01, 0x02]]);
  add('inside a list: a byte under a header', [[0xc2, 0x81, 0x05]]);
  add('inside a list: an item beyond its end', [[0xc2, 0x82, 0xaa]]);
  add('inside a list: an item that ends behind it', [[0xc2, 0x82, 0xaa, 0xbb]]);
  add('inside two lists: a size with a leading zero', [[0xc4, 0xc3, 0xb8, 0x01, 0x80]]);
  return { description: 'Byte strings that are not one canonical RLP item.', cases };
}

export function hex_prefix() {
  const random = draw('hex_prefix');
  const cases = [];

  for (const size of [0, 1, 2, 3, 4, 5, 15, 16, 31, 32, 63, 64])
    for (const leaf of [false, true]) {
      const nibbles = Array.from({ length: size }, () => random.below(16));
      const odd = size % 2;
      const flagged = [2 * leaf + odd, ...(odd ? [] : [0]), ...nibbles];
      cases.push({
        name: `${size} nibbles, ${leaf ? 'leaf' : 'extension'}`,
        nibbles,
        leaf,
        encoded: `0x${flagged.map((n) => n.toString(16)).join('')}`,
      });
    }
  return { description: 'Hex-prefix encoding of trie paths: nibbles and the leaf flag to bytes.', cases };
}

export function keccak256() {
  const random = draw('keccak256');
  const sizes = [
    ...Array(34).keys(),
    55,
    56,
    63,
    64,
    65,
    134,
    135,
    136,
    137,
    138,
    200,
    271,
    272,
    273,
    407,
    408,
    409,
    1000,
    1088,
  ];
  const cases = sizes.map((size) => {
    const bytes = random.bytes(size);
    return { name: `${size} bytes`, data: hex(bytes), keccak256: ethers.keccak256(bytes) };
  });
  const bytes = random.bytes(100);
  const notSha3 = {
    data: hex(bytes),
    sha3_256: hex(createHash('sha3-256').update(bytes).digest()),
    keccak256: ethers.keccak256(bytes),
  };
  return {
    description:
      'Keccak-256 with the original padding, not SHA3-256 (whose digest is in notSha3, and must not come out).',
    notSha3,
    cases,
  };
}
