//! What the connection to Telnyx is made from. Everything is checked at the
//! start; a wrong value stops it with a sentence that names it.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::VerifyingKey;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use url::Url;

/// Where Telnyx's API lives (Telnyx SDK: client).
pub const BASE_URL: &str = "https://api.telnyx.com/v2";

/// Idle connections are dropped before the other side is likely to: a request
/// on a connection that is already gone is a call in doubt.
const IDLE: Duration = Duration::from_secs(20);

/// What [`super::Telnyx::new`] needs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Without `/10dlc`; [`BASE_URL`], or a registry for tests.
    pub base_url: Url,
    /// The account's API key.
    pub api_key: ApiKey,
    /// The account's public key for webhooks: 32 bytes of ed25519 in base64, as
    /// Telnyx's portal shows it.
    pub webhook_public_key: String,
    /// How long a connection may take to be made.
    pub connect_timeout: Duration,
    /// How long a whole call may take, from connecting to the answer's last byte.
    pub call_timeout: Duration,
    /// Whether a campaign that was refused can be corrected; else it can only be
    /// appealed. Telnyx's documents disagree; true is the usual.
    pub campaigns_editable: bool,
}

/// An API key. It is never shown.
#[derive(Clone)]
pub struct ApiKey(String);

impl ApiKey {
    /// The key as the account shows it.
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into())
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(hidden)")
    }
}

/// Settings that no connection can be made from.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// Neither http nor https.
    #[error("the Telnyx base URL must begin with https:// (or http:// for tests) and name a host")]
    BaseUrl,
    /// Empty, or with characters that no key has.
    #[error("the Telnyx API key is empty or holds characters that cannot be sent in a header")]
    ApiKey,
    /// Not a key.
    #[error(
        "the Telnyx webhook public key must be an ed25519 key: 32 bytes in base64, \
         as Telnyx's portal shows it"
    )]
    WebhookKey,
    /// Zero, or in the wrong order.
    #[error("the Telnyx connect timeout must be above zero and not above the call timeout")]
    Timeouts,
    /// The HTTP client could not be built.
    #[error("no HTTPS client can be made; are the system's root certificates installed?")]
    Client(#[source] reqwest::Error),
}

impl Settings {
    /// The base URL, if calls can go there.
    pub(super) fn base(&self) -> Result<Url, SettingsError> {
        let web = matches!(self.base_url.scheme(), "https" | "http") && self.base_url.has_host();
        if web {
            Ok(self.base_url.clone())
        } else {
            Err(SettingsError::BaseUrl)
        }
    }

    /// The key that webhooks are checked with.
    pub(super) fn webhook_key(&self) -> Result<VerifyingKey, SettingsError> {
        let bytes = STANDARD.decode(&self.webhook_public_key).ok();
        let bytes: Option<[u8; 32]> = bytes.and_then(|bytes| bytes.try_into().ok());
        bytes
            .and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok())
            // Of a weak key, one signature fits many bodies.
            .filter(|key| !key.is_weak())
            .ok_or(SettingsError::WebhookKey)
    }

    /// One client for all calls, so that connections are used again.
    pub(super) fn client(&self) -> Result<reqwest::Client, SettingsError> {
        let sane = !self.connect_timeout.is_zero() && self.connect_timeout <= self.call_timeout;
        if !sane {
            return Err(SettingsError::Timeouts);
        }
        // Fails only if the process has a provider already: then that one serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
        reqwest::Client::builder()
            .user_agent(concat!("registrar/", env!("CARGO_PKG_VERSION")))
            .default_headers(self.headers()?)
            .connect_timeout(self.connect_timeout)
            .timeout(self.call_timeout)
            .pool_idle_timeout(IDLE)
            // A redirected or repeated POST would be a second submission.
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            // Settings come from one place; a proxy in the environment is none.
            .no_proxy()
            .build()
            .map_err(SettingsError::Client)
    }

    fn headers(&self) -> Result<HeaderMap, SettingsError> {
        if self.api_key.0.trim().is_empty() {
            return Err(SettingsError::ApiKey);
        }
        let bearer = format!("Bearer {}", self.api_key.0);
        let mut bearer = HeaderValue::from_str(&bearer).map_err(|_| SettingsError::ApiKey)?;
        bearer.set_sensitive(true);
        Ok(HeaderMap::from_iter([(AUTHORIZATION, bearer)]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings {
            base_url: Url::parse(BASE_URL).unwrap(),
            api_key: ApiKey::new("KEY0123"),
            // The example key of Telnyx's SDK (lib/webhooks).
            webhook_public_key: "eu2zvPjhY6odxV34Z/EsRiERvTodkev4Fq0SlK90Izg=".to_owned(),
            connect_timeout: Duration::from_secs(2),
            call_timeout: Duration::from_secs(10),
            campaigns_editable: true,
        }
    }

    #[test]
    fn good_settings_make_a_client_and_a_key() {
        let settings = settings();
        settings.base().unwrap();
        settings.webhook_key().unwrap();
        settings.client().unwrap();
    }

    #[test]
    fn the_api_key_is_never_shown() {
        let shown = format!("{:?}", settings());
        assert!(!shown.contains("KEY0123"), "{shown}");
    }

    #[test]
    fn a_base_url_that_is_not_of_the_web_is_refused() {
        let settings = Settings {
            base_url: Url::parse("file:///etc").unwrap(),
            ..settings()
        };
        assert!(matches!(settings.base(), Err(SettingsError::BaseUrl)));
    }

    #[test]
    fn an_api_key_that_cannot_be_sent_is_refused() {
        for key in ["", " ", "KEY\n1"] {
            let settings = Settings {
                api_key: ApiKey::new(key),
                ..settings()
            };
            assert!(
                matches!(settings.client(), Err(SettingsError::ApiKey)),
                "{key:?}"
            );
        }
    }

    #[test]
    fn a_webhook_key_that_is_none_is_refused() {
        let all_zero = STANDARD.encode([0; 32]);
        for key in ["", "not base64!", "AAAA", all_zero.as_str()] {
            let settings = Settings {
                webhook_public_key: key.to_owned(),
                ..settings()
            };
            assert!(
                matches!(settings.webhook_key(), Err(SettingsError::WebhookKey)),
                "{key:?}"
            );
        }
    }

    #[test]
    fn timeouts_that_make_no_sense_are_refused() {
        for (connect, call) in [(0, 10), (11, 10)] {
            let settings = Settings {
                connect_timeout: Duration::from_secs(connect),
                call_timeout: Duration::from_secs(call),
                ..settings()
            };
            assert!(matches!(settings.client(), Err(SettingsError::Timeouts)));
        }
    }
}
