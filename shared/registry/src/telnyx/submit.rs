//! Sending what was written down: each call once, in order.

use registration::{Reason, RegistryId, Verdict};
use reqwest::Method;
use serde_json::Value;

use super::call::Call;
use super::reading;
use super::{APPEAL, BRANDS, NUMBERS, Telnyx, read, refusal};
use crate::{Kind, Reading, RegistryError, Request};

impl Telnyx {
    /// The first call has its slot; the others wait for theirs.
    pub(super) async fn send(&self, request: &Request) -> Result<Reading, RegistryError> {
        if request.path.is_empty() {
            return Err(impossible(request.kind));
        }
        let method = Method::from_bytes(request.method.as_bytes()).unwrap_or(Method::POST);
        let call = Call::to(request.kind, method.clone(), &request.path).with_its_slot();
        match request.kind {
            _ if method == Method::DELETE => self.take_back(request, &call).await,
            Kind::Campaign if request.path.ends_with(APPEAL) => self.appeal(request, &call).await,
            Kind::Vetting => self.vet(request, &call).await,
            Kind::Pin => self.hand_in(request, &call).await,
            Kind::Confirmation => self.mail_again(request, &call).await,
            _ => self.make(request, &call).await,
        }
    }

    /// Something new, or new data: the answer is the thing as it stands.
    async fn make(&self, request: &Request, call: &Call) -> Result<Reading, RegistryError> {
        self.check_unchanged(request, call).await?;
        let answer = self.wire.json(call, body(&request.body)).await;
        let is_creation = [BRANDS, NUMBERS].contains(&request.path.as_str());
        let json = answer.map_err(|error| match is_creation {
            true => refusal::of_a_creation(request.kind, error),
            false => error,
        })?;
        let mut reading = read(call, request.kind, json)?;
        for following in &request.then {
            // Revetting is allowed once after the registration and then once
            // every three months (Telnyx SDK: brand revet), so it is only asked
            // for while the brand stands unverified with nothing under way.
            if reading.status != reading::UNVERIFIED {
                break;
            }
            let method = Method::from_bytes(following.method.as_bytes()).unwrap_or(Method::PUT);
            let call = Call::to(request.kind, method, &following.path);
            let answer = self.wire.json(&call, body(&following.body)).await;
            reading = match answer {
                Ok(json) => read(&call, request.kind, json)?,
                Err(RegistryError::Terminal { reasons, .. }) => {
                    return self.as_it_stands(request.kind, &reading.id, reasons).await;
                }
                Err(error) => return Err(error),
            };
        }
        Ok(reading)
    }

    /// Asks for the same campaign to be looked at again. The answer does not
    /// say how it stands; the next look does.
    async fn appeal(&self, request: &Request, call: &Call) -> Result<Reading, RegistryError> {
        let Some(id) = &request.about else {
            return Err(call.refused("the request does not say what it is about"));
        };
        if request.body.get("appeal_reason").is_none() {
            return Err(call.terminal(vec![reason_missing()]));
        }
        let answer = self.wire.send(call, body(&request.body)).await?;
        match answer.yes(call) {
            Ok(()) => Ok(Reading {
                id: id.clone(),
                verdict: None,
                status: "appealed".to_owned(),
                response: answer.kept(),
            }),
            Err(RegistryError::Terminal { reasons, .. }) => {
                self.as_it_stands(request.kind, id, reasons).await
            }
            Err(error) => Err(error),
        }
    }

    /// What stands after the registry has refused to look again. The refusal is
    /// no verdict: it may only mean that it is looking already. Where the old
    /// rejection stands, the refusal is one more reason.
    async fn as_it_stands(
        &self,
        kind: Kind,
        id: &RegistryId,
        refused: Vec<Reason>,
    ) -> Result<Reading, RegistryError> {
        let stands = self.stands(kind, id).await;
        let mut reading = stands.map_err(refusal::nothing_decided)?;
        if let Some(Verdict::Rejected { reasons }) = &mut reading.verdict {
            reasons.extend(refused);
        }
        Ok(reading)
    }
}

/// No body where there is none.
pub(super) fn body(written: &Value) -> Option<&Value> {
    (!written.is_null()).then_some(written)
}

/// A thing that the registry has no such call for.
fn impossible(kind: Kind) -> RegistryError {
    RegistryError::Terminal {
        call: format!("change a {}", kind.name()),
        reasons: vec![Reason {
            code: "not_amendable".to_owned(),
            description: format!(
                "The registry can neither change nor take back a {}: submit a new one.",
                kind.name()
            ),
            fields: Vec::new(),
        }],
    }
}

fn reason_missing() -> Reason {
    Reason {
        code: "appeal_reason_missing".to_owned(),
        description: "A campaign that was refused can only be appealed, and an appeal needs its \
                      reason: give one."
            .to_owned(),
        fields: Vec::new(),
    }
}
