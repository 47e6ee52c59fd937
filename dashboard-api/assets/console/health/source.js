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

const waiting = new WeakMap(); // box -> what it draws as soon as nobody is in it

// Draws a box now, or as soon as the focus has left it: whoever stands on a link in it stays there.
export function drawWhenFree(box, draw) {
  if (!box.contains(document.activeElement)) {
    draw();
    return;
  }
  const isNew = !waiting.has(box);
  waiting.set(box, draw);
  if (!isNew) return;
  box.addEventListener("focusout", function left(event) {
    if (box.contains(event.relatedTarget)) return;
    box.removeEventListener("focusout", left);
    const last = waiting.get(box);
    waiting.delete(box);
    last();
  });
}

const drawn = new WeakMap(); // box -> what it was drawn of

// Draws a box where what it shows has changed.
export function drawChanged(box, data, draw) {
  const now = JSON.stringify(data);
  if (drawn.get(box) === now) return;
  drawn.set(box, now);
  drawWhenFree(box, draw);
}
