//! A webhook that cannot be believed changes nothing; one that we do not
//! understand is kept.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};
use end_to_end::orders;
use end_to_end::told;
use end_to_end::world::World;
use platform::Platform;
use platform::message::Cause;
use registration::{RegistrationId, Step};
use registry::pace::Unlimited;
use registry::telnyx::{ApiKey, Settings as TelnyxSettings, Telnyx};
use registry_simulator::Settings;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// The webhooks function over a real socket, and the key that its registry
/// signs with.
struct Listening {
    world: World,
    id: RegistrationId,
    url: String,
    key: SigningKey,
}

/// An answer: its status, its media type and its body.
type Answer = (u16, String, Value);

impl Listening {
    async fn start() -> Self {
        let world = World::immortal(Settings::default()).await.unwrap();
        let id = world.receive(orders::order(30, 2)).await.unwrap();
        // Only the message that the webhook causes is to be seen below.
        world.clock.advance(Duration::from_secs(1));
        let brand = Step::Brand.function();
        let sent = world
            .queue
            .receive(brand, 10, Duration::from_secs(5), Duration::ZERO)
            .await;
        for delivery in sent.unwrap() {
            world.queue.acknowledge(&delivery.receipt).await.unwrap();
        }
        let key = SigningKey::from_bytes(&[7; 32]);
        let telnyx = Telnyx::new(
            TelnyxSettings {
                base_url: world.simulator.base_url().parse().unwrap(),
                api_key: ApiKey::new("KEY"),
                webhook_public_key: STANDARD.encode(key.verifying_key()),
                connect_timeout: Duration::from_secs(1),
                call_timeout: Duration::from_secs(1),
                campaigns_editable: true,
            },
            Arc::new(Unlimited),
        );
        let platform: Platform = world.platform.clone();
        let router = webhooks::router(platform, Arc::new(telnyx.unwrap()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1/webhooks", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            world,
            id,
            url,
            key,
        }
    }

    fn now(&self) -> i64 {
        self.world.platform.clock.now().as_second()
    }

    /// Sends `body` as the registry would, signed at `time`; `sent_body` is what
    /// arrives.
    async fn post(&self, path: &str, time: i64, body: &str, sent_body: &str) -> Answer {
        let signature = self.key.sign(format!("{time}|{body}").as_bytes());
        let answer = reqwest::Client::new()
            .post(format!("{}/{path}", self.url))
            .header("telnyx-timestamp", time.to_string())
            .header(
                "telnyx-signature-ed25519",
                STANDARD.encode(signature.to_bytes()),
            )
            .body(sent_body.to_owned())
            .send()
            .await
            .unwrap();
        let kind = answer
            .headers()
            .get("content-type")
            .map(|kind| kind.to_str().unwrap());
        let kind = kind.unwrap_or_default().to_owned();
        let status = answer.status().as_u16();
        (status, kind, answer.json().await.unwrap_or_default())
    }

    async fn messages(&self) -> Vec<Cause> {
        let queue = Step::Brand.function();
        let sent = self
            .world
            .queue
            .receive(queue, 10, Duration::from_secs(5), Duration::ZERO);
        sent.await
            .unwrap()
            .into_iter()
            .map(|sent| sent.message.unwrap().cause)
            .collect()
    }

    async fn assert_refused(&self, answer: Answer, status: u16, problem: &str) {
        assert_eq!(
            (answer.0, answer.1.as_str()),
            (status, "application/problem+json")
        );
        assert_eq!(
            answer.2["type"],
            format!("/problems/{problem}"),
            "{}",
            answer.2
        );
        assert_eq!(answer.2["status"], status);
        assert!(
            answer.2["detail"]
                .as_str()
                .is_some_and(|detail| detail.len() > 10)
        );
        assert_eq!(self.messages().await, [], "nothing is sent");
        let told = told::history(&*self.world.store, &self.id).await.unwrap();
        assert_eq!(told, ["received"], "nothing is stored");
    }
}

fn event(kind: &str) -> String {
    json!({
        "data": {
            "id": "1", "event_type": kind, "occurred_at": "2027-01-15T08:00:00Z",
            "record_type": "event", "payload": { "brandId": "b" },
        },
        "meta": { "attempt": 1, "delivered_to": "https://example.com" },
    })
    .to_string()
}

#[tokio::test]
async fn a_signed_webhook_brings_the_look_forward_and_is_no_fact() {
    let listening = Listening::start().await;
    let (path, body) = (
        format!("telnyx/{}", listening.id),
        event("10dlc.brand.update"),
    );
    let answer = listening.post(&path, listening.now(), &body, &body).await;
    assert_eq!(answer.0, 200);
    assert_eq!(listening.messages().await, [Cause::Webhook]);
    let told = told::history(&*listening.world.store, &listening.id)
        .await
        .unwrap();
    assert_eq!(told, ["received"]);
}

#[tokio::test]
async fn a_webhook_whose_body_was_changed_is_refused() {
    let listening = Listening::start().await;
    let (path, body) = (
        format!("telnyx/{}", listening.id),
        event("10dlc.brand.update"),
    );
    let changed = body.replace("brandId", "brandid");
    let answer = listening
        .post(&path, listening.now(), &body, &changed)
        .await;
    listening
        .assert_refused(answer, 401, "unproven-webhook")
        .await;
}

#[tokio::test]
async fn a_webhook_signed_more_than_five_minutes_away_is_refused() {
    let listening = Listening::start().await;
    let (path, body) = (
        format!("telnyx/{}", listening.id),
        event("10dlc.brand.update"),
    );
    for away in [-301, 301] {
        let answer = listening
            .post(&path, listening.now() + away, &body, &body)
            .await;
        listening
            .assert_refused(answer, 401, "unproven-webhook")
            .await;
    }
}

#[tokio::test]
async fn a_webhook_without_a_signature_is_refused() {
    let listening = Listening::start().await;
    let url = format!("{}/telnyx/{}", listening.url, listening.id);
    let body = event("10dlc.brand.update");
    let answer = reqwest::Client::new()
        .post(url)
        .body(body)
        .send()
        .await
        .unwrap();
    let answer = (
        answer.status().as_u16(),
        answer.headers()["content-type"]
            .to_str()
            .unwrap()
            .to_owned(),
        answer.json().await.unwrap(),
    );
    listening
        .assert_refused(answer, 401, "unproven-webhook")
        .await;
}

#[tokio::test]
async fn a_webhook_for_nobody_of_ours_is_not_found() {
    let listening = Listening::start().await;
    let body = event("10dlc.brand.update");
    let nobody = RegistrationId::new(1, 1);
    for path in [
        format!("telnyx/{nobody}"),
        "telnyx/nobody".to_owned(),
        format!("other/{}", listening.id),
    ] {
        let answer = listening.post(&path, listening.now(), &body, &body).await;
        listening.assert_refused(answer, 404, "not-found").await;
    }
}

#[tokio::test]
async fn a_signed_webhook_that_is_no_event_is_refused_and_one_too_large_too() {
    let listening = Listening::start().await;
    let path = format!("telnyx/{}", listening.id);
    let answer = listening.post(&path, listening.now(), "[]", "[]").await;
    listening
        .assert_refused(answer, 400, "malformed-webhook")
        .await;
    let large = "x".repeat(webhooks::LARGEST_BODY + 1);
    let answer = listening.post(&path, listening.now(), &large, &large).await;
    listening.assert_refused(answer, 413, "too-large").await;
}

#[tokio::test]
async fn a_webhook_of_an_unknown_type_is_kept_and_acknowledged_up_to_a_bound() {
    let listening = Listening::start().await;
    let (path, body) = (format!("telnyx/{}", listening.id), event("10dlc.surprise"));
    for _ in 0..webhooks::MOST_UNKNOWN + 3 {
        let answer = listening.post(&path, listening.now(), &body, &body).await;
        assert_eq!(answer.0, 200);
    }
    let told = told::history(&*listening.world.store, &listening.id)
        .await
        .unwrap();
    let kept = told
        .iter()
        .filter(|fact| *fact == "unknown_webhook")
        .count();
    assert_eq!(kept, webhooks::MOST_UNKNOWN as usize);
    let row = listening.world.drive(&listening.id).await.unwrap();
    assert_eq!(row.status, registration::Status::Registered);
}
