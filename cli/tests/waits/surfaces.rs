//! A platform with everything that says where a registration stands.

use std::process::Command;
use std::time::Duration;

use callbacks::Callbacks;
use end_to_end::orders;
use end_to_end::receiver::Receiver;
use end_to_end::world::World;
use platform::case::Author;
use platform::token::{Role, Secret, Token};
use platform::{Case, Clock as _, callback};
use registrar::service::random;
use registration::callback::Allowed;
use registration::facts::Subject;
use registration::{
    AccountId, Actor, Fact, Order, RegistrationId, RegistryId, Status, Step, TraceId,
};
use registry_simulator::Settings;
use serde_json::{Value, json};

use super::story::{self, NUMBERS, approved};

const SOLE_PROPRIETOR: &str = include_str!("../../../tests/orders/rosa-garden-design.json");

const TOKEN: &str = "rgt_acme";

/// What each surface says of one registration.
#[derive(Debug)]
pub(crate) struct Said {
    /// `GET /v1/registrations/{id}`.
    pub(crate) shown: Value,
    /// Its place in `GET /v1/registrations`; numbers have none.
    pub(crate) listed: Option<Value>,
    /// `registrar show`.
    pub(crate) printed: String,
    /// Its line of `registrar find`.
    pub(crate) found: String,
    /// The `data` of the last callback, if there was one.
    pub(crate) called: Option<Value>,
}

pub(crate) struct Surfaces {
    world: World,
    receiver: Receiver,
    calls: Callbacks,
    api: String,
}

impl Surfaces {
    pub(crate) async fn new() -> Self {
        let mut world = World::immortal(Settings::default()).await.unwrap();
        let loopback = Allowed::parse("loopback").unwrap();
        world.platform.callbacks = callback::Callbacks::new(loopback);
        let calls = Callbacks::with_timeout(loopback, Duration::from_secs(5)).unwrap();
        let receiver = Receiver::willing().await.unwrap();
        let now = world.clock.now();
        let acme = AccountId::parse("acme").unwrap();
        let address = callback::Callback::new(receiver.url.clone(), None, random, now);
        world.store.set_callback(&acme, &address).await.unwrap();
        let token = Token {
            name: "acme".to_owned(),
            role: Role::Account { account: acme },
            created_at: now,
        };
        let hash = Secret::sent(TOKEN).hash();
        world.store.add_token(&hash, &token).await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let api = format!("http://{}", listener.local_addr().unwrap());
        let router = api::router(world.platform.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            world,
            receiver,
            calls,
            api,
        }
    }

    /// An order that can come to this status: a sole proprietor's if a PIN is awaited, a
    /// public company's if a confirmation is.
    pub(crate) async fn ordered(&self, business: usize, status: Status) -> RegistrationId {
        let order = match status {
            Status::AwaitingPin => {
                let mut document: Value = serde_json::from_str(SOLE_PROPRIETOR).unwrap();
                document["brand"]["lastName"] = json!(format!("Person {business}"));
                document["numbers"] = orders::document(business, 1)["numbers"].clone();
                Order::read(&document).unwrap()
            }
            Status::AwaitingConfirmation => {
                let mut document = orders::document(business, NUMBERS);
                let fields = [
                    ("entityType", "PUBLIC_PROFIT"),
                    ("stockSymbol", "EXB"),
                    ("stockExchange", "NASDAQ"),
                    ("businessContactEmail", "legal@public.example.com"),
                ];
                for (name, value) in fields {
                    document["brand"][name] = json!(value);
                }
                Order::read(&document).unwrap()
            }
            _ => orders::order(business, NUMBERS),
        };
        self.world.receive(order).await.unwrap()
    }

    /// Adds facts as the functions of its steps would, an event each.
    pub(crate) async fn happens(&self, id: &RegistrationId, facts: Vec<Fact>) {
        let author = Self::author();
        for fact in facts {
            let mut case = Case::load(&*self.world.store, id).await.unwrap();
            let recorded = case.record(&self.world.platform, &author, vec![fact]).await;
            recorded.unwrap();
        }
    }

    fn author() -> Author {
        Author {
            actor: Actor::function("assign-numbers"),
            trace: TraceId::new(random()),
        }
    }

    /// The order's numbers are started, and none has ended.
    pub(crate) async fn begin_numbers(&self, order: &RegistrationId) {
        let until = [approved(Step::Brand), approved(Step::Campaign)].concat();
        self.happens(order, until).await;
        self.happens(order, vec![story::intended(Step::Numbers)])
            .await;
        let case = Case::load(&*self.world.store, order).await.unwrap();
        let Subject::Business { order: ordered } = case.facts.subject() else {
            panic!("{order} is no order")
        };
        for (number, place) in ordered.numbers.as_slice().iter().zip(1..) {
            let begins = Fact::NumberReceived {
                account: case.facts.account().clone(),
                parent: order.clone(),
                campaign: RegistryId::new("campaign-1"),
                number: number.clone(),
            };
            let (platform, now) = (&self.world.platform, self.world.clock.now());
            let (id, author) = (order.number(place), Self::author());
            let (_, append) = Case::begin(platform, &id, &author, begins, now).unwrap();
            self.world.store.begin(append, None).await.unwrap();
        }
        self.happens(order, vec![story::submitted(Step::Numbers)])
            .await;
    }

    /// What each surface says of a registration, once its row is brought up and its
    /// account told.
    pub(crate) async fn say(&self, id: &RegistrationId) -> Said {
        let case = Case::load(&*self.world.store, id).await.unwrap();
        let platform = &self.world.platform;
        self.world
            .store
            .project(&case.last_row(platform))
            .await
            .unwrap();
        let called = self.calls.tell(platform, &callback::message(&case)).await;
        called.unwrap();
        let calls = self.receiver.calls();
        let own =
            |call: &&end_to_end::receiver::Call| call.says("/data/registration_id") == id.as_str();
        let called = calls.iter().rev().find(own).map(|call| call.says("/data"));
        let listed = self.get("/v1/registrations").await;
        let listed = listed["registrations"].as_array().unwrap();
        let listed = listed.iter().find(|listed| listed["id"] == id.as_str());
        let found = self.prints(&["find"]);
        let found = found.lines().find(|line| line.contains(id.as_str()));
        Said {
            shown: self.get(&format!("/v1/registrations/{id}")).await,
            listed: listed.cloned(),
            printed: self.prints(&["show", id.as_str()]),
            found: found.unwrap_or_default().to_owned(),
            called,
        }
    }

    async fn get(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.api);
        let call = reqwest::Client::new().get(url).bearer_auth(TOKEN).send();
        let answer = call.await.unwrap().error_for_status().unwrap();
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
    }

    fn prints(&self, arguments: &[&str]) -> String {
        let file = self.world.data_file().unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_registrar"))
            .args(arguments)
            .args(["--data", file.path().unwrap()])
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        assert!(output.status.success(), "{arguments:?}: {said}");
        said
    }
}
