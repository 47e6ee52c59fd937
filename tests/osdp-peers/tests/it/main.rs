//! Every message used, between our panel and libosdp's device and between libosdp's panel and our device, over a
//! pseudo-terminal with Secure Channel under a key of the device's own.
//!
//! Decides what counts as understood: the other end carried out, or told, exactly what was meant. Prints one row for each
//! message and direction, and ends with `N passed, N failed`.

mod our_device;
mod our_panel;
mod table;

fn main() -> std::process::ExitCode {
    let mut table = table::Table::new();
    our_panel::run(&mut table);
    our_device::run(&mut table);
    table.close()
}
