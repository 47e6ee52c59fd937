//! Which column of a file is which, by its heading: under our own names, or as a map says. Headings in other languages are
//! recognised to say how they are mapped, never guessed at: the wrong column as a key would make everybody a stranger.

use super::{Map, Mistake};

/// What is said of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Field {
    ExternalId,
    Name,
    GivenName,
    FamilyName,
    Organisation,
    Status,
    Clearance,
    ExtendedTime,
}

impl Field {
    pub(super) const ALL: [Self; 8] = [
        Self::ExternalId,
        Self::Name,
        Self::GivenName,
        Self::FamilyName,
        Self::Organisation,
        Self::Status,
        Self::Clearance,
        Self::ExtendedTime,
    ];

    /// Its heading.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::ExternalId => "external_id",
            Self::Name => "name",
            Self::GivenName => "given_name",
            Self::FamilyName => "family_name",
            Self::Organisation => "organisation",
            Self::Status => "status",
            Self::Clearance => "clearance",
            Self::ExtendedTime => "extended_time",
        }
    }

    /// The words it can be, where it is one of some.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Status => "enabled, expected, suspended, left",
            Self::Clearance => "normal, guarded, high, severe",
            Self::ExtendedTime => "yes, no",
            _ => "any text",
        }
    }

    /// What it is called elsewhere.
    const fn elsewhere(self) -> &'static [&'static str] {
        match self {
            Self::ExternalId => &[
                "personalnummer",
                "personal-nr",
                "personalnr",
                "persnr",
                "pers.-nr.",
                "mitarbeiternummer",
                "matricule",
                "numéro de matricule",
                "employee number",
                "employee id",
                "employee_id",
                "employeenumber",
                "staff id",
                "personnel number",
                "id",
            ],
            Self::Name => &["nom complet", "vollständiger name", "full name", "displayname", "nom"],
            Self::GivenName => &["vorname", "prénom", "prenom", "first name", "firstname", "first_name", "givenname"],
            Self::FamilyName => {
                &["nachname", "familienname", "nom de famille", "last name", "lastname", "last_name", "surname"]
            }
            Self::Organisation => {
                &["firma", "unternehmen", "société", "entreprise", "company", "organization", "mandant"]
            }
            Self::Status => &["zustand", "statut", "état", "state"],
            Self::Clearance => &["freigabe", "habilitation"],
            Self::ExtendedTime => &["mehr zeit", "temps étendu"],
        }
    }
}

/// Which column is which.
#[derive(Debug, Default)]
pub(super) struct Columns {
    places: Vec<(Field, usize)>,
    /// The headings that nobody looks at.
    pub(super) ignored: Vec<String>,
}

impl Columns {
    /// Finds them in a heading; what is missing, and how it is mapped, is noted.
    pub(super) fn find(heading: &[String], map: &Map, mistakes: &mut Vec<Mistake>) -> Self {
        let mut columns = Self::default();
        let mut used = vec![false; heading.len()];
        for field in Field::ALL {
            let wanted = map.column(field).unwrap_or(field.word());
            let at: Vec<usize> = (0..heading.len()).filter(|at| is_called(&heading[*at], wanted)).collect();
            match at.as_slice() {
                [] if map.column(field).is_some() => {
                    let what = format!("no column is called \"{wanted}\", as the map says of {}", field.word());
                    mistakes.push(Mistake::of_line(1, what));
                }
                [] => {}
                [at] => {
                    used[*at] = true;
                    columns.places.push((field, *at));
                }
                [_, second, ..] => {
                    let what = format!("\"{wanted}\" stands here twice; rename one of the columns");
                    mistakes.push(Mistake::of_cell(1, *second, what));
                }
            }
        }
        columns.note_missing(heading, &used, mistakes);
        let unused = heading.iter().zip(&used).filter(|(_, used)| !**used);
        columns.ignored = unused.map(|(heading, _)| heading.trim().to_owned()).collect();
        columns
    }

    fn note_missing(&self, heading: &[String], used: &[bool], mistakes: &mut Vec<Mistake>) {
        let has = |field: Field| self.find_place(field).is_some();
        let named = has(Field::Name) || (has(Field::GivenName) && has(Field::FamilyName));
        let mut missing = Vec::new();
        if !has(Field::ExternalId) {
            missing.push(Field::ExternalId);
        }
        if !named {
            missing.push(Field::Name);
        }
        if missing.is_empty() {
            return;
        }
        for (at, heading) in heading.iter().enumerate().filter(|(at, _)| !used[*at]) {
            let known = Field::ALL.into_iter().find(|field| field.elsewhere().contains(&normal(heading).as_str()));
            if let Some(field) = known {
                let (heading, field) = (heading.trim(), field.word());
                let what = format!(
                    "\"{heading}\" looks like {field}; map it with --map FILE: [columns] {field} = \"{heading}\""
                );
                mistakes.push(Mistake::of_cell(1, at, what));
            }
        }
        for field in missing {
            let what = match field {
                Field::Name => "no column is called name (or given_name and family_name)".to_owned(),
                _ => format!("no column is called {}", field.word()),
            };
            mistakes.push(Mistake::of_line(1, what + "; name it so, or say which one it is with --map FILE"));
        }
    }

    /// In which cell something stands, if in one.
    pub(super) fn find_place(&self, field: Field) -> Option<usize> {
        self.places.iter().find(|(known, _)| *known == field).map(|(_, at)| *at)
    }

    /// The same for a mistake, which stands in the first cell where there is none.
    pub(super) fn place(&self, field: Field) -> usize {
        self.find_place(field).unwrap_or_default()
    }

    /// By what people are named.
    pub(super) fn name_field(&self) -> Field {
        if self.find_place(Field::Name).is_some() { Field::Name } else { Field::GivenName }
    }
}

fn normal(heading: &str) -> String {
    heading.trim().to_lowercase()
}

fn is_called(heading: &str, wanted: &str) -> bool {
    normal(heading) == normal(wanted)
}
