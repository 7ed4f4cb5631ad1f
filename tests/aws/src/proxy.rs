//! Stands between the functions and AWS: passes every call on as it is, writes
//! it down, and answers 500 while it is told to.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Calls that are kept; later ones are only passed on.
const MOST: usize = 200_000;

/// One call of a function to AWS.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// Who: the function's name, from the user agent.
    pub(crate) function: String,
    /// The access key that signed it.
    pub(crate) key: String,
    /// The SDK has made this call before, and got no answer in time.
    pub(crate) repeated: bool,
    /// Such as `DynamoDB.PutItem`.
    pub(crate) operation: String,
    pub(crate) request: Value,
    pub(crate) status: u16,
    pub(crate) answer: Value,
}

impl Call {
    /// Whether the caller's role does not allow it: `AccessDeniedException` of
    /// DynamoDB and SSM, `AccessDenied` of SQS.
    fn is_denied(&self) -> bool {
        let kind = self.answer.get("__type").and_then(Value::as_str);
        kind.is_some_and(|kind| kind.contains("AccessDenied"))
    }
}

struct Shared {
    target: String,
    http: reqwest::Client,
    failing: AtomicBool,
    failed: AtomicU64,
    calls: Mutex<Vec<Call>>,
    seen: Mutex<Seen>,
}

/// What is kept of all calls since the start, those that were taken included.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    /// The functions that have called AWS.
    pub(crate) functions: BTreeSet<String>,
    /// The calls that AWS has not allowed: function and operation.
    pub(crate) denied: BTreeSet<(String, String)>,
}

/// A running proxy. Dropping it stops it.
pub(crate) struct Proxy {
    shared: Arc<Shared>,
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Proxy {
    pub(crate) async fn start(target: &str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            target: target.to_owned(),
            http: reqwest::Client::builder()
                .no_proxy()
                .timeout(Duration::from_secs(60))
                .build()?,
            failing: AtomicBool::new(false),
            failed: AtomicU64::new(0),
            calls: Mutex::new(Vec::new()),
            seen: Mutex::default(),
        });
        let router = Router::new().fallback(pass).with_state(Arc::clone(&shared));
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self {
            shared,
            address,
            task,
        })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on every call is answered 500, or none is.
    pub(crate) fn fail(&self, failing: bool) {
        self.shared.failing.store(failing, Ordering::SeqCst);
    }

    /// How many calls were answered 500.
    pub(crate) fn failed(&self) -> u64 {
        self.shared.failed.load(Ordering::SeqCst)
    }

    /// Who has called since the start, and what was denied.
    pub(crate) fn seen(&self) -> Seen {
        let seen = self.shared.seen.lock();
        seen.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The calls since the last time this was asked.
    pub(crate) fn take(&self) -> Vec<Call> {
        std::mem::take(
            &mut self
                .shared
                .calls
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }
}

async fn pass(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if shared.failing.load(Ordering::SeqCst) {
        shared.failed.fetch_add(1, Ordering::SeqCst);
        let body = r#"{"__type":"InternalServerError","message":"told to fail"}"#;
        let kind = [(header::CONTENT_TYPE, "application/x-amz-json-1.0")];
        return (StatusCode::INTERNAL_SERVER_ERROR, kind, body).into_response();
    }
    let url = format!(
        "{}{}",
        shared.target,
        uri.path_and_query().map_or("/", |path| path.as_str())
    );
    // The host stays the one that was signed.
    let sent = shared
        .http
        .request(method, url)
        .headers(headers.clone())
        .body(body.clone())
        .send()
        .await;
    let Ok(answer) = sent else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    let (status, answered) = (answer.status(), answer.headers().clone());
    let Ok(bytes) = answer.bytes().await else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    keep(&shared, call(&headers, &body, status.as_u16(), &bytes));
    let mut response = (status, bytes).into_response();
    for (name, value) in &answered {
        let ours = [
            header::TRANSFER_ENCODING,
            header::CONTENT_LENGTH,
            header::CONNECTION,
        ];
        if !ours.contains(name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    response
}

fn keep(shared: &Shared, call: Call) {
    let mut seen = shared.seen.lock().unwrap_or_else(PoisonError::into_inner);
    seen.functions.insert(call.function.clone());
    if call.is_denied() {
        let operation = call.operation.clone();
        seen.denied.insert((call.function.clone(), operation));
    }
    drop(seen);
    let mut calls = shared.calls.lock().unwrap_or_else(PoisonError::into_inner);
    if calls.len() < MOST {
        calls.push(call);
    }
}

fn call(headers: &HeaderMap, body: &[u8], status: u16, answer: &[u8]) -> Call {
    let text = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let after = |text: &str, mark: &str, end: char| {
        let rest = text.split_once(mark).map_or("", |(_, rest)| rest);
        rest.split(end).next().unwrap_or_default().to_owned()
    };
    let agent = format!("{} {}", text("x-amz-user-agent"), text("user-agent"));
    let target = text("x-amz-target");
    let (service, operation) = target.split_once('.').unwrap_or((target, ""));
    let service = match service {
        "DynamoDB_20120810" => "DynamoDB",
        "AmazonSQS" => "SQS",
        "AmazonSSM" => "SSM",
        other => other,
    };
    Call {
        function: after(&agent, " app/", ' '),
        key: after(text("authorization"), "Credential=", '/'),
        repeated: !["", "1"].contains(&after(text("amz-sdk-request"), "attempt=", ';').as_str()),
        operation: format!("{service}.{operation}"),
        request: serde_json::from_slice(body).unwrap_or_default(),
        status,
        answer: serde_json::from_slice(answer).unwrap_or_default(),
    }
}
