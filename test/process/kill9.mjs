// kill -9 in the middle of work, again and again, on one chain: nothing that was answered may be
// lost, nothing that was shown may change. SEED and ROUNDS repeat a run.
import assert from 'node:assert/strict';
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { assertStopped, devKeys, folder, Node, say, Scope, sign, test, verify } from './harness.mjs';
import { Connection, post, request, Rpc } from './client.mjs';

const rounds = Number(process.env.ROUNDS ?? 50);
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000_007);
const senders = devKeys.slice(0, 4);
const window = 16; // of one sender's requests under way
const ahead = 1500; // signed before the stream begins: more than a round can use
const batchMax = 500;

/** mulberry32: the same seed, the same moments. */
function randomOf(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
const random = randomOf(seed);
const between = (least, most) => least + Math.floor(random() * (most - least + 1));
const pick = (list) => list[Math.floor(random() * list.length)];

/** One account's signed transfers by nonce; recipients old and new. */
class Stream {
  #signed = new Map();
  last = 0; // the highest nonce that was answered

  constructor(account) { this.account = account; }

  prepare(nonce) {
    while (!this.#signed.has(nonce + ahead - 1)) {
      let first = nonce;
      while (this.#signed.has(first)) first++;
      const to = random() < 0.5 ? pick(devKeys).address
        : `0x${between(0, 255).toString(16).padStart(40, 'c')}`;
      const list = sign({ key: this.account.key, nonce: first, count: 500, to });
      list.forEach((one, i) => this.#signed.set(first + i, one));
    }
    for (const old of this.#signed.keys()) if (old < nonce - ahead) this.#signed.delete(old);
  }

  at = (nonce) => this.#signed.get(nonce);
}

/** What the outside was told, over all rounds. */
class Told {
  answered = []; // hashes
  receipts = new Map(); // hash: its receipt's text
  height = 0;

  receipt(hash, receipt) {
    const text = JSON.stringify(receipt);
    const before = this.receipts.get(hash);
    assert(before === undefined || before === text, `the receipt of ${hash} changed`);
    this.receipts.set(hash, text);
    this.height = Math.max(this.height, Number(receipt.blockNumber));
  }
}

/** Keeps `window` sends of one account under way until the node is gone. */
async function send(connection, stream, nonce, told) {
  const under = [];
  const put = () => {
    const one = stream.at(nonce);
    if (!one) return;
    under.push({ nonce, hash: one.hash });
    connection.send(post(request('eth_sendRawTransaction', [one.raw], nonce++)));
  };
  for (let i = 0; i < window; i++) put();
  for (;;) {
    const answer = await connection.next().catch(() => null);
    if (!answer) return;
    const { result, error } = JSON.parse(answer.body);
    const { nonce: answered, hash } = under.shift();
    // One behind a gap may have been kept by the round before, and be in a block once the gap is
    // closed: whether this very one is there is looked at with all that was answered.
    if (error) assert.match(error.message, /^(already known |nonce too low: )/);
    else assert.equal(result, hash);
    told.answered.push(hash);
    stream.last = Math.max(stream.last, answered);
    put();
  }
}

/** Asks for receipts of what was answered until the node is gone. */
async function poll(connection, first, told) {
  for (;;) {
    const hash = told.answered[between(first, told.answered.length - 1)];
    connection.send(post(hash ? request('eth_getTransactionReceipt', [hash])
      : request('eth_blockNumber')));
    const answer = await connection.next().catch(() => null);
    if (!answer) return;
    const { result } = JSON.parse(answer.body);
    if (hash && result) told.receipt(hash, result);
  }
}

async function inBatches(rpc, method, hashes, check) {
  for (let i = 0; i < hashes.length; i += batchMax) {
    const part = hashes.slice(i, i + batchMax);
    const results = await rpc.batch(method, part.map((hash) => [hash]));
    results.forEach((result, j) => check(part[j], result));
  }
}

/** After a restart: all of this round, and some of the rounds before. */
async function checkTold(rpc, first, told) {
  const older = Array.from({ length: Math.min(first, 300) }, () => pick(told.answered));
  const hashes = [...told.answered.slice(first), ...older];
  await inBatches(rpc, 'eth_getTransactionByHash', hashes, (hash, tx) =>
    assert(tx, `${hash} was answered and is gone`));
  await inBatches(rpc, 'eth_getTransactionReceipt', hashes.filter((hash) => told.receipts.has(hash)),
    (hash, receipt) => {
      assert(receipt, `the receipt of ${hash} was given and is gone`);
      told.receipt(hash, receipt);
    });
}

const start = (scope, directory, blockTime) =>
  Node.start(scope, ['--dev', '--data-dir', directory, '--block-time', String(blockTime)]);

/** Streams, kills, and says what it was. */
async function streamAndKill(scope, node, streams, told) {
  const rpc = await Rpc.open(scope, node);
  const first = told.answered.length;
  const work = [];
  const nonces = [];
  const connections = [];
  for (const stream of streams) {
    const { address } = stream.account;
    nonces.push(Number(await rpc.call('eth_getTransactionCount', address, 'pending')));
    stream.prepare(nonces.at(-1));
    connections.push(await Connection.open(scope, node.port));
  }
  streams.forEach((stream, i) => work.push(send(connections[i], stream, nonces[i], told)));
  work.push(poll(await Connection.open(scope, node.port), first, told));
  const ms = between(20, 400);
  await new Promise((resolve) => { setTimeout(resolve, ms); });
  node.child.kill('SIGKILL');
  await node.exited;
  await Promise.all(work);
  return { ms, first };
}

/** The last run of the chain: what an answered one may wait behind is sent again, and all of them
 * come into blocks. */
async function finishChain(rpc, streams, told) {
  for (const { account, last, at } of streams) {
    const nonce = Number(await rpc.call('eth_getTransactionCount', account.address, 'pending'));
    for (let i = nonce; i < last; i++) {
      const { error } = await rpc.raw(request('eth_sendRawTransaction', [at(i).raw]));
      if (error) assert.match(error.message, /^already known /);
    }
  }
  await inBatches(rpc, 'cairn_waitForTransaction', told.answered, (hash, receipt) => {
    assert(receipt, `${hash} was answered and never came into a block`);
    told.receipt(hash, receipt);
  });
}

export default async function kill9() {
  say(`SEED=${seed} ROUNDS=${rounds}`);
  const told = new Told();
  const streams = senders.map((account) => new Stream(account));
  const whole = new Scope(); // one chain for all rounds, each of which is a test of its own
  const directory = join(folder(whole), 'chain');

  for (let round = 1; round <= rounds; round++) {
    const blockTime = [0, 50, 1000][round % 3];
    await test(`round ${round}: block time ${blockTime} ms, killed at work, nothing is lost`,
      async (scope) => {
        const node = await start(scope, directory, blockTime);
        const { ms, first } = await streamAndKill(scope, node, streams, told);
        if (round % 10 === 0) {
          const copy = join(folder(scope), 'copy');
          cpSync(directory, copy, { recursive: true });
          say(verify(copy));
        }
        if (round % 5 === 0) { // and once more while it rises again
          const rising = new Node(scope, ['--dev', '--data-dir', directory]);
          await new Promise((resolve) => { setTimeout(resolve, between(1, 25)); });
          await rising.kill();
        }
        const again = await start(scope, directory, blockTime);
        assert(again.height >= told.height, `height ${again.height}, ${told.height} was shown`);
        await checkTold(await Rpc.open(scope, again), first, told);
        await again.kill();
        say(`killed after ${ms} ms: ${told.answered.length - first} answered, `
          + `${told.receipts.size} receipts in all, height ${again.height}`);
      }, 30);
  }
  await test('at the end all that was answered is in blocks, and the chain is whole',
    async (scope) => {
      const node = await start(scope, directory, 0);
      await finishChain(await Rpc.open(scope, node), streams, told);
      assertStopped(await node.stop(), node.stderr);
      say(verify(directory));
      assert.deepEqual(readdirSync(directory).filter((name) => name.startsWith('validator.')),
        ['validator.state'], 'a start leaves nothing behind of a record that was cut off');
    }, 60);
  await whole.close();
}
