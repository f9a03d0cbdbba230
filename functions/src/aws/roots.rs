//! The root certificates that AWS's services are verified with. Amazon's own are built in, so that a function does not read
//! the system's 145 while it starts.

use std::sync::Arc;

use tokio_rustls::rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

const AMAZON: &str = include_str!("amazon.pem");

/// Root certificates, of which each can be read.
#[derive(Clone)]
pub struct Roots(Arc<[CertificateDer<'static>]>);

/// The file has no certificate that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no root certificate in PEM can be read")]
pub struct NoRoots;

impl Roots {
    /// Those of Amazon.
    #[must_use]
    pub fn amazon() -> Self {
        Self(CertificateDer::pem_slice_iter(AMAZON.as_bytes()).filter_map(Result::ok).collect())
    }

    /// Those of a file in PEM. Certificates of another kind than a root certificate are left out, as lists of systems have some.
    ///
    /// # Errors
    ///
    /// [`NoRoots`] where none is left.
    pub fn from_pem(pem: &[u8]) -> Result<Self, NoRoots> {
        let all = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>().map_err(|_| NoRoots)?;
        let is_root =
            |certificate: &CertificateDer<'static>| RootCertStore::empty().add(certificate.clone()).is_ok();
        let good: Arc<[_]> = all.into_iter().filter(is_root).collect();
        if good.is_empty() { Err(NoRoots) } else { Ok(Self(good)) }
    }

    /// A store of these and no others.
    pub(super) fn store(&self) -> RootCertStore {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(self.0.iter().cloned());
        store
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest::{SHA256, digest};

    use super::*;

    /// The SHA-256 hashes of the roots' public keys, as <https://www.amazontrust.com/repository/> lists them.
    const PUBLISHED: [&str; 5] = [
        "fbe3018031f9586bcbf41727e417b7d1c45c2f47f93be372a17b96b50757d5a2",
        "7f4296fc5b6a4e3b35d3c369623e364ab1af381d8fa7121533c9d6c633ea2461",
        "36abc32656acfc645c61b71613c4bf21c787f5cabbee48348d58597803d7abc9",
        "f7ecded5c66047d28ed6466b543c40e0743abe81d109254dcf845d4c2c7853c5",
        "2b071c59a0a0ae76b0eadb2bad23bad4580b69c3601b630c2eaf0613afa83f92",
    ];

    /// A sequence in DER (X.690 §8.9): its tag, its length, and what it holds.
    fn sequence(content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        let length = match length {
            [0, short @ 0..=0x7f] => vec![short],
            [0, middle] => vec![0x81, middle],
            [high, low] => vec![0x82, high, low],
        };
        [&[0x30], length.as_slice(), content].concat()
    }

    #[test]
    fn the_roots_that_are_built_in_are_amazons() {
        let mut store = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(AMAZON.as_bytes()) {
            store.add(certificate.unwrap()).unwrap();
        }
        let keys = store.roots.iter().map(|root| sequence(&root.subject_public_key_info));
        let hashes: Vec<_> = keys.map(|key| hex::encode(digest(&SHA256, &key))).collect();
        assert_eq!(hashes, PUBLISHED);
    }

    #[test]
    fn what_holds_no_root_certificate_is_refused() {
        let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        let damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for pem in ["", "no PEM", key, damaged] {
            assert_eq!(Roots::from_pem(pem.as_bytes()).err(), Some(NoRoots), "{pem}");
        }
    }

    #[test]
    fn a_certificate_that_cannot_be_read_takes_nothing_from_the_others() {
        let damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let pem = format!("{damaged}{AMAZON}");
        let roots = Roots::from_pem(pem.as_bytes()).unwrap();
        assert_eq!(roots.0.len(), PUBLISHED.len());
    }
}
