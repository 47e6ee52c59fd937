// Which alarms this desk has sounded: once each time that one begins, and once each time that one is back on the list without an
// acknowledgement. The stream tells of what begins while it lasts, the list of open alarms of all the rest: what stood before the
// page was loaded, what came while the link was away, what came off its shelf. Pure; how it sounds is horn.js's.

// A list that was on its way when the stream told of an alarm may be without it.
const ON_ITS_WAY = 1;

export class Heard {
  #sounded = new Map(); // by id: {entry: the one that raised it, spare: how many lists may be without it until it is gone}

  // The stream says that an alarm began by an entry of the journal. True if that has not sounded.
  begins(id, entry) {
    if (this.#sounded.get(id)?.entry >= entry) return false;
    this.#sounded.set(id, { entry, spare: ON_ITS_WAY });
    return true;
  }

  // The open alarms as they stand. Those that nobody has acknowledged and that have not sounded, the most urgent first.
  fresh(items) {
    const waiting = new Map(items.filter((alarm) => !alarm.acked).map((alarm) => [alarm.id, alarm]));
    for (const [id, known] of this.#sounded) {
      if (waiting.has(id)) known.spare = 0;
      else if (known.spare > 0) known.spare -= 1;
      else this.#sounded.delete(id);
    }
    const fresh = [...waiting.values()].filter(({ id, raised_by: entry }) => !(this.#sounded.get(id)?.entry >= entry));
    for (const { id, raised_by: entry } of fresh) this.#sounded.set(id, { entry, spare: 0 });
    return fresh.sort((a, b) => a.priority - b.priority);
  }
}
