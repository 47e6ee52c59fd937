// Starting and ending a muster, visitors by hand, and the tablet: each with its second step. A muster changes no right and moves
// no lock, and the dialogs say so.

import { listAll, post } from "../api.js";
import { confirm, tell } from "../dialog.js";
import { h } from "../dom.js";
import { go } from "../router.js";
import { elapsed, serverNow } from "../time.js";
import { endWords } from "./marks.js";

/** Asks for kind, area and reason, starts it and goes to its board. */
export async function startMuster({ area = "", areas }) {
  const answer = await confirm({
    title: "Start a muster", confirmLabel: "Start it now", danger: true,
    effect: "Freezes the list of who is inside now. It changes no access right and moves no lock. A real muster is a critical alarm until it ends.",
    fields: [
      { name: "kind", label: "Kind", type: "select", options: [["drill", "drill: it is practised"], ["real", "real: people are in danger"]], value: "drill" },
      { name: "area", label: "Area", type: "select", options: areas.map((one) => [one.area, `${one.area}, ${one.count} inside`]), value: area || areas[0]?.area },
      { name: "print", label: "Print the list at once", type: "checkbox", value: true },
    ],
    reason: { required: true, min: 1, phrases: ["Fire alarm", "Evacuation drill of this quarter", "Gas alarm"] },
    submit: async ({ kind, area: where, reason, print }, key) => ({ ...(await post("musters", { kind, area: where, reason }, { key })), print }),
  });
  if (answer?.id) go(`/muster/${encodeURIComponent(answer.id)}${answer.print ? "?print=1" : ""}`);
}

/** Ends a muster with a report. */
export function endMuster(muster, link, done) {
  const took = elapsed(serverNow().getTime() - Date.parse(muster.started_at));
  return confirm({
    title: `End ${muster.id}`, confirmLabel: "End it", danger: true, effect: endWords(muster, took),
    reason: { label: "Report", required: true, min: 10, max: 4000 },
    statement: link.waiting.length > 0 ? h("p", { class: "effect" }, `${link.waiting.length} marks still wait to be sent; end it once they are.`) : null,
    submit: async ({ reason }, key) => {
      await link.send();
      return post(`musters/${encodeURIComponent(muster.id)}/end`, { report: reason }, { key });
    },
  }).then((answer) => answer && done(answer));
}

/** Somebody was found whom no list has. */
export function findVisitor(muster, done) {
  return confirm({
    title: "Add a visitor by hand", confirmLabel: "Add", effect: "Puts somebody on this list whom no reader has seen. It gives no right.",
    fields: [
      { name: "name", label: "Name", required: true }, { name: "company", label: "Company" },
      { name: "area", label: "Where they were", type: "select", options: (muster.areas.length > 0 ? muster.areas.map((one) => one.area) : [muster.area]).map((area) => [area, area]) },
    ],
    submit: ({ name, company, area }, key) => post(`musters/${encodeURIComponent(muster.id)}/visitors`, { name, area, ...(company ? { company } : {}) }, { key }),
  }).then((answer) => answer && done(answer));
}

/** A visitor comes in outside of any muster. */
export async function enterVisitor({ areas, area, done }) {
  const answer = await confirm({
    title: "Add a visitor", confirmLabel: "Add", effect: "Counts somebody as inside who has no card. It opens no door; their host answers for them.",
    fields: [
      { name: "name", label: "Name", required: true }, { name: "company", label: "Company" },
      { name: "host", label: "Host", required: true, help: "The id of the person who answers for them, such as p-7" },
      { name: "area", label: "Area", type: "select", options: areas.map((one) => [one.area, one.area]), value: area || areas[0]?.area },
      { name: "hours", label: "To be gone in", type: "select", options: [["1", "1 hour"], ["2", "2 hours"], ["4", "4 hours"], ["8", "8 hours"], ["12", "12 hours"]], value: "4" },
    ],
    reason: { required: true, min: 1, phrases: ["Meeting", "Tour", "Repair with an escort"] },
    submit: ({ name, company, host, area: where, hours, reason }, key) => post("visitors", {
      name, host, area: where, reason, until_at: new Date(serverNow().getTime() + Number(hours) * 3_600_000).toISOString(), ...(company ? { company } : {}),
    }, { key }),
  });
  if (answer) done(answer);
}

/** How to go on on a tablet: the address, and opening it here. */
export function handOver(id) {
  const address = `${location.origin}/muster/${encodeURIComponent(id)}?tablet=1`;
  // The page is loaded as a whole there, so that the device can keep it.
  const open = h("button", { type: "button", class: "strong", on: { click: () => location.assign(address) } }, "Open it on this device");
  return tell("Hand over to a tablet", h("div", { class: "hand-over" },
    h("p", null, "Open this address on the tablet and sign in there. The list is kept on it as soon as it is open, and marks that are made without the link are sent when it is back."),
    h("p", null, h("code", { class: "address" }, address)), open));
}

/** Areas in which a muster can be held, with their counts. */
export async function musterAreas(signal) {
  const items = await listAll("inside/areas?limit=1000", { signal });
  return [...items].sort((a, b) => (a.area < b.area ? -1 : 1));
}
