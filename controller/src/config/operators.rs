//! `[operators]` and `[admin]`: what this site lets nobody do alone. Which permissions there are, and what each covers, is the core's table.

use rackward_core::permission::{Permission, PermissionSet};

use super::report::Problems;
use super::table::{Root, Span, shown};

/// Where `[operators]` says what nobody does alone.
pub(super) fn place(root: &Root<'_>) -> Option<Span> {
    root.section("operators")?.place_of(&["two_operators"])
}

/// Reads `[operators]`.
pub(super) fn read(root: &Root<'_>, problems: &mut Problems) -> PermissionSet {
    let Some(mut table) = root.section("operators") else { return PermissionSet::NONE };
    let mut set = PermissionSet::NONE;
    for word in table.texts_or_none("two_operators", problems).unwrap_or_default() {
        match Permission::CAN_TAKE_TWO.into_iter().find(|permission| permission.word() == word.value) {
            Some(permission) => set = set.with(permission),
            None => {
                let words: Vec<&str> = Permission::CAN_TAKE_TWO.iter().map(|permission| permission.word()).collect();
                let said = format!("{} is nothing that can take two operators", shown(word.value));
                problems.add(word.span, said, format!("it can be {}", words.join(", ")));
            }
        }
    }
    table.finish(problems);
    set
}

/// Reads `[admin]`: by how many person-doors one operator widens who may pass at once and alone; without it, by any number.
pub(super) fn read_widen_limit(root: &Root<'_>, problems: &mut Problems) -> Option<u64> {
    let mut table = root.section("admin")?;
    let written = table.integer("widen_limit", problems);
    let limit = written.as_ref().and_then(|limit| u64::try_from(limit.value).ok());
    if let (Some(written), None) = (written, limit) {
        problems.add(written.span, "widen_limit is less than nothing", "write how many people at doors, such as 50");
    }
    table.finish(problems);
    limit
}
