// Changes of rights with their second step: a dialog that says exactly what happens, one request under one key, and a line that
// says what came of it. Whether it may be done is the daemon's to say.

import { tellStatus } from "../announce.js";
import { post } from "../api.js";
import { confirm } from "../dialog.js";
import { h, replace } from "../dom.js";
import { toldOf } from "./told.js";

export const REASONS = {
  disable: ["Asked for by the holder", "Asked for by the employer", "Seen with somebody else"],
  lost: ["Reported lost by the holder"],
  stolen: ["Reported stolen by the holder", "Reported stolen by the police"],
  end: ["Work is finished", "Given by mistake", "Asked for by the area's owner"],
  approve: ["Ticket checked", "Within the change window"],
  deny: ["No such ticket", "Outside the change window", "Not known to the area's owner"],
};

/** A line above a screen that says what the last change came to. */
export function toldLine() {
  const el = h("div", { class: "told-line", hidden: true });
  const say = (text) => {
    el.hidden = !text;
    replace(el, h("p", null, text), h("button", { type: "button", class: "quiet", "aria-label": "Dismiss", on: { click: () => say("") } }, "✕"));
    if (text) tellStatus(text);
  };
  return { el, say };
}

/**
 * Asks for a reason and sends: `{title, effect, path, body(values), reason, ticket, fields, danger, done, line, after(answer)}`.
 * `done` is the clause that says what was done.
 */
export async function act({ path, body = (values) => values, done, line, after = () => {}, method = "POST", ifMatch, notAfter, reason = {}, ...dialog }) {
  const answer = await confirm({
    ...dialog,
    reason: reason && { required: true, min: 1, max: 256, ...reason },
    submit: (values, key) => post(path, body(values), { key, method, ifMatch, notAfter }),
  });
  if (!answer) return null;
  line?.say(toldOf(answer, done));
  await after(answer);
  return answer;
}
