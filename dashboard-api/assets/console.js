// The live page's module. The server has drawn everything once; from here on the page follows the stream, and fetches the
// same lists the API gives to everybody when an event says that one of them has changed. It decides nothing: priorities,
// glyphs and words come from the server. Rows under the pointer or in focus keep their place; what arrives meanwhile waits.

const QUIET_LINK_MS = 15_000; // no byte for so long and the link counts as lost (the server says something every 10 s)
const RETRY_MS = 2_000;
const REFRESH_MS = 500; // lists are fetched at most twice a second, however many events come
const MAX_ROWS = 200;
const ANNOUNCE_MS = 3_000;
const NOTE_CHARS = 10; // P1 and P2 want a note of at least this many characters (console.md B.2)

const body = document.body;
const byId = (id) => document.getElementById(id);
const zone = body.dataset.timeZone;
const clockForm = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short" });
const timeForm = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", second: "2-digit" });
const dayForm = new Intl.DateTimeFormat("en-GB", { timeZone: zone, day: "numeric", month: "short" });

let aheadMs = Date.parse(body.dataset.serverAt) - Date.now(); // how far the server's clock is ahead of this one
let last = Number(body.dataset.head);
let lastId = body.dataset.head;
let lastByteMs = Date.now();
let isLost = false;
let isSignedOut = false;

const serverNow = () => new Date(Date.now() + aheadMs);

function localTime(text) {
  const at = new Date(text);
  const time = timeForm.format(at);
  return dayForm.format(at) === dayForm.format(serverNow()) ? time : `${dayForm.format(at)} ${time}`;
}

function elapsed(fromMs) {
  const s = Math.max(0, Math.floor((serverNow().getTime() - fromMs) / 1000));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  if (s < 86_400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86_400)} d ${Math.floor((s % 86_400) / 3600)} h`;
}

// ---- The link ----------------------------------------------------------------------------------------------------

function setLost(lost) {
  if (lost === isLost) return;
  isLost = lost;
  body.classList.toggle("stale", lost);
  byId("lost").hidden = !lost;
  if (lost) {
    const since = timeForm.format(serverNow());
    const asOf = timeForm.format(new Date(lastByteMs + aheadMs));
    byId("lost").textContent = `LINK LOST ${since}, showing data as of ${asOf}. Nothing can be done from here until it is back.`;
  }
  updateButtons();
}

function signedOut() {
  isSignedOut = true;
  setLost(true);
  const band = byId("lost");
  band.textContent = "Your session is over. What you see is old. ";
  const link = document.createElement("a");
  link.href = "/login";
  link.textContent = "Sign in again";
  band.append(link);
}

function updateButtons() {
  for (const button of document.querySelectorAll(".ack, #ack-send")) button.disabled = isLost;
}

function tick() {
  if (Date.now() - lastByteMs > QUIET_LINK_MS) setLost(true);
  byId("clock").textContent = clockForm.format(serverNow());
  const skew = Math.round(aheadMs / 1000);
  byId("skew").textContent = Math.abs(skew) > 2 ? `this computer is ${Math.abs(skew)} s ${skew > 0 ? "behind" : "ahead"}` : "";
  drawLink();
  for (const time of document.querySelectorAll("#alarm-table tbody .since time")) {
    time.textContent = elapsed(Date.parse(time.dateTime));
    time.title = `${localTime(time.dateTime)} (${time.dateTime})`;
  }
}

function drawLink() {
  const link = byId("link");
  if (isLost) link.dataset.state = "lost";
  const ageS = Math.floor((Date.now() - lastByteMs) / 1000);
  const words = { connecting: "connecting", live: `live, ${ageS} s old`, lost: isSignedOut ? "signed out" : "link lost" };
  setText(byId("link-words"), words[link.dataset.state]);
}

function hearByte() {
  lastByteMs = Date.now();
  byId("link").dataset.state = "live";
  setLost(false);
  drawLink();
}

// EventSource hides the comment lines by which a silent line proves that it is alive, so the stream is read by hand.
async function follow() {
  while (!isSignedOut) {
    const gaveUp = new AbortController();
    const watch = setInterval(() => { if (Date.now() - lastByteMs > QUIET_LINK_MS) gaveUp.abort(); }, 1000);
    try {
      const answer = await fetch("/api/v1/stream", {
        headers: { Accept: "text/event-stream", "Last-Event-ID": lastId }, cache: "no-store", signal: gaveUp.signal,
      });
      if (answer.status === 401) { signedOut(); return; }
      if (answer.ok) {
        hearByte();
        refresh();
        await readFrames(answer.body.getReader());
      }
    } catch {
      // The line broke; the clock in the header says how old things are.
    } finally {
      clearInterval(watch);
    }
    await new Promise((done) => setTimeout(done, RETRY_MS));
    // Without this a line that is gone for long would be given up at once, before it can answer.
    if (Date.now() - lastByteMs > QUIET_LINK_MS) lastByteMs = Date.now() - QUIET_LINK_MS + 5000;
  }
}

async function readFrames(reader) {
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    hearByte();
    text += decoder.decode(value, { stream: true });
    let end;
    while ((end = text.indexOf("\n\n")) >= 0) {
      takeFrame(text.slice(0, end));
      text = text.slice(end + 2);
    }
  }
}

function takeFrame(frame) {
  const fields = { id: "", event: "message", data: "" };
  for (const line of frame.split("\n")) {
    const colon = line.indexOf(": ");
    if (colon > 0) fields[line.slice(0, colon)] = line.slice(colon + 2);
  }
  if (!fields.data) return;
  const data = JSON.parse(fields.data);
  if (fields.event === "journal") {
    byId("unwritable").hidden = data.journal === "writable";
    refresh();
  } else if (fields.event === "receipts") {
    takeReceipts(data);
  } else if (fields.event === "reset") {
    startOver(data.head);
  } else if (fields.id) {
    takeEvent(fields.id, fields.event, data);
  }
}

function startOver(head) {
  last = head;
  lastId = String(head);
  const note = document.createElement("li");
  note.className = "note";
  note.textContent = "The journal was replaced. Events before this line belong to the old one.";
  byId("events").prepend(note);
  refresh();
}

// An id is the entry's time and its place in the journal; the daemon tells by it whether this page has read its journal.
function takeEvent(id, name, event) {
  const seq = Number(id.slice(id.lastIndexOf("-") + 1));
  if (seq <= last) return;
  last = seq;
  lastId = id;
  addRow(seq, name, event);
  if (name === "alarm.raised") announce(event.data.priority, words(name, event));
  if (/^device\.(online|offline|replaced|accepted|firmware-changed|grade-changed|certificate|enrolment)/.test(name)) refreshInventory();
  if (/^(alarm|area|door|access|device|grant|journal|person|site|ticket|zone)\./.test(name)) refresh();
}

// ---- Events ------------------------------------------------------------------------------------------------------

const waiting = []; // rows that came while the list was in use, oldest first

// The same sorting as `look` in page.rs.
function look(name) {
  if (/^access\.(granted|companion-admitted|taken)$/.test(name)) return "passed";
  if (/^(access\.denied|access\.passback-violated|door\.release-withheld)$/.test(name)) return "refused";
  if (/^(door\.changed|device\.command-done|place\.named|access\.factor-awaited|access\.companion-awaited|presence\.changed|device\.link-trouble|device\.travel-learned|rights\.(changed|issued|applied))$/.test(name)) return "report";
  if (/^(alarm\.raised|access\.duress|device\.security-trouble)$/.test(name)) return "alarm";
  return "plain";
}

const inUse = (element) => element.matches(":hover") || element.contains(document.activeElement);

// Whoever may not see persons is given no sentence; the same words as `without_sentence` in page.rs.
const words = (name, event) => event.data.sentence ?? `${name.replace(/[.-]/g, " ")}: ${event.subject}`;

function addRow(seq, name, event) {
  const row = byId("feed-row").content.firstElementChild.cloneNode(true);
  row.className = look(name);
  row.dataset.seq = seq;
  row.dataset.kind = name;
  const time = row.querySelector("time");
  time.dateTime = event.time;
  time.title = event.time;
  time.textContent = localTime(event.time);
  row.querySelector("span").textContent = words(name, event);
  row.critical = event.data.priority === 1;
  if (event.data.priority) row.querySelector("i").append(newShape(event.data.priority, ""));
  const list = byId("events");
  if (inUse(list) || waiting.length > 0) {
    waiting.push(row);
    if (waiting.length > MAX_ROWS) waiting.shift();
    offerEvents();
  } else {
    showRows([row]);
  }
}

function showRows(rows) {
  const list = byId("events");
  for (const row of rows) list.prepend(row);
  while (list.children.length > MAX_ROWS) list.lastElementChild.remove();
  byId("no-events").hidden = true;
}

function offerEvents() {
  const isQuiet = byId("events").classList.contains("no-reports");
  const seen = waiting.filter((row) => !(isQuiet && row.className === "report"));
  const critical = seen.filter((row) => row.critical).length;
  const bar = byId("new-events");
  bar.hidden = seen.length === 0;
  bar.textContent = `${seen.length} new${critical ? ` (${critical} critical)` : ""} - press N`;
}

function showWaiting() {
  showRows(waiting.splice(0));
  offerEvents();
  byId("events").scrollTop = 0;
}

// ---- Lists that are fetched --------------------------------------------------------------------------------------

let refreshTimer = 0;
let refreshedMs = 0;

function refresh() {
  if (refreshTimer) return;
  const waitMs = Math.max(0, refreshedMs + REFRESH_MS - Date.now());
  refreshTimer = setTimeout(async () => {
    refreshedMs = Date.now();
    try {
      const [alarms, doors, status] = await Promise.all(["alarms", "doors", "status"].map(get));
      takeAlarms(alarms.items);
      takeDoors(doors.items);
      takeStatus(status);
    } catch {
      // The link is judged by the stream; a list that could not be fetched is fetched after the next event.
    } finally {
      refreshTimer = 0;
    }
  }, waitMs);
}

async function get(list) {
  const answer = await fetch(`/api/v1/${list}`, { cache: "no-store" });
  if (answer.status === 401) signedOut();
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

function takeStatus(status) {
  aheadMs = Date.parse(status.at) - Date.now();
  byId("unwritable").hidden = status.journal === "writable";
  drawStanding("threat", status.threat_level, status.threat_level !== "normal");
  drawStanding("locked-down", status.locked_down.join(", "), status.locked_down.length > 0);
  drawStanding("requests", status.requests_waiting, status.requests_waiting > 0);
  takeReceipts(status.receipts);
  byId("devices").textContent = `${status.devices.online} devices answer, ${status.devices.offline} do not`;
}

// Pending receipts stand in the colour of an alarm: until they come, a right that was taken away may still open somewhere.
function takeReceipts(receipts) {
  drawStanding("receipts", receipts.sentence, receipts.total > 0);
  byId("receipts").classList.toggle("pending", receipts.pending > 0);
}

function drawStanding(id, text, isShown) {
  const item = byId(id);
  setText(item.querySelector("b"), text);
  item.hidden = !isShown;
}

// ---- Devices to see to -------------------------------------------------------------------------------------------

const INVENTORY_MS = 5_000; // every device with all that is known of it is a long list
const MAX_INVENTORY_ROWS = 50;
let inventoryTimer = 0;
let inventoryMs = 0;

function refreshInventory() {
  if (inventoryTimer) return;
  inventoryTimer = setTimeout(async () => {
    inventoryMs = Date.now();
    try {
      takeInventory((await get("devices")).items);
    } catch {
      // It is fetched again after the next event about a device.
    } finally {
      inventoryTimer = 0;
    }
  }, Math.max(0, inventoryMs + INVENTORY_MS - Date.now()));
}

// The same sorting and words as `page/inventory.rs`.
function takeInventory(devices) {
  const counts = ["A", "B", "C", "D"].map((grade) => `${devices.filter((one) => one.grade === grade).length} ${grade}`);
  setText(byId("inventory-count"), counts.join(", "));
  const wanting = devices.filter((one) => one.grade !== "A" || one.state !== "online");
  wanting.sort((a, b) => (a.grade === b.grade ? (a.name < b.name ? -1 : 1) : ((a.grade ?? "") < (b.grade ?? "") ? 1 : -1)));
  byId("inventory").replaceChildren(...wanting.slice(0, MAX_INVENTORY_ROWS).map((one) => {
    const row = byId("inventory-row").content.firstElementChild.cloneNode(true);
    const grade = one.grade ?? "?";
    row.dataset.grade = grade;
    row.dataset.state = one.state;
    const because = (one.grade_words ?? "").split(": ").slice(1).join(": ");
    row.querySelector(".grade").textContent = grade;
    row.querySelector("span b").textContent = one.name;
    row.querySelector("span span").textContent = [one.state === "online" ? "" : one.state, because].filter(Boolean).join(", ");
    return row;
  }));
  byId("all-trusted").hidden = wanting.length > 0;
}

// ---- Alarms ------------------------------------------------------------------------------------------------------

let alarms = [];
let alarmsWait = false;

const alarmRow = (id) => document.querySelector(`#alarm-table tr[data-id="${CSS.escape(id)}"]`);

function stateWords(alarm) {
  if (alarm.active) return alarm.acked ? "active, acked" : "active, unacked";
  return alarm.acked ? "returned, to be judged" : "returned, unacked";
}

const alarmLook = (alarm) => [alarm.active ? "" : "returned", alarm.acked ? (alarm.active ? "acked" : "") : "unacked"].join(" ").trim();

function drawShape(svg, priority, looks) {
  svg.setAttribute("class", `shape p${priority} ${looks}`.trim());
  svg.querySelector("use").setAttribute("href", `#p${priority}`);
}

function newShape(priority, looks) {
  const svg = document.querySelector(".counters svg").cloneNode(true);
  drawShape(svg, priority, looks);
  return svg;
}

function fillAlarm(row, alarm) {
  const looks = alarmLook(alarm);
  row.className = looks;
  row.dataset.id = alarm.id;
  row.dataset.priority = alarm.priority;
  drawShape(row.querySelector("svg"), alarm.priority, looks);
  const since = row.querySelector("time");
  since.dateTime = alarm.raised_at;
  since.textContent = elapsed(Date.parse(alarm.raised_at));
  const texts = { priority: `priority ${alarm.priority}`, words: alarm.words, response: alarm.response, source: alarm.source,
    door: alarm.door && alarm.door !== alarm.source ? alarm.door : "", state: stateWords(alarm) };
  for (const [field, text] of Object.entries(texts)) row.querySelector(`[data-field="${field}"]`).textContent = text;
  row.querySelector('[data-field="changed"]').textContent = alarm.acked ? `by ${alarm.acked.acked_by}${alarm.acked.note ? `: ${alarm.acked.note}` : ""}` : "";
  const button = row.querySelector(".ack");
  button.hidden = Boolean(alarm.acked);
  button.disabled = isLost;
  button.setAttribute("aria-label", `Acknowledge ${alarm.words} at ${alarm.source}`);
}

function takeAlarms(items) {
  alarms = items;
  drawCounters();
  drawAlarmMarks();
  if (!inUse(byId("alarm-table"))) {
    drawAlarms();
    return;
  }
  // In use: rows stay where they are and say what became of them; new ones wait.
  const known = new Map(items.map((alarm) => [alarm.id, alarm]));
  const shown = new Set();
  for (const row of document.querySelectorAll("#alarm-table tbody tr")) {
    shown.add(row.dataset.id);
    const alarm = known.get(row.dataset.id);
    if (alarm) fillAlarm(row, alarm); else closeRow(row);
  }
  const fresh = items.filter((alarm) => !shown.has(alarm.id));
  const critical = fresh.filter((alarm) => alarm.priority === 1).length;
  alarmsWait = true;
  const bar = byId("new-alarms");
  bar.hidden = fresh.length === 0;
  bar.textContent = `${fresh.length} new${critical ? ` (${critical} critical)` : ""} - press N`;
}

function closeRow(row) {
  row.className = "gone";
  row.querySelector('[data-field="state"]').textContent = "closed";
  row.querySelector(".ack").hidden = true;
  drawShape(row.querySelector("svg"), row.dataset.priority, "returned");
}

function drawAlarms() {
  alarmsWait = false;
  byId("new-alarms").hidden = true;
  const focused = document.activeElement?.closest?.("#alarm-table tr")?.dataset.id;
  const rows = alarms.map((alarm) => {
    const row = alarmRow(alarm.id) ?? byId("alarm-row").content.firstElementChild.cloneNode(true);
    fillAlarm(row, alarm);
    return row;
  });
  byId("alarm-table").tBodies[0].replaceChildren(...rows);
  byId("alarm-table").hidden = rows.length === 0;
  byId("no-alarms").hidden = rows.length > 0;
  if (focused) (alarmRow(focused) ?? byId("alarms")).focus();
}

function drawCounters() {
  for (const item of document.querySelectorAll(".counters li")) {
    const mine = alarms.filter((alarm) => alarm.priority === Number(item.dataset.priority));
    setText(item.querySelector('[data-count="unacknowledged"]'), mine.filter((alarm) => !alarm.acked).length);
    setText(item.querySelector('[data-count="total"]'), mine.length);
    item.classList.toggle("none", mine.length === 0);
  }
}

// A live region speaks whenever its text is written, so it is written only when it differs.
function setText(element, text) {
  if (element.textContent !== String(text)) element.textContent = text;
}

let announcedMs = 0;
let unannounced = [];
let announceTimer = 0;

function announce(priority, sentence) {
  byId("last-alarm").textContent = `Last alarm: P${priority} at ${timeForm.format(serverNow())}.`;
  if (priority > 2) return;
  unannounced.push(sentence);
  if (announceTimer) return;
  announceTimer = setTimeout(() => {
    const [first, ...more] = unannounced;
    byId("announce").textContent = more.length ? `${first}, and ${more.length} more` : first;
    unannounced = [];
    announceTimer = 0;
    announcedMs = Date.now();
  }, Math.max(0, announcedMs + ANNOUNCE_MS - Date.now()));
}

// ---- Doors -------------------------------------------------------------------------------------------------------

function takeDoors(items) {
  for (const door of items) {
    for (const tile of document.querySelectorAll(`.plan [data-place="${CSS.escape(door.path)}"]`)) {
      tile.querySelector(".glyph use").setAttribute("href", `#g-${door.glyph}`);
      tile.querySelector(".word").textContent = door.words;
      if (tile.classList.contains("face")) tile.title = `${door.path}: ${door.words}`;
    }
  }
  const open = items.filter((door) => door.secured !== "secured");
  byId("insecure").replaceChildren(...open.map((door) => {
    const row = byId("insecure-row").content.firstElementChild.cloneNode(true);
    row.dataset.door = door.path;
    row.querySelector("use").setAttribute("href", `#g-${door.glyph}`);
    row.querySelector("b").textContent = door.path;
    row.querySelector("span span").textContent = door.words;
    return row;
  }));
  byId("insecure-count").textContent = `${open.length} of ${items.length} doors`;
  byId("all-secured").hidden = open.length > 0;
}

// On each door or zone of the plan, the shape of its most urgent alarm.
function drawAlarmMarks() {
  for (const mark of document.querySelectorAll(".plan [data-place] > .shape")) mark.remove();
  const byUrgency = [...alarms].sort((a, b) => a.priority - b.priority);
  for (const alarm of byUrgency) {
    for (const tile of document.querySelectorAll(`.plan [data-place="${CSS.escape(alarm.door ?? alarm.source)}"]`)) {
      if (!tile.querySelector(":scope > .shape")) tile.append(newShape(alarm.priority, alarmLook(alarm)));
    }
  }
}

// ---- Acknowledging -----------------------------------------------------------------------------------------------

const ackDialog = byId("ack");
let acking = null;
let ackKey = "";

function askForNote(row) {
  const alarm = alarms.find((one) => one.id === row?.dataset.id);
  if (!alarm || alarm.acked || isLost) return;
  acking = alarm;
  // What is drawn is what the answer is about: it goes with the revision of the row, and not with one that came since. Sent
  // twice, it counts once.
  ackKey = crypto.randomUUID();
  byId("ack-statement").textContent = `${alarm.words} at ${alarm.source}`;
  byId("ack-response").textContent = alarm.response;
  byId("ack-need").textContent = alarm.priority <= 2 ? `(at least ${NOTE_CHARS} characters)` : "(may be left empty)";
  byId("ack-note").value = "";
  byId("ack-error").textContent = "";
  drawShape(ackDialog.querySelector(".statement svg"), alarm.priority, "");
  ackDialog.showModal();
  byId("ack-note").focus();
}

async function sendAck() {
  const note = byId("ack-note").value.trim();
  if (acking.priority <= 2 && [...note].length < NOTE_CHARS) {
    byId("ack-error").textContent = `Say in at least ${NOTE_CHARS} characters what is being done, or choose a phrase.`;
    byId("ack-note").focus();
    return;
  }
  byId("ack-send").disabled = true;
  try {
    const answer = await fetch(`/api/v1/alarms/${encodeURIComponent(acking.id)}/acknowledge`, {
      method: "POST",
      headers: {
        "Content-Type": "application/json", "Idempotency-Key": `"${ackKey}"`, "If-Match": `"${acking.revision}"`,
      },
      body: JSON.stringify({ note }),
    });
    if (answer.ok) {
      ackDialog.close();
      refresh();
    } else {
      const problem = await answer.json();
      // A refusal is kept under its key: what is sent next is another answer.
      ackKey = crypto.randomUUID();
      byId("ack-error").textContent = `${problem.title}: ${problem.detail ?? ""} (${problem.code})`;
    }
  } catch {
    byId("ack-error").textContent = "The daemon did not answer. Nothing is known about whether it was recorded.";
  } finally {
    byId("ack-send").disabled = isLost;
  }
}

// ---- Keys and buttons --------------------------------------------------------------------------------------------

function moveInAlarms(step) {
  const rows = [...document.querySelectorAll("#alarm-table tbody tr")];
  const here = rows.indexOf(document.activeElement?.closest?.("#alarm-table tr"));
  const next = rows[here < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, here + step))];
  next?.focus();
}

function showNew() {
  if (alarmsWait) drawAlarms();
  showWaiting();
}

const actions = {
  j: () => moveInAlarms(1),
  k: () => moveInAlarms(-1),
  a: () => askForNote(document.activeElement?.closest?.("#alarm-table tr") ?? document.querySelector("#alarm-table tr.unacked")),
  n: showNew,
  N: showNew,
  "?": () => byId("help").showModal(),
};

const keysOn = () => localStorage.getItem("keys") !== "off";

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog[open]")) return;
  if (event.target.closest("input, textarea, select") || !keysOn()) return;
  const action = actions[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

byId("alarm-table").addEventListener("click", (event) => {
  if (event.target.closest(".ack")) askForNote(event.target.closest("tr"));
});
byId("ack-send").addEventListener("click", sendAck);
byId("ack-cancel").addEventListener("click", () => ackDialog.close());
ackDialog.addEventListener("close", () => (alarmRow(acking?.id ?? "") ?? byId("alarms")).focus());
for (const phrase of document.querySelectorAll(".phrases button")) {
  phrase.addEventListener("click", () => { byId("ack-note").value = phrase.textContent; byId("ack-note").focus(); });
}
byId("help-button").addEventListener("click", actions["?"]);
byId("keys").checked = keysOn();
byId("keys").addEventListener("change", (event) => localStorage.setItem("keys", event.target.checked ? "on" : "off"));
byId("new-alarms").addEventListener("click", drawAlarms);
byId("new-events").addEventListener("click", showWaiting);
byId("reports").addEventListener("change", (event) => {
  byId("events").classList.toggle("no-reports", !event.target.checked);
  history.replaceState(null, "", event.target.checked ? "?reports=all" : "/");
  offerEvents();
});
// What waited is shown as soon as the list is left alone.
for (const [list, show] of [["events", showWaiting], ["alarm-table", () => alarmsWait && drawAlarms()]]) {
  const settle = () => setTimeout(() => { if (!inUse(byId(list))) show(); }, 300);
  byId(list).addEventListener("pointerleave", settle);
  byId(list).addEventListener("focusout", settle);
}

setInterval(tick, 1000);
tick();
follow();
