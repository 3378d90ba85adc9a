//! Runs Cargo so that a program's bytes depend on the sources, the lock file and the tool chain, and not on where they are.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use serde::Deserialize;

/// Between the flags in `CARGO_ENCODED_RUSTFLAGS` (The Cargo Book, "Environment Variables").
const FLAG_SEPARATOR: &str = "\x1f";
/// 1980-01-01T00:00:00Z, for C compilers that are asked for the date (reproducible-builds.org, `SOURCE_DATE_EPOCH`).
const SOURCE_DATE: &str = "315532800";

/// Where it is built, and with what.
#[derive(Clone, Debug)]
pub struct Build {
    root: PathBuf,
    /// Cargo's target folder.
    target_folder: PathBuf,
    /// A target folder below it, because the flags differ from those of everyday builds.
    folder: PathBuf,
    target: Option<String>,
    /// The folder that Cargo unpacks crates below.
    cargo_home: PathBuf,
    sysroot: PathBuf,
    rustc_commit: String,
}

#[derive(Deserialize)]
struct Metadata {
    target_directory: PathBuf,
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    source: Option<String>,
    manifest_path: PathBuf,
}

impl Build {
    /// Builds of the checkout at `root`.
    pub fn of(root: &Path, target: Option<&str>) -> anyhow::Result<Self> {
        let metadata = output(Command::new(env!("CARGO")).current_dir(root).args([
            "metadata",
            "--locked",
            "--format-version",
            "1",
        ]))?;
        let metadata: Metadata = serde_json::from_str(&metadata).context("cargo metadata was not understood")?;
        let version = output(Command::new("rustc").current_dir(root).arg("-vV"))?;
        let commit = version.lines().find_map(|line| line.strip_prefix("commit-hash: "));
        let sysroot = output(Command::new("rustc").current_dir(root).args(["--print", "sysroot"]))?;
        Ok(Self {
            root: root.to_owned(),
            folder: metadata.target_directory.join("package"),
            target_folder: metadata.target_directory,
            target: target.map(str::to_owned),
            cargo_home: cargo_home(&metadata.packages).context("no dependency comes from a registry")?,
            sysroot: PathBuf::from(sysroot.trim()),
            rustc_commit: commit.unwrap_or("unknown").to_owned(),
        })
    }

    /// The same from another checkout, in another folder.
    pub fn elsewhere(&self, root: PathBuf, folder: PathBuf) -> Self {
        Self {
            root,
            folder,
            ..self.clone()
        }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn target(&self) -> &Path {
        &self.target_folder
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Builds the programs of these names; each with the path of its file.
    pub fn programs<'name>(&self, names: &[&'name str]) -> anyhow::Result<Vec<(&'name str, PathBuf)>> {
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .current_dir(&self.root)
            .args(["build", "--quiet", "--profile", "dist", "--locked"])
            // Names in a backtrace are worth less than a third of the zip: each line of the log has its place and cause.
            .args(["--config", "profile.dist.strip='symbols'"])
            .arg("--target-dir")
            .arg(&self.folder)
            .env("CARGO_ENCODED_RUSTFLAGS", self.rust_flags().join(FLAG_SEPARATOR))
            .env("CFLAGS", self.c_flags().join(" "))
            .env("CXXFLAGS", self.c_flags().join(" "))
            .env("SOURCE_DATE_EPOCH", SOURCE_DATE);
        for name in names {
            cargo.args(["--package", name, "--bin", name]);
        }
        if let Some(target) = &self.target {
            cargo.args(["--target", target]);
        }
        let status = cargo.status().context("cargo could not be run")?;
        anyhow::ensure!(status.success(), "cargo build failed");
        let folder = match &self.target {
            Some(target) => self.folder.join(target),
            None => self.folder.clone(),
        };
        Ok(names
            .iter()
            .map(|name| (*name, folder.join("dist").join(name)))
            .collect())
    }

    /// The programs of these names as everyday builds make them, in Cargo's own target folder.
    pub fn dev_programs<'name>(&self, names: &[&'name str]) -> anyhow::Result<Vec<(&'name str, PathBuf)>> {
        let mut cargo = Command::new(env!("CARGO"));
        // All of the workspace, tests among it: a build of a few packages has other features in the dependencies, and would
        // compile every SDK once more.
        cargo
            .current_dir(&self.root)
            .args([
                "build",
                "--quiet",
                "--locked",
                "--workspace",
                "--features",
                "relay-cli/aws",
            ])
            .args(["--bins", "--tests"]);
        let status = cargo.status().context("cargo could not be run")?;
        anyhow::ensure!(status.success(), "cargo build failed");
        let program = |name: &&'name str| (*name, self.target_folder.join("debug").join(name));
        Ok(names.iter().map(program).collect())
    }

    // Of several that fit, the compiler takes the last: the inner folder comes after the outer.
    fn replacements(&self) -> [(String, String); 4] {
        let standard_library = self.sysroot.join("lib/rustlib/src/rust");
        [
            (path(&self.root), "/source".to_owned()),
            (path(&self.cargo_home), "/cargo".to_owned()),
            (path(&standard_library), format!("/rustc/{}", self.rustc_commit)),
            (path(&self.folder), "/build".to_owned()),
        ]
    }

    fn rust_flags(&self) -> Vec<String> {
        let flag = |(from, to)| format!("--remap-path-prefix={from}={to}");
        self.replacements().into_iter().map(flag).collect()
    }

    fn c_flags(&self) -> Vec<String> {
        let flag = |(from, to)| format!("-ffile-prefix-map={from}={to}");
        self.replacements().into_iter().map(flag).collect()
    }
}

fn path(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

// …/registry/src/{index}/{crate}/Cargo.toml
fn cargo_home(packages: &[Package]) -> Option<PathBuf> {
    let from_registry = packages.iter().find(|package| {
        package
            .source
            .as_deref()
            .is_some_and(|source| source.starts_with("registry+"))
    })?;
    from_registry.manifest_path.ancestors().nth(5).map(Path::to_owned)
}

fn output(command: &mut Command) -> anyhow::Result<String> {
    let output = command
        .output()
        .with_context(|| format!("{} could not be run", command.get_program().display()))?;
    anyhow::ensure!(
        output.status.success(),
        "{}: {}",
        command.get_program().display(),
        String::from_utf8_lossy(&output.stderr).trim()
    );
    String::from_utf8(output.stdout).context("its output is not UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build() -> Build {
        Build {
            root: PathBuf::from("/a/checkout"),
            target_folder: PathBuf::from("/a/checkout/target"),
            folder: PathBuf::from("/a/checkout/target/package"),
            target: None,
            cargo_home: PathBuf::from("/b/cargo"),
            sysroot: PathBuf::from("/c/stable"),
            rustc_commit: "5980".to_owned(),
        }
    }

    #[test]
    fn the_inner_folder_is_replaced_last() {
        let flags = build().rust_flags();
        let place = |flag: &str| flags.iter().position(|found| found == flag).unwrap();
        assert!(
            place("--remap-path-prefix=/a/checkout=/source")
                < place("--remap-path-prefix=/a/checkout/target/package=/build")
        );
        assert!(flags.contains(&"--remap-path-prefix=/c/stable/lib/rustlib/src/rust=/rustc/5980".to_owned()));
    }

    #[test]
    fn where_cargo_unpacks_is_found_by_a_dependency() {
        let package = |source: Option<&str>, manifest: &str| Package {
            source: source.map(str::to_owned),
            manifest_path: PathBuf::from(manifest),
        };
        let own = package(None, "/a/checkout/crates/xtask/Cargo.toml");
        let foreign = package(
            Some("registry+https://github.com/rust-lang/crates.io-index"),
            "/b/cargo/registry/src/index.crates.io-0/zip-9.8.1/Cargo.toml",
        );
        assert_eq!(cargo_home(&[own, foreign]), Some(PathBuf::from("/b/cargo")));
    }
}
