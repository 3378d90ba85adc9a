//! The words of Hybrid Relay as types: packages, organizations, custody, verdicts, audit events and their wire formats.
//!
//! Nothing here performs I/O, reads a clock or knows where it runs.

mod archive;
mod arrival;
mod contents;
mod custody;
mod data_class;
mod digest;
mod display;
mod duplicate;
mod event;
mod field;
mod ids;
mod limits;
mod notice;
mod organization;
mod organization_event;
mod personal;
mod privacy_policy;
mod reason;
mod record;
mod results;
mod schema;
mod sealed;
mod timestamp;

pub use archive::{
    ArchiveSummary, BagSummary, DataPackageSummary, FileSummary, PASSED_OVER, RuleFinding, StandardOutcome,
};
pub use arrival::{Arrival, ArrivalSource, Sequencer};
pub use contents::{ContentsKind, ContentsSummary, OpaqueScan, OpaqueSummary, PersonalInText};
pub use custody::{CustodyRecord, ObjectVersion};
pub use data_class::{DataClass, UnknownClassError};
pub use digest::{DigestError, Sha256Digest};
pub use display::{DISPLAY_CHARACTERS_MAX, error_chain, escape_for_display, push_escaped};
pub use duplicate::{Duplicate, DuplicateKind, Duplicates};
pub use event::{AuditEvent, EVENT_FORMAT_VERSION, EventBody, EventKind};
pub use field::{Field, FieldType};
pub use ids::{
    Attempt, BucketName, IdError, ORGANIZATION_ID_BYTES_MAX, ORGANIZATION_ID_BYTES_MIN, ObjectKey, OrganizationId,
    PackageId, VersionId,
};
pub use limits::{ArchiveLimits, ColumnNames, DataPackageLimits, Limits, TableLimits};
pub use notice::{NOTICE_BYTES_MAX, NOTICE_FORMAT_VERSION, Notice, NoticeError, NoticeKind};
pub use organization::{Organization, OrganizationSettings, SchemaChanges, TableRule};
pub use organization_event::{
    Author, OrganizationDetails, OrganizationEvent, OrganizationEventKind, OrganizationFacts, SettingsVersion,
    organization_of_trail, organization_trail,
};
pub use personal::{Basis, ColumnClass, ColumnReport, ReportError};
pub use privacy_policy::{OPAQUE_KEY, OpaqueRule, PolicyError, PrivacyPolicy, Treatment};
pub use reason::{Disposition, REASONS, Reason, ReasonCode, ReasonEntry};
pub use record::{PackageRecord, PackageState, Phase, TrailState};
pub use results::{BadRowNote, ColumnSummary, KeptAsText, ResultObject, SheetReading, TableReading, TableSummary};
pub use schema::{DEFAULT_MISSING_VALUES, SchemaError, TableSchema};
pub use sealed::{EventError, LoggedEvent, Sealed, SealedEvent, SealedOrganizationEvent, TrailHead};
pub use timestamp::{Timestamp, TimestampError};
