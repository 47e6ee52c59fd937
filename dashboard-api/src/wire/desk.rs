//! The words for what happens with alarms and operators: one for the data of an event, one for its sentence.

use rackward_core::alarm::life::{
    Assignee, CauseLabel, DesignRule, EscalationLevel, ShelfKind, UnshelveCause, Verdict,
};
use rackward_core::engine::command::Scope;
use rackward_core::engine::input::SinkHealth;
use rackward_core::operator::{
    CertificateFault, Factor, OperatorState, Proposed, ProviderFault, SessionEnd, SignInFailure, SignInMethod,
    TokenSignIn,
};
use rackward_core::permission::{Actor, Permission};

use super::names::{Places, actor_words};

pub(crate) const fn sink_health_word(health: SinkHealth) -> &'static str {
    match health {
        SinkHealth::Delivering => "delivering",
        SinkHealth::Failing => "failing",
    }
}

pub(crate) const fn shelf_word(kind: ShelfKind) -> &'static str {
    kind.word()
}

pub(crate) const fn rule_word(rule: DesignRule) -> &'static str {
    rule.word()
}

pub(crate) const fn unshelve_word(cause: UnshelveCause) -> &'static str {
    match cause {
        UnshelveCause::TimeOver => "time_over",
        UnshelveCause::Returned => "returned",
        UnshelveCause::Operator(_) => "operator",
        UnshelveCause::Damaged => "damaged",
    }
}

pub(crate) fn unshelve_words(cause: UnshelveCause) -> String {
    match cause {
        UnshelveCause::TimeOver => "its time was over".to_owned(),
        UnshelveCause::Returned => "its condition ended".to_owned(),
        UnshelveCause::Operator(by) => format!("taken back by {}", actor_words(by)),
        UnshelveCause::Damaged => "the record of its shelf was damaged".to_owned(),
    }
}

/// Who put something aside, where it took two both of them.
pub(crate) fn both_words(by: Actor, second: Option<Actor>) -> String {
    match second {
        Some(second) => format!("{} and {}", actor_words(by), actor_words(second)),
        None => super::sentence::who(by),
    }
}

pub(crate) fn assignee_words(to: Assignee) -> String {
    match to {
        Assignee::Desk => "desk".to_owned(),
        Assignee::Operator(operator) => operator.to_string(),
    }
}

pub(crate) const fn level_word(level: EscalationLevel) -> &'static str {
    level.word()
}

pub(crate) const fn level_words(level: EscalationLevel) -> &'static str {
    match level {
        EscalationLevel::Desk => "the desk",
        EscalationLevel::SecondDesk => "the second desk",
        EscalationLevel::DutyManager => "the duty manager",
        EscalationLevel::External => "the alarm receiver outside",
        EscalationLevel::Supervisor => "the supervisor",
    }
}

pub(crate) const fn verdict_words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::FalsePositive => "false alarm",
        Verdict::TruePositive => "confirmed",
        Verdict::Disregard => "disregarded",
        Verdict::Suspicious => "suspicious",
        Verdict::Benign => "harmless",
        Verdict::Test => "a test",
        Verdict::InsufficientData => "not enough is known",
        Verdict::SecurityRisk => "a risk",
        Verdict::ManagedExternally => "dealt with elsewhere",
        Verdict::Duplicate => "the same as another",
    }
}

pub(crate) const fn label_words(label: CauseLabel) -> &'static str {
    match label {
        CauseLabel::LateExit => "an exit that was reported late",
        CauseLabel::Bounce => "a bouncing contact",
        CauseLabel::MisfitLatch => "a latch that does not hold",
        CauseLabel::LateRelock => "an opening after the lock had closed again",
        CauseLabel::Unexplained => "nothing ordinary",
    }
}

pub(crate) fn reach_words(scope: Scope, places: Places<'_>) -> String {
    match scope {
        Scope::Site => "the whole site".to_owned(),
        Scope::Organisation(organisation) => places.organisation(organisation),
    }
}

pub(crate) const fn state_word(state: OperatorState) -> &'static str {
    match state {
        OperatorState::Enabled => "enabled",
        OperatorState::Disabled => "disabled",
    }
}

pub(crate) fn factor_word(factor: Factor) -> String {
    match factor {
        Factor::Password => "password".to_owned(),
        Factor::Totp => "totp".to_owned(),
        Factor::Passkey(number) => format!("passkey:{number}"),
        Factor::RecoveryCodes(_) => "recovery_codes".to_owned(),
        Factor::Provider => "provider".to_owned(),
        Factor::Certificate(number) => format!("certificate:{number}"),
    }
}

pub(crate) fn factor_words(factor: Factor) -> String {
    match factor {
        Factor::Password => "the password".to_owned(),
        Factor::Totp => "the authenticator app".to_owned(),
        Factor::Passkey(number) => format!("passkey {number}"),
        Factor::RecoveryCodes(count) => format!("{count} recovery codes"),
        Factor::Provider => "the identity at the provider".to_owned(),
        Factor::Certificate(number) => format!("certificate {number}"),
    }
}

/// The word for a way of signing in.
pub const fn method_word(method: SignInMethod) -> &'static str {
    match method {
        SignInMethod::Link => "link",
        SignInMethod::PasswordTotp => "password_totp",
        SignInMethod::Passkey => "passkey",
        SignInMethod::RecoveryCode => "recovery_code",
        SignInMethod::Provider => "provider",
        SignInMethod::Certificate => "certificate",
    }
}

pub(crate) const fn method_words(method: SignInMethod) -> &'static str {
    match method {
        SignInMethod::Link => "a one-time link",
        SignInMethod::PasswordTotp => "password and authenticator app",
        SignInMethod::Passkey => "a passkey",
        SignInMethod::RecoveryCode => "password and recovery code",
        SignInMethod::Provider => "the provider",
        SignInMethod::Certificate => "a certificate",
    }
}

pub(crate) const fn failure_word(cause: SignInFailure) -> &'static str {
    match cause {
        SignInFailure::Wrong => "wrong",
        SignInFailure::Disabled => "disabled",
        SignInFailure::LockedOut => "locked_out",
        SignInFailure::Replayed => "replayed",
        SignInFailure::Link => "link",
        SignInFailure::Provider => "provider",
        SignInFailure::ProviderFault(fault) => fault.word(),
        SignInFailure::DeviceCode => "device_code",
        SignInFailure::Certificate(fault) => fault.word(),
    }
}

pub(crate) const fn failure_words(cause: SignInFailure) -> &'static str {
    match cause {
        SignInFailure::Wrong => "name, password or code was wrong",
        SignInFailure::Disabled => "the operator is disabled",
        SignInFailure::LockedOut => "the operator is locked out",
        SignInFailure::Replayed => "the code was used before",
        SignInFailure::Link => "the link opens nothing",
        SignInFailure::Provider => "the provider vouched for nobody known here",
        SignInFailure::ProviderFault(fault) => fault_words(fault),
        SignInFailure::DeviceCode => "nothing waits under the code that was typed to let a command line in",
        SignInFailure::Certificate(fault) => certificate_words(fault),
    }
}

/// Why a certificate signed in nobody.
pub(crate) const fn certificate_words(fault: CertificateFault) -> &'static str {
    match fault {
        CertificateFault::Foreign => "the certificate is of no authority that counts here",
        CertificateFault::Expired => "the certificate is over, or not yet good",
        CertificateFault::Unbound => "the certificate is no operator's here",
        CertificateFault::BindingOver => "the certificate was bound to its operator until an end that has passed",
        CertificateFault::Ambiguous => "the certificate is bound to two operators, so it is nobody's",
        CertificateFault::Unfit => "the certificate is not for showing who a client is",
    }
}

/// How the holder of a token signed in, in one word.
pub(crate) const fn token_sign_in_word(by: TokenSignIn) -> &'static str {
    match by {
        TokenSignIn::Device => "device",
        TokenSignIn::Certificate(_) => "certificate",
    }
}

pub(crate) const fn token_sign_in_words(by: TokenSignIn) -> &'static str {
    match by {
        TokenSignIn::Device => "by a code that was typed at the console",
        TokenSignIn::Certificate(_) => "by a certificate",
    }
}

const fn fault_words(fault: ProviderFault) -> &'static str {
    match fault {
        ProviderFault::Away => "the provider cannot be reached",
        ProviderFault::Answer => "the provider's answer cannot be used",
        ProviderFault::Journey => "what came back belongs to no visit to the provider that this browser is on",
        ProviderFault::Denied => "the provider refused",
        ProviderFault::Code => "the provider does not take the code",
        ProviderFault::Issuer => "the token is another provider's",
        ProviderFault::Audience => "the token is for another program",
        ProviderFault::Nonce => "the token is of another visit to the provider",
        ProviderFault::Expired => "the token's time is over",
        ProviderFault::Signature => "the token's signature does not count",
        ProviderFault::Key => "the token is signed by a key that is none of the provider's",
        ProviderFault::SecondFactor => "the provider named no second factor, and there was none here",
        ProviderFault::Stale => "whoever was to prove themselves again did so too long ago",
        ProviderFault::SomebodyElse => "somebody else proved themselves than the session's operator",
    }
}

pub(crate) const fn session_end_word(cause: SessionEnd) -> &'static str {
    match cause {
        SessionEnd::SignedOut => "signed_out",
        SessionEnd::Idle => "idle",
        SessionEnd::TimeOver => "time_over",
        SessionEnd::Revoked => "revoked",
        SessionEnd::Moved => "moved",
        SessionEnd::Disabled => "disabled",
        SessionEnd::Crowded => "crowded",
        SessionEnd::Lost => "lost",
    }
}

pub(crate) const fn session_end_words(cause: SessionEnd) -> &'static str {
    match cause {
        SessionEnd::SignedOut => "its holder left",
        SessionEnd::Idle => "nobody used it",
        SessionEnd::TimeOver => "its longest time was over",
        SessionEnd::Revoked => "an operator ended it",
        SessionEnd::Moved => "it was used from elsewhere",
        SessionEnd::Disabled => "its operator was disabled, changed or reset",
        SessionEnd::Crowded => "another one took its place",
        SessionEnd::Lost => "what was kept of it cannot be read",
    }
}

pub(crate) fn proposed_word(what: Proposed) -> String {
    match what {
        Proposed::Shelve(alarm) => format!("shelve:{alarm}"),
        Proposed::Command(number) => permission_word(number).to_owned(),
        Proposed::TakeOutOfService(alarm) => format!("take_out_of_service:{alarm}"),
    }
}

pub(crate) fn proposed_words(what: Proposed) -> String {
    match what {
        Proposed::Shelve(alarm) => format!("putting {alarm} aside"),
        Proposed::Command(number) => format!("something that takes {}", permission_word(number)),
        Proposed::TakeOutOfService(alarm) => format!("taking what {alarm} is about out of service"),
    }
}

fn permission_word(number: u8) -> &'static str {
    Permission::ALL.get(usize::from(number)).map_or("a permission unknown here", |permission| permission.word())
}
