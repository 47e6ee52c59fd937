-- Alerts: queries left standing. Of the same shape as the others. No journal before this one has anything to say of them.
CREATE TABLE alert (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
