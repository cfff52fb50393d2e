// What the ledger's rules say about a transfer, worked out apart from the node.
import assert from 'node:assert/strict'
import {
  HDNodeWallet,
  SigningKey,
  concat,
  encodeRlp,
  getBytes,
  hexlify,
  keccak256,
  randomBytes,
  toBeArray,
} from 'ethers'
import { DEV_CHAIN_ID, MNEMONIC } from './harness.mjs'

// The part of the run that owns each of the ten development accounts.
export const ACCOUNT = { ethers: 0, viem: 1, web3: 2, cast: 3, metamask: 4, schema: 5, pending: 6, tool: 7 }

export function devKey(index) {
  return HDNodeWallet.fromPhrase(MNEMONIC, '', `m/44'/60'/0'/0/${index}`).privateKey
}

export function newAddress() {
  return hexlify(randomBytes(20))
}

export function intrinsicGas(data = '0x', accessList = []) {
  let gas = 21000
  for (const byte of getBytes(data)) gas += byte === 0 ? 4 : 16
  for (const { storageKeys } of accessList) gas += 2400 + 1900 * storageKeys.length
  return BigInt(gas)
}

// A base fee's successor (EIP-1559, elasticity 2, denominator 8).
export function nextBaseFee({ baseFeePerGas, gasUsed, gasLimit }, minimum) {
  const target = gasLimit / 2n
  const off = gasUsed > target ? gasUsed - target : target - gasUsed
  const step = (baseFeePerGas * off) / target / 8n
  let next = baseFeePerGas
  if (gasUsed > target) next += step > 0n ? step : 1n
  if (gasUsed < target) next -= step
  return next < minimum ? minimum : next
}

// Checks a receipt and the balances around its block, the only transaction of which it must be.
// `sent`: { from, to, value, data?, accessList?, type, maxFee, tip }, maxFee and tip both the gas price
// for types 0 and 1. `receipt`: the fields below, as each library gives them, in one shape.
// `at`: { balance(address, height), nonce(address, height), block(height) } through the library.
export async function checkTransfer(sent, receipt, at) {
  const gas = intrinsicGas(sent.data, sent.accessList)
  const block = await at.block(receipt.blockNumber)
  const room = sent.maxFee - block.baseFeePerGas
  const tip = sent.tip < room ? sent.tip : room
  const price = block.baseFeePerGas + tip
  const fee = gas * price

  assert.deepEqual(receipt, {
    hash: receipt.hash,
    type: sent.type,
    status: 1,
    from: sent.from.toLowerCase(),
    to: sent.to.toLowerCase(),
    gasUsed: gas,
    cumulativeGasUsed: gas,
    effectiveGasPrice: price,
    blockHash: block.hash,
    blockNumber: receipt.blockNumber,
    transactionIndex: 0,
    logs: 0,
    contractAddress: null,
  })
  assert.deepEqual(block.transactions, [receipt.hash])
  assert.equal(block.gasUsed, gas)

  const read = (address) =>
    Promise.all([receipt.blockNumber, receipt.blockNumber - 1].map((height) => at.balance(address, height)))
  const reads = [sent.from, sent.to, block.miner].map(read)
  const nonces = [receipt.blockNumber, receipt.blockNumber - 1].map((height) => at.nonce(sent.from, height))
  const [from, to, miner] = (await Promise.all(reads)).map(([after, before]) => after - before)
  const [nonceAfter, nonceBefore] = await Promise.all(nonces)
  assert.equal(from, -sent.value - fee, "sender's balance")
  assert.equal(to, sent.value, "recipient's balance")
  assert.equal(miner, gas * tip, "proposer's balance")
  assert.equal(nonceAfter, nonceBefore + 1)
}

// Signs whatever it is told to, where libraries refuse: { type, chainId, nonce, tip, maxFee, gas, to,
// value, data }; types 0 and 1 take maxFee
// as their price, and type 0 a chainId of null as unprotected (v 27 or 28).
export function forge(key, fields) {
  const { type, chainId, nonce, tip, maxFee, gas, to, value, data } = {
    type: 2,
    chainId: DEV_CHAIN_ID,
    nonce: 0n,
    tip: 10n ** 9n,
    maxFee: 10n ** 10n,
    gas: 21000n,
    to: newAddress(),
    value: 1n,
    data: '0x',
    ...fields,
  }
  const signer = new SigningKey(key)
  const number = (n) => toBeArray(n)
  const sign = (bytes) => signer.sign(keccak256(bytes))

  if (type === 0) {
    const plain = [nonce, maxFee, gas].map(number).concat([to, number(value), data])
    const over = chainId === null ? plain : [...plain, number(chainId), '0x', '0x']
    const { r, s, yParity } = sign(encodeRlp(over))
    const v = chainId === null ? 27 + yParity : 35 + 2 * chainId + yParity
    return encodeRlp([...plain, number(v), number(r), number(s)])
  }
  const prices = type === 1 ? [maxFee] : [tip, maxFee]
  const plain = [chainId, nonce, ...prices, gas].map(number).concat([to, number(value), data, []])
  const { r, s, yParity } = sign(concat([hexlify(Uint8Array.of(type)), encodeRlp(plain)]))
  return concat([hexlify(Uint8Array.of(type)), encodeRlp([...plain, ...[yParity, r, s].map(number)])])
}
