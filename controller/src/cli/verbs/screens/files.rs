//! Plans of site files as people read them: `+` is made, `~` changes, `-` goes, `=` is only looked after from then on, and `!`
//! stands before what widens who may pass.

use serde_json::Value;

use super::{generation, items, number, text};
use crate::cli::output::{Screen, safe};

/// What would change, line by line, with a sentence for each risk last.
pub(in crate::cli::verbs) fn plan(document: &Value, _: &Screen) -> String {
    told(document, false)
}

/// The same with what stays.
pub(in crate::cli::verbs) fn plan_whole(document: &Value, _: &Screen) -> String {
    told(document, true)
}

fn told(document: &Value, whole: bool) -> String {
    let mut lines: Vec<String> = items(document, "items").iter().map(line).collect();
    let unchanged = number(document, "/unchanged");
    if lines.is_empty() {
        lines.push(format!("nothing would change: {unchanged} objects are as the files say"));
    } else if whole {
        lines.push(format!("    {unchanged} objects stay as they are"));
    }
    let tests = items(document, "tests");
    lines.extend(tests.iter().filter(|test| test["holds"] == Value::Bool(false)).map(test_line));
    if !tests.is_empty() {
        let held = tests.iter().filter(|test| test["holds"] == Value::Bool(true)).count();
        lines.push(format!("tests  {held} of {} hold", tests.len()));
    }
    lines.push(totals(document));
    let risks: Vec<String> = items(document, "risks").iter().filter_map(Value::as_str).map(safe).collect();
    lines.push(risks.join("; "));
    lines.join("\n")
}

fn line(item: &Value) -> String {
    let widens = item["widens"].as_u64().unwrap_or_default();
    let (wide, how) =
        if widens > 0 { ("!", format!("  widens by {widens} person-doors")) } else { (" ", String::new()) };
    let place = text(item, "place");
    let place = if place.is_empty() { String::new() } else { format!("  ({})", safe(place)) };
    format!(
        "{}{wide} {} {}  {}{how}{place}",
        text(item, "mark"),
        text(item, "kind"),
        safe(text(item, "name")),
        safe(text(item, "what"))
    )
}

fn totals(document: &Value) -> String {
    let count = |name: &str| number(document, &format!("/counts/{name}"));
    format!(
        "+ {} made  ~ {} changed  - {} deleted  = {} taken over          base generation {}",
        count("create"),
        count("change"),
        count("delete"),
        count("adopt"),
        number(document, "/base_generation")
    )
}

fn test_line(test: &Value) -> String {
    let place = text(test, "place");
    let place = if place.is_empty() { String::new() } else { format!("  ({})", safe(place)) };
    let mark = if test["holds"] == Value::Bool(true) { "ok  " } else { "FAIL" };
    format!(
        "{mark} {} at {} {}: expected {}, {}{place}",
        text(test, "person"),
        safe(text(test, "point")),
        text(test, "at"),
        text(test, "expect"),
        safe(text(test, "found"))
    )
}

/// What tests found.
pub(in crate::cli::verbs) fn tests(document: &Value, _: &Screen) -> String {
    let tests = items(document, "items");
    if tests.is_empty() {
        return "the files have no tests".to_owned();
    }
    let failed = tests.iter().filter(|test| test["holds"] == Value::Bool(false)).count();
    let mut lines: Vec<String> = tests.iter().map(test_line).collect();
    lines.push(match failed {
        0 => format!("all {} hold", tests.len()),
        failed => format!("{failed} of {} do not hold", tests.len()),
    });
    lines.join("\n")
}

/// What was done.
pub(in crate::cli::verbs) fn applied(document: &Value, _: &Screen) -> String {
    let mut lines: Vec<String> = items(document, "items").iter().map(line).collect();
    lines.push(totals(document));
    let risks: Vec<String> = items(document, "risks").iter().filter_map(Value::as_str).map(safe).collect();
    lines.push(risks.join("; "));
    lines.push(format!("Applied{}", generation(document)));
    lines.join("\n")
}

/// What differs.
pub(in crate::cli::verbs) fn drift(document: &Value, _: &Screen) -> String {
    let mut lines = Vec::new();
    for item in items(document, "items") {
        let (kind, name, id, state) = (text(item, "kind"), text(item, "name"), text(item, "id"), text(item, "state"));
        lines.push(format!("~ {kind} {}  {id} was {state} since", safe(name)));
    }
    for device in items(document, "devices").iter().filter_map(Value::as_str) {
        lines.push(format!("~ device {} does not hold yet what it should", safe(device)));
    }
    let when = text(document, "applied_at");
    lines.push(match (lines.is_empty(), when) {
        (_, "") => "no site files were applied yet".to_owned(),
        (true, when) => {
            let since = text(document, "since_at");
            let since = if since.is_empty() { String::new() } else { format!(" that was not so at {}", safe(since)) };
            format!("nothing differs{since} from the files applied at {when} by {}", safe(text(document, "applied_by")))
        }
        (false, when) => format!("files were applied at {when} by {}", safe(text(document, "applied_by"))),
    });
    lines.join("\n")
}

/// Which files were written.
pub(in crate::cli::verbs) fn exported(document: &Value, _: &Screen) -> String {
    let of =
        |name: &str| items(document, name).iter().filter_map(Value::as_str).map(safe).collect::<Vec<_>>().join(", ");
    let written = format!("{} objects in {}", number(document, "/objects"), of("files"));
    match of("removed") {
        none if none.is_empty() => written,
        removed => format!("{written}\nremoved, because there is nothing of their kinds any more: {removed}"),
    }
}

/// The files themselves.
pub(in crate::cli::verbs) fn exported_text(document: &Value, _: &Screen) -> String {
    text(document, "toml").to_owned()
}

/// The form of files.
pub(in crate::cli::verbs) fn schema(document: &Value, _: &Screen) -> String {
    serde_json::to_string_pretty(document).unwrap_or_default()
}
