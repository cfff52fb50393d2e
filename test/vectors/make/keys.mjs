// Keys, signatures, key files.
import { createCipheriv, pbkdf2Sync, scryptSync } from 'node:crypto';
import { data, draw, ethers, fixed, hex, keccak, ORDER, secp256k1 } from './draw.mjs';

const { SigningKey } = ethers;
const addressOf = (publicKey) => ethers.computeAddress(publicKey).toLowerCase();

export function addresses() {
  const random = draw('addresses');
  const secrets = [1n, 2n, 3n, ORDER - 1n, ORDER - 2n].map(fixed);
  while (secrets.length < 48) secrets.push(random.secret());
  const cases = secrets.map((privateKey, i) => {
    const checksum = ethers.computeAddress(privateKey);
    return {
      name: `key ${i}`,
      privateKey,
      publicKey: SigningKey.computePublicKey(privateKey, true),
      address: checksum.toLowerCase(),
      checksum,
    };
  });
  const invalid = [];
  for (const { checksum } of cases.slice(5, 17)) {
    const letter = [...checksum].findIndex((digit, i) => i > 1 && /[a-fA-F]/.test(digit));
    const flipped =
      checksum[letter] === checksum[letter].toLowerCase()
        ? checksum[letter].toUpperCase()
        : checksum[letter].toLowerCase();
    invalid.push({
      name: 'one letter in the wrong case',
      address: checksum.slice(0, letter) + flipped + checksum.slice(letter + 1),
    });
  }
  const { address } = cases[20];
  const forms = {
    '39 digits': address.slice(0, -1),
    '41 digits': `${address}0`,
    'no hex': `${address.slice(0, -1)}g`,
    'no prefix': address.slice(2),
    'a blank behind': `${address} `,
    nothing: '',
    'the prefix alone': '0x',
  };
  for (const [name, text] of Object.entries(forms)) invalid.push({ name, address: text });
  return {
    description:
      'Private key to compressed public key, address and EIP-55 spelling. In invalid: texts that are no validly spelled addresses.',
    invalid,
    cases,
  };
}

/** By ethers, and by noble as well: both must give the same. */
function signBoth(privateKey, msgHash) {
  const one = new SigningKey(privateKey).sign(msgHash);
  const other = secp256k1.sign(msgHash.slice(2), privateKey.slice(2));
  if (BigInt(one.r) !== other.r || BigInt(one.s) !== other.s || one.yParity !== other.recovery)
    throw new Error('two signatures');
  return { r: one.r, s: one.s, recoveryId: one.yParity };
}

export function ecdsa_sign() {
  const random = draw('ecdsa_sign');
  const secrets = [1n, 2n, ORDER - 1n].map(fixed);
  const hashes = [fixed(0), fixed(1), fixed((1n << 256n) - 1n), fixed(ORDER), fixed(ORDER - 1n)];
  while (secrets.length < 40) secrets.push(random.secret());
  const cases = secrets.map((privateKey, i) => {
    const msgHash = hashes[i] ?? hex(random.bytes(32));
    const publicKey = SigningKey.computePublicKey(privateKey, true);
    return {
      name: `signature ${i}`,
      privateKey,
      msgHash,
      ...signBoth(privateKey, msgHash),
      publicKey,
      address: addressOf(publicKey),
    };
  });
  return {
    description:
      'RFC 6979 signatures, s low, with recovery id: private key and hash to r, s, recoveryId, public key and address.',
    cases,
  };
}

/** The key that noble recovers; null: none. */
function recovered({ msgHash, r, s, recoveryId }) {
  try {
    return `0x${new secp256k1.Signature(BigInt(r), BigInt(s)).addRecoveryBit(recoveryId).recoverPublicKey(msgHash.slice(2)).toHex(true)}`;
  } catch {
    return null;
  }
}

export function ecdsa_recover() {
  const random = draw('ecdsa_recover');
  const cases = [];
  const add = (name, signature) => {
    const publicKey = recovered(signature);
    const known =
      publicKey === null
        ? { publicKey }
        : { lowS: BigInt(signature.s) <= ORDER / 2n, publicKey, address: addressOf(publicKey) };
    cases.push({ name, ...signature, ...known });
  };
  const some = () => {
    const msgHash = hex(random.bytes(32));
    return { msgHash, ...signBoth(random.secret(), msgHash) };
  };

  for (let i = 0; i < 16; i++) add(`as signed, ${i}`, some());
  for (let i = 0; i < 10; i++) {
    const one = some();
    add(`its mirror with a high s, ${i}`, { ...one, s: fixed(ORDER - BigInt(one.s)), recoveryId: 1 - one.recoveryId });
  }
  for (let i = 0; i < 8; i++) {
    const one = some();
    add(`another hash, ${i}`, { ...one, msgHash: hex(random.bytes(32)) });
    add(`the other id, ${i}`, { ...one, recoveryId: 1 - one.recoveryId });
  }
  for (let i = 0; i < 6; i++) add(`r drawn, ${i}`, { ...some(), r: hex(random.bytes(32)) });
  for (const [name, change] of Object.entries({
    'r is 0': { r: fixed(0) },
    's is 0': { s: fixed(0) },
    'r is n': { r: fixed(ORDER) },
    's is n': { s: fixed(ORDER) },
    'r is the largest number': { r: fixed((1n << 256n) - 1n) },
    's is the largest number': { s: fixed((1n << 256n) - 1n) },
    'r is no x of the curve': { r: fixed(5) },
  }))
    add(name, { ...some(), ...change });
  for (const recoveryId of [2, 3]) add(`id ${recoveryId} with an r that leaves no room`, { ...some(), recoveryId });
  return {
    description:
      'Public key recovery: hash, r, s, recoveryId to public key and address; publicKey null: none recovers.',
    cases,
  };
}

export function ecdsa_verify() {
  const random = draw('ecdsa_verify');
  const cases = [];
  const add = (name, publicKey, msgHash, sig) => {
    let valid = false;
    try {
      valid =
        data(sig).length === 64 &&
        secp256k1.verify(sig.slice(2), msgHash.slice(2), publicKey.slice(2), { lowS: false });
    } catch {
      valid = false;
    }
    const low = valid ? { lowS: BigInt(`0x${sig.slice(66)}`) <= ORDER / 2n } : {};
    cases.push({ name, publicKey, msgHash, sig, valid, ...low });
  };

  for (let i = 0; i < 8; i++) {
    const secret = random.secret();
    const publicKey = SigningKey.computePublicKey(secret, i % 2 === 0);
    const msgHash = hex(random.bytes(32));
    const { r, s } = signBoth(secret, msgHash);
    const sig = (a, b) => `0x${a.slice(2)}${b.slice(2)}`;

    add(`as signed, ${i}`, publicKey, msgHash, sig(r, s));
    add(`s high, ${i}`, publicKey, msgHash, sig(r, fixed(ORDER - BigInt(s))));
    add(`another hash, ${i}`, publicKey, hex(random.bytes(32)), sig(r, s));
    add(`another key, ${i}`, SigningKey.computePublicKey(random.secret(), true), msgHash, sig(r, s));
    add(`r and s exchanged, ${i}`, publicKey, msgHash, sig(s, r));
    add(`r is 0, ${i}`, publicKey, msgHash, sig(fixed(0), s));
    add(`s is n, ${i}`, publicKey, msgHash, sig(r, fixed(ORDER)));
    add(`63 bytes, ${i}`, publicKey, msgHash, sig(r, s).slice(0, -2));
  }
  return {
    description: 'ECDSA verification, sig = r || s. valid is the textbook result; lowS says whether a ledger takes it.',
    cases,
  };
}

export function pubkey_parse() {
  const random = draw('pubkey_parse');
  const cases = [];
  const add = (name, publicKey) => {
    let point = null;
    try {
      point = secp256k1.ProjectivePoint.fromHex(publicKey.slice(2));
    } catch {
      point = null;
    }
    cases.push(
      point === null
        ? { name, publicKey, valid: false }
        : {
            name,
            publicKey,
            valid: true,
            compressed: `0x${point.toHex(true)}`,
            uncompressed: `0x${point.toHex(false)}`,
          },
    );
  };
  const P = secp256k1.CURVE.p;

  for (let i = 0; i < 12; i++) add(`a point, ${i}`, SigningKey.computePublicKey(random.secret(), i % 2 === 0));
  for (let i = 0; i < 12; i++) add(`x drawn, ${i}`, `0x0${2 + (i % 2)}${hex(random.bytes(32)).slice(2)}`);
  const whole = SigningKey.computePublicKey(random.secret(), false);
  const compressed = SigningKey.computePublicKey(random.secret(), true);
  add('y of another point', whole.slice(0, 68) + hex(random.bytes(32)).slice(2));
  for (const tag of ['00', '01', '05', '06', '07', 'ff']) add(`tag ${tag}, whole`, `0x${tag}${whole.slice(4)}`);
  for (const tag of ['00', '01', '04', '05', '06']) add(`tag ${tag}, compressed`, `0x${tag}${compressed.slice(4)}`);
  for (const tag of ['02', '03']) add(`tag ${tag} with both coordinates`, `0x${tag}${whole.slice(4)}`);
  for (const x of [0n, P, P + 1n, (1n << 256n) - 1n]) add(`x ${x}`, `0x02${fixed(x).slice(2)}`);
  add('nothing', '0x');
  add('a byte short', compressed.slice(0, -2));
  add('a byte too many', `${compressed}00`);
  add('whole, a byte short', whole.slice(0, -2));
  add('whole, a byte too many', `${whole}00`);
  add('both coordinates without a tag', `0x${whole.slice(4)}`);
  return { description: 'Public keys to accept (33 bytes, or 65 with 04) or refuse.', cases };
}

export function aes128_ctr() {
  const random = draw('aes128_ctr');
  const ivs = [
    'ffffffffffffffffffffffffffffffff',
    'fffffffffffffffffffffffffffffffe',
    '00000000000000000000000000000000',
    '0000000000000000ffffffffffffffff',
  ];
  const cases = [0, 1, 15, 16, 17, 31, 32, 33, 48, 64, 100, 255, 256, 32, 32, 32, 64, 64, 64, 64].map((size, i) => {
    const key = random.bytes(16);
    const iv = ivs[i - 16] ? Buffer.from(ivs[i - 16], 'hex') : random.bytes(16);
    const plaintext = random.bytes(size);
    const cipher = createCipheriv('aes-128-ctr', key, iv);
    return {
      name: `${size} bytes, ${i}`,
      key: hex(key),
      iv: hex(iv),
      plaintext: hex(plaintext),
      ciphertext: hex(Buffer.concat([cipher.update(plaintext), cipher.final()])),
    };
  });
  return { description: 'AES-128-CTR; the counter is the whole iv, big-endian.', cases };
}

export function kdf() {
  const random = draw('kdf');
  const cases = Array.from({ length: 24 }, (_, i) => {
    const password = random.bytes([0, 1, 8, 20, 63, 64, 65, 100][i % 8]);
    const salt = random.bytes([0, 8, 16, 32, 64][i % 5]);
    const dkLen = [16, 32, 32, 40, 64, 100][i % 6];
    const iterations = 1 + random.below(500);
    const [N, r, p] = [2 ** (1 + (i % 11)), [1, 2, 4, 8][i % 4], [1, 1, 2, 4][(i >> 1) % 4]];
    return {
      name: `password of ${password.length}, salt of ${salt.length}, ${i}`,
      password: hex(password),
      salt: hex(salt),
      dkLen,
      pbkdf2: { algorithm: 'sha256', iterations, key: hex(pbkdf2Sync(password, salt, iterations, dkLen, 'sha256')) },
      scrypt: { N, r, p, key: hex(scryptSync(password, salt, dkLen, { N, r, p, maxmem: 2 ** 28 })) },
    };
  });
  return { description: 'PBKDF2-HMAC and scrypt of the same password and salt (bytes as hex).', cases };
}

// ---- key files, put together here: Web3 Secret Storage version 3 ----

function keyFile(random, { secret, password, kdf: name, over = {} }) {
  const salt = random.bytes(32);
  const iv = random.bytes(16);
  const params =
    name === 'scrypt'
      ? { dklen: 32, n: 1024, r: 8, p: 1, salt: salt.toString('hex') }
      : { dklen: 32, c: 1000, prf: 'hmac-sha256', salt: salt.toString('hex') };
  const key =
    name === 'scrypt'
      ? scryptSync(password, salt, 32, { N: 1024, r: 8, p: 1 })
      : pbkdf2Sync(password, salt, 1000, 32, 'sha256');
  const cipher = createCipheriv('aes-128-ctr', key.subarray(0, 16), iv);
  const ciphertext = Buffer.concat([cipher.update(data(secret)), cipher.final()]);
  const crypto = {
    cipher: 'aes-128-ctr',
    cipherparams: { iv: iv.toString('hex') },
    ciphertext: ciphertext.toString('hex'),
    kdf: name,
    kdfparams: params,
    mac: keccak(Buffer.concat([key.subarray(16, 32), ciphertext])).toString('hex'),
    ...over.crypto,
  };
  const id = random
    .bytes(16)
    .toString('hex')
    .replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  const address = ethers.computeAddress(secret).slice(2).toLowerCase();
  return { address, crypto, id, version: 3, ...over.file };
}

export async function keystore() {
  const random = draw('keystore');
  const cases = [];
  const invalid = [];
  const passwords = ['', 'a', 'correct horse', 'pässwörd', '密码', 'x'.repeat(200), ' blanks ', '"quotes"\\'];
  for (let i = 0; i < 20; i++) {
    const secret = random.secret();
    const password = passwords[i % passwords.length];
    const json = keyFile(random, { secret, password, kdf: i % 2 === 0 ? 'scrypt' : 'pbkdf2' });
    if (i % 5 === 3) {
      json.Crypto = json.crypto;
      delete json.crypto;
    }
    if (i % 5 === 4) delete json.address;
    const wallet = await ethers.decryptKeystoreJson(
      JSON.stringify(i % 5 === 4 ? { ...json, address: ethers.computeAddress(secret).slice(2) } : json),
      password,
    );
    if (wallet.privateKey !== secret) throw new Error('another key');
    cases.push({
      name: `${i % 2 === 0 ? 'scrypt' : 'pbkdf2'}, ${i}`,
      password,
      json,
      privateKey: secret,
      address: ethers.computeAddress(secret).toLowerCase(),
    });
  }
  const refuse = (name, over, other = 'password') =>
    invalid.push({
      name,
      json: keyFile(random, { secret: random.secret(), password: 'password', kdf: 'scrypt', over }),
      password: other,
    });
  const without = (key) => ({ crypto: { [key]: undefined } });

  refuse('another password', {}, 'Password');
  refuse('version 2', { file: { version: 2 } });
  refuse('no version', { file: { version: undefined } });
  refuse('no section crypto', { file: { crypto: undefined } });
  for (const key of ['cipher', 'cipherparams', 'ciphertext', 'kdf', 'kdfparams', 'mac'])
    refuse(`no ${key}`, without(key));
  refuse('another cipher', { crypto: { cipher: 'aes-128-cbc' } });
  refuse('another kdf', { crypto: { kdf: 'argon2id' } });
  refuse('the mac changed', { crypto: { mac: random.bytes(32).toString('hex') } });
  refuse('the mac a byte short', { crypto: { mac: random.bytes(31).toString('hex') } });
  refuse('the ciphertext changed', { crypto: { ciphertext: random.bytes(32).toString('hex') } });
  refuse('the iv a byte short', { crypto: { cipherparams: { iv: random.bytes(15).toString('hex') } } });
  for (const n of [0, 1, 3, 1000, -1024, 2 ** 40])
    refuse(`scrypt with n ${n}`, {
      crypto: { kdfparams: { dklen: 32, n, r: 8, p: 1, salt: random.bytes(32).toString('hex') } },
    });
  refuse('a key of 16 bytes', {
    crypto: { kdfparams: { dklen: 16, n: 1024, r: 8, p: 1, salt: random.bytes(32).toString('hex') } },
  });
  return {
    description:
      'Web3 Secret Storage version 3: key file and password to private key and address. Some write the section as Crypto, some name no address: both are read. In invalid: files to refuse.',
    invalid,
    cases,
  };
}
