//! The inputs that altered ones are made of, and those that failed.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::targets::Target;

/// The committed inputs of a target, in the order of their names.
pub fn of(target: &Target) -> anyhow::Result<Vec<(PathBuf, Vec<u8>)>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut inputs = in_folder(&here.join("corpus").join(target.name), None)?;
    if let Some((folder, ends)) = target.also {
        inputs.extend(in_folder(&here.join("../..").join(folder), Some(ends))?);
    }
    Ok(inputs)
}

fn in_folder(folder: &Path, ends: Option<&str>) -> anyhow::Result<Vec<(PathBuf, Vec<u8>)>> {
    let unread = || format!("{} cannot be read", folder.display());
    let mut inputs = Vec::new();
    for entry in fs::read_dir(folder).with_context(unread)? {
        let file = entry.with_context(unread)?.path();
        let end = file.extension().and_then(|end| end.to_str());
        if ends.is_none_or(|ends| end == Some(ends)) {
            let input = fs::read(&file).with_context(unread)?;
            inputs.push((file, input));
        }
    }
    anyhow::ensure!(!inputs.is_empty(), "{} has no inputs", folder.display());
    inputs.sort();
    Ok(inputs)
}

/// Where inputs of a run are kept: the one that is being read, so that it is there if the
/// process does not outlive it, and those that failed.
#[derive(Debug)]
pub struct Kept {
    folder: PathBuf,
}

impl Kept {
    /// Keeps them in this folder.
    pub fn in_folder(folder: &Path, target: &Target) -> anyhow::Result<Self> {
        let folder = folder.join(target.name);
        fs::create_dir_all(&folder)
            .with_context(|| format!("{} cannot be made", folder.display()))?;
        Ok(Self { folder })
    }

    /// This one is being read.
    pub fn read_now(&self, input: &[u8]) -> anyhow::Result<()> {
        self.write("last", input).map(drop)
    }

    /// This one failed. Gives its file.
    pub fn failed(&self, seed: u64, input: &[u8]) -> anyhow::Result<PathBuf> {
        self.write(&format!("failed-{seed}"), input)
    }

    fn write(&self, name: &str, input: &[u8]) -> anyhow::Result<PathBuf> {
        let file = self.folder.join(name);
        fs::write(&file, input).with_context(|| format!("{} cannot be written", file.display()))?;
        Ok(file)
    }
}
