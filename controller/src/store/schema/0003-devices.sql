-- Who each device is known to be, and the job with it; of the same shape as the others. What it says is filled in from the
-- journal.
CREATE TABLE device (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
