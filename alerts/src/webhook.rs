//! The webhook channel, after Standard Webhooks 1.0 (<https://www.standardwebhooks.com>): signed messages, a schedule of
//! attempts, and one HTTP attempt.
//!
//! What a user may make us connect to is guarded: only `https` and public addresses unless the operator allows more;
//! addresses are judged after the name is resolved and on the very connection that is made, so that a name cannot
//! change its mind in between; redirects are never followed, proxies of the environment never used, and nothing of a
//! response but its status and `Retry-After` is read or kept, so that an answer cannot be read back through us.

mod address;
mod retry;
mod send;
mod sign;

pub use address::{Endpoint, InvalidEndpoint, Rules};
pub use retry::{MAX_ATTEMPTS, ResponseClass, SCHEDULE, Step, next};
pub use send::{Channel, ChannelError, DEFAULT_TIMEOUT, Outcome};
pub use sign::{InvalidSecret, MAX_SECRETS, Secret, sign, verify};

use crate::incident::IncidentId;
use model::Tenant;
use serde::{Deserialize, Serialize};

/// A message that waits for its delivery: what the outbox holds. It is queued in the transaction that stores the
/// incident. For one receiver and incident, a message goes out only when those before it have been delivered or given up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// [`Event::message_id`](crate::incident::Event::message_id); the same over all attempts.
    pub id: String,
    /// Whose it is.
    pub tenant: Tenant,
    /// The receiver's name.
    pub receiver: String,
    /// The incident that it tells of.
    pub incident: IncidentId,
    /// The event's number within the incident.
    pub sequence: u32,
    /// The exact bytes to sign and send.
    pub body: String,
}
