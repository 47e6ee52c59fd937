//! From an uploaded SVG to one that shows a plan and does nothing else. Whatever is not a drawing's is named with its line and
//! what to do about it, all of it at once; what an editor keeps for itself goes silently. What comes out goes in again and
//! comes out the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::values::{Fit, Kind, RESERVED_IDS, Verdict, attribute, element, is_id, is_presentation, written};
use super::xml::{Reader, Token};

/// The largest drawing, in bytes. A hall of five thousand racks takes some three million.
pub const PLAN_MAX_BYTES: usize = 20 << 20;

/// How many problems are named; who has more mends these first.
pub const PROBLEMS_MAX_COUNT: usize = 100;

/// How deep elements may lie in each other: drawings have a handful of layers.
const DEPTH_MAX_COUNT: usize = 64;

/// How many elements a drawing may have: a browser moves so many, and hardly more.
const ELEMENTS_MAX_COUNT: usize = 200_000;

/// The longest path of a place, in bytes.
const PLACE_MAX_BYTES: usize = 512;

const SVG: &str = "http://www.w3.org/2000/svg";

/// Something that keeps a drawing from being taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// In which line, from 1.
    pub line: usize,
    /// What is wrong, and what to do about it.
    pub detail: String,
}

/// A drawing that shows a plan and does nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawing {
    /// The whole SVG.
    pub svg: String,
    /// What in it has an id or shows a place.
    pub elements: Vec<Element>,
}

/// An element that has an id or shows a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// By what it is bound.
    pub id: Option<String>,
    /// What it shows.
    pub place: Option<String>,
    /// Which side of a rack: `front` or `rear`.
    pub face: Option<&'static str>,
}

/// The drawing that an uploaded file is.
///
/// # Errors
/// Everything that is wrong with it, up to [`PROBLEMS_MAX_COUNT`], in order of line; never nothing.
pub fn drawn(file: &[u8]) -> Result<Drawing, Vec<Problem>> {
    rendered(file, &BTreeMap::new(), &|_| true)
}

/// The same with elements bound to places: by id, the place, or none where it is to show nothing. Places that are not `seen`
/// are not named.
///
/// # Errors
/// The same as of [`drawn`].
pub fn rendered(
    file: &[u8],
    bound: &BTreeMap<String, String>,
    seen: &dyn Fn(&str) -> bool,
) -> Result<Drawing, Vec<Problem>> {
    let problem = |line, detail: &str| vec![Problem { line, detail: detail.to_owned() }];
    if file.len() > PLAN_MAX_BYTES {
        return Err(problem(1, "a plan has at most 20 MB; leave out what nobody needs to see, or split it by floor"));
    }
    let text = std::str::from_utf8(file).map_err(|_| problem(1, "a plan is text in UTF-8; save it as that"))?;
    let mut writer = Writer::new(bound, seen);
    let mut reader = Reader::new(text);
    loop {
        let line = reader.line();
        match reader.next() {
            Ok(Some(token)) => writer.take(line, token),
            Ok(None) => break writer.end(line),
            Err(broken) => {
                writer.note(line, broken.to_string());
                break writer.end(line);
            }
        }
        if writer.is_given_up() {
            break writer.end(line);
        }
    }
}

/// An element that is open.
struct Frame<'a> {
    name: &'a str,
    /// What it is if it stays.
    kind: Option<Kind>,
    /// Which namespace names without a prefix are of, and which prefixes are SVG's.
    is_svg: bool,
    prefix: Option<&'a str>,
}

struct Writer<'a> {
    bound: &'a BTreeMap<String, String>,
    seen: &'a dyn Fn(&str) -> bool,
    out: String,
    open: Vec<Frame<'a>>,
    elements: Vec<Element>,
    ids: BTreeSet<String>,
    problems: Vec<Problem>,
    count: usize,
    is_over: bool,
    is_hopeless: bool,
}

impl<'a> Writer<'a> {
    fn new(bound: &'a BTreeMap<String, String>, seen: &'a dyn Fn(&str) -> bool) -> Self {
        Self {
            bound,
            seen,
            out: String::new(),
            open: Vec::new(),
            elements: Vec::new(),
            ids: BTreeSet::new(),
            problems: Vec::new(),
            count: 0,
            is_over: false,
            is_hopeless: false,
        }
    }

    fn is_given_up(&self) -> bool {
        self.is_hopeless || self.problems.len() >= PROBLEMS_MAX_COUNT
    }

    fn note(&mut self, line: usize, detail: impl Into<String>) {
        if self.problems.len() < PROBLEMS_MAX_COUNT {
            self.problems.push(Problem { line, detail: detail.into() });
        }
    }

    fn end(mut self, line: usize) -> Result<Drawing, Vec<Problem>> {
        if self.problems.is_empty() && !self.is_over {
            let detail = if self.open.is_empty() { "there is no drawing in it" } else { "the drawing has no end" };
            self.note(line, format!("{detail}; save it again as SVG"));
        }
        if self.problems.is_empty() {
            Ok(Drawing { svg: self.out, elements: self.elements })
        } else {
            Err(self.problems)
        }
    }

    fn take(&mut self, line: usize, token: Token<'a>) {
        match token {
            Token::Start { name, attributes, is_empty } => self.start(line, name, attributes, is_empty),
            Token::End(name) => self.close(line, name),
            Token::Text(text) => self.text(line, &text),
        }
    }

    fn text(&mut self, line: usize, text: &str) {
        match self.open.last().map(|frame| frame.kind) {
            Some(Some(Kind::Letters)) => escape(text, &mut self.out),
            Some(_) => {}
            None if text.trim().is_empty() => {}
            None => self.note(line, "text stands outside of the drawing; remove it"),
        }
    }

    fn close(&mut self, line: usize, name: &str) {
        match self.open.pop() {
            Some(frame) if frame.name == name => {
                if frame.kind.is_some() {
                    let local = name.rsplit(':').next().unwrap_or(name);
                    // Writing into a string cannot fail.
                    let _ = write!(self.out, "</{local}>");
                }
                self.is_over |= self.open.is_empty();
            }
            Some(_) | None => {
                self.is_hopeless = true;
                self.note(line, format!("</{}> ends nothing; save the drawing again", short(name)));
            }
        }
    }

    fn start(&mut self, line: usize, name: &'a str, attributes: Attributes<'a>, is_empty: bool) {
        if self.is_over {
            self.is_hopeless = true;
            return self.note(line, "something stands behind the drawing; remove it");
        }
        self.count += 1;
        if self.count > ELEMENTS_MAX_COUNT || self.open.len() >= DEPTH_MAX_COUNT {
            self.is_hopeless = true;
            let detail = format!(
                "a plan has at most {ELEMENTS_MAX_COUNT} elements, {DEPTH_MAX_COUNT} deep; join shapes or split the plan"
            );
            return self.note(line, detail);
        }
        let (is_svg, prefix) = self.namespaces(&attributes);
        let (before, local) = name.split_once(':').map_or((None, name), |(before, local)| (Some(before), local));
        let is_ours = before.map_or(is_svg, |before| Some(before) == prefix);
        let inside = self.open.last().map(|frame| frame.kind);
        let kind = match inside {
            // What an editor keeps for itself goes with all in it.
            Some(None) => None,
            _ if !is_ours => {
                if inside.is_none() {
                    self.is_hopeless = true;
                    self.note(
                        line,
                        "this is no SVG drawing; it begins with <svg xmlns=\"http://www.w3.org/2000/svg\">",
                    );
                }
                None
            }
            _ => self.kind_of(line, local),
        };
        if let Some(kind) = kind {
            self.write(line, local, kind, &attributes);
            let _ = write!(self.out, "{}", if is_empty { "/>" } else { ">" });
        }
        match is_empty {
            true => self.is_over |= self.open.is_empty(),
            false => self.open.push(Frame { name, kind, is_svg, prefix }),
        }
    }

    /// Whether names without a prefix are SVG's here, and which prefix is.
    fn namespaces(&self, attributes: &Attributes<'a>) -> (bool, Option<&'a str>) {
        let mut here = self.open.last().map_or((false, None), |frame| (frame.is_svg, frame.prefix));
        for (name, value) in attributes {
            match name.strip_prefix("xmlns") {
                Some("") => here.0 = value == SVG,
                Some(prefix) if prefix.starts_with(':') && value == SVG => here.1 = prefix.get(1..),
                Some(_) | None => {}
            }
        }
        here
    }

    fn kind_of(&mut self, line: usize, name: &str) -> Option<Kind> {
        let is_root = self.open.is_empty();
        if is_root != (name == "svg") {
            self.is_hopeless |= is_root;
            let detail = if is_root { "a drawing begins with <svg>" } else { "a drawing has no second <svg> in it" };
            self.note(line, format!("{detail}; save it as one plain SVG"));
            return None;
        }
        match element(name) {
            Verdict::Keep(kind) => Some(kind),
            Verdict::Drop => None,
            Verdict::Refuse(advice) => {
                self.note(line, format!("<{}> is not taken: {advice}", short(name)));
                None
            }
        }
    }

    /// Writes an element's beginning without its end.
    fn write(&mut self, line: usize, name: &str, kind: Kind, attributes: &Attributes<'a>) {
        let mut kept: Vec<(String, String)> = Vec::new();
        for (name, value) in attributes {
            self.attribute(line, name, value, &mut kept);
        }
        let is_root = self.open.is_empty();
        if is_root {
            self.sized(line, &mut kept);
        }
        let _ = write!(self.out, "<{name}");
        if is_root {
            let _ = write!(self.out, " xmlns=\"{SVG}\"");
        }
        self.element(line, kind, attributes, is_root);
        for (name, value) in &kept {
            let _ = write!(self.out, " {name}=\"");
            escape(value, &mut self.out);
            self.out.push('"');
        }
    }

    /// What an attribute becomes.
    fn attribute(&mut self, line: usize, name: &str, value: &str, kept: &mut Vec<(String, String)>) {
        let local = name.rsplit(':').next().unwrap_or(name);
        if local.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("on")) {
            return self.note(line, format!("{} is not taken: remove it, a plan carries out nothing", short(name)));
        }
        if local == "href" || local == "src" {
            // What is linked inside of the drawing only says how paint continues; it goes without it.
            if !value.trim().starts_with('#') {
                let detail = format!("{} leads outside of the drawing: remove it", short(name));
                self.note(line, detail);
            }
            return;
        }
        if name == "style" {
            return self.style(line, value, kept);
        }
        match attribute(name, value) {
            Fit::Keep => put(kept, name, written(value)),
            Fit::Drop => {}
            Fit::Outside => self.note(line, outside(name)),
        }
    }

    /// Declarations become attributes: the console allows no styles in a page.
    fn style(&mut self, line: usize, style: &str, kept: &mut Vec<(String, String)>) {
        for declaration in style.split(';') {
            let Some((name, value)) = declaration.split_once(':') else { continue };
            let (name, value) = (name.trim(), value.trim());
            let fit = if is_presentation(name) { attribute(name, value) } else { Fit::Drop };
            match fit {
                Fit::Keep => put(kept, name, written(value)),
                Fit::Outside => self.note(line, outside(name)),
                Fit::Drop if value.to_ascii_lowercase().contains("url(") => self.note(line, outside(name)),
                Fit::Drop => {}
            }
        }
    }

    /// A drawing without a size cannot be fitted into a pane.
    fn sized(&mut self, line: usize, kept: &mut Vec<(String, String)>) {
        let of = |name: &str| kept.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        if of("viewBox").is_some() {
            return;
        }
        let number = |name: &str| {
            let text = of(name)?.trim().trim_end_matches("px");
            text.parse::<f64>().ok().filter(|number| number.is_finite() && *number > 0.0)
        };
        match (number("width"), number("height")) {
            (Some(width), Some(height)) => kept.push(("viewBox".to_owned(), format!("0 0 {width} {height}"))),
            _ => self.note(line, "the drawing has no size: give <svg> a viewBox, such as viewBox=\"0 0 1200 800\""),
        }
    }

    /// Writes by what an element is known and which place it shows.
    fn element(&mut self, line: usize, kind: Kind, attributes: &Attributes<'a>, is_root: bool) {
        let of = |wanted: &str| attributes.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.as_ref());
        let id = of("id").filter(|id| is_id(id)).map(str::to_owned);
        if let Some(id) = &id {
            if RESERVED_IDS.contains(&id.as_str()) {
                self.note(line, format!("the console itself has something of the id {id}; choose another one"));
            }
            if !self.ids.insert(id.clone()) {
                self.note(line, format!("two elements have the id {id}; give each its own"));
            }
            let _ = write!(self.out, " id=\"{id}\"");
        }
        if is_root || kind == Kind::Paint {
            return;
        }
        let own = of("data-rackward").filter(|place| is_place(place));
        let place = id.as_ref().and_then(|id| self.bound.get(id)).map(String::as_str).or(own);
        let place = place.filter(|place| (self.seen)(place)).map(str::to_owned);
        let face = of("data-face").and_then(|face| ["front", "rear"].into_iter().find(|known| *known == face));
        if let Some(place) = &place {
            self.out.push_str(" data-rackward=\"");
            escape(place, &mut self.out);
            self.out.push('"');
        }
        if let Some(face) = face {
            let _ = write!(self.out, " data-face=\"{face}\"");
        }
        if id.is_some() || place.is_some() {
            self.elements.push(Element { id, place, face });
        }
    }
}

type Attributes<'a> = Vec<(&'a str, std::borrow::Cow<'a, str>)>;

/// A later value of the same name is the one that counts.
fn put(kept: &mut Vec<(String, String)>, name: &str, value: String) {
    match kept.iter_mut().find(|(known, _)| known == name) {
        Some((_, old)) => *old = value,
        None => kept.push((name.to_owned(), value)),
    }
}

fn outside(name: &str) -> String {
    format!("{} refers to something outside of the drawing: remove it, or use a plain colour", short(name))
}

/// A place by path: what doors and areas are called.
pub(super) fn is_place(text: &str) -> bool {
    let plain = |c: char| !c.is_control() && !c.is_whitespace() && !"<>\"'&*".contains(c);
    let has_parts = text.split('/').all(|part| !part.is_empty());
    text.len() <= PLACE_MAX_BYTES && has_parts && text.chars().all(plain)
}

/// A name as a problem tells it: somebody else's text is kept short.
fn short(name: &str) -> String {
    name.chars().filter(|c| c.is_ascii_graphic()).take(40).collect()
}

fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests;
