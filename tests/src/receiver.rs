//! An account's server, which is called back.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// How it answers a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// With this status.
    Status(u16),
    /// Go there.
    Redirect(String),
    /// Not at all.
    Never,
}

/// A call that it got.
#[derive(Debug, Clone)]
pub struct Call {
    /// All headers.
    pub headers: HeaderMap,
    /// The body, as it was sent.
    pub body: String,
}

impl Call {
    /// A header; empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// What the body says at a JSON pointer; null if nothing.
    pub fn says(&self, pointer: &str) -> Value {
        let body: Value = serde_json::from_str(&self.body).unwrap_or_default();
        body.pointer(pointer).cloned().unwrap_or_default()
    }
}

#[derive(Debug)]
struct Script {
    calls: Vec<Call>,
    next: VecDeque<Answer>,
    always: Answer,
}

/// A server on loopback that takes every call and tells of it.
pub struct Receiver {
    /// Where it is called.
    pub url: String,
    script: Arc<Mutex<Script>>,
    serving: JoinHandle<()>,
}

impl Receiver {
    /// Starts it. It answers with these, one after the other, then with `always`.
    pub async fn start(next: Vec<Answer>, always: Answer) -> anyhow::Result<Self> {
        let script = Arc::new(Mutex::new(Script {
            calls: Vec::new(),
            next: next.into(),
            always,
        }));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/registrar", listener.local_addr()?);
        let router = Router::new().fallback(take).with_state(Arc::clone(&script));
        let serving = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self {
            url,
            script,
            serving,
        })
    }

    /// Starts one that takes everything.
    pub async fn willing() -> anyhow::Result<Self> {
        Self::start(Vec::new(), Answer::Status(200)).await
    }

    /// Every call so far.
    pub fn calls(&self) -> Vec<Call> {
        lock(&self.script).calls.clone()
    }

    /// From now on it answers like this.
    pub fn answer(&self, always: Answer) {
        let mut script = lock(&self.script);
        script.next.clear();
        script.always = always;
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn lock(script: &Mutex<Script>) -> MutexGuard<'_, Script> {
    script.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn take(
    State(script): State<Arc<Mutex<Script>>>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let answer = {
        let mut script = lock(&script);
        script.calls.push(Call { headers, body });
        let next = script.next.pop_front();
        next.unwrap_or_else(|| script.always.clone())
    };
    match answer {
        Answer::Status(status) => StatusCode::from_u16(status)
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            .into_response(),
        Answer::Redirect(to) => (StatusCode::FOUND, [(header::LOCATION, to)]).into_response(),
        Answer::Never => std::future::pending().await,
    }
}
