//! `registrar check`: whether the data file is in order, and mending what is made from
//! histories.

use std::sync::Arc;

use anyhow::ensure;
use indicatif::ProgressBar;
use platform::check::{self, Wrong};
use platform::clock::SystemClock;
use platform::sqlite::Sqlite;
use platform::store::{PAGE, Row, RowQuery};
use platform::{Case, Platform};
use registrar::service;
use registration::RegistrationId;

use crate::place::Place;
use crate::serve::configuration;

/// Histories without a row that are listed at once.
const LISTED: u32 = 1_000;

/// What `registrar check` is told.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Looks through the whole file, also while a service runs on it: SQLite's own check, every\n\
history's chain, every row against its history, every order's counters against its numbers.\n\
What is wrong with a history can only be restored from a copy (`registrar backup`).")]
pub(crate) struct Check {
    /// Make rows and counters again where they are wrong
    #[arg(long)]
    mend: bool,
}

/// Looks through the data file.
pub(crate) async fn check(check: Check, place: &Place) -> anyhow::Result<()> {
    let file = place.existing_file()?;
    let sqlite = Sqlite::open(&file, Arc::new(SystemClock))?;
    let looking = Looking {
        platform: service::platform_on(&sqlite, &configuration()?),
        sqlite,
        mends: check.mend,
        bar: ProgressBar::new_spinner(),
    };
    looking.all().await
}

struct Looking {
    sqlite: Sqlite,
    platform: Platform,
    mends: bool,
    bar: ProgressBar,
}

#[derive(Default)]
struct Found {
    looked: u64,
    wrong: u64,
    mended: u64,
}

impl Looking {
    async fn all(&self) -> anyhow::Result<()> {
        let damaged = self.sqlite.integrity().await?;
        for line in &damaged {
            println!("the file: {line}");
        }
        let mut found = Found::default();
        self.rows(&mut found).await?;
        self.rowless(&mut found).await?;
        self.bar.finish_and_clear();
        let Found {
            looked,
            wrong,
            mended,
        } = found;
        println!("{looked} registrations looked at: {wrong} things wrong, {mended} of them mended");
        ensure!(
            damaged.is_empty(),
            "the file is damaged: restore a copy of it"
        );
        ensure!(
            wrong == mended,
            "{} things are wrong{}",
            wrong - mended,
            if self.mends {
                ""
            } else {
                ": --mend mends rows and counters"
            }
        );
        Ok(())
    }

    async fn rows(&self, found: &mut Found) -> anyhow::Result<()> {
        let mut query = RowQuery {
            most: PAGE,
            ..RowQuery::default()
        };
        loop {
            let page = self.platform.store.rows(&query).await?;
            for row in &page.rows {
                self.one(Some(row), &row.id, found).await?;
                self.numbers(&row.id, found).await?;
            }
            query.after = page.next;
            if query.after.is_none() {
                return Ok(());
            }
        }
    }

    async fn numbers(&self, order: &RegistrationId, found: &mut Found) -> anyhow::Result<()> {
        let mut after = None;
        loop {
            let page = self.platform.store.numbers(order, after.as_ref()).await?;
            for row in &page.rows {
                self.one(Some(row), &row.id, found).await?;
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    async fn rowless(&self, found: &mut Found) -> anyhow::Result<()> {
        let mut after = None;
        loop {
            let ids = self.sqlite.rowless(after.as_ref(), LISTED).await?;
            for id in &ids {
                self.one(None, id, found).await?;
            }
            after = ids.into_iter().last();
            if after.is_none() {
                return Ok(());
            }
        }
    }

    async fn one(
        &self,
        row: Option<&Row>,
        id: &RegistrationId,
        found: &mut Found,
    ) -> anyhow::Result<()> {
        found.looked += 1;
        self.bar.set_message(found.looked.to_string());
        self.bar.tick();
        for wrong in check::registration(&self.platform, row, id).await? {
            found.wrong += 1;
            let mended = self.mends && self.mend(&wrong).await?;
            found.mended += u64::from(mended);
            let word = if mended { " (mended)" } else { "" };
            println!("{}{word}", platform::telemetry::chain(&wrong));
        }
        Ok(())
    }

    /// Makes again what is made from histories. Whether it could.
    async fn mend(&self, wrong: &Wrong) -> anyhow::Result<bool> {
        match wrong {
            Wrong::Row { id, .. } | Wrong::Rowless { id } => {
                let case = Case::load(&*self.platform.store, id).await?;
                let mended = self.sqlite.mend_row(&case.last_row(&self.platform)).await?;
                if mended {
                    self.recount(id).await?;
                }
                Ok(mended)
            }
            Wrong::Counts { id, told, truly } => {
                Ok(self.sqlite.mend_counts(id, *told, *truly).await?)
            }
            Wrong::Chain { .. } | Wrong::Unreadable { .. } => Ok(false),
        }
    }

    /// A row that was made anew counts nothing yet.
    async fn recount(&self, id: &RegistrationId) -> anyhow::Result<()> {
        let row = self.platform.store.row(id).await?;
        for wrong in check::registration(&self.platform, row.as_ref(), id).await? {
            if let Wrong::Counts { id, told, truly } = &wrong {
                self.sqlite.mend_counts(id, *told, *truly).await?;
            }
        }
        Ok(())
    }
}
