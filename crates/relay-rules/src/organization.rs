//! Who sends a package: the first segment of its key, byte-equal to the id of a registered, enabled organization.

use relay_model::{ObjectKey, Organization, OrganizationId, Reason, ReasonCode};
use unicode_normalization::UnicodeNormalization;

/// Judges the first segment against what the registry has under it, and gives the owner.
///
/// The registry is asked only when the segment is an organization id at all; otherwise `registered` is `None`.
pub fn check_organization<'o>(segment: &str, registered: Option<&'o Organization>) -> Result<&'o Organization, Reason> {
    match registered {
        // The registry found something; that it is this very segment is checked here, not believed.
        Some(organization) if organization.id.as_str() == segment => {
            if organization.enabled {
                Ok(organization)
            } else {
                Err(Reason::new(
                    ReasonCode::OrganizationDisabled,
                    format!("{segment} is disabled"),
                ))
            }
        }
        _ => Err(Reason::new(ReasonCode::OrganizationUnknown, unknown_text(segment))),
    }
}

// Says what is odd about the segment itself, and nothing about which ids are registered.
fn unknown_text(segment: &str) -> String {
    const SHOWN_CHARACTERS_MAX: usize = 80;
    let shown: String = segment.chars().take(SHOWN_CHARACTERS_MAX).collect();
    let cut = if shown.len() < segment.len() { "…" } else { "" };
    // A key's `Display` escapes what could redraw a line.
    let shown = ObjectKey::new(shown);
    let hint = if segment.parse::<OrganizationId>().is_ok() {
        ""
    } else if segment.trim() != segment {
        "; it has white space at an end"
    } else if segment.chars().any(char::is_uppercase) {
        "; ids have no upper-case letters"
    } else if !segment.is_ascii() {
        if segment.nfkc().all(|character| character.is_ascii()) {
            "; it has characters that only look like ASCII"
        } else {
            "; it has characters outside ASCII, some of which may look like ASCII letters"
        }
    } else {
        "; it is not an organization id: lower-case letters, digits and hyphens"
    };
    format!("'{shown}{cut}' is not the id of a registered organization{hint}")
}
