// From start to stop: how a node says that it is ready, how it ends, and what it refuses to touch.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, watch,
  writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { assertStopped, checker, devKeys, folder, gwei, Node, patience, picture, programs, run, sign, skip,
  test, verify } from './harness.mjs';
import { Connection, post, request, Rpc } from './client.mjs';

const dev = (directory, ...more) => ['--dev', '--data-dir', directory, ...more];

/** A node that must refuse to start. */
function refused(args, code, pattern, options) {
  const done = run(programs.cairnd, args, options);
  assert.equal(done.code, code, done.stderr);
  assert.match(done.stderr, pattern);
  return done;
}

/** Sends transfers and waits until all are in blocks. */
async function transfer(rpc, list) {
  for (const { raw, hash } of list) assert.equal(await rpc.call('eth_sendRawTransaction', raw), hash);
  for (const { hash } of list) assert(await rpc.call('cairn_waitForTransaction', hash));
}

/** A chain of a few blocks in `directory`, its node stopped again; the blocks' hashes by height. */
async function makeChain(scope, directory, count = 3) {
  const node = await Node.start(scope, dev(directory));
  const rpc = await Rpc.open(scope, node);
  for (const one of sign({ count })) await transfer(rpc, [one]);
  const hashes = await blockHashes(rpc);
  assertStopped(await node.stop(), node.stderr);
  return hashes;
}

async function blockHashes(rpc) {
  const head = Number(await rpc.call('eth_blockNumber'));
  const heights = Array.from({ length: head + 1 }, (_, i) => [`0x${i.toString(16)}`, false]);
  return (await rpc.batch('eth_getBlockByNumber', heights)).map((block) => block.hash);
}

// ---- ready ----

async function ready() {
  await test('the log says ready, with chain, height, URL and directory', async (scope) => {
    const directory = folder(scope);
    const node = await Node.start(scope, dev(directory));
    const [, chain, height, url, where] = /ready: chain (\d+) at height (\d+), JSON-RPC (\S+), data directory (.*)/
      .exec(node.stderr);
    assert.deepEqual([chain, height, url, where],
      ['31337', '0', `http://127.0.0.1:${node.port}`, directory]);
    assert.equal(await (await Rpc.open(scope, node)).call('eth_chainId'), '0x7a69');
  });

  await test('--ready-file holds the URL and a newline, whole from its first moment',
    async (scope) => {
      const place = folder(scope);
      const appeared = new Promise((resolve) => {
        const watcher = watch(place, (_, name) => {
          if (name !== 'ready') return;
          watcher.close();
          resolve(readFileSync(join(place, 'ready'), 'utf8'));
        });
      });
      const node = new Node(scope, dev(folder(scope), '--ready-file', join(place, 'ready')));
      const text = await appeared;
      assert.match(text, /^http:\/\/127\.0\.0\.1:\d+\n$/);
      await node.ready;
      assert.equal(text, `${node.url}\n`);
      assert.deepEqual(readdirSync(place), ['ready']);
    });

  for (const [kind, prefix] of [['a path', ''], ['an abstract name', '@']])
    await test(`sd_notify at ${kind}: READY=1, then STOPPING=1`, async (scope) => {
      const path = join(folder(scope), 'notify');
      const listener = spawn(programs.checker, ['notify-listen', prefix + path],
        { stdio: ['ignore', 'pipe', 'inherit'] });
      scope.add(() => listener.kill('SIGKILL'));
      const lines = readLines(listener.stdout);
      assert.equal(await lines.next(), 'listening');
      const node = await Node.start(scope, dev(folder(scope)), { env: { NOTIFY_SOCKET: prefix + path } });
      assert.equal(await lines.next(), 'READY=1');
      assertStopped(await node.stop(), node.stderr);
      assert.equal(await lines.next(), 'STOPPING=1');
    });

  await test('a service manager that is gone is no reason not to run', async (scope) => {
    const env = { NOTIFY_SOCKET: join(folder(scope), 'nobody') };
    const node = await Node.start(scope, dev(folder(scope)), { env });
    await node.logged(/the service manager could not be told READY=1/);
  });

  await test('--no-rpc runs without a listener', async (scope) => {
    const node = await Node.start(scope, dev(folder(scope), '--no-rpc'));
    assert.equal(node.url, null);
    assertStopped(await node.stop(), node.stderr);
  });
}

function readLines(stream) {
  let rest = '';
  const lines = [];
  const waiters = [];
  stream.setEncoding('utf8').on('data', (text) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop();
    for (const line of parts) (waiters.shift() ?? ((l) => lines.push(l)))(line);
  });
  return { next: () => new Promise((resolve) => {
    if (lines.length > 0) resolve(lines.shift());
    else waiters.push(resolve);
  }) };
}

// ---- stopping ----

async function stopping() {
  for (const signal of ['SIGTERM', 'SIGINT'])
    await test(`${signal} ends it with 0 within two seconds, and the chain goes on`,
      async (scope) => {
        const directory = folder(scope);
        const hashes = await makeChain(scope, directory);
        const node = await Node.start(scope, dev(directory));
        assert.equal(node.height, 3);
        const rpc = await Rpc.open(scope, node);
        assert.deepEqual(await blockHashes(rpc), hashes);
        await transfer(rpc, sign({ nonce: 3 }));
        assert.equal((await blockHashes(rpc)).length, 5);
        const stopped = await node.stop(signal);
        assertStopped(stopped, node.stderr);
        assert(stopped.ms < 1000 * patience, 'a client that closes when it is told to delays nothing');
        assert.match(node.stderr, new RegExp(`stopping: .*${signal}`));
        assert.match(node.stderr, /stopped, all is on the disk/);
        assert.equal(verify(directory), 'height 4 accounts 11 ok');
      });

  await test('SIGTERM under load: what was answered is kept', async (scope) => {
    const directory = folder(scope);
    const node = await Node.start(scope, dev(directory));
    const answered = [];
    const loads = devKeys.slice(0, 3).map(async ({ key }) => {
      const rpc = await Rpc.open(scope, node);
      for (const { raw, hash } of sign({ key, count: 2000 })) {
        const answer = await rpc.exchange(request('eth_sendRawTransaction', [raw])).catch(() => null);
        if (answer?.status !== 200) return;
        const { result, error } = JSON.parse(answer.body);
        if (error) return;
        assert.equal(result, hash);
        answered.push(hash);
        if (answered.length === 300) node.child.kill('SIGTERM');
      }
    });
    await Promise.all(loads);
    assertStopped({ ...await node.exited, ms: 0 }, node.stderr);
    assert(answered.length >= 300);
    const again = await Node.start(scope, dev(directory));
    const found = await (await Rpc.open(scope, again))
      .batch('eth_getTransactionByHash', answered.map((hash) => [hash]));
    assert(found.every((tx) => tx));
    assertStopped(await again.stop(), again.stderr);
    verify(directory);
  });

  await test('SIGTERM does not wait for clients that never finish', async (scope) => {
    const node = await Node.start(scope, dev(folder(scope)));
    const unfinished = ['', 'POST / HT', 'POST / HTTP/1.1\r\nHost: localhost\r\n',
      'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{'];
    const clients = await Promise.all(unfinished.map(() =>
      Connection.open(scope, node.port, { allowHalfOpen: true })));
    clients.forEach((client, i) => client.send(unfinished[i]));
    await (await Rpc.open(scope, node)).call('eth_chainId'); // all of it has been read by now
    assertStopped(await node.stop(), node.stderr);
    await clients[0].ended; // nothing was asked, nothing is answered
    for (const client of clients.slice(1)) assert.equal((await client.next()).status, 503);
  });

  await test('SIGTERM answers what waits: null, and the code-4 error', async (scope) => {
    const node = await Node.start(scope, dev(folder(scope), '--block-time', '60000'));
    const rpc = await Rpc.open(scope, node);
    const [first, second] = sign({ count: 2 });
    // The first block comes at once, the next only after a minute.
    await transfer(rpc, [first]);
    const waits = await Connection.open(scope, node.port);
    waits.send(post(request('cairn_waitForTransaction', [`0x${'7'.repeat(64)}`])));
    const sends = await Connection.open(scope, node.port);
    sends.send(post(request('eth_sendRawTransactionSync', [second.raw, 30000])));
    while (await rpc.call('eth_getTransactionByHash', second.hash) === null);
    assertStopped(await node.stop(), node.stderr);
    const nothing = await waits.next();
    assert.equal(nothing.headers.connection, 'close');
    assert.deepEqual(JSON.parse(nothing.body), { jsonrpc: '2.0', id: 1, result: null });
    const { error } = JSON.parse((await sends.next()).body);
    assert.deepEqual([error.code, error.data], [4, second.hash]);
  });

  await test('--temporary leaves nothing behind', async (scope) => {
    const TMPDIR = folder(scope);
    const node = await Node.start(scope, ['--dev', '--temporary'], { env: { TMPDIR } });
    await transfer(await Rpc.open(scope, node), sign({ count: 5 }));
    assert.match(readdirSync(TMPDIR).join(), /^cairn-dev-/);
    assertStopped(await node.stop('SIGINT'), node.stderr);
    assert.deepEqual(readdirSync(TMPDIR), []);
  });
}

// ---- directories ----

/** Refused, and nothing in it has changed. */
function refusedUntouched(directory, args, code, pattern, options) {
  const before = picture(directory);
  refused(args, code, pattern, options);
  assert.deepEqual(picture(directory), before);
}

async function directories() {
  await test('a second node on a directory is refused and told whose it is', async (scope) => {
    const directory = folder(scope);
    const node = await Node.start(scope, dev(directory));
    refused(dev(directory), 3, new RegExp(`already in use by process ${node.pid}\\b`));
    refused(dev(directory, '--reindex'), 3, new RegExp(`already in use by process ${node.pid}\\b`));
    await transfer(await Rpc.open(scope, node), sign());
  });

  await test('a directory that is not cairn\'s is refused untouched', async (scope) => {
    const directory = folder(scope);
    writeFileSync(join(directory, 'letters.txt'), 'dear aunt');
    refusedUntouched(directory, dev(directory), 3, /neither empty nor a cairn store \(letters\.txt is in it\).*--data-dir/);
  });

  await test('a directory of another genesis is refused untouched, with both hashes',
    async (scope) => {
      const directory = folder(scope);
      const [genesis] = await makeChain(scope, directory);
      const file = join(folder(scope), 'genesis.json');
      writeFileSync(file, genesisText(devKeys[0].address));
      refusedUntouched(directory, ['--genesis', file, '--data-dir', directory], 3,
        new RegExp(`made from another genesis \\(${genesis}, wanted 0x[0-9a-f]{64}\\)`));
    });

  await test('a directory of a newer cairn is refused untouched', async (scope) => {
    const directory = folder(scope);
    await makeChain(scope, directory);
    const mark = join(directory, 'STORE-cairn');
    writeFileSync(mark, readFileSync(mark, 'utf8').replace('schema 1\n', 'schema 2\n'));
    refusedUntouched(directory, dev(directory), 3, /made by a newer cairn \(schema 2, this one knows 1\)/);
    refusedUntouched(directory, dev(directory, '--reindex'), 3, /made by a newer cairn/);
  });

  await test('a newer schema in the store itself is refused too', async (scope) => {
    const directory = folder(scope);
    await makeChain(scope, directory);
    checker('set-schema', directory, 9);
    refused(dev(directory), 3, /made by a newer cairn \(schema 9, this one knows 1\)/);
    checker('set-schema', directory, 1);
    assert.equal((await Node.start(scope, dev(directory))).height, 3);
  });

  await test('a directory that cannot be made ends it with 1 and its name', async (scope) => {
    const file = join(folder(scope), 'file');
    writeFileSync(file, '');
    refused(dev(join(file, 'chain')), 1, new RegExp(`data directory ${file}/chain: .*Not a directory`));
  });

  const name = 'a directory that may not be written ends it with 1';
  if (process.getuid() === 0) skip(name, 'root may write everywhere');
  else
    await test(name, async (scope) => {
      const directory = folder(scope);
      chmodSync(directory, 0o500);
      refusedUntouched(directory, dev(directory), 1, /LOCK-cairn: Permission denied/);
    });

  await test('too few open files end it with 2 before anything is opened', async (scope) => {
    const directory = join(folder(scope), 'data');
    const done = run('/bin/sh', ['-c', 'ulimit -n 255 && exec "$@"', 'sh', programs.cairnd,
      ...dev(directory)]);
    assert.equal(done.code, 2, done.stderr);
    assert.match(done.stderr, /allows this process 255 open files, 256 are needed/);
    assert.deepEqual(picture(join(directory, '..')), []);
  });

  await test('a port that is taken ends it with 1, and the chain goes on elsewhere',
    async (scope) => {
      const directory = folder(scope);
      const hashes = await makeChain(scope, directory);
      const taken = createServer();
      await new Promise((resolve) => { taken.listen(0, '127.0.0.1', resolve); });
      scope.add(() => taken.close());
      const listen = `127.0.0.1:${taken.address().port}`;
      const place = folder(scope);
      refused(dev(directory, '--rpc-listen', listen, '--ready-file', join(place, 'ready')), 1,
        new RegExp(`--rpc-listen ${listen}: .*another program listens there`));
      assert.deepEqual(readdirSync(place), [], 'it was not ready');
      const node = await Node.start(scope, dev(directory));
      assert.deepEqual(await blockHashes(await Rpc.open(scope, node)), hashes);
    });

  await test('rows that are missing are noticed, and --reindex brings them back',
    async (scope) => {
      const directory = folder(scope);
      await makeChain(scope, directory);
      for (const letters of ['a', 'h', 'p', 'i', 'n', 'm', 'ahpinm']) {
        checker('drop', directory, letters);
        const { code } = run(programs.cairnd, dev(directory, '--reindex'));
        assert.equal(code, 0, letters);
        assert.equal(verify(directory), 'height 3 accounts 11 ok', letters);
      }
      checker('drop', directory, 'a');
      refused(dev(directory), 1, /--reindex/);
      checker('drop', directory, 'b'); // the truth itself
      refused(dev(directory, '--reindex'), 1, /block/);
    });

  await test('--reindex changes no balance at any height, and the chain goes on',
    async (scope) => {
      const directory = folder(scope);
      await makeChain(scope, directory, 12);
      const before = await withNode(scope, directory, balances);
      const done = run(programs.cairnd, dev(directory, '--reindex'));
      assert.equal(done.code, 0, done.stderr);
      assert.match(done.stderr, /reindex: done, every root agrees/);
      await withNode(scope, directory, async (rpc) => {
        assert.deepEqual(await balances(rpc), before);
        await transfer(rpc, sign({ nonce: 12 }));
      });
      assert.equal(verify(directory), 'height 13 accounts 11 ok');
    });
}

async function withNode(scope, directory, body) {
  const node = await Node.start(scope, dev(directory));
  const result = await body(await Rpc.open(scope, node));
  assertStopped(await node.stop(), node.stderr);
  return result;
}

async function balances(rpc) {
  const table = [];
  for (let height = 0; height <= 12; height++)
    for (const { address } of devKeys.slice(0, 2)) {
      const at = `0x${height.toString(16)}`;
      table.push([await rpc.call('eth_getBalance', address, at),
        await rpc.call('eth_getTransactionCount', address, at)]);
    }
  return table;
}

// ---- keys ----

function genesisText(validator) {
  return JSON.stringify({
    config: { chainId: 4242, cairn: { validators: [{ address: validator, power: 1 }],
      blockTimeMs: 0, emptyBlocks: false, minBaseFeePerGas: 1000000000 } },
    timestamp: 1735689600, gasLimit: 30000000, baseFeePerGas: 1000000000, extraData: 'process test',
    alloc: { [devKeys[0].address]: { balance: '1000000000000000000000' } },
  });
}

/** A validator's key with its password in `place`, and a genesis that names it. */
function makeValidator(place) {
  const files = { key: join(place, 'keys', 'validator.json'), password: join(place, 'password'),
    state: join(place, 'keys', 'validator.state'), genesis: join(place, 'genesis.json'),
    data: join(place, 'data') };
  mkdirSync(join(place, 'keys'));
  writeFileSync(files.password, 'correct horse\n');
  const made = run(programs.cairn, ['key', 'new', '--validator', '--light', '--password-file',
    files.password, '--out', files.key]);
  assert.equal(made.code, 0, made.stderr);
  const { address } = JSON.parse(readFileSync(files.key, 'utf8'));
  writeFileSync(files.genesis, genesisText(`0x${address.replace(/^0x/, '')}`));
  files.args = ['--genesis', files.genesis, '--data-dir', files.data, '--validator-key', files.key,
    '--password-file', files.password, '--rpc-listen', '127.0.0.1:0'];
  return files;
}

const transferHere = (nonce, count = 1) => sign({ chain: 4242, nonce, count, cap: 10n * gwei });

async function keys() {
  await test('a network\'s validator builds with its key; --new-validator-state is one\'s word',
    async (scope) => {
      const files = makeValidator(folder(scope));
      const node = await Node.start(scope, files.args);
      await transfer(await Rpc.open(scope, node), transferHere(0, 2));
      const kept = join(files.data, '..', 'state');
      assertStopped(await node.stop(), node.stderr);
      verify(files.data, files.genesis);

      renameSync(files.state, kept);
      refused(files.args, 4, /validator\.state.* missing or can't be read.*bring it back.*--new-validator-state/);
      writeFileSync(files.state, 'not a record');
      refused(files.args, 4, /validator\.state.* missing or can't be read/);
      const again = await Node.start(scope, [...files.args, '--new-validator-state']);
      assert.match(again.stderr, /record begins anew at height [12]/);
      await transfer(await Rpc.open(scope, again), transferHere(2));
      assertStopped(await again.stop(), again.stderr);
      refused([...files.args, '--new-validator-state'], 4, /for a lost record, and .*validator\.state is there and whole/);
      const third = await Node.start(scope, files.args);
      await transfer(await Rpc.open(scope, third), transferHere(3));
      assertStopped(await third.stop(), third.stderr);

      // The record of before does not forbid anything: the chain is ahead of it.
      renameSync(kept, files.state);
      const fourth = await Node.start(scope, files.args);
      await transfer(await Rpc.open(scope, fourth), transferHere(4));
      assertStopped(await fourth.stop(), fourth.stderr);
      verify(files.data, files.genesis);
    });

  await test('on a chain older than its key\'s record it builds no block, and says so', async (scope) => {
    const files = makeValidator(folder(scope));
    const node = await Node.start(scope, files.args);
    const rpc = await Rpc.open(scope, node);
    await transfer(rpc, transferHere(0));
    assertStopped(await node.stop(), node.stderr);
    cpSync(files.data, `${files.data}.old`, { recursive: true });
    const again = await Node.start(scope, files.args);
    const more = await Rpc.open(scope, again);
    for (const one of transferHere(1, 3)) await transfer(more, [one]);
    assertStopped(await again.stop(), again.stderr);
    rmSync(files.data, { recursive: true });
    renameSync(`${files.data}.old`, files.data);
    const third = await Node.start(scope, files.args);
    await third.logged(/no blocks are built here: .*signed at height 4, but the chain here ends at 1: .*older than the key's record/);
    const last = await Rpc.open(scope, third);
    await last.call('eth_sendRawTransaction', transferHere(1)[0].raw);
    assert.equal(await last.call('cairn_waitForTransaction', transferHere(1)[0].hash, 300), null);
    assert.equal(await last.call('eth_blockNumber'), '0x1');
  });

  await test('a key that signed on another chain is refused', async (scope) => {
    const files = makeValidator(folder(scope));
    const node = await Node.start(scope, files.args);
    await transfer(await Rpc.open(scope, node), transferHere(0));
    assertStopped(await node.stop(), node.stderr);
    rmSync(files.data, { recursive: true });
    const text = readFileSync(files.genesis, 'utf8');
    writeFileSync(files.genesis, text.replace('"chainId":4242', '"chainId":4243'));
    refused(files.args, 4, /a key serves one chain/);
  });

  await test('the development chain\'s record: missing, then made anew', async (scope) => {
    const directory = folder(scope);
    await makeChain(scope, directory);
    rmSync(join(directory, 'validator.state'));
    refused(dev(directory), 4, /validator\.state.* missing.*--new-validator-state/);
    const node = await Node.start(scope, dev(directory, '--new-validator-state'));
    await transfer(await Rpc.open(scope, node), sign({ nonce: 3 }));
  });

  await test('a first start of the development chain that was cut off before its record', async (scope) => {
    const directory = folder(scope);
    let node = await Node.start(scope, dev(directory));
    assertStopped(await node.stop(), node.stderr);
    rmSync(join(directory, 'validator.state'));
    node = await Node.start(scope, dev(directory)); // the chain shows nothing: there is nothing to sign twice
    await transfer(await Rpc.open(scope, node), sign({ nonce: 0 }));
  });

  await test('a wrong password, and none: exit code 4', async (scope) => {
    const files = makeValidator(folder(scope));
    writeFileSync(files.password, 'wrong horse\n');
    refused(files.args, 4, /validator-key .*password/i);
    writeFileSync(files.password, '');
    refused(files.args, 4, /validator-key .*password/i);
    const without = files.args.filter((arg) => arg !== '--password-file' && arg !== files.password);
    refused(without, 4, /--password-file FILE/, { detached: true });
  });

  await test('a key file that is missing or none: exit code 4', async (scope) => {
    const files = makeValidator(folder(scope));
    writeFileSync(files.key, '{}');
    refused(files.args, 4, /--validator-key/);
    rmSync(files.key);
    refused(files.args, 4, /no such file: make one with cairn key new --validator/);
  });

  await test('two nodes with one validator\'s key: the second is refused', async (scope) => {
    const files = makeValidator(folder(scope));
    const node = await Node.start(scope, files.args);
    const second = files.args.map((arg) => (arg === files.data ? `${files.data}2` : arg));
    refused(second, 3, new RegExp(`the validator's key: .*already in use by process ${node.pid}\\b`));
    await transfer(await Rpc.open(scope, node), transferHere(0));
  });

  await test('a node without a key takes transactions, builds no block, and says so',
    async (scope) => {
      const files = makeValidator(folder(scope));
      const node = await Node.start(scope, ['--genesis', files.genesis, '--data-dir', files.data]);
      assert.match(node.stderr, /no blocks are built here: this node has no validator key/);
      const [{ raw, hash }] = transferHere(0);
      const rpc = await Rpc.open(scope, node);
      assert.equal(await rpc.call('eth_sendRawTransaction', raw), hash);
      assert.equal(await rpc.call('eth_blockNumber'), '0x0');
    });

  await test('a genesis file that is wrong names file, line and key', async (scope) => {
    const file = join(folder(scope), 'genesis.json');
    writeFileSync(file, genesisText(devKeys[0].address).replace('"gasLimit":', '\n"gasLimits":'));
    refused(['--genesis', file, '--data-dir', folder(scope)], 2, new RegExp(`${file}:2: .*gasLimits`));
    refused(['--genesis', `${file}.not`, '--data-dir', folder(scope)], 2, /--genesis: .*genesis\.json\.not: No such file/);
  });
}

// ---- the log ----

async function logs() {
  await test('--log-format json: each line is one object', async (scope) => {
    const node = await Node.start(scope, dev(folder(scope), '--log-format', 'json'));
    await transfer(await Rpc.open(scope, node), sign());
    assertStopped(await node.stop(), node.stderr);
    const lines = node.stderr.trimEnd().split('\n').map((line) => JSON.parse(line));
    assert(lines.length >= 4);
    for (const line of lines) {
      assert.equal(new Date(line.time).toISOString(), line.time);
      assert(['error', 'warn', 'info', 'debug'].includes(line.level), line.level);
      assert.match(line.room, /^[a-z]+$/);
      assert.equal(typeof line.message, 'string');
    }
  });

  await test('--log-level leaves out what is less important', async (scope) => {
    const place = folder(scope);
    const lines = {};
    for (const level of ['error', 'warn', 'info', 'debug']) {
      const ready = join(place, level);
      const appeared = new Promise((resolve) => {
        const watcher = watch(place, (_, name) => {
          if (name !== level) return;
          watcher.close();
          resolve();
        });
      });
      const node = new Node(scope, dev(folder(scope), '--log-level', level, '--ready-file', ready));
      await appeared;
      node.url = readFileSync(ready, 'utf8').trim();
      await transfer(await Rpc.open(scope, node), sign());
      assertStopped(await node.stop(), node.stderr);
      lines[level] = node.stderr.split('\n').length - 1;
    }
    assert.equal(lines.error, 0);
    assert.equal(lines.warn, 0);
    assert(lines.info >= 4);
    assert(lines.debug >= lines.info);
  });
}

export default async function start() {
  await ready();
  await stopping();
  await directories();
  await keys();
  await logs();
}
