// What a text names among the doors of a site, for forms. The daemon reads the text again and has the last word.

/** Racks and single doors of a site, each once. */
export function placesOf(items) {
  const places = new Set();
  for (const door of items) places.add(door.kind === "rack_door" ? door.path.slice(0, door.path.lastIndexOf("/")) : door.path);
  return [...places].sort();
}

/** What a text names among the doors: a rack with its doors, a door, or nothing that is certain. */
export function placeOf(text, items) {
  if (!text) return null;
  const names = (path) => path === text || path.endsWith(`/${text}`);
  const single = items.filter((door) => names(door.path));
  if (single.length > 0) return single.length === 1 ? { place: single[0].path, isRack: false, doors: single } : null;
  const inRack = items.filter((door) => door.kind === "rack_door" && names(door.path.slice(0, door.path.lastIndexOf("/"))));
  const racks = new Set(inRack.map((door) => door.path.slice(0, door.path.lastIndexOf("/"))));
  return racks.size === 1 ? { place: [...racks][0], isRack: true, doors: inRack } : null;
}

/** The same in words, for somebody who has just typed it. */
export function meantWords(text, meant) {
  if (!text) return "Path of a rack or door, or the end of one";
  if (!meant) return "No rack or door is called so, or several are.";
  const leaves = meant.doors.map((door) => door.path.split("/").at(-1)).join(" and ");
  return meant.isRack ? `Rack ${meant.place}: ${leaves}` : `Door ${meant.place}`;
}

/** The access point that a text means: the point itself, the way in of a door, or the first point of a rack. */
export function pointOf(text, points) {
  if (points.some((one) => one.path === text)) return text;
  const ways = points.filter((one) => one.door === text).map((one) => one.path);
  const within = points.filter((one) => one.door.startsWith(`${text}/`)).map((one) => one.path);
  return ways.find((path) => path.endsWith("/in")) ?? ways[0] ?? within[0] ?? text;
}
