//! Streams: bytes or rows in, bytes or Parquet out, hashed as they pass.
