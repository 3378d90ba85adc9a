//! ECR: repositories.

use aws_config::SdkConfig;
use aws_sdk_ecr::Client;
use aws_sdk_ecr::types::{ImageScanningConfiguration, ImageTagMutability};
use relay_monitor::{Facts, Reading, RepositoryFacts, Resource};

use crate::actions::ECR_LIST;
use crate::pages::{Found, Page, all_pages};
use crate::scope::Scope;

const PAGE_REPOSITORIES: i32 = 1_000;

/// All repositories of the region.
pub(crate) async fn read(scope: &Scope, config: &SdkConfig) -> Found {
    let client = Client::new(config);
    let listed = all_pages(scope, async |token| {
        let request = client
            .describe_repositories()
            .max_results(PAGE_REPOSITORIES)
            .set_next_token(token);
        let answer = scope.ask(request.send()).await?;
        Ok(Page {
            next: answer.next_token().map(str::to_owned),
            items: answer.repositories.unwrap_or_default(),
        })
    })
    .await;
    Found::listed("ecr", ECR_LIST, listed, |repository| {
        let scanning = repository.image_scanning_configuration.as_ref();
        let facts = RepositoryFacts {
            scan_on_push: Reading::Read(scanning.is_some_and(ImageScanningConfiguration::scan_on_push)),
            // With exclusions some tags can be moved.
            immutable_tags: Reading::Read(repository.image_tag_mutability == Some(ImageTagMutability::Immutable)),
        };
        Some(Resource {
            arn: repository.repository_arn?,
            name: repository.repository_name?,
            facts: Facts::Repository(facts),
        })
    })
}
