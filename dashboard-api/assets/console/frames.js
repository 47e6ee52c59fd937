// Server-sent events from text (WHATWG HTML, 9.2.6), as far as the daemon uses them. It reads no line and keeps no state but
// the rest of an unfinished frame.

export class Frames {
  #rest = "";

  // The frames that are complete with this piece: {id, event, data}.
  take(text) {
    this.#rest += text.replaceAll("\r\n", "\n");
    const frames = [];
    let end;
    while ((end = this.#rest.indexOf("\n\n")) >= 0) {
      frames.push(parse(this.#rest.slice(0, end)));
      this.#rest = this.#rest.slice(end + 2);
    }
    return frames;
  }
}

function parse(frame) {
  const fields = { id: "", event: "message", data: "" };
  for (const line of frame.split("\n")) {
    const colon = line.indexOf(":");
    if (colon <= 0) continue;
    const [name, value] = [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, "")];
    fields[name] = name === "data" && fields.data ? `${fields.data}\n${value}` : value;
  }
  return fields;
}

// The place in the journal that an id of ours names: `<micros>-<seq>`, or the place alone.
export function seqOf(id) {
  const seq = Number(String(id).slice(String(id).lastIndexOf("-") + 1));
  return Number.isSafeInteger(seq) ? seq : 0;
}
