//! Finding sources and destinations by words.
//!
//! There is no index of their words, unlike those of keys: an account has few of them, and a list reads them by title anyway. So the
//! pages keep the order of titles, and a change is found as soon as the list shows it.

use std::collections::BTreeSet;

use super::list::EndpointSummary;
use crate::{
    keys::search::{Asked, Wanted, endpoint_word, key_word, organization_word, system_word, words},
    membership::profile::Organization,
};

/// Words that somebody asks for, with what they stand for in the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    asked: Asked,
    wanted: Vec<Wanted>,
}

impl Words {
    /// The words that were asked for in an account with these organizations.
    #[must_use]
    pub fn new(asked: Asked, organizations: &[Organization]) -> Self {
        Self { wanted: asked.wanted(organizations), asked }
    }

    /// The words in one order, whatever order they were asked in.
    #[must_use]
    pub fn text(&self) -> String {
        self.asked.text()
    }

    /// Whether an endpoint has all of them.
    #[must_use]
    pub fn are_in(&self, endpoint: &EndpointSummary) -> bool {
        let all = words_of(endpoint);
        self.wanted.iter().all(|wanted| wanted.first_in(&all).is_some())
    }
}

/// The words that an endpoint is found by: its id, its title, the platform's function, its system, its key and its organization.
fn words_of(endpoint: &EndpointSummary) -> BTreeSet<String> {
    let ids = [endpoint_word(&endpoint.id), system_word(&endpoint.system)];
    let key = endpoint.key.as_ref().map(key_word);
    let organization = endpoint.organization.as_ref().map(organization_word);
    let texts = [&endpoint.title, &endpoint.function].into_iter().flat_map(|text| words(text));
    ids.into_iter().chain(texts).chain(key).chain(organization).collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::{
        endpoints::trigger::{Trigger, TriggerDraft},
        environment::Environment,
        ids::EndpointKind,
        stamp::Stamp,
    };

    fn endpoint() -> EndpointSummary {
        let trigger = TriggerDraft { kind: "manual".to_owned(), cron: None };
        let made = Stamp { at: Timestamp::UNIX_EPOCH, by: "person:ann".to_owned() };
        EndpointSummary {
            id: "src_0190f3c1-7f00-7000-8000-0123456789ab".parse().unwrap(),
            title: "Orders of the Über shop".to_owned(),
            system: "custom-http".to_owned(),
            function: "pull-orders".to_owned(),
            trigger: Trigger::parse(&trigger, EndpointKind::Source).unwrap(),
            environment: Environment::Live,
            key: Some("key_0190f3c2-7f00-7000-8000-0123456789ab".parse().unwrap()),
            organization: Some("org_7".parse().unwrap()),
            active: true,
            version: 1,
            created: made.clone(),
            updated: made,
        }
    }

    #[test]
    fn an_endpoint_is_found_by_its_title_function_system_key_organization_and_id() {
        let organizations =
            [Organization { id: "org_7".parse().unwrap(), title: "Acme Britain".parse().unwrap() }];
        let has = |asked: &str| Words::new(asked.parse().unwrap(), &organizations).are_in(&endpoint());
        for asked in [
            "uber orders",
            "SHOP, the",
            "pull",
            "custom http",
            "britain ord",
            "src_0190f3c1",
            "src_0190f3c1-7f00-7000-8000-0123456789ab",
            "key_0190f3c2",
        ] {
            assert!(has(asked), "{asked}");
        }
        for asked in ["rders", "orders stock", "shopify", "dst_0190f3c1", "0190f3c1", "key_0190f3c1", "org_8"]
        {
            assert!(!has(asked), "{asked}");
        }
    }
}
