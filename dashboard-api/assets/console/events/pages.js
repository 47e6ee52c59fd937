// What a list of events holds of a journal that has no end: pages one after another, newest on top, fetched upwards and
// downwards as somebody goes there, and given up again far away from them. It draws nothing and knows no route: `fetchPage`
// asks. No DOM.
//
// Where to go on is a place in the journal (`before`, `after`), which stays good for ever, and not a cursor, which does not.

export const PAGE_EVENTS = 100;
export const KEPT_PAGES = 60; // pages with their events: some 10 MB, and ten screens in either direction

export const seqOf = (event) => Number(event.id);

export class Pages {
  #fetchPage;
  #forgotten = 0; // how often what is below was forgotten: an answer that was asked for before fits nowhere
  #first = null; // the place at which going down begins, where a page was asked for by time
  #serial = 0;

  // `fetchPage({sort, to, before, after, limit})` gives {items, next_cursor, total_estimate, total_counted}.
  constructor(fetchPage) {
    this.#fetchPage = fetchPage;
    this.pages = [];
    this.topDone = true;
    this.follows = true; // the newest event was on top once, so that what comes next belongs above it
    this.bottomDone = false;
    this.total = null;
    this.begun = false;
  }

  get count() {
    return this.pages.reduce((sum, page) => sum + page.count, 0);
  }

  // Events that are held now, newest first.
  get events() {
    return this.pages.flatMap((page) => page.items ?? []);
  }

  // Begins at a moment within the stretch, or at its newest end. `to` is given where it begins below that end.
  async begin(to = null) {
    const page = await this.#fetchPage({ sort: "-at", to, limit: PAGE_EVENTS });
    this.pages = [];
    this.#forgotten += 1;
    this.topDone = to === null;
    this.follows = to === null;
    this.total = to === null ? { estimate: page.total_estimate, counted: page.total_counted } : null;
    this.#takeBottom(page);
    this.#first = this.pages[0]?.top ?? null;
    this.begun = true;
  }

  #takeBottom(page) {
    const lowest = this.pages.at(-1)?.bottom ?? Infinity;
    const items = page.items.filter((event) => seqOf(event) < lowest);
    if (items.length > 0) this.pages.push(this.#pageOf(items));
    this.bottomDone = page.next_cursor === null;
  }

  #pageOf(items) {
    return { key: (this.#serial += 1), top: seqOf(items[0]), bottom: seqOf(items.at(-1)), count: items.length, items };
  }

  // The page below the lowest; whether there was one.
  async down() {
    if (this.bottomDone) return false;
    const lowest = this.pages.at(-1);
    if (!lowest) return false;
    const forgotten = this.#forgotten;
    const page = await this.#fetchPage({ sort: "-at", before: lowest.bottom, limit: PAGE_EVENTS });
    if (forgotten !== this.#forgotten) return false;
    this.#takeBottom(page);
    this.#giveUpFrom("top");
    return true;
  }

  // The page above the highest; whether there was one. `atEnd` says that what was found is all there is.
  async up(limit = PAGE_EVENTS) {
    const from = this.pages[0]?.top ?? this.#first ?? 0;
    const page = await this.#fetchPage({ sort: "at", after: from, limit });
    // Somebody else may have asked for the same meanwhile.
    const highest = this.pages[0]?.top ?? from;
    const items = page.items.filter((event) => seqOf(event) > highest).reverse();
    const isEnd = page.next_cursor === null;
    this.topDone = isEnd || (this.topDone && items.length === 0);
    this.follows ||= isEnd;
    if (items.length === 0) return false;
    this.pages.unshift(this.#pageOf(items));
    if (this.total) this.total = { estimate: this.total.estimate + items.length, counted: this.total.counted + items.length };
    this.#giveUpFrom("bottom");
    return true;
  }

  // Small pages on top, as a list that follows the journal gathers them, become one; those that are above `shown` while what
  // is below stays as it is.
  compact(shown = 0) {
    for (;;) {
      const [one, other] = this.pages;
      if (!one?.items || !other?.items || one.count + other.count > PAGE_EVENTS || other.bottom <= shown) return;
      this.pages.splice(0, 2, this.#pageOf([...one.items, ...other.items]));
    }
  }

  // A list that follows the journal for a shift holds what is near its top, and forgets even the places of what is far below:
  // whoever goes there has it fetched again.
  forget() {
    if (this.pages.length <= KEPT_PAGES) return;
    const lowest = this.pages.slice(0, KEPT_PAGES).findLastIndex((page) => page.items);
    if (lowest < 0) return;
    this.pages.length = lowest + 1;
    this.#forgotten += 1;
    this.bottomDone = false;
  }

  // What was given up of a page, again.
  async refill(page) {
    if (page.items) return;
    const again = await this.#fetchPage({ sort: "at", after: page.bottom - 1, limit: page.count });
    page.items = again.items.filter((event) => seqOf(event) >= page.bottom && seqOf(event) <= page.top).reverse();
    page.count = page.items.length;
  }

  #giveUpFrom(end) {
    const held = this.pages.filter((page) => page.items);
    const most = held.length - KEPT_PAGES;
    if (most <= 0) return;
    const far = end === "top" ? held.slice(0, most) : held.slice(-most);
    // The lowest page with events is what a list goes on from.
    for (const page of far) if (page !== this.pages.at(-1)) page.items = null;
  }

  find(seq) {
    for (const page of this.pages) {
      const event = page.items?.find((one) => seqOf(one) === seq);
      if (event) return { page, event };
    }
    return null;
  }
}

// "1,234 events", or openly how far it was counted.
export function totalWords(total, what = "event") {
  if (!total || total.estimate === null || total.estimate === undefined) return "";
  const number = (count) => count.toLocaleString("en-GB");
  const noun = total.estimate === 1 ? what : `${what}s`;
  const counted = total.counted ?? total.estimate;
  return counted < total.estimate ? `about ${number(total.estimate)} ${noun}, counted to ${number(counted)}` : `${number(total.estimate)} ${noun}`;
}
