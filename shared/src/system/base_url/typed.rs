//! Typed addresses that already have a part of the system's path: vendors show them so, and people copy them.

use super::render::authority;
use crate::interpolation::{Interpolation, Part};

/// A typed address of the very host that the derived one has: it gets the derived one's path, once.
pub(super) fn with_path_of(typed: &str, derived: &str) -> Option<String> {
    let host = authority(derived);
    let (_, path) = derived.split_once(&format!("{host}/"))?;
    let is_same_host = authority(typed).eq_ignore_ascii_case(host);
    let cut = cut(typed, &segments(path));
    // Another path of the same host is meant as it is.
    let has_own_path = cut.split_once("://")?.1.trim_end_matches('/').contains('/');
    (is_same_host && !has_own_path).then(|| put_behind(cut, path))
}

/// The path behind the address, with one slash between the two.
pub(super) fn put_behind(address: &str, path: &str) -> String {
    let address = address.trim_end_matches('/');
    format!("{address}/{path}")
}

/// The address before the place where the system's path begins. The path may be there in part: vendors show addresses
/// with the beginning of it, with other versions, and without the segments that a value stands in.
pub(super) fn before_path<'a>(address: &'a str, path: &Interpolation) -> &'a str {
    let wanted: String = path
        .parts()
        .iter()
        .map(|part| match part {
            Part::Text(text) => text.as_str(),
            Part::Field { .. } => ANY,
        })
        .collect();
    cut(address, &segments(&wanted))
}

/// The address before the place where the path of a page begins, or the beginning of it up to the address's end.
pub(super) fn before_page<'a>(address: &'a str, page: &str) -> &'a str {
    cut(address, &segments(page))
}

/// Stands for a segment of a path that a value stands in. No address has such a character.
const ANY: &str = "\0";

fn segments(path: &str) -> Vec<&str> {
    path.split('/').filter(|segment| !segment.is_empty()).collect()
}

fn cut<'a>(address: &'a str, wanted: &[&str]) -> &'a str {
    let path_start = address.find("://").map_or(0, |at| at + 3);
    let path_start = address.get(path_start..).and_then(|rest| rest.find('/')).map(|at| path_start + at);
    let Some(path_start) = path_start else { return address };
    let path_end = address.find(['?', '#']).unwrap_or(address.len()).max(path_start);
    let path = address.get(path_start..path_end).unwrap_or_default();
    let begins = path
        .match_indices('/')
        .find(|(at, _)| is_begun(&segments(path.get(*at..).unwrap_or_default()), wanted));
    begins.and_then(|(at, _)| address.get(..path_start + at)).unwrap_or(address)
}

/// Whether these segments are the wanted ones, or the beginning of them. A segment for a value may be left out, and what
/// comes behind all of them belongs to a request.
fn is_begun(found: &[&str], wanted: &[&str]) -> bool {
    match (found, wanted) {
        ([first, found @ ..], [expected, wanted @ ..]) if is_same(first, expected) => follows(found, wanted),
        _ => false,
    }
}

fn follows(found: &[&str], wanted: &[&str]) -> bool {
    match (found, wanted) {
        ([], _) | (_, []) => true,
        (found, [expected, rest @ ..]) if *expected == ANY => {
            follows(found, rest) || found.split_first().is_some_and(|(_, found)| follows(found, rest))
        }
        ([first, found @ ..], [expected, rest @ ..]) => is_same(first, expected) && follows(found, rest),
    }
}

/// The same segment, or another version: `v2` for `v3`.
fn is_same(found: &str, expected: &str) -> bool {
    let version = |segment: &str| {
        segment
            .strip_prefix(['v', 'V'])
            .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
    };
    found.eq_ignore_ascii_case(expected) || (version(found) && version(expected))
}
