// What becomes of the page when the link is lost, the session is over, or the page itself stood still: it says so over everything,
// holds back what acts, and says what was skipped when it is back. When the link counts as lost is stream.js's.

import { tellStatus } from "./announce.js";
import { h, holdActions } from "./dom.js";
import { band, notice } from "./header.js";
import { alarms, devices, doors, status } from "./live.js";
import { playLost } from "./sound.js";
import { stream } from "./stream.js";
import { clockAt, clockNow, elapsed, serverNow } from "./time.js";
import { count } from "./words.js";

let isLost = false;

export const linkIsLost = () => isLost;

export function watchLink() {
  stream.onState((state) => {
    if (state === "live") found();
    else if (state === "lost") lost();
    else if (state === "signed-out") signedOut();
  });
  stream.onReset(({ skipped }) => notice("reset", skipped > 0
    ? `${count(skipped, "event")} skipped while the link was away; what is shown was read anew and is caught up.`
    : "The journal was replaced. What is shown was read anew; events of the old journal are not in it."));
  watchPaint();
}

function lost() {
  if (isLost) return;
  isLost = true;
  document.body.classList.add("stale");
  const asOf = clockAt(new Date(stream.lastByteAt + (serverNow().getTime() - Date.now())));
  // A muster goes on without the link.
  const goesOn = document.querySelector("[data-works-offline]") !== null;
  const todo = goesOn ? "What you mark is kept on this device and sent when it is back." : "Nothing can be done from here until it is back.";
  band("lost", `LINK LOST ${clockNow()}, showing data as of ${asOf}. ${todo}`, "p1");
  holdActions(true);
  playLost();
}

function found() {
  if (!isLost) return;
  isLost = false;
  document.body.classList.remove("stale");
  band("lost", null);
  holdActions(false);
  tellStatus("The link is back.");
}

export function signedOut() {
  isLost = true;
  document.body.classList.add("stale");
  holdActions(true);
  const back = encodeURIComponent(location.pathname + location.search);
  band("lost", ["SIGNED OUT. Your session is over; what you see is old. ", h("a", { href: `/login?back=${back}` }, "Sign in again"), " to come back to this view."], "p1");
  stream.signOut();
}

// A worker's clock goes on while the page stands still: it notices when nothing was painted for five seconds, and the computer's
// sleep. A hidden tab paints nothing and is no fault, but is looked at when it is shown again.
function watchPaint() {
  if (typeof Worker !== "function") return;
  const worker = new Worker(new URL("./paint_watch.js", import.meta.url), { type: "module" });
  worker.postMessage({ painted: false, hidden: document.hidden });
  const painted = () => requestAnimationFrame(() => worker.postMessage({ painted: true, hidden: document.hidden }));
  worker.onmessage = ({ data }) => {
    if (data.ask) painted();
    if (data.stoodStillMs) stoodStill(data.stoodStillMs);
    stream.check();
  };
  document.addEventListener("visibilitychange", () => {
    worker.postMessage({ painted: !document.hidden, hidden: document.hidden });
    if (!document.hidden) stream.check();
  });
}

function stoodStill(ms) {
  if (isLost) return;
  notice("still", `This page stood still for ${elapsed(ms)} until ${clockNow()}. What it shows is read again.`);
  for (const list of [alarms, doors, status, devices]) list.cameBack();
  stream.check();
}
