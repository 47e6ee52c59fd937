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
  const screen = new Requests(root, ctx);
  return { unmount: () => screen.off(), onQuery: (now) => screen.draw(now), keys: { Escape: () => screen.closeDetail() } };
}

class Requests {
  items = [];
  list = null;

  constructor(root, ctx) {
    this.root = root;
    this.ctx = ctx;
    this.line = toldLine();
    this.names = namesFor(ctx.signal);
    this.proposals = h("div");
    this.waiting = proposalsPane(this.proposals, { line: this.line, changed: () => this.reload(), signal: ctx.signal });
    this.draw(query());
    this.off = follow(/^(grant|operator|proposal|ticket|person)\./, () => this.reload(), 1000);
  }

  draw(now) {
    if (now.get("new") || now.get("place") || now.get("person")) this.drawForm(now);
    else this.drawList(STATES.find((one) => one.id === now.get("state")) ?? STATES[0]);
  }

  drawForm(now) {
    this.list = null;
    this.ctx.detail(null);
    const done = (answer, told) => {
      go(answer.id && answer.state === "requested" ? `/requests?state=pending&sel=${encodeURIComponent(answer.id)}` : "/requests?state=pending");
      this.line.say(told);
    };
    const form = may("give_rights")
      ? requestForm({ values: Object.fromEntries(now), signal: this.ctx.signal, noted: (said) => setQuery({ ...said, new: "1" }), close: () => go("/requests?state=pending"), done })
      : empty("Your role asks for no rights.", "An admin of the site does; tell them person, place, window, ticket and reason.");
    replace(this.root, head("Ask for a right", { tools: [h("a", { href: "/requests?state=pending" }, "Back to requests")] }), form);
    this.root.querySelector("form input")?.focus();
  }

  drawList(state) {
    const box = h("div", { class: "requests-list" });
    this.state = state;
    this.table = liveTable({
      caption: state.title, id: (grant) => grant.id, label: (grant) => grant.id, sort: byClock(serverNow().getTime()),
      columns: columns(this.names, state), onOpen: (grant) => this.select(grant.id), rowClass: (grant) => (clockOf(grant, serverNow().getTime()).state === "over" ? "quiet-row" : ""),
    });
    this.list = pane(box, (stop) => listAll(`grants${queryOf({ ...state.query, limit: 1000 })}`, { signal: stop }), (rows) => this.take(rows), {
      what: "requests", signal: this.ctx.signal,
    });
    replace(this.root,
      head("Requests", { tools: [may("give_rights") ? h("a", { class: "button", href: "/requests?new=1" }, "Ask for a right") : null] }),
      namesBand(() => this.reload(), this.ctx.signal), this.line.el,
      tabs("Requests", STATES.map((one) => ({ id: one.id, title: one.title, href: `/requests?state=${one.id}`, current: one.id === state.id }))),
      box, panel("Waits for a second operator", this.proposals, { id: "proposals" }));
  }

  take(rows) {
    this.items = rows;
    this.table.set(rows);
    this.drawDetail();
    return rows.length > 0 ? this.table.el : empty(...this.state.none);
  }

  select(id) {
    setQuery({ sel: id }, { replace: false });
    this.drawDetail();
  }

  drawDetail() {
    const sel = query().get("sel");
    const grant = this.items.find((one) => one.id === sel);
    this.table.setCurrent(grant?.id ?? null);
    if (!grant) {
      this.ctx.detail(null);
      return;
    }
    const changed = () => this.reload();
    const close = h("button", { type: "button", class: "small close-detail", on: { click: () => this.select(null) } }, "Close");
    const review = this.state.id === "review" ? reviewButton(grant, this.line, changed) : null;
    this.ctx.detail(h("div", null, close, requestDetail(grant, { names: this.names, line: this.line, changed, signal: this.ctx.signal }), review));
  }

  closeDetail() {
    if (!query().get("sel")) return false;
    this.select(null);
    return true;
  }

  reload() {
    this.names.refresh();
    return Promise.all([this.list?.reload(), this.waiting.reload()]);
  }
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
