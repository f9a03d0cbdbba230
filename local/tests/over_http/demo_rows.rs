//! The demo's rows in memory: the sign-in is tested with the real function that issues claims, and without tables.

use std::task::{Context, Poll, Waker};

use keyward_functions::handlers::issue_claims;
use keyward_local::{
    demo,
    sign_in::{PANEL_CLIENT, PreTokenTrigger, TriggerFailed},
};
use keyward_shared::{
    caller::PanelClient,
    error::PortError,
    ids::{AccountId, ClientId, MemberId},
    membership::{AccountSettings, MachineClient, Member},
    ports::{ReadAccountSettings, ReadMachineClient, ReadMember},
};
use serde_json::Value;

/// Calls the function itself.
pub struct OverDemoRows;

impl PreTokenTrigger for OverDemoRows {
    fn call(&self, event: Value) -> Result<Value, TriggerFailed> {
        let email = event.pointer("/request/userAttributes/email").and_then(Value::as_str);
        let rows = Rows { email: email.map(str::to_owned) };
        let panel = PanelClient::new(PANEL_CLIENT.to_owned());
        let mut answer = std::pin::pin!(issue_claims::handle(&rows, &panel, event));
        match answer.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => answer.map_err(|_| TriggerFailed),
            Poll::Pending => panic!("what is in memory never waits"),
        }
    }
}

/// The rows, of which a person's is known by the email here.
struct Rows {
    email: Option<String>,
}

impl ReadMember for Rows {
    async fn read_member(&self, account: &AccountId, _: &MemberId) -> Result<Option<Member>, PortError> {
        let person = demo::PEOPLE.into_iter().find(|person| Some(person.email) == self.email.as_deref());
        let person = person.filter(|person| person.account == account.as_str());
        Ok(person.map(|person| person.member()))
    }
}

impl ReadMachineClient for Rows {
    async fn read_machine_client(&self, client: &ClientId) -> Result<Option<MachineClient>, PortError> {
        let machine = demo::MACHINES.into_iter().find(|machine| machine.id == client.as_str());
        Ok(machine.map(|machine| machine.client(None).unwrap()))
    }
}

impl ReadAccountSettings for Rows {
    async fn read_account_settings(&self, account: &AccountId) -> Result<Option<AccountSettings>, PortError> {
        let known = demo::ACCOUNTS.iter().any(|known| known.id == account.as_str());
        Ok(known.then_some(demo::SETTINGS))
    }
}
