// Base fees and blocks of transfers, by a plain model of the rules.
import { data, draw, ethers, hex, quantity, rlp, short } from './draw.mjs';
import { listRoot, stateRootOf } from './tries.mjs';
import { fieldsOf, intrinsicGas, sign } from './transactions.mjs';

/** EIP-1559, as its text computes it. */
function nextBaseFee(fee, used, limit) {
  const target = limit / 2n;
  if (used === target) return fee;
  if (used > target) {
    const delta = (fee * (used - target)) / target / 8n;
    return fee + (delta > 1n ? delta : 1n);
  }
  return fee - (fee * (target - used)) / target / 8n;
}

export function base_fee() {
  const random = draw('base_fee');
  const cases = [];
  const add = (name, fee, used, limit) =>
    cases.push({
      name,
      parentBaseFee: quantity(fee),
      parentGasUsed: quantity(used),
      parentGasLimit: quantity(limit),
      baseFee: quantity(nextBaseFee(fee, used, limit)),
    });

  for (const limit of [30000000n, 1000000000n, 42001n])
    for (const fee of [0n, 1n, 7n, 8n, 1000000000n, (1n << 70n) + 3n])
      for (const [name, used] of [
        ['empty', 0n],
        ['at the target', limit / 2n],
        ['one above it', limit / 2n + 1n],
        ['full', limit],
      ])
        add(`${name}, limit ${limit}, fee ${fee}`, fee, used, limit);
  for (let i = 0; i < 28; i++) {
    const limit = 21000n + random.integer(random.pick([16, 30, 50]));
    add(`drawn ${i}`, random.integer(random.pick([8, 34, 64, 100])), random.integer(60) % (limit + 1n), limit);
  }
  return { description: 'EIP-1559: the base fee of the next block, elasticity 2, denominator 8.', cases };
}

// ---- state_transition ----

const textOf = (accounts) =>
  [...accounts]
    .filter(([, one]) => one.nonce > 0n || one.balance > 0n)
    .map(([address, one]) => ({ address, nonce: quantity(one.nonce), balance: quantity(one.balance) }));

/** The account, made empty where it is not there. */
function at(accounts, address) {
  if (!accounts.has(address)) accounts.set(address, { nonce: 0n, balance: 0n });
  return accounts.get(address);
}

function transfer(accounts, tx, baseFee, coinbase) {
  const gas = intrinsicGas(tx);
  const cap = tx.type === 2 ? tx.maxFeePerGas : tx.gasPrice;
  const tip = tx.type === 2 ? tx.maxPriorityFeePerGas : tx.gasPrice;
  const price = cap < baseFee + tip ? cap : baseFee + tip;
  const sender = at(accounts, tx.from.toLowerCase());

  if (cap < baseFee || sender.balance < tx.value + tx.gasLimit * cap || sender.nonce !== BigInt(tx.nonce))
    throw new Error('a transfer that does not hold');
  sender.nonce += 1n;
  sender.balance -= tx.value + gas * price;
  at(accounts, tx.to.toLowerCase()).balance += tx.value;
  at(accounts, coinbase).balance += gas * (price - baseFee);
  return { gas, price };
}

const receiptBytes = (type, cumulative) =>
  Buffer.concat([Buffer.from(type === 0 ? [] : [type]), rlp([short(1), short(cumulative), Buffer.alloc(256), []])]);

/** To somebody known, to itself, to the coinbase, or to an address nobody named before. */
function recipientOf(random, people, sender, coinbase) {
  return [random.pick(people).address, sender, coinbase, random.address()][random.below(4)];
}

function someTransfer(random, accounts, people, coinbase, baseFee) {
  const { secret, address } = random.pick(people);
  const type = random.below(3);
  const cap = baseFee + random.integer(random.pick([0, 10, 30]));
  const tip = random.pick([0n, cap, random.integer(20) % (cap + 1n)]);
  const fees = type === 2 ? { maxFeePerGas: cap, maxPriorityFeePerGas: tip } : { gasPrice: cap };
  const value = random.pick([0n, 1n, random.integer(50)]);
  const fields = fieldsOf(random, type, {
    nonce: Number(at(accounts, address).nonce),
    to: recipientOf(random, people, address, coinbase),
    value,
    ...fees,
  });

  return at(accounts, address).balance < value + fields.gasLimit * cap ? null : sign(fields, secret);
}

async function blockOf(random, accounts, people, number, gasLimit, baseFee) {
  const coinbase = random.pick([random.address(), random.pick(people).address]);
  const transactions = [];
  const receipts = [];
  const bytes = [];
  let used = 0n;

  for (let tries = random.pick([0, 1, 3, 8]); tries > 0; tries--) {
    const tx = someTransfer(random, accounts, people, coinbase, baseFee);
    if (!tx || used + tx.gasLimit > gasLimit) continue;
    const { gas, price } = transfer(accounts, tx, baseFee, coinbase);
    used += gas;
    transactions.push(tx);
    receipts.push({
      type: quantity(tx.type),
      status: '0x1',
      gasUsed: quantity(gas),
      cumulativeGasUsed: quantity(used),
      effectiveGasPrice: quantity(price),
    });
    bytes.push(receiptBytes(tx.type, used));
  }
  const raw = transactions.map((tx) => tx.serialized);
  return {
    number: quantity(number),
    senders: transactions.map((tx) => tx.from.toLowerCase()),
    coinbase,
    gasLimit: quantity(gasLimit),
    baseFeePerGas: quantity(baseFee),
    transactions: raw,
    transactionsRoot: await listRoot(raw.map(data)),
    gasUsed: quantity(used),
    receipts,
    receiptsRoot: await listRoot(bytes),
    stateRoot: await stateRootOf(textOf(accounts)),
  };
}

export async function state_transition() {
  const cases = [];
  for (let i = 0; i < 20; i++) {
    const random = draw(`state_transition ${i}`);
    const people = Array.from({ length: 1 + random.below(5) }, () => {
      const secret = random.secret();
      return { secret, address: ethers.computeAddress(secret).toLowerCase() };
    });
    const accounts = new Map(
      people.map(({ address }) => [
        address,
        {
          nonce: BigInt(random.pick([0, 1, 127, 128, 300])),
          balance: (1n << 60n) + random.integer(random.pick([60, 100])),
        },
      ]),
    );
    const pre = textOf(accounts);
    const gasLimit = BigInt(random.pick([1000000, 30000000]));
    const blocks = [];
    let baseFee = BigInt(random.pick([7, 1000000000, 5000000000]));

    for (let number = 1; number <= 1 + (i % 3); number++) {
      const block = await blockOf(random, accounts, people, number, gasLimit, baseFee);
      blocks.push(block);
      baseFee = nextBaseFee(baseFee, BigInt(block.gasUsed), gasLimit);
    }
    cases.push({ name: `blocks ${i}`, pre, blocks, post: textOf(accounts) });
  }
  return {
    description:
      'Blocks of plain transfers, chain id 1: accounts before, raw transactions, and accounts, gas, receipts and roots after. An account left with nonce 0 and balance 0 is removed; no block reward; the base fee is burned.',
    cases,
  };
}
