// The plan that is made from doors alone, as one svg: every place is an element with `data-rackward`, exactly as in a plan that
// somebody drew, so that both are painted by the same code (`paint.js`). It knows places and boxes, and nothing of states.

import { h, svg } from "../dom.js";
import { layout, shortened } from "./layout.js";
import { siteTree } from "./places.js";

const TILE_CHARS = 15;

/**
 * A scene `{node, plan, over, w, h, spots}` of these doors. A spot is a place on it: `{path, kind, node, box, mark}`, where `mark` is the
 * point at which a glyph or an alarm is shown.
 */
export function drawnScene(doors) {
  const boxes = layout(siteTree(doors));
  const spots = [];
  const plan = sheet("plan", boxes);
  for (const hall of boxes.halls) plan.append(hallNode(hall, spots));
  for (const tile of boxes.tiles) plan.append(tileNode(tile, spots));
  return { ...staged("drawn", plan, boxes), spots };
}

const sheet = (name, { w, h: high }) => svg("svg", { class: name, viewBox: `0 0 ${w} ${high}`, width: w, height: high, "aria-hidden": "true" });

/**
 * What is moved in the window: the plan, and above it a sheet of its own for what blinks, so that blinking draws little anew:
 * `{node, plan, over, w, h}`.
 */
export function staged(kind, plan, size) {
  const over = sheet("over", size);
  const node = h("div", { class: `stage ${kind}` }, plan, over);
  node.style.width = `${size.w}px`;
  node.style.height = `${size.h}px`;
  return { node, plan, over, w: size.w, h: size.h };
}

const rect = (box, props) => svg("rect", { ...props, x: box.x, y: box.y, width: box.w, height: box.h });

const text = (x, y, props, words) => svg("text", { ...props, x, y }, words);

function hallNode(hall, spots) {
  const box = rect(hall, { class: "place hall", "data-rackward": hall.path, rx: 3 });
  const name = text(hall.x + 18, hall.y + 11 + hall.nameSize, { class: "hall-name", "font-size": hall.nameSize }, shortened(hall.name, Math.floor((1.6 * hall.w) / hall.nameSize) - 6));
  const node = svg("g", null, box, name);
  spots.push({ path: hall.path, kind: "area", node: box, box: hall, mark: { x: hall.x + hall.w - 34, y: hall.y + 24 } });
  for (const row of hall.rows) node.append(rowNode(row, spots));
  for (const tile of hall.tiles) node.append(tileNode(tile, spots));
  return node;
}

function rowNode(row, spots) {
  const sign = { x: row.x, y: row.y + 28, w: 50, h: 40 };
  const plate = rect(sign, { class: "place row", "data-rackward": row.path, rx: 2 });
  const node = svg("g", null, plate, text(row.x + 25, row.y + 53, { class: "row-name" }, shortened(row.name, 6)));
  spots.push({ path: row.path, kind: "row", node: plate, box: sign, mark: { x: row.x + 25, y: row.y + 12 } });
  for (const rack of row.racks) rackNodes(rack, node, spots);
  return node;
}

function rackNodes(rack, row, spots) {
  const cabinet = rect(rack, { class: "place rack", "data-rackward": rack.path });
  spots.push({ path: rack.path, kind: "rack", node: cabinet, box: rack, mark: { x: rack.x + rack.w / 2, y: rack.y + 30 } });
  row.append(cabinet, text(rack.x + rack.w / 2, rack.y + 24, { class: "rack-name" }, shortened(rack.name, 5)));
  for (const face of ["rear", "front"]) {
    const box = rack[face];
    if (!box) continue;
    const edge = rect(box, { class: "place door edge", "data-rackward": box.path, "data-face": face });
    row.append(edge);
    spots.push({ path: box.path, kind: "door", face, node: edge, box, mark: { x: box.x + box.w / 2, y: face === "rear" ? box.y - 10 : box.y + box.h + 10 } });
  }
}

function tileNode(tile, spots) {
  const box = rect(tile, { class: "place door tile", "data-rackward": tile.path, rx: 3 });
  const middle = tile.x + tile.w / 2;
  spots.push({ path: tile.path, kind: "door", node: box, box: tile, mark: { x: middle, y: tile.y + 25, size: 34 }, shows: "always", words: { x: middle, y: tile.y + 68 } });
  return svg("g", null, box, text(middle, tile.y + 54, { class: "tile-name" }, shortened(tile.name, TILE_CHARS)));
}
