// The left navigation: ten screens, those that this role may see, with what waits at each. Keys `g` and a letter lead there.

import { h, replace, svg, unseen } from "./dom.js";
import { keys } from "./keys.js";
import { alarms, status } from "./live.js";
import { go, onScreen } from "./router.js";
import { may } from "./site.js";

// Address, words, the letter after `g`, the right it takes, the addresses that belong to it, its picture.
const ENTRIES = [
  ["/alarms", "Alarms", "a", "view_alarms", ["/alarms"], "M12 3 22 20H2ZM12 9V14M12 16.6V17.6"],
  ["/map", "Floor plan", "f", "view_site", ["/map"], "M3 4H21V20H3ZM3 12H10M10 4V9M14 20V12H21"],
  ["/rows", "Rows and racks", "r", "view_site", ["/rows", "/racks"], "M4 3H10V21H4ZM14 3H20V21H14ZM6 7H8M6 11H8M16 7H18M16 11H18"],
  ["/events", "Events", "e", "view_journal", ["/events"], "M4 6H20M4 12H20M4 18H14"],
  ["/people", "People", "p", "view_people", ["/people", "/credentials", "/explain"], "M12 4A4 4 0 1 1 12 12 4 4 0 1 1 12 4ZM4 21C4 16 8 14.5 12 14.5S20 16 20 21"],
  ["/inside", "Inside, muster", "i", "view_people", ["/inside", "/muster"], "M4 21V3H15V21M2 21H20M11.5 12V13M21 9 17.5 12 21 15"],
  ["/requests", "Requests", "q", "view_people", ["/requests"], "M5 3H19V21H5ZM8.5 12 11 14.5 15.5 9.5"],
  ["/health", "Health", "h", "view_health", ["/health"], "M3 13H8L10 6 14 19 16 13H21"],
  ["/shelved", "Shelved", null, "view_alarms", ["/shelved"], "M3 8H21M3 16H21M6 8V4H11V8M13 16V12H18V16"],
  ["/audit", "Audit log", null, "view_journal", ["/audit"], "M6 3H15L19 7V21H6ZM15 3V7H19M9 12H16M9 16H16"],
];

const links = new Map();

export function drawNav(nav) {
  const items = ENTRIES.filter(([, , , right]) => may(right)).map(([address, words, letter, , , picture]) => {
    const count = h("span", { class: "n", hidden: true });
    const link = h("a", { href: address, title: letter ? `${words} (g ${letter})` : words, "aria-keyshortcuts": letter ? `g ${letter}` : null },
      svg("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d: picture })), h("span", { class: "words" }, words), count);
    links.set(address, { link, count });
    return h("li", null, link);
  });
  replace(nav, h("ul", null, items));
  keys.bind(goKeys(), { title: "Go to" });
  onScreen(({ path }) => mark(path));
  follow();
}

function goKeys() {
  const map = {};
  for (const [address, words, letter, right] of ENTRIES) if (letter && may(right)) map[`g ${letter}`] = [() => go(address), words];
  return map;
}

function mark(path) {
  for (const [address, , , , prefixes] of ENTRIES) {
    const link = links.get(address)?.link;
    if (!link) continue;
    const isHere = prefixes.some((prefix) => path === prefix || path.startsWith(`${prefix}/`));
    if (isHere) link.setAttribute("aria-current", path === address ? "page" : "true");
    else link.removeAttribute("aria-current");
  }
}

function follow() {
  if (may("view_alarms")) {
    alarms.on(() => {
      const unacked = alarms.items.filter((alarm) => !alarm.acked).length;
      show("/alarms", unacked, "not acknowledged");
      show("/shelved", alarms.counts?.shelved ?? 0, "on the shelf");
    });
  }
  if (may("view_health")) status.on(() => show("/requests", status.now?.requests_waiting ?? 0, "waiting"));
}

function show(address, number, words) {
  const entry = links.get(address);
  if (!entry) return;
  entry.count.hidden = number === 0;
  replace(entry.count, String(number > 999 ? "999+" : number), unseen(` ${words}`));
}
