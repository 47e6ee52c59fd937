// Devices as they are listed: which come first, which a choice leaves over, and what is said of their rights, certificates and
// measurements. How far a device is trusted and why is the daemon's to say. No DOM.

const STATE_ORDER = ["distrusted", "offline", "unknown", "online"];
const GRADE_ORDER = ["D", "C", "B", null, "A"];

export const STATES = ["online", "offline", "distrusted", "unknown"];
export const ROLES = ["reader", "lock", "handle", "inputs"];
export const GRADES = ["A", "B", "C", "D"];

const rank = (order, value) => {
  const at = order.indexOf(value);
  return at < 0 ? order.length : at;
};

// Those that somebody has to see to come first, then by name.
export function worstFirst(one, other) {
  return (
    rank(STATE_ORDER, one.state) - rank(STATE_ORDER, other.state) ||
    rank(GRADE_ORDER, one.grade) - rank(GRADE_ORDER, other.grade) ||
    one.name.localeCompare(other.name, "en", { numeric: true })
  );
}

// Whether the daemon says anything of a device but that it answers and is trusted fully.
export const needsLook = (device) =>
  device.state !== "online" || device.grade !== "A" || device.tamper === true || device.trust !== "accepted" || Boolean(device.job);

// Whether a device can show a pattern at all. Whether it can now, the daemon says.
export const hasLamps = (device) => device.role === "reader" || device.role === "handle";

export function chosen(devices, { role = "", state = "", grade = "", q = "" }) {
  const text = q.trim().toLowerCase();
  const holds = (device) => [device.id, device.name, device.model, device.serial, ...device.places].some((word) => word?.toLowerCase().includes(text));
  return devices.filter(
    (device) =>
      (!role || device.role === role) && (!state || device.state === state) && (!grade || (device.grade ?? "none") === grade) && (!text || holds(device)),
  );
}

// Why a grade is not A, in the daemon's words: `B: its firmware is older than the site asks`.
export const whyWords = (device) => (device.grade_words ?? "").split(": ").slice(1).join(": ");

// What a device holds for when nobody can be asked, against what it should.
export function rightsWords(device) {
  const rights = device.rights;
  if (!rights) return "decides nothing by itself";
  if (!rights.held) return rights.issued ? "none acknowledged yet" : "none";
  const held = `gen-${rights.held.generation}`;
  const wanted = rights.wanted_generation;
  return wanted !== null && rights.held.generation < wanted ? `${held}, should hold gen-${wanted}` : held;
}

// What it measures, as a list of [label, words].
export function measured(device) {
  const { supply_mv: supply, temperature_c10: warm, humidity_percent: humid, motor_ma: motor } = device.measurements ?? {};
  const all = [
    ["Supply", supply === null ? null : `${(supply / 1000).toFixed(2)} V`],
    ["Temperature", warm === null ? null : `${(warm / 10).toFixed(1)} °C`],
    ["Humidity", humid === null ? null : `${humid} %`],
    ["Motor, highest", motor === null ? null : `${motor} mA`],
  ];
  return all.filter(([, words]) => words !== null && words !== undefined && !words.startsWith("NaN") && !words.startsWith("undefined"));
}

// Devices with a certificate, the one that ends first in front.
export function byCertificateEnd(devices) {
  const held = devices.filter((device) => device.certificate || device.enrolment);
  const end = (device) => (device.certificate ? Date.parse(device.certificate.until_at) : 0);
  return [...held].sort((one, other) => end(one) - end(other) || one.name.localeCompare(other.name, "en", { numeric: true }));
}

// How many there are of each value of a member, in the order of `order`.
export function countsBy(devices, member, order) {
  return order.map((value) => [value, devices.filter((device) => device[member] === value).length]).filter(([, count]) => count > 0);
}

// The clock that is furthest off; null where none is told.
export function worstClock(devices) {
  const told = devices.filter((device) => device.clock_offset_ms !== null && device.clock_offset_ms !== undefined);
  return told.reduce((worst, device) => (!worst || Math.abs(device.clock_offset_ms) > Math.abs(worst.clock_offset_ms) ? device : worst), null);
}

export const offsetWords = (ms) => (ms === null || ms === undefined ? "-" : Math.abs(ms) < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`);
