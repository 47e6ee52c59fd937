// Brings a muster and its marks over the link: loads the board, keeps it on the device, sends what waits when it can. Of two marks
// the later one counts, here and at the daemon; a mark is never thrown away because a line broke.

import { Problem, get, isUntold, mayHaveHappened, post } from "../api.js";
import { site } from "../site.js";
import { stream } from "../stream.js";
import { serverNow, setServerTime, skewMs } from "../time.js";
import { Desk } from "./desk.js";
import { follow } from "./follow.js";
import { merged } from "./marks.js";

const TRY_AGAIN_MS = 5_000;
const MOST_AT_ONCE = 500;

export class MusterLink {
  #desk;
  #path;
  #sending = false;
  #timer = 0;
  #off = () => {};
  #told = null; // the muster as the daemon last told it
  isKept = true; // whether marks would outlive a reload
  asOf = null; // since when what is shown is old, where it is
  refusal = null; // why the daemon did not take the marks, where it said so

  /** `changed()` is called whenever there is something new to show. */
  constructor(id, { changed, signal }) {
    Desk.clearAway(localStorage, Date.now());
    this.#desk = new Desk(localStorage, id, site.operatorId);
    this.#path = `musters/${encodeURIComponent(id)}`;
    this.changed = changed;
    this.signal = signal;
  }

  get waiting() {
    return this.#desk.waiting;
  }

  get isLive() {
    return stream.state === "live" && this.asOf === null;
  }

  /** The board with the marks that wait. */
  get board() {
    return this.#told && merged(this.#told, this.waiting, site.operatorId);
  }

  /** Loads the board; where nothing answers, the one that is kept on this device. */
  async load() {
    try {
      this.#take(await get(this.#path, { signal: this.signal }));
    } catch (problem) {
      const kept = this.#desk.kept();
      if (!kept || !hasNoAnswer(problem)) throw problem;
      this.#told = kept.muster;
      this.asOf = kept.keptMs;
      // A page that was opened without the link has an old clock.
      if (stream.state !== "live") setServerTime(new Date(Date.now() + kept.aheadMs).toISOString());
    }
    return this.board;
  }

  start() {
    const again = follow(/^(muster|device|presence|visitor)\./, () => this.#reload(), 1000);
    const off = stream.onState((state) => (state === "live" ? this.send() : this.changed()));
    this.#timer = setInterval(() => this.send(), TRY_AGAIN_MS);
    this.#off = () => {
      again();
      off();
      clearInterval(this.#timer);
    };
    this.send();
  }

  stop() {
    this.#off();
  }

  /** Says how somebody is; it counts here at once and is sent as soon as it can be. */
  mark(person, status, { where = "", note = "" } = {}) {
    const mark = { person, status, where, note, at: serverNow().toISOString() };
    this.isKept = this.#desk.mark(mark);
    this.changed();
    this.send();
  }

  async send() {
    if (this.#sending || this.waiting.length === 0 || stream.state !== "live" || this.refusal) return;
    this.#sending = true;
    const some = this.waiting.slice(0, MOST_AT_ONCE);
    try {
      const muster = await post(`${this.#path}/marks`, { marks: some.map(filled) });
      this.#desk.sent(some);
      this.#take(muster);
    } catch (problem) {
      // What was not answered is sent again: the same marks come together to the same.
      if (problem instanceof Problem && !hasNoAnswer(problem) && !mayHaveHappened(problem)) this.refusal = problem;
    } finally {
      this.#sending = false;
    }
    this.changed();
    if (this.waiting.length > 0 && !this.refusal && stream.state === "live") setTimeout(() => this.send(), 1000);
  }

  /** Tries again what the daemon refused, or gives it up. */
  settle(givesUp) {
    if (givesUp) this.#desk.sent(this.waiting);
    this.refusal = null;
    this.changed();
    this.send();
  }

  async #reload() {
    this.#take(await get(this.#path, { signal: this.signal }));
    this.changed();
  }

  #take(muster) {
    if (!Array.isArray(muster?.persons)) return;
    this.#told = muster;
    this.asOf = null;
    this.isKept = this.#desk.keep(muster, Date.now(), skewMs());
  }
}

// Nothing came back, or only that the daemon is not ready: no word about what was asked.
const hasNoAnswer = (problem) => problem instanceof Problem && !isUntold(problem) && (problem.status === 0 || problem.status === 401 || problem.status === 429 || problem.status >= 500);

// Texts that were left out are left out.
const filled = (mark) => Object.fromEntries(Object.entries(mark).filter(([, value]) => value !== ""));
