//! Addresses that are found without the SDK's rules, beside those that the rules give. The rules are a program of AWS.

use aws_smithy_types::endpoint::Endpoint;

use super::{super::place::Place, connection};
use crate::aws::{
    connection::Connection,
    service::{Service, by_rules, endpoint, plain},
};

const SERVICES: [Service; 3] = [Service::DynamoDb, Service::Kms, Service::Cognito];
/// Regions of the partition `aws`, and one that may come to be.
const COMMERCIAL: [&str; 15] = [
    "us-east-1",
    "us-west-2",
    "eu-west-1",
    "eu-central-2",
    "eu-south-1",
    "ap-southeast-7",
    "ap-northeast-3",
    "sa-east-1",
    "ca-west-1",
    "me-central-1",
    "me-south-1",
    "af-south-1",
    "il-central-1",
    "mx-central-1",
    "eu-somewhere-99",
];
/// Regions of other partitions, and texts that are none.
const OTHERS: [&str; 14] = [
    "us-gov-east-1",
    "us-gov-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "us-iso-east-1",
    "us-isob-east-1",
    "eu-isoe-west-1",
    "us-isof-south-1",
    "eusc-de-east-1",
    "local",
    "EU-west-1",
    "eu-west-",
    "eu--1",
    "eu-west-1-",
];

async fn is_what_the_rules_give(connection: &Connection) {
    for service in SERVICES {
        let place = |endpoint: Endpoint| Place::at(&endpoint, &connection.region, service.signing_name());
        let (plainly, by_rules) = (endpoint(connection, service).await, by_rules(connection, service).await);
        assert_eq!(place(plainly.unwrap()).unwrap(), place(by_rules.unwrap()).unwrap());
    }
}

#[tokio::test]
async fn a_plain_address_is_the_one_that_the_rules_give() {
    for region in COMMERCIAL {
        let connection = connection(None, region);
        assert!(SERVICES.iter().all(|service| plain(&connection, *service).is_some()), "{region}");
        is_what_the_rules_give(&connection).await;
    }
}

#[tokio::test]
async fn an_address_of_ones_own_is_the_one_that_the_rules_give() {
    for url in [
        "https://vpce-1-2.dynamodb.eu-west-1.vpce.amazonaws.com",
        "http://127.0.0.1:8000",
        "http://localhost:8000/",
        "https://proxy.example:443/aws/",
        "https://proxy.example/a%20path",
    ] {
        is_what_the_rules_give(&connection(Some(url.to_owned()), "eu-west-1")).await;
    }
}

#[test]
fn in_other_partitions_the_rules_are_asked() {
    for region in OTHERS {
        let connection = connection(None, region);
        assert!(SERVICES.iter().all(|service| plain(&connection, *service).is_none()), "{region}");
    }
}
