-- Rows of tokens say who made each, rows of alarms since when one is shelved; both are written anew from the journal.
SELECT 1;
