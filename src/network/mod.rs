//! What is asked over the network, and by whose certificates it is known: for all that ask others by HTTP.

mod address;
mod public_addresses;
mod sse;
mod trust;

pub use address::{AddressProblem, AddressRule, url_problem};
pub use public_addresses::{Lookup, MachineLookup, NoPublicAddress, PublicAddresses};
pub use sse::{EVENT_LIMIT_BYTES, SseEvent, SseFault, SseReader};
pub use trust::{Authorities, tls};
