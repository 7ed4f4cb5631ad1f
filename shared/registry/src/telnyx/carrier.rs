//! Who carries one HTTP request to the registry and its answer back: a connection, or,
//! where no time may pass, a registry in the same process.

use async_trait::async_trait;
use reqwest::{Client, StatusCode};

/// No answer is read further than this. Telnyx's longest is a page of campaigns.
pub(super) const LONGEST_ANSWER: usize = 1024 * 1024;

/// A request, its body in bytes.
pub type Asked = http::Request<Vec<u8>>;

/// An answer, whole.
pub type Answered = http::Response<Vec<u8>>;

/// Carries each request once.
#[async_trait]
pub trait Carrier: Send + Sync {
    /// The answer, whatever its status.
    async fn carry(&self, asked: Asked) -> Result<Answered, Lost>;
}

/// Why there is no whole answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    /// Nothing was sent.
    #[error("the request cannot be written")]
    Unwritable,
    /// Nothing was sent.
    #[error("no connection could be made")]
    NotConnected,
    /// It may have arrived.
    #[error("no answer in time")]
    TooLate,
    /// It may have arrived.
    #[error("the connection broke before the answer was complete")]
    Broken,
    /// It has arrived, and the answer is too long to be the registry's.
    #[error("HTTP {0}, and the answer is too long")]
    TooLong(StatusCode),
}

/// Over the network.
#[async_trait]
impl Carrier for Client {
    async fn carry(&self, asked: Asked) -> Result<Answered, Lost> {
        let request = asked.try_into().map_err(|_| Lost::Unwritable)?;
        let mut response = self.execute(request).await.map_err(|error| lost(&error))?;
        let mut answered = Answered::new(Vec::new());
        *answered.status_mut() = response.status();
        std::mem::swap(answered.headers_mut(), response.headers_mut());
        while let Some(chunk) = response.chunk().await.map_err(|error| lost(&error))? {
            if answered.body().len() + chunk.len() > LONGEST_ANSWER {
                return Err(Lost::TooLong(answered.status()));
            }
            answered.body_mut().extend_from_slice(&chunk);
        }
        Ok(answered)
    }
}

fn lost(error: &reqwest::Error) -> Lost {
    if error.is_builder() {
        Lost::Unwritable
    } else if error.is_connect() {
        Lost::NotConnected
    } else if error.is_timeout() {
        Lost::TooLate
    } else {
        Lost::Broken
    }
}
