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

// "12.3 GB": the unit in which there are at most three digits before the point.
export function bytesWords(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  const at = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${Number((bytes / 1000 ** at).toFixed(at === 0 ? 0 : 1))} ${units[at]}`;
}

// "12.3 GB of 100 GB free, 12 %"; null where the daemon does not tell.
export function roomWords(samples) {
  const [free, size] = ["free", "size"].map((of) => valueOf(samples, `rackward_storage_${of}_bytes`));
  if (free === null || !size) return null;
  return `${bytesWords(free)} of ${bytesWords(size)} free, ${Math.floor((free / size) * 100)} %`;
}

// How this computer's clock stands to the daemon's, which is `aheadMs` ahead of it.
export function skewWords(aheadMs) {
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  return seconds < 2 ? "agrees" : `${seconds} s ${aheadMs > 0 ? "behind" : "ahead"}`;
}

// When a certificate of the daemon's own is over, as RFC 3339; null where it has none that ends.
export function certificateEnd(samples, which) {
  const end = valueOf(samples, "rackward_certificate_end_timestamp_seconds", { certificate: which });
  return end === null ? null : new Date(end * 1000).toISOString();
}

// "4 ms", "1.2 s"; a bound that has no end is told as more than the last that has one.
export function secondsWords(seconds) {
  if (seconds === null || Number.isNaN(seconds)) return "-";
  if (seconds === Infinity) return "longer than measured";
  return seconds < 1 ? `${Math.round(seconds * 10_000) / 10} ms` : `${Math.round(seconds * 10) / 10} s`;
}
