//! What `make run` starts: the whole of Keyward on loopback addresses.
