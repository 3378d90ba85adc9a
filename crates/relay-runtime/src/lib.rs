//! Configuration from the environment, telemetry, shutdown, error reporting.
