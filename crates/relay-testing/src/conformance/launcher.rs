//! What a launcher and a clock promise.

use async_trait::async_trait;
use relay_model::PackageId;
use relay_pipeline::ports::{Clock, Launched, Launcher, PortErrorClass, RunOrder};

use crate::story::{Story, accepted, received, started};

const READINGS: usize = 1_000;
const DEATHS: usize = 3;

/// A launcher, and the place where its runs can be seen and ended.
#[async_trait]
pub trait LauncherUnderTest: Sync {
    /// The launcher.
    fn launcher(&self) -> &dyn Launcher;

    /// The orders of all runs that were begun until now, ended or not, one for each run.
    async fn runs(&self) -> Vec<RunOrder>;

    /// Ends the run of a package as if the machine under it was lost, and returns when that shows where launchers look.
    async fn end(&self, package_id: &PackageId);
}

/// Runs every check of what any launcher promises, each on a launcher of its own.
pub async fn launcher<L: LauncherUnderTest>(make: impl AsyncFn() -> L) {
    a_run_gets_its_order_as_it_was(&make().await).await;
    the_same_order_is_one_run(&make().await).await;
    each_package_has_its_own_run(&make().await).await;
}

/// Checks what a launcher promises besides whose runs belong to a place in the trail, and not to the package: an order from a
/// later place is another run. A launcher of workflows, which have retries of their own, may leave that to whoever drives on.
pub async fn launcher_of_places<L: LauncherUnderTest>(make: impl AsyncFn() -> L) {
    a_later_place_in_the_trail_is_another_run(&make().await).await;
}

/// Runs every check of what a launcher promises besides that is given to whoever drives on what stands still: it knows
/// whether a run is there. Each on a launcher of its own.
pub async fn launcher_that_drives_on<L: LauncherUnderTest>(make: impl AsyncFn() -> L) {
    what_runs_is_left_alone(&make().await).await;
    a_later_place_in_the_trail_is_another_run(&make().await).await;
    what_died_is_run_again(&make().await).await;
    two_who_drive_on_together_start_one_run(&make().await).await;
}

/// A launcher whose place of execution refuses says what a caller can do about it.
pub async fn launcher_that_fails(launcher: &dyn Launcher, expected: PortErrorClass) {
    let error = launcher.launch(&Told::new("a.csv").order()).await.unwrap_err();
    assert_eq!(error.class(), expected, "{error:?}");
}

// A package whose trail goes on.
struct Told {
    story: Story,
}

impl Told {
    fn new(path: &str) -> Self {
        let mut story = Story::new("org-001", path);
        story.tell(received());
        story.tell(accepted());
        Self { story }
    }

    fn order(&self) -> RunOrder {
        self.story.order()
    }

    // As far as the run of a machine that was lost has told it.
    fn went_on(mut self) -> Self {
        self.story.tell(started());
        self
    }
}

async fn launch(subject: &impl LauncherUnderTest, order: &RunOrder) -> Launched {
    subject.launcher().launch(order).await.unwrap()
}

// How many runs of each of these orders there were; there were no others.
async fn assert_runs(subject: &impl LauncherUnderTest, expected: &[(&RunOrder, usize)]) {
    let runs = subject.runs().await;
    let count = |order: &RunOrder| runs.iter().filter(|run| *run == order).count();
    let counted: Vec<_> = expected.iter().map(|(order, _)| count(order)).collect();
    let wanted: Vec<_> = expected.iter().map(|(_, wanted)| *wanted).collect();
    assert_eq!(counted, wanted);
    assert_eq!(runs.len(), wanted.iter().sum::<usize>(), "{runs:#?}");
}

async fn a_run_gets_its_order_as_it_was(subject: &impl LauncherUnderTest) {
    let order = Told::new("\u{e9}\u{202e}\n\"a b\"\\.csv").order();
    assert_eq!(launch(subject, &order).await, Launched::Started);
    assert_eq!(subject.runs().await, [order]);
}

async fn the_same_order_is_one_run(subject: &impl LauncherUnderTest) {
    let order = Told::new("a.csv").order();
    assert_eq!(launch(subject, &order).await, Launched::Started);
    launch(subject, &order).await;
    assert_runs(subject, &[(&order, 1)]).await;
    let other = Told::new("b.csv").order();
    tokio::join!(
        launch(subject, &other),
        launch(subject, &other),
        launch(subject, &other),
        launch(subject, &order),
    );
    assert_runs(subject, &[(&order, 1), (&other, 1)]).await;
}

async fn each_package_has_its_own_run(subject: &impl LauncherUnderTest) {
    let (a, b) = (Told::new("a.csv").order(), Told::new("b.csv").order());
    for order in [&a, &b] {
        assert_eq!(launch(subject, order).await, Launched::Started);
    }
    assert_runs(subject, &[(&a, 1), (&b, 1)]).await;
    subject.end(&a.package_id).await;
    launch(subject, &b).await;
    assert_runs(subject, &[(&a, 1), (&b, 1)]).await;
}

async fn a_later_place_in_the_trail_is_another_run(subject: &impl LauncherUnderTest) {
    let (first, later) = (Told::new("a.csv").order(), Told::new("a.csv").went_on().order());
    assert_ne!(first, later);
    launch(subject, &first).await;
    subject.end(&first.package_id).await;
    assert_eq!(launch(subject, &later).await, Launched::Started);
    launch(subject, &later).await;
    assert_runs(subject, &[(&first, 1), (&later, 1)]).await;
}

async fn what_runs_is_left_alone(subject: &impl LauncherUnderTest) {
    let (first, later) = (Told::new("a.csv").order(), Told::new("a.csv").went_on().order());
    assert_eq!(launch(subject, &first).await, Launched::Started);
    // Whoever drives on reads the trail, and finds it where the run has brought it.
    for order in [&first, &later] {
        assert_eq!(launch(subject, order).await, Launched::AlreadyRunning);
    }
    assert_runs(subject, &[(&first, 1)]).await;
}

async fn what_died_is_run_again(subject: &impl LauncherUnderTest) {
    let order = Told::new("a.csv").order();
    assert_eq!(launch(subject, &order).await, Launched::Started);
    for deaths in 1..=DEATHS {
        subject.end(&order.package_id).await;
        assert_eq!(
            launch(subject, &order).await,
            Launched::Started,
            "after {deaths} deaths"
        );
        assert_eq!(launch(subject, &order).await, Launched::AlreadyRunning);
        assert_runs(subject, &[(&order, 1 + deaths)]).await;
    }
}

async fn two_who_drive_on_together_start_one_run(subject: &impl LauncherUnderTest) {
    let order = Told::new("a.csv").order();
    launch(subject, &order).await;
    subject.end(&order.package_id).await;
    // Each of them may well find that nothing runs, before any of them starts anything.
    let launched = tokio::join!(
        launch(subject, &order),
        launch(subject, &order),
        launch(subject, &order)
    );
    assert!(
        [launched.0, launched.1, launched.2].contains(&Launched::Started),
        "{launched:?}"
    );
    assert_runs(subject, &[(&order, 2)]).await;
}

/// A clock does not go back by itself, and shows a time after this was written.
pub fn clock(clock: &dyn Clock) {
    let mut last = "2026-01-01T00:00:00Z".parse().unwrap();
    for _ in 0..READINGS {
        let now = clock.now();
        assert!(now >= last, "{now} comes after {last}");
        last = now;
    }
}
