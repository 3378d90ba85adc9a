//! Stateful fakes, seeded faults and the conformance suites of the ports. For tests only.
