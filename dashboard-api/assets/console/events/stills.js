// The stills that belong to an event: of its alarm where it is about one, else of itself. They are asked for once the event is
// looked at, and nothing else of it waits for them.

import { tellStatus } from "../announce.js";
import { stillFigure, stillsOf } from "../cameras.js";
import { open } from "../dialog.js";
import { h, replace } from "../dom.js";
import { may } from "../site.js";
import { seqOf } from "./pages.js";

const NONE = "No still was kept of this event.";

const alarmOf = (event) => (/^alm-\d+$/.test(event.data?.alarm_id ?? "") ? event.data.alarm_id : null);

// Its stills; of a still's own entry those that it belongs to.
export function stillsOfEvent(event, signal) {
  const alarm = alarmOf(event);
  if (alarm) return stillsOf("alarms", [alarm], signal);
  return stillsOf("events", [event.data?.entry ?? seqOf(event)], signal);
}

const strip = (stills) => h("div", { class: "still-strip" }, stills.map((still) => stillFigure(still, still.camera_name)));

// A place for the stills of an event, which fills by itself; null for whoever may not look.
export function eventStills(event) {
  if (!may("view_stills")) return null;
  const root = h("section", { class: "ev-stills", "aria-label": "Stills" }, h("p", { class: "aside" }, "Looking for stills."));
  stillsOfEvent(event).then(
    (stills) => replace(root, stills.length === 0 ? h("p", { class: "aside" }, NONE) : [h("h3", null, "Stills"), strip(stills)]),
    () => replace(root, h("p", { class: "aside" }, "The stills are not told now.")));
  return root;
}

// Shows the stills of an event by themselves, until Esc.
export async function previewStills(event) {
  if (!may("view_stills")) return;
  try {
    const stills = await stillsOfEvent(event);
    if (stills.length === 0) tellStatus(NONE);
    else open({ title: "Stills", content: strip(stills), wide: true });
  } catch (problem) {
    tellStatus(problem.message);
  }
}
