// Pictures of cameras: a still that is kept, and what a camera shows now. Who may look is the daemon's to say, which records who
// looked; here they are only fetched and shown, and nothing else waits for them.

import { Problem, get, getRaw, listAll, segment } from "./api.js";
import { open } from "./dialog.js";
import { bdi, h, replace } from "./dom.js";
import { may } from "./site.js";
import { serverNow, timeEl } from "./time.js";

const LIVE_MS = 2_000; // what is shown live is asked for again so often
const CAMERAS_MS = 30_000; // for so long the list of cameras holds

export const stillAddress = (still) => `/api/v1/stills/${segment(still.id)}/picture`;

let known = null;

// Every camera, with the doors that it shows; none where nobody may know.
export function cameras(signal) {
  if (!may("view_health")) return Promise.resolve([]);
  if (!known || serverNow().getTime() - known.at > CAMERAS_MS) {
    const items = listAll("cameras?limit=500", { signal }).catch((problem) => {
      known = null;
      if (problem instanceof Problem && problem.status === 404) return [];
      throw problem;
    });
    known = { at: serverNow().getTime(), items };
  }
  return known.items;
}

// Those that show one of these doors.
export const showing = (all, paths) => all.filter(({ doors }) => doors.some((path) => paths.includes(path)));

// A button for each camera of these doors; what there are none of is said.
export function cameraButtons(doors, signal) {
  const root = h("p", { class: "camera-buttons" });
  if (!may("view_stills") || doors.length === 0) return null;
  cameras(signal).then((all) => {
    const here = showing(all, doors.map(({ path }) => path));
    replace(root, here.length === 0 ? h("span", { class: "no-camera" }, "No camera covers this point.") : here.map(cameraButton));
  }, () => replace(root, h("span", { class: "aside" }, "The cameras are not told now.")));
  return root;
}

export const cameraButton = (camera) =>
  h("button", { type: "button", class: "small", dataset: { camera: camera.id }, on: { click: () => openCamera(camera) } }, "Open camera ", bdi(camera.name));

// What a camera shows, asked for again and again until the dialog is closed.
export function openCamera(camera) {
  const gone = new AbortController();
  const close = h("button", { type: "button", class: "strong", on: { click: () => dialog.close() } }, "Close");
  const content = h("div", { class: "told" }, liveView(camera, gone.signal), h("p", { class: "buttons" }, close));
  const dialog = open({ title: `Camera ${camera.name}`, content, wide: true, done: () => gone.abort() });
  close.focus();
  return dialog;
}

// A picture that follows what a camera shows, until `signal`.
export function liveView(camera, signal) {
  const picture = h("img", { alt: `What camera ${camera.name} shows now`, class: "live-picture" });
  const told = h("p", { class: "aside", "aria-live": "polite" }, "Asking the camera.");
  let address = null;
  const look = async () => {
    try {
      const answer = await getRaw(`cameras/${segment(camera.id)}/live`, { signal, accept: "image/*" });
      const next = URL.createObjectURL(await answer.blob());
      picture.src = next;
      if (address) URL.revokeObjectURL(address);
      address = next;
      replace(told, "As of ", timeEl(serverNow().toISOString()), ". Who looks is recorded.");
    } catch (problem) {
      if (!signal.aborted) replace(told, problem instanceof Problem ? problem.detail ?? problem.message : "The picture did not come; it is asked for again.");
    }
    if (!signal.aborted) setTimeout(look, LIVE_MS);
  };
  signal.addEventListener("abort", () => address && URL.revokeObjectURL(address), { once: true });
  look();
  return h("figure", { class: "live" }, picture, told);
}

// The stills of alarms or of events, as `alarms=` or `events=` asks for them.
export const stillsOf = (what, ids, signal) => get(`stills?${what}=${ids.map(segment).join(",")}`, { signal }).then(({ stills }) => stills);

// One still as a figure: its picture, or why there is none. `words` is said below it; `again()` asks once more.
export function stillFigure(still, words, again = null) {
  const caption = h("figcaption", null, words, still.shows_at ? [" ", timeEl(still.shows_at)] : null);
  if (still.state === "kept") {
    const alt = `Camera ${still.camera_name}, ${words}`;
    return h("figure", { class: "still", dataset: { still: still.id } },
      h("a", { href: stillAddress(still), target: "_blank", rel: "noopener" }, h("img", { src: stillAddress(still), alt, loading: "lazy" })), caption);
  }
  return h("figure", { class: "still none", dataset: { still: still.id } }, h("div", { class: "still-words" }, stateWords(still, again)), caption);
}

function stateWords(still, again) {
  if (still.state === "pending") return h("p", null, "Being fetched.");
  if (still.state === "erased") return [h("p", null, "Erased, its time is over."), h("p", { class: "aside digest" }, "SHA-256 ", h("code", null, still.sha256))];
  return [
    h("p", null, still.cause === "timed_out" ? "Still not available (time-out 2 s)." : `Still not available: ${still.cause_words}.`),
    again && h("button", { type: "button", class: "small", acts: true, on: { click: again } }, "Retry"),
  ];
}
