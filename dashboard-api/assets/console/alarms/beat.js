// Countdowns that go on by themselves: to the next call, to the end of a shelf. Times that count up are the shell's.

import { h, setText } from "../dom.js";
import { dateTime, localTime, serverNow } from "../time.js";
import { countdown } from "./state.js";

// How long it is until a moment; on paper the moment itself.
export const untilEl = (at) => h("span", { class: "countdown", title: dateTime(at), dataset: { countdown: at, printed: `at ${localTime(at)}` } });

// Every `[data-countdown]` below `root` says how long it is until then, each second, until `signal` ends.
export function beat(root, signal) {
  const timer = setInterval(() => tick(root), 1000);
  signal.addEventListener("abort", () => clearInterval(timer));
  tick(root);
}

export function tick(root) {
  const now = serverNow().getTime();
  for (const node of root.querySelectorAll("[data-countdown]")) {
    const inMs = Date.parse(node.dataset.countdown) - now;
    setText(node, inMs > 0 ? `in ${countdown(inMs)}` : "now");
    node.classList.toggle("soon", inMs < 30_000);
  }
}
