//! Tokens, idempotency keys. Limits are in `limits`.

use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use jiff::Timestamp;
use registration::RegistrationId;
use registration::patience::later;

use super::attribute::to_attribute;
use super::events::unbuildable;
use super::failure::{self, corrupt};
use super::item::{Item, field, text, whole};
use super::store::Dynamo;
use super::tables::{EXPIRES_AT, ID, KIND, NAME};
use crate::store::{Append, Begun, KEY_LIVES, Key, StoreError};
use crate::token::{Token, TokenHash};

const TOKEN: &str = "token";
const IDEMPOTENCY: &str = "idempotency";

impl Dynamo {
    /// A put of the key into the transaction that begins its registration. One
    /// that has expired and is still there counts as absent.
    pub(super) fn put_key(
        &self,
        key: &Key,
        append: &Append,
    ) -> Result<TransactWriteItem, StoreError> {
        let now = append.event.time;
        let put = Put::builder()
            .table_name(&self.tables.controls)
            .item(KIND, text(IDEMPOTENCY))
            .item(NAME, text(key_name(key)))
            .item(ID, text(append.row.id.as_str()))
            .item("body", text(&key.body))
            .item(EXPIRES_AT, whole(later(now, KEY_LIVES).as_second()))
            .condition_expression("attribute_not_exists(kind) OR expires_at < :now")
            .expression_attribute_values(":now", whole(now.as_second()))
            .build()
            .map_err(unbuildable)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// What a key that is there belongs to. `at`: unless it has expired by then.
    pub(super) async fn known_key(
        &self,
        key: &Key,
        at: Option<Timestamp>,
    ) -> Result<Option<Begun>, StoreError> {
        let what = "an idempotency key";
        let Some(item) = self.control(IDEMPOTENCY, &key_name(key)).await? else {
            return Ok(None);
        };
        let expires_at: i64 = field(&item, what, EXPIRES_AT)?;
        if at.is_some_and(|at| expires_at < at.as_second()) {
            return Ok(None);
        }
        let body: String = field(&item, what, "body")?;
        let id: RegistrationId = field(&item, what, ID)?;
        Ok(Some(match body == key.body {
            true => Begun::Repeated(id),
            false => Begun::KeyTaken,
        }))
    }

    pub(super) async fn read_token(&self, hash: &TokenHash) -> Result<Option<Token>, StoreError> {
        let found = self.control(TOKEN, hash.as_str()).await?;
        found
            .map(|item| field(&item, "a token", "token"))
            .transpose()
    }

    pub(super) async fn put_token(
        &self,
        hash: &TokenHash,
        token: &Token,
    ) -> Result<(), StoreError> {
        let value = serde_json::to_value(token).map_err(|error| corrupt("a token", error))?;
        self.client
            .put_item()
            .table_name(&self.tables.controls)
            .item(KIND, text(TOKEN))
            .item(NAME, text(hash.as_str()))
            .item("token", to_attribute(&value))
            .send()
            .await
            .map_err(failure::store("add a token"))?;
        Ok(())
    }

    pub(super) async fn delete_tokens(&self, name: &str) -> Result<u64, StoreError> {
        let mut deleted = 0;
        for (hash, token) in self.all_tokens().await? {
            if token.name != name {
                continue;
            }
            self.client
                .delete_item()
                .table_name(&self.tables.controls)
                .key(KIND, text(TOKEN))
                .key(NAME, text(hash))
                .send()
                .await
                .map_err(failure::store("revoke a token"))?;
            deleted += 1;
        }
        Ok(deleted)
    }

    /// All tokens with their hashes, by their names.
    pub(super) async fn all_tokens(&self) -> Result<Vec<(String, Token)>, StoreError> {
        let items: Vec<Item> = self
            .client
            .query()
            .table_name(&self.tables.controls)
            .key_condition_expression("kind = :kind")
            .expression_attribute_values(":kind", text(TOKEN))
            .consistent_read(true)
            .into_paginator()
            .items()
            .send()
            .collect::<Result<_, _>>()
            .await
            .map_err(failure::store("list tokens"))?;
        let mut tokens = items
            .iter()
            .map(|item| {
                Ok((
                    field(item, "a token", NAME)?,
                    field(item, "a token", "token")?,
                ))
            })
            .collect::<Result<Vec<(String, Token)>, StoreError>>()?;
        tokens.sort_by(|(_, one), (_, other)| one.name.cmp(&other.name));
        Ok(tokens)
    }

    pub(super) async fn control(&self, kind: &str, name: &str) -> Result<Option<Item>, StoreError> {
        let found = self
            .client
            .get_item()
            .table_name(&self.tables.controls)
            .key(KIND, text(kind))
            .key(NAME, text(name))
            .consistent_read(true)
            .send()
            .await
            .map_err(failure::store("read a control"))?;
        Ok(found.item)
    }
}

fn key_name(key: &Key) -> String {
    format!("{}/{}", key.account, key.key)
}
