// The parts of a rack's page that are asked for one by one: who may open it now, which work is under way, the last openings. Each
// is a pane of its own, so that one that fails takes no other with it.

import { get, isUntold, list, listAll, post } from "../api.js";
import { quoted } from "../alarms/searches.js";
import { stillAddress, stillsOf } from "../cameras.js";
import { confirm } from "../dialog.js";
import { bdi, h, unseen } from "../dom.js";
import { empty, facts } from "../list_view.js";
import { pane } from "../pane.js";
import { may } from "../site.js";
import { dateTime, elapsed, serverNow, timeEl } from "../time.js";
import { sentence } from "../words.js";
import { last } from "./places.js";
import { registerFacts } from "./register.js";
import { asRight, mergedRights, nameOf, openings, workUnderWay } from "./sessions.js";

const TYPES = "access.granted,access.taken,door.open-unlocked,alarm.raised";
const EVENTS = 120; // enough for twenty openings with what led to them

/** What the journal says of some doors, the newest first. */
async function eventsOf(doors, signal) {
  const filter = `door:${doors.map((door) => door.path).join(",")} type:${TYPES}`;
  return (await list(`events?filter=${encodeURIComponent(filter)}&sort=-at&limit=${EVENTS}`, { signal })).items;
}

/** Who may open some doors now: `{items, isPart}`; `isPart` where the daemon does not tell and the grants say what they can. */
async function rightsOf(doors, signal) {
  try {
    const lists = await Promise.all(doors.map(async (door) => ({ door: door.path, items: (await get(`doors/${encodeURIComponent(door.id)}/who`, { signal })).items })));
    return { items: mergedRights(lists), isPart: false };
  } catch (problem) {
    if (!isUntold(problem)) throw problem;
    const lists = await Promise.all(doors.map(async (door) => ({ door: door.path, items: (await grantsOf(door, signal)).map(asRight) })));
    return { items: mergedRights(lists), isPart: true };
  }
}

const grantsOf = (door, signal) => listAll(`grants?limit=500&filter=${encodeURIComponent(`door:${door.path} standing:active`)}`, { signal, most: 2_000 });

/** The pane of who may open now. */
export function whoPane(root, doors, signal) {
  return pane(root, (stop) => rightsOf(doors(), stop), ({ items, isPart }) => {
    if (items.length === 0) return empty("Nobody has a right that counts now.", isPart ? PART_WORDS : "Grant begins a request for one.");
    return h("div", null, isPart && h("p", { class: "aside part-note" }, PART_WORDS),
      stack("Who may open now", ["Person", "Until", "Ticket", "Reason", "Doors"], items.map((item) => [personLink(item.person), timeEl(item.until_at), ticket(item.ticket), bdi(item.reason), item.doors.map(last).join(", ")])));
  }, { what: "who may open", signal });
}

const PART_WORDS = "This daemon tells rights that name this door; whoever may open it through an access profile is not in this list.";

const personLink = (person) => (person.id ? h("a", { href: `/people/${person.id}` }, bdi(person.name ?? person.id)) : bdi(person.name));

/** The kept stills of openings, by event; null where there is none, or nobody may look. */
async function stillsOfOpenings(items, signal) {
  if (!may("view_stills") || items.length === 0) return null;
  try {
    const stills = await stillsOf("events", items.map(({ id }) => id), signal);
    const kept = new Map(stills.filter(({ state }) => state === "kept").map((still) => [String(still.event), still]));
    return kept.size > 0 ? kept : null;
  } catch {
    // The openings are complete without pictures.
    return null;
  }
}

const thumb = (still) => still && h("a", { href: stillAddress(still), target: "_blank", rel: "noopener" }, h("img", { class: "thumb", src: stillAddress(still), alt: `Camera ${still.camera_name}`, loading: "lazy" }));

/** The pane of the last openings. */
export function openingsPane(root, doors, signal) {
  return pane(root, async (stop) => {
    const items = openings(await eventsOf(doors(), stop));
    return { items, stills: await stillsOfOpenings(items, stop) };
  }, ({ items, stills }) => {
    if (items.length === 0) return empty("Not opened in what the journal has of it lately.", "Everything recorded here is under Events.");
    return stack("The last twenty openings", ["When", "What", "Door", ...(stills ? ["Still"] : [])], items.map((event) => [
      timeEl(event.time), h(nameOf(event) === "alarm.raised" ? "strong" : "span", null, bdi(sentence(event))), last(event.data?.door ?? event.subject), ...(stills ? [thumb(stills.get(event.id)) ?? ""] : [])]));
  }, { what: "the last openings", signal });
}

/** The pane of work under way. */
export function workPane(root, doors, isOpen, signal) {
  const self = pane(root, async (stop) => {
    const [events, rights] = await Promise.all([eventsOf(doors(), stop), rightsOf(doors(), stop)]);
    return workUnderWay(rights.items, events, isOpen, serverNow().getTime());
  }, (work) => {
    if (work.length === 0) return empty("No work is under way.", "A right that counts now and was used here in the last 12 h stands here, with its ticket and the time it has left.");
    return stack("Work under way", ["Person", "Ticket", "Last opened", "Time left", "Now", ""], work.map((one) => [
      personLink(one.right.person), ticket(one.right.ticket), h("span", null, last(one.door), ", ", timeEl(one.lastAt, { relative: true }), " ago"), leftEl(one.right.until_at), one.isOpen ? "door open" : "door closed",
      may("give_rights") ? h("button", { type: "button", class: "small", acts: true, on: { click: () => endWork(one.right).then((done) => done && self.reload()) } }, "End ...") : ""]));
  }, { what: "work under way", signal });
  return self;
}

/** The pane of what the asset register says of a rack, each time with the moment at which that was taken over. */
export function registerPane(root, path, signal) {
  return pane(root, (stop) => list(`racks?filter=${encodeURIComponent(`rack:${quoted(path)}`)}&limit=10`, { signal: stop }), ({ items }) => h("div", { class: "register" }, items.map((row) => h("div", { dataset: { asset: row.id } },
    row.gone_at && h("p", null, h("strong", null, "NetBox has it no more"), ", found ", timeEl(row.gone_at), "."),
    facts(registerFacts(row).map(([term, text]) => [term, bdi(text)])),
    h("p", { class: "aside" }, "As of ", timeEl(row.taken_at), ".")))),
  { what: "what NetBox says", signal, empty: ({ items }) => (items.length > 0 ? null : empty("No rack of NetBox is this one.", ["Racks are taken over by ", h("code", null, "rackward rack import netbox"), "."])) });
}

// A small table whose rows become cards where there is no room for columns.
function stack(caption, titles, rows) {
  return h("table", { class: "stacks" }, h("caption", { class: "unseen" }, caption),
    h("thead", null, h("tr", null, titles.map((title) => h("th", { scope: "col" }, title || unseen("Actions"))))),
    h("tbody", null, rows.map((cells) => h("tr", null, cells.map((cell, i) => h("td", { dataset: { title: titles[i] } }, cell))))));
}

const ticket = (text) => (text ? h("code", null, text) : "none");

// How long a right still counts, with its end on hover and in print.
function leftEl(at) {
  const left = Date.parse(at) - serverNow().getTime();
  return h("time", { datetime: at, title: dateTime(at) }, left > 0 ? elapsed(left) : "over");
}

function endWork(right) {
  return confirm({
    title: "End this right", danger: true, effect: `Takes ${right.grant} away from ${right.person.name ?? right.person.id} at once, at every door it opens. A door that stands open stays open.`,
    reason: { required: true, min: 3, phrases: ["Work is done", "Left without reporting", "On the supervisor's word"] }, confirmLabel: "End the right",
    submit: ({ reason }, key) => post(`grants/${right.grant}/revoke`, { reason }, { key }),
  });
}

/** Takes what an alarm is about out of service, with a work order and an end. */
export function takeOutOfService(alarm) {
  return confirm({
    title: "Take out of service", effect: `${alarm.source} raises no "${alarm.words}" until the end given here, or until somebody returns it to service.`,
    fields: [
      { name: "work_order", label: "Work order", required: true },
      { name: "until_at", label: "Until", type: "select", value: "PT4H", options: [["PT1H", "1 hour from now"], ["PT4H", "4 hours from now"], ["PT8H", "8 hours from now"], ["PT24H", "24 hours from now"]] },
    ],
    confirmLabel: "Take out of service",
    submit: ({ work_order, until_at }, key) => post(`alarms/${alarm.id}/out-of-service`, { work_order, until_at }, { key, ifMatch: alarm.revision }),
  });
}
