// AssemblyScript, compiled to sha256.wasm by `npm run build:wasm`. SHA-256 (FIPS 180-4) whose whole state lives in
// 112 bytes of memory, so that a hash can stop after one request and go on in another. The platform's own hashes are
// faster but cannot be stopped.
//
// Memory:  0 state (8 × u32)   32 message length so far (u64)   40 bytes waiting (u32)   48 waiting block (64 bytes)
//        128 message schedule (64 × u32)   1024 input window; the round constants are static data behind it

const STATE: usize = 0;
const LENGTH: usize = 32;
const WAITING: usize = 40;
const BLOCK: usize = 48;
const W: usize = 128;
export const INPUT: usize = 1024;
export const INPUT_SIZE: usize = 65536;
export const STATE_SIZE: usize = 112;

const K: usize = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);

@inline function s0(x: u32): u32 { return rotr(x, 7) ^ rotr(x, 18) ^ (x >>> 3); }
@inline function s1(x: u32): u32 { return rotr(x, 17) ^ rotr(x, 19) ^ (x >>> 10); }
@inline function S0(x: u32): u32 { return rotr(x, 2) ^ rotr(x, 13) ^ rotr(x, 22); }
@inline function S1(x: u32): u32 { return rotr(x, 6) ^ rotr(x, 11) ^ rotr(x, 25); }
@inline function choose(x: u32, y: u32, z: u32): u32 { return z ^ (x & (y ^ z)); }
@inline function majority(x: u32, y: u32, z: u32): u32 { return (x & y) | (z & (x | y)); }
@inline function t1(e: u32, f: u32, g: u32, h: u32, i: usize): u32 {
  return h + S1(e) + choose(e, f, g) + load<u32>(K + (i << 2)) + load<u32>(W + (i << 2));
}
@inline function t2(a: u32, b: u32, c: u32): u32 { return S0(a) + majority(a, b, c); }

export function reset(): void {
  memory.fill(STATE, 0, STATE_SIZE);
  store<u32>(0, 0x6a09e667); store<u32>(4, 0xbb67ae85); store<u32>(8, 0x3c6ef372); store<u32>(12, 0xa54ff53a);
  store<u32>(16, 0x510e527f); store<u32>(20, 0x9b05688c); store<u32>(24, 0x1f83d9ab); store<u32>(28, 0x5be0cd19);
}

function compress(source: usize): void {
  for (let i: usize = 0; i < 64; i += 4) store<u32>(W + i, bswap(load<u32>(source + i)));
  for (let i: usize = 64; i < 256; i += 4) {
    store<u32>(
      W + i,
      s1(load<u32>(W + i - 8)) + load<u32>(W + i - 28) + s0(load<u32>(W + i - 60)) + load<u32>(W + i - 64),
    );
  }
  let a = load<u32>(0), b = load<u32>(4), c = load<u32>(8), d = load<u32>(12);
  let e = load<u32>(16), f = load<u32>(20), g = load<u32>(24), h = load<u32>(28);
  let t: u32;
  // Eight rounds a turn: the eight variables trade names instead of values.
  for (let i: usize = 0; i < 64; i += 8) {
    t = t1(e, f, g, h, i); d += t; h = t + t2(a, b, c);
    t = t1(d, e, f, g, i + 1); c += t; g = t + t2(h, a, b);
    t = t1(c, d, e, f, i + 2); b += t; f = t + t2(g, h, a);
    t = t1(b, c, d, e, i + 3); a += t; e = t + t2(f, g, h);
    t = t1(a, b, c, d, i + 4); h += t; d = t + t2(e, f, g);
    t = t1(h, a, b, c, i + 5); g += t; c = t + t2(d, e, f);
    t = t1(g, h, a, b, i + 6); f += t; b = t + t2(c, d, e);
    t = t1(f, g, h, a, i + 7); e += t; a = t + t2(b, c, d);
  }
  store<u32>(0, load<u32>(0) + a); store<u32>(4, load<u32>(4) + b);
  store<u32>(8, load<u32>(8) + c); store<u32>(12, load<u32>(12) + d);
  store<u32>(16, load<u32>(16) + e); store<u32>(20, load<u32>(20) + f);
  store<u32>(24, load<u32>(24) + g); store<u32>(28, load<u32>(28) + h);
}

/** Takes `length` bytes from the input window. */
export function update(length: u32): void {
  let source: usize = INPUT;
  let left: usize = length;
  let waiting: usize = load<u32>(WAITING);
  store<u64>(LENGTH, load<u64>(LENGTH) + length);
  if (waiting > 0) {
    const take = min<usize>(64 - waiting, left);
    memory.copy(BLOCK + waiting, source, take);
    waiting += take; source += take; left -= take;
    if (waiting < 64) { store<u32>(WAITING, <u32>waiting); return; }
    compress(BLOCK);
    waiting = 0;
  }
  while (left >= 64) { compress(source); source += 64; left -= 64; }
  if (left > 0) memory.copy(BLOCK, source, left);
  store<u32>(WAITING, <u32>left);
}

/** Pads and finishes; the hash is then in the first 32 bytes, big-endian. */
export function finish(): void {
  let waiting: usize = load<u32>(WAITING);
  store<u8>(BLOCK + waiting, 0x80);
  waiting += 1;
  if (waiting > 56) {
    memory.fill(BLOCK + waiting, 0, 64 - waiting);
    compress(BLOCK);
    waiting = 0;
  }
  memory.fill(BLOCK + waiting, 0, 56 - waiting);
  store<u64>(BLOCK + 56, bswap(load<u64>(LENGTH) << 3));
  compress(BLOCK);
  for (let i: usize = 0; i < 32; i += 4) store<u32>(i, bswap(load<u32>(i)));
}
