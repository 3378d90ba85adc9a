//! Whether the value of an environment variable looks like a secret. Values come in and only a sign goes out.

use relay_monitor::SecretSign;

/// Words in names that hold secrets, between other letters or digits or alone.
const NAMES: [&str; 12] = [
    "PASSWORD",
    "PASSWD",
    "PWD",
    "SECRET",
    "TOKEN",
    "API_KEY",
    "APIKEY",
    "ACCESS_KEY",
    "PRIVATE_KEY",
    "CREDENTIAL",
    "PASSPHRASE",
    "CONNECTION_STRING",
];
/// Ends of names that hold where a secret is, or what is not one.
const NAMES_OF_REFERENCES: [&str; 12] = [
    "_ARN",
    "_NAME",
    "_ID",
    "_PATH",
    "_FILE",
    "_URL",
    "_URI",
    "_PARAMETER",
    "_VERSION",
    "_SECONDS",
    "_COUNT",
    "_MAX",
];
/// Beginnings of values that say where a secret is.
const REFERENCES: [&str; 8] = [
    "arn:",
    "{{resolve:",
    "ssm:",
    "secretsmanager:",
    "vault:",
    "https://",
    "file:",
    "/",
];
const PRIVATE_KEY: &str = "-----BEGIN ";
/// Beginnings of access key ids ("IAM identifiers: Understanding unique ID prefixes", IAM User Guide), which go on for 16 more.
const ACCESS_KEYS: [&str; 2] = ["AKIA", "ASIA"];
const ACCESS_KEY_CHARACTERS: usize = 20;
/// A key of 128 bits has 32 hexadecimal digits; what is shorter is as likely a name.
const RANDOM_CHARACTERS_MIN: usize = 32;
/// Bits for each character: random hexadecimal digits have nearly 4, of 32 of them at least 3; words have less than 3.
const HEX_BITS_MIN: f64 = 3.0;
/// Random base64 of 32 characters has over 4; identifiers out of words stay below.
const BASE64_BITS_MIN: f64 = 4.2;

/// Why this variable looks like a secret; `None` when it does not.
pub(crate) fn sign_of(name: &str, value: &str) -> Option<SecretSign> {
    let value = value.trim();
    if value.contains(PRIVATE_KEY) && value.contains("PRIVATE KEY") {
        return Some(SecretSign::PrivateKey);
    }
    if has_access_key(value) {
        return Some(SecretSign::AccessKey);
    }
    if value.is_empty() || is_reference(value) {
        return None;
    }
    if is_name_of_secret(name) && !is_plain(value) {
        return Some(SecretSign::Name);
    }
    is_random(value).then_some(SecretSign::Entropy)
}

fn has_access_key(value: &str) -> bool {
    value
        .split(|character: char| !character.is_ascii_alphanumeric())
        .any(|word| {
            word.len() == ACCESS_KEY_CHARACTERS
                && ACCESS_KEYS.iter().any(|prefix| word.starts_with(prefix))
                && word
                    .bytes()
                    .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        })
}

// A URL may carry a password before its host: then it is no mere reference.
fn is_reference(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let is_base64_with_slash =
        value.starts_with('/') && !value[1..].contains('/') && value.len() >= RANDOM_CHARACTERS_MIN;
    REFERENCES.iter().any(|prefix| lower.starts_with(prefix)) && !is_base64_with_slash && !value.contains('@')
}

fn is_name_of_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase().replace(['-', '.'], "_");
    NAMES.iter().any(|word| name.contains(word)) && !NAMES_OF_REFERENCES.iter().any(|end| name.ends_with(end))
}

// Switches and numbers: `TOKEN_REQUIRED=true`, `TOKEN_LIFETIME=3600`.
fn is_plain(value: &str) -> bool {
    let is_short_number = value.len() < 8 && value.bytes().all(|byte| byte.is_ascii_digit());
    is_short_number
        || ["true", "false", "yes", "no", "on", "off", "none", "null"].contains(&value.to_ascii_lowercase().as_str())
}

fn is_random(value: &str) -> bool {
    if value.len() < RANDOM_CHARACTERS_MIN {
        return false;
    }
    if value.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return bits_for_each_character(value) >= HEX_BITS_MIN;
    }
    let is_base64 = value
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_'));
    let kinds = [
        value.bytes().any(|byte| byte.is_ascii_uppercase()),
        value.bytes().any(|byte| byte.is_ascii_lowercase()),
        value.bytes().any(|byte| byte.is_ascii_digit()),
    ];
    is_base64 && kinds == [true; 3] && bits_for_each_character(value) >= BASE64_BITS_MIN
}

// Shannon's entropy of the bytes.
fn bits_for_each_character(value: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in value.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let total = f64::from(u32::try_from(value.len()).unwrap_or(u32::MAX));
    let occurring = counts.iter().filter(|count| **count > 0);
    occurring
        .map(|count| {
            let share = f64::from(*count) / total;
            -share * share.log2()
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_seen() {
        let hex = "9f86d081884c7d659a2feaa0c55ad015";
        let base64 = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY0z";
        let key = "-----BEGIN RSA PRIVATE KEY-----\nMIIE";
        for (name, value, sign) in [
            ("DB_PASSWORD", "hunter2", SecretSign::Name),
            ("db.password", "hunter2", SecretSign::Name),
            ("githubToken", "ghp_x", SecretSign::Name),
            ("STRIPE_API_KEY", "sk_live_1", SecretSign::Name),
            (
                "DATABASE_CONNECTION_STRING",
                "https://user:pw@host/db",
                SecretSign::Name,
            ),
            ("ANYTHING", "AKIAIOSFODNN7EXAMPLE", SecretSign::AccessKey),
            ("JSON", "{\"id\":\"ASIAIOSFODNN7EXAMPLE\"}", SecretSign::AccessKey),
            ("PEM", key, SecretSign::PrivateKey),
            ("SEED", hex, SecretSign::Entropy),
            ("SALT", base64, SecretSign::Entropy),
            ("SALT", "/JalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY0z", SecretSign::Entropy),
        ] {
            assert_eq!(sign_of(name, value), Some(sign), "{name}");
        }
    }

    #[test]
    fn what_is_no_secret_is_left_alone() {
        for (name, value) in [
            ("DB_PASSWORD", ""),
            ("DB_PASSWORD", "  "),
            (
                "DB_PASSWORD",
                "arn:aws:secretsmanager:eu-north-1:111122223333:secret:db",
            ),
            ("DB_PASSWORD", "{{resolve:secretsmanager:db}}"),
            ("DB_PASSWORD_ARN", "something"),
            ("DB_SECRET_NAME", "production/db"),
            ("TOKEN_REQUIRED", "true"),
            ("TOKEN_LIFETIME", "3600"),
            (
                "QUEUE_URL",
                "https://sqs.eu-north-1.amazonaws.com/111122223333/validation-dead-letters-queue",
            ),
            (
                "KEY",
                "arn:aws:kms:eu-north-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            ),
            ("KEY_ID", "1234abcd-12ab-34cd-56ef-1234567890ab"),
            ("BUCKET", "hybrid-relay-production-ingress-111122223333"),
            ("ZEROS", "00000000000000000000000000000000"),
            ("LOG", "info,relay=debug"),
            ("MODULES", "/opt/lib/one:/opt/lib/two:/opt/lib/three/Version2"),
        ] {
            assert_eq!(sign_of(name, value), None, "{name}={value}");
        }
    }
}
