//! The user pool and its clients.

use keyward_infra::template::{Template, texts};
use serde_json::{Value, json};

use super::Complaints;

pub(super) fn sign_in(template: &Template, found: &mut Complaints) {
    pool(template, found);
    let mut clients = Vec::new();
    for (id, client) in template.of_type("AWS::Cognito::UserPoolClient") {
        clients.push(id);
        let say = |what: &str| format!("{what} of {id}");
        found.same(&say("the pool"), &template.text(&client["UserPoolId"]).as_str(), &"UserPool");
        found.same(&say("the token's time"), &client["AccessTokenValidity"], &json!(15));
        found.same(&say("its unit"), &client["TokenValidityUnits"]["AccessToken"], &json!("minutes"));
        found.same(&say("the ID token's time"), &client["IdTokenValidity"], &json!(15));
        found.same(&say("the ID token's unit"), &client["TokenValidityUnits"]["IdToken"], &json!("minutes"));
        found.same(&say("revocation"), &client["EnableTokenRevocation"], &json!(true));
        found.same(&say("silence about users"), &client["PreventUserExistenceErrors"], &json!("ENABLED"));
        found.same(&say("further flows"), &client["ExplicitAuthFlows"], &json!(["ALLOW_USER_SRP_AUTH"]));
        let rotation = json!({ "Feature": "ENABLED", "RetryGracePeriodSeconds": 10 });
        found.same(&say("the rotation"), &client["RefreshTokenRotation"], &rotation);
        found.same(&say("the flows"), &texts(&client["AllowedOAuthFlows"]), &vec!["code"]);
        found.same(&say("the secret"), &client["GenerateSecret"], &json!(false));
        // Whoever could write the account would choose a tenant. Without a list, everything can be written.
        let written = texts(&client["WriteAttributes"]);
        let safe = !written.is_empty() && !written.iter().any(|name| name.starts_with("custom:"));
        found.unless(safe, || format!("{id} writes {written:?}"));
        // A token of the sign-in says who somebody is. With `aws.cognito.signin.user.admin` it would change its bearer.
        found.same(&say("the scopes"), &texts(&client["AllowedOAuthScopes"]), &vec!["openid", "email"]);
        for url in texts(&template.plain(&client["CallbackURLs"])) {
            let domain = template.parameter_value("DomainName");
            let ours = match domain.is_empty() {
                true => "https://Api.execute-api.eu-west-1.amazonaws.com/".to_owned(),
                false => format!("https://{domain}/"),
            };
            found.same(&say("the way back"), &url, &ours.as_str());
        }
    }
    // Machine clients are Keyward's own: whoever may read the pool would see the secrets of its clients.
    found.same("the clients of the pool", &clients, &vec!["PanelClient"]);
    for kind in ["AWS::Cognito::UserPoolResourceServer", "AWS::Cognito::IdentityPool"] {
        template.of_type(kind).for_each(|(id, _)| found.say(format!("{id} gives rights by the sign-in")));
    }
}

/// Cognito sends by itself, or by SES. Only then it takes a text of ours (Cognito API reference, MessageTemplateType).
fn mail(template: &Template, pool: &Value, found: &mut Complaints) {
    let value = |name: &str| template.parameter_value(name);
    let by_ses = !value("MailIdentityArn").is_empty();
    let sender = match by_ses {
        true => json!({
            "EmailSendingAccount": "DEVELOPER",
            "SourceArn": value("MailIdentityArn"),
            "From": value("MailFrom"),
        }),
        false => json!({ "EmailSendingAccount": "COGNITO_DEFAULT" }),
    };
    found.same("who sends mail", &template.plain(&pool["EmailConfiguration"]), &sender);
    let invitation = template.plain(&pool["AdminCreateUserConfig"]["InviteMessageTemplate"]);
    let has_text = by_ses && !value("PanelUrl").is_empty();
    found.same("whether invitations have a text of ours", &!invitation.is_null(), &has_text);
    let text = invitation["EmailMessage"].as_str().unwrap_or_default();
    let needed = ["{username}", "{####}", &value("PanelUrl")].map(|part| text.contains(part));
    found.unless(!has_text || needed == [true; 3], || format!("the invitation leaves something out: {text}"));
}

fn pool(template: &Template, found: &mut Complaints) {
    let (resource, pool) = (template.resource("UserPool"), template.properties("UserPool"));
    found.same("the pool's deletion", &resource["DeletionPolicy"], &json!("RetainExceptOnCreate"));
    found.same("the pool's replacement", &resource["UpdateReplacePolicy"], &json!("Retain"));
    let protection = match template.parameter_value("DeletionProtection").as_str() {
        "ON" => "ACTIVE",
        _ => "INACTIVE",
    };
    found.same("the pool's protection", &pool["DeletionProtection"], &json!(protection));
    // People type their address in any case, and the pool stays for ever as it is created.
    found.same("whether case counts", &pool["UsernameConfiguration"]["CaseSensitive"], &json!(false));
    mail(template, pool, found);
    found.same("MFA", &pool["MfaConfiguration"], &json!("ON"));
    found.same("the second factors", &pool["EnabledMfas"], &json!(["SOFTWARE_TOKEN_MFA"]));
    let invited = &pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"];
    found.same("invitations", invited, &json!(true));
    let password = &pool["Policies"]["PasswordPolicy"];
    let is_long = password["MinimumLength"].as_u64().is_some_and(|length| length >= 12);
    found.unless(is_long, || "passwords are short".to_owned());
    let kinds = ["RequireLowercase", "RequireUppercase", "RequireNumbers", "RequireSymbols"];
    found.unless(kinds.iter().all(|kind| password[*kind] == true), || "passwords are plain".to_owned());
    let schema = pool["Schema"].as_array().into_iter().flatten();
    let account: Vec<&Value> = schema.filter(|attribute| attribute["Name"] == "account").collect();
    found.same(
        "the account's change",
        &account.first().map(|account| &account["Mutable"]),
        &Some(&json!(false)),
    );
    // Nothing that runs while somebody signs in decides about rights: the token route does, later.
    found.unless(pool["LambdaConfig"].is_null(), || "the pool has triggers".to_owned());
}
