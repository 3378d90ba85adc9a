//! Runs a table through the transform and reads the result back.

use std::io::Read;
use std::num::NonZeroUsize;
use std::sync::Arc;

use arrow_ipc::reader::StreamReader;
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use relay_model::{
    ColumnReport, FieldType, PrivacyPolicy, Reason, ReasonCode, SchemaChanges, Sha256Digest, TableLimits, TableRule,
    TableSchema, TableSummary,
};
use relay_privacy::{Redactor, TokenKey};
use relay_transform::{
    ArrowSink, ColumnPlan, ParquetSink, RegisteredTable, TableFormat, TableOutcome, TableOutputs, TablePlan,
    TransformError, Watch, transform_table,
};

/// What came of a transform, its second pass included.
#[derive(Debug)]
pub struct Ran {
    pub outcome: TableOutcome,
    pub table: Vec<u8>,
    pub bad_rows: String,
}

/// The key of all tokens here.
pub const KEY: [u8; 32] = [7; 32];

pub struct Setup {
    pub plan: TablePlan,
    pub limits: TableLimits,
}

impl Setup {
    pub fn inferred() -> Self {
        Self {
            plan: TablePlan::new(ColumnPlan::Inferred),
            limits: TableLimits::default(),
        }
    }

    /// `name:type` pairs; an exclamation mark behind the type makes it required.
    pub fn declared(fields: &[&str]) -> Self {
        let fields: Vec<serde_json::Value> = fields
            .iter()
            .map(|field| {
                let (name, kind) = field.split_once(':').unwrap();
                let required = kind.ends_with('!');
                serde_json::json!({"name": name, "type": kind.trim_end_matches('!'), "required": required})
            })
            .collect();
        let schema: TableSchema = serde_json::from_value(serde_json::json!({"fields": fields})).unwrap();
        Self {
            plan: TablePlan::new(exactly(schema)),
            limits: lenient(),
        }
    }

    pub fn lenient(mut self) -> Self {
        self.limits = lenient();
        self
    }

    /// The same columns, of which compatible changes pass.
    pub fn registered(mut self) -> Self {
        if let ColumnPlan::Declared(table) = &self.plan.columns {
            self.plan.columns = declared(TableRule {
                changes: SchemaChanges::Compatible,
                ..table.rule().clone()
            });
        }
        self
    }

    /// The same columns, in a text of this encoding.
    pub fn encoding(mut self, label: &str) -> Self {
        if let ColumnPlan::Declared(table) = &self.plan.columns {
            self.plan.columns = declared(TableRule {
                encoding: Some(label.to_owned()),
                ..table.rule().clone()
            });
        }
        self
    }

    pub fn csv(mut self) -> Self {
        self.plan.format = Some(TableFormat::Csv { delimiter: b',' });
        self
    }

    pub fn threads(mut self, threads: usize) -> Self {
        self.plan.threads = NonZeroUsize::new(threads).unwrap();
        self
    }

    /// With personal data treated, under [`KEY`].
    pub fn treated(mut self, policy: PrivacyPolicy) -> Self {
        let redactor = Redactor::new(policy, Some(TokenKey::new(KEY))).unwrap();
        self.plan.redactor = Some(Arc::new(redactor));
        self
    }

    pub fn limit(mut self, set: impl FnOnce(&mut TableLimits)) -> Self {
        set(&mut self.limits);
        self
    }

    // Whatever a table is, an Arrow stream has the same rows as the Parquet file.
    fn assert_other_sink_gets_the_same<R: Read + Send>(
        &self,
        open: &impl Fn() -> R,
        plan: &TablePlan,
        expected: &TableOutcome,
        parquet: &[u8],
        rows: u64,
    ) {
        let (mut stream, mut bad_rows) = (Vec::new(), Vec::new());
        let mut sink = ArrowSink::new(&mut stream);
        let outputs = TableOutputs {
            rows: &mut sink,
            bad_rows: &mut bad_rows,
        };
        let outcome = transform_table(open(), plan, &self.limits, outputs, &Watch::none()).unwrap();
        drop(sink);
        assert_eq!(outcome, *expected);
        let rows = usize::try_from(rows).unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(Bytes::copy_from_slice(parquet)).unwrap();
        let schema = reader.schema().clone();
        let mut whole = reader.with_batch_size(rows.max(1)).build().unwrap();
        let whole = whole.next().map(Result::unwrap);
        let batches = StreamReader::try_new(stream.as_slice(), None).unwrap();
        assert_eq!(batches.schema(), schema);
        let mut seen = 0;
        for batch in batches.map(Result::unwrap) {
            let of_parquet = whole.as_ref().unwrap().slice(seen, batch.num_rows());
            assert_eq!(batch.columns(), of_parquet.columns(), "from row {seen} on");
            seen += batch.num_rows();
        }
        assert_eq!(seen, rows);
    }

    pub fn try_run<R: Read + Send>(&self, open: impl Fn() -> R) -> Result<Ran, TransformError> {
        let mut plan = self.plan.clone();
        loop {
            let (mut table, mut bad_rows) = (Vec::new(), Vec::new());
            let mut sink = ParquetSink::new(&mut table);
            let outputs = TableOutputs {
                rows: &mut sink,
                bad_rows: &mut bad_rows,
            };
            let outcome = transform_table(open(), &plan, &self.limits, outputs, &Watch::none())?;
            drop(sink);
            if let TableOutcome::NeedsAnotherPass { learnt, .. } = outcome {
                assert!(plan.learnt.is_none(), "a third pass was asked for");
                plan.learnt = Some(learnt);
                continue;
            }
            if let TableOutcome::Complete(report) = &outcome {
                self.assert_other_sink_gets_the_same(&open, &plan, &outcome, &table, report.summary.rows);
            }
            return Ok(Ran {
                outcome,
                table,
                bad_rows: String::from_utf8(bad_rows).unwrap(),
            });
        }
    }

    pub fn run(&self, bytes: impl AsRef<[u8]>) -> Ran {
        let ran = self.try_run(|| bytes.as_ref()).unwrap();
        let digested = match &ran.outcome {
            TableOutcome::Complete(report) => report.digested,
            TableOutcome::Quarantine { digested, .. } | TableOutcome::NotATable { digested, .. } => *digested,
            TableOutcome::NeedsAnotherPass { .. } => unreachable!("run goes on to the second pass"),
        };
        assert_eq!(
            digested.sha256,
            Sha256Digest::of(bytes.as_ref()),
            "every byte is hashed, whatever the outcome"
        );
        assert_eq!(digested.size_bytes, bytes.as_ref().len() as u64);
        ran
    }
}

/// Columns of a schema of which no change passes.
pub fn exactly(schema: TableSchema) -> ColumnPlan {
    declared(TableRule {
        changes: SchemaChanges::None,
        ..TableRule::new("**", schema)
    })
}

fn declared(rule: TableRule) -> ColumnPlan {
    ColumnPlan::Declared(Arc::new(RegisteredTable::new(rule).unwrap()))
}

/// Bad rows in any number and share.
fn lenient() -> TableLimits {
    TableLimits {
        bad_rows_max: u64::MAX,
        bad_rows_percent_max: 100,
        ..TableLimits::default()
    }
}

impl Ran {
    pub fn summary(&self) -> &TableSummary {
        match &self.outcome {
            TableOutcome::Complete(report) => &report.summary,
            other => panic!("{other:?}"),
        }
    }

    pub fn reason(&self) -> &Reason {
        match &self.outcome {
            TableOutcome::Quarantine { reason, .. } => reason,
            other => panic!("{other:?}"),
        }
    }

    pub fn code(&self) -> ReasonCode {
        self.reason().code
    }

    pub fn is_not_a_table(&self) -> bool {
        matches!(self.outcome, TableOutcome::NotATable { .. })
    }

    pub fn types(&self) -> Vec<(String, FieldType, bool)> {
        let columns = self.summary().columns.iter();
        columns
            .map(|column| (column.name.clone(), column.field_type, column.zoned))
            .collect()
    }

    /// The rows of the Parquet file, each value as text; `null` where there is none.
    pub fn rows(&self) -> Vec<Vec<String>> {
        let summary = self.summary();
        let reader = SerializedFileReader::new(Bytes::from(self.table.clone())).unwrap();
        let rows: Vec<Vec<String>> = reader
            .get_row_iter(None)
            .unwrap()
            .map(|row| {
                row.unwrap()
                    .get_column_iter()
                    .map(|(_, value)| as_text(value))
                    .collect()
            })
            .collect();
        assert_eq!(rows.len() as u64, summary.rows);
        for (index, column) in summary.columns.iter().enumerate() {
            let missing = rows.iter().filter(|row| row[index] == "null").count() as u64;
            assert_eq!(missing, column.missing, "{}", column.name);
        }
        rows
    }

    /// What the Parquet file says under a key of its own.
    pub fn metadata(&self, key: &str) -> Option<String> {
        let reader = SerializedFileReader::new(Bytes::from(self.table.clone())).unwrap();
        let pairs = reader.metadata().file_metadata().key_value_metadata()?;
        pairs.iter().find(|pair| pair.key == key)?.value.clone()
    }

    /// One column of the Parquet file.
    pub fn column(&self, name: &str) -> Vec<String> {
        let columns = &self.summary().columns;
        let index = columns.iter().position(|column| column.name == name).unwrap();
        self.rows().into_iter().map(|mut row| row.swap_remove(index)).collect()
    }

    /// What is said of the personal data in a column.
    pub fn report(&self, name: &str) -> Option<ColumnReport> {
        let column = self.summary().columns.iter().find(|column| column.name == name);
        column.unwrap().personal
    }

    /// `line/row/reason/column` of each bad row.
    pub fn bad(&self) -> Vec<String> {
        let line = |line: &str| {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            assert!(value["message"].is_string());
            let column = value["column"].as_str().unwrap_or("-");
            format!(
                "{}/{}/{}/{column}",
                value["line"],
                value["row"],
                value["reason"].as_str().unwrap()
            )
        };
        self.bad_rows.lines().map(line).collect()
    }
}

fn as_text(value: &Field) -> String {
    match value {
        Field::Null => "null".to_owned(),
        Field::Str(text) => format!("'{text}'"),
        Field::Long(value) => value.to_string(),
        Field::Double(value) => format!("{value:?}"),
        Field::Bool(value) => value.to_string(),
        Field::Date(days) => format!("day {days}"),
        Field::TimestampMicros(micros) => format!("at {micros}"),
        Field::TimeMicros(micros) => micros.to_string(),
        other => panic!("{other:?}"),
    }
}

/// Gives one byte at a time.
pub struct Dripping<'a>(pub &'a [u8]);

impl Read for Dripping<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = buffer.len().min(1);
        self.0.read(&mut buffer[..length])
    }
}
