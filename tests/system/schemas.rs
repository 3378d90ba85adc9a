//! `relay schema`: a schema is registered, compared, replaced by one that loses nothing, and taken away.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};
use system_tests::{Ran, Relay, binary};

pub const PATTERN: &str = "readings/*.csv";

/// A Table Schema of these columns in a file.
fn schema_file(relay: &Relay, name: &str, columns: &[(&str, &str)]) -> String {
    let fields: Vec<Value> = columns
        .iter()
        .map(|(name, column_type)| json!({"name": name, "type": column_type}))
        .collect();
    file(relay, name, &json!({"title": "Readings", "fields": fields}))
}

pub fn file(relay: &Relay, name: &str, content: &Value) -> String {
    let path = relay.outside().join(name);
    fs::write(&path, content.to_string()).unwrap();
    path.to_str().unwrap().to_owned()
}

pub fn run(relay: &Relay, command: &str, arguments: &[&str]) -> Ran {
    let begin = ["schema", command, "--org", "org-001", "--path", PATTERN];
    relay.run(begin.iter().chain(arguments))
}

fn run_json(relay: &Relay, command: &str, arguments: &[&str]) -> (i32, Value) {
    let ran = run(relay, command, &[arguments, &["--format", "json"]].concat());
    assert_eq!(ran.stderr, "");
    (ran.status, ran.json().remove(0))
}

pub fn registered(relay: &Relay) -> Vec<Value> {
    relay.json(["schema", "list", "--org", "org-001"])
}

#[test]
fn a_schema_is_registered_replaced_by_a_compatible_one_and_removed() {
    let relay = Relay::new().with_organizations(&["org-001", "org-002"]);
    let first = schema_file(&relay, "first.json", &[("station", "string"), ("temp", "integer")]);
    let told = run(&relay, "add", &[&first]).expect_status(0).stdout;
    let expected = "'readings/*.csv' of org-001 has a schema: 2 columns, version 1, changes: compatible.\n";
    assert_eq!(told, expected);
    let told = run(&relay, "add", &[&first]).expect_status(0).stdout;
    assert!(told.contains("Nothing is different"), "{told}");

    let columns = [("station", "string"), ("temp", "number"), ("day", "date")];
    let second = schema_file(&relay, "second.json", &columns);
    let told = run(&relay, "diff", &[&second]).expect_status(0).stdout;
    let words =
        "  column 'temp' was integer and is number, which holds all of it\n  column 'day' is new and may be empty\n";
    assert_eq!(
        told,
        format!("Compared with version 1:\n{words}Nothing can be lost: relay schema add registers it.\n")
    );
    assert_eq!(registered(&relay)[0]["version"], 1, "looking changes nothing");
    let (status, added) = run_json(&relay, "add", &[&second]);
    assert_eq!(
        (status, &added["outcome"], &added["version"]),
        (0, &json!("replaced"), &json!(2))
    );
    assert_eq!(
        added["difference"],
        json!([
            {"field": "temp", "change": "type_widened", "from": "integer", "to": "number"},
            {"field": "day", "change": "added", "is_required": false}
        ])
    );

    let listed = registered(&relay);
    let expected = json!({
        "organization": "org-001", "path": PATTERN, "version": 2, "changes": "compatible",
        "schema": {
            "fields": [{"name": "station", "type": "string"}, {"name": "temp", "type": "number"}, {"name": "day", "type": "date"}],
            "missingValues": [""]
        }
    });
    assert_eq!(listed, [expected]);
    let told = relay.run(["schema", "list"]).expect_status(0).stdout;
    assert!(
        told.contains("PATTERN") && told.contains("station, temp, day"),
        "{told}"
    );
    assert_eq!(relay.json(["schema", "list", "--org", "org-002"]), [] as [Value; 0]);

    let told = run(&relay, "remove", &[]).expect_status(0).stdout;
    assert_eq!(
        told,
        "'readings/*.csv' of org-001 has no schema any more; it was version 2.\n"
    );
    let told = run(&relay, "remove", &[]).expect_status(2).stderr;
    assert!(
        told.contains("no schema is registered for 'readings/*.csv' of org-001"),
        "{told}"
    );
    let told = relay.run(["schema", "list"]).expect_status(0).stdout;
    assert!(told.contains("No schema is registered"), "{told}");
}

#[test]
fn what_could_lose_something_is_refused_in_words_and_registered_on_consent() {
    let relay = Relay::new().with_organizations(&["org-001"]);
    let first = schema_file(&relay, "first.json", &[("station", "string"), ("temp", "number")]);
    let _ = run(&relay, "add", &[&first]).expect_status(0);
    let before = registered(&relay);
    let second = schema_file(&relay, "second.json", &[("Station", "string"), ("temp", "integer")]);

    let told = run(&relay, "diff", &[&second]).expect_status(1).stdout;
    assert!(told.contains("Something could be lost (!)"), "{told}");
    let told = run(&relay, "add", &[&second]).expect_status(1).stdout;
    for part in [
        "keeps its schema, version 1, because the new one could lose something",
        "! column 'station' seems to be called 'Station' now\n",
        "! column 'temp' was number and is integer, which does not hold all of it\n",
        "--accept-loss",
    ] {
        assert!(told.contains(part), "{told}");
    }
    let (status, refused) = run_json(&relay, "add", &[&second]);
    assert_eq!(
        (status, &refused["outcome"], &refused["version"]),
        (1, &json!("refused"), &json!(1))
    );
    assert_eq!(refused["difference"][0]["change"], "renamed");
    let (status, compared) = run_json(&relay, "diff", &[&second]);
    assert_eq!((status, &compared["passes"]), (1, &json!(false)));
    assert_eq!(registered(&relay), before);

    let told = run(&relay, "add", &["--accept-loss", &second]).expect_status(0).stdout;
    assert!(
        told.contains("has another schema, version 2:\n! column 'station'"),
        "{told}"
    );
    assert_eq!(registered(&relay)[0]["schema"]["fields"][0]["name"], "Station");
}

#[test]
fn how_tables_may_differ_is_set_with_the_schema_or_alone() {
    let relay = Relay::new().with_organizations(&["org-001"]);
    let schema = schema_file(&relay, "schema.json", &[("station", "string")]);
    let _ = run(&relay, "add", &["--changes", "none", &schema]).expect_status(0);
    assert_eq!(registered(&relay)[0]["changes"], "none");
    let told = run(&relay, "add", &[&schema]).expect_status(0).stdout;
    assert!(told.contains("nothing was changed"), "{told}");
    let (_, set) = run_json(&relay, "add", &["--changes", "compatible", &schema]);
    assert_eq!((&set["outcome"], &set["version"]), (&json!("changes_set"), &json!(1)));
    assert_eq!(registered(&relay)[0]["changes"], "compatible");
    let _ = run(&relay, "add", &["--changes", "some", &schema]).expect_status(2);
}

#[test]
fn settings_beside_the_schemas_stay_and_the_order_of_patterns_too() {
    let relay = Relay::new();
    let settings = json!({
        "object_bytes_max": 1000,
        "tables": [
            {"path": PATTERN, "schema": {"fields": [{"name": "a", "required": true}], "missingValues": ["-"]}},
            {"path": "other/**", "schema": {"fields": [{"name": "b"}]}}
        ]
    });
    let settings = file(&relay, "settings.json", &settings);
    let _ = relay
        .run(["org", "add", "org-001", "--settings", &settings])
        .expect_status(0);
    let both = json!({"fields": [{"name": "a", "type": "string", "constraints": {"required": true}}, {"name": "b", "type": "string"}],
        "missingValues": ["-"]});
    let _ = run(&relay, "add", &[&file(&relay, "both.json", &both)]).expect_status(0);
    let patterns =
        |relay: &Relay| -> Vec<Value> { registered(relay).iter().map(|rule| rule["path"].clone()).collect() };
    assert_eq!(patterns(&relay), [PATTERN, "other/**"]);

    // A path that an earlier pattern takes: it is said, since the new schema would never apply.
    let both = file(&relay, "both.json", &both);
    let begin = ["schema", "add", "--org", "org-001", "--path", "readings/a.csv"];
    let told = relay.run(begin.iter().chain(&[both.as_str()])).expect_status(0).stderr;
    assert!(told.contains("'readings/*.csv' comes before"), "{told}");
    let organization = &relay.json(["org", "list"])[0];
    assert_eq!(organization["settings"]["object_bytes_max"], 1000);
    assert_eq!(organization["settings"]["tables"][0]["version"], 2);
    assert_eq!(
        organization["settings"]["tables"][1].get("version"),
        None,
        "written as ever"
    );
}

#[test]
fn a_table_of_a_descriptor_is_registered() {
    let relay = Relay::new().with_organizations(&["org-001"]);
    let table = |name: &str, schema: Value| json!({"name": name, "path": format!("{name}.csv"), "schema": schema});
    let mut descriptor = json!({"resources": [
        table("stations", json!({"fields": [{"name": "id"}]})),
        table("readings", json!("readings.schema.json")),
        {"name": "notes", "path": "notes.txt"}
    ]});
    schema_file(&relay, "readings.schema.json", &[("temp", "number")]);
    let path = file(&relay, "datapackage.json", &descriptor);
    let told = run(&relay, "add", &[&path]).expect_status(2).stderr;
    assert!(
        told.contains("with --resource\n  stations\n  readings\n  notes"),
        "{told}"
    );
    let refused = |resource: &str, part: &str| {
        let told = run(&relay, "add", &["--resource", resource, &path])
            .expect_status(2)
            .stderr;
        assert!(told.contains(part), "{told}");
    };
    refused("rivers", "no resource 'rivers'; it has\n  stations");
    refused("notes", "'notes' has no schema");
    let _ = run(&relay, "add", &["--resource", "readings", &path]).expect_status(0);
    assert_eq!(registered(&relay)[0]["schema"]["fields"][0]["name"], "temp");

    descriptor["resources"][0]["dialect"] = json!({"delimiter": ";"});
    file(&relay, "datapackage.json", &descriptor);
    refused("stations", "the table: dialect cannot be registered");
}

#[test]
fn files_that_cannot_be_registered_say_everything_that_is_in_the_way() {
    let relay = Relay::new().with_organizations(&["org-001"]);
    let rich = json!({
        "fields": [
            {"name": "a\u{1b}[2J\u{202e}", "type": "duration", "constraints": {"unique": true}},
            {"name": "b", "type": "integer", "constraints": {"minimum": 0}},
            {"name": "c", "type": "string", "constraints": {"jsonSchema": {}}}
        ],
        "primaryKey": ["c"]
    });
    let told = run(&relay, "add", &[&file(&relay, "rich.json", &rich)])
        .expect_status(2)
        .stderr;
    for part in [
        "rich.json says more than can be registered:\n  the table: primaryKey cannot be registered\n",
        "field 'a\\u{1b}[2J\\u{202e}': constraints.unique cannot be registered: what comes twice is known of one package only\n",
        "field 'c': constraints.jsonSchema cannot be registered: it cannot be checked\n",
        "declare it in the datapackage.json of each package",
    ] {
        assert!(told.contains(part), "{told}");
    }
    assert!(!told.contains('\u{1b}') && !told.contains('\u{202e}'), "{told}");
    assert!(!told.contains("'b'"), "a minimum is no obstacle: {told}");

    let no_json = relay.outside().join("no.json");
    fs::write(&no_json, "fields").unwrap();
    let unknown_type = schema_file(&relay, "type.json", &[("a", "decimal")]);
    let twice = schema_file(&relay, "twice.json", &[("a", "string"), ("a", "date")]);
    for (path, part) in [
        (no_json.to_str().unwrap(), "not JSON"),
        ("no-such-file.json", "there is no no-such-file.json"),
        (unknown_type.as_str(), "field 'a': type is no type of Table Schema"),
        (twice.as_str(), "field 'a': field 2 has the name of one before it"),
        (&file(&relay, "empty.json", &json!({"fields": []})), "no fields"),
        (
            &file(
                &relay,
                "pattern.json",
                &json!({"fields": [{"name": "a", "type": "string", "constraints": {"pattern": "(?=b)"}}]}),
            ),
            "field 'a'",
        ),
    ] {
        for command in ["add", "diff"] {
            let ran = run(&relay, command, &[path]).expect_status(2);
            assert!(ran.stderr.contains(part) && ran.stdout.is_empty(), "{}", ran.stderr);
        }
    }
    assert_eq!(registered(&relay), [] as [Value; 0]);
}

#[test]
fn organizations_and_patterns_that_are_not_there_are_wrong_usage() {
    let relay = Relay::new().with_organizations(&["org-001"]);
    let schema = schema_file(&relay, "schema.json", &[("a\u{1b}", "string")]);
    let told = run(&relay, "diff", &[&schema]).expect_status(2).stderr;
    assert!(told.contains("no schema is registered for"), "{told}");
    let of = |command: &'static str, org: &'static str, path: &'static str| -> [&'static str; 6] {
        ["schema", command, "--org", org, "--path", path]
    };
    let unknown = "org-404 is not registered; see relay org list";
    for (begin, file, part) in [
        (&of("add", "org-404", "a")[..], Some(&schema), unknown),
        (&of("diff", "org-404", "a")[..], Some(&schema), unknown),
        (&of("remove", "org-404", "a")[..], None, unknown),
        (&["schema", "list", "--org", "org-404"][..], None, unknown),
        (
            &of("add", "org-001", "b[")[..],
            Some(&schema),
            "'b[' is not a path pattern",
        ),
        (&of("add", "ORG", "a")[..], Some(&schema), "lower-case"),
    ] {
        let arguments: Vec<&str> = begin.iter().copied().chain(file.map(String::as_str)).collect();
        let ran = relay.run(&arguments).expect_status(2);
        assert!(ran.stderr.contains(part), "{arguments:?}: {}", ran.stderr);
    }
    let _ = run(&relay, "add", &[&schema]).expect_status(0);
    let told = relay.run(["schema", "list"]).expect_status(0).stdout;
    assert!(told.contains("a\\u{1b}") && !told.contains('\u{1b}'), "{told}");
}

/// Runs `relay schema infer` without any relay.
fn infer(path: &str) -> (i32, String, String) {
    let output = Command::new(binary())
        .args(["schema", "infer", path])
        .env_remove("RELAY_DATA_DIR")
        .env_remove("RELAY_STACK")
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn what_a_table_seems_to_be_can_be_registered_and_holds_for_it() {
    let relay = Relay::new().with_organizations(&["org-001"]);
    let folder = relay.outside().join("send/readings");
    fs::create_dir_all(&folder).unwrap();
    let table = folder.join("a.csv");
    fs::write(
        &table,
        "station,temp,n,day,at,ok,email\nA,1.5,1,2026-01-31,2026-01-31T08:00:00Z,true,a@example.com\nB,NA,2,2026-02-01,2026-02-01T08:00:00Z,false,b@example.com\n",
    )
    .unwrap();
    let (status, printed, said) = infer(table.to_str().unwrap());
    assert_eq!((status, said.as_str()), (0, ""));
    let schema: Value = serde_json::from_str(&printed).unwrap();
    let types: Vec<&str> = schema["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| field["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        types,
        ["string", "number", "integer", "date", "datetime", "boolean", "string"]
    );
    assert_eq!(schema["missingValues"], json!(["", "NA"]));
    let _ = run(&relay, "add", &[&file(&relay, "inferred.json", &schema)]).expect_status(0);
    let sent = relay.outside().join("send");
    let ran = relay.json(["run", "--org", "org-001", sent.to_str().unwrap()]);
    assert_eq!(ran[0]["state"], "processed", "{ran:?}");
    let shown = relay.packages();
    assert_eq!(shown[0]["table"]["schema_declared"], true, "{shown:?}");

    let letter = relay.outside().join("letter.txt");
    fs::write(&letter, "Dear all,\n").unwrap();
    let (status, printed, said) = infer(letter.to_str().unwrap());
    assert_eq!(
        (status, printed.as_str(), said.contains("no table")),
        (2, "", true),
        "{said}"
    );
    fs::write(&table, "a,a\n1,2\n").unwrap();
    let (status, printed, said) = infer(table.to_str().unwrap());
    assert_eq!(
        (status, printed.as_str(), said.contains("would be quarantined")),
        (1, "", true),
        "{said}"
    );
    let (status, _, said) = infer("no-such-file.csv");
    assert_eq!((status, said.contains("there is no no-such-file.csv")), (2, true));
}

/// Every form that inference reads, in a table that it reads without a schema and with the schema that it writes.
#[test]
fn a_schema_that_is_inferred_reads_the_file_as_inference_did() {
    let relay = Relay::new().with_organizations(&["org-001", "org-002"]);
    let text = "country,temp,n,day,at,zoned,open,from,pressure,unclear\n\
        NA,1.5,NA,31.12.2024,2010/01/01 00:30,2024-01-31 10:00:00+00,yes,9:05,1012.5,01/02/2024\n\
        DE,NA,2,NA,NA,2024-01-31 10:00:00+02,no,NA,1e3,NA\n\
        NO,2,3,01.02.2024,2010/12/01 23:59,NA,Yes,23:59,998,03/04/2024\n";
    let folder = relay.outside().join("send");
    fs::create_dir_all(&folder).unwrap();
    let table = folder.join("all.csv");
    fs::write(&table, text).unwrap();
    let (status, printed, said) = infer(table.to_str().unwrap());
    assert_eq!((status, said.as_str()), (0, ""), "{printed}");
    let schema: Value = serde_json::from_str(&printed).unwrap();
    let add = ["schema", "add", "--org", "org-002", "--path", "**"];
    let schema = file(&relay, "inferred.json", &schema);
    let _ = relay.run(add.into_iter().chain([schema.as_str()])).expect_status(0);
    let mut results = Vec::new();
    for organization in ["org-001", "org-002"] {
        let ran = relay.json(["run", "--org", organization, folder.to_str().unwrap()]);
        let package = ran[0]["package_id"].as_str().unwrap_or_else(|| unreachable!("{ran:?}"));
        assert_eq!(ran[0]["state"], "processed", "{ran:?}");
        let to = relay.outside().join(format!("{organization}.parquet"));
        let fetch = [
            "packages",
            "fetch",
            package,
            "--result",
            "data.parquet",
            "--to",
            to.to_str().unwrap(),
        ];
        let _ = relay.run(fetch).expect_status(0);
        results.push(to);
    }
    let script = "import sys, pyarrow.parquet as p\n\
        one, other = (p.read_table(path) for path in sys.argv[1:])\n\
        assert one.schema.remove_metadata() == other.schema.remove_metadata(), (one.schema, other.schema)\n\
        assert one.to_pylist() == other.to_pylist(), (one.to_pylist(), other.to_pylist())\n\
        print([str(field.type) for field in one.schema], one.to_pylist()[0]['country'])";
    let output = Command::new(system_tests::python())
        .args(["-c", script])
        .args(&results)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(
        String::from_utf8_lossy(&output.stdout).trim(),
        "['string', 'double', 'int64', 'date32[day]', 'timestamp[us]', 'timestamp[us, tz=UTC]', 'bool', 'time64[us]', 'double', 'string'] NA"
    );
}
