// Brings a muster and its marks over the link: loads the board, keeps it on the device, sends what waits when it can. Of two marks
// the later one counts, here and at the daemon; a mark is never thrown away because a line broke.

import { Problem, get, isUntold, mayHaveHappened, post } from "../api.js";
import { site } from "../site.js";
import { stream } from "../stream.js";
import { serverNow, setServerTime, skewMs } from "../time.js";
import { Desk } from "./desk.js";
import { follow } from "./follow.js";
import { merged, oneLine } from "./marks.js";

const TRY_AGAIN_MS = 5_000;
const PAUSE_MS = 500;
const MOST_AT_ONCE = 500;

export class MusterLink {
  #desk;
  #path;
  #sending = false;
  #timer = 0;
  #off = () => {};
  #told = null; // the muster as the daemon last told it
  #atOnce = MOST_AT_ONCE;
  #refused = new Map(); // what the daemon did not take, by mark, with its words
  isKept = true; // whether marks would outlive a reload
  asOf = null; // since when what is shown is old, where it is

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

  /** What the daemon did not take: `[{mark, problem}]`. */
  get refused() {
    return [...this.#refused.values()];
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
    const mark = { person, status, where: oneLine(where), note: oneLine(note), at: serverNow().toISOString() };
    this.isKept = this.#desk.mark(mark);
    this.changed();
    this.send();
  }

  async send() {
    const some = this.#sendable().slice(0, this.#atOnce);
    if (this.#sending || some.length === 0 || stream.state !== "live") return;
    this.#sending = true;
    try {
      const muster = await post(`${this.#path}/marks`, { marks: some.map(filled) });
      this.#desk.sent(some);
      this.#take(muster);
    } catch (problem) {
      this.#heed(problem, some);
    } finally {
      this.#sending = false;
    }
    this.changed();
    if (this.#sendable().length === 0) this.#atOnce = MOST_AT_ONCE;
    else if (stream.state === "live") setTimeout(() => this.send(), PAUSE_MS);
  }

  #sendable() {
    return this.waiting.filter((mark) => !this.#refused.has(keyOf(mark)));
  }

  // What was not answered is sent again: the same marks come together to the same. One bad mark must not hold up the others.
  #heed(problem, some) {
    if (!(problem instanceof Problem) || hasNoAnswer(problem) || mayHaveHappened(problem)) return;
    if (problem.status === 422 && some.length > 1) this.#atOnce = 1;
    else for (const mark of some) this.#refused.set(keyOf(mark), { mark, problem });
  }

  /** Sends again what was refused, or gives it up. */
  settle(givesUp) {
    if (givesUp) this.#desk.sent(this.refused.map((one) => one.mark));
    this.#refused.clear();
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

const keyOf = (mark) => `${mark.person} ${mark.at}`;

// Texts that were left out are left out.
const filled = (mark) => Object.fromEntries(Object.entries(mark).filter(([, value]) => value !== ""));
