//! One attempt over HTTP.

use super::address::{Endpoint, Rules, literal_address};
use super::retry::ResponseClass;
use super::sign::sign;
use model::Timestamp;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER, USER_AGENT};
use reqwest::{Client, redirect};
use std::error::Error;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// How long an attempt may take from the name's resolution to the answer's head.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(15);

const LONGEST_DETAIL_CHARS: usize = 300;

/// Sends messages. Cheap to clone; one for the process.
#[derive(Clone, Debug)]
pub struct Channel {
    client: Client,
    rules: Rules,
}

/// Why there is no channel.
#[derive(Debug, thiserror::Error)]
pub enum ChannelError {
    /// The HTTP client could not be made, as when the machine has no certificates of authorities.
    #[error("cannot prepare the webhook client")]
    Client(#[source] reqwest::Error),
}

/// What one attempt came to; all of it goes to the log of attempts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What to decide by.
    pub class: ResponseClass,
    /// The answer's status, if there was one.
    pub status: Option<u16>,
    /// How long the receiver asked us to wait; only the form in seconds is read.
    pub retry_after: Option<Duration>,
    /// For people; nothing of the answer's body.
    pub detail: String,
    /// How long the attempt took.
    pub latency: Duration,
}

impl Channel {
    /// A channel under `rules`. Makes ring the TLS provider of the process unless one is set.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(rules: Rules) -> Result<Self, ChannelError> {
        // Another room may have set it first; which one does not matter.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .dns_resolver(Guard { rules })
            // A kept connection would outlive the judgement on its address.
            .pool_max_idle_per_host(0)
            .build()
            .map_err(ChannelError::Client)?;
        Ok(Self { client, rules })
    }

    /// Makes one attempt. `id` is the message's, the same over all attempts; `now` is this attempt's time.
    pub async fn send(&self, endpoint: &Endpoint, id: &str, body: &str, now: Timestamp) -> Outcome {
        let started = Instant::now();
        let outcome = |class, status, retry_after, detail: String| Outcome {
            class,
            status,
            retry_after,
            detail: detail.chars().take(LONGEST_DETAIL_CHARS).collect(),
            latency: started.elapsed(),
        };
        // The resolver never sees an address that stands in the URL, and the rules may have changed since it was stored.
        if let Some(address) = literal_address(&endpoint.url).filter(|address| !self.rules.allow(*address)) {
            return outcome(ResponseClass::Forbidden, None, None, Refused(address.to_string()).to_string());
        }
        let timestamp = now.0.div_euclid(1_000);
        let request = self
            .client
            .post(endpoint.url.clone())
            .timeout(endpoint.timeout)
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, concat!("waybill/", env!("CARGO_PKG_VERSION")))
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp.to_string())
            .header("webhook-signature", sign(id, timestamp, body.as_bytes(), &endpoint.secrets))
            .body(body.to_owned());
        match request.send().await {
            Ok(response) => {
                let status = response.status();
                let retry_after = response.headers().get(RETRY_AFTER).and_then(seconds);
                outcome(
                    ResponseClass::of_status(status.as_u16()),
                    Some(status.as_u16()),
                    retry_after,
                    status.to_string(),
                )
            }
            Err(error) => outcome(class_of(&error), None, None, causes(&error.without_url())),
        }
    }
}

fn seconds(value: &HeaderValue) -> Option<Duration> {
    value.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

fn class_of(error: &reqwest::Error) -> ResponseClass {
    if chain(error).any(|cause| cause.is::<Refused>()) {
        ResponseClass::Forbidden
    } else if error.is_timeout() {
        ResponseClass::TimedOut
    } else {
        ResponseClass::Unreachable
    }
}

fn chain<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

fn causes(error: &reqwest::Error) -> String {
    chain(error).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Resolves names, and lets through only the addresses that the rules allow. What it returns is what is connected to.
#[derive(Clone, Copy, Debug)]
struct Guard {
    rules: Rules,
}

#[derive(Debug, thiserror::Error)]
#[error("'{0}' is not an address of the public internet")]
struct Refused(String);

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let rules = self.rules;
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            let allowed: Vec<SocketAddr> = found.into_iter().filter(|address| rules.allow(address.ip())).collect();
            if allowed.is_empty() {
                return Err(Refused(host).into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}
