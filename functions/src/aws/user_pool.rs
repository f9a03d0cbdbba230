//! The people of the sign-in: Cognito's administrative calls, on one user pool.

use aws_sdk_cognitoidentityprovider::{
    Client,
    error::ProvideErrorMetadata,
    operation::{
        admin_create_user::AdminCreateUserError,
        admin_delete_software_token::AdminDeleteSoftwareTokenError,
        admin_delete_user::AdminDeleteUserError,
        admin_get_user::{AdminGetUserError, AdminGetUserOutput},
        admin_user_global_sign_out::AdminUserGlobalSignOutError,
    },
    types::{AttributeType, DeliveryMediumType, MessageActionType, UserStatusType},
};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use keyward_shared::{
    error::PortError,
    ids::{AccountId, MemberId},
    membership::email::EmailAddress,
    ports::{
        EndSessions, InvitePerson, NotInvited, NotResent, RemovePerson, ResendInvitation, ResetSecondFactor,
    },
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

impl UserPool {
    /// A person of the account, by their id: it is their user name in the pool, since the pool has addresses for user names. `None` for
    /// nobody, and for somebody of another account.
    async fn person(
        &self,
        account: &AccountId,
        member: &MemberId,
    ) -> Result<Option<AdminGetUserOutput>, PortError> {
        let get = self.client.admin_get_user().user_pool_id(&self.id).username(member.as_str());
        match get.send().await {
            Ok(user) => {
                let own = attribute(user.user_attributes(), ACCOUNT) == Some(account.as_str());
                Ok(own.then_some(user))
            }
            Err(error)
                if error.as_service_error().is_some_and(AdminGetUserError::is_user_not_found_exception) =>
            {
                Ok(None)
            }
            Err(error) => Err(port_error(COGNITO, error)),
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
            Err(error) => Err(not_sent(error).into()),
        }
    }
}

impl RemovePerson for UserPool {
    async fn remove_person(&self, account: &AccountId, member: &MemberId) -> Result<bool, PortError> {
        if self.person(account, member).await?.is_none() {
            return Ok(false);
        }
        let delete = self.client.admin_delete_user().user_pool_id(&self.id).username(member.as_str());
        // Where somebody else was first, the person is gone as well.
        done(delete.send().await, AdminDeleteUserError::is_user_not_found_exception).map(|_| true)
    }
}

impl EndSessions for UserPool {
    /// Refresh tokens count no more. What Cognito made before stays valid until its time, and a browser's cookie of the managed login can
    /// bring new tokens for an hour ("AdminUserGlobalSignOut" in Cognito's API reference). These are of an earlier sign-in than the
    /// row says, so the functions take none of them.
    async fn end_sessions(&self, account: &AccountId, member: &MemberId) -> Result<bool, PortError> {
        if self.person(account, member).await?.is_none() {
            return Ok(false);
        }
        let end = self.client.admin_user_global_sign_out().user_pool_id(&self.id).username(member.as_str());
        done(end.send().await, AdminUserGlobalSignOutError::is_user_not_found_exception)
    }
}

impl ResetSecondFactor for UserPool {
    /// Where the pool asks for a second factor and somebody has none, the next sign-in lets them set one up: the challenge
    /// `MFA_SETUP` ("AdminDeleteSoftwareToken" in Cognito's API reference). One who has none already has nothing to lose.
    async fn reset_second_factor(&self, account: &AccountId, member: &MemberId) -> Result<bool, PortError> {
        if self.person(account, member).await?.is_none() {
            return Ok(false);
        }
        let delete =
            self.client.admin_delete_software_token().user_pool_id(&self.id).username(member.as_str());
        // Whoever never signed in has none either.
        let has_none = |error: &AdminDeleteSoftwareTokenError| {
            error.is_user_not_found_exception() || error.is_user_not_confirmed_exception()
        };
        done(delete.send().await, has_none)
    }
}

impl ResendInvitation for UserPool {
    async fn resend_invitation(&self, account: &AccountId, member: &MemberId) -> Result<(), NotResent> {
        let user = self.person(account, member).await?.ok_or(NotResent::Nobody)?;
        if user.user_status() != Some(&UserStatusType::ForceChangePassword) {
            return Err(NotResent::SignedIn);
        }
        let email = attribute(user.user_attributes(), "email").ok_or(NotResent::Nobody)?;
        let resend = self
            .client
            .admin_create_user()
            .user_pool_id(&self.id)
            .username(email)
            .message_action(MessageActionType::Resend)
            .desired_delivery_mediums(DeliveryMediumType::Email);
        match resend.send().await {
            Ok(_) => Ok(()),
            // They signed in between the two calls.
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(AdminCreateUserError::is_unsupported_user_state_exception) =>
            {
                Err(NotResent::SignedIn)
            }
            Err(error) => Err(not_sent(error).into()),
        }
    }
}

/// Counts a mail that could not be sent, for the alarm.
fn not_sent(error: SdkError<AdminCreateUserError, HttpResponse>) -> PortError {
    if error.code().is_some_and(|code| NOT_SENT.contains(&code)) {
        Metric::MailNotSent.record(1);
    }
    port_error(COGNITO, error)
}

/// True for what was done, and false where the person is gone.
fn done<T, E>(
    outcome: Result<T, SdkError<E, HttpResponse>>,
    is_gone: impl Fn(&E) -> bool,
) -> Result<bool, PortError>
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    match outcome {
        Ok(_) => Ok(true),
        Err(error) if error.as_service_error().is_some_and(is_gone) => Ok(false),
        Err(error) => Err(port_error(COGNITO, error)),
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
