//! What must hold of the templates, each rule by name.

mod access;
mod alarms;
mod api;
mod documents;
mod functions;
mod keys;
mod kinds;
mod names;
mod references;
mod roles;
mod sign_in;
mod stacks;
mod stream;
mod tables;

use keyward_infra::template::{Sample, Template};

/// One rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rule {
    /// Every reference leads to something, and none of them round in a circle.
    References,
    /// There is room for more, and every parameter is described, bounded and used.
    Size,
    /// The routes are those of the function table, each with its scope and its function.
    Routes,
    /// API, stage and authorizer.
    Gateway,
    /// Who may call a function: what is meant to, and nothing else.
    Callers,
    /// OpenAPI document and events are of the same routes.
    Documents,
    /// Functions are those of the tables and of one form.
    Functions,
    /// Environment variables are names and ARNs of the stack, never values.
    Environment,
    /// Roles are Lambda's to take, and each is one function's.
    Roles,
    /// Statements are exact and have names.
    Statements,
    /// Each role may do what the tables say, on the conditions that belong to it.
    Grants,
    /// Who shows, writes, uses and re-wraps stays apart.
    Apart,
    /// Each role writes rows of one kind, and of the exceptions that are named.
    Kinds,
    /// KMS keys: rotation, retention, and who may use them.
    Keys,
    /// Tables keep what is in them.
    Tables,
    /// The stream's mappings lose no record and never stop at one.
    Stream,
    /// User pool and clients.
    SignIn,
    /// Alarms for what nobody would notice.
    Alarms,
    /// What lasts names nothing of what may be made again, and no principal that may not exist.
    Stacks,
}

impl Rule {
    pub(super) const ALL: [Self; 19] = [
        Self::References,
        Self::Size,
        Self::Routes,
        Self::Gateway,
        Self::Callers,
        Self::Documents,
        Self::Functions,
        Self::Environment,
        Self::Roles,
        Self::Statements,
        Self::Grants,
        Self::Apart,
        Self::Kinds,
        Self::Keys,
        Self::Tables,
        Self::Stream,
        Self::SignIn,
        Self::Alarms,
        Self::Stacks,
    ];

    /// What a template has against this rule, with no parameter but those that are needed, and with all of them.
    pub(super) fn complaints(self, template: &Template) -> Vec<String> {
        let together = Sample::together().expect("the samples");
        let both = [Sample::default(), together];
        both.iter().flat_map(|sample| self.complaints_given(template, sample)).collect()
    }

    /// What a template with these parameters has against this rule.
    pub(super) fn complaints_given(self, written: &Template, sample: &Sample) -> Vec<String> {
        let mut found = Complaints::default();
        // References and parameters are those of the text, whatever the conditions leave out.
        let template = match self {
            Self::References | Self::Size => written,
            Self::Routes
            | Self::Gateway
            | Self::Callers
            | Self::Documents
            | Self::Functions
            | Self::Environment
            | Self::Roles
            | Self::Statements
            | Self::Grants
            | Self::Apart
            | Self::Kinds
            | Self::Keys
            | Self::Tables
            | Self::Stream
            | Self::SignIn
            | Self::Alarms
            | Self::Stacks => &written.given(sample),
        };
        match self {
            Self::References => references::lead_somewhere(template, &mut found),
            Self::Size => references::leave_room(template, &mut found),
            Self::Routes => api::routes(template, &mut found),
            Self::Gateway => api::gateway(template, &mut found),
            Self::Callers => api::callers(template, &mut found),
            Self::Documents => documents::agree(template, &mut found),
            Self::Functions => functions::form(template, &mut found),
            Self::Environment => functions::environment(template, &mut found),
            Self::Roles => roles::belong(template, &mut found),
            Self::Statements => roles::statements(template, &mut found),
            Self::Grants => roles::grants(template, &mut found),
            Self::Apart => access::apart(template, &mut found),
            Self::Kinds => kinds::apart(template, &mut found),
            Self::Keys => keys::keys(template, &mut found),
            Self::Tables => tables::tables(template, &mut found),
            Self::Stream => stream::mappings(template, &mut found),
            Self::SignIn => sign_in::sign_in(template, &mut found),
            Self::Alarms => alarms::alarms(template, &mut found),
            Self::Stacks => stacks::stand(template, &mut found),
        }
        found.0
    }
}

/// What was found against a rule.
#[derive(Debug, Default)]
pub(super) struct Complaints(Vec<String>);

impl Complaints {
    fn say(&mut self, what: impl Into<String>) {
        self.0.push(what.into());
    }

    /// A complaint where something does not hold.
    fn unless(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.0.push(what());
        }
    }

    /// A complaint where two values differ.
    fn same<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, found: &T, expected: &T) {
        if found != expected {
            self.0.push(format!("{what} is {found:?} and should be {expected:?}"));
        }
    }
}
