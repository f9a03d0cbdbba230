//! The effect of a change of an endpoint or a webhook on the links of keys. Only this module decides it.

use super::endpoint::{Activity, Endpoint};
use crate::{
    environment::Environment,
    ids::{ConsumerId, KeyId, OrganizationId},
    system::SystemId,
    title::Title,
};

/// A link from an active endpoint or webhook to the key that it uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What uses the key.
    pub consumer: ConsumerId,
    /// Its title, so that a key can name what uses it without reading more.
    pub title: Title,
    /// The key.
    pub key: KeyId,
    /// Whose entry of the key.
    pub organization: Option<OrganizationId>,
    /// The system that the key must be of; `None` where it may be of any.
    pub system: Option<SystemId>,
    /// The environment that the key must be of.
    pub environment: Environment,
}

impl Endpoint {
    /// The endpoint's link: there is one exactly while it is active.
    #[must_use]
    pub fn link(&self) -> Option<Link> {
        self.named().filter(|_| self.activity == Activity::Active)
    }

    /// The link that there is, or would be if the endpoint were active.
    pub(super) fn named(&self) -> Option<Link> {
        let key = self.key.as_ref()?;
        Some(Link {
            consumer: self.id.clone().into(),
            title: self.title.clone(),
            key: key.clone(),
            organization: self.organization.clone(),
            system: Some(self.system.clone()),
            environment: self.environment,
        })
    }
}

/// The changes of links that are written together with an endpoint's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Relink {
    /// Nothing.
    Nothing,
    /// A key comes into use.
    Attach(Link),
    /// A key goes out of use.
    Detach(Link),
    /// One key goes out of use and another one comes into use.
    Repoint {
        /// The link that is deleted.
        from: Link,
        /// The link that is created.
        to: Link,
    },
    /// The same key stays in use: the number of its uses is not touched.
    Renew(Link),
}

impl Relink {
    /// The changes of links between two states of an endpoint or a webhook: the link that it had, and the one that it will have.
    #[must_use]
    pub fn between(before: Option<Link>, after: Option<Link>) -> Self {
        match (before, after) {
            (None, None) => Self::Nothing,
            (None, Some(link)) => Self::Attach(link),
            (Some(link), None) => Self::Detach(link),
            (Some(from), Some(to)) if from == to => Self::Nothing,
            (Some(from), Some(to)) if from.key == to.key => Self::Renew(to),
            (Some(from), Some(to)) => Self::Repoint { from, to },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoints::change::tests::source;

    const ONE: &str = "key_0190f3c1-7f00-7000-8000-0123456789ab";
    const OTHER: &str = "key_0190f3c1-7f00-7000-8000-0123456789ac";

    fn using(key: &str, activity: Activity) -> Endpoint {
        Endpoint { key: Some(key.parse().unwrap()), activity, ..source() }
    }

    fn between(before: Option<&Endpoint>, after: Option<&Endpoint>) -> Relink {
        Relink::between(before.and_then(Endpoint::link), after.and_then(Endpoint::link))
    }

    #[test]
    fn a_link_is_there_exactly_while_the_endpoint_is_active() {
        let active = using(ONE, Activity::Active);
        let inactive = using(ONE, Activity::Inactive);
        let link = active.link().unwrap();
        assert_eq!(inactive.link(), None);
        for (before, after, expected) in [
            (None, Some(&inactive), Relink::Nothing),
            (None, Some(&active), Relink::Attach(link.clone())),
            (Some(&inactive), Some(&active), Relink::Attach(link.clone())),
            (Some(&active), Some(&inactive), Relink::Detach(link.clone())),
            (Some(&active), None, Relink::Detach(link)),
            (Some(&inactive), None, Relink::Nothing),
            (Some(&active), Some(&active), Relink::Nothing),
        ] {
            assert_eq!(between(before, after), expected);
        }
    }

    #[test]
    fn repointing_moves_the_link_and_to_the_same_key_moves_nothing() {
        let one = using(ONE, Activity::Active);
        let other = using(OTHER, Activity::Active);
        let (from, to) = (one.link().unwrap(), other.link().unwrap());
        assert_eq!(between(Some(&one), Some(&other)), Relink::Repoint { from, to });
        let renamed = Endpoint { title: "Another".parse().unwrap(), ..one.clone() };
        assert_eq!(between(Some(&one), Some(&renamed)), Relink::Renew(renamed.link().unwrap()));
    }
}
