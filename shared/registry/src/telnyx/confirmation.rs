//! The e-mail by which a public company confirms its brand (Authentication+). The
//! registry sends the first one when it takes the brand.
//!
//! Telnyx SDK: brand `resend2faEmail`, which answers nothing. That the link was followed
//! shows in the brand alone, which is `VERIFIED` after that.

use registration::order::Brand;
use registration::{RegistryId, Verdict};
use reqwest::Method;
use serde_json::Value;

use super::call::{Answer, Call, path};
use super::submit::body;
use super::{BRANDS, CONFIRMATION, Telnyx, request};
use crate::{Following, Kind, Reading, RegistryError, Request};

/// Has the e-mail sent again; with a corrected address once the brand has that. Whether
/// the change of an address sends one by itself is not said anywhere: a second one does
/// no harm.
pub(super) fn again(
    brand: &RegistryId,
    corrected: Option<&Brand>,
    webhook: Option<&str>,
) -> Request {
    let mail = path(BRANDS, brand.as_str(), CONFIRMATION);
    let made = match corrected {
        None => request::request(Kind::Confirmation, "POST", mail, Value::Null),
        Some(corrected) => Request {
            then: vec![Following {
                method: "POST".to_owned(),
                path: mail,
                body: Value::Null,
            }],
            ..request::request(
                Kind::Confirmation,
                "PUT",
                path(BRANDS, brand.as_str(), ""),
                request::brand_update(corrected, webhook),
            )
        },
    };
    Request {
        about: Some(brand.clone()),
        ..made
    }
}

impl Telnyx {
    /// Each call is answered with a yes or a no; how the brand stands, the next look says.
    pub(super) async fn mail_again(
        &self,
        request: &Request,
        call: &Call,
    ) -> Result<Reading, RegistryError> {
        let Some(id) = &request.about else {
            return Err(call.refused("the request does not say what it is about"));
        };
        let yes = |answer: &Answer, call: &Call| {
            let said = answer.yes(call);
            said.map_err(RegistryError::without_addresses)
        };
        let mut answer = self.wire.send(call, body(&request.body)).await?;
        yes(&answer, call)?;
        for following in &request.then {
            let method = Method::from_bytes(following.method.as_bytes()).unwrap_or(Method::POST);
            let call = Call::to(request.kind, method, &following.path);
            answer = self.wire.send(&call, body(&following.body)).await?;
            yes(&answer, &call)?;
        }
        Ok(Reading {
            id: id.clone(),
            verdict: None,
            status: "sent".to_owned(),
            response: answer.kept(),
        })
    }

    /// Nothing tells whether an e-mail was sent, and another one does nothing twice: only
    /// of a brand that is confirmed none is sent.
    pub(super) async fn find_confirmation(
        &self,
        brand: &RegistryId,
    ) -> Result<Option<Reading>, RegistryError> {
        let stands = self.stands(Kind::Confirmation, brand).await?;
        Ok(Some(stands).filter(|reading| reading.verdict == Some(Verdict::Approved)))
    }
}
