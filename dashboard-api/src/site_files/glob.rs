//! Which doors a pattern means. A pattern is a path whose steps may hold `*`, `?` and `[a-z]`; a step `**` is any steps, or
//! none. Nothing else has a meaning of its own.

/// Whether a path fits a pattern.
pub(super) fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), path.split('/').collect());
    steps_fit(&pattern, &path)
}

/// Whether it is a pattern, and not the path of one thing.
pub(super) fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

/// Goes back only to the last `**`, so that no pattern takes longer than its length by the path's.
fn steps_fit(pattern: &[&str], path: &[&str]) -> bool {
    let (mut step, mut place) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while place < path.len() {
        match (pattern.get(step), path.get(place)) {
            (Some(&"**"), _) => {
                back = Some((step + 1, place));
                step += 1;
            }
            (Some(one), Some(part)) if step_fits(one.as_bytes(), part.as_bytes()) => {
                step += 1;
                place += 1;
            }
            _ => match back {
                Some((after, from)) => {
                    back = Some((after, from + 1));
                    (step, place) = (after, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern.get(step..).unwrap_or_default().iter().all(|rest| *rest == "**")
}

/// The same within one step, by bytes.
fn step_fits(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut place) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while place < text.len() {
        let one = pattern.get(at..).and_then(|rest| one_of(rest, text.get(place).copied()?));
        match (pattern.get(at), one) {
            (Some(b'*'), _) => {
                back = Some((at + 1, place));
                at += 1;
            }
            (Some(_), Some(length)) => {
                at += length;
                place += 1;
            }
            _ => match back {
                Some((after, from)) => {
                    back = Some((after, from + 1));
                    (at, place) = (after, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern.get(at..).unwrap_or_default().iter().all(|rest| *rest == b'*')
}

/// How many bytes of the pattern stand for this byte at its front, if they do.
fn one_of(pattern: &[u8], byte: u8) -> Option<usize> {
    match pattern.first()? {
        b'?' => Some(1),
        b'[' => {
            let end = pattern.iter().position(|one| *one == b']')?;
            let inside = pattern.get(1..end)?;
            let mut rest = inside;
            while let [first, after @ ..] = rest {
                if let [b'-', last, after @ ..] = after {
                    if (*first..=*last).contains(&byte) {
                        return Some(end + 1);
                    }
                    rest = after;
                } else {
                    if *first == byte {
                        return Some(end + 1);
                    }
                    rest = after;
                }
            }
            None
        }
        other => (*other == byte).then_some(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_matched_as_they_stand() {
        let check =
            |pattern: &str, path: &str, expect: bool| assert_eq!(fits(pattern, path), expect, "{pattern} {path}");
        check("lon1/hall-a/r01", "lon1/hall-a/r01", true);
        check("lon1/hall-a/r0[1-8]/*/rear", "lon1/hall-a/r03/c01/rear", true);
        check("lon1/hall-a/r0[1-8]/*/rear", "lon1/hall-a/r09/c01/rear", false);
        check("lon1/hall-a/r0[1-8]/*/rear", "lon1/hall-a/r03/c01/front", false);
        check("lon1/hall-a/r0[1-8]/*/rear", "lon1/hall-a/r03/rear", false);
        check("lon1/**/rear", "lon1/hall-a/r03/c01/rear", true);
        check("lon1/**/rear", "lon1/rear", true);
        check("**", "lon1/rear", true);
        check("lon1/**", "lon2/rear", false);
        check("lon1/r?", "lon1/r1", true);
        check("lon1/r?", "lon1/r", false);
        check("lon1/*1*", "lon1/r10", true);
        check("lon1/[abc]", "lon1/b", true);
        check("lon1/[abc", "lon1/b", false);
        check("*", "lon1/b", false);
        check("", "", true);
        assert!(!fits(&"**/a/".repeat(60), &"a/".repeat(500)), "and in no time that grows beyond their lengths");
    }
}
