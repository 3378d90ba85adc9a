//! Whether packaging is reproducible: everything once more, from a copy of the sources in another folder.

use std::path::Path;

use anyhow::Context as _;

use super::build::Build;
use super::report::Artifact;
use super::{Options, stage};

/// Builds again and compares; a line for each file that differs. What is left of an earlier check is removed first, so that
/// nothing is taken from it.
pub fn check(build: &Build, options: &Options, artifacts: &[Artifact]) -> anyhow::Result<Vec<String>> {
    let folder = build.folder().join("elsewhere");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).with_context(|| format!("{} could not be removed", folder.display()))?;
    }
    let root = folder.join("source");
    copy(build.root(), &root)?;
    let again = build.elsewhere(root, folder.join("build"));
    let other = stage(&again, options, &folder.join("output"))?;
    Ok(differences(artifacts, &other))
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

#[cfg(test)]
mod tests {
    use super::*;

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
