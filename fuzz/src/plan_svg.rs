//! Floor plans: whatever is uploaded, what comes out shows and does nothing else, goes in again and comes out the same.

use std::collections::BTreeMap;

use rackward_dashboard::plan::{PROBLEMS_MAX_COUNT, drawn, rendered};

use crate::draw::Draw;

/// What drawings are made of, and what never may be in one.
const PIECES: [&str; 48] = [
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'>",
    "</svg>",
    "<g>",
    "</g>",
    "<g ",
    "<rect ",
    "<path ",
    "<text>",
    "</text>",
    "<text ",
    "<title>",
    "</title>",
    "<defs>",
    "</defs>",
    "<linearGradient ",
    "<clipPath ",
    "<script>",
    "</script>",
    "<style>",
    "<use ",
    "<image ",
    "<foreignObject>",
    "<metadata>",
    "</metadata>",
    "/>",
    ">",
    " id='a'",
    " id=\"b\"",
    " x='1'",
    " d='M0 0L9 9z'",
    " fill='url(#a)'",
    " fill='url(http://x)'",
    " style='fill:",
    "red;stroke:blue'",
    " onload='x'",
    " href='http://x'",
    " data-rackward='lon1/hall-a/r07'",
    " data-face='rear'",
    " xmlns:i='u'",
    " i:x='1'",
    "&lt;",
    "&#10;",
    "&#x3c;",
    "&evil;",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
];

/// What no drawing has that came out, whatever its letters say: these could begin something only where a tag does.
const NEVER: [&str; 7] = ["<script", "<style", "<foreignobject", "<image", "<use", "<!", "<?"];

/// One run.
pub fn run(data: &[u8]) {
    let mut draw = Draw::new(data);
    let mut file = if draw.coin() { PIECES[0].to_owned() } else { String::new() };
    while !draw.is_empty() {
        match draw.below(60) {
            place if usize::from(place) < PIECES.len() => file.push_str(PIECES[usize::from(place)]),
            _ => file.push_str(&String::from_utf8_lossy(draw.bytes(12))),
        }
    }
    if draw.coin() {
        file.push_str(PIECES[1]);
    }
    check(file.as_bytes());
    check(data);
}

fn check(file: &[u8]) {
    let drawing = match drawn(file) {
        Ok(drawing) => drawing,
        Err(problems) => {
            assert!(!problems.is_empty() && problems.len() <= PROBLEMS_MAX_COUNT, "a refusal says why");
            assert!(problems.is_sorted_by_key(|problem| problem.line), "in order of line");
            return;
        }
    };
    assert_eq!(drawn(drawing.svg.as_bytes()).as_ref(), Ok(&drawing), "what is clean stays as it is");
    let lower = drawing.svg.to_ascii_lowercase();
    for never in NEVER {
        assert!(!lower.contains(never), "{never} in {}", drawing.svg);
    }
    let bound: BTreeMap<String, String> = BTreeMap::from([("a".to_owned(), "lon1/x".to_owned())]);
    let rendering =
        rendered(drawing.svg.as_bytes(), &bound, &|_| true).unwrap_or_else(|problems| panic!("{problems:?}"));
    assert_eq!(rendering.elements.iter().filter(|element| element.id.as_deref() == Some("a")).count(), {
        drawing.elements.iter().filter(|element| element.id.as_deref() == Some("a")).count()
    });
    let hidden = rendered(drawing.svg.as_bytes(), &bound, &|_| false).unwrap_or_else(|problems| panic!("{problems:?}"));
    assert!(hidden.elements.iter().all(|element| element.place.is_none()), "what is not seen is not named");
}
