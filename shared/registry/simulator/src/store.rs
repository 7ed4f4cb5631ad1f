//! All that is registered, and the agenda of what changes when.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use fastrand::Rng;
use jiff::Timestamp;
use serde_json::Value;

use crate::brand::Brand;
use crate::campaign::Campaign;
use crate::clock::written;
use crate::draw::{happens, rng, uuid};
use crate::event::Event;
use crate::number::Number;
use crate::refusal::{FULL, Refusal};
use crate::registry::WebhookCounts;
use crate::review::{Review, Slot};
use crate::settings::{Settings, Webhooks};
use crate::shelf::Shelf;
use crate::submissions::Submissions;

/// What the agenda wakes up for.
#[derive(Debug)]
pub(crate) enum Wake {
    /// The next status of the brand with this id.
    Brand(String),
    /// The end of the nth vetting of the brand with this id.
    Vetting(String, usize),
    /// The next status of the campaign with this id.
    Campaign(String),
    /// The next status of this number.
    Number(String),
    /// A webhook that was held back.
    Send(Event),
}

/// Everything the simulator knows; all calls go through one lock on it.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) settings: Settings,
    pub(crate) brands: Shelf<Brand>,
    pub(crate) campaigns: Shelf<Campaign>,
    pub(crate) numbers: Shelf<Number>,
    /// Brand id by EIN, digits only.
    pub(crate) by_ein: HashMap<String, String>,
    /// Brand ids by display name.
    pub(crate) by_name: HashMap<String, BTreeSet<String>>,
    /// Brand and campaign ids by the id at The Campaign Registry.
    pub(crate) by_tcr_id: HashMap<String, String>,
    /// Campaign ids by reference, oldest first.
    pub(crate) by_reference: HashMap<String, Vec<String>>,
    /// How many vettings there are, of all brands.
    pub(crate) vettings: usize,
    /// Brand id by the reference of its latest PIN.
    pub(crate) by_otp: HashMap<String, String>,
    /// Numbers that were removed: from which campaign, and until when they are
    /// held for it.
    pub(crate) held_numbers: HashMap<String, (String, Duration)>,
    pub(crate) submissions: Submissions,
    wall: Timestamp,
    agenda: BTreeMap<Slot, Wake>,
    entries: u64,
    held_back: usize,
    outbox: Vec<Event>,
    dropped: u64,
    /// What went wrong with webhooks on purpose.
    pub(crate) counts: WebhookCounts,
}

impl Store {
    /// An empty one; `wall` is the time at the simulator's start.
    pub(crate) fn new(settings: Settings, wall: Timestamp) -> Self {
        Self {
            settings,
            brands: Shelf::default(),
            campaigns: Shelf::default(),
            numbers: Shelf::default(),
            by_ein: HashMap::new(),
            by_name: HashMap::new(),
            by_tcr_id: HashMap::new(),
            by_reference: HashMap::new(),
            vettings: 0,
            by_otp: HashMap::new(),
            held_numbers: HashMap::new(),
            submissions: Submissions::default(),
            wall,
            agenda: BTreeMap::new(),
            entries: 0,
            held_back: 0,
            outbox: Vec::new(),
            dropped: 0,
            counts: WebhookCounts::default(),
        }
    }

    /// Brings everything to where it is at `now`. Every call begins with this.
    pub(crate) fn settle(&mut self, now: Duration) {
        while let Some(entry) = self.agenda.first_entry() {
            let due = entry.key().0;
            if due > now {
                break;
            }
            match entry.remove() {
                Wake::Brand(id) => self.brand_moves(&id, due),
                Wake::Vetting(brand, nth) => self.vetting_ends(&brand, nth, due),
                Wake::Campaign(id) => self.campaign_moves(&id, due),
                Wake::Number(phone) => self.number_moves(&phone, due),
                Wake::Send(event) => {
                    self.held_back = self.held_back.saturating_sub(1);
                    self.outbox.push(event);
                }
            }
        }
    }

    /// When the agenda goes on.
    pub(crate) fn next_due(&self) -> Option<Duration> {
        self.agenda.first_key_value().map(|((due, _), _)| *due)
    }

    /// The webhooks to be sent since the last time.
    pub(crate) fn take_outbox(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.outbox)
    }

    /// Held-back webhooks that found no room.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Puts an object's next change on the agenda, in place of the one that was
    /// there. Give back the slot to the object's review.
    pub(crate) fn reschedule<S>(
        agenda: &mut BTreeMap<Slot, Wake>,
        entries: &mut u64,
        review: &mut Review<S>,
        wake: Wake,
    ) {
        let slot = review.due().map(|due| (due, *entries));
        *entries += 1;
        if let Some(before) = review.scheduled(slot) {
            agenda.remove(&before);
        }
        if let Some(slot) = slot {
            agenda.insert(slot, wake);
        }
    }

    /// Puts something on the agenda that nothing takes off again.
    pub(crate) fn wake_at(&mut self, at: Duration, wake: Wake) {
        self.agenda.insert((at, self.entries), wake);
        self.entries += 1;
    }

    /// Schedules a brand's next change.
    pub(crate) fn schedule_brand(&mut self, id: &str) {
        if let Some(brand) = self.brands.get_mut(id) {
            let wake = Wake::Brand(id.to_owned());
            Self::reschedule(&mut self.agenda, &mut self.entries, &mut brand.review, wake);
        }
    }

    /// Schedules a campaign's next change.
    pub(crate) fn schedule_campaign(&mut self, id: &str) {
        if let Some(campaign) = self.campaigns.get_mut(id) {
            let wake = Wake::Campaign(id.to_owned());
            Self::reschedule(
                &mut self.agenda,
                &mut self.entries,
                &mut campaign.review,
                wake,
            );
        }
    }

    /// Schedules a number's next change.
    pub(crate) fn schedule_number(&mut self, phone: &str) {
        if let Some(number) = self.numbers.get_mut(phone) {
            let wake = Wake::Number(phone.to_owned());
            Self::reschedule(
                &mut self.agenda,
                &mut self.entries,
                &mut number.review,
                wake,
            );
        }
    }

    /// Takes an object's change off the agenda.
    pub(crate) fn unschedule<S>(&mut self, review: &mut Review<S>) {
        if let Some(slot) = review.scheduled(None) {
            self.agenda.remove(&slot);
        }
    }

    /// A generator for one purpose of a subject's nth creation.
    pub(crate) fn rng(&self, purpose: &str, subject: &str, nth: u64) -> Rng {
        rng(self.settings.seed, purpose, subject, nth)
    }

    /// A time since the start, as answers write it.
    pub(crate) fn written(&self, at: Duration) -> String {
        written(self.wall, at)
    }

    /// A time since the start in Unix seconds, as campaigns are dated.
    pub(crate) fn unix(&self, at: Duration) -> String {
        let moment = self.wall.checked_add(at).unwrap_or(self.wall);
        moment.as_second().to_string()
    }

    /// Refuses a creation when there is no room.
    pub(crate) fn room(&self) -> Result<(), Refusal> {
        let held = self.brands.len() + self.campaigns.len() + self.numbers.len();
        let held = held + self.vettings;
        // Deleted ones still count as submissions, and those take room too.
        if held.max(self.submissions.subjects()) < self.settings.most_objects {
            return Ok(());
        }
        let detail = "The simulator holds as many objects as its setting allows.";
        Err(Refusal::new(
            axum::http::StatusCode::BAD_REQUEST,
            FULL,
            detail,
        ))
    }

    /// Whether the first webhook of this subject's nth creation goes out early.
    pub(crate) fn is_early(&self, purpose: &str, subject: &str, nth: u64) -> bool {
        let Webhooks::On(delivery) = &self.settings.webhooks else {
            return false;
        };
        let early = delivery.early;
        happens(
            &mut self.rng(&format!("early {purpose}"), subject, nth),
            early,
        )
    }

    /// Sends an event, unless something goes wrong on purpose.
    pub(crate) fn tell(&mut self, at: Duration, told: Told) {
        let Webhooks::On(delivery) = &self.settings.webhooks else {
            return;
        };
        let (Some(url), Some(payload)) = (told.url, told.payload) else {
            return;
        };
        let (hold, lost, reordered, duplicated) = (
            delivery.hold,
            delivery.lost,
            delivery.reordered,
            delivery.duplicated,
        );
        let subject = format!("{} {}", told.subject, told.nth);
        let mut rng = self.rng(told.event_type, &subject, u64::from(told.event));
        let event = Event {
            id: uuid(&mut rng),
            event_type: told.event_type,
            occurred_at: self.written(at),
            payload,
            url,
            failover_url: told.failover_url,
            early: told.exempt,
            lane: self.rng("lane", &subject, 0).u64(..),
        };
        self.counts.early += u64::from(event.early);
        let goes_wrong = !told.exempt;
        if happens(&mut rng, lost) && goes_wrong {
            self.counts.lost += 1;
            return;
        }
        let late = happens(&mut rng, reordered) && goes_wrong;
        if happens(&mut rng, duplicated) {
            self.counts.duplicated += 1;
            let copy = Event {
                early: false,
                ..event.clone()
            };
            self.hold_back(at + hold / 2, copy);
        }
        if late {
            self.counts.reordered += 1;
            self.hold_back(at + hold, event);
        } else {
            self.outbox.push(event);
        }
    }

    fn hold_back(&mut self, until: Duration, event: Event) {
        let Webhooks::On(delivery) = &self.settings.webhooks else {
            return;
        };
        if self.held_back >= delivery.queue {
            self.dropped += 1;
            return;
        }
        self.held_back += 1;
        self.wake_at(until, Wake::Send(event));
    }
}

/// A change that somebody may want to be told of.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) event_type: &'static str,
    /// `None`: nothing to tell.
    pub(crate) payload: Option<Value>,
    /// `None`: nobody to tell.
    pub(crate) url: Option<String>,
    pub(crate) failover_url: Option<String>,
    pub(crate) subject: String,
    /// Which creation of that subject.
    pub(crate) nth: u64,
    /// Which event of that object.
    pub(crate) event: u32,
    /// Neither lost nor held back: it is the early one.
    pub(crate) exempt: bool,
}
