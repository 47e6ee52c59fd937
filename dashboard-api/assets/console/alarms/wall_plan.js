// The plan of a wall: the daemon's drawing of an area where it tells one, else blocks drawn from the doors. Everything is grey;
// only exceptions show: what stands open or is not known, and the shape of the most urgent alarm at each place.

import { getRaw, isUntold, segment } from "../api.js";
import { h, replace, svg } from "../dom.js";
import { shape } from "../shapes.js";
import { blocksOf, placed, rectanglesOf } from "./wall_grid.js";
import { exceptions, isException } from "./wall_layout.js";
import { lookOf } from "./state.js";

const MOST_MARKS = 60;
// How large the shape of an alarm is, as a part of the plan's width, and within which bounds.
const MARK = { urgent: 0.06, other: 0.042, leastPx: 20, mostPx: 72 };
// What a drawing may have in it. The daemon has made sure of it already.
const DRAWN = new Set(["svg", "g", "path", "rect", "line", "polyline", "polygon", "circle", "ellipse", "text", "tspan", "title", "desc", "defs", "use", "clippath"]);

// {el, show(area, doors, alarms)}; `el` takes the room it is given.
export function wallPlan(signal) {
  const drawing = h("div", { class: "wall-drawing" });
  const marks = h("div", { class: "wall-marks", "aria-hidden": "true" });
  const el = h("div", { class: "wall-plan" }, drawing, marks);
  const told = new Map(); // area -> the daemon's drawing, or null where it has none
  let shownKey = "";

  async function fetchPlan(area) {
    told.set(area, null);
    try {
      const answer = await getRaw(`plans/${segment(area.replaceAll("/", "."))}/svg`, { signal, accept: "image/svg+xml" });
      told.set(area, read(await answer.text()));
      shownKey = "";
    } catch (problem) {
      if (!isUntold(problem) && problem.status !== 404) told.delete(area);
    }
  }

  function draw(area, doors) {
    const { width, height } = el.getBoundingClientRect();
    const key = `${area} ${doors.length} ${Math.round(width)} ${Math.round(height)} ${Boolean(told.get(area))}`;
    if (key === shownKey || width === 0) return;
    shownKey = key;
    const plan = told.get(area);
    replace(drawing, plan ? plan.cloneNode(true) : gridOf(doors, area, width / height));
    drawing.firstElementChild?.setAttribute("aria-hidden", "true");
  }

  return {
    el,
    show(area, doors, alarms) {
      if (area && !told.has(area)) fetchPlan(area);
      draw(area, doors);
      mark(drawing, marks, exceptions(doors, alarms, area));
    },
  };
}

function gridOf(doors, area, aspect) {
  const field = placed(blocksOf(doors, area), aspect);
  const root = svg("svg", { class: "grid", viewBox: `-1 -1 ${field.width + 2} ${field.height + 2}`, preserveAspectRatio: "xMidYMid meet" });
  for (const block of field.blocks) {
    root.append(svg("rect", { class: "hall", x: block.x, y: block.y, width: block.width, height: block.height, rx: 2, "data-rackward": block.path }),
      svg("text", { class: "hall-name", x: block.x + 10, y: block.y + 19 }, block.name));
    for (const { door, rack, ...place } of rectanglesOf(block)) {
      root.append(svg("rect", { class: rack ? "rack" : "door", "data-rackward": rack ?? door, ...place }));
    }
  }
  return root;
}

// A drawing from text; null where it is none. Whatever is not on the list of what may be drawn is left out.
function read(text) {
  const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
  const root = parsed.documentElement;
  if (root.localName !== "svg" || parsed.querySelector("parsererror")) return null;
  const drawn = document.importNode(root, true);
  for (const node of [...drawn.querySelectorAll("*"), drawn]) {
    if (!DRAWN.has(node.localName.toLowerCase())) {
      node.remove();
      continue;
    }
    for (const { name, value } of [...node.attributes]) {
      const isReference = /href$/i.test(name) && !value.startsWith("#");
      if (/^on/i.test(name) || name === "style" || isReference || /url\(\s*['"]?(?!#)/i.test(value)) node.removeAttribute(name);
    }
  }
  drawn.setAttribute("preserveAspectRatio", "xMidYMid meet");
  for (const size of ["width", "height"]) drawn.removeAttribute(size);
  return drawn;
}

// Classes for what is an exception, and the shapes of alarms over their places.
function mark(drawing, marks, rows) {
  const byPlace = new Map();
  for (const node of drawing.querySelectorAll("[data-rackward]")) {
    const face = node.getAttribute("data-face");
    const place = face ? `${node.getAttribute("data-rackward")}/${face}` : node.getAttribute("data-rackward");
    byPlace.set(place, node);
    node.classList.remove("is-open", "is-unknown", "is-held", "is-alarmed");
  }
  const origin = marks.getBoundingClientRect();
  const shapes = [];
  for (const { door, alarm } of rows) {
    const node = placeOf(byPlace, door.path);
    if (!node) continue;
    if (byPlace.get(door.path) === node) node.classList.add(lookOfDoor(door));
    if (!alarm || shapes.length >= MOST_MARKS) continue;
    node.classList.add("is-alarmed");
    shapes.push(markAt(node, alarm, origin));
  }
  replace(marks, shapes);
}

function lookOfDoor(door) {
  if (door.secured === "unknown") return "is-unknown";
  if (door.secured === "unsecured") return "is-open";
  return isException(door) ? "is-held" : "is-alarmed";
}

function markAt(node, alarm, origin) {
  const place = node.getBoundingClientRect();
  const wanted = origin.width * (alarm.priority <= 2 ? MARK.urgent : MARK.other);
  const size = Math.min(MARK.mostPx, Math.max(MARK.leastPx, wanted));
  const drawn = shape(alarm.priority, lookOf(alarm));
  drawn.style.width = drawn.style.height = `${size}px`;
  drawn.style.left = `${place.left + place.width / 2 - origin.left - size / 2}px`;
  drawn.style.top = `${place.top + place.height / 2 - origin.top - size / 2}px`;
  return drawn;
}

// The element of a place, or of the nearest place around it that is drawn.
function placeOf(byPlace, path) {
  for (let place = path; place; place = place.slice(0, Math.max(0, place.lastIndexOf("/")))) {
    const node = byPlace.get(place);
    if (node) return node;
  }
  return null;
}
