//! Which files of an archive nobody meant to pack.

use relay_rules::{is_system_file, is_system_folder};

#[test]
fn files_of_operating_systems_are_known_by_their_names() {
    for path in [
        "__MACOSX/._a.csv",
        "__MACOSX/bag/data/a.csv",
        "inner.zip!/__MACOSX/a.csv",
        "__MACOSX/inner.zip!/a.csv",
        "._inner.zip!/a.csv",
        ".DS_Store",
        "bag/data/.DS_Store",
        "._a.csv",
        "data/._a.csv",
        "Thumbs.db",
        "photos/THUMBS.DB",
        "ehthumbs.db",
        "desktop.ini",
        "Desktop.ini",
        ".Spotlight-V100/Store-V2/x",
        ".Trashes/501/a.csv",
        ".fseventsd/0000",
        "$RECYCLE.BIN/a.csv",
        "System Volume Information/x",
    ] {
        assert!(is_system_file(path), "{path}");
    }
    for path in ["__MACOSX", "bag/.Trashes", "a/__MACOSX/b"] {
        assert!(is_system_folder(path), "{path}");
    }
}

#[test]
fn other_files_are_the_producers() {
    for path in [
        "a.csv",
        "_MACOSX/a.csv",
        "__MACOSX.csv",
        "DS_Store",
        ".DS_Store.csv",
        ".DS_Store/a.csv",
        "Thumbs.db.csv",
        "thumbs.db/a.csv",
        "._",
        "_.a.csv",
        "._folder/a.csv",
        ".hidden",
        "desktop.ini.bak",
        "",
        "Trashes/a.csv",
    ] {
        assert!(!is_system_file(path), "{path}");
    }
    assert!(!is_system_folder("data") && !is_system_folder("._x"));
}
