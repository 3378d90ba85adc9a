//! Hostile input: any bytes at all, lines without end, readers and writers that fail.

use std::io::{self, Read, Write};

use proptest::prelude::*;
use relay_model::TableLimits;
use relay_transform::{ColumnPlan, ParquetSink, TableOutputs, TablePlan, TransformError, Watch, transform_table};

use crate::support::Setup;

proptest! {
    #[test]
    fn any_bytes_have_an_outcome(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        Setup::inferred().lenient().run(&bytes);
        Setup::inferred().lenient().csv().run(&bytes);
    }

    #[test]
    fn any_text_of_structure_has_an_outcome_and_every_row_is_accounted_for(
        text in "([a1,\"\r\n]|\"\"|,,|\\{\"a\":|\\}|é|\n|1\\.5|true|null){0,80}",
        row_bytes_max in 4_usize..60,
    ) {
        let limit = |setup: Setup| setup.lenient().limit(|limits| limits.row_bytes_max = row_bytes_max);
        for text in [format!("a,b\n{text}"), format!("{{\"a\":1}}\n{text}")] {
            let ran = limit(Setup::inferred()).run(&text);
            if let relay_transform::TableOutcome::Complete(report) = &ran.outcome {
                prop_assert_eq!(ran.rows().len() as u64, report.summary.rows);
                prop_assert_eq!(ran.bad().len() as u64, report.summary.bad_rows);
            }
            limit(Setup::declared(&["a:integer", "b:boolean"])).run(&text);
        }
    }
}

/// A header, a row, one line of `left` bytes, and a last row.
struct LongLine {
    left: u64,
    head: &'static [u8],
    tail: &'static [u8],
}

impl Read for LongLine {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.head.is_empty() {
            return self.head.read(buffer);
        }
        let length = (buffer.len() as u64).min(self.left) as usize;
        if length == 0 {
            return self.tail.read(buffer);
        }
        buffer[..length].fill(b'x');
        self.left -= length as u64;
        Ok(length)
    }
}

#[test]
fn a_line_of_64_mib_is_one_bad_row() {
    for (head, tail) in [
        (&b"a,b\n1,2\n"[..], &b"\n3,4\n"[..]),
        (b"a,b\n1,2\n\"", b"\"\n3,4\n"),
        (b"{\"a\":1}\n{\"a\":\"", b"\"}\n{\"a\":2}\n"),
    ] {
        let ran = Setup::inferred()
            .lenient()
            .try_run(|| LongLine {
                left: 64 << 20,
                head,
                tail,
            })
            .unwrap();
        assert_eq!((ran.summary().rows, ran.summary().bad_rows), (2, 1));
        assert!(ran.bad()[0].contains("/2/row_too_long/"), "{:?}", ran.bad());
    }
}

struct Failing<'a>(&'a [u8]);

impl Read for Failing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(io::ErrorKind::ConnectionReset.into()),
            read => Ok(read),
        }
    }
}

#[test]
fn an_input_that_fails_is_no_verdict_on_the_content() {
    let packed = zstd::encode_all(&b"a,b\n1,2\n"[..], 3).unwrap();
    for bytes in [
        &b"a,b\n1,2\n"[..],
        b"",
        b"{\"a\":1}\n",
        &packed,
        &packed[..packed.len() - 2],
        &[0x1f, 0x8b, 8],
    ] {
        for threads in [1, 2] {
            let error = Setup::inferred()
                .threads(threads)
                .try_run(|| Failing(bytes))
                .unwrap_err();
            assert!(
                matches!(&error, TransformError::Input(cause) if cause.kind() == io::ErrorKind::ConnectionReset),
                "{error:?}"
            );
        }
    }
}

struct Full;

impl Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_told_from_other_failures() {
    let plan = TablePlan::new(ColumnPlan::Inferred);
    let limits = TableLimits {
        bad_rows_percent_max: 100,
        ..TableLimits::default()
    };
    for (text, table_is_full) in [
        ("a,b\n1,2\n", true),
        ("a,b\n1,2\n3,4\n5,6\n7,8\n9,0\n1,2\n1,2\n1,2\n1,2\n1\n", false),
    ] {
        let (mut full, mut fine) = (Full, Vec::new());
        let outputs = if table_is_full {
            TableOutputs {
                rows: &mut ParquetSink::new(&mut full),
                bad_rows: &mut fine,
            }
        } else {
            TableOutputs {
                rows: &mut ParquetSink::new(&mut fine),
                bad_rows: &mut full,
            }
        };
        let error = transform_table(text.as_bytes(), &plan, &limits, outputs, &Watch::none()).unwrap_err();
        assert!(
            matches!(&error, TransformError::Output(cause) if cause.kind() == io::ErrorKind::StorageFull),
            "{error:?}"
        );
    }
}

#[test]
fn a_transform_that_is_stopped_says_so() {
    for threads in [1, 2] {
        let setup = Setup::inferred().threads(threads);
        let stop_after = std::sync::atomic::AtomicU64::new(0);
        let watch = Watch {
            is_cancelled: &|| stop_after.load(std::sync::atomic::Ordering::SeqCst) > 1_000_000,
            on_progress: &|read| stop_after.store(read, std::sync::atomic::Ordering::SeqCst),
        };
        let (mut table, mut bad_rows) = (Vec::new(), Vec::new());
        let outputs = TableOutputs {
            rows: &mut ParquetSink::new(&mut table),
            bad_rows: &mut bad_rows,
        };
        let endless = LongLine {
            left: 1 << 40,
            head: b"a,b\n1,2\n",
            tail: b"",
        };
        let error = transform_table(endless, &setup.plan, &setup.limits, outputs, &watch).unwrap_err();
        assert!(matches!(error, TransformError::Cancelled), "{error:?}");
    }
}
