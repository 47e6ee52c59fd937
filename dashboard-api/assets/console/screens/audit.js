// The audit log (console.md, screen 10): what operators did, and whether the journal is whole. It is the list of events with a
// filter of its own; what the chain of hashes proves is checked by the daemon and by `rackward audit verify`.

import { get, getRaw, list, queryOf } from "../api.js";
import { h, replace } from "../dom.js";
import { Board } from "../events/board.js";
import { journalCheck } from "../health/journal_check.js";
import { samplesOf, valueOf } from "../health/metrics.js";
import { facts, head, panel, tabs } from "../list_view.js";
import { alarms } from "../live.js";
import { problemView } from "../pane.js";
import { setQuery } from "../router.js";
import { alarmShape } from "../shapes.js";
import { may } from "../site.js";
import { timeEl } from "../time.js";

const SORTS = [
  ["", "Everything", "by:* -by:system"],
  [
    "signins",
    "Sign-ins",
    "type:operator.signed-in,operator.sign-in-failed,operator.session-ended,operator.session-revoked,operator.stepped-up,operator.locked-out,operator.lockout-ended,operator.recovery-code-used",
  ],
  ["doors", "Doors, areas", "by:* -by:system type:door.*,area.*,site.*,presence.*"],
  ["rights", "People, rights", "by:* -by:system type:person.*,credential.*,grant.*,profile.*,schedule.*,calendar.*,agreement.*,ticket.*"],
  ["alarms", "Alarms", "by:* -by:system type:alarm.*"],
  ["devices", "Devices", "by:* -by:system type:device.*,bus.*"],
  ["operators", "Operators, tokens", "by:* -by:system type:operator.*,token.*,proposal.*,webhook.*"],
  ["looks", "Who looked", "type:person.revealed,person.viewed,session.names-shown"],
];
const DAMAGES = ["journal_unwritable", "record_damaged"];

export const title = () => "Audit";

const sortOf = () => SORTS.find(([word]) => word === (new URLSearchParams(location.search).get("of") ?? "")) ?? SORTS[0];

export function mount(root, params, ctx) {
  const nav = h("div");
  const state = h("div");
  const board = new Board(ctx, {
    caption: "What operators did, newest first",
    placeholder: 'by:opr-3 "lost card"',
    extra: (q) => `${sortOf()[2]} ${q}`.trim(),
    emptyTodo: "Widen the range, or choose everything.",
  });
  const drawTabs = () => {
    const kept = new URLSearchParams(location.search);
    kept.delete("sel");
    replace(
      nav,
      tabs(
        "What operators did",
        SORTS.map(([word, words]) => {
          if (word) kept.set("of", word);
          else kept.delete("of");
          return { title: words, href: `/audit${kept.size ? `?${kept}` : ""}`, current: sortOf()[0] === word };
        }),
      ),
    );
  };
  root.classList.add("events-screen", "audit-screen");
  replace(root, head("Audit log", { aside: board.total, tools: board.tools }), state, nav, board.parts);
  drawTabs();
  board.load();
  const off = drawState(state, ctx);
  return {
    unmount: () => {
      off();
      root.classList.remove("events-screen", "audit-screen");
    },
    keys: board.keys(),
    onQuery: () => {
      drawTabs();
      board.onQuery();
    },
  };
}

// Whether the journal is whole, as far as the daemon knows, and how anybody can check it without trusting the daemon.
function drawState(box, ctx) {
  const inside = h("div", { class: "hl-journal" });
  replace(
    box,
    h(
      "details",
      {
        class: "panel hl-verify",
        open: new URLSearchParams(location.search).get("verify") === "open",
        on: { toggle: (event) => setQuery({ verify: event.target.open ? "open" : null }) },
      },
      h("summary", null, h("h2", null, "Is the journal whole?"), h("span", { class: "hl-answer" })),
      inside,
    ),
  );
  const answer = box.querySelector(".hl-answer");
  const load = async () => {
    replace(answer, "asking ...");
    try {
      const known = await ask(ctx.signal);
      if (!ctx.signal.aborted) show(answer, inside, known, load, ctx.signal);
    } catch (problem) {
      if (!ctx.signal.aborted) {
        replace(answer, "not known");
        replace(inside, problemView(problem, { what: "the journal's state", retry: load }));
      }
    }
  };
  load();
  return alarms.on(() => {
    if (alarms.items.some((alarm) => DAMAGES.includes(alarm.kind)) !== Boolean(inside.querySelector(".hl-alarms"))) load();
  });
}

async function ask(signal) {
  const ready = fetch("/readyz", { signal, cache: "no-store" }).then((answer) => answer.json());
  const status = may("view_health") ? get("status", { signal }) : null;
  const metrics = may("view_metrics") ? getRaw("/metrics", { signal, accept: "text/plain" }).then((answer) => answer.text()) : null;
  const damages = list(`alarms${queryOf({ filter: `kind:${DAMAGES.join(",")}` })}`, { signal }).catch(() => ({ items: [] }));
  const samples = metrics ? samplesOf(await metrics) : null;
  return {
    ready: await ready,
    status: await status,
    damages: (await damages).items,
    verifiedS: samples ? valueOf(samples, "rackward_audit_chain_last_verify_timestamp_seconds") : null,
  };
}

function show(answer, inside, { ready, status, damages, verifiedS }, again, signal) {
  const verified = verifiedS ? new Date(verifiedS * 1000).toISOString() : null;
  const active = damages.filter((alarm) => alarm.active || alarm.kind === "record_damaged");
  const words =
    ready.journal !== "writable"
      ? "It cannot be written now."
      : active.length
        ? "Damage was found: see the alarm."
        : verified
          ? ["Found whole ", timeEl(verified, { relative: true }), h("span", { class: "no-print" }, " ago"), "; it can be written."]
          : "It can be written; no damage is alarmed.";
  replace(answer, words);
  replace(
    inside,
    active.length
      ? h(
          "ul",
          { class: "hl-alarms" },
          active.map((alarm) => h("li", null, h("a", { href: `/alarms/${alarm.id}` }, alarmShape(alarm), h("span", null, alarm.words)))),
        )
      : null,
    facts([
      ["Written", ready.journal === "writable" ? "can be written" : "CANNOT BE WRITTEN: nobody is admitted until it can"],
      [
        "Chain of hashes",
        verified
          ? h("span", null, "found whole at ", timeEl(verified), "")
          : may("view_metrics")
            ? "not verified since the start"
            : "told to auditors and admins",
      ],
      ["Newest entry", status ? status.head.toLocaleString("en-GB") : null],
      ["Chain head", status?.head_hash ? h("code", null, status.head_hash) : null],
      ["Search index", partWords(ready, "search_index")],
      [
        "Copies outside",
        (ready.parts ?? [])
          // What the daemon itself knows of the past is no copy elsewhere.
          .filter((part) => part.part === "webhook" || (part.part === "reader" && part.name !== "past"))
          .map((part) => `${part.name ?? part.part}: ${part.state.replaceAll("_", " ")}`)
          .join(", ") || "none are set up",
      ],
    ]),
    may("view_journal") ? panel("Have the daemon verify it", journalCheck(signal), { level: 3 }) : null,
    panel(
      "Check it without trusting this daemon",
      [
        h("p", null, "On the machine of the daemon, or on a copy of its directory anywhere else:"),
        h("pre", { class: "hl-command" }, "rackward audit verify --config /etc/rackward/rackward.toml"),
        h(
          "p",
          { class: "aside" },
          "It reads the whole journal, computes every hash again, replays the entries and compares the tables. It ends with 0 where all is as written, else with 13, and says what does not hold. Compare the chain head that it prints with one on paper: every page printed from this console has it at its foot.",
        ),
      ],
      { level: 3 },
    ),
    h(
      "p",
      { class: "buttons" },
      h("button", { type: "button", on: { click: again } }, "Ask again"),
      may("view_journal") ? h("a", { class: "button", href: "/events?from=-92d&q=type:record.damaged,journal.recovered" }, "Damage in the journal") : null,
    ),
  );
}

function partWords(ready, name) {
  const part = (ready.parts ?? []).find((one) => one.part === name);
  return part ? `${part.state.replaceAll("_", " ")}${part.behind_entries ? `, ${part.behind_entries} entries behind` : ""}` : null;
}
