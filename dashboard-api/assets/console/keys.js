// Keys of the shell and of screens. A single letter acts only while nothing that can be typed into has the focus, and not at all
// where the person at this desk has switched single keys off (WCAG 2.1.4). What a key does is whoever's bound it.

const SWITCH = "rackward.keys";
const GO_MS = 1500; // after `g`, a second letter counts for so long
const bound = []; // the newest wins

const stored = (name) => {
  try {
    return localStorage.getItem(name);
  } catch {
    return null; // Storage can be forbidden by policy; then the keys are as they come.
  }
};

export const keys = {
  areOn: () => stored(SWITCH) !== "off",

  switchTo(on) {
    try {
      localStorage.setItem(SWITCH, on ? "on" : "off");
    } catch {
      // Not kept, where storage is forbidden.
    }
  },

  // {j(){}, Enter: [fn, "open"], "g a": [fn, "words"]}; a function that returns false leaves the key to the next.
  bind(map, { scope = null, title = "" } = {}) {
    const entry = { map, scope, title };
    bound.push(entry);
    return () => {
      const at = bound.indexOf(entry);
      if (at >= 0) bound.splice(at, 1);
    };
  },

  // Forgets what belonged to nodes that are no longer on the page.
  sweep() {
    for (let at = bound.length - 1; at >= 0; at -= 1) if (bound[at].scope && !bound[at].scope.isConnected) bound.splice(at, 1);
  },

  // What the keys do now: [[title, [[key, words]]]].
  help() {
    const told = new Map();
    for (const { map, scope, title } of [...bound].reverse()) {
      if (scope && !scope.isConnected) continue;
      for (const [key, action] of Object.entries(map)) {
        if (!Array.isArray(action) || !action[1]) continue;
        const group = title || "This screen";
        if (!told.has(group)) told.set(group, []);
        if (!told.get(group).some(([known]) => known === key)) told.get(group).push([key.replace("Escape", "Esc"), action[1]]);
      }
    }
    return [...told].sort(([one], [other]) => (one === "This screen" ? -1 : other === "This screen" ? 1 : 0));
  },

  start() {
    document.addEventListener("keydown", onKey);
  },
};

const isEditable = (node) => Boolean(node?.closest?.("input:not([type=checkbox]):not([type=radio]):not([type=button]), textarea, select, [contenteditable=true]"));
const isPressable = (node) => Boolean(node?.closest?.("button, a[href], summary, input, label"));

let goUntil = 0;

function onKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.defaultPrevented) return;
  const key = event.key === " " ? "Space" : event.key;
  const isLetter = event.key.length === 1;
  if (isEditable(event.target) && key !== "Escape") return;
  if (isLetter && !keys.areOn()) return;
  if ((key === "Enter" || key === "Space") && isPressable(event.target)) return;
  const name = goUntil > Date.now() && isLetter ? `g ${key}` : event.shiftKey && /^[A-Z]$/.test(key) && isBoundAs(`Shift+${key.toLowerCase()}`) ? `Shift+${key.toLowerCase()}` : key;
  goUntil = 0;
  if (name === "g") {
    goUntil = Date.now() + GO_MS;
    return;
  }
  if (run(name, event)) event.preventDefault();
}

const isBoundAs = (name) => bound.some(({ map }) => name in map);

function run(name, event) {
  const dialog = document.querySelector("dialog[open]");
  for (const { map, scope } of [...bound].reverse()) {
    const action = map[name];
    if (!action) continue;
    if (dialog && !(scope && dialog.contains(scope))) continue;
    if (scope && !scope.isConnected) continue;
    if (scope && !isMine(scope)) continue;
    const fn = Array.isArray(action) ? action[0] : action;
    if (fn(event) !== false) return true;
  }
  return false;
}

// A list's keys act while it has the focus, or while nothing in particular has.
function isMine(scope) {
  const focus = document.activeElement;
  return scope.contains(focus) || focus === document.body || focus?.id === "pane" || Boolean(focus?.closest("#pane, #detail"));
}
