//! How a place in a body crosses the wire: as the fragment of a URI (RFC 6901 clause 6), `#/window/to`. Within the program it
//! is the bare pointer, `/window/to`. What is no place in a body (`?limit`, `{id}`, `line 12`) crosses as it is.

use serde::{Deserialize, Deserializer, Serializer};

/// Writes a place down.
pub(super) fn serialize<S: Serializer>(pointer: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&written(pointer))
}

/// Reads a place, also one that stands bare.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    String::deserialize(deserializer).map(|text| read(&text))
}

fn written(pointer: &str) -> String {
    if !pointer.starts_with('/') {
        return pointer.to_owned();
    }
    pointer.bytes().fold(String::from("#"), |mut text, byte| {
        // What a fragment may have (RFC 3986 clause 3.5).
        if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text += &format!("%{byte:02X}");
        }
        text
    })
}

fn read(text: &str) -> String {
    let Some(pointer) = text.strip_prefix('#') else { return text.to_owned() };
    let mut bytes = Vec::with_capacity(pointer.len());
    let mut rest = pointer.as_bytes();
    while let [first, after @ ..] = rest {
        let escaped = after.first_chunk::<2>().filter(|_| *first == b'%');
        let byte = escaped.and_then(|digits| data_encoding::HEXUPPER_PERMISSIVE.decode(digits).ok());
        match byte.as_deref() {
            Some([byte]) => {
                bytes.push(*byte);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_a_body_is_the_fragment_of_a_uri() {
        let check = |pointer: &str, wire: &str| {
            assert_eq!(written(pointer), wire);
            assert_eq!(read(wire), pointer, "{wire}");
        };
        check("/window/to", "#/window/to");
        check("/a~1b/0", "#/a~1b/0");
        check("/a b%\u{e9}\"", "#/a%20b%25%C3%A9%22");
        for elsewhere in ["?limit", "{id}", "line 12", ""] {
            check(elsewhere, elsewhere);
        }
        assert_eq!(read("/reason"), "/reason", "an older daemon's");
        assert_eq!(read("#/50%"), "/50%");
    }
}
