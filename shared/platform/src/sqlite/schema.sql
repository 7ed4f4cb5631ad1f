-- One file holds everything. Times are milliseconds since 1970, UTC.

-- The truth: append-only. One row is one append and may hold several facts.
CREATE TABLE IF NOT EXISTS events (
    registration_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    time INTEGER NOT NULL,
    actor TEXT NOT NULL,
    version INTEGER NOT NULL,
    trace TEXT NOT NULL,
    facts TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (registration_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER IF NOT EXISTS events_are_never_changed BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

CREATE TRIGGER IF NOT EXISTS events_are_never_deleted BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

CREATE TRIGGER IF NOT EXISTS events_leave_no_gap BEFORE INSERT ON events
WHEN NEW.seq <> 1 AND NOT EXISTS (
    SELECT 1 FROM events WHERE registration_id = NEW.registration_id AND seq = NEW.seq - 1
)
BEGIN SELECT RAISE(ABORT, 'the event before this one is missing'); END;

-- The projection: one row per registration, rebuilt from events at any time.
CREATE TABLE IF NOT EXISTS registrations (
    id TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    parent TEXT,
    status TEXT NOT NULL,
    step TEXT,
    round INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    due_at INTEGER,
    awaits_answer INTEGER NOT NULL,
    last_error TEXT,
    open_numbers INTEGER NOT NULL DEFAULT 0,
    refused_numbers INTEGER NOT NULL DEFAULT 0,
    open_ends INTEGER NOT NULL DEFAULT 0,
    cancelled_numbers INTEGER NOT NULL DEFAULT 0,
    parked_numbers INTEGER NOT NULL DEFAULT 0,
    received_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS registrations_due ON registrations (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS registrations_status ON registrations (status, id) WHERE parent IS NULL;
CREATE INDEX IF NOT EXISTS registrations_account ON registrations (account, id) WHERE parent IS NULL;

-- Limits, tokens, idempotency keys, callbacks.
CREATE TABLE IF NOT EXISTS controls (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The queues. A message is hidden until visible_at; one received too often is dead. It is
-- in one of its account's two lines, and they take turns (queue.rs).
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    body TEXT NOT NULL,
    visible_at INTEGER NOT NULL,
    receives INTEGER NOT NULL DEFAULT 0,
    dead INTEGER NOT NULL DEFAULT 0,
    line TEXT NOT NULL DEFAULT '',
    turn INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Whose turn it is in a queue.
CREATE TABLE IF NOT EXISTS turns (
    queue TEXT NOT NULL PRIMARY KEY,
    turn INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS messages_visible ON messages (queue, visible_at) WHERE dead = 0;
