// Something that is asked again and again while a screen shows it: the newest answer or the newest problem, told to whoever
// listens when it changed. It ends with the screen.

export class Source {
  #listeners = [];
  #timer = 0;
  #last = "";
  #running = false;

  // `load(signal)`; every `everyMs` while the page is seen.
  constructor(load, everyMs, signal) {
    Object.assign(this, { load, everyMs, signal, data: null, problem: null, loaded: false });
    signal.addEventListener("abort", () => clearTimeout(this.#timer));
    document.addEventListener(
      "visibilitychange",
      () => {
        if (!document.hidden) this.refresh();
      },
      { signal },
    );
    this.refresh();
  }

  on(fn) {
    this.#listeners.push(fn);
    if (this.loaded) fn(this);
    return this;
  }

  async refresh() {
    if (this.#running || this.signal.aborted) return;
    clearTimeout(this.#timer);
    this.#running = true;
    try {
      this.data = await this.load(this.signal);
      this.problem = null;
    } catch (problem) {
      this.problem = problem;
    }
    this.#running = false;
    if (this.signal.aborted) return;
    this.loaded = true;
    this.#tell();
    if (!document.hidden) this.#timer = setTimeout(() => this.refresh(), this.everyMs);
  }

  #tell() {
    const now = JSON.stringify([this.data, this.problem?.message ?? null]);
    if (now === this.#last) return;
    this.#last = now;
    for (const fn of this.#listeners) fn(this);
  }
}
