// Tries by @ethereumjs/trie: plain, secure, states, transactions.
import { draw, ethers, hex, keccak, quantity, rlp, short, Trie } from './draw.mjs';
import { fieldsOf, sign } from './transactions.mjs';

const EMPTY_ROOT = hex(keccak(rlp(Buffer.alloc(0))));
const EMPTY_CODE = hex(keccak(Buffer.alloc(0)));

/** Of pairs of bytes; empty values are deletes. */
export async function trieRoot(pairs) {
  const trie = new Trie();
  for (const [key, value] of pairs)
    if (value.length > 0) await trie.put(key, value);
    else await trie.del(key);
  return hex(trie.root());
}

export const stateRootOf = (accounts) =>
  trieRoot(
    accounts.map(({ address, nonce, balance, storageRoot = EMPTY_ROOT, codeHash = EMPTY_CODE }) => [
      keccak(Buffer.from(address.slice(2), 'hex')),
      rlp([
        short(nonce),
        short(balance),
        Buffer.from(storageRoot.slice(2), 'hex'),
        Buffer.from(codeHash.slice(2), 'hex'),
      ]),
    ]),
  );

export const listRoot = (values) => trieRoot(values.map((value, index) => [rlp(short(index)), value]));

/** Keys that share beginnings, so that extensions split and branches collapse. */
function keysOf(random, count, size) {
  const keys = [];
  while (keys.length < count) {
    const key = random.bytes(size);
    const shared = keys.length > 0 ? random.below(size) : 0;
    if (shared > 0) random.pick(keys).copy(key, 0, 0, shared);
    if (!keys.some((other) => other.equals(key))) keys.push(key);
  }
  return keys;
}

export async function trie() {
  const cases = [];
  for (let i = 0; i < 24; i++) {
    const random = draw(`trie ${i}`);
    const secure = i % 3 === 2;
    const keys = keysOf(random, [1, 2, 3, 8, 17, 34][i % 6], [1, 2, 4, 20, 32][i % 5] + (i % 6 > 3 ? 1 : 0));
    const order = i % 4 === 0 ? 'any' : 'given';
    const ops = keys.map((key) => ['put', hex(key), hex(random.bytes(1 + random.below(40)))]);
    for (let j = 0; order === 'given' && j < keys.length; j++)
      ops.push(
        random.below(2) === 0
          ? ['del', hex(random.pick(keys))]
          : ['put', hex(random.pick(keys)), hex(random.bytes(1 + random.below(40)))],
      );
    const place = (key) => (secure ? keccak(Buffer.from(key.slice(2), 'hex')) : Buffer.from(key.slice(2), 'hex'));
    const root = await trieRoot(ops.map(([, key, value = '0x']) => [place(key), Buffer.from(value.slice(2), 'hex')]));
    cases.push({
      name: `${order}, ${keys.length} keys of ${keys[0].length}${secure ? ', secure' : ''}`,
      secure,
      order,
      ops,
      root,
    });
  }
  return {
    description:
      'Merkle Patricia tries: ops in order ([put,key,value] or [del,key]) give the root. secure: keys are hashed first. order any: the puts give it in every order.',
    cases,
  };
}

export async function state_root() {
  const cases = [];
  for (let i = 0; i < 24; i++) {
    const random = draw(`state ${i}`);
    const plain = i % 6 !== 5;
    const accounts = Array.from({ length: [0, 1, 2, 3, 5, 8, 16, 17, 30, 60][i % 10] }, () => ({
      address: random.address(),
      nonce: quantity(random.below(2) === 0 ? 0 : random.integer(random.pick([1, 7, 8, 16, 63]))),
      balance: quantity(1n + random.integer(random.pick([0, 7, 8, 64, 90, 120]))),
      ...(plain || random.below(2) === 0
        ? {}
        : { storageRoot: hex(random.bytes(32)), codeHash: hex(random.bytes(32)) }),
    }));
    cases.push({
      name: `${accounts.length} accounts${plain ? '' : ', some with storage and code'}, ${i}`,
      accounts,
      stateRoot: await stateRootOf(accounts),
    });
  }
  return {
    description: 'Accounts to state root; storageRoot and codeHash of an account are the empty ones where absent.',
    emptyTrieRoot: EMPTY_ROOT,
    emptyCodeHash: EMPTY_CODE,
    cases,
  };
}

export async function tx_root() {
  const cases = [];
  for (let i = 0; i < 20; i++) {
    const random = draw(`tx_root ${i}`);
    const count = [0, 1, 2, 3, 5, 15, 16, 17, 20, 4, 129, 1, 1, 2, 2, 3, 3, 6, 7, 8][i];
    const transactions = [];
    while (transactions.length < count) {
      const type = transactions.length % 3;
      const small = count > 3 ? { data: '0x', ...(type === 0 ? {} : { accessList: [] }) } : {}; // for the size of this file
      transactions.push(sign(fieldsOf(random, type, small), random.secret()).serialized);
    }
    cases.push({
      name: `${count} transactions, ${i}`,
      transactions,
      transactionsRoot: await listRoot(transactions.map((raw) => Buffer.from(raw.slice(2), 'hex'))),
    });
  }
  return {
    description: 'Raw transactions to transactions root: the trie of rlp(index) to encoding.',
    emptyRoot: ethers.keccak256('0x80'),
    cases,
  };
}
