//! A rights list on its way to a device: from the engine's form to signed bytes.
//!
//! Decides only that a list is not sent whose bytes would not have the digest by which the engine will know it: a device
//! would acknowledge something else than was meant.

use rackward_core::rights_list::{ListDigest, ListedCard, RightsList};
use rackward_protocol::mqtt::rights::SIGNATURE_BYTES;
use rackward_protocol::mqtt::{
    CardHash, DeviceId, ListNumber, RightsEntry, RightsList as WireList, RightsRefusal, SiteId, Window,
};

use super::unix_millis;

/// Why a list is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unsendable {
    /// It has no bytes.
    #[error("the list cannot be written: {0}")]
    Form(#[from] RightsRefusal),
    /// Its bytes are not those the engine means.
    #[error("the list's bytes do not have the digest that the engine gave them; this build contradicts itself")]
    Digest,
}

/// The bytes of `list`, signed by `sign`: Ed25519 (RFC 8032) under the site's key for rights lists.
pub(super) fn seal(
    list: &RightsList,
    site: &SiteId,
    device: &DeviceId,
    sign: impl FnOnce(&[u8]) -> [u8; SIGNATURE_BYTES],
) -> Result<Vec<u8>, Unsendable> {
    let body = wire(list, site, device).body()?;
    check(&body, list.digest(site.as_str(), device.as_str()))?;
    Ok(WireList::sign(body, sign))
}

fn check(body: &[u8], meant: ListDigest) -> Result<(), Unsendable> {
    if WireList::digest(body) == meant.0 { Ok(()) } else { Err(Unsendable::Digest) }
}

fn wire(list: &RightsList, site: &SiteId, device: &DeviceId) -> WireList {
    WireList {
        site: site.clone(),
        device: device.clone(),
        number: ListNumber(list.number.0),
        generation: list.generation.get(),
        issued: unix_millis(list.issued),
        expires: unix_millis(list.expires),
        release_ms: u32::try_from(list.release_time.as_millis()).unwrap_or(u32::MAX),
        entries: list.cards.iter().map(entry).collect(),
    }
}

fn entry(ListedCard { card, windows }: &ListedCard) -> RightsEntry {
    let windows = windows.iter().map(|window| Window { from: window.from, to: window.to }).collect();
    RightsEntry { card: CardHash(*card.as_bytes()), windows }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rackward_core::Wall;
    use rackward_core::id::Generation;
    use rackward_core::people::CredentialKey;
    use rackward_core::rights_list;
    use rackward_protocol::mqtt::SignedList;

    use super::*;

    fn list() -> RightsList {
        let window = |from, to| rights_list::Window { from, to };
        let card = |first, windows| ListedCard { card: CredentialKey::from_keyed_hash([first; 16]), windows };
        RightsList {
            number: rights_list::ListNumber(40),
            generation: Generation::new(7),
            issued: Wall::from_seconds(1_700_000_000),
            expires: Wall::from_seconds(1_700_028_800),
            release_time: Duration::from_secs(10),
            cards: [
                card(1, [window(1_700_000_000, 1_700_003_600), window(1_700_010_000, 1_700_028_800)].into()),
                card(2, [window(1_700_000_000, 1_700_028_800)].into()),
            ]
            .into(),
        }
    }

    fn seal_for_front(list: &RightsList) -> Result<Vec<u8>, Unsendable> {
        let (site, device) = (SiteId::parse("lon1").unwrap(), DeviceId::parse("r01-front").unwrap());
        seal(list, &site, &device, |text| [text.len() as u8; SIGNATURE_BYTES])
    }

    #[test]
    fn a_device_reads_what_the_engine_meant() {
        let bytes = seal_for_front(&list()).unwrap();
        let (site, device) = (SiteId::parse("lon1").unwrap(), DeviceId::parse("r01-front").unwrap());
        let signed = SignedList::open(&bytes, &site, &device, |text, signature| signature[0] == text.len() as u8);
        let signed = signed.unwrap();
        let meant = list().held("lon1", "r01-front");
        let held = signed.held();
        assert_eq!((held.number.0, held.generation, held.digest), (40, 7, meant.digest.0));
        assert_eq!(signed.list().entries.len(), 2);
        assert_eq!(signed.list().release_ms, 10_000);
    }

    #[test]
    fn a_list_that_is_none_is_not_sent() {
        let check = |spoil: fn(&mut RightsList), expect| {
            let mut list = list();
            spoil(&mut list);
            assert_eq!(seal_for_front(&list), Err(expect));
        };
        check(|list| list.cards.reverse(), Unsendable::Form(RightsRefusal::Malformed));
        check(|list| list.release_time = Duration::ZERO, Unsendable::Form(RightsRefusal::Malformed));
        check(|list| list.cards[0].windows = Box::new([]), Unsendable::Form(RightsRefusal::Malformed));
        check(|list| list.expires = Wall::from_micros(i64::MAX), Unsendable::Form(RightsRefusal::Malformed));
    }

    #[test]
    fn bytes_that_the_engine_did_not_mean_are_not_signed() {
        let meant = list().digest("lon1", "r01-front");
        let (site, front) = (SiteId::parse("lon1").unwrap(), DeviceId::parse("r01-front").unwrap());
        let body = wire(&list(), &site, &front).body().unwrap();
        assert_eq!(super::check(&body, meant), Ok(()));
        let other = RightsList { number: rights_list::ListNumber(41), ..list() };
        let body = wire(&other, &site, &front).body().unwrap();
        assert_eq!(super::check(&body, meant), Err(Unsendable::Digest));
    }
}
