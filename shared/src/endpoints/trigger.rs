//! What starts an endpoint.

use std::{fmt, str::FromStr};

use cronexpr::parse_crontab;

use crate::{error::InvalidField, ids::EndpointKind};

/// What starts an endpoint. Keyward keeps it for the platform, which does the starting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trigger {
    /// A person starts a source.
    Manual,
    /// The clock does.
    Scheduled(Cron),
    /// A call from the system starts a source.
    Webhook,
    /// A destination receives the gathered events.
    Aggregate,
    /// A destination receives each event at once.
    RealTime,
}

/// A trigger as a caller writes it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TriggerDraft {
    /// Which kind.
    pub kind: String,
    /// When, for a scheduled one.
    pub cron: Option<String>,
}

impl Trigger {
    /// The name of every trigger.
    pub const NAMES: [&str; 5] = ["manual", "scheduled", "webhook", "aggregate", "real_time"];

    /// The trigger's name.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Scheduled(_) => "scheduled",
            Self::Webhook => "webhook",
            Self::Aggregate => "aggregate",
            Self::RealTime => "real_time",
        }
    }

    /// When the clock starts it.
    #[must_use]
    pub const fn cron(&self) -> Option<&Cron> {
        match self {
            Self::Scheduled(cron) => Some(cron),
            Self::Manual | Self::Webhook | Self::Aggregate | Self::RealTime => None,
        }
    }

    /// Reads a draft for an endpoint of this kind.
    ///
    /// # Errors
    ///
    /// An [`InvalidField`] below `trigger`.
    pub fn parse(draft: &TriggerDraft, of: EndpointKind) -> Result<Self, InvalidField> {
        let trigger = match (draft.kind.as_str(), of, &draft.cron) {
            ("scheduled", _, Some(cron)) => {
                let cron =
                    cron.parse().map_err(|reason: BadCron| InvalidField::new("trigger.cron", reason))?;
                return Ok(Self::Scheduled(cron));
            }
            ("scheduled", _, None) => {
                return Err(InvalidField::new("trigger.cron", "is needed for a scheduled trigger"));
            }
            ("manual", EndpointKind::Source, _) => Self::Manual,
            ("webhook", EndpointKind::Source, _) => Self::Webhook,
            ("aggregate", EndpointKind::Destination, _) => Self::Aggregate,
            ("real_time", EndpointKind::Destination, _) => Self::RealTime,
            (_, EndpointKind::Source, _) => {
                let reason = "must be `manual`, `scheduled` or `webhook` for a source";
                return Err(InvalidField::new("trigger.type", reason));
            }
            (_, EndpointKind::Destination, _) => {
                let reason = "must be `aggregate`, `real_time` or `scheduled` for a destination";
                return Err(InvalidField::new("trigger.type", reason));
            }
        };
        if draft.cron.is_some() {
            return Err(InvalidField::new("trigger.cron", "is for a scheduled trigger alone"));
        }
        Ok(trigger)
    }
}

/// When the clock starts an endpoint: five fields of a crontab (POSIX.1-2024, `crontab`), in UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron(String);

impl Cron {
    /// The longest expression, in bytes.
    pub const MAX_LENGTH: usize = 100;
    const FIELDS: usize = 5;

    /// The expression as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is no schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be a crontab's five fields (minute, hour, day of month, month, day of week), such as `0 6 * * 1-5`"
)]
pub struct BadCron;

impl FromStr for Cron {
    type Err = BadCron;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fields: Vec<&str> = text.split_ascii_whitespace().collect();
        let good = text.len() <= Self::MAX_LENGTH && fields.len() == Self::FIELDS;
        let text = fields.join(" ");
        if good && parse_crontab(&format!("{text} UTC")).is_ok() { Ok(Self(text)) } else { Err(BadCron) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(kind: &str, cron: Option<&str>, of: EndpointKind) -> Result<Trigger, String> {
        let draft = TriggerDraft { kind: kind.to_owned(), cron: cron.map(str::to_owned) };
        Trigger::parse(&draft, of).map_err(|error| error.field)
    }

    #[test]
    fn each_end_has_its_own_triggers() {
        use EndpointKind::{Destination, Source};
        for (kind, of, good) in [
            ("manual", Source, true),
            ("webhook", Source, true),
            ("aggregate", Source, false),
            ("real_time", Source, false),
            ("manual", Destination, false),
            ("webhook", Destination, false),
            ("aggregate", Destination, true),
            ("real_time", Destination, true),
            ("Manual", Source, false),
            ("", Destination, false),
        ] {
            match parsed(kind, None, of) {
                Ok(trigger) => assert!(good && trigger.as_str() == kind, "{kind}"),
                Err(field) => assert!(!good && field == "trigger.type", "{kind}"),
            }
        }
    }

    #[test]
    fn every_name_is_a_trigger_of_one_end_or_of_both() {
        for name in Trigger::NAMES {
            let cron = (name == "scheduled").then_some("0 6 * * *");
            let triggers = EndpointKind::ALL.map(|kind| parsed(name, cron, kind).ok());
            let names: Vec<_> = triggers.iter().flatten().map(Trigger::as_str).collect();
            assert!(!names.is_empty() && names.iter().all(|known| *known == name), "{name}");
        }
    }

    #[test]
    fn a_schedule_is_there_exactly_where_it_means_something() {
        assert_eq!(parsed("scheduled", None, EndpointKind::Source), Err("trigger.cron".to_owned()));
        assert_eq!(parsed("manual", Some("0 6 * * *"), EndpointKind::Source), Err("trigger.cron".to_owned()));
        let trigger = parsed("scheduled", Some(" 0  6 * * 1-5 "), EndpointKind::Destination).unwrap();
        assert_eq!(trigger.cron().map(Cron::as_str), Some("0 6 * * 1-5"));
    }

    #[test]
    fn what_is_no_crontab_is_refused() {
        for text in [
            "",
            "* * * *",
            "* * * * * *",
            "60 * * * *",
            "0 6 * * * UTC",
            "@daily",
            "H * * * *",
            "0 6 31 2 x",
            &"*".repeat(101),
        ] {
            assert_eq!(text.parse::<Cron>(), Err(BadCron), "{text}");
        }
        for text in ["* * * * *", "*/5 0-12 1,15 JAN-MAR MON", "0 6 L * *"] {
            assert!(text.parse::<Cron>().is_ok(), "{text}");
        }
    }
}
