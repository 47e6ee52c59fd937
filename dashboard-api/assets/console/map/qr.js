// A text as a QR code (ISO/IEC 18004:2015): byte mode, error correction level M, the smallest version that holds it, the mask
// with the lowest penalty. It answers the modules; drawing them is the caller's.

// Table 9, level M, by version: error correction codewords per block, and blocks.
const ECC_PER_BLOCK = [
  10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26,
  26, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28,
];
const BLOCKS = [
  1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16,
  17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33, 35, 37, 38, 40, 43, 45, 47, 49,
];
const LEVEL_M = 0b00;
const BYTE_MODE = 0b0100;

/** The modules of a text, row by row, true for dark, without the quiet zone; null where no code holds it. */
export function qrModules(text, onlyMask = null) {
  const bytes = [...new TextEncoder().encode(text)];
  const version = smallestVersion(bytes.length);
  if (!version) return null;
  const codewords = interleaved(version, dataCodewords(version, bytes));
  const symbol = frame(version);
  placeBits(symbol, codewords);
  let best = null;
  for (let mask = 0; mask < 8; mask += 1) {
    if (onlyMask !== null && mask !== onlyMask) continue;
    const modules = masked(symbol, version, mask);
    const cost = penalty(modules);
    if (!best || cost < best.cost) best = { cost, modules };
  }
  return best.modules;
}

/** The same as one SVG path, with the quiet zone of four modules: `{side, d}`. */
export function qrPath(text) {
  const modules = qrModules(text);
  if (!modules) return null;
  let d = "";
  modules.forEach((row, y) => row.forEach((dark, x) => {
    if (dark) d += `M${x + 4},${y + 4}h1v1h-1z`;
  }));
  return { side: modules.length + 8, d };
}

// Modules that carry data or error correction: all but the function patterns (clause 6.3, annex E).
function rawBits(version) {
  const side = 17 + 4 * version;
  const inside = side * side - 3 * 64 - 2 * (side - 16) - 31;
  if (version === 1) return inside;
  const lines = alignmentCentres(version).length;
  const alignment = (lines * lines - 3) * 25 - 2 * (lines - 2) * 5;
  return inside - alignment - (version >= 7 ? 36 : 0);
}

const dataBytes = (version) => Math.floor(rawBits(version) / 8) - ECC_PER_BLOCK[version - 1] * BLOCKS[version - 1];

const countBits = (version) => (version < 10 ? 8 : 16);

function smallestVersion(length) {
  for (let version = 1; version <= 40; version += 1) {
    if (4 + countBits(version) + 8 * length <= 8 * dataBytes(version)) return version;
  }
  return null;
}

function dataCodewords(version, bytes) {
  const bits = [];
  const push = (value, count) => {
    for (let i = count - 1; i >= 0; i -= 1) bits.push((value >>> i) & 1);
  };
  push(BYTE_MODE, 4);
  push(bytes.length, countBits(version));
  bytes.forEach((byte) => push(byte, 8));
  const room = 8 * dataBytes(version);
  push(0, Math.min(4, room - bits.length));
  while (bits.length % 8) bits.push(0);
  for (let pad = 0xec; bits.length < room; pad ^= 0xec ^ 0x11) push(pad, 8);
  const words = [];
  for (let i = 0; i < bits.length; i += 8) words.push(parseInt(bits.slice(i, i + 8).join(""), 2));
  return words;
}

// Blocks of data, the longer ones last, each with its error correction, dealt out in turn (clause 7.6).
function interleaved(version, data) {
  const count = BLOCKS[version - 1];
  const short = Math.floor(data.length / count);
  const longer = data.length % count;
  const generator = generatorOf(ECC_PER_BLOCK[version - 1]);
  const blocks = [];
  for (let i = 0, at = 0; i < count; i += 1) {
    const length = short + Number(i >= count - longer);
    const words = data.slice(at, at + length);
    blocks.push({ words, ecc: remainder(words, generator) });
    at += length;
  }
  const out = [];
  for (let i = 0; i <= short; i += 1) blocks.forEach(({ words }) => i < words.length && out.push(words[i]));
  for (let i = 0; i < generator.length; i += 1) blocks.forEach(({ ecc }) => out.push(ecc[i]));
  return out;
}

// Multiplication in GF(256) by x^8 + x^4 + x^3 + x^2 + 1 (clause 7.5.2).
function times(a, b) {
  let product = 0;
  for (let i = 7; i >= 0; i -= 1) {
    product = (product << 1) ^ ((product >>> 7) * 0x11d);
    if ((b >>> i) & 1) product ^= a;
  }
  return product;
}

function generatorOf(degree) {
  const generator = new Array(degree).fill(0);
  generator[degree - 1] = 1;
  for (let i = 0, root = 1; i < degree; i += 1, root = times(root, 2)) {
    for (let j = 0; j < degree; j += 1) generator[j] = times(generator[j], root) ^ (generator[j + 1] ?? 0);
  }
  return generator;
}

function remainder(words, generator) {
  const rest = new Array(generator.length).fill(0);
  for (const word of words) {
    const factor = word ^ rest.shift();
    rest.push(0);
    generator.forEach((coefficient, i) => {
      rest[i] ^= times(coefficient, factor);
    });
  }
  return rest;
}

// Centres of alignment patterns along one side (annex E).
function alignmentCentres(version) {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const end = 4 * version + 10;
  const step = version === 32 ? 26 : 2 * Math.ceil((end - 6) / (2 * (count - 1)));
  const centres = [6];
  for (let i = count - 2; i >= 0; i -= 1) centres.push(end - i * step);
  return centres;
}

// An empty symbol with its function patterns: `dark`, and `fixed` for modules that carry no data.
function frame(version) {
  const side = 17 + 4 * version;
  const dark = Array.from({ length: side }, () => new Array(side).fill(false));
  const fixed = Array.from({ length: side }, () => new Array(side).fill(false));
  const set = (x, y, isDark) => {
    if (x < 0 || y < 0 || x >= side || y >= side) return;
    dark[y][x] = isDark;
    fixed[y][x] = true;
  };
  for (let i = 0; i < side; i += 1) {
    set(6, i, i % 2 === 0);
    set(i, 6, i % 2 === 0);
  }
  for (const [cx, cy] of [[3, 3], [side - 4, 3], [3, side - 4]]) ring(set, cx, cy, 4, (distance) => distance !== 2 && distance !== 4);
  const centres = alignmentCentres(version);
  for (const cy of centres) {
    for (const cx of centres) {
      const isFinder = (cx === 6 && (cy === 6 || cy === side - 7)) || (cx === side - 7 && cy === 6);
      if (!isFinder) ring(set, cx, cy, 2, (distance) => distance !== 1);
    }
  }
  const symbol = { side, dark, fixed, set };
  writeFormat(symbol, 0);
  if (version >= 7) writeVersion(symbol, version);
  return symbol;
}

function ring(set, cx, cy, radius, isDark) {
  for (let dy = -radius; dy <= radius; dy += 1) {
    for (let dx = -radius; dx <= radius; dx += 1) set(cx + dx, cy + dy, isDark(Math.max(Math.abs(dx), Math.abs(dy))));
  }
}

// Level and mask behind a (15, 5) BCH code (annex C), twice.
function writeFormat({ side, set }, mask) {
  const data = (LEVEL_M << 3) | mask;
  let rest = data;
  for (let i = 0; i < 10; i += 1) rest = (rest << 1) ^ ((rest >>> 9) * 0x537);
  const bits = ((data << 10) | rest) ^ 0x5412;
  const bit = (i) => ((bits >>> i) & 1) === 1;
  for (let i = 0; i < 15; i += 1) {
    if (i < 8) set(8, i + Number(i >= 6), bit(i));
    else set(i === 8 ? 7 : 14 - i, 8, bit(i));
    if (i < 8) set(side - 1 - i, 8, bit(i));
    else set(8, side - 15 + i, bit(i));
  }
  set(8, side - 8, true);
}

// The version behind an (18, 6) BCH code (annex D), twice.
function writeVersion({ side, set }, version) {
  let rest = version;
  for (let i = 0; i < 12; i += 1) rest = (rest << 1) ^ ((rest >>> 11) * 0x1f25);
  const bits = (version << 12) | rest;
  for (let i = 0; i < 18; i += 1) {
    const isDark = ((bits >>> i) & 1) === 1;
    const [a, b] = [side - 11 + (i % 3), Math.floor(i / 3)];
    set(a, b, isDark);
    set(b, a, isDark);
  }
}

// Two columns at a time from the right, up and down in turn (clause 7.7.3).
function placeBits({ side, dark, fixed }, codewords) {
  let at = 0;
  let isUp = true;
  for (let right = side - 1; right > 0; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < side; step += 1) {
      const y = isUp ? side - 1 - step : step;
      for (const x of [right, right - 1]) {
        if (fixed[y][x]) continue;
        dark[y][x] = (((codewords[at >>> 3] ?? 0) >>> (7 - (at & 7))) & 1) === 1;
        at += 1;
      }
    }
    isUp = !isUp;
  }
}

const MASKS = [
  (x, y) => (x + y) % 2, (x, y) => y % 2, (x) => x % 3, (x, y) => (x + y) % 3,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2, (x, y) => ((x * y) % 2) + ((x * y) % 3),
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2, (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2,
];

function masked({ side, dark, fixed }, version, mask) {
  const modules = dark.map((row, y) => row.map((isDark, x) => (fixed[y][x] ? isDark : isDark !== (MASKS[mask](x, y) === 0))));
  const set = (x, y, isDark) => {
    modules[y][x] = isDark;
  };
  writeFormat({ side, set }, mask);
  return modules;
}

// The four penalties of clause 7.8.3.
function penalty(modules) {
  const side = modules.length;
  const columns = modules.map((_, x) => modules.map((row) => row[x]));
  let cost = 0;
  for (const line of [...modules, ...columns]) cost += runs(line) + finders(line);
  let darkCount = 0;
  for (let y = 0; y < side; y += 1) {
    for (let x = 0; x < side; x += 1) {
      darkCount += Number(modules[y][x]);
      const isBlock = x && y && [modules[y - 1][x], modules[y][x - 1], modules[y - 1][x - 1]].every((one) => one === modules[y][x]);
      if (isBlock) cost += 3;
    }
  }
  return cost + 10 * Math.floor(Math.abs((darkCount * 20) / (side * side) - 10));
}

function runs(line) {
  let cost = 0;
  for (let i = 0, length = 0; i < line.length; i += 1) {
    length = i && line[i] === line[i - 1] ? length + 1 : 1;
    if (length === 5) cost += 3;
    else if (length > 5) cost += 1;
  }
  return cost;
}

// What looks like a finder pattern with four light modules on one side.
function finders(line) {
  const text = line.map((isDark) => (isDark ? "1" : "0")).join("");
  let cost = 0;
  for (const pattern of ["10111010000", "00001011101"]) {
    for (let at = text.indexOf(pattern); at >= 0; at = text.indexOf(pattern, at + 1)) cost += 40;
  }
  return cost;
}
