//! The people of the sign-in: Cognito's administrative calls, on one user pool.

use aws_sdk_cognitoidentityprovider::{
    Client,
    error::ProvideErrorMetadata,
    operation::{
        admin_create_user::AdminCreateUserError, admin_delete_user::AdminDeleteUserError,
        admin_get_user::AdminGetUserError,
    },
    types::{AttributeType, DeliveryMediumType},
};
use keyward_shared::{
    error::PortError,
    ids::{AccountId, MemberId},
    membership::email::EmailAddress,
    ports::{InvitePerson, NotInvited, RemovePerson},
};

use super::{clients::Lazy, errors::port_error};
use crate::metrics::Metric;

const COGNITO: &str = "Cognito";

/// What `AdminCreateUser` refuses with when it cannot send the invitation: a sender that may not send, a limit of mails a day,
/// or a mail server that took none ("Errors" of the action in Cognito's API reference).
const NOT_SENT: [&str; 3] =
    ["CodeDeliveryFailureException", "InvalidEmailRoleAccessPolicyException", "LimitExceededException"];

/// The attributes with a person's identity and account. The account's attribute cannot be changed.
const SUB: &str = "sub";
const ACCOUNT: &str = "custom:account";

/// A user pool.
#[derive(Clone)]
pub struct UserPool {
    client: Lazy<Client>,
    id: String,
}

impl UserPool {
    /// The pool of this identifier.
    #[must_use]
    pub fn new(client: impl Into<Lazy<Client>>, id: String) -> Self {
        Self { client: client.into(), id }
    }

    /// The person who has this address already, if they are the account's.
    async fn known(&self, account: &AccountId, email: &EmailAddress) -> Result<MemberId, NotInvited> {
        let get = self.client.admin_get_user().user_pool_id(&self.id).username(email.as_str());
        let user = get.send().await.map_err(|error| port_error(COGNITO, error))?;
        let attributes = user.user_attributes();
        match attribute(attributes, ACCOUNT) {
            Some(own) if own == account.as_str() => member(attributes),
            Some(_) | None => Err(NotInvited::Taken),
        }
    }
}

impl InvitePerson for UserPool {
    async fn invite_person(&self, account: &AccountId, email: &EmailAddress) -> Result<MemberId, NotInvited> {
        let mut create = self
            .client
            .admin_create_user()
            .user_pool_id(&self.id)
            .username(email.as_str())
            .desired_delivery_mediums(DeliveryMediumType::Email);
        for (name, value) in
            [("email", email.as_str()), ("email_verified", "true"), (ACCOUNT, account.as_str())]
        {
            let attribute = AttributeType::builder().name(name).value(value).build();
            create = create.user_attributes(attribute.map_err(build_error)?);
        }
        match create.send().await {
            Ok(created) => member(created.user.as_ref().map(|user| user.attributes()).unwrap_or_default()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(AdminCreateUserError::is_username_exists_exception) =>
            {
                self.known(account, email).await
            }
            Err(error) => {
                if error.code().is_some_and(|code| NOT_SENT.contains(&code)) {
                    Metric::MailNotSent.record(1);
                }
                Err(port_error(COGNITO, error).into())
            }
        }
    }
}

impl RemovePerson for UserPool {
    /// A person's user name in the pool is their id, since the pool has addresses for user names.
    async fn remove_person(&self, account: &AccountId, member: &MemberId) -> Result<bool, PortError> {
        let get = self.client.admin_get_user().user_pool_id(&self.id).username(member.as_str());
        let user = match get.send().await {
            Ok(user) => user,
            Err(error)
                if error.as_service_error().is_some_and(AdminGetUserError::is_user_not_found_exception) =>
            {
                return Ok(false);
            }
            Err(error) => return Err(port_error(COGNITO, error)),
        };
        if attribute(user.user_attributes(), ACCOUNT) != Some(account.as_str()) {
            return Ok(false);
        }
        let delete = self.client.admin_delete_user().user_pool_id(&self.id).username(member.as_str());
        match delete.send().await {
            Ok(_) => Ok(true),
            // Somebody else was first.
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(AdminDeleteUserError::is_user_not_found_exception) =>
            {
                Ok(true)
            }
            Err(error) => Err(port_error(COGNITO, error)),
        }
    }
}

fn attribute<'a>(attributes: &'a [AttributeType], name: &str) -> Option<&'a str> {
    attributes.iter().find(|attribute| attribute.name() == name)?.value()
}

fn member(attributes: &[AttributeType]) -> Result<MemberId, NotInvited> {
    let id = attribute(attributes, SUB).and_then(|sub| sub.parse().ok());
    let unusable = || PortError::UnusableAnswer { service: COGNITO, source: "a person without an id".into() };
    Ok(id.ok_or_else(unusable)?)
}

fn build_error(error: aws_smithy_types::error::operation::BuildError) -> PortError {
    PortError::NotCalled { service: COGNITO, source: Box::new(error) }
}
