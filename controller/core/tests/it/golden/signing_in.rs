//! Golden entries of signing in at a command line and of certificates.

use rackward_core::Wall;
use rackward_core::entry::{Entry, OperatorEntry};
use rackward_core::id::{OperatorId, TokenId};
use rackward_core::operator::{
    ApiToken, BoundCertificates, CertificateFault, IssuedToken, Operator, OperatorRole, OperatorState, SignInFailure,
    TokenSignIn, TokenState,
};
use rackward_core::people::Validity;
use rackward_core::permission::{Actor, Permission, PermissionSet};

use crate::site::reason;

const UNTIL: Wall = Wall::from_seconds(1_784_944_800);

fn token() -> IssuedToken {
    IssuedToken {
        id: TokenId::new(7),
        owner: OperatorId::new(4),
        limits: PermissionSet::NONE.with(Permission::ViewSite).with(Permission::OpenDoors),
        validity: Validity { from: Wall::from_seconds(1_784_901_600), to: UNTIL },
        digest: [0xd2; 32],
        state: TokenState::Issued,
    }
}

pub(super) fn entries() -> Vec<Entry> {
    let (operator, number) = (OperatorId::new(4), 2);
    let (by, admin) = (Actor::Operator(operator), Actor::Operator(OperatorId::new(1)));
    let failed = |cause| OperatorEntry::SignInFailed { operator: Some(operator), cause };
    let mut entries = vec![
        OperatorEntry::TokenSignedIn { token: token(), method: TokenSignIn::Device, by },
        OperatorEntry::TokenSignedIn { token: token(), method: TokenSignIn::Certificate(2), by: Actor::System },
        OperatorEntry::CertificateBound { operator, number, until: UNTIL, reason: reason("build server"), by: admin },
        OperatorEntry::CertificateUnbound { operator, number, reason: reason("key lost"), by: admin },
        failed(SignInFailure::DeviceCode),
    ];
    entries.extend(CertificateFault::ALL.map(|fault| failed(SignInFailure::Certificate(fault))));
    entries.into_iter().map(Entry::Operator).collect()
}

#[test]
fn rows_of_before_anybody_signed_in_so_read_as_they_were() {
    use rackward_core::journal::canonical::{record_bytes, record_from_bytes};
    let signed_in = token().signed_in_by(TokenSignIn::Certificate(2));
    assert_eq!(record_from_bytes(&record_bytes(&signed_in)), Ok(signed_in.clone()));
    let bytes = record_bytes(&signed_in);
    // What says how its holder signed in is the last two bytes and the mark before them.
    let early = &bytes[..bytes.len() - 3];
    assert_eq!(record_from_bytes(early), Ok(ApiToken { sign_in: None, ..signed_in }));
    let operator = Operator {
        id: OperatorId::new(4),
        role: OperatorRole::Security,
        scope: rackward_core::engine::command::Scope::Site,
        state: OperatorState::Enabled,
        factors: rackward_core::operator::Factors::default(),
        locked_until: None,
        sessions_void_to: rackward_core::id::SessionId::new(3),
        person: None,
        certificates: BoundCertificates::default().with(2, UNTIL).with(7, UNTIL),
    };
    let bytes = record_bytes(&operator);
    assert_eq!(record_from_bytes(&bytes), Ok(operator.clone()));
    let early = &bytes[..bytes.len() - 1 - 2 * 9];
    assert_eq!(record_from_bytes(early), Ok(Operator { certificates: BoundCertificates::default(), ..operator }));
}
