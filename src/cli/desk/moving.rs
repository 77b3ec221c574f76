//! `ocdeck desk export` and `ocdeck desk import`: a desk as JSON lines.

use super::{super::print, progress::Progress, there};
use crate::desk::{self, Place, Who, dump};
use anyhow::{Context, Result};
use std::{
    fs::{File, OpenOptions},
    io::{self, BufReader, BufWriter, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Write everything that the desk holds as JSON lines: to keep it, or to move it.
///
/// Consoles may go on meanwhile; what they write then is not in it.
#[derive(Debug, clap::Args)]
pub(super) struct ExportArgs {
    /// A new file, readable for its owner only; without one, standard output.
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

/// Read what `ocdeck desk export` wrote into a desk that holds nothing.
///
/// All of it or nothing: the chain of hashes is checked before anything is kept.
#[derive(Debug, clap::Args)]
pub(super) struct ImportArgs {
    /// The file; - reads standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(super) fn export(args: &ExportArgs, place: &Place) -> Result<ExitCode> {
    let mut store = there(place)?;
    let counts = match &args.file {
        Some(path) => {
            let file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(path)
                .with_context(|| format!("cannot make {}", path.display()))?;
            let written = write(store.as_mut(), &file);
            if written.is_err() {
                // Half of a desk is taken for a whole one some day.
                let _ = std::fs::remove_file(path);
            }
            written.with_context(|| format!("cannot write {}", path.display()))?
        }
        None => {
            let mut out = BufWriter::new(io::stdout().lock());
            let counts = export_to(store.as_mut(), &mut out)?;
            out.flush()?;
            counts
        }
    };
    // Standard output may be the export.
    let _ = writeln!(io::stderr(), "exported {}", said(&counts));
    Ok(ExitCode::SUCCESS)
}

fn export_to(store: &mut dyn desk::Store, out: &mut dyn Write) -> Result<dump::Counts> {
    let mut progress = Progress::new("exported", None);
    let counts = dump::export_while(store, out, &mut |done| progress.at(done))?;
    Ok(counts)
}

fn write(store: &mut dyn desk::Store, file: &File) -> Result<dump::Counts> {
    let mut out = BufWriter::new(file);
    let counts = export_to(store, &mut out)?;
    out.flush()?;
    drop(out);
    file.sync_all()?;
    Ok(counts)
}

pub(super) fn import(args: &ImportArgs, place: &Place) -> Result<ExitCode> {
    // An own desk that is not there yet is made.
    let mut store = desk::open(place, &Who::default())?;
    let counts = if args.file == Path::new("-") {
        dump::import(store.as_mut(), &mut io::stdin().lock())?
    } else {
        let file = File::open(&args.file)
            .with_context(|| format!("cannot read {}", args.file.display()))?;
        dump::import(store.as_mut(), &mut BufReader::new(file))?
    };
    print(&format!("imported {} into {place}", said(&counts)))?;
    Ok(ExitCode::SUCCESS)
}

fn said(counts: &dump::Counts) -> String {
    format!(
        "records: {}, fields of drafts: {}; the last hash is {}",
        counts.records, counts.drafts, counts.hash
    )
}
