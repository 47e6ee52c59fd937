// What can be ordered of doors from the console, and the sentence that says exactly what an order will do. Whether somebody may
// order it, and whether a door obeys, is the daemon's: an order that it refuses is shown as refused.

/** Modes, in the order in which they are offered: the word of the API, the words of the button, what it does. */
export const MODE_ORDERS = [
  { order: "lock", label: "Lock", effect: (what) => `Locks ${what}. Whoever has a right can open again as usual.` },
  { order: "unlock", label: "Unlock", effect: (what) => `Unlocks ${what} and keeps it unlocked until somebody orders otherwise. Anybody can open.`, danger: true },
  { order: "block", label: "Block", effect: (what) => `Blocks ${what}: locked, and refused to everybody, until somebody locks or unlocks it again. Exits work.` },
  { order: "double-lock", label: "Double-lock", effect: (what) => `Double-locks ${what}.` },
  { order: "lockdown", label: "Lock down", effect: (what) => `Locks ${what} down: locked, and nothing but the release of the lockdown is obeyed. Exits work.`, danger: true },
  { order: "lockdown-release", label: "End the lockdown", effect: (what) => `Ends the lockdown of ${what}: the mode from before counts again.`, danger: true },
  { order: "lock-open", label: "Lock open", effect: (what) => `Holds ${what} open: unlocked, and nothing but the release is obeyed. Anybody can open.`, danger: true },
  { order: "lock-open-release", label: "End lock open", effect: (what) => `Ends lock open of ${what}: the mode from before counts again.`, danger: true },
];

const RELEASES = { locked_down: "lockdown-release", locked_open: "lock-open-release" };

/**
 * The orders worth offering for doors in these modes: where all are held by a lockdown or held open, only what ends that, and else
 * everything but releases that nothing needs.
 */
export function offered(modes) {
  const held = new Set(modes.map((mode) => RELEASES[mode]).filter(Boolean));
  const allHeld = modes.length > 0 && modes.every((mode) => RELEASES[mode]);
  return MODE_ORDERS.filter(({ order }) => {
    if (Object.values(RELEASES).includes(order)) return held.has(order);
    return !allHeld && !(modes.length === 1 && modes[0] === DONE[order]);
  });
}

const DONE = { lock: "locked", unlock: "unlocked", block: "blocked", "double-lock": "double_locked" };

/** Doors in words: a path where there is one, else how many of what, and where. */
export function doorsWords(doors, place) {
  if (doors.length === 1) return doors[0].path;
  const racks = doors.every((door) => door.kind === "rack_door");
  return `${doors.length} ${racks ? "rack doors" : "doors"} in ${place}`;
}

/** What releasing once does; `times` are the milliseconds that the daemon says it will hold the locks released. */
export function openEffect(doors, place, times) {
  const what = doorsWords(doors, place);
  const held = timeWords(times);
  if (doors.length === 1) return `Unlocks ${what} once${held ? `, for ${held}` : ""}. If nobody opens it, it locks again.`;
  return `Unlocks ${what} once${held ? `, for ${held} each` : ""}. What nobody opens locks again.`;
}

function timeWords(times) {
  const seconds = [...new Set(times.map((ms) => ms / 1000))].sort((a, b) => a - b);
  if (!seconds.length) return "";
  return seconds.length === 1 ? `${seconds[0]} s` : `${seconds[0]} s to ${seconds.at(-1)} s`;
}

/** How many of several were done, how many refused, and how many wait for a second operator, which were not done either. */
export function outcomeWords(done, failures, waiting = []) {
  const words = [`${done} of ${done + failures.length + waiting.length} done`];
  if (failures.length > 0) words.push(`${failures.length} refused`);
  if (waiting.length > 0) words.push(`${waiting.length} ${waiting.length === 1 ? "waits" : "wait"} for a second operator`);
  return `${words.join(", ")}.`;
}
