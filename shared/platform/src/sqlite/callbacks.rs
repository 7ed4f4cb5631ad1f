//! Callbacks, one per account.

use registration::AccountId;
use rusqlite::params;

use super::Sqlite;
use super::store::{control, set_control};
use crate::callback::Callback;
use crate::store::StoreError;

impl Sqlite {
    pub(super) async fn read_callback(
        &self,
        account: &AccountId,
    ) -> Result<Option<Callback>, StoreError> {
        let key = key(account);
        let value = self
            .read("read a callback", move |connection| {
                control(connection, &key)
            })
            .await?;
        value
            .map(|value| serde_json::from_str(&value))
            .transpose()
            .map_err(corrupt)
    }

    pub(super) async fn write_callback(
        &self,
        account: &AccountId,
        callback: &Callback,
    ) -> Result<(), StoreError> {
        let key = key(account);
        let value = serde_json::to_string(callback).map_err(corrupt)?;
        self.write("keep a callback", move |connection| {
            set_control(connection, &key, &value)
        })
        .await
    }

    pub(super) async fn delete_callback(&self, account: &AccountId) -> Result<(), StoreError> {
        let key = key(account);
        self.write("remove a callback", move |connection| {
            connection.execute("DELETE FROM controls WHERE key = ?1", params![key])?;
            Ok(())
        })
        .await
    }
}

fn key(account: &AccountId) -> String {
    format!("callback/{account}")
}

/// Never with the value: it holds a secret.
fn corrupt(error: serde_json::Error) -> StoreError {
    let (kind, column) = (error.classify(), error.column());
    StoreError::Corrupt(format!("a callback: {kind:?} at column {column}"))
}
