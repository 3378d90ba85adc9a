//! Lambda: functions, and which of their environment variables look like secrets. Values do not leave this module.

use aws_config::SdkConfig;
use aws_sdk_lambda::Client;
use aws_sdk_lambda::types::EnvironmentResponse;
use relay_monitor::{Facts, FunctionFacts, Reading, Resource, Variable};

use crate::actions::LAMBDA_LIST;
use crate::pages::{Found, Page, all_pages};
use crate::scope::{Failure, Scope, reading};
use crate::secrets::sign_of;

const PAGE_FUNCTIONS: i32 = 50;

/// All functions of the region.
pub(crate) async fn read(scope: &Scope, config: &SdkConfig) -> Found {
    let client = Client::new(config);
    let listed = all_pages(scope, async |marker| {
        let request = client.list_functions().max_items(PAGE_FUNCTIONS).set_marker(marker);
        let answer = scope.ask(request.send()).await?;
        Ok(Page {
            next: answer.next_marker().map(str::to_owned),
            items: answer.functions.unwrap_or_default(),
        })
    })
    .await;
    Found::listed("lambda", LAMBDA_LIST, listed, |function| {
        let environment = environment(function.environment);
        Some(Resource {
            arn: function.function_arn?,
            name: function.function_name?,
            facts: Facts::Function(FunctionFacts { environment }),
        })
    })
}

fn environment(environment: Option<EnvironmentResponse>) -> Reading<Vec<Variable>> {
    let Some(environment) = environment else {
        return Reading::Read(Vec::new());
    };
    // Whoever may not use the key that encrypts the variables gets this in their place.
    if let Some(error) = environment.error {
        let code = error.error_code.unwrap_or_default();
        return reading(
            LAMBDA_LIST,
            Err(Failure::told(&code, "the environment cannot be decrypted")),
        );
    }
    let mut variables: Vec<_> = environment
        .variables
        .unwrap_or_default()
        .into_iter()
        .map(|(name, value)| Variable {
            looks_like_secret: sign_of(&name, &value),
            name,
        })
        .collect();
    variables.sort_by(|one, other| one.name.cmp(&other.name));
    Reading::Read(variables)
}
