//! Whether packaging is reproducible: everything once more, from a copy of the sources in another folder.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::build::Build;
use super::report::Artifact;
use super::{Options, stage};

/// The sources as they were before the first build, below a folder of their own. What is left of an earlier check is
/// removed, so that nothing is taken from it.
#[derive(Debug)]
pub struct Elsewhere {
    folder: PathBuf,
}

impl Elsewhere {
    /// Copies the sources.
    pub fn prepare(build: &Build) -> anyhow::Result<Self> {
        let folder = build.folder().join("elsewhere");
        if folder.exists() {
            std::fs::remove_dir_all(&folder).with_context(|| format!("{} could not be removed", folder.display()))?;
        }
        let elsewhere = Self { folder };
        copy(build.root(), &elsewhere.source())?;
        Ok(elsewhere)
    }

    fn source(&self) -> PathBuf {
        self.folder.join("source")
    }

    /// Builds again and compares; a line for each file that differs.
    pub fn check(&self, build: &Build, options: &Options, artifacts: &[Artifact]) -> anyhow::Result<Vec<String>> {
        // Whoever edits while this runs would be told that packaging is not reproducible.
        if let Some(path) = changed(build.root(), &self.source())? {
            anyhow::bail!("{path} was changed during the build: nothing can be said; run it again");
        }
        let again = build.elsewhere(self.source(), self.folder.join("build"));
        let other = stage(&again, options, &self.folder.join("output"))?;
        Ok(differences(artifacts, &other))
    }
}

fn differences(artifacts: &[Artifact], other: &[Artifact]) -> Vec<String> {
    let mut findings = Vec::new();
    for (first, second) in artifacts.iter().zip(other) {
        if first != second {
            findings.push(format!(
                "{}: not reproducible: {} ({} bytes), built elsewhere {} ({} bytes)",
                first.path, first.sha256, first.bytes, second.sha256, second.bytes
            ));
        }
    }
    if artifacts.len() != other.len() {
        findings.push(format!("{} files, elsewhere {}", artifacts.len(), other.len()));
    }
    findings
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    for path in crate::tidy::files(from, ".")? {
        let copied = to.join(&path);
        if let Some(folder) = copied.parent() {
            std::fs::create_dir_all(folder).with_context(|| format!("{} could not be made", folder.display()))?;
        }
        std::fs::copy(from.join(&path), &copied).with_context(|| format!("{path} could not be copied"))?;
    }
    Ok(())
}

// The first file that is not the same in both.
fn changed(root: &Path, copied: &Path) -> anyhow::Result<Option<String>> {
    for path in crate::tidy::files(root, ".")? {
        let now = std::fs::read(root.join(&path)).with_context(|| format!("{path} could not be read"))?;
        if std::fs::read(copied.join(&path)).ok().as_ref() != Some(&now) {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    // A repository with one file.
    fn checkout(text: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let git = std::process::Command::new("git")
            .args(["init", "--quiet"])
            .current_dir(folder.path())
            .status();
        assert!(git.unwrap().success());
        std::fs::create_dir(folder.path().join("src")).unwrap();
        std::fs::write(folder.path().join("src/main.rs"), text).unwrap();
        folder
    }

    #[test]
    fn a_source_that_was_edited_meanwhile_is_named() {
        let root = checkout("fn main() {}");
        let copied = tempfile::tempdir().unwrap();
        copy(root.path(), copied.path()).unwrap();
        assert_eq!(changed(root.path(), copied.path()).unwrap(), None);
        std::fs::write(root.path().join("src/main.rs"), "fn main() { }").unwrap();
        assert_eq!(
            changed(root.path(), copied.path()).unwrap(),
            Some("src/main.rs".to_owned())
        );
    }

    #[test]
    fn a_file_that_differs_is_named() {
        let artifact = |sha256: &str| Artifact {
            path: "lambda/validator-lambda.zip".to_owned(),
            bytes: 3,
            sha256: sha256.to_owned(),
        };
        assert!(differences(&[artifact("a")], &[artifact("a")]).is_empty());
        let findings = differences(&[artifact("a")], &[artifact("b")]);
        assert_eq!(findings.len(), 1);
        assert!(findings[0].starts_with("lambda/validator-lambda.zip: not reproducible"));
        assert_eq!(differences(&[artifact("a")], &[]).len(), 1);
    }
}
