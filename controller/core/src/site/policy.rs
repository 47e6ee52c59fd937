//! Policies of the site file that refuse orders: which one it was, and where it was written down, so that whoever is refused
//! knows whom to ask. What a policy demands is decided where it is looked at (`engine/commands/terms.rs`,
//! `engine/proposals.rs`).

use super::Site;
use crate::permission::PermissionSet;

/// A policy of the site file that refuses orders.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SitePolicy {
    /// Grants into this area, by its path, need a change ticket.
    Ticket(String),
    /// Some orders take two operators.
    TwoOperators,
}

/// What operators of this site do together or not at all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Together {
    /// Whatever takes one of these.
    pub(crate) permissions: PermissionSet,
    /// Changes that widen who may pass by more person-doors than this.
    pub(crate) widen_limit: Option<u64>,
}

impl Site {
    /// What no operator does alone.
    pub fn two_operators(&self) -> PermissionSet {
        self.together.permissions
    }

    /// By how many person-doors one operator widens who may pass at once and alone.
    pub fn widen_limit(&self) -> u64 {
        self.together.widen_limit.unwrap_or(u64::MAX)
    }

    /// Where a policy was written down, such as `site.toml:12`; that of an area may be that of one around it.
    pub fn written_at(&self, policy: &SitePolicy) -> Option<&str> {
        let own = self.written.get(policy).map(String::as_str);
        let SitePolicy::Ticket(area) = policy else { return own };
        own.or_else(|| self.written_at(&SitePolicy::Ticket(area.rsplit_once('/')?.0.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::site::draft::SiteDraft;

    #[test]
    fn a_policy_is_found_where_it_was_written() {
        let ticket = |area: &str| SitePolicy::Ticket(area.to_owned());
        let written =
            [(ticket("lon1/hall"), "site.toml:12".to_owned()), (SitePolicy::TwoOperators, "site.toml:3".to_owned())];
        let draft = SiteDraft {
            name: "lon1".to_owned(),
            time_zone: "UTC".to_owned(),
            written: written.into(),
            ..SiteDraft::default()
        };
        let site = draft.build(&BTreeMap::new()).unwrap();
        let check =
            |policy: SitePolicy, expect: Option<&str>| assert_eq!(site.written_at(&policy), expect, "{policy:?}");
        check(SitePolicy::TwoOperators, Some("site.toml:3"));
        check(ticket("lon1/hall"), Some("site.toml:12"));
        check(ticket("lon1/hall/r01/c01"), Some("site.toml:12"));
        check(ticket("lon1/hallway"), None);
        check(ticket("lon1"), None);
    }
}
