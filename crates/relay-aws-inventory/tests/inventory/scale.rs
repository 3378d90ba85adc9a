//! A thousand buckets, listed in pages, while every fifth answer is throttling.

use std::collections::{BTreeSet, HashMap};
use std::sync::Mutex;
use std::time::Instant;

use relay_monitor::Facts;

use crate::proxy::{Answer, Deed, Proxy};
use crate::support::{create_bucket, emulator, root_at, take};

const BUCKETS: usize = 1_000;
const PAGE: usize = 300;
const THROTTLED_EVERY: usize = 5;
/// The most times that one request is: by chance alone, some would be throttled as often as they are repeated.
const THROTTLED_MAX: usize = 4;

// "ListBuckets", Amazon S3 API Reference: a page of at most `max-buckets`, and a token for the next. The emulator's page is as
// large as it is asked to be; these are smaller, as S3's may be.
fn page(target: &str) -> Answer {
    let token = target
        .split(['?', '&'])
        .find_map(|member| member.strip_prefix("continuation-token="));
    let from: usize = token.map_or(0, |token| token.parse().unwrap());
    let to = (from + PAGE).min(BUCKETS);
    let bucket =
        |number| format!("<Bucket><Name>data-{number:04}</Name><BucketRegion>eu-north-1</BucketRegion></Bucket>");
    let buckets = (from..to).map(bucket).collect::<Vec<_>>().concat();
    let next = if to < BUCKETS {
        format!("<ContinuationToken>{to}</ContinuationToken>")
    } else {
        String::new()
    };
    Answer::new(
        200,
        format!("<ListAllMyBucketsResult><Buckets>{buckets}</Buckets>{next}</ListAllMyBucketsResult>"),
    )
}

#[tokio::test]
async fn a_thousand_buckets_are_read_through_throttling() {
    let (emulator, root) = emulator().await;
    for number in 0..BUCKETS {
        create_bucket(&root, &format!("data-{number:04}"), "eu-north-1").await;
    }
    let throttled: Mutex<HashMap<(String, Vec<u8>), usize>> = Mutex::default();
    let proxy = Proxy::start(emulator.endpoint_url(), move |request| {
        if request.number % THROTTLED_EVERY == 0 {
            let mut throttled = throttled.lock().unwrap();
            let same = throttled
                .entry((request.target.clone(), request.body.clone()))
                .or_default();
            *same += 1;
            if *same <= THROTTLED_MAX {
                return Deed::Answer(Answer::throttled(request));
            }
        }
        if let Some(volumes) = crate::guards::volumes(request, true) {
            return volumes;
        }
        match request.action().as_str() {
            "s3:ListAllMyBuckets" => Deed::Answer(page(&request.target)),
            _ => Deed::Forward,
        }
    })
    .await;
    let config = root_at(&proxy.endpoint_url).await;
    let started = Instant::now();
    let inventory = take(&config).await;
    let elapsed = started.elapsed();
    let requests = proxy.requests();
    eprintln!("{BUCKETS} buckets in {elapsed:?}, {} requests", requests.len());
    assert!(inventory.unread.is_empty(), "{:?}", inventory.unread);
    let buckets = inventory
        .resources
        .iter()
        .filter(|resource| matches!(resource.facts, Facts::Bucket(_)));
    let names: BTreeSet<_> = buckets.map(|bucket| bucket.name.clone()).collect();
    assert_eq!(names, (0..BUCKETS).map(|number| format!("data-{number:04}")).collect());
    let unreadable = inventory
        .resources
        .iter()
        .map(|resource| serde_json::to_string(resource).unwrap())
        .filter(|text| text.contains("unreadable"));
    assert_eq!(
        unreadable.collect::<Vec<_>>(),
        Vec::<String>::new(),
        "an attribute was not read"
    );
    let lists = requests
        .iter()
        .filter(|request| request.action() == "s3:ListAllMyBuckets");
    assert!(lists.count() >= BUCKETS.div_ceil(PAGE));
}
