// Whether the start of the shift was seen in this session. Signing in leads to it; where it leads back to another page instead,
// the start is offered there. The mark is a cookie, so that the daemon knows as well where to lead (`page/console.rs`).

import { h } from "./dom.js";
import { band } from "./header.js";
import { may, site } from "./site.js";

const COOKIE = "rackward_shift";
const KEPT_S = 12 * 3600; // as long as a session

const isSeen = () => document.cookie.split("; ").includes(`${COOKIE}=${site.session}`);

/** The start of the shift is being looked at, or was put away. */
export function seen() {
  document.cookie = `${COOKIE}=${site.session}; Path=/; SameSite=Strict; Max-Age=${KEPT_S}`;
  band("shift", null);
}

/** Offers it to whoever works at the desk and has not seen it. */
export function offer() {
  if (!site.session || !may("answer_alarms") || location.pathname === "/shift" || isSeen()) return;
  band("shift", ["Your shift here is not started. ", h("a", { href: "/shift" }, "Start shift (sound test, hand-over)"), " ",
    h("button", { type: "button", class: "quiet", on: { click: seen } }, "Not now")]);
}
