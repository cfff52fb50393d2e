// HTTP as strangers speak it: slowly, endlessly, in pieces, in forms meant to be read in two ways.
// Each row is sent over a real socket, and after each the next good request is answered.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { folder, Node, patience, say, skip, test } from './harness.mjs';
import { Connection, post, request, Rpc } from './client.mjs';

const kib = 1024;
const mib = 1024 * kib;
const chainId = request('eth_chainId');
const answered = '{"jsonrpc":"2.0","id":1,"result":"0x7a69"}';
const size = Buffer.byteLength(chainId);

const startDev = (scope, ...more) =>
  Node.start(scope, ['--dev', '--data-dir', folder(scope), ...more]);

async function good(rpc) {
  const { status, body } = await rpc.exchange(chainId);
  assert.deepEqual([status, body], [200, answered]);
}

/** Sends bytes on a connection of their own; the answer. */
async function answerTo(scope, node, bytes, options) {
  const connection = await Connection.open(scope, node.port);
  connection.send(bytes, options);
  const answer = await connection.next();
  return { ...answer, connection };
}

/** A head of lines, then a body. */
const raw = (lines, body = '') => Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1');
const json = 'Content-Type: application/json';
const host = 'Host: 127.0.0.1';
const length = `Content-Length: ${size}`;
const line = 'POST / HTTP/1.1';

const elapsed = (start) => (performance.now() - start) / 1000;
function assertBetween(value, least, most, what) {
  assert(value >= least && value <= most * patience, `${what}: ${value.toFixed(2)}, not ${least} to ${most}`);
}

// ---- deadlines: they take their time, so all of them run at once ----

/** A byte a second until the connection ends. */
function trickle(connection, bytes) {
  let i = 0;
  const timer = setInterval(() => {
    if (i < bytes.length && connection.socket.writable) connection.write(bytes.subarray(i, ++i));
  }, 1000);
  connection.ended.then(() => clearInterval(timer));
}

async function timedOut(connection, start, least, most) {
  const { status, body, headers } = await connection.next();
  assert.deepEqual([status, body, headers.connection],
    [408, 'request not whole in time', 'close']);
  assertBetween(elapsed(start), least, most, 'seconds until 408');
  await connection.ended;
}

/** Starts them; what is given ends with the last. Sweeps come every half second. */
function deadlines() {
  const whole = test('slow clients are cut at their deadlines, and nobody else notices', async (scope) => {
    const node = await startDev(scope);
    const open = () => Connection.open(scope, node.port);
    const rpc = await Rpc.open(scope, node);
    const busy = setInterval(() => good(rpc).catch(() => {}), 250);
    scope.add(() => clearInterval(busy));
    await Promise.all([
      (async () => { // nothing was asked: nothing is answered
        const silent = await open();
        const start = performance.now();
        await silent.ended;
        assertBetween(elapsed(start), 9.9, 11.5, 'seconds of silence');
        assert.equal(silent.unread, 0);
      })(),
      (async () => {
        const head = await open();
        const start = performance.now();
        head.send('P');
        trickle(head, raw(['OST / HTTP/1.1', host, json, length], chainId));
        await timedOut(head, start, 9.9, 11.5);
      })(),
      (async () => {
        const body = await open();
        const start = performance.now();
        body.send(raw([line, host, json, length]));
        trickle(body, Buffer.from(chainId));
        await timedOut(body, start, 29.9, 31.5);
      })(),
      (async () => {
        const chunked = await open();
        const start = performance.now();
        chunked.send(raw([line, host, json, 'Transfer-Encoding: chunked']));
        trickle(chunked, Buffer.from('1\r\n{\r\n'.repeat(10)));
        await timedOut(chunked, start, 29.9, 31.5);
      })(),
      (async () => { // asks and takes no answer
        const deaf = await open();
        deaf.socket.pause();
        const start = performance.now();
        deaf.socket.write(post(request('rpc_discover')).toString().repeat(100000)); // no buffer takes all
        await new Promise((resolve) => { deaf.socket.once('error', resolve); });
        assertBetween(elapsed(start), 29.9, 34, 'seconds until a client that reads nothing is cut');
      })(),
    ]);
    await good(rpc);
  }, 50);
  const idle = test('--rpc-idle-s: a keep-alive connection without requests is closed', async (scope) => {
    const quick = await startDev(scope, '--rpc-idle-s', '1');
    const rpc = await Rpc.open(scope, quick);
    await good(rpc);
    const start = performance.now();
    await rpc.connection.ended;
    assertBetween(elapsed(start), 0.9, 2.5, 'seconds of idleness');
    assert.equal(rpc.connection.unread, 0);
  });
  return Promise.all([whole, idle]);
}

// ---- sizes ----

/** Writes pieces until an answer comes; how many bytes it took. */
async function pour(connection, piece) {
  let taken = 0;
  let over = false;
  const answer = connection.next().finally(() => { over = true; });
  const pouring = (async () => {
    while (!over && connection.socket.writable) {
      taken += piece.length;
      if (!connection.socket.write(piece))
        await Promise.race([new Promise((resolve) => { connection.socket.once('drain', resolve); }),
          answer.catch(() => {}), connection.closed]);
    }
  })();
  const { status, body } = await answer;
  await pouring;
  return { status, body, taken };
}

async function sizes() {
  await test('a body of 1 GiB is refused before it is sent', async (scope) => {
    const node = await startDev(scope);
    const { status, headers, connection } = await answerTo(scope, node,
      raw([line, host, json, `Content-Length: ${1024 * mib}`]));
    assert.deepEqual([status, headers.connection], [413, 'close']);
    await connection.ended;
    await good(await Rpc.open(scope, node));
  });

  await test('a client that goes on sending still sees the 413', async (scope) => {
    const node = await startDev(scope);
    const connection = await Connection.open(scope, node.port);
    connection.send(raw([line, host, json, `Content-Length: ${1024 * mib}`]));
    assert.equal((await pour(connection, Buffer.alloc(64 * kib, 32))).status, 413);
    await good(await Rpc.open(scope, node));
  });

  await test('a chunked body without end is refused at the bound', async (scope) => {
    const node = await startDev(scope);
    const memory = node.memory();
    const connection = await Connection.open(scope, node.port);
    connection.send(raw([line, host, json, 'Transfer-Encoding: chunked']));
    const chunk = Buffer.from(`10000\r\n${' '.repeat(64 * kib)}\r\n`);
    const { status, taken } = await pour(connection, chunk);
    assert.equal(status, 413);
    assert(taken > 5 * mib, `refused after ${taken} bytes`);
    await good(await Rpc.open(scope, node));
    if (patience === 1) assert(node.memory() - memory < 8 * kib, 'its memory is free again');
  });

  await test('chunks of one byte, and extensions, count only as what they carry', async (scope) => {
    const node = await startDev(scope);
    const chunks = [...chainId].map((char) => `1;x=y\r\n${char}\r\n`).join('');
    const { status, body } = await answerTo(scope, node, raw([line, host, json,
      'Transfer-Encoding: chunked'], `${chunks}0\r\n\r\n`));
    assert.deepEqual([status, body], [200, answered]);
    const endless = await Connection.open(scope, node.port);
    endless.send(raw([line, host, json, 'Transfer-Encoding: chunked'], `1;${'x'.repeat(100000)}`));
    assert((await endless.next()).status >= 400, 'an extension without end is refused');
    await good(await Rpc.open(scope, node));
  });

  await test('bodies at the bound and one byte beyond it', async (scope) => {
    const node = await startDev(scope);
    const rpc = await Rpc.open(scope, node);
    const most = Buffer.concat([Buffer.from(chainId), Buffer.alloc(5 * mib - size, 32)]);
    assert.equal((await rpc.exchange(most)).body, answered);
    const { status } = await rpc.exchange(Buffer.concat([most, Buffer.from(' ')]));
    assert.equal(status, 413);
    const small = await startDev(scope, '--rpc-body-max', '1KiB');
    const bytes = Buffer.concat([Buffer.from(chainId), Buffer.alloc(kib - size, 32)]);
    assert.equal((await answerTo(scope, small, post(bytes))).status, 200);
    assert.equal((await answerTo(scope, small, post(`${bytes} `))).status, 413);
  });

  await test('10,000 header lines, a line of 64 MiB, a target of 64 MiB: 431', async (scope) => {
    const node = await startDev(scope);
    const rpc = await Rpc.open(scope, node);
    const many = await answerTo(scope, node,
      raw([line, host, ...Array.from({ length: 10000 }, (_, i) => `X-${i}: y`)]));
    assert.deepEqual([many.status, many.headers.connection], [431, 'close']);
    for (const start of [`${line}\r\n${host}\r\nX: `, 'POST /']) {
      const connection = await Connection.open(scope, node.port);
      connection.send(start);
      const { status, taken } = await pour(connection, Buffer.alloc(64 * kib, 'y'));
      assert.equal(status, 431);
      assert(taken < 64 * mib, 'long before its end');
      await good(rpc);
    }
  });

  await test('a head at its bounds: 100 lines, 16 KiB', async (scope) => {
    const node = await startDev(scope);
    const withLines = (count) => raw([line, host, json, length,
      ...Array.from({ length: count - 3 }, (_, i) => `X-${i}: y`)], chainId);
    assert.equal((await answerTo(scope, node, withLines(100))).status, 200);
    assert.equal((await answerTo(scope, node, withLines(101))).status, 431);
    const bare = raw([line, host, json, length, 'X: ']).length;
    const withSize = (bytes) => raw([line, host, json, length, `X: ${'y'.repeat(bytes - bare)}`], chainId);
    assert.equal((await answerTo(scope, node, withSize(16 * kib))).status, 200);
    assert.equal((await answerTo(scope, node, withSize(16 * kib + 1))).status, 431);
  });

  await test('--rpc-bodies-max: one budget for the bodies of all', async (scope) => {
    // A body's memory doubles as it comes: 700 KiB have 1 MiB.
    const node = await startDev(scope, '--rpc-bodies-max', '1536KiB', '--rpc-body-max', '1MiB');
    const rpc = await Rpc.open(scope, node);
    const large = Buffer.concat([Buffer.from(chainId), Buffer.alloc(700 * kib - size, 32)]);
    const first = await Connection.open(scope, node.port);
    const bytes = post(large);
    first.send(bytes.subarray(0, 1));
    await new Promise((resolve) => { first.socket.write(bytes.subarray(1, -1), resolve); });
    for (let i = 0; i < 50; i++) await good(rpc); // by now the loop has read all of it
    const { status, headers, body } = await answerTo(scope, node, bytes);
    assert.deepEqual([status, headers['retry-after'], body], [503, '1', 'too much in progress']);
    first.write(bytes.subarray(bytes.length - 1));
    assert.equal((await first.next()).body, answered);
    assert.equal((await answerTo(scope, node, bytes)).status, 200);
    await good(rpc);
  });
}

// ---- pipelines ----

async function pipelines() {
  await test('pipelined requests, light and heavy, are answered in their order', async (scope) => {
    const node = await startDev(scope);
    const connection = await Connection.open(scope, node.port);
    const methods = ['eth_chainId', 'rpc_discover', 'eth_blockNumber', 'no_such', 'cairn_getGenesis'];
    const count = 1000;
    const all = Array.from({ length: count }, (_, i) =>
      post(request(methods[i % methods.length], [], i)));
    connection.send(Buffer.concat(all));
    for (let i = 0; i < count; i++)
      assert.equal(JSON.parse((await connection.next()).body).id, i);
  });

  await test('a request that waits does not let later answers pass it', async (scope) => {
    const node = await startDev(scope);
    const connection = await Connection.open(scope, node.port);
    connection.send(Buffer.concat([
      post(request('cairn_waitForTransaction', [`0x${'7'.repeat(64)}`, 200], 0)), post(chainId)]));
    assert.equal((await connection.next()).body, '{"jsonrpc":"2.0","id":0,"result":null}');
    assert.equal((await connection.next()).body, answered);
  });

  await test('a request in pieces of one byte is one request', async (scope) => {
    const node = await startDev(scope);
    const connection = await Connection.open(scope, node.port);
    const bytes = Buffer.concat([post(chainId), post(request('eth_chainId', [], 2))]);
    for (let i = 0; i < bytes.length; i++)
      await new Promise((resolve) => { connection.socket.write(bytes.subarray(i, i + 1), resolve); });
    assert.equal((await connection.next()).body, answered);
    assert.equal(JSON.parse((await connection.next()).body).id, 2);
  });

  // [what, one request, MiB that the node may take for it]. Two workers at once each make such an
  // answer of a batch, its parts and their sum; the 64 requests under way would be 1.6 GiB.
  const batch = JSON.stringify(Array.from({ length: 1000 }, (_, id) =>
    JSON.parse(request('rpc_discover', [], id))));
  await test('--rpc-answers-max: many that read nothing do not add up', async (scope) => {
    const node = await startDev(scope, '--rpc-answers-max', '64MiB');
    const rpc = await Rpc.open(scope, node);
    await answerTo(scope, node, post(batch));
    const silent = await Promise.all(Array.from({ length: 12 }, () => Connection.open(scope, node.port)));
    for (const connection of silent) {
      connection.socket.pause();
      connection.socket.on('error', () => {});
      connection.socket.write(post(batch));
    }
    await node.logged(/--rpc-answers-max: the connection with most of them, \d+ MiB, is cut/);
    for (let i = 0; i < 100; i++) await good(rpc);
    assert.equal((await answerTo(scope, node, post(batch))).status, 200, 'who reads is served');
    if (patience === 1) assert(node.memory() < 400 * kib, `${node.memory()} KiB`);
  });

  for (const [what, one, most] of [['small answers', chainId, 4],
    ['answers of 36 KiB', request('rpc_discover'), 8],
    ['batches with answers of 25 MiB', batch, 256]])
    await test(`a client that pipelines and never reads, ${what}: memory stays bounded`,
      async (scope) => {
        const node = await startDev(scope);
        const rpc = await Rpc.open(scope, node);
        for (let i = 0; i < 50; i++) await good(rpc);
        await answerTo(scope, node, post(one)); // what one answer costs is there before
        const before = node.memory();
        const connection = await Connection.open(scope, node.port);
        connection.socket.pause();
        const bytes = Buffer.concat(Array(Math.ceil(mib / one.length)).fill(post(one)));
        for (let i = 0; i < 32; i++) connection.socket.write(bytes);
        // Until nothing more is taken, while the loop turned a few hundred times.
        let peak = 0;
        for (let still = 0, taken = -1; still < 300; still++) {
          await good(rpc);
          peak = Math.max(peak, node.memory());
          const now = connection.socket.bytesWritten - connection.socket.writableLength;
          if (now !== taken) still = 0;
          taken = now;
        }
        const grown = (peak - before) / kib;
        say(`memory grew by ${grown.toFixed(1)} MiB`);
        if (patience === 1) assert(grown < most, `by ${grown.toFixed(1)} MiB, not ${most}`);
      }, 40);
}

// ---- forms ----

/** [says, bytes, status, what else holds] */
const forms = [
  ['a POST', raw([line, host, json, length], chainId), 200],
  ['a Content-Type with parameters', raw([line, host, 'content-type:  Application/JSON ; charset=utf-8', length], chainId), 200],
  ['HTTP/1.0 ends with its answer', raw(['POST / HTTP/1.0', host, json, length], chainId), 200, 'close'],
  ['HTTP/1.0 with keep-alive', raw(['POST / HTTP/1.0', host, json, length, 'Connection: keep-alive'], chainId), 200, 'keep-alive'],
  ['Connection: close', raw([line, host, json, length, 'Connection: close'], chainId), 200, 'close'],
  ['an absolute target', raw(['POST http://localhost:8545/ HTTP/1.1', host, json, length], chainId), 200],
  ['empty lines before the request', Buffer.concat([Buffer.from('\r\n\r\n'), post(chainId)]), 200],

  ['two equal Content-Lengths', raw([line, host, json, length, length], chainId), 400],
  ['two Content-Lengths', raw([line, host, json, length, 'Content-Length: 1'], chainId), 400],
  ['a list of Content-Lengths', raw([line, host, json, `${length}, ${size}`], chainId), 400],
  ['Content-Length and chunked', raw([line, host, json, length, 'Transfer-Encoding: chunked'], '0\r\n\r\n'), 400],
  ['chunked and Content-Length', raw([line, host, json, 'Transfer-Encoding: chunked', length], '0\r\n\r\n'), 400],
  ['a Content-Length with a sign', raw([line, host, json, `Content-Length: +${size}`], chainId), 400],
  ['a negative Content-Length', raw([line, host, json, 'Content-Length: -1'], chainId), 400],
  ['a hex Content-Length', raw([line, host, json, 'Content-Length: 0x10'], chainId), 400],
  ['an empty Content-Length', raw([line, host, json, 'Content-Length:'], chainId), 400],
  ['a Content-Length of 2^64 + 63', raw([line, host, json, 'Content-Length: 18446744073709551679'], chainId), 400],
  ['a blank before the colon', raw([line, host, json, `Content-Length : ${size}`], chainId), 400],
  ['a tab before the colon', raw([line, host, json, `Content-Length\t: ${size}`], chainId), 400],
  ['a NUL in a value', raw([line, host, json, length, 'X: a\0b'], chainId), 400],
  ['a control byte in a value', raw([line, host, json, length, 'X: a\x01b'], chainId), 400],
  ['an empty header name', raw([line, host, json, length, ': x'], chainId), 400],
  ['a header without colon', raw([line, host, json, length, 'nonsense'], chainId), 400],
  ['a blank in a header name', raw([line, host, json, length, 'X Y: z'], chainId), 400],
  ['a folded line', raw([line, host, json, length, 'X: a', ' b'], chainId), 400],
  ['a header folded at once', raw([line, ' X: a', host, json, length], chainId), 400],
  ['a bare LF behind a header', Buffer.from(`${line}\r\n${host}\n${json}\r\n${length}\r\n\r\n${chainId}`), 400],
  ['a bare LF behind the request line', Buffer.from(`${line}\n${host}\r\n${json}\r\n${length}\r\n\r\n${chainId}`), 400],
  ['bare LFs alone', Buffer.from(`${line}\n${host}\n${json}\n${length}\n\n${chainId}`), 400],
  ['a bare CR', Buffer.from(`${line}\r${host}\r\n${json}\r\n${length}\r\n\r\n${chainId}`), 400],
  ['no Host', raw([line, json, length], chainId), 400],
  ['two Hosts', raw([line, host, host, json, length], chainId), 400],
  ['a coding besides chunked', raw([line, host, json, 'Transfer-Encoding: gzip, chunked'], '0\r\n\r\n'), 400],
  ['chunked before another coding', raw([line, host, json, 'Transfer-Encoding: chunked, gzip'], '0\r\n\r\n'), 400],
  ['chunked twice', raw([line, host, json, 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'], '0\r\n\r\n'), 400],
  ['chunked, misspelt', raw([line, host, json, 'Transfer-Encoding: xchunked'], '0\r\n\r\n'), 400],
  ['chunked from HTTP/1.0', raw(['POST / HTTP/1.0', host, json, 'Transfer-Encoding: chunked'], '0\r\n\r\n'), 400],
  ['a chunk size with a sign', raw([line, host, json, 'Transfer-Encoding: chunked'], '+1\r\n{\r\n0\r\n\r\n'), 400],
  ['a chunk size with 0x', raw([line, host, json, 'Transfer-Encoding: chunked'], '0x1\r\n{\r\n0\r\n\r\n'), 400],
  ['a chunk size of 65 bits', raw([line, host, json, 'Transfer-Encoding: chunked'], '10000000000000001\r\n{\r\n'), 400],
  ['a chunk longer than it says', raw([line, host, json, 'Transfer-Encoding: chunked'], '1\r\n{}\r\n0\r\n\r\n'), 400],
  ['a chunk line that ends with LF', raw([line, host, json, 'Transfer-Encoding: chunked'], '1\n{\r\n0\r\n\r\n'), 400],
  ['HTTP/9.9', raw(['POST / HTTP/9.9', host, json, length], chainId), 505],
  ['HTTP/1.2', raw(['POST / HTTP/1.2', host, json, length], chainId), 505],
  ['HTTP/2 without its preface', raw(['POST / HTTP/2.0', host, json, length], chainId), 505],
  ['no version', raw(['POST /', host, json, length], chainId), 400],
  ['the preface of HTTP/2', Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), 400],
  ['a TLS handshake', Buffer.from('16030100c8010000c40303', 'hex'), 400],
  ['another protocol', Buffer.from('SSH-2.0-OpenSSH_9.2\r\n'), 400],
  ['JSON alone', Buffer.from(`${chainId}\r\n\r\n`), 400],
  ['a blank in the target', raw(['POST / x HTTP/1.1', host, json, length], chainId), 400],
  ['a control byte in the target', raw(['POST /\x01 HTTP/1.1', host, json, length], chainId), 400],

  ['no Content-Type', raw([line, host, length], chainId), 415],
  ['text/plain', raw([line, host, 'Content-Type: text/plain', length], chainId), 415],
  ['a form', raw([line, host, 'Content-Type: application/x-www-form-urlencoded', length], chainId), 415],
  ['almost JSON', raw([line, host, 'Content-Type: application/jsonp', length], chainId), 415],
  ['JSON behind something else', raw([line, host, 'Content-Type: text/plain;application/json', length], chainId), 415],
  ['a body that is packed', raw([line, host, json, length, 'Content-Encoding: gzip'], chainId), 415],
  ['an expectation that nobody has', raw([line, host, json, length, 'Expect: 200-maybe'], chainId), 417],
  ...['/ws', '/metrics', '/livez', '/v1/head', '/v1', '/index.html', '//', '/health/', '/.', '/%2e', '*']
    .map((path) => [`${path} is not here`, raw([`GET ${path} HTTP/1.1`, host]), 404]),
  ['a POST elsewhere', raw(['POST /rpc HTTP/1.1', host, json, length], chainId), 404],
  ['an upgrade to WebSocket', raw(['GET /ws HTTP/1.1', host, 'Upgrade: websocket', 'Connection: Upgrade',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version: 13']), 404],
  ['GET /', raw(['GET / HTTP/1.1', host]), 405, 'allow: POST, OPTIONS'],
  ['PUT /', raw(['PUT / HTTP/1.1', host, json, length], chainId), 405, 'allow: POST, OPTIONS'],
  ['DELETE /', raw(['DELETE / HTTP/1.1', host]), 405, 'allow: POST, OPTIONS'],
  ['POST /health', raw(['POST /health HTTP/1.1', host, json, length], chainId), 405, 'allow: GET, HEAD, OPTIONS'],
  ['GET /health', raw(['GET /health HTTP/1.1', host]), 200],
  ['GET /health with a query', raw(['GET /health?maxBehind=3 HTTP/1.1', host]), 200],
];

async function everyForm() {
  await test('each form of a request gets its status', async (scope) => {
    const node = await startDev(scope);
    const rpc = await Rpc.open(scope, node);
    for (const [says, bytes, want, more] of forms) {
      const { status, body, headers, connection } = await answerTo(scope, node, bytes);
      const about = `${says}: ${status} ${body}`;
      assert.equal(status, want, about);
      assert.equal(headers['x-content-type-options'], 'nosniff', says);
      if (more?.startsWith('allow: ')) assert.equal(headers.allow, more.slice(7), says);
      else if (more) assert.equal(headers.connection, more, says);
      if (status === 415 && !/packed/.test(says))
        assert.equal(body, 'send Content-Type: application/json', says);
      if ([400, 501, 505].includes(status)) { // where the next begins cannot be told
        assert.equal(headers.connection, 'close', says);
        await connection.ended;
        assert.equal(connection.unread, 0, says);
      }
      await good(rpc);
      await connection.close();
    }
    say(`${forms.length} forms`);
    assert.doesNotMatch(node.stderr, /ERROR/);
  }, 30);

  await test('methods that HTTP does not know, and those that are not for here', async (scope) => {
    const node = await startDev(scope);
    for (const method of ['BREW', 'post', 'TRACE', 'CONNECT', 'PATCH', 'PROPFIND']) {
      const { status } = await answerTo(scope, node, raw([`${method} / HTTP/1.1`, host]));
      assert([400, 405, 501].includes(status), `${method}: ${status}`);
    }
    await good(await Rpc.open(scope, node));
  });

  await test('what comes behind a refused request is not taken for another', async (scope) => {
    const node = await startDev(scope);
    // Two readings of where the first ends: only one answer, and the end.
    for (const first of [raw([line, host, json, 'Content-Length: 5', 'Transfer-Encoding: chunked'], '0\r\n\r\n'),
      raw([line, host, json, 'Content-Length: 0', length]),
      raw([line, host, json, `Content-Length: ${9 * mib}`])]) {
      const { status, connection } = await answerTo(scope, node, Buffer.concat([first, post(chainId)]));
      assert(status === 400 || status === 413);
      await connection.ended;
      assert.equal(connection.unread, 0);
    }
    await good(await Rpc.open(scope, node));
  });

  await test('Expect: 100-continue is answered before the body, or refused', async (scope) => {
    const node = await startDev(scope);
    const expect = 'Expect: 100-continue';
    const { status, connection } = await answerTo(scope, node, raw([line, host, json, length, expect]));
    assert.equal(status, 100);
    connection.write(chainId);
    assert.equal((await connection.next()).body, answered);
    const large = await answerTo(scope, node,
      raw([line, host, json, `Content-Length: ${6 * mib}`, expect]));
    assert.equal(large.status, 413);
    const wrong = await answerTo(scope, node, raw([line, host, length, expect]));
    assert.equal(wrong.status, 415);
    const old = await answerTo(scope, node, raw(['POST / HTTP/1.0', host, json, length, expect], chainId));
    assert.equal(old.status, 200, 'HTTP/1.0 knows no 100');
  });

  await test('HEAD has the head of GET and no body', async (scope) => {
    const node = await startDev(scope);
    const connection = await Connection.open(scope, node.port);
    connection.send(raw(['GET /health HTTP/1.1', host]));
    const got = await connection.next();
    assert.deepEqual({ ...JSON.parse(got.body), ageMs: 0 },
      { ok: true, height: 0, ageMs: 0, syncing: false, peers: 0 });
    for (const path of ['/health', '/', '/nothing']) {
      connection.send(raw([`HEAD ${path} HTTP/1.1`, host]), { toHead: true });
      const { status, headers, body } = await connection.next();
      assert.deepEqual([status, body], [{ '/health': 200, '/': 405 }[path] ?? 404, '']);
      assert(Number(headers['content-length']) > 0);
    }
    connection.send(post(chainId));
    assert.equal((await connection.next()).body, answered, 'the next request is where it should be');
  });

  await test('a client that has shut its side gets its answers', async (scope) => {
    const node = await startDev(scope);
    const connection = await Connection.open(scope, node.port);
    connection.send(Buffer.concat([post(chainId), post(request('rpc_discover', [], 2)), post(chainId)]));
    connection.end();
    assert.equal((await connection.next()).body, answered);
    assert.equal(JSON.parse((await connection.next()).body).id, 2);
    assert.equal((await connection.next()).body, answered);
    await connection.ended;
    const half = await Connection.open(scope, node.port);
    half.send(post(chainId).subarray(0, -1));
    half.end();
    assert.deepEqual([(await half.next()).status, await half.ended], [400, 'end']);
    const silent = await Connection.open(scope, node.port);
    silent.end();
    await silent.ended;
    assert.equal(silent.unread, 0);
    await good(await Rpc.open(scope, node));
  });
}

// ---- who may ask ----

async function hosts() {
  const allowed = ['127.0.0.1', '127.0.0.1:8545', 'localhost', 'LocalHost:1', 'localhost:', '[::1]',
    '[::1]:65535', '192.168.1.7', '[fe80::1]:80'];
  const refused = ['example.org', 'localhost.example.org', '127.0.0.1.example.org', 'localhost:80:80',
    'localhost:x', 'localhost@example.org', 'localhost/', '[::1', '::1', '[example.org]', '1.2.3',
    '0x7f.0.0.1', 'localhost.', 'node.example'];
  const withHost = (path, value, method = 'POST') =>
    raw([`${method} ${path} HTTP/1.1`, `Host: ${value}`, json, length], chainId);

  await test('Host: addresses and localhost are taken, names are refused, on every path',
    async (scope) => {
      const node = await startDev(scope);
      for (const value of allowed)
        assert.equal((await answerTo(scope, node, withHost('/', value))).status, 200, value);
      for (const value of refused)
        for (const path of ['/', '/health', '/nothing', 'http://localhost/']) {
          const { status, body } = await answerTo(scope, node, withHost(path, value));
          assert.deepEqual([status, body], [403, 'invalid host specified'], `${value} ${path}`);
        }
      for (const method of ['GET', 'OPTIONS'])
        assert.equal((await answerTo(scope, node, withHost('/health', 'example.org', method))).status, 403);
      assert.equal((await answerTo(scope, node, withHost('http://example.org/', 'localhost'))).status,
        403, 'nor does the target name another');
      assert.equal((await answerTo(scope, node, withHost('/', ''))).status, 403, 'an empty one');
      await good(await Rpc.open(scope, node));
    }, 30);

  await test('--rpc-vhosts adds names, * adds all', async (scope) => {
    const some = await startDev(scope, '--rpc-vhosts', 'node.example,other.example');
    for (const value of ['node.example', 'NODE.example:8545', 'other.example', 'localhost'])
      assert.equal((await answerTo(scope, some, withHost('/', value))).status, 200, value);
    for (const value of ['example', 'x.node.example', 'node.example.org'])
      assert.equal((await answerTo(scope, some, withHost('/', value))).status, 403, value);
    const all = await startDev(scope, '--rpc-vhosts', '*');
    for (const value of ['node.example', 'anything'])
      assert.equal((await answerTo(scope, all, withHost('/', value))).status, 200, value);
  });

  const withOrigin = (origin, method = 'POST') => raw([`${method} / HTTP/1.1`, host, json,
    `Origin: ${origin}`, method === 'POST' ? length : 'Content-Length: 0'],
  method === 'POST' ? chainId : '');
  /** What the browser is told: the origin, or undefined. */
  const toldOrigin = async (scope, node, origin) => {
    const answer = await answerTo(scope, node, withOrigin(origin));
    assert.equal(answer.status, 200, 'HTTP is never refused for its origin');
    const preflight = await answerTo(scope, node, withOrigin(origin, 'OPTIONS'));
    assert.equal(preflight.status, 204);
    const told = answer.headers['access-control-allow-origin'];
    assert.equal(preflight.headers['access-control-allow-origin'], told);
    if (!told) return undefined;
    assert.equal(answer.headers.vary, 'Origin');
    assert.equal(preflight.headers['access-control-allow-methods'], 'POST, GET, OPTIONS');
    assert.equal(preflight.headers['access-control-allow-headers'], 'Content-Type');
    assert.equal(preflight.headers['access-control-max-age'], '600');
    return told;
  };

  await test('CORS: pages of this machine may read, more by --rpc-cors-origins', async (scope) => {
    const local = ['http://localhost', 'http://localhost:3000', 'http://127.0.0.1:8080'];
    const strange = ['https://example.org', 'http://localhost.example.org', 'https://localhost',
      'http://localhost:', 'http://127.0.0.1.example.org', 'null', 'http://localhost:80/x'];
    const node = await startDev(scope);
    for (const origin of local) assert.equal(await toldOrigin(scope, node, origin), origin);
    for (const origin of strange.filter((one) => one !== 'http://localhost:'))
      assert.equal(await toldOrigin(scope, node, origin), undefined, origin);
    const some = await startDev(scope, '--rpc-cors-origins', 'https://wallet.example,http://dev.example:*');
    for (const origin of ['https://wallet.example', 'http://dev.example:5', ...local])
      assert.equal(await toldOrigin(scope, some, origin), origin);
    for (const origin of ['http://wallet.example', 'https://wallet.example:8443', 'https://x.wallet.example'])
      assert.equal(await toldOrigin(scope, some, origin), undefined, origin);
    const all = await startDev(scope, '--rpc-cors-origins', '*');
    for (const origin of ['https://example.org', 'null'])
      assert.equal(await toldOrigin(scope, all, origin), origin);
    // A refusal, too, must be readable by the page that is allowed to.
    const refused = await answerTo(scope, node,
      raw([line, host, 'Origin: http://localhost', length], chainId));
    assert.deepEqual([refused.status, refused.headers['access-control-allow-origin']],
      [415, 'http://localhost']);
  });
}

// ---- many ----

const median = (list) => list.sort((a, b) => a - b)[list.length >> 1];

async function medianMs(rpc) {
  const times = [];
  for (let i = 0; i < 300; i++) {
    const start = performance.now();
    await good(rpc);
    times.push(performance.now() - start);
  }
  return median(times);
}

/** The least of some: what else the machine does only adds. */
async function quickest(rpc, tries = 5) {
  let least = Infinity;
  for (let i = 0; i < tries; i++) least = Math.min(least, await medianMs(rpc));
  return least;
}

async function many() {
  await test('50 resets in mid-request leave nothing behind', async (scope) => {
    const node = await startDev(scope);
    const rpc = await Rpc.open(scope, node);
    await good(rpc);
    const descriptors = () => readdirSync(`/proc/${node.pid}/fd`).length;
    const before = descriptors();
    const bytes = post(request('rpc_discover'));
    for (let i = 0; i < 50; i++) {
      const connection = await Connection.open(scope, node.port);
      const cut = Math.floor((bytes.length * (i % 10)) / 9); // also after a whole request
      await new Promise((resolve) => {
        connection.socket.write(bytes.subarray(0, cut || 1), resolve);
      });
      await connection.reset();
    }
    await good(rpc);
    while (descriptors() > before) await good(rpc); // the test's deadline bounds it
    assert.doesNotMatch(node.stderr, /ERROR|WARN/);
  });

  await test('1,000 connections that send nothing slow nobody down', async (scope) => {
    const node = await startDev(scope);
    const rpc = await Rpc.open(scope, node);
    await medianMs(rpc); // warm
    const before = await quickest(rpc);
    const memory = node.memory();
    const silent = await Promise.all(Array.from({ length: 1000 }, () => Connection.open(scope, node.port)));
    const beside = await quickest(rpc);
    const each = (node.memory() - memory) / silent.length;
    say(`median ${before.toFixed(3)} ms alone, ${beside.toFixed(3)} ms beside them, `
      + `${each.toFixed(1)} KiB each`);
    assert(silent.every((connection) => !connection.socket.closed), 'all of them are still there');
    assert(beside < 1.5 * before + 0.1, `${before} ms became ${beside} ms`);
    if (patience === 1) assert(each < 16, `${each} KiB for each of them`);
  }, 40);

  await test('beyond --rpc-connections-max: 503, and room again when one has gone', async (scope) => {
    const node = await startDev(scope, '--rpc-connections-max', '5');
    const five = [];
    for (let i = 0; i < 5; i++) {
      five.push(await Rpc.open(scope, node));
      await good(five[i]);
    }
    for (let i = 0; i < 20; i++) {
      const { status, headers, body, connection } = await answerTo(scope, node, post(chainId));
      assert.deepEqual([status, headers['retry-after'], headers.connection, body],
        [503, '1', 'close', 'too many connections']);
      await connection.ended;
      await connection.close();
    }
    await good(five[0]);
    await five[4].connection.close();
    let status = 503;
    while (status === 503) {
      const answer = await answerTo(scope, node, post(chainId));
      ({ status } = answer);
      await answer.connection.close();
    }
    assert.equal(status, 200);
  });

  const outside = Object.values(networkInterfaces()).flat()
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
  const name = '--rpc-connections-per-address-max: loopback has none of its own, others have';
  if (!outside) skip(name, 'this machine has no address but loopback');
  else
    await test(name, async (scope) => {
      const node = await startDev(scope, '--rpc-listen', '0.0.0.0:0',
        '--rpc-connections-per-address-max', '2');
      const here = [];
      for (let i = 0; i < 8; i++) here.push(await Rpc.open(scope, node));
      for (const rpc of here) await good(rpc);
      const there = [];
      for (let i = 0; i < 2; i++) {
        there.push(new Rpc(await Connection.open(scope, node.port, { host: outside })));
        await good(there[i]);
      }
      const third = await Connection.open(scope, node.port, { host: outside });
      assert.equal((await third.next()).status, 503);
      for (const rpc of [...here, ...there]) await good(rpc);
    });
}

export default async function server() {
  const slow = deadlines();
  await sizes();
  await pipelines();
  await everyForm();
  await hosts();
  await many();
  await slow;
}
