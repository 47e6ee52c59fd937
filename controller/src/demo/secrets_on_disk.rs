//! The demo's secrets on disk: a device's Secure Channel base key or broker password, made once per directory from the
//! system's randomness and readable by its owner alone. The daemon's own site key is not here (`secrets.rs`).

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use data_encoding::HEXLOWER_PERMISSIVE;

/// 128 bits: an SCBK (OSDP 2.2, annex D) and more than any password needs.
const SECRET_BYTES: usize = 16;

/// The secret in `file` as 32 hexadecimal digits; made there if the file does not exist.
///
/// # Errors
/// The file cannot be read or made, or holds anything else. What it holds is not repeated in the error.
pub(super) fn kept_secret(file: &Path) -> anyhow::Result<String> {
    match std::fs::read_to_string(file) {
        Ok(text) => {
            let digits = text.trim();
            match HEXLOWER_PERMISSIVE.decode(digits.as_bytes()) {
                Ok(bytes) if bytes.len() == SECRET_BYTES => Ok(digits.to_owned()),
                Ok(_) | Err(_) => {
                    bail!("{} does not hold 32 hexadecimal digits; remove it for a new one", file.display())
                }
            }
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            made(file).with_context(|| format!("cannot make {}", file.display()))
        }
        Err(error) => Err(error).with_context(|| format!("cannot read {}", file.display())),
    }
}

fn made(file: &Path) -> anyhow::Result<String> {
    let mut bytes = [0; SECRET_BYTES];
    getrandom::fill(&mut bytes)?;
    let digits = HEXLOWER_PERMISSIVE.encode(&bytes);
    let mut new = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    writeln!(new, "{digits}")?;
    Ok(digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_secret_is_made_once_for_its_owner_alone() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.key");
        let secret = kept_secret(&file).unwrap();
        assert_eq!(secret.len(), 32);
        assert_eq!(kept_secret(&file).unwrap(), secret);
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_holds_no_secret_is_refused_without_repeating_it() {
        let dir = tempfile::tempdir().unwrap();
        for wrong in ["", "0123", "0123456789abcdef0123456789abcdeg", "0123456789abcdef0123456789abcdef00"] {
            let file = dir.path().join("wrong.key");
            std::fs::write(&file, wrong).unwrap();
            let error = format!("{:#}", kept_secret(&file).unwrap_err());
            assert!(error.contains("32 hexadecimal digits") && (wrong.is_empty() || !error.contains(wrong)), "{error}");
        }
    }
}
