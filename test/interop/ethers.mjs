// ethers 6.
import assert from 'node:assert/strict'
import { JsonRpcProvider, Transaction, Wallet, isError, parseEther, toUtf8Bytes, hexlify } from 'ethers'
import { COIN, DEV_CHAIN_ID, GWEI, call, rejection, test } from './harness.mjs'
import { ACCOUNT, checkTransfer, devKey, forge, intrinsicGas, newAddress } from './ledger.mjs'

const MEMO = hexlify(toUtf8Bytes('invoice 2024-17\0'))
const ACCESS_LIST = [
  { address: newAddress(), storageKeys: [] },
  { address: newAddress(), storageKeys: [`0x${'11'.repeat(32)}`, `0x${'22'.repeat(32)}`] },
]

export default async function (url) {
  const provider = new JsonRpcProvider(url, undefined, {
    polling: true,
    pollingInterval: 50,
    cacheTimeout: -1,
  })
  const wallet = new Wallet(devKey(ACCOUNT.ethers), provider)
  const at = {
    balance: (address, height) => provider.getBalance(address, height),
    nonce: (address, height) => provider.getTransactionCount(address, height),
    block: (height) => provider.getBlock(height),
  }
  const inOneShape = (r) => ({
    hash: r.hash,
    type: r.type,
    status: r.status,
    from: r.from.toLowerCase(),
    to: r.to.toLowerCase(),
    gasUsed: r.gasUsed,
    cumulativeGasUsed: r.cumulativeGasUsed,
    effectiveGasPrice: r.gasPrice,
    blockHash: r.blockHash,
    blockNumber: r.blockNumber,
    transactionIndex: r.index,
    logs: r.logs.length,
    contractAddress: r.contractAddress,
  })

  async function sendAndCheck(request) {
    const response = await wallet.sendTransaction(request)
    const receipt = await response.wait(1)
    const read = await provider.getTransaction(response.hash)

    await checkTransfer(
      {
        from: wallet.address,
        to: request.to,
        value: request.value,
        data: request.data,
        accessList: request.accessList,
        type: request.type ?? 2,
        maxFee: response.maxFeePerGas ?? response.gasPrice,
        tip: response.maxPriorityFeePerGas ?? response.gasPrice,
      },
      inOneShape(receipt),
      at
    )
    assert.equal(read.hash, response.hash)
    assert.equal(read.from, wallet.address)
    assert.equal(read.value, request.value)
    assert.equal(read.data, request.data ?? '0x')
    assert.equal(read.nonce, response.nonce)
    assert.equal(read.chainId, BigInt(DEV_CHAIN_ID))
    assert.equal(read.blockHash, receipt.blockHash)
    assert.equal(read.index, 0)
    // Rebuilt from the fields that the node gives, it is the very same transaction, signature and all.
    assert.equal(Transaction.from(read).hash, response.hash)
    assert.equal(Transaction.from(read).from, wallet.address)
    return receipt
  }

  await test('ethers: network, fee data, block', async () => {
    const { chainId } = await provider.getNetwork()
    const fees = await provider.getFeeData()
    const block = await provider.getBlock('latest')

    assert.equal(chainId, BigInt(DEV_CHAIN_ID))
    assert.equal(fees.maxPriorityFeePerGas, GWEI)
    assert.equal(fees.maxFeePerGas, 2n * block.baseFeePerGas + GWEI)
    assert.ok(fees.gasPrice >= 2n * GWEI)
    assert.equal((await provider.getBlock('earliest')).number, 0)
    assert.equal(await provider.getBlock(10 ** 9), null)
    assert.equal(await provider.getTransaction(`0x${'00'.repeat(32)}`), null)
    assert.equal(await provider.getTransactionReceipt(`0x${'00'.repeat(32)}`), null)
  })

  await test('ethers: sends with nothing but recipient and value', () =>
    sendAndCheck({ to: newAddress(), value: parseEther('1.5') }))
  for (const type of [0, 1, 2]) {
    await test(`ethers: type ${type}`, () => sendAndCheck({ type, to: newAddress(), value: COIN }))
    await test(`ethers: type ${type} with a memo`, () =>
      sendAndCheck({ type, to: newAddress(), value: 7n, data: MEMO }))
  }
  for (const type of [1, 2])
    await test(`ethers: type ${type} with an access list`, () =>
      sendAndCheck({ type, to: newAddress(), value: 0n, data: MEMO, accessList: ACCESS_LIST }))
  await test('ethers: type 2 with a cap that cuts the tip', async () => {
    const { baseFeePerGas } = await provider.getBlock('latest')
    await sendAndCheck({
      to: newAddress(),
      value: 1n,
      maxFeePerGas: baseFeePerGas + 5n,
      maxPriorityFeePerGas: baseFeePerGas,
    })
  })
  await test('ethers: to oneself', async () => {
    const before = await provider.getBalance(wallet.address)
    const receipt = await (await wallet.sendTransaction({ to: wallet.address, value: COIN })).wait()
    assert.equal(await provider.getBalance(wallet.address), before - receipt.fee)
  })

  await test('ethers: a block with its transactions', async () => {
    const receipt = await sendAndCheck({ to: newAddress(), value: 3n, data: MEMO })
    const block = await provider.getBlock(receipt.blockNumber, true)
    const byHash = await provider.getBlock(receipt.blockHash, true)

    assert.equal(block.prefetchedTransactions.length, 1)
    assert.equal(block.prefetchedTransactions[0].hash, receipt.hash)
    assert.equal(block.prefetchedTransactions[0].value, 3n)
    assert.equal(block.prefetchedTransactions[0].data, MEMO)
    assert.equal(byHash.number, block.number)
    assert.equal((await provider.getBlock(block.parentHash)).number, block.number - 1)
  })

  await test('ethers: estimates the intrinsic gas exactly', async () => {
    const to = newAddress()
    const from = wallet.address
    assert.equal(await provider.estimateGas({ from, to, value: 1n }), 21000n)
    assert.equal(await provider.estimateGas({ from, to, data: MEMO }), intrinsicGas(MEMO))
    assert.equal(
      await provider.estimateGas({ from, to, data: MEMO, type: 1, accessList: ACCESS_LIST }),
      intrinsicGas(MEMO, ACCESS_LIST)
    )
  })
  await test('ethers: no code, no storage, calls answer nothing', async () => {
    assert.equal(await provider.getCode(wallet.address), '0x')
    assert.equal(await provider.getStorage(wallet.address, 0), `0x${'00'.repeat(32)}`)
    assert.equal(await provider.call({ to: newAddress(), data: '0x70a08231' }), '0x')
    assert.deepEqual(await provider.getLogs({ fromBlock: 0 }), [])
  })
  await test("ethers: provider.on('block') tells heights one by one", async () => {
    const seen = []
    let done
    const three = new Promise((resolve) => (done = resolve))
    const first = await provider.getBlockNumber()
    await provider.on('block', (height) => {
      if (height > first && seen.push(height) === 3) done()
    })
    for (let i = 0; i < 3; i++) await (await wallet.sendTransaction({ to: newAddress(), value: 1n })).wait()
    await three
    await provider.removeAllListeners('block')
    assert.deepEqual(seen, [first + 1, first + 2, first + 3])
  })

  // ---- refusals ----

  const nonce = () => provider.getTransactionCount(wallet.address)
  const GAS = { gasLimit: 21000n, maxFeePerGas: 10n * GWEI, maxPriorityFeePerGas: GWEI }

  async function refused(promise, code, message) {
    const error = await rejection(promise)
    assert.ok(isError(error, code), `${error.code}: ${error.message}`)
    const told = error.info?.error ?? error.info?.info?.error ?? error.error // it depends on the code
    assert.equal(told.code, -32000)
    assert.match(told.message, message)
  }

  await test('ethers: nonce too low is NONCE_EXPIRED', async () => {
    const next = await nonce()
    await refused(
      wallet.sendTransaction({ to: newAddress(), value: 1n, nonce: next - 1, ...GAS }),
      'NONCE_EXPIRED',
      new RegExp(`^nonce too low: next nonce ${next}, tx nonce ${next - 1}$`)
    )
  })
  await test('ethers: what is in a block already is NONCE_EXPIRED', async () => {
    const signed = await wallet.signTransaction(
      await wallet.populateTransaction({ to: newAddress(), value: 1n, ...GAS })
    )
    await (await provider.broadcastTransaction(signed)).wait()
    await refused(provider.broadcastTransaction(signed), 'NONCE_EXPIRED', /^nonce too low: /)
  })
  await test('ethers: too little is INSUFFICIENT_FUNDS, on send and on estimate', async () => {
    const poor = Wallet.createRandom(provider)
    const want = COIN + 21000n * 10n * GWEI
    await refused(
      poor.sendTransaction({ to: newAddress(), value: COIN, ...GAS }),
      'INSUFFICIENT_FUNDS',
      new RegExp(
        `^insufficient funds for gas \\* price \\+ value: address ${poor.address} have 0 want ${want}$`
      )
    )
    await refused(
      poor.sendTransaction({ to: newAddress(), value: COIN }), // it estimates first
      'INSUFFICIENT_FUNDS',
      /^insufficient funds for gas \* price \+ value: address 0x/
    )
  })
  await test('ethers: an underpriced replacement is REPLACEMENT_UNDERPRICED', async () => {
    // Behind a gap it stays where it can be replaced.
    const next = await nonce()
    const queued = await wallet.sendTransaction({ to: newAddress(), value: 1n, nonce: next + 1, ...GAS })
    await refused(
      wallet.sendTransaction({ to: newAddress(), value: 2n, nonce: next + 1, ...GAS }),
      'REPLACEMENT_UNDERPRICED',
      /^replacement transaction underpriced: needs maxFeePerGas 11000000000, maxPriorityFeePerGas 1100000000$/
    )
    assert.equal((await provider.getTransaction(queued.hash)).blockNumber, null)
    assert.equal(await provider.getTransactionCount(wallet.address, 'pending'), next)

    const better = await wallet.sendTransaction({
      to: newAddress(),
      value: 3n,
      nonce: next + 1,
      gasLimit: 21000n,
      maxFeePerGas: 11n * GWEI,
      maxPriorityFeePerGas: (GWEI * 11n) / 10n,
    })
    assert.equal(await provider.getTransaction(queued.hash), null)
    await wallet.sendTransaction({ to: newAddress(), value: 1n, nonce: next, ...GAS })
    assert.equal((await better.wait()).status, 1)
    assert.equal(await nonce(), next + 2)
  })
  await test('ethers: contract creation is refused by name', async () => {
    const words = /^contract creation not supported: this chain has no contracts, set the recipient$/
    await refused(
      wallet.sendTransaction({ data: '0x6000', ...GAS, gasLimit: 100000n }),
      'UNKNOWN_ERROR',
      words
    )
    await refused(wallet.estimateGas({ data: '0x6000' }), 'CALL_EXCEPTION', words)
  })

  const send = (raw) => provider.send('eth_sendRawTransaction', [raw])
  const forged = async (fields) => forge(wallet.privateKey, { nonce: await nonce(), ...fields })

  await test('ethers: an unprotected signature is UNSUPPORTED_OPERATION', async () =>
    refused(
      send(await forged({ type: 0, chainId: null })),
      'UNSUPPORTED_OPERATION',
      /^only replay-protected \(EIP-155\) transactions allowed over RPC$/
    ))
  const refusals = [
    ['another chain id', { chainId: 1 }, /^invalid chain id for signer: have 1 want 31337$/],
    ['another chain id, legacy', { type: 0, chainId: 1 }, /^invalid chain id for signer: have 1 want 31337$/],
    ['too little gas', { gas: 20999n }, /^intrinsic gas too low: gas 20999, minimum needed 21000$/],
    [
      'more gas than a block has',
      { gas: 1_000_000_001n },
      /^exceeds block gas limit \(gas limit reached\): gas 1000000001, limit 1000000000$/,
    ],
    [
      'a tip above the cap',
      { tip: 11n * GWEI, maxFee: 10n * GWEI },
      /^max priority fee per gas higher than max fee per gas: maxPriorityFeePerGas 11000000000, maxFeePerGas 10000000000$/,
    ],
    [
      'a cap below the base fee',
      { tip: 0n, maxFee: 1n },
      /^max fee per gas less than block base fee: maxFeePerGas 1, baseFee \d+$/,
    ],
    ['the last nonce', { nonce: 2n ** 64n - 1n }, /^nonce has max value$/],
    [
      'a value that nobody has',
      { value: 2n ** 256n - 1n },
      /^insufficient funds for gas \* price \+ value: /,
    ],
    [
      '16 KiB of memo',
      { data: `0x${'00'.repeat(16384)}`, gas: 10n ** 6n },
      /^oversized data: transaction size \d+, limit 16384$/,
    ],
  ]
  for (const [name, fields, words] of refusals)
    await test(`ethers: refused: ${name}`, async () => {
      const code = words.source.startsWith('^insufficient') ? 'INSUFFICIENT_FUNDS' : 'UNKNOWN_ERROR'
      await refused(send(await forged(fields)), code, words)
    })
  await test('ethers: refused: a nonce too far ahead', async () => {
    const next = await nonce()
    await refused(
      send(forge(wallet.privateKey, { nonce: next + 1025 })),
      'UNKNOWN_ERROR',
      new RegExp(`^nonce too high: next nonce ${next}, tx nonce ${next + 1025}, at most 1024 ahead$`)
    )
  })
  await test('ethers: refused: type 3', async () => {
    const blob = Transaction.from({
      type: 3,
      chainId: DEV_CHAIN_ID,
      nonce: await nonce(),
      to: newAddress(),
      gasLimit: 21000n,
      maxFeePerGas: 10n * GWEI,
      maxPriorityFeePerGas: GWEI,
      maxFeePerBlobGas: 1n,
      blobVersionedHashes: [`0x01${'00'.repeat(31)}`],
    })
    blob.signature = wallet.signingKey.sign(blob.unsignedHash)
    await refused(
      send(blob.serialized),
      'UNKNOWN_ERROR',
      /^transaction type not supported: type 0x3 \(transaction type not valid on this chain\)$/
    )
  })
  await test('ethers: refused: type 4', async () => {
    const authorization = await wallet.authorize({ address: newAddress(), nonce: 0, chainId: DEV_CHAIN_ID })
    await refused(
      wallet.sendTransaction({
        type: 4,
        to: newAddress(),
        authorizationList: [authorization],
        ...GAS,
        gasLimit: 100000n,
      }),
      'UNKNOWN_ERROR',
      /^transaction type not supported: type 0x4 \(transaction type not valid on this chain\)$/
    )
  })
  await test('ethers: refused: the same hash twice', async () => {
    const next = await nonce()
    const raw = forge(wallet.privateKey, { nonce: next + 1 })
    const hash = await send(raw)
    await refused(send(raw), 'UNKNOWN_ERROR', new RegExp(`^already known \\(known transaction: ${hash}\\)$`))
    await send(forge(wallet.privateKey, { nonce: next }))
    assert.equal((await provider.waitForTransaction(hash)).status, 1)
  })
  await test('ethers: refused: bytes that are no transaction', async () => {
    await refused(send('0x02'), 'UNKNOWN_ERROR', /^typed transaction too short$/)
    await refused(send('0x02c0'), 'UNKNOWN_ERROR', /^invalid transaction encoding: .* at byte \d+$/)
    await refused(
      send(`${forge(wallet.privateKey, {})}00`),
      'UNKNOWN_ERROR',
      /^invalid transaction encoding: .* at byte \d+$/
    )
  })
  await test('ethers: a method that needs keys is UNSUPPORTED_OPERATION', async () => {
    const error = await rejection(provider.send('eth_sign', [wallet.address, '0x00']))
    assert.ok(isError(error, 'UNSUPPORTED_OPERATION'), error.message)
    assert.match(
      error.info.error.message,
      /: this node holds no keys; sign in the wallet and send with eth_sendRawTransaction$/
    )
    assert.ok(isError(await rejection(provider.send('evm_mine', [])), 'UNSUPPORTED_OPERATION'))
    assert.deepEqual(await provider.listAccounts(), [])
  })
  await test('ethers: state at a block that is not there', async () => {
    const error = await rejection(call(url, 'eth_getBalance', wallet.address, '0xffffffff'))
    assert.equal(error.code, -32001)
    assert.match(error.message, /block not found: /)
  })

  provider.destroy()
}
