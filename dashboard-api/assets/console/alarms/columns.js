// What stands in the columns of the alarm list. It words what the API tells and decides nothing.

import { bdi, h, unseen } from "../dom.js";
import { shape } from "../shapes.js";
import { site } from "../site.js";
import { elapsed, timeEl } from "../time.js";
import { untilEl } from "./beat.js";
import { nameOf, person } from "./operators.js";
import { thumb } from "./thumbs.js";
import { aside, assigneeWords, capital, labelWords, levelWords, lookOf, priorityName, verdictWords } from "./state.js";

// The columns; `toggle(alarm)` opens and closes what is behind an alarm. Beside what the API tells, a row has `last`, who was
// there last, `waits`, what waits for a second operator, `isOpen` where what is behind it is shown, and `under` where it is that.
export function columns(toggle) {
  return [
    { key: "priority", title: "Priority", hidden: true, class: "what-shape", draw: (alarm) => [shape(alarm.priority, lookOf(alarm)), unseen(`P${alarm.priority} ${priorityName(alarm.priority)}`)] },
    { key: "age", title: "Age", class: "age", draw: (alarm) => timeEl(alarm.raised_at, { relative: true, inRow: true }) },
    { key: "what", title: "What", class: "what", draw: (alarm) => what(alarm, toggle) },
    { key: "where", title: "Where", class: "where", draw: where },
    { key: "state", title: "State", class: "state", draw: state },
    { key: "assignee", title: "With", class: "with", draw: (alarm) => (alarm.isOfDesk ? "" : assignee(alarm)) },
    { key: "next", title: "Next", class: "next", draw: next },
  ];
}

function what(alarm, toggle) {
  const behind = alarm.behind > 0 && h("button", {
    type: "button", class: "behind-toggle", "aria-expanded": String(Boolean(alarm.isOpen)), on: { click: (event) => { event.stopPropagation(); toggle(alarm); } },
  }, `+ ${alarm.behind} ${alarm.behind === 1 ? "point" : "points"} behind ${alarm.source}`);
  return [
    h("strong", null, bdi(capital(alarm.words))),
    alarm.raised_times > 1 && h("span", { class: "times", title: `${alarm.raised_times} times since it was first raised` }, ` ${alarm.raised_times}\u00d7`),
    labelWords(alarm.label) && h("span", { class: "aside label" }, labelWords(alarm.label)),
    behind,
  ];
}

// The door with its last two parts plain, and beside it the device where that has a name of its own.
function where(alarm) {
  const { last } = alarm;
  const isBelow = alarm.door && alarm.source.startsWith(`${alarm.door}/`);
  const path = isBelow ? alarm.source : alarm.door ?? alarm.source;
  const cut = path.lastIndexOf("/", path.lastIndexOf("/") - 1);
  const head = cut > 0 ? path.slice(0, cut + 1) : "";
  const device = alarm.door && !isBelow && alarm.door !== alarm.source;
  return [alarm.thumb ? thumb(alarm.thumb) : null, h("span", { class: "path", title: path },
    h("bdi", null, head && h("span", { class: "path-head" }, head), path.slice(head.length)), device ? h("span", { class: "aside" }, bdi(alarm.source)) : null,
    last && h("span", { class: "aside last-here" }, bdi(last.person), ` ${last.did} ${last.beforeMs < 1000 ? "right" : elapsed(last.beforeMs)} before`))];
}

function state(alarm) {
  const put = aside(alarm);
  const { waits } = alarm;
  return [
    h("span", { class: "state-words" }, put ? [capital(put.what), put.until ? [" ", timeEl(put.until)] : null] : alarm.state),
    waits && h("span", { class: "badge waits", title: waits.words }, "waits for a second operator"),
    note(alarm, put),
  ];
}

// What was noted and why it was put aside.
function note(alarm, put) {
  return [
    alarm.acked && h("span", { class: "noted" }, person(alarm.acked.acked_by), alarm.acked.note ? [": ", bdi(alarm.acked.note)] : null),
    put && h("span", { class: "noted" }, put.by.length ? `${put.by.map(nameOf).join(" and ")}: ` : null, bdi(put.why)),
  ];
}

function assignee(alarm) {
  const words = assigneeWords(alarm.assignee, site.operatorId);
  return h("span", { class: words === "desk" ? "aside" : "" }, words === "desk" || words === "you" ? words : bdi(nameOf(alarm.assignee)));
}

function next(alarm) {
  // What another alarm explains calls nobody.
  if (alarm.suppression?.kind === "by_design") return "";
  if (alarm.isOfDesk) return h("a", { href: "/shift" }, "Start sound");
  if (alarm.judgement) return h("span", null, verdictWords(alarm.judgement.verdict));
  if (alarm.closed_at) return h("span", null, "closed ", timeEl(alarm.closed_at));
  const until = alarm.suppression?.until_at;
  if (until) return h("span", null, "back ", untilEl(until));
  if (alarm.next_escalation) {
    return h("span", null, levelWords(alarm.next_escalation.level), " ", untilEl(alarm.next_escalation.at));
  }
  if (alarm.awaits_verdict && !alarm.active) return h("span", null, "verdict");
  return alarm.level === "desk" ? "" : h("span", { class: "aside" }, `with ${levelWords(alarm.level)}`);
}
