// The bar that every screen has: site, counters, link and age of the data, the server's clock, sound, who is here. Below it stand
// the bands that concern the whole site. It shows what the daemon tells and decides nothing.

import { get, isUntold } from "./api.js";
import { bdi, h, replace, setText, unseen } from "./dom.js";
import { alarms, status } from "./live.js";
import { drawMenu } from "./menu.js";
import { setTitlePrefix } from "./router.js";
import { drawSearch } from "./search.js";
import { priorityWord, shape } from "./shapes.js";
import { may, roleWords, site } from "./site.js";
import { silence, sound } from "./sound.js";
import { stream } from "./stream.js";
import { clockAt, clockNow, elapsed, localTime, skewMs, tickTimes, zoneNow } from "./time.js";
import { count, plain } from "./words.js";

const SKEW_MS = 2_000;
const MUSTERS_MS = 30_000;
const parts = {};

export function drawHeader(bar) {
  parts.counters = h("ul", { class: "counters" });
  parts.link = h("p", { class: "link", dataset: { state: "connecting" } }, h("i", { "aria-hidden": "true" }), h("span", { id: "link-words" }, h("span", null, "connecting"), h("span", { class: "long" }), h("span"), h("span", { class: "long" })));
  parts.clock = h("time", { id: "clock" });
  parts.zone = h("span", { class: "zone", title: site.zone });
  parts.skew = h("span", { class: "skew", id: "skew" });
  parts.sound = h("a", { class: "sound", href: "/shift", id: "sound-state" });
  parts.silence = h("button", { type: "button", class: "silence", hidden: true, title: "Stop the horn (S). Nothing is acknowledged.", on: { click: () => silence() } }, "Silence");
  const menu = h("div", { class: "who" });
  replace(bar,
    h("p", { class: "brand" }, h("a", { href: "/" }, h("span", { class: "product" }, "Rackward"), " ", h("span", { class: "site" }, bdi(site.name)))),
    h("div", { class: "counts", role: "status", "aria-label": "Open alarms, not acknowledged of all" }, parts.counters), drawSearch(), parts.link,
    h("p", { class: "clock" }, parts.clock, " ", parts.zone, parts.skew),
    h("p", { class: "sounds" }, parts.sound, parts.silence), menu);
  drawMenu(menu, roleWords(site.role));
  parts.bands = h("div", { id: "bands" });
  bar.after(parts.bands);
  drawCounters(null);
  drawSound();
  sound.on(drawSound);
  stream.onState(drawLink);
  if (may("view_health")) status.on(() => status.now && takeStatus(status.now));
  else if (may("view_alarms")) alarms.on(() => takeCounts(countsOf(alarms.items)));
  if (may("view_people")) watchMusters();
  if (may("view_alarms")) watchShift(menu.querySelector(".role"));
  tick();
  return tick;
}

function drawCounters(counts) {
  const row = (priority) => {
    const { unacknowledged = 0, total = 0 } = counts?.[`p${priority}`] ?? {};
    const look = total === 0 ? "none" : unacknowledged > 0 ? "unacked" : "acked";
    const word = priorityWord(priority);
    return h("li", { class: total === 0 ? "none" : null, dataset: { priority }, title: `${word}: ${unacknowledged} not acknowledged of ${total}` },
      h("a", { href: `/alarms?prio=${priority}` }, shape(priority, look),
        h("span", { class: "count" }, h("b", { dataset: { count: "unacknowledged" } }, unacknowledged), h("span", { "aria-hidden": "true" }, "/"),
          unseen(" not acknowledged of "), h("span", { dataset: { count: "total" } }, total)),
        h("span", { class: "word" }, ` ${word}`)));
  };
  replace(parts.counters, [1, 2, 3, 4].map(row));
  const urgent = (counts?.p1?.unacknowledged ?? 0) + (counts?.p2?.unacknowledged ?? 0);
  setTitlePrefix(urgent > 0 ? `(${urgent}) ` : "");
}

let countersNow = "";

// What the status counts for the whole site, counted from the alarms that one may see.
function countsOf(items) {
  const counts = { p1: { unacknowledged: 0, total: 0 }, p2: { unacknowledged: 0, total: 0 }, p3: { unacknowledged: 0, total: 0 }, p4: { unacknowledged: 0, total: 0 } };
  for (const alarm of items) {
    const count = counts[`p${alarm.priority}`];
    count.total += 1;
    if (!alarm.acked) count.unacknowledged += 1;
  }
  return counts;
}

function takeCounts(counts) {
  const key = JSON.stringify(counts);
  if (key === countersNow) return;
  countersNow = key;
  drawCounters(counts);
}

function takeStatus(now) {
  takeCounts(now.alarms);
  band("unwritable", now.journal !== "writable" && "THE JOURNAL CANNOT BE WRITTEN. Nobody is admitted until it can; exits still work. Free disk space or repair the disk.", "p1");
  band("locked-down", now.locked_down.length > 0 && [h("b", null, "LOCKED DOWN "), bdi(now.locked_down.join(", "))], "p1");
  band("threat", now.threat_level !== "normal" && [h("b", null, "Threat level "), plain(now.threat_level)], "plain");
  band("receipts", now.receipts?.pending > 0 && [h("b", null, "Receipts "), now.receipts.sentence, ". Until they come, a right that was taken away may still open there. ", h("a", { href: "/health" }, "Which devices")], "plain");
}

// One band a subject, in the order in which they came.
export function band(id, content, kind = "plain") {
  const before = document.getElementById(`band-${id}`);
  if (!content) {
    before?.remove();
    return;
  }
  const node = h("p", { class: `band ${kind}`, id: `band-${id}`, role: kind === "p1" ? "alert" : "status" }, content);
  if (!before) parts.bands.append(node);
  else if (before.textContent !== node.textContent) before.replaceWith(node);
}

// A word of the shell's own that somebody may put away.
export function notice(id, words) {
  band(id, [words, " ", h("button", { type: "button", class: "quiet", on: { click: () => band(id, null) } }, "Put away")]);
}

function watchMusters() {
  const look = async () => {
    try {
      const { items } = await get("musters?limit=50");
      const running = items.filter((one) => one.state === "running");
      band("musters", running.length > 0 && running.map((one) => [
        h("a", { href: `/muster/${encodeURIComponent(one.id)}` }, one.kind === "real" ? "MUSTER RUNNING" : "Muster drill running", " in ", bdi(one.area)), " "]),
      running.some((one) => one.kind === "real") ? "p1" : "plain");
    } catch (problem) {
      if (isUntold(problem)) clearInterval(timer);
    }
  };
  const timer = setInterval(look, MUSTERS_MS);
  stream.on(/^muster/, look);
  look();
}

// Since when the shift is that of whoever accepted the hand-over.
function watchShift(role) {
  const look = async () => {
    try {
      const { taken } = await get("shift");
      setText(role, taken?.accepted ? `${roleWords(site.role)}, shift since ${localTime(taken.at).slice(0, -3)}` : roleWords(site.role));
    } catch (problem) {
      if (isUntold(problem)) off();
    }
  };
  const off = stream.watch(/^shift/, look);
  look();
}

function drawSound() {
  const words = { on: "sound on", muted: `muted until ${clockAt(sound.mutedUntil).slice(0, 5)}`, blocked: "sound blocked by browser" }[sound.state];
  parts.sound.dataset.state = sound.state;
  const [first, ...rest] = words.split(" ");
  replace(parts.sound, h("i", { "aria-hidden": "true" }), first === "sound" ? [h("span", { class: "long" }, "sound "), h("span", null, rest[0], h("span", { class: "long" }, ` ${rest.slice(1).join(" ")}`))] : words);
  parts.sound.title = sound.state === "blocked" ? "Start the shift with a sound test, or click anywhere" : "Sound test and muting";
  parts.silence.hidden = !sound.isRinging;
}

function drawLink() {
  const ageS = Math.floor((Date.now() - stream.lastByteAt) / 1000);
  const words = { connecting: "connecting", live: "live", lost: "link lost", "signed-out": "signed out" };
  const [short, data, age, old] = parts.link.lastElementChild.children;
  parts.link.dataset.state = stream.state;
  setText(short, words[stream.state]);
  parts.link.title = stream.isPolled ? "Asked again every five seconds: only operators of the whole site follow the journal" : "Followed as it happens";
  const isAged = stream.state === "live" || stream.state === "lost";
  setText(data, isAged ? ", data" : "");
  setText(age, isAged ? ` ${elapsed(ageS * 1000)}` : "");
  setText(old, isAged ? " old" : "");
}

function tick() {
  setText(parts.clock, clockNow());
  setText(parts.zone, zoneNow());
  const skew = skewMs();
  setText(parts.skew, Math.abs(skew) > SKEW_MS ? `this computer is ${count(Math.round(Math.abs(skew) / 1000), "second")} ${skew > 0 ? "behind" : "ahead"}` : "");
  drawLink();
  tickTimes();
}
