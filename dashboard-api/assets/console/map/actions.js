// Orders for places behind the second step: release once, change the mode, let handles blink, lock an area down. Each says exactly
// what it will do, as far as the daemon foretells it by a dry run, asks for a reason and is sent once. Nothing is shown as done
// here: doors count as `commanded` until their lock monitor has reported.

import { post } from "../api.js";
import { confirm, tell, tellWaiting } from "../dialog.js";
import { h } from "../dom.js";
import { doors as liveDoors } from "../live.js";
import { problemView } from "../pane.js";
import { tellStatus } from "../announce.js";
import { may } from "../site.js";
import { REASON_WITH_TICKET_MAX, TICKET, withTicket } from "../tickets.js";
import { serverNow } from "../time.js";
import { commanded } from "./commanded.js";
import { doorsWords, offered, openEffect, outcomeWords } from "./orders.js";

const NOT_AFTER_S = 30; // an order for a lock that was under way for longer is not wanted any more
const AT_ONCE = 4;
const MAX_FORETOLD = 60; // beyond so many doors the time of the first stands for all
const LOCATE_S = 30;
const PHRASES = ["Escorted technician, ticket checked", "Person on the phone, identity checked", "Delivery, guard on site"];
const REASON = { required: true, min: 3, max: REASON_WITH_TICKET_MAX };

/** Buttons for doors of one place: `{doors, place, rack}`; empty where the operator may do nothing of it. */
export function actionBar({ doors, place, rack = null, ticketPlace = place }) {
  const canOpen = may("open_doors") && doors.length > 0;
  const modes = offered(doors.map((door) => door.mode));
  const many = doors.length > 1;
  const what = many ? ` all ${doors.length}` : "";
  const blinks = doors.filter((door) => door.kind === "rack_door");
  return h("div", { class: "actions" },
    canOpen && h("button", { type: "button", class: "strong", acts: true, dataset: { action: "open" }, on: { click: () => openOnce(doors, place) } }, `Open${what} once ...`),
    canOpen && h("details", { class: "order-menu" }, h("summary", { dataset: { action: "mode" } }, "Change the mode"), h("div", { class: "order-menu-body" }, modes.map((one) =>
      h("button", { type: "button", acts: true, dataset: { action: one.order }, on: { click: (event) => { event.target.closest("details").open = false; order(one, doors, place); } } }, `${one.label} ...`)))),
    may("locate") && blinks.length > 0 && h("button", { type: "button", acts: true, dataset: { action: "locate" }, on: { click: () => locate(blinks, place, rack) } }, "Locate ..."),
    may("give_rights") && h("a", { class: "button", href: `/requests?place=${encodeURIComponent(ticketPlace)}` }, "Grant ..."));
}

/** Releases doors once. */
export async function openOnce(doors, place) {
  const { times, waits, problem } = await foretold(doors);
  if (isUnproven(problem)) return undefined; // Whoever did not prove themselves has changed their mind.
  return act({ title: doors.length > 1 ? `Open ${doors.length} doors once` : "Open once", effect: `${openEffect(doors, place, times)}${waits ? " Nothing is done before a second operator has confirmed it." : ""}`, problem, doors, order: "open", path: "doors/open", body: (door) => ({ door: door.path }) });
}

function order(one, doors, place) {
  const what = doorsWords(doors, place);
  return act({ title: one.label, effect: one.effect(what), doors, order: one.order, path: "doors/mode", danger: one.danger, body: (door) => ({ door: door.path, order: one.order }) });
}

const isUnproven = (problem) => problem?.status === 403 && problem.is?.("step-up-required");

// What releasing would do, by the code that will do it. A refusal is shown beside the question; where the daemon does not
// answer, the sentence does without the time.
async function foretold(doors) {
  const asked = doors.length > MAX_FORETOLD ? doors.slice(0, 1) : doors;
  const times = [];
  let problem = null;
  let waits = false;
  await inTurns(asked, async (door) => {
    if (isUnproven(problem)) return;
    try {
      const answer = await post("doors/open", { door: door.path, reason: "dry run" }, { dryRun: true, notAfter: NOT_AFTER_S });
      waits ||= Boolean(answer.proposal);
      for (const entry of answer.would ?? []) if (entry.data?.release_time_ms) times.push(entry.data.release_time_ms);
    } catch (error) {
      problem ??= error;
    }
  });
  return { times, waits, problem };
}

// Runs `work` over items, a few at a time, but the first alone: what it is asked for (to prove oneself) is asked for once.
async function inTurns(items, work) {
  const waiting = [...items.entries()];
  const first = waiting.shift();
  if (first) await work(first[1], first[0]);
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await work(next[1], next[0]);
  }));
}

async function act({ title, effect, problem = null, doors, order, path, body, danger = false }) {
  const until = deadlines();
  const outcome = await confirm({
    title, effect, danger, statement: problem && refusedNow(problem), reason: { ...REASON, phrases: PHRASES }, ticket: TICKET, confirmLabel: title,
    submit: async ({ reason, ticket }, key) => {
      const not_after_at = until(key);
      return sendAll({ doors, order, path, key, content: (door) => ({ ...body(door), reason: withTicket(reason, ticket), not_after_at }) });
    },
  });
  if (!outcome) return;
  tellStatus(outcomeWords(outcome.done, outcome.failures, outcome.waiting));
  if (outcome.waiting.length) await tellWaiting(title, outcome.waiting, doors.length > 1 && failureList(outcome));
  else if (outcome.failures.length) await tell(title, failureList(outcome));
}

// Until when the order of a key counts: the same request sent again must be the same in every member.
function deadlines() {
  const known = new Map();
  return (key) => {
    if (!known.has(key)) known.set(key, new Date(serverNow().getTime() + NOT_AFTER_S * 1000).toISOString());
    return known.get(key);
  };
}

const refusedNow = (problem) => h("div", { class: "foretold" }, h("p", null, "The daemon would refuse this now:"), problemView(problem));

// One order after the other, each under a key made of the intention's, so that none is given twice.
async function sendAll({ doors, order, path, key, content }) {
  const failures = [];
  const waiting = [];
  await inTurns(doors, async (door, i) => {
    if (failures.some(({ error }) => isUnproven(error))) return;
    try {
      const answer = await post(path, content(door), { key: doors.length > 1 ? `${key}-${i}` : key });
      if (answer.proposal) waiting.push(answer);
      else commanded.add(door.path, order);
    } catch (error) {
      failures.push({ door, error });
    }
  });
  liveDoors.refresh();
  if (failures.length === doors.length || failures.some(({ error }) => isUnproven(error))) throw failures[0].error;
  return { done: doors.length - failures.length - waiting.length, failures, waiting };
}

const failureList = ({ done, failures, waiting }) => h("div", null, h("p", null, outcomeWords(done, failures, waiting)),
  h("ul", { class: "failures" }, failures.map(({ door, error }) => h("li", null, h("bdi", null, door.path), `: ${error.title ?? error.message}${error.detail ? `. ${error.detail}` : ""}`))));

function locate(doors, place, rack) {
  const one = doors.length === 1;
  return confirm({
    title: "Locate", effect: `The handle${one ? "" : "s"} of ${doorsWords(doors, place)} blink${one ? "s" : ""} for ${LOCATE_S} s. Nothing is unlocked.`,
    reason: { required: true, min: 1, phrases: ["To find the rack", "To check the handle"] }, confirmLabel: "Let blink",
    submit: async ({ reason }, key) => {
      const wishes = rack ? [{ rack }] : doors.map((door) => ({ door: door.path }));
      const names = [];
      for (const [i, wish] of wishes.entries()) {
        const answer = await post("locate", { ...wish, for_s: LOCATE_S, reason }, { key: `${key}-${i}` });
        if (answer.proposal) return answer;
        names.push(...answer.devices);
      }
      tellStatus(names.length ? `${names.join(", ")} blinking for ${LOCATE_S} s.` : "No handle could be reached.");
      return { names };
    },
  });
}

/** Locks an area down, or releases it: `{path, locked_down, doors}`. */
export function areaActions(area, count) {
  if (!may("guard_site")) return null;
  const isHeld = area.locked_down;
  const until = deadlines();
  const ask = () => confirm({
    title: isHeld ? "Release the area" : "Lock the area down", danger: true,
    effect: isHeld ? `Ends the lockdown of ${area.path}: its ${count} doors go back to the modes from before.`
      : `Locks down ${area.path} and everything in it, ${count} doors: locked, and refused to everybody, until it is released. Exits work.`,
    reason: { ...REASON, phrases: isHeld ? ["Drill is over", "Checked by guard, all clear"] : ["Intruder reported", "Drill"] }, ticket: TICKET,
    submit: ({ reason, ticket }, key) => post(`areas/${isHeld ? "release" : "lockdown"}`, { area: area.path, reason: withTicket(reason, ticket), not_after_at: until(key) }, { key }),
  });
  return h("button", { type: "button", class: "danger", acts: true, dataset: { action: "area" }, on: { click: ask } }, isHeld ? "Release the area ..." : "Lock the area down ...");
}

