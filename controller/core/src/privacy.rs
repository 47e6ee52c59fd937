//! Who is shown what persons are called, and how looks at their records are remembered. Whoever sits at a console sees ids until
//! they say why they need names; whose alarm wants an answer is named all the same. Programs and whoever is at the machine see
//! what their permissions say.

use core::time::Duration;

use crate::permission::Actor;
use crate::time::Wall;

/// For so long names are shown to whoever has said why.
pub const NAMES_SHOWN_FOR: Duration = Duration::from_secs(30 * 60);

/// Within so long a second look of the same operator at the same person is not recorded again.
pub const ONE_LOOK: Duration = Duration::from_secs(30 * 60);

/// Whether somebody is shown names; `stated_until` is how long the reason holds that they stated in their session.
pub fn sees_names(by: Actor, stated_until: Option<Wall>, now: Wall) -> bool {
    match by {
        Actor::System | Actor::LocalUser(_) | Actor::Token(_) => true,
        Actor::Session(_) | Actor::Operator(_) => stated_until.is_some_and(|until| now < until),
    }
}

/// Whether looking at somebody's record is recorded: that of whoever reads the database itself would prove nothing.
pub const fn is_recorded(by: Actor) -> bool {
    match by {
        Actor::System | Actor::LocalUser(_) => false,
        Actor::Session(_) | Actor::Operator(_) | Actor::Token(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{OperatorId, TokenId};

    #[test]
    fn names_are_shown_to_whoever_said_why_and_for_as_long_as_that_holds() {
        let (now, later) = (Wall::from_seconds(100), Wall::from_seconds(101));
        let operator = Actor::Operator(OperatorId::new(1));
        let check = |by, until, expect| assert_eq!(sees_names(by, until, now), expect, "{by:?} {until:?}");
        check(operator, None, false);
        check(operator, Some(now), false);
        check(operator, Some(later), true);
        check(Actor::Session(3), None, false);
        check(Actor::LocalUser(0), None, true);
        check(Actor::Token(TokenId::new(1)), None, true);
    }
}
