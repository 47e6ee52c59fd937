-- The journal: one row per entry. `bytes` are the canonical bytes, the only truth; `at` (microseconds since 1970) and
-- `kind` repeat what they say so that a row can be found without decoding. `chain` is the head of the hash chain after it.
CREATE TABLE entry (
    seq   INTEGER PRIMARY KEY,
    at    INTEGER NOT NULL,
    kind  TEXT    NOT NULL,
    bytes BLOB    NOT NULL,
    chain BLOB    NOT NULL
) STRICT;

-- Projections of the journal. Columns called `record` and all small numbers are in the journal's own encoding.
CREATE TABLE counters (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    generation INTEGER NOT NULL,
    last_alarm INTEGER NOT NULL
) STRICT;

CREATE TABLE place (
    kind   INTEGER NOT NULL,
    number INTEGER NOT NULL,
    path   TEXT    NOT NULL,
    PRIMARY KEY (kind, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE person (
    id     INTEGER PRIMARY KEY,
    status INTEGER NOT NULL,
    pin    INTEGER NOT NULL
) STRICT;

CREATE TABLE credential (
    id         INTEGER PRIMARY KEY,
    person     INTEGER NOT NULL,
    key        BLOB    NOT NULL,
    state      INTEGER NOT NULL,
    valid_from INTEGER NOT NULL,
    valid_to   INTEGER NOT NULL
) STRICT;

CREATE TABLE grants (
    id     INTEGER PRIMARY KEY,
    person INTEGER NOT NULL,
    record BLOB    NOT NULL
) STRICT;

CREATE TABLE alarm (
    id     INTEGER PRIMARY KEY,
    record BLOB NOT NULL
) STRICT;

CREATE TABLE door (
    id     INTEGER PRIMARY KEY,
    record BLOB NOT NULL
) STRICT;

-- What the journal must not hold: names can be erased, PIN hashes change without a trace of the old one.
CREATE TABLE person_name (
    person INTEGER PRIMARY KEY,
    name   TEXT NOT NULL
) STRICT;

CREATE TABLE pin (
    person INTEGER PRIMARY KEY,
    hash   TEXT NOT NULL
) STRICT;
