//! The power is cut at every step of a write; a damaged file is noticed.

use std::fs;
use std::path::{Path, PathBuf};

use relay_model::{ObjectKey, Sha256Digest};
use relay_pipeline::ports::{PackageStore, PortErrorClass, WriteMode, WriteOutcome, WriteRequest};
use tokio::io::AsyncReadExt;

use super::FileStore;
use super::steps::{Step, Steps};

const KEY: &str = "org-001/a.csv";

fn open(root: &Path) -> FileStore {
    FileStore::open(root).unwrap()
}

async fn put(store: &FileStore, mode: WriteMode, bytes: &[u8]) -> Result<WriteOutcome, PortErrorClass> {
    let bucket = "ingress".parse().unwrap();
    let request = WriteRequest {
        bucket,
        key: ObjectKey::new(KEY),
        mode,
        declared_sha256: None,
    };
    let mut writer = store.write(&request).await.map_err(|error| error.class())?;
    for piece in bytes.chunks(600_000) {
        writer
            .write(bytes::Bytes::copy_from_slice(piece))
            .await
            .map_err(|error| error.class())?;
    }
    writer.finish().await.map_err(|error| error.class())
}

async fn contents(store: &FileStore) -> Vec<Vec<u8>> {
    let page = store
        .list_versions(&"ingress".parse().unwrap(), None, 100)
        .await
        .unwrap();
    let mut contents = Vec::new();
    for version in page.versions {
        let mut bytes = Vec::new();
        store
            .read(&version.object, 0)
            .await
            .unwrap()
            .read_to_end(&mut bytes)
            .await
            .unwrap();
        assert_eq!(version.sha256, Some(Sha256Digest::of(&bytes)));
        assert_eq!(version.size_bytes, bytes.len() as u64);
        contents.push(bytes);
    }
    contents
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files
}

fn leftovers(root: &Path) -> Vec<PathBuf> {
    let locks = |path: &PathBuf| path.file_name().is_some_and(|name| name == "lock");
    files_below(&root.join(".tmp"))
        .into_iter()
        .filter(|path| !locks(path))
        .collect()
}

#[tokio::test]
async fn whenever_the_power_goes_the_version_is_whole_or_not_there() {
    let before = b"before".to_vec();
    for (bytes, is_long) in [(b"short".to_vec(), false), (vec![b'x'; 2_500_000], true)] {
        for (step, visible, left) in [
            (Step::Create, 1, 0),
            (Step::Written, 1, 1),
            (Step::Complete, 1, 1),
            (Step::Synced, 1, 1),
            (Step::Linked, 2, 1),
            (Step::FolderSynced, 2, 1),
            (Step::Unlinked, 2, 0),
        ] {
            if step == Step::Written && !is_long {
                continue;
            }
            let root = tempfile::tempdir().unwrap();
            put(&open(root.path()), WriteMode::NewVersion, &before).await.unwrap();
            let doomed = FileStore::open_with(root.path(), Steps::crash_at(step)).unwrap();
            assert!(put(&doomed, WriteMode::NewVersion, &bytes).await.is_err(), "{step:?}");
            drop(doomed);
            assert_eq!(leftovers(root.path()).len(), left, "{step:?}");

            let store = open(root.path());
            let mut expected = vec![before.clone(), bytes.clone()];
            expected.truncate(visible);
            assert!(contents(&store).await == expected, "{step:?}");
            assert_eq!(leftovers(root.path()), Vec::<PathBuf>::new(), "{step:?}");

            // Trying again, as the journey does, ends in the same place as without the crash.
            put(&store, WriteMode::IfChanged, &bytes).await.unwrap();
            assert!(contents(&store).await == [before.clone(), bytes.clone()], "{step:?}");
        }
    }
}

const MANY: usize = 500;

async fn put_many(store: &FileStore) -> Result<Vec<WriteOutcome>, PortErrorClass> {
    let mut writers = Vec::new();
    for index in 0..MANY {
        let request = WriteRequest {
            bucket: "ingress".parse().unwrap(),
            key: ObjectKey::new(format!("{KEY}/{index}")),
            mode: WriteMode::IfAbsent,
            declared_sha256: None,
        };
        let mut writer = store.write(&request).await.map_err(|error| error.class())?;
        let bytes = format!("bytes of {index}").into_bytes();
        writer.write(bytes.into()).await.map_err(|error| error.class())?;
        writer.seal().await.map_err(|error| error.class())?;
        writers.push(writer);
    }
    store.finish_all(writers).await.map_err(|error| error.class())
}

/// An fsync is a commit of the file system's journal: what thousands of results cost is how many there are.
#[tokio::test]
async fn many_objects_are_flushed_together() {
    let root = tempfile::tempdir().unwrap();
    let steps = Steps::uninterrupted();
    let store = FileStore::open_with(root.path(), steps.clone()).unwrap();
    assert_eq!(put_many(&store).await.unwrap().len(), MANY);
    assert_eq!(steps.count(Step::Linked), MANY);
    assert_eq!((steps.count(Step::Synced), steps.count(Step::FolderSynced)), (1, 1));
    assert_eq!(leftovers(root.path()), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn whenever_the_power_goes_each_of_many_versions_is_whole_or_not_there() {
    for (step, visible) in [
        (Step::Complete, 0..=0),
        (Step::Synced, 0..=0),
        (Step::Linked, 1..=1),
        (Step::FolderSynced, MANY..=MANY),
        (Step::Unlinked, MANY..=MANY),
    ] {
        let root = tempfile::tempdir().unwrap();
        let doomed = FileStore::open_with(root.path(), Steps::crash_at(step)).unwrap();
        assert!(put_many(&doomed).await.is_err(), "{step:?}");
        drop(doomed);
        let store = open(root.path());
        assert_eq!(leftovers(root.path()), Vec::<PathBuf>::new(), "{step:?}");
        let page = store
            .list_versions(&"ingress".parse().unwrap(), None, 2 * MANY)
            .await
            .unwrap();
        assert!(
            visible.contains(&page.versions.len()),
            "{step:?}: {}",
            page.versions.len()
        );
        // Trying again, as the journey does, ends in the same place as without the crash.
        assert_eq!(put_many(&store).await.unwrap().len(), MANY, "{step:?}");
        let page = store
            .list_versions(&"ingress".parse().unwrap(), None, 2 * MANY)
            .await
            .unwrap();
        assert_eq!(page.versions.len(), MANY, "{step:?}");
    }
}

#[tokio::test]
async fn opening_a_store_leaves_the_unfinished_writes_of_others_alone() {
    let root = tempfile::tempdir().unwrap();
    let first = open(root.path());
    let bucket = "ingress".parse().unwrap();
    let request = WriteRequest {
        bucket,
        key: ObjectKey::new(KEY),
        mode: WriteMode::IfAbsent,
        declared_sha256: None,
    };
    let mut writer = first.write(&request).await.unwrap();
    writer.write(vec![b'x'; 2_000_000].into()).await.unwrap();
    assert_eq!(leftovers(root.path()).len(), 1);

    let second = open(root.path());
    assert_eq!(leftovers(root.path()).len(), 1);
    assert!(matches!(writer.finish().await.unwrap(), WriteOutcome::Stored(_)));
    assert_eq!(contents(&second).await.len(), 1);
    assert_eq!(leftovers(root.path()), Vec::<PathBuf>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_of_different_processes_have_one_winner_too() {
    let root = tempfile::tempdir().unwrap();
    let mut writers = tokio::task::JoinSet::new();
    for number in 0..8 {
        // Each opens the store on its own and shares nothing but the folder.
        let store = open(root.path());
        writers.spawn(async move { put(&store, WriteMode::IfAbsent, format!("{number}").as_bytes()).await });
    }
    let outcomes: Vec<WriteOutcome> = writers.join_all().await.into_iter().map(Result::unwrap).collect();
    assert_eq!(
        outcomes
            .iter()
            .filter(|outcome| matches!(outcome, WriteOutcome::Stored(_)))
            .count(),
        1
    );
    assert!(outcomes.iter().all(|outcome| outcome.stored() == outcomes[0].stored()));
    assert_eq!(contents(&open(root.path())).await.len(), 1);
}

#[tokio::test]
async fn a_file_that_is_not_what_was_written_is_noticed() {
    for (name, damage, head, listed) in [
        (
            "cut short",
            (|bytes: &mut Vec<u8>| _ = bytes.pop()) as fn(&mut Vec<u8>),
            PortErrorClass::Permanent,
            1,
        ),
        ("longer", |bytes| bytes.push(b'x'), PortErrorClass::Permanent, 1),
        (
            "header only",
            |bytes| bytes.truncate(bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1),
            PortErrorClass::Permanent,
            1,
        ),
        (
            "half a header",
            |bytes| bytes.truncate(20),
            PortErrorClass::Permanent,
            0,
        ),
        ("empty", Vec::clear, PortErrorClass::Permanent, 0),
        ("another format", |bytes| bytes[16] = b'7', PortErrorClass::Permanent, 0),
    ] {
        let root = tempfile::tempdir().unwrap();
        let store = open(root.path());
        let object = put(&store, WriteMode::IfAbsent, b"bytes")
            .await
            .unwrap()
            .stored()
            .object
            .clone();
        let file = files_below(&root.path().join("ingress")).pop().unwrap();
        let mut bytes = fs::read(&file).unwrap();
        damage(&mut bytes);
        fs::write(&file, bytes).unwrap();

        assert_eq!(store.head(&object).await.unwrap_err().class(), head, "{name}");
        assert_eq!(store.read(&object, 0).await.err().unwrap().class(), head, "{name}");
        let page = store.list_versions(&object.bucket, None, 10).await.unwrap();
        assert_eq!(page.versions.len(), listed, "{name}");
    }
}

#[tokio::test]
async fn a_file_cut_short_while_it_is_read_ends_in_an_error() {
    let root = tempfile::tempdir().unwrap();
    let store = open(root.path());
    let object = put(&store, WriteMode::IfAbsent, &vec![b'x'; 2_000_000])
        .await
        .unwrap()
        .stored()
        .object
        .clone();
    let mut reader = store.read(&object, 0).await.unwrap();
    let file = files_below(&root.path().join("ingress")).pop().unwrap();
    fs::OpenOptions::new()
        .write(true)
        .open(file)
        .unwrap()
        .set_len(1_000)
        .unwrap();
    let error = reader.read_to_end(&mut Vec::new()).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
}

#[tokio::test]
async fn a_write_that_was_cut_off_cannot_be_finished() {
    let root = tempfile::tempdir().unwrap();
    let store = FileStore::open_with(root.path(), Steps::crash_at(Step::Written)).unwrap();
    let bucket = "ingress".parse().unwrap();
    let request = WriteRequest {
        bucket,
        key: ObjectKey::new(KEY),
        mode: WriteMode::IfAbsent,
        declared_sha256: None,
    };
    let mut writer = store.write(&request).await.unwrap();
    assert!(writer.write(vec![b'x'; 2_000_000].into()).await.is_err());
    assert_eq!(
        writer.write("more".into()).await.unwrap_err().class(),
        PortErrorClass::Permanent
    );
    assert_eq!(writer.finish().await.unwrap_err().class(), PortErrorClass::Permanent);
}

#[tokio::test]
async fn ordinary_tools_get_the_bytes_and_only_the_owner_may() {
    use std::os::unix::fs::PermissionsExt;
    let root = tempfile::tempdir().unwrap();
    let store = open(&root.path().join("store"));
    let text = b"\nfirst line is empty\n\xff\x00".to_vec();
    put(&store, WriteMode::IfAbsent, &text).await.unwrap();
    let file = files_below(&root.path().join("store/ingress")).pop().unwrap();
    let tail = std::process::Command::new("tail")
        .args(["-n", "+2"])
        .arg(&file)
        .output()
        .unwrap();
    assert_eq!(tail.stdout, text);

    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&file), 0o600);
    for folder in file.ancestors().skip(1).take_while(|folder| *folder != root.path()) {
        assert_eq!(mode(folder), 0o700, "{}", folder.display());
    }
}
