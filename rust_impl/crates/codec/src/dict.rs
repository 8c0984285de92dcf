//! Python's `dict` and `set`: insertion order, and Python's notion of the same key.

use std::hash::{Hash, Hasher};

use indexmap::{IndexMap, IndexSet};

use crate::equality;
use crate::value::{Value, dismantle};

/// A value used as a key that Python cannot hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unhashable {
    /// The type as CPython shows it (`tp_name`)
    pub type_name: String,
}

impl std::fmt::Display for Unhashable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "unhashable type: '{}'", self.type_name)
    }
}

impl std::error::Error for Unhashable {}

/// A value that is known to be hashable, compared and hashed as Python does.
#[derive(Clone, Debug)]
struct Key(Value);

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.0.python_eq(&other.0)
    }
}

// Not reflexive for NaN, as in Python without its identity shortcut: two NaN keys are two entries.
impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        equality::hash(&self.0, state);
    }
}

/// A borrowed key.
#[derive(Clone, Copy)]
struct Probe<'a>(&'a Value);

impl Hash for Probe<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        equality::hash(self.0, state);
    }
}

impl indexmap::Equivalent<Key> for Probe<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        self.0.python_eq(&key.0)
    }
}

/// A Python `dict`: insertion ordered; `1`, `True` and `1.0` are one key (the first key stays, the last value wins);
/// NaN never equals NaN.
#[derive(Clone, Debug, Default)]
pub struct Dict(IndexMap<Key, Value>);

impl Dict {
    /// An empty dict.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// `dict(pairs)`
    ///
    /// # Errors
    /// [`Unhashable`] for the first key that cannot be one.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (Value, Value)>) -> Result<Self, Unhashable> {
        let mut dict = Self::new();
        for (key, value) in pairs {
            dict.insert(key, value)?;
        }
        Ok(dict)
    }

    /// `self[key] = value`; the value that was there before. A key that is already there stays as it is.
    ///
    /// # Errors
    /// [`Unhashable`]
    pub fn insert(&mut self, key: Value, value: Value) -> Result<Option<Value>, Unhashable> {
        equality::check_hashable(&key)?;
        Ok(self.0.insert(Key(key), value))
    }

    /// `self[key] = value` for a string key.
    pub fn set(&mut self, key: &str, value: Value) -> Option<Value> {
        self.0.insert(Key(Value::str(key)), value)
    }

    /// `self.get(key)`; an unhashable key is in no dict.
    #[must_use]
    pub fn get(&self, key: &Value) -> Option<&Value> {
        equality::check_hashable(key).ok()?;
        self.0.get(&Probe(key))
    }

    /// `self.get(key)` for a string key.
    #[must_use]
    pub fn get_str(&self, key: &str) -> Option<&Value> {
        self.get(&Value::str(key))
    }

    /// `key in self`
    #[must_use]
    pub fn contains(&self, key: &Value) -> bool {
        self.get(key).is_some()
    }

    /// `self.pop(key, None)`, keeping the order of the others.
    pub fn remove(&mut self, key: &Value) -> Option<Value> {
        equality::check_hashable(key).ok()?;
        self.0.shift_remove(&Probe(key))
    }

    /// `self.update(other)`
    pub fn update(&mut self, other: &Self) {
        for (key, value) in &other.0 {
            self.0.insert(key.clone(), value.clone());
        }
    }

    /// `len(self)`
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `self.items()`
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Value, &Value)> {
        self.0.iter().map(|(key, value)| (&key.0, value))
    }

    /// The entry at a position of the insertion order.
    #[must_use]
    pub fn get_index(&self, index: usize) -> Option<(&Value, &Value)> {
        self.0.get_index(index).map(|(key, value)| (&key.0, value))
    }

    /// `self.keys()`
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &Value> {
        self.0.keys().map(|key| &key.0)
    }

    /// `self.values()`
    pub fn values(&self) -> impl ExactSizeIterator<Item = &Value> {
        self.0.values()
    }

    pub(crate) fn drain_into(&mut self, pending: &mut Vec<Value>) {
        for (key, value) in self.0.drain(..) {
            pending.push(key.0);
            pending.push(value);
        }
    }
}

impl Drop for Dict {
    fn drop(&mut self) {
        if self
            .0
            .iter()
            .any(|(key, value)| key.0.nests() || value.nests())
        {
            let mut pending = Vec::new();
            self.drain_into(&mut pending);
            dismantle(pending);
        }
    }
}

/// A Python `set` or `frozenset`, in insertion order (CPython's own order is a property of its hash table).
#[derive(Clone, Debug, Default)]
pub struct Set(IndexSet<Key>);

impl Set {
    /// An empty set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// `set(items)`
    ///
    /// # Errors
    /// [`Unhashable`] for the first item that cannot be one.
    pub fn from_items(items: impl IntoIterator<Item = Value>) -> Result<Self, Unhashable> {
        let mut set = Self::new();
        for item in items {
            set.insert(item)?;
        }
        Ok(set)
    }

    /// `self.add(item)`; whether it is new.
    ///
    /// # Errors
    /// [`Unhashable`]
    pub fn insert(&mut self, item: Value) -> Result<bool, Unhashable> {
        equality::check_hashable(&item)?;
        Ok(self.0.insert(Key(item)))
    }

    /// `item in self`; an unhashable item is in no set.
    #[must_use]
    pub fn contains(&self, item: &Value) -> bool {
        equality::check_hashable(item).is_ok() && self.0.contains(&Probe(item))
    }

    /// `len(self)`
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no item.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The items in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Value> {
        self.0.iter().map(|key| &key.0)
    }

    /// The item at a position.
    #[must_use]
    pub fn get_index(&self, index: usize) -> Option<&Value> {
        self.0.get_index(index).map(|key| &key.0)
    }

    pub(crate) fn drain_into(&mut self, pending: &mut Vec<Value>) {
        pending.extend(self.0.drain(..).map(|key| key.0));
    }
}

impl Drop for Set {
    fn drop(&mut self) {
        if self.iter().any(Value::nests) {
            let mut pending = Vec::new();
            self.drain_into(&mut pending);
            dismantle(pending);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::{Dict, Set};
    use crate::value::Value;

    #[test]
    fn equal_numbers_are_one_key() {
        let dict = Dict::from_pairs([
            (Value::from(1), Value::str("int")),
            (Value::from(true), Value::str("bool")),
            (Value::from(1.0), Value::str("float")),
        ])
        .unwrap();
        assert_eq!(dict.len(), 1);
        assert_eq!(
            dict.get_index(0),
            Some((&Value::from(1), &Value::str("float")))
        );
    }

    #[test]
    fn nan_never_equals_nan() {
        let nan = || Value::from(f64::NAN);
        let dict = Dict::from_pairs([(nan(), Value::None), (nan(), Value::None)]).unwrap();
        assert_eq!(dict.len(), 2);
        assert!(!dict.contains(&nan()));
    }

    #[test]
    fn unhashable_keys_are_refused() {
        let mut dict = Dict::new();
        let key = Value::tuple(vec![Value::from(1), Value::list(vec![])]);
        assert_eq!(
            dict.insert(key.clone(), Value::None)
                .unwrap_err()
                .to_string(),
            "unhashable type: 'list'"
        );
        assert!(!dict.contains(&key));
        assert!(Set::from_items([Value::dict(Dict::new())]).is_err());
    }

    #[test]
    fn removal_keeps_the_order() {
        let mut dict = Dict::new();
        for key in ["a", "b", "c"] {
            dict.set(key, Value::None);
        }
        assert_eq!(dict.remove(&Value::str("a")), Some(Value::None));
        assert_eq!(
            dict.keys()
                .map(|key| key.as_str().unwrap())
                .collect::<Vec<_>>(),
            ["b", "c"]
        );
    }
}
