// What sounds when: which priority rings, what silence silences, what sounds again. Pure; the tones are sound.js's.

// How often a priority repeats until it is silenced; 0 sounds once.
export const REPEAT_MS = { 1: 2_000, 2: 10_000, 3: 0, 4: 0 };

export class Horn {
  #ringing = null; // the most urgent priority that sounds
  #silenced = null; // the most urgent priority that was silenced

  // Somebody acknowledged or the condition went: `most` is the most urgent that is still unacknowledged, null for none.
  settle(most) {
    if (most === null) {
      this.#ringing = null;
      this.#silenced = null;
    } else if (this.#ringing !== null && most > this.#ringing) {
      this.#ringing = REPEAT_MS[most] > 0 ? most : null;
    }
  }

  // A new alarm. True if it sounds: after silence, only what is as urgent or more.
  raise(priority) {
    if (this.#silenced !== null && priority > this.#silenced) return false;
    this.#silenced = null;
    if (REPEAT_MS[priority] > 0 && (this.#ringing === null || priority < this.#ringing)) this.#ringing = priority;
    return true;
  }

  // Stops the horn, acknowledges nothing. True if something rang.
  silence() {
    if (this.#ringing === null) return false;
    this.#silenced = this.#ringing;
    this.#ringing = null;
    return true;
  }

  get ringing() {
    return this.#ringing;
  }
}
