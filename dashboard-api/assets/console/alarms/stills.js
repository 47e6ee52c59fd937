// The stills of an alarm: five seconds before, at it and five seconds after, of one camera after the other, then what that camera
// shows now. Where no camera covers the point, that is said. Nothing else of the alarm waits for them.

import { tellStatus } from "../announce.js";
import { isUntold, get, post, segment } from "../api.js";
import { cameraButton, stillFigure } from "../cameras.js";
import { bdi, h, replace } from "../dom.js";
import { problemView } from "../pane.js";
import { may } from "../site.js";
import { stream } from "../stream.js";
import { momentWords } from "./still_words.js";

export const NO_CAMERA = "No camera covers this point.";
const AGAIN_MS = 500; // several stills come at once

export class AlarmStills {
  #timer = 0;
  #told = null;

  constructor(alarm, signal) {
    this.alarm = alarm;
    this.signal = signal;
    this.at = 0;
    this.el = h("div", { class: "stills" });
    if (!may("view_stills")) {
      replace(this.el, h("p", { class: "no-camera" }, "Your role does not look through cameras."));
      return;
    }
    const off = stream.watch(/^still\./, (event) => (event === null || event.data?.alarm_id === alarm.id) && this.again());
    signal.addEventListener("abort", () => { off(); clearTimeout(this.#timer); }, { once: true });
    this.load();
  }

  again() {
    if (!this.#timer) this.#timer = setTimeout(() => { this.#timer = 0; this.load(); }, AGAIN_MS);
  }

  async load() {
    try {
      const told = await get(`alarms/${segment(this.alarm.id)}/stills`, { signal: this.signal });
      // What is the same stays as it stands, with the picture that somebody looks at.
      if (JSON.stringify(told) === JSON.stringify(this.#told)) return;
      this.#told = told;
      this.draw();
    } catch (problem) {
      if (this.signal.aborted) return;
      this.#told = null;
      replace(this.el, isUntold(problem) ? h("p", { class: "no-camera" }, NO_CAMERA) : problemView(problem, { what: "the stills", retry: () => this.load() }));
    }
  }

  // The next camera; what there is to say where there is none.
  cycle() {
    const cameras = this.#told?.cameras ?? [];
    if (cameras.length === 0) {
      tellStatus(NO_CAMERA);
      return;
    }
    this.at = (this.at + 1) % cameras.length;
    this.draw();
    tellStatus(`Camera ${cameras[this.at].name}, ${this.at + 1} of ${cameras.length}.`);
  }

  draw() {
    const { cameras, stills } = this.#told;
    if (cameras.length === 0) {
      replace(this.el, h("p", { class: "no-camera" }, NO_CAMERA));
      return;
    }
    const camera = cameras[this.at % cameras.length];
    const raised = this.alarm.raised_at;
    const own = stills.filter((still) => still.camera === camera.id);
    const again = may("answer_alarms") ? () => this.ask() : null;
    replace(this.el,
      h("p", { class: "still-cameras" },
        cameras.length > 1 ? cameras.map((one, at) => h("button", { type: "button", class: "small", "aria-pressed": String(one === camera), on: { click: () => { this.at = at; this.draw(); } } }, bdi(one.name))) : h("strong", null, bdi(camera.name)),
        cameraButton(camera),
        again && h("button", { type: "button", class: "small", acts: true, dataset: { order: "stills" }, on: { click: again } }, "Request stills again")),
      own.length === 0 ? h("p", { class: "aside" }, "No still of this camera was wanted for this alarm.")
        : h("div", { class: "still-strip" }, own.map((still) => stillFigure(still, momentWords(still, raised), again))));
  }

  async ask() {
    try {
      await post(`alarms/${segment(this.alarm.id)}/stills`);
      tellStatus("The stills were asked for again.");
    } catch (problem) {
      tellStatus(problem.message);
    }
    this.again();
  }
}
