// What every suite leans on: tests as TAP lines with a deadline each, real nodes, folders that go
// away again. Events are awaited, never time: a node is ready when it says so.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, lstatSync, rmSync }
  from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Deadlines of tests grow by this on a slow build (sanitizers); what is tested does not. */
export const patience = process.env.CAIRN_TEST_SLOW ? 5 : 1;

function program(variable) {
  const path = process.env[variable];
  if (!path) throw new Error(`${variable} must name the program`);
  return path;
}
export const programs = {
  get cairnd() { return program('CAIRND'); },
  get cairn() { return program('CAIRN'); },
  get checker() { return program('CHECKER'); },
};

// ---- TAP ----

let tests = 0;
let failures = 0;

export function say(text) {
  for (const line of String(text).trimEnd().split('\n')) console.log(`# ${line}`);
}

/** What a test opened is closed with it, the last first, whether it passed or not. */
export class Scope {
  #closers = [];
  add(close) { this.#closers.push(close); }
  async close() {
    while (this.#closers.length > 0) await this.#closers.pop()();
  }
}

function deadlineOf(ms) {
  let timer;
  const over = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done within ${ms} ms`)), ms);
  });
  return { over, clear: () => clearTimeout(timer) };
}

/** One test: `body` gets a scope. Its name is a sentence about the node. */
export async function test(name, body, seconds = 20) {
  const scope = new Scope();
  const deadline = deadlineOf(seconds * 1000 * patience);
  let failure = null;
  try {
    await Promise.race([body(scope), deadline.over]);
  } catch (error) {
    failure = error;
  }
  deadline.clear();
  try {
    await scope.close();
  } catch (error) {
    failure ??= error;
  }
  report(name, failure);
  return failure === null;
}

export function report(name, failure) {
  tests++;
  if (failure) failures++;
  console.log(`${failure ? 'not ok' : 'ok'} ${tests} - ${name.replaceAll('#', '\\#')}`);
  if (failure) say(failure.stack ?? failure);
}

export function skip(name, why) {
  tests++;
  console.log(`ok ${tests} - ${name} # SKIP ${why}`);
}

/** The plan comes last; the exit code. */
export function finish() {
  console.log(`1..${tests}`);
  return failures === 0 ? 0 : 1;
}

// ---- folders ----

export function folder(scope) {
  const path = mkdtempSync(join(tmpdir(), 'cairn-process-'));
  scope.add(() => {
    chmodSync(path, 0o700);
    rmSync(path, { recursive: true, force: true });
  });
  return path;
}

/** Path, kind, mode and content of everything in it: two of them equal says that nothing changed. */
export function picture(path, prefix = '') {
  const lines = [];
  for (const name of readdirSync(path).sort()) {
    const whole = join(path, name);
    const about = lstatSync(whole);
    const line = `${prefix}${name} ${about.mode.toString(8)}`;
    if (about.isDirectory()) lines.push(line, ...picture(whole, `${prefix}${name}/`));
    else if (about.isSymbolicLink()) lines.push(`${line} -> ${readlinkSync(whole)}`);
    else lines.push(`${line} ${createHash('sha256').update(readFileSync(whole)).digest('hex')}`);
  }
  return lines;
}

// ---- processes ----

/** A program that ends by itself. */
export function run(path, args, options = {}) {
  const { env, ...rest } = options;
  const done = spawnSync(path, args, {
    encoding: 'utf8', timeout: 60000 * patience, maxBuffer: 1 << 28, ...rest,
    env: { ...cleanEnvironment(), ...env },
  });
  if (done.error) throw done.error;
  return { code: done.status, signal: done.signal, stdout: done.stdout, stderr: done.stderr };
}

/** The same without stopping this process meanwhile. */
export function runAside(path, args, options = {}) {
  const { env, ...rest } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(path, args, {
      stdio: ['ignore', 'pipe', 'pipe'], ...rest, env: { ...cleanEnvironment(), ...env },
    });
    const out = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'])
      child[name].setEncoding('utf8').on('data', (text) => { out[name] += text; });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, ...out }));
  });
}

/** No CAIRN_… of whoever runs the tests reaches a node. */
function cleanEnvironment() {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('CAIRN'));
  return Object.fromEntries(kept);
}

/** Whatever ends this process ends its nodes. */
const running = new Set();
process.on('exit', () => { for (const child of running) child.kill('SIGKILL'); });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

const readyLine = /ready: chain (\d+) at height (\d+), JSON-RPC (\S+)/;

/** A running cairnd. `url` is null with --no-rpc. */
export class Node {
  /** Starts it and waits until it says that it is ready. Port 0, unless `args` say otherwise. */
  static async start(scope, args, options = {}) {
    const node = new Node(scope, args, options);
    await node.ready;
    return node;
  }

  constructor(scope, args, { env, cwd } = {}) {
    const listens = args.some((arg) => arg.startsWith('--rpc-listen') || arg === '--no-rpc');
    this.stderr = '';
    this.stdout = '';
    this.child = spawn(programs.cairnd, listens ? args : [...args, '--rpc-listen', '127.0.0.1:0'], {
      stdio: ['ignore', 'pipe', 'pipe'], cwd, env: { ...cleanEnvironment(), ...env },
    });
    this.pid = this.child.pid;
    this.running = true;
    running.add(this.child);
    this.child.stdout.setEncoding('utf8').on('data', (text) => { this.stdout += text; });
    this.exited = new Promise((resolve, reject) => {
      this.child.on('error', reject);
      this.child.on('close', (code, signal) => {
        this.running = false;
        running.delete(this.child);
        resolve({ code, signal });
      });
    });
    this.ready = new Promise((resolve, reject) => {
      this.child.stderr.setEncoding('utf8').on('data', (text) => {
        this.stderr += text;
        const found = readyLine.exec(this.stderr);
        if (!found) return;
        this.height = Number(found[2]);
        this.url = found[3].startsWith('http') ? found[3].replace(/,$/, '') : null;
        resolve();
      });
      this.exited.then(({ code, signal }) =>
        reject(new Error(`cairnd ended before it was ready (${code ?? signal}):\n${this.stderr}`)),
      reject);
    });
    this.ready.catch(() => {}); // whoever awaits it hears of it
    scope.add(() => this.end());
  }

  get port() { return Number(new URL(this.url).port); }

  /** A signal, and the end; the exit and how long it took. */
  async stop(signal = 'SIGTERM') {
    const start = performance.now();
    this.child.kill(signal);
    const exit = await this.exited;
    return { ...exit, ms: performance.now() - start };
  }

  /** A test's end: whatever was done to it, it stops as asked (a sanitizer's finding is no 0). */
  async end() {
    if (!this.running) return;
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 10000 * patience);
    const stopped = await this.stop();
    clearTimeout(timer);
    assertStopped(stopped, this.stderr);
  }

  async kill() {
    if (this.running) this.child.kill('SIGKILL');
    await this.exited;
  }

  /** Resolves when the log holds a line that matches. */
  logged(pattern) {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = pattern.exec(this.stderr);
        if (!found) return;
        this.child.stderr.off('data', look);
        resolve(found);
      };
      this.child.stderr.on('data', look);
      this.exited.then(() => reject(new Error(`ended without ${pattern}:\n${this.stderr}`)));
      look();
    });
  }

  /** Its own memory now, in KiB: not what it shares with files. */
  memory() {
    return Number(/^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))[1]);
  }
}

/** A stop as asked: exit code 0, within two seconds (those of a slow build are longer). */
export function assertStopped({ code, signal, ms }, stderr = '') {
  if (code !== 0) throw new Error(`ended with ${code ?? signal}, not 0:\n${stderr}`);
  if (ms > 2000 * patience) throw new Error(`took ${Math.round(ms)} ms to stop`);
}

// ---- the chain's keys and the checker ----

/** The development chain's funded keys (genesis/dev.json): public knowledge. */
export const devKeys = [
  ['0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80',
    '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'],
  ['0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d',
    '0x70997970c51812dc3a010c7d01b50e0d17dc79c8'],
  ['0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a',
    '0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc'],
  ['0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6',
    '0x90f79bf6eb2c4f870365e785982e1f101e93b906'],
  ['0x47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a',
    '0x15d34aaf54267db7d7c367839aaf71a00a2c6a65'],
].map(([key, address]) => ({ key, address }));
export const devChain = 31337;
export const gwei = 1_000_000_000n;

export function checker(...args) {
  const done = run(programs.checker, args.map(String));
  if (done.code !== 0) throw new Error(`chain_check ${args[0]}: ${done.stderr}`);
  return done.stdout;
}

/** Signed transfers with ascending nonces: [{raw, hash}]. */
export function sign({ key = devKeys[0].key, chain = devChain, nonce = 0, count = 1,
  to = devKeys[1].address, value = 1, cap = 100n * gwei, tip = gwei, type = 2 } = {}) {
  return checker('sign', key, chain, nonce, count, to, value, cap, tip, type)
    .trimEnd().split('\n').map((line) => {
      const [raw, hash] = line.split(' ');
      return { raw, hash };
    });
}

/** A stopped node's directory as a whole; throws what is wrong with it. */
export function verify(directory, genesis = 'dev') {
  return checker('verify', directory, genesis).trim();
}
