//! The embedded AWS services, through the AWS SDK and over loopback, as Keyward's functions use them.

#[cfg(test)]
mod both_ways;
#[cfg(test)]
mod bulk;
#[cfg(test)]
mod dynamodb;
#[cfg(test)]
mod kill;
#[cfg(test)]
mod kms_errors;
#[cfg(test)]
mod kms_keys;
#[cfg(test)]
mod kms_seals;
#[cfg(test)]
mod stack;
#[cfg(test)]
mod streams;
