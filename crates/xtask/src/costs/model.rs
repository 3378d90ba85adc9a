//! The formulas: what one package uses, times a million, times the list price.

use super::prices as list;

/// How many packages the tables are for.
pub const PACKAGES: f64 = 1e6;
const SECONDS_IN_HOUR: f64 = 3_600.0;
pub(super) const HOURS_IN_MONTH: f64 = 730.0;
/// What AWS calls a GB of storage or memory.
const GIB: f64 = 1_073_741_824.0;

/// The least that is billed of a task (Fargate, "Pricing overview").
const TASK_SECONDS_MIN: f64 = 60.0;
const TASK_START_SECONDS: f64 = 15.0;
const TASK_VCPU: f64 = 0.25;
const TASK_GIB: f64 = 0.5;
pub(super) const LAMBDA_GIB: f64 = 0.25;
const LAMBDA_SECONDS: f64 = 0.2;
const BATCH_MESSAGES: f64 = 10.0;
/// CPU of the processor for a table: 25.30 s for 2,000 MB (docs/MEASUREMENTS.md).
const CPU_SECONDS_PER_BYTE: f64 = 25.30 / 2_000e6;
/// And what a package costs whatever its size: 23.27 s for 10,000 of them (docs/MEASUREMENTS.md).
const CPU_SECONDS_PER_PACKAGE: f64 = 23.27 / 10_000.0;
/// Size of the result: 328 MB for 2,000 MB (docs/MEASUREMENTS.md).
const RESULT_RATIO: f64 = 328.0 / 2_000.0;
/// Part size of the usual clients and of ours.
const PART_BYTES: f64 = 8_388_608.0;
/// A package is the current version for 90 days, and an older one for 90 more before it is deleted.
const PACKAGE_DAYS: f64 = 180.0;
const RESULT_DAYS: f64 = 365.0;
const DAYS_IN_MONTH: f64 = 365.0 / 12.0;
/// Sizes of the four events as items, rounded up to the KB in which writes are billed.
const EVENT_WRITE_KB: [f64; 4] = [2.0, 1.0, 1.0, 2.0];
/// Entries in indexes: all four events in two, the first in three more, the last in one more.
const INDEX_ENTRIES: f64 = 4.0 * 2.0 + 3.0 + 1.0;
/// Of the two that every event is in, one can be given up.
const INDEX_ENTRIES_FEW: f64 = INDEX_ENTRIES - 4.0;
/// A package claims its bytes and its name, each with an item below 1 KB that is in no index; a put that finds the item there
/// is billed as well.
const CLAIMS: f64 = 2.0;
/// Items and index entries with their overhead of 100 bytes each.
const TRAIL_BYTES: f64 = 3_700.0 + INDEX_ENTRIES * 250.0 + CLAIMS * 400.0 + (4.0 + INDEX_ENTRIES + CLAIMS) * 100.0;
const TRAIL_MONTHS: f64 = 12.0;
const LOG_BYTES: f64 = 3_000.0;
/// Of the requests to S3, how many still reach KMS (S3 User Guide, "Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys").
const KMS_SHARE: f64 = 0.01;
const ENDPOINTS: f64 = 7.0;
const ZONES: f64 = 2.0;
const KEYS: f64 = 4.0;
/// Eight of every stack, five of runs that are watched, four of the alerter, one of the monitor.
const ALARMS: f64 = 18.0;
/// Of a run that goes well: into the state, to the end, and out ("Pricing examples": the start and the end are counted).
const TRANSITIONS: f64 = 3.0;

/// What a package is.
pub struct Workload {
    bytes: f64,
}

impl Workload {
    pub const SMALL: Self = Self { bytes: 1e6 };
    pub const LARGE: Self = Self { bytes: 1e9 };

    fn cpu_seconds(&self) -> f64 {
        CPU_SECONDS_PER_PACKAGE + self.bytes * CPU_SECONDS_PER_BYTE
    }

    // One request for a small object; otherwise its parts, and a beginning and an end.
    fn puts(bytes: f64) -> f64 {
        if bytes <= PART_BYTES {
            1.0
        } else {
            (bytes / PART_BYTES).ceil() + 2.0
        }
    }
}

/// How it is run, where that could be otherwise.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    vcpu_hour: f64,
    gb_hour: f64,
    packages_in_task: f64,
    package_days: f64,
    result_days: f64,
    index_entries: f64,
    event_write_kb: [f64; 4],
    transitions: f64,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            vcpu_hour: list::FARGATE_VCPU_HOUR.dollars,
            gb_hour: list::FARGATE_GB_HOUR.dollars,
            packages_in_task: 1.0,
            package_days: PACKAGE_DAYS,
            result_days: RESULT_DAYS,
            index_entries: INDEX_ENTRIES,
            event_write_kb: EVENT_WRITE_KB,
            transitions: TRANSITIONS,
        }
    }
}

/// A line of a bill.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub what: String,
    pub dollars: f64,
}

pub fn sum(lines: &[Line]) -> f64 {
    lines.iter().map(|line| line.dollars).sum()
}

fn line(what: &str, dollars: f64) -> Line {
    Line {
        what: what.to_owned(),
        dollars,
    }
}

/// What a million such packages cost.
pub fn per_million(workload: &Workload, setup: &Setup) -> Vec<Line> {
    let puts = Workload::puts(workload.bytes) + Workload::puts(workload.bytes * RESULT_RATIO);
    let gets = 3.0;
    vec![
        line("Fargate", PACKAGES * task(workload, setup)),
        line("Lambda", PACKAGES * lambda()),
        line(
            "Step Functions",
            PACKAGES * setup.transitions * list::STEP_FUNCTIONS_THOUSAND.dollars / 1e3,
        ),
        line(
            "S3 requests",
            PACKAGES * (puts * list::S3_THOUSAND_PUTS.dollars + gets * list::S3_THOUSAND_GETS.dollars) / 1e3,
        ),
        line("S3 storage of packages", storage(workload.bytes, setup.package_days)),
        line(
            "S3 storage of results",
            storage(workload.bytes * RESULT_RATIO, setup.result_days),
        ),
        line("DynamoDB requests", PACKAGES * trail_requests(setup) / 1e6),
        line("DynamoDB storage and recovery", trail_storage()),
        line(
            "SQS",
            PACKAGES * (1.0 + 2.0 / BATCH_MESSAGES) * list::SQS_MILLION_REQUESTS.dollars / 1e6,
        ),
        line(
            "KMS requests",
            PACKAGES * KMS_SHARE * (puts + gets) * list::KMS_TEN_THOUSAND.dollars / 1e4,
        ),
        line("CloudWatch Logs", PACKAGES * LOG_BYTES / GIB * list::LOGS_GB.dollars),
    ]
}

// One package's share of a task: max(60 s, start + CPU / vCPU) of its vCPU and of its memory.
fn task(workload: &Workload, setup: &Setup) -> f64 {
    let busy = setup.packages_in_task * workload.cpu_seconds() / TASK_VCPU;
    let billed_seconds = TASK_SECONDS_MIN.max(TASK_START_SECONDS + busy);
    let second = (TASK_VCPU * setup.vcpu_hour + TASK_GIB * setup.gb_hour) / SECONDS_IN_HOUR;
    billed_seconds * second / setup.packages_in_task
}

fn lambda() -> f64 {
    let requests = list::LAMBDA_MILLION_REQUESTS.dollars / 1e6 / BATCH_MESSAGES;
    requests + LAMBDA_SECONDS * LAMBDA_GIB * list::LAMBDA_GB_SECOND.dollars
}

// A million objects of this size, each kept for so many days, as if all of them lay there at the same time: the more
// there is, the less a GB costs.
fn storage(bytes: f64, days: f64) -> f64 {
    let held = PACKAGES * bytes / GIB;
    let tib = 1_024.0;
    let first = held.min(50.0 * tib);
    let next = (held - first).min(450.0 * tib);
    let beyond = held - first - next;
    let month = first * list::S3_GB_MONTH_TO_50_TB.dollars
        + next * list::S3_GB_MONTH_TO_500_TB.dollars
        + beyond * list::S3_GB_MONTH_BEYOND.dollars;
    month * days / DAYS_IN_MONTH
}

// The first event is a put; each further one a transaction: the event, and the check of the one before, both billed
// twice (DynamoDB Developer Guide, "Amazon DynamoDB Transactions: How it works"). Dollars for a million packages.
fn trail_requests(setup: &Setup) -> f64 {
    let [first, ..] = setup.event_write_kb;
    let transactions: f64 = setup
        .event_write_kb
        .windows(2)
        .map(|pair| 2.0 * pair.iter().sum::<f64>())
        .sum();
    let writes = first + transactions + setup.index_entries + CLAIMS;
    // Validator and processor each look the organization up, consistently.
    let reads = 2.0;
    writes * list::DYNAMODB_MILLION_WRITES.dollars + reads * list::DYNAMODB_MILLION_READS.dollars
}

fn trail_storage() -> f64 {
    let month = list::DYNAMODB_GB_MONTH.dollars + list::DYNAMODB_PITR_GB_MONTH.dollars;
    PACKAGES * TRAIL_BYTES / GIB * month * TRAIL_MONTHS
}

/// What stands there costs, packages or not.
pub fn per_month() -> Vec<Line> {
    vec![
        line(
            "interface endpoints",
            ENDPOINTS * ZONES * HOURS_IN_MONTH * list::ENDPOINT_HOUR.dollars,
        ),
        line("KMS keys", KEYS * list::KMS_KEY_MONTH.dollars),
        line(
            "alarms and dashboard",
            ALARMS * list::ALARM_MONTH.dollars + list::DASHBOARD_MONTH.dollars,
        ),
        line("alerter", super::alerting::per_month()),
    ]
}

/// A way to pay less.
pub struct Variant {
    pub what: &'static str,
    pub setup: Setup,
    pub state: &'static str,
}

pub fn variants() -> Vec<Variant> {
    let as_built = Setup::default();
    let variant = |what, setup, state| Variant { what, setup, state };
    let batched = Setup {
        packages_in_task: 100.0,
        transitions: TRANSITIONS / 100.0,
        ..as_built
    };
    let spot = Setup {
        vcpu_hour: list::FARGATE_SPOT_VCPU_HOUR.dollars,
        gb_hour: list::FARGATE_SPOT_GB_HOUR.dollars,
        ..as_built
    };
    let arm = Setup {
        vcpu_hour: list::FARGATE_ARM_VCPU_HOUR.dollars,
        gb_hour: list::FARGATE_ARM_GB_HOUR.dollars,
        ..as_built
    };
    let short = Setup {
        package_days: 91.0,
        ..as_built
    };
    let shorter = Setup {
        package_days: 31.0,
        ..as_built
    };
    let lean = Setup {
        index_entries: INDEX_ENTRIES_FEW,
        event_write_kb: [1.0; 4],
        ..as_built
    };
    let direct = Setup {
        transitions: 0.0,
        ..as_built
    };
    let all = Setup {
        package_days: 31.0,
        result_days: 90.0,
        index_entries: INDEX_ENTRIES_FEW,
        event_write_kb: [1.0; 4],
        packages_in_task: 100.0,
        transitions: TRANSITIONS / 100.0,
        ..arm
    };
    vec![
        variant("as it is built", as_built, "yes"),
        variant(
            "100 small packages of one organization in one task",
            batched,
            "no: a task runs one package",
        ),
        variant("tasks that nobody watches", direct, "yes: orchestration = \"direct\""),
        variant(
            "Fargate Spot",
            spot,
            "no: the launcher asks for on-demand capacity; a run that is interrupted is repeated",
        ),
        variant(
            "Fargate on ARM",
            arm,
            "no: packaging is for the host, x86-64 here; not tried on ARM",
        ),
        variant(
            "older versions end after a day instead of 90",
            short,
            "a line of infra/modules/bucket",
        ),
        variant(
            "packages end after 30 days, older versions after a day",
            shorter,
            "a line more, in infra/main.tf",
        ),
        variant("events of at most 1 KB, and one index less", lean, "no"),
        variant("ARM, 100 in one task, 30 days, results 90 days, lean trail", all, "no"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < expected * 0.001, "{found}, not {expected}");
    }

    fn of(lines: &[Line], what: &str) -> f64 {
        lines.iter().find(|line| line.what == what).unwrap().dollars
    }

    #[test]
    fn a_small_package_is_billed_the_minute() {
        // 60 s of 0.25 vCPU and 0.5 GB, by hand.
        let by_hand = 1e6 * (60.0 / 3600.0) * (0.25 * 0.04048 + 0.5 * 0.004_445);
        close(
            of(&per_million(&Workload::SMALL, &Setup::default()), "Fargate"),
            by_hand,
        );
    }

    #[test]
    fn a_large_package_is_billed_its_time() {
        // 15 s to start, 12.65 CPU-s and a little on a quarter of a core.
        let by_hand = 1e6 * ((15.0 + 4.0 * 12.652_327) / 3600.0) * (0.25 * 0.04048 + 0.5 * 0.004_445);
        close(
            of(&per_million(&Workload::LARGE, &Setup::default()), "Fargate"),
            by_hand,
        );
    }

    #[test]
    fn a_batch_shares_the_minute() {
        let batched = Setup {
            packages_in_task: 100.0,
            ..Setup::default()
        };
        let single = of(&per_million(&Workload::SMALL, &Setup::default()), "Fargate");
        let shared = of(&per_million(&Workload::SMALL, &batched), "Fargate");
        close(shared, single / 100.0);
    }

    #[test]
    fn writes_are_counted_as_they_are_billed() {
        // put 2; then 2*(2+1), 2*(1+1), 2*(1+2); 12 index entries; 2 claims; 2 reads.
        close(
            trail_requests(&Setup::default()),
            (2.0 + 6.0 + 4.0 + 6.0 + 12.0 + 2.0) * 0.625 + 2.0 * 0.125,
        );
    }

    #[test]
    fn a_run_that_is_watched_pays_for_three_transitions() {
        close(
            of(&per_million(&Workload::SMALL, &Setup::default()), "Step Functions"),
            75.0,
        );
    }

    #[test]
    fn storage_has_tiers() {
        let month = |gib: f64| storage(gib * GIB / PACKAGES, DAYS_IN_MONTH);
        close(month(1_024.0), 1_024.0 * 0.023);
        close(month(100.0 * 1_024.0), 50.0 * 1_024.0 * (0.023 + 0.022));
        close(
            month(600.0 * 1_024.0),
            1_024.0 * (50.0 * 0.023 + 450.0 * 0.022 + 100.0 * 0.021),
        );
    }

    #[test]
    fn large_uploads_have_parts() {
        assert!((Workload::puts(1e6) - 1.0).abs() < f64::EPSILON);
        assert!((Workload::puts(1e9) - 122.0).abs() < f64::EPSILON);
    }

    #[test]
    fn no_variant_costs_more_than_what_is_built() {
        let variants = variants();
        for workload in [Workload::SMALL, Workload::LARGE] {
            let as_built = sum(&per_million(&workload, &variants[0].setup));
            for variant in &variants[1..] {
                let total = sum(&per_million(&workload, &variant.setup));
                assert!(total <= as_built, "{}: {total} > {as_built}", variant.what);
            }
        }
    }
}
