-- Floor plans; of the same shape as the others. No journal before this one has anything to say of them. The drawings lie beside
-- the database, each under its digest.
CREATE TABLE plan (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
