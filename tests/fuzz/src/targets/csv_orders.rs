//! A CSV file of orders: every row is read or told of, and each by itself.

use std::path::PathBuf;

use registrar::orders::columns::{Header, Known};
use registrar::orders::records::{Form as Rows, Records};
use registrar::orders::source::Sources;
use registration::Order;
use registration::preflight::preflight;
use tempfile::TempDir;

use super::{Form, Memory, Reader, Target};

pub(super) const TARGET: Target = Target {
    name: "csv_orders",
    also: Some(("tests/orders", "csv")),
    form: Form::Text,
    begin: || {
        let folder = tempfile::tempdir()?;
        Ok(Box::new(CsvOrders {
            file: folder.path().join("orders.csv"),
            known: Known::fields()?,
            _folder: folder,
        }))
    },
    inputs_of_one: 1_000,
    memory: Memory {
        bytes: 4 << 20,
        per_byte: 200,
    },
};

struct CsvOrders {
    known: Known,
    file: PathBuf,
    _folder: TempDir,
}

/// To find a file's fields takes longer than to read it: one of so many is read as the
/// commands do.
const AS_A_FILE: usize = 16;

impl Reader for CsvOrders {
    fn read(&mut self, input: &[u8]) -> anyhow::Result<()> {
        let mut rows = Records::new(input, Rows::Row)?;
        let Some(first) = rows.read()? else {
            return Ok(());
        };
        let Ok(header) = Header::read(&first.bytes, &self.known) else {
            return Ok(());
        };
        let (mut bytes, mut line) = (first.bytes.len(), first.line);
        while let Some(row) = rows.read()? {
            bytes += row.bytes.len();
            anyhow::ensure!(row.line > line, "two rows begin in line {}", row.line);
            line = row.line;
            if let Ok(row) = header.row(&row.bytes)
                && let Ok(order) = Order::read(&row.document)
            {
                preflight(&order);
            }
        }
        anyhow::ensure!(bytes <= input.len(), "{bytes} bytes of {}", input.len());
        match input.len() % AS_A_FILE {
            0 => self.as_a_file(input),
            _ => Ok(()),
        }
    }
}

impl CsvOrders {
    /// As many orders are read as were told.
    fn as_a_file(&self, input: &[u8]) -> anyhow::Result<()> {
        std::fs::write(&self.file, input)?;
        let arguments = [self.file.clone()];
        // A header that names no field of an order: the command ends with a sentence.
        let Ok(sources) = Sources::find(&arguments) else {
            return Ok(());
        };
        let told = sources.count()?;
        let mut read = 0;
        for entry in sources.entries()? {
            entry?;
            read += 1;
        }
        anyhow::ensure!(told == Some(read), "{told:?} orders were told, {read} read");
        Ok(())
    }
}
