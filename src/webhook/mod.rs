//! Tells those who asked when a generation comes to its end or waits for them.
//!
//! Messages are signed and sent as [Standard Webhooks](https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md)
//! has it: `webhook-id` is the same at every try, `webhook-timestamp` is of the try, `webhook-signature` is
//! `v1,` and the Base64 of HMAC-SHA256 over `id.timestamp.body`. A message is in the records until its receiver answered with
//! a status of 2xx, or until it was tried [`ATTEMPTS`] times; it may come twice, as when the answer was lost.
//!
//! The address is a stranger's: by default only addresses on the internet are asked, a redirect is not followed, and of the
//! answer nothing but the status is read.

mod signature;

use std::{sync::Arc, time::Duration};

use futures::{StreamExt as _, stream};
use reqwest::StatusCode;

pub use signature::{new_secret, sign};

use crate::{
    domain::{clock::Clock, submission::Webhook},
    network::{AddressProblem, AddressRule, Authorities, MachineLookup, PublicAddresses, tls, url_problem},
    process::Cancel,
    store::{Delivery, Records},
};

/// How often a message is sent in all.
pub const ATTEMPTS: u32 = 10;
/// How long is waited after the first failure; after each further one three times as long: the last try is a day later.
const FIRST_WAIT: Duration = Duration::from_secs(5);
const LONGEST_WAIT: Duration = Duration::from_secs(12 * 60 * 60);
/// How long a receiver may take.
const TIMEOUT: Duration = Duration::from_secs(15);
/// How often is looked for messages that are due.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Messages that are taken, and sent, at once.
const AT_ONCE: u32 = 16;

/// What the operator decides.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Which addresses may be told.
    pub addresses: AddressRule,
}

impl Default for Settings {
    fn default() -> Self {
        Self { addresses: AddressRule::Public }
    }
}

/// Sends messages that are due.
pub struct Deliverer {
    client: reqwest::Client,
    records: Records,
    clock: Arc<dyn Clock>,
}

/// Says what is wrong with the address of a receiver; none when it may be told.
#[must_use]
pub fn receiver_problem(url: &str, settings: &Settings) -> Option<AddressProblem> {
    // A receiver may well know its sender by what stands behind the `?`.
    let address = url.split_once('?').map_or(url, |(address, _)| address);
    let has_odd_query = url.chars().any(|character| character.is_whitespace() || character.is_control());
    if has_odd_query || url.contains('#') {
        return Some(if has_odd_query { AddressProblem::NotAUrl } else { AddressProblem::Fragment });
    }
    url_problem(address, settings.addresses)
}

impl Deliverer {
    /// Makes one.
    ///
    /// # Errors
    /// When TLS cannot be set up; the sentence says why.
    pub fn new(records: Records, settings: &Settings, clock: Arc<dyn Clock>) -> Result<Self, String> {
        let mut client = reqwest::Client::builder()
            .user_agent(concat!("samokoder/", env!("CARGO_PKG_VERSION")))
            .tls_backend_preconfigured(tls(Authorities::of_machine())?)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            .no_proxy()
            .timeout(TIMEOUT);
        if settings.addresses == AddressRule::Public {
            client = client.dns_resolver(PublicAddresses::over(MachineLookup));
        }
        Ok(Self { client: client.build().map_err(|error| error.to_string())?, records, clock })
    }

    /// Sends what is due until told to stop; a message that is being sent then is sent again by the next process, unless
    /// its receiver answers in time.
    pub async fn run(&self, stop: &Cancel) {
        while !stop.is_cancelled() {
            let sent = tokio::select! {
                sent = self.send_due() => sent,
                () = stop.cancelled() => return,
            };
            if sent == 0 {
                tokio::select! {
                    () = tokio::time::sleep(LOOK_EVERY) => {}
                    () = stop.cancelled() => return,
                }
            }
        }
    }

    /// Sends what is due now; how many messages were tried.
    pub async fn send_due(&self) -> usize {
        let due = match self.records.take_deliveries(AT_ONCE, wait).await {
            Ok(due) => due,
            Err(error) => {
                tracing::warn!("could not look for messages to send: {error}");
                return 0;
            }
        };
        let count = due.len();
        stream::iter(due).for_each_concurrent(None, |delivery| self.send(delivery)).await;
        count
    }

    async fn send(&self, delivery: Delivery) {
        let recorded = match self.post(&delivery).await {
            Ok(()) => self.records.settle_delivery(&delivery.id, None).await,
            Err(reason) if delivery.attempt >= ATTEMPTS => {
                tracing::warn!(id = delivery.id, "a webhook is given up after {ATTEMPTS} tries: {reason}");
                self.records.settle_delivery(&delivery.id, Some(&reason)).await
            }
            Err(reason) => {
                tracing::debug!(id = delivery.id, "try {} of a webhook failed: {reason}", delivery.attempt);
                self.records.note_failed_delivery(&delivery.id, &reason).await
            }
        };
        if let Err(error) = recorded {
            tracing::warn!(id = delivery.id, "could not record what became of a webhook: {error}");
        }
    }

    async fn post(&self, delivery: &Delivery) -> Result<(), String> {
        let Webhook { url, secret } = &delivery.webhook;
        let timestamp = self.clock.now().0 / 1000;
        let signature = sign(secret, &delivery.id, timestamp, delivery.body.as_bytes());
        let sent = self
            .client
            .post(url)
            .header("content-type", "application/json")
            .header("webhook-id", &delivery.id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signature)
            .body(delivery.body.clone())
            .send()
            .await;
        // An error's own text holds the address, which may hold a password.
        let answer = sent.map_err(|error| error.without_url().to_string())?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            // Standard Webhooks: the receiver is gone for good; the tries that are left would say nothing new, yet cost little.
            StatusCode::GONE => Err("the receiver says that it is gone (410)".to_owned()),
            status => Err(format!("the receiver answered with {status}")),
        }
    }
}

fn wait(attempt: u32) -> Duration {
    FIRST_WAIT.saturating_mul(3_u32.saturating_pow(attempt.saturating_sub(1))).min(LONGEST_WAIT)
}
