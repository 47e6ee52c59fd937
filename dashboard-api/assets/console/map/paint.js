// Paints the states of places onto a scene: classes on the elements of the plan, and marks (glyphs, alarm shapes, counts) above
// them. A change touches only what it is about; nothing is laid out again, so that thousands of doors can be followed. Which
// state is the worst is `state.js`; what a glyph looks like is the console's `shapes.js`.

import { svg } from "../dom.js";
import { alarmLook, glyph, shape } from "../shapes.js";
import { NOTHING, isNormal } from "./state.js";

const MARK_SIZE = 20;
const MOST_AT_ROW = 4.2;
const MOST_AT_DOOR = 1.8;
const COUNT_AFTER = 1; // one alarm needs no number beside it

/** A painter of one scene. */
export function painter(scene) {
  const marks = svg("g", { class: "marks" });
  const badges = svg("g", { class: "badges" });
  const ring = svg("rect", { class: "ring", rx: 3, width: 0, height: 0 });
  scene.plan.append(marks);
  scene.over.append(ring, badges);
  const byPath = spotsByPath(scene.spots);
  const shown = new Map();
  let selected = null;
  let by = 1;

  return {
    byPath,

    /** Paints all; `places` as of `rollUp`, `isCommanded(path)` for doors that were ordered and have not answered yet. */
    paint(places, doors, { isCommanded, people, layers }) {
      for (const spot of scene.spots) {
        const place = places.get(spot.path) ?? NOTHING;
        const look = lookOf(spot, place, doors, isCommanded, people, layers);
        if (shown.get(spot) === look.key) continue;
        shown.set(spot, look.key);
        spot.node.setAttribute("class", `${spot.base ??= spot.node.getAttribute("class") ?? "place"} ${look.classes}`);
        setMark(spot, look, { marks, badges, by, scene });
      }
    },

    /** Rings what is selected; null for nothing. */
    select(path) {
      selected = path;
      const spots = byPath.get(path) ?? [];
      const box = around(spots.map((spot) => spot.box));
      if (!box) return ring.setAttribute("width", 0);
      ring.setAttribute("x", box.x - 4);
      ring.setAttribute("y", box.y - 4);
      ring.setAttribute("width", box.w + 8);
      ring.setAttribute("height", box.h + 8);
      return undefined;
    },

    /** What is selected is drawn anew where the scene was replaced. */
    selected: () => selected,

    /** Alarms and counts stay readable however far away the plan is. */
    scale(scale) {
      by = scene.isOfAnyScale ? 0.9 / scale : Math.max(1, 0.9 / scale);
      for (const spot of scene.spots) spot.badgeNode?.firstChild.setAttribute("transform", scaleOf(spot, by, scene));
      ring.style.strokeWidth = `${Math.max(2.5, 3 / scale)}px`;
    },
  };
}

function spotsByPath(spots) {
  const byPath = new Map();
  for (const spot of spots) byPath.set(spot.path, [...(byPath.get(spot.path) ?? []), spot]);
  return byPath;
}

/** The box around boxes; null around none. */
export function around(boxes) {
  if (!boxes.length) return null;
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  return { x, y, w: Math.max(...boxes.map((box) => box.x + box.w)) - x, h: Math.max(...boxes.map((box) => box.y + box.h)) - y };
}

function lookOf(spot, place, doors, isCommanded, people, layers) {
  const isDoor = spot.kind === "door";
  const door = isDoor ? doors.get(spot.path) : null;
  const commanded = isDoor && isCommanded(spot.path);
  const glyphName = commanded ? "commanded" : isDoor ? door?.glyph ?? "unknown" : place.glyph;
  const alarms = isDoor || layers.rows || spot.kind === "area" ? place.alarms : [];
  const [first] = alarms;
  const inside = spot.kind === "area" && layers.people ? people.get(spot.path) ?? null : null;
  const showsGlyph = isDoor ? layers.doors && (spot.shows === "always" || !isNormal(glyphName)) : spot.kind === "row" && layers.rows && glyphName && !isNormal(glyphName);
  const classes = `s-${glyphName ?? "none"}${first ? ` alarmed p${first.priority}` : ""}`;
  // A rack says nothing that its doors do not say beside it.
  const alarm = first && spot.kind !== "rack" ? { priority: first.priority, look: alarmLook(first), count: alarms.length } : null;
  const words = spot.words ? (commanded ? "commanded" : door?.words ?? "unknown") : "";
  const key = JSON.stringify([classes, showsGlyph && glyphName, alarm, inside, words]);
  return { key, classes, glyph: showsGlyph ? glyphName : null, alarm, inside, words };
}

function setMark(spot, look, { marks, badges, by, scene }) {
  spot.markNode?.remove();
  spot.badgeNode?.remove();
  spot.markNode = markNode(spot, look);
  spot.badgeNode = badgeNode(spot, look, by, scene);
  if (spot.markNode) marks.append(spot.markNode);
  if (spot.badgeNode) badges.append(spot.badgeNode);
}

// A glyph gives way to the alarm that it has caused, except where there is room for both.
function markNode(spot, look) {
  const isHidden = look.alarm && spot.shows !== "always";
  if ((!look.glyph || isHidden) && !look.words) return null;
  const size = spot.mark.size ?? MARK_SIZE;
  const node = svg("g", { class: `mark of-${spot.kind}` });
  if (look.glyph && !isHidden) node.append(drawing(glyph(look.glyph), spot.mark, size, 32));
  if (look.words) node.append(svg("text", { class: "tile-words", x: spot.words.x, y: spot.words.y }, shortenedWords(look.words)));
  return node;
}

const shortenedWords = (words) => (words.length > 19 ? `${words.slice(0, 18)}\u2026` : words);

function badgeNode(spot, look, by, scene) {
  const parts = [];
  let left = 0;
  if (look.alarm) {
    parts.push(drawing(shape(look.alarm.priority, look.alarm.look), { x: 0, y: 0 }, 22, 24));
    left = 14;
    if (look.alarm.count > COUNT_AFTER) {
      const words = String(look.alarm.count);
      parts.push(svg("rect", { class: "count-plate", x: 9, y: -19, width: 8 + 7 * words.length, height: 15, rx: 7 }), svg("text", { class: "count", x: 13 + 3.5 * words.length, y: -7.5 }, words));
    }
  }
  if (look.inside !== null) parts.push(svg("text", { class: "inside", x: look.alarm ? -left - 6 : 6, y: 5, "text-anchor": "end" }, `${look.inside} inside`));
  if (!parts.length) return null;
  const { x, y } = spot.shows === "always" ? { x: spot.box.x + spot.box.w - (look.alarm?.count > COUNT_AFTER ? 26 : 17), y: spot.box.y + 19 } : spot.mark;
  const kind = spot.shows === "always" ? "tile" : spot.kind;
  return svg("g", { class: `badge of-${kind}`, transform: `translate(${x} ${y})` }, svg("g", { transform: scaleOf(spot, by, scene) }, parts));
}

// Far away, marks grow as far as there is room beside their neighbours. How large things are on somebody's drawing is not known:
// there, marks keep their size on the screen.
function scaleOf(spot, by, scene) {
  const most = scene.isOfAnyScale || spot.kind === "area" ? by : spot.kind === "row" || spot.shows === "always" ? MOST_AT_ROW : MOST_AT_DOOR;
  return `scale(${Math.min(by, most).toFixed(3)})`;
}

/** A drawing of the console's, as a group inside a larger picture. */
function drawing(source, at, size, side) {
  const scale = size / side;
  const node = svg("g", { class: source.getAttribute("class"), transform: `translate(${at.x - size / 2} ${at.y - size / 2}) scale(${scale})` });
  node.append(...source.childNodes);
  return node;
}
