//! The table itself.

use std::fmt::Display;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

use relay_model::ColumnNames;

use super::{Configuration, Setting};
use crate::Secret;
use crate::alerts::{self, EmailAddress};

macro_rules! number {
    ($name:literal, $meaning:literal, $($field:ident).+, $minimum:literal) => {
        Setting {
            name: $name,
            meaning: $meaning,
            default: || Configuration::default().$($field).+.to_string(),
            apply: |configuration, text| {
                configuration.$($field).+ = at_least(text, $minimum)?;
                Ok(())
            },
        }
    };
}

macro_rules! deployed {
    ($name:literal, $meaning:literal, $field:ident) => {
        Setting {
            name: $name,
            meaning: $meaning,
            default: || "none".to_owned(),
            apply: |configuration, text| {
                configuration.deployed.$field = Some(text.parse().map_err(|error| format!("{error}"))?);
                Ok(())
            },
        }
    };
}

/// The longest name of a person, in characters.
const PERSON_CHARACTERS_MAX: usize = 200;

/// A person as they say who they are, for a trail: on one line, and not too long.
pub fn person(text: &str) -> Result<String, String> {
    let text = text.trim();
    let characters = text.chars().count();
    if characters == 0 || characters > PERSON_CHARACTERS_MAX || text.chars().any(char::is_control) {
        return Err(format!(
            "a name has 1 to {PERSON_CHARACTERS_MAX} characters on one line"
        ));
    }
    Ok(text.to_owned())
}

/// All settings.
pub const SETTINGS: &[Setting] = &[
    Setting {
        name: "RELAY_DATA_DIR",
        meaning: "the data folder, where the command line has no `--data-dir`",
        default: || "none".to_owned(),
        apply: |configuration, text| {
            configuration.data_dir = Some(PathBuf::from(text));
            Ok(())
        },
    },
    Setting {
        name: "RELAY_STACK",
        meaning: "the file of `terraform output -json`, where the command line has no `--stack`",
        default: || "none".to_owned(),
        apply: |configuration, text| {
            configuration.stack = Some(PathBuf::from(text));
            Ok(())
        },
    },
    Setting {
        name: "RELAY_BY",
        meaning: "who changes organizations, where the command line has no `--by`: up to 200 characters for their trails",
        default: || "none".to_owned(),
        apply: |configuration, text| {
            configuration.by = Some(person(text)?);
            Ok(())
        },
    },
    Setting {
        name: "RELAY_JOBS",
        meaning: "packages processed at the same time, where the command line has no `--jobs`",
        default: || "one for each core".to_owned(),
        apply: |configuration, text| {
            configuration.jobs = Some(at_least(text, 1)?);
            Ok(())
        },
    },
    Setting {
        name: "RELAY_TRANSFORM_THREADS",
        meaning: "threads that may work on the columns of one table; more gain time where few packages are processed at the same time",
        default: || Configuration::default().transform_threads.to_string(),
        apply: |configuration, text| {
            configuration.transform_threads = at_least(text, NonZeroUsize::MIN)?;
            Ok(())
        },
    },
    Setting {
        name: "RELAY_LOG",
        meaning: "which log lines go to standard error, as a `tracing` filter: error, warn, info, debug, or by module",
        default: || Configuration::default().log_filter,
        apply: |configuration, text| {
            text.clone_into(&mut configuration.log_filter);
            Ok(())
        },
    },
    Setting {
        name: "RELAY_LOG_FORMAT",
        meaning: "how log lines look: json or text",
        default: || "json".to_owned(),
        apply: |configuration, text| {
            configuration.log_format = text.parse()?;
            Ok(())
        },
    },
    number!(
        "RELAY_INBOX_SETTLE_MS",
        "milliseconds for which a file in the inbox must have been left alone before it is taken",
        inbox_settle_ms,
        1
    ),
    Setting {
        name: "RELAY_ENVIRONMENT",
        meaning: "how alerts call this relay: up to 12 lower-case letters, digits and hyphens",
        default: || Configuration::default().alerts.environment.to_string(),
        apply: |configuration, text| {
            configuration.alerts.environment = text.parse().map_err(|error| format!("{error}"))?;
            Ok(())
        },
    },
    number!(
        "RELAY_ALERT_QUIET_SECONDS",
        "seconds for which failures like those of an alert are only counted, before the next alert tells of them",
        alerts.quiet_seconds,
        1
    ),
    Setting {
        name: "RELAY_ALERT_WEBHOOK_URL",
        meaning: "on premises: where alerts are posted as JSON; https, or http on this machine",
        default: || "none".to_owned(),
        apply: |configuration, text| {
            configuration.alerts.webhook_url = Some(alerts::webhook_url(text)?);
            Ok(())
        },
    },
    Setting {
        name: "RELAY_ALERT_SMTP_URL",
        meaning: "on premises: the mail server for alerts, with user and password: smtps://USER:PASSWORD@HOST or smtp://USER:PASSWORD@HOST?tls=required",
        default: || "none".to_owned(),
        apply: |configuration, text| {
            configuration.alerts.smtp_url = Some(Secret::new(text));
            Ok(())
        },
    },
    Setting {
        name: "RELAY_ALERT_EMAIL_TO",
        meaning: "on premises: who gets alerts by mail, separated by commas",
        default: || "none".to_owned(),
        apply: |configuration, text| {
            configuration.alerts.email_to = alerts::addresses(text)?;
            Ok(())
        },
    },
    Setting {
        name: "RELAY_ALERT_EMAIL_FROM",
        meaning: "on premises: the sender of alerts by mail; the first who gets them, where it is not set",
        default: || "none".to_owned(),
        apply: |configuration, text| {
            configuration.alerts.email_from = Some(text.parse::<EmailAddress>()?);
            Ok(())
        },
    },
    number!(
        "RELAY_OBJECT_BYTES_MAX",
        "the largest package, in bytes",
        limits.object_bytes_max,
        1
    ),
    number!(
        "RELAY_ATTEMPTS_MAX",
        "attempts that may fail before a package is failed",
        limits.attempts_max,
        1
    ),
    number!(
        "RELAY_STARTS_MAX",
        "attempts that may start, interrupted ones included, before a package is failed",
        limits.starts_max,
        1
    ),
    number!(
        "RELAY_RETRY_BACKOFF_MS",
        "milliseconds before the second attempt; doubles with each further one",
        limits.retry_backoff_ms,
        1
    ),
    number!(
        "RELAY_ATTEMPT_MS_MAX",
        "the longest one attempt may take, in milliseconds",
        limits.attempt_ms_max,
        1
    ),
    number!(
        "RELAY_ROW_BYTES_MAX",
        "the longest row of a table, in bytes",
        limits.table.row_bytes_max,
        1
    ),
    number!(
        "RELAY_COLUMNS_MAX",
        "the most columns of a table",
        limits.table.columns_max,
        1
    ),
    Setting {
        name: "RELAY_COLUMN_NAMES",
        meaning: "columns without a name, or with one that another column has: `strict` sets the table aside, `rename` names them by place or number and says so",
        default: || ColumnNames::default().name().to_owned(),
        apply: |configuration, text| {
            configuration.limits.table.column_names = text.parse()?;
            Ok(())
        },
    },
    number!(
        "RELAY_BAD_ROWS_MAX",
        "bad rows; one more and the table is quarantined",
        limits.table.bad_rows_max,
        0
    ),
    number!(
        "RELAY_BAD_ROWS_PERCENT_MAX",
        "the largest share of bad rows, in percent of all rows",
        limits.table.bad_rows_percent_max,
        0
    ),
    number!(
        "RELAY_UNPACKED_BYTES_MAX",
        "bytes that a compressed table may unpack to",
        limits.table.unpacked_bytes_max,
        1
    ),
    number!(
        "RELAY_UNPACKED_RATIO_MAX",
        "the largest ratio of unpacked to packed bytes",
        limits.table.unpacked_ratio_max,
        1
    ),
    number!(
        "RELAY_UNPACKED_BYTES_UNCHECKED",
        "unpacked bytes below which the ratio is not judged",
        limits.table.unpacked_bytes_unchecked,
        0
    ),
    number!(
        "RELAY_HELD_BYTES_MAX",
        "the largest workbook or Parquet file, in bytes: it is held in memory while it is read",
        limits.table.held_bytes_max,
        1
    ),
    number!(
        "RELAY_ARCHIVE_ENTRIES_MAX",
        "entries of an archive, those of archives within it included",
        limits.archive.entries_max,
        1
    ),
    number!(
        "RELAY_ARCHIVE_DEPTH_MAX",
        "how deep archives may stand in archives; 0 allows none within the outermost",
        limits.archive.depth_max,
        0
    ),
    number!(
        "RELAY_ARCHIVE_ENTRY_BYTES_MAX",
        "the largest file of an archive, in bytes as they come out",
        limits.archive.entry_bytes_max,
        1
    ),
    number!(
        "RELAY_ARCHIVE_UNPACKED_BYTES_MAX",
        "bytes that an archive may unpack to, archives within it included",
        limits.archive.unpacked_bytes_max,
        1
    ),
    number!(
        "RELAY_ARCHIVE_UNPACKED_RATIO_MAX",
        "the largest ratio of unpacked to packed bytes of an archive",
        limits.archive.unpacked_ratio_max,
        1
    ),
    number!(
        "RELAY_ARCHIVE_UNPACKED_BYTES_UNCHECKED",
        "unpacked bytes of an archive below which the ratio is not judged",
        limits.archive.unpacked_bytes_unchecked,
        0
    ),
    number!(
        "RELAY_ARCHIVE_NAME_BYTES_MAX",
        "the longest path of a file in an archive, in bytes",
        limits.archive.name_bytes_max,
        1
    ),
    number!(
        "RELAY_ARCHIVE_NAME_SEGMENTS_MAX",
        "the most segments of such a path",
        limits.archive.name_segments_max,
        1
    ),
    number!(
        "RELAY_ARCHIVE_METADATA_BYTES_MAX",
        "bytes that an archive may say about one file beside its content",
        limits.archive.metadata_bytes_max,
        1
    ),
    number!(
        "RELAY_PACKAGE_DESCRIPTOR_BYTES_MAX",
        "the largest datapackage.json, and its schemas in files of their own together, in bytes",
        limits.data_package.descriptor_bytes_max,
        1
    ),
    number!(
        "RELAY_PACKAGE_KEYS_MAX",
        "keys that are held in memory while the tables of a Data Package are checked, 90 bytes each",
        limits.data_package.keys_max,
        1
    ),
    deployed!(
        "RELAY_INGRESS_BUCKET",
        "deployed programs: the bucket that packages arrive in",
        ingress_bucket
    ),
    deployed!(
        "RELAY_RESULTS_BUCKET",
        "deployed programs: the bucket that results are written to",
        results_bucket
    ),
    deployed!(
        "RELAY_INGRESS_KEY_ARN",
        "deployed programs: the KMS key with which packages must be encrypted",
        ingress_key_arn
    ),
    deployed!(
        "RELAY_RESULTS_KEY_ARN",
        "deployed programs: the KMS key with which results are encrypted",
        results_key_arn
    ),
    deployed!(
        "RELAY_TRAIL_TABLE",
        "deployed programs: the table of audit events",
        trail_table
    ),
    deployed!(
        "RELAY_ORGANIZATIONS_TABLE",
        "deployed programs: the table of organizations",
        organizations_table
    ),
    deployed!(
        "RELAY_NOTICES_QUEUE_URL",
        "deployed programs: the queue that notices of failures are sent to",
        notices_queue_url
    ),
    deployed!(
        "RELAY_ALERTS_TABLE",
        "alerter: the table that remembers what was told",
        alerts_table
    ),
    deployed!(
        "RELAY_ALERTS_TOPIC_ARN",
        "alerter: the topic on which alerts are published",
        alerts_topic_arn
    ),
    deployed!(
        "RELAY_TASK_LOG_GROUP",
        "alerter: the log group of processors, to which alerts point",
        task_log_group
    ),
    deployed!(
        "RELAY_CLUSTER_ARN",
        "validator: the cluster in which processors run",
        cluster_arn
    ),
    deployed!(
        "RELAY_TASK_DEFINITION_ARN",
        "validator: the task definition of the processor, with its revision",
        task_definition_arn
    ),
    deployed!(
        "RELAY_CONTAINER_NAME",
        "validator: the container of that task definition which gets the run order",
        container_name
    ),
    deployed!(
        "RELAY_SUBNET_IDS",
        "validator: the subnets in which processors run, separated by commas",
        subnet_ids
    ),
    deployed!(
        "RELAY_SECURITY_GROUP_IDS",
        "validator: the security groups of processors, separated by commas",
        security_group_ids
    ),
    deployed!(
        "RELAY_TENANT_ROLE_ARN_PREFIX",
        "validator: the role of an organization's tasks is this with its id appended",
        tenant_role_arn_prefix
    ),
    deployed!(
        "RELAY_STATE_MACHINE_ARN",
        "validator: the state machine that runs packages; without it tasks are started directly",
        state_machine_arn
    ),
    deployed!(
        "RELAY_RUN_ORDER",
        "processor: what to process, as JSON; set for each run by who starts it",
        run_order
    ),
    deployed!(
        "RELAY_TASK_TOKEN",
        "processor: by which the state machine knows the run; set for each run by the state machine",
        task_token
    ),
    deployed!(
        "RELAY_RUN_HEARTBEAT_SECONDS",
        "processor: how often it tells the state machine that it is alive, in seconds",
        run_heartbeat_seconds
    ),
];

fn at_least<T: FromStr + PartialOrd + Display + Copy>(text: &str, minimum: T) -> Result<T, String> {
    match text.parse::<T>() {
        Ok(number) if number >= minimum => Ok(number),
        _ => Err(format!("use a whole number, at least {minimum}")),
    }
}
