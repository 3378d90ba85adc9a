//! The ports on a file system, SQLite and worker tasks.
