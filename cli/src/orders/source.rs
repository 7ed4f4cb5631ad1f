//! The orders in what a command line names.

use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

use super::columns::{Header, Known};
use super::records::{Form, LARGEST, Record, Records};

/// The most orders of one command.
pub const MOST: u64 = 100_000;

/// How the file of a submission's results ends: no orders are in it.
pub const RESULTS: &str = ".results.ndjson";

/// Standard input, on a command line.
const STDIN: &str = "-";

/// Where an order is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    file: PathBuf,
    line: Option<u64>,
}

impl fmt::Display for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.file.display())?;
        match self.line {
            Some(line) => write!(out, ":{line}"),
            None => Ok(()),
        }
    }
}

/// One order, as far as it can be read.
#[derive(Debug, PartialEq)]
pub struct Entry {
    /// Where it is.
    pub name: Name,
    /// Its own Idempotency-Key, if it has one.
    pub key: Option<String>,
    /// Its document.
    pub document: Result<Value, Unreadable>,
}

/// A row, a line or a file that is no JSON document.
#[derive(Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// A sentence that repeats nothing of it.
    pub why: String,
    /// What it is known again by.
    pub bytes: Vec<u8>,
}

/// How the orders of a file are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Json,
    Ndjson,
    Csv,
}

impl Kind {
    fn of(file: &Path) -> Option<Self> {
        let end = file.extension()?.to_str()?.to_ascii_lowercase();
        match end.as_str() {
            "json" => Some(Self::Json),
            "ndjson" | "jsonl" => Some(Self::Ndjson),
            "csv" => Some(Self::Csv),
            _ => None,
        }
    }
}

#[derive(Debug, Clone)]
struct Source {
    file: PathBuf,
    kind: Kind,
    /// Only the order that begins in this line.
    only: Option<u64>,
}

impl Source {
    /// What one argument names, which is no directory.
    fn of(argument: &Path) -> anyhow::Result<Self> {
        let named = |file: &Path, only| Self {
            file: file.to_owned(),
            kind: match is_stdin(file) {
                true => Kind::Ndjson,
                false => Kind::of(file).unwrap_or(Kind::Json),
            },
            only,
        };
        if is_stdin(argument) || argument.exists() {
            return Ok(named(argument, None));
        }
        let line = argument.to_str().and_then(|text| text.rsplit_once(':'));
        let line = line.and_then(|(file, line)| Some((Path::new(file), line.parse().ok()?)));
        match line {
            Some((file, line)) if file.is_file() => Ok(named(file, Some(line))),
            _ => bail!(
                "{} cannot be read: there is no such file",
                argument.display()
            ),
        }
    }

    fn open(&self) -> anyhow::Result<Box<dyn BufRead>> {
        if is_stdin(&self.file) {
            return Ok(Box::new(BufReader::new(std::io::stdin())));
        }
        let file = File::open(&self.file);
        let file = file.with_context(|| format!("{} cannot be read", self.file.display()))?;
        Ok(Box::new(BufReader::new(file)))
    }

    fn form(&self) -> Form {
        match self.kind {
            Kind::Csv => Form::Row,
            Kind::Json | Kind::Ndjson => Form::Line,
        }
    }
}

fn is_stdin(file: &Path) -> bool {
    file.as_os_str() == STDIN
}

/// The one order that a command line names, if it names a file that holds no more.
pub fn single(arguments: &[PathBuf]) -> Option<&Path> {
    let [file] = arguments else {
        return None;
    };
    let is_many = is_stdin(file)
        || file.is_dir()
        || !matches!(Kind::of(file), None | Some(Kind::Json))
        || !file.exists() && Source::of(file).is_ok();
    (!is_many).then_some(file)
}

/// The files that a command line names.
#[derive(Debug)]
pub struct Sources(Vec<Source>);

impl Sources {
    /// Finds the files, and looks at the header of each that has one: a column that no order has
    /// is told before anything else is read.
    pub fn find(arguments: &[PathBuf]) -> anyhow::Result<Self> {
        let mut sources = Vec::with_capacity(arguments.len());
        for argument in arguments {
            match argument.is_dir() {
                true => sources.extend(in_directory(argument)?),
                false => sources.push(Source::of(argument)?),
            }
        }
        let twice = sources.iter().filter(|source| is_stdin(&source.file));
        ensure!(twice.count() <= 1, "standard input, -, can be read once");
        let known = Known::fields()?;
        let mut wrong = Vec::new();
        for source in sources.iter().filter(|source| source.kind == Kind::Csv) {
            let mut records = Records::new(source.open()?, Form::Row)?;
            if let Err(problems) = header(&mut records, &known)? {
                let file = source.file.display();
                wrong.extend(
                    problems
                        .iter()
                        .map(|problem| format!("\n  {file}: {problem}")),
                );
            }
        }
        ensure!(
            wrong.is_empty(),
            "nothing was read, because columns are wrong:{}",
            wrong.concat()
        );
        Ok(Self(sources))
    }

    /// The file or directory that an argument names; none of standard input.
    pub fn file_of(argument: &Path) -> Option<PathBuf> {
        if argument.is_dir() {
            return Some(argument.to_owned());
        }
        let source = Source::of(argument).ok()?;
        (!is_stdin(&source.file)).then_some(source.file)
    }

    /// Whether only one order is asked for, by its line.
    pub fn is_one(&self) -> bool {
        matches!(self.0.as_slice(), [source] if source.only.is_some())
    }

    /// How many orders there are, where that can be told before they are read. Refuses more than
    /// one command takes.
    pub fn count(&self) -> anyhow::Result<Option<u64>> {
        let mut count = 0;
        for source in &self.0 {
            if is_stdin(&source.file) {
                return Ok(None);
            }
            if source.kind == Kind::Json || source.only.is_some() {
                count += 1;
                continue;
            }
            let form = source.form();
            let mut records = Records::new(source.open()?, form)?;
            if form == Form::Row {
                records.read()?;
            }
            while let Some(record) = records.read()? {
                count += u64::from(!record.is_blank(form));
            }
        }
        ensure!(count <= MOST, too_many());
        Ok(Some(count))
    }

    /// The orders, one after the other.
    pub fn entries(self) -> anyhow::Result<Entries> {
        Ok(Entries {
            sources: self.0.into_iter(),
            known: Known::fields()?,
            open: None,
            taken: 0,
        })
    }
}

fn too_many() -> String {
    format!("there are more than {MOST} orders, the most of one command: split the file")
}

/// The files of a directory that hold orders, by name; not those of directories in it.
fn in_directory(directory: &Path) -> anyhow::Result<Vec<Source>> {
    let unread = || format!("{} cannot be read", directory.display());
    let mut sources = Vec::new();
    for entry in std::fs::read_dir(directory).with_context(unread)? {
        let file = entry.with_context(unread)?.path();
        let is_result = file.to_string_lossy().ends_with(RESULTS);
        if let Some(kind) = Kind::of(&file).filter(|_| !is_result && file.is_file()) {
            let only = None;
            sources.push(Source { file, kind, only });
        }
    }
    ensure!(
        !sources.is_empty(),
        "no orders are in {}: they are files that end in .json, .ndjson or .csv",
        directory.display()
    );
    sources.sort_by(|one, other| one.file.cmp(&other.file));
    Ok(sources)
}

fn header(
    records: &mut Records<Box<dyn BufRead>>,
    known: &Known,
) -> anyhow::Result<Result<Header, Vec<String>>> {
    Ok(match records.read()? {
        None => Err(vec![
            "the file is empty: its first row names fields".to_owned(),
        ]),
        Some(Record {
            trouble: Some(why), ..
        }) => Err(vec![format!("the first row cannot be read: {why}")]),
        Some(Record { bytes, .. }) => Header::read(&bytes, known),
    })
}

/// A file that is being read.
struct Open {
    source: Source,
    records: Records<Box<dyn BufRead>>,
    header: Option<Header>,
    found: bool,
}

/// The orders of files. An error ends them: it is a file's, never one order's.
pub struct Entries {
    sources: std::vec::IntoIter<Source>,
    known: Known,
    open: Option<Open>,
    taken: u64,
}

impl Iterator for Entries {
    type Item = anyhow::Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.entry().transpose()?;
        self.taken += 1;
        if self.taken > MOST {
            self.sources = Vec::new().into_iter();
            self.open = None;
            return Some(Err(anyhow::anyhow!(too_many())));
        }
        Some(entry)
    }
}

impl Entries {
    fn entry(&mut self) -> anyhow::Result<Option<Entry>> {
        loop {
            if let Some(open) = &mut self.open {
                let entry = open.entry();
                let file = open.source.file.display();
                if let Some(entry) = entry.with_context(|| format!("{file} cannot be read"))? {
                    return Ok(Some(entry));
                }
                if let Some(line) = open.source.only.filter(|_| !open.found) {
                    bail!("no order of {file} begins in line {line}");
                }
                self.open = None;
            }
            let Some(source) = self.sources.next() else {
                return Ok(None);
            };
            if source.kind == Kind::Json {
                return one(&source).map(Some);
            }
            let mut records = Records::new(source.open()?, source.form())?;
            let header = match source.kind {
                Kind::Csv => Some(header(&mut records, &self.known)?.map_err(|problems| {
                    let file = source.file.display();
                    anyhow::anyhow!("{file} has changed: {}", problems.join("; "))
                })?),
                Kind::Json | Kind::Ndjson => None,
            };
            self.open = Some(Open {
                source,
                records,
                header,
                found: false,
            });
        }
    }
}

impl Open {
    fn entry(&mut self) -> anyhow::Result<Option<Entry>> {
        let form = self.source.form();
        while let Some(record) = self.records.read()? {
            if record.is_blank(form) || self.source.only.is_some_and(|line| line != record.line) {
                continue;
            }
            self.found = true;
            return Ok(Some(self.read(record)));
        }
        Ok(None)
    }

    fn read(&self, record: Record) -> Entry {
        let Record {
            line,
            bytes,
            trouble,
        } = record;
        let read = match (trouble, &self.header) {
            (Some(why), _) => Err(why),
            (None, Some(header)) => header.row(&bytes).map(|row| (row.document, row.key)),
            (None, None) => json(&bytes).map(|document| (document, None)),
        };
        let (document, key) = match read {
            Ok((document, key)) => (Ok(document), key),
            Err(why) => (Err(Unreadable { why, bytes }), None),
        };
        Entry {
            name: Name {
                file: self.source.file.clone(),
                line: Some(line),
            },
            key,
            document,
        }
    }
}

/// The one order of a JSON file.
fn one(source: &Source) -> anyhow::Result<Entry> {
    ensure!(
        source.only.is_none_or(|line| line == 1),
        "{} is one order: name it without a line",
        source.file.display()
    );
    let mut bytes = Vec::new();
    let most = u64::try_from(LARGEST).unwrap_or(u64::MAX);
    let read = source.open()?.take(most + 1).read_to_end(&mut bytes);
    read.with_context(|| format!("{} cannot be read", source.file.display()))?;
    let read = match bytes.len() > LARGEST {
        true => Err(format!(
            "it is larger than {LARGEST} bytes, the most an order may have"
        )),
        false => json(&bytes),
    };
    Ok(Entry {
        name: Name {
            file: source.file.clone(),
            line: None,
        },
        key: None,
        document: read.map_err(|why| Unreadable { why, bytes }),
    })
}

/// What serde_json says repeats nothing of the text, only where in it.
fn json(bytes: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(bytes).map_err(|error| match std::str::from_utf8(bytes) {
        Ok(_) => format!("it is not JSON: {error}"),
        Err(_) => "it is not UTF-8".to_owned(),
    })
}
