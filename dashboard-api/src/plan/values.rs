//! Which elements and attributes a drawing may have, and what their values may be: one table. Nothing that is not in it is ever
//! written. No value can name anything outside of the drawing.

/// What an element is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The drawing itself, or what holds others.
    Holder,
    /// Something that is seen, and can stand for a place.
    Shape,
    /// Letters: what is inside is text.
    Letters,
    /// What others refer to.
    Paint,
}

/// What is done with an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It stays.
    Keep(Kind),
    /// It goes, with all in it: an editor's own notes.
    Drop,
    /// The drawing is refused; what to do about it.
    Refuse(&'static str),
}

/// What is done with an SVG element of this name.
pub(super) fn element(name: &str) -> Verdict {
    match name {
        "g" | "defs" | "svg" => Verdict::Keep(Kind::Holder),
        "path" | "rect" | "circle" | "ellipse" | "line" | "polyline" | "polygon" => Verdict::Keep(Kind::Shape),
        "text" | "tspan" | "title" | "desc" => Verdict::Keep(Kind::Letters),
        "linearGradient" | "radialGradient" | "stop" | "clipPath" => Verdict::Keep(Kind::Paint),
        "metadata" => Verdict::Drop,
        "script" => Verdict::Refuse("remove it: a plan carries out nothing"),
        "foreignObject" => Verdict::Refuse("replace it by text and shapes: nothing but a drawing is taken"),
        "switch" => Verdict::Refuse("keep one of what it chooses from, without <switch>"),
        "style" => Verdict::Refuse("save the drawing with presentation attributes instead of a style sheet"),
        "use" | "symbol" => Verdict::Refuse("turn it into objects of its own (unlink clones, expand symbols)"),
        "image" => Verdict::Refuse("remove it: a plan has no pictures in it, only lines and letters"),
        "a" => Verdict::Refuse("remove the link and keep what is in it"),
        "animate" | "animateMotion" | "animateTransform" | "set" => {
            Verdict::Refuse("remove it: only the state of doors moves on a plan")
        }
        "pattern" | "filter" | "mask" | "marker" | "textPath" | "view" => {
            Verdict::Refuse("replace it by plain shapes, colours and text")
        }
        _ => Verdict::Refuse("remove it; a plan has g, path, rect, circle, ellipse, line, polyline, polygon and text"),
    }
}

/// What a value is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nature {
    /// Numbers with units, lists of them.
    Numbers,
    /// A path's steps.
    Path,
    /// Turns and shifts.
    Transform,
    /// A colour, or paint of the same drawing.
    Paint,
    /// A part of the same drawing.
    Local,
    /// Words.
    Words,
}

/// What to do with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// It stays as it is.
    Keep,
    /// It goes: it says nothing that is drawn.
    Drop,
    /// It names something outside of the drawing.
    Outside,
}

/// What is done with an attribute of an element that stays.
pub(super) fn attribute(name: &str, value: &str) -> Fit {
    let Some(nature) = nature(name) else { return Fit::Drop };
    let lower = value.to_ascii_lowercase();
    let is_local = local_paint(value).is_some();
    if lower.contains("url(") && !(is_local && matches!(nature, Nature::Paint | Nature::Local)) {
        return Fit::Outside;
    }
    let fits = value.len() <= longest_bytes(nature)
        && match nature {
            Nature::Numbers => value.chars().all(|c| c.is_ascii_alphanumeric() || " ,.+-%".contains(c)),
            Nature::Path => value.chars().all(|c| "MmZzLlHhVvCcSsQqTtAaEe0123456789+-., ".contains(c)),
            Nature::Transform => value.chars().all(|c| c.is_ascii_alphanumeric() || " ,.+-()".contains(c)),
            Nature::Paint => is_local || is_colour(value),
            Nature::Local => is_local,
            Nature::Words => value.chars().all(|c| c.is_ascii_alphanumeric() || " ,.-_%".contains(c)),
        };
    if fits { Fit::Keep } else { Fit::Drop }
}

/// A path of a hall's outline can be long; nothing else is.
const fn longest_bytes(nature: Nature) -> usize {
    match nature {
        Nature::Path => 1 << 20,
        Nature::Numbers => 1 << 16,
        Nature::Transform | Nature::Paint | Nature::Local | Nature::Words => 512,
    }
}

fn nature(name: &str) -> Option<Nature> {
    Some(match name {
        "x" | "y" | "x1" | "y1" | "x2" | "y2" | "cx" | "cy" | "r" | "rx" | "ry" | "fx" | "fy" | "dx" | "dy"
        | "width" | "height" | "offset" | "opacity" | "fill-opacity" | "stroke-opacity" | "stop-opacity"
        | "stroke-width" | "stroke-dashoffset" | "stroke-miterlimit" | "stroke-dasharray" | "font-size"
        | "letter-spacing" | "word-spacing" | "textLength" | "rotate" | "pathLength" | "points" | "viewBox" => {
            Nature::Numbers
        }
        "d" => Nature::Path,
        "transform" | "gradientTransform" => Nature::Transform,
        "fill" | "stroke" | "stop-color" | "color" => Nature::Paint,
        "clip-path" => Nature::Local,
        "fill-rule"
        | "clip-rule"
        | "stroke-linecap"
        | "stroke-linejoin"
        | "font-family"
        | "font-weight"
        | "font-style"
        | "text-anchor"
        | "dominant-baseline"
        | "alignment-baseline"
        | "display"
        | "visibility"
        | "gradientUnits"
        | "clipPathUnits"
        | "spreadMethod"
        | "preserveAspectRatio"
        | "lengthAdjust"
        | "text-decoration"
        | "vector-effect"
        | "paint-order" => Nature::Words,
        _ => return None,
    })
}

/// Whether an attribute can stand in `style` as well.
pub(super) fn is_presentation(name: &str) -> bool {
    let geometry = ["x", "y", "cx", "cy", "r", "rx", "ry", "width", "height", "d", "points", "transform"];
    nature(name).is_some() && !geometry.contains(&name)
}

/// The id in `url(#id)`, in quotation marks or not.
fn local_paint(value: &str) -> Option<&str> {
    let inside = value.trim().strip_prefix("url(")?.strip_suffix(')')?.trim();
    let inside = inside.trim_matches(['"', '\'']);
    inside.strip_prefix('#').filter(|id| is_id(id))
}

/// A reference as it is written: without the quotation marks that some programs put there.
pub(super) fn written(value: &str) -> String {
    match local_paint(value) {
        Some(id) => format!("url(#{id})"),
        None => value.trim().to_owned(),
    }
}

fn is_colour(value: &str) -> bool {
    value.chars().all(|c| c.is_ascii_alphanumeric() || "#(),.% -".contains(c))
}

/// Whether a text can be the id of an element.
pub(super) fn is_id(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
    (1..=128).contains(&text.len())
        && text.chars().all(plain)
        && !text.starts_with(|c: char| c.is_ascii_digit() || c == '-')
}

/// Ids that the console's own page has: a second element of the same id would stand in for a part of the console.
pub(super) const RESERVED_IDS: [&str; 6] = ["bar", "nav", "pane", "detail", "alert", "status"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_leads_outside() {
        let check = |name: &str, value: &str, expect: Fit| assert_eq!(attribute(name, value), expect, "{name}={value}");
        check("fill", "#fff", Fit::Keep);
        check("fill", "rgb(1, 2, 3)", Fit::Keep);
        check("fill", "url(#a)", Fit::Keep);
        check("fill", "url('#a')", Fit::Keep);
        check("fill", "url(http://x/#a)", Fit::Outside);
        check("fill", "URL(//x)", Fit::Outside);
        check("fill", "url(#a) url(http://x)", Fit::Outside);
        check("fill", "url(data:image/svg+xml,x)", Fit::Outside);
        check("fill", "javascript:x", Fit::Drop);
        check("clip-path", "url(#a)", Fit::Keep);
        check("clip-path", "url(x.svg#a)", Fit::Outside);
        check("font-family", "url(#a)", Fit::Outside);
        check("font-family", "DejaVu Sans, sans-serif", Fit::Keep);
        check("d", "M0,0 L10,10z", Fit::Keep);
        check("d", "M0 0<", Fit::Drop);
        check("transform", "rotate(45 10,10)", Fit::Keep);
        check("onclick", "x()", Fit::Drop);
        check("href", "#a", Fit::Drop);
        check("filter", "none", Fit::Drop);
    }

    #[test]
    fn ids_are_plain_words() {
        for good in ["a", "rack-7", "_x.1:2"] {
            assert!(is_id(good), "{good}");
        }
        for wrong in ["", "7a", "-a", "a b", "é", "a\"", &"a".repeat(129)] {
            assert!(!is_id(wrong), "{wrong}");
        }
        assert_eq!(written(" url('#a') "), "url(#a)");
    }
}
