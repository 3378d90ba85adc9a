//! Token keys: one small file for each organization, made once and never changed.
//!
//! ```text
//! keys/
//!   org-001.json    {"relay_token_key":1,"organization":"org-001","key":"9f…","sha256":"4c…"}
//!   .tmp/           as in a store: files that are being written
//! ```
//!
//! `key` is the 32 bytes as 64 hexadecimal digits; `sha256` is over a label, the organization's id, a zero byte and the
//! key, so that a changed digit is noticed, and so is a file under another organization's name. A key appears in one
//! step, as an object version does: whole and on disk in a temporary file, then linked to its name, which fails for all but
//! one. Whoever loses reads the winner's.

use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use relay_model::{OrganizationId, Sha256Digest};
use relay_pipeline::ports::{PortError, PortErrorClass, TokenKeys, run_blocking};
use relay_privacy::TokenKey;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::FileStoreError;
use super::folders::{Folders, sync_folder};
use super::steps::{Step, Steps};

/// The format that this code writes and reads.
const FORMAT: u32 = 1;
const KEY_BYTES: usize = 32;
/// What every file begins with that is written here, in any format.
pub(crate) const KEY_FILE_BEGINNING: &[u8] = b"{\"relay_token_key\":";
/// What nobody but the owner may do, in the mode of a file or folder.
const MODE_OF_OTHERS: u32 = 0o077;
/// More than any file that is written here has.
const FILE_BYTES_MAX: usize = 1_024;
/// So that no other checksum of the same bytes is this one.
const CHECKSUM_LABEL: &[u8] = b"relay token key file v1\0";

/// Token keys as files below one folder.
#[derive(Clone)]
pub struct FileTokenKeys {
    shared: Arc<Shared>,
}

struct Shared {
    folders: Folders,
    steps: Steps,
}

// The texts are borrowed from the bytes of the file, which are overwritten when they go.
#[derive(Serialize, Deserialize)]
struct KeyFile<'a> {
    relay_token_key: u32,
    organization: &'a str,
    key: &'a str,
    sha256: Sha256Digest,
}

/// Why a file is not a key. None of them shows what is in the file.
#[derive(Debug, thiserror::Error)]
enum DamageError {
    #[error("it is not what a relay writes")]
    Unreadable,
    #[error("it has format {0}, this program reads {FORMAT}: use a newer program")]
    Newer(u32),
    #[error("it is the key of another organization")]
    Another,
    #[error("its checksum does not fit")]
    Checksum,
}

impl FileTokenKeys {
    /// Opens the keys in `root`, creates the folder when it is missing, and removes what writers that are gone left behind.
    pub fn open(root: &Path) -> Result<Self, FileStoreError> {
        Self::open_with(root, Steps::uninterrupted())
    }

    pub(super) fn open_with(root: &Path, steps: Steps) -> Result<Self, FileStoreError> {
        let open = || {
            let folders = Folders::open(root, steps.clone())?;
            close_to_others(root, &fs::metadata(root)?)?;
            Ok(folders)
        };
        let folders = open().map_err(|source| FileStoreError {
            folder: root.display().to_string(),
            source,
        })?;
        Ok(Self {
            shared: Arc::new(Shared { folders, steps }),
        })
    }
}

// A restored backup, or a careless hand, may have let others read what only the relay may. Nothing else is changed.
fn close_to_others(path: &Path, metadata: &fs::Metadata) -> io::Result<()> {
    let mode = metadata.permissions().mode();
    if mode & MODE_OF_OTHERS == 0 {
        return Ok(());
    }
    tracing::warn!(
        path = %path.display(),
        "others could read token keys here; now only the owner can. If somebody may have read them, see docs/SECURITY.md"
    );
    fs::set_permissions(path, fs::Permissions::from_mode(mode & !MODE_OF_OTHERS))
}

#[async_trait]
impl TokenKeys for FileTokenKeys {
    async fn token_key(&self, organization: &OrganizationId) -> Result<TokenKey, PortError> {
        let (shared, organization) = (Arc::clone(&self.shared), organization.clone());
        run_blocking(move || shared.token_key(&organization)).await
    }
}

impl Shared {
    fn token_key(&self, organization: &OrganizationId) -> Result<TokenKey, PortError> {
        if let Some(key) = self.read(organization)? {
            return Ok(key);
        }
        self.create(organization)
            .map_err(|error| PortError::from_io(format!("the token key of {organization} could not be kept"), error))?;
        self.read(organization)?.ok_or_else(|| {
            let text = format!("the token key of {organization} was removed while it was made");
            PortError::new(PortErrorClass::Permanent, text)
        })
    }

    // An id has small letters, digits and hyphens only, so it names a file in this folder and no other place.
    fn path(&self, organization: &OrganizationId) -> PathBuf {
        self.folders.root().join(format!("{organization}.json"))
    }

    fn read(&self, organization: &OrganizationId) -> Result<Option<TokenKey>, PortError> {
        let path = self.path(organization);
        let unreadable =
            |error| PortError::from_io(format!("the token key of {organization} could not be read"), error);
        match fs::metadata(&path).and_then(|metadata| close_to_others(&path, &metadata)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other.map_err(unreadable)?,
        }
        let mut bytes = Zeroizing::new([0; FILE_BYTES_MAX]);
        let length = match read_some(&path, &mut bytes[..]) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other.map_err(unreadable)?,
        };
        // Also when it was there: whoever linked it may not have come to this line, and tokens will rely on it.
        sync_folder(self.folders.root()).map_err(unreadable)?;
        parse(organization, &bytes[..length]).map(Some).map_err(|error| {
            let text = format!(
                "the token key of {organization} is damaged: restore {} from a backup",
                path.display()
            );
            PortError::new(PortErrorClass::Permanent, text).caused_by(error)
        })
    }

    // After this the organization has a key on disk: this one, or that of somebody who was first.
    fn create(&self, organization: &OrganizationId) -> io::Result<()> {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        getrandom::fill(&mut key[..]).map_err(io::Error::other)?;
        let content = content(organization, &key)?;
        let mut temporary = self.folders.temporary()?;
        temporary.file.write_all(&content)?;
        self.steps.reach(Step::Complete)?;
        temporary.file.sync_all()?;
        self.steps.reach(Step::Synced)?;
        let temporary = temporary.close();
        match temporary.link_to(&self.path(organization)) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            other => other?,
        }
        self.steps.reach(Step::Linked)?;
        sync_folder(self.folders.root())?;
        self.steps.reach(Step::FolderSynced)
    }
}

// How many bytes there are, at most as many as fit.
fn read_some(path: &Path, bytes: &mut [u8]) -> io::Result<usize> {
    let mut file = fs::File::open(path)?;
    let mut length = 0;
    while length < bytes.len() {
        match file.read(&mut bytes[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

fn content(organization: &OrganizationId, key: &[u8; KEY_BYTES]) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut digits = Zeroizing::new([0; 2 * KEY_BYTES]);
    hex::encode_to_slice(key, &mut digits[..]).map_err(io::Error::other)?;
    let file = KeyFile {
        relay_token_key: FORMAT,
        organization: organization.as_str(),
        key: std::str::from_utf8(&digits[..]).map_err(io::Error::other)?,
        sha256: checksum(organization, key),
    };
    // As large as it may become: growing would leave copies behind.
    let mut content = Zeroizing::new(Vec::with_capacity(FILE_BYTES_MAX));
    serde_json::to_writer(&mut *content, &file)?;
    content.push(b'\n');
    Ok(content)
}

/// For verification: whether the file has a key, and if not, why. Its bytes must be exactly those that are written for that key.
pub(super) fn examine(path: &Path, organization: &OrganizationId) -> Result<(), String> {
    let mut bytes = Zeroizing::new([0; FILE_BYTES_MAX]);
    let length = read_some(path, &mut bytes[..]).map_err(|error| format!("it could not be read: {error}"))?;
    let key = parse_bytes(organization, &bytes[..length]).map_err(|error| error.to_string())?;
    let expected = content(organization, &key).map_err(|error| error.to_string())?;
    if *expected != bytes[..length] {
        return Err(DamageError::Unreadable.to_string());
    }
    Ok(())
}

fn parse(organization: &OrganizationId, content: &[u8]) -> Result<TokenKey, DamageError> {
    parse_bytes(organization, content).map(|key| TokenKey::new(*key))
}

fn parse_bytes(organization: &OrganizationId, content: &[u8]) -> Result<Zeroizing<[u8; KEY_BYTES]>, DamageError> {
    #[derive(Deserialize)]
    struct Format {
        relay_token_key: u32,
    }
    if content.len() == FILE_BYTES_MAX {
        return Err(DamageError::Unreadable);
    }
    // What serde says of a mistake may quote the text.
    let format: Format = serde_json::from_slice(content).map_err(|_| DamageError::Unreadable)?;
    if format.relay_token_key != FORMAT {
        return Err(DamageError::Newer(format.relay_token_key));
    }
    let file: KeyFile<'_> = serde_json::from_slice(content).map_err(|_| DamageError::Unreadable)?;
    if file.organization != organization.as_str() {
        return Err(DamageError::Another);
    }
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    hex::decode_to_slice(file.key, &mut key[..]).map_err(|_| DamageError::Unreadable)?;
    if checksum(organization, &key) != file.sha256 {
        return Err(DamageError::Checksum);
    }
    Ok(key)
}

fn checksum(organization: &OrganizationId, key: &[u8; KEY_BYTES]) -> Sha256Digest {
    let mut hasher = Sha256::new();
    for part in [CHECKSUM_LABEL, organization.as_str().as_bytes(), b"\0", key] {
        hasher.update(part);
    }
    Sha256Digest::from_bytes(hasher.finalize().into())
}

#[cfg(test)]
mod tests {
    use relay_privacy::DataClass;

    use super::*;

    #[test]
    fn a_cut_at_any_step_leaves_no_key_or_a_whole_one() {
        let organization: OrganizationId = "org-001".parse().unwrap();
        let steps = [
            (Step::Create, false),
            (Step::Complete, false),
            (Step::Synced, false),
            (Step::Linked, true),
            (Step::FolderSynced, true),
        ];
        for (step, is_kept) in steps {
            let folder = tempfile::tempdir().unwrap();
            let cut = FileTokenKeys::open_with(folder.path(), Steps::crash_at(step)).unwrap();
            cut.shared.token_key(&organization).unwrap_err();
            assert_eq!(cut.shared.path(&organization).exists(), is_kept, "{step:?}");
            drop(cut);
            let mark = || {
                let keys = FileTokenKeys::open(folder.path()).unwrap();
                let key = keys.shared.token_key(&organization).unwrap();
                key.token(DataClass::Email, b"jan@example.org")
            };
            let first = mark();
            assert_eq!(mark(), first, "{step:?}");
            // What was left of the first try holds a key as well; it went when the folder was opened next.
            let left = fs::read_dir(folder.path().join(".tmp")).unwrap().count();
            assert_eq!(left, 1, "the lock, after {step:?}");
        }
    }
}
