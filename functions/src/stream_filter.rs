//! The records of the table's stream that a function is called with.

/// Which records of the table's stream call `on_table_change`. Whatever starts it filters by this, and so does the function.
pub const TABLE_CHANGES: StreamFilter = StreamFilter(&[
    // A new audit entry stands for a change of a key.
    Pattern { partitions: "AUDIT#", events: &["INSERT"] },
    // An entry was tried.
    Pattern { partitions: "HEALTH#", events: &["INSERT", "MODIFY"] },
    // A key was used.
    Pattern { partitions: "RECEIPT#", events: &["INSERT"] },
]);

/// The patterns. A record must match one of them.
pub struct StreamFilter(&'static [Pattern]);

/// Records of some kind.
pub struct Pattern {
    /// The beginning of the item's partition key.
    pub partitions: &'static str,
    /// The names of the events.
    pub events: &'static [&'static str],
}

impl StreamFilter {
    /// The patterns.
    #[must_use]
    pub const fn patterns(&self) -> &'static [Pattern] {
        self.0
    }

    /// The rest of the partition key after its beginning, if a record matches.
    #[must_use]
    pub fn rest<'p>(&self, partition: &'p str, event_name: &str) -> Option<&'p str> {
        let fits = |pattern: &Pattern| {
            partition.strip_prefix(pattern.partitions).filter(|_| pattern.events.contains(&event_name))
        };
        self.0.iter().find_map(fits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filter_lets_through_new_audit_entries_health_and_uses_and_nothing_else() {
        for (partition, event, rest) in [
            ("AUDIT#acme#key_1", "INSERT", Some("acme#key_1")),
            ("AUDIT#acme#key_1", "MODIFY", None),
            ("AUDIT#acme#key_1", "REMOVE", None),
            ("HEALTH#acme#key_1", "INSERT", Some("acme#key_1")),
            ("HEALTH#acme#key_1", "MODIFY", Some("acme#key_1")),
            ("HEALTH#acme#key_1", "REMOVE", None),
            ("ACCOUNT#acme", "MODIFY", None),
            ("KEY#acme#key_1", "INSERT", None),
            ("RECEIPT#acme#key_1#0", "INSERT", Some("acme#key_1#0")),
            ("RECEIPT#acme#key_1#0", "REMOVE", None),
        ] {
            assert_eq!(TABLE_CHANGES.rest(partition, event), rest, "{partition} {event}");
        }
    }
}
