//! Doors that stand open by schedule, over boundaries, orders, restarts and changes of the clock.

use super::*;

#[test]
fn a_schedule_opens_nothing_while_the_journal_cannot_be_written() {
    let mut desk = site();
    desk.input(Input::StoreFailed { withheld: Vec::new(), jobs: Vec::new() });
    desk.wait(hours(2));
    assert_eq!((base(&desk, SHOP), told(&mut desk, "shop-lock")), (BaseMode::Locked, None));
    desk.input(Input::StoreRecovered);
    assert_eq!((base(&desk, SHOP), told(&mut desk, "shop-lock")), (BaseMode::Unlocked, Some(60)));
    desk.input(Input::StoreFailed { withheld: Vec::new(), jobs: Vec::new() });
    desk.wait(hours(8));
    assert_eq!((base(&desk, SHOP), told(&mut desk, "shop-lock")), (BaseMode::Locked, Some(0)));
}

#[test]
fn a_door_opens_and_closes_by_its_schedule() {
    let mut desk = site();
    desk.wait(Duration::from_secs(3599));
    assert_eq!((base(&desk, SHOP), told(&mut desk, "shop-lock")), (BaseMode::Locked, None));
    desk.wait_secs(1);
    assert_eq!((base(&desk, SHOP), told(&mut desk, "shop-lock")), (BaseMode::Unlocked, Some(60)));
    assert_eq!(last_mode_cause(&desk), ModeCause::Schedule);
    desk.facts("shop-lock", unlocked());
    desk.wait(hours(8) - Duration::from_secs(1));
    assert_ne!(told(&mut desk, "shop-lock"), Some(0));
    desk.wait_secs(1);
    assert_eq!((base(&desk, SHOP), told(&mut desk, "shop-lock")), (BaseMode::Locked, Some(0)));
    desk.wait(hours(16));
    assert_eq!(base(&desk, SHOP), BaseMode::Unlocked);
    replayed(&desk);
}

#[test]
fn the_first_person_opens_the_studio_and_the_next_day_waits_anew() {
    let mut desk = site();
    walk_through(&mut desk, "studio");
    assert_eq!(base(&desk, STUDIO), BaseMode::Locked, "the window has not begun");
    desk.wait(hours(2));
    assert_eq!(base(&desk, STUDIO), BaseMode::Locked);
    walk_through(&mut desk, "studio");
    assert_eq!(base(&desk, STUDIO), BaseMode::Unlocked);
    assert_eq!(last_mode_cause(&desk), ModeCause::FirstPerson(PersonId::new(1)));
    desk.wait(hours(7));
    assert_eq!(base(&desk, STUDIO), BaseMode::Locked);
    desk.wait(hours(24 - 4));
    assert_eq!(base(&desk, STUDIO), BaseMode::Locked);
    walk_through(&mut desk, "studio");
    assert_eq!(base(&desk, STUDIO), BaseMode::Unlocked);
    replayed(&desk);
}

#[test]
fn a_badge_that_nobody_walked_through_on_opens_nothing() {
    let mut desk = site();
    desk.wait(hours(2));
    desk.badge("studio-reader", card(1));
    desk.wait_secs(60);
    assert_eq!(base(&desk, STUDIO), BaseMode::Locked);
}

#[test]
fn an_order_within_a_window_stays_until_the_next_boundary() {
    let mut desk = site();
    desk.wait(hours(2));
    order(&mut desk, SHOP, ModeOrder::Lock).unwrap();
    desk.wait(hours(5));
    assert_eq!(base(&desk, SHOP), BaseMode::Locked);
    order(&mut desk, STUDIO, ModeOrder::Unlock).unwrap();
    desk.wait(hours(2));
    assert_eq!(base(&desk, STUDIO), BaseMode::Locked, "the window's end");
    order(&mut desk, STUDIO, ModeOrder::Block).unwrap();
    order(&mut desk, SHOP, ModeOrder::LockDown).unwrap();
    told(&mut desk, "shop-lock");
    desk.wait(hours(17));
    assert_eq!((base(&desk, STUDIO), base(&desk, SHOP)), (BaseMode::Blocked, BaseMode::Unlocked));
    assert_eq!(told(&mut desk, "shop-lock"), None, "held locked down");
    order(&mut desk, SHOP, ModeOrder::LockDownRelease).unwrap();
    assert_eq!(told(&mut desk, "shop-lock"), Some(60), "as its schedule says by now");
    desk.wait(hours(24));
    assert_eq!(base(&desk, STUDIO), BaseMode::Blocked, "no clock opens what was blocked");
    replayed(&desk);
}

#[test]
fn a_restart_in_mid_window_knows_where_the_door_is() {
    let mut desk = site();
    desk.wait(hours(2));
    walk_through(&mut desk, "studio");
    order(&mut desk, SHOP, ModeOrder::Lock).unwrap();
    let restart = |desk: &Desk, after: u64| {
        let now = Now { monotonic: Monotonic::from_micros(0), wall: desk.now.wall.after(hours(after)) };
        let mut desk = Desk::restart_of(&draft(), desk.engine.records().clone(), now);
        desk.all_online();
        desk
    };
    let mut later = restart(&desk, 1);
    assert_eq!((base(&later, STUDIO), base(&later, SHOP)), (BaseMode::Unlocked, BaseMode::Locked));
    assert_eq!(told(&mut later, "studio-lock"), Some(60));
    let mut evening = restart(&desk, 10);
    assert_eq!((base(&evening, STUDIO), base(&evening, SHOP)), (BaseMode::Locked, BaseMode::Locked));
    assert_ne!(told(&mut evening, "studio-lock"), Some(60));
    let tomorrow = restart(&desk, 24);
    assert_eq!((base(&tomorrow, STUDIO), base(&tomorrow, SHOP)), (BaseMode::Locked, BaseMode::Unlocked));
    let mut without = draft();
    without.doors.iter_mut().for_each(|door| door.opening = None);
    let now = Now { monotonic: Monotonic::from_micros(0), wall: desk.now.wall.after(hours(1)) };
    let bare = Desk::restart_of(&without, desk.engine.records().clone(), now);
    assert_eq!(base(&bare, STUDIO), BaseMode::Locked, "what a schedule opened closes with it");
}

/// A desk at this UTC second whose studio opens on Sundays between two local minutes.
fn sunday(from: u16, to: u16, second: i64) -> Desk {
    let draft = with_hours(Weekly::on_days(&[Day::Sun], from, to).unwrap());
    let now = Now { monotonic: Monotonic::from_micros(0), wall: Wall::from_seconds(second) };
    let mut desk = Desk::restart_of(&draft, Records::default(), now);
    desk.all_online();
    staffed(desk)
}

#[test]
fn the_hour_that_comes_twice_is_two_windows_for_the_first_person() {
    // 2026-10-25 00:00 UTC; at 01:00 UTC London goes back from 02:00 to 01:00.
    let mut desk = sunday(90, 180, 1_792_886_400);
    let minutes = |count: u64| Duration::from_secs(count * 60);
    desk.wait(minutes(40));
    walk_through(&mut desk, "studio");
    assert_eq!((base(&desk, STUDIO), base(&desk, SHOP)), (BaseMode::Unlocked, BaseMode::Unlocked), "01:40, first time");
    desk.wait(minutes(21));
    assert_eq!((base(&desk, STUDIO), base(&desk, SHOP)), (BaseMode::Locked, BaseMode::Locked), "01:01, second time");
    desk.wait(minutes(30));
    assert_eq!((base(&desk, STUDIO), base(&desk, SHOP)), (BaseMode::Locked, BaseMode::Unlocked), "01:31, second time");
    walk_through(&mut desk, "studio");
    assert_eq!(base(&desk, STUDIO), BaseMode::Unlocked);
    desk.wait(minutes(89));
    assert_eq!((base(&desk, STUDIO), base(&desk, SHOP)), (BaseMode::Locked, BaseMode::Locked), "03:00");
    replayed(&desk);
}

#[test]
fn the_hour_that_is_left_out_shortens_a_window_and_does_not_end_it() {
    // 2027-03-28 00:00 UTC; at 01:00 UTC London goes on from 01:00 to 02:00.
    let mut desk = sunday(30, 150, 1_806_192_000);
    let minutes = |count: u64| Duration::from_secs(count * 60);
    desk.wait(minutes(45));
    walk_through(&mut desk, "studio");
    let mark = desk.journal.len();
    desk.wait(minutes(44));
    assert_eq!(base(&desk, STUDIO), BaseMode::Unlocked, "02:29");
    assert!(!desk.since(mark).contains(&"door.mode-changed"));
    desk.wait(minutes(1));
    assert_eq!(base(&desk, STUDIO), BaseMode::Locked, "02:30");
}
