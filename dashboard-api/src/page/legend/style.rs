//! The style sheet of the legend: one class and one animation for each row and each kind of device, made from the table.

use std::fmt::Write;

use rackward_core::feedback::{Colour, Palette, ROWS, Rhythm, Row};

/// The kinds of device that are drawn, and their part of a class's name.
const DRAWN: [(Palette, &str); 3] = [(Palette::Full, "full"), (Palette::RedGreen, "two"), (Palette::OneColour, "one")];

/// One tick in seconds, as style sheets count.
const TICK_SECONDS: f64 = 0.1;

/// The class of a row's light.
pub(super) fn class(row: &Row, palette: Palette) -> String {
    let place = ROWS.iter().position(|known| known == row).unwrap_or_default();
    let kind = DRAWN.iter().find(|(drawn, _)| *drawn == palette).map_or("none", |(_, kind)| *kind);
    format!("light-{place}-{kind}")
}

/// The whole sheet. Without motion, and on paper, a light that alternates shows both colours side by side.
pub(super) fn sheet() -> String {
    let mut sheet = String::new();
    for row in ROWS {
        for (palette, _) in DRAWN {
            if let Some(rhythm) = row.rhythm(palette) {
                rule(&mut sheet, &class(&row, palette), rhythm, palette);
            }
        }
    }
    sheet.push_str("@media (prefers-reduced-motion: reduce) { .light { animation: none !important; } }\n");
    sheet.push_str("@media print { .light { animation: none !important; print-color-adjust: exact; } }\n");
    sheet
}

fn rule(sheet: &mut String, class: &str, rhythm: Rhythm, palette: Palette) {
    let (on, off) = (paint(rhythm.on, palette), paint(rhythm.off, palette));
    // Writing into a string cannot fail.
    let _ = if rhythm.is_steady() {
        writeln!(sheet, ".{class} {{ background: {on}; }}")
    } else {
        let ticks = f64::from(rhythm.on_ticks) + f64::from(rhythm.off_ticks);
        let (period, share) = (ticks * TICK_SECONDS, f64::from(rhythm.on_ticks) * 100.0 / ticks);
        writeln!(
            sheet,
            ".{class} {{ background: linear-gradient(90deg, {on} 50%, {off} 50%); animation: {class} {period:.1}s step-end infinite; }}\n@keyframes {class} {{ 0% {{ background: {on}; }} {share:.1}% {{ background: {off}; }} }}"
        )
    };
}

/// A colour on the screen. A device with one colour may have any; it is drawn in none.
const fn paint(colour: Colour, palette: Palette) -> &'static str {
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
