//! Files with people as tables: what is read from them, and everything that is wrong with them.

use super::*;

fn read(text: &str) -> Roster {
    Roster::read(text.as_bytes(), &Map::default(), "lon1")
}

/// What is wrong, in short: `17:4 what`.
fn wrong(roster: &Roster) -> Vec<String> {
    let place = |mistake: &Mistake| match mistake.column {
        Some(column) => format!("{}:{column}", mistake.line),
        None => mistake.line.to_string(),
    };
    roster.mistakes.iter().map(|mistake| format!("{} {}", place(mistake), mistake.what)).collect()
}

#[test]
fn files_are_read_however_they_are_divided() {
    for text in [
        "external_id,name\nE1,Ann\nE2,\"Ben, B.\"\n",
        "\u{feff}External_ID;Name\r\nE1;Ann\r\nE2;Ben, B.\r\n",
        "name\texternal_id\nAnn\tE1\nBen, B.\tE2",
        "\"external_id\",\"name\"\n\nE1,Ann\n,\n\"E2\",\"Ben, B.\"\n",
    ] {
        let roster = read(text);
        assert_eq!(wrong(&roster), [""; 0], "{text}");
        let people: Vec<(&str, &str)> =
            roster.lines.iter().map(|line| (line.key.as_str(), line.name.as_str())).collect();
        assert_eq!(people, [("E1", "Ann"), ("E2", "Ben, B.")], "{text}");
    }
}

#[test]
fn everything_that_is_said_is_taken() {
    let roster = read(
        "external_id,given_name,family_name,organisation,status,clearance,extended_time,phone\n\
         E1,Ann,O’Neill,hosp,expected,high,yes,+49 30 1\nE2,Ben,,,,,,\n'-7,Zoe,X,,,,,\n",
    );
    assert_eq!(wrong(&roster), [""; 0]);
    let line = &roster.lines[0];
    assert_eq!((line.name.as_str(), line.organisation.as_str(), line.line), ("Ann O’Neill", "hosp", 2));
    let said = (line.status, line.clearance, line.extended_time);
    assert_eq!(said, (Some(PersonStatus::Expected), Some(ThreatLevel::High), Some(ExtendedTime::Yes)));
    assert_eq!((roster.lines[1].name.as_str(), roster.lines[1].organisation.as_str()), ("Ben", "lon1"));
    assert_eq!(roster.lines[2].key, "-7", "an apostrophe of an export is taken off");
    assert_eq!(roster.ignored, ["phone"]);
}

#[test]
fn every_bad_line_is_listed_at_once() {
    let roster = read(
        "external_id,name,status\nE1,Ann,enabled\n,Ben,\nE3,,\nE4,=cmd|x,\nE1,Cat,\nE6,Dan,gone\nE7,Eve\nE8,A\u{202e}b,\nE9,Fay,\n",
    );
    let listed = wrong(&roster);
    let expect = [
        "3:1 the key is missing",
        "4:2 the name is missing",
        "5:2 begins like a formula",
        "6:1 the key of line 2 once more",
        "7:3 \"gone\" is no status; there is enabled",
        "8 has 2 cells where the heading has 3",
        "9:2 a name has 1 to 64 characters",
    ];
    assert_eq!(listed.len(), expect.len(), "{listed:#?}");
    for (said, expect) in listed.iter().zip(expect) {
        assert!(said.starts_with(expect), "{said}: {expect}");
    }
    assert_eq!(roster.lines.iter().map(|line| line.line).collect::<Vec<_>>(), [2, 10]);
}

/// Which the reader of the form would take as it is: what was cut off looks like a whole list.
#[test]
fn a_file_that_ends_within_quotation_marks_was_cut_off() {
    let check = |rest: &str, expect: &[&str]| {
        let told = wrong(&read(&format!("external_id,name\nE1,\"Ann \"\"A\"\" B\"\n{rest}")));
        assert_eq!(told, expect, "{rest}");
    };
    let open = "3 a quotation mark is opened here and never closed; was the file cut off?";
    check("E2,\"Ben", &[open]);
    check("E2,\"Ben\nE3,Cat\n", &[open]);
    check("\"E2", &[open]);
    check("E2,\"Ben \"\"B\"\"", &[open]);
    check("E2,\"Ben\"", &[]);
    check("E2,\"Ben\"\nE3,Cat 5\" tall", &[]);
    check("E2,\"Ben, \"\"B\"\"\"\n\n", &[]);
    check("E2\n", &["3 has 1 cell where the heading has 2"]);
}

#[test]
fn a_heading_in_another_language_says_how_it_is_mapped() {
    let text = "Personalnummer;Vorname;Nachname;Abteilung\n7;Ann;Berg;IT\n";
    let told = wrong(&read(text)).join("\n");
    for part in [
        "1:1 \"Personalnummer\" looks like external_id; map it with --map FILE: [columns] external_id = \"Personalnummer\"",
        "1:2 \"Vorname\" looks like given_name",
        "1 no column is called external_id",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
    let map: Map = toml::from_str(
        "organisation = \"hosp\"\n[columns]\nexternal_id = \"Personalnummer\"\ngiven_name = \"vorname\"\nfamily_name = \"Nachname\"\n\
         [values.status]\naktiv = \"enabled\"\n",
    )
    .unwrap();
    let roster = Roster::read(text.as_bytes(), &map, "lon1");
    assert_eq!(
        (wrong(&roster), roster.lines.len(), roster.ignored.as_slice()),
        (vec![], 1, &["Abteilung".to_owned()][..])
    );
    let gone: Map = toml::from_str("[columns]\nexternal_id = \"Nummer\"\n").unwrap();
    assert!(wrong(&Roster::read(text.as_bytes(), &gone, "lon1"))[0].contains("no column is called \"Nummer\""));
    assert!(toml::from_str::<Map>("[columns]\nemail = \"x\"\n").is_err(), "what is not known is refused");
}

#[test]
fn what_is_no_list_is_told_for_what_it_is() {
    let check = |bytes: &[u8], expect: &str| {
        let roster = Roster::read(bytes, &Map::default(), "lon1");
        let told = wrong(&roster).join("\n");
        assert!(told.contains(expect) && roster.lines.is_empty(), "{expect}: {told}");
    };
    check(b"", "the file is empty");
    check(b"\n\n", "the file is empty");
    check(b"external_id,name\n", "there is nobody below the heading");
    check(b"\xff\xfee\0x\0", "the file is UTF-16");
    check(b"PK\x03\x04...", "a spreadsheet's own file");
    check(b"external_id,name\nE1,J\xf6rg\nE2,Ann\nE3,M\xfcller\n", "4 character 5 is not UTF-8");
    check(b"external_id,name,name\nE1,a,b\n", "1:3 \"name\" stands here twice");
    check(b"external_id,name\nE1,A\0nn\n", "2:2 holds a NUL byte");
    check(b"external_id,name\n\"E1,Ann\nE2,Ben\n", "2 ");
}

#[test]
fn a_line_of_ten_megabytes_is_named_and_passed_over() {
    let mut text = "external_id,name\nE1,Ann\nE2,".to_owned();
    text.push_str(&"x".repeat(10 << 20));
    text.push_str("\nE3,Cat\n");
    let roster = read(&text);
    assert_eq!(wrong(&roster), ["3 is longer than 64 kB; is a quotation mark missing?"]);
    assert_eq!(roster.lines.len(), 2);
}

#[test]
fn ten_thousand_mistakes_are_all_told() {
    let mut text = "external_id,name\n".to_owned();
    (0..10_001).for_each(|_| text.push_str(",Nobody\n"));
    let roster = read(&text);
    assert_eq!(roster.mistakes.len(), 10_001);
    let failure = Roster::refusal(Path::new("people.csv"), &roster.mistakes, "0 create, ");
    assert_eq!(failure.exit, Exit::Invalid);
    assert_eq!(failure.document()["errors"].as_array().unwrap().len(), 10_000);
    let told = failure.text();
    assert!(told.contains("people.csv:17:1  the key is missing"), "{}", &told[..400]);
    assert!(told.ends_with("help: 1 more are not listed; correct the file and try again; nothing was changed"));
    assert!(failure.headline().contains("0 create, 10001 errors (line 2 col 1 ...)"), "{}", failure.headline());
}

/// Whatever the bytes are, it is said what is wrong or what was read.
#[test]
fn no_file_is_too_odd() {
    let seeds: [&[u8]; 6] =
        [b"external_id,name\nE1,Ann\n", b"\"\"\"\n", b"\t;,\n,;\t", b"\0\0\0", b"\xef\xbb\xbf", b"a\rb\rc"];
    for seed in seeds {
        for at in 0..seed.len() {
            for byte in [0, b'"', b'\n', b'\r', b',', 0xc3, 0xff] {
                let mut bytes = seed.to_vec();
                bytes[at] = byte;
                let roster = Roster::read(&bytes, &Map::default(), "lon1");
                assert!(!roster.mistakes.is_empty() || !roster.lines.is_empty(), "{bytes:?}");
            }
        }
    }
}
