//! What a task makes of answers to its word that the emulator does not give: a wait that has timed out, a token that is none.

use std::num::NonZeroU32;

use relay_aws::{Audience, Connection, RunFailure, RunReport, RunWatch};
use relay_pipeline::ports::PortErrorClass;
use relay_runtime::{Deployed, Missing};
use relay_testing::scripted_server::{Answer, ScriptedServer};
use serde_json::json;

use crate::support::config_of;

/// A report to a service that refuses every word with this error.
async fn refused(code: &'static str) -> (ScriptedServer, RunReport) {
    let server = ScriptedServer::start(move |_| {
        let body = json!({"__type": code, "message": "the test says so"}).to_string();
        let answer = Answer::new(400, body).with("x-amzn-errortype", code);
        async move { answer }
    })
    .await;
    let given = Deployed {
        task_token: Some("a token".to_owned()),
        run_heartbeat_seconds: NonZeroU32::new(1),
        ..Deployed::default()
    };
    let watch = RunWatch::from_deployed(&given, &mut Missing::default()).unwrap();
    let report = RunReport::new(&Connection::from_config(config_of(&server)), watch);
    (server, report)
}

#[tokio::test]
async fn a_wait_that_is_over_has_no_audience() {
    for code in ["TaskTimedOut", "TaskDoesNotExist"] {
        let (_server, report) = refused(code).await;
        assert_eq!(report.heartbeat().await.unwrap(), Audience::Gone, "{code}");
        assert_eq!(report.concluded(&json!({})).await.unwrap(), Audience::Gone, "{code}");
        let failed = report.failed(RunFailure::Interrupted, "told to stop").await;
        assert_eq!(failed.unwrap(), Audience::Gone, "{code}");
    }
}

#[tokio::test]
async fn a_token_that_is_none_is_an_error_and_not_silence() {
    let (_server, report) = refused("InvalidToken").await;
    let error = report.heartbeat().await.unwrap_err();
    assert_eq!(error.class(), PortErrorClass::Permanent, "{error}");
    assert!(report.concluded(&json!({})).await.is_err());
}
