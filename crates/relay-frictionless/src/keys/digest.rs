//! Digests of keys: 128 bits of HMAC-SHA-256 under a secret.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};

use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use crate::cell::{FieldReader, Value, write_sized};

/// The secret under which digests of keys are made. Whoever knows it could make two keys with one digest.
pub struct KeySecret([u8; 32]);

impl KeySecret {
    /// A secret from 32 random bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for KeySecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("KeySecret")
    }
}

/// A digest of a key.
pub(super) type Digest = [u8; 16];
pub(super) type DigestSet = HashSet<Digest, BuildHasherDefault<FirstBytes>>;
pub(super) type DigestMap = HashMap<Digest, u64, BuildHasherDefault<FirstBytes>>;

/// Digests are as good as random, so their first bytes are their hash.
#[derive(Default)]
pub(super) struct FirstBytes(u64);

impl Hasher for FirstBytes {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk::<8>() {
            self.0 ^= u64::from_le_bytes(*first);
        }
    }

    // An array writes its length first, which is the same for all.
    fn write_usize(&mut self, _: usize) {}
}

/// Makes digests of keys.
pub(super) struct Digester {
    keyed: Option<Hmac<Sha256>>,
    written: Vec<u8>,
}

impl Digester {
    pub(super) fn new(secret: &KeySecret) -> Self {
        Self {
            // A key of any length is taken, so there always is one.
            keyed: Hmac::new_from_slice(&secret.0).ok(),
            written: Vec::new(),
        }
    }

    /// The digest of these fields of a row; nothing if one of them has no value.
    pub(super) fn of(
        &mut self,
        readers: &[FieldReader],
        fields: &[usize],
        values: &[Option<Value<'_>>],
    ) -> Option<Digest> {
        self.written.clear();
        for field in fields {
            let value = values.get(*field)?.as_ref()?;
            write_sized(&mut self.written, |out| readers[*field].write_key(value, out));
        }
        let mut keyed = self.keyed.clone()?;
        keyed.update(&self.written);
        keyed.finalize().into_bytes().first_chunk::<16>().copied()
    }
}
