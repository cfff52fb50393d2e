// What a client may get wrong in JSON-RPC, and the words it is told: every parameter of every
// method, the envelope around it, and every refusal of a transaction. After each the node answers
// the next good request.
import assert from 'node:assert/strict';
import { devChain, devKeys, folder, gwei, Node, say, sign, test } from './harness.mjs';
import { post, request, Rpc } from './client.mjs';

const startDev = (scope, ...more) =>
  Node.start(scope, ['--dev', '--data-dir', folder(scope), ...more]);

/** A body's answer as text; a good request behind it, in the same write, is answered too. */
async function answerThenGood(rpc, body) {
  rpc.connection.send(Buffer.concat([post(body), post(request('eth_chainId', [], 'good'))]));
  const answer = await rpc.connection.next();
  const good = await rpc.connection.next();
  assert.equal(good.body, '{"jsonrpc":"2.0","id":"good","result":"0x7a69"}');
  return answer;
}

async function errorOf(rpc, body) {
  const { status, body: text } = await answerThenGood(rpc, body);
  assert.equal(status, 200, text);
  const { error } = JSON.parse(text);
  assert(error, `answered, not refused: ${text.slice(0, 200)}`);
  return error;
}

function assertError(error, code, message, about) {
  assert.deepEqual({ code: error.code, message: error.message }, { code, message }, about);
}

// ---- parameters by their kind ----

const text = (value) => JSON.stringify(value);
const times = (what, count) => what.repeat(count);
const huge = 1 << 20;
const address = devKeys[0].address;

const notText = ['7', '-1', 'true', '{}', '[]'].map((value) => [value, 'must be a string of hex']);
const notHex = [
  ['""', 'empty hex string'],
  ['"zz"', 'hex string without 0x prefix'],
  ['"0X1"', 'hex string without 0x prefix'],
  ['"5"', 'hex string without 0x prefix'],
  ['" 0x1"', 'hex string without 0x prefix'],
  [`"${times('z', huge)}"`, 'hex string without 0x prefix'],
];
const notQuantity = [
  ...notHex,
  ['"0x"', 'empty hex string'],
  ['"0x01"', 'hex number with leading zero digits'],
  ['"0x00"', 'hex number with leading zero digits'],
  ['"0x1g"', 'invalid hex digit at 3'],
  ['"0x-1"', 'invalid hex digit at 2'],
  ['"0x10000000000000000"', 'hex number > 64 bits'],
  [`"0x${times('1', huge - 2)}"`, 'hex number > 64 bits'],
];
const notFixed = (digits) => [
  ...notText, ...notHex,
  ['"0x"', `hex string has length 0, want ${digits}`],
  [`"0x${times('1', digits - 2)}"`, `hex string has length ${digits - 2}, want ${digits}`],
  [`"0x${times('1', digits - 1)}"`, 'hex string of odd length'],
  [`"0x${times('1', digits + 2)}"`, `hex string has length ${digits + 2}, want ${digits}`],
  [`"0x${times('g', digits)}"`, 'invalid hex digit at 2'],
  [`"0x${times('1', huge - 2)}"`, `hex string has length ${huge - 2}, want ${digits}`],
];
const notBlock = 'must be a block number in hex, a block hash, latest, safe, finalized, earliest or '
  + 'pending';
const notObject = ['7', 'true', '[]', '"x"'].map((value) => [value, 'must be an object']);

/** A whole message instead of the words behind "invalid argument N (NAME): ". */
const whole = (message) => ({ message });

/** By kind: a good value, wrong ones with what is said of them, and what is said of an array. */
const kinds = {
  address: { good: text(address), wrong: notFixed(40), array: 'must be a string of hex' },
  hash: { good: null, wrong: notFixed(64), array: 'must be a string of hex' }, // a decided one
  quantity: { good: '"0x0"', wrong: [...notText, ...notQuantity], array: 'must be a string of hex' },
  data: {
    good: '"0x"',
    wrong: [...notText, ...notHex, ['"0x1"', 'hex string of odd length'],
      ['"0x1z"', 'invalid hex digit at 3']],
    array: 'must be a string of hex',
  },
  key: {
    good: '"0x00"',
    wrong: [...notText, ...notHex, ['"0x"', 'empty hex string'],
      [`"0x${times('0', 65)}"`, 'hex string has length 65, want at most 64'],
      ['"0x0g"', 'invalid hex digit at 3'],
      [`"0x${times('1', huge - 2)}"`, `hex string has length ${huge - 2}, want at most 64`]],
    array: 'must be a string of hex',
  },
  block: {
    good: '"latest"',
    wrong: [
      ...['7', '-1', 'true', '[]'].map((value) => [value, notBlock]),
      ...notQuantity,
      ['"Latest"', 'hex string without 0x prefix'],
      [`"0x${times('g', 64)}"`, 'invalid hex digit at 2'],
      ['{}', 'must have blockNumber or blockHash'],
      ['{"blockNumber":null,"blockHash":null}', 'must have blockNumber or blockHash'],
      [`{"blockNumber":"0x1","blockHash":"0x${times('1', 64)}"}`,
        'cannot specify both blockHash and blockNumber, choose one or the other'],
      ['{"blockNumber":1}', 'blockNumber: must be a string of hex'],
      ['{"blockNumber":"0x01"}', 'blockNumber: hex number with leading zero digits'],
      ['{"blockNumber":"latest"}', 'blockNumber: hex string without 0x prefix'],
      ['{"blockHash":true}', 'blockHash: must be a string of hex'],
      ['{"blockHash":"0x12"}', 'blockHash: hex string has length 2, want 64'],
      ['{"blockNumber":"0x0","requireCanonical":1}', 'requireCanonical: must be true or false'],
    ],
    array: notBlock,
  },
  bool: {
    good: 'false',
    wrong: ['7', '"true"', '""', '{}', '[]', `"${times('z', huge)}"`]
      .map((value) => [value, 'must be true or false']),
    array: 'must be true or false',
  },
  count: {
    good: '1',
    wrong: [
      ...['true', '{}', '[]', '1.5', '1e3', '9223372036854775808', times('9', 400)]
        .map((value) => [value, 'must be a number or a string of hex']),
      ['-1', 'must not be negative'],
      ...notQuantity,
    ],
    array: 'must be a number or a string of hex',
  },
  percentiles: {
    good: '[]',
    wrong: [
      ...['7', 'true', '{}', '"x"', `"${times('z', huge)}"`]
        .map((value) => [value, 'must be an array of numbers']),
      ['["5"]', 'percentile 0: must be a number from 0 to 100'],
      ['[0,100.5]', 'percentile 1: must be a number from 0 to 100'],
      ['[-1]', 'percentile 0: must be a number from 0 to 100'],
      ['[50,10]', 'percentile 1: must not be below the one before'],
      [text(Array(101).fill(1)), '101 percentiles, at most 100'],
    ],
    array: 'percentile 0: must be a number from 0 to 100',
  },
  call: {
    good: text({ to: address }),
    wrong: [
      ...notObject,
      [text({ to: 5 }), 'to: must be a string of hex'],
      [text({ to: '0x12' }), 'to: hex string has length 2, want 40'],
      [text({ to: address, from: '' }), 'from: empty hex string'],
      [text({ to: address, value: '1' }), 'value: hex string without 0x prefix'],
      [text({ to: address, value: `0x1${times('0', 64)}` }), 'value: hex number > 256 bits'],
      [text({ to: address, gas: `0x1${times('0', 16)}` }), 'gas: hex number > 64 bits'],
      [text({ to: address, data: '0x1' }), 'data: hex string of odd length'],
      [text({ to: address, data: '0x12', input: '0x13' }),
        'both "data" and "input" are set and not equal: give one'],
      [text({ to: address, gasPrice: '0x1', maxFeePerGas: '0x1' }),
        'both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified'],
    ],
    array: 'must be an object',
  },
  overrides: {
    good: '{}',
    wrong: [
      ...notObject,
      [text({ '0x12': {} }), '"0x12": hex string has length 2, want 40'],
      [text({ [address]: 5 }), `${address}: must be an object`],
      [text({ [address]: { balance: 5 } }), `${address}: balance: must be a string of hex`],
      [text({ [address]: { nonce: '0x01' } }),
        `${address}: nonce: hex number with leading zero digits`],
      ...['code', 'state', 'stateDiff'].map((name) =>
        [text({ [address]: { [name]: '0x' } }), 'no code or storage on this chain']),
    ],
    array: 'must be an object',
  },
  object: { // of eth_getLogs, so far the only one
    good: '{}',
    wrong: [
      ...notObject,
      [text({ fromBlock: 5 }), 'fromBlock: must be a block number in hex or a tag'],
      [text({ toBlock: '0x01' }), 'toBlock: hex number with leading zero digits'],
      [text({ fromBlock: '0x1', toBlock: '0x0' }), whole('invalid block range params')],
      [text({ blockHash: `0x${times('1', 64)}`, toBlock: '0x0' }), whole('cannot specify both '
        + 'BlockHash and FromBlock/ToBlock, choose one or the other')],
      [text({ blockHash: '0x12' }), 'blockHash: hex string has length 2, want 64'],
      [text({ address: 5 }), 'address: must be an address or an array of them'],
      [text({ address: [address, '0x12'] }), 'address 1: hex string has length 2, want 40'],
      [text({ topics: 5 }), 'topics: must be an array'],
      [text({ topics: Array(5).fill(null) }), 'topics: at most 4'],
      [text({ topics: [null, '0x12'] }), 'topic 1: hex string has length 2, want 64'],
      [text({ topics: [[5]] }), 'topic 0: must be 32 bytes of hex, null or an array of them'],
    ],
    array: 'must be an object',
  },
  any: { good: '1', wrong: [] },
};

/** A parameter's kind, by its schema in the document. */
function kindOf({ name, schema }) {
  const titles = { address: 'address', '32 bytes': 'hash', quantity: 'quantity', data: 'data',
    'storage key': 'key', block: 'block' };
  if (titles[schema.title]) return titles[schema.title];
  if (schema.type === 'boolean') return 'bool';
  if (schema.type === 'array') return 'percentiles';
  if (schema.oneOf?.[0]?.type === 'integer') return 'count';
  if (schema.properties?.from) return 'call';
  if (schema.additionalProperties) return 'overrides';
  if (schema.type === 'object') return 'object';
  assert.deepEqual(schema, {}, `the kind of ${name}`);
  return 'any';
}

const bodyOf = (method, params, id = 1) =>
  `{"jsonrpc":"2.0","id":${id},"method":${text(method)},"params":[${params}]}`;

/** One method, one parameter after the other; how many requests it took. */
async function tryMethod(rpc, { name, params }, decided) {
  const goods = params.map((param) => kinds[kindOf(param)].good ?? text(decided));
  const put = (i, value) => bodyOf(name, goods.map((good, j) => (i === j ? value : good)));
  let tried = 0;
  const wrong = async (body, message, about) => {
    assertError(await errorOf(rpc, body), -32602, message, about);
    tried++;
  };

  for (const [i, param] of params.entries()) {
    const kind = kinds[kindOf(param)];
    const invalid = `invalid argument ${i} (${param.name}): `;
    for (const [value, words] of kind.wrong)
      await wrong(put(i, value), words.message ?? invalid + words, `${name} ${value.slice(0, 60)}`);
    if (param.required) {
      const missing = `missing value for required argument ${i} (${param.name})`;
      await wrong(put(i, 'null'), missing);
      await wrong(bodyOf(name, goods.slice(0, i)), missing);
    } else {
      for (const body of [put(i, 'null'), bodyOf(name, goods.slice(0, i))]) {
        const answer = JSON.parse((await answerThenGood(rpc, body)).body);
        assert.notEqual(answer.error?.code, -32602, `${name}: ${answer.error?.message}`);
      }
    }
    // Within the bound of nesting, and one beyond it.
    if (kind.array) await wrong(put(i, times('[', 30) + times(']', 30)), invalid + kind.array);
    const deep = put(i, times('[', 31) + times(']', 31));
    assertError(await errorOf(rpc, deep), -32700,
      `parse error: nesting deeper than 32 at byte ${deep.lastIndexOf(times('[', 31)) + 30}`);
  }
  const most = `too many arguments, want at most ${params.length}`;
  await wrong(bodyOf(name, [...goods, 'null']), most);
  await wrong(bodyOf(name, Array(100000).fill(1)), most);
  for (const odd of ['{}', '{"address":1}', '7', '"0x"', 'true'])
    await wrong(`{"jsonrpc":"2.0","id":1,"method":${text(name)},"params":${odd}}`,
      'parameters must be an array');
  return tried;
}

async function everyMethod() {
  await test('each parameter of each method: what is wrong with it is said in the known words',
    async (scope) => {
      const node = await startDev(scope);
      const rpc = await Rpc.open(scope, node);
      const [{ raw, hash }] = sign();
      await rpc.call('eth_sendRawTransaction', raw);
      await rpc.call('cairn_waitForTransaction', hash);
      const { methods } = await rpc.call('rpc_discover');
      assert(methods.length >= 40, 'the document is not empty');
      let tried = 0;
      for (const method of methods) tried += await tryMethod(rpc, method, hash);
      say(`${methods.length} methods, ${tried} wrong requests`);
      assert.equal(await rpc.call('eth_blockNumber'), '0x1');
      assert.doesNotMatch(node.stderr, /ERROR/);
    }, 60);
}

// ---- the envelope ----

const chainId = (id) => `{"jsonrpc":"2.0","id":${id},"method":"eth_chainId"}`;
const answered = (id) => `{"jsonrpc":"2.0","id":${id},"result":"0x7a69"}`;
const failed = (id, code, message) =>
  `{"jsonrpc":"2.0","id":${id},"error":{"code":${code},"message":${text(message)}}}`;

const badId = failed('null', -32600, 'invalid request: id must be a string, a number or null');
const noObject = failed('null', -32600, 'invalid request: must be an object');
const noVersion = failed('1', -32600, 'invalid request: jsonrpc must be "2.0"');
const noMethod = failed('1', -32600, 'invalid request: method must be a string');
const absent = (name, id = 1) =>
  failed(id, -32601, `the method ${name} does not exist/is not available`);

/** An error at a byte; the words before it are the parser's own. */
const parseError = (byte) => new RegExp(`^{"jsonrpc":"2\\.0","id":null,"error":{"code":-32700,`
  + `"message":"parse error: .+ at byte ${byte ?? '\\d+'}"}}$`);

const nested = (depth) =>
  `{"jsonrpc":"2.0","id":1,"method":"eth_chainId","x":${times('[', depth - 1)}${times(']', depth - 1)}}`;

/** [says, body, answer: text, pattern, or null for 204 and nothing] */
const envelopes = [
  ['a request', chainId(1), answered(1)],
  ['blanks around it', ` \t\r\n${chainId(1)} \r\n`, answered(1)],
  ['unknown members', '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","x":{"y":[]}}', answered(1)],
  ['params null', '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":null}', answered(1)],
  ['params empty', '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}', answered(1)],

  ['nothing', '', parseError(0)],
  ['blanks alone', '  ', parseError()],
  ['a brace', '{', parseError()],
  ['a word', 'hello', parseError()],
  ['a trailing comma', '{"jsonrpc":"2.0",}', parseError()],
  ['single quotes', "{'jsonrpc':'2.0'}", parseError()],
  ['a comment', `/* */${chainId(1)}`, parseError()],
  ['NaN', '{"jsonrpc":"2.0","id":NaN,"method":"eth_chainId"}', parseError()],
  ['a leading zero', '{"jsonrpc":"2.0","id":01,"method":"eth_chainId"}', parseError()],
  ['a byte order mark', `\ufeff${chainId(1)}`, parseError()],
  ['bytes behind the value', `${chainId(1)}x`, parseError()],
  ['a second value', `${chainId(1)}${chainId(2)}`, parseError()],
  ['a bracket too many', `[${chainId(1)}]]`, parseError()],
  ['a key twice', '{"jsonrpc":"2.0","id":1,"id":1,"method":"eth_chainId"}', parseError()],
  ['a key twice, the second escaped', '{"jsonrpc":"2.0","id":1,"\\u0069d":1,"method":"eth_chainId"}',
    parseError()],
  ['a key twice, deep in a parameter', bodyOf('eth_getLogs', ['{"address":null,"address":null}']),
    parseError()],
  ['a NUL escaped in a string', '{"jsonrpc":"2.0","id":"a\\u0000b","method":"eth_chainId"}',
    parseError(24)],
  ['a NUL in a string', Buffer.from('{"jsonrpc":"2.0","id":"a\0b","method":"eth_chainId"}'),
    parseError()],
  ['a NUL behind the value', Buffer.from(`${chainId(1)}\0`), parseError()],
  ['a line feed in a string', '{"jsonrpc":"2.0","id":"a\nb","method":"eth_chainId"}', parseError()],
  ['a byte that is no UTF-8', Buffer.from('{"jsonrpc":"2.0","id":"\xff","method":"eth_chainId"}',
    'latin1'), parseError()],
  ['UTF-8 that is cut short', Buffer.from('{"jsonrpc":"2.0","id":"\xe2\x82","method":"eth_chainId"}',
    'latin1'), parseError()],
  ['UTF-8 longer than it need be', Buffer.from('{"jsonrpc":"2.0","id":"\xc0\xaf","method":"x"}',
    'latin1'), parseError()],
  ['a surrogate alone', '{"jsonrpc":"2.0","id":"\\ud800","method":"eth_chainId"}', parseError()],
  ['nesting of 32', nested(32), answered(1)],
  ['nesting of 33', nested(33), parseError(nested(33).indexOf('[') + 31)],
  ['nesting of 60,000', times('[', 60_000), parseError(32)],
  ['a bracket in a string is no nesting',
    `{"jsonrpc":"2.0","id":"${times('[', 40)}","method":"eth_chainId"}`,
    answered(`"${times('[', 40)}"`)],

  ['null', 'null', noObject],
  ['a number', '1', noObject],
  ['a string', '"eth_chainId"', noObject],
  ['true', 'true', noObject],
  ['no jsonrpc', '{"id":1,"method":"eth_chainId"}', noVersion],
  ['jsonrpc 1.0', '{"jsonrpc":"1.0","id":1,"method":"eth_chainId"}', noVersion],
  ['jsonrpc a number', '{"jsonrpc":2.0,"id":1,"method":"eth_chainId"}', noVersion],
  ['no method', '{"jsonrpc":"2.0","id":1}', noMethod],
  ['a method that is a number', '{"jsonrpc":"2.0","id":1,"method":1}', noMethod],
  ['a method that is null', '{"jsonrpc":"2.0","id":1,"method":null}', noMethod],
  ['an empty object', '{}', failed('null', -32600, 'invalid request: jsonrpc must be "2.0"')],

  ...['0', '-7', '1.5', '1e3', '1E+3', '-0', 'null', '""', '"a"', '"\\u0041\\n\\"/"', '"\u00fc"',
    '9007199254740993', '18446744073709551616', times('9', 300), `-${times('1', 60)}`,
    '0.1000000000000000000000000001']
    .map((id) => [`the id ${id.slice(0, 40)} comes back as it went`, chainId(id), answered(id)]),
  ...['true', 'false', '{}', '[]', '[1]', '{"a":1}']
    .map((id) => [`the id ${id} is refused`, chainId(id), badId]),

  ['a notification', '{"jsonrpc":"2.0","method":"eth_chainId"}', null],
  ['a notification of what does not exist', '{"jsonrpc":"2.0","method":"no_such"}', null],
  ['a notification with wrong arguments',
    '{"jsonrpc":"2.0","method":"eth_getBalance","params":[1]}', null],
  ['a batch of notifications', '[{"jsonrpc":"2.0","method":"eth_chainId"},'
    + '{"jsonrpc":"2.0","method":"no_such"}]', null],

  ['an empty batch', '[]', failed('null', -32600, 'empty batch')],
  ['a batch of one', `[${chainId(1)}]`, `[${answered(1)}]`],
  ['a batch of what is no request', '[1,"x",null,[]]', `[${Array(4).fill(noObject)}]`],
  ['a mixed batch, in its order', `[${chainId('"a"')},1,{"jsonrpc":"2.0","method":"eth_chainId"},`
    + `${bodyOf('no_such', [], 2)},${chainId('true')},${chainId(3)}]`,
  `[${answered('"a"')},${noObject},${absent('no_such', 2)},${badId},${answered(3)}]`],
  ['a batch with one id many times', `[${Array(3).fill(chainId(7))}]`, `[${Array(3).fill(answered(7))}]`],
  ['a batch of 1000', `[${Array(1000).fill(chainId(1))}]`, `[${Array(1000).fill(answered(1))}]`],
  ['a batch of 1001', `[${Array(1001).fill(chainId(1))}]`,
    failed('null', -32600, 'batch too large: 1001 requests, limit 1000')],
  ['a batch that ends too early', `[${chainId(1)},`, parseError()],
  ['65,535 empty arrays', `[${Array(65535).fill('[]')}]`,
    failed('null', -32600, 'batch too large: 65535 requests, limit 1000')],
  ...[[65536, `[${Array(65536).fill('[]')}]`], ['a million', times('[', 1_000_000)]]
    .map(([says, body]) => [`${says} empty arrays`, body,
      failed('null', -32700, 'parse error: more than 65536 arrays and objects')]),

  ['a method that does not exist', bodyOf('no_such', []), absent('no_such')],
  ['a method in other letters', bodyOf('ETH_CHAINID', []), absent('ETH_CHAINID')],
  ['an empty method', bodyOf('', []), absent('')],
  ['a method with a blank', bodyOf('eth_chainId ', []), absent('eth_chainId ')],
  ['a method of 1 MiB is cut', bodyOf(times('m', huge), []), absent(times('m', 200))],
  ...['eth_blobBaseFee', 'eth_simulateV1', 'eth_fillTransaction', 'eth_config', 'eth_mining',
    'eth_hashrate', 'eth_getWork', 'eth_protocolVersion', 'engine_newPayloadV4', 'trace_block',
    'debug_traceTransaction', 'evm_mine', 'anvil_setBalance', 'admin_nodeInfo', 'admin_stop',
    'admin_setLogLevel'].map((name) => [`${name} does not exist here`, bodyOf(name, []), absent(name)]),
  ...['eth_sendTransaction', 'eth_sign', 'eth_signTransaction', 'eth_signTypedData',
    'eth_signTypedData_v4', 'eth_requestAccounts', 'personal_sign', 'personal_unlockAccount',
    'wallet_addEthereumChain'].map((name) => [`${name} is refused: no keys are here`,
    bodyOf(name, ['1', '{}']), failed(1, -32601, `the method ${name} does not exist/is not `
      + 'available: this node holds no keys; sign in the wallet and send with '
      + 'eth_sendRawTransaction')]),

  ['a state that this chain lacks, by number', bodyOf('eth_getBalance', [text(address), '"0x63"']),
    failed(1, -32001, 'block not found: number 99, the head is 0')],
  ['a state that this chain lacks, by hash',
    bodyOf('eth_getBalance', [text(address), `"0x${times('1', 64)}"`]),
    failed(1, -32001, `block not found: hash 0x${times('1', 64)}`)],
  ['a block that this chain lacks', bodyOf('eth_getBlockByNumber', ['"0x63"', 'false']),
    '{"jsonrpc":"2.0","id":1,"result":null}'],
  ['fees beyond the head', bodyOf('eth_feeHistory', ['1', '"0x63"']),
    failed(1, -32000, 'request beyond head block: requested 99, head 0')],
  ['logs of an unknown block', bodyOf('eth_getLogs', [`{"blockHash":"0x${times('1', 64)}"}`]),
    failed(1, -32000, 'unknown block')],
  ['a call that creates a contract', bodyOf('eth_call', ['{"data":"0x00"}']),
    failed(1, -32000, 'contract creation not supported: this chain has no contracts, set the recipient')],
  ['a call with too little gas', bodyOf('eth_call', [text({ to: address, gas: '0x5207' })]),
    failed(1, -32000, 'intrinsic gas too low: gas 20999, minimum needed 21000')],
];

async function everyEnvelope() {
  await test('each envelope gets its answer, byte for byte', async (scope) => {
    const node = await startDev(scope);
    const rpc = await Rpc.open(scope, node);
    for (const [says, body, want] of envelopes) {
      const { status, body: have } = await answerThenGood(rpc, body);
      assert.equal(status, want === null ? 204 : 200, says);
      if (want instanceof RegExp) assert(want.test(have), `${says}: ${have.slice(0, 300)}`);
      else assert(have === (want ?? ''), `${says}: ${have.slice(0, 300)}, want ${want?.slice(0, 300)}`);
    }
    say(`${envelopes.length} envelopes`);
    assert.doesNotMatch(node.stderr, /ERROR/);
  }, 30);

  await test('a notification is carried out though it is not answered', async (scope) => {
    const rpc = await Rpc.open(scope, await startDev(scope));
    const [{ raw, hash }] = sign();
    const { status } = await rpc.exchange(
      `{"jsonrpc":"2.0","method":"eth_sendRawTransaction","params":["${raw}"]}`);
    assert.equal(status, 204);
    assert.equal((await rpc.call('cairn_waitForTransaction', hash)).transactionHash, hash);
  });

  await test('-32003: an answer over the bound, and the rest of its batch', async (scope) => {
    const rpc = await Rpc.open(scope, await startDev(scope, '--rpc-answer-max', '64KiB'));
    const large = failed(2, -32003, 'response too large');
    const batch = [bodyOf('rpc_discover', [], 1), bodyOf('rpc_discover', [], 2), chainId(2)];
    const { body } = await answerThenGood(rpc, `[${batch}]`);
    assert(body.endsWith(`,${large},${large}]`), body.slice(-300));
    assert(JSON.parse(body)[0].result.methods);
  });

  await test('codes 4 and 5: not decided in time, queued behind a gap', async (scope) => {
    const rpc = await Rpc.open(scope, await startDev(scope, '--block-time', '60000'));
    const [first, second, , fourth] = sign({ count: 4 });
    await rpc.call('eth_sendRawTransaction', first.raw); // its block comes at once
    await rpc.call('cairn_waitForTransaction', first.hash);
    for (const [ms, said] of [[50, 50], ['0x32', 50], [-1, 2000]])
      assert.deepEqual(await rpc.refusal('eth_sendRawTransactionSync', second.raw, ms), {
        code: 4, data: second.hash,
        message: `the transaction was added to the mempool but wasn't processed in ${said}ms`,
      });
    assert.deepEqual(await rpc.refusal('eth_sendRawTransactionSync', fourth.raw, 30000), {
      code: 5, data: fourth.hash,
      message: 'the transaction was added to the mempool but is queued behind a missing nonce 2',
    });
    assertError(await rpc.refusal('cairn_waitForTransaction', first.hash, 60001), -32602,
      'invalid argument 1 (timeout): over 60000 ms');
    assert.equal(await rpc.call('cairn_waitForTransaction', second.hash, 0), null);
  });

  await test('too many waiting requests: the last is refused, those before it wait on',
    async (scope) => {
      const node = await startDev(scope, '--rpc-waiting-max', '2');
      const [{ raw, hash }] = sign();
      const waits = await Promise.all([1, 2, 3].map(() => Rpc.open(scope, node)));
      const answers = waits.map((rpc) => rpc.raw(request('cairn_waitForTransaction', [hash])));
      assertError((await Promise.race(answers)).error, -32000, 'too many waiting requests');
      await (await Rpc.open(scope, node)).call('eth_sendRawTransaction', raw);
      const receipts = (await Promise.all(answers)).map(({ result }) => result?.transactionHash);
      assert.deepEqual(receipts.filter((one) => one), [hash, hash]);
    });
}

// ---- transactions ----

function rlp(item) {
  if (Array.isArray(item)) return framed(0xc0, Buffer.concat(item.map(rlp)));
  let bytes = item;
  if (typeof item === 'bigint') {
    const digits = item === 0n ? '' : item.toString(16);
    bytes = Buffer.from(digits.length % 2 ? `0${digits}` : digits, 'hex');
  }
  return bytes.length === 1 && bytes[0] < 0x80 ? bytes : framed(0x80, bytes);
}

function framed(base, bytes) {
  if (bytes.length < 56) return Buffer.concat([Buffer.from([base + bytes.length]), bytes]);
  const size = Buffer.from(bytes.length.toString(16).replace(/^(.(..)*)$/, '0$1'), 'hex');
  return Buffer.concat([Buffer.from([base + 55 + size.length]), size, bytes]);
}

const hex = (bytes) => `0x${bytes.toString('hex')}`;
const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const onCurve = 0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n; // the generator's x
const offCurve = 5n; // no point has it

/** Signed by nobody in particular: r is a point, so that some key recovers. */
const usual = { chain: BigInt(devChain), nonce: 0n, tip: gwei, cap: 10n * gwei, gas: 21000n,
  to: Buffer.from(devKeys[1].address.slice(2), 'hex'), value: 0n, data: Buffer.alloc(0), list: [],
  parity: 0n, r: onCurve, s: 1n };

const type2 = (fields = {}) => {
  const f = { ...usual, ...fields };
  return hex(Buffer.concat([Buffer.from([2]), rlp([f.chain, f.nonce, f.tip, f.cap, f.gas, f.to,
    f.value, f.data, f.list, f.parity, f.r, f.s])]));
};
const type1 = (fields = {}) => {
  const f = { ...usual, ...fields };
  return hex(Buffer.concat([Buffer.from([1]), rlp([f.chain, f.nonce, f.cap, f.gas, f.to, f.value,
    f.data, f.list, f.parity, f.r, f.s])]));
};
const legacy = (fields = {}) => {
  const f = { ...usual, v: 35n + 2n * usual.chain, ...fields };
  return hex(rlp([f.nonce, f.cap, f.gas, f.to, f.value, f.data, f.v, f.r, f.s]));
};

const encoding = 'invalid transaction encoding: ';
const at = (what) => new RegExp(`^invalid transaction encoding: .*${what}.* at byte \\d+$`);
const signature = 'invalid transaction v, r, s values';
const typed = (type) => `transaction type not supported: type 0x${type} (transaction type not valid on `
  + 'this chain)';
const creation = 'contract creation not supported: this chain has no contracts, set the recipient';
const protectedOnly = 'only replay-protected (EIP-155) transactions allowed over RPC';
const noFunds = /^insufficient funds for gas \* price \+ value: address 0x[0-9a-fA-F]{40} have 0 want 210000000000000$/;

/** [says, encoding, message], none of which needs an account. */
const refusals = [
  ['17 KiB', type2({ data: Buffer.alloc(17 * 1024), gas: 1_000_000n }),
    /^oversized data: transaction size 174\d\d, limit 16384$/],
  ['one byte over 16 KiB', `0x02${times('00', 16384)}`,
    'oversized data: transaction size 16385, limit 16384'],
  ['nothing', '0x', 'typed transaction too short'],
  ['a type alone', '0x02', 'typed transaction too short'],
  ['an empty list', '0xc0', at('nonce')],
  ['a string', '0x8180', at('')],
  ['a field too many', hex(rlp([0n, 1n, 21000n, usual.to, 0n, usual.data, 62709n, onCurve, 1n, 1n])),
    at('')],
  ['a field too few', hex(rlp([0n, 1n, 21000n, usual.to, 0n, usual.data, 62709n, onCurve])), at('s')],
  ['bytes behind it', `${type2()}00`, at('')],
  ['bytes behind a legacy one', `${legacy()}00`, at('')],
  ['a length beyond it', '0xf8ff', at('')],
  ['a nonce with a leading zero', type2({ nonce: Buffer.from([0, 1]) }), at('nonce')],
  ['a nonce of nine bytes', type2({ nonce: 1n << 64n }), at('nonce')],
  ['a value of 33 bytes', type2({ value: 1n << 256n }), at('value')],
  ['a recipient of 19 bytes', type2({ to: Buffer.alloc(19, 1) }), at('to: must have 20 bytes or none')],
  ['a list for a value', type2({ value: [] }), at('value')],
  ['an access list that is a string', type1({ list: Buffer.alloc(0) }), at('accessList')],
  ['a chain id of 65 bits', legacy({ v: 35n + (1n << 65n) }), at('v: chain id over 64 bits')],
  ['type 3', `0x03${type2().slice(4)}`, typed('3')],
  ['type 4', `0x04${type2().slice(4)}`, typed('4')],
  ['type 0 in an envelope', `0x00${type2().slice(4)}`, typed('0')],
  ['type 0x7f', '0x7f00', typed('7f')],
  ['v 27', legacy({ v: 27n }), protectedOnly],
  ['v 28', legacy({ v: 28n }), protectedOnly],
  ['v 0', legacy({ v: 0n }), signature],
  ['v 29', legacy({ v: 29n }), signature],
  ['no recipient', type2({ to: Buffer.alloc(0) }), creation],
  ['no recipient, legacy', legacy({ to: Buffer.alloc(0) }), creation],
  ['r 0', type2({ r: 0n }), signature],
  ['s 0', type2({ s: 0n }), signature],
  ['r of the order', type2({ r: order }), signature],
  ['s in the upper half', type2({ s: order / 2n + 1n }), signature],
  ['yParity 2', type2({ parity: 2n }), signature],
  ['no key that recovers', type2({ r: offCurve }), 'invalid sender'],
  ['another chain', type2({ chain: 1n }), 'invalid chain id for signer: have 1 want 31337'],
  ['another chain, legacy', legacy({ v: 37n }), 'invalid chain id for signer: have 1 want 31337'],
  ['chain 0', type1({ chain: 0n }), 'invalid chain id for signer: have 0 want 31337'],
  ['gas 20999', type2({ gas: 20999n }), 'intrinsic gas too low: gas 20999, minimum needed 21000'],
  ['gas for no memo', type2({ data: Buffer.from([0, 1]) }),
    'intrinsic gas too low: gas 21000, minimum needed 21020'],
  ['gas for no access list', type1({ list: [[usual.to, [Buffer.alloc(32)]]] }),
    'intrinsic gas too low: gas 21000, minimum needed 25300'],
  ['gas beyond a block', type2({ gas: 1_000_000_001n }),
    'exceeds block gas limit (gas limit reached): gas 1000000001, limit 1000000000'],
  ['a tip above the cap', type2({ tip: 11n * gwei }), 'max priority fee per gas higher than max fee '
    + 'per gas: maxPriorityFeePerGas 11000000000, maxFeePerGas 10000000000'],
  ['a cap below the base fee', type2({ cap: 5n, tip: 5n }), /^max fee per gas less than block base fee: maxFeePerGas 5, baseFee \d+$/],
  ['the last nonce', type2({ nonce: 2n ** 64n - 1n }), 'nonce has max value'],
  ['a nonce too far ahead', type2({ nonce: 1025n }),
    'nonce too high: next nonce 0, tx nonce 1025, at most 1024 ahead'],
  ['nothing to pay with', type2(), noFunds],
  ['nothing to pay with, type 1', type1(), noFunds],
  ['nothing to pay with, legacy', legacy(), noFunds],
  ['a value of 2^256 - 1', type2({ value: 2n ** 256n - 1n }), /^insufficient funds for gas \* price \+ value: address 0x[0-9a-fA-F]{40} have 0 want more than 2\^256-1$/],
  ['the council\'s address', type2({ to: Buffer.from(times('00', 18) + 'ca12', 'hex') }),
    /^invalid council vote: /],
];

function assertRefused(error, want, says) {
  const about = `${says}: ${JSON.stringify(error)}, want ${want}`;
  assert.equal(error?.code, -32000, about);
  assert(want instanceof RegExp ? want.test(error.message) : want === error.message, about);
  // What SDKs take for something else.
  assert.doesNotMatch(error.message, /revert/i, says);
  if (!/^nonce too low/.test(error.message))
    assert.doesNotMatch(error.message, /nonce.*too low|too low.*nonce/i, says);
}

async function everyRefusal() {
  await test('each refusal of a transaction that needs no account, in its words', async (scope) => {
    const node = await startDev(scope);
    const rpc = await Rpc.open(scope, node);
    for (const [says, raw, want] of refusals)
      for (const method of ['eth_sendRawTransaction', 'eth_sendRawTransactionSync'])
        assertRefused(await errorOf(rpc, request(method, [raw])), want, `${method}: ${says}`);
    assert.deepEqual(await rpc.call('txpool_status'), { pending: '0x0', queued: '0x0' });
    assert.equal(await rpc.call('eth_blockNumber'), '0x0');
    say(`${refusals.length} refusals`);
  }, 30);

  await test('each refusal that looks at the account or the mempool', async (scope) => {
    const rpc = await Rpc.open(scope, await startDev(scope, '--block-time', '60000'));
    const refused = async (one, want, says) =>
      assertRefused(await rpc.refusal('eth_sendRawTransaction', one.raw), want, says);
    const [first, second] = sign({ count: 2 });
    await rpc.call('eth_sendRawTransaction', first.raw); // the first block comes at once
    await rpc.call('cairn_waitForTransaction', first.hash);
    await refused(first, 'nonce too low: next nonce 1, tx nonce 0', 'included');
    await rpc.call('eth_sendRawTransaction', second.raw); // this one waits a minute
    await refused(second, `already known (known transaction: ${second.hash})`, 'known');
    const dearer = (percent) => ({ nonce: 1, cap: 100n * gwei * percent / 100n,
      tip: gwei * percent / 100n });
    const needs = 'replacement transaction underpriced: needs maxFeePerGas 110000000000, '
      + 'maxPriorityFeePerGas 1100000000';
    await refused(sign({ ...dearer(109n) })[0], needs, '9 % dearer');
    await refused(sign({ ...dearer(110n), tip: gwei })[0], needs, 'the cap alone is dearer');
    await refused(sign({ ...dearer(110n), cap: 100n * gwei })[0], needs, 'the tip alone is dearer');
    const [replacement] = sign(dearer(110n));
    assert.equal(await rpc.call('eth_sendRawTransaction', replacement.raw), replacement.hash);
    assert.equal(await rpc.call('eth_getTransactionByHash', second.hash), null);
    await refused(sign({ nonce: 2 + 1025 })[0],
      'nonce too high: next nonce 2, tx nonce 1027, at most 1024 ahead', 'ahead of what is pending');
    await rpc.call('eth_sendRawTransaction', sign({ nonce: 2 + 1024 })[0].raw);
    const { address: poor } = devKeys[2];
    const half = 6000n * 10n ** 18n;
    const [one, two] = sign({ key: devKeys[2].key, count: 2, value: half });
    await rpc.call('eth_sendRawTransaction', one.raw);
    const cost = 2n * (half + 21000n * 100n * gwei);
    await refused(two, new RegExp(`^insufficient funds for gas \\* price \\+ value: address ${poor} have 10000${times('0', 18)} want ${cost}$`, 'i'),
      'counts what is pending');
  });

  await test('a sender\'s share of the mempool, and a mempool that is full', async (scope) => {
    const rpc = await Rpc.open(scope, await startDev(scope, '--block-time', '60000',
      '--mempool-tx-max', '4', '--mempool-sender-max', '3'));
    const send = async (...list) => {
      for (const { raw, hash } of list)
        assert.equal(await rpc.call('eth_sendRawTransaction', raw), hash);
    };
    const [first, ...mine] = sign({ count: 5 });
    await send(first);
    await rpc.call('cairn_waitForTransaction', first.hash);
    await send(...mine.slice(0, 3));
    assertRefused(await rpc.refusal('eth_sendRawTransaction', mine[3].raw),
      'account limit exceeded: 3 transactions');
    const [other] = sign({ key: devKeys[1].key, tip: 3n * gwei });
    await send(other);
    const [cheap] = sign({ key: devKeys[2].key, tip: 1n });
    assertRefused(await rpc.refusal('eth_sendRawTransaction', cheap.raw),
      'transaction underpriced: effective tip 1, needed 1000000001');
    const [dear] = sign({ key: devKeys[2].key, tip: 2n * gwei });
    await send(dear); // the last of the cheap sender's goes
    assert.equal(await rpc.call('eth_getTransactionByHash', mine[2].hash), null);
    assert.deepEqual(await rpc.call('txpool_status'), { pending: '0x4', queued: '0x0' });
  });
}

export default async function badinput() {
  await everyMethod();
  await everyEnvelope();
  await everyRefusal();
}
