// Transactions: signing by ethers; forms and rules by hand.
import { data, draw, ethers, fixed, hex, ORDER, quantity, rlp, secp256k1, short } from './draw.mjs';

const CHAIN_ID = 1n;
const { Transaction, SigningKey } = ethers;

/** EIP-2028, EIP-2930; of a creation EIP-3860 as well. */
export function intrinsicGas(tx) {
  const input = data(tx.data);
  let gas = 21000n + (tx.to === null ? 32000n + 2n * BigInt(Math.ceil(input.length / 32)) : 0n);
  for (const byte of input) gas += byte === 0 ? 4n : 16n;
  for (const { storageKeys } of tx.accessList ?? []) gas += 2400n + 1900n * BigInt(storageKeys.length);
  return gas;
}

const accessListOf = (random, most) =>
  Array.from({ length: random.below(most + 1) }, () => ({
    address: random.address(),
    storageKeys: Array.from({ length: random.below(3) }, () => hex(random.bytes(32))),
  }));

/** Fields as ethers takes them; `over` replaces some. */
export function fieldsOf(random, type, over = {}) {
  const cap = 1n + random.integer(random.pick([1, 30, 34, 40]));
  const fees =
    type === 2 ? { maxFeePerGas: cap, maxPriorityFeePerGas: random.integer(30) % (cap + 1n) } : { gasPrice: cap };
  const fields = {
    type,
    chainId: CHAIN_ID,
    nonce: random.below(2) === 0 ? random.below(300) : random.below(2 ** 33),
    ...fees,
    to: random.address(),
    value: random.integer(random.pick([0, 1, 60, 90])),
    data: hex(
      Buffer.from([...random.bytes(random.pick([0, 0, 0, 1, 5, 32, 50]))].map((byte) => (byte < 64 ? 0 : byte))),
    ),
    ...(type === 0 ? {} : { accessList: accessListOf(random, 2) }),
    ...over,
  };
  return { gasLimit: intrinsicGas(fields) + BigInt(random.pick([0, 0, 1, 5000])), ...fields, ...over };
}

/** An ethers transaction, signed. chainId null: without replay protection. */
export function sign(fields, secret) {
  const tx = Transaction.from({ ...fields, chainId: fields.chainId ?? 0n });
  if (tx.to === null && fields.to !== null) throw new Error('no recipient');
  tx.signature = new SigningKey(secret).sign(tx.unsignedHash);
  return tx;
}

/** The same for a tip above the cap, which ethers refuses to encode. */
function signTip(fields, secret) {
  const accessList = fields.accessList.map(({ address, storageKeys }) => [data(address), storageKeys.map(data)]);
  const numbers = [fields.chainId, fields.nonce, fields.maxPriorityFeePerGas, fields.maxFeePerGas, fields.gasLimit].map(
    short,
  );
  const items = [...numbers, data(fields.to), short(fields.value), data(fields.data), accessList];
  const typed = (list) => Buffer.concat([Buffer.from([2]), rlp(list)]);
  const { r, s, yParity } = new SigningKey(secret).sign(ethers.keccak256(typed(items)));
  const serialized = hex(typed([...items, short(yParity), short(r), short(s)]));

  return { ...fields, serialized, hash: ethers.keccak256(serialized), from: ethers.computeAddress(secret) };
}

/** As the files write fields. */
export const fieldsText = (tx) => ({
  type: quantity(tx.type),
  chainId: tx.chainId === 0n && tx.type === 0 ? null : quantity(tx.chainId),
  nonce: quantity(tx.nonce),
  ...(tx.type === 2
    ? { maxPriorityFeePerGas: quantity(tx.maxPriorityFeePerGas), maxFeePerGas: quantity(tx.maxFeePerGas) }
    : { gasPrice: quantity(tx.gasPrice) }),
  gas: quantity(tx.gasLimit),
  to: tx.to === null ? null : tx.to.toLowerCase(),
  value: quantity(tx.value),
  input: tx.data,
  ...(tx.type === 0
    ? {}
    : {
        accessList: tx.accessList.map(({ address, storageKeys }) => ({ address: address.toLowerCase(), storageKeys })),
      }),
});

/** The items of a signed transaction. */
const itemsOf = (tx) => ethers.decodeRlp(tx.type === 0 ? tx.serialized : `0x${tx.serialized.slice(4)}`);

/** As it stands in the encoding. */
const vOf = (tx) => (tx.type === 0 ? itemsOf(tx)[6] : tx.signature.yParity);

export function tx_signing() {
  const random = draw('tx_signing');
  const cases = [];
  const add = (name, over, type) => {
    const privateKey = random.secret();
    const tx = sign(fieldsOf(random, type, over), privateKey);
    cases.push({
      name,
      privateKey,
      tx: fieldsText(tx),
      unsigned: tx.unsignedSerialized,
      signingHash: tx.unsignedHash,
      v: quantity(vOf(tx)),
      r: quantity(tx.signature.r),
      s: quantity(tx.signature.s),
      signed: tx.serialized,
      hash: tx.hash,
      sender: tx.from.toLowerCase(),
    });
  };

  for (let i = 0; i < 24; i++) add(`type ${i % 3}, ${i}`, {}, i % 3);
  for (const chainId of [2n, 107n, 110n, 1337n, 31337n, (1n << 31n) - 1n, 4503599627370476n])
    for (const type of [0, 2]) add(`chain ${chainId}, type ${type}`, { chainId }, type);
  for (let i = 0; i < 4; i++) add(`without replay protection, ${i}`, { chainId: null }, 0);
  for (const type of [0, 1, 2]) add(`a creation, type ${type}`, { to: null }, type);
  for (const type of [0, 1, 2])
    add(
      `all zero, type ${type}`,
      {
        nonce: 0,
        value: 0n,
        gasLimit: 0n,
        data: '0x',
        ...(type === 2 ? { maxFeePerGas: 0n, maxPriorityFeePerGas: 0n } : { gasPrice: 0n }),
      },
      type,
    );
  return {
    description: 'Key and fields to unsigned payload, signing hash, v, r, s, signed transaction, hash and sender.',
    cases,
  };
}

// ---- tx_conformance ----

const bytesOf = (item) => (Array.isArray(item) ? item.map(bytesOf) : data(item));
const rawOf = (type, items) => hex(Buffer.concat([Buffer.from(type === 0 ? [] : [type]), rlp(bytesOf(items))]));

const NAMES = [
  ['nonce', 'gasPrice', 'gasLimit', 'to', 'value', 'data', 'v', 'r', 's'],
  ['chainId', 'nonce', 'gasPrice', 'gasLimit', 'to', 'value', 'data', 'accessList', 'v', 'r', 's'],
  [
    'chainId',
    'nonce',
    'maxPriorityFeePerGas',
    'maxFeePerGas',
    'gasLimit',
    'to',
    'value',
    'data',
    'accessList',
    'v',
    'r',
    's',
  ],
];

const validCase = (name, tx) => ({
  name,
  tx: tx.serialized,
  forks: ['Cancun'],
  valid: true,
  hash: tx.hash,
  sender: tx.from.toLowerCase(),
  intrinsicGas: quantity(intrinsicGas(tx)),
  fields: fieldsText(tx),
});

function conformanceForms(random, add) {
  const one = (type, over) => sign(fieldsOf(random, type, { nonce: 7, value: 1000n, ...over }), random.secret());
  const change = (type, field, value) => {
    const items = itemsOf(one(type));
    items[NAMES[type].indexOf(field)] = typeof value === 'function' ? value(items[NAMES[type].indexOf(field)]) : value;
    return rawOf(type, items);
  };
  const zeroInFront = (item) => `0x00${item.slice(2)}`;

  for (const type of [0, 1, 2]) {
    const price = type === 2 ? 'maxFeePerGas' : 'gasPrice';
    for (const field of ['nonce', price, 'gasLimit', 'value', 'r', 's'])
      add(`a leading zero in ${field}, type ${type}`, change(type, field, zeroInFront), 'RLP_LEADING_ZEROS');
    for (const field of ['nonce', 'to', 'value', 'data', 'v', 'r'])
      add(
        `${field} as a list, type ${type}`,
        change(type, field, (item) => [item]),
        'RLP_KIND',
      );
    add(`nonce 2^64, type ${type}`, change(type, 'nonce', hex(short(1n << 64n))), 'NONCE_OVERFLOW');
    add(`gasLimit 2^64, type ${type}`, change(type, 'gasLimit', hex(short(1n << 64n))), 'GASLIMIT_OVERFLOW');
    add(`value 2^256, type ${type}`, change(type, 'value', hex(short(1n << 256n))), 'VALUE_OVERFLOW');
    add(`${price} 2^256, type ${type}`, change(type, price, hex(short(1n << 256n))), 'GASPRICE_OVERFLOW');
    add(
      `to of 19 bytes, type ${type}`,
      change(type, 'to', (item) => item.slice(0, -2)),
      'ADDRESS_TOO_SHORT',
    );
    add(
      `to of 21 bytes, type ${type}`,
      change(type, 'to', (item) => `${item}00`),
      'ADDRESS_TOO_LONG',
    );
    add(`r is 0, type ${type}`, change(type, 'r', '0x'), 'INVALID_SIGNATURE_VRS');
    add(`s is 0, type ${type}`, change(type, 's', '0x'), 'INVALID_SIGNATURE_VRS');
    add(`r is n, type ${type}`, change(type, 'r', fixed(ORDER)), 'INVALID_SIGNATURE_VRS');
    add(
      `s is high, type ${type}`,
      change(type, 's', (item) => hex(short(ORDER - BigInt(item)))),
      'INVALID_SIGNATURE_VRS',
    );
    add(`r is no point of the curve, type ${type}`, change(type, 'r', offCurve()), 'EC_RECOVERY_FAIL');
    add(`a field missing, type ${type}`, rawOf(type, itemsOf(one(type)).slice(0, -1)), 'RLP_TOO_FEW_ELEMENTS');
    add(`a field too many, type ${type}`, rawOf(type, [...itemsOf(one(type)), '0x01']), 'RLP_TOO_MANY_ELEMENTS');
    add(`a byte behind it, type ${type}`, `${one(type).serialized}00`, 'RLP_ERROR_SIZE');
    add(`a byte cut off, type ${type}`, one(type).serialized.slice(0, -2), 'RLP_ERROR_SIZE');
    add(`another chain, type ${type}`, one(type, { chainId: 2n }).serialized, 'INVALID_CHAINID');
    add(`gas below the intrinsic, type ${type}`, one(type, { gasLimit: 20999n }).serialized, 'INTRINSIC_GAS_TOO_LOW');
  }
  for (const v of [0, 1, 26, 29, 34, 36, 39, 40])
    add(`v ${v}, type 0`, change(0, 'v', hex(short(v))), 'INVALID_SIGNATURE_VRS');
  for (const v of [2, 27, 37]) add(`yParity ${v}, type 2`, change(2, 'v', hex(short(v))), 'INVALID_SIGNATURE_VRS');
}

/** An x with no point: x^3 + 7 is no square. */
function offCurve() {
  for (let x = 5n; ; x++) {
    try {
      secp256k1.ProjectivePoint.fromHex(`02${x.toString(16).padStart(64, '0')}`);
    } catch {
      return hex(short(x));
    }
  }
}

function conformanceTyped(random, add) {
  const one = (type, over) => sign(fieldsOf(random, type, over), random.secret());
  const listed = (accessList) => {
    const items = itemsOf(one(2));
    items[8] = accessList;
    return rawOf(2, items);
  };
  const address = random.address();
  const key = hex(random.bytes(32));

  add('access list: a string', listed('0x'), 'RLP_INVALID_ACCESS_LIST');
  add('access list: an entry that is a string', listed([address]), 'RLP_INVALID_ACCESS_LIST');
  add('access list: an entry without keys', listed([[address]]), 'RLP_INVALID_ACCESS_LIST');
  add('access list: an entry of three', listed([[address, [], []]]), 'RLP_INVALID_ACCESS_LIST');
  add(
    'access list: an address of 19 bytes',
    listed([[address.slice(0, -2), []]]),
    'RLP_INVALID_ACCESS_LIST_ADDRESS_TOO_SHORT',
  );
  add(
    'access list: an address of 21 bytes',
    listed([[`${address}00`, []]]),
    'RLP_INVALID_ACCESS_LIST_ADDRESS_TOO_LONG',
  );
  add(
    'access list: a key of 31 bytes',
    listed([[address, [key.slice(0, -2)]]]),
    'RLP_INVALID_ACCESS_LIST_STORAGE_TOO_SHORT',
  );
  add('access list: a key of 33 bytes', listed([[address, [`${key}00`]]]), 'RLP_INVALID_ACCESS_LIST_STORAGE_TOO_LONG');
  add('access list: a key that is a list', listed([[address, [[key]]]]), 'RLP_INVALID_ACCESS_LIST');
  for (const type of [0x00, 0x03, 0x04, 0x05, 0x7f])
    add(`type ${type}`, `0x${hex([type]).slice(2)}${one(2).serialized.slice(4)}`, 'TYPE_NOT_SUPPORTED');
  add('nothing', '0x', 'RLP_ERROR_SIZE');
  add('a type alone', '0x02', 'RLP_ERROR_SIZE');
  add('a typed one as a string, as in a body', hex(rlp(data(one(2).serialized))), 'RLP_ERROR_SIZE');
  add('an empty list', '0xc0', 'RLP_TOO_FEW_ELEMENTS');
  add(
    'the tip above the cap',
    signTip(fieldsOf(random, 2, { maxFeePerGas: 10n, maxPriorityFeePerGas: 11n }), random.secret()).serialized,
    'PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS',
  );
  add(
    'gas that costs over 2^256',
    one(2, { maxFeePerGas: (1n << 256n) - 1n, maxPriorityFeePerGas: 0n }).serialized,
    'GASLIMIT_PRICE_PRODUCT_OVERFLOW',
  );
  add('nonce 2^64 - 1', highNonce(random, (1n << 64n) - 1n), 'NONCE_TOO_BIG');
}

/** ethers' nonces are JavaScript's numbers: this one is put together here. */
function highNonce(random, nonce) {
  const secret = random.secret();
  const items = [short(nonce), short(10), short(21000), data(random.address()), short(1), Buffer.alloc(0)];
  const { r, s, yParity } = new SigningKey(secret).sign(
    ethers.keccak256(rlp([...items, short(1), Buffer.alloc(0), Buffer.alloc(0)])),
  );
  return hex(rlp([...items, short(37 + yParity), short(r), short(s)]));
}

export function tx_conformance() {
  const random = draw('tx_conformance');
  const cases = [];
  const add = (name, tx, exception) => cases.push({ name, tx, forks: ['Cancun'], valid: false, exception });

  for (let i = 0; i < 18; i++)
    cases.push(validCase(`type ${i % 3}, ${i}`, sign(fieldsOf(random, i % 3), random.secret())));
  for (const type of [0, 1, 2])
    cases.push(
      validCase(
        `the largest value, type ${type}`,
        sign(fieldsOf(random, type, { value: (1n << 256n) - 1n }), random.secret()),
      ),
    );
  for (let i = 0; i < 2; i++)
    cases.push(
      validCase(`without replay protection, ${i}`, sign(fieldsOf(random, 0, { chainId: null }), random.secret())),
    );
  for (const type of [0, 2])
    cases.push(
      validCase(
        `a creation, type ${type}`,
        sign(fieldsOf(random, type, { to: null, data: hex(random.bytes(70)) }), random.secret()),
      ),
    );
  conformanceForms(random, add);
  conformanceTyped(random, add);
  return {
    description:
      'Raw transactions to accept or refuse under chain id 1. valid true: hash, sender, intrinsic gas and fields; valid false: the rule that is broken (any refusal is right).',
    cases,
  };
}

// ---- tx_admission ----

/** Every rule that it breaks, straight from the definitions. */
function rulesBroken(tx, at) {
  const cap = tx.type === 2 ? tx.maxFeePerGas : tx.gasPrice;
  const broken = {
    INSUFFICIENT_ACCOUNT_FUNDS: tx.value + tx.gasLimit * cap > at.balance,
    INTRINSIC_GAS_TOO_LOW: tx.gasLimit < intrinsicGas(tx),
    GAS_ALLOWANCE_EXCEEDED: tx.gasLimit > at.gasLimit,
    PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS: tx.type === 2 && tx.maxPriorityFeePerGas > cap,
    INSUFFICIENT_MAX_FEE_PER_GAS: cap < at.baseFee,
    NONCE_MISMATCH_TOO_LOW: BigInt(tx.nonce) < at.nonce,
    NONCE_MISMATCH_TOO_HIGH: BigInt(tx.nonce) > at.nonce,
  };
  return Object.keys(broken).filter((name) => broken[name]);
}

/** One rule broken by just one unit; then several at once. */
export function tx_admission() {
  const random = draw('tx_admission');
  const cases = [];

  for (let i = 0; cases.length < 42; i++) {
    const type = i % 3;
    const fields = fieldsOf(random, type, { nonce: 20 + random.below(200), gasLimit: undefined });
    const breaks = i < 21 ? [i % 7] : [random.below(7), random.below(7)];
    fields.gasLimit = intrinsicGas(fields) - (breaks.includes(1) ? 1n : 0n);
    if (breaks.includes(3) && type === 2) fields.maxPriorityFeePerGas = fields.maxFeePerGas + 1n;
    const tx = (breaks.includes(3) && type === 2 ? signTip : sign)(fields, random.secret());
    const cap = type === 2 ? tx.maxFeePerGas : tx.gasPrice;
    const at = {
      nonce: BigInt(tx.nonce) + (breaks.includes(5) ? 1n : breaks.includes(6) ? -1n : 0n),
      balance: tx.value + tx.gasLimit * cap - (breaks.includes(0) ? 1n : 0n),
      baseFee: breaks.includes(4) ? cap + 1n : cap,
      gasLimit: breaks.includes(2) ? tx.gasLimit - 1n : tx.gasLimit,
    };
    const rules = rulesBroken(tx, at);
    if (rules.length === 0) continue;
    cases.push({
      name: `type ${type}: ${rules.join(', ')}, ${i}`,
      senderNonce: quantity(at.nonce),
      senderBalance: quantity(at.balance),
      blockBaseFee: quantity(at.baseFee),
      blockGasLimit: quantity(at.gasLimit),
      tx: tx.serialized,
      sender: tx.from.toLowerCase(),
      fields: fieldsText(tx),
      rejected: rules,
      rulesBroken: rules,
    });
  }
  return {
    description:
      'Well-signed transactions that may not enter a block, with the sender and the block they are tried against. rulesBroken: every rule that is broken. Chain id 1.',
    cases,
  };
}
