// Shift start and hand-over (console.md B.3, screen 1): the sound test, the note of the last shift, and what is carried over. What
// is carried over is the daemon's list; where this daemon has none, the same is put together from its other lists.

import { get, isUntold, listAll, post } from "../api.js";
import { note } from "../dialog.js";
import { bdi, h, place, replace } from "../dom.js";
import { empty, facts, head, panel, plainTable } from "../list_view.js";
import { paced } from "../live.js";
import { pane as makePane } from "../pane.js";
import { pathSegments } from "../router.js";
import { seen } from "../shift_start.js";
import { alarmShape, shape, priorityWord } from "../shapes.js";
import { may } from "../site.js";
import { mute, sound, test as testSound } from "../sound.js";
import { stream } from "../stream.js";
import { clockAt, timeEl } from "../time.js";
import { capital, count, modeWords, stateWords } from "../words.js";

const USUAL_MODES = new Set(["locked", "accessed"]);

export const title = () => "Shift";

export function mount(pane, params, ctx) {
  seen();
  const sounds = h("div");
  const handover = h("div", { class: "columns shift" });
  const tools = h("button", { type: "button", class: "quiet no-print", on: { click: () => window.print() } }, "Print the hand-over sheet");
  replace(pane, head("Shift start and hand-over", { tools: [tools] }), panel("Sound", sounds, { id: "sound-panel" }), handover, signatures());
  const offSound = sound.on(() => drawSound(sounds));
  drawSound(sounds);
  const view = makePane(handover, load, (data) => { replace(handover, ...panels(data, () => view.reload())); }, { what: "the hand-over", signal: ctx.signal });
  const again = paced(() => view.reload());
  const offStream = stream.watch(/^(shift|alarm|door|visitor)/, again);
  return { unmount() { offSound(); offStream(); } };
}

// Sound

let sounding = null;

function drawSound(box) {
  const words = {
    on: "Sound is on at this desk.",
    muted: `Muted until ${clockAt(sound.mutedUntil).slice(0, 5)}. Alarms are shown and not heard.`,
    blocked: "The browser blocks sound until somebody has pressed something on this page. Alarms are shown and not heard.",
  }[sound.state];
  const start = h("button", { type: "button", class: "strong", id: "sound-test", disabled: sounding !== null, on: { click: () => runTest(box) } }, "Start shift (sound test)");
  const muting = sound.state === "muted"
    ? h("button", { type: "button", on: { click: () => mute(0) } }, "Unmute")
    : [15, 30, 60].map((minutes) => h("button", { type: "button", class: "quiet", on: { click: () => mute(minutes) } }, `Mute ${minutes} min`));
  const hadFocus = box.querySelector("#sound-test") === document.activeElement;
  replace(box, h("p", { role: "status" }, words), h("ul", { class: "tones" }, [1, 2, 3, 4].map(tone)), h("p", { class: "buttons no-print" }, start, muting));
  if (hadFocus) box.querySelector("#sound-test").focus();
}

const tone = (priority) => h("li", { class: sounding === priority ? "sounding" : null }, shape(priority, "acked"), priorityWord(priority),
  h("span", { class: "aside" }, sounding === priority ? " sounds now" : ""));

async function runTest(box) {
  if (sounding !== null) return;
  const heard = await testSound((priority) => {
    sounding = priority;
    drawSound(box);
  });
  sounding = null;
  drawSound(box);
  if (!heard) box.append(h("p", { role: "alert" }, "The browser did not let it sound. Allow sound for this address in the browser's settings, then try again."));
}

// What is carried over

async function load(signal) {
  try {
    return await get("shift", { signal });
  } catch (problem) {
    if (!isUntold(problem)) throw problem;
    const nothing = () => [];
    const [alarms, shelved, doors] = await Promise.all([
      may("view_alarms") ? listAll("alarms?limit=1000", { signal }) : nothing(),
      may("view_alarms") ? listAll("alarms?view=shelved&limit=1000", { signal }) : nothing(),
      may("view_site") ? listAll("doors?limit=1000", { signal, most: 50_000 }) : nothing(),
    ]);
    return { isUntold: true, note: null, taken: null, alarms, shelved, doors: doors.filter((door) => !USUAL_MODES.has(door.mode)), visitors: null };
  }
}

function panels(data, reload) {
  const { alarms, shelved, doors, visitors } = data;
  const isNothing = !data.note && [alarms, shelved, doors, visitors ?? []].every((list) => list.length === 0);
  return [
    handOver(data, isNothing, reload),
    panel("Alarms still open", alarms.length > 0 ? alarmTable("Alarms still open", alarms) : empty("No alarm is open."), { aside: counted(alarms, "alarm") }),
    panel("Shelved", shelved.length > 0 ? shelfTable(shelved) : empty("Nothing is shelved."), { aside: counted(shelved, "alarm") }),
    panel("Doors not in their usual mode", doors.length > 0 ? doorTable(doors) : empty("Every door is in its usual mode."), { aside: counted(doors, "door") }),
    panel("Guests inside", visitors === null ? empty("This version of the daemon does not tell this.")
      : visitors.length > 0 ? visitorTable(visitors) : empty("No guest is inside."), { aside: visitors && counted(visitors, "guest") }),
  ];
}

const counted = (list, word) => (list.length > 0 ? count(list.length, word) : null);

function handOver(data, isNothing, reload) {
  if (data.isUntold) {
    return panel("Hand-over", [empty("This version of the daemon keeps no hand-over notes.", "What is carried over stands below, as the daemon's lists have it.")]);
  }
  const { note: left, taken } = data;
  const content = [
    left ? facts([["Note", h("p", { class: "said" }, bdi(left.text))], ["From", bdi(left.by)], ["Left", timeEl(left.at, { relative: true })]])
      : empty(isNothing ? "Nothing carried over." : "The last shift left no note."),
    taken && facts([[taken.accepted ? "Accepted by" : "Rejected by", bdi(taken.by)], ["At", timeEl(taken.at, { relative: true })], ["Because", taken.note && bdi(taken.note)]]),
    may("answer_alarms") && h("p", { class: "buttons no-print" },
      !taken && h("button", { type: "button", class: "strong", acts: true, on: { click: (event) => accept(event.target, data, reload) } }, "Accept the hand-over"),
      !taken && h("button", { type: "button", acts: true, on: { click: () => reject(data, reload) } }, "Reject with a note"),
      h("button", { type: "button", acts: true, on: { click: () => leave(data, reload) } }, "Leave a note for the next shift")),
    h("p", { class: "error", role: "alert" }),
  ];
  return panel("Hand-over", content);
}

async function accept(button, data, reload) {
  button.disabled = true;
  const said = button.closest(".inside").querySelector("[role=alert]");
  try {
    await post("shift/accept", {}, { ifMatch: data.revision });
    reload();
  } catch (problem) {
    button.disabled = false;
    said.textContent = `${problem.title ?? "It was not accepted"}: ${problem.detail ?? problem.message}`;
    if (problem.status === 412) reload();
  }
}

async function reject(data, reload) {
  const done = await note({
    title: "Reject the hand-over", label: "What is wrong", min: 3, confirmLabel: "Reject",
    effect: "The hand-over stays open under your name as rejected; the last shift's operators see your note.",
    submit: (text, key) => post("shift/reject", { note: text }, { ifMatch: data.revision, key }),
  });
  if (done) reload();
}

async function leave(data, reload) {
  const done = await note({
    title: "Leave a note for the next shift", label: "Note", value: data.note?.text ?? "", confirmLabel: "Leave the note",
    effect: "It is shown to whoever starts the next shift, until they accept or reject it.",
    submit: (text, key) => post("shift/note", { note: text }, { ifMatch: data.revision, key }),
  });
  if (done) reload();
}

// Tables

const alarmWhat = { title: "What", draw: (alarm) => h("a", { href: `/alarms/${encodeURIComponent(alarm.id)}` }, capital(alarm.words)) };
const alarmWhere = { title: "Where", draw: (alarm) => place(alarm.source) };
const alarmMark = { title: "Priority", class: "what-shape", draw: alarmShape };

function alarmTable(caption, items) {
  return plainTable({ caption, items, columns: [alarmMark, alarmWhat, alarmWhere,
    { title: "State", draw: stateWords }, { title: "Since", class: "time", draw: (alarm) => timeEl(alarm.raised_at, { relative: true }) }] });
}

function shelfTable(items) {
  return plainTable({ caption: "Shelved alarms", items, columns: [alarmMark, alarmWhat, alarmWhere,
    { title: "Until", class: "time", draw: (alarm) => timeEl(alarm.suppression?.until_at) },
    { title: "Because", draw: (alarm) => [bdi(alarm.suppression?.reason), alarm.suppression?.by ? [" (", bdi(alarm.suppression.by), ")"] : null] }] });
}

function doorTable(items) {
  return plainTable({ caption: "Doors not in their usual mode", items, columns: [
    { title: "Door", draw: (door) => h("a", { href: `/map?sel=${pathSegments(door.path)}` }, place(door.path)) },
    { title: "Mode", draw: (door) => modeWords(door.mode) }, { title: "Now", draw: (door) => door.words }] });
}

function visitorTable(items) {
  return plainTable({ caption: "Guests inside", items, columns: [
    { title: "Guest", draw: (guest) => bdi(guest.name) }, { title: "Company", draw: (guest) => bdi(guest.company ?? "") },
    { title: "Where", draw: (guest) => bdi(guest.area ?? "") }, { title: "Since", class: "time", draw: (guest) => timeEl(guest.since_at, { relative: true }) },
    { title: "Escort", draw: (guest) => bdi(guest.escort?.name ?? "") }] });
}

// For the sheet that two people sign.
const signatures = () => h("div", { class: "signatures" }, ["Handed over by", "Taken over by"].map((words) => h("p", null, words, h("span", null), "Time", h("span", { class: "short" }))));
