//! What has to be looked at before a change, told from the change's address: its ETag then goes into `If-Match`. It is made
//! from the table of routes and from what each of them wants, so that a program which goes by it knows every route there
//! is. That a change rests on a revision at all is `writes.rs`'s to say; which one is in force, the core's.

use axum::http::Method;

use crate::api;
use crate::openapi::operation::{Content, Operation};
use crate::openapi::table::Routes;
use crate::writes;

/// The path to read first: the longest beginning of the change's own path that can be read as JSON. `path` is percent-encoded
/// and has no query. `None` where nothing needs to be seen, or where no route is called so.
pub fn seen_first<'p>(method: &Method, path: &'p str) -> Option<&'p str> {
    let table = api::table();
    let all: Vec<&Operation> = table.0.iter().flat_map(Routes::operations).collect();
    let is_this = |operation: &&&Operation| method.as_str().eq_ignore_ascii_case(operation.method);
    let change = all.iter().filter(is_this).find(|operation| fits(operation.path, path))?;
    if !writes::rests_on_a_revision(method, change.path) {
        return None;
    }
    let reads = |template: &str| {
        let is_it = |operation: &&&Operation| operation.is_safe() && operation.path == template;
        all.iter().find(is_it).is_some_and(|read| matches!(read.content, Content::Json(_)))
    };
    beginnings(change.path).zip(beginnings(path)).find(|(template, _)| reads(template)).map(|(_, path)| path)
}

/// Whether an address is one of a template's: as many segments, and each its own but for those in braces.
fn fits(template: &str, path: &str) -> bool {
    let is_it = |(own, given): (&str, &str)| own == given || (own.starts_with('{') && !given.is_empty());
    template.split('/').count() == path.split('/').count() && template.split('/').zip(path.split('/')).all(is_it)
}

/// A path, and what is left of it without its last segment, and so on.
fn beginnings(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| path.rsplit_once('/').map(|(before, _)| before))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_change_rests_on() {
        let check = |method: Method, path: &str, expect: Option<&str>| {
            let path = format!("/api/v1/{path}");
            let expect = expect.map(|path| format!("/api/v1/{path}"));
            assert_eq!(seen_first(&method, &path), expect.as_deref(), "{method} {path}");
        };
        check(Method::PUT, "people/p-1/details", Some("people/p-1"));
        check(Method::PUT, "operators/guard", Some("operators/guard"));
        check(Method::PUT, "schedules/Office%20hours/ical", Some("schedules/Office%20hours"));
        check(Method::DELETE, "profiles/a%2Fb", Some("profiles/a%2Fb"));
        check(Method::POST, "alarms/alm-1/acknowledge", Some("alarms/alm-1"));
        check(Method::POST, "people", None);
        check(Method::POST, "grants/g-1/revoke", None);
        check(Method::PUT, "firmware", None);
        check(Method::DELETE, "devices/dev-1/job", None);
        check(Method::PUT, "of/no/route", None);
        check(Method::PUT, "people//details", None);
    }

    #[test]
    fn whatever_rests_on_a_revision_can_be_read() {
        let table = api::table();
        for operation in table.0.iter().flat_map(Routes::operations) {
            let method = Method::from_bytes(operation.method.to_uppercase().as_bytes()).unwrap();
            if !operation.is_safe() && writes::rests_on_a_revision(&method, operation.path) {
                assert!(seen_first(&method, operation.path).is_some(), "{method} {}", operation.path);
            }
        }
    }
}
