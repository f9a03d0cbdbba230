//! What functions count for alarms and the dashboard. A count is a line of the function's log in CloudWatch's embedded metric
//! format ("Specification: Embedded metric format" in the CloudWatch user guide), so counting needs no call and no right.

use std::io::{self, Write as _};

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id},
};
use tracing_subscriber::{Layer, layer::Context, registry::LookupSpan};

/// The namespace of the metrics.
pub const NAMESPACE: &str = "Keyward";
/// Their only dimension: what the deployment is called.
pub const DIMENSION: &str = "Deployment";
/// The target of the events that are counts.
const TARGET: &str = "keyward::metric";

/// A metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// A sealed value did not open, or a row that would grant something is not authentic: somebody changed it from outside.
    DoesNotOpen,
    /// A stored row could not be read.
    UnreadableRows,
    /// A service of AWS throttled a call, and went on doing so when the call was repeated.
    Throttled,
    /// An invitation was not sent.
    MailNotSent,
    /// How long the oldest sealed value has been there that nothing names, as the daily sweep found it.
    OldestUnnamed,
    /// The sealed values that the daily sweep found and that nothing names.
    Unnamed,
}

impl Metric {
    /// Every metric.
    pub const ALL: [Self; 6] = [
        Self::DoesNotOpen,
        Self::UnreadableRows,
        Self::Throttled,
        Self::MailNotSent,
        Self::OldestUnnamed,
        Self::Unnamed,
    ];

    /// Its name in CloudWatch.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DoesNotOpen => "DoesNotOpen",
            Self::UnreadableRows => "UnreadableRows",
            Self::Throttled => "Throttled",
            Self::MailNotSent => "MailNotSent",
            Self::OldestUnnamed => "OldestUnnamed",
            Self::Unnamed => "Unnamed",
        }
    }

    /// Its unit in CloudWatch.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::DoesNotOpen
            | Self::UnreadableRows
            | Self::Throttled
            | Self::MailNotSent
            | Self::Unnamed => "Count",
            Self::OldestUnnamed => "Seconds",
        }
    }

    /// Counts this.
    pub fn record(self, value: u64) {
        tracing::info!(target: TARGET, metric = self.as_str(), unit = self.unit(), value);
    }

    /// Counts so many, unless there are none.
    pub fn count(self, number: usize) {
        if number > 0 {
            self.record(u64::try_from(number).unwrap_or(u64::MAX));
        }
    }
}

/// Whether an event is a count, which a log for people does without.
#[must_use]
pub fn is_count(metadata: &tracing::Metadata<'_>) -> bool {
    metadata.target() == TARGET
}

/// Writes counts to the standard output, which is the function's log. The id of the request that it was counted in stands
/// beside it.
pub struct Embedded {
    deployment: String,
    now: fn() -> Timestamp,
}

impl Embedded {
    /// For a function of Lambda by its whole name, which begins with the deployment's.
    #[must_use]
    pub fn of(whole_name: &str, function: &str, now: fn() -> Timestamp) -> Self {
        let deployment = whole_name.strip_suffix(function).and_then(|name| name.strip_suffix('-'));
        Self { deployment: deployment.unwrap_or(whole_name).to_owned(), now }
    }

    /// The line of a count.
    fn line(&self, event: &Fields, span: Option<&Fields>) -> Option<Value> {
        let text = |name: &str| event.0.get(name).and_then(Value::as_str);
        let (metric, unit, value) = (text("metric")?, text("unit")?, event.0.get("value")?);
        let directive = json!({
            "Namespace": NAMESPACE,
            "Dimensions": [[DIMENSION]],
            "Metrics": [{ "Name": metric, "Unit": unit }],
        });
        let mut line = json!({
            "_aws": { "Timestamp": (self.now)().as_millisecond(), "CloudWatchMetrics": [directive] },
            DIMENSION: self.deployment,
            metric: value,
        });
        if let (Some(members), Some(Fields(span))) = (line.as_object_mut(), span) {
            members.extend(span.clone());
        }
        Some(line)
    }
}

/// The fields of an event or a span.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.insert(field.name().to_owned(), json!(format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), json!(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), json!(value));
    }
}

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for Embedded {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if !is_count(event.metadata()) {
            return;
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        let span = context.lookup_current();
        let extensions = span.as_ref().map(|span| span.extensions());
        let within = extensions.as_ref().and_then(|extensions| extensions.get::<Fields>());
        if let Some(line) = self.line(&fields, within) {
            // A log that cannot be written stops no function.
            writeln!(io::stdout().lock(), "{line}").ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(members: Value) -> Fields {
        Fields(members.as_object().unwrap().clone())
    }

    #[test]
    fn a_count_is_a_line_of_the_embedded_metric_format() {
        let embedded =
            Embedded::of("keyward-eu-west-1-sign_request", "sign_request", || Timestamp::UNIX_EPOCH);
        let count = fields(json!({ "metric": "DoesNotOpen", "unit": "Count", "value": 1 }));
        let span = fields(json!({ "function": "sign_request", "request_id": "JKJaXmPLvHcESHA=" }));
        let expected = json!({
            "_aws": {
                "Timestamp": 0,
                "CloudWatchMetrics": [{
                    "Namespace": "Keyward",
                    "Dimensions": [["Deployment"]],
                    "Metrics": [{ "Name": "DoesNotOpen", "Unit": "Count" }],
                }],
            },
            "Deployment": "keyward-eu-west-1",
            "DoesNotOpen": 1,
            "function": "sign_request",
            "request_id": "JKJaXmPLvHcESHA=",
        });
        assert_eq!(embedded.line(&count, Some(&span)), Some(expected));
        assert_eq!(embedded.line(&fields(json!({ "metric": "DoesNotOpen" })), None), None);
    }

    #[test]
    fn every_metric_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<_> = Metric::ALL.map(Metric::as_str).into();
        assert_eq!(names.len(), Metric::ALL.len());
    }
}
