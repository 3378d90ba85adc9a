//! Client tokens: by what Amazon ECS knows that it has started a task already.
//!
//! A token stands for one task. ECS remembers it for 24 hours, or for the life of the task and an hour more if that is
//! shorter ("Ensuring idempotency", Amazon ECS API Reference): a repeated request is answered with what the first one
//! started, *also when that has stopped*. So a run that died needs another token. It is derived from the former token and
//! from the task that this one gave: whoever finds the same dead task, in whatever program, at whatever time, comes to the
//! same token, and ECS starts one task for all of them. Nothing is drawn, and nobody has to remember anything.

use std::fmt;

use relay_model::Sha256Digest;
use relay_pipeline::ports::RunOrder;

/// A client token: 64 hexadecimal digits, as many as ECS takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ClientToken(Sha256Digest);

impl ClientToken {
    /// The one of the first task of an order. It is the same for the same place in the same trail: a replay is another
    /// place, and so another run.
    pub(super) fn first(order: &RunOrder) -> Self {
        Self::of(&format!("{}#{}", order.package_id, order.trail_state.head.seq))
    }

    /// The one that follows when the tasks of this token are over.
    pub(super) fn after_tasks(&self, task_arns: &[String]) -> Self {
        // ECS promises no order.
        let mut task_arns = task_arns.to_vec();
        task_arns.sort_unstable();
        Self::of(&format!("{self}#{}", task_arns.join(",")))
    }

    /// The one that follows when this one was used with other parameters, and ECS does not say for which task.
    pub(super) fn after_conflict(&self, parameters: &str) -> Self {
        Self::of(&format!("{self}#conflict#{parameters}"))
    }

    fn of(text: &str) -> Self {
        Self(Sha256Digest::of(text.as_bytes()))
    }
}

impl fmt::Display for ClientToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use relay_testing::story::{Story, accepted, received};

    use super::*;

    fn token(path: &str) -> ClientToken {
        let mut story = Story::new("org-001", path);
        story.tell(received());
        ClientToken::first(&story.order())
    }

    #[test]
    fn a_token_belongs_to_a_place_in_a_trail() {
        let first = token("a.csv");
        assert_eq!(first, token("a.csv"));
        assert_ne!(first, token("b.csv"));
        let mut story = Story::new("org-001", "a.csv");
        story.tell(received());
        story.tell(accepted());
        assert_ne!(first, ClientToken::first(&story.order()));
        let text = first.to_string();
        assert!(
            text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_graphic()),
            "{text}"
        );
    }

    #[test]
    fn what_follows_depends_on_what_is_over_and_on_nothing_else() {
        let (first, tasks) = (token("a.csv"), ["t/1".to_owned(), "t/2".to_owned()]);
        let next = first.after_tasks(&tasks);
        assert_eq!(next, first.after_tasks(&[tasks[1].clone(), tasks[0].clone()]));
        let others = [
            first.clone(),
            first.after_tasks(&tasks[..1]),
            next.after_tasks(&tasks),
            token("b.csv").after_tasks(&tasks),
            first.after_conflict("t/1,t/2"),
        ];
        assert!(others.iter().all(|other| *other != next));
    }
}
