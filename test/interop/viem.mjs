// viem 2.
import assert from 'node:assert/strict'
import {
  FeeCapTooLowError,
  InsufficientFundsError,
  InvalidInputRpcError,
  IntrinsicGasTooHighError,
  IntrinsicGasTooLowError,
  NonceMaxValueError,
  NonceTooHighError,
  NonceTooLowError,
  TipAboveFeeCapError,
  TransactionTypeNotSupportedError,
  createPublicClient,
  createWalletClient,
  defineChain,
  http,
  parseEther,
  publicActions,
  stringToHex,
} from 'viem'
import { generatePrivateKey, mnemonicToAccount, privateKeyToAccount } from 'viem/accounts'
import { getTransactionError } from 'viem/utils'
import { COIN, DEV_CHAIN_ID, GWEI, MNEMONIC, rejection, test } from './harness.mjs'
import { ACCOUNT, checkTransfer, devKey, forge, intrinsicGas, newAddress } from './ledger.mjs'

const MEMO = stringToHex('facture n° 17\0')
const TYPES = { legacy: 0, eip2930: 1, eip1559: 2 }

export function cairnChain(url, id) {
  return defineChain({
    id,
    name: 'cairn',
    nativeCurrency: { name: 'coin', symbol: 'COIN', decimals: 18 },
    rpcUrls: { default: { http: [url] } },
  })
}

export default async function (url) {
  const account = mnemonicToAccount(MNEMONIC, { addressIndex: ACCOUNT.viem })
  const chain = cairnChain(url, DEV_CHAIN_ID)
  const transport = http(url, { retryDelay: 20 })
  const client = createPublicClient({ chain, transport, pollingInterval: 50, cacheTime: 0 })
  const wallet = createWalletClient({ account, chain, transport, pollingInterval: 50, cacheTime: 0 }).extend(
    publicActions
  )
  const at = {
    balance: (address, height) => client.getBalance({ address, blockNumber: BigInt(height) }),
    nonce: (address, height) => client.getTransactionCount({ address, blockNumber: BigInt(height) }),
    block: (height) => client.getBlock({ blockNumber: BigInt(height) }),
  }
  const inOneShape = (r) => ({
    hash: r.transactionHash,
    type: TYPES[r.type],
    status: r.status === 'success' ? 1 : 0,
    from: r.from,
    to: r.to,
    gasUsed: r.gasUsed,
    cumulativeGasUsed: r.cumulativeGasUsed,
    effectiveGasPrice: r.effectiveGasPrice,
    blockHash: r.blockHash,
    blockNumber: Number(r.blockNumber),
    transactionIndex: r.transactionIndex,
    logs: r.logs.length,
    contractAddress: r.contractAddress ?? null,
  })

  async function sendAndCheck(request) {
    const hash = await wallet.sendTransaction(request)
    const receipt = await client.waitForTransactionReceipt({ hash })
    const read = await client.getTransaction({ hash })

    await checkTransfer(
      {
        from: account.address,
        to: request.to,
        value: request.value,
        data: request.data,
        accessList: request.accessList,
        type: TYPES[request.type ?? 'eip1559'],
        maxFee: read.type === 'eip1559' ? read.maxFeePerGas : read.gasPrice,
        tip: read.type === 'eip1559' ? read.maxPriorityFeePerGas : read.gasPrice,
      },
      inOneShape(receipt),
      at
    )
    assert.equal(read.type, request.type ?? 'eip1559')
    assert.equal(read.chainId, DEV_CHAIN_ID)
    assert.equal(read.input, request.data ?? '0x')
    assert.equal(read.value, request.value)
    assert.equal(read.blockHash, receipt.blockHash)
    assert.equal(await client.getTransactionConfirmations({ transactionReceipt: receipt }), 1n)
    return receipt
  }

  await test('viem: chain id, fees, fee history', async () => {
    assert.equal(await client.getChainId(), DEV_CHAIN_ID)
    const block = await client.getBlock()
    const fees = await client.estimateFeesPerGas()
    assert.equal(fees.maxPriorityFeePerGas, GWEI)
    assert.equal(fees.maxFeePerGas, (block.baseFeePerGas * 12n) / 10n + GWEI)
    assert.equal(await client.estimateMaxPriorityFeePerGas(), GWEI)
    assert.ok((await client.getGasPrice()) >= 2n * GWEI)
    assert.equal((await client.estimateFeesPerGas({ type: 'legacy' })).gasPrice > 0n, true)
  })

  await test('viem: sends with nothing but recipient and value', () =>
    sendAndCheck({ to: newAddress(), value: parseEther('1.5') }))
  for (const type of Object.keys(TYPES)) {
    const more = type === 'eip2930' ? { accessList: [] } : {}
    await test(`viem: ${type}`, () => sendAndCheck({ type, to: newAddress(), value: COIN, ...more }))
    await test(`viem: ${type} with a memo`, () =>
      sendAndCheck({ type, to: newAddress(), value: 7n, data: MEMO, ...more }))
  }
  await test('viem: eip1559 with an access list', () =>
    sendAndCheck({
      to: newAddress(),
      value: 0n,
      accessList: [{ address: newAddress(), storageKeys: [`0x${'33'.repeat(32)}`] }],
    }))

  await test('viem: fee history of what was just sent', async () => {
    const receipt = await sendAndCheck({ to: newAddress(), value: 1n })
    const block = await client.getBlock({ blockHash: receipt.blockHash })
    const history = await client.getFeeHistory({
      blockCount: 3,
      blockNumber: receipt.blockNumber,
      rewardPercentiles: [0, 50, 100],
    })
    const tip = receipt.effectiveGasPrice - block.baseFeePerGas

    assert.equal(history.oldestBlock, receipt.blockNumber - 2n)
    assert.equal(history.baseFeePerGas.length, 4)
    assert.equal(history.baseFeePerGas[2], block.baseFeePerGas)
    assert.equal(history.gasUsedRatio[2], Number(block.gasUsed) / Number(block.gasLimit))
    assert.deepEqual(history.reward[2], [tip, tip, tip])
  })
  await test('viem: a block with its transactions, counts', async () => {
    const { blockHash, transactionHash } = await sendAndCheck({ to: newAddress(), value: 3n, data: MEMO })
    const block = await client.getBlock({ blockHash, includeTransactions: true })

    assert.equal(block.transactions.length, 1)
    assert.equal(block.transactions[0].hash, transactionHash)
    assert.equal(block.transactions[0].input, MEMO)
    assert.equal(await client.getBlockTransactionCount({ blockHash }), 1)
    assert.equal((await client.getTransaction({ blockHash, index: 0 })).hash, transactionHash)
  })
  await test('viem: balance, nonce, code, estimate, call', async () => {
    const to = newAddress()
    assert.equal(await client.getBalance({ address: to }), 0n)
    assert.equal(await client.getBalance({ address: account.address, blockTag: 'earliest' }), 10_000n * COIN)
    assert.equal(
      await client.getTransactionCount({ address: account.address, blockTag: 'pending' }),
      await client.getTransactionCount({ address: account.address })
    )
    assert.equal(await client.getCode({ address: to }), undefined)
    assert.equal(await client.estimateGas({ account, to, value: 1n, data: MEMO }), intrinsicGas(MEMO))
    assert.equal((await client.call({ account, to, data: '0x70a08231' })).data, undefined)
    assert.deepEqual(await client.getLogs({ fromBlock: 0n }), [])
  })
  await test('viem: watchBlocks tells every block', async () => {
    const first = await client.getBlockNumber()
    const seen = []
    let unwatch, begun
    const watching = new Promise((done) => (begun = done))
    const all = new Promise((done, fail) => {
      unwatch = client.watchBlocks({
        emitOnBegin: true,
        emitMissed: true,
        poll: true,
        onBlock: ({ number }) => {
          begun()
          if (seen.push(number) === 4) done()
        },
        onError: fail,
      })
    })
    await watching
    for (let i = 0; i < 3; i++)
      await client.waitForTransactionReceipt({
        hash: await wallet.sendTransaction({ to: newAddress(), value: 1n }),
      })
    await all
    unwatch()
    assert.deepEqual(seen, [first, first + 1n, first + 2n, first + 3n])
  })
  await test('viem: sendTransactionSync answers with the receipt', async () => {
    const receipt = await wallet.sendTransactionSync({ to: newAddress(), value: 1n })
    assert.equal(receipt.status, 'success')
    assert.equal(receipt.gasUsed, 21000n)
    assert.deepEqual(await client.getTransactionReceipt({ hash: receipt.transactionHash }), receipt)
  })
  await test('viem: a batch of reads in one request', async () => {
    const batched = createPublicClient({ chain, transport: http(url, { batch: true }) })
    const [id, number, balance] = await Promise.all([
      batched.getChainId(),
      batched.getBlockNumber(),
      batched.getBalance({ address: newAddress() }),
    ])
    assert.equal(id, DEV_CHAIN_ID)
    assert.ok(number > 0n)
    assert.equal(balance, 0n)
  })

  // ---- refusals ----

  const nonce = () => client.getTransactionCount({ address: account.address })
  const GAS = { gas: 21000n, maxFeePerGas: 10n * GWEI, maxPriorityFeePerGas: GWEI }

  // As viem tells it to an application: the typed error is a cause of what is thrown. What it has no
  // name for stays InvalidInputRpcError, the class of code -32000, which it does not repeat.
  async function refused(promise, Type, words) {
    const error = await rejection(promise)
    const typed = error.walk((e) => e instanceof Type)
    assert.ok(typed, `no ${Type.name} in ${error.name}: ${error.message}`)
    assert.match(error.details, words)
  }
  // What viem would not sign goes the way of a transaction that another signer made.
  const send = async (fields) => {
    try {
      return await client.sendRawTransaction({
        serializedTransaction: forge(devKey(ACCOUNT.viem), { nonce: await nonce(), ...fields }),
      })
    } catch (error) {
      throw getTransactionError(error, { account, chain })
    }
  }

  await test('viem: NonceTooLowError', async () => {
    const next = await nonce()
    await refused(
      wallet.sendTransaction({ to: newAddress(), value: 1n, nonce: next - 1, ...GAS }),
      NonceTooLowError,
      new RegExp(`^nonce too low: next nonce ${next}, tx nonce ${next - 1}$`)
    )
  })
  await test('viem: NonceTooLowError for what is already known', async () => {
    const next = await nonce()
    const request = { to: newAddress(), value: 1n, nonce: next + 1, ...GAS }
    const hash = await wallet.sendTransaction(request)
    await refused(
      wallet.sendTransaction(request),
      NonceTooLowError,
      new RegExp(`^already known \\(known transaction: ${hash}\\)$`)
    )
    await wallet.sendTransaction({ to: newAddress(), value: 1n, nonce: next, ...GAS })
    assert.equal((await client.waitForTransactionReceipt({ hash })).status, 'success')
  })
  await test('viem: InsufficientFundsError, on send and on estimate', async () => {
    const poor = privateKeyToAccount(generatePrivateKey())
    const words = /^insufficient funds for gas \* price \+ value: address 0x[0-9a-fA-F]{40} have 0 want \d+$/
    const request = { account: poor, to: newAddress(), value: 1n }
    await refused(wallet.sendTransaction({ ...request, ...GAS }), InsufficientFundsError, words)
    await refused(wallet.sendTransaction(request), InsufficientFundsError, words)
    await refused(client.estimateGas(request), InsufficientFundsError, words)
    await refused(client.call(request), InsufficientFundsError, words)
  })
  await test('viem: an underpriced replacement', async () => {
    const next = await nonce()
    const hash = await wallet.sendTransaction({ to: newAddress(), value: 1n, nonce: next + 1, ...GAS })
    await refused(
      wallet.sendTransaction({ to: newAddress(), value: 2n, nonce: next + 1, ...GAS }),
      InvalidInputRpcError,
      /^replacement transaction underpriced: needs maxFeePerGas 11000000000, maxPriorityFeePerGas 1100000000$/
    )
    await wallet.sendTransaction({ to: newAddress(), value: 1n, nonce: next, ...GAS })
    assert.equal((await client.waitForTransactionReceipt({ hash })).status, 'success')
  })
  await test('viem: contract creation is refused by name', async () => {
    const words = /^contract creation not supported: this chain has no contracts, set the recipient$/
    await refused(
      wallet.sendTransaction({ data: '0x6000', ...GAS, gas: 100000n }),
      InvalidInputRpcError,
      words
    )
    await refused(wallet.deployContract({ abi: [], bytecode: '0x6000' }), InvalidInputRpcError, words)
  })
  await test('viem: IntrinsicGasTooLowError', () =>
    refused(
      wallet.sendTransaction({ to: newAddress(), ...GAS, gas: 20999n }),
      IntrinsicGasTooLowError,
      /^intrinsic gas too low: gas 20999, minimum needed 21000$/
    ))
  await test('viem: IntrinsicGasTooHighError', () =>
    refused(
      wallet.sendTransaction({ to: newAddress(), ...GAS, gas: 1_000_000_001n }),
      IntrinsicGasTooHighError,
      /^exceeds block gas limit \(gas limit reached\): gas 1000000001, limit 1000000000$/
    ))
  await test('viem: FeeCapTooLowError', () =>
    refused(
      wallet.sendTransaction({ to: newAddress(), ...GAS, maxFeePerGas: 1n, maxPriorityFeePerGas: 0n }),
      FeeCapTooLowError,
      /^max fee per gas less than block base fee: maxFeePerGas 1, baseFee \d+$/
    ))
  await test('viem: TipAboveFeeCapError', () =>
    refused(
      send({ tip: 11n * GWEI, maxFee: 10n * GWEI }),
      TipAboveFeeCapError,
      /^max priority fee per gas higher than max fee per gas: maxPriorityFeePerGas 11000000000, maxFeePerGas 10000000000$/
    ))
  await test('viem: NonceTooHighError', async () => {
    const next = await nonce()
    await refused(
      wallet.sendTransaction({ to: newAddress(), nonce: next + 1025, ...GAS }),
      NonceTooHighError,
      new RegExp(`^nonce too high: next nonce ${next}, tx nonce ${next + 1025}, at most 1024 ahead$`)
    )
  })
  await test('viem: NonceMaxValueError', () =>
    refused(send({ nonce: 2n ** 64n - 1n }), NonceMaxValueError, /^nonce has max value$/))
  await test('viem: TransactionTypeNotSupportedError for type 4', async () => {
    const authorization = await wallet.signAuthorization({ contractAddress: newAddress() })
    await refused(
      wallet.sendTransaction({
        to: account.address,
        authorizationList: [authorization],
        ...GAS,
        gas: 100000n,
      }),
      TransactionTypeNotSupportedError,
      /^transaction type not supported: type 0x4 \(transaction type not valid on this chain\)$/
    )
  })
  await test('viem: another chain id', async () => {
    const elsewhere = { ...chain, id: 7 }
    await refused(
      wallet.sendTransaction({
        chain: elsewhere,
        assertChainId: false,
        to: newAddress(),
        value: 1n,
        nonce: await nonce(),
        ...GAS,
      }),
      InvalidInputRpcError,
      /^invalid chain id for signer: have 7 want 31337$/
    )
  })
  await test('viem: an unprotected signature', () =>
    refused(
      send({ type: 0, chainId: null }),
      InvalidInputRpcError,
      /^only replay-protected \(EIP-155\) transactions allowed over RPC$/
    ))
}
