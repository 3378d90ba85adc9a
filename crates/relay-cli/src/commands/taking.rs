//! Taking one file into the ingress store, unless it changes meanwhile: for every command that takes files.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use relay_model::{Arrival, Sha256Digest};
use relay_pipeline::intake::{Delivery, Intake, IntakeError};

use crate::sources::{Signature, open_source};

/// What the list of checksums says of a file.
pub fn declared(checksums: &HashMap<PathBuf, Sha256Digest>, path: &Path) -> Option<Sha256Digest> {
    if checksums.is_empty() {
        return None;
    }
    checksums.get(&std::fs::canonicalize(path).ok()?).copied()
}

/// A file that is in the ingress store.
pub struct TakenFile {
    pub arrival: Arrival,
    /// Whether its bytes became a new version.
    pub is_new: bool,
}

/// Takes one file in, unless it changes while it is read.
pub async fn take_file(intake: &Intake, delivery: &Delivery, path: &Path) -> Result<TakenFile, IntakeError> {
    let file = open_source(path).map_err(IntakeError::Source)?;
    let before = Signature::of(&file.metadata().map_err(IntakeError::Source)?);
    let again = file.try_clone().map_err(IntakeError::Source)?;
    let mut input = tokio::fs::File::from_std(file);
    let confirm = async |read_bytes: u64| {
        let after = Signature::of(&again.metadata().map_err(IntakeError::Source)?);
        let on_disk = std::fs::symlink_metadata(path).map(|metadata| Signature::of(&metadata));
        if read_bytes != before.size_bytes() || !after.has_same_content_as(&before) {
            let text = format!(
                "it had {} bytes at first and {} at the end",
                before.size_bytes(),
                after.size_bytes()
            );
            return Err(IntakeError::Changed(text));
        }
        match on_disk {
            Ok(on_disk) if on_disk.device_and_inode() == before.device_and_inode() => Ok(()),
            _ => Err(IntakeError::Changed(
                "another file took its place, or it was removed".to_owned(),
            )),
        }
    };
    let (arrival, is_new) = intake.take_in(delivery, &mut input, confirm).await?;
    Ok(TakenFile { arrival, is_new })
}
