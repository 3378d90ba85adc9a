//! Trails: what may follow what, the package record folded from events, verification.
