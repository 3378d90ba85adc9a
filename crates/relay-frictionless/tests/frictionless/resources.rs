//! What a resource says of its text, its columns and its files.

use relay_frictionless::{Dialect, Findings, HashAlgorithm, PackageFiles, PackageRule, Source};
use serde_json::{Value as Json, json};

use crate::descriptors::{TWO, of_resource, read, rules};
use crate::support::limits;

fn dialect(json: &Json) -> Result<Dialect, Vec<PackageRule>> {
    let (descriptor, rules) = of_resource(&json!({ "dialect": json }));
    let read = descriptor.resources[0].table_dialect().cloned();
    read.filter(|_| rules.is_empty()).ok_or(rules)
}

struct Files;

impl PackageFiles for Files {
    fn bytes(&self, path: &str) -> Option<u64> {
        ["r.csv", "s.csv", "schema.json"].contains(&path).then_some(10)
    }

    fn digest(&self, path: &str, algorithm: HashAlgorithm) -> Option<Vec<u8>> {
        (path == "r.csv").then(|| vec![1; algorithm.digest_bytes()])
    }
}

#[test]
fn dialects_of_delimited_text_are_read() {
    assert_eq!(dialect(&json!({})), Ok(Dialect::default()));
    let all = dialect(
        &json!({"delimiter": ";", "quoteChar": "'", "doubleQuote": false, "escapeChar": "\\", "skipInitialSpace": true,
        "lineTerminator": "\r", "commentChar": "#", "commentRows": [2, 5], "headerRows": [4], "nullSequence": "\\N",
        "header": true, "caseSensitiveHeader": true, "headerJoin": " ", "csvddfVersion": 1.2}),
    )
    .unwrap();
    let expected = Dialect {
        delimiter: b';',
        quote: Some(b'\''),
        double_quote: false,
        escape: Some(b'\\'),
        skip_initial_space: true,
        comment: Some(b'#'),
        return_ends_line: true,
        has_header: true,
        skipped_lines: vec![1, 2, 3, 5],
        null_sequence: Some("\\N".into()),
    };
    assert_eq!(all, expected);
    assert_eq!(dialect(&json!({"escapeChar": "\\"})).unwrap().quote, None);
    assert_eq!(dialect(&json!({"quoteChar": ""})).unwrap().quote, None);
    assert!(!dialect(&json!({"headerRows": []})).unwrap().has_header);
    let (tabs, _) = of_resource(&json!({"format": "tsv"}));
    assert_eq!(tabs.resources[0].table_dialect().unwrap().delimiter, b'\t');
}

#[test]
fn dialects_that_cannot_be_read_are_refused() {
    for json in [
        json!({"delimiter": "||"}),
        json!({"delimiter": "é"}),
        json!({"delimiter": "\n"}),
        json!({"quoteChar": "ab"}),
        json!({"lineTerminator": ";"}),
        json!({"headerRows": [1, 2]}),
        json!({"headerRows": [1_000_000_000]}),
        json!({"delimiter": "'", "quoteChar": "'"}),
        json!({"sheetName": "x"}),
        json!({"property": "rows"}),
        json!({"table": "t"}),
    ] {
        assert_eq!(dialect(&json), Err(vec![PackageRule::DialectUnsupported]), "{json}");
    }
    for json in [
        json!({"header": "yes"}),
        json!({"commentRows": [0]}),
        json!({"headerRows": [1], "commentRows": [1]}),
        json!(5),
    ] {
        assert_eq!(dialect(&json), Err(vec![PackageRule::PropertyMalformed]), "{json}");
    }
}

#[test]
fn a_null_sequence_is_a_missing_value_of_every_field() {
    let (descriptor, rules) = of_resource(&json!({"dialect": {"nullSequence": "\\N"},
        "schema": {"fields": [{"name": "a"}, {"name": "b", "missingValues": ["-"]}]}}));
    assert_eq!(rules, []);
    let schema = descriptor.resources[0].table_schema().unwrap();
    assert_eq!(
        schema
            .missing_values
            .iter()
            .map(relay_frictionless::MissingValue::text)
            .collect::<Vec<_>>(),
        ["", "\\N"]
    );
    assert_eq!(schema.fields[1].missing_values.as_ref().unwrap().len(), 2);
}

#[test]
fn schemas_and_dialects_are_inline_or_in_files_of_the_package() {
    let (mut descriptor, rules) = of_resource(&json!({"schema": "schemas/a.json", "dialect": "d.json"}));
    assert_eq!(rules, []);
    let resource = &mut descriptor.resources[0];
    assert_eq!(resource.schema, Some(Source::File("schemas/a.json".into())));
    resource
        .set_schema(br#"{"fields": [{"name": "a"}]}"#, &limits())
        .unwrap();
    resource.set_dialect(br#"{"nullSequence": "x"}"#, &limits()).unwrap();
    assert_eq!(resource.table_schema().unwrap().missing_values.len(), 2);
    assert_eq!(
        resource.set_schema(b"{}", &limits()).unwrap_err()[0].rule,
        PackageRule::SchemaFieldsMissing
    );
    assert_eq!(
        resource.set_dialect(b"[]", &limits()).unwrap_err()[0].rule,
        PackageRule::PropertyMalformed
    );
    assert_eq!(
        of_resource(&json!({"schema": "https://a.org/s.json"})).1,
        [PackageRule::SchemaRemote]
    );
    assert_eq!(
        of_resource(&json!({"dialect": "https://a.org/d.json"})).1,
        [PackageRule::SchemaRemote]
    );
    assert_eq!(
        of_resource(&json!({"schema": "../s.json"})).1,
        [PackageRule::PathUnsafe]
    );
    assert_eq!(of_resource(&json!({"schema": 5})).1, [PackageRule::PropertyMalformed]);
    assert_eq!(
        of_resource(&json!({"schema": {"fields": []}})).1,
        [PackageRule::SchemaFieldsMissing]
    );
}

#[test]
fn references_lead_to_tables_of_the_package() {
    let package = |reference: Json| {
        let json = json!({"$schema": TWO, "resources": [
            {"name": "a", "path": "a.csv", "schema": {"fields": [{"name": "x"}], "foreignKeys": [{"fields": ["x"], "reference": reference}]}},
            {"name": "b", "path": "b.csv", "schema": {"fields": [{"name": "y"}]}},
            {"name": "c", "path": "c.csv"}]});
        let (descriptor, found) = read(&json);
        assert_eq!(found, []);
        let mut findings = Findings::new(10);
        descriptor.references(&mut findings);
        rules(&findings)
    };
    assert_eq!(package(json!({"resource": "b", "fields": ["y"]})), []);
    assert_eq!(package(json!({"resource": "self", "fields": ["x"]})), []);
    for reference in [
        json!({"resource": "d", "fields": ["y"]}),
        json!({"resource": "b", "fields": ["x"]}),
        json!({"resource": "c", "fields": ["x"]}),
    ] {
        assert_eq!(package(reference), [PackageRule::ReferenceUnknown]);
    }
}

#[test]
fn files_are_what_the_descriptor_says() {
    let held = |changes: &Json| {
        let (descriptor, _) = of_resource(changes);
        let mut findings = Findings::new(10);
        descriptor.hold(&Files, &mut findings);
        rules(&findings)
    };
    let hash = |byte: &str| format!("sha256:{}", byte.repeat(32));
    assert_eq!(
        held(&json!({"bytes": 10, "hash": hash("01"), "schema": "schema.json"})),
        []
    );
    assert_eq!(held(&json!({"path": ["r.csv", "s.csv"], "bytes": 20})), []);
    assert_eq!(held(&json!({"path": "x.csv"})), [PackageRule::PathMissing]);
    assert_eq!(held(&json!({"schema": "x.json"})), [PackageRule::PathMissing]);
    assert_eq!(held(&json!({"bytes": 11})), [PackageRule::BytesMismatch]);
    assert_eq!(held(&json!({"hash": hash("02")})), [PackageRule::HashMismatch]);
    assert_eq!(
        held(&json!({"path": "s.csv", "hash": hash("01")})),
        [PackageRule::HashMismatch],
        "what was not computed"
    );
    let (descriptor, _) = of_resource(&json!({"hash": hash("01")}));
    assert_eq!(
        descriptor.wanted_digest("r.csv").collect::<Vec<_>>(),
        [HashAlgorithm::Sha256]
    );
    assert_eq!(descriptor.wanted_digest("s.csv").count(), 0);
}
