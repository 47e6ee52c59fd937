// Shift start: sound test, and the hand-over (screen 1).

import { h, replace } from "../dom.js";
import { head } from "../list_view.js";

export const title = () => "Shift";

export function mount(pane) {
  replace(pane, head("Shift"), h("p", null, ""));
  return { unmount() {} };
}
