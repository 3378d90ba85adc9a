//! Every byte of every file, flipped one at a time: named, or proven without meaning.
//!
//! The proof: whatever can be read of the folder is equal to what could be read before. Every column of every row of every
//! table with its type, the layout, and every object through the store.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use relay_onprem::{FileStore, FileTokenKeys};
use relay_pipeline::ports::{PackageStore, TokenKeys};
use rusqlite::config::DbConfig;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use tokio::io::AsyncReadExt;

use crate::world::{Folder, assert_holds, at_rest, in_use, number_from_environment, tidy, verify};

/// How many bytes are flipped without the environment saying so.
const BYTES: u64 = 150;

// Numbers that are the same in each run (Knuth, MMIX).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

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

// Everything that can be read of the database.
fn rows_of(path: &Path) -> rusqlite::Result<Vec<String>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Connection::open_with_flags(path.join("relay.db"), flags)?;
    database.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    let mut all = Vec::new();
    let layout: u32 = database.pragma_query_value(None, "user_version", |row| row.get(0))?;
    all.push(format!("layout {layout}"));
    let mut tables: Vec<String> = database
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    tables.push("sqlite_schema".to_owned());
    for table in tables {
        // Where something is rooted in the file says nothing of what it holds.
        let columns = if table == "sqlite_schema" {
            "type, name, tbl_name, sql"
        } else {
            "*"
        };
        let mut query = database.prepare(&format!("SELECT {columns} FROM {table}"))?;
        let width = query.column_count();
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let mut text = table.clone();
            for index in 0..width {
                let value = match row.get_ref(index)? {
                    ValueRef::Text(bytes) => format!("text {bytes:?}"),
                    other => format!("{other:?}"),
                };
                text.push('|');
                text.push_str(&value);
            }
            all.push(text);
        }
    }
    Ok(all)
}

async fn objects_of(path: &Path) -> Vec<String> {
    let mut all = Vec::new();
    let store = FileStore::open(&path.join("store")).unwrap();
    for bucket in ["ingress", "results"] {
        let page = store
            .list_versions(&bucket.parse().unwrap(), None, 1_000)
            .await
            .unwrap();
        for version in page.versions {
            let head = store.head(&version.object).await.unwrap();
            let mut bytes = Vec::new();
            store
                .read(&version.object, 0)
                .await
                .unwrap()
                .read_to_end(&mut bytes)
                .await
                .unwrap();
            all.push(format!(
                "{version:?} {:?} {:?} {bytes:?}",
                head.sha256, head.declared_sha256
            ));
        }
    }
    if path.join("keys/org-001.json").exists() {
        let keys = FileTokenKeys::open(&path.join("keys")).unwrap();
        let key = keys.token_key(&"org-001".parse().unwrap()).await.unwrap();
        all.push(key.token(relay_model::DataClass::Email, b"anna@example.org"));
    }
    all
}

// `None` when something of it cannot be read at all.
fn contents(path: &Path) -> Option<(Vec<String>, Vec<String>)> {
    let rows = rows_of(path).ok();
    tidy(path);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let objects = catch_unwind(AssertUnwindSafe(|| runtime.block_on(objects_of(path)))).ok();
    rows.zip(objects)
}

struct Flips {
    files: Vec<(PathBuf, u64)>,
    before: (Vec<String>, Vec<String>),
    named: u64,
    without_meaning: u64,
}

impl Flips {
    fn on(folder: &Folder) -> Self {
        assert_holds(&folder.path);
        let mut files = Vec::new();
        files_below(&folder.path, &mut files);
        files.sort();
        let before = contents(&folder.path).expect("an untouched folder can be read");
        // What opening the stores has made and removed again.
        files.retain(|file| file.exists());
        let with_length = |file: PathBuf| {
            let length = file.metadata().unwrap().len();
            (file, length)
        };
        Self {
            files: files.into_iter().map(with_length).collect(),
            before,
            named: 0,
            without_meaning: 0,
        }
    }

    fn total(&self) -> u64 {
        self.files.iter().map(|(_, length)| length).sum()
    }

    fn flip(&mut self, folder: &Folder, mut at: u64, mask: u8) {
        let mut files = self.files.iter();
        let path = loop {
            let (path, length) = files.next().expect("a byte of a file");
            if at < *length {
                break path.clone();
            }
            at -= length;
        };
        let mut byte = [0];
        File::open(&path).unwrap().read_exact_at(&mut byte, at).unwrap();
        let write = |byte: u8| {
            let file = OpenOptions::new().write(true).open(&path).unwrap();
            file.write_all_at(&[byte], at).unwrap();
        };
        write(byte[0] ^ mask);
        let report = verify(&folder.path);
        if report.holds {
            let shown = path.strip_prefix(&folder.path).unwrap().display();
            let place = format!("byte {at} of {shown}, {:#04x} changed by {mask:#04x}", byte[0]);
            let now = contents(&folder.path).unwrap_or_else(|| panic!("{place} cannot be read, and was not named"));
            let differing = self.before.0.iter().zip(&now.0).find(|(before, now)| before != now);
            assert!(differing.is_none(), "{place} was not named: {differing:#?}");
            assert!(self.before == now, "{place} was not named");
            self.without_meaning += 1;
        } else {
            self.named += 1;
        }
        write(byte[0]);
        tidy(&folder.path);
    }
}

async fn flip_in(folder: Folder, name: &str) {
    let flipping = move |name: &str| {
        let mut flips = Flips::on(&folder);
        let total = flips.total();
        let asked = number_from_environment("HYBRID_TEST_BYTES");
        if asked.as_deref() == Some("all") {
            for at in 0..total {
                flips.flip(&folder, at, 1 << (at % 8));
                if at % 10_000 == 0 {
                    eprintln!(
                        "{name}: {at} of {total}, {} named, {} without meaning",
                        flips.named, flips.without_meaning
                    );
                }
            }
        } else {
            let count = asked.map_or(BYTES, |count| count.parse().unwrap());
            let mut numbers = Numbers(1);
            for _ in 0..count {
                let (at, mask) = (numbers.below(total), numbers.below(255) + 1);
                flips.flip(&folder, at, u8::try_from(mask).unwrap());
            }
        }
        eprintln!(
            "{name}: of {} flipped bytes {} were named, {} have no meaning",
            flips.named + flips.without_meaning,
            flips.named,
            flips.without_meaning
        );
        assert!(flips.named > 0);
        assert_holds(&folder.path);
    };
    let name = name.to_owned();
    tokio::task::spawn_blocking(move || flipping(&name)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_byte_of_a_folder_at_rest_is_named_or_has_no_meaning() {
    flip_in(at_rest().await, "at rest").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_byte_of_a_folder_in_use_is_named_or_has_no_meaning() {
    flip_in(in_use().await, "in use").await;
}
