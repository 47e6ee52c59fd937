// One alarm with everything around it: what it is, what to do, how its door stands, what happened there. The same in the pane
// beside the list, on a page of its own and on paper. It follows the stream; each part that fails leaves the others.

import { get, isUntold, queryOf, segment } from "../api.js";
import { bdi, h, replace } from "../dom.js";
import { empty } from "../list_view.js";
import { pane } from "../pane.js";
import { shape } from "../shapes.js";
import { stream } from "../stream.js";
import { may, site } from "../site.js";
import { dateTime, serverNow, timeEl } from "../time.js";
import * as about from "./about.js";
import { linkTicket, onOutcome } from "./actions.js";
import { ticketsOf } from "./around.js";
import { actionBar } from "./bar.js";
import { untilEl } from "./beat.js";
import { evidence } from "./evidence.js";
import { AlarmStills } from "./stills.js";
import { nameOf, operators, person } from "./operators.js";
import { paced } from "./pace.js";
import { drawLast, drawWho, loadLast, loadWho, ticketLink } from "./people_here.js";
import { procedure, progressWords } from "./procedure.js";
import { onProposals, proposalBand, proposalOf } from "./proposals.js";
import { aside, assigneeWords, labelWords, levelWords, lookOf, nextCall, priorityName, statement, verdictWords } from "./state.js";

const AGAIN_MS = 500;
const AROUND_AGAIN_MS = 1_000;

// Opens an alarm: {el, alarm(), tick(step), cycle(), close(), reload()}. `level` is that of its heading.
export function openDetail(id, { signal, level = 1, onAlarm = () => {} }) {
  return new Detail(id, { signal, level, onAlarm }).outside;
}

class Detail {
  constructor(id, { signal, level, onAlarm }) {
    this.id = id;
    this.level = level;
    this.onAlarm = onAlarm;
    this.gone = new AbortController();
    this.signal = signal ? AbortSignal.any([signal, this.gone.signal]) : this.gone.signal;
    this.alarm = null;
    this.steps = procedure();
    this.around = [];
    this.el = h("article", { class: "alarm-detail", dataset: { alarm: id } });
    this.top = h("div", { class: "alarm-top" });
    this.body = h("div", { class: "alarm-body" });
    this.pane = pane(this.el, (stop) => get(`alarms/${segment(id)}`, { signal: stop }), (alarm) => this.draw(alarm), { what: "this alarm", signal: this.signal });
    this.follow();
    this.outside = {
      el: this.el,
      alarm: () => this.alarm,
      tick: (step) => this.steps.tick(step),
      cycle: () => this.stills?.cycle(),
      reload: () => this.pane.reload(),
      close: () => this.gone.abort(),
    };
  }

  follow() {
    const again = paced(() => this.pane.reload(), AGAIN_MS, this.signal);
    const aroundAgain = paced(() => this.around.forEach((part) => part.reload()), AROUND_AGAIN_MS, this.signal);
    const isOfIt = (data) => [data.alarm_id, data.behind_id, data.alarm, data.behind].includes(this.id);
    const ends = [
      stream.watch("*", (event) => {
        const isMine = event === null || isOfIt(event.data ?? {});
        if (isMine) again();
        const door = this.alarm?.door;
        if (isMine || (door && (event.subject === door || event.subject.startsWith(`${door}/`)))) aroundAgain();
      }),
      onOutcome(({ alarm }) => alarm === this.id && again()),
      onProposals(() => this.alarm && this.drawTop()),
    ];
    this.signal.addEventListener("abort", () => ends.forEach((end) => end()));
    operators().then(() => this.alarm && this.drawTop());
  }

  draw(alarm) {
    const isFirst = this.alarm === null;
    this.alarm = alarm;
    this.onAlarm(alarm);
    this.steps.show(alarm);
    this.drawTop();
    if (isFirst) this.build();
    else this.update();
    return this.el.contains(this.top) ? null : h("div", null, this.top, this.body);
  }

  drawTop() {
    const { alarm } = this;
    const held = this.top.contains(document.activeElement) ? document.activeElement.dataset.order : null;
    const waits = proposalOf(alarm.id);
    this.el.dataset.priority = String(alarm.priority);
    replace(this.top,
      h("header", { class: "alarm-head" },
        shape(alarm.priority, lookOf(alarm), { title: `priority ${alarm.priority}` }),
        h("div", null,
          h(`h${this.level}`, { class: "alarm-statement" }, bdi(statement(alarm))),
          stateLine(alarm), h("p", { class: "sheet-only" }, `Priority ${alarm.priority}, ${priorityName(alarm.priority)}`))),
      standing(alarm),
      alarm.alert && alertLine(alarm.alert),
      waits && proposalBand(waits),
      actionBar(alarm));
    if (held) this.top.querySelector(`[data-order="${held}"]`)?.focus();
  }

  build() {
    const { alarm } = this;
    const parts = [
      this.part("What to do", this.steps.el, { tools: h("span", { class: "aside", dataset: { progress: "" } }, progressWords(alarm)) }),
      alarm.door && this.loaded("The door now", about.loadDoor(alarm), about.drawDoor, { what: "the door" }),
      this.part("Stills", (this.stills = new AlarmStills(alarm, this.signal)).el, { kind: "across" }),
      this.behind = h("div", { class: "across" }),
      this.loaded("Last events at this point", about.loadEvents(alarm), about.drawEvents, { what: "the last events", empty: "Nothing was recorded here yet." }, "across"),
      alarm.door && may("view_people") && may("view_journal") && this.loaded("Last here before it", loadLast(alarm), drawLast, { what: "who was last here", empty: "Nobody used a card here in the ten minutes before." }),
      alarm.door && this.loaded("Granted here, now and next", loadWho(alarm), drawWho(this.signal), { what: "who may open here" }),
      may("view_journal") && this.loaded("How often", about.loadCount(alarm), about.drawCount, { what: "how often it alarmed" }),
      this.part("Evidence", evidence(alarm)),
      this.timeline(alarm),
    ];
    const signed = h("p", { class: "sheet-only signed" }, "Operator", h("i"), "Time", h("i"), "Ticket", h("i"));
    replace(this.body, parts.filter(Boolean), signed);
    this.drawBehind();
  }

  update() {
    const progress = this.body.querySelector("[data-progress]");
    if (progress) progress.textContent = progressWords(this.alarm);
    this.drawBehind();
  }

  drawBehind() {
    const { children, behind } = this.alarm;
    if (!this.behind) return;
    if (!behind) replace(this.behind);
    else replace(this.behind, this.part(`Behind it: ${behind} ${behind === 1 ? "alarm" : "alarms"}`, about.drawBehind(children)));
  }

  timeline(alarm) {
    if (may("view_journal")) {
      return this.loaded("Timeline", about.loadTimeline(alarm), about.drawTimeline, { what: "the timeline", empty: "Nothing was done with it yet." }, "across");
    }
    const notes = alarm.notes;
    return this.part("Notes", notes?.length ? about.drawNotes(notes) : empty(notes ? "Nothing was noted yet." : "Your role does not show notes."), { kind: "across" });
  }

  part(title, content, { tools = null, kind = "" } = {}) {
    const name = title.toLowerCase().replace(/[^a-z]+/g, "-");
    return h("section", { class: `alarm-part part-${name} ${kind}`.trim(), "aria-label": title },
      h("div", { class: "title" }, h(`h${this.level + 1}`, null, title), tools), content);
  }

  loaded(title, load, draw, options, kind = "") {
    const root = h("div", null);
    const part = this.part(title, root, { kind });
    const untoldToo = async (signal) => {
      try {
        return await load(signal);
      } catch (problem) {
        part.classList.toggle("untold", isUntold(problem));
        throw problem;
      }
    };
    this.around.push(pane(root, untoldToo, draw, { ...options, signal: this.signal }));
    return part;
  }
}

function stateLine(alarm) {
  const times = alarm.raised_times > 1 ? `, ${alarm.raised_times} times` : "";
  return h("p", { class: "alarm-state" },
    h("strong", null, alarm.state), ", raised ", timeEl(alarm.raised_at), h("span", { class: "no-print" }, " (", timeEl(alarm.raised_at, { relative: true }), " ago)"), times,
    alarm.returned_at ? [", over since ", timeEl(alarm.returned_at)] : null, h("span", { class: "aside" }, ` ${alarm.id}`));
}

// The query that somebody left standing, where the alarm comes of one.
const alertLine = ({ id, name, query }) => h("p", { class: "aside" }, "Alert ", bdi(name ?? id), query && [": ", h("a", { href: `/events${queryOf({ q: query })}` }, h("code", null, bdi(query)))]);

// What else is so: who has seen it, who has it, what keeps it aside, who is called next, what it turned out to be.
function standing(alarm) {
  const put = aside(alarm);
  const next = nextCall(alarm, serverNow().getTime());
  const label = labelWords(alarm.label);
  const { acked, judgement } = alarm;
  const lines = [
    acked && ["Acknowledged", [person(acked.acked_by), " at ", timeEl(acked.acked_at), acked.note ? [": ", bdi(acked.note)] : null]],
    put && ["Put aside", [put.what, " ", put.until ? h("time", { datetime: put.until }, timeEl(put.until).textContent) : null, put.by.length ? [" by ", nameAll(put.by)] : null, ": ", bdi(put.why)]],
    ["Assigned to", bdi(assigneeWords(alarm.assignee, site.operatorId) === "you" ? "you" : nameOf(alarm.assignee))],
    alarm.level !== "desk" && ["Carried to", `the ${levelWords(alarm.level)}`],
    next && ["Calls next", ["the ", next.who, " at ", timeEl(next.at), h("span", { class: "no-print" }, untilEl(next.at))]],
    label && ["Cause", label],
    ticketLine(alarm),
    judgement && ["Verdict", [`${verdictWords(judgement.verdict)} (OCSF ${judgement.verdict_id}), by `, person(judgement.by), " at ", timeEl(judgement.at)]],
    alarm.awaits_verdict && !alarm.active && ["Waits for", "a verdict: somebody has to say what it was"],
    alarm.closed_at && ["Closed", dateTime(alarm.closed_at)],
  ];
  return h("dl", { class: "alarm-standing" }, lines.filter(Boolean).map(([term, value]) => h("div", null, h("dt", null, term), h("dd", null, value))));
}

// The tickets that were named with it, and the way to name one.
function ticketLine(alarm) {
  const tickets = ticketsOf(alarm);
  const link = may("answer_alarms") && !alarm.closed_at && h("button", { type: "button", class: "small no-print", acts: true, dataset: { order: "ticket" }, on: { click: () => linkTicket(alarm) } }, "Link to a ticket ...");
  return (tickets.length > 0 || link) && ["Ticket", [tickets.map((ticket, i) => [i > 0 ? ", " : null, ticketLink(ticket)]), tickets.length > 0 ? " " : null, link]];
}

const nameAll = (actors) => actors.flatMap((actor, index) => (index === 0 ? [person(actor)] : [" and ", person(actor)]));

