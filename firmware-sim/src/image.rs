//! A firmware image as simulated devices take it.
//!
//! Decided here: the form. Twelve bytes of mark, three of version, and anything behind. It carries no signature: who may
//! send a device an image is decided by the daemon, which checks its own before; a device takes what its panel sends.

/// What an image begins with.
const MARK: &[u8; 12] = b"RACKWARD-SIM";
/// The type under which firmware is sent, by custom (`osdp_FILETRANSFER`).
pub(crate) const FIRMWARE_KIND: u8 = 1;

/// An image of this version (major, minor, build) with `padding` bytes behind it.
pub fn image(version: [u8; 3], padding: usize) -> Vec<u8> {
    let body = (0..padding).map(|at| at as u8);
    MARK.iter().copied().chain(version).chain(body).collect()
}

/// The version of an image; none when it is no image.
pub fn version(image: &[u8]) -> Option<[u8; 3]> {
    let rest = image.strip_prefix(MARK)?;
    rest.first_chunk().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_tells_its_version() {
        assert_eq!(version(&image([2, 5, 7], 100)), Some([2, 5, 7]));
        assert_eq!(version(&image([2, 5, 7], 0)[..14]), None);
        assert_eq!(version(b"something else altogether"), None);
    }
}
