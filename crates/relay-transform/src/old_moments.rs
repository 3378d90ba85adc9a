//! Moments as Parquet files had them before there was a type for them: INT96, a day and nanoseconds of it. The library makes 64
//! bits of them and says nothing where they do not suffice: nanoseconds end in 2262, and 9999-12-31 is often no end.

use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::Type;
use parquet::column::reader::ColumnReaderImpl;
use parquet::data_type::{Int96, Int96Type};
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::serialized_reader::SerializedPageReader;
use parquet::schema::types::ColumnDescriptor;
use relay_model::Reason;

use crate::parquet_pages::damaged;
use crate::parquet_rows::guarded;

/// The Julian day of 1970-01-01.
const EPOCH: i128 = 2_440_588;
const DAY_NS: i128 = 86_400_000_000_000;
/// How many are looked at at a time.
const BATCH_RECORDS: usize = 256;

/// Whether a column has moments of this kind.
pub(crate) fn is_old(column: &ColumnDescriptor) -> bool {
    column.physical_type() == Type::INT96
}

/// Whether all of them in a row group can be told in nanoseconds, within 64 bits; otherwise microseconds are enough. Refused if
/// neither is so. The pages have been looked through before.
pub(crate) fn are_fine(file: &Bytes, group: &RowGroupMetaData) -> Result<bool, Reason> {
    let mut needs = Needs::default();
    guarded(|| {
        for column in group.columns().iter().filter(|column| is_old(column.column_descr())) {
            let rows = usize::try_from(group.num_rows()).unwrap_or(usize::MAX);
            let pages = SerializedPageReader::new(Arc::new(file.clone()), column, rows, None)?;
            let mut reader = ColumnReaderImpl::<Int96Type>::new(column.column_descr_ptr(), Box::new(pages));
            let (mut values, mut levels, mut repetitions) = (Vec::new(), Vec::new(), Vec::new());
            loop {
                values.clear();
                levels.clear();
                repetitions.clear();
                let (records, _, _) =
                    reader.read_records(BATCH_RECORDS, Some(&mut levels), Some(&mut repetitions), &mut values)?;
                if records == 0 {
                    break;
                }
                for value in &values {
                    needs.take_in(value);
                }
            }
        }
        Ok(())
    })?;
    match needs {
        Needs { beyond: true, .. } => Err(damaged("it has a moment of no calendar")),
        Needs { micros: false, .. } => Ok(true),
        Needs { nanos: false, .. } => Ok(false),
        Needs { .. } => Err(damaged(
            "it has moments in nanoseconds beside those that nanoseconds do not reach (before 1677 or after 2262)",
        )),
    }
}

/// What moments are not to be read without.
#[derive(Default)]
struct Needs {
    nanos: bool,
    micros: bool,
    beyond: bool,
}

impl Needs {
    fn take_in(&mut self, value: &Int96) {
        let &[low, high, day] = value.data() else { return };
        let of_day = i128::from((u64::from(high) << 32 | u64::from(low)).cast_signed());
        let moment = (i128::from(day.cast_signed()) - EPOCH) * DAY_NS + of_day;
        self.nanos |= moment % 1_000 != 0;
        self.micros |= i64::try_from(moment).is_err();
        self.beyond |= i64::try_from(moment / 1_000).is_err();
    }
}
