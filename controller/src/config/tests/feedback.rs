//! What a site file may say about lights, sounds and texts.

use rackward_core::feedback::Label;
use rackward_core::feedback::native::native_legend;
use rackward_core::feedback::policy::{Disclosure, FeedbackPolicy, ForcedLook, LightOwner, ReadyLook, TooLongSound};

use super::*;

const READER: &str = "name = \"main-entrance-reader-in\"\n";
const HANDLE: &str = "name = \"r01-c01-rear\"\n";

fn site(text: &str) -> rackward_core::Site {
    let dir = site_dir();
    let config = Config::from_text(text, dir.path()).unwrap();
    config.draft.build(&BTreeMap::new()).unwrap()
}

#[test]
fn a_site_says_how_its_readers_look() {
    assert_eq!(*site(GOOD).feedback(), FeedbackPolicy::default());
    let table = "[feedback]\ndisclosure = \"code\"\nready = \"steady-red\"\nforced = \"red\"\ntoo_long = \"silent\"\ncall = \"4400\"\n\n[mqtt]\n";
    let expect = FeedbackPolicy {
        disclosure: Disclosure::Code,
        ready: ReadyLook::SteadyRed,
        forced: ForcedLook::Red,
        too_long: TooLongSound::Silent,
        call: Label::parse("4400"),
    };
    assert_eq!(*site(&with("[mqtt]\n", table)).feedback(), expect);
}

#[test]
fn a_device_says_how_it_looks() {
    let shown = |text: &str, device: &str| {
        let site = site(text);
        site.shown_at(site.device_named(device).unwrap().id)
    };
    let text = with(HANDLE, &format!("{HANDLE}led = \"native\"\nlegend = \"panduit-ace02\"\n"));
    assert_eq!(shown(&text, "r01-c01-rear").lights, LightOwner::Native(native_legend("panduit-ace02")));
    let text = with(HANDLE, &format!("{HANDLE}led = \"none\"\n"));
    assert_eq!(shown(&text, "r01-c01-rear").lights, LightOwner::Dark);
    let text = with(READER, &format!("{READER}disclosure = \"minimal\"\n"));
    assert_eq!(shown(&text, "main-entrance-reader-in").disclosure, Disclosure::Minimal);
    assert_eq!(shown(&text, "r01-c01-rear").disclosure, Disclosure::Class);
    let secured = text
        .replace("\"minimal\"", "\"full\"")
        .replace("path = \"lon1/lobby\"\n", "path = \"lon1/lobby\"\nclass = 2\n");
    assert_eq!(shown(&secured, "main-entrance-reader-in").disclosure, Disclosure::Full, "it leads out of the lobby");
    let everywhere = with("[mqtt]\n", "[feedback]\ndisclosure = \"full\"\n\n[mqtt]\n");
    assert_eq!(shown(&everywhere, "main-entrance-reader-in").disclosure, Disclosure::Code, "anybody may stand there");
}

#[test]
fn mistakes_about_feedback_are_named_with_what_to_do() {
    let section = |line: &str| with("[mqtt]\n", &format!("[feedback]\n{line}\n\n[mqtt]\n"));
    check(section("disclosure = \"ful\""), &[r#"12:14 "ful" is not a disclosure; did you mean "full"?"#]);
    check(
        section("ready = \"green\""),
        &[r#"12:9 "green" is not a ready; it is one of "blip", "steady-red", "steady-blue""#],
    );
    check(
        section("call = \"44 00\""),
        &[
            r#"12:8 "44 00" is nothing a display can say to call; write an extension of 1 to 7 letters, digits and dashes, such as "4400""#,
        ],
    );
    check(
        with(READER, &format!("{READER}disclosure = \"full\"\n")),
        &[
            r#"41:14 whoever reads "main-entrance-reader-in" stands in "lon1/lobby", which is not secured, and disclosure = "full" would tell anybody there who may pass when; use "code", or give the area in front of the reader class = 2 or higher if only people who were let in can stand there"#,
        ],
    );
    check(
        with(HANDLE, &format!("{HANDLE}led = \"native\"\nlegend = \"acme\"\n")),
        &[
            r#"60:10 "acme" is no legend that is known; known are panduit-ace02, southco-h3-em-62; remove it for another model"#,
        ],
    );
    check(
        with(HANDLE, &format!("{HANDLE}legend = \"panduit-ace02\"\n")),
        &[
            r#"59:10 legend is the maker's, and the controller drives these lights; add led = "native", or remove legend"#,
        ],
    );
}
