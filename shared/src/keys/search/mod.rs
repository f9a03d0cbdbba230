//! Finding keys by any of their words.
//!
//! An index has an item for each word of each key. The function that reads the table's stream writes it after each change, from the
//! key's row, in one transaction with the record of what it wrote: whatever happens on the way, the items of a key are those that its
//! record names. A search reads a bounded part of the index, and then the rows of the keys that it found. What it answers is
//! therefore what the rows say, and only which keys are found may lag.

mod index;
mod words;

use std::collections::BTreeSet;

use futures_util::future::try_join_all;

use crate::{
    environment::Environment,
    error::Error,
    ids::{AccountId, KeyId},
    keys::list::{Filter, Row},
    page::{Cursor, Limit, Page},
    ports::{FindWords, ReadOrganizations, ReadSummaries},
    title,
};

pub use index::{Indexed, Recorded, index, without};
pub use words::{Asked, AskedError, MOST_WORDS, Span, Wanted, words_of};
pub(crate) use words::{endpoint_word, key_word, organization_word, system_word, words};

/// An item of the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// Its place in the order of the index.
    pub place: String,
    /// What it says; `None` for an item that cannot be read.
    pub said: Option<Said>,
}

/// What an item of the index says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The word that it stands for.
    pub word: String,
    /// The key.
    pub key: KeyId,
    /// All words of the key.
    pub words: BTreeSet<String>,
}

/// Some of a part of the index.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// The items, in their order.
    pub postings: Vec<Posting>,
    /// Whether there are more.
    pub more: bool,
}

/// How many items of a part of the index are read at once, where most of them may not have the other words.
const STEP: u16 = 200;
/// How often that many are read for a page. A page that is not full then goes on with the next request.
const STEPS: usize = 4;
/// How many of the words are tried to go by: the longest ones, as those are met most seldom, and the system.
const TRIED: usize = 2;

/// A page of the keys that have all words.
///
/// # Errors
///
/// What the ports report.
pub async fn search(
    store: &(impl FindWords + ReadSummaries + ReadOrganizations),
    account: &AccountId,
    (asked, filter): (&Asked, &Filter),
    after: Option<&Cursor>,
    limit: Limit,
) -> Result<Page<Row>, Error> {
    let organizations = store.read_organizations(account).await?;
    let mut wanted = asked.wanted(&organizations);
    wanted.sort_by_key(|wanted| std::cmp::Reverse(wanted.length()));
    wanted.extend(filter.system.as_ref().map(Wanted::of_system));
    let search = Search { store, account, wanted, environments: filter.environments(), limit };
    let (by, found) = match after.map(Cursor::place).and_then(|place| search.continued(place)) {
        Some((by, place)) => (by, search.round(by, Some(place)).await?),
        None => search.first_round().await?,
    };
    let (keys, next) = search.page(by, found).await?;
    let mut rows = store.read_summaries(account, &keys).await?;
    rows.retain(|row| row.key().is_none_or(|key| search.environments.contains(&key.environment)));
    rows.sort_by_cached_key(|row| row.key().map(|key| (title::fold(&key.title), key.id.to_string())));
    Ok(Page { rows, next: next.map(|place| Cursor::after(format!("{by}{place}"))) })
}

struct Search<'s, S> {
    store: &'s S,
    account: &'s AccountId,
    wanted: Vec<Wanted>,
    environments: Vec<Environment>,
    limit: Limit,
}

/// What one round read.
struct Round {
    /// The places and keys of the items that fit, in their order.
    fitting: Vec<(String, KeyId)>,
    /// How many items were read.
    read: usize,
    /// Up to where the index was read; `None` where it was read to its end.
    until: Option<String>,
}

impl<S: FindWords> Search<'_, S> {
    /// By which of the words an earlier page went, and where it ended.
    fn continued<'p>(&self, place: &'p str) -> Option<(usize, &'p str)> {
        let (by, place) = place.split_at_checked(1)?;
        let by = by.parse().ok().filter(|by| *by < self.wanted.len())?;
        Some((by, place))
    }

    /// The word to go by, with its first round: one of which all was read, or else the one of which most fits.
    async fn first_round(&self) -> Result<(usize, Round), Error> {
        let last = self.wanted.len().saturating_sub(1);
        let tried = (0..self.wanted.len()).filter(|by| *by < TRIED || *by == last);
        let rounds = tried.map(|by| async move { Ok::<_, Error>((by, self.round(by, None).await?)) });
        let rounds = try_join_all(rounds).await?;
        let best = rounds.into_iter().min_by_key(|(_, round)| match round.until {
            None => (false, round.read),
            Some(_) => (true, usize::MAX - round.fitting.len()),
        });
        best.ok_or(Error::NotFound)
    }

    /// How many items of each part are read at once. By a word alone nearly every item fits.
    fn step(&self) -> u16 {
        if self.wanted.len() == 1 { self.limit.rows() + 1 } else { STEP.max(self.limit.rows() + 1) }
    }

    /// Reads the parts of the index of one word from a place on.
    async fn round(&self, by: usize, after: Option<&str>) -> Result<Round, Error> {
        let spans = self.wanted.get(by).map(Wanted::spans).unwrap_or_default();
        let step = self.step();
        let parts = self.environments.iter().flat_map(|environment| {
            spans.iter().map(move |span| self.store.find_words(self.account, *environment, span, after, step))
        });
        let parts = try_join_all(parts).await?;
        let ends = parts.iter().filter(|part| part.more).filter_map(|part| part.postings.last());
        let until = ends.map(|posting| posting.place.clone()).min();
        let read = parts.iter().map(|part| part.postings.len()).sum();
        let mut postings: Vec<_> = parts.into_iter().flat_map(|part| part.postings).collect();
        postings.retain(|posting| until.as_ref().is_none_or(|until| posting.place <= *until));
        postings.sort_by(|one, other| one.place.cmp(&other.place));
        let fitting = postings.into_iter().filter_map(|Posting { place, said }| {
            let said = said?;
            self.fits(by, &said).then_some((place, said.key))
        });
        Ok(Round { fitting: fitting.collect(), read, until })
    }

    /// Whether an item's key has all words, and this is the first of its items with the word that the search goes by: so a key
    /// is found once, on whatever page.
    fn fits(&self, by: usize, said: &Said) -> bool {
        self.wanted.iter().enumerate().all(|(number, wanted)| match wanted.first_in(&said.words) {
            Some(first) => number != by || first == said.word,
            None => false,
        })
    }

    /// The keys of a page, and the place after which the next one begins.
    async fn page(&self, by: usize, first: Round) -> Result<(Vec<KeyId>, Option<String>), Error> {
        let (mut found, mut until) = (first.fitting, first.until);
        let most = usize::from(self.limit.rows());
        for _ in 1..STEPS {
            let Some(place) = until.as_deref().filter(|_| found.len() <= most) else { break };
            let round = self.round(by, Some(place)).await?;
            found.extend(round.fitting);
            until = round.until;
        }
        if found.len() > most {
            found.truncate(most);
            until = found.last().map(|(place, _)| place.clone());
        }
        Ok((found.into_iter().map(|(_, key)| key).collect(), until))
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, sync::Mutex};

    use futures_util::FutureExt;
    use jiff::Timestamp;

    use super::*;
    use crate::{
        error::PortError, keys::list::Summary, membership::profile::Organization, stamp::Stamp, title::Title,
    };

    /// An index of keys with these titles, and how often it was asked.
    #[derive(Default)]
    struct Index {
        keys: BTreeMap<KeyId, (Environment, String, BTreeSet<String>)>,
        asked: Mutex<usize>,
    }

    impl Index {
        fn of(titles: impl IntoIterator<Item = (Environment, String)>) -> Self {
            let mut index = Self::default();
            for (number, (environment, title)) in titles.into_iter().enumerate() {
                let id: KeyId = format!("key_0190f3c1-7f00-7000-8000-{number:012x}").parse().unwrap();
                let words = title.split(' ').map(str::to_lowercase).chain(["=shopify".to_owned()]);
                index.keys.insert(id, (environment, title.clone(), words.collect()));
            }
            index
        }
    }

    impl FindWords for Index {
        async fn find_words(
            &self,
            _: &AccountId,
            environment: Environment,
            span: &Span,
            after: Option<&str>,
            most: u16,
        ) -> Result<Found, PortError> {
            *self.asked.lock().unwrap() += 1;
            let mut postings = Vec::new();
            for (key, (of, title, words)) in &self.keys {
                for word in words.iter().filter(|_| *of == environment) {
                    let is_within = match span {
                        Span::Beginning(beginning) => word.starts_with(beginning),
                        Span::Between(from, to) => from <= word && word <= to,
                    };
                    let place = format!("{word}\t{title}\t{key}");
                    if is_within && after.is_none_or(|after| *place > *after) {
                        let said = Said { word: word.clone(), key: key.clone(), words: words.clone() };
                        postings.push(Posting { place, said: Some(said) });
                    }
                }
            }
            postings.sort_by(|one, other| one.place.cmp(&other.place));
            let more = postings.len() > usize::from(most);
            postings.truncate(usize::from(most));
            Ok(Found { postings, more })
        }
    }

    impl ReadOrganizations for Index {
        async fn read_organizations(&self, _: &AccountId) -> Result<Vec<Organization>, PortError> {
            Ok(Vec::new())
        }
    }

    impl ReadSummaries for Index {
        async fn read_summaries(&self, _: &AccountId, keys: &[KeyId]) -> Result<Vec<Row>, PortError> {
            let row = |id: &KeyId| {
                let (environment, title, _) = self.keys[id].clone();
                let stamp = Stamp { at: Timestamp::UNIX_EPOCH, by: String::new() };
                Row::Key(Box::new(Summary {
                    id: id.clone(),
                    system: "shopify".to_owned(),
                    template_version: 1,
                    auth: String::new(),
                    title,
                    environment,
                    base_url: None,
                    organization_specific: false,
                    expires_at: None,
                    hint: None,
                    is_disabled: false,
                    is_deleted: false,
                    health: None,
                    last_used_at: None,
                    active_uses: 0,
                    version: 1,
                    created: stamp.clone(),
                    updated: stamp,
                }))
            };
            Ok(keys.iter().map(row).collect())
        }
    }

    /// The titles of all pages, and how many pages there were.
    fn found(index: &Index, asked: &str, filter: &Filter, limit: &str) -> (Vec<String>, usize) {
        let (asked, limit): (Asked, Limit) = (asked.parse().unwrap(), limit.parse().unwrap());
        let (mut titles, mut after, mut pages) = (Vec::new(), None, 0);
        loop {
            let account = "acme".parse().unwrap();
            let page = search(index, &account, (&asked, filter), after.as_ref(), limit);
            let page = page.now_or_never().unwrap().unwrap();
            assert!(page.rows.len() <= usize::from(limit.rows()));
            titles.extend(page.rows.iter().filter_map(Row::key).map(|key| key.title.clone()));
            pages += 1;
            after = page.next;
            if after.is_none() {
                return (titles, pages);
            }
        }
    }

    fn sorted(mut titles: Vec<String>) -> Vec<String> {
        titles.sort();
        titles
    }

    #[test]
    fn every_key_with_all_words_is_on_one_page_whatever_the_size_of_pages() {
        let words = ["shop", "shops", "shopify", "live", "lives", "uk", "de", "7"];
        let titles = (0_usize..300).map(|number| {
            let title = format!("{} {} {number}", words[number % 8], words[number / 8 % 8]);
            (if number % 3 == 0 { Environment::Test } else { Environment::Live }, title)
        });
        let index = Index::of(titles);
        for asked in ["shop", "shop live", "shopify uk", "7", "shop 7", "de 12", "moon", "s l"] {
            let parsed: Asked = asked.parse().unwrap();
            let wanted = parsed.wanted(&[]);
            let has_all = |words: &BTreeSet<String>| wanted.iter().all(|one| one.first_in(words).is_some());
            let all = index.keys.values().filter(|(_, _, words)| has_all(words));
            let expected = sorted(all.map(|(_, title, _)| title.clone()).collect());
            for limit in ["1", "7", "100"] {
                assert_eq!(sorted(found(&index, asked, &Filter::default(), limit).0), expected, "{asked}");
            }
            let live = Filter { environment: Some(Environment::Live), ..Filter::default() };
            let all = index.keys.values().filter(|(of, _, words)| *of == Environment::Live && has_all(words));
            let expected = sorted(all.map(|(_, title, _)| title.clone()).collect());
            assert_eq!(sorted(found(&index, asked, &live, "9").0), expected, "{asked}");
        }
    }

    #[test]
    fn a_page_takes_no_more_questions_with_many_keys_than_with_few() {
        let asked = |keys: usize, text: &str| {
            let titles = (0..keys).map(|number| (Environment::Live, format!("Live shop {number:06}")));
            let index = Index::of(titles);
            let asked: Asked = text.parse().unwrap();
            let (account, filter) = ("acme".parse().unwrap(), Filter::default());
            let page = search(&index, &account, (&asked, &filter), None, Limit::DEFAULT);
            let rows = page.now_or_never().unwrap().unwrap().rows.len();
            (rows, index.asked.into_inner().unwrap())
        };
        for text in ["live", "live shop", "live shopify 000007"] {
            assert_eq!(asked(1_000, text), asked(20_000, text), "{text}");
        }
        // Where the rarest word is common too, a page ends after so many steps.
        let (rows, questions) = asked(20_000, "live shop 0199");
        assert!(questions <= 6 + STEPS * 2, "{questions} for {rows}");
    }

    #[test]
    fn a_page_that_found_nothing_yet_goes_on() {
        let titles = (0..5_000).map(|number| {
            let title = if number == 4_900 { "aa bb".to_owned() } else { format!("aa {number:05}") };
            (Environment::Live, title)
        });
        let bb = (0..3_000).map(|number| (Environment::Live, format!("bb {number:05}")));
        let (titles, pages) = found(&Index::of(titles.chain(bb)), "aa bb", &Filter::default(), "25");
        assert_eq!(titles, ["aa bb"]);
        assert!(pages > 1);
        let _: Title = titles[0].parse().unwrap();
    }
}
