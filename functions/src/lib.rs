//! The Lambda functions of Keyward: handlers, AWS adapters, and the one binary that holds them.
