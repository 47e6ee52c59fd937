// A site drawn from its doors where there is no plan: a block for each hall, in it rows as bars of racks with their rear above
// and their front below, and the other doors of an area beside each other. It places rectangles and draws nothing. No DOM here.

const RACK = { width: 10, height: 9, edge: 3 };
const ROW_GAP = 7;
const DOOR = { width: 26, height: 16, gap: 6 };
const PAD = 10;
const TITLE = 18;
const BLOCK_GAP = 14;
const DOORS_A_LINE = 6;

const parent = (path) => path.slice(0, Math.max(0, path.lastIndexOf("/")));
const last = (path) => path.slice(path.lastIndexOf("/") + 1);

// The blocks of an area ("" is everywhere): [{path, name, rows: [{path, racks: [{path, front, rear}]}], doors: [path]}].
export function blocksOf(doors, area) {
  const blocks = new Map();
  const block = (path) => {
    if (!blocks.has(path)) blocks.set(path, { path, name: last(path), rows: new Map(), doors: [] });
    return blocks.get(path);
  };
  for (const door of doors) {
    if (area && door.path !== area && !door.path.startsWith(`${area}/`) && door.area !== area) continue;
    if (door.kind !== "rack_door") {
      block(door.area).doors.push(door.path);
      continue;
    }
    const rack = parent(door.path);
    const row = parent(rack);
    const { rows } = block(parent(row) || row);
    if (!rows.has(row)) rows.set(row, new Map());
    const racks = rows.get(row);
    if (!racks.has(rack)) racks.set(rack, { path: rack, front: null, rear: null });
    racks.get(rack)[last(door.path) === "rear" ? "rear" : "front"] = door.path;
  }
  const byPath = (a, b) => (a.path < b.path ? -1 : 1);
  return [...blocks.values()].sort(byPath).map(({ rows, ...rest }) => ({
    ...rest, doors: rest.doors.sort(), rows: [...rows].map(([path, racks]) => ({ path, racks: [...racks.values()].sort(byPath) })).sort(byPath),
  }));
}

function sizeOf(block) {
  const longest = Math.max(0, ...block.rows.map((row) => row.racks.length));
  const lines = Math.ceil(block.doors.length / DOORS_A_LINE);
  const doorsWide = Math.min(block.doors.length, DOORS_A_LINE) * (DOOR.width + DOOR.gap);
  return {
    width: Math.max(longest * RACK.width, doorsWide, block.name.length * 8) + 2 * PAD,
    height: TITLE + block.rows.length * (RACK.height + 2 * RACK.edge + ROW_GAP) + lines * (DOOR.height + DOOR.gap) + 2 * PAD,
  };
}

// Places blocks so that they fill a field of this aspect (width by height) as large as can be: {width, height, blocks: [{...block,
// x, y, width, height}]}.
export function placed(blocks, aspect) {
  let best = null;
  for (let columns = 1; columns <= Math.max(1, blocks.length); columns += 1) {
    const tried = inColumns(blocks, columns);
    const scale = Math.min(aspect / tried.width, 1 / tried.height);
    if (!best || scale > best.scale) best = { ...tried, scale };
  }
  return best;
}

// Each block goes to the column that is shortest.
function inColumns(blocks, count) {
  const columns = Array.from({ length: count }, () => ({ width: 0, height: 0, blocks: [] }));
  for (const block of blocks) {
    const size = sizeOf(block);
    const column = columns.reduce((low, one) => (one.height < low.height ? one : low));
    column.blocks.push({ ...block, ...size, y: column.height });
    column.height += size.height + BLOCK_GAP;
    column.width = Math.max(column.width, size.width);
  }
  let x = 0;
  const all = [];
  for (const column of columns.filter((one) => one.blocks.length > 0)) {
    for (const block of column.blocks) all.push({ ...block, x, width: column.width });
    x += column.width + BLOCK_GAP;
  }
  const height = Math.max(0, ...columns.map((column) => column.height - BLOCK_GAP));
  return { width: Math.max(1, x - BLOCK_GAP), height: Math.max(1, height), blocks: all };
}

// The rectangles of a placed block: [{door | rack, x, y, width, height}].
export function rectanglesOf(block) {
  const found = [];
  let y = block.y + PAD + TITLE;
  for (const row of block.rows) {
    row.racks.forEach((rack, index) => {
      const x = block.x + PAD + index * RACK.width;
      const across = { x: x + 0.6, width: RACK.width - 1.2 };
      found.push({ rack: rack.path, ...across, y: y + RACK.edge, height: RACK.height });
      if (rack.rear) found.push({ door: rack.rear, ...across, y, height: RACK.edge - 0.6 });
      if (rack.front) found.push({ door: rack.front, ...across, y: y + RACK.edge + RACK.height + 0.6, height: RACK.edge - 0.6 });
    });
    y += RACK.height + 2 * RACK.edge + ROW_GAP;
  }
  block.doors.forEach((door, index) => {
    const [line, place] = [Math.floor(index / DOORS_A_LINE), index % DOORS_A_LINE];
    found.push({ door, x: block.x + PAD + place * (DOOR.width + DOOR.gap), y: y + line * (DOOR.height + DOOR.gap), width: DOOR.width, height: DOOR.height });
  });
  return found;
}
