//! What was staged: written below the output folder, and told as a table or as JSON.

use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// How much of the hash is in the image's tag: 128 bits, and short enough to be read in a console.
const TAG_BYTES: usize = 16;

/// A staged file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Artifact {
    /// Below the output folder, with `/`.
    pub path: String,
    pub bytes: u64,
    /// In hexadecimal digits.
    pub sha256: String,
}

/// Writes a file below `output`.
pub fn put(output: &Path, path: &str, bytes: &[u8]) -> anyhow::Result<Artifact> {
    let full = output.join(path);
    if let Some(folder) = full.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("{} could not be made", folder.display()))?;
    }
    std::fs::write(&full, bytes).with_context(|| format!("{} could not be written", full.display()))?;
    Ok(Artifact {
        path: path.to_owned(),
        bytes: bytes.len() as u64,
        sha256: hex::encode(Sha256::digest(bytes)),
    })
}

/// The same for a program, which can be run.
pub fn put_program(output: &Path, path: &str, bytes: &[u8]) -> anyhow::Result<Artifact> {
    use std::os::unix::fs::PermissionsExt as _;

    let artifact = put(output, path, bytes)?;
    std::fs::set_permissions(output.join(path), std::fs::Permissions::from_mode(0o755))
        .with_context(|| format!("{path} could not be made executable"))?;
    Ok(artifact)
}

/// The tag of an image that is made of these files: the same files have the same tag, and a tag is never used again for
/// others, which is what the repository's immutable tags ask for.
pub fn tag(artifacts: &[Artifact]) -> String {
    let mut hash = Sha256::new();
    for artifact in artifacts {
        hash.update(format!("{}  {}\n", artifact.sha256, artifact.path));
    }
    hex::encode(&hash.finalize()[..TAG_BYTES])
}

/// Tells standard output.
pub fn write(artifacts: &[Artifact], json: bool) -> anyhow::Result<()> {
    let text = if json {
        artifacts
            .iter()
            .map(|artifact| serde_json::to_string(artifact).map(|line| line + "\n"))
            .collect::<Result<String, _>>()?
    } else {
        table(artifacts)
    };
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())
        .context("standard output could not be written")
}

fn table(artifacts: &[Artifact]) -> String {
    let width = artifacts.iter().map(|artifact| artifact.path.len()).max().unwrap_or(0);
    let mut text = format!("{:width$}  {:>10}  SHA-256\n", "PATH", "BYTES");
    for Artifact { path, bytes, sha256 } in artifacts {
        text.push_str(&[format!("{path:width$}"), format!("{bytes:>10}"), sha256.clone()].join("  "));
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put_two(first: &[u8], second: &[u8]) -> Vec<Artifact> {
        let folder = tempfile::tempdir().unwrap();
        let artifacts = vec![
            put_program(folder.path(), "container/processor", first).unwrap(),
            put(folder.path(), "container/Dockerfile", second).unwrap(),
        ];
        assert_eq!(std::fs::read(folder.path().join("container/processor")).unwrap(), first);
        artifacts
    }

    #[test]
    fn the_tag_is_a_function_of_what_is_in_the_image() {
        let tag_of = |first: &[u8], second: &[u8]| tag(&put_two(first, second));
        assert_eq!(tag_of(b"1", b"2"), tag_of(b"1", b"2"));
        assert_ne!(tag_of(b"1", b"2"), tag_of(b"2", b"1"));
        assert_ne!(tag_of(b"1", b"2"), tag_of(b"1", b"3"));
        assert_eq!(tag_of(b"1", b"2").len(), 32);
    }

    #[test]
    fn the_table_has_a_line_for_each() {
        let text = table(&put_two(b"abc", b""));
        assert_eq!(
            text,
            "PATH                       BYTES  SHA-256\n\
             container/processor            3  ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n\
             container/Dockerfile           0  e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"
        );
    }
}
