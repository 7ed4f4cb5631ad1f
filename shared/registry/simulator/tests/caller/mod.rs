//! A simulator with somebody who calls it.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "shared by tests that each use a part of it, and fail by panicking"
)]

use std::time::{Duration, Instant};

use registry_simulator::{Settings, Simulator};
use reqwest::Method;
use serde_json::{Value, json};

/// A simulator and an HTTP client with its key.
pub(crate) struct Caller {
    pub(crate) simulator: Simulator,
    pub(crate) client: reqwest::Client,
}

/// Status and body of an answer; the body is null when it is not JSON.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl Answered {
    /// Code and pointer of the first error.
    pub(crate) fn error(&self) -> (&str, &str) {
        let error = &self.body["errors"][0];
        let pointer = error["source"]["pointer"].as_str().unwrap_or_default();
        (error["code"].as_str().unwrap_or_default(), pointer)
    }

    /// The body of a call that went well.
    pub(crate) fn fine(self) -> Value {
        assert!((200..300).contains(&self.status), "{self:?}");
        self.body
    }
}

impl Caller {
    pub(crate) async fn start(settings: Settings) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let address = ([127, 0, 0, 1], 0).into();
        let simulator = Simulator::start(settings, address).await.expect("starts");
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(30))
            .build()
            .expect("client");
        Self { simulator, client }
    }

    /// A call, or the error of a connection that failed.
    pub(crate) async fn try_call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answered, reqwest::Error> {
        let url = format!("{}{path}", self.simulator.base_url());
        let mut request = self
            .client
            .request(method, url)
            .bearer_auth("KEY-simulator");
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await?;
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Ok(Answered {
            status,
            headers,
            body,
        })
    }

    pub(crate) async fn get(&self, path: &str) -> Answered {
        self.try_call(Method::GET, path, None)
            .await
            .expect("answered")
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answered {
        self.try_call(Method::POST, path, Some(body))
            .await
            .expect("answered")
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answered {
        self.try_call(Method::PUT, path, Some(body))
            .await
            .expect("answered")
    }

    pub(crate) async fn delete(&self, path: &str) -> Answered {
        self.try_call(Method::DELETE, path, None)
            .await
            .expect("answered")
    }

    /// A brand that is verified at once.
    pub(crate) async fn brand_id(&self, ein: &str) -> String {
        let brand = self.post("/10dlc/brand", &brand(ein)).await.fine();
        brand["brandId"].as_str().expect("an id").to_owned()
    }

    /// A campaign that is provisioned at once.
    pub(crate) async fn campaign_id(&self, brand_id: &str, reference: &str) -> String {
        let sent = campaign(brand_id, reference);
        let campaign = self.post("/10dlc/campaignBuilder", &sent).await.fine();
        campaign["campaignId"].as_str().expect("an id").to_owned()
    }

    /// Reads until a field says what is wanted.
    pub(crate) async fn until(&self, path: &str, field: &str, wanted: &str) -> Value {
        let start = Instant::now();
        loop {
            let body = self.get(path).await.body;
            if body[field] == wanted {
                return body;
            }
            assert!(start.elapsed() < Duration::from_secs(20), "{path}: {body}");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Reads until there is nothing to read.
    pub(crate) async fn until_gone(&self, path: &str) {
        let start = Instant::now();
        while self.get(path).await.status != 404 {
            assert!(
                start.elapsed() < Duration::from_secs(20),
                "{path} is still there"
            );
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

/// A brand that nothing is wrong with.
pub(crate) fn brand(ein: &str) -> Value {
    json!({
        "entityType": "PRIVATE_PROFIT",
        "displayName": format!("Shop {ein}"),
        "companyName": format!("Shop {ein} Inc."),
        "ein": ein,
        "phone": "+12125550100",
        "email": "owner@shop.example",
        "country": "US",
        "state": "NY",
        "vertical": "RETAIL",
    })
}

/// A campaign that nothing is wrong with.
pub(crate) fn campaign(brand_id: &str, reference: &str) -> Value {
    json!({
        "brandId": brand_id,
        "referenceId": reference,
        "usecase": "CUSTOMER_CARE",
        "description": "Answers to questions that customers ask us about their orders.",
        "messageFlow": "Customers tick a box on the checkout page that names our messages.",
        "sample1": "Your order is on its way. Reply STOP to end.",
    })
}

/// The value with one field replaced.
pub(crate) fn with(mut value: Value, field: &str, set: impl Into<Value>) -> Value {
    value[field] = set.into();
    value
}
