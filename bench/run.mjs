// All figures in one run: the library's beside the bare calls, the node's beside anvil. One line a figure: name, median, unit, ratio to what.
//   node run.mjs [--json] [--quick] [--page doc/performance.md]
// BUILD names the build folder. --page rewrites the table between the marks of that page from this run's output.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync, existsSync } from "node:fs";
import { cpus, tmpdir, release } from "node:os";
import { join, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import http from "node:http";

const here = dirname(fileURLToPath(import.meta.url));
const build = process.env.BUILD ?? join(here, "..", "build");
const options = process.argv.slice(2);
const json = options.includes("--json");
const quick = options.includes("--quick");
const page = options.includes("--page") ? options[options.indexOf("--page") + 1] : null;
const figures = [];

function figure(name, median, unit, ratio, against) {
  const row = { name, median, unit, ...(ratio === undefined ? {} : { ratio, against }) };
  figures.push(row);
  if (json) console.log(JSON.stringify(row));
  else console.log(`${name.padEnd(58)} ${number(median).padStart(12)} ${unit.padEnd(14)} ${ratio === undefined ? "" : `${number(ratio).padStart(8)} x ${against}`}`);
}
const number = (value) => (value >= 1000 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(4))));
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

// ---- the library ----

function library() {
  const size = quick ? ["--accounts", "100000", "--blocks", "5"] : ["--accounts", "1000000", "--blocks", "30"];
  const run = spawnSync(join(build, "bench/bench"), ["--json", ...size], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  if (run.status !== 0) throw new Error("bench/bench failed");
  for (const line of run.stdout.trim().split("\n")) {
    const row = JSON.parse(line);
    figure(row.name, row.median, row.unit, row.ratio, row.against);
  }
}

// ---- nodes ----

function call(port, method, params = []) {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  return new Promise((resolve, reject) => {
    const request = http.request({ host: "127.0.0.1", port, method: "POST", headers: { "Content-Type": "application/json", "Content-Length": body.length } }, (answer) => {
      let text = "";
      answer.on("data", (chunk) => (text += chunk));
      answer.on("end", () => resolve(JSON.parse(text).result));
    });
    request.on("error", reject);
    request.end(body);
  });
}

// Resolves once the node answers; the seconds from its start.
async function started(command, args, port) {
  const start = performance.now();
  const child = spawn(command, args, { stdio: "ignore" });
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${command} ended with ${child.exitCode}`);
    try {
      await call(port, "eth_chainId");
      return { child, seconds: (performance.now() - start) / 1000 };
    } catch {
      await new Promise((resolve) => setImmediate(resolve)); // anvil tells nobody that it is ready
    }
  }
}

function memory(pid) {
  return Number(/RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024;
}

// Seconds of processor time so far: user and system, all threads.
function processor(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function stopped(child) {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await ended;
}

function load(kind, port, connections, ...more) {
  const run = spawnSync(join(build, "bench/load"), [kind, "127.0.0.1", String(port), String(connections), ...more.map(String)], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  if (run.status !== 0) throw new Error(`bench/load ${kind} failed`);
  return JSON.parse(run.stdout);
}

async function measure(node) {
  const at = node.port;
  const { child, seconds } = await started(node.command, node.args, at);
  const rest = memory(child.pid);
  const cpu = processor(child.pid);
  const balance = load("balance", at, 64, quick ? 2 : 5);
  const cost = ((processor(child.pid) - cpu) / balance.balances) * 1e6;
  const pipelined = load("balance", at, 64, quick ? 2 : 5, 16);
  const transfers = load("transfers", at, 200, quick ? 25 : 100);
  await stopped(child);
  return { start: seconds, rest, balance: balance.perSecond, cost, pipelined: pipelined.perSecond, accepted: transfers.acceptedPerSecond, included: transfers.includedPerSecond };
}

async function nodes() {
  const directory = mkdtempSync(join(tmpdir(), "cairn-bench-"));
  const anvil = join(here, "node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil");
  if (!existsSync(anvil)) spawnSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: here, stdio: "inherit" });
  const cairnd = join(build, "cairnd");
  const port = 20000 + (process.pid % 20000);
  const contenders = {
    cairn: { port, command: cairnd, args: ["--dev", "--data-dir", join(directory, "a"), "--block-time", "1000", "--rpc-listen", `127.0.0.1:${port}`] },
    cairn0: { port: port + 1, command: cairnd, args: ["--dev", "--data-dir", join(directory, "b"), "--rpc-listen", `127.0.0.1:${port + 1}`] },
    anvil: { port: port + 2, command: anvil, args: ["--silent", "--port", String(port + 2), "--block-time", "1", "--gas-limit", "1000000000", "--order", "fees"] },
  };
  const runs = { cairn: [], cairn0: [], anvil: [] };
  try {
    // In turns, so that the machine's moods meet all of them.
    for (let round = 0; round < (quick ? 1 : 3); round++)
      for (const name of Object.keys(contenders)) {
        rmSync(directory, { recursive: true, force: true });
        runs[name].push(await measure(contenders[name]));
      }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  const of = (name, key) => median(runs[name].map((run) => run[key]));
  const beside = (name, key, unit, says) => figure(says, of(name, key), unit, of(name, key) / of("anvil", key), "anvil");
  for (const [key, unit, says] of [
    ["balance", "1/s", "eth_getBalance, one under way a connection"],
    ["cost", "us", "processor time of the node for one of them"],
    ["pipelined", "1/s", "eth_getBalance, 16 pipelined a connection"],
    ["accepted", "1/s", "transfers accepted, on the disk before each answer"],
    ["included", "1/s", "transfers included"],
    ["start", "s", "start to first answer"],
    ["rest", "MiB", "memory at rest (RssAnon)"],
  ]) {
    figure(`anvil, block time 1 s: ${says.replace(", on the disk before each answer", "")}`, of("anvil", key), unit);
    beside("cairn", key, unit, `cairnd, block time 1 s: ${says}`);
    beside("cairn0", key, unit, `cairnd, block time 0: ${says}`);
  }
}

// ---- the page ----

function writePage(path) {
  const begin = "<!-- figures -->";
  const end = "<!-- end of figures -->";
  const text = readFileSync(path, "utf8");
  const machine = `${cpus().length} cores of ${cpus()[0].model.trim()}, Linux ${release()}`;
  const table = ["", `Measured on ${machine}, by \`make bench-page\`.`, "", "| figure | median | unit | ratio | to |", "| --- | --: | --- | --: | --- |", ...figures.map((row) => `| ${row.name} | ${number(row.median)} | ${row.unit} | ${row.ratio === undefined ? "" : number(row.ratio)} | ${row.against ?? ""} |`), ""];
  if (!text.includes(begin) || !text.includes(end)) throw new Error(`${path} has no marks ${begin} … ${end}`);
  writeFileSync(path, text.slice(0, text.indexOf(begin) + begin.length) + "\n" + table.join("\n") + text.slice(text.indexOf(end)));
}

library();
await nodes();
if (page) writePage(page);
