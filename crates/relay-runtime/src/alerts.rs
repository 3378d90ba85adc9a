//! What an operator sets for alerts.

use std::fmt;
use std::str::FromStr;

use relay_alerts::{EnvironmentName, QUIET_SECONDS};

use crate::Secret;

/// How many people get alerts by mail.
const RECIPIENTS_MAX: usize = 20;
/// The longest address, in bytes (RFC 5321, 4.5.3.1.3: a path without its angle brackets).
const ADDRESS_BYTES_MAX: usize = 254;
/// Whom plain HTTP cannot leave this machine for.
const THIS_MACHINE: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

/// What alerts are made by, and where they go on premises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertConfiguration {
    /// How alerts call this relay.
    pub environment: EnvironmentName,
    /// How long a group is quiet after an alert, in seconds.
    pub quiet_seconds: u64,
    /// Where alerts are posted. Such addresses often have a password in their path.
    pub webhook_url: Option<Secret>,
    /// The mail server, with user and password.
    pub smtp_url: Option<Secret>,
    /// Who gets alerts by mail.
    pub email_to: Vec<EmailAddress>,
    /// Who sends them; `None` is the first of `email_to`.
    pub email_from: Option<EmailAddress>,
}

impl Default for AlertConfiguration {
    fn default() -> Self {
        Self {
            environment: EnvironmentName::premises(),
            quiet_seconds: QUIET_SECONDS,
            webhook_url: None,
            smtp_url: None,
            email_to: Vec::new(),
            email_from: None,
        }
    }
}

/// A plain address of mail: `name@example.org`, in ASCII, without quotes or comments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailAddress(String);

impl FromStr for EmailAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_plain = |part: &str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&byte))
        };
        match text.split_once('@') {
            Some((name, host)) if is_plain(name) && is_plain(host) && text.len() <= ADDRESS_BYTES_MAX => {
                Ok(Self(text.to_owned()))
            }
            _ => Err("use addresses such as name@example.org".to_owned()),
        }
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

pub(crate) fn addresses(text: &str) -> Result<Vec<EmailAddress>, String> {
    let addresses: Vec<EmailAddress> = text
        .split(',')
        .map(|address| address.trim().parse())
        .collect::<Result<_, _>>()?;
    if addresses.len() > RECIPIENTS_MAX {
        return Err(format!("use at most {RECIPIENTS_MAX} addresses"));
    }
    Ok(addresses)
}

// An alert names packages and organizations, so it does not leave this machine in the clear.
pub(crate) fn webhook_url(text: &str) -> Result<Secret, String> {
    let wrong = || Err("use an https address, or http on this machine".to_owned());
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return wrong();
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        return wrong();
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    let is_allowed = match scheme {
        "https" => !host.is_empty() && !authority.contains('@'),
        "http" => THIS_MACHINE.contains(&host),
        _ => false,
    };
    if is_allowed { Ok(Secret::new(text)) } else { wrong() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_are_posted_over_tls_or_stay_here() {
        for good in [
            "https://hooks.example.org/services/T0/B0/x?y=1",
            "https://hooks.example.org:8443",
            "http://127.0.0.1:9000/alerts",
            "http://localhost/",
            "http://[::1]:80/x",
        ] {
            assert_eq!(webhook_url(good), Ok(Secret::new(good)));
        }
        for bad in [
            "",
            "hooks.example.org",
            "https://",
            "https:///x",
            "ftp://example.org",
            "http://example.org/",
            "http://127.0.0.1.example.org/",
            "http://127.0.0.1@example.org/",
            "http://localhost:80@example.org/",
            "http://example.org#@localhost/",
            "https://user:password@example.org/",
            "https://example.org/a b",
            "https://example.org/\r\nX: y",
        ] {
            assert!(webhook_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn addresses_cannot_carry_commands_or_further_headers() {
        assert_eq!(addresses("a@example.org, b.c+d@example.org").unwrap().len(), 2);
        for bad in [
            "",
            "a",
            "@example.org",
            "a@",
            "a@b@c",
            "a b@example.org",
            "a@example.org>\r\nDATA",
            "\"a\"@example.org",
            "ä@example.org",
            "a@example.org,,",
        ] {
            assert!(addresses(bad).is_err(), "{bad:?}");
        }
        assert!(addresses(&"a@example.org,".repeat(21)).is_err());
        assert!(
            format!("{}@example.org", "a".repeat(250))
                .parse::<EmailAddress>()
                .is_err()
        );
    }
}
