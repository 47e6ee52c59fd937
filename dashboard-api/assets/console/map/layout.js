// Where things stand on the plan that is made from doors alone: rows as bars split per rack, the rear edge above and the front
// edge below, halls as boxes, doors of no rack as tiles. Numbers in, numbers out; what is drawn there is `draw.js`.

import { label, last } from "./places.js";

const RACK_W = 30;
const CABINET_H = 40;
const EDGE_H = 8;
const MARK = 20; // room in front of an edge for a glyph or an alarm
const ROW_LABEL_W = 62;
const ROW_GAP = 8;
const COLUMN_GAP = 36;
const PAD = 18;
const NAME = { least: 15, most: 80, ofRows: 0.065 }; // a hall's name is read from as far away as the hall is seen
const TILE_W = 114;
const TILE_H = 76;
const TILE_GAP = 10;
const HALL_GAP = 30;
const WIDE = 1.7; // as screens are
const ROW_H = CABINET_H + 2 * (EDGE_H + MARK);

/** A tree of `places.js` as boxes: `{w, h, halls, tiles}`, everything in one system of coordinates. */
export function layout(tree) {
  const tiles = tileBoxes(tree.doors);
  const halls = tree.halls.map(hallBox);
  const width = Math.max(tileLine(tiles.length), bestWidth(halls));
  const strip = placeTiles(tiles, PAD, PAD, width);
  const top = PAD + (strip ? strip + HALL_GAP - TILE_GAP : 0);
  const packed = pack(halls, width);
  packed.places.forEach(([x, y], i) => move(halls[i], PAD + x, top + y));
  const right = Math.max(packed.w, ...tiles.map((tile) => tile.x + tile.w - PAD), 0);
  return { w: right + 2 * PAD, h: top + packed.h + PAD, halls, tiles };
}

// Halls line by line, none wider than `width` unless it stands alone.
function pack(halls, width) {
  const places = [];
  let [x, y, lineH, w] = [0, 0, 0, 0];
  for (const hall of halls) {
    if (x > 0 && x + hall.w > width) [x, y, lineH] = [0, y + lineH + HALL_GAP, 0];
    places.push([x, y]);
    w = Math.max(w, x + hall.w);
    x += hall.w + HALL_GAP;
    lineH = Math.max(lineH, hall.h);
  }
  return { places, w, h: y + lineH };
}

// The width at which all halls together are about as wide as a screen is.
function bestWidth(halls) {
  let [line, best, bestOff] = [0, 0, Infinity];
  for (const hall of halls) {
    line += hall.w + HALL_GAP;
    const { w, h } = pack(halls, line);
    const off = Math.abs(Math.log(w / h / WIDE));
    if (off < bestOff) [best, bestOff] = [line, off];
  }
  return best;
}

const tileLine = (count) => Math.min(count, 8) * (TILE_W + TILE_GAP) - (count ? TILE_GAP : 0);

const tileBoxes = (doors) => doors.map((door) => ({ path: door.path, kind: door.kind, name: label(door.path), x: 0, y: 0, w: TILE_W, h: TILE_H }));

// Places tiles line by line and answers how high they are together.
function placeTiles(tiles, x0, y0, width) {
  const perLine = Math.max(1, Math.floor((width + TILE_GAP) / (TILE_W + TILE_GAP)));
  tiles.forEach((tile, i) => {
    tile.x = x0 + (i % perLine) * (TILE_W + TILE_GAP);
    tile.y = y0 + Math.floor(i / perLine) * (TILE_H + TILE_GAP);
  });
  return Math.ceil(tiles.length / perLine) * (TILE_H + TILE_GAP);
}

function hallBox(hall) {
  const rackCount = Math.max(1, ...hall.rows.map((row) => row.racks.length));
  const rowW = ROW_LABEL_W + rackCount * RACK_W;
  const columns = columnsFor(hall.rows.length, rowW);
  const perColumn = Math.ceil(hall.rows.length / columns);
  const rowsH = perColumn * (ROW_H + ROW_GAP);
  const nameSize = Math.max(NAME.least, Math.min(NAME.most, NAME.ofRows * rowsH));
  const titleH = 1.5 * nameSize + 20;
  const rows = hall.rows.map((row, i) => rowBox(row, PAD + Math.floor(i / perColumn) * (rowW + COLUMN_GAP), titleH + (i % perColumn) * (ROW_H + ROW_GAP)));
  const rowsW = columns * rowW + (columns - 1) * COLUMN_GAP;
  const tiles = tileBoxes(hall.doors).map((tile) => ({ ...tile, name: last(tile.path) }));
  const beside = placeBeside(tiles, 2 * PAD + rowsW, titleH + MARK, rowsH - 2 * MARK);
  return { path: hall.path, name: label(hall.path), x: 0, y: 0, w: 2 * PAD + rowsW + beside.w, nameSize, h: titleH + Math.max(rowsH, beside.h + MARK), rows, tiles };
}

// The doors of a hall stand to the right of its rows, in as many columns as they need.
function placeBeside(tiles, x0, y0, height) {
  if (tiles.length === 0) return { w: 0, h: 0 };
  const perColumn = Math.max(1, Math.floor((height + TILE_GAP) / (TILE_H + TILE_GAP)));
  tiles.forEach((tile, i) => {
    tile.x = x0 + Math.floor(i / perColumn) * (TILE_W + TILE_GAP);
    tile.y = y0 + (i % perColumn) * (TILE_H + TILE_GAP);
  });
  const columns = Math.ceil(tiles.length / perColumn);
  return { w: columns * (TILE_W + TILE_GAP) - TILE_GAP + PAD, h: Math.min(tiles.length, perColumn) * (TILE_H + TILE_GAP) };
}

// As many columns as make the hall about as wide as a screen is.
function columnsFor(rows, rowW) {
  let best = 1;
  let bestOff = Infinity;
  for (let columns = 1; columns <= Math.max(1, rows); columns += 1) {
    const ratio = (columns * (rowW + COLUMN_GAP)) / (Math.ceil(rows / columns) * (ROW_H + ROW_GAP));
    const off = Math.abs(Math.log(ratio / WIDE));
    if (off < bestOff) [best, bestOff] = [columns, off];
  }
  return best;
}

function rowBox(row, x, y) {
  const racks = row.racks.map((rack, i) => rackBox(rack, x + ROW_LABEL_W + i * RACK_W, y + MARK));
  return { path: row.path, name: last(row.path), x, y, w: ROW_LABEL_W + racks.length * RACK_W, h: ROW_H, racks };
}

function rackBox(rack, x, y) {
  const edge = (door, top) => (door ? { path: door.path, x: x + 1, y: top, w: RACK_W - 2, h: EDGE_H } : null);
  return {
    path: rack.path, name: last(rack.path), x, y: y + EDGE_H, w: RACK_W, h: CABINET_H,
    rear: edge(rack.rear, y), front: edge(rack.front, y + EDGE_H + CABINET_H),
  };
}

function move(hall, dx, dy) {
  const shift = (box) => {
    box.x += dx;
    box.y += dy;
  };
  shift(hall);
  hall.tiles.forEach(shift);
  for (const row of hall.rows) {
    shift(row);
    for (const rack of row.racks) [rack, rack.front, rack.rear].filter(Boolean).forEach(shift);
  }
}

/**
 * The place that lies next in a direction ("left", "right", "up", "down"), by geography: what is ahead, and rather straight on
 * than near. Places are `{x, y}` centres; null where nothing lies that way.
 */
export function nextTowards(from, places, direction) {
  const [dx, dy] = { left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1] }[direction];
  let best = null;
  let bestCost = Infinity;
  for (const place of places) {
    const ahead = (place.x - from.x) * dx + (place.y - from.y) * dy;
    if (ahead < 1) continue;
    const aside = Math.abs((place.x - from.x) * dy) + Math.abs((place.y - from.y) * dx);
    const cost = ahead + 3 * aside;
    if (cost < bestCost) [best, bestCost] = [place, cost];
  }
  return best;
}

/** The view `{scale, x, y}` in which a box of the plan is seen whole in a window, with a margin. */
export function fitted(box, window, margin = 12, most = 4) {
  const { x = 0, y = 0 } = box;
  const scale = Math.min(most, (window.w - 2 * margin) / box.w, (window.h - 2 * margin) / box.h);
  const kept = Number.isFinite(scale) && scale > 0 ? scale : 1;
  return { scale: kept, x: window.w / 2 - (x + box.w / 2) * kept, y: window.h / 2 - (y + box.h / 2) * kept };
}

/** A view as the address has it: the scale, and the point of the plan in the middle. */
export function viewToText(view, window) {
  const round = (n, digits) => Number(n.toFixed(digits));
  return [round(view.scale, 3), round((window.w / 2 - view.x) / view.scale, 1), round((window.h / 2 - view.y) / view.scale, 1)].join(",");
}

/** The other way round; null for what is no view. */
export function viewFromText(text, window) {
  const [scale, cx, cy, more] = (text ?? "").split(",").map(Number);
  if (more !== undefined || ![scale, cx, cy].every(Number.isFinite) || scale < 0.01 || scale > 40) return null;
  return { scale, x: window.w / 2 - cx * scale, y: window.h / 2 - cy * scale };
}

/** A view drawn nearer by a factor, with the point under (px, py) kept in place. */
export function zoomed(view, factor, px, py, limits) {
  const scale = Math.min(limits.most, Math.max(limits.least, view.scale * factor));
  const by = scale / view.scale;
  return { scale, x: px - (px - view.x) * by, y: py - (py - view.y) * by };
}

/** A text that fits into so many characters. */
export function shortened(text, chars) {
  const signs = [...text];
  return signs.length <= chars ? text : `${signs.slice(0, Math.max(1, chars - 1)).join("")}\u2026`;
}
