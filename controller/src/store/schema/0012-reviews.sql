-- Access reviews and their lines, which are keyed by the review's number and then their own. Of the same shape as the others. No
-- journal before this one has anything to say of them.
CREATE TABLE review (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
CREATE TABLE review_line (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
