//! What a simulator is started with.

use std::time::Duration;

/// Everything a run of the simulator depends on. Two runs with equal settings
/// answer the same calls in the same way.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Decides ids, review times, the webhook key and which webhooks go wrong,
    /// each from the seed and what was sent, never from the order of arrival.
    pub seed: u64,
    /// The key expected in `Authorization: Bearer`.
    pub api_key: String,
    /// How long reviews take.
    pub reviews: Reviews,
    /// Calls allowed in any one second; `None` allows all.
    pub calls_per_second: Option<Limit>,
    /// Whether and how webhooks are sent.
    pub webhooks: Webhooks,
    /// Added to every call before it is carried out.
    pub latency: Duration,
    /// How long a call takes that the outcome table answers slowly.
    pub slow: Duration,
    /// The longest a call is held by [`crate::Answer::Hang`]; then its
    /// connection is closed.
    pub hang: Duration,
    /// Refuse a campaign whose `referenceId` was used before. The SDK says that
    /// it "must be unique"; off, a double submission makes two campaigns and so
    /// can be seen.
    pub unique_reference_ids: bool,
    /// An update of a campaign that ended `TELNYX_FAILED` or `MNO_REJECTED`
    /// sends it through review again (Telnyx: 10DLC event notifications, "Native
    /// campaign rejected for content issues").
    pub edit_restarts_review: bool,
    /// The time between two revets of a brand (Telnyx SDK: once after
    /// registration, then every 3 months).
    pub revet_pause: Duration,
    /// How long a brand's campaigns must have been inactive before it can be
    /// deleted (Telnyx SDK: 3 months).
    pub brand_kept_for: Duration,
    /// How long a vetting stands in the way of another by the same provider and
    /// of the same class (Telnyx SDK: 180 days).
    pub vetting_lasts: Duration,
    /// How long a sole proprietor's PIN can be handed in (Telnyx: 24 hours).
    pub pin_lives: Duration,
    /// How long the link of a public company's e-mail is good (Telnyx: 7 days).
    pub link_lives: Duration,
    /// How long after its creation a public company's brand can be confirmed (Telnyx: 30
    /// days). After that a new one may be submitted with its EIN.
    pub confirmed_within: Duration,
    /// How long a number that was removed cannot be put on another campaign
    /// (T-Mobile: 24 hours). None by default.
    pub number_hold: Duration,
    /// The log keeps this many calls; older ones are dropped and counted.
    pub most_calls_logged: usize,
    /// Creations above this many brands, campaigns and numbers together are
    /// refused.
    pub most_objects: usize,
    /// Connections served at a time; more wait to be accepted.
    pub most_connections: usize,
}

impl Default for Settings {
    /// Seed 0, key `KEY-simulator`, reviews that are done when the POST is
    /// answered, no limit, no webhooks, no latency.
    fn default() -> Self {
        let day = Duration::from_secs(24 * 60 * 60);
        let three_months = 90 * day;
        Self {
            seed: 0,
            api_key: "KEY-simulator".to_owned(),
            reviews: Reviews::default(),
            calls_per_second: None,
            webhooks: Webhooks::Off,
            latency: Duration::ZERO,
            slow: Duration::from_secs(5),
            hang: Duration::from_secs(60),
            unique_reference_ids: false,
            edit_restarts_review: true,
            revet_pause: three_months,
            brand_kept_for: three_months,
            vetting_lasts: 180 * day,
            pin_lives: day,
            link_lives: 7 * day,
            confirmed_within: 30 * day,
            number_hold: Duration::ZERO,
            most_calls_logged: 1_000_000,
            most_objects: 1_000_000,
            most_connections: 10_000,
        }
    }
}

/// How long each kind of review takes, from submission to verdict.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reviews {
    /// A brand's scoring.
    pub brand: Span,
    /// From an e-mail to a public company to its link being followed.
    pub confirmation: Span,
    /// A vetting.
    pub vetting: Span,
    /// A campaign's way from `TCR_PENDING` to `MNO_PROVISIONED`.
    pub campaign: Span,
    /// A number's assignment, and its removal.
    pub number: Span,
}

/// A length of time between two bounds, drawn per object. Zero means that the
/// answer to the POST already carries the final status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The shortest.
    pub min: Duration,
    /// The longest; below `min` it counts as `min`.
    pub max: Duration,
}

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self::exactly(Duration::ZERO);

    /// Always the same length.
    pub const fn exactly(length: Duration) -> Self {
        Self {
            min: length,
            max: length,
        }
    }

    /// Somewhere between the two.
    pub const fn between(min: Duration, max: Duration) -> Self {
        Self { min, max }
    }
}

/// Calls allowed within any one second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// One limit over all calls.
    Together(u32),
    /// One limit for POST, PUT and DELETE, another for GET.
    Apart {
        /// POST, PUT and DELETE.
        writes: u32,
        /// GET.
        reads: u32,
    },
}

/// Whether webhooks are sent.
#[derive(Clone, Debug, Default)]
pub enum Webhooks {
    /// None are sent.
    #[default]
    Off,
    /// One is sent for every change of a status.
    On(Delivery),
}

/// How webhooks are delivered, and what goes wrong on purpose. The chances are
/// per mille of all events, drawn from the seed, the subject and the how-manieth
/// event of its object it is.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The first change happens at once and its webhook is delivered before the
    /// POST that created the object is answered.
    pub early: u16,
    /// Delivered twice, with the same event id.
    pub duplicated: u16,
    /// Held back for [`Delivery::hold`], so that later ones overtake it.
    pub reordered: u16,
    /// Never sent.
    pub lost: u16,
    /// How long a reordered one is held back; a duplicate comes after half of it.
    pub hold: Duration,
    /// A 2xx is due within this (Telnyx: 2 s).
    pub timeout: Duration,
    /// Attempts per URL; after them the failover URL, if there is one, gets as
    /// many (Telnyx: 3).
    pub attempts: u32,
    /// Before the second attempt; doubled before each one after.
    pub pause: Duration,
    /// Events waiting to be sent; more are dropped and counted.
    pub queue: usize,
    /// Deliveries under way at a time.
    pub concurrency: usize,
}

impl Default for Delivery {
    /// Every event once, in order, 3 attempts of 2 s.
    fn default() -> Self {
        Self {
            early: 0,
            duplicated: 0,
            reordered: 0,
            lost: 0,
            hold: Duration::from_millis(200),
            timeout: Duration::from_secs(2),
            attempts: 3,
            pause: Duration::from_millis(100),
            queue: 100_000,
            concurrency: 64,
        }
    }
}
