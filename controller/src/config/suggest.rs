//! "Did you mean": the known word nearest to a mistaken one.

/// The nearest of `known`, if it is near enough that a slip of the finger explains the difference.
pub(super) fn nearest<'k>(mistaken: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let allowed = (mistaken.chars().count() / 3).max(1);
    let near = |word: &'k str| (distance(mistaken, word), word);
    known.into_iter().map(near).filter(|(distance, _)| *distance <= allowed).min().map(|(_, word)| word)
}

/// How many insertions, deletions, replacements or swaps of neighbours turn `a` into `b` (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
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
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_understood_and_guesses_are_not_made() {
        let known = ["name", "time_zone", "path", "release_time", "open_time"];
        let check = |mistaken: &str, expect: Option<&str>| assert_eq!(nearest(mistaken, known), expect, "{mistaken}");
        check("nmae", Some("name"));
        check("timezone", Some("time_zone"));
        check("realease_tme", Some("release_time"));
        check("opentime", Some("open_time"));
        check("colour", None);
        check("x", None);
        check("", None);
        check("Åme", Some("name").filter(|_| false));
    }
}
