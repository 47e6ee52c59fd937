//! Lines about operators: who runs the site, the tokens of their programs, what waits for a second operator, and the table of
//! permissions.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Args, Subcommand, ValueEnum};

use super::ListArgs;
use crate::cli::connection::trust::Fingerprint;
use crate::cli::when::parse_span;

/// What an operator is at the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RoleWord {
    /// A screen on a wall: sees doors and alarms, no people, does nothing.
    WallScreen,
    /// Sees and reads everything, does nothing.
    Auditor,
    /// Looks after doors and racks, answers alarms.
    Facilities,
    /// Answers alarms, opens doors, stops people and cards.
    Security,
    /// As security, and reviews emergencies and sees what is hidden.
    SecuritySupervisor,
    /// Gives rights, looks after devices and operators.
    Admin,
}

impl RoleWord {
    /// The word of the API.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::WallScreen => "wall_screen",
            Self::Auditor => "auditor",
            Self::Facilities => "facilities",
            Self::Security => "security",
            Self::SecuritySupervisor => "security_supervisor",
            Self::Admin => "admin",
        }
    }
}

/// What can be done with operators.
#[derive(Debug, Subcommand)]
pub(crate) enum OperatorVerb {
    /// Lists everybody who runs the site.
    List(ListArgs),
    /// Shows one operator, by id or name.
    Show {
        /// Whom.
        operator: String,
    },
    /// Adds an operator; the link with which they make a password or passkey is printed once.
    Create(OperatorCreate),
    /// Gives an operator another role or reach; their sessions and tokens end.
    Edit(OperatorEdit),
    /// Lets an operator sign in no more; their sessions and tokens end at once.
    Disable(OperatorChange),
    /// Lets an operator sign in again.
    Enable(OperatorChange),
    /// Takes away all that an operator signs in with; they begin anew by the link that is printed.
    Reset(OperatorChange),
    /// Gives an operator an account at the outside provider: they sign in with it from now on.
    Bind(OperatorBind),
    /// Takes an operator's account at the outside provider away.
    Unbind(OperatorChange),
    /// Binds a certificate to an operator: their programs sign in by it until its end.
    BindCertificate(OperatorCertificate),
    /// Takes a certificate of an operator away; what was opened with it ends at once.
    UnbindCertificate {
        /// Whose, by id or name.
        operator: String,
        /// Which, by the number that `operator show` has.
        #[arg(value_name = "NUMBER")]
        number: u8,
        /// Why; it goes into the journal.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Says which person an operator is: nobody reviews their own access.
    Link(OperatorLink),
    /// Ends the lock-out after wrong passwords before its time.
    EndLockout {
        /// Whose.
        operator: String,
    },
}

/// A new operator.
#[derive(Debug, Args)]
pub(crate) struct OperatorCreate {
    /// The name to sign in with: lower-case letters, digits and . - _ @.
    pub(crate) name: String,
    /// What they are at the site.
    #[arg(long, value_enum)]
    pub(crate) role: RoleWord,
    /// The organisation they are for; the whole site if left out.
    #[arg(long, value_name = "NAME")]
    pub(crate) organisation: Option<String>,
}

/// Another role or reach.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).multiple(true).args(["role", "organisation"]))]
pub(crate) struct OperatorEdit {
    /// Whose, by id or name.
    pub(crate) operator: String,
    /// What they are at the site now.
    #[arg(long, value_enum)]
    pub(crate) role: Option<RoleWord>,
    /// The organisation they are for now; the site's own name for the whole site.
    #[arg(long, value_name = "NAME")]
    pub(crate) organisation: Option<String>,
    /// Why; it goes into the journal.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

/// Which person an operator is.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("whom").required(true).args(["person", "none"]))]
pub(crate) struct OperatorLink {
    /// Whose, by id or name.
    pub(crate) operator: String,
    /// Which person: id, or a unique part of the name.
    #[arg(long, value_name = "PERSON")]
    pub(crate) person: Option<String>,
    /// No person on record.
    #[arg(long)]
    pub(crate) none: bool,
    /// Why; it goes into the journal.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

/// An account at the outside provider.
#[derive(Debug, Args)]
pub(crate) struct OperatorBind {
    /// Whose, by id or name.
    pub(crate) operator: String,
    /// What the provider calls the account: the `sub` of its tokens.
    #[arg(long, value_name = "SUBJECT")]
    pub(crate) subject: String,
    /// Why; it goes into the journal.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

/// A certificate that is to be an operator's.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").required(true).args(["certificate", "fingerprint", "subject"]))]
pub(crate) struct OperatorCertificate {
    /// Whose, by id or name.
    pub(crate) operator: String,
    /// The certificate itself (PEM): this one and no other.
    #[arg(long, value_name = "PEM")]
    pub(crate) certificate: Option<PathBuf>,
    /// Its SHA-256: this one and no other.
    #[arg(long, value_name = "SHA256", value_parser = Fingerprint::parse)]
    pub(crate) fingerprint: Option<Fingerprint>,
    /// Its subject, such as "O=Example, CN=build7": each that an authority of the site gives to it.
    #[arg(long, value_name = "NAME")]
    pub(crate) subject: Option<String>,
    /// For how long it counts: 90d, at most 366d.
    #[arg(long = "for", value_name = "SPAN", value_parser = parse_span)]
    pub(crate) lasting: Duration,
    /// Why; it goes into the journal.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

/// Something done with an operator, with its reason.
#[derive(Debug, Args)]
pub(crate) struct OperatorChange {
    /// Whom, by id or name.
    pub(crate) operator: String,
    /// Why; it goes into the journal.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

/// What can be done with tokens of programs.
#[derive(Debug, Subcommand)]
pub(crate) enum TokenVerb {
    /// Lists tokens: one's own, or everybody's for those who may see operators.
    List(ListArgs),
    /// Issues a token; its secret is printed once.
    Create(TokenCreate),
    /// Revokes a token; what runs by it ends at once.
    Revoke {
        /// Which, such as tok-3.
        token: String,
        /// Why; it goes into the journal.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// A new token.
#[derive(Debug, Args)]
pub(crate) struct TokenCreate {
    /// In whose name, by id or name; one's own if left out.
    #[arg(long, value_name = "OPERATOR")]
    pub(crate) owner: Option<String>,
    /// What it is for, once for each; `rackward permission list` shows the words.
    #[arg(long, value_name = "PERMISSION", required = true)]
    pub(crate) permission: Vec<String>,
    /// For how long it counts: 30d, at most 366d.
    #[arg(long = "for", value_name = "SPAN", value_parser = parse_span)]
    pub(crate) lasting: Duration,
    /// What it is for; it goes into the journal.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

/// What can be done with what waits for a second operator.
#[derive(Debug, Subcommand)]
pub(crate) enum ProposalVerb {
    /// Lists what waits for a second operator.
    List(ListArgs),
    /// Shows one in full: what it would do, to whom, and why.
    Show {
        /// Which, such as prp-4.
        proposal: String,
    },
    /// Confirms what another operator proposed: it is carried out.
    Confirm {
        /// Which, such as prp-4.
        proposal: String,
    },
    /// Drops a proposal: one's own, or another's.
    Drop {
        /// Which, such as prp-4.
        proposal: String,
    },
}

/// What can be asked of the table of permissions.
#[derive(Debug, Subcommand)]
pub(crate) enum PermissionVerb {
    /// Prints which role may do what.
    List(ListArgs),
}
