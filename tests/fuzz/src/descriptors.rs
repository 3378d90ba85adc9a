//! Descriptors: what a producer or an organization says about its tables, in JSON. What is read can be used, and what is not
//! is refused in words that can be shown.

use std::io;
use std::sync::Arc;

use relay_frictionless::{Descriptor, DescriptorLimits, Finding, SchemaReader};
use relay_model::{OrganizationSettings, TableLimits, TableRule, TableSchema};
use relay_privacy::PrivacyPolicy;
use relay_rules::{check_settings, table_rule};
use relay_transform::{ColumnPlan, ParquetSink, RegisteredTable, TableOutputs, TablePlan, Watch, transform_table};

use crate::text::assert_shown;

pub const WORDS: &[&[u8]] = &[
    b"\"fields\":[",
    b"{\"name\":\"a\",\"type\":\"integer\"}",
    b"\"constraints\":{\"required\":true,\"pattern\":\"(a+)+$\"}",
    b"\"missingValues\":[\"\"]",
    b"\"resources\":[",
    b"\"path\":\"a.csv\"",
    b"\"path\":[\"a.csv\",\"b.csv\"]",
    b"\"profile\":\"tabular-data-resource\"",
    b"\"dialect\":{\"delimiter\":\";\"}",
    b"\"primaryKey\":[\"a\"]",
    b"\"foreignKeys\":[{\"fields\":\"a\"}]",
    b"\"tables\":[",
    b"**/*.csv",
    b"\"version\":1",
    b"\\u0000",
    b"[[[[[[[[",
];

/// What reads a descriptor: panics when a property is broken. One line makes one more.
const READERS: &[fn(&[u8])] = &[schema, settings, policy, package];

pub fn seeds() -> Vec<Vec<u8>> {
    let descriptors = [
        r#"{"fields":[{"name":"a","type":"integer"},{"name":"b","type":"string","required":true}]}"#,
        r#"{"fields":[{"name":"a","type":"datetime"}],"missingValues":["","-999"]}"#,
        r#"{"$schema":"https://datapackage.org/profiles/2.0/datapackage.json","name":"p","resources":[{"name":"r","path":"a.csv","type":"table","schema":{"fields":[{"name":"a","type":"integer","constraints":{"minimum":0,"enum":[1,2]}},{"name":"b","type":"date","format":"%d/%m/%Y"}],"primaryKey":"a"},"dialect":{"delimiter":";","header":true}}]}"#,
        r#"{"profile":"tabular-data-package","resources":[{"path":["a.csv","b.csv"],"encoding":"latin1","bytes":3,"hash":"sha256:00","schema":{"fields":[{"name":"n","type":"number","decimalChar":",","groupChar":"."}],"foreignKeys":[{"fields":"n","reference":{"resource":"","fields":"n"}}]}}]}"#,
        r#"{"tables":[{"path":"readings/**/*.csv","schema":{"fields":[{"name":"a"}]}}],"object_bytes_max":100}"#,
        r#"{"version":1,"email":"mask","us_ssn":"tokenize","person_name":"drop"}"#,
        "[]",
    ];
    descriptors.iter().map(|text| text.as_bytes().to_vec()).collect()
}

pub fn check(input: &[u8]) {
    for read in READERS {
        read(input);
    }
}

fn package(input: &[u8]) {
    let limits = DescriptorLimits::default();
    let (descriptor, mut findings) = Descriptor::read(input, &limits);
    if let Some(descriptor) = &descriptor {
        descriptor.references(&mut findings);
    }
    assert!(
        descriptor.is_some() || findings.errors > 0,
        "nothing is read for a reason"
    );
    assert!(findings.kept.len() <= limits.findings_max);
    findings.kept.iter().for_each(assert_finding);
    let resources = descriptor.iter().flat_map(|descriptor| &descriptor.resources);
    for schema in resources.filter_map(|resource| resource.table_schema()) {
        match SchemaReader::new(schema, &limits) {
            Ok(reader) => {
                for field in reader.fields() {
                    // Whatever a field makes of a cell, it says so by rule.
                    let _ = field.read(input);
                }
            }
            Err(found) => found.iter().for_each(assert_finding),
        }
    }
}

fn assert_finding(finding: &Finding) {
    assert_shown(&finding.text);
    [&finding.resource, &finding.field]
        .into_iter()
        .flatten()
        .for_each(|name| assert_shown(name));
}

fn schema(input: &[u8]) {
    let Ok(schema) = serde_json::from_slice::<TableSchema>(input) else {
        return;
    };
    if schema.check().is_err() {
        return;
    }
    let Ok(registered) = RegisteredTable::new(TableRule::new("**", schema.clone())) else {
        return;
    };
    let header: Vec<_> = schema.fields.iter().map(|field| field.name.as_str()).collect();
    let table = format!("{}\n1{}\n", header.join(","), ",".repeat(header.len() - 1));
    let plan = TablePlan::new(ColumnPlan::Declared(Arc::new(registered)));
    let mut nowhere = io::sink();
    let outputs = TableOutputs {
        rows: &mut ParquetSink::new(&mut nowhere),
        bad_rows: &mut io::sink(),
    };
    let transformed = transform_table(
        table.as_bytes(),
        &plan,
        &TableLimits::default(),
        outputs,
        &Watch::none(),
    );
    transformed.expect("a schema that is accepted can be used");
}

fn settings(input: &[u8]) {
    let Ok(settings) = serde_json::from_slice::<OrganizationSettings>(input) else {
        return;
    };
    // The message is for whoever wrote the settings; that it can be made is enough.
    let _ = check_settings(&settings).map_err(|error| error.to_string());
    let _ = table_rule(&settings, "readings/a.csv");
}

fn policy(input: &[u8]) {
    match serde_json::from_slice::<PrivacyPolicy>(input) {
        Ok(policy) => {
            let written = serde_json::to_vec(&policy).expect("a policy can be written");
            let again: PrivacyPolicy = serde_json::from_slice(&written).expect("what was written can be read");
            assert_eq!(policy, again);
        }
        // What it quotes may be long, and is escaped.
        Err(error) => assert!(!error.to_string().contains(char::is_control), "{error}"),
    }
}
