//! "Did you mean": the known word nearest to a mistaken one, for those who write site files and drafts.

/// Slips of the finger that are forgiven at most, whatever the length: beyond them another word is meant.
const SLIPS_MAX: usize = 3;

/// The nearest of `known`, if it is near enough that a slip of the finger explains the difference.
pub fn nearest<'k>(mistaken: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let mistaken: Vec<char> = mistaken.chars().collect();
    let near = |word: &'k str| distance_if_near(&mistaken, word).map(|distance| (distance, word));
    known.into_iter().filter_map(near).min().map(|(_, word)| word)
}

/// The distance of two words, if it is a slip. What both begin with alike says nothing: every path of a site begins alike, so
/// only the rest of the word says how many slips to expect in it.
fn distance_if_near(mistaken: &[char], known: &str) -> Option<usize> {
    let known: Vec<char> = known.chars().collect();
    let alike = mistaken.iter().zip(&known).take_while(|(a, b)| a == b).count();
    let (mistaken, known) = (mistaken.get(alike..)?, known.get(alike..)?);
    let allowed = (mistaken.len() / 3).clamp(1, SLIPS_MAX);
    let near = mistaken.len().abs_diff(known.len()) <= allowed;
    near.then(|| distance(mistaken, known)).filter(|distance| *distance <= allowed)
}

/// How many insertions, deletions, replacements or swaps of neighbours turn `a` into `b` (optimal string alignment).
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before_last[j - 2] + 1);
            }
            row.push(least);
        }
        before_last = core::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_understood_and_guesses_are_not_made() {
        let known = ["name", "time_zone", "path", "release_time", "open_time", "lon1/hall-a", "lon1/lobby"];
        let check = |mistaken: &str, expect: Option<&str>| assert_eq!(nearest(mistaken, known), expect, "{mistaken}");
        check("nmae", Some("name"));
        check("timezone", Some("time_zone"));
        check("realease_tme", Some("release_time"));
        check("opentime", Some("open_time"));
        check("lon1/loby", Some("lon1/lobby"));
        check("lon1/hall-b", Some("lon1/hall-a"));
        check("lon1/yard", None);
        check("lon1/nowhere", None);
        check("colour", None);
        check("x", None);
        check("", None);
    }
}
