// Alerts on the events screen: the query that is shown is left standing, so that what it matches from then on raises an alarm, and
// those that stand, with owner and end. How often a query would have matched, and what may stand, is the daemon's to say.

import { getTagged, listAll, newKey, post, segment } from "../api.js";
import { confirm, tell } from "../dialog.js";
import { bdi, h, replace } from "../dom.js";
import { problemView } from "../pane.js";
import { priorityWord, shape } from "../shapes.js";
import { may } from "../site.js";
import { timeEl } from "../time.js";
import { withoutTimes } from "./query.js";
import { SPANS, forecastWords, stateWords } from "./forecast.js";

const PRIORITIES = [2, 3, 4].map((priority) => [priority, `${priority}, ${priorityWord(priority)}`]);

// What is tried to learn the forecast: everything but the query is only there to be tried, and recorded nowhere.
const trial = (query) => ({ name: `trial ${newKey().slice(0, 8)}`, query, priority: 4, response: "x", reason: "x", until_at: "PT1H", accept_flood: true });

// `asked()` gives the query that is shown.
export class AlertsMenu {
  constructor({ asked }) {
    this.asked = asked;
    this.list = h("div");
    const make = h("button", { type: "button", class: "small", acts: true, on: { click: () => this.#make() } }, "Alert from this query");
    this.el = h(
      "details",
      { class: "ev-menu ev-alerts" },
      h("summary", { class: "button" }, "Alerts"),
      h("div", { class: "sheet" }, this.list, may("set_alerts") ? make : null),
    );
    this.el.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.el.open) return;
      this.close();
      event.stopPropagation();
    });
    this.el.addEventListener("focusout", (event) => {
      if (this.el.open && event.relatedTarget && !this.el.contains(event.relatedTarget) && !event.relatedTarget.closest("dialog")) this.el.open = false;
    });
    this.el.addEventListener("toggle", () => this.el.open && this.draw());
  }

  close() {
    this.el.open = false;
    this.el.querySelector("summary").focus();
  }

  async draw() {
    try {
      const alerts = await listAll("alerts?filter=-state%3Aended");
      replace(
        this.list,
        alerts.length === 0
          ? h("p", { class: "aside" }, "No query stands as an alert.")
          : h(
              "ul",
              null,
              alerts.map((alert) => this.#row(alert)),
            ),
      );
    } catch (error) {
      replace(this.list, problemView(error, { what: "alerts", onRetry: () => this.draw() }));
    }
  }

  #row(alert) {
    return h(
      "li",
      null,
      shape(alert.priority, "acked", { title: `priority ${alert.priority}` }),
      h(
        "a",
        { href: `/events?${new URLSearchParams({ q: alert.query })}`, on: { click: () => (this.el.open = false) } },
        h("b", null, bdi(alert.name)),
        h("span", { class: "aside" }, h("code", null, bdi(alert.query))),
        h("span", { class: "aside" }, bdi(alert.owner), ", ends ", timeEl(alert.until_at), `, ${stateWords(alert)}`),
      ),
      may("set_alerts")
        ? h("button", { type: "button", class: "quiet small", acts: true, "aria-label": `End ${alert.name}`, on: { click: () => this.#end(alert) } }, "End")
        : null,
    );
  }

  async #make() {
    const query = withoutTimes(this.asked());
    if (!query) {
      await tell("Alert from this query", h("p", null, "Write a query first: an alert that waits for everything would be one alarm after another."));
      return;
    }
    try {
      const { forecast } = await post("alerts", trial(query), { dryRun: true });
      await createAlert(query, forecast);
    } catch (error) {
      await tell("This query cannot stand as an alert", problemView(error, { what: "the alert" }));
    }
    if (this.el.open) this.draw();
  }

  async #end(alert) {
    const { body, etag } = await getTagged(`alerts/${segment(alert.id)}`);
    await confirm({
      title: `End ${alert.id}`,
      statement: h("p", null, bdi(body.name), ": ", h("code", null, bdi(body.query))),
      effect: `What it matches raises no alarm any more. It matched ${body.matches.toLocaleString("en-GB")} times.`,
      reason: { required: true, rows: 1 },
      confirmLabel: "End the alert",
      submit: ({ reason }, key) => post(`alerts/${segment(alert.id)}`, { reason }, { method: "DELETE", ifMatch: etag, key }),
    });
    if (this.el.open) this.draw();
  }
}

// The second step: what it would have done lately stands above what is to be written.
function createAlert(query, forecast) {
  return confirm({
    title: "Alert from this query",
    statement: h("p", null, "Every event that ", h("code", { class: "ev-standing" }, bdi(query)), " matches from now on raises an alarm, one for each place."),
    effect: forecastWords(forecast),
    fields: [
      { name: "name", label: "Name", required: true, maxlength: 64 },
      { name: "priority", label: "Priority", type: "select", options: PRIORITIES, value: 3 },
      { name: "response", label: "What whoever answers it has to do", type: "textarea", required: true, maxlength: 4000 },
      { name: "until_at", label: "Ends", type: "select", options: SPANS, value: "PT720H", help: "A week before, or in its last quarter, an alarm says so." },
      { name: "reason", label: "What it is for", required: true, maxlength: 256 },
      forecast.flood && {
        name: "accept_flood",
        label: "Make it although it would have been a flood: what goes beyond its rate is only counted",
        type: "checkbox",
      },
    ],
    danger: forecast.flood,
    confirmLabel: "Leave it standing",
    submit: ({ priority, ...values }, key) => post("alerts", { ...values, query, priority: Number(priority) }, { key }),
  });
}
