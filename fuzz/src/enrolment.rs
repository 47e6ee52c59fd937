//! Any bytes as a question or an answer of enrolment, and any text as a code: read or refused, never a panic; what is read is
//! written again and read the same; nobody is taken for the authority of a code but the one it was made for.

use rackward_protocol::mqtt::enrolment::{Answer, Code, MAX_ENROLMENT_BYTES, Request, body_length};

use crate::draw::Draw;

/// One run.
pub fn run(data: &[u8]) {
    let mut draw = Draw::new(data);
    match draw.below(4) {
        0 => code(&mut draw),
        1 => typed(&String::from_utf8_lossy(draw.bytes(u8::MAX))),
        shape => {
            let mut body = Vec::new();
            if shape == 3 {
                // What a question or an answer begins with.
                body.extend_from_slice(&[0x80 | draw.below(8), 1, draw.below(5)]);
            }
            let long = if draw.below(16) == 15 { usize::from(draw.short()) } else { 0 };
            body.extend_from_slice(draw.bytes(u8::MAX));
            body.resize(body.len().max(long), 0);
            bodies(&body);
        }
    }
}

fn bodies(body: &[u8]) {
    let fits = (1..=MAX_ENROLMENT_BYTES).contains(&body.len());
    if let Ok(request) = Request::decode(body) {
        assert!(fits && Answer::decode(body).is_err(), "a question that is too long, or an answer");
        assert_eq!(Request::decode(unframed(&request.to_frame())), Ok(request));
    }
    if let Ok(answer) = Answer::decode(body) {
        assert!(fits, "an answer that is too long");
        assert_eq!(Answer::decode(unframed(&answer.to_frame())), Ok(answer));
    }
}

/// A frame without its length, which must be right.
fn unframed(frame: &[u8]) -> &[u8] {
    let (prefix, body) = frame.split_first_chunk().expect("a frame has a length");
    assert_eq!(body_length(*prefix), Ok(body.len()));
    body
}

fn code(draw: &mut Draw<'_>) {
    let secret = core::array::from_fn(|_| draw.byte());
    let (authority, other) = (draw.bytes(40).to_vec(), draw.bytes(40).to_vec());
    let code = Code::new(secret, &authority);
    assert_eq!(Code::parse(&code.to_string()).as_ref(), Ok(&code), "a code is read as it is printed");
    assert!(code.names(&authority));
    assert_eq!(code.names(&other), authority == other, "a code names one authority");
}

fn typed(text: &str) {
    let Ok(code) = Code::parse(text) else { return };
    let strip = |text: &str| text.to_ascii_uppercase().replace(|c: char| c == '-' || c.is_whitespace(), "");
    assert_eq!(strip(&code.to_string()), strip(text), "what is typed is what is read");
}
