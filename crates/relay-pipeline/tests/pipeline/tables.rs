//! Which transform a package gets, and what becomes of content that breaks its rules.

use relay_model::{OrganizationSettings, PackageState, ReasonCode, TableRule};
use relay_pipeline::ports::{OrganizationLookup, OrganizationRegistry};
use relay_testing::faults::FaultPlan;
use relay_testing::story::author;

use crate::world::World;

async fn declare(world: &World) {
    let schema = r#"{"fields":[{"name":"x","type":"integer"},{"name":"y","type":"number"}]}"#;
    let rule = TableRule::new("t/*", serde_json::from_str(schema).unwrap());
    let settings = OrganizationSettings {
        tables: vec![rule],
        ..OrganizationSettings::default()
    };
    let before = world.registry.get(&"org-001".parse().unwrap()).await.unwrap().unwrap();
    world
        .registry
        .set_settings(&before, &settings, &author())
        .await
        .unwrap();
}

async fn ending(key: &str, bytes: &[u8]) -> relay_model::PackageRecord {
    let world = World::with(FaultPlan::calm(), |limits| limits.table.bad_rows_max = 2).await;
    declare(&world).await;
    let order = world.accept(key, bytes).await;
    world.run_to_the_end(&order).await;
    world.assert_sound().await;
    world.only_record().await
}

#[tokio::test]
async fn a_declared_table_is_read_as_declared() {
    let record = ending("org-001/t/a.csv", b"x,y\n1,2\n").await;
    let table = record.table.unwrap();
    assert!(table.schema_declared);
    assert_eq!(table.columns[1].field_type, relay_model::FieldType::Number);
}

#[tokio::test]
async fn a_declared_table_that_is_none_is_quarantined() {
    for (bytes, code) in [
        (b"\x89PNG\r\n\x1A\n0000".as_slice(), ReasonCode::TableExpected),
        (b"x,z\n1,2\n", ReasonCode::TableSchemaChanged),
        (b"x,y\na,2\nb,2\nc,2\n", ReasonCode::TableTooManyBadRows),
        (b"\x1F\x8B\x08\0\0\0\0\0\0\x03\xFF\xFF", ReasonCode::CompressionCorrupt),
    ] {
        let record = ending("org-001/t/a", bytes).await;
        assert_eq!((record.state, record.reason), (PackageState::Quarantined, Some(code)));
        assert!(
            record.results.iter().all(|result| result.name == "bad-rows.jsonl"),
            "no table of it is visible"
        );
        assert_eq!(record.sha256, Some(relay_model::Sha256Digest::of(bytes)));
    }
}

#[tokio::test]
async fn bad_rows_are_set_aside_up_to_the_limit() {
    let mut bytes = b"x,y\n".to_vec();
    (0..100).for_each(|n| bytes.extend(format!("{n},{n}.5\n").bytes()));
    bytes.extend(b"oops,1\n");
    let record = ending("org-001/t/a.csv", &bytes).await;
    assert_eq!(record.state, PackageState::Processed);
    let table = record.table.unwrap();
    assert_eq!((table.rows, table.bad_rows), (100, 1));
    let names: Vec<&str> = record.results.iter().map(|result| result.name.as_str()).collect();
    assert_eq!(names, ["data.parquet", "bad-rows.jsonl"]);
}

#[tokio::test]
async fn what_is_no_table_and_was_not_declared_one_is_opaque() {
    let mut gzip_of_text = b"\x1F\x8B\x08\0\0\0\0\0\0\x03".to_vec();
    // A stored deflate block with one line of prose, its CRC-32 and length.
    gzip_of_text.extend([1, 6, 0, 0xF9, 0xFF]);
    gzip_of_text.extend(b"hello\n");
    gzip_of_text.extend(0x363A_3020_u32.to_le_bytes());
    gzip_of_text.extend(6_u32.to_le_bytes());
    for bytes in [b"just a few words\n".as_slice(), b"{\n \"a\": 1\n}\n", &gzip_of_text] {
        let record = ending("org-001/free", bytes).await;
        assert_eq!(record.state, PackageState::Processed);
        assert_eq!(record.results[0].name, "data.bin", "{}", bytes.escape_ascii());
        assert_eq!(record.table, None);
    }
}

#[tokio::test]
async fn a_table_in_another_encoding_is_read_or_quarantined_with_its_lines_not_passed_on_unread() {
    let record = ending("org-001/free.csv", b"name,city\nM\xFCller,K\xF6ln\nJos\xE9,Le\xF3n\n").await;
    assert_eq!(record.state, PackageState::Processed);
    let table = record.table.unwrap();
    assert_eq!((table.rows, table.bad_rows), (2, 0));
    assert_eq!(table.reading.unwrap().encoding, "windows-1252");
    // Windows-1251, which could be many others.
    let record = ending(
        "org-001/free.csv",
        b"name,city\n\xC0\xE4\xE0,\xCC\xEE\xF1\xEA\xE2\xE0\n",
    )
    .await;
    assert_eq!(record.reason, Some(ReasonCode::TableTooManyBadRows));
    assert_eq!(record.results[0].name, "bad-rows.jsonl");
    assert_eq!(record.table.unwrap().bad_rows, 1);
}

#[tokio::test]
async fn a_late_value_that_widens_a_column_takes_a_second_pass_and_loses_nothing() {
    let mut bytes = b"n,m\n".to_vec();
    (0..100_000).for_each(|n| bytes.extend(format!("{n},1\n").bytes()));
    bytes.extend(b"a word,2\n");
    let record = ending("org-001/free.csv", &bytes).await;
    let table = record.table.unwrap();
    assert_eq!((table.rows, table.bad_rows, table.passes), (100_001, 0, 2));
    assert_eq!(table.columns[0].field_type, relay_model::FieldType::String);
    assert_eq!(table.columns[1].field_type, relay_model::FieldType::Integer);
}
