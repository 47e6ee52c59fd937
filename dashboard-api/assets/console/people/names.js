// The band that says that names are hidden, and how to have them shown for a while: a reason first, and every look is recorded.
// Who is shown names, and for how long, is decided by the daemon; where it does not tell of it, names are as they come.

import { get, post } from "../api.js";
import { confirm } from "../dialog.js";
import { h, replace } from "../dom.js";
import { dateTime, serverNow, timeEl } from "../time.js";

const PHRASES = ["Shift lead asked who this is", "Checking who is inside", "Review of rights"];

/** A band above a list of persons; `changed` is called once names are shown or hidden. */
export function namesBand(changed, signal) {
  const el = h("div", { class: "names-band", hidden: true });
  let timer = 0;
  signal.addEventListener("abort", () => clearTimeout(timer));

  async function load() {
    clearTimeout(timer);
    try {
      draw(await get("sessions/names", { signal }));
    } catch {
      // A daemon without this hides nothing, and a failed look is no reason to keep the list away.
      el.hidden = true;
    }
  }

  function draw(names) {
    el.hidden = false;
    el.dataset.shown = String(names.shown);
    if (!names.shown) {
      replace(el, h("p", null, h("strong", null, "Names are hidden. "), "Persons are shown by their ids."),
        h("button", { type: "button", class: "show-names", on: { click: show } }, "Show names for 30 minutes…"));
      return;
    }
    replace(el, h("p", null, h("strong", null, "Names are shown"), names.until_at ? [" until ", timeEl(names.until_at)] : null,
      names.reason ? [": ", h("bdi", null, names.reason)] : null),
    h("button", { type: "button", on: { click: hide } }, "Hide them now"));
    if (names.until_at) timer = setTimeout(again, Math.max(1000, Date.parse(names.until_at) - serverNow().getTime() + 500));
  }

  async function again() {
    await load();
    changed();
  }

  async function show() {
    const done = await confirm({
      title: "Show names", confirmLabel: "Show names",
      effect: `Shows names of persons in this session until ${dateTime(new Date(serverNow().getTime() + 30 * 60_000).toISOString())}. That you looked, and why, is recorded.`,
      reason: { required: true, min: 1, phrases: PHRASES }, ticket: { required: false },
      submit: ({ reason, ticket }, key) => post("sessions/names", { reason, ...(ticket ? { ticket } : {}) }, { key }),
    });
    if (done) await again();
  }

  async function hide() {
    try {
      await post("sessions/names", {}, { method: "DELETE", ifMatch: "*" });
    } finally {
      await again();
    }
  }

  load();
  return el;
}
