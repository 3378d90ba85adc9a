//! One hash over the whole log: the Merkle tree head of RFC 6962, section 2.1, over the hashes of all events in the
//! order in which they became durable.
//!
//! Whoever noted a head (size and root) can later check that the log still begins with exactly those events.

use std::fmt;
use std::str::FromStr;

use relay_model::Sha256Digest;
use serde::Serialize;
use sha2::{Digest, Sha256};

const LEAF_PREFIX: u8 = 0;
const NODE_PREFIX: u8 = 1;

/// How long the log is, and the hash over all of it. Written `SIZE:ROOT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LogHead {
    /// How many events.
    pub size: u64,
    /// The Merkle tree hash over them.
    pub root: Sha256Digest,
}

/// Why a text is not a log head.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a log head is SIZE:ROOT, a number and 64 hexadecimal digits, as `relay audit verify` prints it")]
pub struct LogHeadError;

impl fmt::Display for LogHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.size, self.root)
    }
}

impl FromStr for LogHead {
    type Err = LogHeadError;

    fn from_str(text: &str) -> Result<Self, LogHeadError> {
        let (size, root) = text.split_once(':').ok_or(LogHeadError)?;
        Ok(Self {
            size: size.parse().map_err(|_| LogHeadError)?,
            root: root.parse().map_err(|_| LogHeadError)?,
        })
    }
}

/// A growing tree that keeps only what its head needs: one hash for each set bit of its size.
#[derive(Clone, Debug, Default)]
pub struct MerkleTree {
    size: u64,
    // The roots of the complete subtrees, largest first: their sizes are the set bits of `size`.
    peaks: Vec<[u8; 32]>,
}

impl MerkleTree {
    /// Adds one event by its hash.
    pub fn push(&mut self, event_hash: &Sha256Digest) {
        let mut node: [u8; 32] = Sha256::new()
            .chain_update([LEAF_PREFIX])
            .chain_update(event_hash.as_bytes())
            .finalize()
            .into();
        // Adding one to a binary number carries over its trailing ones; each carry merges two equal subtrees.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                node = join(&left, &node);
            }
        }
        self.peaks.push(node);
        self.size += 1;
    }

    /// A tree that goes on from where another one stood; `None` when there are not as many peaks as such a tree has.
    pub fn from_peaks(size: u64, peaks: &[Sha256Digest]) -> Option<Self> {
        (peaks.len() == size.count_ones() as usize).then(|| Self {
            size,
            peaks: peaks.iter().map(|peak| *peak.as_bytes()).collect(),
        })
    }

    /// How many events there are.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The roots of its complete subtrees, largest first: with the size all that is needed to go on from here.
    pub fn peaks(&self) -> Vec<Sha256Digest> {
        self.peaks.iter().map(|peak| Sha256Digest::from_bytes(*peak)).collect()
    }

    /// The head of the tree as it is now.
    pub fn head(&self) -> LogHead {
        let mut from_the_right = self.peaks.iter().rev();
        let root = match from_the_right.next() {
            None => Sha256::digest([]).into(),
            Some(last) => from_the_right.fold(*last, |right, left| join(left, &right)),
        };
        LogHead {
            size: self.size,
            root: Sha256Digest::from_bytes(root),
        }
    }
}

fn join(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    Sha256::new()
        .chain_update([NODE_PREFIX])
        .chain_update(left)
        .chain_update(right)
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 6962, section 2.1, word for word: the recursive definition.
    fn by_definition(leaves: &[Sha256Digest]) -> [u8; 32] {
        match leaves {
            [] => Sha256::digest([]).into(),
            [one] => Sha256::new()
                .chain_update([0])
                .chain_update(one.as_bytes())
                .finalize()
                .into(),
            many => {
                let split = many.len().next_power_of_two() / 2;
                join(&by_definition(&many[..split]), &by_definition(&many[split..]))
            }
        }
    }

    #[test]
    fn the_head_is_the_one_the_rfc_defines_at_every_size() {
        let leaves: Vec<_> = (0..70u8).map(|n| Sha256Digest::of(&[n])).collect();
        let mut tree = MerkleTree::default();
        for size in 0..=leaves.len() {
            let expected = LogHead {
                size: size as u64,
                root: Sha256Digest::from_bytes(by_definition(&leaves[..size])),
            };
            assert_eq!(tree.head(), expected);
            tree = MerkleTree::from_peaks(tree.size(), &tree.peaks()).unwrap();
            assert_eq!(tree.head(), expected);
            assert_eq!(expected.to_string().parse(), Ok(expected));
            if let Some(leaf) = leaves.get(size) {
                tree.push(leaf);
            }
        }
    }

    #[test]
    fn peaks_of_another_size_are_no_tree() {
        assert!(MerkleTree::from_peaks(3, &[Sha256Digest::ZERO]).is_none());
    }

    #[test]
    fn a_head_that_is_not_one_is_refused() {
        for text in ["", "7", "x:00", "7:abc"] {
            assert_eq!(text.parse::<LogHead>(), Err(LogHeadError), "{text}");
        }
    }
}
