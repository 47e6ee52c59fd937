//! OSDP: a bus and its devices on a virtual line.

mod attacks;
mod faults;
mod line;
mod rhythm;
mod robust;
mod stories;
