//! What CloudWatch and EventBridge do with the alarms of the template: metric math, thresholds, filters of logs, and patterns of
//! events. It knows what our template uses of them, and fails on anything else.
//!
//! Sources: "Using metric math" (functions; a missing value beside others counts as 0), "Configuring how CloudWatch alarms treat
//! missing data", "Filter and pattern syntax for metric filters", all in the CloudWatch user guides; "Create Amazon EventBridge
//! event patterns" in the EventBridge user guide.

use std::collections::BTreeMap;

use serde_json::Value;

/// The values of metrics in one period, by id or name. One that is left out has no data.
pub(super) type Data = BTreeMap<String, f64>;

/// Whether an alarm rings on these values of one period.
pub(super) fn rings(alarm: &Value, data: &Data) -> bool {
    assert_eq!(alarm["EvaluationPeriods"], 1, "one period is enough for each alarm");
    assert_eq!(alarm["TreatMissingData"], "notBreaching");
    let value = match alarm["Metrics"].as_array() {
        None => data.get(alarm["MetricName"].as_str().expect("a metric")).copied(),
        Some(metrics) => {
            let expression =
                metrics.iter().find_map(|metric| metric["Expression"].as_str()).expect("an expression");
            (!data.is_empty()).then(|| Expression::evaluate(expression, metrics, data))
        }
    };
    let Some(value) = value else { return false };
    let threshold = alarm["Threshold"].as_f64().expect("a threshold");
    match alarm["ComparisonOperator"].as_str() {
        Some("GreaterThanOrEqualToThreshold") => value >= threshold,
        Some("GreaterThanThreshold") => value > threshold,
        other => panic!("the evaluator does not know {other:?}"),
    }
}

/// The rest of an expression of metric math, and what its names stand for.
struct Expression<'e> {
    rest: &'e str,
    metrics: &'e [Value],
    data: &'e Data,
}

impl<'e> Expression<'e> {
    fn evaluate(text: &'e str, metrics: &'e [Value], data: &'e Data) -> f64 {
        let mut expression = Self { rest: text, metrics, data };
        let value = expression.comparison();
        assert!(expression.rest.trim().is_empty(), "the evaluator does not understand {text}");
        value
    }

    fn comparison(&mut self) -> f64 {
        let left = self.sum();
        for (operator, holds) in [(">=", f64::ge as fn(&f64, &f64) -> bool), (">", f64::gt)] {
            if self.takes(operator) {
                return f64::from(u8::from(holds(&left, &self.sum())));
            }
        }
        left
    }

    fn sum(&mut self) -> f64 {
        let mut value = self.product();
        loop {
            if self.takes("+") {
                value += self.product();
            } else if self.takes("-") {
                value -= self.product();
            } else {
                return value;
            }
        }
    }

    fn product(&mut self) -> f64 {
        let mut value = self.term();
        loop {
            if self.takes("*") {
                value *= self.term();
            } else if self.takes("/") {
                value /= self.term();
            } else {
                return value;
            }
        }
    }

    fn term(&mut self) -> f64 {
        if self.takes("IF(") {
            let condition = self.comparison();
            let (yes, no) = (self.after(","), self.after(","));
            self.needs(")");
            return if condition == 0.0 { no } else { yes };
        }
        if self.takes("MAX([") {
            let mut value = self.comparison();
            while self.takes(",") {
                value = value.max(self.comparison());
            }
            self.needs("])");
            return value;
        }
        let rest = self.rest.trim_start();
        let end =
            rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(rest.len());
        let (word, rest) = rest.split_at(end);
        self.rest = rest;
        if let Ok(number) = word.parse() {
            return number;
        }
        assert!(self.metrics.iter().any(|metric| metric["Id"] == word), "no metric has the id {word:?}");
        self.data.get(word).copied().unwrap_or(0.0)
    }

    fn after(&mut self, text: &str) -> f64 {
        self.needs(text);
        self.comparison()
    }

    fn needs(&mut self, text: &str) {
        assert!(self.takes(text), "{text} is missing before {:?}", self.rest);
    }

    fn takes(&mut self, text: &str) -> bool {
        match self.rest.trim_start().strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }
}

/// Whether a metric filter counts a line of a log: `{ $.member = "text" }`, or several of these with `||`, each in parentheses.
pub(super) fn counts(pattern: &str, line: &Value) -> bool {
    let inner =
        pattern.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).expect("a JSON pattern");
    inner.split("||").any(|condition| {
        let condition = condition.trim().trim_start_matches('(').trim_end_matches(')');
        let (member, text) = condition.split_once('=').expect("an equation");
        let member = member.trim().strip_prefix("$.").expect("a member");
        let text = text.trim().strip_prefix('"').and_then(|text| text.strip_suffix('"')).expect("a text");
        line[member] == text
    })
}

/// Whether a pattern of events matches an event: each member of the pattern is in the event, with one of the values. Members of
/// an array in the event are each tried.
pub(super) fn matches(pattern: &Value, event: &Value) -> bool {
    if let Some(among) = event.as_array() {
        return among.iter().any(|event| matches(pattern, event));
    }
    match pattern {
        Value::Object(members) => members.iter().all(|(name, pattern)| matches(pattern, &event[name])),
        Value::Array(values) => values.iter().any(|value| match value["prefix"].as_str() {
            Some(prefix) => event.as_str().is_some_and(|text| text.starts_with(prefix)),
            None => value == event,
        }),
        other => panic!("the evaluator does not know {other}"),
    }
}
