// Foundry's cast.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { COIN, DEV_CHAIN_ID, GWEI, runProgram, skip, test } from './harness.mjs'
import { ACCOUNT, checkTransfer, devKey, forge, intrinsicGas, newAddress } from './ledger.mjs'

const MEMO = '0x0001636173740a'

// Its package holds the program and no JavaScript; null on a machine that it is not made for.
export function castProgram() {
  try {
    const require = createRequire(import.meta.url)
    return join(dirname(require.resolve('@foundry-rs/cast-linux-amd64/package.json')), 'bin', 'cast')
  } catch {
    return null
  }
}

export default async function (url) {
  const program = castProgram()
  if (!program) return skip('cast', 'its package is for Linux on x86-64')
  const key = devKey(ACCOUNT.cast)

  async function cast(command, ...args) {
    const { code, stdout, stderr } = await runProgram(program, [command, '--rpc-url', url, ...args])
    assert.equal(code, 0, stderr)
    return stdout.trim()
  }
  const castJson = async (...args) => JSON.parse(await cast(...args, '--json'))
  const from = (await runProgram(program, ['wallet', 'address', key])).stdout.trim()

  const at = {
    balance: async (address, height) => BigInt(await cast('balance', address, '--block', `${height}`)),
    nonce: async (address, height) => Number(await cast('nonce', address, '--block', `${height}`)),
    block: async (height) => {
      const block = await castJson('block', `${height}`)
      return { ...block, baseFeePerGas: BigInt(block.baseFeePerGas), gasUsed: BigInt(block.gasUsed) }
    },
  }
  const inOneShape = (r) => ({
    hash: r.transactionHash,
    type: Number(r.type),
    status: Number(r.status),
    from: r.from,
    to: r.to,
    gasUsed: BigInt(r.gasUsed),
    cumulativeGasUsed: BigInt(r.cumulativeGasUsed),
    effectiveGasPrice: BigInt(r.effectiveGasPrice),
    blockHash: r.blockHash,
    blockNumber: Number(r.blockNumber),
    transactionIndex: Number(r.transactionIndex),
    logs: r.logs.length,
    contractAddress: r.contractAddress,
  })

  async function sendAndCheck({ value, type = 2, data, options = [] }) {
    const to = newAddress()
    const memo = data ? [data] : []
    const receipt = await castJson(
      'send',
      '--private-key',
      key,
      '--value',
      `${value}`,
      ...options,
      to,
      ...memo
    )
    const read = await castJson('tx', receipt.transactionHash)

    await checkTransfer(
      {
        from,
        to,
        value,
        data,
        type,
        maxFee: BigInt(read.maxFeePerGas ?? read.gasPrice),
        tip: BigInt(read.maxPriorityFeePerGas ?? read.gasPrice),
      },
      inOneShape(receipt),
      at
    )
    assert.equal(Number(read.type), type)
    assert.equal(read.input, data ?? '0x')
    assert.equal(BigInt(read.value), value)
    assert.equal(read.blockHash, receipt.blockHash)
    return receipt
  }

  await test('cast: chain, client, fees, head', async () => {
    assert.equal(await cast('chain-id'), `${DEV_CHAIN_ID}`)
    assert.match(await cast('client'), /^cairn\/v/)
    assert.ok(BigInt(await cast('gas-price')) >= 2n * GWEI)
    assert.ok(BigInt(await cast('base-fee')) >= GWEI)
    assert.equal((await castJson('block', 'earliest')).number, '0x0')
    assert.match(await cast('block-number'), /^\d+$/)
  })

  await test('cast: send with nothing but recipient and value', () => sendAndCheck({ value: COIN }))
  await test('cast: send with a memo', () => sendAndCheck({ value: 7n, data: MEMO }))
  await test('cast: send --legacy', () => sendAndCheck({ value: COIN, type: 0, options: ['--legacy'] }))
  await test('cast: send --legacy with a memo', () =>
    sendAndCheck({ value: 7n, type: 0, data: MEMO, options: ['--legacy'] }))
  await test('cast: send of type 1', () =>
    sendAndCheck({ value: COIN, type: 1, options: ['--legacy', '--access-list', '[]'] }))
  await test('cast: send of type 1 with a memo', () =>
    sendAndCheck({ value: 7n, type: 1, data: MEMO, options: ['--legacy', '--access-list', '[]'] }))

  await test('cast: a block with its transactions, receipt, raw transaction', async () => {
    const { blockHash, transactionHash } = await sendAndCheck({ value: 3n, data: MEMO })
    const block = await castJson('block', blockHash, '--full')
    const raw = await cast('tx', transactionHash, '--raw')

    assert.equal(block.transactions.length, 1)
    assert.equal(block.transactions[0].hash, transactionHash)
    assert.equal((await castJson('receipt', transactionHash)).blockHash, blockHash)
    assert.equal((await runProgram(program, ['keccak', raw])).stdout.trim(), transactionHash)
  })
  await test('cast: balance, nonce, code, storage, estimate, call, logs', async () => {
    const to = newAddress()
    assert.equal(await cast('balance', from, '--block', 'earliest'), `${10_000n * COIN}`)
    assert.equal(await cast('nonce', from, '--block', 'pending'), await cast('nonce', from))
    assert.equal(await cast('code', to), '0x')
    assert.equal(await cast('storage', to, '0'), `0x${'00'.repeat(32)}`)
    assert.equal(await cast('estimate', '--from', from, '--value', '1', to, MEMO), `${intrinsicGas(MEMO)}`)
    assert.equal(await cast('call', to, MEMO), '0x')
    assert.deepEqual(await castJson('logs', '--from-block', '0'), [])
    assert.deepEqual(JSON.parse(await cast('rpc', 'eth_accounts')), [])
  })
  await test('cast: publish, a transaction that was signed before', async () => {
    const raw = await cast('mktx', '--private-key', key, '--value', '1', newAddress())
    const receipt = await castJson('publish', raw)
    assert.equal(receipt.status, '0x1')
  })

  // ---- refusals ----

  const nonce = async () => BigInt(await cast('nonce', from))

  async function refused(words, command, ...args) {
    const { code, stdout, stderr } = await runProgram(program, [command, '--rpc-url', url, ...args])
    assert.notEqual(code, 0, stdout)
    assert.match(stderr, words)
  }
  const send = (...args) => ['send', '--private-key', key, '--value', '1', ...args, newAddress()]

  await test('cast: nonce too low', async () => {
    const next = await nonce()
    const words = new RegExp(`error code -32000: nonce too low: next nonce ${next}, tx nonce ${next - 1n}`)
    await refused(words, ...send('--nonce', `${next - 1n}`))
  })
  await test('cast: insufficient funds', () =>
    refused(
      /insufficient funds for gas \* price \+ value: address 0x[0-9a-fA-F]{40} have 0 want /,
      'send',
      '--private-key',
      `0x${'5a'.repeat(32)}`,
      '--value',
      '1',
      newAddress()
    ))
  await test('cast: an underpriced replacement, and the same hash again', async () => {
    const next = await nonce()
    const queued = ['--nonce', `${next + 1n}`, '--gas-price', '10gwei', '--priority-gas-price', '1gwei']
    const hash = await cast(...send(...queued, '--async'))
    await refused(
      /error code -32000: replacement transaction underpriced: needs maxFeePerGas 11000000000, maxPriorityFeePerGas 1100000000/,
      ...send(...queued, '--async')
    )
    const raw = await cast('tx', hash, '--raw')
    await refused(new RegExp(`already known \\(known transaction: ${hash}\\)`), 'publish', raw)
    await cast(...send('--nonce', `${next}`, '--async'))
    assert.equal((await castJson('receipt', hash)).status, '0x1') // it waits
  })
  await test('cast: contract creation is refused by name', () =>
    refused(
      /contract creation not supported: this chain has no contracts, set the recipient/,
      'send',
      '--private-key',
      key,
      '--create',
      '0x6000'
    ))
  await test('cast: another chain id', async () => {
    const { stdout } = await runProgram(program, [
      'mktx',
      '--private-key',
      key,
      '--chain',
      '1',
      '--nonce',
      `${await nonce()}`,
      '--gas-limit',
      '21000',
      '--gas-price',
      '10gwei',
      '--priority-gas-price',
      '1gwei',
      '--rpc-url',
      url,
      newAddress(),
    ])
    await refused(
      /error code -32000: invalid chain id for signer: have 1 want 31337/,
      'publish',
      stdout.trim()
    )
  })
  const refusals = [
    ['too little gas', ['--gas-limit', '20999'], /intrinsic gas too low: gas 20999, minimum needed 21000/],
    [
      'too much gas',
      ['--gas-limit', '1000000001'],
      /exceeds block gas limit \(gas limit reached\): gas 1000000001, limit 1000000000/,
    ],
    [
      'a cap below the base fee',
      ['--gas-limit', '21000', '--gas-price', '1', '--priority-gas-price', '0'],
      /max fee per gas less than block base fee: maxFeePerGas 1, baseFee \d+/,
    ],
    [
      'a tip above the cap',
      ['--gas-limit', '21000', '--gas-price', '10gwei', '--priority-gas-price', '11gwei'],
      /max priority fee per gas higher than max fee per gas: maxPriorityFeePerGas 11000000000, maxFeePerGas 10000000000/,
    ],
  ]
  for (const [name, options, words] of refusals)
    await test(`cast: refused: ${name}`, () => refused(words, ...send(...options)))
  await test('cast: refused: an unprotected signature', async () =>
    refused(
      /only replay-protected \(EIP-155\) transactions allowed over RPC/,
      'publish',
      forge(key, { type: 0, chainId: null, nonce: await nonce() })
    ))
}
