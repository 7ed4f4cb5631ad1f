//! The tables, described once: `infra/` makes them, the store reads and writes
//! them, and a test compares the two.
//!
//! * **events**: the truth. One item is one append, with native attributes.
//!   Nobody may update or delete one.
//! * **registrations**: the projection, one item per registration. Its three
//!   indexes hold keys only and are sparse: a number's own registration is not
//!   listed, and only what waits is due.
//! * **controls**: limits, tokens, idempotency keys and callbacks, one kind per partition,
//!   so that a function's role can be held to its kind by
//!   `dynamodb:LeadingKeys`.

/// A key attribute: its name, and `S` or `N`.
pub type Attribute = (&'static str, &'static str);

/// One table.
#[derive(Debug, Clone, Copy)]
pub struct Schema {
    /// Partition key.
    pub partition: Attribute,
    /// Sort key.
    pub sort: Option<Attribute>,
    /// Indexes; all hold keys only.
    pub indexes: &'static [Index],
    /// The attribute by which items expire, in seconds since 1970.
    pub expires: Option<&'static str>,
}

/// One global secondary index.
#[derive(Debug, Clone, Copy)]
pub struct Index {
    /// Its name.
    pub name: &'static str,
    /// Partition key.
    pub partition: Attribute,
    /// Sort key.
    pub sort: Attribute,
}

/// The id of a registration, in events and registrations.
pub const ID: &str = "registration_id";

/// The place of an event in its history.
pub const SEQ: &str = "seq";

/// Whose registration, where it is listed.
pub const LISTED_ACCOUNT: &str = "listed_account";

/// Under which status it is listed: its own, or `under_way`, which everything
/// that is not at rest shares.
pub const LISTED_STATUS: &str = "listed_status";

/// One of [`DUE_SHARDS`], by the id.
pub const DUE_SHARD: &str = "due_shard";

/// When it is due, in milliseconds since 1970.
pub const DUE_AT: &str = "due_at";

/// The shards of the due index: one partition takes 1,000 writes a second.
pub const DUE_SHARDS: [&str; 4] = ["0", "1", "2", "3"];

/// What kind of control.
pub const KIND: &str = "kind";

/// Which control of its kind.
pub const NAME: &str = "name";

/// When an idempotency key expires, in seconds since 1970.
pub const EXPIRES_AT: &str = "expires_at";

/// The index of registrations by account, newest last.
pub const BY_ACCOUNT: Index = Index {
    name: "by-account",
    partition: (LISTED_ACCOUNT, "S"),
    sort: (ID, "S"),
};

/// The index of registrations by status, newest last.
pub const BY_STATUS: Index = Index {
    name: "by-status",
    partition: (LISTED_STATUS, "S"),
    sort: (ID, "S"),
};

/// The index of registrations by the time at which they are due.
pub const BY_DUE: Index = Index {
    name: "by-due",
    partition: (DUE_SHARD, "S"),
    sort: (DUE_AT, "N"),
};

/// Histories.
pub const EVENTS: Schema = Schema {
    partition: (ID, "S"),
    sort: Some((SEQ, "N")),
    indexes: &[],
    expires: None,
};

/// Rows.
pub const REGISTRATIONS: Schema = Schema {
    partition: (ID, "S"),
    sort: None,
    indexes: &[BY_ACCOUNT, BY_STATUS, BY_DUE],
    expires: None,
};

/// Limits, tokens, idempotency keys, callbacks.
pub const CONTROLS: Schema = Schema {
    partition: (KIND, "S"),
    sort: Some((NAME, "S")),
    indexes: &[],
    expires: Some(EXPIRES_AT),
};

/// The names of the tables in one account and region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tables {
    /// Histories.
    pub events: String,
    /// Rows.
    pub registrations: String,
    /// Limits, tokens, idempotency keys.
    pub controls: String,
}
