// What came of a change of rights, said in a sentence: done, known to all devices or not yet, or waiting for a second
// operator. Whether it was done is the daemon's to say; an answer is never taken for more than it says.

import { waitsWords } from "../waits.js";

/** A sentence about the answer to a change; `done` is what was meant, as a clause such as "cred-7 is disabled"; `clock` words a time. */
export function toldOf(answer, done, clock = null) {
  if (answer?.proposal) return waitsWords([answer], clock);
  if (answer?.state === "requested" && typeof answer.approvals_wanted === "number") {
    const left = answer.approvals_wanted - (answer.approved_by?.length ?? 0);
    return `${done}. It counts for nothing before ${left} more ${left === 1 ? "approval" : "approvals"}.`;
  }
  const pending = answer?.delivered?.pending ?? 0;
  if (pending > 0) return `${done}. ${behindWords(answer.delivered)}`;
  return `${done}.`;
}

// Whoever took a right away must know where it still opens.
function behindWords(delivered) {
  const names = (delivered.behind ?? []).slice(0, 3).map((one) => one.place);
  const more = delivered.pending - names.length;
  const where = names.length > 0 ? `: ${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}` : "";
  return `${delivered.pending} of ${delivered.total} devices with rights of their own do not know it yet${where}.`;
}
