-- What each device may open by itself, and the certificates of each device; of the same shape as the others. No journal before
-- this one has anything to say of either.
CREATE TABLE device_rights (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
CREATE TABLE certificates (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
