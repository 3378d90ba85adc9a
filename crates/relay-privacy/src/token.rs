//! Tokens: what stands for a value of which no more than equality may be known.
//!
//! A token is HMAC-SHA256 (RFC 2104) over a label, the class and the value's one spelling, under the organization's key,
//! cut to 128 bits and written as `tok_ssn_` and 26 characters of base32 (RFC 4648, small letters). All Social Security
//! numbers can be tried within minutes by whoever has the key: a token is as secret as its key.

use std::fmt;

use hmac::{Hmac, Mac};
use relay_model::DataClass;
use sha2::Sha256;
use sha2::digest::generic_array::GenericArray;
use zeroize::Zeroize;

use crate::canonical::canonical;

/// So that no other use of the same key gives the same bytes; another version of the spelling or the cut is another label.
const LABEL: &[u8] = b"relay-privacy token v1\0";
const KEY_BYTES: usize = 32;
/// SHA-256's block. RFC 2104 fills shorter keys with zeros.
const BLOCK_BYTES: usize = 64;
/// 2^64 values of one class in one organization before two of them are likely to meet.
const TOKEN_BYTES: usize = 16;
const TOKEN_CHARS: usize = 26;
const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
const PREFIX: &[u8] = b"tok_";

/// The key of one organization's tokens. It is never shown, and its bytes are overwritten when it goes.
pub struct TokenKey([u8; KEY_BYTES]);

/// What is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a token key has {KEY_BYTES} bytes, this one has {bytes}: create one with `openssl rand 32`")]
pub struct TokenKeyLengthError {
    /// How many bytes there were.
    pub bytes: usize,
}

impl TokenKey {
    /// The key of these bytes.
    pub const fn new(bytes: [u8; KEY_BYTES]) -> Self {
        Self(bytes)
    }

    /// The token of a cell's value.
    pub fn token(&self, class: DataClass, cell: &[u8]) -> String {
        let mut token = Vec::new();
        self.append_token(class, cell, &mut token);
        token.into_iter().map(char::from).collect()
    }

    /// Appends the token of a cell's value.
    pub fn append_token(&self, class: DataClass, cell: &[u8], out: &mut Vec<u8>) {
        let mut block = [0; BLOCK_BYTES];
        block[..KEY_BYTES].copy_from_slice(&self.0);
        let mut mac = Hmac::<Sha256>::new(GenericArray::from_slice(&block));
        block.zeroize();
        mac.update(LABEL);
        mac.update(class.name().as_bytes());
        mac.update(b"\0");
        mac.update(&canonical(class, cell));
        let bytes = mac.finalize().into_bytes();
        out.extend_from_slice(PREFIX);
        out.extend_from_slice(class.token_name().as_bytes());
        out.push(b'_');
        append_base32(&bytes[..TOKEN_BYTES], out);
    }
}

impl TryFrom<&[u8]> for TokenKey {
    type Error = TokenKeyLengthError;

    fn try_from(bytes: &[u8]) -> Result<Self, Self::Error> {
        let key = bytes
            .try_into()
            .map_err(|_| TokenKeyLengthError { bytes: bytes.len() })?;
        Ok(Self(key))
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TokenKey(not shown)")
    }
}

impl Drop for TokenKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// Whether a cell is a token of any class.
pub fn is_token(cell: &[u8]) -> bool {
    let Some(rest) = cell.strip_prefix(PREFIX) else {
        return false;
    };
    let value = DataClass::ALL
        .into_iter()
        .find_map(|class| rest.strip_prefix(class.token_name().as_bytes())?.strip_prefix(b"_"));
    value.is_some_and(|value| value.len() == TOKEN_CHARS && value.iter().all(|byte| BASE32.contains(byte)))
}

fn append_base32(bytes: &[u8], out: &mut Vec<u8>) {
    let (mut bits, mut bit_count) = (0u32, 0);
    for byte in bytes {
        bits = bits << 8 | u32::from(*byte);
        bit_count += 8;
        while bit_count >= 5 {
            bit_count -= 5;
            out.push(BASE32[(bits >> bit_count & 31) as usize]);
        }
    }
    if bit_count > 0 {
        out.push(BASE32[(bits << (5 - bit_count) & 31) as usize]);
    }
}
