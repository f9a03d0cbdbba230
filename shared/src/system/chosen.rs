//! Parameters of a strategy that are one of a few words: fixed by the template, or chosen in a field.

use crate::interpolation::MissingValue;
pub use crate::{
    outbound::{FtpTls, SmtpSecurity},
    soap::SoapFlavour,
};

/// A parameter whose values Rust knows.
pub trait Word: Copy + 'static {
    /// Every value.
    const ALL: &'static [Self];

    /// The word in templates, fields and JSON.
    fn as_str(self) -> &'static str;

    /// The value that a word stands for.
    #[must_use]
    fn of(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| value.as_str() == word)
    }
}

/// A parameter, or the field in which people choose it. Every choice of that field is a word of `T`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chosen<T> {
    /// The template says which.
    Fixed(T),
    /// The entry says which.
    Field {
        /// The field's id.
        field: String,
        /// What holds when the field has no value.
        default: Option<T>,
    },
}

impl<T: Word> Chosen<T> {
    /// Which one it is beside these values.
    ///
    /// # Errors
    ///
    /// [`MissingValue`] when the field has neither a value that is a word of `T` nor a default.
    pub fn resolve<'v>(&self, values: impl Fn(&str) -> Option<&'v str>) -> Result<T, MissingValue> {
        match self {
            Self::Fixed(value) => Ok(*value),
            Self::Field { field, default } => match values(field) {
                Some(word) => T::of(word).ok_or_else(|| MissingValue::of(field)),
                None => default.ok_or_else(|| MissingValue::of(field)),
            },
        }
    }

    /// The field in which it is chosen.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Fixed(_) => None,
            Self::Field { field, .. } => Some(field),
        }
    }
}

macro_rules! word {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl Word for $name {
            const ALL: &'static [Self] = &[$(Self::$variant,)+];

            fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }
    };
}

word!(
    /// Where an AWS signature stands in the request.
    Placement {
        /// In the `Authorization` header.
        Header = "header",
        /// In the query: a presigned address.
        Query = "query",
    }
);
word!(
    /// What an HMAC-SHA256 signature covers and how it is sent.
    HmacScheme {
        /// HTTP Message Signatures (RFC 9421), algorithm `hmac-sha256`.
        Rfc9421 = "rfc9421",
        /// The scheme of Azure App Configuration.
        Azure = "azure",
        /// The Standard Webhooks specification.
        StandardWebhooks = "standard-webhooks",
        /// The body alone, in a header of the receiver's choice.
        Body = "body",
    }
);
word!(
    /// How signature bytes are written in a header.
    SignatureEncoding {
        /// Hexadecimal, lower case.
        Hex = "hex",
        /// Base64 with padding (RFC 4648 §4).
        Base64 = "base64",
    }
);
word!(
    /// How an OAuth 2.0 client shows who it is (RFC 6749 §2.3.1).
    ClientAuthentication {
        /// HTTP Basic.
        Basic = "basic",
        /// In the form.
        Post = "post",
    }
);
word!(
    /// How a client assertion is signed (RFC 7518 §3.1).
    JwtAlgorithm {
        /// RSASSA-PKCS1-v1_5 with SHA-256.
        Rs256 = "RS256",
        /// RSASSA-PSS with SHA-256.
        Ps256 = "PS256",
        /// ECDSA on P-256 with SHA-256.
        Es256 = "ES256",
    }
);
word!(
    /// Where the scope of a client assertion grant stands.
    ScopePlace {
        /// In the form (RFC 7521 §4.2).
        Request = "request",
        /// In the assertion's claims, as a list.
        Assertion = "assertion",
    }
);
impl Word for SmtpSecurity {
    const ALL: &'static [Self] = &[Self::Tls, Self::StartTls];

    fn as_str(self) -> &'static str {
        match self {
            Self::Tls => "tls",
            Self::StartTls => "starttls",
        }
    }
}
impl Word for FtpTls {
    const ALL: &'static [Self] = &[Self::None, Self::Explicit, Self::Implicit];

    fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Explicit => "explicit",
            Self::Implicit => "implicit",
        }
    }
}
impl Word for SoapFlavour {
    const ALL: &'static [Self] = &[Self::Peoplevox, Self::Magento1];

    fn as_str(self) -> &'static str {
        match self {
            Self::Peoplevox => "peoplevox",
            Self::Magento1 => "magento-1",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_reads_back_as_it_was_written() {
        for scheme in HmacScheme::ALL {
            assert_eq!(HmacScheme::of(scheme.as_str()), Some(*scheme));
        }
        assert_eq!(HmacScheme::of("RFC9421"), None);
    }

    #[test]
    fn a_field_decides_and_its_default_stands_in() {
        let chosen = Chosen::Field { field: "placement".to_owned(), default: Some(Placement::Header) };
        assert_eq!(chosen.resolve(|_| Some("query")), Ok(Placement::Query));
        assert_eq!(chosen.resolve(|_| None), Ok(Placement::Header));
        assert!(chosen.resolve(|_| Some("body")).is_err());
        assert_eq!(Chosen::Fixed(Placement::Query).resolve(|_| Some("header")), Ok(Placement::Query));
        let bare = Chosen::<Placement>::Field { field: "placement".to_owned(), default: None };
        assert_eq!(bare.resolve(|_| None).unwrap_err().field(), "placement");
    }
}
