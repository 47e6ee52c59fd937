//! What an answer looks like: as a table, as plain lines, as JSON, YAML or CSV, or as bare names. An answer stays the daemon's document
//! until it is printed, so that `-o json` passes on members this program does not know (answers only ever gain members).
//! JSON is a contract: `api_version`, `kind`, and the document's own members or `items` and `next_cursor`.

pub(crate) mod column;
mod csv;
mod delivery;
mod narrowed;
mod yaml;

use std::fmt::Write as _;
use std::io::{ErrorKind, Write};

use anstyle::{AnsiColor, Style};
use comfy_table::{Cell, Color, ContentArrangement, Row, Table, presets};
use rackward_core::engine::command::is_unseen;
use serde_json::{Map, Value, json};

use super::arguments::Form;
use super::failure::{Exit, Failure};
use super::when::Calendar;
use column::{Column, Shape};

/// The version of the JSON forms; a new one is asked for by flag, never imposed.
pub(crate) const API_VERSION: &str = "rackward/v1";

/// What a verb found or did.
#[derive(Debug)]
pub(crate) enum Report {
    /// Many things of one kind.
    List {
        /// The kind of the list, such as `GrantList`.
        kind: &'static str,
        /// The daemon's answer: `items` and `next_cursor`.
        document: Value,
        /// What people see of each thing.
        columns: &'static [Column],
        /// What people see when there are none.
        empty: &'static str,
    },
    /// One thing.
    Single {
        /// Its kind, such as `Grant`.
        kind: &'static str,
        /// The daemon's answer.
        document: Value,
        /// What people see of it; ends without a line feed.
        text: fn(&Value, &Screen) -> String,
        /// How the program ends: not every success is the whole of what was wanted.
        exit: Exit,
    },
}

/// What the answer is printed on.
#[derive(Debug, Clone)]
pub(crate) struct Screen {
    /// The form that was asked for.
    pub(crate) form: Form,
    /// How times are shown.
    pub(crate) calendar: Calendar,
    /// Whether escape sequences may be written.
    pub(crate) paint: Paint,
    /// How wide the terminal is, if it is one.
    pub(crate) width_columns: Option<u16>,
    /// Whether columns have headings.
    pub(crate) headings: Headings,
}

/// Whether columns have headings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Headings {
    /// They do.
    Shown,
    /// They do not: `--no-headers`.
    Hidden,
}

/// Whether escape sequences may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paint {
    /// Text alone.
    Plain,
    /// Colours, each beside a word or shape that says the same.
    Coloured,
}

impl Paint {
    /// `text` in a colour, where colours may be written.
    pub(crate) fn colour(self, colour: AnsiColor, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Coloured => {
                let style = Style::new().fg_color(Some(colour.into())).bold();
                format!("{style}{text}{style:#}")
            }
        }
    }
}

/// Whether anybody still reads standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Somebody may.
    Listening,
    /// The reader went away (`| head`): no error, but nothing more needs to be said.
    Gone,
}

/// Writes `text` to standard output, at once.
///
/// # Errors
/// Whatever the stream says but that its reader is gone.
pub(crate) fn print(text: &str) -> Result<Audience, Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(Audience::Listening),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(Audience::Gone),
        Err(error) => {
            Err(Failure::new(Exit::Failed, "output", "the answer could not be written", error.to_string(), ""))
        }
    }
}

impl Report {
    /// How the program ends once it is printed.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::List { .. } => Exit::Done,
            Self::Single { exit, .. } => *exit,
        }
    }

    /// The whole answer as it is printed on `screen`.
    pub(crate) fn render(&self, screen: &Screen) -> String {
        match screen.form {
            Form::Json => pretty(&self.envelope()),
            Form::Ndjson => self.json_lines(),
            Form::Name => self.names(),
            Form::Plain => self.plain(screen),
            Form::Table | Form::Wide => self.table(screen),
            Form::Yaml => yaml::text(&self.envelope()),
            Form::Csv => self.csv(screen),
        }
    }

    /// What there is not, where the form itself would show nothing.
    pub(crate) fn nothing(&self, screen: &Screen) -> Option<&'static str> {
        match (self, screen.form) {
            (Self::List { empty, .. }, Form::Plain | Form::Csv) if self.items().is_empty() => Some(empty),
            (Self::List { .. } | Self::Single { .. }, _) => None,
        }
    }

    /// The JSON form: the contract's members and all of the daemon's.
    fn envelope(&self) -> Value {
        let (kind, document) = match self {
            Self::List { kind, document, .. } | Self::Single { kind, document, .. } => (kind, document),
        };
        let mut envelope = Map::new();
        envelope.insert("api_version".to_owned(), json!(API_VERSION));
        envelope.insert("kind".to_owned(), json!(kind));
        if let Self::List { .. } = self {
            envelope.insert("items".to_owned(), json!([]));
            envelope.insert("next_cursor".to_owned(), Value::Null);
        }
        // A document's own `kind` (an alarm's condition, a door's) gives way to the contract's.
        let members = document.as_object().into_iter().flatten().filter(|(name, _)| !is_contract(name));
        envelope.extend(members.map(|(name, value)| (name.clone(), value.clone())));
        Value::Object(envelope)
    }

    fn json_lines(&self) -> String {
        match self {
            Self::List { .. } => self.items().iter().map(|item| format!("{item}\n")).collect(),
            Self::Single { .. } => format!("{}\n", self.envelope()),
        }
    }

    /// The name of each thing; of a whole, such as a plan, the names of what is in it. What has none is left out.
    fn names(&self) -> String {
        let named = self.items().iter().flat_map(|item| match item.get("items").and_then(Value::as_array) {
            Some(inner) if name_of(item).is_empty() => inner.iter(),
            _ => std::slice::from_ref(item).iter(),
        });
        named.map(name_of).filter(|name| !name.is_empty()).map(|name| name + "\n").collect()
    }

    fn items(&self) -> &[Value] {
        match self {
            Self::List { document, .. } => {
                document.get("items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
            }
            Self::Single { document, .. } => std::slice::from_ref(document),
        }
    }

    /// One line per thing, members divided by tabs, no header: made for other programs.
    fn plain(&self, screen: &Screen) -> String {
        match self {
            Self::Single { document, text, .. } => told(*text, document, screen),
            Self::List { columns, .. } => {
                let line = |item: &Value| {
                    let cells: Vec<String> = columns.iter().map(|column| column.text(item, &screen.calendar)).collect();
                    cells.join("\t") + "\n"
                };
                self.items().iter().map(line).collect()
            }
        }
    }

    /// A table for spreadsheets, headed by the members it shows.
    fn csv(&self, screen: &Screen) -> String {
        match self {
            Self::List { columns, .. } => {
                let heads: Vec<&str> = columns.iter().map(|column| column.member).collect();
                let cells = |item: &Value| columns.iter().map(|column| column.words(item, &screen.calendar)).collect();
                csv::text(&heads, self.items().iter().map(cells), screen.headings)
            }
            Self::Single { document, .. } => {
                let members: Vec<(&String, &Value)> = document.as_object().into_iter().flatten().collect();
                let heads: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
                let row = members.iter().map(|(_, value)| csv::value(value)).collect();
                csv::text(&heads, std::iter::once(row), screen.headings)
            }
        }
    }

    fn table(&self, screen: &Screen) -> String {
        let (columns, empty) = match self {
            Self::Single { document, text, .. } => return told(*text, document, screen),
            Self::List { columns, empty, .. } => (columns, empty),
        };
        if self.items().is_empty() {
            return format!("{empty}\n");
        }
        rows(self.items(), columns, screen)
    }
}

/// One thing as people read it, and below it how far its receipts are.
fn told(text: fn(&Value, &Screen) -> String, document: &Value, screen: &Screen) -> String {
    text(document, screen) + &delivery::lines(document, screen) + "\n"
}

/// Things as aligned columns, one line each, cut to the width of the screen.
pub(crate) fn rows(items: &[Value], columns: &[Column], screen: &Screen) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).force_no_tty().set_truncation_indicator("…");
    if let Some(width) = screen.width_columns.filter(|_| screen.form != Form::Wide) {
        table.set_width(width).set_content_arrangement(ContentArrangement::Dynamic);
    }
    if screen.paint == Paint::Coloured {
        table.enforce_styling();
    }
    if screen.headings == Headings::Shown {
        table.set_header(columns.iter().map(|column| Cell::new(column.head)));
    }
    for item in items {
        let cells = columns.iter().map(|column| {
            let cell = Cell::new(column.text(item, &screen.calendar));
            match urgency(column, item) {
                Some(colour) => cell.fg(colour),
                None => cell,
            }
        });
        let mut row = Row::from(cells.collect::<Vec<_>>());
        row.max_height(1);
        table.add_row(row);
    }
    let mut text = String::new();
    for line in table.lines() {
        let line = line.trim_end();
        // Each cell has one blank of padding; the first column needs none.
        let _ = writeln!(text, "{}", line.strip_prefix(' ').unwrap_or(line));
    }
    text
}

/// The colour that repeats what a cell says, for the few that are urgent.
fn urgency(column: &Column, item: &Value) -> Option<Color> {
    let value = column.value(item);
    match (column.shape, value.as_u64(), value.as_str()) {
        (Shape::Priority, Some(1), _) => Some(Color::Red),
        (Shape::Priority, Some(2), _) => Some(Color::Yellow),
        (
            Shape::Text,
            _,
            Some(
                "unsecured" | "forced_open" | "open_too_long" | "offline" | "stolen" | "locked_down" | "distrusted"
                | "replaced" | "down" | "D",
            ),
        ) => Some(Color::Red),
        (Shape::Text, _, Some("unknown" | "fault" | "lost" | "pre_alarm" | "C")) => Some(Color::Yellow),
        _ => None,
    }
}

/// What a thing is called: the id, path or name that other verbs take.
fn name_of(item: &Value) -> String {
    let text = |name: &str| match item.get(name) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let person = || item.pointer("/person/id").and_then(Value::as_str).map(str::to_owned);
    let own = ["id", "path", "name", "device", "login", "version"].into_iter().find_map(text);
    match own.or_else(person).or_else(|| text("point")) {
        Some(name) => safe(&name),
        // A whole text, such as a broker's file, is called nothing: it is printed as it is.
        None => text("text").unwrap_or_default().lines().map(safe).collect::<Vec<_>>().join("\n"),
    }
}

fn is_contract(member: &str) -> bool {
    member == "api_version" || member == "kind"
}

/// A document as programs read it in this form, which is one of theirs.
pub(crate) fn document(document: &Value, form: Form) -> String {
    match form {
        Form::Ndjson => format!("{document}\n"),
        Form::Yaml => yaml::text(document),
        _ => pretty(document),
    }
}

/// A document as YAML.
pub(crate) fn yaml(document: &Value) -> String {
    yaml::text(document)
}

/// A document over several lines, for people who read JSON.
pub(crate) fn pretty(document: &Value) -> String {
    format!("{document:#}\n")
}

/// `text` without what could steer a terminal or disguise one name as another: control characters, characters that
/// reorder text and such as nobody sees are shown as their numbers. Devices and people put words into answers, so nothing is printed without this.
pub(crate) fn safe(text: &str) -> String {
    // Joiners have their place in some scripts, and are refused in names where they have none.
    let steers = |c: char| is_unseen(c) && !matches!(c, '\u{200c}' | '\u{200d}');
    text.chars().fold(String::with_capacity(text.len()), |mut safe, c| {
        if steers(c) {
            safe.extend(c.escape_unicode());
        } else {
            safe.push(c);
        }
        safe
    })
}

#[cfg(test)]
mod tests;
