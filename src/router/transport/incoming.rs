//! An answer as it comes in.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::HeaderMap;

use super::{fault, timeouts::Deadlines};
use crate::router::failure::{Failure, FailureClass};

/// Most bytes of an answer that comes piece by piece, decompressed: far above the longest that a model writes, and an
/// end to one that never ends.
const STREAM_CAP_BYTES: usize = 256 * 1024 * 1024;

/// An answer whose head is here. Dropping it closes the connection.
#[derive(Debug)]
pub struct Incoming {
    /// HTTP status.
    pub status: u16,
    /// Headers, without those that say how the body was compressed.
    pub headers: HeaderMap,
    body: reqwest::Response,
    provider: Arc<str>,
    deadlines: Deadlines,
    received_bytes: usize,
    is_over: bool,
}

impl Incoming {
    pub(super) fn new(mut response: reqwest::Response, provider: Arc<str>, deadlines: Deadlines) -> Self {
        Self {
            status: response.status().as_u16(),
            headers: std::mem::take(response.headers_mut()),
            body: response,
            provider,
            deadlines,
            received_bytes: 0,
            is_over: false,
        }
    }

    /// The next piece of the body, decompressed; none at its end, and after a failure.
    ///
    /// # Errors
    /// [`FailureClass::Overload`] with code `timeout_first_byte`, `timeout_idle`, `timeout_total`, `connection_lost`,
    /// `damaged_answer`, or `answer_too_large` after 256 MiB.
    pub async fn next(&mut self) -> Option<Result<Bytes, Failure>> {
        self.next_below(STREAM_CAP_BYTES).await.transpose()
    }

    /// The whole body, decompressed.
    ///
    /// # Errors
    /// As [`Incoming::next`]; `answer_too_large` when there is more than `cap_bytes`, of which no more is kept.
    pub async fn whole(mut self, cap_bytes: usize) -> Result<Bytes, Failure> {
        let Some(first) = self.next_below(cap_bytes).await? else {
            return Ok(Bytes::new());
        };
        let Some(second) = self.next_below(cap_bytes).await? else {
            return Ok(first);
        };
        let mut body = BytesMut::from(first);
        body.extend_from_slice(&second);
        while let Some(piece) = self.next_below(cap_bytes).await? {
            body.extend_from_slice(&piece);
        }
        Ok(body.freeze())
    }

    async fn next_below(&mut self, cap_bytes: usize) -> Result<Option<Bytes>, Failure> {
        if self.is_over {
            return Ok(None);
        }
        let piece = self.receive().await;
        if !matches!(piece, Ok(Some(_))) {
            self.is_over = true;
        }
        let Some(piece) = piece? else {
            return Ok(None);
        };
        self.received_bytes = self.received_bytes.saturating_add(piece.len());
        if self.received_bytes > cap_bytes {
            self.is_over = true;
            return Err(Failure::new(
                FailureClass::Overload,
                "answer_too_large",
                format!("the answer of {} is larger than {cap_bytes} bytes", self.provider),
            ));
        }
        Ok(Some(piece))
    }

    async fn receive(&mut self) -> Result<Option<Bytes>, Failure> {
        let chunk = self.body.chunk();
        let received = if self.received_bytes == 0 {
            self.deadlines.first_byte(&self.provider, chunk).await?
        } else {
            self.deadlines.next(&self.provider, chunk).await?
        };
        received.map_err(|error| fault::of_receiving(&self.provider, &error))
    }
}
