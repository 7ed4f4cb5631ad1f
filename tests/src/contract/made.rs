//! Registrations, rows and messages that are made up for a scenario, each with
//! ids that nobody else uses.

use std::fmt::Debug;
use std::future::Future;
use std::time::Duration;

use anyhow::Context as _;
use jiff::Timestamp;
use platform::Message;
use platform::cancel::How;
use platform::case::Author;
use platform::message::Cause;
use platform::queue::Outgoing;
use platform::store::{Append, NumbersCount, Page, Row};
use registrar::service::random;
use registration::chain::{self, Hash};
use registration::event::VERSION;
use registration::patience::later;
use registration::{
    AccountId, Actor, Event, Fact, Order, RegistrationId, Round, Status, Step, TraceId,
};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::orders;

/// How often something that may take a moment is looked at, [`PAUSE`] apart.
const LOOKS: usize = 200;

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(50);

/// A registration whose history is written event by event.
#[derive(Debug, Clone)]
pub(super) struct Story {
    /// The row that goes with the next event; [`Story::next`] raises its seq.
    pub(super) row: Row,
    last: Hash,
}

impl Story {
    /// A registration of an account that has no other.
    pub(super) fn new(now: Timestamp) -> anyhow::Result<Self> {
        Self::of(account()?, now)
    }

    /// A registration of this account.
    pub(super) fn of(account: AccountId, now: Timestamp) -> anyhow::Result<Self> {
        let id = RegistrationId::new(u64::try_from(now.as_millisecond())?, random());
        let row = Row {
            id,
            account,
            parent: None,
            status: Status::InProgress,
            step: Some(Step::Brand),
            round: Round::FIRST,
            seq: 0,
            due_at: None,
            awaits_answer: false,
            last_error: None,
            open_numbers: 0,
            open_ends: 0,
            refused_numbers: 0,
            parked_numbers: 0,
            cancelled_numbers: 0,
            received_at: now,
            updated_at: now,
        };
        Ok(Self {
            row,
            last: Hash::start(),
        })
    }

    /// The number at `place` of this order.
    pub(super) fn number(&self, place: u32) -> Self {
        let mut row = self.row.clone();
        (row.id, row.parent) = (self.row.id.number(place), Some(self.row.id.clone()));
        (row.seq, row.step) = (0, Some(Step::Number));
        Self {
            row,
            last: Hash::start(),
        }
    }

    /// The registration's id.
    pub(super) fn id(&self) -> &RegistrationId {
        &self.row.id
    }

    /// The next event, which says `body`, chained to the one before.
    pub(super) fn next(&mut self, body: Value) -> anyhow::Result<Append> {
        self.row.seq += 1;
        self.row.updated_at = later(self.row.updated_at, Duration::from_millis(1));
        let event = Event {
            seq: self.row.seq,
            time: self.row.updated_at,
            actor: Actor::operator("kim"),
            version: VERSION,
            trace: TraceId::new(u128::from(self.row.seq)),
            facts: vec![Fact::UnknownWebhook {
                event_type: "made.up".to_owned(),
                body,
            }],
        };
        let event = chain::seal(&self.row.id, &self.last, &event)?;
        self.last = event.hash.clone();
        Ok(Append {
            event,
            row: self.row.clone(),
            numbers: NumbersCount::Unchanged,
            parked: 0,
            leaves_row: false,
            claims: Vec::new(),
        })
    }

    /// The next event, which says nothing in particular.
    pub(super) fn on(&mut self) -> anyhow::Result<Append> {
        self.next(json!({ "words": "nothing in particular" }))
    }
}

/// An account that nobody else uses.
pub(super) fn account() -> anyhow::Result<AccountId> {
    Ok(AccountId::parse(&format!("made-{:032x}", random()))?)
}

/// A name that nobody else uses.
pub(super) fn name(of: &str) -> String {
    format!("{of} {:032x}", random())
}

/// A message for this step of a registration that nobody else uses.
pub(super) fn message(step: Step) -> anyhow::Result<Message> {
    Ok(Message {
        registration: RegistrationId::new(1, random()),
        account: account()?,
        step,
        round: Round::FIRST,
        cause: Cause::Next,
        seen: None,
        trace: TraceId::new(random()),
    })
}

/// So many messages for one step, to be received at once.
pub(super) fn messages(step: Step, count: usize) -> anyhow::Result<Vec<Outgoing>> {
    (0..count).map(|_| Ok(at_once(message(step)?))).collect()
}

/// A message without a delay.
pub(super) fn at_once(message: Message) -> Outgoing {
    Outgoing {
        message,
        delay: Duration::ZERO,
    }
}

/// The ids of a page's rows.
pub(super) fn ids(page: &Page) -> Vec<RegistrationId> {
    page.rows.iter().map(|row| row.id.clone()).collect()
}

/// Runs everything at once; the answers, in no order.
pub(super) async fn together<T, E>(
    tasks: impl IntoIterator<Item = impl Future<Output = Result<T, E>> + Send + 'static>,
) -> anyhow::Result<Vec<T>>
where
    T: Send + 'static,
    E: Into<anyhow::Error> + Send + 'static,
{
    let mut running = JoinSet::new();
    for task in tasks {
        running.spawn(task);
    }
    let mut answers = Vec::new();
    while let Some(answer) = running.join_next().await {
        answers.push(answer?.map_err(Into::into)?);
    }
    Ok(answers)
}

/// Waits until what is seen is what is expected: lists and counts may be a
/// moment behind.
pub(super) async fn becomes<T: PartialEq + Debug>(
    expected: T,
    mut look: impl AsyncFnMut() -> anyhow::Result<T>,
) -> anyhow::Result<()> {
    for _ in 0..LOOKS {
        if look().await? == expected {
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
    assert_eq!(look().await?, expected, "it has not become so");
    Ok(())
}

/// A number of this business alone with which the simulator does something: `9001` is
/// refused, `9007` stays pending.
pub(super) fn steered(business: usize, line: &str) -> String {
    format!("+1{}555{line}", 212 + business % 500)
}

/// The only one there is.
pub(super) fn only<T: Debug>(mut things: Vec<T>) -> anyhow::Result<T> {
    anyhow::ensure!(
        things.len() == 1,
        "not one but {}: {things:?}",
        things.len()
    );
    things.pop().context("there is none")
}

/// A cancellation after which the brand is still at the registry.
pub(super) fn keeping_the_brand() -> How {
    How {
        keep_brand: true,
        ..How::default()
    }
}

/// The product team that ordered.
pub(super) fn team() -> anyhow::Result<Author> {
    Ok(Author {
        actor: Actor::account(&AccountId::parse("acme")?),
        trace: TraceId::new(2),
    })
}

/// Somebody who operates the platform.
pub(super) fn operator() -> Author {
    Author {
        actor: Actor::operator("kim"),
        trace: TraceId::new(3),
    }
}

/// An order like the others, changed.
pub(super) fn changed(
    business: usize,
    numbers: usize,
    change: impl FnOnce(&mut Value),
) -> anyhow::Result<Order> {
    let mut document = orders::document(business, numbers);
    change(&mut document);
    Order::read(&document).map_err(|problems| anyhow::anyhow!("{problems}"))
}
