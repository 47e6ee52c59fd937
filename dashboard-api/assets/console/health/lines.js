// The lists of the health screen besides devices: buses, receipts that are pending, certificates, webhooks. They word what the
// daemon answers; what can be done is actions.js.

import { bdi, h } from "../dom.js";
import { pathSegments } from "../router.js";
import { may } from "../site.js";
import { timeEl } from "../time.js";
import { plain } from "../words.js";
import { enableWebhook, resend, testWebhook } from "./actions.js";
import { byCertificateEnd } from "./inventory.js";
import { plainTable } from "./tables.js";

const MOST_CERTIFICATES = 6;
const MOST_SESSIONS = 12;

export const deviceLink = (name) => h("a", { href: `/health?view=devices&q=${encodeURIComponent(name)}` }, bdi(name));

export function busTable(buses) {
  const number = (value) => value.toLocaleString("en-GB");
  const away = (bus) => bus.devices.filter((device) => !device.online);
  const slowest = (bus) => bus.devices.reduce((most, device) => Math.max(most, device.answer_us ?? 0), 0);
  return plainTable(
    "Serial buses",
    [
      ["Bus"],
      ["State"],
      ["Devices"],
      ["Speed", "number"],
      ["Frames", "number"],
      ["Slowest answer", "number"],
      ["Cut off", "number"],
      ["False starts", "number"],
      ["Echoes", "number"],
    ],
    buses.map((bus) => [
      h("span", null, bdi(bus.name), h("span", { class: "hl-sub" }, bdi(bus.port))),
      h("b", { class: bus.state === "up" ? "fine" : "wrong" }, bus.state),
      h(
        "span",
        null,
        `${bus.devices.length - away(bus).length} of ${bus.devices.length} answer`,
        away(bus).length
          ? h(
              "span",
              { class: "hl-sub" },
              "not: ",
              away(bus).map((device, index) => [index ? ", " : "", deviceLink(device.name)]),
            )
          : null,
      ),
      `${number(bus.baud)} bit/s`,
      number(bus.frames),
      slowest(bus) ? `${(slowest(bus) / 1000).toFixed(2)} ms` : "-",
      number(bus.cut_off),
      number(bus.false_starts),
      number(bus.echoes),
    ]),
  );
}

export function receiptTable(receipts) {
  return plainTable(
    "Devices that have not applied every change of rights",
    [["Device"], ["Where"], ["Waits for"], ["Since"], ["Still opens for what was taken away"]],
    receipts.behind.map((one) => [
      deviceLink(one.device),
      h("a", { href: `/events?q=${encodeURIComponent(`door:${one.place}`)}` }, bdi(one.place)),
      `gen-${one.generation}`,
      timeEl(one.since_at, { relative: true }),
      one.honours_until_at ? h("span", null, "until ", timeEl(one.honours_until_at)) : "no, it only lacks what was given",
    ]),
  );
}

export function certificateTable(devices) {
  const sorted = byCertificateEnd(devices);
  return h(
    "div",
    null,
    plainTable(
      "Certificates, the one that ends first in front",
      [["Device"], ["Enrolment"], ["Ends"], ["From"], ["Serial number"]],
      sorted
        .slice(0, MOST_CERTIFICATES)
        .map((device) => [
          deviceLink(device.name),
          plain(device.enrolment ?? "-"),
          device.certificate
            ? timeEl(device.certificate.until_at, { relative: true })
            : device.enrolment_until_at
              ? h("span", null, "code good until ", timeEl(device.enrolment_until_at))
              : "-",
          device.certificate ? timeEl(device.certificate.from_at) : "-",
          device.certificate ? h("code", null, device.certificate.serial) : "-",
        ]),
    ),
    sorted.length > MOST_CERTIFICATES ? h("p", { class: "aside hl-foot" }, `${sorted.length - MOST_CERTIFICATES} more end later.`) : null,
  );
}

export function webhookTable(webhooks, refresh) {
  const act = (words, fn) =>
    h(
      "button",
      {
        type: "button",
        class: "small",
        acts: true,
        on: {
          click: async () => {
            await fn();
            refresh();
          },
        },
      },
      words,
    );
  const tools = (hook) =>
    may("manage_webhooks")
      ? h(
          "span",
          { class: "hl-acts" },
          act("Test", () => testWebhook(hook.name)),
          hook.failures > 0 ? act("Send again", () => resend(hook)) : null,
          hook.state === "disabled" ? act("Enable", () => enableWebhook(hook.name)) : null,
        )
      : null;
  return plainTable(
    "Webhooks",
    [["Webhook"], ["State"], ["Waiting", "number"], ["Given up", "number"], ["Last taken"], ["Last failure"], ["", "tools"]],
    webhooks.map((hook) => [
      h("span", null, bdi(hook.name), h("span", { class: "hl-sub" }, bdi(hook.origin), ` ${hook.events.join(", ")}`)),
      h("b", { class: hook.state === "open" ? "fine" : "wrong" }, plain(hook.state)),
      String(hook.waiting),
      String(hook.failures),
      hook.last_delivery_at ? timeEl(hook.last_delivery_at, { relative: true }) : "-",
      hook.last_failure ? h("span", null, bdi(hook.last_failure), " ", timeEl(hook.last_failure_at, { relative: true })) : "-",
      tools(hook),
    ]),
  );
}

// Who and what is signed in: screens on walls first, since nobody sits at them.
export function sessionTable(sessions, tokens) {
  const isWall = (one) => Number(one.role === "wall_screen");
  const sorted = [...sessions].sort((one, other) => isWall(other) - isWall(one) || (one.used_at < other.used_at ? 1 : -1));
  const rows = sorted
    .slice(0, MOST_SESSIONS)
    .map((one) => [
      h("span", null, h("code", null, one.id), one.current ? " (you)" : ""),
      bdi(one.name ?? one.operator ?? `by ${one.method}`),
      plain(one.role),
      bdi(one.network || "this machine"),
      timeEl(one.began_at),
      timeEl(one.used_at, { relative: true }),
    ]);
  const counting = tokens.filter((token) => token.state === "counts");
  return h(
    "div",
    null,
    plainTable("Sessions", [["Session"], ["Who"], ["Role"], ["From network"], ["Since"], ["Last used"]], rows),
    sorted.length > MOST_SESSIONS ? h("p", { class: "aside hl-foot" }, `${sorted.length - MOST_SESSIONS} more sessions.`) : null,
    counting.length
      ? plainTable(
          "Tokens that count",
          [["Token"], ["Owner"], ["Ends"], ["For"]],
          counting.map((token) => [
            h("code", null, token.id),
            bdi(token.owner),
            timeEl(token.to_at, { relative: true }),
            token.permissions.map(plain).join(", "),
          ]),
        )
      : null,
  );
}

export const placeLink = (path) =>
  path.includes("/")
    ? h(
        "a",
        {
          href: /\/(front|rear)$/.test(path)
            ? `/racks/${pathSegments(path.replace(/\/(front|rear)$/, ""))}`
            : `/events?q=${encodeURIComponent(`door:${path}`)}`,
        },
        bdi(path),
      )
    : bdi(path);
