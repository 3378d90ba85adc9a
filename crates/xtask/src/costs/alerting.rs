//! What rounds of alerting cost, whether anything fails or not.

use super::model::{HOURS_IN_MONTH, LAMBDA_GIB};
use super::prices as list;

/// A round each minute, in a function of the validator's memory. Each asks the queue that often at once, and reads its book.
const ROUNDS_IN_MONTH: f64 = HOURS_IN_MONTH * 60.0;
const ROUND_SECONDS: f64 = 1.5;
const ROUND_REQUESTS: f64 = 8.0;

/// Dollars a month.
pub fn per_month() -> f64 {
    let seconds = ROUNDS_IN_MONTH * ROUND_SECONDS * LAMBDA_GIB;
    let requests = ROUNDS_IN_MONTH / 1e6;
    requests * list::LAMBDA_MILLION_REQUESTS.dollars
        + seconds * list::LAMBDA_GB_SECOND.dollars
        + ROUND_REQUESTS * requests * list::SQS_MILLION_REQUESTS.dollars
        + requests * list::DYNAMODB_MILLION_READS.dollars
}
