// One plan in its window: the drawing, moved and painted, and the pointer on it. It is told what is selected and tells what is
// chosen; what that leads to is the screen's.

import { h } from "../dom.js";
import { drawnScene } from "./draw.js";
import { fitted, nextTowards, viewFromText, viewToText } from "./layout.js";
import { around, painter } from "./paint.js";
import { findSpots } from "./plan_svg.js";
import { panAndZoom } from "./view.js";

const MOST_FIT = 2.5; // a small site need not be larger than life
const BEAT_MS = 500; // 1 Hz between filled and outline (console.md B.1)

/** `{el, start(signal), paint, select, towards, zoom, fit, end}`; `drawing` of `readPlan`, or null for one made from `doors`. */
export function planView({ drawing, doors, kindOf, at, selected, onSelect, onOpen, onRest }) {
  const scene = drawing ? { ...drawing, spots: [] } : drawnScene(doors);
  const stage = h("div", { class: "stage-holder" }, scene.node);
  const el = frameOf(stage);
  const ended = new AbortController();
  let [paint, view, pending, isFitted] = [null, null, null, false];

  function place() {
    if (drawing) scene.spots = findSpots(scene, kindOf, new Set(doors.map((door) => door.path)));
    paint = painter(scene);
    view = panAndZoom(el, scene.node, { w: scene.w, h: scene.h }, { signal: ended.signal, onRest: rested });
    const given = viewFromText(at, view.window());
    isFitted = !given;
    view.set(given ?? fitted(scene, view.window(), 12, MOST_FIT));
    if (pending) paint.paint(...pending);
    paint.select(selected);
    if (!at && selected) show(selected);
  }

  // A window that changes keeps the whole plan in view where it was, and else what is in its middle.
  function resized(before) {
    const now = view.window();
    if (isFitted) view.set(fitted(scene, now, 12, MOST_FIT));
    else view.set({ ...view.view(), x: view.view().x + (now.w - before.w) / 2, y: view.view().y + (now.h - before.h) / 2 });
    paint.scale(view.view().scale);
    if (selected) show(selected);
    return now;
  }

  function rested(now) {
    isFitted = false;
    paint.scale(now.scale);
    onRest(viewToText(now, view.window()));
  }

  const show = (path) => view.show(around((paint.byPath.get(path) ?? []).map((spot) => spot.box)));

  listen(el, scene, { onSelect, onOpen, isDrag: () => !view || view.wasDragged() });

  return {
    el,
    scene,
    start(signal) {
      signal.addEventListener("abort", () => ended.abort(), { once: true });
      place();
      beat(scene, ended.signal);
      followSize(el, view.window(), resized, ended.signal);
    },
    paint(...given) {
      pending = given;
      paint?.paint(...given);
      if (view) paint.scale(view.view().scale);
    },
    select(path, shows) {
      selected = path;
      paint?.select(path);
      if (shows && path) show(path);
    },
    /** The place next to another one; the first of all where none is selected. */
    towards(path, direction) {
      const spots = scene.spots.filter((spot) => spot.kind === "door" || (drawing && spot.kind !== "area"));
      return neighbour(spots.length ? spots : scene.spots, paint?.byPath.get(path) ?? [], direction);
    },
    pointTo: (fn) => el.addEventListener("click", (event) => fn(event), { signal: ended.signal }),
    zoom: (factor) => view?.zoom(factor),
    fit: () => view?.fit(undefined, MOST_FIT),
    end: () => ended.abort(),
  };
}

const frameOf = (stage) => h("div", {
  class: "map-frame", tabindex: "0", role: "application", "aria-roledescription": "floor plan",
  "aria-label": "Floor plan. Arrow keys move from place to place, Enter opens, t shows the same as a list.",
}, stage);

// One beat for every shape: an animation of each would cost a calculation of styles in every frame.
function beat(scene, signal) {
  const beats = setInterval(() => scene.over.classList.toggle("off-beat"), BEAT_MS);
  signal.addEventListener("abort", () => clearInterval(beats));
}

// `resized(before)` hears of every change of the window, and tells what it is then.
function followSize(el, before, resized, signal) {
  const sizes = new ResizeObserver(() => { before = resized(before); });
  sizes.observe(el);
  signal.addEventListener("abort", () => sizes.disconnect());
}

// A click selects the place under it, or none; two open it. The click that ends a drag is none.
function listen(el, scene, { onSelect, onOpen, isDrag }) {
  const spotAt = (event) => {
    const node = event.target.closest?.("[data-rackward]");
    return node && scene.spots.find((spot) => spot.node === node);
  };
  el.addEventListener("click", (event) => {
    if (!isDrag()) onSelect(spotAt(event)?.path ?? null);
  });
  el.addEventListener("dblclick", (event) => {
    const spot = spotAt(event);
    if (spot) onOpen(spot.path);
  });
}

// The path of the spot next to where somebody is, in a direction; of the first spot where that is nowhere.
function neighbour(spots, here, direction) {
  const middle = (box) => ({ x: box.x + box.w / 2, y: box.y + box.h / 2 });
  const centred = spots.map((spot) => ({ path: spot.path, ...middle(spot.box) }));
  const box = around(here.map((spot) => spot.box));
  return (box ? nextTowards(middle(box), centred, direction) : centred[0])?.path ?? null;
}
