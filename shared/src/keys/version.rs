//! The public facts about a key's earlier versions: who made each, when, and which members it
//! changed.

use crate::stamp::Stamp;

/// How many versions of a key are kept.
pub const KEPT: u64 = 20;

/// The kept versions of a key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VersionList {
    /// The versions, newest first.
    pub versions: Vec<VersionSummary>,
    /// The versions that are stored and cannot be read, by the names of their rows, newest first.
    pub unreadable: Vec<String>,
}

/// One version in the list of a key's versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionSummary {
    /// Its number, from 1.
    pub version: u64,
    /// When and by whom it was made.
    pub made: Stamp,
    /// The title that it has.
    pub title: String,
    /// The names of the members that it changed, never their values.
    pub changed: Vec<String>,
    /// Its auth variant.
    pub auth: String,
    /// The origins that its requests go to.
    pub origins: Vec<String>,
}
