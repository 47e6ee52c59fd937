//! SQLite in memory: one prepared statement over tables whose primary keys cover everything it reads. No `ANALYZE`: the
//! order of the join is written down instead, so no statistics can make the statement be prepared again.

use anyhow::{Context, Result, bail};
use rusqlite::{Connection, OptionalExtension, Statement, params};

use crate::decider::{Decider, Detail};
use crate::reference::Answer;
use crate::site::{CardState, Request, Site, Status};

const TABLES: &str = "
PRAGMA journal_mode = OFF;
PRAGMA temp_store = MEMORY;
CREATE TABLE card (key INTEGER PRIMARY KEY, person INTEGER NOT NULL, usable INTEGER NOT NULL, enabled INTEGER NOT NULL) STRICT;
CREATE TABLE member (
    person INTEGER NOT NULL, profile INTEGER NOT NULL, valid_from INTEGER NOT NULL, valid_to INTEGER NOT NULL,
    PRIMARY KEY (person, profile)
) STRICT, WITHOUT ROWID;
CREATE TABLE policy (
    door INTEGER NOT NULL, profile INTEGER NOT NULL, schedule INTEGER NOT NULL, PRIMARY KEY (door, profile)
) STRICT, WITHOUT ROWID;
CREATE TABLE opening (
    schedule INTEGER NOT NULL, opens INTEGER NOT NULL, closes INTEGER NOT NULL, PRIMARY KEY (schedule, opens, closes)
) STRICT, WITHOUT ROWID;
";

/// No row: unknown. 0 disabled, 1 no right, 2 not now, 3 admit.
const QUESTION: &str = "
SELECT CASE WHEN c.usable = 0 OR c.enabled = 0 THEN 0 ELSE ifnull((
    SELECT max(CASE WHEN m.valid_from <= ?3 AND ?3 < m.valid_to AND EXISTS (
        SELECT 1 FROM opening o WHERE o.schedule = p.schedule AND o.opens <= ?4 AND ?4 < o.closes
    ) THEN 3 ELSE 2 END)
    FROM policy p CROSS JOIN member m ON m.person = c.person AND m.profile = p.profile
    WHERE p.door = ?2
), 1) END FROM card c WHERE c.key = ?1
";

/// A database that holds the site.
///
/// # Errors
/// SQLite refuses.
pub fn load(site: &Site) -> Result<Connection> {
    let mut connection = Connection::open_in_memory().context("open a database in memory")?;
    connection.execute_batch(TABLES).context("make its tables")?;
    let transaction = connection.transaction()?;
    {
        let mut card = transaction.prepare("INSERT INTO card VALUES (?, ?, ?, ?)")?;
        let mut member = transaction.prepare("INSERT INTO member VALUES (?, ?, ?, ?)")?;
        for (person, number) in site.people.iter().zip(1_u32..) {
            let (usable, enabled) = (person.card_state == CardState::Usable, person.status == Status::Enabled);
            card.execute(params![person.card.cast_signed(), number, usable, enabled])?;
            for m in &person.memberships {
                member.execute(params![number, m.profile, m.from, m.to])?;
            }
        }
        let mut policy = transaction.prepare("INSERT INTO policy VALUES (?, ?, ?)")?;
        for (doors, profile) in site.profiles.iter().zip(0_u32..) {
            for (door, schedule) in doors {
                policy.execute(params![door, profile, schedule])?;
            }
        }
        let mut opening = transaction.prepare("INSERT INTO opening VALUES (?, ?, ?)")?;
        for (windows, schedule) in site.schedules.iter().zip(0_u32..) {
            for (opens, closes) in windows {
                opening.execute(params![schedule, opens, closes])?;
            }
        }
    }
    transaction.commit()?;
    Ok(connection)
}

/// The one statement, prepared.
#[derive(Debug)]
pub struct PreparedQuestion<'c>(Statement<'c>);

impl<'c> PreparedQuestion<'c> {
    /// Prepares it.
    ///
    /// # Errors
    /// The database does not hold a site.
    pub fn new(connection: &'c Connection) -> Result<Self> {
        Ok(Self(connection.prepare(QUESTION).context("prepare the question")?))
    }
}

impl Decider for PreparedQuestion<'_> {
    fn detail(&self) -> Detail {
        Detail::Reasons
    }

    fn decide(&mut self, request: &Request) -> Result<Answer> {
        let bound = params![request.card.cast_signed(), request.door, request.at, request.minute];
        let found: Option<i64> = self.0.query_row(bound, |row| row.get(0)).optional()?;
        Ok(match found {
            None => Answer::UnknownCard,
            Some(0) => Answer::Disabled,
            Some(1) => Answer::NoRight,
            Some(2) => Answer::NotNow,
            Some(3) => Answer::Admit,
            Some(other) => bail!("the question has no answer {other}"),
        })
    }
}
