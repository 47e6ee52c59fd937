//! What a picture is, by its first bytes: what a server says of its answer proves nothing, and a page that says "please sign in"
//! is no evidence.

use rackward_core::still::StillForm;

/// The largest picture that is taken, in bytes: a frame of eight megapixels at good quality.
pub(super) const PICTURE_MAX_BYTES: usize = 4 << 20;

/// What kind of picture begins so; `None` for anything else.
pub(super) fn form_of(bytes: &[u8]) -> Option<StillForm> {
    /// PNG (ISO/IEC 15948), clause 5.2.
    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
    /// JPEG (ITU-T T.81), B.1.1.3: start of image, and the marker that follows.
    const JPEG: &[u8] = b"\xff\xd8\xff";
    if bytes.starts_with(JPEG) {
        Some(StillForm::Jpeg)
    } else if bytes.starts_with(PNG) {
        Some(StillForm::Png)
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        // RFC 9649, clause 2.4.
        Some(StillForm::Webp)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_known_by_its_first_bytes() {
        let check = |bytes: &[u8], expect: Option<StillForm>| assert_eq!(form_of(bytes), expect, "{bytes:?}");
        check(b"\xff\xd8\xff\xe0\0\x10JFIF", Some(StillForm::Jpeg));
        check(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Some(StillForm::Png));
        check(b"RIFF\x10\0\0\0WEBPVP8 ", Some(StillForm::Webp));
        check(b"RIFF\x10\0\0\0WAVEfmt ", None);
        check(b"<!doctype html>", None);
        check(b"{\"success\":false}", None);
        check(b"GIF89a", None);
        check(b"\xff\xd8", None);
        check(b"", None);
    }
}
