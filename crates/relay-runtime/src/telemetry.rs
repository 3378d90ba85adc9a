//! Log lines: one JSON object a line on standard error. Fields are dotted, units last; contents of packages never appear.

use std::str::FromStr;

use tracing_subscriber::EnvFilter;

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line, for programs.
    Json,
    /// Text, for people.
    Text,
}

impl FromStr for LogFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "json" => Ok(Self::Json),
            "text" => Ok(Self::Text),
            _ => Err("use json or text".to_owned()),
        }
    }
}

/// Warnings of libraries that say nothing to whoever reads the log; a filter that names the same target has its way.
///
/// The S3 client warns at each read of an object that was uploaded in parts that it cannot compare such an object's checksum. It need
/// not: every byte that is read is hashed here, and compared with what was received.
const QUIET: &str = "aws_sdk_s3::http_response_checksum=error";

/// Starts logging. The error says what is wrong with the filter, or that logging was started before.
pub fn init_telemetry(filter: &str, format: LogFormat) -> Result<(), String> {
    let filter = EnvFilter::try_new(format!("{QUIET},{filter}")).map_err(|error| format!("RELAY_LOG: {error}"))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match format {
        LogFormat::Json => builder.json().flatten_event(true).with_current_span(false).try_init(),
        LogFormat::Text => builder.with_ansi(false).try_init(),
    }
    .map_err(|error| error.to_string())
}
