//! OSDP: a bus and its devices on a virtual line.

mod attacks;
mod faults;
mod jobs;
mod line;
mod places;
mod rhythm;
mod robust;
mod stories;
mod vectors;
