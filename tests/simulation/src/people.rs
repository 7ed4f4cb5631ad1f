//! What people do: what they are asked for, and what comes into their heads.

use std::error::Error;
use std::time::Duration;

use platform::Case;
use platform::amend::amend;
use platform::cancel::{self, cancel};
use platform::case::Author;
use platform::confirmation::confirmation;
use platform::limit::{Change, Changer};
use platform::limiter::Rate;
use platform::otp::otp;
use platform::redrive::redrive;
use platform::retry::{self, retry};
use registration::chain::StoredEvent;
use registration::patience::later;
use registration::pin::Pin;
use registration::sequence::Waits;
use registration::{Actor, MustAct, RegistrationId, Status, Step, TraceId};
use serde_json::{Value, json};

use crate::chance;
use crate::orders::Ordered;
use crate::world::World;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What somebody does at a moment that nobody chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Changes a text of the order.
    Amend,
    /// Takes the order back.
    Cancel,
    /// Lets a stopped step run again.
    Retry,
    /// Pauses the limit of calls that change something, or sets another.
    Limit(usize),
    /// Gives the limit back what is configured.
    NoLimit,
    /// Takes dead letters up again.
    Redrive,
}

/// Those who act in one run. None of what they do need succeed: they look again later.
/// They reach the platform as anybody does: their calls take time and fail.
pub struct People<'a>(pub &'a World);

impl People<'_> {
    fn operator() -> Author {
        Author {
            actor: Actor::operator("pat"),
            trace: TraceId::new(chance::id()),
        }
    }

    /// One act; whether it was taken.
    pub async fn act(&self, id: &RegistrationId, act: Act) -> bool {
        let (platform, author) = (&self.0.platform, Self::operator());
        match act {
            Act::Amend => {
                let text = "Example: your visit is tomorrow at 9 AM. Reply STOP to opt out.";
                let patch = json!({"campaign": {"samples": [text, text]}});
                let amended = amend(platform, id, &author, &patch).await;
                self.is_kept(id, &author, amended.is_ok()).await
            }
            Act::Cancel => cancel(platform, id, &author, cancel::How::default())
                .await
                .is_ok(),
            Act::Retry => retry(platform, id, &author, retry::How::default())
                .await
                .is_ok(),
            Act::Limit(0) => self.change(Change::Pause).await,
            Act::Limit(_) => match Rate::per_second(1.0) {
                Ok(rate) => self.change(Change::Set(rate)).await,
                Err(_) => false,
            },
            Act::NoLimit => self.change(Change::Resume).await && self.change(Change::Unset).await,
            Act::Redrive => {
                let mut all = true;
                for queue in self.0.functions.queues() {
                    all &= redrive(platform, queue, 100, &author).await.is_ok();
                }
                all
            }
        }
    }

    /// A correction that was taken must be in the history.
    async fn is_kept(&self, id: &RegistrationId, author: &Author, taken: bool) -> bool {
        let history = self.0.store.history(id).await.unwrap_or_default();
        let is_its = |event: &StoredEvent| event.trace == author.trace;
        if taken && !history.iter().any(is_its) {
            let what = format!("a correction of {id} was taken, and is not kept");
            self.0.doors.watch.breaks(what);
        }
        taken
    }

    fn tell(&self, id: &RegistrationId, what: &str, came: Result<(), impl Error>) {
        let came = came.map_or_else(
            |error| format!("{error}: {error:?}"),
            |()| "done".to_owned(),
        );
        let told = format_args!("{id}: a person {what}: {came}").to_string();
        self.0.doors.trace.happened(self.0.clock.truly(), told);
    }

    async fn change(&self, change: Change) -> bool {
        let changer = Changer {
            operator: "pat".to_owned(),
            at: self.0.platform.clock.now(),
        };
        let store = &self.0.platform.store;
        store
            .change_limit(&World::limit(), change, &changer)
            .await
            .is_ok()
    }

    /// Does what a registration waits for a person to do, if it does; whether it does.
    pub async fn answer(&self, id: &RegistrationId, ordered: Ordered, document: &Value) -> bool {
        let store = &*self.0.platform.store;
        // People see the list, and open what waits for them.
        let Ok(row) = store.row(id).await else {
            return true;
        };
        if row.is_none_or(|row| matches!(row.must_act(), MustAct::Nobody | MustAct::Registry)) {
            return false;
        }
        let Ok(case) = Case::load(store, id).await else {
            return true;
        };
        let (platform, author) = (&self.0.platform, Self::operator());
        match Status::of(&case.facts) {
            Status::Rejected => match ordered.correction(document) {
                Some(patch) => {
                    let amended = amend(platform, id, &author, &patch).await;
                    self.is_kept(id, &author, amended.is_ok()).await;
                    self.tell(id, "corrects it", amended.map(drop));
                    true
                }
                None => false,
            },
            Status::AwaitingPin => {
                let brand = case.facts.registry_id(Step::Brand);
                let pin = brand.and_then(|brand| self.0.registry.simulator.pin(brand.as_str()));
                // A PIN that is over is not handed in: another one is asked for.
                let waits = case.pending().map(|pending| pending.waits);
                let pin = pin.filter(|_| !matches!(waits, Some(Waits::Pin { until: None })));
                let pin = pin.and_then(|pin| Pin::parse(&pin).ok());
                let handed = otp(platform, id, &author, pin.as_ref()).await;
                self.tell(id, "hands in the PIN", handed.map(drop));
                true
            }
            // People ask for it once a day.
            Status::AwaitingConfirmation
                if later(case.updated_at(), DAY) > self.0.clock.truly() =>
            {
                false
            }
            Status::AwaitingConfirmation => {
                let asked = confirmation(platform, id, &author).await;
                self.tell(id, "has another e-mail sent", asked.map(drop));
                true
            }
            Status::Parked => {
                let how = retry::How {
                    unchanged: true,
                    ..retry::How::default()
                };
                let retried = retry(platform, id, &author, how).await;
                self.tell(id, "lets it run again", retried.map(drop));
                true
            }
            _ => false,
        }
    }
}
