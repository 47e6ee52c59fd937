-- Alarms that were put away of late; of the same shape as the others. What it says is filled in from the journal.
CREATE TABLE closed_alarm (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
