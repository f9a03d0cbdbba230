//! The names of the files of the library. The build reads them, and a test compares them with what the files say.

/// The system that a file is of: `<id>.toml` is its first version, and `<id>@<version>.toml` each one from the second on.
pub(crate) fn system_of(name: &str) -> Option<&str> {
    let stem = name.strip_suffix(".toml")?;
    let (id, version) = match stem.split_once('@') {
        Some((id, version)) => {
            (id, version.parse::<u32>().ok().filter(|number| number.to_string() == version)?)
        }
        None => (stem, 1),
    };
    let is_id =
        !id.is_empty() && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let is_version = if stem.contains('@') { version >= 2 } else { version == 1 };
    (is_id && is_version).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_after_its_system_and_from_the_second_version_on_after_that() {
        for (name, system) in [
            ("acme.toml", Some("acme")),
            ("magento-2.toml", Some("magento-2")),
            ("acme@2.toml", Some("acme")),
            ("acme@10.toml", Some("acme")),
            ("acme@1.toml", None),
            ("acme@0.toml", None),
            ("acme@02.toml", None),
            ("acme@two.toml", None),
            ("acme@.toml", None),
            ("@2.toml", None),
            ("Acme.toml", None),
            ("acme.json", None),
        ] {
            assert_eq!(system_of(name), system, "{name}");
        }
    }
}
