// HTTP/1.1 on a bare socket: what is sent stands here byte for byte, requests can be pipelined, and
// answers are told apart by their framing. JSON-RPC on top of it.
import { connect } from 'node:net';

/** One answer off the front of `bytes`: {answer, size}, or null while it is not whole. */
function answerOf(bytes, toHead, ended) {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return null;
  const [first, ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1]);
  if (!status) throw new Error(`not the status line of an answer: ${first}`);
  const headers = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const start = headEnd + 4;
  const bare = toHead || status === 204 || status < 200;
  const length = bare ? 0 : headers['content-length'];
  if (length === undefined && !ended) return null;
  const end = length === undefined ? bytes.length : start + Number(length);
  if (bytes.length < end) return null;
  return { answer: { status, headers, body: bytes.toString('utf8', start, end) }, size: end };
}

export class Connection {
  #bytes = [];
  #size = 0;
  #answers = [];
  #waiters = [];
  #heads = []; // for each answer to come: whether it is to a HEAD

  /** `allowHalfOpen`: does not close when the node does. */
  constructor(port, options = {}) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true, ...options });
    this.opened = new Promise((resolve, reject) => {
      this.socket.once('connect', resolve);
      this.socket.once('error', reject);
    });
    this.opened.catch(() => {});
    this.ended = new Promise((resolve) => {
      this.socket.once('end', () => resolve('end'));
      this.socket.once('close', () => resolve('close'));
    });
    this.closed = new Promise((resolve) => { this.socket.once('close', resolve); });
    this.socket.on('data', (more) => this.#take(more));
    this.socket.on('error', (error) => { this.error = error; });
    this.ended.then(() => this.#end());
  }

  static async open(scope, port, options) {
    const connection = new Connection(port, options);
    scope?.add(() => connection.close());
    await connection.opened;
    return connection;
  }

  /** Bytes as they are. `toHead`: the next answer will have no body. */
  send(bytes, { toHead = false } = {}) {
    this.#heads.push(toHead);
    this.socket.write(bytes);
  }

  /** More bytes of a request whose beginning was sent. */
  write(bytes) { this.socket.write(bytes); }

  #take(more) {
    this.#bytes.push(more);
    this.#size += more.length;
    this.#parse(false);
  }

  #parse(ended) {
    while (this.#size > 0) {
      const bytes = this.#bytes.length === 1 ? this.#bytes[0] : Buffer.concat(this.#bytes);
      const found = answerOf(bytes, this.#heads[0] ?? false, ended);
      this.#bytes = [found ? bytes.subarray(found.size) : bytes];
      this.#size = this.#bytes[0].length;
      if (!found) return;
      if (found.answer.status >= 200) this.#heads.shift();
      const waiter = this.#waiters.shift();
      if (waiter) waiter.resolve(found.answer);
      else this.#answers.push(found.answer);
    }
  }

  #end() {
    this.#parse(true);
    for (const waiter of this.#waiters.splice(0))
      waiter.reject(new Error(`the connection ended${this.error ? `: ${this.error.message}` : ''}`));
  }

  /** The next answer; rejects when the connection ends before it. */
  next() {
    if (this.#answers.length > 0) return Promise.resolve(this.#answers.shift());
    if (this.socket.readableEnded || this.socket.destroyed)
      return Promise.reject(new Error('the connection has ended'));
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  /** How many answers came that nobody asked for. */
  get unread() { return this.#answers.length; }

  end() { this.socket.end(); }
  reset() { this.socket.resetAndDestroy(); return this.closed; }
  close() { this.socket.destroy(); return this.closed; }
}

/** A POST of JSON as the wallets send it. */
export function post(body, { path = '/', host = '127.0.0.1', headers = {} } = {}) {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(body);
  const all = { Host: host, 'Content-Type': 'application/json', 'Content-Length': bytes.length,
    ...headers };
  const head = Object.entries(all).filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${head}\r\n`, 'latin1'), bytes]);
}

export function request(method, params = [], id = 1) {
  return JSON.stringify({ jsonrpc: '2.0', id, method, params });
}

export class RpcError extends Error {
  constructor({ code, message, data }, method) {
    super(`${method}: ${code} ${message}`);
    Object.assign(this, { code, text: message, data });
  }
}

/** JSON-RPC over one keep-alive connection. */
export class Rpc {
  static async open(scope, node) {
    return new Rpc(await Connection.open(scope, node.port));
  }

  constructor(connection) { this.connection = connection; }

  /** Posts a body as it is; the HTTP answer. */
  exchange(body, options) {
    this.connection.send(post(body, options));
    return this.connection.next();
  }

  /** The answer's JSON. */
  async raw(body) {
    const answer = await this.exchange(body);
    if (answer.status !== 200) throw new Error(`HTTP ${answer.status} ${answer.body}`);
    return JSON.parse(answer.body);
  }

  async call(method, ...params) {
    const answer = await this.raw(request(method, params));
    if (answer.error) throw new RpcError(answer.error, method);
    return answer.result;
  }

  /** The error that it must answer with. */
  async refusal(method, ...params) {
    const answer = await this.raw(request(method, params));
    if (!answer.error) throw new Error(`${method} was answered, not refused: ${answer.result}`);
    return answer.error;
  }

  /** Many requests in one body, results in their order. */
  async batch(method, list) {
    const answers = await this.raw(`[${list.map((params, i) => request(method, params, i))}]`);
    return answers.map((answer) => {
      if (answer.error) throw new RpcError(answer.error, method);
      return answer.result;
    });
  }
}
