// How an alarm reads: its look, and what put it aside, where it went and what it turned out to be, in words. It takes what the
// API tells of an alarm and decides nothing: states, limits and escalations are the engine's. No DOM here.

import { levelWords } from "../words.js";

export { levelWords };

const RULES = {
  line_lost: "its line is lost", lockdown: "its area is locked down", fire_release: "the fire input released its door",
  site_clock: "the clock of the site is wrong", worsened: "the same trouble became more urgent", together: "told as one",
};

const LABELS = {
  late_exit: "an exit that was reported late", bounce: "a bouncing contact", misfit_latch: "a latch that does not hold",
  late_relock: "an opening after the lock had closed again",
};

// The ten verdicts of OCSF: the API's word, its number and how it reads here.
export const VERDICTS = [
  ["false_positive", 1, "false alarm"], ["true_positive", 2, "confirmed"], ["disregard", 3, "disregarded"],
  ["suspicious", 4, "suspicious"], ["benign", 5, "harmless"], ["test", 6, "a test"],
  ["insufficient_data", 7, "not enough is known"], ["security_risk", 8, "a risk"],
  ["managed_externally", 9, "dealt with elsewhere"], ["duplicate", 10, "the same as another"],
];

// Where an alarm can be carried by hand: the API's word and how it reads here.
export const CARRIED_TO = ["second_desk", "duty_manager", "external", "supervisor"].map((word) => [word, `the ${levelWords(word)}`]);

const PRIORITIES = { 1: "CRITICAL", 2: "HIGH", 3: "MEDIUM", 4: "LOW" };

// The word of a priority, for prints and sentences.
export const priorityName = (priority) => PRIORITIES[priority] ?? "UNKNOWN";

// How the shape is drawn: `unacked`, `acked`, `returned unacked` or `shelved`.
export function lookOf(alarm) {
  const aside = alarm.suppression?.kind;
  if (aside === "shelved" || aside === "out_of_service") return "shelved";
  if (alarm.acked || alarm.closed_at || aside === "by_design") return "acked";
  return alarm.active ? "unacked" : "returned unacked";
}

// One sentence that says what it is and where.
export function statement(alarm) {
  const words = alarm.words ?? "";
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)} at ${alarm.source}`;
}

// A word as it begins a line.
export const capital = (words) => (words ? words[0].toUpperCase() + words.slice(1) : "");

// Why it probably came; empty where nothing ordinary says.
export const labelWords = (label) => (LABELS[label] ? `probably ${LABELS[label]}` : "");

export const verdictWords = (verdict) => VERDICTS.find(([word]) => word === verdict)?.[2] ?? verdict;

export const ruleWords = (rule) => RULES[rule] ?? rule;

// The parts of what keeps an alarm aside, `null` where nothing does: what, until when, who and why.
export function aside(alarm) {
  const { suppression } = alarm;
  if (!suppression) return null;
  const by = [suppression.by, suppression.second].filter(Boolean);
  switch (suppression.kind) {
    case "shelved":
      return { what: suppression.one_shot ? "shelved until it ends, at most until" : "shelved until", until: suppression.until_at, by, why: suppression.reason };
    case "out_of_service":
      return { what: "out of service until", until: suppression.until_at, by, why: suppression.reason };
    default:
      return { what: `behind ${suppression.behind}`, until: null, by: [], why: ruleWords(suppression.reason) };
  }
}

// What the order of escalation does next, `null` where nobody is called: who and in how many milliseconds.
export function nextCall(alarm, nowMs) {
  const next = alarm.next_escalation;
  if (!next || alarm.closed_at) return null;
  return { who: levelWords(next.level), inMs: Date.parse(next.at) - nowMs, at: next.at };
}

// A span as a countdown reads: `0:42`, `12:05`, `3 h 20 min`.
export function countdown(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  if (seconds < 3600) return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

// What can be ordered of an alarm as it stands, as far as its members say; whether it is done is the engine's answer.
export function orders(alarm) {
  const isClosed = Boolean(alarm.closed_at);
  const kind = alarm.suppression?.kind ?? null;
  const isAside = kind === "shelved" || kind === "out_of_service";
  return {
    acknowledge: !isClosed && !alarm.acked && kind === null,
    note: true,
    shelve: !isClosed && kind !== "out_of_service" && kind !== "by_design" && Boolean(alarm.shelf_limit_s),
    unshelve: kind === "shelved",
    outOfService: !isClosed && kind !== "by_design" && kind !== "out_of_service" && Boolean(alarm.shelf_limit_s),
    returnToService: kind === "out_of_service",
    escalate: !isClosed && !isAside,
    assign: !isClosed,
    close: !isClosed && !alarm.active,
    steps: !isClosed,
  };
}

// Who is at work on it, as the list says it: `you`, `desk` or the operator's id.
export function assigneeWords(assignee, me) {
  if (!assignee || assignee === "desk") return "desk";
  return assignee === me ? "you" : assignee;
}
