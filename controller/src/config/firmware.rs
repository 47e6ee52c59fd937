//! The section that says whose firmware the site's devices may be given.

use super::report::Problems;
use super::table::{Root, shown};
use crate::firmware::PublicKey;

/// Keys that can be trusted. A site has a few makers; more are more keys to lose.
const TRUSTED_LIMIT_KEYS: usize = 32;

/// The public keys of `[firmware]`; without the section, nobody's firmware is taken.
pub(super) fn read_trusted_keys(root: &Root<'_>, problems: &mut Problems) -> Vec<PublicKey> {
    let Some(mut table) = root.section("firmware") else { return Vec::new() };
    let written = table.texts_or_none("trusted_keys", problems).unwrap_or_default();
    if !table.has("trusted_keys") {
        problems.add(table.header(), "[firmware] has no \"trusted_keys\"", "add trusted_keys = [\"...\"]");
    }
    if written.len() > TRUSTED_LIMIT_KEYS {
        problems.add(table.span_of("trusted_keys"), "more than 32 keys are trusted", "keep those that still sign");
    }
    let mut keys: Vec<PublicKey> = Vec::new();
    for text in written {
        match text.value.parse::<PublicKey>() {
            Ok(key) if keys.contains(&key) => {
                problems.add(text.span, format!("key {} stands twice", shown(text.value)), "remove one of them");
            }
            Ok(key) => keys.push(key),
            Err(refused) => {
                problems.add(text.span, "this is no public key", refused.to_string());
            }
        }
    }
    table.finish(problems);
    keys
}
