//! Files that nobody but a stranger puts into the stores and among the keys, and files that are gone.

use std::fs;
use std::path::{Path, PathBuf};

use crate::world::{assert_holds, at_rest, verify};

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            files_below(&path, found);
        } else {
            found.push(path);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_no_relay_put_there_is_named() {
    let folder = at_rest().await;
    let planting = move || {
        assert_holds(&folder.path);
        let mut files = Vec::new();
        files_below(&folder.path.join("store/results"), &mut files);
        let whole = fs::read(&files[0]).unwrap();
        let folder_of = |path: &Path| path.parent().unwrap().to_owned();
        // The next version of a result: whole in itself, and of an attempt that told of no such thing.
        let next = files[0].with_extension("00000002");
        let old = std::time::SystemTime::now() - std::time::Duration::from_hours(1);
        for (path, bytes) in [
            (folder.path.join("store/stray"), &b"x"[..]),
            (folder.path.join("store/ingress/stray"), b"x"),
            (folder.path.join("store/results/zz/file"), b"x"),
            (folder_of(&files[0]).join("stray"), b"x"),
            (next, &whole),
            (folder.path.join("keys/stray"), b"x"),
            (folder.path.join("keys/org-009.json"), b"{}"),
        ] {
            fs::create_dir_all(folder_of(&path)).unwrap();
            fs::write(&path, bytes).unwrap();
            fs::File::options()
                .write(true)
                .open(&path)
                .unwrap()
                .set_modified(old)
                .unwrap();
            let report = verify(&folder.path);
            assert!(!report.holds, "{}", path.display());
            fs::remove_file(&path).unwrap();
        }
        fs::remove_dir(folder.path.join("store/results/zz")).unwrap();
        assert_holds(&folder.path);
    };
    tokio::task::spawn_blocking(planting).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_file_that_is_gone_or_longer_is_named() {
    let folder = at_rest().await;
    let removing = move || {
        let mut files = Vec::new();
        files_below(&folder.path.join("store/ingress"), &mut files);
        files_below(&folder.path.join("store/results"), &mut files);
        assert!(files.len() > 8);
        files.push(folder.path.join("keys/org-001.json"));
        for file in files {
            let whole = fs::read(&file).unwrap();
            fs::remove_file(&file).unwrap();
            assert!(!verify(&folder.path).holds, "{} is gone", file.display());
            fs::write(&file, [&whole[..], b"x"].concat()).unwrap();
            assert!(!verify(&folder.path).holds, "{} is longer", file.display());
            fs::write(&file, whole).unwrap();
        }
        assert_holds(&folder.path);
    };
    tokio::task::spawn_blocking(removing).await.unwrap();
}
