//! The account's server: what it is told, in which order, and when it does not answer.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use callbacks::{Carrier, NotTaken};
use platform::callback::Callback;
use registration::callback::Allowed;
use registration::chain::StoredEvent;
use registration::{AccountId, RegistrationId};
use reqwest::Request;
use serde_json::Value;
use standardwebhooks::Webhook;

use crate::chance::{self, Chance};
use crate::check::Violation;
use crate::fault::Kind;
use crate::gate::Doors;
use crate::life::{die, is_a_worker};

/// Its address.
const URL: &str = "https://account.example/hooks";

/// A call takes up to this.
const MOMENT: Duration = Duration::from_millis(300);

/// The account whose orders these are.
pub fn account() -> Option<AccountId> {
    AccountId::parse("acme").ok()
}

/// The account's server.
pub struct Server {
    doors: Arc<Doors>,
    /// Its callback, with the secret.
    pub callback: Callback,
    /// The events that it was told of, by registration, in the order in which it took them.
    told: Mutex<BTreeMap<String, Vec<u64>>>,
}

impl Server {
    /// A server with a secret of its own.
    pub fn new(doors: Arc<Doors>) -> Self {
        let callback = Callback::new(URL.to_owned(), None, chance::id, doors.clock.truly());
        Self {
            doors,
            callback,
            told: Mutex::default(),
        }
    }

    /// Callbacks go to public addresses, as everywhere.
    pub fn allowed() -> Allowed {
        Allowed::default()
    }

    fn takes(&self, call: &Request) -> Result<u16, NotTaken> {
        let body = call.body().and_then(|body| body.as_bytes());
        let body = body.unwrap_or_default();
        let header = |name: &str| {
            call.headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        if let Err(error) = self.is_signed(body, call) {
            self.doors.watch.breaks(format!("a callback: {error}"));
            return Ok(401);
        }
        let id = header("webhook-id").and_then(|id| id.rsplit_once('_'));
        let Some((registration, seq)) = id else {
            self.doors
                .watch
                .breaks("a callback without its id".to_owned());
            return Ok(400);
        };
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let told = told.entry(registration.to_owned()).or_default();
        told.extend(seq.parse::<u64>().ok());
        Ok(204)
    }

    /// By the scheme's own library, but for the time: it goes by the machine's clock.
    fn is_signed(&self, body: &[u8], call: &Request) -> Result<(), String> {
        let header = |name: &str| {
            let value = call.headers().get(name);
            value
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
        };
        let webhook = Webhook::new(self.callback.secret.show()).map_err(|e| e.to_string())?;
        let sent_at: i64 = header("webhook-timestamp").parse().unwrap_or_default();
        let signature = webhook
            .sign(header("webhook-id"), sent_at, body)
            .map_err(|error| error.to_string())?;
        let signed = header("webhook-signature")
            .split(' ')
            .any(|one| one == signature);
        match signed {
            true => Ok(()),
            false => Err("its signature does not hold".to_owned()),
        }
    }

    /// What is wrong with what it was told of one registration: every change is told once
    /// or more, the first time in the order in which they came.
    pub fn misled(&self, id: &RegistrationId, history: &[StoredEvent]) -> Option<Violation> {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let told = told.get(id.as_str()).cloned().unwrap_or_default();
        // A repetition may come late: two workers may be at the same callback.
        let mut first = told.clone();
        let mut seen = std::collections::BTreeSet::new();
        first.retain(|seq| seen.insert(*seq));
        let (mut due, mut given_up) = (Vec::new(), Vec::new());
        for event in history {
            for fact in event.facts.as_array().into_iter().flatten() {
                match fact.get("fact").and_then(Value::as_str) {
                    Some("callback_due") => due.push(event.seq),
                    Some("callback_abandoned") => {
                        given_up.extend(fact.get("seq").and_then(Value::as_u64));
                    }
                    _ => {}
                }
            }
        }
        // One that is given up may have been taken, and its answer lost.
        due.retain(|seq| seen.contains(seq) || !given_up.contains(seq));
        (first != due).then(|| Violation(format!("{id}: told of {told:?}, where {due:?} were due")))
    }
}

#[async_trait]
impl Carrier for Server {
    async fn carry(&self, call: Request) -> Result<u16, NotTaken> {
        let doors = &self.doors;
        let tell = |what: &str| doors.trace.happened(doors.clock.truly(), what);
        let moment = |chance: &Chance| tokio::time::sleep(chance.up_to(MOMENT));
        moment(&doors.chance).await;
        if is_a_worker() && doors.faults.strikes(Kind::CrashBefore) {
            tell("  dies before it calls the account");
            die().await;
        }
        if doors.faults.strikes(Kind::AccountBroken) {
            tell("  the account's server is broken");
            return Ok(503);
        }
        let answer = self.takes(&call)?;
        tell("  the account is called");
        if is_a_worker() && doors.faults.strikes(Kind::CrashAfter) {
            tell("  dies after it called the account");
            die().await;
        }
        if doors.faults.strikes(Kind::AccountSilent) {
            tell("  the account's answer is lost");
            return Err(NotTaken::NoAnswer);
        }
        moment(&doors.chance).await;
        Ok(answer)
    }
}
