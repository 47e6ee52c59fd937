// Which screen stands at which address, and how one comes from one to another without a reload. What a screen shows is its own;
// how addresses are matched is addresses.js.

import { changedQuery, compile, match, pathSegments } from "./addresses.js";
import { h, replace } from "./dom.js";
import { keys } from "./keys.js";
import { site } from "./site.js";

export { pathSegments };

const routes = [];
const listeners = new Set();
const popGuards = [];
let here = null; // {route, params, path, search, screen, leave}
let turn = 0;
let prefix = "";

export function route(pattern, load) {
  routes.push({ pattern, fits: compile(pattern), load });
}

// Told {path, pattern, params} after each change of screen.
export function onScreen(fn) {
  listeners.add(fn);
}

// A guard that returns true keeps "back" for itself, such as an open dialog that it closes.
export function guardBack(fn) {
  popGuards.push(fn);
}

export const query = () => new URLSearchParams(location.search);

// Changes the query without telling the screen, which knows.
export function setQuery(changes, { replace: inPlace = true } = {}) {
  const address = location.pathname + changedQuery(location.search, changes);
  if (address === location.pathname + location.search) return;
  if (inPlace) history.replaceState(history.state, "", address);
  else {
    keepPlace();
    history.pushState({}, "", address);
  }
  if (here) here.search = location.search;
}

export function go(address, { replace: inPlace = false } = {}) {
  const url = new URL(address, location.href);
  if (url.origin !== location.origin || !match(routes, url.pathname)) {
    location.assign(url.href);
    return;
  }
  keepPlace();
  history[inPlace ? "replaceState" : "pushState"]({}, "", url.pathname + url.search + url.hash);
  show({ isBack: false });
}

// The part of the title that counts what waits, such as "(2) ".
export function setTitlePrefix(text) {
  prefix = text;
  drawTitle();
}

let named = "";
function drawTitle() {
  document.title = `${prefix}${named ? `${named} - ` : ""}${site.name} - Rackward`;
}

function keepPlace() {
  const pane = document.getElementById("pane");
  const focus = document.activeElement;
  const state = { top: pane.scrollTop, page: window.scrollY, focus: focus?.id || focus?.dataset?.id || "" };
  history.replaceState({ ...history.state, ...state }, "");
}

async function show({ isBack }) {
  const mine = ++turn;
  const { pathname, search } = location;
  const found = match(routes, pathname);
  if (here && found && here.path === pathname && here.screen?.onQuery) {
    if (here.search !== search) {
      here.search = search;
      here.screen.onQuery(query());
    }
    return;
  }
  leave();
  const pane = document.getElementById("pane");
  replace(pane);
  keys.sweep();
  try {
    const module = found ? await found.route.load() : await import("./screens/nowhere.js");
    if (mine !== turn) return;
    enter(module, found ?? { route: { pattern: "" }, params: {} }, { pathname, search, isBack });
  } catch (error) {
    if (mine !== turn) return;
    reportError(error);
    replace(pane, h("section", { class: "panel problem", role: "alert" },
      h("h1", null, "This screen could not be loaded"),
      h("p", null, "The daemon may have been updated meanwhile. Loading the page again brings the new version."),
      h("p", null, h("button", { type: "button", on: { click: () => location.reload() } }, "Load again"))));
  }
}

function enter(module, { route: to, params }, { pathname, search, isBack }) {
  const pane = document.getElementById("pane");
  const aside = document.getElementById("detail");
  const gone = new AbortController();
  const ctx = {
    params,
    signal: gone.signal,
    detail: (node) => showDetail(aside, node),
    setTitle: (text) => {
      named = text;
      drawTitle();
    },
  };
  ctx.setTitle(module.title?.(params) ?? "");
  document.body.classList.toggle("wall", pathname === "/wall" || pathname.startsWith("/wall/"));
  document.body.classList.toggle("desk", !document.body.classList.contains("wall"));
  const screen = module.mount(pane, params, ctx) ?? {};
  if (screen.detail) ctx.detail(screen.detail);
  const unbind = screen.keys ? keys.bind(screen.keys, { scope: pane }) : () => {};
  here = {
    path: pathname, search, screen,
    leave: () => {
      unbind();
      gone.abort();
      screen.unmount?.();
      ctx.detail(null);
    },
  };
  for (const fn of listeners) fn({ path: pathname, pattern: to.pattern, params });
  settle(isBack);
}

let listScroll = 0;

// On a narrow screen the detail stands above the list: whoever opens it is led to it, and back to where they were in the list.
function showDetail(aside, node) {
  const wasShown = !aside.hidden;
  const isNarrow = matchMedia("(max-width: 900px)").matches;
  if (node && !wasShown) listScroll = window.scrollY;
  aside.hidden = !node;
  document.body.classList.toggle("with-detail", Boolean(node));
  replace(aside, node);
  if (isNarrow && node && !wasShown) window.scrollTo(0, 0);
  if (isNarrow && !node && wasShown) window.scrollTo(0, listScroll);
}

function leave() {
  const before = here;
  here = null;
  try {
    before?.leave();
  } catch (error) {
    reportError(error);
  }
}

// Whoever goes on begins at the top; whoever comes back finds the place they left, as soon as it is drawn again.
function settle(isBack) {
  const pane = document.getElementById("pane");
  const { top = 0, page = 0, focus = "" } = isBack ? history.state ?? {} : {};
  pane.focus({ preventScroll: true });
  let tries = 0;
  const mine = turn;
  const attempt = () => {
    if (mine !== turn) return;
    pane.scrollTop = top;
    window.scrollTo(0, page);
    const node = focus && (document.getElementById(focus) ?? pane.querySelector(`[data-id="${CSS.escape(focus)}"]`));
    if (node && document.activeElement === pane) node.focus({ preventScroll: true });
    const isThere = Math.abs(pane.scrollTop - top) < 2 && Math.abs(window.scrollY - page) < 2 && (!focus || node);
    if (!isThere && isBack && ++tries < 20) setTimeout(attempt, 100);
  };
  attempt();
}

function isPlainClick(event) {
  return event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey && !event.defaultPrevented;
}

function takeClick(event) {
  const link = event.target.closest?.("a[href]");
  if (!link || !isPlainClick(event) || link.target || link.hasAttribute("download")) return;
  const url = new URL(link.href, location.href);
  if (url.origin !== location.origin || !match(routes, url.pathname)) return;
  if (url.hash && url.pathname === location.pathname && url.search === location.search) return;
  event.preventDefault();
  go(url.href);
}

export function start() {
  history.scrollRestoration = "manual";
  document.addEventListener("click", takeClick);
  window.addEventListener("popstate", () => {
    for (const guard of popGuards) if (guard()) return;
    show({ isBack: true });
  });
  window.addEventListener("pagehide", keepPlace);
  show({ isBack: Boolean(history.state?.top || history.state?.page || history.state?.focus) });
}
