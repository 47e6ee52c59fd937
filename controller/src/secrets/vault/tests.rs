//! The vault's promises: what is kept survives any cut of power, what was touched is not used, no key is given twice.

use std::path::Path;

use proptest::prelude::*;
use rackward_protocol::osdp::Scbk;

use super::*;

const READER: &str = "gate-reader";
const LOCK: &str = "gate-lock";

fn site_key() -> SiteKey {
    SiteKey::of_test(7)
}

fn vault(dir: &Path) -> Vault {
    Vault::open(dir, &site_key())
}

fn key(byte: u8) -> DeviceKey {
    DeviceKey::parse(std::array::from_fn(|i| byte.wrapping_add(i as u8 * 5))).unwrap()
}

fn drawn(vault: &Vault, device: &str) -> Scbk {
    vault.draw_pending(device, Unproven::Stays).unwrap().pending.unwrap()
}

fn only(active: Scbk) -> DeviceKeys {
    DeviceKeys { active: Some(active), pending: None }
}

#[test]
fn a_key_is_pending_until_it_is_proven_and_every_step_is_on_the_disk() {
    let dir = tempfile::tempdir().unwrap();
    let open = vault(dir.path());
    assert_eq!(open.keys_of(READER), DeviceKeys::default());
    let first = drawn(&open, READER);
    assert_eq!(vault(dir.path()).keys_of(READER), DeviceKeys { active: None, pending: Some(first.clone()) });
    assert_eq!(open.promote(READER).unwrap(), only(first.clone()));
    assert_eq!(vault(dir.path()).keys_of(READER), only(first.clone()));
    let second = drawn(&open, READER);
    assert_ne!(first, second);
    assert_eq!(open.discard_pending(READER).unwrap(), only(first.clone()));
    assert_eq!(vault(dir.path()).keys_of(READER), only(first));
    assert_eq!(open.keys_of(LOCK), DeviceKeys::default());
}

#[test]
fn since_when_a_device_has_its_key_is_kept_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let known = |seconds: i64| Some(Wall::from_seconds(seconds));
    let mut open = vault(dir.path());
    open.import(&[(READER, key(1))]);
    assert_eq!(open.active_since(READER), None, "nobody knows how old a key of a key file is");
    open.clock = || Wall::from_micros(1_000_000_250_000);
    open.draw_pending(READER, Unproven::Stays).unwrap();
    assert_eq!(open.active_since(READER), None, "it does not have the new one yet");
    open.promote(READER).unwrap();
    assert_eq!(open.active_since(READER), known(1_000_000));
    open.clock = || Wall::from_micros(2_000_000_000_000);
    open.draw_pending(READER, Unproven::Stays).unwrap();
    open.discard_pending(READER).unwrap();
    assert_eq!(open.active_since(READER), known(1_000_000), "a key that never arrived makes none younger");
    open.draw_pending(READER, Unproven::Stays).unwrap();
    open.withdraw(READER).unwrap();
    assert_eq!(vault(dir.path()).active_since(READER), known(1_000_000), "and it is on the disk");
    open.draw_pending(READER, Unproven::Stays).unwrap();
    open.promote(READER).unwrap();
    assert_eq!(vault(dir.path()).active_since(READER), known(2_000_000));
    assert_eq!(open.active_since("moon"), None);
}

#[test]
fn what_the_device_may_know_is_never_written_over() {
    let dir = tempfile::tempdir().unwrap();
    let vault = vault(dir.path());
    let first = drawn(&vault, READER);
    let refused = vault.draw_pending(READER, Unproven::Stays).unwrap_err();
    assert!(matches!(refused, VaultError::Unsettled { .. }), "{refused}");
    // A key that was never proven is all there is: proving the active one cannot have happened.
    assert_eq!(vault.discard_pending(READER).unwrap().pending, Some(first.clone()));
    let second = vault.draw_pending(READER, Unproven::IsDisplaced).unwrap().pending.unwrap();
    assert_ne!(first, second);
    assert_eq!(vault.withdraw(READER).unwrap(), DeviceKeys { active: None, pending: Some(first) });
    assert_eq!(vault.withdraw(READER).unwrap(), DeviceKeys::default());
}

#[test]
fn a_proven_key_leaves_no_other_behind() {
    let dir = tempfile::tempdir().unwrap();
    let vault = vault(dir.path());
    drawn(&vault, READER);
    let second = vault.draw_pending(READER, Unproven::IsDisplaced).unwrap().pending.unwrap();
    assert_eq!(vault.promote(READER).unwrap(), only(second.clone()));
    assert_eq!(vault.withdraw(READER).unwrap(), only(second.clone()));
    assert_eq!(vault.promote(READER).unwrap(), only(second));
}

#[test]
fn the_file_is_private_and_no_draft_is_left() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let vault = vault(dir.path());
    drawn(&vault, READER);
    vault.promote(READER).unwrap();
    let mode = std::fs::metadata(dir.path().join(DEVICE_KEYS_FILE)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2, "the vault and its key");
}

#[test]
fn a_key_file_counts_until_the_vault_has_a_key() {
    let dir = tempfile::tempdir().unwrap();
    let open = vault(dir.path());
    assert!(open.import(&[(READER, key(1)), (LOCK, key(2))]).is_empty());
    assert_eq!(open.keys_of(READER), only(key(1).scbk()));
    let fresh = drawn(&open, READER);
    open.promote(READER).unwrap();
    let again = vault(dir.path());
    assert!(again.import(&[(READER, key(1)), (LOCK, key(3))]).is_empty());
    assert_eq!((again.keys_of(READER), again.keys_of(LOCK)), (only(fresh), only(key(2).scbk())));
}

#[test]
fn a_key_file_with_another_devices_key_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let vault = vault(dir.path());
    assert!(vault.import(&[(READER, key(1))]).is_empty());
    let refused = vault.import(&[(READER, key(1)), (LOCK, key(1))]);
    let shown: Vec<_> = refused.iter().map(ToString::to_string).collect();
    assert!(matches!(refused.as_slice(), [VaultError::Duplicate { .. }]), "{shown:?}");
    assert!(shown[0].contains(LOCK) && shown[0].contains(READER), "{shown:?}");
    assert_eq!(vault.keys_of(LOCK), DeviceKeys::default());
}

#[test]
fn a_bad_random_source_gives_no_key() {
    let dir = tempfile::tempdir().unwrap();
    let check = |random: fn(&mut [u8]) -> Result<(), getrandom::Error>, expect: &str| {
        let vault = Vault { random, ..vault(dir.path()) };
        vault.import(&[(LOCK, DeviceKey::parse(std::array::from_fn(|i| i as u8)).unwrap())]);
        let refused = vault.draw_pending(READER, Unproven::Stays).unwrap_err().to_string();
        assert!(refused.contains(expect) && refused.contains(READER), "{refused}");
        assert_eq!(vault.keys_of(READER), DeviceKeys::default());
    };
    check(|_| Err(getrandom::Error::UNSUPPORTED), "no random bytes");
    check(
        |out| {
            out.fill(0);
            Ok(())
        },
        "all zero",
    );
    check(
        |out| {
            out.copy_from_slice(b"0123456789:;<=>?".get(..out.len()).unwrap_or(&[1; 32]));
            Ok(())
        },
        "default key",
    );
    check(
        |out| {
            (0..).zip(out).for_each(|(i, byte)| *byte = i);
            Ok(())
        },
        "has the same one",
    );
}

#[test]
fn a_vault_that_was_touched_gives_no_key_and_is_not_written_over() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(DEVICE_KEYS_FILE);
    let first = vault(dir.path());
    first.import(&[(READER, key(1))]);
    let whole = std::fs::read(&path).unwrap();
    let check = |content: &[u8], site: u8, expect: &str| {
        std::fs::write(&path, content).unwrap();
        let vault = Vault::open(dir.path(), &SiteKey::of_test(site));
        let trouble = vault.trouble().unwrap().to_string();
        assert!(trouble.contains(expect), "{trouble}");
        assert_eq!(vault.keys_of(READER), DeviceKeys::default());
        assert!(vault.import(&[(READER, key(1))]).is_empty());
        assert_eq!(vault.keys_of(READER), DeviceKeys::default(), "a key file does not count either");
        vault.draw_pending(LOCK, Unproven::Stays).unwrap_err();
        vault.promote(READER).unwrap_err();
        assert_eq!(std::fs::read(&path).unwrap(), content);
    };
    let mut changed = whole.clone();
    changed[60] ^= 1;
    check(&changed, 7, "its seal does not fit");
    check(&whole[..whole.len() - 1], 7, "its seal does not fit");
    // The key for cards has no part in it any more.
    std::fs::write(&path, &whole).unwrap();
    assert_eq!(Vault::open(dir.path(), &SiteKey::of_test(8)).keys_of(READER), only(key(1).scbk()));
    check(b"", 7, "it is no vault");
    check(b"rw-keys\x09", 7, "it has form 9");
    std::fs::write(&path, &whole).unwrap();
    assert_eq!(vault(dir.path()).keys_of(READER), only(key(1).scbk()));
}

/// A vault of the older form: sealed under the site's key, and no key of its own beside it.
fn older(dir: &Path) -> Vec<u8> {
    let contents = [(READER.to_owned(), Slots { active: Some(key(1)), ..Slots::default() })].into();
    let sealed = sealed::seal(&VaultKey::of_site_key(&site_key()), Form::UnderSiteKey, [9; 32], &contents).unwrap();
    std::fs::write(dir.join(DEVICE_KEYS_FILE), &*sealed).unwrap();
    std::fs::set_permissions(dir.join(DEVICE_KEYS_FILE), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    sealed.to_vec()
}

#[test]
fn a_vault_under_the_sites_key_is_opened_once_and_sealed_under_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let before = older(dir.path());
    assert!(rests_on_site_key(&dir.path().join(DEVICE_KEYS_FILE)));
    assert_eq!(vault(dir.path()).keys_of(READER), only(key(1).scbk()));
    let after = std::fs::read(dir.path().join(DEVICE_KEYS_FILE)).unwrap();
    assert_ne!(after, before);
    assert_eq!(Form::of(&after), Ok(Form::WithAges));
    assert!(!rests_on_site_key(&dir.path().join(DEVICE_KEYS_FILE)));
    let other_site_key = SiteKey::of_test(8);
    assert_eq!(Vault::open(dir.path(), &other_site_key).keys_of(READER), only(key(1).scbk()));
}

#[test]
fn a_vault_under_the_sites_key_survives_a_cut_between_its_new_key_and_its_new_seal() {
    let dir = tempfile::tempdir().unwrap();
    let before = older(dir.path());
    VaultKey::open(dir.path(), false).unwrap();
    assert_eq!(vault(dir.path()).keys_of(READER), only(key(1).scbk()));
    // The older file of a backup beside the newer key.
    std::fs::write(dir.path().join(DEVICE_KEYS_FILE), before).unwrap();
    assert_eq!(vault(dir.path()).keys_of(READER), only(key(1).scbk()));
}

#[test]
fn a_vault_without_its_key_is_closed_and_gets_no_other() {
    let dir = tempfile::tempdir().unwrap();
    vault(dir.path()).import(&[(READER, key(1))]);
    let path = dir.path().join(VAULT_KEY_FILE);
    std::fs::remove_file(&path).unwrap();
    let trouble = vault(dir.path()).trouble().unwrap().to_string();
    assert!(trouble.contains("vault.key is missing"), "{trouble}");
    assert!(!path.exists());
    super::super::create_private(&path, &[1; 31]).unwrap();
    let trouble = vault(dir.path()).trouble().unwrap().to_string();
    assert!(trouble.contains("holds 31 bytes"), "{trouble}");
    std::fs::remove_file(&path).unwrap();
    super::super::create_private(&path, &[1; 32]).unwrap();
    let trouble = vault(dir.path()).trouble().unwrap().to_string();
    assert!(trouble.contains("vault.key is another one"), "{trouble}");
}

#[test]
fn a_vault_that_others_can_read_is_closed() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    vault(dir.path()).import(&[(READER, key(1))]);
    std::fs::set_permissions(dir.path().join(DEVICE_KEYS_FILE), PermissionsExt::from_mode(0o644)).unwrap();
    let trouble = vault(dir.path()).trouble().unwrap().to_string();
    assert!(trouble.contains("chmod 600"), "{trouble}");
}

#[test]
fn a_full_disk_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    vault(dir.path()).import(&[(READER, key(1))]);
    let full = Vault { after_step: |_| Err(io::ErrorKind::StorageFull.into()), ..vault(dir.path()) };
    let refused = full.draw_pending(READER, Unproven::Stays).unwrap_err().to_string();
    assert!(refused.contains(READER) && refused.contains("see to the disk"), "{refused}");
    assert_eq!(full.keys_of(READER), only(key(1).scbk()));
    let failed = full.import(&[(LOCK, key(2))]);
    assert!(matches!(failed.as_slice(), [VaultError::NotWritten { .. }]), "{failed:?}");
    assert_eq!(full.keys_of(LOCK), DeviceKeys::default(), "a key that is not on the disk is not used");
    assert_eq!(vault(dir.path()).keys_of(READER), only(key(1).scbk()));
}

/// Where the power goes, and what the disk shows of it afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    Never,
    /// In the middle of the draft, so that only so many bytes of it are there.
    InDraft(usize),
    AfterDraft,
    /// The rename was done, and it is lost as well.
    BeforeRenameIsDurable,
    AfterRename,
}

const CUTS: [Cut; 7] = [
    Cut::Never,
    Cut::InDraft(0),
    Cut::InDraft(50),
    Cut::InDraft(usize::MAX),
    Cut::AfterDraft,
    Cut::BeforeRenameIsDurable,
    Cut::AfterRename,
];

fn off_at(cut: WriteStep, step: WriteStep) -> io::Result<()> {
    if step == cut { Err(io::ErrorKind::Interrupted.into()) } else { Ok(()) }
}

/// One machine with its disk, and the device at the end of the wire.
struct Plant {
    dir: tempfile::TempDir,
    device: Scbk,
}

impl Plant {
    /// Runs one change of the vault with the power cut somewhere in it; `None` if it was cut.
    fn change(&self, cut: Cut, change: impl Fn(&Vault) -> Result<DeviceKeys, VaultError>) -> Option<DeviceKeys> {
        let path = self.dir.path().join(DEVICE_KEYS_FILE);
        let (draft, before) = (path.with_extension("new"), std::fs::read(&path).ok());
        let after_step: fn(WriteStep) -> io::Result<()> = match cut {
            Cut::Never => |_| Ok(()),
            Cut::InDraft(_) => |step| off_at(WriteStep::Drafted, step),
            Cut::AfterDraft => |step| off_at(WriteStep::DraftDurable, step),
            Cut::BeforeRenameIsDurable | Cut::AfterRename => |step| off_at(WriteStep::Renamed, step),
        };
        let changed = change(&Vault { after_step, ..vault(self.dir.path()) }).ok();
        match cut {
            Cut::InDraft(bytes) if draft.exists() => {
                let whole = std::fs::read(&draft).unwrap();
                std::fs::write(&draft, &whole[..bytes.min(whole.len())]).unwrap();
            }
            Cut::BeforeRenameIsDurable if changed.is_none() => match before {
                Some(before) => std::fs::write(&path, before).unwrap(),
                None => std::fs::remove_file(&path).unwrap_or_default(),
            },
            Cut::Never | Cut::InDraft(_) | Cut::AfterDraft | Cut::BeforeRenameIsDurable | Cut::AfterRename => {}
        }
        changed
    }

    /// After a restart: the device's key is one of the two in the vault, and settling leaves that one alone.
    fn agrees(&self, story: &str) {
        let vault = vault(self.dir.path());
        let keys = vault.keys_of(READER);
        let settled = if keys.pending.as_ref() == Some(&self.device) {
            vault.promote(READER)
        } else {
            assert_eq!(keys.active.as_ref(), Some(&self.device), "{story}: the device's key is gone");
            vault.discard_pending(READER)
        };
        assert_eq!(settled.unwrap(), only(self.device.clone()), "{story}");
    }
}

/// A roll-over with the power cut once at every step of the first write, between, and at every step of the second; the
/// device took the key or did not.
#[test]
fn device_and_vault_agree_wherever_a_roll_over_was_cut() {
    for (draw_cut, settle_cut) in CUTS.into_iter().flat_map(|first| CUTS.map(|second| (first, second))) {
        for took in [true, false] {
            let mut plant = Plant { dir: tempfile::tempdir().unwrap(), device: key(1).scbk() };
            vault(plant.dir.path()).import(&[(READER, key(1))]);
            let story = format!("draw {draw_cut:?}, took {took}, settle {settle_cut:?}");
            // Only a key that is kept is ever sent.
            if let Some(keys) = plant.change(draw_cut, |vault| vault.draw_pending(READER, Unproven::Stays)) {
                if took {
                    plant.device = keys.pending.unwrap();
                }
                plant.change(
                    settle_cut,
                    |vault| if took { vault.promote(READER) } else { vault.discard_pending(READER) },
                );
            }
            plant.agrees(&story);
        }
    }
}

/// A commissioning of a device that may know a pending key already: wherever it is cut before the new key was sent, the
/// pending one is still there.
#[test]
fn a_commissioning_that_does_not_begin_takes_no_key_away() {
    for (draw_cut, withdraw_cut) in CUTS.into_iter().flat_map(|first| CUTS.map(|second| (first, second))) {
        let story = format!("draw {draw_cut:?}, withdraw {withdraw_cut:?}");
        let dir = tempfile::tempdir().unwrap();
        let device = drawn(&vault(dir.path()), READER);
        let plant = Plant { dir, device: device.clone() };
        let drew = plant.change(draw_cut, |vault| vault.draw_pending(READER, Unproven::IsDisplaced));
        if drew.is_some() {
            plant.change(withdraw_cut, |vault| vault.withdraw(READER));
        }
        let after = vault(plant.dir.path());
        // What a cut left half-way is there behind the key that was never sent.
        if after.keys_of(READER).pending != Some(device.clone()) {
            assert_eq!(after.withdraw(READER).unwrap().pending, Some(device), "{story}");
        }
    }
}

proptest! {
    /// Any order of changes, each with a cut somewhere: the file opens, and is what the last whole change or the one
    /// before made of it.
    #[test]
    fn the_vault_is_always_whole(steps in proptest::collection::vec((0..5_u8, 0..CUTS.len()), 1..12)) {
        let plant = Plant { dir: tempfile::tempdir().unwrap(), device: key(1).scbk() };
        for (what, cut) in steps {
            let before = vault(plant.dir.path()).keys_of(READER);
            let change = |vault: &Vault| match what {
                0 => vault.draw_pending(READER, Unproven::Stays),
                1 => vault.draw_pending(READER, Unproven::IsDisplaced),
                2 => vault.promote(READER),
                3 => vault.discard_pending(READER),
                _ => vault.withdraw(READER),
            };
            let changed = plant.change(CUTS[cut], change);
            let after = vault(plant.dir.path());
            prop_assert!(after.trouble().is_none());
            match changed {
                Some(keys) => prop_assert_eq!(after.keys_of(READER), keys),
                None if CUTS[cut] == Cut::AfterRename => {}
                None => prop_assert_eq!(after.keys_of(READER), before),
            }
        }
    }
}
