//! Callbacks, one per account.

use registration::AccountId;

use super::attribute::to_attribute;
use super::failure::{self, corrupt};
use super::item::{field, text};
use super::store::Dynamo;
use super::tables::{KIND, NAME};
use crate::callback::Callback;
use crate::store::StoreError;

const CALLBACK: &str = "callback";

impl Dynamo {
    pub(super) async fn read_callback(
        &self,
        account: &AccountId,
    ) -> Result<Option<Callback>, StoreError> {
        let found = self.control(CALLBACK, account.as_str()).await?;
        found
            .map(|item| field(&item, "a callback", CALLBACK))
            .transpose()
    }

    pub(super) async fn put_callback(
        &self,
        account: &AccountId,
        callback: &Callback,
    ) -> Result<(), StoreError> {
        let value = serde_json::to_value(callback).map_err(|error| corrupt("a callback", error))?;
        self.client
            .put_item()
            .table_name(&self.tables.controls)
            .item(KIND, text(CALLBACK))
            .item(NAME, text(account.as_str()))
            .item(CALLBACK, to_attribute(&value))
            .send()
            .await
            .map_err(failure::store("keep a callback"))?;
        Ok(())
    }

    pub(super) async fn delete_callback(&self, account: &AccountId) -> Result<(), StoreError> {
        self.client
            .delete_item()
            .table_name(&self.tables.controls)
            .key(KIND, text(CALLBACK))
            .key(NAME, text(account.as_str()))
            .send()
            .await
            .map_err(failure::store("remove a callback"))?;
        Ok(())
    }
}
