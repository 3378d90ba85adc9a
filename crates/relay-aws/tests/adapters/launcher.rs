//! The launcher on Amazon ECS keeps what its port promises, at an emulator that starts a small program as the task.

use std::collections::HashSet;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_ecs::types::{Compatibility, ContainerDefinition, DesiredStatus, KeyValuePair, NetworkMode, Task};
use relay_aws::{Connection, EcsLauncher, TaskNames};
use relay_model::{Limits, PackageId};
use relay_pipeline::Settings;
use relay_pipeline::ports::{Launched, Launcher, PortErrorClass, Ports, RunOrder};
use relay_pipeline::reconciliation::Reconciliation;
use relay_pipeline::validation::Validation;
use relay_testing::conformance::{self, LauncherUnderTest};
use relay_testing::emulator::Emulator;
use relay_testing::fakes::{
    ManualClock, MemoryDuplicateIndex, MemoryNotifier, MemoryRegistry, MemoryStore, MemoryTrail,
};
use relay_testing::story::{Story, accepted, received, started};
use serde_json::json;

use crate::support;

const IMAGE: &str = "stand-in-for-the-processor";
const CONTAINER: &str = "processor";
/// The variable that tells the program where it is told to end.
const FOLDER_VARIABLE: &str = "HYBRID_TEST_FOLDER";
/// It runs until a file is there that has its package's name; a minute at most, should its test be gone.
const PROGRAM: &str = r#"#!/bin/sh
package="${RELAY_RUN_ORDER#*\"package_id\":\"}"
package="${package%%\"*}"
rounds=0
until [ -e "$HYBRID_TEST_FOLDER/$package" ] || [ "$rounds" -ge 1200 ]; do
  sleep 0.05
  rounds=$((rounds + 1))
done
exit 1
"#;
const END_DEADLINE: Duration = Duration::from_secs(30);
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// A folder that ends with its test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let name = format!("hybrid-relay-{}-{}", support::fresh("tasks"), std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Somebody may have removed it already; there is nobody to tell.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// An emulator that starts [`PROGRAM`].
struct Place {
    emulator: Emulator,
    folder: Folder,
}

impl Place {
    async fn new() -> Self {
        let folder = Folder::new();
        let program = folder.path().join("program");
        std::fs::write(&program, PROGRAM).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let programs = json!({ IMAGE: program }).to_string();
        let emulator = Emulator::start_with(vec![("HYBRID_TEST_CONTAINERS".to_owned(), programs)]).await;
        Self { emulator, folder }
    }

    /// A cluster of its own, and a task definition.
    async fn cluster(&self) -> Cluster {
        let config = support::root_of(&self.emulator).await;
        let client = aws_sdk_ecs::Client::new(&config);
        let name = support::fresh("cluster");
        let folder = self.folder.path().join(&name);
        std::fs::create_dir_all(&folder).unwrap();
        let created = client.create_cluster().cluster_name(name).send().await.unwrap();
        let mut cluster = Cluster {
            connection: Connection::from_config(config),
            client,
            folder,
            names: TaskNames {
                cluster_arn: created.cluster().unwrap().cluster_arn().unwrap().to_owned(),
                task_definition_arn: String::new(),
                container_name: CONTAINER.to_owned(),
                subnet_ids: vec!["subnet-1".to_owned(), "subnet-2".to_owned()],
                security_group_ids: vec!["sg-1".to_owned()],
                tenant_role_arn_prefix: "arn:aws:iam::000000000000:role/tenant/relay-test-".to_owned(),
            },
            family: support::fresh("processor"),
        };
        cluster.register_a_revision().await;
        cluster
    }
}

/// What tasks run in.
struct Cluster {
    connection: Connection,
    client: aws_sdk_ecs::Client,
    folder: PathBuf,
    names: TaskNames,
    family: String,
}

impl Cluster {
    /// As an update of the processor does.
    async fn register_a_revision(&mut self) {
        let folder = KeyValuePair::builder()
            .name(FOLDER_VARIABLE)
            .value(self.folder.to_str().unwrap())
            .build();
        let container = ContainerDefinition::builder()
            .name(CONTAINER)
            .image(format!("{IMAGE}:1"))
            .essential(true)
            .environment(folder)
            .build();
        let registered = self
            .client
            .register_task_definition()
            .family(&self.family)
            .network_mode(NetworkMode::Awsvpc)
            .requires_compatibilities(Compatibility::Fargate)
            .cpu("256")
            .memory("512")
            .container_definitions(container)
            .send()
            .await
            .unwrap();
        let definition = registered.task_definition().unwrap();
        definition
            .task_definition_arn()
            .unwrap()
            .clone_into(&mut self.names.task_definition_arn);
    }

    fn validators(&self) -> EcsLauncher {
        EcsLauncher::new(&self.connection, self.names.clone())
    }

    fn operators(&self) -> EcsLauncher {
        self.validators().looking_first()
    }

    async fn tasks(&self, status: DesiredStatus) -> Vec<Task> {
        let listed = self
            .client
            .list_tasks()
            .cluster(&self.names.cluster_arn)
            .desired_status(status)
            .send()
            .await
            .unwrap();
        if listed.task_arns().is_empty() {
            return Vec::new();
        }
        let described = self
            .client
            .describe_tasks()
            .cluster(&self.names.cluster_arn)
            .set_tasks(listed.task_arns)
            .send()
            .await
            .unwrap();
        described.tasks.unwrap()
    }

    /// The orders of all tasks, in any state.
    async fn runs(&self) -> Vec<RunOrder> {
        // In this order: what ends in between is found twice, and not missed.
        let mut tasks = self.tasks(DesiredStatus::Running).await;
        tasks.extend(self.tasks(DesiredStatus::Stopped).await);
        let mut seen = HashSet::new();
        tasks.retain(|task| seen.insert(task.task_arn().unwrap().to_owned()));
        tasks.iter().map(order_of).collect()
    }

    async fn end(&self, package_id: &PackageId) {
        let told = self.folder.join(package_id.as_str());
        std::fs::write(&told, "").unwrap();
        let ended = async {
            while self
                .tasks(DesiredStatus::Running)
                .await
                .iter()
                .any(|task| order_of(task).package_id == *package_id)
            {
                tokio::time::sleep(POLL_INTERVAL).await;
            }
        };
        tokio::time::timeout(END_DEADLINE, ended).await.unwrap();
        std::fs::remove_file(told).unwrap();
    }
}

fn order_of(task: &Task) -> RunOrder {
    let containers = task.overrides().unwrap().container_overrides();
    let order = containers[0].environment()[0].value().unwrap();
    serde_json::from_str(order).unwrap()
}

struct Launches {
    cluster: Cluster,
    launcher: EcsLauncher,
}

#[async_trait]
impl LauncherUnderTest for Launches {
    fn launcher(&self) -> &dyn Launcher {
        &self.launcher
    }

    async fn runs(&self) -> Vec<RunOrder> {
        self.cluster.runs().await
    }

    async fn end(&self, package_id: &PackageId) {
        self.cluster.end(package_id).await;
    }
}

fn story() -> Story {
    let mut story = Story::new("org-001", "a.csv");
    story.tell(received());
    story.tell(accepted());
    story
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ecs_launcher_keeps_what_the_port_promises() {
    let place = Place::new().await;
    let validators = async || {
        let cluster = place.cluster().await;
        Launches {
            launcher: cluster.validators(),
            cluster,
        }
    };
    let operators = async || {
        let cluster = place.cluster().await;
        Launches {
            launcher: cluster.operators(),
            cluster,
        }
    };
    conformance::launcher(validators).await;
    conformance::launcher_of_places(validators).await;
    conformance::launcher(operators).await;
    conformance::launcher_that_drives_on(operators).await;
    let mut names = place.cluster().await.names;
    names.cluster_arn = names.cluster_arn.replace("cluster-", "no-cluster-");
    let connection = Connection::from_config(support::root_of(&place.emulator).await);
    conformance::launcher_that_fails(&EcsLauncher::new(&connection, names), PortErrorClass::Permanent).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_notification_starts_nothing_again_and_an_operator_does() {
    let place = Place::new().await;
    let cluster = place.cluster().await;
    let (validators, operators, order) = (cluster.validators(), cluster.operators(), story().order());
    validators.launch(&order).await.unwrap();
    cluster.end(&order.package_id).await;
    validators.launch(&order).await.unwrap();
    assert_eq!(cluster.runs().await.len(), 1);
    assert_eq!(operators.launch(&order).await.unwrap(), Launched::Started);
    validators.launch(&order).await.unwrap();
    assert_eq!(cluster.runs().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_revision_of_the_task_definition_takes_up_what_the_former_left() {
    let place = Place::new().await;
    let mut cluster = place.cluster().await;
    let (before, order) = (cluster.operators(), story().order());
    assert_eq!(before.launch(&order).await.unwrap(), Launched::Started);
    cluster.register_a_revision().await;
    let after = cluster.operators();
    assert_eq!(after.launch(&order).await.unwrap(), Launched::AlreadyRunning);
    let validators = cluster.validators();
    assert_eq!(
        validators.launch(&order).await.unwrap(),
        Launched::AlreadyRunning,
        "the token was used with the former revision"
    );
    assert_eq!(cluster.runs().await.len(), 1);
    cluster.end(&order.package_id).await;
    // Each of them with the names that it was given: one has not fetched the new outputs yet.
    let (first, second) = tokio::join!(before.launch(&order), after.launch(&order));
    assert!([first.unwrap(), second.unwrap()].contains(&Launched::Started));
    assert_eq!(cluster.runs().await.len(), 2);
    cluster.end(&order.package_id).await;
    assert_eq!(after.launch(&order).await.unwrap(), Launched::Started);
    assert_eq!(cluster.runs().await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn reconciling_starts_a_package_again_whose_task_died() {
    let place = Place::new().await;
    let cluster = place.cluster().await;
    let trail = Arc::new(MemoryTrail::default());
    let mut story = Story::new("org-001", "a.csv");
    for body in [received(), accepted()] {
        story.record(&*trail, body).await;
    }
    let ports = Ports {
        store: Arc::new(MemoryStore::default()),
        trail: trail.clone(),
        trail_reader: trail.clone(),
        duplicate_index: Arc::new(MemoryDuplicateIndex::default()),
        registry: Arc::new(MemoryRegistry::default()),
        notifier: Arc::new(MemoryNotifier::default()),
        clock: Arc::new(ManualClock::default()),
    };
    let settings = Settings {
        ingress_bucket: "ingress".parse().unwrap(),
        results_bucket: "results".parse().unwrap(),
        actor: "test".to_owned(),
        transform_threads: std::num::NonZeroUsize::MIN,
        limits: Limits::default(),
    };
    let validation = Validation::new(&ports, Arc::new(cluster.operators()), &settings);
    let reconciliation = Reconciliation::new(&ports, validation, &settings);
    cluster.validators().launch(&story.order()).await.unwrap();
    let mut runs = 1;
    // It dies before it has said a word, and after it has.
    for has_begun in [false, false, true, true] {
        if has_begun && story.trail_state().unwrap().head.seq == 1 {
            story.record(&*trail, started()).await;
        }
        assert_eq!(reconciliation.reconcile().await.unwrap().without_run, 0, "it runs");
        cluster.end(&story.package_id()).await;
        assert_eq!(reconciliation.reconcile().await.unwrap().without_run, 1);
        runs += 1;
        assert_eq!(cluster.runs().await.len(), runs);
    }
}
