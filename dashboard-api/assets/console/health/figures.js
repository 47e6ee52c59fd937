// The figures of alarm management in words: what each is called, how it stands against its target, and what may help where one
// source makes most of the load. What is counted and what is good is the daemon's; this words its answers. No DOM.

const MEASURES = {
  average_rate: ["Alarms in ten minutes, on average", "EEMUA 191"],
  worst_rate: ["Alarms in the worst ten minutes", "EEMUA 191; more than ten is a flood"],
  flood_share: ["Share of the time in flood", "EEMUA 191"],
  critical_share: ["Share that was critical (P1)", "ISA-18.2"],
  high_share: ["Share that was high (P2)", "ISA-18.2"],
  stale: ["Alarms active for more than a day", "ISA-18.2"],
  chattering: ["Conditions that chattered", "ISA-18.2; three raises within a minute"],
  worst_source_share: ["Share of the source that came most", "ISA-18.2"],
};

export const measureWords = (measure) => MEASURES[measure]?.[0] ?? measure.replaceAll("_", " ");
export const originWords = (measure) => MEASURES[measure]?.[1] ?? "";

const number = (value) => value.toLocaleString("en-GB", { maximumFractionDigits: 2 });

export function foundWords(mark) {
  if (mark.unit === "permille") return `${number(mark.found / 10)} %`;
  if (mark.unit === "milli_alarms_per_10_min") return number(mark.found / 1000);
  return number(mark.found);
}

export function limitWords(mark) {
  if (mark.unit === "milli_alarms_per_10_min") return number(mark.limit / 1000);
  if (mark.unit !== "permille") return mark.limit === 0 ? "none" : number(mark.limit);
  // 9 in a thousand is the most that is still under one in a hundred.
  return (mark.limit + 1) % 10 === 0 ? `under ${number((mark.limit + 1) / 10)} %` : `about ${number(mark.limit / 10)} %`;
}

export const STANDINGS = { ok: "good", short: "not good", too_few: "too few alarms to say" };

// What may help against forced openings of one probable cause (docs/alarm-figures.md).
const LABEL_ADVICE = {
  late_exit: ["repair", "Move the exit sensor, or make it see earlier."],
  bounce: ["repair", "Look at contact, closer and draught."],
  late_relock: ["retune", "Make the release longer; look at the lock."],
  misfit_latch: ["repair", "Adjust strike and closer."],
};

const OF_THINGS = ["door", "point", "zone", "device", "line"];

export const LABELS = {
  late_exit: "late exit sensor",
  bounce: "bouncing contact",
  misfit_latch: "misfitting latch",
  late_relock: "late relock",
  unexplained: "unexplained",
};

// What may help against one source: a timing that rehearsing found, a repair, putting it aside while it is repaired, or judging
// it first.
export function advice(source, { proposals = [], doors = [], stale = [] }) {
  const about = proposals.filter((one) => one.door === source.source && one.kind === source.kind);
  const change = about.find((one) => one.change);
  const help = (sort, words) => ({ sort, words });
  if (change) return help("retune", `${change.sentence}.`);
  const label = commonLabel(doors.find((one) => one.door === source.source));
  if (source.kind === "door_forced_open" && label) return help(...LABEL_ADVICE[label]);
  if (source.chattering > 0 && OF_THINGS.includes(source.source_kind))
    return help("repair", "It chatters: look at contact, wiring and closer; shelve it until then.");
  if (stale.some((one) => one.source === source.source && one.kind === source.kind))
    return help("shelve", "It stands for more than a day: take it out of service under a work order, and repair it.");
  if (source.source_kind === "device" || source.source_kind === "line") return help("repair", "Look at the device, its supply and its line.");
  const why = about.find((one) => one.reason)?.sentence;
  return help("judge", why ? `No change is proposed: ${why}.` : "Close these alarms with a verdict, so that a cause shows.");
}

// The probable cause of more than half of a door's forced openings.
function commonLabel(door) {
  const labels = door?.figures.by_label ?? [];
  const all = labels.reduce((sum, one) => sum + one.count, 0);
  return labels.find((one) => LABEL_ADVICE[one.word] && one.count * 2 > all)?.word ?? null;
}

// Shares of the priorities beside what is usual: [{priority, count, share, usual}].
export function mix(byPriority) {
  const all = byPriority.reduce((sum, one) => sum + one.count, 0);
  const usual = { 1: "good: about 5 %", 2: "good: about 15 %", 3: "good: with P4 about 80 %", 4: "good: with P3 about 80 %" };
  return byPriority.map((one) => ({ ...one, share: all ? one.count / all : 0, usual: usual[one.priority] ?? "" }));
}

export const shareWords = (permille) => `${number(permille / 10)} %`;

// Half and nineteen of twenty: "8 s, 1 min 10 s".
export function secondsWords(seconds) {
  if (seconds === null || seconds === undefined) return "-";
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min${seconds % 60 ? ` ${seconds % 60} s` : ""}`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h${Math.floor((seconds % 3600) / 60) ? ` ${Math.floor((seconds % 3600) / 60)} min` : ""}`;
  return `${Math.floor(seconds / 86_400)} d${Math.floor((seconds % 86_400) / 3600) ? ` ${Math.floor((seconds % 86_400) / 3600)} h` : ""}`;
}
