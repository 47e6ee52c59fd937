// Several alarms of one source acknowledged together: every one of them is shown, each goes with the revision that was on the
// screen, and each says what became of it. One that fails holds up none of the others.

import { tellStatus } from "../announce.js";
import { Problem, mayHaveHappened, newKey } from "../api.js";
import { confirm } from "../dialog.js";
import { bdi, h, replace } from "../dom.js";
import { shape } from "../shapes.js";
import { timeEl } from "../time.js";
import { ACK_PHRASES, doneWords, notedAtLeast } from "./answers.js";
import { order } from "./actions.js";
import { deedMeanwhile, deedWords } from "./deeds.js";
import { nameOf } from "./operators.js";
import { capital, lookOf } from "./state.js";

// Asks once and answers each; resolves with how many were taken, null where it was cancelled.
export async function acknowledgeAll(alarms) {
  const rows = alarms.map((alarm) => ({ alarm, key: newKey(), done: false, told: h("span", { class: "aside", "aria-live": "polite" }) }));
  const least = Math.max(...alarms.map(notedAtLeast));
  const outcome = await confirm({
    title: `Acknowledge ${alarms.length} alarms`,
    statement: h("ul", { class: "bulk" }, rows.map(line)),
    effect: `Says "seen, mine" of each of these ${alarms.length} alarms of ${alarms[0].source}. It ends no condition.`,
    reason: { label: "Note", required: least > 0, min: least, phrases: ACK_PHRASES },
    confirmLabel: `Acknowledge ${alarms.length}`,
    submit: async ({ reason }) => {
      for (const row of rows.filter((one) => !one.done)) await answer(row, reason);
      if (rows.every((row) => row.done)) return doneWords(rows);
      throw new Problem({ title: doneWords(rows), status: 409 }, 409);
    },
  });
  if (outcome) tellStatus(outcome);
  return rows.filter((row) => row.done).length;
}

const line = ({ alarm, told }) => h("li", { dataset: { alarm: alarm.id } }, shape(alarm.priority, lookOf(alarm)),
  h("span", null, h("strong", null, bdi(capital(alarm.words))), " ", h("span", { class: "aside" }, "raised ", timeEl(alarm.raised_at))), told);

async function answer(row, note) {
  replace(row.told, "is being sent");
  try {
    const { proposal } = await order(row.alarm, "acknowledge", { note }, row.key);
    [row.done, row.waits] = [true, Boolean(proposal)];
    replace(row.told, proposal ? `${proposal} waits for a second operator` : "acknowledged");
  } catch (problem) {
    // A refusal is kept under its key.
    if (!mayHaveHappened(problem)) row.key = newKey();
    const deed = deedMeanwhile(row.alarm.id, problem.meanwhile);
    replace(row.told, deed ? deedWords(deed, nameOf) : problem.title);
    // Nobody can answer it twice: what somebody else has acknowledged is done as well.
    if (deed?.did === "acked") row.done = true;
  }
}
