// Writes the vectors of this folder anew: node make.mjs [FOLDER]. All values come from
// implementations that share no code with this library: ethers, @ethereumjs/rlp and trie,
// @noble/curves and node:crypto, as ../interop pins them (npm ci there), and from a plain model of
// the ledger's rules in make/. The inputs are drawn from a seed: each run gives the same files.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hex_prefix, keccak256, rlp, rlp_invalid } from './make/encoding.mjs';
import { state_root, trie, tx_root } from './make/tries.mjs';
import { tx_admission, tx_conformance, tx_signing } from './make/transactions.mjs';
import { base_fee, state_transition } from './make/blocks.mjs';
import {
  addresses,
  aes128_ctr,
  ecdsa_recover,
  ecdsa_sign,
  ecdsa_verify,
  kdf,
  keystore,
  pubkey_parse,
} from './make/keys.mjs';

const folder = process.argv[2] ?? import.meta.dirname;
const files = {
  addresses,
  aes128_ctr,
  base_fee,
  ecdsa_recover,
  ecdsa_sign,
  ecdsa_verify,
  hex_prefix,
  kdf,
  keccak256,
  keystore,
  pubkey_parse,
  rlp,
  rlp_invalid,
  state_root,
  state_transition,
  trie,
  tx_admission,
  tx_conformance,
  tx_root,
  tx_signing,
};

/** One case a line, so that a difference shows the case. */
function text({ cases, invalid, ...head }) {
  const lines = [];
  for (const [key, value] of Object.entries(head)) lines.push(`${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  for (const [key, list] of Object.entries({ invalid, cases }))
    if (list) lines.push(`${JSON.stringify(key)}: [\n${list.map((one) => JSON.stringify(one)).join(',\n')}\n]`);
  return `{\n${lines.join(',\n')}\n}\n`;
}

for (const [name, make] of Object.entries(files)) {
  const { description, cases, ...rest } = await make();
  const head = {
    description,
    sources: ['made by test/vectors/make.mjs'],
    licence: 'MIT',
    ...rest,
    count: cases.length,
  };
  writeFileSync(join(folder, `${name}.json`), text({ ...head, cases }));
  console.log(`${name}.json: ${cases.length}`);
}
