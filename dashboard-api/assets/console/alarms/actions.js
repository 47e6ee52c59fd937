// What an operator orders of one alarm: the question that is asked first, and the order itself with the revision that was on
// the screen. Whether it is done is the engine's answer; who was first is handed on to whoever shows the row.

import { tellStatus } from "../announce.js";
import { listAll, post, segment } from "../api.js";
import { confirm } from "../dialog.js";
import { bdi, h } from "../dom.js";
import { doors } from "../live.js";
import { go } from "../router.js";
import { shape } from "../shapes.js";
import { roleWords, site } from "../site.js";
import { REASON_WITH_TICKET_MAX, TICKET, withTicket } from "../tickets.js";
import { count } from "../words.js";
import {
  ACK_PHRASES, ESCALATE_PHRASES, LOCKDOWN_PHRASES, SHELVE_PHRASES, notedAtLeast, serviceTimes, shelfTimes, spanForApi, spanWords,
} from "./answers.js";
import { deedMeanwhile } from "./deeds.js";
import { operators } from "./operators.js";
import { CARRIED_TO, VERDICTS, capital, statement } from "./state.js";
import { liesIn } from "./views.js";

const heard = new Set();

// Told {alarm, words, deed} after an order: what is known now, and who was first where somebody was.
export function onOutcome(fn) {
  heard.add(fn);
  return () => heard.delete(fn);
}

function tell(outcome) {
  for (const fn of [...heard]) fn(outcome);
}

const idOf = (alarm) => `alarms/${segment(alarm.id)}`;

// Gives one order on the revision that was seen. Sent again by whoever asked, it counts once.
export async function order(alarm, what, body, key) {
  try {
    const answer = await post(`${idOf(alarm)}/${what}`, body, { ifMatch: alarm.revision, key });
    tell({ alarm: alarm.id, answer, deed: null });
    return answer;
  } catch (problem) {
    const deed = deedMeanwhile(alarm.id, problem.meanwhile);
    if (deed || problem.status === 412) tell({ alarm: alarm.id, answer: null, deed });
    throw problem;
  }
}

// A question about one alarm, and its order. Its outcome is said to those who hear the page; null where nothing was sent.
async function ask(alarm, { what, body, done, ...question }) {
  const answer = await confirm({ statement: subject(alarm), ...question, submit: (values, key) => order(alarm, what, body(values), key) });
  if (!answer) return null;
  const words = typeof done === "function" ? done(answer) : done;
  tellStatus(words);
  return words;
}

const subject = (alarm) => h("p", { class: "alarm-subject" }, shape(alarm.priority, "acked"), h("strong", null, bdi(capital(alarm.words))),
  h("span", null, bdi(alarm.source)));

const choice = (name, label, options) => ({ name, label, type: "select", options, required: true });

export function acknowledge(alarm) {
  const least = notedAtLeast(alarm);
  return ask(alarm, {
    title: "Acknowledge",
    effect: `Says "seen, mine" of ${statement(alarm)}. It does not end the condition.`,
    reason: { label: "Note", required: least > 0, min: least, phrases: ACK_PHRASES },
    confirmLabel: "Acknowledge",
    what: "acknowledge",
    body: ({ reason }) => ({ note: reason }),
    done: ({ active }) => (active ? "Acknowledged." : "Acknowledged. Its condition had ended before."),
  });
}

export function note(alarm) {
  return ask(alarm, {
    title: "Note something",
    effect: `Recorded with ${statement(alarm)}; nothing else changes.`,
    reason: { label: "Note", required: true, min: 1, phrases: [] },
    ticket: TICKET,
    confirmLabel: "Note it",
    what: "note",
    body: ({ reason, ticket }) => ({ note: withTicket(reason, ticket) }),
    done: "Noted.",
  });
}

export function linkTicket(alarm) {
  return ask(alarm, {
    title: "Link to a ticket",
    effect: `Names a ticket with ${statement(alarm)}; it is recorded as a note, and nothing else changes.`,
    reason: { label: "What it is about", required: true, min: 1, phrases: ["Handed to the technicians", "Opened for this alarm"] },
    ticket: { ...TICKET, required: true },
    confirmLabel: "Link it",
    what: "note",
    body: ({ reason, ticket }) => ({ note: withTicket(reason, ticket) }),
    done: "Linked.",
  });
}

const asOptions = (times) => times.map((seconds) => [spanForApi(seconds), spanWords(seconds)]);

export function shelve(alarm) {
  const two = alarm.shelf_takes_two ? " A critical alarm takes a second operator: until then nothing is done." : "";
  return ask(alarm, {
    title: "Shelve",
    effect: `Puts ${statement(alarm)} aside: it is not counted and calls nobody until its time is over, ${spanWords(alarm.shelf_limit_s)} at most.${two}`,
    fields: [
      choice("until_at", "For how long", asOptions(shelfTimes(alarm.shelf_limit_s))),
      { name: "one_shot", label: "Comes back as well when the condition ends", type: "checkbox" },
    ],
    reason: { label: "Reason", required: true, min: 1, phrases: SHELVE_PHRASES },
    confirmLabel: "Shelve",
    danger: alarm.shelf_takes_two,
    what: "shelve",
    body: ({ reason, until_at: until, one_shot: oneShot }) => ({ until_at: until, one_shot: Boolean(oneShot), reason }),
    done: "Put on the shelf.",
  });
}

export function unshelve(alarm) {
  return ask(alarm, {
    title: "Bring back from the shelf",
    effect: `${statement(alarm)} is on the list again at once, and calls from the second desk up.`,
    reason: { label: "Reason", required: true, min: 1, phrases: ["Repaired", "To be looked at now"] },
    confirmLabel: "Bring back",
    what: "unshelve",
    body: ({ reason }) => ({ reason }),
    done: "Back on the list.",
  });
}

export function takeOutOfService(alarm) {
  const two = alarm.shelf_takes_two ? " A critical alarm takes a second operator: until then nothing is done." : "";
  return ask(alarm, {
    title: "Take out of service",
    effect: `${statement(alarm)} is not counted and calls nobody until the work is over or its time is.${two}`,
    fields: [
      { name: "work_order", label: "Work order", required: true, maxlength: 256 },
      choice("until_at", "For how long at most", asOptions(serviceTimes())),
    ],
    confirmLabel: "Take out of service",
    danger: alarm.shelf_takes_two,
    what: "out-of-service",
    body: ({ until_at, work_order }) => ({ until_at, work_order }),
    done: "Out of service.",
  });
}

export function returnToService(alarm) {
  return ask(alarm, {
    title: "Return to service",
    effect: `Says that the work is over: ${statement(alarm)} counts and calls again.`,
    confirmLabel: "Return to service",
    what: "return-to-service",
    body: () => ({}),
    done: "Back in service.",
  });
}

export function escalate(alarm) {
  return ask(alarm, {
    title: "Escalate",
    effect: `Calls the next level at once for ${statement(alarm)}.`,
    fields: [{ ...choice("to", "To whom", [["", "the next level"], ...CARRIED_TO]), required: false }],
    reason: { label: "Reason", required: true, min: 1, phrases: ESCALATE_PHRASES },
    confirmLabel: "Escalate",
    what: "escalate",
    body: ({ reason, to }) => (to ? { to, reason } : { reason }),
    done: "Escalated.",
  });
}

export async function assign(alarm) {
  const known = (await operators()).filter((one) => one.state === "enabled" && one.id !== site.operatorId);
  const choices = [["desk", "the desk"], ...known.map((one) => [one.id, `${one.name ?? one.id}, ${roleWords(one.role)}`])];
  if (site.operatorId.startsWith("opr-")) choices.unshift(["me", "me"]);
  const named = known.length ? [] : [{ name: "named", label: "Or an operator, by name or id", maxlength: 128 }];
  return ask(alarm, {
    title: "Assign",
    effect: `Whoever has ${statement(alarm)} is to answer it. When their last session ends it is the desk's again.`,
    fields: [choice("to", "To whom", choices), ...named],
    confirmLabel: "Assign",
    what: "assign",
    body: ({ to, named: other }) => ({ to: other || to }),
    done: "Assigned.",
  });
}

export function close(alarm) {
  return ask(alarm, {
    title: "Close with a verdict",
    effect: `Puts ${statement(alarm)} away for good. The journal keeps it.`,
    fields: [choice("verdict", "What it was", [["", "choose"], ...VERDICTS.map(([word, number, words]) => [word, `${number}  ${capital(words)}`])])],
    reason: { label: "What was found", required: false, min: 0, phrases: [] },
    confirmLabel: "Close the alarm",
    what: "close",
    body: ({ verdict, reason }) => (reason?.trim() ? { verdict, note: reason } : { verdict }),
    done: "Closed.",
  });
}

// One step of the procedure. There is no question: it is recorded as done by whoever ticked it.
export const finishStep = (alarm, step) => order(alarm, "steps", { step });

// Those of these paths that are areas, the innermost first, each with how many doors lie in it.
async function areasOf(paths) {
  const [areas] = await Promise.all([listAll("areas?limit=1000&fields=path", { most: 20_000 }), doors.ready()]);
  const known = new Set(areas.map((area) => area.path));
  const inside = (path) => doors.items.filter((door) => liesIn(door.path, path)).length;
  return paths.filter((path) => known.has(path)).map((path) => [path, `${path}: ${count(inside(path), "door")}`]);
}

// Locks down one of the areas around a place. Exits go on working; no card opens a door into it.
export async function lockDown(paths) {
  const areas = await areasOf(paths);
  let words = "";
  const done = await confirm({
    title: "Lock an area down",
    effect: "No card opens a door into this area until somebody releases it. Exits work. It is an alarm of its own.",
    fields: [choice("area", "Area", areas)],
    reason: { label: "Reason", required: true, min: 1, max: REASON_WITH_TICKET_MAX, phrases: LOCKDOWN_PHRASES },
    ticket: TICKET,
    confirmLabel: "Lock down",
    danger: true,
    submit: async ({ area, reason, ticket }, key) => {
      words = `${area} is locked down.`;
      return post("areas/lockdown", { area, reason: withTicket(reason, ticket) }, { notAfter: 30, key });
    },
  });
  if (!done) return null;
  tellStatus(words);
  return words;
}

export const openMap = (place) => go(`/map?sel=${encodeURIComponent(place)}`);

