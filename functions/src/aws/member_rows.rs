//! Rows of people as their accounts' owners read and write them.

use keyward_shared::{
    keys::key::Stamp,
    membership::{Member, members::AccountMember},
};

use super::{
    key_item::Item,
    membership::{member_item, number, text},
};

/// The row of a person.
pub(super) fn item(member: &AccountMember) -> Item {
    let known = Member { role: member.role, standing: member.standing };
    let mut item = member_item(&member.account, &member.id, &known);
    item.insert("version".to_owned(), number(member.version));
    if let Some(email) = &member.email {
        item.insert("email".to_owned(), text(email.as_str()));
    }
    for (stamp, at, by) in
        [(&member.created, "created_at", "created_by"), (&member.updated, "updated_at", "updated_by")]
    {
        if let Some(stamp) = stamp {
            let Stamp { at: moment, by: actor } = stamp;
            item.insert(at.to_owned(), text(&moment.to_string()));
            item.insert(by.to_owned(), text(actor));
        }
    }
    item
}
