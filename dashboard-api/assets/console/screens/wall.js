// Screen 4: the wall, `/wall` and `/wall/{view}`. It is read from five metres: counters, exceptions on a plan, the newest urgent
// alarms, how many are inside, and a clock that shows that all of it lives. No orders, no names. What is shown when is
// alarms/wall_layout.js.

import { isUntold, listAll } from "../api.js";
import { bdi, h, replace, setText, svg } from "../dom.js";
import { alarms, doors } from "../live.js";
import { go } from "../router.js";
import { priorityWord, shape } from "../shapes.js";
import { may, site } from "../site.js";
import { selfTest, sound } from "../sound.js";
import { stream } from "../stream.js";
import { clockAt, clockNow, localTime, serverNow } from "../time.js";
import { tally } from "../alarms/order.js";
import { paced } from "../alarms/pace.js";
import { capital, lookOf } from "../alarms/state.js";
import {
  ageWords, areaAt, areaOfView, areasWorthATurn, bigAlarms, calmWords, deadSince, hallCounts, insideCount, onWall, shiftAt, testsNow, wallPlace,
} from "../alarms/wall_layout.js";
import { wallPlan } from "../alarms/wall_plan.js";

const INSIDE_EVERY_MS = 10_000;
const DRAW_AGAIN_MS = 500;

export const title = () => "Wall";

export function mount(root, { view = "" }, ctx) {
  const wall = new Wall(root, view, ctx);
  return { keys: site.role === "wall_screen" ? {} : { Escape: [() => go("/alarms"), "back to the alarms"] }, unmount: () => wall.stop() };
}

class Wall {
  constructor(root, view, ctx) {
    this.view = view;
    this.signal = ctx.signal;
    this.areas = [];
    this.inside = [];
    this.musters = [];
    this.untold = new Set();
    this.failingSince = null;
    this.minute = clockNow();
    this.plan = wallPlan(ctx.signal);
    this.build(root);
    this.draw = paced(() => this.show(), DRAW_AGAIN_MS, ctx.signal);
    const look = paced(() => this.fetch(), INSIDE_EVERY_MS, ctx.signal);
    this.ends = [alarms.on(() => this.draw()), doors.on(() => this.draw()), stream.onReset(look), sound.on(() => this.draw())];
    this.timers = [setInterval(() => this.tick(), 1000), setInterval(look, INSIDE_EVERY_MS)];
    this.resized = () => this.draw();
    window.addEventListener("resize", this.resized);
    look();
    this.tick();
  }

  stop() {
    this.ends.forEach((end) => end());
    this.timers.forEach(clearInterval);
    window.removeEventListener("resize", this.resized);
  }

  build(root) {
    this.counters = h("ul", { class: "wall-counters", "aria-label": "Open alarms, not acknowledged of all" });
    this.hand = svg("line", { class: "hand", x1: 50, y1: 24, x2: 50, y2: 2 });
    this.time = h("b", { class: "wall-time" });
    this.age = h("span", { class: "wall-age" });
    this.muster = h("div", { class: "wall-muster", role: "status", hidden: true });
    this.big = h("ol", { class: "wall-alarms", "aria-label": "Newest critical and high alarms" });
    this.calm = h("p", { class: "wall-calm", role: "status" });
    this.shownArea = h("p", { class: "wall-area" });
    this.halls = h("ul", { class: "wall-halls", "aria-label": "People inside" });
    this.sounds = h("p", { class: "wall-sound" });
    this.dead = h("div", { class: "wall-dead", role: "alert", hidden: true });
    this.body = h("div", { class: "wall-body" },
      h("header", { class: "wall-head" }, h("h1", null, bdi(site.name)), this.counters,
        h("div", { class: "wall-clock" }, dial(this.hand), h("p", null, this.time, this.age))),
      this.muster,
      h("div", { class: "wall-middle" }, h("div", { class: "wall-left" }, this.shownArea, this.plan.el, this.calm), this.big),
      h("footer", { class: "wall-foot" }, this.halls, this.sounds));
    replace(root, h("div", { class: "wall-screen" }, this.body, this.dead));
  }

  // What has no event of its own for a screen without persons: who is where, and what the areas are.
  async fetch() {
    this.areas = await this.asked("areas?filter=-kind:rack&limit=1000", this.areas);
    this.inside = await this.asked("inside/areas?limit=1000", this.inside);
    if (may("view_people")) this.musters = await this.asked("musters?limit=50", this.musters);
    this.draw();
  }

  async asked(path, before) {
    if (this.untold.has(path)) return before;
    try {
      return await listAll(path, { signal: this.signal });
    } catch (problem) {
      if (isUntold(problem)) this.untold.add(path);
      return before;
    }
  }

  show() {
    this.failingSince = alarms.problem || doors.problem ? this.failingSince ?? Date.now() : null;
    const open = onWall(alarms.items);
    const { shown, more } = bigAlarms(open);
    this.drawCounters(open);
    this.body.classList.toggle("urgent", shown.length > 0);
    this.body.classList.toggle("crowded", shown.length > 4);
    replace(this.big, shown.map(bigAlarm), more > 0 && h("li", { class: "wall-more" }, `and ${more} more`));
    this.big.hidden = shown.length === 0;
    this.drawMuster(open);
    this.drawHalls();
    this.drawPlan();
    const isCalm = alarms.loaded && open.length === 0;
    this.calm.hidden = shown.length > 0 || !alarms.loaded;
    setText(this.calm, isCalm ? calmWords(insideCount(this.areas, this.inside)) : "No critical or high alarms");
    setText(this.sounds, sound.state === "on" ? "" : sound.state === "muted" ? "sound muted" : "sound blocked by the browser");
  }

  drawCounters(open) {
    replace(this.counters, tally(open).map(({ priority, unacked, total }) => h("li", { class: total === 0 ? "none" : null, dataset: { priority } },
      shape(priority, total === 0 ? "none" : unacked > 0 ? "unacked" : "acked", { title: priorityWord(priority) }),
      h("b", null, unacked), h("span", null, `/${total}`))));
  }

  // A real muster is an alarm that everybody sees; a drill is known to whoever may see people.
  drawMuster(open) {
    const real = open.find((alarm) => alarm.kind === "muster" && alarm.active);
    const running = this.musters.filter((muster) => muster.state === "running");
    const [muster] = running;
    this.muster.hidden = !real && !muster;
    if (this.muster.hidden) return;
    const isDrill = muster ? muster.kind === "drill" : false;
    this.muster.classList.toggle("drill", isDrill);
    const counts = muster?.counts;
    replace(this.muster, h("b", null, isDrill ? "MUSTER DRILL" : "MUSTER"), " ", bdi(muster?.area ?? wallPlace(real)),
      ` since ${localTime(muster?.started_at ?? real.raised_at)}`, counts ? ` - ${counts.missing} missing, ${counts.safe} safe, ${counts.unsure} unsure` : "");
  }

  drawHalls() {
    const rows = hallCounts(this.areas, this.inside);
    const all = insideCount(this.areas, this.inside);
    if (this.areas.length === 0) {
      replace(this.halls, h("li", { class: "wall-total" }, "people inside: not told"));
      return;
    }
    replace(this.halls, h("li", { class: "wall-total" }, h("b", null, all), " inside"), rows.map(({ name, count, wrongSince }) => h("li", null,
      h("span", null, bdi(name)), h("b", null, count), wrongSince ? h("span", { class: "wrong" }, `may be wrong since ${localTime(wrongSince)}`) : null)));
  }

  drawPlan() {
    const paths = this.areas.filter((area) => area.kind !== "rack").map((area) => area.path);
    const fixed = areaOfView(this.view, paths);
    const open = onWall(alarms.items);
    const area = fixed || areaAt(["", ...areasWorthATurn(paths, doors.items)], serverNow().getTime(), open.some((alarm) => alarm.priority <= 2)) || "";
    setText(this.shownArea, this.view && !fixed && paths.length ? `No area is called ${this.view}: the whole site is shown` : area || "Whole site");
    if (doors.loaded) this.plan.show(area, doors.items, open);
  }

  tick() {
    const now = Date.now();
    const clock = clockNow();
    if (testsNow(this.minute, clock)) selfTest();
    this.minute = clock;
    setText(this.time, clock);
    setText(this.age, `data ${ageWords(now - stream.lastByteAt)}`);
    this.hand.setAttribute("transform", `rotate(${Number(clock.slice(6, 8)) * 6} 50 50)`);
    const { x, y } = shiftAt(now);
    this.body.style.transform = `translate(${x}px, ${y}px)`;
    this.drawDead(now);
    this.drawPlan();
  }

  drawDead(now) {
    const since = stream.state === "signed-out" ? stream.lastByteAt : deadSince(Math.min(stream.lastByteAt, this.failingSince ?? Infinity), now);
    this.dead.hidden = since === null;
    if (since === null) return;
    const at = clockAt(new Date(since + serverNow().getTime() - now));
    const words = `NOT LIVE since ${at}`;
    if (this.dead.dataset.words === words) return;
    this.dead.dataset.words = words;
    replace(this.dead, h("p", null, words), stream.state === "signed-out" ? h("p", { class: "why" }, "This screen is signed out.") : null);
  }
}

function bigAlarm(alarm) {
  return h("li", { dataset: { priority: alarm.priority } }, shape(alarm.priority, lookOf(alarm), { title: priorityWord(alarm.priority) }),
    h("div", null, h("p", { class: "wall-what" }, capital(alarm.words)),
      h("p", { class: "wall-where" }, bdi(wallPlace(alarm)), " ", h("time", { datetime: alarm.raised_at }, localTime(alarm.raised_at)),
        alarm.active ? null : h("span", { class: "over" }, " over"))));
}

function dial(hand) {
  const ticks = Array.from({ length: 12 }, (_, index) => svg("line", { class: "tick", x1: 50, y1: 8, x2: 50, y2: 3, transform: `rotate(${index * 30} 50 50)` }));
  return svg("svg", { class: "wall-dial", viewBox: "0 0 100 100", "aria-hidden": "true" }, svg("circle", { class: "ring", cx: 50, cy: 50, r: 47 }), ticks, hand);
}
