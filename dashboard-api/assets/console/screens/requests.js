// Requests for rights: what waits for an answer with its chain and clock, emergency rights to review, what was denied, and the
// form to ask for one; beside them what waits for a second operator. Nothing is approved here that the daemon does not allow.

import { listAll, queryOf } from "../api.js";
import { h, replace } from "../dom.js";
import { empty, head, panel, tabs } from "../list_view.js";
import { pane } from "../pane.js";
import { act, toldLine } from "../people/acts.js";
import { byClock, clockOf } from "../people/chain.js";
import { follow } from "../people/follow.js";
import { approvalWords, rightNode, whyNode, windowNode } from "../people/grants.js";
import { namesFor } from "../people/named.js";
import { namesBand } from "../people/names.js";
import { proposalsPane } from "../people/proposals.js";
import { requestDetail } from "../people/request_detail.js";
import { requestForm } from "../people/request_form.js";
import { go, query, setQuery } from "../router.js";
import { may } from "../site.js";
import { liveTable } from "../table.js";
import { elapsed, serverNow, timeEl } from "../time.js";

const STATES = [
  { id: "pending", title: "Waiting", query: { state: "requested" }, none: ["No request waits for an answer.", "Ask for a right with the button above; areas whose policy wants approvals make it wait here."] },
  { id: "review", title: "Emergency rights to review", query: { state: "unreviewed" }, none: ["No emergency right waits for a review.", "Each must be reviewed by somebody else within a day."] },
  { id: "denied", title: "Denied", query: { filter: "standing:denied" }, none: ["No request was denied."] },
];

export const title = () => "Requests";

export function mount(root, params, ctx) {
  const { signal } = ctx;
  const line = toldLine();
  const names = namesFor(signal);
  const proposals = h("div");
  const waiting = proposalsPane(proposals, { line, changed: () => reload(), signal });
  let shown = null;
  let reload = () => waiting.reload();

  function draw(now) {
    if (now.get("new") || now.get("place") || now.get("person")) drawForm(now);
    else drawList(now);
  }

  function drawForm(now) {
    shown = null;
    ctx.detail(null);
    const values = Object.fromEntries(now);
    const form = may("give_rights")
      ? requestForm({ values, signal, noted: (said) => setQuery({ ...said, new: "1" }), close: () => go("/requests?state=pending"), done: (answer, told) => {
        // The query is emptied by going on; the line says what came of it.
        go(answer.id && answer.state === "requested" ? `/requests?state=pending&sel=${encodeURIComponent(answer.id)}` : "/requests?state=pending");
        line.say(told);
      } })
      : empty("Your role asks for no rights.", "An admin of the site does; tell them person, place, window, ticket and reason.");
    replace(root, head("Ask for a right", { tools: [h("a", { href: "/requests?state=pending" }, "Back to requests")] }), form);
    root.querySelector("form input")?.focus();
  }

  function drawList(now) {
    const state = STATES.find((one) => one.id === now.get("state")) ?? STATES[0];
    const box = h("div");
    const select = (id, inPlace = false) => {
      setQuery({ sel: id }, { replace: inPlace });
      showDetail();
    };
    const table = liveTable({
      caption: state.title, id: (grant) => grant.id, label: (grant) => grant.id, sort: byClock(serverNow().getTime()),
      columns: columns(names, state), onOpen: (grant) => select(grant.id), rowClass: (grant) => (clockOf(grant, serverNow().getTime()).state === "over" ? "quiet-row" : ""),
    });
    let items = [];
    shown = pane(box, (stop) => listAll(`grants${queryOf({ ...state.query, limit: 1000 })}`, { signal: stop }), (rows) => {
      items = rows;
      table.set(rows);
      showDetail();
      return table.el;
    }, { what: "requests", signal, empty: (rows) => (rows.length > 0 ? null : empty(...state.none)) });

    function showDetail() {
      const sel = query().get("sel");
      const grant = items.find((one) => one.id === sel);
      table.setCurrent(grant?.id ?? null);
      if (!grant) return ctx.detail(null);
      const close = h("button", { type: "button", class: "small close-detail", on: { click: () => select(null) } }, "Close");
      const review = state.id === "review" ? reviewButton(grant, line, () => reload()) : null;
      return ctx.detail(h("div", null, close, requestDetail(grant, { names, line, changed: () => reload(), signal }), review));
    }
    reload = () => {
      names.forget();
      return Promise.all([shown?.reload(), waiting.reload()]);
    };

    replace(root,
      head("Requests", { tools: [may("give_rights") ? h("a", { class: "button", href: "/requests?new=1" }, "Ask for a right") : null] }),
      namesBand(() => reload(), signal), line.el,
      tabs("Requests", STATES.map((one) => ({ id: one.id, title: one.title, href: `/requests?state=${one.id}`, current: one.id === state.id }))),
      box, panel("Waits for a second operator", proposals));
  }

  draw(query());
  const off = follow(/^(grant|operator|proposal|ticket|person)\./, () => reload(), 1000);
  return { unmount: off, onQuery: draw, keys: { Escape: () => closeDetail(draw) } };
}

function closeDetail(draw) {
  if (!query().get("sel")) return false;
  setQuery({ sel: null }, { replace: false });
  draw(query());
  return true;
}

function columns(names, state) {
  return [
    { key: "id", title: "Request", class: "id", draw: (grant) => h("a", { href: `/requests?state=${state.id}&sel=${encodeURIComponent(grant.id)}`, tabindex: "-1" }, grant.id) },
    { key: "person", title: "Person", class: "name", draw: (grant) => names.node(grant.person) },
    { key: "right", title: "Right", class: "right", draw: rightNode },
    { key: "window", title: "Window", class: "window", draw: windowNode },
    { key: "why", title: "Why", class: "why", draw: whyNode },
    { key: "approval", title: "Approval", class: "approval state", draw: approvalWords },
    state.id === "review"
      ? { key: "clock", title: "Review due", class: "time", draw: (grant) => (grant.review?.due_at ? timeEl(grant.review.due_at) : "") }
      : { key: "clock", title: "Clock", class: "clock-cell", draw: clockWords },
  ];
}

function clockWords(grant) {
  const { state, ms } = clockOf(grant, serverNow().getTime());
  const words = { ahead: "begins in ", running: "ends in ", over: "over since " };
  return grant.standing === "requested" ? [words[state], h("b", null, elapsed(ms))] : "";
}

function reviewButton(grant, line, changed) {
  if (!may("review_emergencies")) return h("p", { class: "aside" }, "Your role reviews no emergency rights; a security supervisor or an admin does.");
  return h("p", null, h("button", { type: "button", class: "strong", acts: true, on: { click: () => act({
    title: `Review ${grant.id}`, confirmLabel: "Review it", line, after: changed, done: `${grant.id} is reviewed`, path: `grants/${encodeURIComponent(grant.id)}/review`,
    effect: `Records what you found about the emergency right ${grant.id} of ${grant.person}. The right itself stays as it is.`,
    reason: { label: "What you found", min: 10 }, body: ({ reason }) => ({ note: reason }),
  }) } }, "Review it…"));
}
