//! What a strategy's parameters promise is checked here: every place names a field of the variant, what is public holds no
//! secret field, and every choice is a word that the strategy knows.

use serde_json::{Map, Value};

use super::{Wrong, base_url::address, constant_header::header_name, verify::below_base};
use crate::{
    interpolation::{Interpolation, Part},
    signing::Part as SignedPart,
    strategy::{Endpoint, Holds, Lookup, Parameter, Scheme, Strategy},
    system::field::{FieldKind, FieldTemplate},
};

/// Reads a strategy of a variant that has these fields.
pub(super) fn strategy(mut table: Map<String, Value>, fields: &[&FieldTemplate]) -> Result<Strategy, Wrong> {
    let Some(Value::String(name)) = table.remove("type") else {
        return Err(Wrong::new("type", "must name a strategy"));
    };
    let Some(read) = Strategy::read(&name, table) else {
        let known = Strategy::NAMES.join(", ");
        return Err(Wrong::new("type", format!("`{name}` is none of {known}")));
    };
    let strategy = read.map_err(|error| Wrong::new("", error))?;
    let fields = Fields(fields);
    strategy.parameters().iter().try_for_each(|parameter| fields.check(parameter))?;
    if let Some((parameter, reason)) = strategy.fault() {
        return Err(Wrong::new(parameter, reason));
    }
    let owned = strategy.owned(&Lookup::new(|id| fields.0.iter().find(|field| field.id() == id)?.default()));
    for owned in owned.iter().filter(|owned| owned.part() == SignedPart::Header) {
        header_name("", owned.name())?;
    }
    Ok(strategy)
}

/// The fields of a variant.
struct Fields<'a>(&'a [&'a FieldTemplate]);

impl Fields<'_> {
    fn check(&self, Parameter { name, holds }: Parameter<'_>) -> Result<(), Wrong> {
        match holds {
            Holds::Public(text) => self.public(name, text),
            Holds::Sent(text) | Holds::Secret(text) => {
                text.fields().try_for_each(|id| self.field(name, id).map(drop))
            }
            Holds::Address(Endpoint::BelowBase(path)) => match path.contains(['{', '}']) {
                true => {
                    Err(Wrong::new(name, "has a place that is never filled: places go into the base address"))
                }
                false => below_base(name, path),
            },
            Holds::Address(Endpoint::Absolute(text)) => self.address(name, text),
            Holds::Choice { field, complaint } => self.choice(name, field, complaint),
        }
    }

    fn field(&self, at: &str, id: &str) -> Result<&FieldTemplate, Wrong> {
        let field = self.0.iter().find(|field| field.id() == id).copied();
        field.ok_or_else(|| Wrong::new(at, format!("names `{id}`, which is no field of this variant")))
    }

    fn public(&self, at: &str, text: &Interpolation) -> Result<(), Wrong> {
        for id in text.fields() {
            if self.field(at, id)?.secret() {
                return Err(Wrong::new(at, format!("shows the secret field `{id}`")));
            }
        }
        Ok(())
    }

    /// An address with places, or a field that holds a whole address.
    fn address(&self, at: &str, text: &Interpolation) -> Result<(), Wrong> {
        self.public(at, text)?;
        match text.parts() {
            [Part::Field { id, .. }] => match self.field(at, id)?.kind() {
                FieldKind::Url => Ok(()),
                FieldKind::Text
                | FieldKind::Multiline
                | FieldKind::Number
                | FieldKind::Choice
                | FieldKind::Host
                | FieldKind::Port => {
                    Err(Wrong::new(at, format!("takes its address from `{id}`, which is no `url`")))
                }
            },
            [Part::Text(_), ..] => address(at, &text.to_string()).map(drop),
            _ => Err(Wrong::new(at, "must be an https address")),
        }
    }

    /// A field whose every choice is a word that the strategy knows.
    fn choice(&self, at: &str, id: &str, complaint: fn(&str) -> Option<String>) -> Result<(), Wrong> {
        let field = self.field(at, id)?;
        if field.kind() != FieldKind::Choice {
            return Err(Wrong::new(at, format!("is chosen in `{id}`, which is no choice")));
        }
        match field.choices().iter().find_map(|choice| complaint(&choice.value)) {
            Some(reason) => Err(Wrong::new(at, reason)),
            None => Ok(()),
        }
    }
}
