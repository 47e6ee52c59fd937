//! Tests of both links from the outside: whole exchanges between both ends, in virtual time.

#[cfg(test)]
mod mqtt;
#[cfg(test)]
mod osdp;
