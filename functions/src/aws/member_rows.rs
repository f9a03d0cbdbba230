//! Rows of people as their accounts' owners read and write them.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::{
    operation::{batch_get_item::BatchGetItemInput, put_item::PutItemError},
    types::KeysAndAttributes,
};
use jiff::Timestamp;
use keyward_shared::{
    error::{Error, PortError, StoredRow},
    ids::{AccountId, MemberId},
    membership::{
        Member, Standing,
        members::{AccountMember, FormerMember, MemberChange, MemberRow},
        rows::Held,
    },
    page::{Cursor, Limit, Page},
    permission::Role,
    ports::{
        AddMember, ChangeMember, CommitError, FindOwner, ListFormerMembers, ListMembers, NoteFirstSignIn,
        ReadFirstSignIns, ReadMemberRow,
    },
    stamp::Stamp,
};
use serde::Deserialize;

use super::{
    Tables,
    client_rows::at_version,
    errors::{dynamodb_error, our_fault},
    item::{Item, number, text, text_of},
    membership::member_item,
    place,
    transaction::{Condition, Part, Transaction},
};

#[derive(Deserialize)]
struct MemberItem {
    role: String,
    state: String,
    email: Option<String>,
    #[serde(default)]
    version: u64,
    created_at: Option<Timestamp>,
    created_by: Option<String>,
    updated_at: Option<Timestamp>,
    updated_by: Option<String>,
    signed_out_at: Option<Timestamp>,
}

/// The row of a person.
pub(super) fn item(member: &AccountMember) -> Item {
    let known = Member { signed_out: member.signed_out, ..Member::new(member.role, member.standing) };
    let mut item = member_item(&member.account, &member.id, &known);
    item.insert("version".to_owned(), number(member.version));
    if let Some(email) = &member.email {
        item.insert("email".to_owned(), text(email.as_str()));
    }
    for (stamp, at, by) in
        [(&member.created, "created_at", "created_by"), (&member.updated, "updated_at", "updated_by")]
    {
        if let Some(stamp) = stamp {
            item.insert(at.to_owned(), text(stamp.at.to_string()));
            item.insert(by.to_owned(), text(&stamp.by));
        }
    }
    item
}

fn read(account: &AccountId, id: &MemberId, item: Item) -> Option<AccountMember> {
    let row: MemberItem = serde_dynamo::from_item(item).ok()?;
    let stamp = |(at, by)| Stamp { at, by };
    Some(AccountMember {
        id: id.clone(),
        account: account.clone(),
        email: row.email.map(|email| email.parse()).transpose().ok()?,
        role: Role::from_name(&row.role)?,
        standing: Standing::from_name(&row.state)?,
        version: row.version,
        created: row.created_at.zip(row.created_by).map(stamp),
        updated: row.updated_at.zip(row.updated_by).map(stamp),
        signed_out: row.signed_out_at,
    })
}

/// The member's id, from the key of the row.
fn id_of(item: &Item) -> String {
    text_of(item, "SK").and_then(|row| row.strip_prefix(place::MEMBERS)).unwrap_or_default().to_owned()
}

fn listed(account: &AccountId, item: Item) -> MemberRow {
    let id = id_of(&item);
    match id.parse().ok().and_then(|id| read(account, &id, item)) {
        Some(member) => MemberRow::Member(Box::new(member)),
        None => MemberRow::Unreadable { id },
    }
}

impl ReadMemberRow for Tables {
    async fn read_member_row(
        &self,
        account: &AccountId,
        id: &MemberId,
    ) -> Result<Option<AccountMember>, Error> {
        let item = self.get(&self.keyward, place::member(account, id)).await?;
        self.authentic_row(item, |item| read(account, id, item), StoredRow::Member).await
    }
}

impl ListMembers for Tables {
    async fn list_members(
        &self,
        account: &AccountId,
        after: Option<&Cursor>,
        limit: Limit,
    ) -> Result<Page<MemberRow>, PortError> {
        let partition = place::member_partition(account);
        let (items, next) = self.page_beginning(partition, place::MEMBERS, after, limit).await?;
        Ok(Page { rows: items.into_iter().map(|item| listed(account, item)).collect(), next })
    }
}

impl ListFormerMembers for Tables {
    async fn list_former_members(
        &self,
        account: &AccountId,
        after: Option<&Cursor>,
        limit: Limit,
    ) -> Result<Page<FormerMember>, PortError> {
        let partition = place::former_partition(account);
        let (items, next) = self.page_beginning(partition, place::MEMBERS, after, limit).await?;
        let former = |item: Item| {
            Some(FormerMember {
                id: id_of(&item).parse().ok()?,
                // One that cannot be read is one that is not known.
                email: text_of(&item, "email").and_then(|email| email.parse().ok()),
            })
        };
        Ok(Page { rows: items.into_iter().filter_map(former).collect(), next })
    }
}

impl NoteFirstSignIn for Tables {
    async fn note_first_sign_in(
        &self,
        account: &AccountId,
        member: &MemberId,
        at: Timestamp,
    ) -> Result<(), PortError> {
        let mut item = place::first_sign_in(account, member);
        item.insert("at".to_owned(), text(at.to_string()));
        let put = self.client.put_item().table_name(&self.keyward).set_item(Some(item));
        match put.condition_expression("attribute_not_exists(PK)").send().await {
            Ok(_) => Ok(()),
            // It was noted before.
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(PutItemError::is_conditional_check_failed_exception) =>
            {
                Ok(())
            }
            Err(error) => Err(dynamodb_error(error)),
        }
    }
}

impl ReadFirstSignIns for Tables {
    async fn read_first_sign_ins(
        &self,
        account: &AccountId,
        members: &[MemberId],
    ) -> Result<BTreeMap<MemberId, Timestamp>, PortError> {
        // A batch of nothing is refused.
        if members.is_empty() {
            return Ok(BTreeMap::new());
        }
        let places = members.iter().map(|member| place::first_sign_in(account, member));
        let keys = KeysAndAttributes::builder().set_keys(Some(places.collect())).consistent_read(true);
        let batch =
            BatchGetItemInput::builder().request_items(&self.keyward, keys.build().map_err(our_fault)?);
        let found = self.read_whole(batch).await?.remove(&self.keyward).unwrap_or_default();
        let time = |item: Item| Some((id_of(&item).parse().ok()?, text_of(&item, "at")?.parse().ok()?));
        Ok(found.into_iter().filter_map(time).collect())
    }
}

impl AddMember for Tables {
    async fn add_member(&self, by: &Held, member: &AccountMember) -> Result<(), CommitError> {
        let mut transaction = Transaction::by(self, by);
        let row = self.macs.sealed(item(member)).await?;
        transaction.put_if(Part::Row, &self.keyward, row, Condition::absent())?;
        transaction.commit(None).await
    }
}

impl FindOwner for Tables {
    async fn find_other_owner(
        &self,
        account: &AccountId,
        member: &MemberId,
    ) -> Result<Option<MemberId>, PortError> {
        let mut after = None;
        loop {
            let partition = place::member_partition(account);
            let (items, next) =
                self.page_beginning(partition, place::MEMBERS, after.as_ref(), Limit::MOST).await?;
            for item in items {
                let MemberRow::Member(other) = listed(account, item.clone()) else { continue };
                let is_another = other.is_active_owner() && other.id != *member;
                if is_another && self.macs.is_authentic(&item).await? {
                    return Ok(Some(other.id));
                }
            }
            match next {
                Some(next) => after = Some(next),
                None => return Ok(None),
            }
        }
    }
}

impl ChangeMember for Tables {
    async fn change_member(&self, change: &MemberChange) -> Result<(), CommitError> {
        let MemberChange { by, before, after, owner_left } = change;
        let (table, condition) = (&self.keyward, at_version(Some(before.version)));
        let mut transaction = if by.is_of(&before.account, &before.id) {
            // A transaction looks at a row once, and this one looks at the caller's as the row to change.
            let held = if by.version() == before.version { by } else { &self.hold_again(by).await? };
            if held.version() != before.version {
                return Err(CommitError::Stale { current: Some(held.version()) });
            }
            Transaction::new(self)
        } else {
            Transaction::by(self, by)
        };
        match after {
            Some(after) => {
                transaction.put_if(Part::Row, table, self.macs.sealed(item(after)).await?, condition)?;
            }
            None => {
                let row = place::member(&before.account, &before.id);
                transaction.delete_if(Part::Row, table, row, condition)?;
                transaction.delete(table, place::first_sign_in(&before.account, &before.id))?;
                if let Some(email) = &before.email {
                    let mut former = place::former_member(&before.account, &before.id);
                    former.insert("email".to_owned(), text(email.as_str()));
                    transaction.put(table, former)?;
                }
            }
        }
        // Where the caller is the owner who is left, the version of their row says so.
        if let Some(owner) = owner_left.as_ref().filter(|owner| !by.is_of(&before.account, owner)) {
            let runs_it = Condition::new("#role = :owner AND #state = :active")
                .name("#role", "role")
                .name("#state", "state")
                .text(":owner", Role::Owner.as_str())
                .text(":active", Standing::Active.as_str());
            transaction.check(Part::Owner, table, place::member(&before.account, owner), runs_it)?;
        }
        transaction.commit(Some(before.version)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::row_kinds;

    fn member() -> AccountMember {
        let by = Stamp { at: Timestamp::UNIX_EPOCH, by: "person:ann".to_owned() };
        let (account, email) = ("acme".parse().unwrap(), "bob@acme.example".parse().unwrap());
        AccountMember::invited(&account, "u-1".parse().unwrap(), email, Role::Editor, by)
    }

    #[test]
    fn the_mac_covers_everything_that_is_written() {
        let everything = AccountMember { signed_out: Some(Timestamp::UNIX_EPOCH), ..member() };
        let mut names: Vec<_> = item(&everything).into_keys().collect();
        names.retain(|name| !["PK", "SK"].contains(&name.as_str()));
        names.sort();
        let mut covered = row_kinds::OF_MEMBERS;
        covered.sort_unstable();
        assert_eq!(names, covered);
    }

    #[test]
    fn a_row_reads_back_as_it_was_written_and_one_put_by_hand_with_what_it_has() {
        let member = member();
        assert_eq!(listed(&member.account, item(&member)), MemberRow::Member(Box::new(member.clone())));
        let known = Member::new(Role::Editor, Standing::Active);
        let by_hand = member_item(&member.account, &member.id, &known);
        let expected = AccountMember { email: None, version: 0, created: None, updated: None, ..member };
        assert_eq!(read(&expected.account, &expected.id, by_hand), Some(expected));
    }

    #[test]
    fn a_row_that_could_not_have_been_written_is_listed_as_that() {
        for (name, value) in [("role", "emperor"), ("state", "asleep"), ("email", "bob"), ("version", "1")] {
            let mut edited = item(&member());
            edited.insert(name.to_owned(), text(value));
            let unreadable = MemberRow::Unreadable { id: "u-1".to_owned() };
            assert_eq!(listed(&member().account, edited), unreadable, "{name}");
        }
    }
}
