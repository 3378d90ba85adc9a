//! What every reader asks through: one limit on calls at once, one deadline, and one place that says what an error means.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::time::Duration;

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use relay_monitor::{Reading, UnreadList, Why, WhyKind};
use tokio::sync::Semaphore;
use tokio::time::Instant;

const FORBIDDEN: u16 = 403;
const TOO_MANY_REQUESTS: u16 = 429;
const SERVICE_UNAVAILABLE: u16 = 503;
/// How much of a service's message is kept, in characters.
const MESSAGE_CHARACTERS_MAX: usize = 400;

/// How much is read, and how much at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Calls to AWS that are under way at once.
    pub concurrency_max: usize,
    /// Pages of one list.
    pub pages_max: usize,
    /// Resources of one list.
    pub resources_max: usize,
    /// How often one call is tried before it counts as throttled.
    pub attempts_max: u32,
    /// How long the pause between two tries may grow.
    pub backoff_max: Duration,
    /// One try, from the first byte sent to the last of the answer.
    pub attempt_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            concurrency_max: 16,
            pages_max: 1_000,
            resources_max: 10_000,
            attempts_max: 8,
            backoff_max: Duration::from_secs(10),
            attempt_timeout: Duration::from_secs(20),
        }
    }
}

/// Why there is no answer.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    kind: WhyKind,
    code: String,
    message: String,
    /// Where the resource is, when it is in another region.
    pub(crate) region: Option<String>,
}

impl Failure {
    /// Whether the service said exactly one of these.
    pub(crate) fn is(&self, codes: &[&str]) -> bool {
        codes.contains(&self.code.as_str())
    }

    pub(crate) fn why(self, action: &str) -> Why {
        Why {
            action: action.to_owned(),
            kind: self.kind,
            message: self.message,
        }
    }

    /// A failure that an answer tells of in its body.
    pub(crate) fn told(code: &str, message: &str) -> Self {
        Self::of(kind_of(code, None), format!("{code}: {message}"))
    }

    pub(crate) fn late(message: impl Into<String>) -> Self {
        Self::of(WhyKind::Time, message)
    }

    pub(crate) fn limit(message: impl Into<String>) -> Self {
        Self::of(WhyKind::Limit, message)
    }

    pub(crate) fn other(message: impl Into<String>) -> Self {
        Self::of(WhyKind::Other, message)
    }

    fn of(kind: WhyKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            code: String::new(),
            message: cut(&message.into()),
            region: None,
        }
    }

    fn from_sdk<E>(error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let status = error.raw_response().map(|response| response.status().as_u16());
        let code = error.code().unwrap_or_default();
        let region = error
            .raw_response()
            .and_then(|response| response.headers().get("x-amz-bucket-region"));
        let said = error.message().unwrap_or_default();
        let message = match (code, status) {
            ("", Some(status)) => format!("HTTP status {status} {said}"),
            ("", None) => without_answer(error),
            _ => format!("{code}: {said}"),
        };
        Self {
            kind: kind_of(code, status),
            code: code.to_owned(),
            message: cut(&message),
            region: region.map(str::to_owned),
        }
    }
}

fn cut(message: &str) -> String {
    message.trim().chars().take(MESSAGE_CHARACTERS_MAX).collect()
}

// Timeouts and connections that fail carry what happened only in their causes.
fn without_answer(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| Error::source(*error));
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

fn kind_of(code: &str, status: Option<u16>) -> WhyKind {
    match code {
        "AccessDenied"
        | "AccessDeniedException"
        | "UnauthorizedOperation"
        | "AuthorizationError"
        | "AuthorizationErrorException"
        | "KMSAccessDenied"
        | "KMSAccessDeniedException"
        | "AllAccessDisabled" => WhyKind::AccessDenied,
        "SlowDown"
        | "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "Throttled"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "RequestLimitExceeded"
        | "TooManyRequestsException"
        | "LimitExceededException"
        | "ProvisionedThroughputExceededException"
        | "BandwidthLimitExceeded"
        | "PriorRequestNotComplete" => WhyKind::Throttled,
        "" if status == Some(FORBIDDEN) => WhyKind::AccessDenied,
        "" if matches!(status, Some(TOO_MANY_REQUESTS | SERVICE_UNAVAILABLE)) => WhyKind::Throttled,
        _ => WhyKind::Other,
    }
}

/// The resource was there when it was listed, and is no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gone;

/// Calls at once, and until when.
pub(crate) struct Scope {
    permits: Semaphore,
    deadline: Instant,
    pub(crate) limits: Limits,
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub(crate) partition: String,
    /// Twelve digits.
    pub(crate) account_id: String,
    /// `eu-north-1`.
    pub(crate) region: String,
}

impl fmt::Debug for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Scope({} {})", self.account_id, self.region)
    }
}

impl Scope {
    /// The account and partition are in the identity's ARN; they stay empty for the question whose they are.
    pub(crate) fn new(limits: Limits, deadline: Instant, region: String) -> Self {
        Self {
            permits: Semaphore::new(limits.concurrency_max),
            deadline,
            limits,
            partition: String::new(),
            account_id: String::new(),
            region,
        }
    }

    /// The ARN of something in this account and region.
    pub(crate) fn arn(&self, service: &str, resource: &str) -> String {
        let Self {
            partition,
            account_id,
            region,
            ..
        } = self;
        format!("arn:{partition}:{service}:{region}:{account_id}:{resource}")
    }

    pub(crate) fn is_over(&self) -> bool {
        Instant::now() >= self.deadline
    }

    /// One call, its tries included: it waits for its turn, and ends with the time.
    pub(crate) async fn ask<T, E>(
        &self,
        call: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<T, Failure>
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        if self.is_over() {
            return Err(Failure::late("the time for reading the account was over"));
        }
        // The futures of the SDK are large, and are moved into the next one at each step.
        let call = Box::pin(call);
        let answer = tokio::time::timeout_at(self.deadline, async {
            // The semaphore is never closed.
            let _permit = self.permits.acquire().await;
            call.await
        });
        match answer.await {
            Ok(answer) => answer.map_err(|error| Failure::from_sdk(&error)),
            Err(_) => Err(Failure::late("the time for reading the account was over")),
        }
    }
}

/// An attribute from an answer.
pub(crate) fn reading<T>(action: &str, answer: Result<T, Failure>) -> Reading<T> {
    match answer {
        Ok(value) => Reading::Read(value),
        Err(failure) => Reading::Unreadable(failure.why(action)),
    }
}

/// The same, unless one of these codes says that the resource is gone.
pub(crate) fn present<T>(action: &str, answer: Result<T, Failure>, gone: &[&str]) -> Result<Reading<T>, Gone> {
    match answer {
        Err(failure) if failure.is(gone) => Err(Gone),
        answer => Ok(reading(action, answer)),
    }
}

/// Another view of what was read.
pub(crate) fn map<T, U>(reading: Reading<T>, view: impl FnOnce(T) -> U) -> Reading<U> {
    match reading {
        Reading::Read(value) => Reading::Read(view(value)),
        Reading::Unreadable(why) => Reading::Unreadable(why),
    }
}

/// A list that was not read to its end.
pub(crate) fn unread(service: &str, action: &str, failure: Failure) -> UnreadList {
    UnreadList {
        service: service.to_owned(),
        action: action.to_owned(),
        why: failure.why(action),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_apart_by_code_then_by_status() {
        for (code, status, kind) in [
            ("AccessDenied", Some(403), WhyKind::AccessDenied),
            ("AccessDeniedException", Some(400), WhyKind::AccessDenied),
            ("UnauthorizedOperation", Some(403), WhyKind::AccessDenied),
            ("AuthorizationError", Some(403), WhyKind::AccessDenied),
            ("", Some(403), WhyKind::AccessDenied),
            ("SlowDown", Some(503), WhyKind::Throttled),
            ("ThrottlingException", Some(400), WhyKind::Throttled),
            ("RequestLimitExceeded", Some(503), WhyKind::Throttled),
            ("", Some(503), WhyKind::Throttled),
            ("InvalidClientTokenId", Some(403), WhyKind::Other),
            ("InternalError", Some(500), WhyKind::Other),
            ("", None, WhyKind::Other),
        ] {
            assert_eq!(kind_of(code, status), kind, "{code} {status:?}");
        }
    }
}
