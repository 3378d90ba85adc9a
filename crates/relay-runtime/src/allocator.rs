//! Steady memory: large blocks go back to the system when they are freed.
//!
//! glibc's allocator raises the size from which it does so each time a large block is freed (mallopt(3),
//! `M_MMAP_THRESHOLD`: "dynamic"), and keeps more and more between small blocks: the peak grows with the file. Setting the
//! threshold turns that off. It can be set by a call, which is unsafe code, or by a variable that is read when a program
//! starts; so a program that will process packages sets the variable and starts itself again, in the same process.

use std::os::unix::process::CommandExt;
use std::process::Command;

const VARIABLE: &str = "MALLOC_MMAP_THRESHOLD_";
/// From which size on a block is mapped on its own, in bytes. Measured: the peak at 2 GB is 1.07 times that at 100 MB
/// (1.15 with glibc's own rule), for about a tenth more CPU time (docs/MEASUREMENTS.md).
const THRESHOLD_BYTES: &str = "524288";

/// Starts this program again with the threshold set, unless it is set. Returns only where that was not necessary or not
/// possible; then memory is merely less steady. Call first thing in `main`, before any thread exists.
pub fn keep_memory_steady() {
    #[expect(
        clippy::disallowed_methods,
        reason = "the allocator's own variable, not a setting of the relay"
    )]
    let is_set = std::env::var_os(VARIABLE).is_some();
    if is_set || !cfg!(target_env = "gnu") {
        return;
    }
    if let Ok(program) = std::env::current_exe() {
        let mut arguments = std::env::args_os();
        let name = arguments.next().unwrap_or_else(|| program.clone().into_os_string());
        // Comes back only with an error, for example when the program's file was replaced meanwhile.
        let _ = Command::new(program)
            .arg0(name)
            .args(arguments)
            .env(VARIABLE, THRESHOLD_BYTES)
            .exec();
    }
}
