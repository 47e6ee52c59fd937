//! `[feedback]` and what a device's table says about its lights and words. What may be said where is the core's to decide
//! (`SiteDraft::build`).

use rackward_core::feedback::Label;
use rackward_core::feedback::native::{NATIVE_LEGENDS, native_legend};
use rackward_core::feedback::policy::{Disclosure, FeedbackPolicy, ForcedLook, LightOwner, ReadyLook, TooLongSound};
use rackward_core::site::draft::{DeviceFeedbackDraft, RoleDraft};

use super::report::Problems;
use super::table::{Root, Table, shown};

/// `[feedback]`: what holds at every reader and handle.
pub(super) fn read_policy(root: &Root<'_>, problems: &mut Problems) -> FeedbackPolicy {
    let usual = FeedbackPolicy::default();
    let Some(mut table) = root.section("feedback") else { return usual };
    let ready =
        [("blip", ReadyLook::Blip), ("steady-red", ReadyLook::SteadyRed), ("steady-blue", ReadyLook::SteadyBlue)];
    let forced = [("silent", ForcedLook::Silent), ("red", ForcedLook::Red)];
    let too_long = [("sounds", TooLongSound::Sounds), ("silent", TooLongSound::Silent)];
    let policy = FeedbackPolicy {
        disclosure: read_disclosure(&mut table, problems).unwrap_or(usual.disclosure),
        ready: table.choice("ready", &ready, problems).map_or(usual.ready, |ready| ready.value),
        forced: table.choice("forced", &forced, problems).map_or(usual.forced, |forced| forced.value),
        too_long: table.choice("too_long", &too_long, problems).map_or(usual.too_long, |too_long| too_long.value),
        call: read_call(&mut table, problems),
    };
    table.finish(problems);
    policy
}

/// What one device's table says about feedback; nothing where it says nothing, or has nothing to show.
pub(super) fn read_device(
    table: &mut Table<'_>,
    role: &RoleDraft,
    problems: &mut Problems,
) -> Option<DeviceFeedbackDraft> {
    let (disclosure, lights) = match role {
        RoleDraft::Reader { .. } => (read_disclosure(table, problems), None),
        RoleDraft::Handle { .. } => (read_disclosure(table, problems), read_lights(table, problems)),
        RoleDraft::Lock { .. } | RoleDraft::Inputs { .. } => (None, None),
    };
    (disclosure.is_some() || lights.is_some()).then_some(DeviceFeedbackDraft { disclosure, lights })
}

fn read_disclosure(table: &mut Table<'_>, problems: &mut Problems) -> Option<Disclosure> {
    let words = Disclosure::ALL.map(|disclosure| (disclosure.word(), disclosure));
    table.choice("disclosure", &words, problems).map(|disclosure| disclosure.value)
}

/// `led`, and `legend` for a handle with lights of its own.
fn read_lights(table: &mut Table<'_>, problems: &mut Problems) -> Option<LightOwner> {
    let words =
        [("controller", LightOwner::Controller), ("native", LightOwner::Native(None)), ("none", LightOwner::Dark)];
    let led = table.choice("led", &words, problems).map(|led| led.value);
    let Some(legend) = table.text("legend", problems) else { return led };
    match (native_legend(legend.value), led) {
        (Some(known), Some(LightOwner::Native(_))) => Some(LightOwner::Native(Some(known))),
        (Some(_), led) => {
            let help = "add led = \"native\", or remove legend";
            problems.add(legend.span, "legend is the maker's, and the controller drives these lights", help);
            led
        }
        (None, led) => {
            let known: Vec<&str> = NATIVE_LEGENDS.iter().map(|legend| legend.word).collect();
            let message = format!("\"{}\" is no legend that is known", shown(legend.value));
            problems.add(legend.span, message, format!("known are {}; remove it for another model", known.join(", ")));
            led
        }
    }
}

fn read_call(table: &mut Table<'_>, problems: &mut Problems) -> Option<Label> {
    let text = table.text("call", problems)?;
    let call = Label::parse(text.value);
    if call.is_none() {
        let message = format!("\"{}\" is nothing a display can say to call", shown(text.value));
        problems.add(text.span, message, "write an extension of 1 to 7 letters, digits and dashes, such as \"4400\"");
    }
    call
}
