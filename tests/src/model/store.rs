//! The model of the store on DynamoDB.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use platform::Store;
use platform::allowance::Allowance;
use platform::callback::Callback;
use platform::limit::{Change, Changer, Limit};
use platform::limiter::{Refusal, Slot};
use platform::store::{
    Append, Begun, KEY_LIVES, Key, MOST_LISTED, NumbersCount, Page, Row, RowQuery, StoreError,
};
use platform::token::{Token, TokenHash};
use registration::chain::StoredEvent;
use registration::claim::{Claim, Holder, Name, Thing};
use registration::patience::later;
use registration::{AccountId, RegistrationId};

use super::{Model, Tables, UsedKey};

/// The items that a transaction holds (API Reference, TransactWriteItems).
const LARGEST_TRANSACTION: usize = 100;

impl Tables {
    fn has_event(&self, append: &Append) -> bool {
        let events = self.events.get(&append.row.id);
        events.is_some_and(|events| events.iter().any(|event| event.seq == append.event.seq))
    }

    /// Whether this event may be put: nobody has, and it leaves no gap.
    fn may_put(&self, append: &Append) -> Result<(), StoreError> {
        let (id, seq) = (&append.row.id, append.event.seq);
        if self.has_event(append) {
            let registration = id.clone();
            return Err(StoreError::Taken { registration, seq });
        }
        let last = self.events.get(id).and_then(|events| events.last());
        match last.map_or(0, |last| last.seq) + 1 == seq {
            true => Ok(()),
            false => Err(StoreError::Failed {
                verb: "append an event",
                source: format!("{id} has no event before {seq}, and no gap may be left").into(),
            }),
        }
    }

    fn put(&mut self, append: &Append) {
        let events = self.events.entry(append.row.id.clone()).or_default();
        events.push(append.event.clone());
    }

    fn holder(&self, thing: &Thing) -> Option<&Holder> {
        let Name { of, by } = thing.name();
        self.claims.get(&(of, by))
    }

    fn may_claim(&self, claims: &[Claim]) -> bool {
        let kept = |claim: &Claim| {
            let holder = self.holder(&claim.thing);
            holder.is_some_and(|holder| claim.is_kept_by(holder))
        };
        !claims.iter().any(kept)
    }

    fn claim(&mut self, claim: &Claim) {
        let Name { of, by } = claim.thing.name();
        self.claims.insert((of, by), claim.holder.clone());
    }

    fn used(&self, key: &Key, now: Timestamp) -> Option<Begun> {
        let used = self.keys.get(&(key.account.clone(), key.key.clone()))?;
        if used.expires_at < now {
            return None;
        }
        Some(match used.body == key.body {
            true => Begun::Repeated(used.id.clone()),
            false => Begun::KeyTaken,
        })
    }

    /// One transaction: all of these events with their claims, rows and counts.
    fn put_together(&mut self, appends: &[Append], now: Timestamp) -> Result<(), StoreError> {
        for append in appends {
            self.may_put(append)?;
            if !self.may_claim(&append.claims) {
                return Err(StoreError::Claimed(append.row.id.clone()));
            }
        }
        for append in appends {
            self.put(append);
            append.claims.iter().for_each(|claim| self.claim(claim));
            if !append.leaves_row {
                self.rows.bring_up(&append.row, now);
            }
            self.rows.count(append, now);
        }
        Ok(())
    }
}

impl Model {
    async fn begin_order(&self, append: &Append, key: Option<&Key>) -> Begun {
        let all_fit = 3 + append.claims.len() <= LARGEST_TRANSACTION;
        if !all_fit {
            for claim in &append.claims {
                self.weather.between().await;
                let mut tables = self.tables();
                if !tables.may_claim(std::slice::from_ref(claim)) {
                    return Begun::Claimed;
                }
                tables.claim(claim);
            }
            self.weather.between().await;
        }
        let now = self.clock.now();
        let mut tables = self.tables();
        if let Some(begun) = key.and_then(|key| tables.used(key, append.event.time)) {
            return begun;
        }
        if tables.has_event(append) {
            return Begun::Exists;
        }
        if all_fit && !tables.may_claim(&append.claims) {
            return Begun::Claimed;
        }
        tables.put(append);
        tables.rows.bring_up(&append.row, now);
        append.claims.iter().for_each(|claim| tables.claim(claim));
        if let Some(key) = key {
            let used = UsedKey {
                body: key.body.clone(),
                id: append.row.id.clone(),
                expires_at: later(append.event.time, KEY_LIVES),
            };
            let name = (key.account.clone(), key.key.clone());
            tables.keys.insert(name, used);
        }
        Begun::New
    }

    async fn begin_number(&self, append: &Append) -> Begun {
        let begun = {
            let mut tables = self.tables();
            match tables.has_event(append) {
                true => Begun::Exists,
                false => {
                    tables.put(append);
                    Begun::New
                }
            }
        };
        self.weather.between().await;
        let now = self.clock.now();
        let mut tables = self.tables();
        if !tables.rows.has(&append.row.id) {
            tables.rows.bring_up(&append.row, now);
        }
        begun
    }
}

#[async_trait]
impl Store for Model {
    async fn history(&self, id: &RegistrationId) -> Result<Vec<StoredEvent>, StoreError> {
        Ok(self.tables().events.get(id).cloned().unwrap_or_default())
    }

    async fn begin(&self, append: Append, key: Option<Key>) -> Result<Begun, StoreError> {
        Ok(match (&append.row.parent, &key) {
            (Some(_), None) => self.begin_number(&append).await,
            _ => self.begin_order(&append, key.as_ref()).await,
        })
    }

    async fn used_key(&self, key: &Key, now: Timestamp) -> Result<Option<Begun>, StoreError> {
        Ok(self.tables().used(key, now))
    }

    async fn append(&self, append: Append) -> Result<(), StoreError> {
        let opens = matches!(
            append.numbers,
            NumbersCount::Opens(_) | NumbersCount::OpensEnds(_)
        );
        if opens || !append.claims.is_empty() {
            let now = self.clock.now();
            return self.tables().put_together(&[append], now);
        }
        {
            let now = self.clock.now();
            let mut tables = self.tables();
            tables.may_put(&append)?;
            if !tables.rows.count(&append, now) {
                return Err(StoreError::Corrupt(format!(
                    "the row that counts the numbers for {} is not there",
                    append.row.id
                )));
            }
            tables.put(&append);
        }
        if !append.leaves_row {
            self.weather.between().await;
            let now = self.clock.now();
            self.tables().rows.bring_up(&append.row, now);
        }
        Ok(())
    }

    async fn append_together(&self, appends: Vec<Append>) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.tables().put_together(&appends, now)
    }

    async fn holders(&self, things: &[Thing]) -> Result<Vec<Option<Holder>>, StoreError> {
        let tables = self.tables();
        Ok(things
            .iter()
            .map(|thing| tables.holder(thing).cloned())
            .collect())
    }

    async fn listed(&self, under: &str) -> Result<Vec<Holder>, StoreError> {
        let tables = self.tables();
        let all = tables.claims.range((under.to_owned(), String::new())..);
        let these = all.take_while(|((of, _), _)| of == under);
        Ok(these
            .take(MOST_LISTED)
            .map(|(_, holder)| holder.clone())
            .collect())
    }

    async fn claim(&self, claim: &Claim) -> Result<Option<Holder>, StoreError> {
        let mut tables = self.tables();
        let holder = tables.holder(&claim.thing);
        let keeps = holder.filter(|holder| claim.is_kept_by(holder)).cloned();
        if keeps.is_none() {
            tables.claim(claim);
        }
        Ok(keeps)
    }

    async fn project(&self, row: &Row) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.tables().rows.bring_up(row, now);
        Ok(())
    }

    async fn row(&self, id: &RegistrationId) -> Result<Option<Row>, StoreError> {
        Ok(self.tables().rows.current(id))
    }

    async fn rows(&self, query: &RowQuery) -> Result<Page, StoreError> {
        let (now, lag) = (self.clock.now(), self.weather.lag());
        Ok(self.tables().rows.list(query, now, lag))
    }

    async fn numbers(
        &self,
        parent: &RegistrationId,
        after: Option<&RegistrationId>,
    ) -> Result<Page, StoreError> {
        Ok(self.tables().rows.numbers(parent, after))
    }

    async fn due(&self, at: Timestamp, most: usize) -> Result<Vec<Row>, StoreError> {
        let (now, lag) = (self.clock.now(), self.weather.lag());
        Ok(self.tables().rows.due(at, most, now, lag))
    }

    async fn postpone(
        &self,
        id: &RegistrationId,
        seq: u64,
        due_at: Timestamp,
        last_error: Option<&str>,
    ) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let mut tables = self.tables();
        Ok(tables.rows.postpone(id, seq, due_at, last_error, now))
    }

    async fn reserve(
        &self,
        limit: &str,
        interval: Duration,
        longest_wait: Duration,
        now: Timestamp,
    ) -> Result<Result<Slot, Refusal>, StoreError> {
        let mut tables = self.tables();
        let limit = tables.limits.entry(limit.to_owned()).or_default();
        Ok(limit.take(interval, longest_wait, now))
    }

    async fn hold(&self, limit: &str, until: Timestamp) -> Result<(), StoreError> {
        let mut tables = self.tables();
        tables
            .limits
            .entry(limit.to_owned())
            .or_default()
            .hold(until);
        Ok(())
    }

    async fn limit(&self, limit: &str) -> Result<Option<Limit>, StoreError> {
        Ok(self.tables().limits.get(limit).cloned())
    }

    async fn change_limit(
        &self,
        limit: &str,
        change: Change,
        changer: &Changer,
    ) -> Result<(), StoreError> {
        let mut tables = self.tables();
        let limit = tables.limits.entry(limit.to_owned()).or_default();
        limit.change(change, changer);
        Ok(())
    }

    async fn spend(
        &self,
        allowance: &Allowance,
        now: Timestamp,
    ) -> Result<Result<(), Timestamp>, StoreError> {
        let mut tables = self.tables();
        let spent = tables.allowances.entry(allowance.name.clone()).or_default();
        Ok(spent.spend(allowance, now))
    }

    async fn token(&self, hash: &TokenHash) -> Result<Option<Token>, StoreError> {
        Ok(self.tables().tokens.get(hash.as_str()).cloned())
    }

    async fn add_token(&self, hash: &TokenHash, token: &Token) -> Result<(), StoreError> {
        let mut tables = self.tables();
        tables
            .tokens
            .insert(hash.as_str().to_owned(), token.clone());
        Ok(())
    }

    async fn revoke_tokens(&self, name: &str) -> Result<u64, StoreError> {
        let tokens = &mut self.tables().tokens;
        let before = tokens.len();
        tokens.retain(|_, token| token.name != name);
        Ok((before - tokens.len()) as u64)
    }

    async fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        let mut tokens: Vec<_> = self.tables().tokens.values().cloned().collect();
        tokens.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(tokens)
    }

    async fn callback(&self, account: &AccountId) -> Result<Option<Callback>, StoreError> {
        Ok(self.tables().callbacks.get(account).cloned())
    }

    async fn set_callback(
        &self,
        account: &AccountId,
        callback: &Callback,
    ) -> Result<(), StoreError> {
        let mut tables = self.tables();
        tables.callbacks.insert(account.clone(), callback.clone());
        Ok(())
    }

    async fn remove_callback(&self, account: &AccountId) -> Result<(), StoreError> {
        self.tables().callbacks.remove(account);
        Ok(())
    }
}
