// Everything that is put aside, in one list with owner and end: on the shelf, out of service, explained by another alarm
// (console.md, screen 10). Bringing something back is here, too; how long it may stay is the daemon's.

import { listAll } from "../api.js";
import { bdi, h, replace } from "../dom.js";
import { empty, head, tabs } from "../list_view.js";
import { pane } from "../pane.js";
import { setFilterWords } from "../print.js";
import { go, query } from "../router.js";
import { shape } from "../shapes.js";
import { may } from "../site.js";
import { stream } from "../stream.js";
import { liveTable } from "../table.js";
import { timeEl } from "../time.js";
import { plain } from "../words.js";
import { returnToService, unshelve } from "../health/actions.js";
import { KINDS, countsOf, endsFirst, ownerWords, ruleWords } from "../health/aside.js";

const REFRESH_MS = 1_000;
const VIEWS = ["shelved", "out_of_service", "suppressed"];

const TITLES = { shelved: "On the shelf", out_of_service: "Out of service", by_design: "Explained by another" };
const NOTHING = "Nothing is put aside: every alarm there is stands on the alarm list.";

export const title = () => "Shelved";

const back = (alarm) =>
  alarm.suppression.kind === "shelved" && may("shelve_alarms")
    ? ["Bring back", () => unshelve(alarm)]
    : alarm.suppression.kind === "out_of_service" && may("take_out_of_service")
      ? ["Return", () => returnToService(alarm)]
      : null;

const COLUMNS = (refresh) => [
  {
    key: "shape",
    title: "Priority",
    hidden: true,
    class: "what-shape",
    draw: (alarm) => shape(alarm.priority, "shelved", { title: `priority ${alarm.priority}` }),
  },
  {
    key: "what",
    title: "What",
    draw: (alarm) => h("span", null, h("b", null, alarm.words), h("span", { class: "hl-sub" }, h("a", { href: `/alarms/${alarm.id}` }, alarm.id))),
  },
  {
    key: "where",
    title: "Where",
    draw: (alarm) =>
      h(
        "span",
        null,
        h("span", { class: "hl-clamp" }, bdi(alarm.source)),
        alarm.door && alarm.door !== alarm.source ? h("span", { class: "hl-sub" }, bdi(alarm.door)) : null,
      ),
  },
  {
    key: "how",
    title: "How",
    class: "state",
    draw: (alarm) =>
      h(
        "span",
        null,
        KINDS[alarm.suppression.kind] ?? plain(alarm.suppression.kind),
        alarm.suppression.one_shot ? ", until its condition ends" : "",
        h("span", { class: "hl-sub" }, alarm.active ? "condition holds" : "condition is over"),
      ),
  },
  { key: "why", title: "Why", draw: whyCell },
  { key: "owner", title: "Owner", draw: (alarm) => bdi(ownerWords(alarm.suppression) ?? "a rule") },
  {
    key: "end",
    title: "Ends",
    class: "time",
    draw: (alarm) =>
      alarm.suppression.until_at
        ? h("span", null, timeEl(alarm.suppression.until_at), h("span", { class: "hl-sub" }, timeEl(alarm.suppression.until_at, { relative: true })))
        : "with the other alarm",
  },
  {
    key: "act",
    title: "Action",
    hidden: true,
    class: "tools",
    draw: (alarm) => {
      const act = back(alarm);
      return act
        ? h(
            "button",
            {
              type: "button",
              class: "small",
              acts: true,
              on: {
                click: async () => {
                  await act[1]();
                  refresh();
                },
              },
            },
            act[0],
          )
        : h("span");
    },
  },
];

function whyCell(alarm) {
  const { kind, reason, behind } = alarm.suppression;
  if (kind === "by_design") return h("span", null, ruleWords(reason), behind ? [", ", h("a", { href: `/alarms/${behind}` }, behind)] : "");
  return h("span", null, h("span", { class: "hl-clamp" }, kind === "out_of_service" ? "work order " : "", bdi(reason || "no reason is shown to you")));
}

// Tabs by how something was put aside, with how many there are of each.
function tabsOf(all, of) {
  const kinds = countsOf(all).map(([kind, number]) => ({ title: TITLES[kind], href: `/shelved?of=${kind}`, current: of === kind, count: number }));
  return tabs("Put aside", [{ title: "All", href: "/shelved", current: !of, count: all.length }, ...kinds]);
}

function tableOf(refresh) {
  const bringBack = async (alarm) => {
    const act = back(alarm);
    if (!act) return;
    await act[1]();
    refresh();
  };
  return liveTable({
    caption: "Alarms put aside",
    columns: COLUMNS(refresh),
    id: (alarm) => alarm.id,
    sort: endsFirst,
    onOpen: (alarm) => go(`/alarms/${alarm.id}`),
    label: (alarm) => alarm.words,
    keys: { u: [bringBack, "bring back, or return to service"] },
  });
}

export function mount(root, params, ctx) {
  let items = [];
  let timer = 0;
  const box = h("div");
  const nav = h("div");
  const refresh = () => {
    timer ||= setTimeout(() => {
      timer = 0;
      view.reload();
    }, REFRESH_MS);
  };
  const table = tableOf(refresh);
  const load = async (signal) => {
    const views = await Promise.all(VIEWS.map((name) => listAll(`alarms?view=${name}&limit=1000`, { signal })));
    return views.flat().filter((alarm) => alarm.suppression);
  };
  const draw = (all) => {
    items = all;
    const of = query().get("of") ?? "";
    replace(nav, tabsOf(all, of));
    const shown = all.filter((alarm) => !of || alarm.suppression.kind === of);
    if (shown.length === 0)
      return empty(all.length ? "Nothing is put aside in this way." : NOTHING, "An alarm is shelved, or taken out of service, from the alarm list.");
    queueMicrotask(() => table.set(shown));
    // A table that stands there already stays, and with it whoever is in it.
    return box.contains(table.el) ? null : table.el;
  };
  replace(root, head("Shelved", { aside: "everything put aside, the one that ends first on top" }), nav, box);
  const view = pane(box, load, draw, { what: "what is put aside", signal: ctx.signal });
  const off = stream.watch(/^alarm\./, refresh);
  setFilterWords(() => `put aside: ${query().get("of") ? plain(query().get("of")) : "everything"}, ${items.length} in all`);
  return {
    unmount: () => {
      clearTimeout(timer);
      off();
      setFilterWords(null);
    },
    onQuery: () => view.show(items),
  };
}
