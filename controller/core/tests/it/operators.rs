//! Operators as tables and stories: who may change whom, that an admin always remains, what failures to sign in come to, what
//! a token can be for. What takes two of them is below, in `proposals.rs`.

mod certificates;
mod proposals;
mod sessions;
mod sign_in;
mod tokens;

use std::time::Duration;

use rackward_core::engine::command::{OperatorCommand, OperatorName, Scope, SealedSecret};
use rackward_core::engine::preconditions::Preconditions;
use rackward_core::id::{OperatorId, PersonId};
use rackward_core::operator::{Factor, Factors, OperatorRole, OperatorState, SecretVersion};
use rackward_core::permission::{Actor, Assurance, Denied, Permission};
use rackward_core::{Answer, Caller, Command, CommandError, Query, Reply};

use crate::commands::{admin, check, check_as, check_replay, desk, organisation};
use crate::site::{Desk, reason};

/// The daemon itself.
pub(super) const SYSTEM: Caller = Caller::new(Actor::System, OperatorRole::Admin, Scope::Site);

pub(super) fn of(command: OperatorCommand) -> Command {
    Command::Operator(command)
}

pub(super) fn create(name: &str, role: OperatorRole, scope: Scope) -> Command {
    of(OperatorCommand::Create { name: OperatorName::parse(name).unwrap(), role, scope })
}

/// An operator of the whole site who can sign in, as the caller that they then are.
pub(super) fn operator(desk: &mut Desk, name: &str, role: OperatorRole) -> Caller {
    operator_of(desk, name, role, Scope::Site)
}

pub(super) fn operator_of(desk: &mut Desk, name: &str, role: OperatorRole, scope: Scope) -> Caller {
    let Ok(Reply::Operator(operator)) = desk.command(create(name, role, scope)) else { panic!("{name}") };
    for factor in [Factor::Password, Factor::Totp] {
        desk.command(set(operator, factor)).unwrap();
    }
    Caller::new(Actor::Operator(operator), role, scope)
}

pub(super) fn id(caller: &Caller) -> OperatorId {
    let Actor::Operator(operator) = caller.actor else { panic!("{caller:?}") };
    operator
}

pub(super) fn set(operator: OperatorId, factor: Factor) -> Command {
    of(OperatorCommand::SetFactor { operator, factor, secret: SealedSecret::new(vec![7; 32]) })
}

pub(super) fn remove(operator: OperatorId, factor: Factor) -> Command {
    of(OperatorCommand::RemoveFactor { operator, factor, reason: reason("lost") })
}

pub(super) fn set_state(operator: OperatorId, state: OperatorState) -> Command {
    of(OperatorCommand::SetState { operator, state, reason: reason("as asked") })
}

fn bind(operator: OperatorId) -> Command {
    let account = SealedSecret::new(vec![9; 16]);
    of(OperatorCommand::BindProvider { operator, account, reason: reason("staff account") })
}

fn change(operator: OperatorId, role: OperatorRole, scope: Scope) -> Command {
    of(OperatorCommand::Change { operator, role, scope, reason: reason("moved") })
}

fn reset(whom: &Caller) -> Command {
    of(OperatorCommand::Reset { operator: id(whom), reason: reason("lost the phone") })
}

/// A program that decides in reviews in somebody's name.
pub(super) fn token_of(desk: &mut Desk, owner: &Caller) -> Caller {
    let validity =
        rackward_core::people::Validity { from: desk.now.wall, to: desk.now.wall.after(Duration::from_secs(86_400)) };
    let limits = rackward_core::permission::PermissionSet::NONE.with(Permission::RunReviews);
    let digest = [7; 32];
    let issue = OperatorCommand::IssueToken { owner: id(owner), limits, validity, digest, reason: reason("program") };
    match desk.command_of(*owner, of(issue)) {
        Ok(Reply::Token(token)) => Caller { actor: Actor::Token(token), ..*owner },
        other => panic!("{other:?}"),
    }
}

/// The same caller, signed in a while ago.
pub(super) fn standing(caller: Caller) -> Caller {
    Caller { assurance: Assurance::Standing, ..caller }
}

#[test]
fn a_name_is_one_operators() {
    let mut desk = desk();
    check(&mut desk, create("m.rossi", OperatorRole::Security, Scope::Site), "ok").unwrap();
    check(&mut desk, create("m.rossi", OperatorRole::Admin, Scope::Site), "invalid 1 name: an operator has this name")
        .unwrap_err();
    let nowhere = Scope::Organisation(rackward_core::id::OrganisationId::new(99));
    check(
        &mut desk,
        create("m.rossi", OperatorRole::Admin, nowhere),
        "invalid 2 name: & organisation: org-99 does not",
    )
    .unwrap_err();
    let fits = |name: &str, expect: bool| assert_eq!(OperatorName::parse(name).is_some(), expect, "{name:?}");
    fits("m.rossi@lon1", true);
    fits(&"a".repeat(64), true);
    fits(&"a".repeat(65), false);
    for odd in ["", "M.Rossi", "m rossi", "m\u{202e}rossi", "rössi", "m\nrossi", "m/rossi"] {
        fits(odd, false);
    }
    check_replay(&desk);

    // Names are not in the records: after a restart the shell tells them, before the first command.
    let records = desk.engine.records().clone();
    let mut again = Desk::restart_of(&crate::commands::tenants(), records, desk.now);
    again.engine.know_operator_names([(OperatorId::new(1), OperatorName::parse("m.rossi").unwrap())]);
    check(&mut again, create("m.rossi", OperatorRole::Admin, Scope::Site), "invalid 1 name").unwrap_err();
}

#[test]
fn every_change_by_everybody_who_might_try() {
    type Change = fn(&Caller, &Caller) -> Command;
    let changes: [(&str, Change); 12] = [
        ("create", |_, _| create("new", OperatorRole::Auditor, Scope::Site)),
        ("disable another", |_, other| set_state(id(other), OperatorState::Disabled)),
        ("change another", |_, other| change(id(other), OperatorRole::Auditor, Scope::Site)),
        ("set another's password", |_, other| set(id(other), Factor::Password)),
        ("remove another's", |_, other| remove(id(other), Factor::Totp)),
        ("set one's own password", |own, _| set(id(own), Factor::Password)),
        ("raise oneself", |own, _| change(id(own), OperatorRole::Admin, Scope::Site)),
        ("disable oneself", |own, _| set_state(id(own), OperatorState::Disabled)),
        ("reset another", |_, other| reset(other)),
        ("reset oneself", |own, _| reset(own)),
        ("give another an account", |_, other| bind(id(other))),
        ("give oneself an account", |own, _| bind(id(own))),
    ];
    // In the order of the changes above; "own" needs step-up, "no" is refused whoever asks so.
    let expect = |role: OperatorRole| match role {
        OperatorRole::Admin => ["ok", "ok", "ok", "ok", "ok", "ok", "conflict", "ok", "ok", "conflict", "ok", "ok"],
        OperatorRole::WallScreen
        | OperatorRole::Auditor
        | OperatorRole::Facilities
        | OperatorRole::Security
        | OperatorRole::SecuritySupervisor => {
            let mut none = ["forbidden"; 12];
            none[5] = "ok";
            none
        }
    };
    for role in OperatorRole::ALL {
        for ((what, change), expect) in changes.iter().zip(expect(role)) {
            let mut desk = desk();
            let _ = operator(&mut desk, "keeps", OperatorRole::Admin);
            let own = operator(&mut desk, "own", role);
            let other = operator(&mut desk, "other", OperatorRole::Security);
            let command = change(&own, &other);
            let late = desk.command_of(standing(own), command.clone());
            assert!(late.is_err(), "{role:?}: {what} long after signing in: {late:?}");
            let got = crate::commands::said(&desk.command_of(own, command));
            assert!(got.starts_with(expect), "{role:?}: {what}: {got}");
        }
    }
}

#[test]
fn what_only_the_shell_has_seen_nobody_else_tells() {
    use rackward_core::id::SessionId;
    use rackward_core::operator::{SessionEnd, SignInFailure, SignInMethod};
    let mut desk = desk();
    let own = operator(&mut desk, "own", OperatorRole::Admin);
    let (operator, session) = (id(&own), SessionId::new(1));
    let secret = || SealedSecret::new(vec![1]);
    desk.command(set(operator, Factor::RecoveryCodes(10))).unwrap();
    let told = [
        OperatorCommand::NoteSignIn { operator: Some(operator), method: SignInMethod::Passkey },
        OperatorCommand::NoteSignInFailure { operator: Some(operator), cause: SignInFailure::Wrong },
        OperatorCommand::NoteStepUp { session, operator, method: SignInMethod::Passkey },
        OperatorCommand::NoteSessionEnd { session, operator: Some(operator), cause: SessionEnd::Revoked },
        OperatorCommand::NoteSessions { lasting: vec![(session, operator)] },
        OperatorCommand::UseRecoveryCode { operator, left: 9, version: used(1, 1), secret: secret() },
        OperatorCommand::KeepSecret { operator, factor: Factor::Totp, version: used(1, 1), secret: secret() },
    ];
    for command in told {
        for forger in [own, admin(0), Caller { actor: Actor::Session(3), ..own }] {
            check_as(&mut desk, forger, of(command.clone()), "forbidden").unwrap_err();
        }
        check_as(&mut desk, SYSTEM, of(command), "ok").unwrap();
    }
}

#[test]
fn an_admin_who_can_sign_in_always_remains() {
    let mut desk = desk();
    let first = operator(&mut desk, "first", OperatorRole::Admin);
    let last = format!("conflict: {} is the last admin", id(&first));
    check(&mut desk, set_state(id(&first), OperatorState::Disabled), &last).unwrap_err();
    check(&mut desk, change(id(&first), OperatorRole::Auditor, Scope::Site), &last).unwrap_err();
    let mary = Scope::Organisation(organisation(&desk, "st-marys"));
    check(&mut desk, change(id(&first), OperatorRole::Admin, mary), &last).unwrap_err();
    // One who never set a factor, one of an organisation, one who is disabled: none of them could take over.
    check(&mut desk, create("invited", OperatorRole::Admin, Scope::Site), "ok").unwrap();
    let _ = operator_of(&mut desk, "tenant", OperatorRole::Admin, mary);
    let away = operator(&mut desk, "away", OperatorRole::Admin);
    check(&mut desk, set_state(id(&away), OperatorState::Disabled), "ok").unwrap();
    check(&mut desk, set_state(id(&first), OperatorState::Disabled), &last).unwrap_err();
    check(&mut desk, set_state(id(&away), OperatorState::Disabled), "conflict: & disabled already").unwrap_err();
    check(&mut desk, set_state(id(&away), OperatorState::Enabled), "ok").unwrap();
    check(&mut desk, set_state(id(&first), OperatorState::Disabled), "ok").unwrap();
    check_replay(&desk);
}

#[test]
fn an_account_at_the_provider_is_given_and_taken_away_by_an_admin() {
    let mut desk = desk();
    let own = operator(&mut desk, "own", OperatorRole::Security);
    let Ok(Reply::Operator(new)) = desk.command(create("new", OperatorRole::Security, Scope::Site)) else { panic!() };
    let can_sign_in = |desk: &Desk| desk.engine.records().operators[&new].factors.can_sign_in();
    let mark = desk.journal.len();
    check(&mut desk, bind(new), "ok").unwrap();
    assert_eq!(desk.since(mark), ["operator.provider-bound"]);
    assert!(can_sign_in(&desk));
    check_as(&mut desk, own, remove(new, Factor::Provider), "forbidden").unwrap_err();
    check(&mut desk, remove(new, Factor::Provider), "ok").unwrap();
    check(&mut desk, remove(new, Factor::Provider), "conflict: & no such factor").unwrap_err();
    assert!(!can_sign_in(&desk));
    check(&mut desk, bind(OperatorId::new(99)), "not found").unwrap_err();
    check_replay(&desk);
}

#[test]
fn factors_are_counted_and_the_last_way_in_is_kept() {
    let mut desk = desk();
    let own = operator(&mut desk, "own", OperatorRole::Security);
    let operator = id(&own);
    let factors = |desk: &Desk| desk.engine.records().operators[&operator].factors;
    check_as(&mut desk, own, remove(operator, Factor::Totp), "conflict: you could not sign in any more").unwrap_err();
    check_as(&mut desk, own, remove(operator, Factor::Passkey(0)), "conflict: & no such factor").unwrap_err();
    for number in [0, 3, 3] {
        check_as(&mut desk, own, set(operator, Factor::Passkey(number)), "ok").unwrap();
    }
    assert_eq!(factors(&desk).passkeys.numbers().collect::<Vec<_>>(), [0, 3]);
    assert_eq!(factors(&desk).passkeys.free(), Some(1));
    check_as(&mut desk, own, set(operator, Factor::Passkey(8)), "invalid 1 passkey").unwrap_err();
    check_as(&mut desk, own, remove(operator, Factor::Totp), "ok").unwrap();
    check_as(&mut desk, own, remove(operator, Factor::Passkey(0)), "ok").unwrap();
    check_as(&mut desk, own, remove(operator, Factor::Passkey(3)), "conflict: you could not").unwrap_err();
    // Whoever looks after operators may take everything away: that is how somebody starts anew.
    for factor in factors(&desk).all() {
        check(&mut desk, remove(operator, factor), "ok").unwrap();
    }
    assert_eq!(factors(&desk), Factors::default());
    // With nothing to prove themselves by, they come by a link, and the shell sets the first; a session that was left is
    // nobody's proof.
    let late = desk.command_of(standing(own), set(operator, Factor::Passkey(0)));
    assert_eq!(late, Err(CommandError::Denied(Denied::StepUp(Permission::ManageSelf))));
    check_as(&mut desk, SYSTEM, set(operator, Factor::Passkey(0)), "ok").unwrap();
    check_replay(&desk);
}

#[test]
fn nobody_takes_away_what_the_last_admin_signs_in_with() {
    let mut desk = desk();
    let last = operator(&mut desk, "last", OperatorRole::Admin);
    let link = Caller::new(Actor::Session(1), OperatorRole::Admin, Scope::Site);
    let refused = format!("conflict: {} is the last admin", id(&last));
    for nobody in [admin(0), link] {
        check_as(&mut desk, nobody, remove(id(&last), Factor::Totp), &refused).unwrap_err();
        check_as(&mut desk, nobody, reset(&last), &refused).unwrap_err();
    }
    // A passkey more, and the app may go.
    check_as(&mut desk, last, set(id(&last), Factor::Passkey(0)), "ok").unwrap();
    check(&mut desk, remove(id(&last), Factor::Totp), "ok").unwrap();
    let other = operator(&mut desk, "other", OperatorRole::Admin);
    check_as(&mut desk, last, reset(&last), "conflict: nobody resets themselves").unwrap_err();
    check_as(&mut desk, other, reset(&last), "ok").unwrap();
    check(&mut desk, reset(&other), &format!("conflict: {} is the last admin", id(&other))).unwrap_err();
    check_replay(&desk);
}

#[test]
fn whoever_is_reset_keeps_nothing_of_before() {
    use rackward_core::operator::SignInMethod;
    use rackward_core::permission::PermissionSet;
    let mut desk = desk();
    let _ = operator(&mut desk, "keeps", OperatorRole::Admin);
    let own = operator(&mut desk, "own", OperatorRole::Security);
    let operator = id(&own);
    let sign_in = || of(OperatorCommand::NoteSignIn { operator: Some(operator), method: SignInMethod::PasswordTotp });
    let Ok(Reply::Session(before)) = desk.command_of(SYSTEM, sign_in()) else { panic!() };
    let validity =
        rackward_core::people::Validity { from: desk.now.wall, to: desk.now.wall.after(Duration::from_secs(99)) };
    let (limits, digest) = (PermissionSet::NONE.with(Permission::ViewSite), [1; 32]);
    let token = OperatorCommand::IssueToken { owner: operator, limits, validity, digest, reason: reason("screens") };
    check_as(&mut desk, own, of(token), "ok").unwrap();
    let mark = desk.journal.len();
    check(&mut desk, reset(&own), "ok").unwrap();
    assert_eq!(desk.since(mark), ["operator.reset", "token.revoked"]);
    let row = &desk.engine.records().operators[&operator];
    assert_eq!((row.factors, row.sessions_void_to), (Factors::default(), before));
    let Ok(Reply::Session(after)) = desk.command_of(SYSTEM, sign_in()) else { panic!() };
    assert!(after > before, "the next session counts");
    check_replay(&desk);
}

/// Taken away by somebody else, a factor may be in wrong hands; who tidies up their own stays where they are.
#[test]
fn what_was_opened_with_a_factor_that_is_taken_away_ends() {
    use rackward_core::operator::SignInMethod;
    let mut desk = desk();
    let _ = operator(&mut desk, "keeps", OperatorRole::Admin);
    let own = operator(&mut desk, "own", OperatorRole::Security);
    let operator = id(&own);
    check_as(&mut desk, own, set(operator, Factor::Passkey(0)), "ok").unwrap();
    let sign_in = OperatorCommand::NoteSignIn { operator: Some(operator), method: SignInMethod::PasswordTotp };
    let Ok(Reply::Session(session)) = desk.command_of(SYSTEM, of(sign_in)) else { panic!() };
    let void_to = |desk: &Desk| desk.engine.records().operators[&operator].sessions_void_to;
    let before = void_to(&desk);
    check_as(&mut desk, own, remove(operator, Factor::Passkey(0)), "ok").unwrap();
    assert_eq!(void_to(&desk), before);
    check_as(&mut desk, own, set(operator, Factor::Passkey(1)), "ok").unwrap();
    check(&mut desk, remove(operator, Factor::Passkey(1)), "ok").unwrap();
    assert_eq!(void_to(&desk), session);
    check_replay(&desk);
}

#[test]
fn recovery_codes_only_become_fewer() {
    let mut desk = desk();
    let own = operator(&mut desk, "own", OperatorRole::Security);
    check_as(&mut desk, SYSTEM, use_code(id(&own), 9, used(0, 1)), "conflict").unwrap_err();
    check(&mut desk, set(id(&own), Factor::RecoveryCodes(10)), "ok").unwrap();
    check_as(&mut desk, SYSTEM, use_code(id(&own), 9, used(1, 1)), "ok").unwrap();
    check_as(&mut desk, SYSTEM, use_code(id(&own), 9, used(1, 2)), "conflict: & used twice").unwrap_err();
}

#[test]
fn what_was_checked_against_an_old_secret_never_takes_the_place_of_a_new_one() {
    let mut desk = desk();
    let own = id(&operator(&mut desk, "own", OperatorRole::Security));
    check(&mut desk, set(own, Factor::RecoveryCodes(10)), "ok").unwrap();
    // The app was set once so far, and so were the codes.
    let keep = |version| {
        let secret = SealedSecret::new(vec![9]);
        of(OperatorCommand::KeepSecret { operator: own, factor: Factor::Totp, version, secret })
    };
    check_as(&mut desk, SYSTEM, keep(used(1, 1)), "ok").unwrap();
    check_as(&mut desk, SYSTEM, keep(used(1, 3)), "ok").unwrap();
    check_as(&mut desk, SYSTEM, keep(used(1, 2)), "conflict: & proved themselves otherwise").unwrap_err();
    check_as(&mut desk, SYSTEM, keep(used(1, 3)), "conflict").unwrap_err();
    // A new phone, and new codes, while a sign-in with the old ones is on its way.
    check(&mut desk, set(own, Factor::Totp), "ok").unwrap();
    check(&mut desk, set(own, Factor::RecoveryCodes(10)), "ok").unwrap();
    desk.rehearse(SYSTEM, set(own, Factor::Totp), &Preconditions::default()).unwrap();
    check_as(&mut desk, SYSTEM, keep(used(1, 4)), "conflict: & given another factor").unwrap_err();
    check_as(&mut desk, SYSTEM, use_code(own, 9, used(1, 1)), "conflict: & given another factor").unwrap_err();
    assert_eq!(desk.engine.records().operators[&own].factors.recovery_codes, 10);
    check_as(&mut desk, SYSTEM, keep(used(2, 1)), "ok").unwrap();
    check_as(&mut desk, SYSTEM, use_code(own, 9, used(2, 1)), "ok").unwrap();
    // Taken away and set again is another one, too.
    check(&mut desk, remove(own, Factor::Totp), "ok").unwrap();
    check(&mut desk, set(own, Factor::Totp), "ok").unwrap();
    check_as(&mut desk, SYSTEM, keep(used(2, 2)), "conflict").unwrap_err();
    check_as(&mut desk, SYSTEM, keep(used(4, 1)), "ok").unwrap();
}

fn use_code(operator: OperatorId, left: u8, version: SecretVersion) -> Command {
    of(OperatorCommand::UseRecoveryCode { operator, left, version, secret: SealedSecret::new(vec![left]) })
}

/// The state of a secret that was set so often and used so often.
fn used(set: u32, used: u32) -> SecretVersion {
    let secret = (0..set).fold(SecretVersion::default(), |version, _| version.set_anew());
    (0..used).fold(secret, |version, _| version.used_once_more())
}

#[test]
fn somebody_disabled_or_changed_gives_no_command_any_more() {
    let mut desk = desk();
    let _ = operator(&mut desk, "keeps", OperatorRole::Admin);
    let own = operator(&mut desk, "own", OperatorRole::SecuritySupervisor);
    let person = desk.person(1);
    let reveal = of(OperatorCommand::Reveal { person, reason: reason("police") });
    check_as(&mut desk, own, reveal.clone(), "ok").unwrap();
    assert_eq!(desk.last().event_name(), "person.revealed");
    let unknown = of(OperatorCommand::Reveal { person: PersonId::new(99), reason: reason("police") });
    check_as(&mut desk, own, unknown, "not found").unwrap_err();
    check(&mut desk, change(id(&own), OperatorRole::Auditor, Scope::Site), "ok").unwrap();
    // The request was on its way when the role changed.
    check_as(&mut desk, own, reveal.clone(), "forbidden").unwrap_err();
    check(&mut desk, change(id(&own), OperatorRole::SecuritySupervisor, Scope::Site), "ok").unwrap();
    check(&mut desk, set_state(id(&own), OperatorState::Disabled), "ok").unwrap();
    check_as(&mut desk, own, reveal, "forbidden").unwrap_err();
}

#[test]
fn a_damaged_record_signs_nobody_in_and_gives_its_number_to_nobody() {
    use rackward_core::records::DamagedRow;
    let mut desk = desk();
    let own = operator(&mut desk, "own", OperatorRole::Admin);
    let mut records = desk.engine.records().clone();
    records.operators.remove(&id(&own));
    let damaged = [DamagedRow { table: "operator".into(), key: 1 }];
    let mut again = Desk::restart_without(&crate::commands::tenants(), records, &damaged, desk.now);
    let sign_in = rackward_core::operator::SignInMethod::Passkey;
    let sign_in = of(OperatorCommand::NoteSignIn { operator: Some(id(&own)), method: sign_in });
    check_as(&mut again, SYSTEM, sign_in, "not found").unwrap_err();
    let made = again.command(create("new", OperatorRole::Admin, Scope::Site));
    assert_eq!(made, Ok(Reply::Operator(OperatorId::new(2))));
}

/// Until when nothing is to be tried for an operator, in seconds from now.
pub(super) fn bar(desk: &Desk, operator: OperatorId) -> Option<u64> {
    let query = Query::SignInBar(operator);
    let Answer::SignInBar(until) = desk.engine.answer(desk.now, Scope::Site, &query) else { panic!() };
    until.map(|until| until.since(desk.now.wall).as_secs())
}

/// Whoever can be told apart where a rule asks for two people.
#[test]
fn two_people_are_two_who_signed_in() {
    let mut desk = desk();
    let ann = operator(&mut desk, "ann", OperatorRole::Admin);
    let ben = operator(&mut desk, "ben", OperatorRole::Admin);
    let link = |number| Caller::new(Actor::Session(number), OperatorRole::Admin, Scope::Site);
    let person = desk.person(1);
    let approves = [
        (ann, ben, "ok"),
        (ann, ann, "conflict: you asked for"),
        (ann, admin(0), "conflict: nobody can tell"),
        (admin(0), ann, "conflict: nobody can tell"),
        (admin(0), admin(1), "conflict: nobody can tell"),
        (admin(0), link(1), "conflict: nobody can tell"),
        (link(1), ann, "conflict: nobody can tell"),
        (link(1), link(2), "conflict: nobody can tell"),
    ];
    for (first, second, expect) in approves {
        let doors = vec![desk.door(crate::commands::PLANT)];
        let when = rackward_core::people::When::Weekly(rackward_core::site::schedule::Weekly::always());
        let right = rackward_core::people::GrantRight::Doors { doors: doors.into_boxed_slice(), when };
        let wish = crate::site::wish(person, right);
        let asked = desk.command_of(first, Command::CreateGrant(wish)).unwrap();
        let Reply::Requested(grant, _) = asked else { panic!("{asked:?}") };
        let approve = Command::ApproveGrant { grant, reason: reason("fine") };
        drop(check_as(&mut desk, second, approve, expect));
        desk.wait(Duration::from_millis(1));
    }
}

/// Before anybody can sign in, the users of the machine are all that can be told apart.
#[test]
fn two_users_of_the_machine_are_two_people_until_somebody_can_sign_in() {
    let mut desk = desk();
    check(&mut desk, create("invited", OperatorRole::Security, Scope::Site), "ok").unwrap();
    let person = desk.person(1);
    let grant = crate::commands::asked(&mut desk, person, &[crate::commands::PLANT]);
    let approve = |grant| Command::ApproveGrant { grant, reason: reason("fine") };
    check_as(&mut desk, admin(0), approve(grant), "conflict: you asked for").unwrap_err();
    check_as(&mut desk, admin(1), approve(grant), "ok").unwrap();
    let grant = crate::commands::asked(&mut desk, person, &[crate::commands::PLANT]);
    let _ = operator(&mut desk, "ann", OperatorRole::Security);
    check_as(&mut desk, admin(1), approve(grant), "conflict: nobody can tell").unwrap_err();
}
