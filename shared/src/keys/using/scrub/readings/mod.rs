//! Reading a text again with one kind of writing undone, without knowing which one it was: escapes of the common
//! languages, and bytes written as text.

mod backslashes;
mod escapes;
mod lists;
mod pieces;
mod radix;
mod references;
mod unseen;

use zeroize::Zeroizing;

use backslashes::Backslash;
use escapes::Rules;
pub(super) use unseen::{letters, squeezed, visible};

/// One way to read a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// Addresses, JSON, XML, HTML, and programs in most languages.
    Web,
    /// Text in UTF-16.
    Utf16,
    /// Text that was wrapped.
    Joined,
    /// A form: a plus sign is a space.
    Form,
    /// Quoted-printable (RFC 2045 §6.7): an equals sign begins an escape.
    Mail,
    /// CSS, where a backslash begins up to six hexadecimal digits.
    Css,
    /// LDAP (RFC 4515 §3) and RTF, where a backslash begins two hexadecimal digits.
    TwoDigits,
    /// DNS zone files (RFC 1035 §5.1), where a backslash begins three decimal digits.
    Decimal,
    /// Text that ends and goes on, as programs put it together.
    Continued,
    /// The same, with quotation marks that are doubled, or escaped as shells do it.
    Quotes,
    /// Text with markup or colours in it.
    Markup,
    /// Base64 (RFC 4648 §4 and §5).
    Base64,
    /// Base32 (RFC 4648 §6 and §7).
    Base32,
    /// Hexadecimal digits, with or without signs between the bytes.
    Hexadecimal,
    /// The bytes or characters as a list of numbers.
    List,
}

impl Reading {
    pub(super) const ALL: &[Self] = &[
        Self::Web,
        Self::Utf16,
        Self::Joined,
        Self::Form,
        Self::Mail,
        Self::Css,
        Self::TwoDigits,
        Self::Decimal,
        Self::Continued,
        Self::Quotes,
        Self::Markup,
        Self::Base64,
        Self::Base32,
        Self::Hexadecimal,
        Self::List,
    ];

    /// Those that make a difference for letters and digits.
    pub(super) const OF_LETTERS: &[Self] = &[
        Self::Web,
        Self::Utf16,
        Self::Joined,
        Self::Mail,
        Self::Css,
        Self::TwoDigits,
        Self::Decimal,
        Self::Continued,
        Self::Markup,
        Self::Base64,
        Self::Base32,
        Self::Hexadecimal,
        Self::List,
    ];

    /// The text as it reads so; `None` if that is no other text. Of bytes written as text, only what is at least `shortest`
    /// bytes long is read.
    pub(super) fn of(self, text: &[u8], shortest: usize) -> Option<Zeroizing<Vec<u8>>> {
        let rules = Rules { plus: false, equals: false, backslash: Backslash::Common };
        match self {
            Self::Web => escapes::undone(text, rules),
            Self::Utf16 => unseen::from_utf_16(text),
            Self::Joined => pieces::joined(text),
            Self::Form => {
                text.contains(&b'+').then(|| escapes::undone(text, Rules { plus: true, ..rules }))?
            }
            Self::Mail => {
                text.contains(&b'=').then(|| escapes::undone(text, Rules { equals: true, ..rules }))?
            }
            Self::Css => escapes::undone_backslashes(text, Backslash::Css),
            Self::TwoDigits => escapes::undone_backslashes(text, Backslash::TwoDigits),
            Self::Decimal => escapes::undone_backslashes(text, Backslash::Decimal),
            Self::Continued => pieces::continued(text),
            Self::Quotes => pieces::unquoted(text),
            Self::Markup => pieces::without_markup(text),
            Self::Base64 => radix::base64(text, shortest),
            Self::Base32 => radix::base32(text, shortest),
            Self::Hexadecimal => radix::hexadecimal(text, shortest),
            Self::List => lists::numbers(text, shortest),
        }
    }
}
