//! Pure decisions: key safety, organization, envelope, content type, notification decoding. No I/O.
