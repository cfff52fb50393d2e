// A tiny test harness: numbered TAP lines, a deadline for every test, and cairnd as a child process.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, watch } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const TEST_DEADLINE_MS = 60_000
const READY_DEADLINE_MS = 30_000
const STOP_DEADLINE_MS = 2_000
const ROOT = resolve(new URL('../..', import.meta.url).pathname)

export const CAIRND = resolve(process.env.CAIRND || join(ROOT, 'build/cairnd'))
export const CAIRN = resolve(process.env.CAIRN || join(ROOT, 'build/cairn'))
export const MNEMONIC = 'test test test test test test test test test test test junk'
export const DEV_CHAIN_ID = 31337
export const GWEI = 10n ** 9n
export const COIN = 10n ** 18n

// ---- TAP ----

let count = 0
let failures = 0

function line(ok, name, note = '') {
  count++
  if (!ok) failures++
  process.stdout.write(`${ok ? 'ok' : 'not ok'} ${count} - ${name}${note}\n`)
}

export function diagnose(text) {
  for (const row of String(text).trimEnd().split('\n')) process.stdout.write(`# ${row}\n`)
}

export function skip(name, why) {
  line(true, name, ` # SKIP ${why}`)
}

// Runs one test. What it threw is told below its line, and the tests after it still run.
export async function test(name, run) {
  let timer
  const deadline = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done in ${TEST_DEADLINE_MS} ms`)), TEST_DEADLINE_MS)
  })
  try {
    await Promise.race([run(), deadline])
    line(true, name)
  } catch (error) {
    line(false, name)
    diagnose(error?.stack ?? error)
    if (error?.info) diagnose(JSON.stringify(error.info, (_, v) => (typeof v === 'bigint' ? `${v}` : v)))
  } finally {
    clearTimeout(timer)
  }
}

process.on('unhandledRejection', (error) => {
  line(false, 'no library drops a rejection')
  diagnose(error?.stack ?? error)
})

// Prints the plan; the exit code of the whole run.
export function finish() {
  process.stdout.write(`1..${count}\n`)
  if (failures > 0) diagnose(`${failures} of ${count} failed`)
  return failures === 0 && count > 0 ? 0 : 1
}

// ---- waiting ----

// Asks until the answer is neither null nor undefined; the test's deadline ends it otherwise. For what
// can only be asked for: the methods that announce are waited on instead.
export async function poll(ask, everyMs = 20) {
  for (;;) {
    const answer = await ask()
    if (answer !== null && answer !== undefined) return answer
    await new Promise((done) => setTimeout(done, everyMs))
  }
}

// ---- processes ----

const scratch = mkdtempSync(join(tmpdir(), 'cairn-interop-'))
process.on('exit', removeScratch)
const children = new Set()

export function scratchPath(...names) {
  return join(scratch, ...names)
}

function removeScratch() {
  for (const child of children) child.kill('SIGKILL')
  rmSync(scratch, { recursive: true, force: true })
}

// No setting of the caller's shell reaches a program under test.
function cleanEnvironment(more = {}) {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(CAIRN|ETH|FOUNDRY)(_|$)|_proxy$/i.test(name)
  )
  return { ...Object.fromEntries(kept), XDG_DATA_HOME: scratchPath('xdg'), NO_COLOR: '1', ...more }
}

// Runs a program to its end: { code, stdout, stderr }.
export async function runProgram(file, args, { input = '', env = {} } = {}) {
  const child = spawn(file, args, { stdio: 'pipe', env: cleanEnvironment(env) })
  let stdout = ''
  let stderr = ''
  children.add(child)
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text))
  child.stdin.on('error', () => {}) // it may end without reading
  child.stdin.end(input)
  try {
    const [code] = await once(child, 'close')
    return { code, stdout, stderr }
  } finally {
    children.delete(child)
  }
}

let nodes = 0

// Starts cairnd and waits for its ready file: { url, log(), stop() }.
export async function startNode(args) {
  const directory = scratchPath(`node-${++nodes}`)
  const readyFile = join(directory, 'ready')
  mkdirSync(join(directory, 'tmp'), { recursive: true })

  const watcher = watch(directory) // before the start, so that the file can't come unseen
  const child = spawn(CAIRND, [...args, '--rpc-listen', '127.0.0.1:0', '--ready-file', readyFile], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: cleanEnvironment({ TMPDIR: join(directory, 'tmp') }),
  })
  let log = ''
  let timer
  children.add(child)
  child.stdout.setEncoding('utf8').on('data', (text) => (log += text))
  child.stderr.setEncoding('utf8').on('data', (text) => (log += text))
  const ended = new Promise((done) => child.once('close', (code, signal) => done({ code, signal })))
  try {
    await new Promise((ready, fail) => {
      timer = setTimeout(
        () => fail(new Error(`not ready in ${READY_DEADLINE_MS} ms:\n${log}`)),
        READY_DEADLINE_MS
      )
      child.once('error', (error) => fail(new Error(`${CAIRND}: ${error.message}`)))
      ended.then(({ code, signal }) => fail(new Error(`cairnd ended with ${code ?? signal}:\n${log}`)))
      watcher.on('change', () => existsSync(readyFile) && ready())
    })
  } finally {
    clearTimeout(timer)
    watcher.close()
  }

  return {
    url: readFileSync(readyFile, 'utf8').trim(),
    temporary: join(directory, 'tmp'),
    log: () => log,
    // SIGTERM; the exit code must be 0, in two seconds.
    async stop() {
      const start = Date.now()
      child.kill('SIGTERM')
      const { code, signal } = await ended
      const took = Date.now() - start
      children.delete(child)
      assert.equal(signal, null, `ended by ${signal}:\n${log}`)
      assert.equal(code, 0, `exit code ${code}:\n${log}`)
      assert.ok(took <= STOP_DEADLINE_MS, `stopping took ${took} ms`)
    },
  }
}

// ---- JSON-RPC by hand ----

let lastId = 0

async function post(url, body) {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  assert.equal(answer.status, 200)
  return answer.json()
}

function checkAnswer(answer, id) {
  assert.equal(answer.jsonrpc, '2.0')
  assert.equal(answer.id, id)
  assert.equal('result' in answer, !('error' in answer), 'exactly one of result and error')
  return answer
}

// One request; the whole answer.
export async function request(url, method, ...params) {
  const id = ++lastId
  return checkAnswer(await post(url, { jsonrpc: '2.0', id, method, params }), id)
}

// One request; its result, or an Error that carries code and data.
export async function call(url, method, ...params) {
  const { result, error } = await request(url, method, ...params)
  if (error) throw Object.assign(new Error(`${method}: ${error.message}`), error)
  return result
}

// Requests as [method, ...params] in one batch; the answers in their order.
export async function batch(url, requests) {
  const asked = requests.map(([method, ...params]) => ({ jsonrpc: '2.0', id: ++lastId, method, params }))
  const answers = await post(url, asked)
  assert.equal(answers.length, asked.length)
  return answers.map((answer, i) => checkAnswer(answer, asked[i].id))
}

// The refusal's error object; fails when the call was answered.
export async function refusal(url, method, ...params) {
  const { result, error } = await request(url, method, ...params)
  assert.ok(error, `${method} answered ${JSON.stringify(result)}`)
  return error
}

// What a promise rejects with; fails when it does not.
export async function rejection(promise) {
  let value
  try {
    value = await promise
  } catch (error) {
    return error
  }
  assert.fail(`not refused: ${JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? `${v}` : v))}`)
}
