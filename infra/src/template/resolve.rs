//! The content of the templates after CloudFormation has replaced references by names and ARNs.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{Stack, Template};

/// An account and a region as good as any. The name of a stack is not among them: everything is named after the deployment.
const PSEUDO: [(&str, &str); 5] = [
    ("AWS::Partition", "aws"),
    ("AWS::Region", "eu-west-1"),
    ("AWS::AccountId", "111122223333"),
    ("AWS::URLSuffix", "amazonaws.com"),
    ("AWS::NoValue", ""),
];

/// A deployment, and roles that have a path.
const GIVEN: [(&str, &str); 2] = [("Deployment", "keyward"), ("RolePath", "/path/")];

fn arn(service: &str, rest: &str) -> String {
    format!("arn:aws:{service}:eu-west-1:111122223333:{rest}")
}

impl Template {
    /// A value with its references resolved. What leads nowhere stands in it as a text, and is a complaint of the rule on
    /// references.
    #[must_use]
    pub fn plain(&self, value: &Value) -> Value {
        self.resolve(value, &mut Vec::new())
    }

    /// A text with its references resolved; empty when it is none.
    #[must_use]
    pub fn text(&self, value: &Value) -> String {
        self.plain(value).as_str().unwrap_or_default().to_owned()
    }

    /// Like [`Self::plain`], and what leads nowhere.
    pub fn resolve(&self, value: &Value, dangling: &mut Vec<String>) -> Value {
        match value {
            Value::Array(values) => values.iter().map(|value| self.resolve(value, dangling)).collect(),
            Value::Object(members) => match intrinsic(members) {
                Some((name, argument)) => self.call(name, argument, dangling),
                None => {
                    let resolved =
                        members.iter().map(|(name, value)| (name.clone(), self.resolve(value, dangling)));
                    Value::Object(resolved.collect())
                }
            },
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
        }
    }

    fn call(&self, name: &str, argument: &Value, dangling: &mut Vec<String>) -> Value {
        let found = match (name, argument) {
            ("Ref", Value::String(id)) => self.referred(id),
            ("Fn::GetAtt", Value::Array(parts)) => match (parts.first(), parts.get(1)) {
                (Some(Value::String(id)), Some(Value::String(attribute))) => self.attribute(id, attribute),
                _ => None,
            },
            ("Fn::Sub", Value::String(text)) => return json!(self.substituted(text, dangling)),
            ("Fn::Join", Value::Array(parts)) => match self.joined(parts, dangling) {
                Some(text) => return json!(text),
                None => None,
            },
            ("Fn::Split", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(between), text] => {
                    let text = self.resolve(text, dangling);
                    let parts = text.as_str().map(|text| text.split(between.as_str()));
                    return json!(parts.into_iter().flatten().collect::<Vec<_>>());
                }
                _ => None,
            },
            // Both ways: which one it is, is said on the day of the deployment.
            ("Fn::If", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(condition), ways @ ..] if self.has_condition(condition) => {
                    let ways: Vec<_> = ways.iter().map(|way| self.resolve(way, dangling)).collect();
                    return json!({ name: { condition: ways } });
                }
                _ => None,
            },
            ("Fn::Equals" | "Fn::Not" | "Fn::And" | "Fn::Or", Value::Array(_)) => {
                return json!({ name: self.resolve(argument, dangling) });
            }
            _ => None,
        };
        json!(found.unwrap_or_else(|| {
            let what = format!("{name} {argument}");
            dangling.push(what.clone());
            what
        }))
    }

    fn joined(&self, parts: &[Value], dangling: &mut Vec<String>) -> Option<String> {
        let [Value::String(between), Value::Array(texts)] = parts else { return None };
        let texts = texts.iter().map(|text| self.resolve(text, dangling).as_str().map(str::to_owned));
        Some(texts.collect::<Option<Vec<_>>>()?.join(between))
    }

    fn has_condition(&self, name: &str) -> bool {
        self.section("Conditions").any(|(known, _)| known == name)
    }

    fn substituted(&self, text: &str, dangling: &mut Vec<String>) -> String {
        let mut parts = text.split("${");
        let mut result = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (name, rest) = part.split_once('}').unwrap_or((part, ""));
            let found = match name.split_once('.') {
                Some((id, attribute)) => self.attribute(id, attribute),
                None => self.referred(name),
            };
            result.push_str(&found.unwrap_or_else(|| {
                dangling.push(format!("${{{name}}}"));
                name.to_owned()
            }));
            result.push_str(rest);
        }
        result
    }

    /// What `Ref` gives: a parameter's value, or the name that the resource has.
    fn referred(&self, id: &str) -> Option<String> {
        if let Some((_, value)) = PSEUDO.iter().find(|(name, _)| *name == id) {
            return Some((*value).to_owned());
        }
        if let Some((_, parameter)) = self.section("Parameters").find(|(name, _)| *name == id) {
            return Some(self.parameter(id, parameter));
        }
        let properties = self.properties(id);
        let named = |property: &str| properties.get(property).map(|name| self.text(name));
        match self.resource(id)["Type"].as_str()? {
            "AWS::DynamoDB::Table" => named("TableName"),
            "AWS::Lambda::Function" => named("FunctionName"),
            "AWS::Logs::LogGroup" => named("LogGroupName"),
            "AWS::SNS::Topic" => Some(arn("sns", &named("TopicName")?)),
            _ => Some(id.to_owned()),
        }
    }

    /// A parameter's value. What `data.yaml` puts out, `app.yaml` takes by the same name.
    fn parameter(&self, id: &str, parameter: &Value) -> String {
        if let Some((_, value)) = GIVEN.iter().find(|(name, _)| *name == id) {
            return (*value).to_owned();
        }
        if let Some((_, output)) = self.section_of(Stack::Data, "Outputs").find(|(name, _)| *name == id) {
            return self.text(&output["Value"]);
        }
        let default = &parameter["Default"];
        default.as_str().map_or_else(|| default.to_string(), str::to_owned)
    }

    /// What `Fn::GetAtt` gives; `None` for an attribute that the type does not have, as far as we use it.
    fn attribute(&self, id: &str, attribute: &str) -> Option<String> {
        let name = self.referred(id)?;
        let kind = self.resource(id)["Type"].as_str()?;
        Some(match (kind, attribute) {
            ("AWS::DynamoDB::Table", "Arn") => arn("dynamodb", &format!("table/{name}")),
            ("AWS::DynamoDB::Table", "StreamArn") => {
                // Only a table with a stream has one.
                self.properties(id).get("StreamSpecification")?;
                arn("dynamodb", &format!("table/{name}/stream/2026-01-01T00:00:00.000"))
            }
            ("AWS::KMS::Key", "Arn") => arn("kms", &format!("key/{id}")),
            ("AWS::IAM::Role", "Arn") => {
                let (path, name) = (&self.properties(id)["Path"], &self.properties(id)["RoleName"]);
                format!("arn:aws:iam::111122223333:role{}{}", self.text(path), self.text(name))
            }
            ("AWS::Lambda::Function", "Arn") => arn("lambda", &format!("function:{name}")),
            ("AWS::Logs::LogGroup", "Arn") => arn("logs", &format!("log-group:{name}:*")),
            ("AWS::SQS::Queue", "Arn") => arn("sqs", id),
            ("AWS::SQS::Queue", "QueueName") => id.to_owned(),
            ("AWS::Events::Rule", "Arn") => arn("events", &format!("rule/{id}")),
            ("AWS::Cognito::UserPool", "Arn") => arn("cognito-idp", &format!("userpool/{id}")),
            ("AWS::ApiGatewayV2::Api", "ApiEndpoint") => {
                format!("https://{id}.execute-api.eu-west-1.amazonaws.com")
            }
            ("AWS::ApiGatewayV2::DomainName", "RegionalDomainName") => {
                format!("{id}.execute-api.eu-west-1.amazonaws.com")
            }
            _ => return None,
        })
    }
}

/// The one member of an intrinsic function.
#[must_use]
pub fn intrinsic(members: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (name, argument) = members.iter().next().filter(|_| members.len() == 1)?;
    (name == "Ref" || name.starts_with("Fn::")).then_some((name.as_str(), argument))
}

/// Every name that a value refers to.
pub fn mentioned(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| mentioned(value, names)),
        Value::Object(members) => {
            match intrinsic(members) {
                Some(("Ref", Value::String(id))) => drop(names.insert(id.clone())),
                Some(("Fn::GetAtt", Value::Array(parts))) => {
                    names.extend(parts.first().and_then(Value::as_str).map(str::to_owned));
                }
                Some(("Fn::Sub", Value::String(text))) => {
                    let parts = text.split("${").skip(1).filter_map(|part| part.split(['}', '.']).next());
                    names.extend(parts.map(str::to_owned));
                }
                Some(_) | None => members.values().for_each(|value| mentioned(value, names)),
            };
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
