// Options: each wrong value is refused with 2 and a message that names option, value and source,
// from each of the three sources; the command line wins over the variable, that over the file.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assertStopped, folder, Node, programs, runAside, test } from './harness.mjs';
import { request, Rpc } from './client.mjs';

const mib = 1024n ** 2n;
const u64Max = 2n ** 64n - 1n;

const number = (least, most) => ({ kind: 'number', least: BigInt(least), most: BigInt(most) });
const bytes = (least, most) => ({ kind: 'bytes', least: BigInt(least), most: BigInt(most) });
const text = (most) => ({ kind: 'text', most });

/** Every option; `key` is [section, key] where it may stand in a file. */
const options = {
  'dev': { kind: 'flag' },
  'temporary': { kind: 'flag' },
  'genesis': { ...text(), key: ['node', 'genesis'] },
  'data-dir': { ...text(), key: ['node', 'data-dir'] },
  'validator-key': { ...text(), key: ['node', 'validator-key'] },
  'password-file': { ...text(), key: ['node', 'password-file'] },
  'new-validator-state': { kind: 'flag' },
  'block-time': { ...number(0, 60000), key: ['node', 'block-time'] },
  'extra': { ...text(32), key: ['node', 'extra'] },
  'rpc-listen': { kind: 'listen', key: ['rpc', 'listen'] },
  'no-rpc': { kind: 'flag' },
  'rpc-vhosts': { kind: 'list', key: ['rpc', 'vhosts'] },
  'rpc-cors-origins': { kind: 'list', key: ['rpc', 'cors-origins'] },
  'rpc-suggested-tip': { ...number(0, u64Max), key: ['rpc', 'suggested-tip'] },
  'rpc-body-max': { ...bytes(1024, 256n * mib), key: ['rpc', 'body-max'] },
  'rpc-answers-max': { ...bytes(mib, 1n << 40n), key: ['rpc', 'answers-max'] },
  'rpc-bodies-max': { ...bytes(mib, 1n << 40n), key: ['rpc', 'bodies-max'] },
  'rpc-batch-max': { ...number(1, 100000), key: ['rpc', 'batch-max'] },
  'rpc-answer-max': { ...bytes(65536, 1024n * mib), key: ['rpc', 'answer-max'] },
  'rpc-depth-max': { ...number(8, 512), key: ['rpc', 'depth-max'] },
  'rpc-connections-max': { ...number(1, 100000), key: ['rpc', 'connections-max'] },
  'rpc-connections-per-address-max':
    { ...number(1, 100000), key: ['rpc', 'connections-per-address-max'] },
  'rpc-idle-s': { ...number(1, 86400), key: ['rpc', 'idle-s'] },
  'rpc-requests-max': { ...number(1, 4096), key: ['rpc', 'requests-max'] },
  'rpc-head-max': { ...bytes(1024, mib), key: ['rpc', 'head-max'] },
  'rpc-head-s': { ...number(1, 3600), key: ['rpc', 'head-s'] },
  'rpc-body-s': { ...number(1, 3600), key: ['rpc', 'body-s'] },
  'rpc-waiting-max': { ...number(1, 1000000), key: ['rpc', 'waiting-max'] },
  'mempool-tx-max': { ...number(1, 10000000), key: ['mempool', 'tx-max'] },
  'mempool-bytes-max': { ...bytes(16384, 1n << 40n), key: ['mempool', 'bytes-max'] },
  'mempool-sender-max': { ...number(1, 10000000), key: ['mempool', 'sender-max'] },
  'mempool-ahead-max': { ...number(0, 10000000), key: ['mempool', 'ahead-max'] },
  'mempool-queued-s': { ...number(1, 31536000), key: ['mempool', 'queued-s'] },
  'trie-memory': { ...bytes(mib, 1n << 46n), key: ['store', 'trie-memory'] },
  'store-cache': { ...bytes(mib, 1n << 46n), key: ['store', 'cache'] },
  'workers': { ...number(0, 64), key: ['node', 'workers'] },
  'log-level': { kind: 'level', key: ['log', 'level'] },
  'log-format': { kind: 'format', key: ['log', 'format'] },
  'ready-file': { ...text(), key: ['node', 'ready-file'] },
  'config': { kind: 'text' },
  'reindex': { kind: 'flag' },
  'help': { kind: 'flag' },
  'version': { kind: 'flag' },
};

/** [value, what the message says of it] for each way to be wrong. */
function wrongValues({ kind, least, most }) {
  const notNumber = 'not a number';
  const range = `must be ${least} to ${most}`;
  switch (kind) {
    case 'flag':
      return [['maybe', 'must be true or false'], ['TRUE', 'must be true or false']];
    case 'text':
      return most ? [['x'.repeat(most + 1), `longer than ${most} bytes`]] : [];
    case 'number':
      return [['x', notNumber], ['-1', notNumber], ['1.5', notNumber], ['0x10', notNumber],
        ['1KiB', notNumber], [String(2n ** 64n), notNumber],
        ...(most < u64Max ? [[String(most + 1n), range]] : []),
        ...(least > 0n ? [[String(least - 1n), range]] : [])];
    case 'bytes': {
      const words = `${notNumber} of bytes (64MiB, 65536)`;
      return [['x', words], ['-1', words], ['1kb', words], ['1 MiB', words], ['MiB', words],
        [String(2n ** 64n), words], [`${2n ** 34n}GiB`, words], [String(most + 1n), range],
        [String(least - 1n), range]];
    }
    case 'list':
      return [[Array.from({ length: 65 }, () => 'a').join(), 'more than 64 entries']];
    case 'level':
      return [['loud', 'must be error, warn, info or debug'], ['INFO', 'must be error']];
    case 'format':
      return [['xml', 'must be text or json']];
    case 'listen':
      return ['8545', 'localhost', ':8545', 'localhost:', 'localhost:x', 'localhost:65536',
        '127.0.0.1:-1', '[]:80'].map((value) => [value, 'must be HOST:PORT']);
    default:
      throw new Error(`no wrong values for the kind ${kind}`);
  }
}

/** Values at both bounds. */
function rightValues({ kind, least, most }) {
  switch (kind) {
    case 'number': return [least, most].map(String);
    case 'bytes': return [String(least), least % mib === 0n ? `${least / mib}MiB` : String(most)];
    case 'flag': return ['true', 'false', 'yes', 'no', '1', '0'];
    case 'text': return ['x'.repeat(most ?? 8)];
    case 'list': return ['a,b', '*'];
    case 'level': return ['error', 'warn', 'info', 'debug'];
    case 'format': return ['text', 'json'];
    case 'listen': return ['127.0.0.1:0', '[::1]:65535', 'localhost:1'];
    default: throw new Error(kind);
  }
}

const variableOf = (name) => `CAIRN_${name.toUpperCase().replaceAll('-', '_')}`;

let files = 0;
function iniFile(place, content) {
  const path = join(place, `${files++}.ini`);
  writeFileSync(path, content);
  return path;
}

/** The three ways to say it: arguments, environment, and how the message calls the source. */
function sourcesOf(place, name, value) {
  const ways = [{ args: [`--${name}=${value}`], source: 'command line' },
    { env: { [variableOf(name)]: value }, source: variableOf(name) }];
  const { key } = options[name];
  if (key && value.length < 150) { // a line of the file has at most 199 characters
    const path = iniFile(place, `; a comment\n[log]\nlevel = info\n\n[${key[0]}]\n  ${key[1]} = ${value}\n`);
    ways.push({ args: ['--config', path], source: `${path}:6` });
  }
  return ways;
}

/** Some at a time: a start takes a few ms, most of it spent waiting. */
async function each(list, body) {
  const rest = [...list];
  const one = async () => {
    for (let item = rest.shift(); item; item = rest.shift()) await body(item);
  };
  await Promise.all(Array.from({ length: 4 }, one));
}

const start = ({ args = [], env = {} }) => runAside(programs.cairnd, args, { env });

async function values() {
  for (const [name, option] of Object.entries(options))
    await test(`--${name}: wrong values are refused with their source, right ones taken`,
      async (scope) => {
        const place = folder(scope);
        // Without --dev and --genesis nothing starts: what is taken ends in the question which chain.
        const wrong = wrongValues(option).flatMap(([value, words]) =>
          sourcesOf(place, name, value).map((way) => ({ ...way, value, words })));
        await each(wrong, async ({ value, words, source, ...way }) => {
          const { code, stderr, stdout } = await start(way);
          const named = `--${name}${shown(option, value, words)} (${source}): `;
          assert(stderr.startsWith(`cairnd: ${named}${words}`), `${named}${words}\n${stderr}`);
          assert.deepEqual([code, stdout], [2, '']);
        });
        if (['dev', 'genesis', 'config', 'help', 'version'].includes(name)) return;
        const right = rightValues(option).flatMap((value) => sourcesOf(place, name, value));
        await each(right, async (way) => {
          const { code, stderr } = await start(way);
          assert.equal(code, 2);
          assert.match(stderr, /^cairnd: which chain\?/);
        });
      }, 60);
}

/** How a message shows the value: a number as it is, a list not at all. */
function shown({ kind }, value, words) {
  if (kind === 'list') return '';
  return /^must be \d/.test(words) ? ` ${value}` : ` "${value}"`;
}

const together = [
  ['no chain', [], /which chain\? give --dev .*, or --genesis FILE/],
  ['two chains', ['--dev', '--genesis', 'x.json'], /--dev and --genesis/],
  ['a throw-away network', ['--genesis', 'x.json', '--temporary'], /--temporary goes with --dev only/],
  ['a throw-away chain with a place', ['--dev', '--temporary', '--data-dir', 'x'], /--temporary and --data-dir/],
  ['rebuilding a throw-away chain', ['--dev', '--temporary', '--reindex'], /--temporary and --reindex/],
  ['a network\'s pace', ['--genesis', 'x.json', '--block-time', '5'], /--block-time goes with --dev only/],
  ['a body above all bodies together', ['--dev', '--rpc-bodies-max', '4MiB'], /--rpc-body-max 5242880: more than --rpc-bodies-max 4194304/],
  ['a password for no key', ['--dev', '--password-file', 'x'], /--password-file goes with --validator-key only/],
  ['a new record for no key', ['--genesis', 'x.json', '--new-validator-state'], /--new-validator-state: no --validator-key/],
  ['another validator for --dev', ['--dev', '--validator-key', 'x'], /--validator-key with --dev/],
  ['an unknown option', ['--dev', '--loud'], /unknown option --loud: see cairnd --help/],
  ['an unknown option with a value', ['--dev', '--loud=1'], /unknown option --loud=1: see cairnd --help/],
  ['a name cut short', ['--de'], /unknown option --de:/],
  ['a word that is no option', ['start'], /"start" is no option: cairnd takes options only/],
  ['a single dash', ['-dev'], /"-dev" is no option/],
  ['two dashes alone', ['--'], /unknown option --:/],
  ['a value that is missing', ['--dev', '--data-dir'], /--data-dir needs DIR behind it/],
  ['an empty text', ['--dev', '--data-dir='], /--data-dir \(command line\): is empty/],
  ['a file that is missing', ['--dev', '--config', '/nowhere/cairn.ini'], /--config: cannot open \/nowhere\/cairn\.ini/],
];

/** [says, content, what the message says behind the file's name] */
const wrongFiles = [
  ['an unknown key', '[rpc]\nlisten = 127.0.0.1:0\nvolume = 11\n', ':3: unknown key "volume" in \\[rpc\\]'],
  ['a key that begins like a known one', '[store]\ntrie-memory = 1048576\ntrie = 5\n', ':3: unknown key "trie" in \\[store\\]'],
  ['a key in the wrong section', '[log]\nlisten = 127.0.0.1:0\n', ':2: unknown key "listen" in \\[log\\]'],
  ['a key of the command line alone', '[node]\ndev = true\n', ':2: unknown key "dev"'],
  ['a key before any section', 'listen = 127.0.0.1:0\n', ':1: unknown key "listen" in \\[\\]'],
  ['an unknown section', '[rcp]\nlisten = 127.0.0.1:0\n', ':2: unknown key "listen" in \\[rcp\\]'],
  ['a section without its end', '\n[rpc\nlisten = x\n', ':2: neither \\[section\\] nor key = value'],
  ['a line without =', '[rpc]\nlisten\n', ':2: neither \\[section\\] nor key = value'],
  ['a value that goes on in the next line', '[rpc]\nvhosts = a.example,\n  b.example\n', ':3: neither'],
  ['the second of two lines with one key', '[rpc]\nbody-max = 1MiB\nbody-max = x\n', ':3\\): not a number'],
  ['a line that is too long', `[rpc]\nvhosts = ${'a'.repeat(5000)}\n`, ':2: longer than \\d+ characters'],
  ['a NUL byte', '[rpc]\nlisten = 127.0.0.1:0\0\n', ':2: holds a NUL byte'],
  ['a file of over a MiB', ';\n'.repeat(600000), ''],
];

async function combinations() {
  for (const [says, args, pattern] of together)
    await test(`refused: ${says}`, async () => {
      const { code, stderr, stdout } = await start({ args });
      assert.match(stderr, new RegExp(`^cairnd: .*(?:${pattern.source})`));
      assert.deepEqual([code, stdout], [2, '']);
    });
  for (const [says, content, words] of wrongFiles)
    await test(`refused in a file: ${says}`, async (scope) => {
      const path = iniFile(folder(scope), content);
      const { code, stderr } = await start({ args: ['--config', path] });
      assert.match(stderr, new RegExp(`^cairnd: .*${path}${words}`));
      assert.equal(code, 2);
    });
}

/** Which --rpc-batch-max won: a running node's refusal tells it. */
async function batchMaxOf(scope, args, env) {
  const node = await Node.start(scope, ['--dev', '--data-dir', folder(scope), ...args], { env });
  const rpc = await Rpc.open(scope, node);
  const { error } = await rpc.raw(`[${Array(200).fill(request('eth_chainId')).join()}]`);
  assertStopped(await node.stop(), node.stderr);
  return Number(/limit (\d+)/.exec(error.message)[1]);
}

async function precedence() {
  await test('the command line wins over the variable, that over the file', async (scope) => {
    const place = folder(scope);
    const path = iniFile(place, '[rpc]\nbatch-max = 7\n');
    const args = ['--config', path];
    const env = { CAIRN_RPC_BATCH_MAX: '8' };
    assert.equal(await batchMaxOf(scope, args), 7);
    assert.equal(await batchMaxOf(scope, args, env), 8);
    assert.equal(await batchMaxOf(scope, [...args, '--rpc-batch-max', '9'], env), 9);
    assert.equal(await batchMaxOf(scope, [...args, '--rpc-batch-max', '9', '--rpc-batch-max=10'], env), 10);
    assert.equal(await batchMaxOf(scope, [], { CAIRN_CONFIG: path }), 7);
    await assert.rejects(batchMaxOf(scope, [], { CAIRN_CONFIG: '/nowhere' }),
      /--config: cannot open \/nowhere/);
  });

  await test('a variable that is empty is not set', async (scope) => {
    const path = iniFile(folder(scope), '[rpc]\nbatch-max = 7\n');
    assert.equal(await batchMaxOf(scope, ['--config', path], { CAIRN_RPC_BATCH_MAX: '' }), 7);
  });

  await test('a file has comments, blanks, and CRLF', async (scope) => {
    const path = iniFile(folder(scope), '\ufeff; all of it\r\n\r\n# and this\r\n[rpc]\r\n'
      + '\tbatch-max=12 ; a dozen\r\n[log]\r\nlevel = info');
    assert.equal(await batchMaxOf(scope, ['--config', path]), 12);
  });

  await test('without --data-dir the chain lies in XDG_DATA_HOME, else in HOME', async (scope) => {
    const home = folder(scope);
    const data = folder(scope);
    for (const [env, where] of [[{ HOME: home, XDG_DATA_HOME: data }, `${data}/cairn/31337`],
      [{ HOME: home, XDG_DATA_HOME: '' }, `${home}/.local/share/cairn/31337`]]) {
      const node = await Node.start(scope, ['--dev'], { env });
      assert(node.stderr.includes(`data directory ${where}\n`), node.stderr);
      assertStopped(await node.stop(), node.stderr);
      assert(readFileSync(join(where, 'STORE-cairn')));
    }
    const { code, stderr } = await start({ args: ['--dev'], env: { HOME: '', XDG_DATA_HOME: '' } });
    assert.match(stderr, /neither XDG_DATA_HOME nor HOME is set: say where by --data-dir DIR/);
    assert.equal(code, 2);
  });

  await test('an address that is reachable is taken, and warned of', async (scope) => {
    const node = await Node.start(scope, ['--dev', '--data-dir', folder(scope), '--rpc-listen',
      '0.0.0.0:0']);
    assert.match(node.stderr, /WARN  rpc: http:\/\/0\.0\.0\.0:\d+ is reachable from other machines and not encrypted: put a TLS proxy in front/);
    const name = await start({ args: ['--dev', '--data-dir', folder(scope), '--rpc-listen',
      'no.such.host.invalid:0'] });
    assert.match(name.stderr, /--rpc-listen no\.such\.host\.invalid:0: /);
    assert.equal(name.code, 2);
  });
}

async function pages() {
  await test('--help names each option, where it may stand, and the exit codes', async () => {
    for (const args of [['--help'], ['-h'], ['--dev', '--genesis', 'x', '--help']]) {
      const { code, stdout, stderr } = await start({ args });
      assert.deepEqual([code, stderr], [0, '']);
      const lines = [...stdout.matchAll(/^ {2}--([a-z-]+).*$/gm)];
      assert.deepEqual(lines.map(([, name]) => name), Object.keys(options),
        'this table and the node\'s hold the same options');
      for (const [line, name] of lines) {
        const [, section, key] = / \[([a-z]+)\] ([a-z-]+)$/.exec(line) ?? [];
        assert.deepEqual(section && [section, key], options[name].key, line);
      }
      assert.match(stdout, /Exit codes: 0 .* 1 .* 2 .*\n3 .* 4 /);
    }
  });

  await test('--version tells the version alone', async () => {
    const { code, stdout, stderr } = await start({ args: ['--version'] });
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /^cairnd \d+\.\d+\.\d+\n$/);
  });
}

export default async function config() {
  await pages();
  await values();
  await combinations();
  await precedence();
}
