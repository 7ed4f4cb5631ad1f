//! Allowances: read, judged, and written back unless somebody else has been there.

use jiff::Timestamp;
use registration::patience::later;

use super::attribute::to_attribute;
use super::events::is_refused;
use super::failure::{self, corrupt};
use super::item::{field, text, whole};
use super::store::Dynamo;
use super::tables::{EXPIRES_AT, KIND, NAME};
use crate::allowance::{Allowance, Spent};
use crate::store::StoreError;

const ALLOWANCE: &str = "allowance";
const USE: &str = "use an allowance";

/// How often one that others use at the same moment is judged again.
const TURNS: u32 = 8;

impl Dynamo {
    pub(super) async fn use_allowance(
        &self,
        allowance: &Allowance,
        now: Timestamp,
    ) -> Result<Result<(), Timestamp>, StoreError> {
        for _ in 0..TURNS {
            let known = self.control(ALLOWANCE, &allowance.name).await?;
            let (uses, mut spent) = match &known {
                None => (0, Spent::default()),
                Some(item) => (
                    field::<u64>(item, "an allowance", "uses")?,
                    field::<Spent>(item, "an allowance", "spent")?,
                ),
            };
            if let Err(again) = spent.spend(allowance, now) {
                return Ok(Err(again));
            }
            let spent = serde_json::to_value(&spent).map_err(|error| corrupt(USE, error))?;
            let put = self
                .client
                .put_item()
                .table_name(&self.tables.controls)
                .item(KIND, text(ALLOWANCE))
                .item(NAME, text(&allowance.name))
                .item("uses", whole(uses + 1))
                .item("spent", to_attribute(&spent))
                .item(EXPIRES_AT, whole(later(now, allowance.window).as_second()))
                .condition_expression("attribute_not_exists(kind) OR uses = :uses")
                .expression_attribute_values(":uses", whole(uses));
            match put.send().await {
                Ok(_) => return Ok(Ok(())),
                Err(error) if is_refused(&error) => {}
                Err(error) => return Err(failure::store(USE)(error)),
            }
        }
        Err(StoreError::Busy {
            verb: USE,
            source: format!("others used it {TURNS} times at the same moment").into(),
        })
    }
}
