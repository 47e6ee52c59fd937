//! Texts with wildcards: `*` stands for any text, also none. Upper and lower case are the same.

/// What a text must be like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// This text, in lower case.
    Exact(String),
    /// This text in lower case, in which `*` stands for any text.
    Wild(String),
}

impl Pattern {
    /// Exactly this text, in any case.
    pub fn exact(text: &str) -> Self {
        Self::Exact(text.to_lowercase())
    }

    /// This text in any case, in which `*` stands for any text.
    pub fn wild(text: &str) -> Self {
        Self::Wild(text.to_lowercase())
    }

    /// Whether `text`, which is in lower case, is like that.
    pub fn matches(&self, text: &str) -> bool {
        match self {
            Self::Exact(wanted) => wanted == text,
            Self::Wild(pattern) => is_like(pattern, text),
        }
    }
}

/// Takes what stands between the stars one after another, each at its first place: a later place of one could only leave
/// less room for the next. That keeps the work linear in stars times text.
fn is_like(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(text) = text.strip_prefix(first) else { return false };
    let (between, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    let Some(mut text) = text.strip_suffix(last) else { return false };
    for part in between.split('*').filter(|part| !part.is_empty()) {
        let Some((_, after)) = text.split_once(part) else { return false };
        text = after;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_text() {
        let check = |pattern: &str, text: &str, expect: bool| {
            assert_eq!(Pattern::wild(pattern).matches(text), expect, "{pattern} {text}");
        };
        check("access.*", "access.denied", true);
        check("access.*", "access.", true);
        check("access.*", "accessdenied", false);
        check("*", "", true);
        check("**", "abc", true);
        check("a*a", "a", false);
        check("a*a", "aa", true);
        check("*b*d*", "abcde", true);
        check("*d*b*", "abcde", false);
        check("A*C", "abc", true);
        check("a*b*c", "abbbc", true);
        check("ab", "ab", true);
        check("é*", "école", true);
        assert!(!Pattern::exact("a*").matches("ab"));
    }
}
