// Queries that somebody keeps under a name, in this browser, for this operator. They are addresses; nothing is kept of what
// they found. No DOM; `storage` is the browser's.

const MAX_SAVED = 50;
const MAX_NAME_CHARS = 60;

const keyOf = (operator) => `rackward.queries.${operator}`;

export function savedQueries(storage, operator) {
  try {
    const read = JSON.parse(storage.getItem(keyOf(operator)) ?? "[]");
    return Array.isArray(read) ? read.filter((one) => typeof one?.name === "string" && typeof one?.search === "string") : [];
  } catch {
    // Somebody else's text under our key, or no storage at all: there is nothing kept then.
    return [];
  }
}

// Keeps an address under a name; one of that name before is replaced. What could not be kept is said in words.
export function save(storage, operator, name, search) {
  const called = name.trim().slice(0, MAX_NAME_CHARS);
  if (!called) throw new Error("Give the query a name.");
  const others = savedQueries(storage, operator).filter((one) => one.name !== called);
  if (others.length >= MAX_SAVED) throw new Error(`${MAX_SAVED} queries are kept already: delete one first.`);
  return write(
    storage,
    operator,
    [...others, { name: called, search }].sort((one, other) => one.name.localeCompare(other.name, "en")),
  );
}

export function forget(storage, operator, name) {
  return write(
    storage,
    operator,
    savedQueries(storage, operator).filter((one) => one.name !== name),
  );
}

function write(storage, operator, queries) {
  try {
    storage.setItem(keyOf(operator), JSON.stringify(queries));
  } catch {
    throw new Error("This browser keeps nothing here: its storage is full or switched off.");
  }
  return queries;
}
