//! Recovery codes: 80 random bits each, so that a keyed hash of them is as good as a slow one. Each works once; what is kept
//! are the hashes of those that are left.

use rackward_core::engine::command::SealedSecret;
use rackward_core::operator::Factor;
use rackward_dashboard::backend::Unavailable;
use rackward_dashboard::proofs::Typed;
use subtle::{Choice, ConditionallySelectable as _, ConstantTimeEq as _};
use zeroize::Zeroizing;

use super::key::OperatorsKey;

/// The factor that recovery codes are, however many are left.
pub(super) const FACTOR: Factor = Factor::RecoveryCodes(0);

/// How many codes there are.
const CODES: usize = 10;

/// Random bytes of one code: sixteen letters and digits of base32.
const CODE_BYTES: usize = 10;

/// Letters in a code.
const CODE_CHARS: usize = 16;

/// Bytes of one hash.
const HASH_BYTES: usize = 32;

const PURPOSE: &str = "recovery code";

/// Draws codes, as they are shown, and what is kept of them.
pub(super) fn draw(key: &OperatorsKey) -> Result<(Vec<String>, SealedSecret), Unavailable> {
    let (mut shown, mut kept) = (Vec::with_capacity(CODES), Vec::with_capacity(CODES * HASH_BYTES));
    for _ in 0..CODES {
        let mut bytes = Zeroizing::new([0; CODE_BYTES]);
        getrandom::fill(bytes.as_mut_slice()).map_err(|_| Unavailable)?;
        let code = data_encoding::BASE32_NOPAD.encode(bytes.as_slice());
        kept.extend_from_slice(key.mac(PURPOSE, &[code.as_bytes()]).as_slice());
        let groups: Vec<&str> = (0..CODE_CHARS).step_by(4).filter_map(|at| code.get(at..at + 4)).collect();
        shown.push(groups.join("-"));
    }
    Ok((shown, SealedSecret::new(kept)))
}

/// How many codes are left without the one typed, and what is kept of them; `None` where it is none of them.
pub(super) fn without(key: &OperatorsKey, kept: &SealedSecret, typed: &Typed) -> Option<(u8, SealedSecret)> {
    let text = Some(typed.reveal()).filter(|text| text.len() <= Typed::MAX_BYTES)?;
    let code: String = text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    let wanted = key.mac(PURPOSE, &[Zeroizing::new(code).as_bytes()]);
    let hashes: Vec<&[u8]> = kept.as_bytes().chunks_exact(HASH_BYTES).collect();
    let mut place = u8::MAX;
    for (at, hash) in (0_u8..).zip(&hashes) {
        let same: Choice = hash.ct_eq(wanted.as_slice());
        place.conditional_assign(&at, same);
    }
    let left: Vec<u8> =
        (0_u8..).zip(&hashes).filter(|(at, _)| *at != place).flat_map(|(_, hash)| hash.iter().copied()).collect();
    let count = u8::try_from(left.len() / HASH_BYTES).ok()?;
    (usize::from(count) < hashes.len()).then(|| (count, SealedSecret::new(left)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_works_once_however_it_is_typed() {
        let key = OperatorsKey::of_test(5);
        let (codes, mut kept) = draw(&key).unwrap();
        assert_eq!(codes.len(), CODES);
        for (used, code) in codes.iter().enumerate() {
            let typed = Typed::new(code.to_lowercase().replace('-', " "));
            let (left, rest) = without(&key, &kept, &typed).unwrap();
            assert_eq!(usize::from(left), CODES - used - 1);
            assert!(without(&key, &rest, &typed).is_none(), "a second time");
            kept = rest;
        }
        assert!(kept.as_bytes().is_empty());
    }

    #[test]
    fn nothing_else_works() {
        let key = OperatorsKey::of_test(5);
        let (codes, kept) = draw(&key).unwrap();
        for wrong in ["", "AAAA-AAAA-AAAA-AAAA", &codes[0][..18], &"A".repeat(5000)] {
            assert!(without(&key, &kept, &Typed::new(wrong.to_owned())).is_none(), "{wrong}");
        }
        assert!(without(&OperatorsKey::of_test(6), &kept, &Typed::new(codes[0].clone())).is_none());
        let text = String::from_utf8_lossy(kept.as_bytes()).into_owned();
        assert!(!text.contains(&codes[0]), "no code is kept");
    }
}
