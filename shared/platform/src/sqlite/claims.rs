//! Who has what, among the controls.

use registration::claim::{Claim, Holder, Name, Thing};
use rusqlite::{Connection, Result, params};

use super::store::{control, set_control, unreadable};
use crate::store::MOST_LISTED;

/// Who has this thing.
pub(super) fn holder(connection: &Connection, thing: &Thing) -> Result<Option<Holder>> {
    let value = control(connection, &key(thing))?;
    value.map(|value| read(&value)).transpose()
}

/// Who has things that are listed under this.
pub(super) fn listed(connection: &Connection, under: &str) -> Result<Vec<Holder>> {
    // `0` comes next after `/` in ASCII.
    let (from, to) = (format!("claim/{under}/"), format!("claim/{under}0"));
    let values: Vec<String> = connection
        .prepare_cached(
            "SELECT value FROM controls WHERE key > ?1 AND key < ?2 ORDER BY key LIMIT ?3",
        )?
        .query_map(params![from, to, MOST_LISTED], |row| row.get(0))?
        .collect::<Result<_>>()?;
    values.iter().map(|value| read(value)).collect()
}

/// Whether nobody keeps any of these from their claims.
pub(super) fn may_take(connection: &Connection, claims: &[Claim]) -> Result<bool> {
    for claim in claims {
        let kept =
            holder(connection, &claim.thing)?.is_some_and(|holder| claim.is_kept_by(&holder));
        if kept {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Takes all of these. False: somebody keeps one of them, and none is taken.
pub(super) fn take(connection: &Connection, claims: &[Claim]) -> Result<bool> {
    if !may_take(connection, claims)? {
        return Ok(false);
    }
    for claim in claims {
        let value = serde_json::to_string(&claim.holder).map_err(unreadable)?;
        set_control(connection, &key(&claim.thing), &value)?;
    }
    Ok(true)
}

fn key(thing: &Thing) -> String {
    let Name { of, by } = thing.name();
    format!("claim/{of}/{by}")
}

fn read(value: &str) -> Result<Holder> {
    serde_json::from_str(value).map_err(unreadable)
}
