//! The zips for Lambda, and the functions whose code each of them holds.

use super::FunctionName;

/// A zip for Lambda.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Package {
    /// The binary `bootstrap`, for most functions.
    Functions,
    /// The binary `trials`, which logs in to mail and file servers, too.
    Trials,
    /// The binary `bootstrap` with the files of the control panel.
    Panel,
}

impl Package {
    /// Every zip.
    pub const ALL: [Self; 3] = [Self::Functions, Self::Trials, Self::Panel];

    /// The functions that need this zip: every other function takes [`Self::Functions`].
    #[must_use]
    pub const fn functions(self) -> &'static [FunctionName] {
        match self {
            Self::Functions => &[],
            Self::Trials => &[FunctionName::VerifyKey, FunctionName::VerifyDraft],
            Self::Panel => &[FunctionName::GetPanel],
        }
    }

    /// The binary in it. The zip calls each of them `bootstrap`, as Lambda wants.
    #[must_use]
    pub const fn binary(self) -> &'static str {
        match self {
            Self::Functions | Self::Panel => "bootstrap",
            Self::Trials => "trials",
        }
    }

    /// The parameter of `app.yaml` that names the zip in the bucket.
    #[must_use]
    pub const fn parameter(self) -> &'static str {
        match self {
            Self::Functions => "CodeKey",
            Self::Trials => "TrialsCodeKey",
            Self::Panel => "PanelCodeKey",
        }
    }
}
