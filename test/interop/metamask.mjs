// The requests that MetaMask makes for a transfer, as it writes them, and what it trusts a node with.
import assert from 'node:assert/strict'
import { DEV_CHAIN_ID, GWEI, batch, call, poll, refusal, test } from './harness.mjs'
import { ACCOUNT, devKey, forge, newAddress } from './ledger.mjs'
import { computeAddress } from 'ethers'

const EXTENSION = 'chrome-extension://nkbihfbeogaeaoehlefnkodbefgpgknn'

export default async function (url) {
  const key = devKey(ACCOUNT.metamask)
  const from = computeAddress(key).toLowerCase()
  const quantity = (n) => `0x${n.toString(16)}`

  await test('MetaMask: a preflight and a request of the extension', async () => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json; charset=utf-8', Origin: EXTENSION },
      body: '{"id":4104213467,"jsonrpc":"2.0","method":"eth_chainId","params":[]}',
    })
    assert.equal(answer.status, 200)
    assert.deepEqual(await answer.json(), { jsonrpc: '2.0', id: 4104213467, result: quantity(DEV_CHAIN_ID) })
    assert.equal(
      (await fetch(url, { method: 'OPTIONS', headers: { Origin: 'http://localhost:3000' } })).status,
      204
    )
  })

  await test('MetaMask: a transfer, request by request', async () => {
    const to = newAddress()
    const value = 123_456_789n

    // Adding the network, choosing the account.
    assert.equal(await call(url, 'eth_chainId'), '0x7a69')
    assert.equal(await call(url, 'net_version'), '31337')
    const head = await call(url, 'eth_blockNumber')
    const before = BigInt(await call(url, 'eth_getBalance', from, head))
    const block = await call(url, 'eth_getBlockByNumber', head, false)
    assert.equal(block.number, head)
    assert.match(block.baseFeePerGas, /^0x[1-9a-f]/) // so it offers EIP-1559

    // Its list of tokens asks a contract that is not here; an error would make it ask again.
    assert.equal(await call(url, 'eth_call', { to: newAddress(), data: '0xf0002ea9' }, 'latest'), '0x')

    // The page that asks for confirmation.
    assert.equal(await call(url, 'eth_getCode', to, 'latest'), '0x')
    assert.equal(
      await call(url, 'eth_estimateGas', { from, to, value: quantity(value), gasPrice: '0x0', type: '0x2' }),
      '0x5208'
    )
    const histories = [
      await call(url, 'eth_feeHistory', '0x5', 'latest', [10, 50, 90]),
      await call(url, 'eth_feeHistory', 5, 'latest', [10, 50, 90]),
    ]
    for (const history of histories) {
      const blocks = Math.min(5, Number(head) + 1)
      assert.equal(history.baseFeePerGas.length, blocks + 1)
      assert.equal(history.gasUsedRatio.length, blocks)
      assert.equal(history.reward.length, blocks)
      for (const rewards of history.reward) assert.equal(rewards.length, 3)
      assert.equal(BigInt(history.oldestBlock) + BigInt(blocks) - 1n, BigInt(head))
    }
    const gasPrice = BigInt(await call(url, 'eth_gasPrice'))
    const base = BigInt(histories[0].baseFeePerGas.at(-1))
    const tip = BigInt(await call(url, 'eth_maxPriorityFeePerGas'))
    assert.equal(gasPrice, base + tip)

    // Confirmed: signed in the wallet, sent, watched.
    const nonce = Number(await call(url, 'eth_getTransactionCount', from, 'pending'))
    const raw = forge(key, { nonce, to, value, tip, maxFee: 2n * base + tip })
    const hash = await call(url, 'eth_sendRawTransaction', raw)
    const receipt = await poll(() => call(url, 'eth_getTransactionReceipt', hash))
    const { baseFeePerGas } = await call(url, 'eth_getBlockByHash', receipt.blockHash, false)
    assert.equal(receipt.status, '0x1')
    assert.equal(BigInt(receipt.effectiveGasPrice), BigInt(baseFeePerGas) + tip)
    assert.equal(BigInt(await call(url, 'eth_getBalance', to, receipt.blockNumber)), value)
    assert.equal(
      BigInt(await call(url, 'eth_getBalance', from, receipt.blockNumber)),
      before - value - 21000n * BigInt(receipt.effectiveGasPrice)
    )

    // It sends again what it is not sure of; these words tell it that all is well.
    assert.match((await refusal(url, 'eth_sendRawTransaction', raw)).message, /nonce too low/)
  })

  await test('MetaMask: sending again what waits is "known transaction"', async () => {
    const nonce = Number(await call(url, 'eth_getTransactionCount', from, 'pending'))
    const raw = forge(key, { nonce: nonce + 1 })
    const hash = await call(url, 'eth_sendRawTransaction', raw)
    assert.match((await refusal(url, 'eth_sendRawTransaction', raw)).message, /known transaction/)
    await call(url, 'eth_sendRawTransaction', forge(key, { nonce }))
    assert.equal((await call(url, 'cairn_waitForTransaction', hash, 10_000)).status, '0x1')
  })

  // Both while blocks come as fast as they can: json-rpc.md's rules of order, which wallets lean on.
  const FLOOD = 60

  async function flood(send) {
    const first = Number(await call(url, 'eth_getTransactionCount', from, 'pending'))
    for (let i = 0; i < FLOOD; i++)
      await send(forge(key, { nonce: first + i, tip: GWEI, maxFee: 100n * GWEI }))
  }

  await test('MetaMask: what is at an announced height can be read at once', async () => {
    let sending = true
    let heights = 0
    let last = -1
    const sent = flood((raw) => call(url, 'eth_sendRawTransaction', raw)).finally(() => (sending = false))
    while (sending) {
      const head = await call(url, 'eth_blockNumber')
      const answers = await batch(url, [
        ['eth_getBlockByNumber', head, true],
        ['eth_getBlockReceipts', head],
        ['eth_getBalance', from, head],
        ['eth_getTransactionCount', from, head],
        ['eth_feeHistory', '0x1', head, [50]],
      ])
      for (const { result, error } of answers)
        assert.ok(result, error?.message ?? `null at announced height ${head}`)
      const [{ result: block }, { result: receipts }] = answers
      assert.equal(block.number, head)
      assert.deepEqual(
        receipts.map((receipt) => receipt.transactionHash),
        block.transactions.map((tx) => tx.hash)
      )
      assert.ok(Number(head) >= last, 'heads are never taken back')
      heights += Number(head) > last
      last = Number(head)
    }
    await sent
    assert.ok(heights > 1)
  })
  await test('MetaMask: a hash that was answered is known from then on', () =>
    flood(async (raw) => {
      const hash = await call(url, 'eth_sendRawTransaction', raw)
      let decided = false
      while (!decided) {
        const tx = await call(url, 'eth_getTransactionByHash', hash)
        assert.equal(tx?.hash, hash)
        decided = tx.blockNumber !== null
      }
      assert.equal((await call(url, 'eth_getTransactionReceipt', hash)).transactionHash, hash)
    }))
}
