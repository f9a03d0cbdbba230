//! The operations of the embedded KMS. Each operation is a function from the keys and a request to an
//! answer.

use std::str::FromStr;

use super::error::KmsError;

pub(super) mod data_keys;
pub(super) mod keys;
pub(super) mod macs;
pub(super) mod signatures;

/// The operations, by their names in `X-Amz-Target`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    CreateAlias,
    CreateKey,
    Decrypt,
    DescribeKey,
    DisableKey,
    EnableKey,
    GenerateDataKey,
    GenerateMac,
    GetPublicKey,
    ReEncrypt,
    RotateKeyOnDemand,
    Sign,
    Verify,
    VerifyMac,
}

impl FromStr for Operation {
    type Err = KmsError;

    fn from_str(target: &str) -> Result<Self, Self::Err> {
        Ok(match target.strip_prefix("TrentService.").unwrap_or_default() {
            "CreateAlias" => Self::CreateAlias,
            "CreateKey" => Self::CreateKey,
            "Decrypt" => Self::Decrypt,
            "DescribeKey" => Self::DescribeKey,
            "DisableKey" => Self::DisableKey,
            "EnableKey" => Self::EnableKey,
            "GenerateDataKey" => Self::GenerateDataKey,
            "GenerateMac" => Self::GenerateMac,
            "GetPublicKey" => Self::GetPublicKey,
            "ReEncrypt" => Self::ReEncrypt,
            "RotateKeyOnDemand" => Self::RotateKeyOnDemand,
            "Sign" => Self::Sign,
            "Verify" => Self::Verify,
            "VerifyMac" => Self::VerifyMac,
            _ => return Err(KmsError::UnknownOperation),
        })
    }
}
