//! Where `rewrap` and `sweep` go on in the vault, as a text that one run answers and the next one takes.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use keyward_shared::keys::rewrap::VaultPosition;
use serde_json::json;

/// The version of the cursor's form.
const FORM: &str = "1";

/// Where the vault is gone on with. Nobody but an operator sees it.
pub(super) fn cursor(position: &VaultPosition) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(json!([FORM, position.partition, position.row]).to_string())
}

/// The same, read back.
pub(super) fn position(cursor: &str) -> Option<VaultPosition> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (form, partition, row): (String, String, String) = serde_json::from_slice(&bytes).ok()?;
    (form == FORM).then_some(VaultPosition { partition, row })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_nothing_else_does() {
        for (partition, row) in [("acme#key_1", "default#CURRENT"), ("", ""), ("a\nb", "c")] {
            let place = VaultPosition { partition: partition.to_owned(), row: row.to_owned() };
            assert_eq!(position(&cursor(&place)), Some(place));
        }
        let other_form = BASE64_URL_SAFE_NO_PAD.encode(json!(["2", "acme", "default"]).to_string());
        for text in ["", "acme#key_1", "MQ", "W10", &other_form] {
            assert_eq!(position(text), None, "{text}");
        }
    }
}
