//! One table of the file being read, member by member. It remembers what was asked for, so that at the end it knows which
//! members nobody knows; every value keeps the place where it stands.

use std::net::SocketAddr;
use std::ops::Range;
use std::time::Duration;

use rackward_core::site::draft::suggest::nearest;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Origin;
use super::report::Problems;

/// Where something stands, in bytes from the file's beginning.
pub(crate) type Span = Range<usize>;

/// The sections that may stand once, as `[name]`.
const SECTIONS: [&str; 12] = [
    "site",
    "admin",
    "storage",
    "console",
    "oidc",
    "mqtt",
    "offline",
    "firmware",
    "feedback",
    "webhooks",
    "operators",
    "cameras",
];

/// The tables that may stand often, as `[[name]]`.
const LISTS: [&str; 13] = [
    "organisation",
    "calendar",
    "schedule",
    "area",
    "door",
    "rack",
    "bus",
    "device_profile",
    "device",
    "firmware_floor",
    "card_format",
    "webhook",
    "camera",
];

/// The longest time a member may name.
const DURATION_MAX: Duration = Duration::from_secs(24 * 3600);

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Member<T> {
    pub(crate) value: T,
    pub(crate) span: Span,
}

/// The whole file.
pub(crate) struct Root<'t> {
    members: &'t DeTable<'t>,
}

impl<'t> Root<'t> {
    /// Takes the file and notes tables that nobody knows and values in the shape of something else.
    pub(crate) fn new(members: &'t DeTable<'t>, problems: &mut Problems) -> Self {
        for (key, value) in members {
            let name = key.get_ref().as_ref();
            if SECTIONS.contains(&name) {
                if !value.get_ref().is_table() {
                    problems.add(
                        value.span(),
                        format!("\"{name}\" is not written as a table"),
                        format!("write [{name}], once"),
                    );
                }
            } else if LISTS.contains(&name) {
                if tables_of(value).is_none_or(|tables| tables.is_empty()) {
                    let help = format!("write [[{name}]] for each one");
                    problems.add(value.span(), format!("\"{name}\" is not written as a list of tables"), help);
                }
            } else {
                let help = match nearest(name, SECTIONS.into_iter().chain(LISTS)) {
                    Some(known) => format!("did you mean \"{known}\"?"),
                    None => format!("known are {}", listed(SECTIONS.into_iter().chain(LISTS))),
                };
                problems.add(key.span(), format!("unknown table \"{name}\""), help);
            }
        }
        Self { members }
    }

    /// The section with this name, if it stands there.
    pub(crate) fn section(&self, name: &'static str) -> Option<Table<'t>> {
        let value = self.members.get(name)?;
        Some(Table::new(format!("[{name}]"), value.span(), value.get_ref().as_table()?))
    }

    /// Every table with this name, in the file's order.
    pub(crate) fn list(&self, name: &'static str) -> Vec<Table<'t>> {
        let tables = self.members.get(name).and_then(tables_of).unwrap_or_default();
        tables.into_iter().map(|(span, table)| Table::new(format!("[[{name}]]"), span, table)).collect()
    }
}

/// The elements of an array, if all of them are tables.
fn tables_of<'t>(value: &'t Spanned<DeValue<'t>>) -> Option<Vec<(Span, &'t DeTable<'t>)>> {
    let array = value.get_ref().as_array()?;
    array.iter().map(|element| Some((element.span(), element.get_ref().as_table()?))).collect()
}

/// The elements of an array, if all of them are texts.
fn texts_of<'t>(value: &'t Spanned<DeValue<'t>>) -> Option<Vec<Member<&'t str>>> {
    let array = value.get_ref().as_array()?;
    array.iter().map(|item| Some(Member { value: item.get_ref().as_str()?, span: item.span() })).collect()
}

/// One table.
pub(crate) struct Table<'t> {
    title: String,
    header: Span,
    members: &'t DeTable<'t>,
    asked: Vec<&'static str>,
}

impl<'t> Table<'t> {
    /// The table of these members, called so in messages.
    pub(crate) fn new(title: String, header: Span, members: &'t DeTable<'t>) -> Self {
        Self { title, header, members, asked: Vec::new() }
    }

    /// Where the first of these members stands that there is.
    pub(crate) fn place_of(&self, keys: &[&str]) -> Option<Span> {
        keys.iter().find_map(|key| Some(self.members.get(*key)?.span()))
    }

    /// Where the table begins.
    pub(crate) fn header(&self) -> Span {
        self.header.clone()
    }

    /// Whether a member is written, well or not.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.members.contains_key(key)
    }

    /// Where a member's value stands; the header, if it is not written.
    pub(crate) fn span_of(&self, key: &str) -> Span {
        self.members.get(key).map_or(self.header.clone(), Spanned::span)
    }

    /// Where everything asked for so far stands.
    pub(in crate::config) fn origin(&self) -> Origin {
        let written = self.asked.iter().filter_map(|key| Some((*key, self.members.get(*key)?.span())));
        Origin { header: self.header.clone(), members: written.collect() }
    }

    /// A text.
    pub(crate) fn text(&mut self, key: &'static str, problems: &mut Problems) -> Option<Member<&'t str>> {
        let value = self.member(key)?;
        match value.get_ref().as_str() {
            Some("") => problems.add(value.span(), format!("\"{key}\" is empty"), "fill it in or remove it"),
            Some(text) => return Some(Member { value: text, span: value.span() }),
            None => {
                let message = format!("\"{key}\" is {}, not a text", described(value.get_ref()));
                problems.add(value.span(), message, "write it in quotes");
            }
        }
        None
    }

    /// A text that must be there.
    pub(crate) fn required(&mut self, key: &'static str, problems: &mut Problems) -> Option<Member<&'t str>> {
        if !self.has(key) {
            self.asked.push(key);
            let message = format!("{} has no \"{key}\"", self.title);
            problems.add(self.header.clone(), message, format!("add {key} = \"...\""));
            return None;
        }
        self.text(key, problems)
    }

    /// One of a few words that must be there.
    pub(crate) fn required_choice<T: Copy>(
        &mut self,
        key: &'static str,
        words: &[(&'static str, T)],
        problems: &mut Problems,
    ) -> Option<Member<T>> {
        if self.has(key) {
            return self.choice(key, words, problems);
        }
        self.asked.push(key);
        let help = format!("add {key} = one of {}", listed(words.iter().map(|(word, _)| *word)));
        problems.add(self.header.clone(), format!("{} has no \"{key}\"", self.title), help);
        None
    }

    /// One of a few words.
    pub(crate) fn choice<T: Copy>(
        &mut self,
        key: &'static str,
        words: &[(&'static str, T)],
        problems: &mut Problems,
    ) -> Option<Member<T>> {
        let text = self.text(key, problems)?;
        let found = words.iter().find(|(word, _)| *word == text.value);
        if found.is_none() {
            let known = || words.iter().map(|(word, _)| *word);
            let help = match nearest(text.value, known()) {
                Some(word) => format!("did you mean \"{word}\"?"),
                None => format!("it is one of {}", listed(known())),
            };
            problems.add(text.span.clone(), format!("\"{}\" is not a {key}", shown(text.value)), help);
        }
        found.map(|(_, value)| Member { value: *value, span: text.span })
    }

    /// A time such as `5s`, `2m`, `500ms` or `1h`.
    pub(crate) fn duration(&mut self, key: &'static str, problems: &mut Problems) -> Option<Duration> {
        let text = self.text(key, problems)?;
        let duration = parse_duration(text.value);
        if duration.is_none() {
            let message = format!("\"{}\" is not a time for {key}", shown(text.value));
            problems.add(
                text.span,
                message,
                "write a whole number and its unit, up to a day: \"500ms\", \"5s\", \"2m\" or \"1h\"",
            );
        }
        duration
    }

    /// An IP address with its port.
    pub(crate) fn address(&mut self, key: &'static str, problems: &mut Problems) -> Option<Member<SocketAddr>> {
        let text = self.text(key, problems)?;
        let address = text.value.parse().ok();
        if address.is_none() {
            let message = format!("\"{}\" is not an address with a port", shown(text.value));
            problems.add(
                text.span.clone(),
                message,
                "write an IP address and a port, such as \"127.0.0.1:8080\" or \"[::1]:8080\"",
            );
        }
        address.map(|value| Member { value, span: text.span })
    }

    /// A whole number.
    pub(crate) fn integer(&mut self, key: &'static str, problems: &mut Problems) -> Option<Member<i64>> {
        let value = self.member(key)?;
        let written = value.get_ref().as_integer();
        let number = written.and_then(|number| i64::from_str_radix(number.as_str(), number.radix()).ok());
        if written.is_none() {
            let message = format!("\"{key}\" is {}, not a whole number", described(value.get_ref()));
            problems.add(value.span(), message, "write digits without quotes");
        } else if number.is_none() {
            problems.add(value.span(), format!("\"{key}\" is far too large"), "write a smaller number");
        }
        number.map(|number| Member { value: number, span: value.span() })
    }

    /// A whole number that must be there.
    pub(crate) fn required_integer(&mut self, key: &'static str, problems: &mut Problems) -> Option<Member<i64>> {
        if !self.has(key) {
            self.asked.push(key);
            let message = format!("{} has no \"{key}\"", self.title);
            problems.add(self.header.clone(), message, format!("add {key} = a whole number"));
            return None;
        }
        self.integer(key, problems)
    }

    /// `true` or `false`, `false` when it is not written; `None` when it is something else.
    pub(crate) fn flag(&mut self, key: &'static str, problems: &mut Problems) -> Option<bool> {
        let Some(value) = self.member(key) else { return Some(false) };
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            let message = format!("\"{key}\" is {}, not true or false", described(value.get_ref()));
            problems.add(value.span(), message, "write true or false without quotes");
        }
        flag
    }

    /// A moment, as a text or as TOML writes one.
    pub(crate) fn moment(&mut self, key: &'static str, problems: &mut Problems) -> Option<Member<String>> {
        let value = self.member(key)?;
        let text = match value.get_ref() {
            DeValue::String(text) => Some(text.to_string()),
            DeValue::Datetime(moment) => Some(moment.to_string()),
            _ => None,
        };
        let moment = text.filter(|text| rackward_dashboard::wire::at::At::parse(text).is_some());
        if moment.is_none() {
            let message = format!("\"{key}\" is no moment with an offset");
            problems.add(value.span(), message, "write it as RFC 3339: 2026-08-03T09:00:00+01:00");
        }
        moment.map(|text| Member { value: text, span: value.span() })
    }

    /// A list of texts, at least one.
    pub(crate) fn texts(&mut self, key: &'static str, problems: &mut Problems) -> Option<Vec<Member<&'t str>>> {
        let value = self.member(key)?;
        let texts = texts_of(value);
        if texts.as_ref().is_none_or(Vec::is_empty) {
            let message = format!("\"{key}\" is not a list of texts");
            problems.add(value.span(), message, "write them in quotes between brackets, at least one: [\"...\"]");
            return None;
        }
        texts
    }

    /// A list of texts that may be empty.
    pub(crate) fn texts_or_none(&mut self, key: &'static str, problems: &mut Problems) -> Option<Vec<Member<&'t str>>> {
        let value = self.member(key)?;
        let texts = texts_of(value);
        if texts.is_none() {
            let message = format!("\"{key}\" is not a list of texts");
            problems.add(value.span(), message, "write them in quotes between brackets: [\"...\"], or [] for none");
        }
        texts
    }

    /// A table in braces; `form` shows how it is written.
    pub(crate) fn table(&mut self, key: &'static str, form: &str, problems: &mut Problems) -> Option<Table<'t>> {
        let value = self.member(key)?;
        let inner = value.get_ref().as_table();
        if inner.is_none() {
            let message = format!("\"{key}\" is {}, not a table", described(value.get_ref()));
            problems.add(value.span(), message, format!("write it in braces: {key} = {form}"));
        }
        Some(Table::new(format!("\"{key}\" of {}", self.title), value.span(), inner?))
    }

    /// A list of tables in braces; `form` shows how one is written.
    pub(crate) fn tables(&mut self, key: &'static str, form: &str, problems: &mut Problems) -> Option<Vec<Table<'t>>> {
        let value = self.member(key)?;
        let inner = tables_of(value);
        if inner.is_none() {
            let message = format!("\"{key}\" is not a list of tables");
            problems.add(value.span(), message, format!("write it in brackets and braces: {key} = [{form}]"));
        }
        let title = format!("\"{key}\" of {}", self.title);
        Some(inner?.into_iter().map(|(span, table)| Table::new(title.clone(), span, table)).collect())
    }

    /// Whether a member is written as a text.
    pub(crate) fn is_text(&self, key: &str) -> bool {
        self.members.get(key).is_some_and(|value| value.get_ref().is_str())
    }

    /// Whether a member is written as a table.
    pub(crate) fn is_table(&self, key: &str) -> bool {
        self.members.get(key).is_some_and(|value| value.get_ref().is_table())
    }

    /// Ends the reading: whatever was not asked for is unknown.
    pub(crate) fn finish(self, problems: &mut Problems) {
        for (key, _) in self.members {
            let name = key.get_ref().as_ref();
            if self.asked.contains(&name) {
                continue;
            }
            let help = match nearest(name, self.asked.iter().copied()) {
                Some(known) => format!("did you mean \"{known}\"?"),
                None => format!("known here are {}", listed(self.asked.iter().copied())),
            };
            problems.add(key.span(), format!("unknown key \"{}\" in {}", shown(name), self.title), help);
        }
    }

    /// Says more about the table in later messages, such as its role.
    pub(crate) fn retitle(&mut self, title: String) {
        self.title = title;
    }

    /// Knows members without reading them, because what they belong to could not be read.
    pub(crate) fn pass_over(&mut self, keys: &[&'static str]) {
        self.asked.extend_from_slice(keys);
    }

    fn member(&mut self, key: &'static str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.asked.push(key);
        self.members.get(key)
    }
}

/// A whole number and a unit.
fn parse_duration(text: &str) -> Option<Duration> {
    let unit_at = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(unit_at);
    let number: u64 = number.parse().ok()?;
    let duration = match unit {
        "ms" => Duration::from_millis(number),
        "s" => Duration::from_secs(number),
        "m" => Duration::from_secs(number.checked_mul(60)?),
        "h" => Duration::from_secs(number.checked_mul(3600)?),
        _ => return None,
    };
    (duration <= DURATION_MAX).then_some(duration)
}

/// A value's type in words.
fn described(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// A text from the file, fit for a message: short and without control characters.
pub(crate) fn shown(text: &str) -> String {
    const SHOWN_MAX_CHARS: usize = 64;
    let mut shown: String = text.chars().filter(|c| !c.is_control()).take(SHOWN_MAX_CHARS).collect();
    if text.chars().count() > SHOWN_MAX_CHARS {
        shown.push_str("...");
    }
    shown
}

/// Words as a sentence lists them, each once.
fn listed<'w>(words: impl Iterator<Item = &'w str>) -> String {
    let mut listed: Vec<String> = Vec::new();
    for word in words.map(|word| format!("\"{word}\"")) {
        if !listed.contains(&word) {
            listed.push(word);
        }
    }
    listed.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_need_a_number_and_a_unit() {
        let check = |text: &str, expect: Option<u64>| {
            assert_eq!(parse_duration(text), expect.map(Duration::from_millis), "{text}");
        };
        check("5s", Some(5_000));
        check("500ms", Some(500));
        check("2m", Some(120_000));
        check("1h", Some(3_600_000));
        check("24h", Some(86_400_000));
        check("0s", Some(0));
        for wrong in
            ["25h", "5", "s", "5 s", "-5s", "1.5s", "5S", "5d", "", "99999999999999999999s", "18446744073709551615h"]
        {
            check(wrong, None);
        }
    }
}
