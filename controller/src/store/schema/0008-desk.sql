-- Who is counted and how the desk was handed over: musters, visitors, visitors' names, which can be erased, and the last hand-over;
-- of the same shape as the others. No journal before this one has anything to say of them.
CREATE TABLE muster (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
CREATE TABLE visitor (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
CREATE TABLE visitor_name (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
CREATE TABLE shift (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
