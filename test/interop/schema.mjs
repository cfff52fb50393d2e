// Every method that rpc_discover names, called: what comes fits the schema that it names, and the public
// Ethereum schemas where they lie beside the checkout.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import Ajv from 'ajv'
import { computeAddress } from 'ethers'
import { call, refusal, skip, test } from './harness.mjs'
import { ACCOUNT, devKey, forge, newAddress } from './ledger.mjs'

const PUBLIC = new URL('../../../shared/vectors/openrpc.json', import.meta.url)
const UNKNOWN = `0x${'ab'.repeat(32)}`

function compile(document) {
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false })
  const check = (schema) => ajv.compile({ components: document.components, ...schema })
  const explain = (validate, value) =>
    validate(value) ? null : `${JSON.stringify(value)?.slice(0, 1000)}: ${ajv.errorsText(validate.errors)}`
  return { check, explain }
}

export default async function (url) {
  const key = devKey(ACCOUNT.schema)
  const from = computeAddress(key).toLowerCase()
  let nonce = Number(await call(url, 'eth_getTransactionCount', from, 'pending'))
  const fresh = (type) => forge(key, { type, nonce: nonce++, data: '0x6d656d6f', gas: 22000n })

  // One of each type in a block, and one that waits behind a gap.
  const hashes = []
  for (const type of [0, 1, 2])
    hashes.push((await call(url, 'eth_sendRawTransactionSync', fresh(type))).transactionHash)
  const queued = await call(url, 'eth_sendRawTransaction', forge(key, { nonce: nonce + 500 }))
  const [hash] = hashes
  const { blockHash, blockNumber } = await call(url, 'eth_getTransactionReceipt', hash)

  const blocks = ['latest', 'earliest', 'safe', 'finalized', blockNumber]
  const everyBlock = [...blocks.map((b) => [b]), ['pending'], ['0xfffffff']]
  const atBlocks = (...before) => [
    before,
    ...[...blocks, 'pending', { blockNumber }, { blockHash, requireCanonical: true }].map((b) => [
      ...before,
      b,
    ]),
  ]
  const transfer = { from, to: newAddress(), value: '0x1', input: '0x00' }
  const calls = [[transfer], [transfer, 'latest'], [transfer, blockNumber, { [from]: { balance: '0xffff' } }]]
  const indexed = (block) => [
    [block, '0x0'],
    [block, '0xff'],
  ]

  // Parameters to call each method with.
  const samples = {
    web3_clientVersion: [[]],
    web3_sha3: [['0x'], ['0x68656c6c6f']],
    net_version: [[]],
    net_listening: [[]],
    net_peerCount: [[]],
    eth_chainId: [[]],
    eth_syncing: [[]],
    eth_blockNumber: [[]],
    eth_baseFee: [[]],
    eth_maxPriorityFeePerGas: [[]],
    eth_gasPrice: [[]],
    eth_feeHistory: [
      ['0x5', 'latest'],
      [5, 'latest', [10, 50, 90]],
      ['0x1', blockNumber, []],
      ['0x400', 'pending', [0, 100]],
      [0, 'latest'],
    ],
    eth_getBalance: atBlocks(from),
    eth_getTransactionCount: atBlocks(from),
    eth_getCode: atBlocks(from),
    eth_getStorageAt: [...atBlocks(from, '0x0'), [from, UNKNOWN, 'latest']],
    eth_getBlockByNumber: everyBlock.flatMap(([b]) => [[b], [b, true], [b, false]]),
    eth_getBlockByHash: [[blockHash], [blockHash, true], [blockHash, false], [UNKNOWN, true]],
    eth_getBlockTransactionCountByNumber: everyBlock,
    eth_getBlockTransactionCountByHash: [[blockHash], [UNKNOWN]],
    eth_getUncleCountByBlockNumber: everyBlock,
    eth_getUncleCountByBlockHash: [[blockHash], [UNKNOWN]],
    eth_getUncleByBlockNumberAndIndex: indexed(blockNumber),
    eth_getUncleByBlockHashAndIndex: indexed(blockHash),
    eth_getTransactionByHash: [...hashes.map((h) => [h]), [queued], [UNKNOWN]],
    eth_getTransactionByBlockNumberAndIndex: [...indexed(blockNumber), ...indexed('latest')],
    eth_getTransactionByBlockHashAndIndex: [...indexed(blockHash), ...indexed(UNKNOWN)],
    eth_getTransactionReceipt: [...hashes.map((h) => [h]), [queued], [UNKNOWN]],
    eth_getBlockReceipts: [...blocks.map((b) => [b]), [blockHash], ['0xfffffff']],
    eth_getRawTransactionByHash: [[hash], [queued], [UNKNOWN]],
    eth_sendRawTransaction: [0, 1, 2].map((type) => [() => fresh(type)]),
    eth_sendRawTransactionSync: [[() => fresh(2)], [() => fresh(2), 5000], [() => fresh(2), '0x1388']],
    eth_call: calls,
    eth_estimateGas: calls,
    eth_getLogs: [
      [{}],
      [{ fromBlock: 'earliest', toBlock: 'latest', address: from, topics: [null, [UNKNOWN]] }],
      [{ blockHash }],
    ],
    eth_accounts: [[]],
    txpool_status: [[]],
    rpc_modules: [[]],
    rpc_discover: [[]],
    'rpc.discover': [[]],
    cairn_status: [[]],
    cairn_getGenesis: [[]],
    cairn_getSupply: [[], ...blocks.map((b) => [b])],
    cairn_waitForTransaction: [[hash], [hash, 1000], [UNKNOWN, 1]],
  }

  const document = await call(url, 'rpc_discover')
  const ours = compile(document)
  const pub = existsSync(PUBLIC) ? JSON.parse(readFileSync(PUBLIC, 'utf8')) : null
  const theirs = pub && compile(pub)

  await test('schema: rpc_discover is an OpenRPC document of methods with samples here', async () => {
    assert.match(document.openrpc, /^1\.\d+\.\d+$/)
    assert.deepEqual(await call(url, 'rpc.discover'), document)
    const names = document.methods.map((method) => method.name)
    assert.equal(new Set(names).size, names.length)
    for (const name of Object.keys(samples)) assert.ok(names.includes(name), `${name} is not in rpc_discover`)
  })

  for (const { name, params, result } of document.methods)
    await test(`schema: ${name}`, async () => {
      assert.ok(samples[name], `test/interop/schema.mjs has no sample for ${name}`)
      const checkResult = ours.check(result.schema)
      const checkParams = params.map(({ schema }) => ours.check(schema))
      const method = pub?.methods.find((m) => m.name === name)
      const checkPublic = method && theirs.check(method.result.schema)

      for (const sample of samples[name]) {
        const given = sample.map((value) => (typeof value === 'function' ? value() : value))
        const told = `${name} ${JSON.stringify(given)}`
        given.forEach((value, i) => {
          const wrong = ours.explain(checkParams[i], value)
          assert.ok(!wrong, `parameter ${i} of ${told}: ${wrong}`)
        })
        const value = await call(url, name, ...given)
        const wrong = ours.explain(checkResult, value)
        assert.ok(!wrong, `result of ${told}: ${wrong}`)
        // The public schemas know nothing that waits for its block, and an empty list fits both of two lists.
        const isPending = given.includes('pending') || value?.blockHash === null
        const isExempt = isPending || (Array.isArray(value) && value.length === 0)
        const stranger = checkPublic && !isExempt ? theirs.explain(checkPublic, value) : null
        assert.ok(!stranger, `public schema, ${told}: ${stranger}`)
      }
      const required = params.filter((parameter) => parameter.required).length
      if (required > 0) assert.equal((await refusal(url, name)).code, -32602)
      const error = await refusal(url, name, ...params.map(() => null), null)
      assert.equal(error.code, -32602)
      assert.equal(error.message, `too many arguments, want at most ${params.length}`)
    })
  if (!pub) skip('schema: the public Ethereum schemas', 'no public schemas beside the checkout')

  // So that the account leaves nothing behind a gap: nobody else uses it.
  await test('schema: txpool_status counts what waits behind a gap', async () => {
    const { queued: waiting } = await call(url, 'txpool_status')
    assert.ok(Number(waiting) >= 1)
  })
}
