//! Card formats in the site file: what a good one becomes, and what is said about each mistake.

use rackward_core::card::{CardField, CardFormat, Defined};

use super::*;

/// The least that a site file holds.
const SITE: &str = "[site]\nname = \"lon1\"\ntime_zone = \"UTC\"\n";

/// A format of a site's own: two bits that are always there, a facility code, an issue and a number, with a card.
const ACME: &str = r#"
[[card_format]]
name = "acme-32"
bits = 32
facility = "4-11"
issue = "12-13"
number = "14-31"
fixed = [{ over = "2", is = 1 }, { over = "3", is = 0 }]
parity = [
  { at = 1, kind = "odd", over = "2-32" },
  { at = 32, kind = "even", over = "14-31" },
]
sample = { bits = "c1901b39", facility = 12, issue = 2, number = 3484 }
"#;

/// Everything said about such a file with this text behind it: `LINE:COLUMN MESSAGE; HELP`, lines counted in the text.
fn said_of(text: &str) -> Vec<String> {
    let first = SITE.lines().count();
    let got = said(&format!("{SITE}{text}"));
    let block = |block: &str| {
        let mut lines = block.lines();
        let message = lines.next().unwrap_or_default();
        let place = lines.next().and_then(|line| line.split_once("rackward.toml:")).map_or("0:0", |(_, place)| place);
        let (line, column) = place.split_once(':').unwrap();
        let help = lines.find_map(|line| line.strip_prefix("help: ")).unwrap_or_default();
        format!("{}:{column} {message}; {help}", line.parse::<usize>().unwrap() - first)
    };
    got.split("error: ").skip(1).map(block).collect()
}

#[test]
fn a_format_of_the_site_is_read_whole() {
    assert_eq!(said_of(ACME), Vec::<String>::new());
    let config = Config::from_text(&format!("{SITE}{ACME}"), site_dir().path()).unwrap();
    let site = config.draft.build(&BTreeMap::new()).unwrap();
    let own: Vec<&CardFormat> =
        site.card_formats().iter().filter(|(_, by)| *by == Defined::Site).map(|(format, _)| format).collect();
    let [acme] = own.as_slice() else { panic!("{own:?}") };
    assert_eq!((acme.name(), acme.length_bits()), ("acme-32", 32));
    let largest = CardField::ALL.map(|field| acme.largest(field));
    assert_eq!(largest, [Some(255), Some(3), Some(262_143)]);
    assert!(site.card_formats().named("h10301").is_some(), "built-in formats are there as well");
}

#[test]
fn lists_of_tables_may_be_written_with_headers() {
    let text = ACME.replace(
        "sample = { bits = \"c1901b39\", facility = 12, issue = 2, number = 3484 }",
        "[[card_format.sample]]\nbits = \"C1901B39\"\nfacility = \"0x0c\"\nissue = 2\nnumber = \"3484\"",
    );
    assert_eq!(said_of(&text), Vec::<String>::new());
}

/// What is said when this stands instead of a passage.
fn check(passage: &str, instead: &str, expect: &[&str]) {
    assert_eq!(ACME.matches(passage).count(), 1, "{passage}");
    assert_eq!(said_of(&ACME.replace(passage, instead)), expect, "{instead}");
}

#[test]
fn each_mistake_in_a_name_or_field_is_named_with_its_place() {
    check("name = \"acme-32\"\n", "", &[r#"2:1 [[card_format]] has no "name"; add name = "...""#]);
    check(
        "acme-32",
        "Acme",
        &["3:8 the name is not one of a card format; use small letters, digits and dashes, up to 32"],
    );
    check(
        "acme-32",
        "h10301",
        &[r#"3:8 card format "h10301" is built in and means the same at every site; choose another name"#],
    );
    check("bits = 32\n", "", &[r#"2:1 [[card_format]] has no "bits"; add bits = a whole number"#]);
    check("bits = 32", "bits = 0", &["4:8 a card of 0 bits is none; write how many bits a reader sends, 1 to 256"]);
    check("bits = 32", "bits = 257", &["4:8 a card of 257 bits is none; write how many bits a reader sends, 1 to 256"]);
    check(
        "\"4-11\"",
        "\"11-4\"",
        &[
            r#"5:12 "11-4" is no run of bits; write the first and the last position as the data sheet prints them, from 1 to 256: "2-9""#,
        ],
    );
    check("\"4-11\"", "4", &[r#"5:12 "facility" is a whole number, not a text; write it in quotes"#]);
    check(
        "\"4-11\"",
        "\"5-11\"",
        &[
            "4:8 no field, fixed bit or parity speaks for bit 4; add it to a field, or to fixed with the value it has on every card",
        ],
    );
    check(
        "\"12-13\"",
        "\"11-13\"",
        &[
            "6:9 facility and issue both claim bit 11; give each bit to one of them; a parity bit is not part of a number",
        ],
    );
    check("number = \"14-31\"\n", "", &[r#"2:1 [[card_format]] has no "number"; add number = "...""#]);
}

#[test]
fn each_mistake_in_a_fixed_bit_or_parity_is_named_with_its_place() {
    check("is = 0", "is = 2", &["8:53 a bit is never 2; write 0 or 1"]);
    check(
        "over = \"3\", is = 0",
        "over = \"3\"",
        &[r#"8:34 "fixed" of [[card_format]] has no "is"; add is = a whole number"#],
    );
    check("at = 1,", "at = 0,", &["10:10 0 is no position of a bit; count positions from 1, up to 256"]);
    check("\"odd\"", "\"od\"", &[r#"10:20 "od" is not a kind; did you mean "odd"?"#]);
    check("2-32", "2-33", &["9:10 a card of 32 bits has no bit 33; count positions from 1 to the number of bits"]);
    check(
        "2-32",
        "1-32",
        &["9:10 the parity at 1 covers itself; leave its own place out of over; it always counts itself"],
    );
    check(
        "over = \"2-32\"",
        "ower = \"2-32\"",
        &[
            r#"10:3 "parity" of [[card_format]] has no "over"; add over = "...""#,
            r#"10:27 unknown key "ower" in "parity" of [[card_format]]; did you mean "over"?"#,
        ],
    );
    check(
        "parity = [\n",
        "parity = [1,\n",
        &[
            r#"9:10 "parity" is not a list of tables; write it in brackets and braces: parity = [{ at = 1, kind = "even", over = "2-13" }]"#,
        ],
    );
    check(
        "\"even\", over = \"14-31\"",
        "\"even\", over = \"1,14-31\"",
        &[
            "9:10 the parities at bits 1,32 cover each other, so that none can be computed first; take one of them out of what the other covers",
        ],
    );
    check(
        "[[card_format]]",
        "[card_format]",
        &[r#"2:1 "card_format" is not written as a list of tables; write [[card_format]] for each one"#],
    );
}

#[test]
fn a_format_whose_parity_does_not_hold_on_its_own_sample_is_refused() {
    let help = "correct the format, or the bits of the sample";
    let check = |text: &str, expect: &[String]| assert_eq!(said_of(text), expect);
    check(
        &ACME.replace("\"odd\"", "\"even\""),
        &[format!("13:10 sample 1: the even parity bit at 1 does not hold; {help}")],
    );
    check(
        &ACME.replace("14-31\" },", "21-31\" },"),
        &[format!("13:10 sample 1: the even parity bit at 32 does not hold; {help}")],
    );
    check(
        &ACME.replace("is = 0", "is = 1"),
        &[format!("13:10 sample 1: bit 3 is not what it is on every card of this format; {help}")],
    );
    check(
        &ACME.replace("number = 3484", "number = 3485"),
        &["13:10 sample 1: its bits hold another number than is written beside them; correct where the field stands, or the sample".to_owned()],
    );
}

#[test]
fn nothing_said_about_a_sample_shows_it() {
    let sample = "sample = { bits = \"c1901b39\", facility = 12, issue = 2, number = 3484 }";
    let check = |instead: &str, expect: &[&str]| {
        let text = ACME.replace(sample, instead);
        let said_whole = said(&format!("{SITE}{text}"));
        for shown in ["3484", "c1901b", "\"12\""] {
            assert!(!said_whole.contains(shown), "{said_whole}");
        }
        assert_eq!(said_of(&text), expect, "{instead}");
    };
    let fill = "write as many digits as fill whole bytes, the first bit highest, unused bits behind the last one zero";
    let bits = format!("the bits of the sample are not 32 in hexadecimal; {fill}");
    check("sample = { bits = \"c1901b3\", number = 3484 }", &[&format!("13:10 {bits}")]);
    check("sample = [\n{ bits = \"c1901b3900\", number = 3484 }]", &[&format!("14:1 {bits}")]);
    check("[[card_format.sample]]\nbits = \"c1901b3z\"\nnumber = 3484", &[&format!("13:1 {bits}")]);
    check(
        "sample = [\n{ number = 3484.5, bits = \"c1901b39\", facility = \"12.\", colour = 1 }]",
        &[
            r#"14:1 the facility of the sample is no number; write the digits printed on the card; hexadecimal ones in quotes after 0x"#,
            r#"14:1 "number" is a number with a fraction, not a whole number; write digits without quotes"#,
            r#"14:1 unknown key "colour" in "sample" of [[card_format]]; known here are "bits", "facility", "issue", "number""#,
        ],
    );
    check(
        "[[card_format.sample]]\nbits = \"c1901b39\"\nfacility = 12\nissue = 2",
        &[r#"13:1 the sample has no "number"; add number = what is printed on the card"#],
    );
    check(
        "[[card_format.sample]]\nbits = \"c1901b39\"\nissue = 2\nnumber = 3484",
        &[
            "13:1 sample 1: its bits hold another facility code than is written beside them; correct where the field stands, or the sample",
        ],
    );
}
