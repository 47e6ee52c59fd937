// What can be done from the health screens: let a handle show itself, show a pattern at a device, try the card that nobody has, put an alarm's thing out of
// service or back, bring one back from the shelf, send messages again. Each has its second step with the exact effect; who may and
// what comes of it is the daemon's.

import { tellStatus } from "../announce.js";
import { etagOf, get, post, segment } from "../api.js";
import { confirm, field, tell } from "../dialog.js";
import { h } from "../dom.js";
import { problemView } from "../pane.js";
import { parseWhen } from "../time.js";
import { count } from "../words.js";
import { lookWords, patternTitle } from "./patterns.js";

const LOCATE_SECONDS = [
  [15, "15 s"],
  [30, "30 s"],
  [60, "1 min"],
  [300, "5 min"],
];
const UNTIL = [
  ["+1h", "1 hour"],
  ["+4h", "4 hours"],
  ["+8h", "8 hours"],
  ["+24h", "1 day"],
  ["+7d", "7 days"],
];

// A handle blinks at its door.
export async function locate(door) {
  const seconds = h(
    "select",
    { name: "for_s" },
    LOCATE_SECONDS.map(([value, words]) => h("option", { value, selected: value === 30 }, words)),
  );
  const done = await confirm({
    title: "Show where it is",
    effect: `The handle at ${door} blinks for the time you choose. Nothing is unlocked.`,
    fields: [field("For", seconds)],
    reason: { required: true, phrases: ["Guiding a technician", "Checking the light of this handle"] },
    confirmLabel: "Let it blink",
    submit: ({ reason, for_s: wanted }, key) => post("locate", { door, for_s: Number(wanted), reason }, { key }),
  });
  if (done?.devices) tellStatus(`${done.devices.join(", ")} blinks for ${done.for_s} s.`);
  return done;
}

// A pattern at one reader or handle, for some seconds. Which there are and what each looks like the daemon tells.
export async function testPattern(device) {
  let patterns;
  try {
    ({ patterns } = await get("feedback/patterns"));
  } catch (problem) {
    await tell("Test pattern", problemView(problem, { what: "the patterns" }));
    return null;
  }
  const looks = h("p", { class: "aside", role: "status" });
  const pattern = h(
    "select",
    { name: "pattern", on: { change: () => (looks.textContent = lookWords(patterns, pattern.value)) } },
    patterns.map((one) => h("option", { value: one.id, selected: one.id === "T6" }, patternTitle(one))),
  );
  looks.textContent = lookWords(patterns, pattern.value);
  const done = await confirm({
    title: "Test pattern",
    effect: `${device.name} shows the pattern for some seconds and goes on as before by itself. Nothing is unlocked. Whoever stands there sees it; somebody who presents a card ends it.`,
    fields: [field("Pattern", pattern), looks],
    confirmLabel: "Show it",
    submit: ({ pattern: id }, key) => post(`devices/${segment(device.id)}/pattern`, { pattern: id }, { key }),
  });
  if (done?.device) tellStatus(`${done.device} shows ${done.pattern} for ${done.for_ms / 1000} s: ${done.looks}.`);
  return done;
}

export async function tryCanary() {
  const done = await confirm({
    title: "Try the card that nobody has",
    effect: "Every device that can be asked is asked whether it would open for a card that nobody has. No door opens; a device that would raises an alarm.",
    reason: { required: true, phrases: ["After a firmware update", "Weekly check"] },
    confirmLabel: "Try it",
    submit: ({ reason }, key) => post("canaries", { reason }, { key }),
  });
  if (done) tellStatus("The card is being tried; what comes of it stands in the events.");
  return done;
}

// An order about an alarm rests on what of it was seen now.
const onAlarm = async (id, order, body, key) => {
  const seen = await get(`alarms/${segment(id)}`);
  return post(`alarms/${segment(id)}/${order}`, body, { ifMatch: etagOf(seen) ?? seen.revision, key });
};

export async function takeOutOfService(alarm) {
  const until = h(
    "select",
    { name: "until" },
    UNTIL.map(([value, words]) => h("option", { value, selected: value === "+8h" }, words)),
  );
  const order = h("input", { name: "work_order", maxlength: "64", required: true, autocomplete: "off" });
  const done = await confirm({
    title: "Take out of service",
    danger: true,
    effect: `No alarm "${alarm.words}" at ${alarm.source} is shown until the time you choose or until it is returned to service. Doors go on as they are.`,
    fields: [field("For", until), field("Work order", order, { note: "Who works on it finds it by this number." })],
    confirmLabel: "Take out of service",
    submit: ({ until: span, work_order: work }, key) => onAlarm(alarm.id, "out-of-service", { until_at: parseWhen(span).toISOString(), work_order: work }, key),
  });
  if (done) tellStatus(`${alarm.source} is out of service.`);
  return done;
}

export async function returnToService(alarm) {
  const done = await confirm({
    title: "Return to service",
    effect: `Alarms "${alarm.words}" at ${alarm.source} are shown again from now on.`,
    confirmLabel: "Return to service",
    submit: (_, key) => onAlarm(alarm.id, "return-to-service", {}, key),
  });
  if (done) tellStatus(`${alarm.source} is back in service.`);
  return done;
}

export async function unshelve(alarm) {
  const done = await confirm({
    title: "Bring back from the shelf",
    effect: `"${alarm.words}" at ${alarm.source} stands on the alarm list again, and sounds if its condition holds.`,
    confirmLabel: "Bring it back",
    submit: (_, key) => onAlarm(alarm.id, "unshelve", {}, key),
  });
  if (done) tellStatus(`${alarm.id} is back from the shelf.`);
  return done;
}

export async function testWebhook(name) {
  const done = await confirm({
    title: `Test ${name}`,
    effect: `One message that says nothing is sent to ${name}. The test is recorded.`,
    confirmLabel: "Send the test",
    submit: (_, key) => post(`webhooks/${segment(name)}/test`, {}, { key }),
  });
  if (done)
    await tell(`Test of ${name}`, h("p", null, done.taken ? "The message was taken." : `The message was not taken: ${done.cause ?? "no reason was given"}.`));
  return done;
}

export async function resend(webhook) {
  const done = await confirm({
    title: `Send again to ${webhook.name}`,
    danger: true,
    effect: `${count(webhook.failures, "message")} that ${webhook.name} did not take ${webhook.failures === 1 ? "is" : "are"} sent again, as many as may wait at once.`,
    confirmLabel: "Send again",
    submit: (_, key) => post(`webhooks/${segment(webhook.name)}/replay`, {}, { key }),
  });
  if (done) tellStatus(`${count(done.replayed ?? 0, "message")} sent again${done.left ? `, ${done.left} left` : ""}.`);
  return done;
}

export async function enableWebhook(name) {
  const done = await confirm({
    title: `Enable ${name}`,
    effect: `${name} said that it wants no more messages. It is sent messages again from now on.`,
    confirmLabel: "Enable",
    submit: (_, key) => post(`webhooks/${segment(name)}/enable`, {}, { key }),
  });
  if (done) tellStatus(`${name} is enabled.`);
  return done;
}
