//! What operators of the site in memory prove themselves by: all of them by one password and one code. Whether a password is
//! right is tried on the real daemon; here it is what follows of it.

use rackward_core::engine::command::{OperatorCommand, SealedSecret};
use rackward_core::entry::ReasonText;
use rackward_core::id::OperatorId;
use rackward_core::operator::{Factor, OperatorRole, OperatorState, SignInFailure, SignInMethod};
use rackward_core::{Command, Input};
use rackward_dashboard::Backend as _;
use rackward_dashboard::proofs::{Tried, Typed};
use tokio::sync::OwnedRwLockWriteGuard;

use super::SiteInMemory;
use super::operators::DAEMON;

/// Everybody's password.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// What everybody's app shows, always.
pub(crate) const CODE: &str = "123456";

impl SiteInMemory {
    /// A new operator who can sign in.
    pub(crate) fn set_up(&self, name: &str, role: OperatorRole) -> OperatorId {
        let operator = self.operator(name, role);
        for factor in [Factor::Password, Factor::Totp] {
            let set = OperatorCommand::SetFactor { operator, factor, secret: SealedSecret::new(vec![1]) };
            self.command(DAEMON, Command::Operator(set)).unwrap();
        }
        operator
    }

    /// What the daemon itself has the engine do.
    pub(crate) fn command_of_the_daemon(&self, command: Command) {
        self.command(DAEMON, command).unwrap();
    }

    /// Lets an operator sign in, or no longer.
    pub(crate) fn set_state(&self, operator: OperatorId, state: OperatorState) {
        let reason = ReasonText::parse("as asked").unwrap();
        self.command(DAEMON, Command::Operator(OperatorCommand::SetState { operator, state, reason })).unwrap();
    }

    /// What is asked of the engine is done from now on, and answered when this is dropped.
    pub(crate) fn hold_answers(&self) -> OwnedRwLockWriteGuard<()> {
        std::sync::Arc::clone(&self.gate).try_write_owned().unwrap()
    }

    /// The journal cannot be written from now on.
    pub(crate) fn lose_journal(&self) {
        self.give(Input::StoreFailed { withheld: Vec::new(), jobs: Vec::new() });
    }

    /// It can be written again.
    pub(crate) fn regain_journal(&self) {
        self.give(Input::StoreRecovered);
    }

    fn give(&self, input: Input) {
        let mut inside = self.lock();
        inside.engine.handle(self.now(), input);
        self.settle(&mut inside);
    }
}

/// What a password and a code come to.
pub(super) fn tried(operator: Option<OperatorId>, password: &Typed, code: &Typed) -> Tried {
    match operator {
        Some(_) if (password.reveal(), code.reveal()) == (PASSWORD, CODE) => right(),
        Some(_) | None => Tried::Failed(SignInFailure::Wrong),
    }
}

/// What one of them comes to, of somebody who is signed in.
pub(super) fn tried_again(password: Option<&Typed>, code: Option<&Typed>) -> Tried {
    let is = |typed: Option<&Typed>, wanted: &str| typed.is_some_and(|typed| typed.reveal() == wanted);
    if is(password, PASSWORD) || is(code, CODE) { right() } else { Tried::Failed(SignInFailure::Wrong) }
}

fn right() -> Tried {
    Tried::Right { method: SignInMethod::PasswordTotp, first: None }
}
