//! The records of the table's stream that a function is called with.

/// Which records of the table's stream call `on_table_change`. Whatever starts it filters by this, and so does the function.
pub const TABLE_CHANGES: StreamFilter = StreamFilter(&[
    // A new audit entry stands for a change of a key.
    Pattern { partitions: "AUDIT#", events: &["INSERT"] },
    // An event is to be sent.
    Pattern { partitions: "EVENT#", events: &["INSERT"] },
    // An entry was tried.
    Pattern { partitions: "HEALTH#", events: &["INSERT", "MODIFY"] },
]);

/// Which records of the table's stream call `on_key_use`: those of new receipts. They are many, and nothing else waits behind
/// them.
pub const KEY_USES: StreamFilter = StreamFilter(&[Pattern { partitions: "RECEIPT#", events: &["INSERT"] }]);

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
        self.matched(partition, event_name).map(|(_, rest)| rest)
    }

    /// The pattern that a record matches, and the rest of its partition key after the pattern's beginning.
    #[must_use]
    pub fn matched<'p>(&self, partition: &'p str, event_name: &str) -> Option<(&'static Pattern, &'p str)> {
        let fits = |pattern: &'static Pattern| {
            let rest = partition.strip_prefix(pattern.partitions)?;
            pattern.events.contains(&event_name).then_some((pattern, rest))
        };
        self.0.iter().find_map(fits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_record_calls_the_function_that_it_is_for_and_no_other() {
        for (partition, event, changed, used) in [
            ("AUDIT#acme#key_1", "INSERT", Some("acme#key_1"), None),
            ("AUDIT#acme#key_1", "MODIFY", None, None),
            ("AUDIT#acme#key_1", "REMOVE", None, None),
            ("HEALTH#acme#key_1", "INSERT", Some("acme#key_1"), None),
            ("HEALTH#acme#key_1", "MODIFY", Some("acme#key_1"), None),
            ("HEALTH#acme#key_1", "REMOVE", None, None),
            ("EVENT#acme#evt_1", "INSERT", Some("acme#evt_1"), None),
            ("EVENT#acme#evt_1", "REMOVE", None, None),
            ("DELIVERY#acme#whk_1", "INSERT", None, None),
            ("MEMBER#acme", "MODIFY", None, None),
            ("KEY#acme#key_1", "INSERT", None, None),
            ("USED#acme#key_1", "INSERT", None, None),
            ("USED#acme#key_1", "MODIFY", None, None),
            ("RECEIPT#acme#key_1#0", "INSERT", None, Some("acme#key_1#0")),
            ("RECEIPT#acme#key_1#0", "REMOVE", None, None),
        ] {
            assert_eq!(TABLE_CHANGES.rest(partition, event), changed, "{partition} {event}");
            assert_eq!(KEY_USES.rest(partition, event), used, "{partition} {event}");
        }
    }
}
