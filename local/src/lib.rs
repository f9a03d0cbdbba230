//! Everything that `make run` starts: the whole of Keyward on loopback addresses.
//!
//! Nothing here is part of what is deployed. Each module stands in for one service of AWS, in the shape that the
//! real one has on the wire, so that the functions cannot tell the difference.

pub mod bulk;
mod cognito;
pub mod data_dir;
mod deliveries;
pub mod demo;
pub mod demo_system;
mod direct;
pub mod dynamodb;
pub mod embedded;
pub mod gateway;
mod issue_token;
pub mod kms;
mod loopback;
mod mail;
mod private_file;
pub mod queue;
mod schedule;
pub mod sign_in;
pub mod stack;
pub mod stream_pump;
pub mod test_door;
pub mod test_issuer;
pub mod upstreams;
