//! The Router over a new store, and how tests call it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use jiff::Timestamp;
use platform::callback::Callbacks;
use platform::case::Author;
use platform::clock::StandingClock;
use platform::queue::Depth;
use platform::sqlite::Sqlite;
use platform::store::{PAGE, RowQuery};
use platform::token::{Role, Secret, Token};
use platform::{Case, Clock as _, Platform, Queue, Store};
use registration::patience::Patience;
use registration::{AccountId, Actor, Fact, RegistrationId, Step, TraceId};
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;

/// An order that is right.
pub(crate) const CEDAR: &str = include_str!("../../../../tests/orders/cedar-street-dental.json");

pub(crate) const ACME: &str = "rgt_acme";
pub(crate) const GLOBEX: &str = "rgt_globex";
pub(crate) const KIM: &str = "rgt_kim";

/// The API, its platform, and three tokens: of the accounts acme and globex,
/// and of the operator kim.
pub(crate) struct Service {
    pub(crate) platform: Platform,
    pub(crate) clock: Arc<StandingClock>,
    router: Router,
    orders: AtomicUsize,
    _folder: TempDir,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Service {
    pub(crate) async fn start() -> Self {
        Self::start_with(|sqlite| Arc::new(sqlite)).await
    }

    /// With a store that stands before the real one.
    pub(crate) async fn start_with(store: impl FnOnce(Sqlite) -> Arc<dyn Store>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(StandingClock::at(
            "2026-05-04T12:00:00Z".parse::<Timestamp>().unwrap(),
        ));
        let sqlite = Sqlite::open(&folder.path().join("registrar.db"), clock.clone()).unwrap();
        for (secret, role) in [
            (
                ACME,
                Role::Account {
                    account: account("acme"),
                },
            ),
            (
                GLOBEX,
                Role::Account {
                    account: account("globex"),
                },
            ),
            (KIM, Role::Operator),
        ] {
            let name = secret.trim_start_matches("rgt_").to_owned();
            let token = Token {
                name,
                role,
                created_at: clock.now(),
            };
            sqlite
                .add_token(&Secret::sent(secret).hash(), &token)
                .await
                .unwrap();
        }
        let platform = Platform {
            queue: Arc::new(sqlite.clone()),
            store: store(sqlite),
            clock: clock.clone(),
            random,
            patience: Patience::default(),
            visibility: Duration::from_secs(90),
            accounts_share_brands: false,
            preflight: Default::default(),
            callbacks: Callbacks::default(),
            memory: platform::memory::Memory::of(1_000),
        };
        Self {
            router: api::router(platform.clone()),
            platform,
            clock,
            orders: AtomicUsize::new(0),
            _folder: folder,
        }
    }

    /// The same, refusing what reviewers would refuse by these weights.
    pub(crate) fn refusing(mut self, weights: &str) -> Self {
        self.platform.preflight = platform::preflight::Preflight {
            policy: registration::preflight::Policy::parse(weights).unwrap(),
            refuses: true,
        };
        self.router = api::router(self.platform.clone());
        self
    }

    /// The same, with another queue.
    pub(crate) fn with_queue(mut self, queue: Arc<dyn Queue>) -> Self {
        self.platform.queue = queue;
        self.router = api::router(self.platform.clone());
        self
    }

    pub(crate) async fn call(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text,
        }
    }

    pub(crate) async fn get(&self, token: &str, path: &str) -> Answer {
        self.call(request("GET", token, path).body(Body::empty()).unwrap())
            .await
    }

    pub(crate) async fn post(&self, token: &str, path: &str) -> Answer {
        self.call(request("POST", token, path).body(Body::empty()).unwrap())
            .await
    }

    pub(crate) async fn put(&self, token: &str, path: &str, body: &str) -> Answer {
        let call = request("PUT", token, path).header(header::CONTENT_TYPE, "application/json");
        self.call(call.body(Body::from(body.to_owned())).unwrap())
            .await
    }

    pub(crate) async fn delete(&self, token: &str, path: &str) -> Answer {
        self.call(request("DELETE", token, path).body(Body::empty()).unwrap())
            .await
    }

    /// Sends an order as acme.
    pub(crate) async fn order(&self, body: impl Into<Body>, key: Option<&str>) -> Answer {
        self.call(order(ACME, "/v1/registrations", body, key)).await
    }

    /// An order of acme that was taken: each time of another business.
    pub(crate) async fn ordered(&self) -> RegistrationId {
        let nth = self.orders.fetch_add(1, Ordering::SeqCst);
        let answer = self.order(business(nth), None).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
        answer.id()
    }

    /// Adds facts as a step's function would.
    pub(crate) async fn happens(&self, id: &RegistrationId, facts: Vec<Fact>) {
        let mut case = Case::load(&*self.platform.store, id).await.unwrap();
        let author = Author {
            actor: Actor::function("register-brand"),
            trace: TraceId::new(random()),
        };
        case.record(&self.platform, &author, facts).await.unwrap();
    }

    pub(crate) async fn depth(&self, step: Step) -> Depth {
        self.platform.queue.depth(step.function()).await.unwrap()
    }

    /// How many registrations there are, up to a page.
    pub(crate) async fn stored(&self) -> usize {
        let query = RowQuery {
            most: PAGE,
            ..RowQuery::default()
        };
        self.platform.store.rows(&query).await.unwrap().rows.len()
    }

    /// Nothing is stored, and no queue has a message.
    pub(crate) async fn assert_nothing_happened(&self) {
        assert_eq!(self.stored().await, 0);
        for &step in Step::ALL {
            assert_eq!(self.depth(step).await, Depth::default(), "{step}");
        }
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn id(&self) -> RegistrationId {
        RegistrationId::parse(self.json()["id"].as_str().unwrap()).unwrap()
    }

    /// The answer is a problem document of this kind, complete in itself.
    #[track_caller]
    pub(crate) fn assert_problem(&self, status: StatusCode, kind: &str) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["type"], format!("/problems/{kind}"), "{problem}");
        assert_eq!(problem["status"], status.as_u16());
        assert_eq!(
            problem["instance"],
            format!("/traces/{}", self.header("trace-id"))
        );
        for text in ["title", "detail"] {
            assert!(
                problem[text].as_str().is_some_and(|text| !text.is_empty()),
                "{problem}"
            );
        }
        problem
    }
}

/// The order [`CEDAR`] of another business, with numbers of its own; that very one for
/// 0.
pub(crate) fn business(nth: usize) -> String {
    let ein = format!("91-{:07}", 4_820_367 + nth);
    // All numbers of the order begin so.
    let numbers = format!("+1206{}", 55_501 + nth);
    CEDAR
        .replace("91-4820367", &ein)
        .replace("+120655501", &numbers)
}

pub(crate) fn request(method: &str, token: &str, path: &str) -> axum::http::request::Builder {
    Request::builder()
        .method(method)
        .uri(path)
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
}

pub(crate) fn order(
    token: &str,
    path: &str,
    body: impl Into<Body>,
    key: Option<&str>,
) -> Request<Body> {
    let mut request = request("POST", token, path).header(header::CONTENT_TYPE, "application/json");
    if let Some(key) = key {
        request = request.header("Idempotency-Key", key);
    }
    request.body(body.into()).unwrap()
}

pub(crate) fn account(name: &str) -> AccountId {
    AccountId::parse(name).unwrap()
}

/// Never the same twice in one process; nothing here needs more.
fn random() -> u128 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    u128::from(NEXT.fetch_add(1, Ordering::Relaxed))
}
