// Every device with how it stands, how far it is trusted and why, in a table that can be narrowed, and one of them whole in the
// detail pane with what can be done about it. Grades and their reasons are the daemon's.

import { get, isUntold, segment } from "../api.js";
import { bdi, h, replace } from "../dom.js";
import { empty, facts } from "../list_view.js";
import { alarms, devices } from "../live.js";
import { problemView } from "../pane.js";
import { query, setQuery } from "../router.js";
import { alarmShape } from "../shapes.js";
import { may } from "../site.js";
import { liveTable } from "../table.js";
import { dateTime, timeEl } from "../time.js";
import { capital, count, plain } from "../words.js";
import { locate, takeOutOfService, testPattern } from "./actions.js";
import { GRADES, ROLES, STATES, chosen, hasLamps, measured, needsLook, offsetWords, rightsWords, whyWords, worstFirst } from "./inventory.js";
import { placeLink } from "./lines.js";

const grade = (device) => h("span", { class: `hl-grade g-${device.grade ?? "none"}` }, device.grade ?? "?");

const COLUMNS = [
  {
    key: "name",
    title: "Device",
    draw: (device) => h("span", null, h("b", { class: "hl-clamp" }, bdi(device.name)), h("span", { class: "hl-sub" }, device.role)),
  },
  { key: "where", title: "Where", draw: (device) => device.places.map((place, index) => [index ? ", " : "", bdi(place)]) },
  {
    key: "state",
    title: "State",
    class: "state",
    draw: (device) =>
      h(
        "span",
        { class: device.state === "online" ? "fine" : "wrong" },
        device.state,
        device.tamper ? ", cover open" : "",
        device.job ? `, ${plain(device.job.task)}` : "",
      ),
  },
  {
    key: "grade",
    title: "Grade",
    class: "hl-gradecell",
    draw: (device) => h("span", { class: "hl-why" }, grade(device), whyWords(device) || (device.grade ? "" : "not proven yet")),
  },
  { key: "firmware", title: "Firmware", class: "labelled", draw: (device) => bdi(device.firmware ?? "-") },
  { key: "rights", title: "Own rights", class: "labelled", draw: (device) => (device.rights ? rightsWords(device) : "-") },
];

export class DeviceView {
  #shown = null;

  constructor(ctx) {
    this.ctx = ctx;
    this.choice = Object.fromEntries(["role", "state", "grade", "q"].map((name) => [name, query().get(name) ?? ""]));
    this.table = liveTable({
      caption: "Devices",
      columns: COLUMNS,
      id: (device) => device.id,
      sort: worstFirst,
      onOpen: (device) => this.open(device),
      label: (device) => device.name,
      rowClass: (device) => (needsLook(device) ? "look" : ""),
      keys: {
        b: [(device) => this.locate(device), "let this handle blink"],
        p: [(device) => this.testPattern(device), "show a pattern at this reader or handle"],
      },
    });
    this.number = h("span", { class: "aside", role: "status" });
    this.box = h("div", null);
    this.el = h("div", { class: "hl-devices" }, this.filters(), this.box);
    const off = [devices.on(() => this.draw()), alarms.on(() => this.#shown && this.drawDetail())];
    ctx.signal.addEventListener("abort", () => off.forEach((one) => one()));
    this.sel = query().get("sel");
  }

  filters() {
    const select = (name, title, values) =>
      h(
        "select",
        { "aria-label": title, on: { change: (event) => this.choose({ [name]: event.target.value }) } },
        h("option", { value: "" }, title),
        values.map((value) =>
          h("option", { value, selected: this.choice[name] === value }, value === "none" ? "no grade" : name === "grade" ? `grade ${value}` : value),
        ),
      );
    const text = h("input", {
      type: "search",
      placeholder: "Name, place, serial number",
      "aria-label": "Name, place or serial number",
      value: this.choice.q,
      on: { input: (event) => this.choose({ q: event.target.value }) },
    });
    return h(
      "div",
      { class: "hl-filters", role: "search", "aria-label": "Devices" },
      text,
      select("role", "every role", ROLES),
      select("state", "every state", STATES),
      select("grade", "every grade", [...GRADES, "none"]),
      this.number,
    );
  }

  choose(change) {
    Object.assign(this.choice, change);
    setQuery(change);
    this.draw();
  }

  draw() {
    if (devices.problem && !devices.loaded) {
      replace(this.box, problemView(devices.problem, { what: "the devices", retry: () => devices.refresh() }));
      return;
    }
    const items = chosen(devices.items, this.choice);
    this.number.textContent =
      items.length === devices.items.length ? count(items.length, "device") : `${items.length} of ${count(devices.items.length, "device")}`;
    if (items.length === 0)
      replace(
        this.box,
        empty(
          devices.items.length ? "No device fits this choice." : "This site has no device.",
          devices.items.length ? "Take one of the choices back." : "Devices are named in the site file.",
        ),
      );
    else if (!this.box.contains(this.table.el)) replace(this.box, this.table.el);
    this.table.set(items);
    const wanted = this.#shown?.id ?? this.sel;
    const current = devices.items.find((device) => device.id === wanted);
    this.sel = null;
    if (current) {
      this.#shown = current;
      this.table.setCurrent(current.id);
      this.drawDetail();
    }
  }

  open(device) {
    this.#shown = device;
    this.table.setCurrent(device.id);
    setQuery({ sel: device.id });
    this.drawDetail();
  }

  close() {
    const id = this.#shown?.id;
    if (!id) return false;
    this.#shown = null;
    this.table.setCurrent(null);
    setQuery({ sel: null });
    this.ctx.detail(null);
    this.table.focusRow(id);
    return true;
  }

  locate(device) {
    if (device.role !== "handle" || !may("locate")) return false;
    locate(device.places[0]);
    return true;
  }

  testPattern(device) {
    if (!hasLamps(device) || !may("locate")) return false;
    testPattern(device);
    return true;
  }

  drawDetail() {
    const device = this.#shown;
    const own = alarms.items.filter(
      (alarm) => (alarm.source_kind === "device" && alarm.source === device.name) || (alarm.door && device.places.includes(alarm.door)),
    );
    this.exposed ??= h("p", { class: "aside" });
    if (this.exposedOf !== device.id) this.loadExposure(device);
    this.ctx.detail(
      h(
        "article",
        { class: "hl-device", "aria-label": device.name },
        h(
          "header",
          { class: "title" },
          h("h2", null, bdi(device.name)),
          h("button", { type: "button", class: "quiet close", on: { click: () => this.close() } }, "Close"),
        ),
        h(
          "p",
          { class: "hl-verdict" },
          grade(device),
          h("span", null, capital(device.state), device.grade_words ? `, grade ${device.grade_words}` : ", not proven yet"),
        ),
        this.alarmList(own),
        this.actions(device, own),
        h("section", null, h("h3", null, "Device"), facts(identity(device))),
        device.rights ? h("section", null, h("h3", null, "Rights it holds"), facts(rights(device)), this.exposed) : null,
        device.certificate || device.enrolment ? h("section", null, h("h3", null, "Certificate"), facts(certificate(device))) : null,
        h("section", null, h("h3", null, "As it says"), facts(telling(device))),
      ),
    );
  }

  alarmList(own) {
    return own.length === 0
      ? null
      : h(
          "ul",
          { class: "hl-alarms" },
          own.map((alarm) =>
            h(
              "li",
              null,
              h("a", { href: `/alarms/${alarm.id}` }, alarmShape(alarm), h("span", null, `${alarm.words}, ${alarm.state}`)),
              may("take_out_of_service")
                ? h("button", { type: "button", class: "small", acts: true, on: { click: () => takeOutOfService(alarm) } }, "Out of service")
                : null,
            ),
          ),
        );
  }

  actions(device, own) {
    const canLocate = device.role === "handle" && may("locate");
    return h(
      "div",
      null,
      h(
        "p",
        { class: "buttons" },
        canLocate ? h("button", { type: "button", acts: true, on: { click: () => this.locate(device) } }, "Let it blink") : null,
        hasLamps(device) && may("locate") ? h("button", { type: "button", acts: true, on: { click: () => this.testPattern(device) } }, "Test pattern") : null,
        may("view_journal") ? h("a", { class: "button", href: `/events?q=${encodeURIComponent(`device:${device.name}`)}` }, "Its events") : null,
      ),
      h(
        "p",
        { class: "aside" },
        hasLamps(device) ? "" : "Only readers and handles show patterns. ",
        own.length === 0 && may("take_out_of_service") ? "Out of service is said of an alarm, and this device has none open." : "",
      ),
    );
  }

  async loadExposure(device) {
    this.exposedOf = device.id;
    this.exposed.textContent = "";
    if (!device.rights || !may("view_people")) return;
    try {
      const answer = await get(`devices/${segment(device.id)}/exposure`, { signal: this.ctx.signal });
      if (this.exposedOf === device.id) this.exposed.textContent = `${answer.sentence}.`;
    } catch (problem) {
      if (this.exposedOf === device.id && !isUntold(problem)) this.exposed.textContent = `For whom it opens by itself is not known: ${problem.message}`;
    }
  }
}

const key = (device) =>
  device.line
    ? device.line.has_key
      ? h("span", null, "of this site", device.line.key_since_at ? [", since ", timeEl(device.line.key_since_at)] : "")
      : "none of this site"
    : null;

function identity(device) {
  return [
    ["Id", h("code", null, device.id)],
    ["Role", device.role],
    [
      "Where",
      h(
        "span",
        null,
        device.places.map((place, index) => [index ? ", " : "", placeLink(place)]),
      ),
    ],
    ["Model", device.model && bdi(device.model)],
    ["Serial number", device.serial && h("code", null, device.serial)],
    ["Firmware", device.firmware && bdi(device.firmware)],
    ["Trust", plain(device.trust)],
    ["Accepted", device.accepted ? h("span", null, `${dateTime(device.accepted.accepted_at)} by `, bdi(device.accepted.by)) : "not yet"],
    ["Line", device.line ? `bus ${device.line.bus}, address ${device.line.address}, ${device.line.baud.toLocaleString("en-GB")} bit/s` : "network"],
    ["Key", key(device)],
    ["Job", device.job ? h("span", null, `${plain(device.job.task)} by ${device.job.by}, `, timeEl(device.job.since_at, { relative: true })) : null],
  ];
}

function rights(device) {
  const { held, issued, honoured_until_at: honoured, logged_through: logged } = device.rights;
  return [
    ["Delivered", rightsWords(device)],
    ["Good until", held ? timeEl(held.until_at) : null],
    ["Digest", held ? h("code", null, held.digest) : null],
    ["Newest sent", issued ? `list ${issued.number}, gen-${issued.generation}` : null],
    ["Opens by itself until", honoured ? timeEl(honoured) : "for nobody"],
    ["Own log read to", String(logged)],
  ];
}

function certificate(device) {
  const one = device.certificate;
  return [
    ["Enrolment", plain(device.enrolment ?? "-")],
    ["Ends", one ? h("span", null, timeEl(one.until_at), " (", timeEl(one.until_at, { relative: true }), ")") : null],
    ["From", one ? timeEl(one.from_at) : null],
    ["Serial number", one ? h("code", null, one.serial) : null],
    ["Code good until", device.enrolment_until_at ? timeEl(device.enrolment_until_at) : null],
  ];
}

function telling(device) {
  const { slide, description } = device;
  return [
    ...measured(device),
    [
      "Clock",
      device.clock_offset_ms === null ? null : `${offsetWords(device.clock_offset_ms)} ${device.clock_offset_ms < 0 ? "behind" : "ahead"}`.replace("-", ""),
    ],
    ["Cover", device.tamper === null ? "not known" : device.tamper ? "open" : "closed"],
    ["Link", description.channel === "proven" ? "proven" : "in plain text"],
    ["Last start", description.boot && plain(description.boot)],
    ["Self-test", description.self_test ? `failed, bits ${description.self_test.toString(2)}` : "nothing failed"],
    ["Room for cards", description.list_room === null ? null : String(description.list_room)],
    [
      "Slide",
      slide
        ? [
            slide.travel_ms === null ? null : `${slide.travel_ms} ms`,
            slide.stalled ? "stalled" : null,
            slide.unlocked_by ? `unlocked by ${plain(slide.unlocked_by)}` : null,
          ]
            .filter(Boolean)
            .join(", ")
        : null,
    ],
  ];
}
