// The program cairn against a node, and the private networks that it makes.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { JsonRpcProvider, Wallet, computeAddress, encryptKeystoreJson } from 'ethers'
import { createPublicClient, createWalletClient, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { Web3 } from 'web3'
import { castProgram } from './cast.mjs'
import { CAIRN, COIN, call, runProgram, scratchPath, startNode, test } from './harness.mjs'
import { ACCOUNT, devKey, newAddress } from './ledger.mjs'
import { cairnChain } from './viem.mjs'

const PASSWORD = 'correct horse'

export default async function () {
  const directory = scratchPath('tool')
  const file = (name) => scratchPath('tool', name)
  mkdirSync(directory)
  writeFileSync(file('password'), `${PASSWORD}\n`, { mode: 0o600 })
  writeFileSync(file('wrong'), 'wrong\n', { mode: 0o600 })

  const key = devKey(ACCOUNT.tool)
  const from = computeAddress(key)
  let url

  const run = (args, input) =>
    runProgram(CAIRN, [...args, '--json'], { input, env: url ? { CAIRN_RPC_URL: url } : {} })
  async function cairn(...args) {
    const { code, stdout, stderr } = await run(args)
    assert.equal(code, 0, `${stdout}${stderr}`)
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    return lines.length === 1 ? lines[0] : lines
  }
  async function fails(exit, name, words, ...args) {
    const { code, stdout, stderr } = await run(args)
    assert.equal(code, exit, `${stdout}${stderr}`)
    const { error } = JSON.parse(stdout.trim().split('\n').at(-1))
    assert.equal(error.exit, exit)
    assert.equal(error.name, name)
    assert.match(error.message, words)
    return error
  }
  const keyed = ['--key-dir', file('keys'), '--password-file', file('password')]

  // ---- on the development chain ----

  let node
  await test('cairn: a node for it', async () => {
    node = await startNode(['--dev', '--temporary'])
    url = node.url
  })
  if (!node) return

  await test('cairn key import takes a secret from standard input', async () => {
    const { code, stdout, stderr } = await run(
      ['key', 'import', '-', '--light', ...keyed],
      `${key.slice(2)}\n`
    )
    assert.equal(code, 0, stderr)
    const { address, file: path } = JSON.parse(stdout)
    assert.equal(address, from)
    // Any wallet opens the key file.
    const opened = await Wallet.fromEncryptedJson(readFileSync(path, 'utf8'), PASSWORD)
    assert.equal(opened.privateKey, key)
    assert.deepEqual(await cairn('key', 'list', '--key-dir', file('keys')), [
      { address: from, file: path, validator: false },
    ])
    assert.deepEqual(await cairn('key', 'address', from, ...keyed), { address: from })
  })
  await test("cairn key import takes another program's key file", async () => {
    const stranger = Wallet.createRandom()
    writeFileSync(file('ethers.json'), await encryptKeystoreJson(stranger, PASSWORD, { scrypt: { N: 1024 } }))
    const { address } = await cairn('key', 'import', file('ethers.json'), ...keyed)
    assert.equal(address, stranger.address)
    assert.deepEqual(await cairn('key', 'address', stranger.address, ...keyed), { address: stranger.address })
  })

  let receipt
  const to = newAddress()
  await test('cairn send --wait', async () => {
    const sent = await cairn(
      'send',
      '--from',
      from,
      '--to',
      to,
      '--amount',
      '1.5coin',
      '--data',
      'thanks',
      '--wait',
      ...keyed
    )
    receipt = sent[1].receipt
    assert.equal(sent.length, 2)
    assert.equal(sent[0].hash, receipt.transactionHash)
    assert.equal(sent[0].value, `${(3n * COIN) / 2n}`)
    assert.equal(sent[0].nonce, '0')
    assert.equal(receipt.status, '0x1')
    assert.equal(Number(receipt.gasUsed), 21000 + 16 * 6)
  })
  await test('cairn balance, now and then', async () => {
    const fee = BigInt(receipt.gasUsed) * BigInt(receipt.effectiveGasPrice)
    assert.equal((await cairn('balance', to)).balance, `${(3n * COIN) / 2n}`)
    assert.equal((await cairn('balance', to, '--at', '0')).balance, '0')
    assert.equal((await cairn('balance', from)).balance, `${10_000n * COIN - (3n * COIN) / 2n - fee}`)
    assert.equal((await cairn('balance', from, '--at', 'earliest')).balance, `${10_000n * COIN}`)
  })
  await test('cairn tx, block, rpc tell what the node tells', async () => {
    const tx = await cairn('tx', receipt.transactionHash)
    assert.deepEqual(tx.receipt, receipt)
    assert.deepEqual(tx.transaction, await call(url, 'eth_getTransactionByHash', receipt.transactionHash))
    assert.equal(tx.transaction.input, `0x${Buffer.from('thanks').toString('hex')}`)
    const block = await call(url, 'eth_getBlockByNumber', receipt.blockNumber, false)
    assert.deepEqual(await cairn('block', receipt.blockHash), block)
    assert.deepEqual(await cairn('block', `${Number(receipt.blockNumber)}`), block)
    assert.deepEqual(await cairn('rpc', 'eth_getBlockByNumber', receipt.blockNumber, 'false'), block)
  })
  await test('cairn genesis check and hash agree with the node', async () => {
    const { hash, ...genesis } = await call(url, 'cairn_getGenesis')
    writeFileSync(file('dev.json'), JSON.stringify(genesis))
    assert.equal(hash, (await call(url, 'eth_getBlockByNumber', '0x0', false)).hash)
    assert.equal((await cairn('genesis', 'check', file('dev.json'))).hash, hash)
    assert.equal((await cairn('genesis', 'hash', file('dev.json'))).hash, hash)
  })
  await test('cairn: exit codes', async () => {
    const send = (...more) => ['send', '--from', from, '--to', to, '--amount', '1', ...more]
    const refused = await fails(
      1,
      'rpc-refused',
      /insufficient funds for gas \* price \+ value/,
      'send',
      '--from',
      from,
      '--to',
      to,
      '--amount',
      '20000coin',
      ...keyed
    )
    assert.equal(refused.rpcCode, -32000)
    assert.equal(
      (await fails(1, 'rpc-refused', /the method eth_nope does not exist/, 'rpc', 'eth_nope')).rpcCode,
      -32601
    )
    await fails(
      1,
      'rpc-refused',
      /nonce too low: next nonce 1, tx nonce 0/,
      ...send('--nonce', '0', ...keyed)
    )
    await fails(
      5,
      'password',
      /wrong password/,
      ...send('--key-dir', file('keys'), '--password-file', file('wrong'))
    )
    await fails(4, 'rpc-timeout', /not decided within 1 s/, ...send('--nonce', '9', '--wait=1', ...keyed))
    assert.equal((await run(['tx', `0x${'00'.repeat(32)}`])).code, 1)
    await fails(2, 'hex', /^ADDRESS: hex string without 0x prefix$/, 'balance', 'nobody')
    assert.equal((await run(['frobnicate'])).code, 2)
    assert.equal((await run(['block', '--rpc-url', 'http://127.0.0.1:1'])).code, 3)
    assert.equal((await run(send('--key-dir', file('keys'), '--password-file', file('absent')))).code, 6)
  })
  await test('cairn: the node stops within 2 s', () => node.stop())

  // ---- networks of its own ----

  const funded = Wallet.createRandom()

  function startPrivate(name) {
    return startNode([
      ...['--genesis', file(`${name}.json`), '--validator-key', file(`${name}/key.json`)],
      ...['--password-file', file('password'), '--data-dir', file(`${name}/data`)],
    ])
  }
  async function makeNetwork(name, chainId, ...more) {
    mkdirSync(file(name))
    return cairn(
      ...[
        'genesis',
        'new',
        file(`${name}.json`),
        '--chain-id',
        `${chainId}`,
        '--make-validator',
        file(`${name}/key.json`),
      ],
      ...['--alloc', `${funded.address}=100coin`, '--block-time', '0', '--no-empty-blocks'],
      ...['--password-file', file('password'), '--light', ...more]
    )
  }
  async function castSends(chainId, recipient) {
    const program = castProgram()
    if (!program) return
    const { code, stderr } = await runProgram(program, [
      ...['send', '--rpc-url', url, '--private-key', funded.privateKey, '--chain', `${chainId}`],
      ...['--value', '1ether', recipient],
    ])
    assert.equal(code, 0, stderr)
    assert.equal(BigInt(await call(url, 'eth_getBalance', recipient, 'latest')), COIN)
  }

  const PRIVATE_ID = 74247
  await test('cairn genesis new makes a network that cairnd runs and wallets use', async () => {
    const made = await makeNetwork('private', PRIVATE_ID)
    assert.equal((await cairn('genesis', 'check', file('private.json'))).hash, made.hash)
    node = await startPrivate('private')
    url = node.url
    const status = await call(url, 'cairn_status')
    assert.equal(status.genesisHash, made.hash)
    assert.equal(status.validator.toLowerCase(), made.validators[0].address.toLowerCase())
    assert.equal(Number(status.chainId), PRIVATE_ID)

    const provider = new JsonRpcProvider(url, undefined, { polling: true, pollingInterval: 50 })
    const there = newAddress()
    const sent = await funded.connect(provider).sendTransaction({ to: there, value: COIN })
    const { blockNumber } = await sent.wait()
    assert.equal(sent.chainId, BigInt(PRIVATE_ID))
    assert.equal(await provider.getBalance(there, blockNumber), COIN)
    provider.destroy()
    await castSends(PRIVATE_ID, newAddress())
  })
  await test('cairnd goes on with the same chain after a stop', async () => {
    const head = await call(url, 'eth_getBlockByNumber', 'latest', true)
    await node.stop()
    node = await startPrivate('private')
    url = node.url
    assert.deepEqual(await call(url, 'eth_getBlockByNumber', 'latest', true), head)
    await castSends(PRIVATE_ID, newAddress())
    assert.equal(Number(await call(url, 'eth_blockNumber')), Number(head.number) + 1)
    await node.stop()
  })

  const FREE_ID = 74248
  await test('a network without fees: every figure is 0', async () => {
    await makeNetwork('free', FREE_ID, '--fees', 'none')
    node = await startPrivate('free')
    url = node.url
    for (const method of ['eth_gasPrice', 'eth_maxPriorityFeePerGas', 'eth_baseFee'])
      assert.equal(await call(url, method), '0x0')
    assert.equal((await call(url, 'eth_getBlockByNumber', 'latest', false)).baseFeePerGas, '0x0')
  })
  const wallets = {
    ethers: async (recipient) => {
      const provider = new JsonRpcProvider(url, undefined, { polling: true, pollingInterval: 50 })
      const sent = await funded.connect(provider).sendTransaction({ to: recipient, value: COIN })
      assert.equal((await sent.wait()).fee, 0n)
      provider.destroy()
    },
    viem: async (recipient) => {
      const chain = cairnChain(url, FREE_ID)
      const client = createPublicClient({ chain, transport: http(url), pollingInterval: 50 })
      const wallet = createWalletClient({
        account: privateKeyToAccount(funded.privateKey),
        chain,
        transport: http(url),
      })
      const hash = await wallet.sendTransaction({ to: recipient, value: COIN })
      assert.equal((await client.waitForTransactionReceipt({ hash })).effectiveGasPrice, 0n)
    },
    web3: async (recipient) => {
      const web3 = new Web3(url)
      web3.eth.transactionPollingInterval = 30
      const account = web3.eth.accounts.wallet.add(funded.privateKey)[0]
      const sent = await web3.eth.sendTransaction({ from: account.address, to: recipient, value: COIN })
      assert.equal(sent.effectiveGasPrice, 0n)
    },
    cast: (recipient) => castSends(FREE_ID, recipient),
    cairn: async (recipient) => {
      await run(['key', 'import', '-', '--light', ...keyed], `${funded.privateKey.slice(2)}\n`)
      await cairn(
        'send',
        '--from',
        funded.address,
        '--to',
        recipient,
        '--amount',
        '1coin',
        '--wait',
        ...keyed
      )
    },
  }
  for (const [name, send] of Object.entries(wallets))
    await test(`a network without fees: ${name} sends for free, with no option set`, async () => {
      const recipient = newAddress()
      const before = BigInt(await call(url, 'eth_getBalance', funded.address, 'latest'))
      await send(recipient)
      assert.equal(BigInt(await call(url, 'eth_getBalance', recipient, 'latest')), COIN)
      // cast never offers less than a tip of 1 wei, whatever it is told.
      const fee = name === 'cast' ? 21000n : 0n
      assert.equal(BigInt(await call(url, 'eth_getBalance', funded.address, 'latest')), before - COIN - fee)
    })
  await test('a network without fees: its history is all zeros', async () => {
    const history = await call(url, 'eth_feeHistory', '0x4', 'latest', [10, 90])
    assert.deepEqual(new Set([...history.baseFeePerGas, ...history.reward.flat()]), new Set(['0x0']))
    assert.equal((await call(url, 'cairn_getSupply')).burned, '0x0')
    await node.stop()
  })
}
