//! Parts of a case, with their places, so that a refusal can name one.

use codec::Value;
use serde_json::Value as Json;

use super::{CaseError, tagged};

/// A part of the case and where it is.
pub struct Member<'a> {
    /// The part.
    pub json: &'a Json,
    /// Its JSON pointer.
    pub at: String,
}

impl<'a> Member<'a> {
    /// A member of the case.
    pub fn of(case: &'a Json, name: &str) -> Result<Self, CaseError> {
        Member {
            json: case,
            at: String::new(),
        }
        .get(name)
    }

    /// A member of this part.
    pub fn get(&self, name: &str) -> Result<Self, CaseError> {
        match self.json.get(name) {
            Some(json) => Ok(Self {
                json,
                at: format!("{}/{name}", self.at),
            }),
            None => self.fault(&format!("missing member {name:?}")),
        }
    }

    /// Refuses this part.
    pub fn fault<T>(&self, what: &str) -> Result<T, CaseError> {
        Err(CaseError::Malformed {
            at: self.at.clone(),
            what: what.to_owned(),
        })
    }

    /// What was found here, or a refusal.
    pub fn expected<T>(&self, what: &str, found: Option<T>) -> Result<T, CaseError> {
        match found {
            Some(found) => Ok(found),
            None => self.fault(&format!("expected {what}")),
        }
    }

    /// A string.
    pub fn text(&self) -> Result<&'a str, CaseError> {
        self.expected("a string", self.json.as_str())
    }

    /// The items of an array, each with its place.
    pub fn items(&self) -> Result<Vec<Self>, CaseError> {
        let items = self.array()?.iter().enumerate();
        Ok(items
            .map(|(index, json)| Self {
                json,
                at: format!("{}/{index}", self.at),
            })
            .collect())
    }

    /// A tagged value.
    pub fn value(&self) -> Result<Value, CaseError> {
        tagged::read(self.json, &self.at)
    }

    /// A bool.
    pub fn flag(&self) -> Result<bool, CaseError> {
        self.expected("true or false", self.json.as_bool())
    }

    /// An integer.
    pub fn integer(&self) -> Result<i64, CaseError> {
        self.expected("an integer", self.json.as_i64())
    }

    /// An array.
    pub fn array(&self) -> Result<&'a [Json], CaseError> {
        self.expected("an array", self.json.as_array().map(Vec::as_slice))
    }

    /// What a name stands for.
    pub fn named<T>(
        &self,
        kind: &str,
        find: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, CaseError> {
        let name = self.text()?;
        match find(name) {
            Some(found) => Ok(found),
            None => self.fault(&format!("unknown {kind} {name:?}")),
        }
    }

    /// An array of tagged values.
    pub fn values(&self) -> Result<Vec<Value>, CaseError> {
        let items = self.array()?.iter().enumerate();
        items
            .map(|(index, item)| tagged::read(item, &format!("{}/{index}", self.at)))
            .collect()
    }
}
