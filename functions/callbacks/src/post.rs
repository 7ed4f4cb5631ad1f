//! One call, and what becomes of it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use platform::callback::{Callback, SigningSecret};
use registration::callback::{Allowed, BadUrl, CallbackUrl};
use reqwest::header::HeaderValue;
use reqwest::{Client, Method, Request, redirect, retry};
use standardwebhooks::{
    HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP, Webhook,
};

use pages::{NotPublic, Public};

/// How long a connection is kept for the next call.
const IDLE: Duration = Duration::from_secs(10);

/// What is sent.
pub(crate) struct News {
    /// The `webhook-id`: the same for every attempt. Without a full stop, as the
    /// scheme asks.
    pub(crate) id: String,
    /// JSON.
    pub(crate) body: String,
}

/// A call that did not succeed. Never names the address: it may hold a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// The address was allowed when it was registered, and is no more.
    #[error("the address is not allowed: {0}")]
    Url(#[from] BadUrl),
    /// The name resolves to nothing but addresses that are no public server's.
    #[error("the host's address is not allowed: it is {0}")]
    NotPublic(#[from] NotPublic),
    /// No connection, and nothing was sent.
    #[error("no connection could be made")]
    NoConnection,
    /// No answer in time.
    #[error("no answer in time")]
    NoAnswer,
    /// The connection broke.
    #[error("the connection broke before the answer")]
    Broken,
    /// Any answer but 2xx. A redirect is one: it is not followed.
    #[error("answered with HTTP {0}")]
    Answered(u16),
    /// The stored secret is none.
    #[error("the signing secret cannot be used: register the callback again")]
    Secret,
}

/// The way to an account's server. There is one, and a test may put another in its place.
#[async_trait]
pub trait Carrier: Send + Sync {
    /// Carries a call there, once, and gives the status of its answer. The body of the
    /// answer is not read.
    async fn carry(&self, call: Request) -> Result<u16, NotTaken>;
}

#[async_trait]
impl Carrier for Client {
    async fn carry(&self, call: Request) -> Result<u16, NotTaken> {
        let answer = self.execute(call).await.map_err(|error| lost(&error))?;
        Ok(answer.status().as_u16())
    }
}

/// A client that calls public addresses only, once, and follows nothing.
pub(crate) fn client(allowed: Allowed, longest_call: Duration) -> Result<Client, reqwest::Error> {
    // Fails only if the process has a provider already: then that one serves.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .user_agent(concat!("registrar/", env!("CARGO_PKG_VERSION")))
        .timeout(longest_call)
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(1)
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .no_proxy()
        .https_only(!allowed.loopback)
        .dns_resolver(Arc::new(Public(allowed)))
        .build()
}

/// Calls once. The status decides.
pub(crate) async fn post(
    carrier: &dyn Carrier,
    allowed: Allowed,
    callback: &Callback,
    news: &News,
    now: Timestamp,
) -> Result<(), NotTaken> {
    // An address that is written as one is not resolved, so it is looked at here.
    let url = CallbackUrl::parse(&callback.url, allowed)?;
    let call = request(url.as_str(), callback, news, now)?;
    match carrier.carry(call).await? {
        200..=299 => Ok(()),
        status => Err(NotTaken::Answered(status)),
    }
}

/// The call, signed.
fn request(
    url: &str,
    callback: &Callback,
    news: &News,
    now: Timestamp,
) -> Result<Request, NotTaken> {
    let url = url.parse().map_err(|_| NotTaken::NoConnection)?;
    let seconds = now.as_second();
    let signatures = signatures(callback, news, now, seconds)?;
    let mut call = Request::new(Method::POST, url);
    let mut set = |name: &'static str, value: &str| -> Result<(), NotTaken> {
        let value = HeaderValue::from_str(value).map_err(|_| NotTaken::Secret)?;
        call.headers_mut().insert(name, value);
        Ok(())
    };
    set("content-type", "application/json")?;
    set(HEADER_WEBHOOK_ID, &news.id)?;
    set(HEADER_WEBHOOK_TIMESTAMP, &seconds.to_string())?;
    set(HEADER_WEBHOOK_SIGNATURE, &signatures)?;
    *call.body_mut() = Some(news.body.clone().into());
    Ok(call)
}

/// One signature of each secret that signs, with a space between them.
fn signatures(
    callback: &Callback,
    news: &News,
    now: Timestamp,
    seconds: i64,
) -> Result<String, NotTaken> {
    let retiring = callback.retiring(now).map(|retiring| &retiring.secret);
    let sign = |secret: &SigningSecret| {
        let webhook = Webhook::new(secret.show()).map_err(|_| NotTaken::Secret)?;
        let signature = webhook.sign(&news.id, seconds, news.body.as_bytes());
        signature.map_err(|_| NotTaken::Secret)
    };
    let secrets = [&callback.secret].into_iter().chain(retiring);
    Ok(secrets.map(sign).collect::<Result<Vec<_>, _>>()?.join(" "))
}

fn lost(error: &reqwest::Error) -> NotTaken {
    if let Some(refused) = refused_by_resolver(error) {
        NotTaken::NotPublic(refused)
    } else if error.is_connect() {
        NotTaken::NoConnection
    } else if error.is_timeout() {
        NotTaken::NoAnswer
    } else {
        NotTaken::Broken
    }
}

fn refused_by_resolver(error: &reqwest::Error) -> Option<NotPublic> {
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        if let Some(refused) = inner.downcast_ref::<NotPublic>() {
            return Some(*refused);
        }
        source = inner.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use registration::callback::Reserved;

    /// The vector of the scheme's reference libraries.
    #[test]
    fn a_signature_is_the_one_that_the_schemes_own_vector_says() {
        let callback: Callback = serde_json::from_value(serde_json::json!({
            "url": "https://example.com/", "created_at": "2026-01-01T00:00:00Z",
            "secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
        }))
        .unwrap();
        let news = News {
            id: "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk".to_owned(),
            body: r#"{"email":"test@example.com","username":"test_user"}"#.to_owned(),
        };
        let now = Timestamp::from_second(1_649_367_553).unwrap();
        let signed = signatures(&callback, &news, now, now.as_second()).unwrap();
        assert_eq!(signed, "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=");
    }
    #[tokio::test]
    async fn a_name_that_resolves_to_this_host_is_refused_and_not_connected_to() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let client = client(Allowed::default(), Duration::from_secs(5)).unwrap();
        let sent = client.post(format!("https://localhost:{port}/")).send();
        let error = sent.await.unwrap_err();
        assert_eq!(
            lost(&error),
            NotTaken::NotPublic(NotPublic(Reserved::Loopback))
        );
        // A connection made would be waiting here.
        let accepted = tokio::time::timeout(Duration::ZERO, listener.accept()).await;
        assert!(accepted.is_err(), "{accepted:?}");
    }
}
