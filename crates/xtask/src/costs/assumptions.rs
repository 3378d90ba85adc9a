//! What the numbers of the model stand for, for the table of docs/COSTS.md.

/// Each with its value, as people read it, and where that is from. The values themselves are in `model.rs`.
pub const ASSUMPTIONS: [(&str, &str, &str); 17] = [
    (
        "CPU of a table",
        "12.65 CPU-s for 1 GB",
        "measured: 25.30 CPU-s for 2,000 MB, one `relay run`, everything included",
    ),
    (
        "CPU of a package besides",
        "2.3 ms",
        "measured: 23.27 CPU-s for 10,000 files of 1 KB",
    ),
    (
        "result",
        "0.164 of the package",
        "measured: 328 MB of Parquet for 2,000 MB of CSV",
    ),
    (
        "task",
        "0.25 vCPU, 0.5 GB",
        "defaults of container_cpu, container_memory",
    ),
    (
        "start of a task that is billed",
        "15 s",
        "**assumed**: from the pull of the image to the first instruction",
    ),
    (
        "waiting for the network",
        "none",
        "**assumed**: reading and writing overlap with computing",
    ),
    (
        "validator",
        "256 MB, 0.2 s for a package, 10 in a batch",
        "default of lambda_memory_size; the time is **assumed**",
    ),
    (
        "state transitions",
        "3 for a package",
        "one state, its beginning and the end; a run that is tried again has one more each time",
    ),
    (
        "requests to S3",
        "1 MB: 2 PUT, 3 GET; 1 GB: 144 PUT, 3 GET",
        "the producer's upload and the result, in parts of 8 MiB above that size",
    ),
    (
        "packages kept",
        "180 days",
        "lifecycle of the ingress bucket: 90 days as the current version, and 90 as an older one",
    ),
    (
        "trail",
        "4 events of 2, 1, 1, 2 KB; 12 index entries; 2 claims of less than 1 KB",
        "items as the adapter writes them; a transaction is billed twice, for the event and for the check of the one before",
    ),
    (
        "results, trail kept",
        "12 months",
        "nothing deletes them; each further year costs the same again",
    ),
    ("logs", "3 KB", "**assumed**: validator, processor, flow log"),
    (
        "requests to KMS",
        "1% of those to S3",
        "bucket keys; DynamoDB and SQS reuse their data keys for minutes",
    ),
    (
        "private network",
        "7 interface endpoints in 2 zones",
        "infra/modules/network",
    ),
    (
        "a round of alerting",
        "each minute, 256 MB, 1.5 s, 8 requests to SQS",
        "it waits a second for notices; the rest is **assumed**",
    ),
    ("keys, alarms, dashboards", "4, 17, 1", "infra/modules"),
];
