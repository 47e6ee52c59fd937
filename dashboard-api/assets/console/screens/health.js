// Health (console.md, screen 10): how the site's parts are now, every device, and the figures of alarm management. Three views of
// one address; what each shows is in health/.

import { get, getRaw, list } from "../api.js";
import { h, replace } from "../dom.js";
import { devices, alarms, status } from "../live.js";
import { empty, head, panel, tabs } from "../list_view.js";
import { problemView } from "../pane.js";
import { setFilterWords } from "../print.js";
import { query } from "../router.js";
import { may } from "../site.js";
import { stream } from "../stream.js";
import { tryCanary } from "../health/actions.js";
import { bundleDialog } from "../health/bundle.js";
import { DeviceView } from "../health/devices.js";
import { figuresView, periodTools } from "../health/figures_view.js";
import { cameraTable, loadCameras } from "../health/cameras.js";
import { worstFirst, needsLook } from "../health/inventory.js";
import { busTable, certificateTable, deviceLink, receiptTable, sessionTable, webhookTable } from "../health/lines.js";
import { samplesOf } from "../health/metrics.js";
import { Source, drawChanged, drawWhenFree } from "../health/source.js";
import { standingCards } from "../health/standing.js";

const OFTEN_MS = 5_000;
const SELDOM_MS = 15_000;

export const title = () => "Health";

export function mount(root, params, ctx) {
  let stop = null;
  let deviceView = null;
  const draw = () => {
    stop?.abort();
    stop = new AbortController();
    ctx.detail(null);
    const inner = { ...ctx, signal: AbortSignal.any([ctx.signal, stop.signal]) };
    const view = query().get("view") ?? "now";
    const days = query().get("days") === "30" ? 30 : 7;
    deviceView = null;
    const tools =
      view === "figures"
        ? periodTools(days)
        : view === "now"
          ? [
              may("try_canaries") ? h("button", { type: "button", acts: true, on: { click: tryCanary } }, "Try the card that nobody has") : null,
              may("manage_devices") ? h("button", { type: "button", on: { click: bundleDialog } }, "Support bundle") : null,
            ].filter(Boolean)
          : [];
    const screen = view === "figures" ? figuresView(days, inner) : view === "devices" ? (deviceView = new DeviceView(inner)).el : nowView(inner);
    setFilterWords(() =>
      view === "figures" ? `alarm figures of ${days} days` : view === "devices" ? `devices: ${deviceView?.number.textContent ?? ""}` : "everything, now",
    );
    replace(
      root,
      head("Health", { tools }),
      tabs(
        "Health",
        [
          { title: "Now", href: "/health", current: view === "now" },
          { title: "Devices", href: "/health?view=devices", current: view === "devices" },
          may("view_figures") ? { title: "Alarm figures", href: "/health?view=figures", current: view === "figures" } : null,
        ].filter(Boolean),
      ),
      screen,
    );
  };
  draw();
  return {
    unmount: () => {
      stop.abort();
      setFilterWords(null);
    },
    onQuery: draw,
    keys: { Escape: () => deviceView?.close() ?? false },
  };
}

function nowView(ctx) {
  const cards = h("section", { "aria-label": "At a glance" });
  const look = h("div");
  const lines = Object.fromEntries(["buses", "cameras", "receipts", "certificates", "webhooks", "sessions"].map((name) => [name, h("div")]));
  const facts = { status: null, devices: null, buses: null, webhooks: null, samples: null, ready: null, alarms: null };
  const told = {};
  // Many lists speak at once in the beginning: the cards are drawn once for all of them.
  let waits = false;
  const redraw = () => {
    if (waits) return;
    waits = true;
    queueMicrotask(() => {
      waits = false;
      if (ctx.signal.aborted) return;
      const html = standingCards(facts);
      // What is in focus or under the pointer is not drawn anew without a change.
      if (told.cards?.isEqualNode(html)) return;
      told.cards = html.cloneNode(true);
      drawWhenFree(cards, () => replace(cards, html));
    });
  };
  follow(ctx, facts, lines, redraw, look);
  return h(
    "div",
    { class: "hl-now" },
    cards,
    panel("To see to", look, { aside: "devices that do not answer, or are not trusted fully" }),
    may("view_health") ? panel("Buses", lines.buses, { id: "buses" }) : null,
    may("view_health") ? panel("Cameras", lines.cameras, { id: "cameras" }) : null,
    panel("Receipts pending", lines.receipts, { id: "receipts", aside: "devices that do not know every change of rights yet" }),
    panel("Certificates", lines.certificates, { id: "certificates" }),
    may("view_metrics") ? panel("Webhooks", lines.webhooks, { id: "webhooks" }) : null,
    may("view_operators") ? panel("Who and what is signed in", lines.sessions, { id: "sessions", aside: "screens on walls first" }) : null,
  );
}

function follow(ctx, facts, lines, redraw, look) {
  const off = [
    status.on((one) => {
      facts.status = one.now;
      redraw();
    }),
    alarms.on((one) => {
      facts.alarms = one.items;
      redraw();
    }),
    devices.on((one) => {
      if (one.problem && !one.loaded) {
        replace(look, problemView(one.problem, { what: "the devices" }));
        return;
      }
      facts.devices = one.items;
      drawLook(look, one.items);
      drawCertificates(lines.certificates, one.items);
      redraw();
    }),
  ];
  const source = (name, load, everyMs, draw) =>
    new Source(load, everyMs, ctx.signal).on((one) => {
      const failed = () => problemView(one.problem, { what: name, retry: () => one.refresh() });
      drawWhenFree(lines[name], () => replace(lines[name], one.problem && !one.data ? failed() : draw(one.data)));
      redraw();
    });
  followLines(source, facts, off);
  if (may("view_metrics")) {
    const load = (signal) => getRaw("/metrics", { signal, accept: "text/plain" }).then((answer) => answer.text());
    new Source(load, SELDOM_MS, ctx.signal).on(({ data }) => {
      if (data) facts.samples = samplesOf(data);
      redraw();
    });
  }
  new Source(readiness, OFTEN_MS, ctx.signal).on(({ data }) => {
    facts.ready = data;
    redraw();
  });
  ctx.signal.addEventListener("abort", () => off.forEach((one) => one()));
}

// The lists below the cards, each from its own route.
function followLines(source, facts, off) {
  const all = (path) => (signal) => list(`${path}?limit=1000`, { signal });
  source("buses", all("buses"), OFTEN_MS, (page) => {
    facts.buses = page.items;
    return page.items.length ? busTable(page.items) : empty("This site has no serial bus.", "Devices come over the network alone.");
  });
  source("cameras", loadCameras, SELDOM_MS, cameraTable);
  const receipts = source(
    "receipts",
    (signal) => get("receipts", { signal }),
    SELDOM_MS,
    (answer) => (answer.behind.length ? receiptTable(answer) : empty(`None: ${answer.sentence}.`)),
  );
  off.push(stream.on(/^receipts$/, () => receipts.refresh()));
  if (may("view_metrics")) {
    const hooks = source("webhooks", all("webhooks"), SELDOM_MS, (page) => {
      facts.webhooks = page.items;
      return page.items.length
        ? webhookTable(page.items, () => hooks.refresh())
        : empty("No webhook is set up.", "Targets are named in the site file (docs/webhooks.md).");
    });
  }
  if (may("view_operators")) {
    const load = async (signal) => {
      const [sessions, tokens] = await Promise.all([all("sessions")(signal), all("tokens")(signal)]);
      return { sessions: sessions.items, tokens: tokens.items };
    };
    source("sessions", load, SELDOM_MS, (both) => sessionTable(both.sessions, both.tokens));
  }
}

// Not ready is an answer, not a failure: it says what keeps it.
async function readiness(signal) {
  const answer = await fetch("/readyz", { signal, cache: "no-store" });
  return answer.json();
}

function drawLook(box, items) {
  const wanting = items.filter(needsLook).sort(worstFirst);
  const row = (device) =>
    h(
      "li",
      { class: `hl-look ${device.state}` },
      h("span", { class: `hl-grade g-${device.grade ?? "none"}` }, device.grade ?? "?"),
      h("b", { class: "hl-clamp" }, deviceLink(device.name)),
      h("span", null, device.role),
      h(
        "span",
        null,
        [
          device.state === "online" ? null : device.state,
          device.tamper ? "cover open" : null,
          (device.grade_words ?? "").split(": ").slice(1).join(": ") || null,
          device.grade ? null : "not proven yet",
          device.job ? `${device.job.task.replaceAll("_", " ")} under way` : null,
        ]
          .filter(Boolean)
          .join(", "),
      ),
    );
  const list = () => (wanting.length ? h("ul", null, wanting.map(row)) : empty("Every device answers, and nothing is wrong with any."));
  drawChanged(box, wanting, () => replace(box, list()));
}

function drawCertificates(box, items) {
  const held = items.filter((device) => device.certificate || device.enrolment);
  const shown = held.map((device) => [device.name, device.enrolment, device.certificate]);
  const table = () => (held.length ? certificateTable(held) : empty("No device needs a certificate.", "Devices on serial buses have keys instead."));
  drawChanged(box, shown, () => replace(box, table()));
}
