// Which doors are the two faces of a rack, which racks stand in a row, and which rows in a hall. Told from paths alone, as the
// daemon does it, so that a plan exists wherever doors do. How a door stands is not looked at here (`state.js`), and where
// things are drawn is `layout.js`.

const byName = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** Orders paths as people count: c2 before c10. */
export const inOrder = (a, b) => byName.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);

/** The path around a path; empty where there is none. */
export const parent = (path) => path.slice(0, Math.max(0, path.lastIndexOf("/")));

/** The last word of a path. */
export const last = (path) => path.slice(path.lastIndexOf("/") + 1);

/** A path without the site's name, which stands in the header. */
export const label = (path) => (path.includes("/") ? path.slice(path.indexOf("/") + 1) : path);

/** Whether a path is another one or lies in it; everything lies in the empty one. */
export const liesIn = (path, outer) => outer === "" || path === outer || path.startsWith(`${outer}/`);

const NO_AREAS = new Map();

/**
 * What a path lies in, itself first. Areas need not lie in each other by their paths: `inside` says in which area one is, by path,
 * as the daemon tells it; where it does not, the path does.
 */
export function around(path, inside = NO_AREAS) {
  const paths = [];
  for (let at = path; at && !paths.includes(at); at = inside.get(at) ?? parent(at)) paths.push(at);
  return paths;
}

const isRackDoor = (door) => door.kind === "rack_door";

/**
 * Doors as `{halls: [{path, rows: [{path, racks: [{path, front, rear}]}], doors}], doors}`: what stands in halls, and the doors
 * outside of them. `front` and `rear` are doors or null; a face with another name counts as the front.
 */
export function siteTree(doors) {
  const halls = new Map();
  const rows = new Map();
  const racks = new Map();
  for (const door of [...doors].sort((a, b) => inOrder(a.path, b.path))) {
    if (!isRackDoor(door)) continue;
    const rackPath = parent(door.path) || door.path;
    const rowPath = parent(rackPath) || rackPath;
    const hallPath = parent(rowPath) || rowPath;
    const hall = entry(halls, hallPath, () => ({ path: hallPath, rows: [], doors: [] }));
    const row = entry(rows, rowPath, () => put(hall.rows, { path: rowPath, racks: [] }));
    const rack = entry(racks, rackPath, () => put(row.racks, { path: rackPath, front: null, rear: null }));
    rack[last(door.path) === "rear" ? "rear" : "front"] = door;
  }
  const outside = placeDoors(doors.filter((door) => !isRackDoor(door)), halls);
  return { halls: [...halls.values()].sort((a, b) => inOrder(a.path, b.path)), doors: outside };
}

function entry(map, key, make) {
  if (!map.has(key)) map.set(key, make());
  return map.get(key);
}

function put(list, item) {
  list.push(item);
  return item;
}

// A door that leads into a hall is drawn at the hall; the innermost counts.
function placeDoors(doors, halls) {
  const outside = [];
  for (const door of [...doors].sort((a, b) => inOrder(a.path, b.path))) {
    const hall = around(door.area || parent(door.path)).map((path) => halls.get(path)).find(Boolean);
    (hall ? hall.doors : outside).push(door);
  }
  return outside;
}

/** Those of the doors that a plan of an area shows. */
export const doorsOf = (doors, area, inside) => (area === "" ? doors : doors.filter((door) => around(door.path, inside).includes(area) || around(door.area ?? "", inside).includes(area)));

/** Every row of a tree, with its hall. */
export const rowsOf = (tree) => tree.halls.flatMap((hall) => hall.rows.map((row) => ({ ...row, hall: hall.path })));

/** The doors of a rack, front first. */
export const facesOf = (rack) => [rack.front, rack.rear].filter(Boolean);

let known = null; // doors change all the time, their paths hardly ever

/** What every path is, from the doors there are: `{tree, kindOf(path), addressOf(path)}`. */
export function siteIndex(doors) {
  if (known?.doors === doors) return known;
  const key = doors.map((door) => door.path).join("\n");
  if (known?.key === key) renew(known.tree, new Map(doors.map((door) => [door.path, door])));
  else known = { key, ...indexed(siteTree(doors)) };
  known.doors = doors;
  return known;
}

// The same places with doors as they stand now.
function renew(tree, now) {
  const current = (door) => (door ? now.get(door.path) : null);
  tree.doors = tree.doors.map(current);
  for (const hall of tree.halls) {
    hall.doors = hall.doors.map(current);
    for (const row of hall.rows) for (const rack of row.racks) Object.assign(rack, { front: current(rack.front), rear: current(rack.rear) });
  }
}

function indexed(tree) {
  const kinds = new Map();
  const addresses = new Map();
  const note = (path, kind, address) => {
    kinds.set(path, kind);
    if (address) addresses.set(path, address);
  };
  const asPath = (path) => path.split("/").map(encodeURIComponent).join("/");
  for (const hall of tree.halls) {
    note(hall.path, "area", null);
    for (const door of hall.doors) note(door.path, "door", `/racks/${asPath(door.path)}`);
  }
  for (const door of tree.doors) note(door.path, "door", `/racks/${asPath(door.path)}`);
  for (const row of rowsOf(tree)) {
    note(row.path, "row", `/rows/${asPath(row.path)}`);
    for (const rack of row.racks) {
      note(rack.path, "rack", `/racks/${asPath(rack.path)}`);
      if (rack.front) note(rack.front.path, "door", `/racks/${asPath(rack.path)}?face=front`);
      if (rack.rear) note(rack.rear.path, "door", `/racks/${asPath(rack.path)}?face=rear`);
    }
  }
  return { tree, kindOf: (path) => kinds.get(path) ?? null, addressOf: (path) => addresses.get(path) ?? null };
}
