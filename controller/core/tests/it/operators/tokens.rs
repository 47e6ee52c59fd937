//! What a token can be for, how long, and what ends it.

use std::time::Duration;

use rackward_core::engine::command::{OperatorCommand, Scope};
use rackward_core::id::{GrantId, OperatorId, TokenId};
use rackward_core::operator::{Factor, OperatorRole, OperatorState};
use rackward_core::people::Validity;
use rackward_core::permission::{Actor, Denied, Permission, PermissionSet, may};
use rackward_core::{Caller, Command, CommandError, Reply};

use super::{create, id, of, operator, operator_of, set, set_state, standing};
use crate::commands::{PLANT, admin, ask, check, check_as, check_replay, desk, member, organisation};
use crate::site::{Desk, MONDAY_NINE, reason};

const DAY: u64 = 86_400;

pub(super) fn token(owner: OperatorId, limits: PermissionSet, seconds: u64, number: u8) -> Command {
    let validity = Validity { from: MONDAY_NINE, to: MONDAY_NINE.after(Duration::from_secs(seconds)) };
    of(OperatorCommand::IssueToken { owner, limits, validity, digest: [number; 32], reason: reason("dashboards") })
}

/// A grant that waits for another's approval, asked for by a program.
fn waiting_grant(desk: &mut Desk, program: Caller) -> GrantId {
    let person = member(desk, "lon1");
    let wish = ask(desk, person, &[PLANT]);
    match desk.command_of(program, Command::CreateGrant(wish)) {
        Ok(Reply::Requested(grant, _)) => grant,
        other => panic!("{other:?}"),
    }
}

fn only(permission: Permission) -> PermissionSet {
    PermissionSet::NONE.with(permission)
}

/// The caller that a program with a token is, as the records say.
pub(super) fn bearer(desk: &Desk, number: u32) -> Option<Caller> {
    let records = desk.engine.records();
    let token = &records.tokens[&TokenId::new(number)];
    token.caller(&records.operators[&token.owner], desk.now.wall)
}

#[test]
fn a_token_is_for_less_than_its_owner_may_and_ends() {
    let mut desk = desk();
    let own = operator(&mut desk, "own", OperatorRole::Security);
    let mary = Scope::Organisation(organisation(&desk, "st-marys"));
    let tenant = id(&operator_of(&mut desk, "tenant", OperatorRole::Admin, mary));
    let (operator, view) = (id(&own), only(Permission::ViewSite));
    let mut check = |command, expect: &str| drop(check_as(&mut desk, admin(0), command, expect));
    check(token(operator, PermissionSet::NONE, DAY, 1), "invalid 1 permissions: name at least one");
    check(
        token(operator, only(Permission::GiveRights), DAY, 1),
        "invalid 1 permissions: its owner may not & give_rights",
    );
    check(token(operator, only(Permission::ManageSelf), DAY, 1), "invalid 1 permissions: no token is made for");
    check(token(operator, view, 366 * DAY + 1, 1), "invalid 1 to_at: a token lasts 366 days");
    check(token(operator, view, 0, 1), "invalid 1 to_at: it ends before it begins");
    check(token(OperatorId::new(99), view, DAY, 1), "not found: opr-99");
    check(token(tenant, only(Permission::ViewJournal), DAY, 1), "invalid 1 permissions: its owner may not");
    check(token(tenant, only(Permission::ViewPeople), DAY, 1), "ok");
    check(token(operator, view.with(Permission::OpenDoors), 366 * DAY, 2), "ok");
    check(token(operator, view, DAY, 2), "conflict: this secret");
    check_as(&mut desk, standing(own), token(operator, view, DAY, 3), "Denied(StepUp(ManageSelf))").unwrap_err();
    check_as(&mut desk, own, token(operator, view, DAY, 3), "ok").unwrap();
    check_as(&mut desk, own, token(tenant, only(Permission::ViewPeople), DAY, 4), "forbidden").unwrap_err();
    for number in 4..22 {
        check_as(&mut desk, own, token(operator, view, DAY, number), "ok").unwrap();
    }
    check_as(&mut desk, own, token(operator, view, DAY, 99), "conflict: & has 20 tokens").unwrap_err();
    desk.wait(Duration::from_secs(DAY));
    check_as(&mut desk, own, token(operator, view, 2 * DAY, 99), "ok").unwrap();
    check_replay(&desk);
}

#[test]
fn a_program_does_what_its_token_is_for_and_makes_no_operators() {
    let mut desk = desk();
    let own = operator(&mut desk, "own", OperatorRole::Admin);
    let limits = only(Permission::OpenDoors).with(Permission::GiveRights);
    check_as(&mut desk, own, token(id(&own), limits, DAY, 1), "ok").unwrap();
    let program = bearer(&desk, 1).unwrap();
    assert_eq!((program.actor, program.role), (Actor::Token(TokenId::new(1)), OperatorRole::Admin));
    assert_eq!(may(&program, Permission::OpenDoors), Ok(()));
    assert_eq!(may(&program, Permission::GuardSite), Err(Denied::Token(Permission::GuardSite)));
    let door = desk.door(crate::commands::STREET);
    let open = Command::OpenDoor { lasting: None, door, reason: reason("courier"), not_after: desk.now.wall };
    check_as(&mut desk, program, open.clone(), "ok").unwrap();
    for command in [
        create("robot", OperatorRole::Admin, Scope::Site),
        set(id(&own), Factor::Password),
        token(id(&own), limits, DAY, 2),
        set_state(id(&own), OperatorState::Disabled),
    ] {
        let result = desk.command_of(program, command);
        assert!(matches!(result, Err(CommandError::Denied(Denied::Token(_)))), "{result:?}");
        // Not even one whose limits name everything.
        let wide = Caller { limits: PermissionSet::ALL, ..program };
        let result = desk.command_of(wide, create("robot", OperatorRole::Admin, Scope::Site));
        assert_eq!(result, Err(CommandError::Denied(Denied::Token(Permission::ManageSelf))));
    }
    desk.wait(Duration::from_secs(DAY));
    assert_eq!(bearer(&desk, 1), None);
    check_as(&mut desk, program, open, "forbidden").unwrap_err();
}

#[test]
fn a_token_ends_with_what_it_rests_on() {
    type End = fn(OperatorId) -> Command;
    let ends: [(&str, End); 3] = [
        ("revoked", |_| of(OperatorCommand::RevokeToken { token: TokenId::new(1), reason: reason("leaked") })),
        ("owner disabled", |owner| set_state(owner, OperatorState::Disabled)),
        ("owner changed", |operator| {
            let (role, scope) = (OperatorRole::Security, Scope::Site);
            of(OperatorCommand::Change { operator, role, scope, reason: reason("moved") })
        }),
    ];
    for (what, end) in ends {
        let mut desk = desk();
        let _ = operator(&mut desk, "keeps", OperatorRole::Admin);
        let own = operator(&mut desk, "own", OperatorRole::Admin);
        check_as(&mut desk, own, token(id(&own), only(Permission::GiveRights), DAY, 1), "ok").unwrap();
        let program = bearer(&desk, 1).unwrap();
        let mark = desk.journal.len();
        assert!(desk.command(end(id(&own))).is_ok(), "{what}");
        assert!(desk.since(mark).contains(&"token.revoked"), "{what}");
        assert_eq!(bearer(&desk, 1), None, "{what}");
        let create =
            crate::commands::create(rackward_core::people::PersonStatus::Enabled, crate::site::usual_details());
        check_as(&mut desk, program, create, "forbidden").unwrap_err();
        // Whoever is enabled again makes new ones; the old ones stay gone.
        if what == "owner disabled" {
            desk.command(set_state(id(&own), OperatorState::Enabled)).unwrap();
            assert_eq!(bearer(&desk, 1), None, "{what}, and enabled again");
        }
        check_replay(&desk);
    }
}

#[test]
fn ones_own_token_is_ones_own_to_revoke() {
    let mut desk = desk();
    let own = operator(&mut desk, "own", OperatorRole::Security);
    let other = operator(&mut desk, "other", OperatorRole::SecuritySupervisor);
    let made = check_as(&mut desk, own, token(id(&own), only(Permission::ViewSite), DAY, 1), "ok");
    assert_eq!(made, Ok(Reply::Token(TokenId::new(1))));
    let revoke = |number| of(OperatorCommand::RevokeToken { token: TokenId::new(number), reason: reason("done") });
    check_as(&mut desk, other, revoke(1), "forbidden").unwrap_err();
    check_as(&mut desk, own, revoke(9), "not found: tok-9").unwrap_err();
    check_as(&mut desk, own, revoke(1), "ok").unwrap();
    check(&mut desk, revoke(1), "conflict: & revoked already").unwrap_err();
}

/// What a token of another's asks for is asked by whoever made it as well, who may hold it.
#[test]
fn nobody_approves_what_a_token_that_they_made_asked_for() {
    let mut desk = desk();
    let [ann, ben, sue] = ["ann", "ben", "sue"].map(|name| operator(&mut desk, name, OperatorRole::Admin));
    let limits = only(Permission::GiveRights);
    check_as(&mut desk, ann, token(id(&sue), limits, DAY, 1), "ok").unwrap();
    check_as(&mut desk, admin(0), token(id(&sue), limits, DAY, 2), "ok").unwrap();
    let ask = |desk: &mut Desk, token: u32| {
        let program = bearer(desk, token).unwrap();
        let grant = waiting_grant(desk, program);
        Command::ApproveGrant { grant, reason: reason("fine") }
    };
    let by_anns = ask(&mut desk, 1);
    check_as(&mut desk, ann, by_anns.clone(), "conflict: nobody can tell whether you are").unwrap_err();
    check_as(&mut desk, sue, by_anns.clone(), "conflict: nobody can tell whether you are").unwrap_err();
    // Taking the token back does not make it somebody else's.
    let revoke = of(OperatorCommand::RevokeToken { token: TokenId::new(1), reason: reason("done") });
    check_as(&mut desk, ann, revoke, "ok").unwrap();
    check_as(&mut desk, ann, by_anns.clone(), "conflict: nobody can tell whether you are").unwrap_err();
    check_as(&mut desk, ben, by_anns, "ok").unwrap();
    let by_the_machines = ask(&mut desk, 2);
    check_as(&mut desk, sue, by_the_machines.clone(), "conflict: nobody can tell whether you are").unwrap_err();
    check_as(&mut desk, ann, by_the_machines, "ok").unwrap();
    check_replay(&desk);
}
