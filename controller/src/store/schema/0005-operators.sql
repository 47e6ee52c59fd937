-- Who runs the site, with what they prove themselves, and the tokens of their programs; of the same shape as the others. The
-- key of a secret is the operator's number and the factor's.
CREATE TABLE operator (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
CREATE TABLE operator_name (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
CREATE TABLE operator_secret (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
CREATE TABLE token (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
CREATE TABLE last_session (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
CREATE TABLE last_proposal (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
