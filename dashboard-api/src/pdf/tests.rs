//! Sheets that are read back: that nothing of a text is lost, whatever it is, and that paper is filled as it should be.

use proptest::prelude::*;
use rackward_core::engine::command::is_unseen;

use super::face::Face;
use super::*;

fn running() -> Running {
    Running {
        title: "Site lon1: a list".to_owned(),
        filter: "Everything".to_owned(),
        printed: "Printed now".to_owned(),
        foot: "Journal at entry 9".to_owned(),
        made_at: Wall::from_seconds(1_784_901_802),
    }
}

const COLUMNS: [Column; 2] = [Column { head: "No", width: 30.0 }, Column { head: "Text", width: 120.0 }];

/// A table with these texts, as the texts on each page.
fn printed(texts: &[String]) -> Vec<Vec<String>> {
    let mut sheet = Sheet::begin(running()).unwrap();
    let row = |(place, text): (usize, &String)| vec![vec![format!("#{place}")], vec![text.clone()]];
    sheet.table(&COLUMNS, texts.iter().enumerate().map(row));
    let (file, count) = sheet.finish().unwrap();
    let pages = reading::pages(&file);
    assert_eq!(pages.len(), count);
    pages
}

/// How often each character stands in a text, spaces left out; what nobody sees stands as what is printed for it.
fn tally(text: &str) -> std::collections::BTreeMap<char, usize> {
    let mut tally = std::collections::BTreeMap::new();
    let shown = |c: char| if is_unseen(c) { char::REPLACEMENT_CHARACTER } else { c };
    for c in text.chars().filter(|c| *c != ' ').map(shown) {
        *tally.entry(c).or_default() += 1;
    }
    tally
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Whatever a name is: each of its characters is on the paper, and every row is.
    #[test]
    fn nothing_of_a_text_vanishes(
        name in prop_oneof![
            "\\PC{0,60}", ".{0,200}", "[\\u{590}-\\u{6ff}a-z()\\u{202a}-\\u{202e}\\u{2066}-\\u{2069} ]{0,80}",
            "[\\u{4e00}-\\u{4eff}\\u{1f300}-\\u{1faff}\\u{fe0f}\\u{200d}\\u{0}-\\u{20}]{0,80}", "(\\)|\\(|\\\\|<|>){0,80}",
        ],
    ) {
        let pages = printed(&[name.clone(), "after".to_owned()]);
        let text: String = pages.iter().flatten().map(String::as_str).collect();
        prop_assert!(text.contains("#0") && text.contains("#1") && text.contains("after"));
        let there = tally(&text);
        // A joiner between letters that join steers them, and is not drawn.
        let joiners = ['\u{200c}', '\u{200d}'];
        let name: String = name.chars().filter(|c| !joiners.contains(c)).collect();
        for (c, count) in tally(&name) {
            prop_assert!(there.get(&c) >= Some(&count), "{:?} of {:?}", c, name);
        }
    }
}

#[test]
fn lines_are_as_wide_as_they_may_be_and_no_wider() {
    let mut face = Face::open().unwrap();
    let text = "lon1/hall-a/r07/c03/front and Ann-Kathrin Wolfeschlegelsteinhausenbergerdorff ".repeat(9);
    for width in [8.0, 40.0, 77.0, 300.0, 5_000.0] {
        let lines = face.lines(&text, 7.0, width);
        for line in &lines {
            assert!(line.width * 7.0 / 1000.0 <= width || line.codes.len() == 2, "{width}");
        }
        let signs: usize = lines.iter().map(|line| line.codes.len() / 2).sum();
        let seen = text.chars().filter(|c| *c != ' ').count();
        assert!(signs >= seen && signs <= text.len(), "{width}");
    }
    assert_eq!(face.lines("", 7.0, 40.0), [Line::default()]);
    assert_eq!(face.lines("a b", 7.0, 0.1).len(), 2);
}

#[test]
fn what_goes_from_right_to_left_stands_in_order() {
    let drawn = |text: &str| printed(&[text.to_owned()])[0].last().unwrap().clone();
    // Shalom, as it stands on paper from left to right; a programme that reads it turns it round.
    assert_eq!(drawn("\u{5e9}\u{5dc}\u{5d5}\u{5dd}"), "\u{5dd}\u{5d5}\u{5dc}\u{5e9}");
    assert_eq!(drawn("p-7 (\u{5d0}\u{5d1}) x"), "p-7 (\u{5d1}\u{5d0}) x");
    // What would turn the rest round is a box, and turns nothing round.
    assert_eq!(drawn("A\u{202e}nn"), "A\u{fffd}nn");
}

#[test]
fn what_the_font_lacks_is_a_box_and_can_be_copied() {
    let mut face = Face::open().unwrap();
    let (known, unknown) = (face.line("Ä"), face.line("\u{9f8d}"));
    assert!(known.width > 0.0 && unknown.width > 0.0);
    assert_eq!(face.glyph('\u{9f8d}'), None);
    for c in "ÄßŁőŠŽćΑώЖщґԱაאبﻼ€„“–…№".chars() {
        assert!(face.glyph(c).is_some(), "{c}");
    }
    let pages = printed(&["\u{9f8d} \u{1f600}".to_owned()]);
    assert!(pages[0].iter().any(|text| text == "\u{9f8d} \u{1f600}"), "{pages:?}");
}

#[test]
fn a_row_higher_than_a_page_goes_on_on_the_next_one() {
    // A word that can be broken would lie on two pages where one ends.
    let long: Vec<String> = (0..2_000).map(|number| format!("word{number}end")).collect();
    let pages = printed(&["first".to_owned(), long.join(" "), "last".to_owned()]);
    assert!(pages.len() > 3, "{}", pages.len());
    let text: String = pages.iter().flatten().map(String::as_str).collect();
    for word in &long {
        assert!(text.contains(word.as_str()), "{word}");
    }
    for (place, page) in pages.iter().enumerate() {
        assert_eq!(page[0], format!("page {} of {}", place + 1, pages.len()));
        assert!(page.contains(&"No".to_owned()) && page.contains(&"Text".to_owned()), "column heads");
        assert!(page.contains(&"#1".to_owned()), "which row goes on is said");
        assert!(page.contains(&"Site lon1: a list".to_owned()) && page.contains(&"Journal at entry 9".to_owned()));
    }
    assert!(text.contains("first") && text.contains("last"));
}

#[test]
fn a_head_that_is_too_long_says_where_the_rest_is() {
    let mut running = running();
    running.filter = "lon1/hall-a/r01, ".repeat(200);
    let (file, _) = Sheet::begin(running).unwrap().finish().unwrap();
    let page = &reading::pages(&file)[0];
    assert!(page.contains(&"... and more, which is on page 1 in full".to_owned()), "{page:?}");
}
