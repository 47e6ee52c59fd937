// Draws a part of a screen anew only when what it shows has changed, and then leaves focus and open menus where they were, so that
// nothing slips away under a hand. What is drawn is the caller's.

import { replace } from "../dom.js";

/** `steady(root)` -> `draw(facts, make)`: draws `make()` into the root where `facts` (anything JSON can hold) differ from before. */
export function steady(root) {
  let known = null;
  return (facts, make) => {
    const key = JSON.stringify(facts);
    if (key === known) return false;
    known = key;
    const focus = root.contains(document.activeElement) ? nameOf(document.activeElement) : null;
    const open = [...root.querySelectorAll("details[open]")].map(nameOf);
    replace(root, make());
    for (const name of open) for (const menu of root.querySelectorAll("details")) if (nameOf(menu) === name) menu.open = true;
    if (focus) [...root.querySelectorAll("[data-action], [data-id], a[href]")].find((node) => nameOf(node) === focus)?.focus({ preventScroll: true });
    return true;
  };
}

// What a node is, wherever it is drawn: the door it belongs to and what it does.
function nameOf(node) {
  const door = node.closest("[data-door]")?.dataset.door ?? "";
  return `${door} ${node.dataset.action ?? node.dataset.id ?? node.getAttribute("href") ?? node.className}`;
}
