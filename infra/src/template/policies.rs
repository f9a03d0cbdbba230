//! The policies that the templates have, with references resolved.

use std::collections::{BTreeMap, BTreeSet};

use keyward_functions::table::Resource;
use serde_json::{Value, json};

use super::{Template, leads_to, texts};

/// The context key of the partition keys that a call is about.
pub const LEADING_KEYS: &str = "dynamodb:LeadingKeys";

/// The operator and the context key by which a key's policy knows a function's role.
pub const BY_ARN: &str = "ArnEquals";
/// For a role's session it is the ARN of the role, with its path (IAM user guide, "AWS global condition context keys").
pub const PRINCIPAL_ARN: &str = "aws:PrincipalArn";

/// Conditions by operator and context key.
pub type Conditions = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// One action on one resource, on conditions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// The IAM action.
    pub action: String,
    /// The ARN, or a pattern of one.
    pub resource: String,
    /// On which conditions.
    pub conditions: Conditions,
}

/// A statement, with its references resolved.
#[derive(Debug, Clone)]
pub struct Statement(pub Value);

impl Statement {
    /// Its name.
    #[must_use]
    pub fn sid(&self) -> &str {
        self.0["Sid"].as_str().unwrap_or_default()
    }

    /// Whether it refuses what others allow.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        self.0["Effect"] == "Deny"
    }

    /// The actions that it allows, or refuses.
    #[must_use]
    pub fn actions(&self) -> Vec<&str> {
        texts(&self.0["Action"])
    }

    /// The resources of the statement.
    #[must_use]
    pub fn resources(&self) -> Vec<&str> {
        texts(&self.0["Resource"])
    }

    /// The ARNs that it names as principals.
    #[must_use]
    pub fn principals(&self) -> Vec<&str> {
        texts(&self.0["Principal"]["AWS"])
    }

    /// The ARNs of the roles that it is narrowed to.
    #[must_use]
    pub fn roles(&self) -> Vec<&str> {
        texts(&self.0["Condition"][BY_ARN][PRINCIPAL_ARN])
    }

    /// The conditions that have to hold.
    #[must_use]
    pub fn conditions(&self) -> Conditions {
        let members = |value: &Value| value.as_object().cloned().unwrap_or_default();
        let keys = |keys: &Value| {
            let texts = |value: &Value| texts(value).into_iter().map(str::to_owned).collect();
            members(keys).iter().map(|(key, values)| (key.clone(), texts(values))).collect()
        };
        members(&self.0["Condition"])
            .iter()
            .map(|(operator, value)| (operator.clone(), keys(value)))
            .collect()
    }

    /// Each action on each resource.
    pub fn grants(&self) -> impl Iterator<Item = Grant> {
        let conditions = self.conditions();
        let each = |action: &&str| {
            let action = (*action).to_owned();
            let conditions = conditions.clone();
            self.resources().into_iter().map(move |resource| Grant {
                action: action.clone(),
                resource: resource.to_owned(),
                conditions: conditions.clone(),
            })
        };
        self.actions().iter().flat_map(each).collect::<Vec<_>>().into_iter()
    }

    /// The same without one of its conditions.
    #[must_use]
    pub fn without(&self, operator: &str, key: &str) -> Self {
        let mut less = self.0.clone();
        if let Some(operators) = less.get_mut("Condition").and_then(Value::as_object_mut) {
            if let Some(keys) = operators.get_mut(operator).and_then(Value::as_object_mut) {
                keys.remove(key);
            }
            operators.retain(|_, keys| keys.as_object().is_none_or(|keys| !keys.is_empty()));
        }
        Self(less)
    }

    /// Each of its actions by itself, for each role and each pattern of items by itself.
    #[must_use]
    pub fn narrowed(&self) -> Vec<Self> {
        const PATTERNS: &str = "ForAllValues:StringLike";
        let mut all = Vec::new();
        let patterns = texts(&self.0["Condition"][PATTERNS][LEADING_KEYS]);
        let or_none = |texts: Vec<&str>| match texts.is_empty() {
            true => vec![None],
            false => texts.into_iter().map(|text| Some(text.to_owned())).collect(),
        };
        for action in self.actions() {
            for pattern in or_none(patterns.clone()) {
                for role in or_none(self.roles()) {
                    let mut less = self.0.clone();
                    less["Action"] = json!(action);
                    if let Some(pattern) = &pattern {
                        less["Condition"][PATTERNS][LEADING_KEYS] = json!([pattern]);
                    }
                    if let Some(role) = &role {
                        less["Condition"][BY_ARN][PRINCIPAL_ARN] = json!([role]);
                    }
                    all.push(Self(less));
                }
            }
        }
        all
    }
}

impl Template {
    /// The statements of a policy document.
    #[must_use]
    pub fn statements(&self, document: &Value) -> Vec<Statement> {
        match self.plain(&document["Statement"]) {
            Value::Array(statements) => statements.into_iter().map(Statement).collect(),
            other @ (Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Object(_)) => vec![Statement(other)],
        }
    }

    /// The logical id of the function with this handler.
    #[must_use]
    pub fn function(&self, name: &str) -> Option<&str> {
        self.of_type("AWS::Lambda::Function")
            .find(|(_, function)| function["Handler"] == name)
            .map(|(id, _)| id)
    }

    /// The logical id of a function's role.
    #[must_use]
    pub fn role(&self, name: &str) -> Option<&str> {
        let function = self.properties(self.function(name)?);
        leads_to(&function["Role"]).map(|(role, _)| role)
    }

    /// The ARN of a function's role.
    #[must_use]
    pub fn role_arn(&self, name: &str) -> String {
        self.role(name).map(|role| self.arn_of(role)).unwrap_or_default()
    }

    /// The rights in the policy of a function's role.
    #[must_use]
    pub fn role_statements(&self, name: &str) -> Vec<Statement> {
        self.role(name).map(|role| self.statements_of(role)).unwrap_or_default()
    }

    /// The rights in the policy of a role.
    #[must_use]
    pub fn statements_of(&self, role: &str) -> Vec<Statement> {
        let policies = self.properties(role)["Policies"].as_array().into_iter().flatten();
        policies.flat_map(|policy| self.statements(&policy["PolicyDocument"])).collect()
    }

    /// The statements in the policy of a KMS key.
    #[must_use]
    pub fn key_statements(&self, key: &str) -> Vec<Statement> {
        self.statements(&self.properties(key)["KeyPolicy"])
    }

    /// The ARN of a resource.
    #[must_use]
    pub fn arn_of(&self, id: &str) -> String {
        self.text(&json!({ "Fn::GetAtt": [id, "Arn"] }))
    }

    /// The ARN of the table that a parameter of `app.yaml` names: that of `data.yaml`, or a restored one.
    fn table_arn(&self, parameter: &str) -> String {
        let arn = format!(
            "arn:${{AWS::Partition}}:dynamodb:${{AWS::Region}}:${{AWS::AccountId}}:table/${{{parameter}}}"
        );
        self.text(&json!({ "Fn::Sub": arn }))
    }

    /// The ARN of something that functions work on.
    #[must_use]
    pub fn arn(&self, resource: Resource) -> String {
        match resource {
            Resource::Table => self.table_arn("TableName"),
            Resource::ByTitle => format!("{}/index/by_title", self.table_arn("TableName")),
            Resource::BySystem => format!("{}/index/by_system", self.table_arn("TableName")),
            Resource::ByDue => format!("{}/index/by_due", self.table_arn("TableName")),
            Resource::Stream => self.parameter_value("TableStreamArn"),
            Resource::Vault => self.table_arn("VaultName"),
            Resource::WrappingKey => self.parameter_value("WrappingKeyArn"),
            Resource::FormerWrappingKey => self.parameter_value("FormerWrappingKeyArn"),
            Resource::FingerprintKey => self.arn_of("FingerprintKey"),
            Resource::RowKey => self.arn_of("RowKey"),
            Resource::TokenSigningKey => self.arn_of("TokenSigningKey"),
            Resource::UserPool => self.arn_of("UserPool"),
            Resource::FailedChanges => self.arn_of("TableChangeFailures"),
            Resource::Deliveries => self.arn_of("Deliveries"),
        }
    }
}
