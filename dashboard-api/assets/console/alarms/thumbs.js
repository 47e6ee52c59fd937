// The small picture of each alarm on the list: the still that shows the moment of the alarm, asked for once for all alarms that
// are listed, and again when one comes. The list never waits for it.

import { stillAddress, stillsOf } from "../cameras.js";
import { h } from "../dom.js";
import { may } from "../site.js";
import { stream } from "../stream.js";
import { nearest } from "./still_words.js";

const AGAIN_MS = 1_000;
const ASKED_AT_ONCE = 50; // as many as the daemon answers at once

export class Thumbs {
  #stills = new Map(); // by alarm
  #asked = new Set();
  #timer = 0;

  constructor(signal, changed) {
    this.signal = signal;
    this.changed = changed;
    if (!may("view_stills")) return;
    const off = stream.on(/^still\./, (event) => event.data?.alarm_id && this.#forget(event.data.alarm_id));
    signal.addEventListener("abort", () => { off(); clearTimeout(this.#timer); }, { once: true });
  }

  #forget(alarm) {
    if (this.#asked.delete(alarm)) this.changed();
  }

  // Sees to it that what is listed has been asked for.
  want(alarms) {
    if (!may("view_stills")) return;
    const missing = alarms.map(({ id }) => id).filter((id) => !this.#asked.has(id)).slice(0, ASKED_AT_ONCE);
    if (missing.length === 0 || this.#timer) return;
    this.#timer = setTimeout(async () => {
      this.#timer = 0;
      missing.forEach((id) => this.#asked.add(id));
      try {
        const stills = await stillsOf("alarms", missing, this.signal);
        for (const id of missing) this.#stills.set(id, stills.filter(({ alarm }) => alarm === id));
        if (stills.length > 0) this.changed();
      } catch {
        // The list is complete without pictures; the next change asks again.
        missing.forEach((id) => this.#asked.delete(id));
      }
    }, AGAIN_MS);
  }

  // The still of an alarm; null where there is none.
  of(alarm) {
    return nearest(this.#stills.get(alarm.id) ?? [], alarm.raised_at);
  }
}

export const thumb = (still) => h("img", { class: "thumb", src: stillAddress(still), alt: `Camera ${still.camera_name} at the alarm`, loading: "lazy", width: "96" });
