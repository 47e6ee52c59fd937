//! What goes over the wire to a reader, in virtual time: the shipped engine and panel at one end, two simulated devices at
//! the other, every frame written down.

mod post;

use rackward_core::engine::command::PinPurpose;
use rackward_core::engine::input::PinOutcome;
use rackward_core::mode::ModeOrder;
use rackward_core::site::Level;
use rackward_protocol::osdp::{
    Action, BuzzerRecord, BuzzerTone, Capability, LedColour, LedPermanent, LedRecord, LedTemporary, Rhythm,
};

use post::{At, Frame, Post};

fn lights(post: &Post) -> Vec<(u64, LedRecord)> {
    let light = |(at, device, action): &(u64, At, Action)| match action {
        Action::Led(record) if *device == At::Reader => Some((*at, *record)),
        _ => None,
    };
    post.actions.iter().filter_map(light).collect()
}

fn sounds(post: &Post) -> Vec<BuzzerRecord> {
    let sound = |(_, device, action): &(u64, At, Action)| match action {
        Action::Buzzer(record) if *device == At::Reader => Some(*record),
        _ => None,
    };
    post.actions.iter().filter_map(sound).collect()
}

fn strikes(post: &Post) -> Vec<(u64, bool)> {
    let strike = |(at, device, action): &(u64, At, Action)| match action {
        Action::Output { index: 0, on } if *device == At::Lock => Some((*at, *on)),
        _ => None,
    };
    post.actions.iter().filter_map(strike).collect()
}

/// Everything that crossed the wire from a card with a PIN until the door has locked again.
fn trace(outcome: PinOutcome) -> (Vec<Frame>, Vec<(u64, At, Action)>) {
    let mut post = Post::online(Level::CardAndPin, 4);
    post.set_pin(PinPurpose::Usual);
    post.set_pin(PinPurpose::Duress);
    post.outcome = outcome;
    post.forget();
    post.present_card();
    post.run(500);
    post.type_pin();
    post.run(7_000);
    (post.frames, post.actions)
}

#[test]
fn nobody_on_the_bus_can_tell_the_duress_pin_from_the_right_one() {
    let (right, duress) = (trace(PinOutcome::Right), trace(PinOutcome::Duress));
    assert!(right.1.iter().any(|(_, _, action)| matches!(action, Action::Output { on: true, .. })), "it opens");
    assert_eq!(right.0.len(), duress.0.len());
    for (right, duress) in right.0.iter().zip(&duress.0) {
        assert_eq!(right, duress, "same time, same direction, same bytes");
    }
    assert_eq!(right.1, duress.1);
    assert_ne!(right.0, trace(PinOutcome::Wrong).0, "the comparison sees a difference where there is one");
}

/// `feedback.md`, rules 1, 2 and 4: the lock first; light, sound and text in this order; only results; the warning three
/// seconds before the lock closes.
#[test]
fn a_grant_is_shown_after_the_lock_moved_and_never_outlasts_it() {
    let mut post = Post::online(Level::Card, 4);
    post.forget();
    post.present_card();
    post.run(8_000);
    let [(opened, true), (locked, false)] = strikes(&post)[..] else { panic!("{:?}", strikes(&post)) };
    assert!(locked - opened >= 4_900, "{opened} to {locked}");
    let shown = lights(&post);
    let [(go_at, go), (hurry_at, hurry)] = shown[..] else { panic!("{shown:?}") };
    assert!(go_at >= opened, "the light at {go_at}, the lock at {opened}");
    assert_eq!((go.permanent, hurry.permanent), (LedPermanent::Keep, LedPermanent::Keep));
    let LedTemporary::Show { rhythm, timer } = go.temporary else { panic!("{go:?}") };
    assert_eq!((rhythm.on_colour, rhythm.off, timer.get()), (LedColour::Green, 0, 20));
    assert!(go_at + u64::from(timer.get()) * 100 <= locked);
    let LedTemporary::Show { rhythm, timer } = hurry.temporary else { panic!("{hurry:?}") };
    assert_eq!((rhythm.on_colour, rhythm.on, rhythm.off, timer.get()), (LedColour::Green, 3, 3, 30));
    assert!((2_800..=3_200).contains(&(locked - hurry_at)), "the warning {} ms before", locked - hurry_at);
    let order: Vec<&str> = post
        .actions
        .iter()
        .filter(|(at, device, _)| *device == At::Reader && *at < hurry_at)
        .map(|(_, _, action)| match action {
            Action::Led(_) => "light",
            Action::Buzzer(_) => "sound",
            Action::Text(_) => "text",
            _ => "other",
        })
        .collect();
    assert_eq!(order, ["light", "sound", "text"]);
}

#[test]
fn opening_ends_the_warning_and_its_ticking() {
    let mut post = Post::online(Level::Card, 4);
    post.present_card();
    post.run(3_000);
    post.forget();
    post.open();
    post.run(500);
    let shown = lights(&post);
    assert!(shown.iter().any(|(_, record)| record.temporary == LedTemporary::Cancel), "{shown:?}");
    assert!(sounds(&post).iter().any(|sound| sound.tone == BuzzerTone::Silent));
    post.forget();
    post.run(6_000);
    assert_eq!(lights(&post), [], "nothing warns of a lock that was used");
}

#[test]
fn a_reader_that_answers_nothing_keeps_no_lock_waiting() {
    let mut post = Post::online(Level::Card, 4);
    post.present_card();
    post.run(6_000);
    post.present_card();
    post.forget();
    post.run_until(|post| post.has_reported());
    post.mute_reader();
    let begun = post.millis();
    post.run(1_500);
    let (opened, _) = strikes(&post)[0];
    assert!(opened - begun < 450, "light, sound and text wait for the reader, the lock does not: {}", opened - begun);
}

/// `feedback.md`, rule 3.
#[test]
fn what_lasts_is_the_first_thing_a_reader_is_told_when_it_comes_back() {
    let mut post = Post::online(Level::Card, 4);
    post.order_mode(ModeOrder::Block);
    post.run(500);
    post.mute_reader();
    post.run(12_000);
    post.forget();
    post.restart_reader();
    post.run(20_000);
    let first = lights(&post)[0].1;
    let LedPermanent::Show(rhythm) = first.permanent else { panic!("{first:?}") };
    assert_eq!((rhythm.on_colour, rhythm.on, rhythm.off), (LedColour::Amber, 10, 10));
    assert_eq!(sounds(&post)[0].tone, BuzzerTone::Silent, "whatever sounded before is stopped");
}

/// `feedback.md`, rule 7: nobody knows what a reader was told by a daemon that is gone.
#[test]
fn a_sound_without_end_is_stopped_by_whoever_comes_after_a_restart() {
    let silence = BuzzerRecord { reader: 0, tone: BuzzerTone::Silent, on: 0, off: 0, count: 0 };
    let sounding = || {
        let mut post = Post::online(Level::Card, 4);
        post.present_card();
        post.run(1_000);
        post.forget();
        post.open();
        post.run(21_000);
        assert!(sounds(&post).last().is_some_and(|sound| sound.count == 0 && sound.tone == BuzzerTone::Default));
        post
    };
    let mut post = sounding();
    post.close();
    post.restart_daemon();
    post.forget();
    post.run(20_000);
    assert_eq!(sounds(&post).last(), Some(&silence), "closed while nobody looked");

    let mut post = sounding();
    post.mute_reader();
    post.close();
    post.run(2_000);
    post.restart_daemon();
    post.unmute_reader();
    post.forget();
    post.run(20_000);
    assert_eq!(sounds(&post), [silence], "closed, and the word of it never arrived");
}

/// Whatever mode a door is ordered into, whoever passes, the reader is told a green that stays only while the lock is held.
#[test]
fn green_stays_only_where_a_mode_holds_the_door_unlocked() {
    let orders = [
        (ModeOrder::Block, false),
        (ModeOrder::Lock, false),
        (ModeOrder::Unlock, true),
        (ModeOrder::Lock, false),
        (ModeOrder::DoubleLock, false),
        (ModeOrder::Lock, false),
        (ModeOrder::LockOpen, true),
        (ModeOrder::LockOpenRelease, false),
        (ModeOrder::LockDown, false),
        (ModeOrder::LockDownRelease, false),
    ];
    let mut post = Post::online(Level::Card, 4);
    for (order, held) in orders {
        post.forget();
        post.order_mode(order);
        post.run(3_000);
        post.present_card();
        post.run(9_000);
        let permanent = |(_, record): (u64, LedRecord)| match record.permanent {
            LedPermanent::Show(Rhythm { on_colour, .. }) => Some(on_colour == LedColour::Green),
            LedPermanent::Keep => None,
        };
        let told: Vec<bool> = lights(&post).into_iter().filter_map(permanent).collect();
        assert_eq!(told.last().copied(), Some(held), "{order:?}");
        assert!(held || told.iter().all(|green| !green), "{order:?}: {told:?}");
    }
}

#[test]
fn a_reader_is_told_the_colours_it_has() {
    let check = |level, ready: (u8, LedColour)| {
        let mut post = Post::online(Level::CardAndPin, level);
        let LedPermanent::Show(rhythm) = lights(&post)[0].1.permanent else { panic!("nothing lasts") };
        assert_eq!((rhythm.off, rhythm.on_colour), ready, "level {level}");
        post.set_pin(PinPurpose::Usual);
        post.forget();
        post.present_card();
        post.run(500);
        let LedTemporary::Show { rhythm, .. } = lights(&post)[0].1.temporary else { panic!("nobody asks for the PIN") };
        (rhythm.on_colour, rhythm.off_colour)
    };
    assert_eq!(check(4, (49, LedColour::Blue)), (LedColour::Amber, LedColour::Off));
    assert_eq!(check(3, (0, LedColour::Red)), (LedColour::Red, LedColour::Green));
    assert_eq!(check(2, (49, LedColour::Red)), (LedColour::Amber, LedColour::Off));
    assert_eq!(Capability::LIGHTS, 4);
}

#[test]
fn whoever_waits_for_a_slow_comparison_sees_that_it_goes_on() {
    let mut post = Post::online(Level::CardAndPin, 4);
    post.set_pin(PinPurpose::Usual);
    post.comparison_millis = 900;
    post.present_card();
    post.run(500);
    post.forget();
    post.type_pin();
    post.run(1_500);
    let shown: Vec<(u64, LedColour)> = lights(&post)
        .into_iter()
        .filter_map(|(at, record)| match record.temporary {
            LedTemporary::Show { rhythm, .. } => Some((at - post.forgotten_at, rhythm.on_colour)),
            LedTemporary::Keep | LedTemporary::Cancel => None,
        })
        .collect();
    let [(checking_at, LedColour::White), (_, LedColour::Green)] = shown[..] else { panic!("{shown:?}") };
    assert!((300..=500).contains(&checking_at), "{shown:?}");
}
