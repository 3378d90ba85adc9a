//! `datapackage.json`: what is read, and which rule each fault breaks.

use relay_frictionless::{
    Content, Descriptor, DescriptorLimits, Findings, HashAlgorithm, PackageRule, Severity, StandardVersion,
};
use serde_json::{Value as Json, json};

use crate::support::limits;

pub const TWO: &str = "https://datapackage.org/profiles/2.0/datapackage.json";

pub fn read(json: &Json) -> (Descriptor, Vec<PackageRule>) {
    let (descriptor, findings) = Descriptor::read(json.to_string().as_bytes(), &limits());
    (descriptor.unwrap(), rules(&findings))
}

pub fn rules(findings: &Findings) -> Vec<PackageRule> {
    findings.kept.iter().map(|finding| finding.rule).collect()
}

/// The rules that a package of one resource breaks which is well-formed but for these properties.
pub fn of_resource(changes: &Json) -> (Descriptor, Vec<PackageRule>) {
    let mut resource = json!({"name": "r", "path": "r.csv"});
    for (name, value) in changes.as_object().unwrap() {
        resource[name] = value.clone();
    }
    let present: serde_json::Map<String, Json> = resource
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    read(&json!({"$schema": TWO, "resources": [present]}))
}

fn of_package(changes: &Json) -> Vec<PackageRule> {
    let mut package = json!({"resources": [{"name": "r", "path": "r.csv"}]});
    for (name, value) in changes.as_object().unwrap() {
        package[name] = value.clone();
    }
    read(&package).1
}

#[test]
fn a_descriptor_is_one_json_object_without_names_twice() {
    let broken = |text: &str| {
        let (descriptor, findings) = Descriptor::read(text.as_bytes(), &limits());
        assert_eq!(descriptor, None, "{text}");
        rules(&findings)
    };
    for text in ["", "[]", "{", "{}x", "{\"a\":1,}", "\u{1}"] {
        assert_eq!(broken(text), [PackageRule::DescriptorMalformed], "{text}");
    }
    assert_eq!(
        broken(r#"{"resources": [], "resources": []}"#),
        [PackageRule::PropertyTwice]
    );
    assert_eq!(broken(r#"{"x": {"a": 1, "\u0061": 2}}"#), [PackageRule::PropertyTwice]);
    let with_mark = "\u{feff}{\"resources\":[{\"name\":\"r\",\"path\":\"r\"}]}";
    assert_eq!(rules(&Descriptor::read(with_mark.as_bytes(), &limits()).1), []);
}

#[test]
fn a_descriptor_stays_below_limits() {
    let small = DescriptorLimits {
        bytes_max: 200,
        depth_max: 5,
        resources_max: 1,
        resource_paths_max: 1,
        ..limits()
    };
    let of = |text: &str| rules(&Descriptor::read(text.as_bytes(), &small).1);
    assert_eq!(of(&" ".repeat(201)), [PackageRule::DescriptorTooLarge]);
    assert_eq!(
        of(&format!("{{\"a\":{}{}}}", "[".repeat(6), "]".repeat(6))),
        [PackageRule::DescriptorTooLarge]
    );
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    let findings = Descriptor::read(
        deep.as_bytes(),
        &DescriptorLimits {
            depth_max: 10_000,
            ..limits()
        },
    )
    .1;
    assert_eq!(rules(&findings), [PackageRule::DescriptorTooLarge]);
    let two = r#"{"resources":[{"name":"a","path":"a"},{"name":"b","path":"b"}]}"#;
    assert_eq!(of(two), [PackageRule::ResourcesTooMany]);
    assert_eq!(
        of(r#"{"resources":[{"name":"a","path":["a","b"]}]}"#),
        [PackageRule::ResourcesTooMany]
    );
}

#[test]
fn a_package_has_resources() {
    assert_eq!(read(&json!({})).1, [PackageRule::PropertyMissing]);
    assert_eq!(of_package(&json!({"resources": []})), [PackageRule::PropertyMissing]);
    assert_eq!(of_package(&json!({"resources": [5]})), [PackageRule::PropertyMalformed]);
    assert_eq!(of_package(&json!({"x-anything": {"a": []}, "title": "T"})), []);
    assert_eq!(of_package(&json!({"title": 5})), [PackageRule::PropertyMalformed]);
    assert_eq!(of_package(&json!({"keywords": []})), [PackageRule::PropertyMalformed]);
}

#[test]
fn the_version_is_that_of_the_profile() {
    let version = |package: Json| {
        let mut json = json!({"resources": [{"name": "r", "path": "r.csv"}]});
        for (name, value) in package.as_object().unwrap() {
            json[name] = value.clone();
        }
        let (descriptor, rules) = read(&json);
        (descriptor.version, rules)
    };
    assert_eq!(version(json!({})), (StandardVersion::One, vec![]));
    assert_eq!(
        version(json!({"profile": "tabular-data-package"})),
        (StandardVersion::One, vec![])
    );
    assert_eq!(version(json!({"$schema": TWO})), (StandardVersion::Two, vec![]));
    assert_eq!(
        version(json!({"$schema": "https://datapackage.org/profiles/1.0/datapackage.json"})),
        (StandardVersion::One, vec![])
    );
    assert_eq!(
        version(json!({"$schema": "https://datapackage.org/profiles/3.0/datapackage.json"})).1,
        [PackageRule::VersionUnsupported]
    );
    assert_eq!(
        version(json!({"$schema": "https://example.org/own.json"})).1,
        [PackageRule::ProfileUnchecked]
    );
    assert_eq!(
        version(json!({"profile": "https://example.org/own.json"})).1,
        [PackageRule::ProfileUnchecked]
    );
    assert_eq!(PackageRule::ProfileUnchecked.severity(), Severity::Warning);
}

#[test]
fn licenses_contributors_and_sources_have_shapes() {
    for (changes, rules) in [
        (
            json!({"licenses": [{"name": "ODC-PDDL-1.0"}, {"path": "l.txt"}]}),
            vec![],
        ),
        (
            json!({"licenses": [{"title": "x"}]}),
            vec![PackageRule::LicenseMalformed],
        ),
        (json!({"licenses": []}), vec![PackageRule::LicenseMalformed]),
        (json!({"licenses": {}}), vec![PackageRule::PropertyMalformed]),
        (json!({"contributors": [{"title": "A", "role": "author"}]}), vec![]),
        (
            json!({"contributors": [{"email": "a@b.org"}]}),
            vec![PackageRule::ContributorMalformed],
        ),
        (json!({"contributors": [{"email": "a@b.org"}], "$schema": TWO}), vec![]),
        (
            json!({"contributors": [{"title": "A", "roles": "author"}], "$schema": TWO}),
            vec![PackageRule::ContributorMalformed],
        ),
        (json!({"sources": [{"title": "A"}]}), vec![]),
        (
            json!({"sources": [{}], "$schema": TWO}),
            vec![PackageRule::SourceMalformed],
        ),
        (json!({"sources": [{"path": "x"}]}), vec![PackageRule::SourceMalformed]),
    ] {
        assert_eq!(of_package(&changes), rules, "{changes}");
    }
}

#[test]
fn resources_have_names_of_their_own() {
    let named = |name: Json, version: Json| {
        read(&json!({"$schema": version, "resources": [{"name": name, "path": "r.csv"}]})).1
    };
    let one = json!("https://datapackage.org/profiles/1.0/datapackage.json");
    assert_eq!(named(json!("a-b_c.d/e1"), one.clone()), []);
    assert_eq!(named(json!("Größe"), one.clone()), [PackageRule::ResourceNameMalformed]);
    assert_eq!(named(json!("Größe"), json!(TWO)), []);
    assert_eq!(named(json!(""), json!(TWO)), [PackageRule::ResourceNameMalformed]);
    assert_eq!(named(json!(5), one), [PackageRule::PropertyMalformed]);
    assert_eq!(of_resource(&json!({"name": null})).1, [PackageRule::PropertyMissing]);
    let twice = json!({"resources": [{"name": "r", "path": "a"}, {"name": "r", "path": "b"}]});
    assert_eq!(read(&twice).1, [PackageRule::ResourceNameTwice]);
}

#[test]
fn paths_stay_within_the_package() {
    for (path, rule) in [
        ("/etc/passwd", PackageRule::PathUnsafe),
        ("../a", PackageRule::PathUnsafe),
        ("a/../b", PackageRule::PathUnsafe),
        ("a\\b", PackageRule::PathUnsafe),
        ("C:/a", PackageRule::PathUnsafe),
        ("c:a", PackageRule::PathUnsafe),
        ("~/a", PackageRule::PathUnsafe),
        ("a\u{0}b", PackageRule::PathUnsafe),
        ("http://a.org/b.csv", PackageRule::PathRemote),
        ("s3://bucket/key", PackageRule::PathRemote),
        ("file:///etc/passwd", PackageRule::PathRemote),
        ("data:text/csv,a", PackageRule::PathRemote),
        ("./a", PackageRule::PathNotPlain),
        ("a//b", PackageRule::PathNotPlain),
        ("a/", PackageRule::PathNotPlain),
        ("", PackageRule::PathNotPlain),
    ] {
        let (descriptor, rules) = of_resource(&json!({ "path": path }));
        assert_eq!(rules, [rule], "{path}");
        assert_eq!(descriptor.resources[0].content, Content::Absent, "{path}");
    }
    let (descriptor, rules) = of_resource(&json!({"path": ["a.csv", "d/b.csv"]}));
    assert_eq!(
        (rules, &descriptor.resources[0].content),
        (vec![], &Content::Files(vec!["a.csv".into(), "d/b.csv".into()]))
    );
    assert_eq!(of_resource(&json!({"path": ["a", "a"]})).1, [PackageRule::PathNotPlain]);
    assert_eq!(of_resource(&json!({"path": []})).1, [PackageRule::PropertyMalformed]);
    assert_eq!(of_resource(&json!({"path": 5})).1, [PackageRule::PropertyMalformed]);
}

#[test]
fn data_is_in_a_file_or_inline() {
    let (descriptor, rules) = of_resource(&json!({"path": null, "data": [{"a": 1}]}));
    assert_eq!((rules, &descriptor.resources[0].content), (vec![], &Content::Inline));
    assert_eq!(of_resource(&json!({"data": []})).1, [PackageRule::ResourceDataAndPath]);
    assert_eq!(of_resource(&json!({"path": null})).1, [PackageRule::PropertyMissing]);
    assert_eq!(
        of_resource(&json!({"profile": "tabular-data-resource"})).1,
        [PackageRule::PropertyMissing]
    );
}

#[test]
fn hashes_have_an_algorithm_and_a_length() {
    let of = |hash: &str| of_resource(&json!({ "hash": hash }));
    let (descriptor, rules) = of(&format!("sha256:{}", "0A".repeat(32)));
    assert_eq!(rules, []);
    let hash = descriptor.resources[0].hash.clone().unwrap();
    assert_eq!((hash.algorithm, hash.digest), (HashAlgorithm::Sha256, vec![10; 32]));
    for (hash, rule) in [
        ("0a".repeat(16), PackageRule::HashWeak),
        (format!("md5:{}", "0a".repeat(16)), PackageRule::HashWeak),
        (format!("sha1:{}", "0a".repeat(20)), PackageRule::HashWeak),
        (format!("crc32:{}", "0a".repeat(4)), PackageRule::HashUnsupported),
        ("0a".repeat(15), PackageRule::HashMalformed),
        ("0g".repeat(16), PackageRule::HashMalformed),
        ("sha256:".to_owned(), PackageRule::HashMalformed),
    ] {
        assert_eq!(of(&hash).1, [rule], "{hash}");
    }
    assert_eq!(of(&format!("SHA-512:{}", "0a".repeat(64))).1, []);
    let several = json!({"path": ["a", "b"], "hash": "0a".repeat(16)});
    assert_eq!(of_resource(&several).1, [PackageRule::HashUnsupported]);
    assert_eq!(PackageRule::HashWeak.severity(), Severity::Warning);
}

#[test]
fn encodings_have_known_names() {
    for (name, expected) in [
        ("utf-8", "UTF-8"),
        ("UTF-8-SIG", "UTF-8"),
        ("iso-8859-1", "windows-1252"),
        ("utf-16le", "UTF-16LE"),
    ] {
        let (descriptor, rules) = of_resource(&json!({ "encoding": name }));
        assert_eq!(
            (rules, descriptor.resources[0].encoding.name()),
            (vec![], expected),
            "{name}"
        );
    }
    assert_eq!(
        of_resource(&json!({"encoding": "klingon"})).1,
        [PackageRule::EncodingUnknown]
    );
}

#[test]
fn findings_keep_errors_before_warnings() {
    let few = DescriptorLimits {
        findings_max: 1,
        ..limits()
    };
    let json = json!({"$schema": "https://a.org/own.json", "resources": [{"name": "r", "path": "../r"}]});
    let findings = Descriptor::read(json.to_string().as_bytes(), &few).1;
    assert_eq!(rules(&findings), [PackageRule::PathUnsafe]);
    assert_eq!((findings.omitted, findings.errors), (1, 1));
}
