// What may stand in a floor plan before it enters the page. The daemon has cleaned the file when it was uploaded; this is the
// second look, by a list of its own, so that one defect is not enough. It judges names and values; walking the tree is
// `plan_svg.js`.

const ELEMENTS = new Set([
  "svg", "g", "defs", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "title", "desc",
  "linearGradient", "radialGradient", "stop", "clipPath",
]);

const ATTRIBUTES = new Set([
  "id", "viewBox", "preserveAspectRatio", "width", "height", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "fx", "fy",
  "dx", "dy", "d", "points", "pathLength", "transform", "offset", "gradientUnits", "gradientTransform", "spreadMethod", "clipPathUnits",
  "fill", "fill-opacity", "fill-rule", "clip-rule", "clip-path", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray",
  "stroke-dashoffset", "stroke-linecap", "stroke-linejoin", "stroke-miterlimit", "opacity", "color", "stop-color", "stop-opacity",
  "font-family", "font-size", "font-style", "font-weight", "text-anchor", "dominant-baseline", "alignment-baseline", "letter-spacing",
  "word-spacing", "text-decoration", "rotate", "textLength", "lengthAdjust", "vector-effect", "paint-order", "display", "visibility",
  "data-rackward", "data-face",
]);

const MAX_VALUE_CHARS = 1 << 20; // the outline of a building is long; nothing else is

/** How deep a plan may be nested, and how many elements it may have. */
export const MAX_DEPTH = 64;
export const MAX_ELEMENTS = 200_000;

/** Whether an element may stand in a plan. */
export const isAllowedElement = (name) => ELEMENTS.has(name);

/** Whether an attribute may stand there: nothing that runs, and nothing that leads anywhere but to an element of the same plan. */
export function isAllowedAttribute(name, value) {
  if (!ATTRIBUTES.has(name) || value.length > MAX_VALUE_CHARS) return false;
  const compact = value.replace(/[\s\\\u0000-\u001f]/g, "").toLowerCase();
  if (/script:|data:|https?:|file:|ftp:|\/\/|@import|expression\(|&#/.test(compact)) return false;
  return !compact.includes("url(") || /^url\((["']?)#[\w.:-]+\1\)(none|[a-z]+|#[0-9a-f]{3,8})?$/.test(compact);
}

/** What leads to an element of the plan is told apart from every id of the page around it. */
export const OWN_ID = "plan-";

/** A value with its references to elements of the plan made ones to ids of its own. */
export const withOwnIds = (name, value) => (name === "id" ? OWN_ID + value : value.replace(/url\(\s*(["']?)#([\w.:-]+)\1\s*\)/gi, `url(#${OWN_ID}$2)`));
