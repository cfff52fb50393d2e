// Real wallet libraries against a freshly started cairnd.
//   node run.mjs [PART ...]      TAP on standard output, exit code 1 when anything failed
//   CAIRND, CAIRN                the programs (build/cairnd, build/cairn)
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { diagnose, finish, startNode, test } from './harness.mjs'

const RUN_DEADLINE_MS = 170_000

// On one development chain, in this order: the audit at the end goes through all that the others left.
const SHARED = ['ethers', 'viem', 'web3', 'cast', 'metamask', 'schema', 'audit']
// These start nodes of their own.
const ALONE = ['pending', 'tool']

const wanted = process.argv.slice(2)
const chosen = (part) => wanted.length === 0 || wanted.includes(part)

async function runPart(part, url) {
  const start = Date.now()
  try {
    const { default: run } = await import(`./${part}.mjs`)
    await run(url)
  } catch (error) {
    await test(`${part}: ran to its end`, () => Promise.reject(error))
  }
  diagnose(`${part}: ${((Date.now() - start) / 1000).toFixed(1)} s`)
}

async function runShared(parts) {
  let node
  await test('cairnd --dev --temporary starts', async () => {
    node = await startNode(['--dev', '--temporary'])
    assert.match(node.url, /^http:\/\/127\.0\.0\.1:[1-9][0-9]*$/)
  })
  if (!node) return
  for (const part of parts) await runPart(part, node.url)
  await test('cairnd stops on SIGTERM with exit code 0, within 2 s', () => node.stop())
  await test('the temporary chain is gone', async () => assert.deepEqual(readdirSync(node.temporary), []))
}

for (const part of wanted)
  if (![...SHARED, ...ALONE].includes(part)) {
    process.stderr.write(`unknown part ${part}: ${[...SHARED, ...ALONE].join(', ')}\n`)
    process.exit(2)
  }
setTimeout(() => {
  process.stdout.write(`Bail out! not done in ${RUN_DEADLINE_MS / 1000} s\n`)
  process.exit(1)
}, RUN_DEADLINE_MS).unref()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1))

const shared = SHARED.filter(chosen)
if (shared.length > 0) await runShared(shared)
for (const part of ALONE.filter(chosen)) await runPart(part)
process.exit(finish()) // whatever a library keeps open
