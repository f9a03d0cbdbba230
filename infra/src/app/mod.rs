//! The part of `app.yaml` that `make generate` writes: of each function the function itself, its role with what the role may
//! do, its log, and the routes that lead to it; then the role by which API Gateway invokes the functions.

pub(crate) mod statements;

use keyward_functions::{
    config::Variable,
    table::{Calls, Function, Reaches, Right, Route, functions},
};
use statements::{comment, indented, is_of_the_takeover, statement};

use crate::names::route_id;

/// The most resources that a stack may have here. CloudFormation ends at 500, and the rest is for what comes.
pub(crate) const MOST_RESOURCES: usize = 400;

/// Every function in the order of the table, and the gateway's role.
pub(crate) fn blocks() -> String {
    let functions: Vec<String> = functions().map(block).collect();
    format!("{}\n{}", functions.join("\n"), gateway())
}

/// The role by which API Gateway invokes the functions that routes lead to, and no others.
fn gateway() -> String {
    let invoked = functions().filter(|function| !function.routes().is_empty());
    let arns: String = invoked
        .map(|function| {
            format!("                  - {{Fn::GetAtt: [{}Function, Arn]}}\n", function.name.as_camel_case())
        })
        .collect();
    format!("{GATEWAY}{arns}")
}

/// One function with all that belongs to it.
fn block(function: &Function) -> String {
    let (later, own): (Vec<&Right>, Vec<&Right>) =
        function.rights.iter().partition(|right| is_of_the_takeover(right));
    let statements: String = own.into_iter().map(statement).collect();
    let mut blocks = vec![
        heading(function),
        fill(FUNCTION, function)
            .replace("<limits>\n", &limits(function))
            .replace("<variables>\n", &variables(function)),
        fill(ROLE, function) + &statements + &network(function) + &takeover(&later),
        fill(LOG_GROUP, function),
    ];
    if !function.routes().is_empty() {
        blocks.push(fill(INTEGRATION, function));
        blocks.extend(function.routes().iter().map(|route| fill(&self::route(route), function)));
    }
    blocks.join("\n")
}

/// Puts a function's names into a block.
fn fill(block: &str, function: &Function) -> String {
    block
        .replace("<Stem>", function.name.as_camel_case())
        .replace("<name>", function.name.as_str())
        .replace("<description>", &scalar(function.description))
        .replace("<code>", function.package().parameter())
}

/// A text as a YAML scalar: in quotes where it would say something else without them.
fn scalar(text: &str) -> String {
    let is_plain = text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with(':');
    if is_plain { text.to_owned() } else { format!("'{}'", text.replace('\'', "''")) }
}

/// The lines above a function: what it is called, and what calls it.
fn heading(function: &Function) -> String {
    let caller = match &function.calls {
        Calls::Gateway(routes) => routes_in_words(routes),
        Calls::Stream { mapping, .. } => format!("The stream of the table, by way of {mapping}."),
        Calls::Queue { mapping, .. } => format!("The queue of deliveries, by way of {mapping}."),
        Calls::Schedule { when, .. } => format!("By hand, and {when}."),
    };
    format!("  {:-<81}\n  # {caller}\n", format!("# ---- {} ", function.name.as_str()))
}

/// `GET, PUT /v1/clients/{client_id}; keyward/accounts:operate.`
fn routes_in_words(routes: &[Route]) -> String {
    let mut paths: Vec<(&str, Vec<&str>)> = Vec::new();
    for route in routes {
        let method = route.method.map_or("", |method| method.as_str());
        match paths.iter_mut().find(|(path, _)| *path == route.path) {
            Some((_, methods)) => methods.push(method),
            None => paths.push((route.path, vec![method])),
        }
    }
    let paths: Vec<String> = paths
        .into_iter()
        .map(|(path, methods)| format!("{} {path}", methods.join(", ")).trim_start().to_owned())
        .collect();
    let mut scopes: Vec<String> = routes
        .iter()
        .map(|route| route.permission.map_or_else(|| "no token".to_owned(), |permission| permission.scope()))
        .collect();
    scopes.dedup();
    format!("{}; {}.", paths.join(" · "), scopes.join(", "))
}

fn limits(function: &Function) -> String {
    let limits = &function.limits;
    let mut text = indented(&comment(limits.memory.why), 6);
    text.push_str(&format!(
        "      MemorySize: {}\n      Timeout: {}\n",
        limits.memory.mb, limits.timeout_seconds
    ));
    if let Some(reserved) = limits.reserved_concurrency {
        text.push_str(&format!("      ReservedConcurrentExecutions: {reserved}\n"));
    }
    match limits.reaches {
        Reaches::Services => {}
        Reaches::Customers => text.push_str(IN_NETWORK),
    }
    text
}

/// What a function that connects to customers' systems may do so that Lambda can put it into the deployment's network.
fn network(function: &Function) -> String {
    match function.limits.reaches {
        Reaches::Services => String::new(),
        Reaches::Customers => fill(NETWORK, function),
    }
}

/// What a function may do while another wrapping key takes over.
fn takeover(rights: &[&Right]) -> String {
    let statements: String = rights.iter().map(|right| indented(&statement(right), 4)).collect();
    if rights.is_empty() { String::new() } else { TAKEOVER.replace("<statements>\n", &statements) }
}

/// The environment: what every function is told, and what this one is told beside it.
fn variables(function: &Function) -> String {
    let all = Variable::COMMON.iter().chain(function.environment);
    all.map(|variable| format!("          {}: {}\n", variable.as_str(), value(*variable))).collect()
}

const fn value(variable: Variable) -> &'static str {
    match variable {
        Variable::Table => "{Ref: TableName}",
        Variable::VaultTable => "{Ref: VaultName}",
        Variable::WrappingKey => "{Ref: WrappingKeyArn}",
        Variable::FormerWrappingKey => "{Ref: FormerWrappingKeyArn}",
        Variable::FingerprintKey => "{Ref: FingerprintKeyArn}",
        Variable::RowKey => "{Ref: RowKeyArn}",
        Variable::Deployment => "{Ref: Deployment}",
        Variable::Epoch => "{Ref: Epoch}",
        Variable::PanelClient => "{Ref: PanelClient}",
        Variable::CertificateFile => "{Ref: CertificateBundle}",
        Variable::UserPool => "{Ref: UserPoolId}",
        Variable::TokenKeys => "{Ref: TokenKeys}",
        Variable::SigningKey => "{Ref: TokenSigningKeyArn}",
        Variable::TokenIssuer => {
            "{Fn::Sub: 'https://${IssuerApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}/v1'}"
        }
        Variable::SignInKeys => "{Ref: SignInKeys}",
        Variable::SignInIssuer | Variable::Issuer => {
            "{Fn::Sub: 'https://cognito-idp.${AWS::Region}.${AWS::URLSuffix}/${UserPoolId}'}"
        }
        Variable::AwsCertificateFile => "{Ref: AwsCertificateBundle}",
        Variable::MailName => {
            "{Fn::If: [HasDomain, {Ref: DomainName}, {Fn::Sub: '${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}'}]}"
        }
        Variable::Origin => {
            "{Fn::If: [HasDomain, {Fn::Sub: 'https://${DomainName}'}, {Fn::Sub: 'https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}'}]}"
        }
        Variable::LogoutUrl => "{Fn::Sub: '${LoginUrl}/logout'}",
        Variable::FailedChanges => "{Ref: TableChangeFailures}",
        Variable::Deliveries => "{Ref: Deliveries}",
    }
}

fn route(route: &Route) -> String {
    let authorization = match route.permission {
        Some(permission) => format!(
            "JWT
      AuthorizerId: {{Ref: Authorizer}}
      AuthorizationScopes: [{}]",
            permission.scope()
        ),
        None => "NONE".to_owned(),
    };
    ROUTE
        .replace("<id>", &route_id(route.method, route.path))
        .replace("<key>", &route.key())
        .replace("<authorization>", &authorization)
}

const FUNCTION: &str = "  <Stem>Function:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: {Fn::Sub: '${Deployment}-<name>'}
      Description: <description>
      Runtime: provided.al2023
      Architectures: [{Ref: Architecture}]
      Handler: <name>
      Code:
        S3Bucket: {Ref: CodeBucket}
        S3Key: {Ref: <code>}
      Role: {Fn::GetAtt: [<Stem>Role, Arn]}
<limits>
      Environment:
        Variables:
<variables>
      LoggingConfig:
        LogGroup: {Ref: <Stem>LogGroup}
";

const ROLE: &str = "  <Stem>Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: {Fn::Sub: '${Deployment}-<name>'}
      Path: {Ref: RolePath}
      PermissionsBoundary: {Fn::If: [HasPermissionsBoundary, {Ref: PermissionsBoundary}, {Ref: AWS::NoValue}]}
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement:
          - Sid: LetLambdaTakeThisRole
            Effect: Allow
            Principal:
              Service: lambda.amazonaws.com
            Action: sts:AssumeRole
      Policies:
        - PolicyName: <name>
          PolicyDocument:
            Version: '2012-10-17'
            Statement:
              - Sid: WriteItsOwnLog
                Effect: Allow
                Action: [logs:CreateLogStream, logs:PutLogEvents]
                Resource: {Fn::GetAtt: [<Stem>LogGroup, Arn]}
";

const IN_NETWORK: &str = "      VpcConfig:
        Fn::If:
          - IsInNetwork
          - SubnetIds: {Fn::Split: [',', {Ref: SubnetIds}]}
            SecurityGroupIds: {Fn::Split: [',', {Ref: SecurityGroupIds}]}
          - {Ref: AWS::NoValue}
";

/// The actions are those of the Lambda developer guide, "Giving Lambda functions access to resources in an Amazon VPC": Lambda
/// uses the role to manage network interfaces.
const NETWORK: &str = "        - Fn::If:
            - IsInNetwork
            - PolicyName: network
              PolicyDocument:
                Version: '2012-10-17'
                Statement:
                  # Lambda connects the function to the network with this role. These actions name no resource in advance.
                  - Sid: LetLambdaConnectItToTheNetwork
                    Effect: Allow
                    Action:
                      [ec2:AssignPrivateIpAddresses, ec2:CreateNetworkInterface, ec2:DeleteNetworkInterface,
                       ec2:DescribeNetworkInterfaces, ec2:DescribeSubnets, ec2:UnassignPrivateIpAddresses]
                    Resource: '*'
            - {Ref: AWS::NoValue}
";

const TAKEOVER: &str = "        - Fn::If:
            - ReplacesWrappingKey
            - PolicyName: former-wrapping-key
              PolicyDocument:
                Version: '2012-10-17'
                Statement:
<statements>
            - {Ref: AWS::NoValue}
";

const LOG_GROUP: &str = "  <Stem>LogGroup:
    Type: AWS::Logs::LogGroup
    DeletionPolicy: Delete
    UpdateReplacePolicy: Delete
    Properties:
      LogGroupName: {Fn::Sub: '/aws/lambda/${Deployment}-<name>'}
      RetentionInDays: {Ref: LogRetentionInDays}
";

const INTEGRATION: &str = "  <Stem>Integration:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: {Ref: Api}
      IntegrationType: AWS_PROXY
      IntegrationUri: {Fn::GetAtt: [<Stem>Function, Arn]}
      PayloadFormatVersion: '2.0'
      CredentialsArn: {Fn::GetAtt: [GatewayRole, Arn]}
";

const ROUTE: &str = "  <id>:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: {Ref: Api}
      RouteKey: <key>
      AuthorizationType: <authorization>
      Target: {Fn::Sub: 'integrations/${<Stem>Integration}'}
";

const GATEWAY: &str = "  # ---- the gateway's role --------------------------------------------------------
  # API Gateway invokes the functions by it, so no function has to let the API in by a permission of its own.

  GatewayRole:
    Type: AWS::IAM::Role
    Properties:
      RoleName: {Fn::Sub: '${Deployment}-gateway'}
      Path: {Ref: RolePath}
      PermissionsBoundary: {Fn::If: [HasPermissionsBoundary, {Ref: PermissionsBoundary}, {Ref: AWS::NoValue}]}
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement:
          - Sid: LetApiGatewayTakeThisRole
            Effect: Allow
            Principal:
              Service: apigateway.amazonaws.com
            Action: sts:AssumeRole
      Policies:
        - PolicyName: gateway
          PolicyDocument:
            Version: '2012-10-17'
            Statement:
              - Sid: InvokeTheFunctionsOfRoutes
                Effect: Allow
                Action: [lambda:InvokeFunction]
                Resource:
";

#[cfg(test)]
mod tests {
    use keyward_functions::table::FunctionName;

    use super::*;

    #[test]
    fn a_description_is_quoted_where_yaml_would_read_something_else() {
        assert_eq!(scalar("Stores a key."), "Stores a key.");
        assert_eq!(scalar("Lists keys. Filters: a key's system."), "'Lists keys. Filters: a key''s system.'");
        assert_eq!(scalar("`x` first"), "'`x` first'");
    }

    #[test]
    fn routes_of_one_path_are_said_together() {
        let operated = FunctionName::OperateAccount.function();
        let said = "GET, PUT /v1/operator/accounts/{account_id}; keyward/accounts:operate.";
        assert_eq!(routes_in_words(operated.routes()), said);
        assert_eq!(routes_in_words(FunctionName::NotFound.function().routes()), "$default; no token.");
    }

    #[test]
    fn the_gateways_policy_leaves_room_for_more_functions() {
        // The inline policies of a role have 10,240 characters without blanks (IAM quotas). As long as ARNs can be:
        let longest = "\"arn:aws-us-gov:lambda:ap-southeast-2:111122223333:function:\",".len() + 40 + 1 + 23;
        let invoked = functions().filter(|function| !function.routes().is_empty()).count();
        assert!(200 + invoked * longest < 10_240, "give each area of the table a gateway's role of its own");
    }
}
