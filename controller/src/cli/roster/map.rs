//! What a file with people calls things: which of its columns are which, and which of its words mean what (`--map FILE`).

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::columns::Field;
use crate::cli::failure::{Exit, Failure};
use crate::cli::verbs::read_file;

/// The longest map that is read.
const MAX_FILE_BYTES: u64 = 256 << 10;

/// A map as its file has it.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Map {
    /// The file's own heading of each column.
    #[serde(default)]
    columns: Columns,
    /// The file's own words.
    #[serde(default)]
    values: Values,
    /// The organisation of lines that name none.
    #[serde(default)]
    pub(crate) organisation: Option<String>,
}

#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Columns {
    external_id: Option<String>,
    name: Option<String>,
    given_name: Option<String>,
    family_name: Option<String>,
    organisation: Option<String>,
    status: Option<String>,
    clearance: Option<String>,
    extended_time: Option<String>,
}

#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Values {
    #[serde(default)]
    status: BTreeMap<String, String>,
    #[serde(default)]
    clearance: BTreeMap<String, String>,
    #[serde(default)]
    extended_time: BTreeMap<String, String>,
}

impl Map {
    /// Reads a map.
    ///
    /// # Errors
    /// It cannot be read, or says something that is not known.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let bytes = read_file(path, "--map", MAX_FILE_BYTES)?;
        let wrong = |why: String| {
            let help = "it has [columns] with external_id, name, given_name, family_name, organisation, status, clearance \
                        and extended_time, [values.status] and the like, and organisation";
            Failure::new(Exit::Invalid, "map", "the map cannot be used", format!("{}: {why}", path.display()), help)
        };
        let text = String::from_utf8(bytes).map_err(|_| wrong("it is not UTF-8".to_owned()))?;
        toml::from_str(&text).map_err(|error| wrong(error.to_string().trim_end().to_owned()))
    }

    /// What the file calls a column, where the map says so.
    pub(super) fn column(&self, field: Field) -> Option<&str> {
        match field {
            Field::ExternalId => self.columns.external_id.as_deref(),
            Field::Name => self.columns.name.as_deref(),
            Field::GivenName => self.columns.given_name.as_deref(),
            Field::FamilyName => self.columns.family_name.as_deref(),
            Field::Organisation => self.columns.organisation.as_deref(),
            Field::Status => self.columns.status.as_deref(),
            Field::Clearance => self.columns.clearance.as_deref(),
            Field::ExtendedTime => self.columns.extended_time.as_deref(),
        }
    }

    /// What a word of the file means.
    pub(super) fn value<'a>(&'a self, field: Field, word: &'a str) -> &'a str {
        let words = match field {
            Field::Status => &self.values.status,
            Field::Clearance => &self.values.clearance,
            Field::ExtendedTime => &self.values.extended_time,
            Field::ExternalId | Field::Name | Field::GivenName | Field::FamilyName | Field::Organisation => {
                return word;
            }
        };
        words.get(word).map_or(word, String::as_str)
    }
}
