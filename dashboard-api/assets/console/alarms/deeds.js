// Who did what with an alarm last, as a badge on its row and as a refusal says it: "acked by M. Rossi 4 s ago". It reads the
// events of the stream and the `meanwhile` of a refused order. No DOM here.

const DID = {
  "alarm.acknowledged": "acked", "alarm.noted": "noted", "alarm.shelved": "shelved", "alarm.unshelved": "unshelved",
  "alarm.out-of-service": "taken out of service", "alarm.returned-to-service": "returned to service",
  "alarm.assigned": "assigned", "alarm.escalated": "escalated", "alarm.closed": "closed", "alarm.step-done": "step done",
};

const BY_SENTENCE = [
  [/\backnowledged\b/, "acked"], [/\bclosed\b/, "closed"], [/\bnoted of\b/, "noted"], [/\bdid step\b/, "step done"],
  [/ went to /, "escalated"], [/\bis back from the shelf\b/, "unshelved"], [/\btook what\b/, "taken out of service"],
  [/\breturned what\b/, "returned to service"], [/\bgave\b/, "assigned"], [/\bput\b/, "shelved"],
];

// What an event says that somebody did with an alarm; `null` where it is the daemon's doing, or about nothing of the kind.
export function deedOf(event) {
  const did = DID[event.name];
  const { alarm_id: alarm, by, cause } = event.data ?? {};
  if (!did || !alarm) return null;
  const who = by ?? (typeof cause === "object" ? cause?.by : null);
  if (!who || who === "system") return null;
  return { alarm, did, by: who, at: event.time };
}

// The same from the refusal of an order that came second.
export function deedMeanwhile(alarm, meanwhile) {
  if (!meanwhile) return null;
  const did = BY_SENTENCE.find(([pattern]) => pattern.test(meanwhile.done ?? ""))?.[1] ?? "changed";
  return { alarm, did, by: meanwhile.by, name: meanwhile.name, at: meanwhile.at };
}

// A deed as a badge says it, without its age.
export const deedWords = (deed, nameOf) => `${deed.did} by ${deed.name ?? nameOf(deed.by)}`;

// The newest deeds of others, by alarm: whatever this operator did is no news to them. Bounded, the oldest fall out.
export class Deeds {
  constructor(me, maxAlarms = 2000) {
    this.me = me;
    this.maxAlarms = maxAlarms;
    this.byAlarm = new Map();
  }

  take(deed) {
    if (!deed || deed.by === this.me) return false;
    this.byAlarm.delete(deed.alarm);
    this.byAlarm.set(deed.alarm, deed);
    if (this.byAlarm.size > this.maxAlarms) this.byAlarm.delete(this.byAlarm.keys().next().value);
    return true;
  }

  of(alarm) {
    return this.byAlarm.get(alarm) ?? null;
  }
}
