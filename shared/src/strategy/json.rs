//! Credentials as members of a JSON object in the body.

use serde::Deserialize;

use super::{Before, Failed, Fault, Parameters, Scheme, Unsigned, Values, fault};
use crate::{
    interpolation::Interpolation,
    moment::Random,
    signing::{Authenticator, Owned, Reveals, Sets, Signed},
};

/// Members of a JSON object in the body.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Json {
    /// Names from the outermost object on, with slashes between, and values.
    members: Vec<(Interpolation, Interpolation)>,
}

/// The names of a member from the outermost object on.
fn names(path: &str) -> Vec<String> {
    path.split('/').map(str::to_owned).collect()
}

impl Scheme for Json {
    fn reveals(&self) -> Reveals {
        Reveals::Secret
    }

    fn parameters(&self) -> Parameters<'_> {
        self.members.iter().fold(Parameters::default(), |declared, (name, value)| {
            declared.public("members", name).secret("members", value)
        })
    }

    fn fault(&self) -> Option<Fault> {
        let nested = |known: &str, name: &str| {
            known == name || known.starts_with(&format!("{name}/")) || name.starts_with(&format!("{known}/"))
        };
        let empty =
            self.members.iter().any(|(name, _)| names(&name.to_string()).iter().any(String::is_empty));
        fault::of_pairs("members", &self.members, nested).or_else(|| {
            let reason = "must be names with slashes between, such as `auth/api_key`";
            empty.then(|| ("members", reason.to_owned()))
        })
    }

    fn owned(&self, values: &impl Values) -> Vec<Owned> {
        let paths = self.members.iter().filter_map(|(name, _)| values.text(name).ok());
        let mut first: Vec<String> = paths.filter_map(|path| names(&path).into_iter().next()).collect();
        first.dedup();
        let members = first.into_iter().map(Owned::json);
        members.chain([Owned::header("content-type", Sets::IfAbsent)]).collect()
    }

    fn before(&self) -> Before<'_> {
        Before::Nothing
    }

    fn sign(&self, values: &impl Values, request: &Unsigned<'_, impl Random>) -> Result<Signed, Failed> {
        let mut members = Vec::new();
        for (name, value) in &self.members {
            let secret = values.secret(value)?;
            if let Some(field) = value.fields().next().filter(|_| secret.is_empty()) {
                return Err(Failed::Field { field: field.to_owned(), reason: "must not be empty" });
            }
            members.push((names(&values.text(name)?), secret));
        }
        request.with(&Authenticator::Json { members: &members })
    }
}
