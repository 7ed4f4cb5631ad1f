//! The platform that targets call: in memory, on one thread, with one order in it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};
use jiff::Timestamp;
use platform::at_registry::Downstream;
use platform::callback::Callbacks;
use platform::clock::StandingClock;
use platform::limiter::Limits;
use platform::receive::{Received, receive};
use platform::sqlite::Sqlite;
use platform::token::{Role, Secret, Token};
use platform::{Platform, Queue, Store};
use registrar::service;
use registration::order::PhoneNumber;
use registration::patience::Patience;
use registration::{AccountId, Actor, Order, RegistrationId, Step, TraceId};
use registry::Registry;
use registry::telnyx::{
    Answered, ApiKey, Asked, Carrier, Lost, NAME, Settings as TelnyxSettings, Telnyx,
};
use serde_json::Value;
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

/// When every world stands.
pub const NOW: i64 = 1_800_000_000;

/// The order that is in every world.
pub const ORDER: &str = include_str!("../../orders/cedar-street-dental.json");

/// The most of an answer that is read.
const LARGEST_ANSWER: usize = 16 * 1024 * 1024;

const SECRET: &str = "rgt_acme";

/// A platform, its API and its webhooks function, and one order.
pub struct World {
    /// The platform.
    pub platform: Platform,
    /// What its functions call.
    pub downstream: Downstream,
    /// The order's registration.
    pub id: RegistrationId,
    /// What the registry signs its webhooks with.
    pub key: SigningKey,
    api: Router,
    webhooks: Router,
    runtime: Runtime,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its body.
    pub text: String,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> serde_json::Result<Value> {
        serde_json::from_str(&self.text)
    }
}

/// A registry that no call reaches.
struct Nowhere;

#[async_trait]
impl Carrier for Nowhere {
    async fn carry(&self, _asked: Asked) -> Result<Answered, Lost> {
        Err(Lost::Broken)
    }
}

/// Ids need only be different.
fn random() -> u128 {
    fastrand::u128(..)
}

impl World {
    /// A world in memory.
    pub fn begin() -> anyhow::Result<Self> {
        let clock = Arc::new(StandingClock::at(Timestamp::from_second(NOW)?));
        let sqlite = Sqlite::in_memory(clock.clone())?;
        Self::on(sqlite, clock)
    }

    /// A world on this file.
    pub fn in_file(file: &std::path::Path) -> anyhow::Result<Self> {
        let clock = Arc::new(StandingClock::at(Timestamp::from_second(NOW)?));
        let sqlite = Sqlite::open(file, clock.clone())?;
        Self::on(sqlite, clock)
    }

    fn on(sqlite: Sqlite, clock: Arc<StandingClock>) -> anyhow::Result<Self> {
        // The tables of other countries' numbers are loaded once in a process, with the
        // first of them: no input's memory.
        PhoneNumber::parse("+442079460000").context("a number abroad")?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()?;
        let (store, queue): (Arc<dyn Store>, Arc<dyn Queue>) =
            (Arc::new(sqlite.clone()), Arc::new(sqlite));
        let platform = Platform {
            store,
            queue,
            clock,
            random,
            patience: Patience::default(),
            visibility: Duration::from_secs(90),
            accounts_share_brands: false,
            preflight: Default::default(),
            callbacks: Callbacks::default(),
            memory: platform::memory::Memory::of(0),
        };
        let key = SigningKey::from_bytes(&[7; 32]);
        let pace = Arc::new(platform.pace(NAME, Limits::default()));
        let settings = TelnyxSettings {
            base_url: "https://registry.example/v2".parse()?,
            api_key: ApiKey::new("KEY"),
            webhook_public_key: STANDARD.encode(key.verifying_key()),
            connect_timeout: Duration::from_secs(1),
            call_timeout: Duration::from_secs(1),
            campaigns_editable: true,
        };
        let telnyx = Telnyx::carried(settings, Arc::new(Nowhere), pace.clone())?;
        let telnyx: Arc<dyn Registry> = Arc::new(telnyx);
        let downstream = Downstream {
            registry: Arc::clone(&telnyx),
            pace,
            public_url: None,
            vetting: None,
        };
        let id = runtime.block_on(ordered(&platform))?;
        Ok(Self {
            api: api::router(platform.clone()),
            webhooks: webhooks::router(platform.clone(), telnyx),
            platform,
            downstream,
            id,
            key,
            runtime,
        })
    }

    /// Waits for it.
    pub fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// Calls the API as the order's account.
    pub fn call(&self, method: &str, path: &str, body: &[u8]) -> anyhow::Result<Answer> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {SECRET}"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_owned()))?;
        self.wait(answered(&self.api, request))
    }

    /// Hands the webhooks function a body with these headers, about the order.
    pub fn webhook(&self, headers: HeaderMap, body: &[u8]) -> anyhow::Result<Answer> {
        let mut request = Request::builder()
            .method("POST")
            .uri(format!("/v1/webhooks/{NAME}/{}", self.id))
            .body(Body::from(body.to_owned()))?;
        *request.headers_mut() = headers;
        self.wait(answered(&self.webhooks, request))
    }

    /// The headers that the registry would send with this body at this time.
    pub fn signed(&self, time: &str, body: &[u8]) -> anyhow::Result<HeaderMap> {
        signed_with(&self.key, time, body)
    }

    /// How many messages wait for the brand's function, which are taken off.
    pub fn messages(&self) -> anyhow::Result<usize> {
        self.wait(async {
            let mut taken = 0;
            for queue in Step::functions() {
                let visible = Duration::from_secs(5);
                let deliveries = self
                    .platform
                    .queue
                    .receive(queue, 100, visible, Duration::ZERO);
                for delivery in deliveries.await? {
                    self.platform.queue.acknowledge(&delivery.receipt).await?;
                    taken += 1;
                }
            }
            Ok(taken)
        })
    }
}

/// The headers of a webhook that this key has signed.
pub fn signed_with(key: &SigningKey, time: &str, body: &[u8]) -> anyhow::Result<HeaderMap> {
    let signature = key.sign(&[time.as_bytes(), b"|", body].concat());
    let mut headers = HeaderMap::new();
    headers.insert("telnyx-timestamp", time.parse()?);
    let signature = STANDARD.encode(signature.to_bytes());
    headers.insert("telnyx-signature-ed25519", signature.parse()?);
    Ok(headers)
}

async fn answered(router: &Router, request: Request<Body>) -> anyhow::Result<Answer> {
    let answer = router.clone().oneshot(request).await?;
    let (parts, body) = answer.into_parts();
    let bytes = axum::body::to_bytes(body, LARGEST_ANSWER)
        .await
        .context("an answer without an end")?;
    Ok(Answer {
        status: parts.status,
        text: String::from_utf8(bytes.into()).context("an answer that is no text")?,
    })
}

/// The order, taken as the API would.
async fn ordered(platform: &Platform) -> anyhow::Result<RegistrationId> {
    let account = AccountId::parse("acme")?;
    let token = Token {
        name: "acme".to_owned(),
        role: Role::Account {
            account: account.clone(),
        },
        created_at: platform.clock.now(),
    };
    let secret = Secret::sent(SECRET);
    platform.store.add_token(&secret.hash(), &token).await?;
    let order = Order::read(&serde_json::from_str(ORDER)?)?;
    let (actor, trace) = (Actor::account(&account), TraceId::new(1));
    match receive(platform, &account, actor, order, None, trace).await? {
        Received::New(id, _) | Received::Repeated(id) => Ok(id),
    }
}

/// Every function, behind a registry that no call reaches.
pub fn functions(world: &World) -> platform::workers::Functions {
    service::functions(&world.downstream)
}
