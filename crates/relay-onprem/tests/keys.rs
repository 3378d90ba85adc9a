//! Token keys as files keep the promises of their port.
#![expect(clippy::unwrap_used, reason = "a helper of tests says what failed by panicking")]

use std::error::Error;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;

use relay_model::OrganizationId;
use relay_onprem::{DataFolder, FileTokenKeys, token_keys};
use relay_pipeline::ports::{PortErrorClass, TokenKeys};
use relay_privacy::DataClass;
use relay_testing::conformance::{self, TokenKeysUnderTest};
use tempfile::TempDir;

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn keys(&self) -> FileTokenKeys {
        FileTokenKeys::open(self.0.path()).unwrap()
    }

    fn file(&self, organization: &OrganizationId) -> PathBuf {
        self.0.path().join(format!("{organization}.json"))
    }

    fn change(&self, organization: &OrganizationId, change: impl FnOnce(String) -> String) {
        let text = fs::read_to_string(self.file(organization)).unwrap();
        fs::write(self.file(organization), change(text)).unwrap();
    }
}

impl TokenKeysUnderTest for Folder {
    async fn open(&self) -> Arc<dyn TokenKeys> {
        Arc::new(self.keys())
    }

    async fn damage(&self, organization: &OrganizationId) {
        self.change(organization, |text| with_another_digit(&text));
    }

    async fn swap(&self, from: &OrganizationId, to: &OrganizationId) {
        fs::copy(self.file(from), self.file(to)).unwrap();
    }
}

fn key_of(text: &str) -> &str {
    let (_, rest) = text.split_once("\"key\":\"").unwrap();
    &rest[..64]
}

// A key that is as good as any other, but was not written here.
fn with_another_digit(text: &str) -> String {
    let key = key_of(text);
    let digit = if key.starts_with('0') { "1" } else { "0" };
    text.replace(key, &format!("{digit}{}", &key[1..]))
}

fn text_and_debug(error: &dyn Error) -> String {
    let mut text = format!("{error} {error:?}");
    let mut source = error.source();
    while let Some(cause) = source {
        text.extend([cause.to_string(), format!("{cause:?}")]);
        source = cause.source();
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn token_keys_in_files() {
    conformance::token_keys(async || Folder::new()).await;
}

#[tokio::test]
async fn whatever_is_in_the_file_is_no_key_and_is_not_shown() {
    let organization: OrganizationId = "org-001".parse().unwrap();
    let damages: [fn(String) -> String; 7] = [
        |_| String::new(),
        |text| text[..text.len() / 2].to_owned(),
        |text| text.replace("\"key\":\"", "\"key\":\"00"),
        |text| text.replace("\"relay_token_key\":1", "\"relay_token_key\":2"),
        |text| text.replace("org-001", "org-002"),
        |text| text.to_uppercase(),
        |text| text.trim_end().to_owned() + &" ".repeat(2_000) + "x",
    ];
    for (number, damage) in damages.into_iter().enumerate() {
        let folder = Folder::new();
        folder.keys().token_key(&organization).await.unwrap();
        let path = folder.file(&organization);
        let before = fs::read_to_string(&path).unwrap();
        folder.change(&organization, damage);
        let after = fs::read_to_string(&path).unwrap();
        let error = folder.keys().token_key(&organization).await.unwrap_err();
        assert_eq!(error.class(), PortErrorClass::Permanent, "{number}");
        assert!(error.to_string().contains("restore"), "{error}");
        assert!(!text_and_debug(&error).contains(&key_of(&before)[..8]), "{number}");
        assert_eq!(fs::read_to_string(&path).unwrap(), after, "it is left as it is");
    }
}

#[tokio::test]
async fn a_key_is_for_the_owner_only_and_leaves_no_second_copy() {
    let folder = Folder::new();
    let organization: OrganizationId = "org-001".parse().unwrap();
    let key = folder.keys().token_key(&organization).await.unwrap();
    assert!(!format!("{key:?}").contains(char::is_numeric), "{key:?}");
    let mode = fs::metadata(folder.file(&organization)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    drop(folder.keys());
    let left: Vec<_> = walk(folder.0.path());
    let names: Vec<String> = left
        .iter()
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(names, ["lock", "org-001.json"]);
}

fn walk(folder: &std::path::Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(walk(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

#[tokio::test]
async fn a_data_folder_keeps_its_keys() {
    let folder = tempfile::tempdir().unwrap();
    let data = DataFolder::open_or_create(folder.path()).unwrap();
    let organization: OrganizationId = "org-001".parse().unwrap();
    let token = async || {
        let key = token_keys(&data).unwrap().token_key(&organization).await.unwrap();
        key.token(DataClass::Email, b"jan@example.org")
    };
    assert_eq!(token().await, token().await);
    assert!(data.keys().join("org-001.json").is_file());
}
