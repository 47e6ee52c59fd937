// What to do about an alarm, as a checklist. A tick is recorded with whoever made it and is not taken back; the number keys
// tick as well. Which steps there are is the engine's.

import { h, replace } from "../dom.js";
import { problemView } from "../pane.js";
import { may } from "../site.js";
import { finishStep } from "./actions.js";
import { orders } from "./state.js";

// The checklist: {el, show(alarm), tick(step)}.
export function procedure() {
  const list = h("ol", { class: "steps" });
  const trouble = h("div", { "aria-live": "polite" });
  const el = h("div", { class: "procedure" }, list, trouble);
  let alarm = null;
  let sending = 0;

  async function tick(step) {
    const wanted = alarm?.steps.find((one) => one.step === step);
    if (!wanted || wanted.done || sending || !canTick()) return false;
    sending = step;
    draw();
    replace(trouble);
    try {
      await finishStep(alarm, step);
    } catch (problem) {
      replace(trouble, problemView(problem));
    } finally {
      sending = 0;
      draw();
    }
    return true;
  }

  const canTick = () => may("answer_alarms") && orders(alarm).steps;

  function draw() {
    const focused = list.contains(document.activeElement) ? document.activeElement.dataset.step : null;
    replace(list, alarm.steps.map(({ step, words, done }) => h("li", { class: done ? "done" : "" },
      h("label", { class: "choice" },
        h("input", {
          type: "checkbox", checked: done || sending === step, disabled: done || sending > 0 || !canTick(), acts: true,
          dataset: { step: String(step) }, "aria-keyshortcuts": step <= 9 ? String(step) : null, on: { change: () => tick(step) },
        }),
        h("span", { class: "number", "aria-hidden": "true" }, step), h("span", null, words),
        sending === step ? h("span", { class: "aside" }, "is being recorded") : null))));
    if (focused) list.querySelector(`[data-step="${focused}"]`)?.focus();
  }

  return {
    el,
    tick,
    show(next) {
      alarm = next;
      draw();
    },
  };
}

// How far one is: "2 of 4 done".
export const progressWords = ({ steps }) => (steps.length ? `${steps.filter((one) => one.done).length} of ${steps.length} done` : "");
