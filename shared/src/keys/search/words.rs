//! The words that a key is found by, and the words that somebody asks for. Both are made in the same way.

use std::{collections::BTreeSet, str::FromStr};

use icu_normalizer::{DecomposingNormalizerBorrowed, properties::CanonicalCombiningClassMapBorrowed};

use crate::{
    error::Error,
    ids::{EndpointId, KeyId, OrganizationId},
    keys::key::Key,
    membership::profile::Organization,
    sealing::EntryName,
    system::{Library, Listed, SystemId},
    title::Title,
};

/// The most words that a key is found by.
pub const MOST_WORDS: usize = 24;
/// Longer words are found by their beginning.
const MOST_CHARACTERS: usize = 40;

/// Marks an id among the words: of a key without its `key_`, of an endpoint as it is. No word of a text begins with one of these three.
const ID: char = ':';
/// Marks the id of a system. Its titles are not in the index: they may change without the key.
const SYSTEM: char = '=';
/// Marks the id of an organization, for the same reason.
const ORGANIZATION: char = '@';
/// What the ids of keys begin with.
const KEY_ID: &str = "key_";
/// What the ids of sources and destinations begin with.
const ENDPOINT_IDS: [&str; 2] = ["src_", "dst_"];

/// The words of a text: pieces of letters and digits, in lower case and without accents.
pub(crate) fn words(text: &str) -> impl Iterator<Item = String> {
    folded(text)
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().take(MOST_CHARACTERS).collect())
        .collect::<Vec<String>>()
        .into_iter()
}

/// A text in lower case, decomposed (Unicode Standard Annex 15, NFKD) and without the marks that combine with letters. Letters that
/// are written with others where they are missing are so here.
fn folded(text: &str) -> String {
    let marks = CanonicalCombiningClassMapBorrowed::new();
    let decomposed = DecomposingNormalizerBorrowed::new_nfkd();
    let plain = decomposed.normalize_iter(text.chars()).filter(|character| marks.get_u8(*character) == 0);
    let mut folded = String::with_capacity(text.len());
    for character in plain.flat_map(char::to_lowercase).filter(|character| marks.get_u8(*character) == 0) {
        match character {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'þ' => folded.push_str("th"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' | 'ð' => folded.push('d'),
            'ı' => folded.push('i'),
            'ς' => folded.push('σ'),
            other => folded.push(other),
        }
    }
    folded
}

/// The words that a key is found by, [`MOST_WORDS`] at most: its id, its system, its title, its organizations, and the hosts of its
/// addresses, in this order.
///
/// # Errors
///
/// [`Error::KeyUnreadable`] for a key with a value that could not have been saved.
pub fn words_of(key: &Key) -> Result<BTreeSet<String>, Error> {
    let organizations = key.entries.keys().filter_map(|entry| match entry {
        EntryName::Organization(id) => Some(organization_word(id)),
        EntryName::Default | EntryName::Headers => None,
    });
    let origins = key.all_origins()?;
    let mut found = BTreeSet::new();
    let all = [key_word(&key.id), system_word(key.system.as_str())]
        .into_iter()
        .chain(words(key.title.as_str()))
        .chain(organizations)
        .chain(origins.iter().flat_map(|origin| words(host(origin))));
    for word in all {
        found.insert(word);
        if found.len() == MOST_WORDS {
            break;
        }
    }
    Ok(found)
}

/// The host of an origin such as `https://api.example.com:8443`.
fn host(origin: &str) -> &str {
    let rest = origin.split_once("://").map_or(origin, |(_, rest)| rest);
    match rest.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        Some(_) | None => rest,
    }
}

pub(crate) fn key_word(id: &KeyId) -> String {
    let id = id.to_string();
    format!("{ID}{}", id.strip_prefix(KEY_ID).unwrap_or(&id))
}

pub(crate) fn endpoint_word(id: &EndpointId) -> String {
    format!("{ID}{id}")
}

pub(crate) fn system_word(id: &str) -> String {
    format!("{SYSTEM}{id}")
}

pub(crate) fn organization_word(id: &OrganizationId) -> String {
    format!("{ORGANIZATION}{id}")
}

/// What somebody looks for: words, each of which is the beginning of a word of a key or an endpoint, of its system's or organizations'
/// titles, or of its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked(BTreeSet<String>);

/// Why a text cannot be looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AskedError {
    /// Longer than any title.
    #[error("must have at most {} characters", Title::MAX_CHARACTERS)]
    TooLong,
    /// Nothing to look for.
    #[error("must have a letter or a digit")]
    NoWord,
}

impl FromStr for Asked {
    type Err = AskedError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.chars().count() > Title::MAX_CHARACTERS {
            return Err(AskedError::TooLong);
        }
        let mut asked = BTreeSet::new();
        for piece in text.split_whitespace() {
            match beginning_of_id(piece) {
                Some(word) => drop(asked.insert(word)),
                None => asked.extend(words(piece)),
            }
        }
        if asked.is_empty() { Err(AskedError::NoWord) } else { Ok(Self(asked)) }
    }
}

/// The beginning of an id, as it stands among the words.
fn beginning_of_id(piece: &str) -> Option<String> {
    let of_key = piece.strip_prefix(KEY_ID).map(|id| ("", id));
    let of_endpoint = || ENDPOINT_IDS.iter().find_map(|kind| Some((*kind, piece.strip_prefix(kind)?)));
    let (kind, id) = of_key.or_else(of_endpoint)?;
    let is_one = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    is_one.then(|| format!("{ID}{kind}{}", id.to_ascii_lowercase()))
}

impl Asked {
    /// The words in one order, whatever order they were asked in.
    #[must_use]
    pub fn text(&self) -> String {
        self.0.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
    }

    /// What a key must have: something of each word.
    #[must_use]
    pub fn wanted(&self, organizations: &[Organization]) -> Vec<Wanted> {
        self.0.iter().map(|word| Wanted::by(word, organizations)).collect()
    }
}

/// What one word that is asked for stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// A word of the key begins with this.
    beginning: Option<String>,
    /// Or it is one of these.
    systems: BTreeSet<String>,
    /// Or one of these.
    organizations: BTreeSet<String>,
}

/// A part of the index: the words from one to another, with both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Span {
    /// All words that begin with this.
    Beginning(String),
    /// All words between two, with both. They have the same mark.
    Between(String, String),
}

impl Wanted {
    fn by(word: &str, organizations: &[Organization]) -> Self {
        let named = |texts: [&str; 2]| {
            !word.starts_with(ID) && texts.into_iter().flat_map(words).any(|part| part.starts_with(word))
        };
        let is_system = |system: &&Listed| named([system.id, system.name]);
        let is_organization = |one: &&Organization| named([one.id.as_str(), one.title.as_str()]);
        let systems = Library::listed().iter().filter(is_system);
        let organizations = organizations.iter().filter(is_organization);
        Self {
            beginning: Some(word.to_owned()),
            systems: systems.map(|system| system_word(system.id)).collect(),
            organizations: organizations.map(|one| organization_word(&one.id)).collect(),
        }
    }

    /// A key of this system.
    #[must_use]
    pub fn of_system(system: &SystemId) -> Self {
        Self {
            beginning: None,
            systems: BTreeSet::from([system_word(system.as_str())]),
            organizations: BTreeSet::new(),
        }
    }

    /// How long the word is that was asked for: a longer one is met more seldom.
    #[must_use]
    pub fn length(&self) -> usize {
        self.beginning.as_ref().map_or(0, String::len)
    }

    /// The first of these words that it stands for.
    #[must_use]
    pub fn first_in<'w>(&self, words: &'w BTreeSet<String>) -> Option<&'w str> {
        let fits = |word: &&String| {
            self.beginning.as_ref().is_some_and(|beginning| word.starts_with(beginning))
                || self.systems.contains(*word)
                || self.organizations.contains(*word)
        };
        words.iter().find(fits).map(String::as_str)
    }

    /// The parts of the index with all that it stands for, three at most. They may have more.
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        let between =
            |words: &BTreeSet<String>| Some(Span::Between(words.first()?.clone(), words.last()?.clone()));
        let beginning = self.beginning.clone().map(Span::Beginning);
        [beginning, between(&self.systems), between(&self.organizations)].into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::keys::change::tests::stored;

    fn all(text: &str) -> Vec<String> {
        words(text).collect()
    }

    fn set(words: &[&str]) -> BTreeSet<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn organization(id: &str, title: &str) -> Organization {
        Organization { id: id.parse().unwrap(), title: title.parse().unwrap() }
    }

    #[test]
    fn words_are_compared_without_case_accents_and_what_stands_between_them() {
        assert_eq!(all("Live UK – Shopify (2)"), ["live", "uk", "shopify", "2"]);
        assert_eq!(all("Über Straße, CAFÉ Ångström"), ["uber", "strasse", "cafe", "angstrom"]);
        assert_eq!(all("u\u{308}ber"), ["uber"], "composed or not");
        assert_eq!(all("Łódź İstanbul ŒUVRE Ø"), ["lodz", "istanbul", "oeuvre", "o"]);
        assert_eq!(all("ΟΔΟΣ οδος"), ["οδοσ", "οδοσ"]);
        assert_eq!(all("Ｓｈｏｐ ﬁrst"), ["shop", "first"]);
        assert_eq!(all("東京 店"), ["東京", "店"]);
        assert_eq!(all(&"x".repeat(100)), ["x".repeat(40)]);
        assert_eq!(all(" -/. "), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn folding_a_word_again_changes_nothing(text in ".{0,40}") {
            let once = all(&text);
            prop_assert_eq!(all(&once.join(" ")), once);
        }

        #[test]
        fn what_is_typed_of_a_title_finds_it(title in "[\\p{L}\\p{N} .-]{1,60}", cut in 0usize..60) {
            let of_title: BTreeSet<String> = words(&title).collect();
            let typed: String = title.chars().take(cut).collect();
            if let Ok(asked) = typed.parse::<Asked>() {
                // The last letter may be without the mark or the second letter that follows it.
                let all = asked.wanted(&[]).iter().all(|wanted| wanted.first_in(&of_title).is_some());
                prop_assert!(all, "{:?} in {:?}", asked, of_title);
            }
        }
    }

    #[test]
    fn a_key_is_found_by_its_id_system_title_organizations_and_hosts() {
        let mut key = stored();
        key.title = "Live UK ERP".parse().unwrap();
        let found = words_of(&key).unwrap();
        let id = key.id.to_string().replace("key_", ":");
        for word in ["live", "uk", "erp", &id, &format!("={}", key.system)] {
            assert!(found.contains(word), "{word} in {found:?}");
        }
        let host = key.all_origins().unwrap().first().map(|origin| host(origin).to_owned()).unwrap();
        assert!(words(&host).all(|word| found.contains(&word)), "{host} in {found:?}");
        assert!(!found.contains("https"));
    }

    #[test]
    fn a_key_has_24_words_at_most_and_those_of_its_title_before_its_organizations() {
        let mut key = stored();
        let entry = key.entries.remove(&EntryName::Default).unwrap();
        for number in 0..40 {
            key.entries.insert(format!("org_{number}").parse().unwrap(), entry.clone());
        }
        key.title = "one two three four five six seven eight nine ten".parse().unwrap();
        let found = words_of(&key).unwrap();
        assert_eq!(found.len(), MOST_WORDS);
        assert!(found.contains("ten") && found.iter().any(|word| word.starts_with("@org_")));
    }

    #[test]
    fn hosts_are_told_from_ports_and_schemes() {
        for (origin, expected) in [
            ("https://api.example.com", "api.example.com"),
            ("sftp://files.example.com:22", "files.example.com"),
            ("https://[2001:db8::1]:8443", "[2001:db8::1]"),
            ("smtp.example.com:587", "smtp.example.com"),
        ] {
            assert_eq!(host(origin), expected);
        }
    }

    #[test]
    fn what_is_asked_for_is_refused_without_a_word() {
        assert_eq!("".parse::<Asked>(), Err(AskedError::NoWord));
        assert_eq!(" -_/ ".parse::<Asked>(), Err(AskedError::NoWord));
        assert_eq!("x".repeat(101).parse::<Asked>(), Err(AskedError::TooLong));
        let asked = |text: &str| text.parse::<Asked>().unwrap().text();
        assert_eq!(asked("UK live  uk"), "live uk");
        assert_eq!(asked("key_01A2-b"), ":01a2-b");
        assert_eq!(asked("src_01A2 dst_0"), ":dst_0 :src_01a2");
        assert_eq!(asked("key_uk"), "key uk", "no id");
        assert_eq!(asked("key_"), "key");
    }

    #[test]
    fn a_word_stands_for_the_systems_and_organizations_that_have_it_in_their_titles() {
        let organizations =
            [organization("org_uk", "Acme Britain"), organization("org_de", "Acme Deutschland")];
        let wanted = |text: &str| text.parse::<Asked>().unwrap().wanted(&organizations).remove(0);
        let of_uk = set(&[":01a2", "=shopify", "@org_uk", "live"]);
        for text in ["live", "li", "shop", "SHOPIFY", "brit", "key_01a2"] {
            assert!(wanted(text).first_in(&of_uk).is_some(), "{text}");
        }
        for text in ["deutsch", "ive", "key_02", "netsuite", "01a2"] {
            assert_eq!(wanted(text).first_in(&of_uk), None, "{text}");
        }
        let spans = wanted("acme").spans();
        let between = Span::Between("@org_de".to_owned(), "@org_uk".to_owned());
        assert_eq!(spans, [Span::Beginning("acme".to_owned()), between]);
    }
}
