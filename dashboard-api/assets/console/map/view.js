// Pans and zooms a picture: one transform on it, at most one a frame, and nothing else while it moves. When it rests, it is
// drawn sharp once more and whoever asks is told. Where the view stands in the address is the screen's business.

import { fitted, zoomed } from "./layout.js";

const REST_MS = 160;
const WHEEL = 0.0016;
const DRAG_PX = 4; // a hand is never quite still while it clicks

/** Lets `stage` (of `size.w` x `size.h`) be moved in `frame`; `onRest(view)` hears where it came to rest. */
export function panAndZoom(frame, stage, size, { onRest, signal }) {
  let view = null;
  let moving = 0;
  let asked = 0;
  const window = () => ({ w: frame.clientWidth, h: frame.clientHeight });
  const limits = () => ({ least: Math.min(1, fitted(size, window()).scale) * 0.5, most: 8 });

  function draw() {
    asked = 0;
    stage.style.transform = `translate(${view.x}px, ${view.y}px) scale(${view.scale})`;
  }

  function move(next, { rests = true } = {}) {
    view = kept(next, size, window());
    if (!moving) stage.classList.add("moving");
    clearTimeout(moving);
    moving = setTimeout(() => rest(rests), REST_MS);
    if (!asked) asked = requestAnimationFrame(draw);
  }

  // Only a layer that moves is kept as a picture; what rests is drawn sharp.
  function rest(tells) {
    moving = 0;
    stage.classList.remove("moving");
    stage.classList.toggle("far", view.scale < 0.5);
    stage.classList.toggle("farther", view.scale < 0.22);
    if (tells) onRest(view);
  }

  const zoomAt = (factor, px, py) => move(zoomed(view, factor, px, py, limits()));

  const hands = handsOn(frame, { zoomAt, by: (dx, dy) => move({ ...view, x: view.x + dx, y: view.y + dy }), signal });

  return {
    /** Whether the click that follows ended a drag. */
    wasDragged: hands.wasDragged,
    view: () => view,
    window,
    set: (next) => move(next, { rests: false }),
    fit: (box = size, most) => move(fitted(box, window(), 16, most)),
    zoom: (factor) => zoomAt(factor, frame.clientWidth / 2, frame.clientHeight / 2),
    by: (dx, dy) => move({ ...view, x: view.x + dx, y: view.y + dy }),
    /** Moves no further than needed for a box to be seen. */
    show(box) {
      if (!box) return;
      const at = { left: box.x * view.scale + view.x, top: box.y * view.scale + view.y, w: box.w * view.scale, h: box.h * view.scale };
      const { w, h } = window();
      const margin = 40;
      const dx = at.left < margin ? margin - at.left : Math.min(0, w - margin - at.left - at.w);
      const dy = at.top < margin ? margin - at.top : Math.min(0, h - margin - at.top - at.h);
      if (dx || dy) move({ ...view, x: view.x + dx, y: view.y + dy });
    },
  };
}

// Wheel, pointer and two fingers: what they ask for is told to `zoomAt(factor, x, y)` and `by(dx, dy)`.
function handsOn(frame, { zoomAt, by, signal }) {
  const fingers = new Map();
  let dragged = 0;

  frame.addEventListener("wheel", (event) => {
    if (event.target.closest(".map-tools")) return;
    event.preventDefault();
    const { left, top } = frame.getBoundingClientRect();
    const lines = event.deltaMode === 1 ? 16 : 1;
    zoomAt(Math.exp(-event.deltaY * lines * WHEEL), event.clientX - left, event.clientY - top);
  }, { passive: false, signal });

  frame.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.target.closest("button, a, input, .map-tools")) return;
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (fingers.size === 1) dragged = 0;
  }, { signal });

  frame.addEventListener("pointermove", (event) => {
    const finger = fingers.get(event.pointerId);
    if (!finger) return;
    const [dx, dy] = [event.clientX - finger.x, event.clientY - finger.y];
    dragged += Math.abs(dx) + Math.abs(dy);
    if (dragged < DRAG_PX) return;
    if (!frame.hasPointerCapture(event.pointerId)) frame.setPointerCapture(event.pointerId);
    if (fingers.size === 1) by(dx, dy);
    else pinch(event.pointerId, finger, event);
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  }, { signal });

  function pinch(id, before, event) {
    const other = [...fingers].find(([one]) => one !== id)?.[1];
    if (!other) return;
    const { left, top } = frame.getBoundingClientRect();
    const apart = (a) => Math.max(10, Math.hypot(a.x - other.x, a.y - other.y));
    const after = { x: event.clientX, y: event.clientY };
    zoomAt(apart(after) / apart(before), (after.x + other.x) / 2 - left, (after.y + other.y) / 2 - top);
  }

  const lift = (event) => fingers.delete(event.pointerId);
  frame.addEventListener("pointerup", lift, { signal });
  frame.addEventListener("pointercancel", lift, { signal });
  return { wasDragged: () => dragged >= DRAG_PX };
}

// The plan never leaves the window altogether.
function kept(view, size, window) {
  const edge = 60;
  const within = (at, long, room) => Math.min(room - edge, Math.max(edge - long, at));
  return { ...view, x: within(view.x, size.w * view.scale, window.w), y: within(view.y, size.h * view.scale, window.h) };
}
