// Events and timeline (console.md, screen 7): one query of the journal with its bars, facets and list. Everything around the
// query is events/board.js.

import { replace } from "../dom.js";
import { Board } from "../events/board.js";
import { head } from "../list_view.js";

export const title = () => "Events";

export function mount(root, params, ctx) {
  const board = new Board(ctx, { caption: "Events, newest first" });
  root.classList.add("events-screen");
  replace(root, head("Events", { aside: board.total, tools: board.tools }), board.parts);
  board.load();
  return { unmount: () => root.classList.remove("events-screen"), keys: board.keys(), onQuery: () => board.onQuery() };
}
