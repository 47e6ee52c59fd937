// Says sentences to those who hear the page, in its two live regions: what is critical or high at once, the rest when there is
// time. How often is announcing.js.

import { Announcing } from "./announcing.js";
import { priorityWord } from "./shapes.js";

const said = new Announcing();
let timer = 0;

export function announce(sentence, priority = 3) {
  // A number says less to the ear than the word for it.
  said.add(`${priorityWord(priority)}: ${sentence.replace(/^P\d alarm: /, "")}`, priority);
  if (!timer) timer = setTimeout(speak, said.waitMs(performance.now()) ?? 0);
}

function speak() {
  timer = 0;
  const next = said.next(performance.now());
  if (next) document.getElementById(next.priority <= 2 ? "alert" : "status").textContent = next.sentence;
  const wait = said.waitMs(performance.now());
  if (wait !== null) timer = setTimeout(speak, wait);
}

// A word about what somebody just did here.
export function tellStatus(sentence) {
  document.getElementById("status").textContent = sentence;
}
