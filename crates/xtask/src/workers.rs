//! Runs a list of jobs with as many threads as there are processors, in the list's order.

use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context as _;

/// How many jobs run at once: each is a process that keeps a processor busy.
pub fn count() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Runs each job on some worker, and returns what they gave, in the order of the jobs. `run` is told which worker it is, so that
/// no two use the same folder at once. The first error ends it, once the jobs that have begun are done.
pub fn each<'j, J: Sync, R: Send>(
    jobs: &'j [J],
    workers: usize,
    run: impl Fn(usize, &'j J) -> anyhow::Result<R> + Sync,
) -> anyhow::Result<Vec<R>> {
    let next = AtomicUsize::new(0);
    let work = |worker: usize| -> anyhow::Result<Vec<(usize, R)>> {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(job) = jobs.get(index) else { return Ok(done) };
            let result = run(worker, job).inspect_err(|_| next.store(jobs.len(), Ordering::Relaxed))?;
            done.push((index, result));
        }
    };
    let mut results = std::thread::scope(|scope| {
        let work = &work;
        let threads: Vec<_> = (0..workers).map(|worker| scope.spawn(move || work(worker))).collect();
        let mut results = Vec::new();
        for thread in threads {
            results.extend(thread.join().ok().context("a worker ended without a result")??);
        }
        anyhow::Ok(results)
    })?;
    results.sort_by_key(|(index, _)| *index);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_the_order_of_the_jobs() {
        let jobs: Vec<usize> = (0..100).collect();
        let results = each(&jobs, 4, |worker, job| Ok((worker < 4, job * 2))).unwrap();
        assert_eq!(results, jobs.iter().map(|job| (true, job * 2)).collect::<Vec<_>>());
    }

    #[test]
    fn no_worker_has_two_jobs_at_once() {
        let busy = [AtomicUsize::new(0), AtomicUsize::new(0)];
        let jobs = [(); 1000];
        each(&jobs, 2, |worker, ()| {
            assert_eq!(busy[worker].fetch_add(1, Ordering::SeqCst), 0);
            std::thread::yield_now();
            busy[worker].fetch_sub(1, Ordering::SeqCst);
            Ok(())
        })
        .unwrap();
    }

    #[test]
    fn an_error_ends_it() {
        let jobs: Vec<usize> = (0..1000).collect();
        let begun = AtomicUsize::new(0);
        let result = each(&jobs, 1, |_, job| {
            begun.fetch_add(1, Ordering::SeqCst);
            anyhow::ensure!(*job != 3, "three");
            Ok(())
        });
        assert_eq!(result.unwrap_err().to_string(), "three");
        assert_eq!(begun.into_inner(), 4);
    }
}
