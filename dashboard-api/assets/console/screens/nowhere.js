// The page for an address that the console does not have.

import { h, replace } from "../dom.js";
import { head } from "../list_view.js";

export const title = () => "Nothing here";

export function mount(pane) {
  replace(pane, head("Nothing here"), h("section", { class: "panel" }, h("div", { class: "inside" },
    h("p", null, "The console has no screen at ", h("code", null, h("bdi", null, location.pathname)), "."),
    h("p", null, h("a", { href: "/alarms" }, "Go to the alarms"), ", choose a screen on the left, or search with ", h("kbd", null, "/"), "."))));
  return { unmount() {} };
}
