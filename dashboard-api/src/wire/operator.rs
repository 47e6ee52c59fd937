//! Operators, their tokens and the table of permissions, as the API shows them. Names are personal data: they are in these
//! answers and those of `proposal.rs`, and nowhere else.

use core::fmt;

use rackward_core::engine::command::Scope;
use rackward_core::operator::{ApiToken, Factors as CoreFactors, Operator as CoreOperator, OperatorState, TokenState};
use rackward_core::people::Person;
use rackward_core::permission::{Permission, PermissionReach, PermissionSet, Proof};
use rackward_core::{Site, Wall};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::at::At;
use super::desk::state_word;
use super::names::{Places, actor_words, is_set};

/// Somebody who runs the site.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Operator {
    /// The id, such as `opr-4`.
    pub id: String,
    /// The name to sign in with; null when it was erased.
    pub name: Option<String>,
    /// `wall_screen`, `auditor`, `facilities`, `security`, `security_supervisor` or `admin`.
    pub role: String,
    /// The organisation it is about, by name; null for the whole site.
    pub organisation: Option<String>,
    /// `enabled` or `disabled`.
    pub state: String,
    /// With what they can prove themselves.
    pub factors: Factors,
    /// The subject of the account at the outside provider that an admin gave them; null when there is none. Accounts that
    /// the site file names are not shown here.
    pub provider_subject: Option<String>,
    /// Until when nobody signs in as them by password; null when they are not locked out.
    pub locked_out_until_at: Option<At>,
    /// Which person they are, by id; null where that is not on record. Nobody reviews their own access.
    #[serde(default)]
    pub person: Option<String>,
    /// The certificates by which their programs sign in.
    #[serde(default)]
    pub certificates: Vec<BoundCertificate>,
}

/// A certificate that is bound to an operator, by its fingerprint or by its subject. It has no `Debug`: a subject may be a name.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BoundCertificate {
    /// Its number among theirs, from 0 to 7.
    pub number: u8,
    /// Its SHA-256, in hexadecimal digits; null where it is known by its subject.
    pub fingerprint: Option<String>,
    /// Its subject; null where it is known by its fingerprint.
    pub subject: Option<String>,
    /// First instant at which it counts no more.
    pub to_at: At,
}

impl fmt::Debug for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operator").field("id", &self.id).field("role", &self.role).finish_non_exhaustive()
    }
}

/// What an operator is called, which is personal data and kept beside the records. It has no `Debug`.
#[derive(Clone, Default)]
pub struct OperatorNames {
    /// The name to sign in with.
    pub name: Option<String>,
    /// The account at the outside provider.
    pub subject: Option<String>,
    /// The certificates.
    pub certificates: Vec<BoundCertificate>,
}

/// An operator who is to make what they will sign in with.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OperatorInvited {
    /// The id, such as `opr-4`.
    pub id: String,
    /// The name to sign in with; null when it was erased.
    pub name: Option<String>,
    /// The role.
    pub role: String,
    /// The organisation it is about, by name; null for the whole site.
    pub organisation: Option<String>,
    /// The address with which they make a password or passkey, once; a secret until it is used. Null where nobody signs in
    /// but by links of the machine's.
    pub login: Option<String>,
}

impl fmt::Debug for OperatorInvited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OperatorInvited").field("id", &self.id).finish_non_exhaustive()
    }
}

impl OperatorInvited {
    /// An operator, with the link that was made for them.
    pub fn of(operator: Operator, login: Option<String>) -> Self {
        let Operator { id, name, role, organisation, .. } = operator;
        Self { id, name, role, organisation, login }
    }
}

/// With what an operator can prove themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Factors {
    /// Whether a password is set.
    pub password: bool,
    /// Whether an authenticator app is set up.
    pub totp: bool,
    /// How many passkeys there are.
    pub passkeys: u32,
    /// How many recovery codes are left.
    pub recovery_codes: u8,
    /// Whether an outside provider knows them.
    pub provider: bool,
    /// Whether they are enough to sign in with.
    pub complete: bool,
}

impl Operator {
    /// An operator of the core, under these names, at a moment.
    pub fn of(operator: &CoreOperator, names: OperatorNames, site: &Site, at: Wall) -> Self {
        let OperatorNames { name, subject: provider_subject, certificates } = names;
        Self {
            id: operator.id.to_string(),
            name,
            role: operator.role.word().to_owned(),
            organisation: scope_name(operator.scope, site),
            state: state_word(operator.state).to_owned(),
            factors: Factors::of(operator.factors),
            provider_subject,
            locked_out_until_at: operator.locked_until.filter(|until| *until > at).map(At),
            person: operator.person.map(|person| person.to_string()),
            certificates,
        }
    }
}

impl Factors {
    fn of(factors: CoreFactors) -> Self {
        Self {
            password: factors.passwords != 0,
            totp: factors.totp != 0,
            passkeys: factors.passkeys.count(),
            recovery_codes: factors.recovery_codes,
            provider: factors.provider != 0,
            complete: factors.can_sign_in(),
        }
    }
}

fn scope_name(scope: Scope, site: &Site) -> Option<String> {
    match scope {
        Scope::Site => None,
        Scope::Organisation(organisation) => Some(Places(site).organisation(organisation)),
    }
}

/// A token with which a program asks in an operator's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Token {
    /// The id, such as `tok-3`.
    pub id: String,
    /// In whose name.
    pub owner: String,
    /// Who made it.
    pub made_by: String,
    /// What it is for; see `/api/v1/permissions`.
    pub permissions: Vec<String>,
    /// First instant at which it counts.
    pub from_at: At,
    /// First instant at which it no longer does.
    pub to_at: At,
    /// `counts`, `waits`, `over`, `revoked` or `owner_disabled`.
    pub state: String,
}

impl Token {
    /// A token of the core, of this owner, at a moment.
    pub fn of(token: &ApiToken, owner: Option<&CoreOperator>, at: Wall) -> Self {
        let is_enabled = owner.is_some_and(|owner| owner.state == OperatorState::Enabled);
        let state = match token.state {
            TokenState::Revoked => "revoked",
            TokenState::Issued if at >= token.validity.to => "over",
            TokenState::Issued if !is_enabled => "owner_disabled",
            TokenState::Issued if at < token.validity.from => "waits",
            TokenState::Issued => "counts",
        };
        Self {
            id: token.id.to_string(),
            owner: token.owner.to_string(),
            made_by: actor_words(token.maker),
            permissions: words_of(token.limits),
            from_at: At(token.validity.from),
            to_at: At(token.validity.to),
            state: state.to_owned(),
        }
    }
}

/// A token that was just issued, with its secret, which is never shown again.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TokenMade {
    /// The id, such as `tok-3`.
    pub id: String,
    /// What the program shows: `Authorization: Bearer` and this.
    pub token: String,
    /// First instant at which it no longer counts.
    pub to_at: At,
}

impl fmt::Debug for TokenMade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenMade").field("id", &self.id).finish_non_exhaustive()
    }
}

fn words_of(set: PermissionSet) -> Vec<String> {
    set.iter().map(|permission| permission.word().to_owned()).collect()
}

/// What a proposal came to when it was confirmed. It has no `Debug`, because a link may be in it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Confirmed {
    /// The proposal.
    pub id: String,
    /// What was made, if anything has an id now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<String>,
    /// The link with which an operator begins who was added or reset; a secret until it is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<String>,
    /// Whether whoever proposed it has yet to ask for it once more, to be shown what they asked for.
    pub to_be_taken_up: bool,
}

/// One row of the table of permissions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PermissionRow {
    /// The word for it.
    pub permission: String,
    /// Whether nobody has it for an organisation alone.
    pub whole_site: bool,
    /// Whether its holder must have proven themselves again, at most five minutes ago.
    pub step_up: bool,
    /// Whether nobody does it alone at this site.
    pub two_operators: bool,
    /// The roles that have it.
    pub roles: Vec<String>,
}

impl PermissionRow {
    /// A row of the core's table, at a site.
    pub fn of(permission: Permission, site: &Site) -> Self {
        Self {
            permission: permission.word().to_owned(),
            whole_site: permission.reach() == PermissionReach::WholeSite,
            step_up: permission.proof() == Proof::StepUp,
            two_operators: site.two_operators().has(permission),
            roles: permission.roles().iter().map(|role| role.word().to_owned()).collect(),
        }
    }
}

/// What is kept hidden of a person, shown to somebody who gave a reason.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Revealed {
    /// The person, such as `p-3`.
    pub id: String,
    /// The name; null when it was erased.
    pub name: Option<String>,
    /// Whether a duress PIN is set: who carries one is nothing that a screen should tell by the way.
    pub duress_pin_set: bool,
}

impl fmt::Debug for Revealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Revealed").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Revealed {
    /// What is hidden of a person of the core.
    pub fn of(person: &Person, name: Option<String>) -> Self {
        Self { id: person.id.to_string(), name, duress_pin_set: is_set(person.duress_pin) }
    }
}
