-- What site files look after, and how they were applied last; of the same shape as the others. No journal before this one has
-- anything to say of them.
CREATE TABLE file_claim (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
CREATE TABLE files_applied (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
