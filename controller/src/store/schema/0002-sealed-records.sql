-- Every table of records has one shape: a key and a sealed record, which is the journal's encoding of the record and four
-- bytes that stand for table, key and encoding (`store/sealed.rs`). What the records say is filled in from the journal.
DROP TABLE counters;
DROP TABLE place;
DROP TABLE person;
DROP TABLE credential;
DROP TABLE grants;
DROP TABLE alarm;
DROP TABLE door;

-- The numbers that must never go back; one row, 1.
CREATE TABLE counters (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
-- The key is the kind of place times 2^32, plus its number.
CREATE TABLE place (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
CREATE TABLE person (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
CREATE TABLE credential (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
CREATE TABLE grants (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
CREATE TABLE alarm (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
CREATE TABLE door (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
-- By door.
CREATE TABLE mode (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
CREATE TABLE profile (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
CREATE TABLE schedule (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
CREATE TABLE calendar (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
CREATE TABLE agreement (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
-- By person.
CREATE TABLE presence (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
-- By credential.
CREATE TABLE lockout (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
-- By area.
CREATE TABLE lockdown (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
-- What holds for the whole site; one row, 1.
CREATE TABLE standing (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;

-- What the journal must not hold, by person: names can be erased, PIN hashes change without a trace of the old one. What
-- was there is kept as it stood until it is sealed; a row that could not be read stays one that cannot.
ALTER TABLE person_name RENAME TO early_person_name;
ALTER TABLE pin RENAME TO early_pin;
CREATE TABLE person_name (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
CREATE TABLE pin (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
CREATE TABLE duress_pin (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
INSERT INTO person_name SELECT person, CAST(name AS BLOB) FROM early_person_name;
INSERT INTO pin SELECT person, CAST(hash AS BLOB) FROM early_pin;
DROP TABLE early_person_name;
DROP TABLE early_pin;
