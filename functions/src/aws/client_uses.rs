//! What happens at the token route: wrong secrets of machine clients, and when a secret was last used. Both are items of their
//! own, in partitions of their own, so that the function that issues tokens writes no row that grants something.

use aws_lc_rs::digest::{SHA256, digest};
use futures_util::future::try_join_all;
use jiff::{SignedDuration, Timestamp};
use keyward_shared::{
    error::PortError,
    ids::{ClientId, SecretId},
    ports::{CountFailures, NoteClientUse, ReadClientUses},
};

use super::{
    Tables,
    errors::dynamodb_error,
    item::{Item, number, number_of},
    place,
};

/// The attribute of a secret's last use.
const LAST_USED: &str = "last_used_at_ms";

/// How long wrong secrets count together, in seconds.
const WINDOW_SECONDS: i64 = 15 * 60;
/// How long after that DynamoDB keeps the count.
const KEPT: SignedDuration = SignedDuration::from_hours(1);

/// The window that a time is in, by its number.
fn window(at: Timestamp) -> i64 {
    at.as_second().div_euclid(WINDOW_SECONDS)
}

/// What stands for an address in a key: it has any form, and nobody has to read it there.
fn address_key(address: &str) -> String {
    let digest = digest(&SHA256, address.as_bytes());
    hex::encode(digest.as_ref().get(..16).unwrap_or_default())
}

impl CountFailures for Tables {
    async fn failures(&self, client: &ClientId, address: &str, now: Timestamp) -> Result<u32, PortError> {
        let key = place::failures(client, &address_key(address), window(now));
        let item = self.get(&self.keyward, key).await?;
        Ok(item.and_then(|item| number_of(&item, "failures")).unwrap_or_default())
    }

    async fn count_failure(&self, client: &ClientId, address: &str, now: Timestamp) -> Result<(), PortError> {
        let until = now.saturating_add(KEPT).unwrap_or(Timestamp::MAX);
        let update = self
            .client
            .update_item()
            .table_name(&self.keyward)
            .set_key(Some(place::failures(client, &address_key(address), window(now))))
            .update_expression("ADD failures :one SET #ttl = :until")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":until", number(until.as_second()));
        update.send().await.map(|_| ()).map_err(dynamodb_error)
    }
}

impl NoteClientUse for Tables {
    async fn note_client_use(
        &self,
        client: &ClientId,
        secret: &SecretId,
        at: Timestamp,
    ) -> Result<(), PortError> {
        let update = self
            .client
            .update_item()
            .table_name(&self.keyward)
            .set_key(Some(place::client_use(client, secret)))
            .update_expression(format!("SET {LAST_USED} = :at"))
            .expression_attribute_values(":at", number(at.as_millisecond()));
        update.send().await.map(|_| ()).map_err(dynamodb_error)
    }
}

impl ReadClientUses for Tables {
    async fn read_client_uses(
        &self,
        client: &ClientId,
        secrets: &[SecretId],
    ) -> Result<Vec<Option<Timestamp>>, PortError> {
        let read = secrets.iter().map(|secret| self.get(&self.keyward, place::client_use(client, secret)));
        let items = try_join_all(read).await?.into_iter();
        let used = |item: Item| {
            number_of::<i64>(&item, LAST_USED).and_then(|at| Timestamp::from_millisecond(at).ok())
        };
        Ok(items.map(|item| item.and_then(used)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_secrets_count_together_for_a_quarter_of_an_hour() {
        let at = |second| window(Timestamp::from_second(second).unwrap());
        assert_eq!(at(1_800_000_000), at(1_800_000_899));
        assert_eq!(at(1_800_000_900), at(1_800_000_000) + 1);
    }

    #[test]
    fn every_address_has_a_key_without_the_characters_that_keys_are_made_of() {
        for address in ["203.0.113.7", "2001:db8::1", "", "a#b"] {
            let key = address_key(address);
            assert!(key.len() == 32 && key.bytes().all(|byte| byte.is_ascii_hexdigit()), "{address}");
        }
        assert_ne!(address_key("203.0.113.7"), address_key("203.0.113.8"));
    }
}
