//! Reads XML one token after the other, as far as drawings have it: elements, attributes, text. No DOCTYPE, so no entities of
//! anybody's own; nothing is fetched, nothing expands. What it takes for a name or a value is written anew by whoever reads
//! here and nothing is copied, so that another reader's opinion of the input does not matter.

use std::borrow::Cow;

/// The most attributes of one element: drawings have a dozen, editors' own some more.
const ATTRIBUTES_MAX_COUNT: usize = 128;

/// One token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// An element begins; one that is empty ends as well, and has no [`Token::End`].
    Start { name: &'a str, attributes: Vec<(&'a str, Cow<'a, str>)>, is_empty: bool },
    /// An element ends.
    End(&'a str),
    /// Text, also that of CDATA.
    Text(Cow<'a, str>),
}

/// Why reading cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Broken {
    #[error("a document type or an entity of its own is never taken; remove <!DOCTYPE ...>")]
    DocumentType,
    #[error("an entity is used that XML has not; write the character itself, or its number such as &#233;")]
    Entity,
    #[error("the file ends in the middle of something; save it again")]
    End,
    #[error("this is no XML: {0}; save it again with a program that draws")]
    Form(&'static str),
    #[error("an element has more than {ATTRIBUTES_MAX_COUNT} attributes; save it as plain SVG")]
    Attributes,
}

/// A reader, and in which line it is.
pub(super) struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

type Read<T> = Result<T, Broken>;

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text.strip_prefix('\u{feff}').unwrap_or(text), line: 1 }
    }

    /// The line in which the next token begins, from 1.
    pub(super) const fn line(&self) -> usize {
        self.line
    }

    /// The next token; `None` at the end.
    pub(super) fn next(&mut self) -> Read<Option<Token<'a>>> {
        loop {
            if self.rest.is_empty() {
                return Ok(None);
            }
            if !self.rest.starts_with('<') {
                let end = self.rest.find('<').unwrap_or(self.rest.len());
                let text = self.take(end);
                return Ok(Some(Token::Text(unescaped(text)?)));
            }
            if self.skip("<!--") {
                self.until("-->")?;
            } else if self.skip("<![CDATA[") {
                return Ok(Some(Token::Text(plain(self.until("]]>")?)?)));
            } else if self.skip("<?") {
                self.until("?>")?;
            } else if self.rest.starts_with("<!") {
                return Err(Broken::DocumentType);
            } else if self.skip("</") {
                let name = self.name()?;
                self.space();
                return if self.skip(">") { Ok(Some(Token::End(name))) } else { Err(Broken::Form("an end tag")) };
            } else {
                return self.start().map(Some);
            }
        }
    }

    fn start(&mut self) -> Read<Token<'a>> {
        self.take(1);
        let name = self.name()?;
        let mut attributes: Vec<(&'a str, Cow<'a, str>)> = Vec::new();
        loop {
            let is_apart = self.space();
            if self.skip(">") {
                return Ok(Token::Start { name, attributes, is_empty: false });
            }
            if self.skip("/>") {
                return Ok(Token::Start { name, attributes, is_empty: true });
            }
            if self.rest.is_empty() {
                return Err(Broken::End);
            }
            if !is_apart {
                return Err(Broken::Form("a tag"));
            }
            let (name, value) = self.attribute()?;
            if attributes.iter().any(|(known, _)| *known == name) {
                return Err(Broken::Form("an attribute stands twice in a tag"));
            }
            if attributes.len() == ATTRIBUTES_MAX_COUNT {
                return Err(Broken::Attributes);
            }
            attributes.push((name, value));
        }
    }

    fn attribute(&mut self) -> Read<(&'a str, Cow<'a, str>)> {
        let name = self.name()?;
        self.space();
        if !self.skip("=") {
            return Err(Broken::Form("an attribute has no value"));
        }
        self.space();
        let quote = match self.rest.chars().next() {
            Some('"') => "\"",
            Some('\'') => "'",
            Some(_) => return Err(Broken::Form("a value has no quotation marks")),
            None => return Err(Broken::End),
        };
        self.take(1);
        let value = self.until(quote)?;
        if value.contains('<') { Err(Broken::Form("a value contains <")) } else { Ok((name, unescaped(value)?)) }
    }

    fn name(&mut self) -> Read<&'a str> {
        let ends = |c: char| c.is_whitespace() || "<>/='\"!?&".contains(c) || c.is_control();
        let end = self.rest.find(ends).ok_or(Broken::End)?;
        if end == 0 { Err(Broken::Form("a name is missing")) } else { Ok(self.take(end)) }
    }

    /// Whether there was space.
    fn space(&mut self) -> bool {
        let length = self.rest.len() - self.rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
        self.take(length);
        length > 0
    }

    fn skip(&mut self, mark: &str) -> bool {
        let is_there = self.rest.starts_with(mark);
        if is_there {
            self.take(mark.len());
        }
        is_there
    }

    /// What stands before a mark, which is taken as well.
    fn until(&mut self, mark: &str) -> Read<&'a str> {
        let end = self.rest.find(mark).ok_or(Broken::End)?;
        let text = self.take(end);
        self.take(mark.len());
        Ok(text)
    }

    /// So many bytes, which end where a character does.
    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.line += taken.bytes().filter(|byte| *byte == b'\n').count();
        self.rest = rest;
        taken
    }
}

/// Text without escapes. What nobody sees is a space.
fn unescaped(text: &str) -> Read<Cow<'_, str>> {
    if !text.contains('&') {
        return plain(text);
    }
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('&') {
        let (name, after) = behind.split_once(';').ok_or(Broken::Entity)?;
        whole.push_str(&plain(before)?);
        whole.push(spaced(character(name).ok_or(Broken::Entity)?));
        rest = after;
    }
    whole.push_str(&plain(rest)?);
    Ok(Cow::Owned(whole))
}

fn character(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let is_plain =
                |digits: &str| (1..=8).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_alphanumeric());
            let number = match number.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16).ok().filter(|_| is_plain(hex)),
                None => number.parse().ok().filter(|_| is_plain(number)),
            };
            number.and_then(char::from_u32)
        }
    }
}

fn plain(text: &str) -> Read<Cow<'_, str>> {
    if text.chars().all(|c| spaced(c) == c) {
        return Ok(Cow::Borrowed(text));
    }
    Ok(Cow::Owned(text.chars().map(spaced).collect()))
}

/// Line breaks and what nobody sees as a space, so that what is written is read as it was.
fn spaced(c: char) -> char {
    let is_odd = c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}' | '\u{feff}');
    if is_odd { ' ' } else { c }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Read<Vec<Token<'_>>> {
        let mut reader = Reader::new(text);
        let mut tokens = Vec::new();
        while let Some(token) = reader.next()? {
            tokens.push(token);
        }
        Ok(tokens)
    }

    #[test]
    fn elements_and_text_are_read_as_they_are() {
        let text = "<?xml version=\"1.0\"?><!-- x --><a b='1' c = \"&lt;&#x41;&#10;\"/>t&amp;<![CDATA[<x>]]></a >";
        let attributes = vec![("b", Cow::Borrowed("1")), ("c", Cow::Borrowed("<A "))];
        let expect = vec![
            Token::Start { name: "a", attributes, is_empty: true },
            Token::Text("t&".into()),
            Token::Text("<x>".into()),
            Token::End("a"),
        ];
        assert_eq!(all(text).unwrap(), expect);
    }

    #[test]
    fn what_is_no_xml_is_said_with_its_line() {
        let check = |text: &str, expect: Broken| assert_eq!(all(text), Err(expect), "{text}");
        check("<!DOCTYPE svg>", Broken::DocumentType);
        check("<!ENTITY a 'b'>", Broken::DocumentType);
        check("<a>&nbsp;</a>", Broken::Entity);
        check("<a>&#xD800;</a>", Broken::Entity);
        check("<a b='&x", Broken::End);
        check("<a", Broken::End);
        check("<a b>", Broken::Form("an attribute has no value"));
        check("<a b=c>", Broken::Form("a value has no quotation marks"));
        check("<a b='1'c='2'>", Broken::Form("a tag"));
        check("<a b='1' b='2'>", Broken::Form("an attribute stands twice in a tag"));
        check("<a b='<'>", Broken::Form("a value contains <"));
        check("<>", Broken::Form("a name is missing"));
        check("<!-- ", Broken::End);
        let many: String = (0..200).map(|number| format!(" a{number}='1'")).collect();
        check(&format!("<a{many}/>"), Broken::Attributes);
        let mut reader = Reader::new("<a>\n\n<b c='\n'/></a>");
        while reader.next().unwrap() != Some(Token::End("a")) {}
        assert_eq!(reader.line(), 4);
    }
}
