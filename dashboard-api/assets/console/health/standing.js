// How the site's parts are, at a glance: one card each, with the open alarms that belong to it. Every state is the daemon's own;
// a card stands out where the daemon says that something is not as it should be.

import { bdi, h } from "../dom.js";
import { shape, alarmLook } from "../shapes.js";
import { dateTime, skewMs, timeEl } from "../time.js";
import { count, plain } from "../words.js";
import { countsBy, offsetWords, worstClock, STATES } from "./inventory.js";
import { certificateEnd, roomWords, secondsWords, skewWords, sumOf, valueOf, within } from "./metrics.js";

// Which kinds of alarm belong to which card.
const KINDS = {
  journal: ["journal_unwritable", "record_damaged"],
  storage: ["storage_filling"],
  clock: ["site_clock_off", "clock_drift"],
  devices: [
    "device_offline",
    "tamper",
    "device_security",
    "device_replaced",
    "firmware_changed",
    "self_test_failed",
    "unexplained_reboots",
    "grade_too_low",
    "power_fault",
    "supply_failing",
    "climate_fault",
    "slide_stalled",
    "slide_slow",
    "commissioning",
  ],
  buses: ["line_lost", "line_trouble", "input_fault"],
  rights: ["revocation_pending", "rights_drift", "rights_too_many", "canary_failed"],
  certificates: ["certificate_expiring", "enrolment_guessed"],
  exports: ["sink_failing"],
  parts: ["evidence_camera_lost", "camera_lost"],
};
const MOST_ALARMS = 3;

// `facts`: {status, devices, buses, webhooks, samples, ready, alarms}; what is null is not known yet, or not for whoever asks.
export function standingCards(facts) {
  return h(
    "ul",
    { class: "hl-cards" },
    [journal, storage, decisions, clock, devices, buses, rights, certificates, parts, webhooks]
      .map((card) => card(facts))
      .filter(Boolean)
      .map(({ key, title, state, lines = [], look = false, href = null }) => {
        const own = (facts.alarms ?? []).filter((alarm) => KINDS[key]?.includes(alarm.kind));
        return h(
          "li",
          { class: `hl-card${look || own.some((alarm) => alarm.active) ? " look" : ""}`, dataset: { card: key } },
          h("h2", null, href ? h("a", { href }, title) : title),
          h("p", { class: "state" }, state),
          lines.filter(Boolean).map((line) => h("p", { class: "aside" }, line)),
          alarmLinks(own),
        );
      }),
  );
}

function alarmLinks(alarms) {
  if (alarms.length === 0) return null;
  const more = alarms.length - MOST_ALARMS;
  return h(
    "ul",
    { class: "hl-alarms" },
    alarms
      .slice(0, MOST_ALARMS)
      .map((alarm) =>
        h(
          "li",
          null,
          h(
            "a",
            { href: `/alarms/${alarm.id}` },
            shape(alarm.priority, alarmLook(alarm), { title: `priority ${alarm.priority}` }),
            h("span", null, alarm.words, " ", bdi(alarm.source)),
          ),
        ),
      ),
    more > 0 ? h("li", null, h("a", { href: "/alarms" }, `and ${more} more`)) : null,
  );
}

function journal({ status, samples }) {
  if (!status) return null;
  const verified = samples ? valueOf(samples, "rackward_audit_chain_last_verify_timestamp_seconds") : null;
  return {
    key: "journal",
    title: "Journal",
    href: "/audit",
    state: status.journal === "writable" ? "can be written" : "CANNOT BE WRITTEN",
    look: status.journal !== "writable",
    lines: [
      `${status.head.toLocaleString("en-GB")} entries`,
      verified
        ? h("span", null, "chain found whole ", timeEl(new Date(verified * 1000).toISOString(), { relative: true }), h("span", { class: "no-print" }, " ago"))
        : null,
    ],
  };
}

function storage({ status, alarms, samples }) {
  if (!status || !alarms) return null;
  const filling = alarms.some((alarm) => alarm.kind === "storage_filling" && alarm.active);
  const room = samples ? roomWords(samples) : null;
  return { key: "storage", title: "Storage", state: filling ? "is filling" : (room ?? "no alarm that it fills"), lines: [filling ? room : null, room && !filling ? "no alarm that it fills" : null] };
}

function decisions({ ready, samples }) {
  if (!ready) return null;
  const name = "rackward_access_decision_duration_seconds";
  const made = samples ? sumOf(samples, `${name}_count`) : null;
  return {
    key: "decisions",
    title: "Decisions",
    state: ready.decisions,
    look: ready.decisions !== "turning",
    lines: [
      samples && made ? `${made.toLocaleString("en-GB")} since start, 99 % within ${secondsWords(within(samples, name, 99))}` : null,
      samples ? buildWords(samples) : null,
    ],
  };
}

function buildWords(samples) {
  const [build] = samples.get("rackward_build_info") ?? [];
  return build ? `version ${build.labels.version}, commit ${build.labels.commit}` : null;
}

function clock({ status, devices: items, alarms }) {
  if (!status || !alarms) return null;
  const off = alarms.some((alarm) => KINDS.clock.includes(alarm.kind) && alarm.active);
  const worst = items ? worstClock(items) : null;
  return {
    key: "clock",
    title: "Clock",
    state: off ? "off" : "not known to be off",
    lines: [
      `${status.time_zone}, told at ${dateTime(status.at)}`,
      `this computer: ${skewWords(skewMs())}`,
      worst ? `furthest off: ${worst.name}, ${offsetWords(worst.clock_offset_ms)}` : "no device tells its clock",
    ],
  };
}

function devices({ devices: items, status }) {
  if (!items)
    return status
      ? {
          key: "devices",
          title: "Devices",
          href: "/health?view=devices",
          state: `${status.devices.online} answer, ${status.devices.offline} do not`,
          look: status.devices.offline > 0,
        }
      : null;
  const online = items.filter((device) => device.state === "online").length;
  const grades = ["A", "B", "C", "D"].map((grade) => [grade, items.filter((device) => device.grade === grade).length]).filter(([, number]) => number > 0);
  const others = countsBy(
    items,
    "state",
    STATES.filter((state) => state !== "online"),
  ).map(([state, number]) => `${number} ${state}`);
  return {
    key: "devices",
    title: "Readers, locks, handles",
    href: "/health?view=devices",
    state: `${online} of ${items.length} answer`,
    look: online < items.length,
    lines: [others.join(", "), `grades: ${grades.map(([grade, number]) => `${number} ${grade}`).join(", ")}`],
  };
}

function buses({ buses: items, samples }) {
  if (!items) return null;
  const up = items.filter((bus) => bus.state === "up").length;
  const missed = samples ? sumOf(samples, "rackward_osdp_polls_total", { result: "missed" }) : null;
  return {
    key: "buses",
    title: "Buses",
    href: "#buses",
    state: items.length ? `${up} of ${items.length} up` : "no serial bus",
    look: up < items.length,
    lines: [missed === null ? null : `${count(missed, "answer")} missed since start`],
  };
}

function rights({ status }) {
  if (!status) return null;
  return {
    key: "rights",
    title: "Rights on devices",
    href: "#receipts",
    state: status.receipts.sentence,
    look: status.receipts.pending > 0,
    lines: [`rights are at gen-${status.generation}`],
  };
}

function certificates({ devices: items, samples }) {
  const held = (items ?? []).filter((device) => device.certificate);
  const waiting = (items ?? []).filter((device) => device.enrolment && device.enrolment !== "enrolled");
  const own = samples ? ownCertificates(samples) : [];
  if (held.length === 0 && waiting.length === 0 && own.length === 0) return null;
  const first = held.reduce((one, other) => (!one || Date.parse(other.certificate.until_at) < Date.parse(one.certificate.until_at) ? other : one), null);
  return {
    key: "certificates",
    title: "Certificates",
    href: "#certificates",
    state: first ? h("span", null, "next of a device ends ", timeEl(first.certificate.until_at, { relative: true })) : "no device has one",
    look: waiting.length > 0,
    lines: [count(held.length, "device has one", "devices have one"), waiting.length ? `${waiting.length} not enrolled` : null, ...own],
  };
}

// The console's own, and the authority's that the daemon makes certificates with.
function ownCertificates(samples) {
  const [given, authority] = [certificateEnd(samples, "console"), certificateEnd(samples, "authority")];
  const console = given ? h("span", null, "the console's ends ", timeEl(given, { relative: true }), `, on ${dateTime(given)}`) : location.protocol === "https:" ? "the console's is renewed by the daemon" : "the console has none: it is served to this machine alone";
  return [console, authority && `the site's authority ends on ${dateTime(authority)}`];
}

const PARTS = { mqtt_broker: "MQTT broker", search_index: "search index", webhook: "webhook", reader: "reader" };

function parts({ status }) {
  if (!status?.parts?.length) return null;
  const wrong = status.parts.filter((part) => part.state !== "working");
  return {
    key: "parts",
    title: "Parts of the daemon",
    state: wrong.length ? wrong.map((part) => `${partName(part)} ${plain(part.state)}`).join(", ") : "all working",
    look: wrong.length > 0,
    lines: status.parts.map(
      (part) => `${partName(part)}: ${plain(part.state)}${part.behind_entries ? `, ${count(part.behind_entries, "entry", "entries")} behind` : ""}`,
    ),
  };
}

const partName = (part) => [part.name, PARTS[part.part] ?? plain(part.part)].filter(Boolean).join(" ");

function webhooks({ webhooks: items }) {
  if (!items) return null;
  const wrong = items.filter((hook) => hook.state !== "open");
  return {
    key: "exports",
    title: "Webhooks",
    href: items.length ? "#webhooks" : null,
    state: items.length === 0 ? "none set up" : wrong.length ? wrong.map((hook) => `${hook.name} ${hook.state}`).join(", ") : "all open",
    look: wrong.length > 0,
    lines: items.length
      ? [`${items.reduce((sum, hook) => sum + hook.waiting, 0)} waiting, ${items.reduce((sum, hook) => sum + hook.failures, 0)} given up`]
      : [],
  };
}
