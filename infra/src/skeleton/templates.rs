//! The texts that a new function begins with.

use super::NewFunction;

/// The handler. It refuses every request until it does something.
pub(super) fn handler(function: &NewFunction) -> String {
    let NewFunction { name, method, path, .. } = function;
    format!(
        r#"//! `{method} {path}`: say here what it does. Permission `keys:read`. No port.

use keyward_shared::error::Error;
use schemars::SchemaGenerator;

use crate::{{
    edge::{{Answer, Failure, Request}},
    openapi::Operation,
}};

/// # Errors
///
/// [`Error::NotFound`], until `{name}` does what it is for.
pub fn handle(request: &Request) -> Result<Answer, Failure> {{
    request.query(&[])?;
    request.caller()?;
    Err(Error::NotFound.into())
}}

/// The route in the OpenAPI document.
pub fn operation(_: &mut SchemaGenerator) -> Operation {{
    Operation::new("Say what {name} does")
}}
"#
    )
}

/// The entry in the table.
pub(super) fn entry(function: &NewFunction) -> String {
    let (variant, method) = (function.camel_case(), function.variant());
    let NewFunction { name, path, .. } = function;
    format!(
        r#"    Function {{
        name: FunctionName::{variant},
        description: "Say what {name} does.",
        limits: Limits::USUAL,
        environment: &[],
        rights: &[],
        calls: Calls::Gateway(&[Route::new(
            Method::{method},
            "{path}",
            Permission::KeysRead,
            crate::handlers::{name}::operation,
            |_, r| Box::pin(async move {{ crate::handlers::{name}::handle(&r) }}),
        )]),
    }},
"#
    )
}

/// The file of its tests. Each of them fails until somebody writes it.
pub(super) fn tests(function: &NewFunction) -> String {
    let NewFunction { name, method, path, .. } = function;
    format!(
        r#"//! `{method} {path}`.

use super::{{Answers, Asking, Case, Request, no_body, no_misuse}};

pub(super) fn case() -> Case {{
    Case {{
        event: Answers::Status(200),
        body: no_body,
        misuse: no_misuse,
        asked: Asking::As(|_, asked| Some(Request::of(asked))),
        deeds: &[],
    }}
}}

#[test]
fn {name}_does_what_it_is_for() {{
    panic!("tests/tests/it/functions/{name}.rs: write what {name} answers, and each of its refusals");
}}
"#
    )
}
