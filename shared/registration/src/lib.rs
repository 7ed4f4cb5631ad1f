//! The pure core of registrar: what a registration is, and what comes next.
//!
//! No clock, no IO, no async, no AWS (a test reads `cargo tree`). Time and
//! randomness come in as values, so that every line here can be tested with
//! plain data, and a history of any age can be folded again.
//!
//! # Layout, in the order to read it
//!
//! * [`sequence`]: the registration as one ordinary function over the facts so
//!   far, where `?` is where it waits; and the list of steps beside it. The one
//!   place where the order of things is written.
//! * [`event`]: what can happen. Past tense, append-only, versioned.
//! * [`facts`]: the fold from a history to what is known of every step.
//! * [`order`]: what a product team sends, validated on construction.
//! * [`pin`]: what a sole proprietor types off a text message.
//! * [`preflight`]: what reviewers reject, said before any fee is paid.
//! * [`qualification`]: whether carriers take the campaign from this brand at all.
//! * [`callback`]: what the account is still to be told, and where that may go.
//! * [`status`]: the one word that operators and product teams see.
//! * [`must_act`]: who must act, for every status.
//! * [`waiting`]: what is waited for, in words.
//! * [`parked`]: the numbers that wait for an operator, by their reasons.
//! * [`patience`]: how long to wait, how often to ask, when to stop.
//! * [`calendar`]: what time alone brings, and when a registration is due.
//! * [`amendment`]: what may be changed when.
//! * [`claim`]: what belongs to one registration only, where orders meet.
//! * [`advice`]: what to do about a registry's reason.
//! * [`chain`]: each event carries the hash of the one before.
//! * [`upcast`]: how an event written by an older version is read.
//! * [`id`]: the names of things.

pub mod advice;
pub mod amendment;
pub mod calendar;
pub mod callback;
pub mod chain;
pub mod claim;
pub mod event;
mod event_names;
pub mod facts;
pub mod id;
pub mod must_act;
pub mod order;
pub mod parked;
pub mod patience;
pub mod pin;
pub mod preflight;
pub mod qualification;
pub mod refusal;
pub mod sequence;
pub mod status;
pub mod upcast;
pub mod waiting;
mod wording;

pub use event::{Event, Fact, Failure, Reason, Verdict};
pub use facts::{Facts, StepFacts};
pub use id::{AccountId, Actor, Reference, RegistrationId, RegistryId, Round, TraceId};
pub use must_act::MustAct;
pub use order::Order;
pub use pin::Pin;
pub use sequence::{Pending, Registered, Step, Waits};
pub use status::Status;
