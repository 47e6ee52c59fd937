// The console's entry: puts the shell together and says which module stands at which address. What a screen shows is its own.

import { announce } from "./announce.js";
import { setHooks } from "./api.js";
import { drawHeader } from "./header.js";
import { Heard } from "./heard.js";
import { keys } from "./keys.js";
import { alarms, doors } from "./live.js";
import { ORDERS, commanded } from "./map/commanded.js";
import { liesIn } from "./map/places.js";
import { drawNav } from "./nav.js";
import { preparePrint } from "./print.js";
import { prove } from "./prove.js";
import { route, start as startRouter } from "./router.js";
import { offer as offerShift } from "./shift_start.js";
import { may, site } from "./site.js";
import { play, selfTest, settle, start as startSound } from "./sound.js";
import { linkIsLost, signedOut, watchLink } from "./standing.js";
import { stream } from "./stream.js";
import { clockNow, serverNow } from "./time.js";
import { sentence, setZone } from "./words.js";

const SCREENS = [
  ["/alarms", () => import("./screens/alarms.js")],
  ["/alarms/{id}", () => import("./screens/alarm.js")],
  ["/wall", () => import("./screens/wall.js")],
  ["/wall/{view}", () => import("./screens/wall.js")],
  ["/shift", () => import("./screens/shift.js")],
  ["/map", () => import("./screens/map.js")],
  ["/map/{plan*}", () => import("./screens/map.js")],
  ["/rows", () => import("./screens/rows.js")],
  ["/rows/{row*}", () => import("./screens/rows.js")],
  ["/racks/{rack*}", () => import("./screens/rack.js")],
  ["/events", () => import("./screens/events.js")],
  ["/people", () => import("./screens/people.js")],
  ["/people/{id}", () => import("./screens/person.js")],
  ["/credentials/{id}", () => import("./screens/credential.js")],
  ["/requests", () => import("./screens/requests.js")],
  ["/explain", () => import("./screens/explain.js")],
  ["/inside", () => import("./screens/inside.js")],
  ["/muster", () => import("./screens/muster.js")],
  ["/muster/{id}", () => import("./screens/muster.js")],
  ["/health", () => import("./screens/health.js")],
  ["/shelved", () => import("./screens/shelved.js")],
  ["/audit", () => import("./screens/audit.js")],
];

const heard = new Heard();

// New alarms sound and are said, and so do those that the list has and nobody has heard here; what is acknowledged or over is
// silent.
function heedAlarms() {
  stream.on(/^alarm\.raised$/, (event) => {
    if (heard.begins(event.data.alarm_id, event.seq)) heed({ kind: event.data.kind, priority: event.data.priority ?? 3, words: sentence(event) });
  });
  alarms.on(() => {
    if (alarms.problem) return;
    for (const { kind, priority, words, source } of heard.fresh(alarms.items)) heed({ kind, priority, words: `${words} at ${source}` });
    const open = alarms.items.filter((alarm) => !alarm.acked).map((alarm) => alarm.priority);
    settle(open.length > 0 ? Math.min(...open) : null);
  });
}

// What any desk orders of a door is under way here as well.
function heedOrders() {
  const doorsIn = (area) => doors.items.filter((door) => liesIn(door.area ?? "", area) || liesIn(door.path, area)).map((door) => door.path);
  stream.on(ORDERS, (event) => commanded.hear(event, serverNow().getTime() - Date.parse(event.time), doorsIn));
}

const SELF_TESTS = new Set(["06:00", "18:00"]);
let testedAt = "";

// A wall that nobody touches tells twice a day that it can be heard.
function testWall() {
  const minute = clockNow().slice(0, 5);
  if (minute === testedAt) return;
  testedAt = minute;
  if (SELF_TESTS.has(minute) && document.body.classList.contains("wall")) selfTest();
}

function heed({ kind, priority, words }) {
  // Whoever stands before a wall may be the one who must not see that help was called.
  if (kind === "duress" && document.body.classList.contains("wall")) return;
  if (priority <= 2) announce(words, priority);
  play(priority);
}

function begin() {
  setZone(site.zone);
  setHooks({ signedOut, prove, isLost: linkIsLost });
  for (const [pattern, load] of SCREENS) route(pattern, load);
  const tick = drawHeader(document.getElementById("bar"));
  drawNav(document.getElementById("nav"));
  watchLink();
  keys.start();
  startSound();
  preparePrint();
  offerShift();
  if (may("view_alarms")) heedAlarms();
  heedOrders();
  stream.start();
  startRouter();
  setInterval(() => {
    tick();
    testWall();
  }, 1000);
}

begin();
