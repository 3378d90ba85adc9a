//! The client of the service that speaks the S3 API.

use relay_aws_client::Connection;

pub(crate) fn client(connection: &Connection) -> aws_sdk_s3::Client {
    // Other services than Amazon's have no host name for each bucket.
    let is_elsewhere = connection.sdk_config().endpoint_url().is_some();
    let config = aws_sdk_s3::config::Builder::from(connection.sdk_config())
        .force_path_style(is_elsewhere)
        .build();
    aws_sdk_s3::Client::from_conf(config)
}
