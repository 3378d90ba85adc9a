//! Every column of every row of every table, changed as somebody would who can write to the database: each change is named.
//!
//! Tables and columns are those that the database itself names, so that a new one cannot be forgotten; in a column that holds
//! JSON, each member is changed for itself.

use std::path::Path;

use rusqlite::Connection;
use rusqlite::types::Value;
use serde_json::Value as Json;

use crate::world::{assert_holds, at_rest, number_from_environment, verify};

/// Of the changes of all rows but the first, one in so many is made without the environment saying so.
const SHARE: usize = 23;

struct Table {
    name: String,
    columns: Vec<String>,
    // What names a row.
    key: String,
}

fn tables(database: &Connection) -> Vec<Table> {
    let mut query = database
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
        .unwrap();
    let names: Vec<String> = query
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let table = |name: String| {
        let mut query = database.prepare(&format!("PRAGMA table_info({name})")).unwrap();
        let columns: Vec<(String, i64)> = query
            .query_map([], |row| Ok((row.get(1)?, row.get(5)?)))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let keys: Vec<&str> = columns
            .iter()
            .filter(|column| column.1 > 0)
            .map(|column| column.0.as_str())
            .collect();
        let key = if keys.is_empty() {
            "rowid".to_owned()
        } else {
            keys.join(", ")
        };
        Table {
            columns: columns.into_iter().map(|column| column.0).collect(),
            key,
            name,
        }
    };
    names.into_iter().map(table).collect()
}

// Other values in place of this one, of every kind that the column may hold.
fn others(value: &Value) -> Vec<Value> {
    match value {
        Value::Null => vec![Value::Integer(1), Value::Text("x".to_owned()), Value::Blob(vec![1; 32])],
        Value::Integer(number) => vec![
            Value::Integer(number.wrapping_add(1)),
            Value::Integer(number.wrapping_sub(1)),
            Value::Integer(1 - number),
            Value::Null,
        ],
        Value::Real(number) => vec![Value::Real(number + 1.0)],
        Value::Blob(bytes) => {
            let mut changed = bytes.clone();
            changed[0] ^= 1;
            vec![Value::Blob(changed), Value::Null]
        }
        Value::Text(text) => {
            let mut others = vec![Value::Text(format!("{text}x")), Value::Null];
            // Another value that the column may be restricted to.
            for word in [
                "bytes",
                "name",
                "processed",
                "rejected",
                "in_flight",
                "org-001",
                "org-002",
            ] {
                if word != text {
                    others.push(Value::Text(word.to_owned()));
                }
            }
            if let Ok(json @ (Json::Object(_) | Json::Array(_))) = serde_json::from_str(text) {
                others.extend(
                    changed_members(&json)
                        .into_iter()
                        .map(|json| Value::Text(json.to_string())),
                );
            }
            others
        }
    }
}

// The same JSON with one member other than it was, for each member at any depth.
fn changed_members(json: &Json) -> Vec<Json> {
    match json {
        Json::Object(members) => {
            let mut changed = Vec::new();
            for (name, value) in members {
                for other in changed_members(value) {
                    let mut members = members.clone();
                    members.insert(name.clone(), other);
                    changed.push(Json::Object(members));
                }
            }
            changed
        }
        Json::Array(items) => {
            let mut changed = Vec::new();
            for (index, value) in items.iter().enumerate() {
                for other in changed_members(value) {
                    let mut items = items.clone();
                    items[index] = other;
                    changed.push(Json::Array(items));
                }
            }
            changed
        }
        Json::Null => vec![Json::from("x"), Json::from(1)],
        Json::Bool(value) => vec![Json::from(!value)],
        Json::Number(number) => vec![number.as_i64().map_or(Json::from(0.5), |number| Json::from(number + 1))],
        Json::String(text) => vec![Json::from(format!("{text}x")), Json::from(swapped(text))],
    }
}

// A text of the same form: its last letter or digit is another one.
fn swapped(text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    if let Some(last) = letters.iter_mut().rev().find(|letter| letter.is_ascii_alphanumeric()) {
        *last = match *last {
            '1' => '2',
            digit if digit.is_ascii_digit() => '1',
            'a' => 'b',
            _ => 'a',
        };
    }
    letters.into_iter().collect()
}

// Whoever tampers with the database takes the triggers away, and puts them back.
struct Tampering {
    database: Connection,
    triggers: Vec<(String, String)>,
}

impl Tampering {
    fn with(path: &Path) -> Self {
        let database = Connection::open(path.join("relay.db")).unwrap();
        database.pragma_update(None, "ignore_check_constraints", "ON").unwrap();
        let mut query = database
            .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
            .unwrap();
        let triggers: Vec<(String, String)> = query
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        drop(query);
        for (name, _) in &triggers {
            database.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
        }
        Self { database, triggers }
    }

    fn end(self) {
        for (_, sql) in &self.triggers {
            self.database.execute_batch(sql).unwrap();
        }
    }
}

fn set(path: &Path, table: &Table, column: &str, row: usize, value: &Value) -> bool {
    let tampering = Tampering::with(path);
    // The row is found by its place in the order of the untouched key, and put back the same way.
    let sql = format!(
        "UPDATE {} SET {column} = ?1 WHERE ({key}) IN (SELECT {key} FROM {} ORDER BY {key} LIMIT 1 OFFSET {row})",
        table.name,
        table.name,
        key = table.key
    );
    let changed = tampering.database.execute(&sql, [value]);
    tampering.end();
    changed.is_ok_and(|changed| changed == 1)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_of_every_column_is_named() {
    let folder = at_rest().await;
    let changing = move || {
        assert_holds(&folder.path);
        let database = folder.path.join("relay.db");
        let kept = folder.path.join("../kept.db");
        std::fs::copy(&database, &kept).unwrap();
        let all = tables(&Connection::open(&kept).unwrap());
        assert!(all.len() >= 10, "{}", all.len());
        let is_all = number_from_environment("HYBRID_TEST_COLUMNS").as_deref() == Some("all");
        let (mut named, mut unnamed) = (0, Vec::new());
        for table in &all {
            let rows: usize = Connection::open(&kept)
                .unwrap()
                .query_row(&format!("SELECT count(*) FROM {}", table.name), [], |row| row.get(0))
                .unwrap();
            assert!(rows > 0, "{} has no rows: the world must be larger", table.name);
            for column in &table.columns {
                let mut is_changed = false;
                for row in 0..rows {
                    let sql = format!(
                        "SELECT {column} FROM {} ORDER BY {} LIMIT 1 OFFSET {row}",
                        table.name, table.key
                    );
                    let value: Value = Connection::open(&kept)
                        .unwrap()
                        .query_row(&sql, [], |row| row.get(0))
                        .unwrap();
                    let changed = others(&value).into_iter().filter(|other| *other != value);
                    for (index, other) in changed.enumerate() {
                        let is_chosen = is_all || (row == 0 && index < 6) || (row + index).is_multiple_of(SHARE);
                        if !is_chosen || !set(&folder.path, table, column, row, &other) {
                            continue;
                        }
                        is_changed = true;
                        if verify(&folder.path).holds {
                            unnamed.push(format!("{}.{column}, row {row}: {value:?} → {other:?}", table.name));
                        } else {
                            named += 1;
                        }
                        let _ = std::fs::remove_file(folder.path.join("relay.db-wal"));
                        std::fs::copy(&kept, &database).unwrap();
                    }
                }
                assert!(is_changed, "{}.{column} could not be changed", table.name);
            }
        }
        eprintln!("{named} changes of {} tables were named", all.len());
        assert!(unnamed.is_empty(), "{} were not named: {unnamed:#?}", unnamed.len());
    };
    tokio::task::spawn_blocking(changing).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_of_what_is_derived_or_recorded_that_is_removed_is_named() {
    let folder = at_rest().await;
    let removing = move || {
        let database = folder.path.join("relay.db");
        let kept = folder.path.join("../kept.db");
        std::fs::copy(&database, &kept).unwrap();
        for table in tables(&Connection::open(&kept).unwrap()) {
            // What waits there is taken away by the relay itself when it is done.
            if ["orders", "notices", "alert_book", "alert_outbox"].contains(&table.name.as_str()) {
                continue;
            }
            let count = format!("SELECT count(*) FROM {}", table.name);
            let rows: usize = Connection::open(&kept)
                .unwrap()
                .query_row(&count, [], |row| row.get(0))
                .unwrap();
            for row in 0..rows {
                let tampering = Tampering::with(&folder.path);
                let sql = format!(
                    "DELETE FROM {} WHERE ({key}) IN (SELECT {key} FROM {} ORDER BY {key} LIMIT 1 OFFSET {row})",
                    table.name,
                    table.name,
                    key = table.key
                );
                assert_eq!(tampering.database.execute(&sql, []).unwrap(), 1);
                tampering.end();
                assert!(
                    !verify(&folder.path).holds,
                    "row {row} of {} was not missed",
                    table.name
                );
                let _ = std::fs::remove_file(folder.path.join("relay.db-wal"));
                std::fs::copy(&kept, &database).unwrap();
            }
        }
    };
    tokio::task::spawn_blocking(removing).await.unwrap();
}
