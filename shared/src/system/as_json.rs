//! A template's file, as it is built into the code. People write TOML. JSON is read four times as fast, and a process needs its
//! parser anyway, so the build translates.

/// The JSON of a file in TOML.
///
/// # Errors
///
/// A sentence with the line, when the file is no TOML.
pub(crate) fn as_json(text: &str) -> Result<String, String> {
    let table: serde_json::Value =
        toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())?;
    Ok(table.to_string())
}
