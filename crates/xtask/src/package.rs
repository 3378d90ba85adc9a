//! Builds what is deployed: the zip of each Lambda, the same bytes each time, and the binary of the container image.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use object::{Object, ObjectSection};
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

const LAMBDAS: [&str; 1] = ["validator-lambda"];
const CONTAINERS: [&str; 1] = ["processor"];
/// What `provided.al2023` has; a binary that needs a newer one does not start there.
const GLIBC_MAX: (u32, u32) = (2, 34);
const EXECUTABLE: u32 = 0o755;

/// Builds, stages and lists everything below target/.
pub fn package(root: &Path) -> anyhow::Result<Vec<String>> {
    let target = target(root);
    build(root)?;
    let mut findings = Vec::new();
    for name in LAMBDAS.iter().chain(&CONTAINERS) {
        findings.extend(too_new(&target.join("release").join(name))?);
    }
    for name in LAMBDAS {
        let binary = std::fs::read(target.join("release").join(name))?;
        let path = target.join("lambda").join(format!("{name}.zip"));
        store(&path, &zipped(&binary)?)?;
    }
    for name in CONTAINERS {
        let path = target.join("container").join(name);
        store(&path, &std::fs::read(target.join("release").join(name))?)?;
        make_executable(&path)?;
    }
    Ok(findings)
}

fn store(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, bytes).with_context(|| format!("{} could not be written", path.display()))?;
    let hash = hex::encode(Sha256::digest(bytes));
    crate::say(&format!("{hash}  {:>9} bytes  {}", bytes.len(), path.display()));
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "the same variable that Cargo reads")]
fn target(root: &Path) -> PathBuf {
    root.join(std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

// The folder of this checkout must not be in the binaries: the same sources give the same bytes anywhere.
fn build(root: &Path) -> anyhow::Result<()> {
    let root = root.canonicalize()?;
    let home = cargo_home()?;
    let flags = format!(
        "--remap-path-prefix={}=/relay --remap-path-prefix={}=/cargo",
        root.display(),
        home.display()
    );
    let mut command = Command::new(env!("CARGO"));
    command
        .args(["build", "--release", "--locked", "--quiet"])
        .current_dir(&root)
        .env("RUSTFLAGS", flags);
    for name in LAMBDAS.iter().chain(&CONTAINERS) {
        command.args(["--package", name]);
    }
    anyhow::ensure!(command.status()?.success(), "cargo build did not succeed");
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "the same variables that Cargo reads")]
fn cargo_home() -> anyhow::Result<PathBuf> {
    let home = std::env::var_os("HOME").context("HOME is not set")?;
    Ok(std::env::var_os("CARGO_HOME").map_or_else(|| Path::new(&home).join(".cargo"), PathBuf::from))
}

/// A zip with one file, `bootstrap`: nothing in it depends on when or where it was made.
fn zipped(binary: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        .last_modified_time(DateTime::default())
        .unix_permissions(EXECUTABLE);
    zip.start_file("bootstrap", options)?;
    zip.write_all(binary)?;
    Ok(zip.finish()?.into_inner())
}

fn make_executable(path: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    Ok(std::fs::set_permissions(
        path,
        std::fs::Permissions::from_mode(EXECUTABLE),
    )?)
}

// The symbols of a binary that the C library there does not have.
fn too_new(path: &Path) -> anyhow::Result<Vec<String>> {
    let bytes = std::fs::read(path).with_context(|| format!("{} could not be read", path.display()))?;
    // The versions that a binary needs are names in its table of dynamic strings.
    let file = object::File::parse(&*bytes)?;
    let section = file
        .section_by_name(".dynstr")
        .context("the binary has no dynamic strings")?;
    let names = String::from_utf8_lossy(section.data()?).into_owned();
    let mut found: Vec<(u32, u32)> = names
        .split("GLIBC_")
        .skip(1)
        .filter_map(|rest| {
            let version: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
            let mut numbers = version.split('.').map(str::parse::<u32>);
            Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
        })
        .filter(|version| *version > GLIBC_MAX)
        .collect();
    found.sort_unstable();
    found.dedup();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(found
        .into_iter()
        .map(|(major, minor)| {
            format!(
                "{name} needs GLIBC_{major}.{minor}; provided.al2023 has {}.{}",
                GLIBC_MAX.0, GLIBC_MAX.1
            )
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_binary_gives_the_same_zip_with_one_executable() {
        let first = zipped(b"binary").unwrap();
        assert_eq!(first, zipped(b"binary").unwrap());
        assert_ne!(first, zipped(b"Binary").unwrap());
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(first)).unwrap();
        assert_eq!(archive.len(), 1);
        let file = archive.by_index(0).unwrap();
        assert_eq!(
            (
                file.name().unwrap().into_owned(),
                file.unix_mode().map(|mode| mode & 0o777)
            ),
            ("bootstrap".to_owned(), Some(EXECUTABLE))
        );
    }
}
