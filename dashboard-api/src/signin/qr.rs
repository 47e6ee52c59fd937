//! A text as a QR code (ISO/IEC 18004), drawn as one path of an SVG, so that it needs neither a script nor an image file.

use qrcodegen::{QrCode, QrCodeEcc};

/// The quiet zone around the code, in modules (ISO/IEC 18004, clause 6.3.8).
const QUIET_MODULES: i32 = 4;

/// The code's side in modules, quiet zone included, and its path; `None` where the text is too long for any code.
pub(super) fn drawn(text: &str) -> Option<(i32, String)> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let mut path = String::new();
    for y in 0..code.size() {
        for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
            path.push_str(&format!("M{},{}h1v1h-1z", x + QUIET_MODULES, y + QUIET_MODULES));
        }
    }
    Some((code.size() + 2 * QUIET_MODULES, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_finder_in_the_corner_behind_the_quiet_zone() {
        let (side, path) = drawn("otpauth://totp/x?secret=JBSWY3DPEHPK3PXP").unwrap();
        assert!(side > 21 + 8 && (side - 8 - 21) % 4 == 0, "a side that a code can have: {side}");
        assert!(path.starts_with("M4,4h1v1h-1z"), "{}", &path[..20]);
        assert!(drawn(&"x".repeat(5000)).is_none());
    }
}
