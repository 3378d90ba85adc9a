//! What S3 means by an error beyond what its code says.

use std::error::Error;

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use relay_aws_client::port_error;
use relay_pipeline::ports::{PortError, PortErrorClass};

/// The error of a request that names a version. An id that S3 cannot have given is refused with 400; for us there is no
/// such version.
pub(crate) fn of_version<E>(context: String, error: SdkError<E, HttpResponse>) -> PortError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let is_malformed = error.as_service_error().is_some_and(|answer| {
        answer.code() == Some("InvalidArgument")
            && answer
                .message()
                .is_some_and(|message| message.to_ascii_lowercase().contains("version id"))
    });
    if is_malformed {
        PortError::new(PortErrorClass::NotFound, context).caused_by(error)
    } else {
        port_error(context, error)
    }
}
