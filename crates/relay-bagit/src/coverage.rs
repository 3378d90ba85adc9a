//! What the manifests of a bag owe each other (RFC 8493, sections 2.1.3, 2.2.1 and 2.4).

use std::collections::BTreeSet;

use crate::algorithm::Algorithm;
use crate::fetch::Fetch;
use crate::finding::{Findings, shown};
use crate::kind::FETCH;
use crate::manifest::Manifest;
use crate::names::{NameId, Names};
use crate::path::PAYLOAD;
use crate::rule::BagRule;

pub(crate) fn check(manifests: &[Manifest], names: &Names, fetch: &Fetch, since_one: bool, findings: &mut Findings) {
    let (tags, payload): (Vec<&Manifest>, Vec<&Manifest>) = manifests.iter().partition(|manifest| manifest.is_tag);
    let algorithms: BTreeSet<Algorithm> = payload.iter().map(|manifest| manifest.algorithm).collect();
    if !algorithms.iter().any(|algorithm| algorithm.is_strong()) {
        let text = "the payload manifests use md5 or sha1 only";
        findings.of_bag(BagRule::AlgorithmWeak, text);
    }
    if !algorithms.contains(&Algorithm::Sha512) {
        findings.of_bag(BagRule::AlgorithmNotSha512, "there is no payload manifest with sha512");
    }
    if since_one {
        check_payload(&payload, names, findings);
    }
    check_tags(&tags, &payload, names, &algorithms, findings);
    check_fetch(fetch, &payload, names, since_one, findings);
}

fn check_payload(payload: &[&Manifest], names: &Names, findings: &mut Findings) {
    for id in (0..names.len() as NameId).filter(|id| names.get(*id).starts_with(PAYLOAD)) {
        for manifest in payload.iter().filter(|manifest| !manifest.lists(id)) {
            let text = format!(
                "{} does not list the file, another payload manifest does",
                shown(&manifest.file)
            );
            findings.of_file(BagRule::PayloadNotInEveryManifest, names.get(id), text);
        }
    }
}

fn check_tags(
    tags: &[&Manifest],
    payload: &[&Manifest],
    names: &Names,
    algorithms: &BTreeSet<Algorithm>,
    findings: &mut Findings,
) {
    let Some((first, others)) = tags.split_first() else {
        return;
    };
    for tag in tags {
        for manifest in payload {
            let found = names.find(&manifest.file);
            if !found.is_some_and(|found| tag.lists(found.id)) {
                let text = format!("the file does not list {}", shown(&manifest.file));
                findings.of_file(BagRule::TagManifestIncomplete, &tag.file, text);
            }
        }
    }
    for other in others.iter().filter(|other| !other.names().eq(first.names())) {
        let text = format!("the file does not list the same files as {}", shown(&first.file));
        findings.of_file(BagRule::TagManifestsDiffer, &other.file, text);
    }
    let of_tags: BTreeSet<Algorithm> = tags.iter().map(|manifest| manifest.algorithm).collect();
    if of_tags != *algorithms {
        let text = "the tag manifests use other algorithms than the payload manifests";
        findings.of_bag(BagRule::TagManifestAlgorithms, text);
    }
}

fn check_fetch(fetch: &Fetch, payload: &[&Manifest], names: &Names, since_one: bool, findings: &mut Findings) {
    let mut paths: Vec<&String> = fetch.keys().collect();
    paths.sort_unstable();
    for path in paths {
        let lists = |manifest: &&Manifest| names.find(path).is_some_and(|found| manifest.lists(found.id));
        let is_listed = if since_one {
            payload.iter().all(lists)
        } else {
            payload.iter().any(lists)
        };
        if !is_listed {
            let text = format!("{FETCH} lists the file, a payload manifest does not");
            findings.of_file(BagRule::FetchNotListed, path, text);
        }
    }
}
