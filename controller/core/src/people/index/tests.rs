//! The compiled people against a slow reading of the records.
