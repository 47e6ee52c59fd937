//! Links that work once: whom each is for, and how long. Only their SHA-256 is kept, in memory: a restart ends them all,
//! which is the safe side. What a used link leads to is `signin/links.rs`.

use std::time::Duration;

use rackward_core::Monotonic;
use rackward_core::engine::command::Scope;
use rackward_core::id::OperatorId;
use rackward_core::permission::OperatorRole;

use super::{digest, position};

/// How long a sign-in link works, unused.
pub(super) const LINK_LIFE: Duration = Duration::from_secs(15 * 60);

/// How long an invitation works, unused: it is sent to somebody who may be off duty.
pub(super) const INVITATION_LIFE: Duration = Duration::from_secs(24 * 3600);

/// How many unused links are kept; a new one pushes out the oldest. Whoever makes links is an admin, so the bound only keeps
/// a script from filling memory.
pub(super) const MAX_LINKS: usize = 64;

/// Whom a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkFor {
    /// Whoever makes the first operator of the site.
    FirstAdmin,
    /// This operator, to make what they will sign in with.
    Invitation(OperatorId),
    /// This operator, to sign in with.
    Operator(OperatorId),
    /// Whoever is at the machine when nobody else can get in; its session is nobody's.
    Machine {
        /// With which role.
        role: OperatorRole,
        /// Over what.
        scope: Scope,
    },
}

impl LinkFor {
    /// Whose it is, where it is an operator's.
    pub(crate) const fn operator(self) -> Option<OperatorId> {
        match self {
            Self::Invitation(operator) | Self::Operator(operator) => Some(operator),
            Self::FirstAdmin | Self::Machine { .. } => None,
        }
    }

    /// Whether two lead to the same account. Those of the machine lead to none.
    pub(crate) fn leads_where(self, other: Self) -> bool {
        match (self.operator(), other.operator()) {
            (Some(one), Some(other)) => one == other,
            (None, None) => self == Self::FirstAdmin && other == Self::FirstAdmin,
            (Some(_), None) | (None, Some(_)) => false,
        }
    }

    const fn life(self) -> Duration {
        match self {
            Self::Invitation(_) => INVITATION_LIFE,
            Self::FirstAdmin | Self::Operator(_) | Self::Machine { .. } => LINK_LIFE,
        }
    }
}

/// A link that was taken out to be used.
#[derive(Debug)]
pub(crate) struct OpenLink {
    digest: [u8; 32],
    pub(crate) whom: LinkFor,
    made: Monotonic,
}

#[derive(Debug, Default)]
pub(super) struct Links(Vec<OpenLink>);

impl Links {
    pub(super) fn add(&mut self, secret: &str, whom: LinkFor, now: Monotonic) {
        self.0.retain(|link| !link.is_over(now));
        if self.0.len() >= MAX_LINKS {
            self.0.remove(0);
        }
        self.0.push(OpenLink { digest: digest(secret), whom, made: now });
    }

    /// Keeps those only that may go on.
    pub(super) fn retain(&mut self, may_stay: impl Fn(LinkFor) -> bool) {
        self.0.retain(|link| may_stay(link.whom));
    }

    /// Takes a link out, so that nobody else can use it.
    pub(super) fn take(&mut self, secret: &str, now: Monotonic) -> Option<OpenLink> {
        let place = position(&self.0, |link| &link.digest, &digest(secret))?;
        let link = self.0.remove(place);
        (!link.is_over(now)).then_some(link)
    }

    /// Puts a link back that led nowhere through no fault of its user's.
    pub(super) fn put_back(&mut self, link: OpenLink) {
        if self.0.len() < MAX_LINKS {
            self.0.push(link);
        }
    }
}

impl OpenLink {
    fn is_over(&self, now: Monotonic) -> bool {
        now.since(self.made) >= self.whom.life()
    }
}
