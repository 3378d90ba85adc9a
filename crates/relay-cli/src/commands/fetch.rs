//! `relay packages fetch`: the original or a result, checked against its recorded hash on the way out, and its rows in
//! another format.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use relay_model::{ObjectVersion, PackageRecord, Sha256Digest};
use relay_pipeline::ports::PackageStore;
use relay_transform::{ArrowSink, read_parquet};
use serde::Serialize;
use sha2::{Digest, Sha256};
use tokio::io::AsyncReadExt;

use super::Outcome;
use crate::args::RowFormat;
use crate::context::{Context, Found, damage_in_words};
use crate::output::human_bytes;

const CHUNK_BYTES: usize = 256 * 1024;

#[derive(Serialize)]
struct Fetched<'a> {
    package_id: &'a relay_model::PackageId,
    result: Option<&'a str>,
    to: &'a Path,
    size_bytes: u64,
    sha256: Sha256Digest,
    /// How many rows were written in another format than the one of the result, whose size and hash stand above.
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<u64>,
}

pub async fn execute(
    context: &Context,
    id: &str,
    result: Option<&str>,
    format: Option<RowFormat>,
    to: &Path,
) -> anyhow::Result<Outcome> {
    let is_table = |name: &str| {
        Path::new(name)
            .extension()
            .is_some_and(|extension| extension == "parquet")
    };
    if format.is_some() && !result.is_some_and(is_table) {
        return Ok(Outcome::WrongUsage(
            "--as needs a table: give --result with a name that ends in .parquet (relay packages show ID names the results)".to_owned(),
        ));
    }
    let relay = context.open_reading().await?;
    let record = match relay.find(id).await? {
        Found::One(record) => *record,
        Found::Damaged(damaged) => anyhow::bail!(damage_in_words(&damaged)),
        Found::NotOne(message) => return Ok(Outcome::WrongUsage(message)),
    };
    let (object, expected) = match wanted(&record, result) {
        Ok(wanted) => wanted,
        Err(message) => return Ok(Outcome::WrongUsage(message)),
    };
    if to.exists() {
        return Ok(Outcome::WrongUsage(format!(
            "{} exists already; name a new file",
            to.display()
        )));
    }
    let store = relay.ports.store.as_ref();
    let (size_bytes, sha256, rows) = match format {
        None => {
            let (size_bytes, sha256) = copy_checked(store, &object, expected, to).await?;
            (size_bytes, sha256, None)
        }
        Some(RowFormat::Arrow) => {
            let parquet = Temporary::beside(to, "parquet")?;
            let (size_bytes, sha256) = copy_checked(store, &object, expected, &parquet.path).await?;
            (size_bytes, sha256, Some(write_as_arrow(&parquet.path, to)?))
        }
    };
    let output = context.output();
    if output.is_json() {
        output.json(&Fetched {
            package_id: &record.package_id,
            result,
            to,
            size_bytes,
            sha256,
            rows,
        })?;
    } else {
        let size = human_bytes(size_bytes);
        if let Some(rows) = rows {
            let of = result.unwrap_or_default();
            output.line(&format!("{}: {rows} rows, as an Arrow IPC stream", to.display()))?;
            output.line(&format!("They are of {of}: {size}, SHA-256 {sha256}, as recorded."))?;
            return Ok(Outcome::AllWell);
        }
        output.line(&format!("{}: {size}, SHA-256 {sha256}, as recorded.", to.display()))?;
    }
    Ok(Outcome::AllWell)
}

fn wanted(record: &PackageRecord, result: Option<&str>) -> Result<(ObjectVersion, Option<Sha256Digest>), String> {
    let Some(name) = result else {
        return Ok((record.trail_state.object.clone(), record.sha256));
    };
    if let Some(result) = record.results.iter().find(|result| result.name == name) {
        return Ok((result.object.clone(), Some(result.sha256)));
    }
    let names: Vec<&str> = record.results.iter().map(|result| result.name.as_str()).collect();
    let have = if names.is_empty() {
        "it has none".to_owned()
    } else {
        format!("it has {}", names.join(", "))
    };
    Err(format!("the package has no result '{}': {have}", name.escape_default()))
}

async fn copy_checked(
    store: &dyn PackageStore,
    object: &ObjectVersion,
    expected: Option<Sha256Digest>,
    to: &Path,
) -> anyhow::Result<(u64, Sha256Digest)> {
    let mut reader = store.read(object, 0).await?;
    let temporary = Temporary::beside(to, "part")?;
    let mut file = std::fs::File::create_new(&temporary.path)
        .with_context(|| format!("{} could not be written", temporary.path.display()))?;
    let (mut hasher, mut size_bytes) = (Sha256::new(), 0);
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let read = reader
            .read(&mut chunk)
            .await
            .context("the stored object could not be read")?;
        if read == 0 {
            break;
        }
        hasher.update(&chunk[..read]);
        file.write_all(&chunk[..read])
            .with_context(|| format!("{} could not be written", to.display()))?;
        size_bytes += read as u64;
    }
    let sha256 = Sha256Digest::from_bytes(hasher.finalize().into());
    if expected.is_some_and(|expected| expected != sha256) {
        bail!(
            "the stored bytes are not the recorded ones (SHA-256 {sha256}); nothing was written. Run relay audit verify --objects"
        );
    }
    publish(&file, &temporary, to)?;
    Ok((size_bytes, sha256))
}

// The rows of a Parquet file whose hash was checked.
fn write_as_arrow(parquet: &Path, to: &Path) -> anyhow::Result<u64> {
    let parquet = std::fs::File::open(parquet).context("the copied result could not be read")?;
    let temporary = Temporary::beside(to, "part")?;
    let mut file = std::fs::File::create_new(&temporary.path)
        .with_context(|| format!("{} could not be written", temporary.path.display()))?;
    let rows = read_parquet(parquet, &mut ArrowSink::new(&mut file))
        .with_context(|| format!("the rows could not be written to {}", to.display()))?;
    publish(&file, &temporary, to)?;
    Ok(rows)
}

// A link instead of a rename: it does not replace a file that has appeared meanwhile.
fn publish(file: &std::fs::File, temporary: &Temporary, to: &Path) -> anyhow::Result<()> {
    file.sync_all()
        .and_then(|()| std::fs::hard_link(&temporary.path, to))
        .with_context(|| format!("{} could not be written", to.display()))
}

// The file under its temporary name; removed whatever happens.
struct Temporary {
    path: PathBuf,
}

impl Temporary {
    fn beside(to: &Path, ending: &str) -> anyhow::Result<Self> {
        let name = to
            .file_name()
            .ok_or_else(|| anyhow!("{} does not name a file", to.display()))?;
        let name = format!(".{}.{}.{ending}", name.to_string_lossy(), std::process::id());
        Ok(Self {
            path: to.with_file_name(name),
        })
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // It may never have been made.
        let _ = std::fs::remove_file(&self.path);
    }
}
