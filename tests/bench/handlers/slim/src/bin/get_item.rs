//! A handler with one GetItem.

use aws_sdk_dynamodb::{
    Client,
    config::{BehaviorVersion, Credentials, Region},
    types::AttributeValue,
};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};
use lambda_http::{Body, Error, Request, RequestExt, Response, run, service_fn};

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

fn client() -> Client {
    let (id, secret) = (variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"));
    let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc)).build_https();
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(variable("AWS_REGION")))
        .credentials_provider(Credentials::new(id, secret, None, None, "environment"))
        .endpoint_url(variable("AWS_ENDPOINT_URL_DYNAMODB"))
        .http_client(http);
    Client::from_conf(config.build())
}

async fn answer(client: Client, request: Request) -> Result<Response<Body>, Error> {
    let key_id = request.path_parameters().first("key_id").unwrap_or_default().to_owned();
    let read = client
        .get_item()
        .table_name("compared")
        .key("PK", AttributeValue::S(key_id))
        .key("SK", AttributeValue::S("KEY".to_owned()))
        .consistent_read(true);
    let item = read.send().await?.item.ok_or("there is no such item")?;
    let title = item.get("title").and_then(|title| title.as_s().ok()).ok_or("the item has no title")?;
    let body = format!("{{\"title\":\"{title}\"}}");
    Ok(Response::builder().header("content-type", "application/json").body(Body::from(body))?)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let client = client();
    run(service_fn(|request| answer(client.clone(), request))).await
}
