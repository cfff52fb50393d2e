// A chain that takes its time: what wallets see of transactions that wait, and of those that are replaced.
import assert from 'node:assert/strict'
import { JsonRpcProvider, Wallet, isError, keccak256 } from 'ethers'
import { createPublicClient, createWalletClient, custom } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import audit from './audit.mjs'
import { DEV_CHAIN_ID, GWEI, batch, call, rejection, startNode, test } from './harness.mjs'
import { ACCOUNT, devKey, forge, newAddress } from './ledger.mjs'
import { cairnChain } from './viem.mjs'

const BLOCK_TIME_MS = 2000

export default async function () {
  let node
  await test('pending: cairnd --block-time starts', async () => {
    node = await startNode(['--dev', '--temporary', '--block-time', `${BLOCK_TIME_MS}`])
  })
  if (!node) return
  const { url } = node
  const provider = new JsonRpcProvider(url, undefined, {
    polling: true,
    pollingInterval: 50,
    cacheTimeout: -1,
  })
  const wallet = new Wallet(devKey(ACCOUNT.pending), provider)
  const filler = new Wallet(devKey(9), provider)

  // Just after a block nothing is decided for the block time: the tests look into that window.
  async function openWindow() {
    const { milliTimestamp } = await call(url, 'eth_getBlockByNumber', 'latest', false)
    if (Date.now() - Number(milliTimestamp) < BLOCK_TIME_MS / 8) return
    const nonce = await provider.getTransactionCount(filler.address)
    await call(url, 'eth_sendRawTransactionSync', forge(filler.privateKey, { nonce }), 10_000)
  }

  await test('pending: many senders in one block, seen before and after', async () => {
    // Four senders, three transactions each, the types in turn; tips that rise from sender to sender.
    const senders = [0, 1, 2, 3].map((i) => new Wallet(devKey(i)))
    const raws = [0, 1, 2].flatMap((nonce) =>
      senders.map((sender, i) =>
        forge(sender.privateKey, {
          type: nonce,
          nonce,
          tip: GWEI * BigInt(i + 1),
          maxFee: GWEI * BigInt(i + 2),
          value: 5n,
        })
      )
    )
    const hashes = raws.map((raw) => keccak256(raw))

    await openWindow()
    const head = Number(await call(url, 'eth_blockNumber'))
    const answers = await batch(url, [
      ...raws.map((raw) => ['eth_sendRawTransaction', raw]),
      ...hashes.map((hash) => ['eth_getTransactionByHash', hash]),
      ...senders.map(({ address }) => ['eth_getTransactionCount', address, 'pending']),
      ...senders.map(({ address }) => ['eth_getTransactionCount', address, 'latest']),
      ['eth_getBlockByNumber', 'pending', true],
      ['eth_getBlockTransactionCountByNumber', 'pending'],
      ['eth_getTransactionReceipt', hashes[0]],
      ['txpool_status'],
      ['eth_baseFee'],
      ['eth_getBalance', senders[0].address, 'pending'],
    ])
    const results = answers.map(({ result, error }) => (error ? assert.fail(error.message) : result))
    assert.deepEqual(results.splice(0, 12), hashes)
    results.splice(0, 12).forEach((tx, i) => {
      assert.equal(tx.hash, hashes[i])
      assert.equal(tx.from, senders[i % 4].address.toLowerCase())
      for (const field of ['blockHash', 'blockNumber', 'blockTimestamp', 'transactionIndex'])
        assert.equal(tx[field], null)
      // What it would pay is not known yet: the price, or the cap of type 2.
      assert.equal(BigInt(tx.gasPrice), GWEI * BigInt((i % 4) + 2))
      assert.equal(tx.type, `0x${Math.floor(i / 4)}`)
    })
    assert.deepEqual(results.splice(0, 4), ['0x3', '0x3', '0x3', '0x3'])
    assert.deepEqual(results.splice(0, 4), ['0x0', '0x0', '0x0', '0x0'])
    const [block, count, receipt, pool, baseFee, balance] = results
    assert.equal(Number(block.number), head + 1)
    for (const field of ['hash', 'nonce', 'miner', 'logsBloom']) assert.equal(block[field], null, field)
    assert.equal(block.baseFeePerGas, baseFee)
    assert.equal(count, '0xc')
    assert.equal(receipt, null)
    assert.deepEqual(pool, { pending: '0xc', queued: '0x0' })
    assert.equal(BigInt(balance), 10_000n * 10n ** 18n)

    const last = await call(url, 'cairn_waitForTransaction', hashes.at(-1), 10_000)
    assert.equal(Number(last.blockNumber), head + 1)
    const decided = await call(url, 'eth_getBlockByHash', last.blockHash, true)
    const order = decided.transactions.map(({ hash }) => hash)
    // Tips are equal among a sender's own, and those of the later senders higher.
    const expected = [3, 2, 1, 0].flatMap((i) => [hashes[i], hashes[4 + i], hashes[8 + i]])
    assert.deepEqual([...order].sort(), [...hashes].sort())
    const byNonce = (i) => order.filter((hash) => expected.slice(3 * i, 3 * i + 3).includes(hash))
    for (let i = 0; i < 4; i++)
      assert.deepEqual(byNonce(i), expected.slice(3 * i, 3 * i + 3), "a sender's order")
    assert.deepEqual(
      order,
      block.transactions.map(({ hash }) => hash),
      'as the pending block said'
    )
    assert.equal(decided.baseFeePerGas, baseFee)
    assert.equal(Number(last.cumulativeGasUsed) <= Number(decided.gasUsed), true)
  })

  await test('pending: ethers watches a transaction through', async () => {
    await openWindow()
    const before = await provider.getTransactionCount(wallet.address)
    const response = await wallet.sendTransaction({ to: newAddress(), value: 1n })
    const read = await provider.getTransaction(response.hash)
    const block = await provider.getBlock('pending', true)

    assert.equal(read.blockNumber, null)
    assert.equal(read.isMined(), false)
    assert.equal(await read.confirmations(), 0)
    assert.equal(await provider.getTransactionReceipt(response.hash), null)
    assert.equal(await provider.getTransactionCount(wallet.address, 'pending'), before + 1)
    assert.equal(await provider.getTransactionCount(wallet.address), before)
    assert.equal(block.hash, null)
    assert.deepEqual(
      block.prefetchedTransactions.map(({ hash }) => hash),
      [response.hash]
    )

    const receipt = await response.wait()
    assert.equal(receipt.blockNumber, block.number)
    assert.equal((await provider.getTransaction(response.hash)).isMined(), true)
  })

  for (const [reason, more] of [
    ['repriced', {}],
    ['replaced', { value: 2n }],
    ['cancelled', { value: 0n, to: wallet.address }],
  ])
    await test(`pending: ethers hears that its transaction was ${reason}`, async () => {
      await openWindow()
      const nonce = await provider.getTransactionCount(wallet.address)
      const request = { to: newAddress(), value: 1n, nonce, gasLimit: 21000n }
      const fees = (n) => ({ maxFeePerGas: n * 10n * GWEI, maxPriorityFeePerGas: n * GWEI })
      const first = await wallet.sendTransaction({ ...request, ...fees(1n) })
      const waiting = rejection(first.wait())
      const second = await wallet.sendTransaction({ ...request, ...more, ...fees(2n) })
      const error = await waiting
      assert.ok(isError(error, 'TRANSACTION_REPLACED'), error.message)
      assert.equal(error.reason, reason)
      assert.equal(error.cancelled, reason !== 'repriced')
      assert.equal(error.replacement.hash, second.hash)
      assert.equal(error.receipt.hash, second.hash)
    })

  await test('pending: viem watches a transaction through its replacement', async () => {
    const chain = cairnChain(url, DEV_CHAIN_ID)
    const account = privateKeyToAccount(devKey(ACCOUNT.viem))
    let heard = () => {}
    const transport = custom({
      async request({ method, params }) {
        const result = await call(url, method, ...(params ?? []))
        if (method === 'eth_getTransactionByHash') heard()
        return result
      },
    })
    const client = createPublicClient({ chain, transport, pollingInterval: 50, cacheTime: 0 })
    const sender = createWalletClient({ account, chain, transport })
    await openWindow()
    const nonce = await client.getTransactionCount({ address: account.address })
    const request = { to: newAddress(), value: 1n, nonce, gas: 21000n }
    const fees = (n) => ({ maxFeePerGas: n * 10n * GWEI, maxPriorityFeePerGas: n * GWEI })
    const first = await sender.sendTransaction({ ...request, ...fees(1n) })
    const block = await client.getBlock({ blockTag: 'pending', includeTransactions: true })
    assert.deepEqual(
      block.transactions.map(({ hash }) => hash),
      [first]
    )
    assert.equal((await client.getTransaction({ hash: first })).blockNumber, null)
    assert.equal(
      await client.getTransactionCount({ address: account.address, blockTag: 'pending' }),
      nonce + 1
    )

    let told
    const seen = new Promise((done) => (heard = done)) // it tells only of what it has seen itself
    const waiting = client.waitForTransactionReceipt({
      hash: first,
      onReplaced: (replacement) => (told = replacement),
    })
    await seen
    const second = await sender.sendTransaction({ ...request, ...fees(2n) })
    const receipt = await waiting
    assert.equal(receipt.transactionHash, second)
    assert.equal(told.reason, 'repriced')
    assert.equal(told.transaction.hash, second)
  })
  await test('pending: what is not decided in time is told so (EIP-7966)', async () => {
    const nonce = await provider.getTransactionCount(wallet.address)
    await openWindow()
    const late = await rejection(
      call(url, 'eth_sendRawTransactionSync', forge(wallet.privateKey, { nonce }), 1)
    )
    assert.equal(late.code, 4)
    assert.match(late.message, /the transaction was added to the mempool but wasn't processed in 1ms$/)
    assert.equal((await call(url, 'cairn_waitForTransaction', late.data, 10_000)).transactionHash, late.data)
    const gap = await rejection(
      call(url, 'eth_sendRawTransactionSync', forge(wallet.privateKey, { nonce: nonce + 2 }))
    )
    assert.equal(gap.code, 5)
    const words = `the transaction was added to the mempool but is queued behind a missing nonce ${nonce + 1}`
    assert.equal(gap.message.endsWith(words), true, gap.message)
    assert.equal((await call(url, 'eth_getTransactionByHash', gap.data)).hash, gap.data)
  })

  const { fullest } = await audit(url)
  await test('pending: the audit saw a block with many transactions', async () => assert.ok(fullest >= 12))
  provider.destroy()
  await test('pending: cairnd stops within 2 s', () => node.stop())
}
