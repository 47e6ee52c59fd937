//! Visitors: people who are inside without a card of their own, entered by hand. Who they are is in a table of names that can be
//! erased; here is only where they are, with whom, and until when. Orders are `engine/commands/visitors.rs`.

use core::fmt;

use crate::engine::command::{PersonName, disguises};
use crate::entry::ReasonText;
use crate::id::{AreaId, MusterId, PersonId, VisitorId};
use crate::permission::Actor;
use crate::time::Wall;

/// One visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    /// Which visitor.
    pub id: VisitorId,
    /// Who answers for them; nobody where they were only found when people were counted.
    pub host: Option<PersonId>,
    /// Where.
    pub area: AreaId,
    /// Since when.
    pub since: Wall,
    /// When they are to be gone.
    pub until: Option<Wall>,
    /// Why they are here.
    pub reason: Option<ReasonText>,
    /// The muster that found them.
    pub muster: Option<MusterId>,
    /// Who entered them.
    pub by: Actor,
    /// That they have left.
    pub left: Option<Departure>,
}

/// That a visitor has left, as somebody says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Departure {
    /// When.
    pub at: Wall,
    /// Who says so.
    pub by: Actor,
}

impl Visitor {
    /// Whether they are inside.
    pub const fn is_inside(&self) -> bool {
        self.left.is_none()
    }
}

/// What a visitor is called, and for whom they work; never printed by `Debug`, never in the journal.
#[derive(Clone, PartialEq, Eq)]
pub struct VisitorName {
    name: PersonName,
    company: Option<String>,
}

impl VisitorName {
    /// The longest name of a company.
    pub const COMPANY_MAX_CHARS: usize = 64;

    /// A visitor's name and company; `None` where the company's is too long or has characters that nobody sees. Without a
    /// company it is empty.
    pub fn parse(name: PersonName, company: &str) -> Option<Self> {
        Self::kept(name, company).filter(|_| !disguises(company.trim()))
    }

    /// The same for what an earlier version may have taken, which knew fewer characters that disguise.
    pub fn kept(name: PersonName, company: &str) -> Option<Self> {
        let company = company.trim();
        let fits = company.chars().count() <= Self::COMPANY_MAX_CHARS && !company.chars().any(char::is_control);
        let given = (!company.is_empty()).then(|| company.to_owned());
        fits.then_some(Self { name, company: given })
    }

    /// The name, for those with the right to see it.
    pub fn reveal(&self) -> &str {
        self.name.reveal()
    }

    /// The company, for those with the right to see it.
    pub fn company(&self) -> Option<&str> {
        self.company.as_deref()
    }
}

impl fmt::Debug for VisitorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VisitorName(..)")
    }
}
