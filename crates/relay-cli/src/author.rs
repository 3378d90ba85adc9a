//! Who changes an organization: what the platform says, and what they say themselves.

use std::fs;
use std::os::unix::fs::MetadataExt;

use anyhow::Context as _;
use relay_model::{Author, error_chain};
use relay_pipeline::ports::{Clock, SystemClock};

use crate::context::{Context, OpenRelay, Place};
use crate::output::tell;

/// What `/proc/self/loginuid` says where nobody has logged in: a service (proc(5)).
const NOBODY_LOGGED_IN: u32 = u32::MAX;

/// Whoever runs this program. What they say of themselves (`by`, or `RELAY_BY`) stands beside what the platform says, and never
/// in its place: on premises the user and host, on AWS whose credentials these are.
pub async fn author(context: &Context, relay: &OpenRelay, command: &str, by: Option<&str>) -> anyhow::Result<Author> {
    let said = by.or(context.configuration.by.as_deref());
    let known = match &relay.place {
        Place::Premises(_) => user_and_host(),
        Place::Stack(stack) => match stack.connection.caller_arn().await {
            Ok(arn) => arn,
            Err(error) if said.is_some() => {
                tell(&format!("note: {}", error_chain(&error)));
                "AWS did not say who".to_owned()
            }
            Err(error) => {
                return Err(error)
                    .context("the change was not made, since it could not be said by whom; say it with --by NAME");
            }
        },
    };
    Ok(Author {
        by: said.map_or_else(|| known.clone(), |said| format!("{said} ({known})")),
        actor: format!("relay {command} {}", env!("CARGO_PKG_VERSION")),
        at: SystemClock.now(),
    })
}

fn user_and_host() -> String {
    // The kernel's own word: variables of the environment can be anything.
    let uid = fs::metadata("/proc/self").map(|process| process.uid()).ok();
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let login = fs::read_to_string("/proc/self/loginuid").ok();
    let login = login.and_then(|login| login.trim().parse().ok());
    shown(
        uid,
        &passwd,
        host.trim(),
        login.filter(|login| *login != NOBODY_LOGGED_IN),
    )
}

// `login` is who logged in, which sudo and su leave as it was.
fn shown(uid: Option<u32>, passwd: &str, host: &str, login: Option<u32>) -> String {
    let name_of = |uid: u32| {
        passwd.lines().find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            (fields.nth(1)?.parse() == Ok(uid)).then_some(name)
        })
    };
    let named = |uid: u32| name_of(uid).map_or_else(|| format!("user {uid}"), |name| name.escape_debug().to_string());
    let user = uid.map_or_else(|| "unknown user".to_owned(), named);
    let host = if host.is_empty() { "unknown host" } else { host };
    match login.filter(|login| uid != Some(*login)) {
        Some(login) => format!("{user}@{host}, logged in as {}", named(login)),
        None => format!("{user}@{host}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/:/bin/bash\nada:x:1000:1000::/:/bin/sh\n";

    #[test]
    fn the_user_is_named_as_well_as_can_be() {
        assert_eq!(shown(Some(1000), PASSWD, "host-1", Some(1000)), "ada@host-1");
        assert_eq!(shown(Some(0), PASSWD, "host-1", None), "root@host-1");
        let as_root = shown(Some(0), PASSWD, "host-1", Some(1000));
        assert_eq!(as_root, "root@host-1, logged in as ada");
        assert_eq!(shown(Some(7), PASSWD, "host-1", None), "user 7@host-1");
        assert_eq!(shown(None, "", "", None), "unknown user@unknown host");
    }

    #[test]
    fn this_process_has_a_user_and_a_host() {
        let said = user_and_host();
        assert!(said.contains('@') && !said.contains("unknown"), "{said}");
    }
}
