// The tabs and filters above the alarm list. Tabs are links, so each has an address; a filter changes the address in place.

import { queryOf as addressOf } from "../api.js";
import { bdi, h, replace, unseen } from "../dom.js";
import { list } from "../api.js";
import { tabs } from "../list_view.js";
import { priorityWord, shape } from "../shapes.js";
import { isAborted } from "./pace.js";
import { TABS, queryOf, toggled } from "./views.js";

const AREAS_MOST = 1000;

// Draws the tabs of a choice into `root`; `numbers` says how many each has, `urgent` the most urgent that nobody has seen.
export function drawTabs(root, choice, numbers, urgent) {
  const entries = TABS.map(({ view, word }) => ({
    id: view, title: urgent[view] ? [shape(urgent[view], "acked"), word] : word, current: view === choice.view, count: numbers[view] ?? null,
    href: `/alarms${addressOf(queryOf({ ...choice, view, sel: "", behind: [] }))}`,
  }));
  const held = root.contains(document.activeElement) ? document.activeElement.dataset.tab : null;
  replace(root, tabs("Views of the alarm list", entries));
  if (held) root.querySelector(`[data-tab="${held}"]`)?.focus();
}

// The filters: {el, show(choice)}. `change(next)` is told what was chosen.
export function filters(change, signal) {
  let choice = { prio: [], area: "" };
  const buttons = [1, 2, 3, 4].map((priority) => h("button", {
    type: "button", class: "prio", dataset: { prio: priority }, "aria-pressed": "false", on: { click: () => change({ prio: toggled(choice.prio, priority) }) },
  }, shape(priority, "acked"), unseen("Only priority "), priorityWord(priority)));
  const area = h("select", { id: "alarm-area", on: { change: (event) => change({ area: event.target.value }) } }, h("option", { value: "" }, "everywhere"));
  const el = h("div", { class: "alarm-filters" },
    h("div", { class: "prios", role: "group", "aria-label": "Show only these priorities" }, buttons),
    h("p", { class: "area" }, h("label", { for: "alarm-area" }, "Area"), " ", area));
  loadAreas(area, signal, () => choice.area);
  return {
    el,
    show(next) {
      choice = next;
      for (const button of buttons) button.setAttribute("aria-pressed", String(next.prio.includes(Number(button.dataset.prio))));
      offer(area, next.area);
      area.value = next.area;
    },
  };
}

// Every area but single racks: those are found by their row, or by an address.
async function loadAreas(select, signal, chosen) {
  try {
    const { items } = await list(`areas?filter=-kind:rack&fields=path,kind&sort=path&limit=${AREAS_MOST}`, { signal });
    for (const { path } of items) offer(select, path);
    select.value = chosen();
  } catch (problem) {
    if (!isAborted(problem)) select.title = "The areas could not be loaded";
  }
}

function offer(select, path) {
  if (path && ![...select.options].some((one) => one.value === path)) select.append(h("option", { value: path }, path));
}

// What can be done with the rows that are selected.
export function selectionBar(root, { chosen, source, canAck, acknowledge, clear }) {
  root.hidden = chosen.length === 0;
  if (chosen.length === 0) {
    replace(root);
    return;
  }
  const why = source === null ? "Only alarms of one source are acknowledged together." : canAck ? null : "Some of these are acknowledged or put aside.";
  replace(root, h("strong", null, `${chosen.length} selected`),
    source === null ? null : h("span", { class: "aside" }, "of ", bdi(source)),
    h("button", { type: "button", class: "strong", acts: true, disabled: Boolean(why), on: { click: acknowledge } }, `Acknowledge ${chosen.length}`),
    why && h("span", { class: "aside" }, why),
    h("button", { type: "button", on: { click: clear } }, "Clear the selection"));
}
