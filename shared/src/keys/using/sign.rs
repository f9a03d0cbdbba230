//! Using a key to sign a request that the caller sends.

use crate::{
    caller::Caller,
    error::Error,
    ids::{KeyId, ReceiptId},
    keys::{
        authentication::Authentication,
        receipt::{Deed, Purpose},
        using::{
            ask::Ask,
            authorize::report,
            found::{Found, Selection},
        },
    },
    moment::{Clock, Moment, Random},
    outbound::Freshness,
    permission::Permission,
    ports::{Authorize, Extent, ReadForUse, UnwrapDataKey, WriteHealth, WriteReceipt},
    signing::{Reveals, Signed},
};

/// A signed request, with the version of its key and the receipt.
pub struct Outcome {
    /// The method.
    pub method: http::Method,
    /// URL and headers to send.
    pub signed: Signed,
    /// The key's version.
    pub key_version: u64,
    /// The receipt.
    pub receipt: ReceiptId,
}

/// Signs a request with a key.
///
/// # Errors
///
/// What the key, its environment, entry, origin or auth variant refuse, before anything is written;
/// [`Error::KeyRestricted`] for a key with restrictions whose signed requests hold what is good for other requests;
/// what the ports report; and [`Error::DoesNotOpen`] when a stored value is not what the row says.
pub async fn sign(
    store: &(impl ReadForUse + WriteReceipt + WriteHealth),
    wrapping: &impl UnwrapDataKey,
    outside: &impl Authorize,
    moment: Moment<'_, impl Clock, impl Random>,
    caller: &Caller,
    what: (&KeyId, &Selection),
    ask: Ask,
) -> Result<Outcome, Error> {
    let (id, selection) = what;
    let found = Found::read(store, caller, id, selection, Extent::Used).await?;
    let entry = found.usable(selection, moment.clock.now())?;
    let authentication = Authentication::of(&found.key, entry)?;
    authentication.check()?;
    authentication.check_token_address(&found.key)?;
    if authentication.is_session() {
        return Err(Error::CannotSign(SESSION.to_owned()));
    }
    let shows_secret = authentication.reveals() == Reveals::Secret || found.key.headers_sealed_at.is_some();
    let needed = Permission::KeysResolve;
    if shows_secret && !found.caller.may(needed) {
        return Err(Error::RevealsSecret(needed));
    }
    if !found.key.restrictions.is_empty() && (shows_secret || !authentication.covers_request()) {
        // Who has the signed request could send another one with what it holds.
        return Err(Error::KeyRestricted);
    }
    let target = ask.target.within(&found.key, entry)?;
    ask.check(&found.key, &authentication, &target)?;

    let deed = Deed::request(Purpose::Sign, &ask.method, &target);
    let recorded = found.record(store, wrapping, &moment, caller, deed).await?;
    let secrets = found.open(&recorded)?;
    let credentials = found.credentials(&authentication, &secrets);
    let authorized = credentials.authorize(&ask, &target, outside, &moment, Freshness::Kept).await;
    let signed = match authorized {
        Ok(authorized) => authorized.signed,
        Err(error) => return Err(report(error, &found, store, moment.clock).await),
    };
    let receipt = recorded.receipt().clone();
    Ok(Outcome { method: ask.method, signed, key_version: found.key.version, receipt })
}

const SESSION: &str = "The session goes into the request's body and may end at any time: use send";

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use super::*;
    use crate::keys::using::{AskedBody, AskedTarget};
    use crate::{
        fakes::{Counting, now},
        keys::{
            fakes::{AWS4, World, caller, moment, world_with},
            key::Key,
        },
    };

    fn ask() -> Ask {
        Ask {
            method: http::Method::GET,
            target: AskedTarget::Path("/orders".to_owned()),
            headers: Vec::new(),
            body: AskedBody::Bytes(Vec::new()),
        }
    }

    /// A world that holds an AWS credential.
    fn world(random: &Counting) -> (World, Key) {
        world_with(random, "custom-http", "aws4", &AWS4)
    }

    fn sign_once(world: &World, key: &Key, random: &Counting) -> Result<Outcome, Error> {
        sign_as(world, key, random, ask())
    }

    fn sign_as(world: &World, key: &Key, random: &Counting, ask: Ask) -> Result<Outcome, Error> {
        let user = caller(&[Permission::KeysUse]);
        now(sign(world, world, world, moment(random), &user, (&key.id, &Selection::default()), ask))
    }

    #[test]
    fn the_receipt_is_written_before_anything_is_opened() {
        let random = Counting::default();
        let (world, key) = world(&random);
        assert!(sign_once(&world, &key, &random).is_ok());
        assert_eq!(world.asked(), ["read for use", "write receipt", "unwrap data key"]);
        assert_eq!(world.data_keys(), (1, 0));
    }

    #[test]
    fn without_a_receipt_nothing_is_opened() {
        let random = Counting::default();
        let (mut world, key) = world(&random);
        world.receipts_fail = true;
        assert!(matches!(sign_once(&world, &key, &random), Err(Error::Unavailable(_))));
        // The data key was unwrapped meanwhile. It is not released, and it is wiped.
        assert_eq!(world.asked(), ["read for use", "write receipt", "unwrap data key"]);
        assert_eq!(world.data_keys(), (0, 0));
    }

    #[test]
    fn a_read_that_a_change_has_torn_is_repeated() {
        let random = Counting::default();
        let (world, key) = world(&random);
        world.torn_reads.store(1, Ordering::Relaxed);
        assert!(sign_once(&world, &key, &random).is_ok());
        assert_eq!(world.asked(), ["read for use", "read for use", "write receipt", "unwrap data key"]);
    }

    #[test]
    fn a_read_that_stays_torn_opens_nothing() {
        let random = Counting::default();
        let (world, key) = world(&random);
        world.torn_reads.store(9, Ordering::Relaxed);
        assert!(matches!(sign_once(&world, &key, &random), Err(Error::DoesNotOpen)));
        assert_eq!(world.asked(), ["read for use"; 3]);
    }

    #[test]
    fn what_is_refused_leaves_no_receipt() {
        let random = Counting::default();
        let (world, key) = world(&random);
        let outside = Ask { target: AskedTarget::Url("https://evil.example.com/".to_owned()), ..ask() };
        let refused = sign_as(&world, &key, &random, outside);
        assert!(matches!(refused, Err(Error::InvalidFields(_))));
        assert_eq!(world.asked(), ["read for use"]);
    }
}
