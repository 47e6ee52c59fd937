// Reads the measurements that the daemon tells in the text form of Prometheus: values by name and labels, and how long something
// took at most in so many of a hundred cases. It asks nothing. No DOM.

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

// Samples by name: Map name -> [{labels, value}].
export function samplesOf(text) {
  const samples = new Map();
  for (const line of text.split("\n")) {
    const found = line.startsWith("#") ? null : LINE.exec(line);
    if (!found) continue;
    const labels = Object.fromEntries(
      [...(found[2] ?? "").matchAll(LABEL)].map(([, name, value]) => [name, value.replace(/\\(.)/g, (_, c) => (c === "n" ? "\n" : c))]),
    );
    const value = found[3] === "+Inf" ? Infinity : Number(found[3]);
    if (!samples.has(found[1])) samples.set(found[1], []);
    samples.get(found[1]).push({ labels, value });
  }
  return samples;
}

// One value; null where it is not told.
export function valueOf(samples, name, labels = {}) {
  const fits = (sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value);
  return samples.get(name)?.find(fits)?.value ?? null;
}

export function sumOf(samples, name, labels = {}) {
  const fits = (sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value);
  return (samples.get(name) ?? []).filter(fits).reduce((sum, sample) => sum + sample.value, 0);
}

// The bound that so many of a hundred did not exceed, of a histogram; null without any.
export function within(samples, name, percent) {
  const buckets = (samples.get(`${name}_bucket`) ?? []).map(({ labels, value }) => ({ le: labels.le === "+Inf" ? Infinity : Number(labels.le), value }));
  buckets.sort((one, other) => one.le - other.le);
  const all = buckets.at(-1)?.value ?? 0;
  if (!all) return null;
  return buckets.find((bucket) => bucket.value >= (all * percent) / 100)?.le ?? null;
}

// "4 ms", "1.2 s"; a bound that has no end is told as more than the last that has one.
export function secondsWords(seconds) {
  if (seconds === null || Number.isNaN(seconds)) return "-";
  if (seconds === Infinity) return "longer than measured";
  return seconds < 1 ? `${Math.round(seconds * 10_000) / 10} ms` : `${Math.round(seconds * 10) / 10} s`;
}
