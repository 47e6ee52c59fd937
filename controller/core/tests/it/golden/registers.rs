//! Golden entries about what other registers say.

use rackward_core::asset::RackFacts;
use rackward_core::entry::RegisterEntry;
use rackward_core::id::{AreaId, AssetId, OperatorId, PersonId};
use rackward_core::people::PersonKeyHash;
use rackward_core::permission::Actor;

pub(super) fn entries() -> Vec<RegisterEntry> {
    let (person, by) = (PersonId::new(1042), Actor::Operator(OperatorId::new(4)));
    let facts = RackFacts {
        id: AssetId::new(17),
        name: "R07/C03".into(),
        facility_id: "F-7".into(),
        site: "lon1".into(),
        location: "hall-a".into(),
        role: String::new(),
        status: "active".into(),
        tenant: "st-marys".into(),
        u_height: 42,
        serial: "SN-7".into(),
        asset_tag: String::new(),
    };
    vec![
        RegisterEntry::PersonKeySet { person, key: Some(PersonKeyHash::from_keyed_hash([0xcd; 16])), by },
        RegisterEntry::PersonKeySet { person, key: None, by },
        RegisterEntry::PersonRenamed { person, by },
        RegisterEntry::RackTaken { facts: Box::new(facts.clone()), rack: Some(AreaId::new(6)), by },
        RegisterEntry::RackTaken { facts: Box::new(facts), rack: None, by },
        RegisterEntry::RackGone { asset: AssetId::new(17), by },
    ]
}
