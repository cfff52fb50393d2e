// Random values from a seed, and the libraries of ../../interop.
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../../interop/package.json', import.meta.url));
export const ethers = require('ethers');
export const { RLP } = require('@ethereumjs/rlp');
export const { Trie } = require('@ethereumjs/trie');
export const { secp256k1 } = require('@noble/curves/secp256k1');

/** A stream of its own for each file, so that one file's cases do not move another's. */
export function draw(seed) {
  let pool = Buffer.alloc(0);
  let counter = 0;
  const bytes = (size) => {
    while (pool.length < size)
      pool = Buffer.concat([pool, createHash('sha256').update(`cairn vectors/${seed}/${counter++}`).digest()]);
    const out = pool.subarray(0, size);
    pool = pool.subarray(size);
    return Buffer.from(out);
  };
  const below = (end) => Number(bytes(6).readUIntBE(0, 6) % end);
  const integer = (bits) => (bits === 0 ? 0n : BigInt(hex(bytes(Math.ceil(bits / 8)))) >> BigInt((8 - (bits % 8)) % 8));
  return {
    bytes,
    below,
    integer, // of at most so many bits
    pick: (list) => list[below(list.length)],
    secret: () => hex(bytes(32)), // out of range once in 2^128
    address: () => hex(bytes(20)),
  };
}

export const hex = (data) => `0x${Buffer.from(data).toString('hex')}`;
export const data = (text) => Buffer.from(text.slice(2), 'hex');
export const quantity = (value) => `0x${BigInt(value).toString(16)}`;
/** An integer as RLP has it: as few bytes as hold it. */
export const short = (value) => {
  const digits = BigInt(value).toString(16);
  return BigInt(value) === 0n ? Buffer.alloc(0) : Buffer.from(digits.length % 2 ? `0${digits}` : digits, 'hex');
};
export const rlp = (item) => Buffer.from(RLP.encode(item));
export const keccak = (bytes) => data(ethers.keccak256(bytes));
export const ORDER = secp256k1.CURVE.n;
export const fixed = (value) => `0x${BigInt(value).toString(16).padStart(64, '0')}`;
