//! Calls of AWS's services without the SDK's orchestrator, for the calls that every use of a key makes.

mod place;
mod signature;
mod skew;
