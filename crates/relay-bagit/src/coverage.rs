//! What the manifests of a bag owe each other (RFC 8493, sections 2.1.3, 2.2.1 and 2.4).

use relay_model::escape_for_display;
use std::collections::BTreeSet;

use crate::algorithm::Algorithm;
use crate::fetch::Fetch;
use crate::finding::Findings;
use crate::kind::FETCH;
use crate::manifest::Manifest;
use crate::names::{NameId, Names};
use crate::path::PAYLOAD;
use crate::rule::BagRule;

/// A payload file that a manifest does not list under this name, but perhaps under another spelling.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Doubt {
    pub(crate) name: NameId,
    /// The manifest, by its place among all.
    pub(crate) manifest: usize,
}

/// What the manifests leave open without the files is returned.
pub(crate) fn check(
    manifests: &[Manifest],
    names: &Names,
    fetch: &Fetch,
    since_one: bool,
    findings: &mut Findings,
) -> Vec<Doubt> {
    let (tags, payload): (Vec<&Manifest>, Vec<&Manifest>) = manifests.iter().partition(|manifest| manifest.is_tag);
    let algorithms: BTreeSet<Algorithm> = payload.iter().map(|manifest| manifest.algorithm).collect();
    if !algorithms.iter().any(|algorithm| algorithm.is_strong()) {
        let text = "the payload manifests use md5 or sha1 only";
        findings.of_bag(BagRule::AlgorithmWeak, text);
    }
    if !algorithms.contains(&Algorithm::Sha512) {
        findings.of_bag(BagRule::AlgorithmNotSha512, "there is no payload manifest with sha512");
    }
    let doubts = if since_one {
        check_payload(manifests, names, findings)
    } else {
        Vec::new()
    };
    check_tags(&tags, &payload, names, &algorithms, findings);
    check_fetch(fetch, &payload, names, since_one, findings);
    doubts
}

fn check_payload(manifests: &[Manifest], names: &Names, findings: &mut Findings) -> Vec<Doubt> {
    let mut doubts = Vec::new();
    for name in (0..names.len() as NameId).filter(|id| names.get(*id).starts_with(PAYLOAD)) {
        let payload = manifests.iter().enumerate().filter(|(_, manifest)| !manifest.is_tag);
        for (index, manifest) in payload.filter(|(_, manifest)| !manifest.lists(name)) {
            if names.alike(name).iter().any(|alike| manifest.lists(*alike)) {
                doubts.push(Doubt { name, manifest: index });
            } else {
                not_in_every_manifest(manifest, names.get(name), findings);
            }
        }
    }
    doubts
}

pub(crate) fn not_in_every_manifest(manifest: &Manifest, name: &str, findings: &mut Findings) {
    let text = format!(
        "{} does not list the file, another payload manifest does",
        escape_for_display(&manifest.file)
    );
    findings.of_file(BagRule::PayloadNotInEveryManifest, name, text);
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
                let text = format!("the file does not list {}", escape_for_display(&manifest.file));
                findings.of_file(BagRule::TagManifestIncomplete, &tag.file, text);
            }
        }
    }
    for other in others.iter().filter(|other| !other.names().eq(first.names())) {
        let text = format!(
            "the file does not list the same files as {}",
            escape_for_display(&first.file)
        );
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
