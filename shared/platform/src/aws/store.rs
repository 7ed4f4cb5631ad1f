//! The store on DynamoDB.

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use jiff::Timestamp;
use registration::chain::StoredEvent;
use registration::claim::{Claim, Holder, Thing};
use registration::{AccountId, RegistrationId};

use super::tables::Tables;
use crate::allowance::Allowance;
use crate::callback::Callback;
use crate::limit::{Change, Changer, Limit};
use crate::limiter::{Refusal, Slot};
use crate::store::{Append, Begun, Key, Page, Row, RowQuery, Store, StoreError};
use crate::token::{Token, TokenHash};

/// A store in three tables.
#[derive(Clone)]
pub struct Dynamo {
    pub(super) client: Client,
    pub(super) tables: Tables,
    pub(super) random: fn() -> u128,
    /// Whether the last slot had to be waited for: what the next one guesses.
    pub(super) busy: Arc<AtomicBool>,
    pub(super) known: Arc<Known>,
}

/// Histories that this process knows the end of.
const KNOWN: usize = 1_024;

/// How far histories reach, as far as this process has seen.
#[derive(Default)]
pub(super) struct Known(Mutex<HashMap<RegistrationId, u64>>);

impl Known {
    pub(super) fn saw(&self, id: &RegistrationId, seq: u64) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN {
            known.clear();
        }
        let last = known.entry(id.clone()).or_default();
        *last = seq.max(*last);
    }

    pub(super) fn has(&self, id: &RegistrationId, seq: u64) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(id).is_some_and(|last| *last >= seq)
    }
}

impl Dynamo {
    /// A store in these tables, which must be there.
    pub fn new(client: Client, tables: Tables, random: fn() -> u128) -> Self {
        Self {
            client,
            tables,
            random,
            busy: Arc::default(),
            known: Arc::default(),
        }
    }
}

#[async_trait]
impl Store for Dynamo {
    async fn history(&self, id: &RegistrationId) -> Result<Vec<StoredEvent>, StoreError> {
        self.read_history(id).await
    }

    async fn begin(&self, append: Append, key: Option<Key>) -> Result<Begun, StoreError> {
        self.begin_history(&append, key.as_ref()).await
    }

    async fn used_key(&self, key: &Key, now: Timestamp) -> Result<Option<Begun>, StoreError> {
        self.known_key(key, Some(now)).await
    }

    async fn append(&self, append: Append) -> Result<(), StoreError> {
        self.append_event(&append).await
    }

    async fn append_together(&self, appends: Vec<Append>) -> Result<(), StoreError> {
        self.append_events(&appends).await
    }

    async fn holders(&self, things: &[Thing]) -> Result<Vec<Option<Holder>>, StoreError> {
        self.read_holders(things).await
    }

    async fn listed(&self, under: &str) -> Result<Vec<Holder>, StoreError> {
        self.list_holders(under).await
    }

    async fn claim(&self, claim: &Claim) -> Result<Option<Holder>, StoreError> {
        self.put_claim(claim).await
    }

    async fn project(&self, row: &Row) -> Result<(), StoreError> {
        self.move_row(row).await
    }

    async fn row(&self, id: &RegistrationId) -> Result<Option<Row>, StoreError> {
        self.read_one_row(id).await
    }

    async fn rows(&self, query: &RowQuery) -> Result<Page, StoreError> {
        self.list(query).await
    }

    async fn numbers(
        &self,
        parent: &RegistrationId,
        after: Option<&RegistrationId>,
    ) -> Result<Page, StoreError> {
        self.list_numbers(parent, after).await
    }

    async fn due(&self, now: Timestamp, most: usize) -> Result<Vec<Row>, StoreError> {
        self.list_due(now, most).await
    }

    async fn postpone(
        &self,
        id: &RegistrationId,
        seq: u64,
        due_at: Timestamp,
        last_error: Option<&str>,
    ) -> Result<bool, StoreError> {
        self.postpone_row(id, seq, due_at, last_error).await
    }

    async fn reserve(
        &self,
        limit: &str,
        interval: Duration,
        longest_wait: Duration,
        now: Timestamp,
    ) -> Result<Result<Slot, Refusal>, StoreError> {
        self.take_slot(limit, interval, longest_wait, now).await
    }

    async fn hold(&self, limit: &str, until: Timestamp) -> Result<(), StoreError> {
        self.hold_limit(limit, until).await
    }

    async fn limit(&self, limit: &str) -> Result<Option<Limit>, StoreError> {
        self.read_limit(limit).await
    }

    async fn change_limit(
        &self,
        limit: &str,
        change: Change,
        changer: &Changer,
    ) -> Result<(), StoreError> {
        self.write_change(limit, change, changer).await
    }

    async fn spend(
        &self,
        allowance: &Allowance,
        now: Timestamp,
    ) -> Result<Result<(), Timestamp>, StoreError> {
        self.use_allowance(allowance, now).await
    }

    async fn token(&self, hash: &TokenHash) -> Result<Option<Token>, StoreError> {
        self.read_token(hash).await
    }

    async fn add_token(&self, hash: &TokenHash, token: &Token) -> Result<(), StoreError> {
        self.put_token(hash, token).await
    }

    async fn revoke_tokens(&self, name: &str) -> Result<u64, StoreError> {
        self.delete_tokens(name).await
    }

    async fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        let tokens = self.all_tokens().await?;
        Ok(tokens.into_iter().map(|(_, token)| token).collect())
    }

    async fn callback(&self, account: &AccountId) -> Result<Option<Callback>, StoreError> {
        self.read_callback(account).await
    }

    async fn set_callback(
        &self,
        account: &AccountId,
        callback: &Callback,
    ) -> Result<(), StoreError> {
        self.put_callback(account, callback).await
    }

    async fn remove_callback(&self, account: &AccountId) -> Result<(), StoreError> {
        self.delete_callback(account).await
    }
}
