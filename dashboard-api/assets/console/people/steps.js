// Draws a decision: what came of it, the steps in the order the rules ran, and which of them objected first. The daemon decided;
// nothing is concluded here.

import { bdi, h } from "../dom.js";
import { dateTime, timeEl } from "../time.js";
import { pathNode } from "./places_node.js";
import { denialWords, ruleWords } from "./words.js";

export function explanation(found, name) {
  const granted = found.outcome === "granted";
  const first = found.steps.find((step) => step.result === "fail");
  return h("section", { class: "explained", "aria-labelledby": "explained" },
    h("div", { class: `verdict ${granted ? "verdict-granted" : "verdict-denied"}` },
      mark(granted),
      h("div", null,
        h("h2", { id: "explained" }, granted ? "GRANTED" : `DENIED ${found.code}`),
        h("p", null, bdi(name ?? found.person), granted ? " would be let through at " : " would be refused at ", pathNode(found.point),
          granted ? [" by ", h("a", { href: `/people/${encodeURIComponent(found.person)}#${found.grant}` }, found.grant)] : `: ${denialWords(found.reason)}`),
        h("p", { class: "soft" }, "As of ", timeEl(found.at), ". What only the door can know, such as a PIN, is assumed to be right."))),
    next(found, granted),
    h("h3", null, "Decision, step by step"),
    h("ol", { class: "decision-steps" }, found.steps.map((step) => stepRow(step, step === first))),
    granted ? null : h("p", { class: "soft" }, "The rules after the one that objected were not asked."));
}

function next(found, granted) {
  if (granted) return null;
  if (!found.next_permitted_at) return h("p", { class: "would" }, "No moment is known at which this would be granted: it is not the time that objects, or no right is left.");
  const query = new URLSearchParams({ person: found.person, point: found.point, at: found.next_permitted_at });
  return h("p", { class: "would" }, "Would be granted from ", h("a", { href: `/explain?${query}` }, dateTime(found.next_permitted_at)), ", as far as rights and times go.");
}

function stepRow(step, isFirst) {
  const passed = step.result === "ok";
  return h("li", { class: `step${isFirst ? " step-first" : ""}`, "aria-current": isFirst ? "step" : null },
    mark(passed),
    h("span", { class: "step-rule" }, ruleWords(step.rule)),
    h("span", { class: "step-result" }, passed ? "passed" : "objected"),
    h("span", { class: "step-detail" }, step.detail, step.reason ? h("span", { class: "soft" }, ` (${step.reason})`) : null,
      isFirst ? h("strong", { class: "step-why" }, "First rule that objected: it settled the decision.") : null));
}

function mark(passed) {
  return h("span", { class: `outcome-mark ${passed ? "mark-passed" : "mark-failed"}`, "aria-hidden": "true" }, passed ? "✓" : "✕");
}

/** The outcome as a sentence, for those who hear the page. */
export const outcomeWords = (found) => (found.outcome === "granted" ? "Granted." : `Denied: ${denialWords(found.reason)}.`);
