// Cameras on the health screen: whether each answers, since when there was no picture, and which doors nobody sees.

import { get, listAll } from "../api.js";
import { cameraButton } from "../cameras.js";
import { bdi, h } from "../dom.js";
import { empty } from "../list_view.js";
import { may } from "../site.js";
import { timeEl } from "../time.js";
import { count, plain } from "../words.js";

const PAST = { recorder: "recorder", seconds: "last seconds", none: "now only" };

export async function loadCameras(signal) {
  const [items, bare] = await Promise.all([listAll("cameras?limit=500", { signal }), get("cameras/uncovered", { signal })]);
  return { items, bare };
}

export const cameraTable = ({ items, bare }) => h("div", null, finding(items, bare), items.length > 0 && table(items));

function finding(items, bare) {
  if (items.length === 0) return empty("No camera is named in the site file.", "An alarm then has no still. [[camera]] of the site file names one.");
  if (bare.doors === 0) return h("p", { class: "aside" }, "Every door is shown by a camera.");
  return h("details", { class: "finding" },
    h("summary", null, `No camera covers ${count(bare.doors, "door")} of ${bare.of_doors}: a forced door there has no still.`),
    h("ul", null, bare.first.map((path) => h("li", null, bdi(path))), bare.doors > bare.first.length && h("li", { class: "aside" }, `and ${bare.doors - bare.first.length} more`)));
}

function table(items) {
  const titles = ["Camera", "Answers", "Last picture", "What is over", "Shows", ""];
  const worst = (camera) => ["silent", "unknown", "answering"].indexOf(camera.health);
  const rows = [...items].sort((one, other) => worst(one) - worst(other) || one.name.localeCompare(other.name, "en", { numeric: true }));
  return h("table", { class: "stacks" }, h("caption", { class: "unseen" }, "Cameras"),
    h("thead", null, h("tr", null, titles.map((title) => h("th", { scope: "col" }, title || h("span", { class: "unseen" }, "Actions"))))),
    h("tbody", null, rows.map((camera) => h("tr", { dataset: { camera: camera.id } }, [
      [bdi(camera.name), camera.evidence && h("span", { class: "badge" }, "evidence")],
      [camera.health === "silent" ? h("strong", null, "silent") : plain(camera.health), camera.trouble_words && h("span", { class: "aside" }, ` ${camera.trouble_words}`)],
      camera.last_picture_at ? timeEl(camera.last_picture_at, { relative: true }) : "none yet",
      PAST[camera.past] ?? plain(camera.past), `${count(camera.doors.length, "door")}`, may("view_stills") ? cameraButton(camera) : "",
    ].map((cell, at) => h("td", { dataset: { title: titles[at] } }, cell))))));
}
