//! One place that says what an error of any service means for the journey.

use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use relay_pipeline::ports::{PortError, PortErrorClass};

const NOT_FOUND: u16 = 404;
const FORBIDDEN: u16 = 403;
const METHOD_NOT_ALLOWED: u16 = 405;
const CONFLICT: u16 = 409;
const PRECONDITION_FAILED: u16 = 412;
const TOO_MANY_REQUESTS: u16 = 429;
const REQUEST_TIMEOUT: u16 = 408;
const SERVER_ERRORS: u16 = 500;
const NOT_IMPLEMENTED: u16 = 501;

/// A port error from an SDK error; `context` says what was attempted on what.
pub fn port_error<E>(context: impl Into<String>, error: SdkError<E, HttpResponse>) -> PortError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let class = class_of(&error);
    let mut context = context.into();
    if let Some(code) = denial(&error) {
        let operation = operation_of::<E>();
        context = format!("{context}: the role may not do {operation} ({code})");
        if matches!(operation, "GetObject" | "HeadObject") {
            // "GetObject", Amazon S3 API Reference: who may not list a bucket is not told that an object is missing.
            context.push_str(", or the object version is gone");
        }
    }
    PortError::new(class, context).caused_by(error)
}

// The code of an answer that says that something is forbidden. That to a HEAD has only a status.
fn denial<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Option<String> {
    let answer = error.as_service_error()?;
    let status = error.raw_response()?.status().as_u16();
    match answer.code() {
        Some(code) if code.starts_with("AccessDenied") => Some(code.to_owned()),
        None if status == FORBIDDEN => Some(FORBIDDEN.to_string()),
        _ => None,
    }
}

// The operation whose error type this is: `GetObject` of `aws_sdk_s3::…::GetObjectError`.
fn operation_of<E>() -> &'static str {
    let name = std::any::type_name::<E>();
    let name = name.rsplit("::").next().unwrap_or(name);
    name.strip_suffix("Error").unwrap_or(name)
}

/// What a caller can do about an SDK error.
pub fn class_of<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> PortErrorClass {
    match error {
        SdkError::ServiceError(service) => {
            let status = service.raw().status().as_u16();
            class_of_answer(service.err().code().unwrap_or_default(), status)
        }
        // The last is an answer that cannot be read: cut off, or from something between us and the service.
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => {
            PortErrorClass::Retryable
        }
        _ => PortErrorClass::Permanent,
    }
}

/// The same from an error code and an HTTP status, which services use in different ways.
fn class_of_answer(code: &str, status: u16) -> PortErrorClass {
    // S3 puts the service that it asked in front of that one's code.
    match code.strip_prefix("KMS.").unwrap_or(code) {
        "NoSuchKey"
        | "NoSuchVersion"
        | "NoSuchUpload"
        | "NotFound"
        | "NotFoundException"
        | "MethodNotAllowed"
        | "NoSuchEntity"
        | "ResourceNotFoundException"
        | "ClusterNotFoundException" => PortErrorClass::NotFound,
        "PreconditionFailed"
        | "ConditionalRequestConflict"
        | "ConditionalCheckFailedException"
        | "EntityAlreadyExists" => PortErrorClass::PreconditionFailed,
        "SlowDown"
        | "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestLimitExceeded"
        | "RequestThrottled"
        | "TooManyRequestsException"
        | "ProvisionedThroughputExceededException"
        | "LimitExceededException"
        | "ExecutionLimitExceeded"
        | "KmsThrottlingException"
        | "TransactionInProgressException"
        | "RequestTimeout"
        | "RequestTimeoutException"
        | "InternalError"
        | "InternalServerError"
        | "InternalFailure"
        | "ServerException"
        | "ServiceUnavailable"
        | "PriorRequestNotComplete"
        | "KMSInternalException"
        | "DependencyTimeoutException"
        | "KeyUnavailableException"
        | "OperationAborted" => PortErrorClass::Retryable,
        // A bucket that is gone is a mistake in the configuration, and no word about the object.
        "NoSuchBucket" => PortErrorClass::Permanent,
        _ => match status {
            // What is not allowed is to read a delete marker; the answer to its HEAD has no code.
            NOT_FOUND | METHOD_NOT_ALLOWED => PortErrorClass::NotFound,
            CONFLICT | PRECONDITION_FAILED => PortErrorClass::PreconditionFailed,
            TOO_MANY_REQUESTS | REQUEST_TIMEOUT => PortErrorClass::Retryable,
            NOT_IMPLEMENTED => PortErrorClass::Permanent,
            status if status >= SERVER_ERRORS => PortErrorClass::Retryable,
            _ => PortErrorClass::Permanent,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_classed_by_code_then_by_status() {
        for (code, status, class) in [
            ("NoSuchVersion", 404, PortErrorClass::NotFound),
            ("", 404, PortErrorClass::NotFound),
            ("NoSuchBucket", 404, PortErrorClass::Permanent),
            ("MethodNotAllowed", 405, PortErrorClass::NotFound),
            ("", 405, PortErrorClass::NotFound),
            ("NotFoundException", 400, PortErrorClass::NotFound),
            ("NoSuchUpload", 404, PortErrorClass::NotFound),
            ("", 412, PortErrorClass::PreconditionFailed),
            ("PreconditionFailed", 412, PortErrorClass::PreconditionFailed),
            ("ConditionalRequestConflict", 409, PortErrorClass::PreconditionFailed),
            ("OperationAborted", 409, PortErrorClass::Retryable),
            ("", 429, PortErrorClass::Retryable),
            ("RequestTimeout", 400, PortErrorClass::Retryable),
            ("InternalError", 200, PortErrorClass::Retryable),
            ("NotImplemented", 501, PortErrorClass::Permanent),
            ("KMS.ThrottlingException", 400, PortErrorClass::Retryable),
            ("KMS.KMSInvalidStateException", 400, PortErrorClass::Permanent),
            ("SlowDown", 503, PortErrorClass::Retryable),
            ("ProvisionedThroughputExceededException", 400, PortErrorClass::Retryable),
            ("ThrottlingException", 400, PortErrorClass::Retryable),
            ("", 500, PortErrorClass::Retryable),
            ("AccessDenied", 403, PortErrorClass::Permanent),
            ("AccessDeniedException", 400, PortErrorClass::Permanent),
            ("KMS.DisabledException", 400, PortErrorClass::Permanent),
            ("ValidationException", 400, PortErrorClass::Permanent),
        ] {
            assert_eq!(class_of_answer(code, status), class, "{code} {status}");
        }
    }
}
