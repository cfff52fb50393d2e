// web3.js 4.
import assert from 'node:assert/strict'
import { Web3 } from 'web3'
import { COIN, DEV_CHAIN_ID, GWEI, rejection, test } from './harness.mjs'
import { ACCOUNT, checkTransfer, devKey, forge, intrinsicGas, newAddress } from './ledger.mjs'

const MEMO = Web3.utils.utf8ToHex('cuenta 17')

export default async function (url) {
  const web3 = new Web3(url)
  web3.eth.transactionPollingInterval = 30
  web3.eth.transactionReceiptPollingInterval = 30
  web3.eth.transactionConfirmationBlocks = 1
  const account = web3.eth.accounts.wallet.add(devKey(ACCOUNT.web3))[0]
  const at = {
    balance: (address, height) => web3.eth.getBalance(address, height),
    nonce: async (address, height) => Number(await web3.eth.getTransactionCount(address, height)),
    block: async (height) => {
      const block = await web3.eth.getBlock(height)
      return { ...block, transactions: block.transactions ?? [] } // it drops an empty list
    },
  }
  const inOneShape = (r) => ({
    hash: r.transactionHash,
    type: Number(r.type),
    status: Number(r.status),
    from: r.from,
    to: r.to,
    gasUsed: r.gasUsed,
    cumulativeGasUsed: r.cumulativeGasUsed,
    effectiveGasPrice: r.effectiveGasPrice,
    blockHash: r.blockHash,
    blockNumber: Number(r.blockNumber),
    transactionIndex: Number(r.transactionIndex),
    logs: r.logs.length,
    contractAddress: r.contractAddress ?? null,
  })

  async function sendAndCheck(request) {
    const receipt = await web3.eth.sendTransaction({ from: account.address, ...request })
    const read = await web3.eth.getTransaction(receipt.transactionHash)

    await checkTransfer(
      {
        from: account.address,
        to: request.to,
        value: request.value,
        data: request.data,
        accessList: request.accessList,
        type: Number(request.type ?? 2),
        maxFee: read.maxFeePerGas ?? read.gasPrice,
        tip: read.maxPriorityFeePerGas ?? read.gasPrice,
      },
      inOneShape(receipt),
      at
    )
    assert.equal(Number(read.type), Number(request.type ?? 2))
    assert.equal(read.value, request.value)
    assert.equal(read.input, request.data ?? '0x')
    assert.equal(read.blockHash, receipt.blockHash)
    return receipt
  }

  await test('web3: ids, fees', async () => {
    const block = await web3.eth.getBlock('latest')
    const fees = await web3.eth.calculateFeeData()

    assert.equal(await web3.eth.getChainId(), BigInt(DEV_CHAIN_ID))
    assert.equal(await web3.eth.net.getId(), BigInt(DEV_CHAIN_ID))
    assert.match(await web3.eth.getNodeInfo(), /^cairn\/v/)
    assert.equal(fees.maxPriorityFeePerGas, GWEI)
    assert.equal(fees.maxFeePerGas, 2n * block.baseFeePerGas + GWEI)
    assert.equal(fees.gasPrice, await web3.eth.getGasPrice())
    assert.equal(await web3.eth.isSyncing(), false)
    assert.equal(block.nonce, 0n)
  })

  await test('web3: sends with nothing but recipient and value', () =>
    sendAndCheck({ to: newAddress(), value: COIN }))
  for (const type of [0, 1, 2]) {
    const prices = async () =>
      type === 2
        ? { maxFeePerGas: 10n * GWEI, maxPriorityFeePerGas: 2n * GWEI }
        : { gasPrice: await web3.eth.getGasPrice() }
    const request = async (more) => ({
      type: `0x${type}`,
      to: newAddress(),
      gas: intrinsicGas(more.data),
      ...(type === 1 ? { accessList: [] } : {}),
      ...(await prices()),
      ...more,
    })
    await test(`web3: type ${type}`, async () => sendAndCheck(await request({ value: COIN })))
    await test(`web3: type ${type} with a memo`, async () =>
      sendAndCheck(await request({ value: 7n, data: MEMO })))
  }

  await test('web3: a block with its transactions', async () => {
    const { blockHash, transactionHash } = await sendAndCheck({ to: newAddress(), value: 3n, data: MEMO })
    const block = await web3.eth.getBlock(blockHash, true)

    assert.equal(block.transactions.length, 1)
    assert.equal(block.transactions[0].hash, transactionHash)
    assert.equal(await web3.eth.getBlockTransactionCount(blockHash), 1n)
    assert.equal((await web3.eth.getTransactionFromBlock(blockHash, 0)).hash, transactionHash)
    assert.equal(await web3.eth.getBlockUncleCount(blockHash), 0n)
  })
  await test('web3: balance, nonce, code, estimate, fee history, logs', async () => {
    const to = newAddress()
    const from = account.address

    assert.equal(await web3.eth.getBalance(to), 0n)
    assert.equal(await web3.eth.getBalance(from, 'earliest'), 10_000n * COIN)
    assert.equal(
      await web3.eth.getTransactionCount(from, 'pending'),
      await web3.eth.getTransactionCount(from)
    )
    assert.equal(await web3.eth.getCode(to), '0x')
    assert.equal(await web3.eth.getStorageAt(to, 0), `0x${'00'.repeat(32)}`)
    assert.equal(await web3.eth.estimateGas({ from, to, value: 1n, data: MEMO }), intrinsicGas(MEMO))
    assert.deepEqual(await web3.eth.getPastLogs({ fromBlock: 0 }), [])
    const history = await web3.eth.getFeeHistory(2, 'latest', [50])
    assert.equal(history.baseFeePerGas.length, 3)
    assert.equal(history.reward.length, 2)
  })
  await test('web3: a signed transaction, told of hash, receipt and confirmation', async () => {
    const { rawTransaction, transactionHash } = await account.signTransaction({
      to: newAddress(),
      value: 1n,
      gas: 21000n,
      maxFeePerGas: 10n * GWEI,
      maxPriorityFeePerGas: GWEI,
      nonce: await web3.eth.getTransactionCount(account.address),
      chainId: DEV_CHAIN_ID,
    })
    const told = []
    const sent = web3.eth.sendSignedTransaction(rawTransaction)
    sent
      .once('transactionHash', (hash) => told.push(hash))
      .once('receipt', (receipt) => told.push(receipt.transactionHash))
    assert.equal((await sent).status, 1n)
    assert.deepEqual(told, [transactionHash, transactionHash])
  })

  // ---- refusals ----

  const nonce = () => web3.eth.getTransactionCount(account.address)
  const GAS = { gas: 21000n, maxFeePerGas: 10n * GWEI, maxPriorityFeePerGas: GWEI }

  async function refused(promise, words) {
    const error = await rejection(promise)
    // Where it asked by eth_call first, the node's words are the reason of a "revert".
    assert.match(error.reason ?? error.cause?.message ?? error.error?.message ?? error.message, words)
  }
  const send = async (fields) =>
    web3.eth.sendSignedTransaction(
      forge(devKey(ACCOUNT.web3), { nonce: await nonce(), ...fields }),
      undefined,
      {
        checkRevertBeforeSending: false,
      }
    )
  const from = account.address

  await test('web3: nonce too low', async () => {
    const next = await nonce()
    await refused(
      web3.eth.sendTransaction({ from, to: newAddress(), value: 1n, nonce: next - 1n, ...GAS }),
      new RegExp(`^nonce too low: next nonce ${next}, tx nonce ${next - 1n}$`)
    )
  })
  await test('web3: insufficient funds', async () => {
    const poor = web3.eth.accounts.wallet.add(web3.eth.accounts.create())
    await refused(
      web3.eth.sendTransaction({ from: poor.at(-1).address, to: newAddress(), value: 1n, ...GAS }),
      /^insufficient funds for gas \* price \+ value: address 0x[0-9a-fA-F]{40} have 0 want /
    )
  })
  await test('web3: an underpriced replacement, and the same hash again', async () => {
    const next = await nonce()
    // Behind a gap no receipt comes: only the hash is waited for.
    const raw = forge(devKey(ACCOUNT.web3), { nonce: next + 1n, value: 1n, maxFee: 10n * GWEI })
    const queued = web3.eth.sendSignedTransaction(raw, undefined, { checkRevertBeforeSending: false })
    const hash = await new Promise((told, fail) => queued.once('transactionHash', told).catch(fail))
    await refused(
      send({ nonce: next + 1n, value: 2n, maxFee: 10n * GWEI }),
      /^replacement transaction underpriced: needs maxFeePerGas 11000000000, maxPriorityFeePerGas 1100000000$/
    )
    await refused(
      web3.eth.sendSignedTransaction(raw, undefined, { checkRevertBeforeSending: false }),
      new RegExp(`^already known \\(known transaction: ${hash}\\)$`)
    )
    await send({ nonce: next })
    assert.equal((await queued).status, 1n)
  })
  await test('web3: contract creation is refused by name', () =>
    refused(
      web3.eth.sendTransaction({ from, data: '0x6000', ...GAS, gas: 100000n }),
      /^contract creation not supported: this chain has no contracts, set the recipient$/
    ))
  const refusals = [
    ['another chain id', { chainId: 1 }, /^invalid chain id for signer: have 1 want 31337$/],
    [
      'an unprotected signature',
      { type: 0, chainId: null },
      /^only replay-protected \(EIP-155\) transactions allowed over RPC$/,
    ],
    ['too little gas', { gas: 20999n }, /^intrinsic gas too low: gas 20999, minimum needed 21000$/],
    [
      'too much gas',
      { gas: 10n ** 10n },
      /^exceeds block gas limit \(gas limit reached\): gas 10000000000, limit 1000000000$/,
    ],
    [
      'a cap below the base fee',
      { tip: 0n, maxFee: 1n },
      /^max fee per gas less than block base fee: maxFeePerGas 1, baseFee \d+$/,
    ],
  ]
  for (const [name, fields, words] of refusals)
    await test(`web3: refused: ${name}`, () => refused(send(fields), words))
}
