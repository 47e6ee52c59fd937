// A floor plan as the daemon gives it, taken into the page element by element through an allow-list (`allow.js`): what is not on
// the list is left out and counted. It also finds where on the plan each place is. States are painted by `paint.js`.

import { svg } from "../dom.js";
import { MAX_DEPTH, MAX_ELEMENTS, isAllowedAttribute, isAllowedElement, withOwnIds } from "./allow.js";
import { staged } from "./draw.js";
import { around } from "./paint.js";

const SVG = "http://www.w3.org/2000/svg";
const UNIT = 1000; // a plan is measured anew, so that marks have one size on every plan

/** The plan of a text: a scene as `draw.js` makes one, without spots, and how many parts were `refused`; throws with words where it is no drawing. */
export function readPlan(text) {
  const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
  const root = parsed.documentElement;
  if (parsed.querySelector("parsererror") || root.localName !== "svg" || root.namespaceURI !== SVG) throw new Error("The drawing is no SVG that can be read.");
  const count = { elements: 0, refused: 0 };
  const drawing = copied(root, 0, count);
  const box = viewBoxOf(root);
  const scale = UNIT / Math.max(box.w, box.h);
  const [w, h] = [box.w * scale, box.h * scale];
  for (const name of ["x", "y", "width", "height"]) drawing.removeAttribute(name);
  drawing.setAttribute("viewBox", `${box.x} ${box.y} ${box.w} ${box.h}`);
  drawing.setAttribute("width", w);
  drawing.setAttribute("height", h);
  const plan = svg("svg", { class: "plan", viewBox: `0 0 ${w} ${h}`, width: w, height: h, "aria-hidden": "true" }, drawing);
  return { ...staged("uploaded", plan, { w, h }), isOfAnyScale: true, refused: count.refused };
}

function copied(source, depth, count) {
  count.elements += 1;
  if (depth > MAX_DEPTH || count.elements > MAX_ELEMENTS) throw new Error("The drawing is nested too deeply or has too many parts.");
  const node = document.createElementNS(SVG, source.localName);
  for (const { name, value } of source.attributes) {
    if (isAllowedAttribute(name, value)) node.setAttribute(name, withOwnIds(name, value));
    else if (!name.startsWith("xmlns")) count.refused += 1;
  }
  for (const child of source.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) node.append(document.createTextNode(child.data));
    else if (child.nodeType !== Node.ELEMENT_NODE) continue;
    else if (child.namespaceURI === SVG && isAllowedElement(child.localName)) node.append(copied(child, depth + 1, count));
    else count.refused += 1;
  }
  return node;
}

function viewBoxOf(root) {
  const [x, y, w, h] = (root.getAttribute("viewBox") ?? "").trim().split(/[\s,]+/).map(Number);
  if ([x, y, w, h].every(Number.isFinite) && w > 0 && h > 0) return { x, y, w, h };
  const side = (name, usual) => {
    const value = parseFloat(root.getAttribute(name) ?? "");
    return value > 0 ? value : usual;
  };
  return { x: 0, y: 0, w: side("width", 1000), h: side("height", 700) };
}

/**
 * Where the places of a plan are. `kindOf(path)` says what a path is. Called once the plan stands in the page, because only then
 * it has a size.
 */
export function findSpots(scene, kindOf, doors) {
  const toPlan = scene.plan.getScreenCTM()?.inverse();
  const spots = [];
  for (const node of scene.plan.querySelectorAll("[data-rackward]")) {
    const face = node.getAttribute("data-face");
    const named = node.getAttribute("data-rackward");
    const path = face && doors.has(`${named}/${face}`) ? `${named}/${face}` : named;
    const box = boxOf(node, toPlan);
    if (!box) continue;
    const kind = kindOf(path);
    node.setAttribute("class", `place ${kind}`);
    spots.push({ path, kind, node, box, mark: kind === "area" ? cornerOf(box) : { x: box.x + box.w / 2, y: box.y + box.h / 2, size: Math.min(20, Math.max(4, 0.8 * Math.max(box.w, box.h))) } });
  }
  return spots;
}

// An area's alarms stand in its corner, where they hide nothing.
const cornerOf = (box) => ({ x: box.x + box.w - Math.min(24, box.w / 4), y: box.y + Math.min(24, box.h / 4) });

function boxOf(node, toPlan) {
  const matrix = node.getScreenCTM?.();
  if (!matrix || !toPlan) return null;
  const { x, y, width, height } = node.getBBox();
  const corners = [[x, y], [x + width, y], [x, y + height], [x + width, y + height]].map(([cx, cy]) => {
    const at = new DOMPoint(cx, cy).matrixTransform(toPlan.multiply(matrix));
    return { x: at.x, y: at.y, w: 0, h: 0 };
  });
  return around(corners);
}
