//! Cases in, observations out: one module per kind of case (`docs/cases.md`).

mod bytes;
mod channel;
mod graph;
mod json;
mod member;
pub mod tagged;
mod value;

use serde_json::{Value as Json, json};

/// Why a case could not be run at all.
#[derive(Debug)]
pub enum CaseError {
    /// The text is not JSON.
    NotJson(serde_json::Error),
    /// The JSON is not a case: where in it, and what was expected there.
    Malformed {
        /// JSON pointer of the offending member.
        at: String,
        /// What is wrong with it.
        what: String,
    },
    /// A kind of case that this build does not run.
    Unsupported(String),
}

impl std::fmt::Display for CaseError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotJson(error) => write!(f, "the case is not JSON: {error}"),
            Self::Malformed { at, what } => write!(f, "malformed case at {at}: {what}"),
            Self::Unsupported(what) => write!(f, "unsupported case: {what}"),
        }
    }
}

/// Runs one case and returns its observation, both as JSON text.
///
/// # Errors
/// [`CaseError`] when the text is not a case.
pub fn run(text: &str) -> Result<String, CaseError> {
    json::with(text, |case| {
        let kind = case
            .get("kind")
            .and_then(Json::as_str)
            .ok_or_else(|| CaseError::Malformed {
                at: "/kind".into(),
                what: "expected one of value, bytes, channel, graph".into(),
            })?;
        let events: Vec<Json> = observe(kind, case)?;
        Ok(json!({"kind": kind, "events": events}).to_string())
    })
}

/// The events of one case, by its kind.
fn observe(kind: &str, case: &Json) -> Result<Vec<Json>, CaseError> {
    match kind {
        "value" => value::observe(case),
        "bytes" => bytes::observe(case),
        "channel" => channel::observe(case),
        "graph" => graph::observe(case),
        other => Err(CaseError::Unsupported(format!("kind {other:?}"))),
    }
}
