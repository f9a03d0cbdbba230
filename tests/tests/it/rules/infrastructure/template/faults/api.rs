//! Faults in the API, its functions and who signs in.

use serde_json::json;

use super::{Fault, Rule, fault};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault(Rule::Routes, "a route without an authorizer", |t| {
            t.remove("PostKeysRoute/AuthorizerId");
        }),
        fault(Rule::Routes, "a route that is open", |t| {
            t.set("PostKeysRoute/AuthorizationType", json!("NONE"));
        }),
        fault(Rule::Routes, "a route with another's scope", |t| {
            t.set("DeleteKeysByKeyIdRoute/AuthorizationScopes", json!(["keyward/keys:write"]));
        }),
        fault(Rule::Routes, "a route with a scope too many, one of which is enough", |t| {
            t.push("DeleteKeysByKeyIdRoute/AuthorizationScopes", json!("keyward/keys:read"));
        }),
        fault(Rule::Routes, "a route without a scope", |t| t.remove("GetKeysRoute/AuthorizationScopes")),
        fault(Rule::Routes, "a route to another function", |t| {
            t.set("GetKeysByKeyIdRoute/Target", json!({ "Fn::Sub": "integrations/${ListKeysIntegration}" }));
        }),
        fault(Rule::Routes, "a route that is missing", |t| t.remove_resource("GetKeysRoute")),
        fault(Rule::Routes, "a route that the table does not have", |t| {
            let mut more = t.at("GetKeysRoute/!").clone();
            more["Properties"]["RouteKey"] = json!("PUT /v1/keys");
            t.add("PutKeysRoute", more);
        }),
        fault(Rule::Routes, "an old payload", |t| {
            t.set("GetKeyIntegration/PayloadFormatVersion", json!("1.0"));
        }),
        fault(Rule::Documents, "a route under another path than documented", |t| {
            t.set("GetSystemsRoute/RouteKey", json!("GET /v1/system"));
        }),
        fault(Rule::Gateway, "an authorizer of another issuer", |t| {
            t.set("Authorizer/JwtConfiguration/Issuer", json!("https://login.example.com"));
        }),
        fault(Rule::Gateway, "an authorizer that takes the sign-in's tokens", |t| {
            let pool =
                json!({ "Fn::Sub": "https://cognito-idp.${AWS::Region}.${AWS::URLSuffix}/${UserPoolId}" });
            t.set("Authorizer/JwtConfiguration/Issuer", pool);
        }),
        fault(Rule::Gateway, "an authorizer that takes another's tokens", |t| {
            t.push("Authorizer/JwtConfiguration/Audience", json!("somebody"));
        }),
        fault(Rule::Gateway, "an authorizer that is made before its issuer answers", |t| {
            t.remove("Authorizer/!DependsOn");
        }),
        fault(Rule::References, "a way for a condition that nobody wrote", |t| {
            t.set("PanelClient/CallbackURLs/0/Fn::If/0", json!("Sometimes"));
        }),
        fault(Rule::Gateway, "an API without a throttle", |t| t.remove("Stage/DefaultRouteSettings")),
        fault(Rule::Gateway, "an access log with the token", |t| {
            t.set(
                "Stage/AccessLogSettings/Format",
                json!(r#"{"id":"$context.requestId","t":"$context.identity.accessKey"}"#),
            );
        }),
        fault(Rule::Gateway, "an API that every origin calls", |t| {
            t.set("Api/CorsConfiguration", json!({ "AllowOrigins": ["*"] }));
        }),
        fault(Rule::Routes, "an integration that invokes by a function's role", |t| {
            t.set("GetKeyIntegration/CredentialsArn", json!({ "Fn::GetAtt": ["CreateKeyRole", "Arn"] }));
        }),
        fault(Rule::Callers, "a function that anybody calls", |t| {
            t.set("SweepPermission/Principal", json!("*"))
        }),
        fault(Rule::Callers, "a function that every rule calls", |t| t.remove("SweepPermission/SourceArn")),
        fault(Rule::Callers, "a function that every API calls", |t| {
            let properties = json!({
                "FunctionName": { "Ref": "GetKeyFunction" },
                "Action": "lambda:InvokeFunction",
                "Principal": "apigateway.amazonaws.com",
            });
            t.add("GetKeyPermission", json!({ "Type": "AWS::Lambda::Permission", "Properties": properties }));
        }),
        fault(Rule::Callers, "a gateway that may not invoke a function behind a route", |t| {
            t.remove("GatewayRole/Policies/0/PolicyDocument/Statement/0/Resource/0");
        }),
        fault(Rule::Callers, "a gateway that invokes what no route calls", |t| {
            let function = json!({ "Fn::GetAtt": ["RewrapFunction", "Arn"] });
            t.push("GatewayRole/Policies/0/PolicyDocument/Statement/0/Resource", function);
        }),
        fault(Rule::Callers, "a gateway that does more than invoke", |t| {
            let action = json!("lambda:UpdateFunctionCode");
            t.push("GatewayRole/Policies/0/PolicyDocument/Statement/0/Action", action);
        }),
        fault(Rule::Callers, "a function with an address of its own", |t| {
            let url = json!({ "Type": "AWS::Lambda::Url", "Properties": {
                "AuthType": "NONE", "TargetFunctionArn": { "Ref": "ResolveKeyFunction" },
            } });
            t.add("ResolveKeyUrl", url);
        }),
        fault(Rule::Functions, "another architecture", |t| {
            t.set("GetKeyFunction/Architectures", json!(["x86_64"]));
        }),
        fault(Rule::Functions, "another handler", |t| t.set("GetKeyFunction/Handler", json!("resolve_key"))),
        fault(Rule::Functions, "a log for ever", |t| t.remove("GetKeyLogGroup/RetentionInDays")),
        fault(Rule::Functions, "another function's log", |t| {
            t.set("GetKeyFunction/LoggingConfig/LogGroup", json!({ "Ref": "ListKeysLogGroup" }));
        }),
        fault(Rule::Functions, "reserved concurrency on a route", |t| {
            t.set("GetKeyFunction/ReservedConcurrentExecutions", json!(10));
        }),
        fault(Rule::Functions, "two that re-wrap at once", |t| {
            t.set("RewrapFunction/ReservedConcurrentExecutions", json!(2));
        }),
        fault(Rule::Functions, "longer than API Gateway waits", |t| {
            t.set("SendRequestFunction/Timeout", json!(60))
        }),
        fault(Rule::Functions, "code of somebody else's in a layer", |t| {
            t.set("ResolveKeyFunction/Layers", json!(["arn:aws:lambda:eu-west-1:444455556666:layer:x:1"]));
        }),
        fault(Rule::Environment, "a secret in an environment variable", |t| {
            t.set("CreateKeyFunction/Environment/Variables/API_SECRET", json!("s3cret"));
        }),
        fault(Rule::Environment, "an address in the place of AWS's", |t| {
            t.set(
                "CreateKeyFunction/Environment/Variables/AWS_ENDPOINT_URL_KMS",
                json!("https://kms.example.com"),
            );
        }),
        fault(Rule::Environment, "the table in the place of the vault", |t| {
            t.set(
                "CreateKeyFunction/Environment/Variables/KEYWARD_VAULT_TABLE",
                json!({ "Ref": "TableName" }),
            );
        }),
        fault(Rule::Functions, "a function of AWS's services in the network", |t| {
            let network = t.at("SendRequestFunction/VpcConfig").clone();
            t.set("GetKeyFunction/VpcConfig", network);
        }),
        fault(Rule::Functions, "a function that reaches customers outside of the network", |t| {
            t.remove("VerifyKeyFunction/VpcConfig");
        }),
        fault(Rule::Functions, "a network without security groups", |t| {
            t.remove("SendRequestFunction/VpcConfig/Fn::If/1/SecurityGroupIds");
        }),
        fault(Rule::Functions, "too little memory for SSH", |t| {
            t.set("VerifyKeyFunction/MemorySize", json!(128))
        }),
        fault(Rule::Environment, "tokens of somebody else's issuer", |t| {
            let issuer = json!("https://issuer.example.com");
            t.set("ResolveKeyFunction/Environment/Variables/KEYWARD_TOKEN_ISSUER", issuer);
        }),
        fault(Rule::Environment, "keys of tokens that the template names itself", |t| {
            t.set(
                "SendRequestFunction/Environment/Variables/KEYWARD_TOKEN_KEYS",
                json!({ "Ref": "UserPoolId" }),
            );
        }),
        fault(Rule::Environment, "certificates that cannot be chosen", |t| {
            t.remove("GetKeyFunction/Environment/Variables/AWS_CA_BUNDLE");
        }),
        fault(Rule::Environment, "mail under the name of the region, in spite of a domain", |t| {
            let name = json!({ "Fn::Sub": "${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}" });
            t.set("VerifyKeyFunction/Environment/Variables/KEYWARD_MAIL_NAME", name);
        }),
        fault(Rule::Gateway, "a domain beside the address of the region", |t| {
            t.remove("Api/DisableExecuteApiEndpoint");
        }),
        fault(Rule::Gateway, "a domain with old TLS", |t| {
            t.set("Domain/DomainNameConfigurations/0/SecurityPolicy", json!("TLS_1_0"));
        }),
        fault(Rule::Gateway, "a domain that leads nowhere", |t| t.remove_resource("DomainMapping")),
        fault(Rule::SignIn, "addresses in which case counts", |t| t.remove("UserPool/UsernameConfiguration")),
        fault(Rule::SignIn, "an invitation that does not say where to go", |t| {
            let text = json!("Sign in as {username} with {####}.");
            t.set("UserPool/AdminCreateUserConfig/InviteMessageTemplate/Fn::If/1/EmailMessage", text);
        }),
        fault(Rule::SignIn, "a text of ours that Cognito does not take without SES", |t| {
            let way = "UserPool/AdminCreateUserConfig/InviteMessageTemplate";
            let text = t.at(&format!("{way}/Fn::If/1")).clone();
            t.set(way, text);
        }),
        fault(Rule::SignIn, "mail by SES from nobody", |t| {
            t.remove("UserPool/EmailConfiguration/Fn::If/1/From");
        }),
        fault(Rule::SignIn, "a pool without protection", |t| t.remove("UserPool/DeletionProtection")),
        fault(Rule::SignIn, "a pool that a failed creation leaves behind", |t| {
            t.set("UserPool/!DeletionPolicy", json!("Retain"));
        }),
        fault(Rule::SignIn, "MFA by choice", |t| t.set("UserPool/MfaConfiguration", json!("OPTIONAL"))),
        fault(Rule::SignIn, "people who sign themselves up", |t| {
            t.set("UserPool/AdminCreateUserConfig/AllowAdminCreateUserOnly", json!(false));
        }),
        fault(Rule::SignIn, "an account that can be changed", |t| {
            t.set("UserPool/Schema/1/Mutable", json!(true));
        }),
        fault(Rule::SignIn, "a client that writes the account", |t| {
            t.push("PanelClient/WriteAttributes", json!("custom:account"));
        }),
        fault(Rule::SignIn, "a client that writes everything", |t| t.remove("PanelClient/WriteAttributes")),
        fault(Rule::SignIn, "tokens for an hour", |t| t.set("PanelClient/AccessTokenValidity", json!(60))),
        fault(Rule::SignIn, "ID tokens for an hour", |t| t.set("PanelClient/IdTokenValidity", json!(60))),
        fault(Rule::SignIn, "a refresh token that stays the same", |t| {
            t.remove("PanelClient/RefreshTokenRotation")
        }),
        fault(Rule::SignIn, "a former refresh token that stays good", |t| {
            t.set("PanelClient/RefreshTokenRotation/RetryGracePeriodSeconds", json!(60));
        }),
        fault(Rule::SignIn, "a trigger", |t| {
            let function = json!("arn:aws:lambda:eu-west-1:111122223333:function:keyward-issue_token");
            t.set("UserPool/LambdaConfig", json!({ "PreSignUp": function }));
        }),
        fault(Rule::SignIn, "passwords without the page", |t| {
            t.push("PanelClient/ExplicitAuthFlows", json!("ALLOW_USER_PASSWORD_AUTH"));
        }),
        fault(Rule::SignIn, "a machine client whose secret the pool shows", |t| {
            let client = t.at("PanelClient/!").clone();
            t.add("MachineClient", client);
            t.set("MachineClient/GenerateSecret", json!(true));
        }),
        fault(Rule::SignIn, "a client that changes its user", |t| {
            t.push("PanelClient/AllowedOAuthScopes", json!("aws.cognito.signin.user.admin"));
        }),
        fault(Rule::SignIn, "rights by the sign-in", |t| {
            let server =
                json!({ "UserPoolId": { "Ref": "UserPoolId" }, "Identifier": "keyward", "Name": "Keyward" });
            t.add(
                "ResourceServer",
                json!({ "Type": "AWS::Cognito::UserPoolResourceServer", "Properties": server }),
            );
        }),
        fault(Rule::SignIn, "a way back to somebody else", |t| {
            t.push("PanelClient/CallbackURLs", json!("https://example.com/"));
        }),
    ]
}
