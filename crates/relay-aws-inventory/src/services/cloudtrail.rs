//! `CloudTrail`: the trails that record this region.

use aws_config::SdkConfig;
use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::types::Trail;
use relay_monitor::{Facts, Reading, Resource, TrailFacts, TrailsFacts};

use crate::actions::{CLOUDTRAIL_LIST, CLOUDTRAIL_STATUS};
use crate::pages::{Found, side_by_side};
use crate::scope::{Gone, Scope, present, reading};

const GONE: [&str; 1] = ["TrailNotFoundException"];

/// All trails that record this region, also those of other regions and of the organization.
pub(crate) async fn read(scope: &Scope, config: &SdkConfig) -> Found {
    let client = Client::new(config);
    let answer = scope
        .ask(client.describe_trails().include_shadow_trails(true).send())
        .await;
    let trails = match answer.map(|answer| answer.trail_list.unwrap_or_default()) {
        Err(failure) => reading(CLOUDTRAIL_LIST, Err(failure)),
        Ok(listed) => {
            let read = side_by_side(scope, listed, |one| {
                let client = &client;
                async move { trail(scope, client, one).await }
            })
            .await;
            let mut trails = read.read;
            trails.sort_by(|one, other| one.arn.cmp(&other.arn));
            reading(CLOUDTRAIL_STATUS, read.late.map_or(Ok(trails), Err))
        }
    };
    Found::one(Resource {
        arn: scope.arn("cloudtrail", "trail/*"),
        name: format!("trails of {}", scope.region),
        facts: Facts::Trails(TrailsFacts { trails }),
    })
}

async fn trail(scope: &Scope, client: &Client, trail: Trail) -> Result<TrailFacts, Gone> {
    let arn = trail.trail_arn.ok_or(Gone)?;
    let answer = scope.ask(client.get_trail_status().name(&arn).send()).await;
    let logging: Reading<bool> = present(
        CLOUDTRAIL_STATUS,
        answer.map(|answer| answer.is_logging == Some(true)),
        &GONE,
    )?;
    Ok(TrailFacts {
        arn,
        multi_region: trail.is_multi_region_trail == Some(true),
        log_file_validation: trail.log_file_validation_enabled == Some(true),
        kms: trail.kms_key_id.is_some(),
        logging,
    })
}
