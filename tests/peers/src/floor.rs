//! The floor: a bare hash look-up of the card, with a fast hash and keys and values as small as they can be. Nobody can
//! decide anything about a card without finding it first.

use std::collections::HashMap;

use anyhow::Result;

use crate::decider::{Decider, Detail};
use crate::reference::Answer;
use crate::site::{Request, Site};

/// Cards and the number of whoever holds them.
#[derive(Debug)]
pub struct BareLookup(HashMap<u64, u32, foldhash::fast::RandomState>);

impl BareLookup {
    /// Loads the site's cards.
    pub fn load(site: &Site) -> Self {
        Self(site.people.iter().zip(1..).map(|(person, number)| (person.card, number)).collect())
    }
}

impl Decider for BareLookup {
    fn detail(&self) -> Detail {
        Detail::KnownOrNot
    }

    fn decide(&mut self, request: &Request) -> Result<Answer> {
        Ok(if self.0.contains_key(&request.card) { Answer::Admit } else { Answer::UnknownCard })
    }
}
