//! SFTP over SSH (RFC 4253), with a password (RFC 4252 §8) or a key (RFC 4252 §7).

use serde::Deserialize;

use super::{Before, Failed, OwnedLogin, Parameters, Scheme, Server, Unsigned, Values, login::Way};
use crate::{
    interpolation::{Interpolation, MissingValue},
    moment::Random,
    outbound::SftpProof,
    signing::{Owned, Reveals, Signed},
};

/// SFTP over SSH.
#[derive(Debug, Deserialize)]
#[serde(try_from = "RawSftp")]
pub struct Sftp {
    host: Interpolation,
    port: Interpolation,
    username: Interpolation,
    /// What shows who the user is. With both, the password may have no value: few servers want it beside a key.
    proof: SftpProof<Interpolation>,
    /// The fingerprint of the server's key.
    host_key: Interpolation,
}

/// The same as it is written: which proof there is, its members say.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSftp {
    host: Interpolation,
    port: Interpolation,
    username: Interpolation,
    password: Option<Interpolation>,
    private_key: Option<Interpolation>,
    host_key: Interpolation,
}

impl TryFrom<RawSftp> for Sftp {
    type Error = &'static str;

    fn try_from(raw: RawSftp) -> Result<Self, Self::Error> {
        let proof = match (raw.password, raw.private_key) {
            (Some(password), None) => SftpProof::Password(password),
            (None, Some(private_key)) => SftpProof::PrivateKey(private_key),
            (Some(password), Some(private_key)) => SftpProof::Both { private_key, password },
            (None, None) => return Err("needs `password`, `private_key`, or both"),
        };
        Ok(Self { host: raw.host, port: raw.port, username: raw.username, proof, host_key: raw.host_key })
    }
}

impl Sftp {
    pub(super) const fn address(&self) -> (&Interpolation, &Interpolation) {
        (&self.host, &self.port)
    }

    pub(super) fn login(&self, values: &impl Values) -> Result<OwnedLogin, MissingValue> {
        let host_key = values.optional(Some(&self.host_key)).map(|text| text.expose().to_owned());
        let proof = match &self.proof {
            SftpProof::Password(password) => SftpProof::Password(values.secret(password)?),
            SftpProof::PrivateKey(private_key) => SftpProof::PrivateKey(values.secret(private_key)?),
            SftpProof::Both { private_key, password } => {
                let private_key = values.secret(private_key)?;
                match values.optional(Some(password)) {
                    Some(password) => SftpProof::Both { private_key, password },
                    None => SftpProof::PrivateKey(private_key),
                }
            }
        };
        Ok(OwnedLogin { username: values.text(&self.username)?, way: Way::Sftp { proof, host_key } })
    }
}

impl Scheme for Sftp {
    fn reveals(&self) -> Reveals {
        Reveals::Secret
    }

    fn parameters(&self) -> Parameters<'_> {
        let parameters = Parameters::default()
            .public("host", &self.host)
            .public("port", &self.port)
            .secret("username", &self.username);
        let parameters = match &self.proof {
            SftpProof::Password(password) => parameters.secret("password", password),
            SftpProof::PrivateKey(private_key) => parameters.secret("private_key", private_key),
            SftpProof::Both { private_key, password } => {
                parameters.secret("private_key", private_key).secret("password", password)
            }
        };
        parameters.public("host_key", &self.host_key)
    }

    fn owned(&self, _: &impl Values) -> Vec<Owned> {
        Vec::new()
    }

    fn before(&self) -> Before<'_> {
        Before::Login(Server::Sftp(self))
    }

    fn sign(&self, _: &impl Values, _: &Unsigned<'_, impl Random>) -> Result<Signed, Failed> {
        Err(Failed::NoRequests)
    }
}
