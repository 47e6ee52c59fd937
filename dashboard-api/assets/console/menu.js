// The operator's menu: who is here, shift, keys and density of this desk, help, signing out. The keys of the whole shell are bound
// here as well.

import { tellStatus } from "./announce.js";
import { tell } from "./dialog.js";
import { bdi, h, replace } from "./dom.js";
import { keys } from "./keys.js";
import { may, site } from "./site.js";
import { silence } from "./sound.js";

const DENSITY = "rackward.density";

export function drawMenu(box, role) {
  const list = h("div", { class: "menu", id: "menu", hidden: true });
  const button = h("button", { type: "button", class: "quiet", id: "menu-button", "aria-haspopup": "true", "aria-expanded": "false", "aria-controls": "menu" },
    h("span", { class: "name" }, bdi(site.operator)), h("span", { class: "role" }, role));
  const show = (isShown) => {
    list.hidden = !isShown;
    button.setAttribute("aria-expanded", String(isShown));
  };
  button.addEventListener("click", () => show(list.hidden));
  box.addEventListener("focusout", (event) => box.contains(event.relatedTarget) || event.relatedTarget === null || show(false));
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || list.hidden) return;
    event.preventDefault();
    show(false);
    button.focus();
  });
  document.addEventListener("pointerdown", (event) => box.contains(event.target) || show(false));
  replace(list, entries(() => show(false)));
  replace(box, button, list);
  bindShellKeys();
  setDensity(density());
}

function entries(close) {
  const link = (href, words) => h("a", { href, on: { click: close } }, words);
  const choice = (id, words, checked, fn) => h("label", { class: "choice" }, h("input", { type: "checkbox", id, checked, on: { change: (event) => fn(event.target.checked) } }), words);
  return [
    link("/shift", "Shift and sound test"),
    may("view_people") && link("/explain", "Explain an access"),
    link("/wall", "Wall view"),
    h("button", { type: "button", class: "plain", id: "help-button", "aria-keyshortcuts": "?", on: { click: () => { close(); showKeys(); } } }, "Keys"),
    choice("single-keys", "single-letter keys", keys.areOn(), (on) => keys.switchTo(on)),
    choice("density", "narrow rows", density() === "narrow", (on) => setDensity(on ? "narrow" : "wide")),
    h("hr"),
    link("/help/feedback", "Lights and sounds of readers"),
    link("/help/api", "API reference"),
    link("/account/prove", "Prove yourself again"),
    h("hr"),
    signOut(),
    h("p", { class: "aside" }, `Rackward ${site.version}`),
  ];
}

// Whoever signs in again comes back to where they were; the daemon carries the address through.
function signOut() {
  const back = h("input", { type: "hidden", name: "back" });
  return h("form", { method: "post", action: "/logout", on: { submit: () => { back.value = location.pathname + location.search; } } },
    back, h("button", { class: "plain" }, "Sign out"));
}

function density() {
  try {
    return localStorage.getItem(DENSITY) ?? "wide";
  } catch {
    return "wide";
  }
}

function setDensity(word) {
  document.body.classList.toggle("narrow-rows", word === "narrow");
  try {
    localStorage.setItem(DENSITY, word);
  } catch {
    // Not kept, where storage is forbidden.
  }
}

function bindShellKeys() {
  keys.bind({
    "?": [showKeys, "these keys"],
    S: [() => tellStatus(silence() ? "The horn is silenced. Nothing was acknowledged." : "Nothing sounds."), "silence the horn"],
    l: [copyLink, "copy this view's address"],
    Escape: [leaveFocus, "back"],
  }, { title: "Everywhere" });
}

async function copyLink() {
  try {
    await navigator.clipboard.writeText(location.href);
    tellStatus("The address of this view was copied.");
    flash("Address copied");
  } catch {
    await tell("Address of this view", h("p", null, h("code", { class: "address" }, location.href)));
  }
}

// A word that goes by itself, beside what is said to those who hear the page.
export function flash(words) {
  document.getElementById("flash")?.remove();
  const node = h("p", { id: "flash", "aria-hidden": "true" }, words);
  document.body.append(node);
  setTimeout(() => node.remove(), 2_500);
}

function leaveFocus() {
  const focus = document.activeElement;
  if (!focus || focus === document.body || focus.id === "pane") return false;
  focus.blur();
  document.getElementById("pane").focus({ preventScroll: true });
  return true;
}

function showKeys() {
  const groups = keys.help();
  tell("Keys", [
    groups.map(([title, rows]) => h("section", null, h("h3", null, title),
      h("dl", { class: "keys" }, rows.map(([key, words]) => h("div", null, h("dt", null, key.split(" ").map((part) => h("kbd", null, part))), h("dd", null, words)))))),
    h("p", { class: "aside" }, keys.areOn() ? "Single-letter keys can be switched off in the menu at the top right." : "Single-letter keys are switched off in the menu at the top right."),
  ], { wide: true });
}
