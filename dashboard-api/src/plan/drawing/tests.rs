//! Drawings as programs save them, and as nobody should.

use proptest::prelude::*;

use super::*;
use crate::plan::xml::{Reader, Token};

const HEAD: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 9 9\">";

fn inside(content: &str) -> String {
    format!("{HEAD}{content}</svg>")
}

fn clean(content: &str) -> String {
    let drawing = drawn(inside(content).as_bytes()).unwrap_or_else(|problems| panic!("{content}: {problems:?}"));
    let body = drawing.svg.split_once("\"0 0 9 9\">").unwrap().1;
    body.strip_suffix("</svg>").unwrap().to_owned()
}

fn problems(file: &str) -> Vec<(usize, String)> {
    let problems = drawn(file.as_bytes()).expect_err(file);
    problems.into_iter().map(|problem| (problem.line, problem.detail)).collect()
}

#[test]
fn a_drawing_stays_a_drawing() {
    let check = |content: &str, expect: &str| assert_eq!(clean(content), expect, "{content}");
    check("<g><rect x='1' width=\"2\"/></g>", "<g><rect x=\"1\" width=\"2\"/></g>");
    check("<text x='1'>A &amp; B</text>", "<text x=\"1\">A &amp; B</text>");
    check("<g>stray\n</g>", "<g></g>");
    check("<path d='M0 0\nL1 1'/>", "<path d=\"M0 0 L1 1\"/>");
    check("<rect class='x' fill='#fff' foo='1'/>", "<rect fill=\"#fff\"/>");
    check("<rect style='fill:#fff; stroke : red;-x:1' fill='blue'/>", "<rect fill=\"blue\" stroke=\"red\"/>");
    check("<rect fill='blue' style='fill:#fff'/>", "<rect fill=\"#fff\"/>");
    check("<metadata><x/></metadata><g/>", "<g/>");
    check(
        "<g xmlns:i='http://www.inkscape.org/x' i:label='a'><i:grid><rect/></i:grid><rect id='r7'/></g>",
        "<g><rect id=\"r7\"/></g>",
    );
    check("<s:rect xmlns:s='http://www.w3.org/2000/svg' id='a'></s:rect>", "<rect id=\"a\"></rect>");
    check("<rect xmlns='http://elsewhere'/>", "");
    check(
        "<linearGradient id='a'><stop offset='0'/></linearGradient>",
        "<linearGradient id=\"a\"><stop offset=\"0\"/></linearGradient>",
    );
}

#[test]
fn everything_else_is_named_with_its_line() {
    let check = |file: &str, expect: &[(usize, &str)]| {
        let got = problems(file);
        assert_eq!(got.len(), expect.len(), "{file}: {got:?}");
        for ((line, detail), (expected, part)) in got.iter().zip(expect) {
            assert!(line == expected && detail.contains(part), "{file}: {line} {detail}");
        }
    };
    check(&inside("\n<script>x()</script>\n<rect onload='x()'/>"), &[(2, "<script>"), (3, "onload")]);
    check(&inside("<foreignObject/>"), &[(1, "<foreignObject>")]);
    check(&inside("<rect fill='url(http://x/#a)'/>"), &[(1, "outside")]);
    check(&inside("<rect style='fill:url(//x)'/>"), &[(1, "outside")]);
    check(&inside("<rect style='background:url(x)'/>"), &[(1, "outside")]);
    check(&inside("<image href='http://x'/>"), &[(1, "<image>")]);
    check(&inside("<g href='http://x'/>"), &[(1, "leads outside")]);
    check(&inside("<g xmlns:q='http://www.w3.org/1999/xlink' q:href='data:x'/>"), &[(1, "leads outside")]);
    check(&inside("<rect ONCLICK='x'/><rect a:onclick='x'/>"), &[(1, "ONCLICK"), (1, "a:onclick")]);
    check(&inside("<style>rect{}</style><use href='#a'/>"), &[(1, "<style>"), (1, "<use>")]);
    check(&inside("<rect id='a'/>\n<rect id='a'/>"), &[(2, "two elements")]);
    check(&inside("<rect id='alert'/>"), &[(1, "the console itself")]);
    check(&inside("<svg/>"), &[(1, "no second <svg>")]);
    check("<!DOCTYPE svg>\n<svg/>", &[(1, "document type")]);
    check(&inside("&evil;"), &[(1, "entity")]);
    check("<html/>", &[(1, "no SVG")]);
    check("<svg/>", &[(1, "no SVG")]);
    check("<svg xmlns='http://www.w3.org/2000/svg'/>", &[(1, "no size")]);
    check("", &[(1, "no drawing")]);
    check(HEAD, &[(1, "no end")]);
    check(&format!("{HEAD}</g>"), &[(1, "ends nothing")]);
    check(&format!("{}<g/>", inside("")), &[(1, "behind the drawing")]);
    assert_eq!(drawn(b"\xff").unwrap_err()[0].line, 1);
}

#[test]
fn bounds_hold() {
    let deep = |depth: usize| inside(&("<g>".repeat(depth) + &"</g>".repeat(depth)));
    assert!(drawn(deep(DEPTH_MAX_COUNT - 1).as_bytes()).is_ok());
    assert!(problems(&deep(DEPTH_MAX_COUNT))[0].1.contains("64 deep"));
    assert!(problems(&deep(1_000_000))[0].1.contains("64 deep"));
    let many = inside(&"<g/>".repeat(ELEMENTS_MAX_COUNT));
    assert!(problems(&many)[0].1.contains("200000 elements"));
    assert_eq!(problems(&inside(&"<script/>".repeat(500))).len(), PROBLEMS_MAX_COUNT);
    let large = vec![b' '; PLAN_MAX_BYTES + 1];
    assert!(drawn(&large).unwrap_err()[0].detail.contains("20 MB"));
}

#[test]
fn a_size_makes_a_view() {
    let file = "<svg xmlns='http://www.w3.org/2000/svg' width='300px' height='20.5'/>";
    let drawing = drawn(file.as_bytes()).unwrap();
    assert!(drawing.svg.contains("viewBox=\"0 0 300 20.5\""), "{}", drawing.svg);
    assert_eq!(drawn(drawing.svg.as_bytes()).unwrap(), drawing);
}

#[test]
fn places_are_named_in_the_drawing_or_bound_to_it() {
    let file = inside(
        "<rect id='a' data-rackward='lon1/hall-a/r07' data-face='rear'/><rect id='b'/><rect data-rackward='lon1/x'/>\
         <rect id='c' data-rackward='not a place' data-face='up'/>",
    );
    let places = |drawing: &Drawing| -> Vec<(Option<String>, Option<String>)> {
        drawing.elements.iter().map(|element| (element.id.clone(), element.place.clone())).collect()
    };
    let some = |text: &str| Some(text.to_owned());
    let drawing = drawn(file.as_bytes()).unwrap();
    let expect =
        vec![(some("a"), some("lon1/hall-a/r07")), (some("b"), None), (None, some("lon1/x")), (some("c"), None)];
    assert_eq!(places(&drawing), expect);
    assert_eq!(drawing.elements[0].face, Some("rear"));
    let bound = BTreeMap::from([("b".to_owned(), "lon1/y".to_owned()), ("a".to_owned(), "lon1/z".to_owned())]);
    let bound = rendered(drawing.svg.as_bytes(), &bound, &|place| place != "lon1/x").unwrap();
    assert_eq!(places(&bound), vec![(some("a"), some("lon1/z")), (some("b"), some("lon1/y")), (some("c"), None)]);
    assert!(bound.svg.contains("id=\"b\" data-rackward=\"lon1/y\"") && !bound.svg.contains("lon1/x"), "{}", bound.svg);
}

/// Whatever comes out is what the table allows, and stays what it is.
fn check_whole(file: &[u8]) {
    let Ok(drawing) = drawn(file) else { return };
    assert_eq!(drawn(drawing.svg.as_bytes()).as_ref(), Ok(&drawing), "{}", drawing.svg);
    let mut reader = Reader::new(&drawing.svg);
    while let Some(token) = reader.next().unwrap() {
        let Token::Start { name, attributes, .. } = token else { continue };
        assert!(matches!(element(name), Verdict::Keep(_)), "{name}");
        for (name, value) in attributes {
            let ours = ["xmlns", "id", "data-rackward", "data-face"].contains(&name);
            assert!(ours || attribute(name, &value) == Fit::Keep, "{name}={value}");
            assert!(!name.starts_with("on") && !name.ends_with("href") && name != "style", "{name}={value}");
        }
    }
    let lower = drawing.svg.to_ascii_lowercase();
    // Not `style=` and `href=`, which text between tags may say as often as it likes: attributes have no such name.
    for never in ["<script", "<foreign", "<!", "<?", "javascript:"] {
        assert!(!lower.contains(never), "{never} in {}", drawing.svg);
    }
}

const PIECES: [&str; 28] = [
    "<g>",
    "</g>",
    "<rect ",
    "/>",
    ">",
    "<text>",
    "</text>",
    " id='a'",
    " id=\"b\"",
    " fill='url(#a)'",
    " style='fill:red;",
    "stroke:url(http://x)'",
    " onload='x'",
    " href='#a'",
    " x='1'",
    "'",
    "\"",
    "&lt;",
    "&#10;",
    "&x;",
    "<script>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    " data-rackward='lon1/x'",
    " xmlns='u'",
    "é\u{202e}\r\n",
];

proptest! {
    #[test]
    fn whatever_is_uploaded_comes_out_clean_and_stays_so(
        pieces in proptest::collection::vec(0_usize..28, 0..40),
        noise in ".{0,20}",
    ) {
        let content: String = pieces.iter().map(|piece| PIECES[*piece]).collect();
        check_whole(inside(&content).as_bytes());
        check_whole(inside(&format!("<text>{noise}</text>")).as_bytes());
        check_whole(content.as_bytes());
    }
}
