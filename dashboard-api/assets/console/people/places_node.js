// Small nodes of the people screens: paths of places, which break after a slash and nowhere else, and the word after a time that
// is relative on the screen and absolute on paper.

import { h } from "../dom.js";
import { placeList } from "./words.js";

export const pathNode = (path) => h("span", { class: "place-path" }, String(path ?? "").split("/").flatMap((part, at) => (at === 0 ? [part] : ["/", h("wbr"), part])));

/** Doors with those of one rack together, a line each; the rest is counted. */
export function placesNode(doors, most = 3) {
  const { shown, rest } = placeList(doors, most);
  return h("span", { class: "places", title: doors.join("\n") }, shown.map((place) => h("span", { class: "below" }, pathNode(place))), rest > 0 ? h("span", { class: "aside below" }, `and ${rest} more`) : null);
}

/** " ago", which paper does not say, because times stand there as they are. */
export const agoWord = () => h("span", { class: "no-print" }, " ago");
