//! `registrar backup FILE`: a copy of the data file, made while a service runs on it.

use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressStyle};
use platform::sqlite;

use crate::place::Place;

/// What `registrar backup` is told.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
To restore it, stop the service, put the copy in the place of the data file (and take\n\
away the files beside it that end in -wal and -shm), and start the service again.")]
pub(crate) struct Backup {
    /// A new file
    #[arg(value_name = "FILE")]
    to: PathBuf,
}

/// Copies the data file.
pub(crate) async fn backup(backup: Backup, place: &Place) -> anyhow::Result<()> {
    let from = place.existing_file()?;
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos} of {len} pages") {
        bar.set_style(style);
    }
    let (to, progress) = (backup.to.clone(), bar.clone());
    let copied = tokio::task::spawn_blocking(move || {
        sqlite::backup(&from, &to, |done, all| {
            progress.set_length(all);
            progress.set_position(done);
        })
    });
    let copied = copied.await?;
    bar.finish_and_clear();
    let bytes = copied?;
    println!("{}: {bytes} bytes, whole", backup.to.display());
    Ok(())
}
