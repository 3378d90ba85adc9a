//! Where the descriptor of a Data Package may be in an archive, while the archive streams by.

use std::collections::BTreeMap;

use relay_bagit::BagTags;
use relay_frictionless::DESCRIPTOR;

/// The folder of a bag that holds what it carries.
const PAYLOAD: &str = "data/";

/// Keeps what may be the descriptor: at the top, in the only top folder, or at the top of a bag's payload. At most four
/// files fit that, each of which is kept up to a limit.
#[derive(Debug, Default)]
pub(crate) struct DescriptorSearch {
    /// The first top folder, with a slash at its end.
    folder: Option<String>,
    /// Whether anything is beside that folder.
    has_more: bool,
    found: BTreeMap<String, Vec<u8>>,
}

/// A descriptor, and where it is.
#[derive(Debug)]
pub(crate) struct FoundDescriptor {
    /// The folder, with a slash at its end; empty for the top.
    pub(crate) root: String,
    pub(crate) bytes: Vec<u8>,
}

impl DescriptorSearch {
    /// Told of every file of the archive's own. Says whether its bytes are wanted.
    pub(crate) fn file(&mut self, path: &str) -> bool {
        match path.split_once('/') {
            None => self.has_more = true,
            Some((folder, _)) => match &self.folder {
                None => self.folder = Some(format!("{folder}/")),
                Some(first) => self.has_more |= first.strip_suffix('/') != Some(folder),
            },
        }
        let inner = self.folder.as_deref().and_then(|folder| path.strip_prefix(folder));
        [Some(path), inner]
            .into_iter()
            .flatten()
            .any(|path| path.strip_prefix(PAYLOAD).unwrap_or(path) == DESCRIPTOR)
    }

    /// The bytes of a file that is wanted.
    pub(crate) fn bytes(&mut self, path: &str, bytes: Vec<u8>) {
        self.found.insert(path.to_owned(), bytes);
    }

    /// The descriptor that counts, once the archive was read to its end.
    pub(crate) fn finish(mut self, bag: Option<&BagTags>) -> Option<FoundDescriptor> {
        let of_bag = |tags: &BagTags| {
            let in_payload = format!("{PAYLOAD}{DESCRIPTOR}");
            let paths = self.found.keys();
            paths
                .filter(|path| tags.layout().relative(path) == Some(&in_payload))
                .min_by_key(|path| path.len())
                .cloned()
        };
        let path = match bag {
            Some(tags) => of_bag(tags)?,
            None if self.found.contains_key(DESCRIPTOR) => DESCRIPTOR.to_owned(),
            None => format!("{}{DESCRIPTOR}", self.folder.filter(|_| !self.has_more)?),
        };
        let bytes = self.found.remove(&path)?;
        let root = path.strip_suffix(DESCRIPTOR).unwrap_or_default().to_owned();
        Some(FoundDescriptor { root, bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(paths: &[&str]) -> Option<String> {
        let mut search = DescriptorSearch::default();
        for path in paths {
            if search.file(path) {
                search.bytes(path, Vec::new());
            }
        }
        search.finish(None).map(|found| found.root)
    }

    #[test]
    fn the_descriptor_is_at_the_top_or_in_the_only_folder() {
        for (paths, expected) in [
            (&["datapackage.json", "a.csv"][..], Some("")),
            (&["p/a.csv", "p/datapackage.json"], Some("p/")),
            (&["a.csv", "p/datapackage.json"], None),
            (&["p/datapackage.json", "q/datapackage.json"], None),
            (&["p/datapackage.json", "datapackage.json"], Some("")),
            (&["p/q/datapackage.json"], None),
            (&["data/datapackage.json"], Some("data/")),
            (&["p/Datapackage.json", "p/xdatapackage.json"], None),
        ] {
            assert_eq!(root(paths).as_deref(), expected, "{paths:?}");
        }
    }
}
