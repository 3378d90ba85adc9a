//! Taking bytes in.

use relay_model::{ArrivalSource, ObjectKey, Sha256Digest};
use relay_pipeline::intake::{Delivery, IntakeError};
use relay_pipeline::ports::PortErrorClass;
use relay_pipeline::validation::Validated;
use relay_testing::faults::Fault;

use crate::world::{TABLE, World};

fn delivery() -> Delivery {
    Delivery {
        key: ObjectKey::new("org-001/a.csv"),
        declared_sha256: None,
        source: ArrivalSource::Inbox,
    }
}

#[tokio::test]
async fn the_same_bytes_are_one_version_and_others_another() {
    let world = World::calm().await;
    let first = world.deliver("org-001/a.csv", TABLE).await;
    let again = world.deliver("org-001/a.csv", TABLE).await;
    let changed = world.deliver("org-001/a.csv", b"x,y\n").await;
    let back = world.deliver("org-001/a.csv", TABLE).await;
    assert_eq!(first.object, again.object);
    assert_ne!(first.object, changed.object);
    assert_ne!(first.object.package_id(), back.object.package_id());
    assert_eq!(
        (first.size_bytes, first.sha256),
        (Some(12), Some(Sha256Digest::of(TABLE)))
    );
    assert_eq!(world.store.len(), 3);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_source_that_changed_or_broke_off_leaves_nothing() {
    let world = World::calm().await;
    let mut input = TABLE;
    let delivery = delivery();
    let intake = world.intake();
    let refused = intake.take_in(&delivery, &mut input, async |read| {
        assert_eq!(read, 12);
        Err(IntakeError::Changed("it grew".into()))
    });
    assert!(matches!(refused.await, Err(IntakeError::Changed(_))));

    let mut broken = tokio_test_reader();
    let refused = world.intake().take_in(&delivery, &mut broken, async |_| Ok(())).await;
    assert!(matches!(refused, Err(IntakeError::Source(_))));

    world
        .plan
        .script("writer.finish", Fault::FailBefore(PortErrorClass::StorageFull));
    let mut input = TABLE;
    let refused = world.intake().take_in(&delivery, &mut input, async |_| Ok(())).await;
    assert!(matches!(refused, Err(IntakeError::Store(error)) if error.class() == PortErrorClass::StorageFull));
    assert!(world.store.is_empty());
    world.assert_sound().await;
}

// Gives a few bytes, then an error.
fn tokio_test_reader() -> impl tokio::io::AsyncRead + Send + Unpin {
    struct Broken(bool);
    impl tokio::io::AsyncRead for Broken {
        fn poll_read(
            mut self: std::pin::Pin<&mut Self>,
            _context: &mut std::task::Context<'_>,
            buffer: &mut tokio::io::ReadBuf<'_>,
        ) -> std::task::Poll<std::io::Result<()>> {
            if self.0 {
                return std::task::Poll::Ready(Err(std::io::Error::other("the cable was pulled")));
            }
            self.0 = true;
            buffer.put_slice(b"x,y");
            std::task::Poll::Ready(Ok(()))
        }
    }
    Broken(false)
}

#[tokio::test]
async fn a_declared_checksum_is_kept_and_judged() {
    let world = World::calm().await;
    for (declared, is_accepted) in [(Sha256Digest::of(TABLE), true), (Sha256Digest::of(b"other"), false)] {
        let key = ObjectKey::new(format!("org-001/{is_accepted}.csv"));
        let delivery = Delivery {
            key,
            declared_sha256: Some(declared),
            ..delivery()
        };
        let mut input = TABLE;
        let (arrival, is_new) = world
            .intake()
            .take_in(&delivery, &mut input, async |_| Ok(()))
            .await
            .unwrap();
        assert!(is_new);
        let validated = world.validation().validate(&arrival).await.unwrap();
        assert_eq!(
            matches!(validated, Validated::Accepted { .. }),
            is_accepted,
            "{validated:?}"
        );
    }
    world.drain().await.unwrap();
    world.assert_sound().await;
}
