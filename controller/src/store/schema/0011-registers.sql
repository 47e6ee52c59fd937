-- What other registers say: what persons are known by, hashed and, apart from that, as it is written; what is said of racks. Of
-- the same shape as the others. No journal before this one has anything to say of them.
CREATE TABLE person_key (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
CREATE TABLE person_key_text (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
CREATE TABLE rack_asset (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
