// The figures of alarm management for a week or a month, as a screen and as the weekly report on paper: targets, mix, worst
// sources with what may help, what stands, who answered. Counting and judging is the daemon's (docs/alarm-figures.md).

import { get, isUntold, queryOf } from "../api.js";
import { bdi, h } from "../dom.js";
import { facts, panel } from "../list_view.js";
import { pane, problemView } from "../pane.js";
import { priorityWord, shape } from "../shapes.js";
import { dateTime, serverNow, timeEl } from "../time.js";
import { capital, count, plain } from "../words.js";
import { LABELS, STANDINGS, advice, foundWords, limitWords, measureWords, mix, originWords, secondsWords, shareWords } from "./figures.js";
import { plainTable } from "./tables.js";

const DAY_MS = 86_400_000;
const MOST_DOORS = 15;

export const PERIODS = [
  ["7", "7 days"],
  ["30", "30 days"],
];

const eventsOf = (kind, source) => `/events?from=-7d&q=${encodeURIComponent(`kind:${kind} ${source.includes("/") ? `"${source}"` : source}`)}`;

// The view of `days`; reading a period takes the daemon up to twelve seconds.
export function figuresView(days, ctx) {
  const root = h("div", { class: "hl-figures" });
  pane(
    root,
    async (signal) => {
      const to = serverNow();
      const period = { from: new Date(to.getTime() - days * DAY_MS).toISOString(), to: to.toISOString() };
      const proposals = get(`alarms/proposals${queryOf(period)}`, { signal }).catch((problem) => ({ problem, items: [] }));
      return { figures: await get(`alarms/figures${queryOf(period)}`, { signal }), proposals: await proposals };
    },
    ({ figures, proposals }) => draw(figures, proposals, days),
    { what: "the figures; the journal is read for them", signal: ctx.signal },
  );
  return root;
}

function draw(figures, proposals, days) {
  return h(
    "div",
    { class: "hl-report" },
    h(
      "p",
      { class: "hl-period" },
      h("strong", null, days === 7 ? "Weekly alarm report" : `Alarm report of ${days} days`),
      ` ${dateTime(figures.from_at)} to ${dateTime(figures.to_at)}`,
    ),
    panel("Against the targets", targets(figures.marks)),
    h("div", { class: "columns" }, panel("In all", summary(figures.whole)), panel("Priorities", priorities(figures.whole))),
    panel("What made most of the load", sources(figures, proposals.items), { aside: "the ten conditions at one place that came most often" }),
    figures.chattering.length ? panel("Chattering", chattering(figures.chattering), { aside: "three raises within a minute" }) : null,
    figures.stale.length ? panel("Active for more than a day", stale(figures.stale)) : null,
    panel("Other timings, rehearsed", proposed(proposals), { aside: "nothing changes by itself; timings stand in the site file" }),
    h("div", { class: "columns" }, panel("Who answered", operators(figures.operators)), panel("Doors", doorTable(figures.doors))),
  );
}

function targets(marks) {
  return plainTable(
    "Figures against their targets",
    [["Figure"], ["Found", "number"], ["Good up to", "number"], ["Standing"], ["After"]],
    marks.map((mark) => [
      measureWords(mark.measure),
      h("b", null, foundWords(mark)),
      limitWords(mark),
      h("span", { class: `hl-standing ${mark.standing}` }, h("i", { "aria-hidden": "true" }), STANDINGS[mark.standing] ?? plain(mark.standing)),
      h("span", { class: "aside" }, originWords(mark.measure)),
    ]),
  );
}

function summary(whole) {
  const again = whole.again ? `; ${whole.again} of them came again before they were done with` : "";
  return facts([
    ["Raised", `${count(whole.raised, "alarm")}${again}`],
    ["Active at the end", String(whole.active)],
    ["Nobody had acknowledged", String(whole.unacknowledged)],
    [
      "Acknowledged within",
      whole.acknowledged_p50_s === null
        ? "none was acknowledged"
        : `${secondsWords(whole.acknowledged_p50_s)} for half, ${secondsWords(whole.acknowledged_p95_s)} for 95 %`,
    ],
    ["Longest active", secondsWords(whole.longest_active_s)],
    ["Longest unacknowledged", secondsWords(whole.longest_unacknowledged_s)],
    ["In flood", secondsWords(whole.in_flood_s)],
    ["Forced openings", labels(whole.by_label)],
  ]);
}

function labels(byLabel) {
  const found = byLabel.filter((one) => one.count > 0);
  return found.length === 0 ? "none" : found.map((one) => `${one.count} ${LABELS[one.word] ?? plain(one.word)}`).join(", ");
}

function priorities(whole) {
  return h(
    "ul",
    { class: "hl-mix" },
    mix(whole.by_priority).map((one) => {
      const bar = h("i", { "aria-hidden": "true" });
      bar.style.inlineSize = `${Math.max(one.count ? 1 : 0, one.share * 100)}%`;
      return h(
        "li",
        null,
        shape(one.priority, "acked"),
        h("span", { class: "name" }, capital(priorityWord(one.priority))),
        h("span", { class: "bar" }, bar),
        h("b", null, String(one.count)),
        h("span", { class: "share" }, `${Math.round(one.share * 1000) / 10} %`),
        h("span", { class: "aside" }, one.usual),
      );
    }),
  );
}

function sources(figures, proposals) {
  if (figures.top.length === 0) return h("p", { class: "aside" }, "No alarm was raised in this period.");
  return plainTable(
    "The sources of most alarms",
    [["Condition"], ["Where"], ["Raised", "number"], ["Share", "number"], ["What may help"]],
    figures.top.map((one) => {
      const help = advice(one, { proposals, doors: figures.doors, stale: figures.stale });
      return [
        h("a", { href: eventsOf(one.kind, one.source) }, capital(plain(one.kind))),
        bdi(one.source),
        String(one.raised),
        shareWords(one.share_permille),
        h(
          "span",
          null,
          h("b", { class: "hl-help" }, capital(help.sort)),
          " ",
          help.words,
          help.sort === "shelve"
            ? h("a", { href: `/alarms?sel=${figures.stale.find((each) => each.source === one.source)?.alarm ?? ""}` }, " Open the alarm")
            : "",
        ),
      ];
    }),
  );
}

const chattering = (rows) =>
  plainTable(
    "Chattering conditions",
    [["Condition"], ["Where"], ["Chattered", "number"], ["Raised", "number"]],
    rows.map((one) => [
      h("a", { href: eventsOf(one.kind, one.source) }, capital(plain(one.kind))),
      bdi(one.source),
      String(one.chattering),
      String(one.raised),
    ]),
  );

const stale = (rows) =>
  plainTable(
    "Alarms active for more than a day",
    [["Alarm"], ["Condition"], ["Where"], ["Active since"]],
    rows.map((one) => [
      h("a", { href: `/alarms/${one.alarm}` }, one.alarm),
      capital(plain(one.kind)),
      bdi(one.source),
      one.since_at ? h("span", null, timeEl(one.since_at), " (", timeEl(one.since_at, { relative: true }), ")") : "before this period",
    ]),
  );

function proposed(proposals) {
  if (proposals.problem)
    return isUntold(proposals.problem)
      ? h("p", { class: "aside" }, "This version of the daemon does not tell this.")
      : problemView(proposals.problem, { what: "the proposals" });
  const changes = proposals.items.filter((one) => one.change),
    others = proposals.items.filter((one) => !one.change);
  if (proposals.items.length === 0) return h("p", { class: "aside" }, "No door raised an alarm that a timing could have spared.");
  const rows = (items) =>
    plainTable(
      "Timings rehearsed",
      [["Door"], ["Condition"], ["Found"], ["Alarms", "number"], ["Breaches", "number"]],
      items.map((one) => [bdi(one.door), capital(plain(one.kind)), one.sentence, String(one.recorded), String(one.breaches)]),
    );
  return h(
    "div",
    null,
    changes.length ? rows(changes) : h("p", { class: "aside" }, "No change of a timing is proposed."),
    others.length
      ? h("details", { class: "hl-more" }, h("summary", null, `${count(others.length, "condition")} without a proposal, and why`), rows(others))
      : null,
  );
}

function operators(rows) {
  if (rows.length === 0) return h("p", { class: "aside" }, "Nobody acknowledged or judged an alarm in this period.");
  return plainTable(
    "Who answered alarms",
    [["Operator"], ["Acknowledged", "number"], ["Half within", "number"], ["95 % within", "number"], ["Judged"]],
    rows.map((one) => [
      bdi(one.operator),
      String(one.acknowledged),
      secondsWords(one.p50_s),
      secondsWords(one.p95_s),
      one.judged.map((each) => `${each.count} ${plain(each.word)}`).join(", ") || "-",
    ]),
  );
}

function doorTable(doors) {
  if (doors.length === 0) return h("p", { class: "aside" }, "No door had an alarm in this period.");
  const shown = doors.slice(0, MOST_DOORS);
  return h(
    "div",
    null,
    plainTable(
      "Doors with most alarms",
      [["Door"], ["Raised", "number"], ["Chattered", "number"], ["95 % seen within", "number"]],
      shown.map((one) => [
        h("a", { href: `/events?from=-7d&q=${encodeURIComponent(`door:${one.door} type:alarm.*`)}` }, bdi(one.door)),
        String(one.figures.raised),
        String(one.figures.chattering),
        secondsWords(one.figures.acknowledged_p95_s),
      ]),
    ),
    doors.length > shown.length ? h("p", { class: "aside" }, `${doors.length - shown.length} more doors had alarms.`) : null,
  );
}

// Switches between periods, each with an address.
export function periodTools(days) {
  return [
    ...PERIODS.map(([value, words]) =>
      h("a", { class: "button", href: `/health?view=figures&days=${value}`, "aria-current": String(days) === value ? "true" : null }, words),
    ),
    h("button", { type: "button", on: { click: () => window.print() } }, "Print report"),
  ];
}
