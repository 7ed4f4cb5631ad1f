//! Who has what. Each thing has a partition of its own, so that an order of thousands
//! of numbers does not wait for one partition's writes; what is listed together shares
//! one.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::builders::PutBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, Put, TransactWriteItem};
use registration::claim::{Claim, Holder, Name, Thing};

use super::events::{is_refused, unbuildable};
use super::failure;
use super::item::{Item, field, text};
use super::lists::TOGETHER;
use super::store::Dynamo;
use super::tables::{ID, KIND, NAME};
use crate::store::{MOST_LISTED, StoreError};

const HOLDERS: &str = "read who has something";
const LISTED: &str = "list who has something";
const CLAIM: &str = "claim";

/// Claims that are made at once.
const AT_ONCE: usize = 16;

impl Dynamo {
    pub(super) async fn read_holders(
        &self,
        things: &[Thing],
    ) -> Result<Vec<Option<Holder>>, StoreError> {
        let mut known = HashMap::new();
        for some in things.chunks(TOGETHER) {
            let keys = some.iter().map(key).collect();
            let keys = KeysAndAttributes::builder().set_keys(Some(keys));
            let keys = keys.consistent_read(true);
            for item in self.items_of(HOLDERS, &self.tables.controls, keys).await? {
                let name: (String, String) = (field(&item, WHAT, KIND)?, field(&item, WHAT, NAME)?);
                known.insert(name, read(&item)?);
            }
        }
        let of = |thing: &Thing| {
            let Name { of, by } = thing.name();
            known.remove(&(kind(&of), by))
        };
        Ok(things.iter().map(of).collect())
    }

    pub(super) async fn list_holders(&self, under: &str) -> Result<Vec<Holder>, StoreError> {
        let page = i32::try_from(MOST_LISTED).unwrap_or(i32::MAX);
        let mut pages = self
            .client
            .query()
            .table_name(&self.tables.controls)
            .key_condition_expression("kind = :kind")
            .expression_attribute_values(":kind", text(kind(under)))
            .consistent_read(true)
            .limit(page)
            .into_paginator()
            .items()
            .send();
        let mut holders = Vec::new();
        while holders.len() < MOST_LISTED {
            let Some(item) = pages.next().await else {
                break;
            };
            holders.push(read(&item.map_err(failure::store(LISTED))?)?);
        }
        Ok(holders)
    }

    /// One claim. Gives whoever keeps the thing from it.
    pub(super) async fn put_claim(&self, claim: &Claim) -> Result<Option<Holder>, StoreError> {
        let put = self.claim_put(claim).build().map_err(unbuildable)?;
        let sent = self
            .client
            .put_item()
            .table_name(put.table_name)
            .set_item(Some(put.item))
            .set_condition_expression(put.condition_expression)
            .set_expression_attribute_values(put.expression_attribute_values)
            .send()
            .await;
        match sent {
            Ok(_) => Ok(None),
            Err(error) if is_refused(&error) => {
                let things = std::slice::from_ref(&claim.thing);
                let holder = self.read_holders(things).await?.pop().flatten();
                Ok(holder.filter(|holder| claim.is_kept_by(holder)))
            }
            Err(error) => Err(failure::store(CLAIM)(error)),
        }
    }

    /// Many claims, not all or nothing. False: somebody keeps one of the things.
    pub(super) async fn put_claims(&self, claims: &[Claim]) -> Result<bool, StoreError> {
        for some in claims.chunks(AT_ONCE) {
            let mut running = tokio::task::JoinSet::new();
            for claim in some {
                let (store, claim) = (self.clone(), claim.clone());
                running.spawn(async move { store.put_claim(&claim).await });
            }
            while let Some(claimed) = running.join_next().await {
                let claimed = claimed.map_err(|source| StoreError::Failed {
                    verb: CLAIM,
                    source: source.into(),
                })?;
                if claimed?.is_some() {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// One claim, as part of a transaction.
    pub(super) fn claim_in_transaction(
        &self,
        claim: &Claim,
    ) -> Result<TransactWriteItem, StoreError> {
        let put = self.claim_put(claim).build().map_err(unbuildable)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    fn claim_put(&self, claim: &Claim) -> PutBuilder {
        let holder = &claim.holder;
        let mut item = key(&claim.thing);
        item.extend([
            (ID.to_owned(), text(holder.registration.as_str())),
            ("account".to_owned(), text(holder.account.as_str())),
            ("since".to_owned(), text(holder.since.to_string())),
        ]);
        let loser = claim.instead_of.as_ref().unwrap_or(&holder.registration);
        Put::builder()
            .table_name(&self.tables.controls)
            .set_item(Some(item))
            .condition_expression(
                "attribute_not_exists(kind) OR registration_id IN (:holder, :loser)",
            )
            .expression_attribute_values(":holder", text(holder.registration.as_str()))
            .expression_attribute_values(":loser", text(loser.as_str()))
    }
}

const WHAT: &str = "a holder";

fn kind(of: &str) -> String {
    format!("claim/{of}")
}

fn key(thing: &Thing) -> HashMap<String, AttributeValue> {
    let Name { of, by } = thing.name();
    HashMap::from([
        (KIND.to_owned(), text(kind(&of))),
        (NAME.to_owned(), text(by)),
    ])
}

fn read(item: &Item) -> Result<Holder, StoreError> {
    Ok(Holder {
        registration: field(item, WHAT, ID)?,
        account: field(item, WHAT, "account")?,
        since: field(item, WHAT, "since")?,
    })
}
