//! MACs of rows that grant something: `kms:GenerateMac` to write one, `kms:VerifyMac` to trust one. A process asks KMS once for each
//! version of a row, and remembers which digests were right. So a use that is warm makes no call for it.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_kms::{
    operation::{
        generate_mac::GenerateMacInput,
        verify_mac::{VerifyMacError, VerifyMacInput},
    },
    primitives::Blob,
    types::MacAlgorithmSpec,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use keyward_shared::{
    error::{Error, PortError, StoredRow},
    ports::{CheckRowMac, MakeRowMac},
    row_mac::{RowDigest, RowMac},
};

use super::{
    Tables,
    clients::Clients,
    direct::UseCalls,
    errors::{our_fault, port_error},
    item::{Item, text_of},
    row_kinds,
};
use crate::{metrics::Metric, running};

/// The attribute of a row's MAC, in base64: the first version of the AWS CLI encodes binary attributes twice.
const MAC: &str = "mac";
/// The most digests that a process remembers.
const MOST: usize = 4096;
/// What KMS is called in an error.
const KMS: &str = "KMS";

/// The row of a kind that has no MAC was to get one.
#[derive(Debug, thiserror::Error)]
#[error("a row of this kind has no MAC")]
struct NoSuchKind;

/// KMS answered without what it was asked for.
#[derive(Debug, thiserror::Error)]
#[error("the answer has no MAC of 32 bytes")]
struct NoMac;

/// Calls of KMS about MACs, with one key.
#[derive(Clone)]
pub struct KmsRowMacs {
    calls: UseCalls,
    key_id: String,
}

impl MakeRowMac for KmsRowMacs {
    async fn make_row_mac(&self, digest: &RowDigest) -> Result<RowMac, PortError> {
        let call = GenerateMacInput::builder()
            .key_id(&self.key_id)
            .mac_algorithm(MacAlgorithmSpec::HmacSha256)
            .message(Blob::new(digest.as_bytes()));
        let call = call.build().map_err(our_fault)?;
        let answer = self.calls.generate_mac.send(call).await.map_err(|error| port_error(KMS, error))?;
        let mac = answer.mac.and_then(|mac| RowMac::from_bytes(mac.as_ref()));
        mac.ok_or_else(|| PortError::UnusableAnswer { service: KMS, source: Box::new(NoMac) })
    }
}

impl CheckRowMac for KmsRowMacs {
    async fn is_row_mac(&self, digest: &RowDigest, mac: &RowMac) -> Result<bool, PortError> {
        let call = VerifyMacInput::builder()
            .key_id(&self.key_id)
            .mac_algorithm(MacAlgorithmSpec::HmacSha256)
            .message(Blob::new(digest.as_bytes()))
            .mac(Blob::new(mac.as_bytes()));
        match self.calls.verify_mac.send(call.build().map_err(our_fault)?).await {
            Ok(answer) => Ok(answer.mac_valid),
            // KMS says no with an error (KMS API reference, VerifyMac, "KMSInvalidMacException").
            Err(error)
                if error.as_service_error().is_some_and(VerifyMacError::is_kms_invalid_mac_exception) =>
            {
                Ok(false)
            }
            Err(error) => Err(port_error(KMS, error)),
        }
    }
}

/// Checks MACs, and remembers those that were right. What was wrong is asked for again.
pub(super) struct Remembering<C> {
    inner: C,
    known: Mutex<Known>,
}

/// What was right, in the order in which it was asked for. The name of the function is a part of it: each function has a right of
/// its own to ask, and outside AWS they share a process.
#[derive(Default)]
struct Known {
    right: HashSet<(&'static str, RowDigest, RowMac)>,
    in_order: VecDeque<(&'static str, RowDigest, RowMac)>,
}

impl<C> Remembering<C> {
    fn new(inner: C) -> Self {
        Self { inner, known: Mutex::default() }
    }
}

impl<C: CheckRowMac> CheckRowMac for Remembering<C> {
    async fn is_row_mac(&self, digest: &RowDigest, mac: &RowMac) -> Result<bool, PortError> {
        let name = (running::now(), *digest, *mac);
        // A panic elsewhere leaves both whole, or with one entry more in the order.
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known().right.contains(&name) {
            return Ok(true);
        }
        let is_right = self.inner.is_row_mac(digest, mac).await?;
        let mut known = known();
        if is_right && known.right.insert(name) {
            known.in_order.push_back(name);
            if known.in_order.len() > MOST
                && let Some(first) = known.in_order.pop_front()
            {
                known.right.remove(&first);
            }
        }
        Ok(is_right)
    }
}

/// Makes and checks the MACs of rows.
#[derive(Clone)]
pub struct RowMacs {
    deployment: Arc<str>,
    kms: KmsRowMacs,
    checked: Arc<Remembering<KmsRowMacs>>,
}

impl RowMacs {
    /// MACs of the rows of a deployment, by this KMS key (`HMAC_256`).
    #[must_use]
    pub fn new(clients: &Clients, key_id: String, deployment: &str) -> Self {
        let kms = KmsRowMacs { calls: clients.direct().clone(), key_id };
        Self { deployment: deployment.into(), checked: Arc::new(Remembering::new(kms.clone())), kms }
    }

    /// Whether rows of this one's kind have a MAC.
    #[must_use]
    pub fn covers(item: &Item) -> bool {
        row_kinds::is_covered(item)
    }

    /// The row with its MAC.
    ///
    /// # Errors
    ///
    /// What KMS reports; or that a row of this kind has no MAC.
    pub async fn sealed(&self, mut item: Item) -> Result<Item, PortError> {
        let digest = row_kinds::digest(&self.deployment, &item).ok_or(NoSuchKind).map_err(our_fault)?;
        let mac = self.kms.make_row_mac(&digest).await?;
        item.insert(MAC.to_owned(), AttributeValue::S(STANDARD.encode(mac.as_bytes())));
        Ok(item)
    }

    /// Whether a row is as Keyward wrote it, where it stands. Anything else rings the alarm of tampering.
    ///
    /// # Errors
    ///
    /// What KMS reports.
    pub(super) async fn is_authentic(&self, item: &Item) -> Result<bool, PortError> {
        let mac = text_of(item, MAC).and_then(|mac| STANDARD.decode(mac).ok());
        let mac = mac.and_then(|mac| RowMac::from_bytes(&mac));
        let is_authentic = match row_kinds::digest(&self.deployment, item).zip(mac) {
            Some((digest, mac)) => self.checked.is_row_mac(&digest, &mac).await?,
            None => false,
        };
        if !is_authentic {
            tracing::error!("a row that would grant something was not written by Keyward: it grants nothing");
            Metric::DoesNotOpen.record(1);
        }
        Ok(is_authentic)
    }
}

impl Tables {
    /// What a row says that is to be changed; `None` where there is none.
    ///
    /// # Errors
    ///
    /// That the row is unreadable if it is not authentic, or if Keyward could not have written it; and what KMS reports.
    pub(super) async fn authentic_row<T>(
        &self,
        found: Option<Item>,
        read: impl FnOnce(Item) -> Option<T>,
        what: StoredRow,
    ) -> Result<Option<T>, Error> {
        let is_there = found.is_some();
        let row = self.authentic(found).await?.and_then(read);
        if is_there && row.is_none() { Err(Error::RowUnreadable(what)) } else { Ok(row) }
    }

    /// A row that was found, if it is authentic.
    pub(super) async fn authentic(&self, found: Option<Item>) -> Result<Option<Item>, PortError> {
        match found {
            Some(item) if self.macs.is_authentic(&item).await? => Ok(Some(item)),
            Some(_) | None => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use keyward_shared::row_mac::{Member, Members, RowPlace};

    use super::*;

    /// Takes every MAC of ones, and counts how often it is asked.
    #[derive(Default)]
    struct Ones(AtomicU32);

    impl CheckRowMac for Ones {
        async fn is_row_mac(&self, _: &RowDigest, mac: &RowMac) -> Result<bool, PortError> {
            match self.0.fetch_add(1, Ordering::Relaxed) {
                0 => Err(PortError::Unavailable { service: KMS, source: "away".into() }),
                _ => Ok(mac.as_bytes() == &[1; 32]),
            }
        }
    }

    impl Remembering<Ones> {
        fn asked(&self) -> u32 {
            self.inner.0.load(Ordering::Relaxed)
        }
    }

    fn digest(row: &str) -> RowDigest {
        let place = RowPlace { deployment: "keyward", table: "keyward", partition: "MEMBER#acme", row };
        RowDigest::of(&place, &Members::from([("role", Member::Text("owner"))]))
    }

    fn mac(byte: u8) -> RowMac {
        RowMac::from_bytes(&[byte; 32]).unwrap()
    }

    #[tokio::test]
    async fn what_was_right_is_asked_for_once_and_anything_else_each_time() {
        let checked = Remembering::new(Ones::default());
        let (row, other) = (digest("MEMBER#u-1"), digest("MEMBER#u-2"));
        assert!(checked.is_row_mac(&row, &mac(1)).await.is_err());
        for _ in 0..3 {
            assert!(checked.is_row_mac(&row, &mac(1)).await.unwrap());
        }
        assert_eq!(checked.asked(), 2);
        for asked in [3, 4] {
            assert!(!checked.is_row_mac(&row, &mac(2)).await.unwrap());
            assert_eq!(checked.asked(), asked);
        }
        // What is remembered stands for this row alone, and for the function that asked.
        assert!(checked.is_row_mac(&other, &mac(1)).await.unwrap());
        assert_eq!(checked.asked(), 5);
        let ones = mac(1);
        let elsewhere = running::RUNNING.scope("get_key", checked.is_row_mac(&row, &ones));
        assert!(elsewhere.await.unwrap());
        assert_eq!(checked.asked(), 6);
    }

    #[tokio::test]
    async fn memory_is_bounded_and_what_was_asked_for_first_goes() {
        let checked = Remembering::new(Ones(AtomicU32::new(1)));
        for number in 0..=MOST {
            assert!(checked.is_row_mac(&digest(&number.to_string()), &mac(1)).await.unwrap());
        }
        let known = checked.known.lock().unwrap();
        assert_eq!((known.right.len(), known.in_order.len()), (MOST, MOST));
        assert!(!known.right.contains(&("", digest("0"), mac(1))));
        assert!(known.right.contains(&("", digest("1"), mac(1))));
    }
}
