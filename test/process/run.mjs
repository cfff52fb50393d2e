// The process tests: real nodes, real sockets, real kills. `node run.mjs [SUITE…]`, programs by
// CAIRND, CAIRN and CHECKER; all suites but kill9 when none is named. TAP to standard output.
import { finish, report, say } from './harness.mjs';

const suites = process.argv.length > 2 ? process.argv.slice(2)
  : ['start', 'config', 'badinput', 'server'];

process.on('unhandledRejection', (error) => report('what fails is awaited', error));
console.log('TAP version 13');
for (const suite of suites) {
  const start = performance.now();
  try {
    const { default: body } = await import(`./${suite}.mjs`);
    await body();
  } catch (error) {
    report(`suite ${suite} runs to its end`, error);
  }
  say(`${suite}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
}
process.exitCode = finish();
