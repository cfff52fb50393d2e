// The whole chain checked by another implementation: hashes, tries, fees and supply, from what the RPC tells.
import assert from 'node:assert/strict'
import { Trie } from '@ethereumjs/trie'
import { concat, encodeRlp, getBytes, hexlify, keccak256, toBeArray } from 'ethers'
import { batch, call, diagnose, test } from './harness.mjs'
import { nextBaseFee } from './ledger.mjs'

const EMPTY_CODE = keccak256('0x')
const EMPTY_TRIE = keccak256(encodeRlp('0x'))
const number = (quantity) => toBeArray(BigInt(quantity))

function headerHash(block) {
  return keccak256(
    encodeRlp([
      block.parentHash,
      number(block.number),
      number(block.milliTimestamp),
      block.miner,
      block.transactionsRoot,
      block.stateRoot,
      number(block.gasLimit),
      number(block.gasUsed),
      number(block.baseFeePerGas),
      number(block.burned),
      block.validatorsHash,
      block.nextValidatorsHash,
      block.extraData,
    ])
  )
}

async function rootOf(encodings) {
  const trie = await Trie.create()
  for (const [i, encoding] of encodings.entries())
    await trie.put(getBytes(encodeRlp(toBeArray(i))), getBytes(encoding))
  return hexlify(trie.root())
}

function receiptEncoding(receipt) {
  const body = encodeRlp(['0x01', number(receipt.cumulativeGasUsed), receipt.logsBloom, []])
  return receipt.type === '0x0' ? body : concat([`0x0${receipt.type.slice(2)}`, body])
}

export default async function audit(url, { minimumBaseFee = 1_000_000_000n } = {}) {
  const head = Number(await call(url, 'eth_blockNumber'))
  const genesis = await call(url, 'cairn_getGenesis')
  const chain = []
  const accounts = new Set(Object.keys(genesis.alloc).map((address) => address.toLowerCase()))
  let transfers = 0
  let fullest = 0

  await test('audit: every block can be read, with receipts and raw transactions', async () => {
    for (let height = 0; height <= head; height++) {
      const tag = `0x${height.toString(16)}`
      const [block, receipts] = (
        await batch(url, [
          ['eth_getBlockByNumber', tag, true],
          ['eth_getBlockReceipts', tag],
        ])
      ).map(({ result }) => result)
      const raws = block.transactions.length
        ? await batch(
            url,
            block.transactions.map(({ hash }) => ['eth_getRawTransactionByHash', hash])
          )
        : []
      chain.push({ block, receipts, raw: raws.map(({ result }) => result), tag })
      transfers += raws.length
      fullest = Math.max(fullest, raws.length)
    }
  })
  await test('audit: block hashes are those of the headers, each on its parent', async () => {
    chain.forEach(({ block }, height) => {
      assert.equal(BigInt(block.number), BigInt(height))
      assert.equal(headerHash(block), block.hash)
      if (height > 0) assert.equal(block.parentHash, chain[height - 1].block.hash)
      assert.equal(BigInt(block.timestamp), BigInt(block.milliTimestamp) / 1000n)
    })
    assert.equal(chain[0].block.hash, genesis.hash)
  })
  await test('audit: transactions and receipts roots', async () => {
    for (const { block, receipts, raw } of chain) {
      assert.deepEqual(
        raw.map((bytes) => keccak256(bytes)),
        block.transactions.map(({ hash }) => hash)
      )
      assert.equal(await rootOf(raw), block.transactionsRoot)
      assert.equal(await rootOf(receipts.map(receiptEncoding)), block.receiptsRoot)
    }
  })
  await test('audit: gas, prices, base fees and what was burned', async () => {
    const rules = { gasLimit: BigInt(chain[0].block.gasLimit) }
    let burned = 0n
    chain.forEach(({ block, receipts }, height) => {
      const base = BigInt(block.baseFeePerGas)
      let gas = 0n
      receipts.forEach((receipt, i) => {
        const tx = block.transactions[i]
        gas += BigInt(receipt.gasUsed)
        assert.equal(BigInt(receipt.cumulativeGasUsed), gas)
        assert.equal(receipt.effectiveGasPrice, tx.gasPrice)
        assert.ok(BigInt(tx.gasPrice) >= base)
      })
      burned += gas * base
      assert.equal(BigInt(block.gasUsed), gas)
      assert.equal(BigInt(block.burned), burned)
      if (height === 0) return
      const parent = chain[height - 1].block
      const before = {
        ...rules,
        baseFeePerGas: BigInt(parent.baseFeePerGas),
        gasUsed: BigInt(parent.gasUsed),
      }
      assert.equal(base, nextBaseFee(before, minimumBaseFee))
    })
  })
  await test('audit: state root and supply of every height, from the balances at it', async () => {
    const state = await Trie.create({ useKeyHashing: true })
    const balances = new Map()
    for (const { block, tag } of chain) {
      const touched =
        block.number === '0x0'
          ? [...accounts]
          : [...new Set([block.miner, ...block.transactions.flatMap(({ from, to }) => [from, to])])]
      const reads = touched.flatMap((address) => [
        ['eth_getBalance', address, tag],
        ['eth_getTransactionCount', address, tag],
      ])
      const answers = await batch(url, [...reads, ['cairn_getSupply', tag]])
      for (const [i, address] of touched.entries()) {
        const balance = answers[2 * i].result
        const nonce = answers[2 * i + 1].result
        const isEmpty = balance === '0x0' && nonce === '0x0'
        balances.set(address, BigInt(balance))
        if (isEmpty) await state.del(getBytes(address))
        else
          await state.put(
            getBytes(address),
            getBytes(encodeRlp([number(nonce), number(balance), EMPTY_TRIE, EMPTY_CODE]))
          )
      }
      assert.equal(hexlify(state.root()), block.stateRoot, `state root of ${tag}`)
      const supply = answers.at(-1).result
      const sum = [...balances.values()].reduce((a, b) => a + b, 0n)
      assert.equal(sum, BigInt(supply.total))
      assert.equal(BigInt(supply.burned), BigInt(block.burned))
      assert.equal(BigInt(supply.genesis) - BigInt(supply.burned), sum)
    }
  })
  diagnose(`audit: ${head + 1} blocks, ${transfers} transactions, at most ${fullest} in one`)
  return { fullest }
}
