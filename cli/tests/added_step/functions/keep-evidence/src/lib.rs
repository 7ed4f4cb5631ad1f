//! keep-evidence: the campaign's texts as reviewers will read them, kept in the
//! history before they are submitted.
//!
//! 1. Request: the texts.
//! 2. Submit: nothing is sent; the request in the history is the evidence.
//! 3. Verdict: approved at once.

use std::sync::Arc;

use async_trait::async_trait;
use platform::at_registry::Downstream;
use platform::step::{CallError, Misplaced, order};
use platform::{Case, Platform, StepFunction};
use registration::{Reference, RegistryId, Step, Verdict};
use registry::pace::NoSlot;
use registry::{Capability, Reading};
use serde_json::{Value, json};

/// The step as a function.
pub fn functions(_registry: Downstream) -> Vec<Arc<dyn StepFunction>> {
    vec![Arc::new(Evidence)]
}

/// The texts of the campaign.
#[derive(Debug, Clone, Copy)]
pub struct Evidence;

#[async_trait]
impl StepFunction for Evidence {
    fn step(&self) -> Step {
        Step::Evidence
    }

    fn capability(&self) -> Capability {
        Capability::Dedupes
    }

    async fn slot(&self) -> Result<(), NoSlot> {
        Ok(())
    }

    fn request(&self, case: &Case, _as: &Reference) -> Result<Value, Misplaced> {
        let campaign = order(case, Step::Evidence)?.campaign.new_part();
        Ok(json!({
            "messageFlow": campaign.map(|campaign| campaign.message_flow.as_str()),
        }))
    }

    async fn submit(
        &self,
        _platform: &Platform,
        case: &Case,
        _request: &Value,
    ) -> Result<Reading, CallError> {
        Ok(kept(case))
    }

    async fn find(
        &self,
        _platform: &Platform,
        case: &Case,
        _as: &Reference,
    ) -> Result<Option<Reading>, CallError> {
        Ok(Some(kept(case)))
    }

    async fn verdict(
        &self,
        _platform: &Platform,
        case: &Case,
        _id: &RegistryId,
    ) -> Result<Reading, CallError> {
        Ok(kept(case))
    }
}

fn kept(case: &Case) -> Reading {
    Reading {
        id: RegistryId::new(case.id.as_str()),
        verdict: Some(Verdict::Approved),
        status: "kept".to_owned(),
        response: Value::Null,
    }
}
