//! Which form an Arabic letter takes between its neighbours, by the characters that Unicode has for each form (Arabic Presentation
//! Forms A and B, Unicode 16 chapter 9.2). A letter that has none of its own stays as it is written. In which order letters stand
//! is `text.rs`'s.

/// A letter, its form when it stands alone, and how many forms it has: two (alone, at an end) or four (at a beginning and in the
/// middle as well). By letter.
const FORMS: &[(char, u32, u32)] = &[
    ('\u{621}', 0xfe80, 1),
    ('\u{622}', 0xfe81, 2),
    ('\u{623}', 0xfe83, 2),
    ('\u{624}', 0xfe85, 2),
    ('\u{625}', 0xfe87, 2),
    ('\u{626}', 0xfe89, 4),
    ('\u{627}', 0xfe8d, 2),
    ('\u{628}', 0xfe8f, 4),
    ('\u{629}', 0xfe93, 2),
    ('\u{62a}', 0xfe95, 4),
    ('\u{62b}', 0xfe99, 4),
    ('\u{62c}', 0xfe9d, 4),
    ('\u{62d}', 0xfea1, 4),
    ('\u{62e}', 0xfea5, 4),
    ('\u{62f}', 0xfea9, 2),
    ('\u{630}', 0xfeab, 2),
    ('\u{631}', 0xfead, 2),
    ('\u{632}', 0xfeaf, 2),
    ('\u{633}', 0xfeb1, 4),
    ('\u{634}', 0xfeb5, 4),
    ('\u{635}', 0xfeb9, 4),
    ('\u{636}', 0xfebd, 4),
    ('\u{637}', 0xfec1, 4),
    ('\u{638}', 0xfec5, 4),
    ('\u{639}', 0xfec9, 4),
    ('\u{63a}', 0xfecd, 4),
    ('\u{641}', 0xfed1, 4),
    ('\u{642}', 0xfed5, 4),
    ('\u{643}', 0xfed9, 4),
    ('\u{644}', 0xfedd, 4),
    ('\u{645}', 0xfee1, 4),
    ('\u{646}', 0xfee5, 4),
    ('\u{647}', 0xfee9, 4),
    ('\u{648}', 0xfeed, 2),
    ('\u{649}', 0xfeef, 2),
    ('\u{64a}', 0xfef1, 4),
    ('\u{679}', 0xfb66, 4),
    ('\u{67e}', 0xfb56, 4),
    ('\u{686}', 0xfb7a, 4),
    ('\u{688}', 0xfb88, 2),
    ('\u{691}', 0xfb8c, 2),
    ('\u{698}', 0xfb8a, 2),
    ('\u{6a9}', 0xfb8e, 4),
    ('\u{6af}', 0xfb92, 4),
    ('\u{6ba}', 0xfb9e, 2),
    ('\u{6be}', 0xfbaa, 4),
    ('\u{6c0}', 0xfba4, 2),
    ('\u{6c1}', 0xfba6, 4),
    ('\u{6cc}', 0xfbfc, 4),
    ('\u{6d2}', 0xfbae, 2),
];

const LAM: char = '\u{644}';
/// What lam makes one letter with, and that letter when it stands alone; its form at an end is the next character.
const WITH_LAM: [(char, u32); 4] = [('\u{622}', 0xfef5), ('\u{623}', 0xfef7), ('\u{625}', 0xfef9), ('\u{627}', 0xfefb)];

/// Lengthens the line between two letters: joins at both sides.
const TATWEEL: char = '\u{640}';
/// Joins without being seen.
const JOINER: char = '\u{200d}';
/// Keeps letters apart without being seen.
const NON_JOINER: char = '\u{200c}';

/// A letter as it is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Formed {
    /// The character of its form.
    pub(super) form: char,
    /// How many characters of the text it takes: two of lam with alef.
    pub(super) takes: usize,
}

/// Whether a character only steers how its neighbours join, at a place where it has something to steer.
pub(super) fn only_steers(text: &[char], place: usize) -> bool {
    let beside = |place: Option<usize>| place.and_then(|place| text.get(place)).is_some_and(|c| is_arabic(*c));
    matches!(text.get(place), Some(&(JOINER | NON_JOINER))) && beside(place.checked_sub(1)) && beside(Some(place + 1))
}

/// The form of the letter at a place.
pub(super) fn formed(text: &[char], place: usize) -> Option<Formed> {
    let letter = *text.get(place)?;
    let (_, alone, forms) = *FORMS.get(FORMS.binary_search_by_key(&letter, |(known, _, _)| *known).ok()?)?;
    let joins_before = forms > 1 && before(text, place).is_some_and(goes_on);
    if letter == LAM
        && let Some((_, alone)) = WITH_LAM.iter().find(|(alef, _)| text.get(place + 1) == Some(alef))
    {
        let form = char::from_u32(alone + u32::from(joins_before))?;
        return Some(Formed { form, takes: 2 });
    }
    let joins_after = forms == 4 && after(text, place).is_some_and(is_joined);
    let form = match (joins_before, joins_after) {
        (false, false) => 0,
        (true, false) => 1,
        (false, true) => 2,
        (true, true) => 3,
    };
    Some(Formed { form: char::from_u32(alone + form)?, takes: 1 })
}

/// The neighbour before; marks above and below letters do not part them.
fn before(text: &[char], place: usize) -> Option<char> {
    text.get(..place)?.iter().rev().copied().find(|c| !is_mark(*c))
}

fn after(text: &[char], place: usize) -> Option<char> {
    text.get(place + 1..)?.iter().copied().find(|c| !is_mark(*c))
}

/// Whether the letter behind joins to this one.
fn goes_on(letter: char) -> bool {
    forms_of(letter) == 4 || letter == TATWEEL || letter == JOINER
}

/// Whether the letter in front joins to this one.
fn is_joined(letter: char) -> bool {
    forms_of(letter) > 1 || letter == TATWEEL || letter == JOINER
}

fn forms_of(letter: char) -> u32 {
    let place = FORMS.binary_search_by_key(&letter, |(known, _, _)| *known);
    place.ok().and_then(|place| FORMS.get(place)).map_or(0, |(_, _, forms)| *forms)
}

const fn is_mark(c: char) -> bool {
    matches!(c, '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6dc}' | '\u{6df}'..='\u{6e4}')
}

const fn is_arabic(c: char) -> bool {
    matches!(c, '\u{620}'..='\u{6d3}' | '\u{750}'..='\u{77f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &str) {
        let text: Vec<char> = text.chars().collect();
        let (mut drawn, mut place) = (String::new(), 0);
        while let Some(c) = text.get(place) {
            let letter = formed(&text, place).unwrap_or(Formed { form: *c, takes: 1 });
            drawn.push(letter.form);
            place += letter.takes;
        }
        assert_eq!(drawn.escape_unicode().to_string(), expect.escape_unicode().to_string(), "{text:?}");
    }

    #[test]
    fn letters_join_as_they_are_written() {
        // Muhammad: at the beginning, twice in the middle, at an end behind a letter that joins.
        check("\u{645}\u{62d}\u{645}\u{62f}", "\u{fee3}\u{fea4}\u{fee4}\u{feaa}");
        // Marks do not part letters.
        check("\u{645}\u{64f}\u{62d}", "\u{fee3}\u{64f}\u{fea2}");
        // Dal goes on to nothing; lam and alef are one.
        check("\u{62f}\u{644}\u{627}", "\u{fea9}\u{fefb}");
        check("\u{633}\u{644}\u{627}\u{645}", "\u{feb3}\u{fefc}\u{fee1}");
        // A non-joiner parts letters that would join.
        check("\u{6cc}\u{200c}\u{631}", "\u{fbfc}\u{200c}\u{fead}");
        check("Ada", "Ada");
        assert!(FORMS.is_sorted_by_key(|(letter, _, _)| *letter));
    }
}
