//! The legend page: it shows exactly what devices are told, and nothing that an onlooker should not learn.

use rackward_core::Feedback;
use rackward_core::engine::output::PointState;
use rackward_core::feedback::{
    Colour, DenialNotice, DenialWords, LightOrder, Palette, Rhythm, SoundOrder, pattern, row_of,
};
use rackward_core::permission::OperatorRole;

use crate::asking::{Desk, Who};

/// What a site with the usual policy tells its devices, one piece for each row.
fn told() -> Vec<Feedback> {
    let hidden = [PointState::ReadyRed, PointState::ReadyBlue, PointState::OpenTooLongSilent, PointState::Forced];
    let states = PointState::ALL.into_iter().filter(|state| !hidden.contains(state)).map(Feedback::State);
    let words = DenialWords::None;
    let results = [
        Feedback::Processing,
        Feedback::Granted { release_time: std::time::Duration::from_secs(10), place: None },
        Feedback::Closing,
        Feedback::EnterPin,
        Feedback::SecondPerson,
        Feedback::Denied(DenialNotice::NoAccess(words)),
        Feedback::Denied(DenialNotice::NotNow(words)),
        Feedback::Denied(DenialNotice::Closed(words)),
        Feedback::ReadAgain,
        Feedback::Denied(DenialNotice::Fault(words, None)),
        Feedback::LockedOut { left: std::time::Duration::from_secs(60) },
        Feedback::SecuredAgain,
        Feedback::NotLatched,
        Feedback::Locate,
    ];
    states.chain(results).collect()
}

async fn legend(desk: &Desk) -> (String, String) {
    let who = Who::Session(desk.sign_in(OperatorRole::Security).await);
    let page = desk.get(&who, "/help/feedback").await;
    assert_eq!(page.status.as_u16(), 200, "{}", page.text());
    let sheet = desk.get(&who, "/help/feedback.css").await;
    assert_eq!(sheet.header("content-type"), "text/css; charset=utf-8");
    (page.text(), sheet.text())
}

/// The part of the page that draws a row.
fn drawn<'p>(page: &'p str, id: &str) -> &'p str {
    let start = page.find(&format!("data-row=\"{id}\"")).unwrap_or_else(|| panic!("{id} is not on the page"));
    page[start..].split("</tr>").next().unwrap()
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    let rest = text.split_once(before).unwrap_or_else(|| panic!("{before} is missing in {text}")).1;
    rest.split_once(after).unwrap().0
}

fn paint(colour: Colour, palette: Palette) -> &'static str {
    match (colour, palette) {
        (Colour::Off, _) => "#20242a",
        (_, Palette::OneColour) => "#fff6d8",
        (Colour::Red, _) => "#e0201b",
        (Colour::Green, _) => "#17a13a",
        (Colour::Amber, _) => "#ffa400",
        (Colour::Blue, _) => "#2a5bff",
        (Colour::Magenta, _) => "#d428c0",
        (Colour::White, _) => "#ffffff",
    }
}

fn check_light(sheet: &str, class: &str, rhythm: Rhythm, palette: Palette, what: &str) {
    let rule = between(sheet, &format!(".{class} {{"), "}");
    if rhythm.off_ticks == 0 {
        assert_eq!(rule.trim(), format!("background: {};", paint(rhythm.on, palette)), "{what}");
        return;
    }
    let period: f64 = between(rule, &format!("animation: {class} "), "s ").parse().unwrap();
    let ticks = f64::from(rhythm.on_ticks) + f64::from(rhythm.off_ticks);
    assert!((period * 10.0 - ticks).abs() < 1e-6, "{what}: {period} s");
    assert!(2.0 / period <= 5.0 + 1e-6, "{what}: more than 2.5 flashes a second");
    let frames = sheet.split_once(&format!("@keyframes {class} {{")).unwrap().1.split_once("} }").unwrap().0;
    let (first, second) = (between(frames, "0% { background: ", ";"), frames.rsplit_once("background: ").unwrap().1);
    assert_eq!(
        (first, second.trim_end_matches("; ")),
        (paint(rhythm.on, palette), paint(rhythm.off, palette)),
        "{what}"
    );
    let share: f64 = between(frames, "; } ", "%").parse().unwrap();
    assert!((share * ticks / 100.0 - f64::from(rhythm.on_ticks)).abs() < 0.06, "{what}: {share} %");
}

#[tokio::test]
async fn the_page_shows_what_devices_are_told() {
    let desk = Desk::open();
    let (page, sheet) = legend(&desk).await;
    assert_eq!(page.matches("data-row=").count(), told().len(), "every row once");
    for feedback in told() {
        let row = row_of(feedback).unwrap();
        let drawn = drawn(&page, row.id);
        let mut classes = drawn.split("<i class=\"light ").skip(1).map(|rest| rest.split_once('"').unwrap().0);
        for palette in [Palette::Full, Palette::RedGreen, Palette::OneColour] {
            let (Some(LightOrder::Lasting(rhythm)) | Some(LightOrder::Result { rhythm, .. })) =
                pattern(feedback, palette).light
            else {
                panic!("{} shows no light", row.id);
            };
            let class = classes.next().unwrap();
            check_light(&sheet, class, rhythm, palette, &format!("{} on {palette:?}", row.id));
        }
        let sound = pattern(feedback, Palette::Full).sound;
        assert_eq!(drawn.contains("<td>none</td>"), sound.is_none(), "{}", row.id);
        if let Some(SoundOrder::Play(sound)) = sound
            && sound.count > 1
        {
            let tenths = |ticks: u8| if ticks == 10 { "1".to_owned() } else { format!("0.{ticks}") };
            let words = format!("{} times {} s", sound.count, tenths(sound.on_ticks));
            assert!(drawn.contains(&words), "{}: {words}", row.id);
        }
        let said = pattern(feedback, Palette::Full).text.map(|text| text.lines[0].clone()).unwrap_or_default();
        let first = said.split(' ').next().unwrap().to_owned();
        assert!(drawn.contains(&first), "{}: {said}", row.id);
    }
}

#[tokio::test]
async fn words_and_stillness_carry_the_legend_without_colour_or_motion() {
    let desk = Desk::open();
    let (page, sheet) = legend(&desk).await;
    for words in
        ["<b>three short</b> no", "<b>two long</b> wrong time", "Panduit ACE02", "Southco H3-EM-62", "steady green"]
    {
        assert!(page.contains(words), "{words}");
    }
    assert!(sheet.contains("@media (prefers-reduced-motion: reduce) { .light { animation: none !important; } }"));
    assert!(sheet.contains("@media print { .light { animation: none"));
    assert!(!page.contains(" style=") && !page.contains("<style") && !page.contains("<script"));
    assert!(!page.to_lowercase().contains("duress"), "whoever reads it over a shoulder learns nothing of it");
}

#[tokio::test]
async fn the_legend_is_for_those_who_are_signed_in_whatever_their_organisation() {
    let desk = Desk::open();
    assert_eq!(desk.get(&Who::Nobody, "/help/feedback").await.status.as_u16(), 303);
    let tenant = desk.sign_in_for("st-marys", "admin").await;
    let answered = desk.get(&tenant, "/help/feedback").await;
    assert_eq!(answered.status.as_u16(), 200, "{}", answered.text());
}
