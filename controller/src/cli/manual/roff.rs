//! The few forms of man(7) that the pages written here need, and the part of Markdown that the project's own descriptions use.
//! It decides nothing about what they say.

/// The head of a page.
pub(super) fn head(title: &str, section: &str, manual: &str) -> String {
    format!(".TH \"{title}\" {section} \"\" \"rackward {}\" \"{manual}\"\n", env!("CARGO_PKG_VERSION"))
}

/// The heading of a section.
pub(super) fn section(title: &str) -> String {
    format!(".SH {}\n", escaped(title))
}

/// A paragraph.
pub(super) fn paragraph(text: &str) -> String {
    format!(".PP\n{}\n", escaped(text))
}

/// A word and what it means.
pub(super) fn term(word: &str, means: &str) -> String {
    format!(".TP\n{}\n{}\n", escaped(word), escaped(means))
}

/// A description in Markdown: its headings, paragraphs, lists, tables and code. The title is the page's own.
pub(super) fn of_markdown(text: &str) -> String {
    let mut out = String::new();
    let (mut is_code, mut is_apart) = (false, true);
    for line in text.lines().skip_while(|line| line.starts_with("# ") || line.is_empty()) {
        if line.starts_with("```") {
            is_code = !is_code;
            out += if is_code { ".PP\n.EX\n" } else { ".EE\n" };
            is_apart = true;
        } else if is_code {
            out += &format!("{}\n", escaped_lines(line));
        } else if line.trim().is_empty() {
            is_apart = true;
        } else {
            out += &told(line, is_apart);
            is_apart = false;
        }
    }
    if is_code {
        out += ".EE\n";
    }
    out
}

/// A line outside of code.
fn told(line: &str, is_apart: bool) -> String {
    if let Some(title) = line.strip_prefix("## ").or_else(|| line.strip_prefix("### ")) {
        return format!(".SS {}\n", escaped(&plain(title)));
    }
    if let Some(item) = line.strip_prefix("- ") {
        return format!(".IP \\(bu 2\n{}\n", escaped(&plain(item)));
    }
    if let Some(row) = line.strip_prefix('|') {
        let cells: Vec<String> = row.trim_end_matches('|').split('|').map(|cell| plain(cell.trim())).collect();
        let is_rule = cells.iter().all(|cell| cell.chars().all(|c| matches!(c, '-' | ':')));
        return match cells.split_first() {
            Some((first, rest)) if !is_rule => term(first, &rest.join("; ")),
            _ => String::new(),
        };
    }
    if line.starts_with("    ") && is_apart {
        return format!(".PP\n.EX\n{}\n.EE\n", escaped_lines(line));
    }
    let lead = if is_apart { ".PP\n" } else { "" };
    format!("{lead}{}\n", escaped(&plain(line.trim_start())))
}

/// Without the marks of Markdown; a link is its words.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(begin) = rest.find("](") {
        let (before, link) = rest.split_at(begin);
        out += &before.replacen('[', "", 1);
        rest = link.find(')').map_or("", |end| &link[end + 1..]);
    }
    (out + rest).replace("**", "").replace('`', "")
}

/// A text in which nothing is taken for a request or an escape (groff_char(7)).
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    if text.starts_with(['.', '\'']) { format!("\\&{text}") } else { text }
}

/// The same for a line of code, whose quotation marks stay straight.
fn escaped_lines(line: &str) -> String {
    escaped(line).replace('\'', "\\(aq")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_taken_for_a_request() {
        let check = |text: &str, expect: &str| assert_eq!(escaped(text), expect);
        check(".rackward.toml", "\\&.rackward.toml");
        check("'x'", "\\&'x'");
        check("a\\b", "a\\eb");
        check("--for", "\\-\\-for");
    }

    #[test]
    fn markdown_becomes_a_page() {
        let check = |text: &str, expect: &str| assert_eq!(of_markdown(text), expect, "{text}");
        check("# Title\n\nOne `two` **three**\nand [four](x.md).", ".PP\nOne two three\nand four.\n");
        check("## Part\n- one\n- two", ".SS Part\n.IP \\(bu 2\none\n.IP \\(bu 2\ntwo\n");
        check("```toml\na = \"b\"\n.c\n```", ".PP\n.EX\na = \"b\"\n\\&.c\n.EE\n");
        check("| a | b |\n|---|---|\n| c | d |", ".TP\na\nb\n.TP\nc\nd\n");
        check("```\nopen", ".PP\n.EX\nopen\n.EE\n");
    }
}
