//! The simulated site from the outside: over its buses and its broker in virtual time, and as a running process.

#[cfg(test)]
mod broker;
#[cfg(test)]
mod enrolled;
#[cfg(test)]
mod jobs;
#[cfg(test)]
mod live;
#[cfg(test)]
mod mischief;
#[cfg(test)]
mod people;
#[cfg(test)]
mod rack_at_broker;
#[cfg(test)]
mod service;
#[cfg(test)]
mod site_on_bus;
#[cfg(test)]
mod standalone;
#[cfg(test)]
mod supply;
