//! The reducers that cases name (`docs/cases.md` §3), and those that a Rust user brings.

use std::fmt;
use std::sync::Arc;

use codec::Value;

use crate::error::Error;

/// What a reducer of the user's own does with the current value and an update.
pub type Function = dyn Fn(&Value, Value) -> Result<Value, Error> + Send + Sync;

/// A reducer. As a batch reducer it folds the updates from the left.
#[derive(Clone)]
pub enum Reducer {
    /// Concatenates two lists.
    AddList,
    /// Adds two ints.
    AddInt,
    /// Concatenates two strings.
    ConcatStr,
    /// Merges the update into a dict.
    MergeDict,
    /// Takes the update.
    LastWins,
    /// Makes a list of the two.
    Pair,
    /// Takes the update unless it is `None`.
    FailOnNone,
    /// The user's own.
    Custom(Arc<Function>),
}

impl Reducer {
    /// The binary reducer of that name.
    #[must_use]
    pub fn binary(name: &str) -> Option<Self> {
        Some(match name {
            "add_list" => Self::AddList,
            "add_int" => Self::AddInt,
            "concat_str" => Self::ConcatStr,
            "merge_dict" => Self::MergeDict,
            "last_wins" => Self::LastWins,
            "pair" => Self::Pair,
            "fail_on_none" => Self::FailOnNone,
            _ => return None,
        })
    }

    /// The batch reducer of that name, which folds a binary one from the left.
    #[must_use]
    pub fn batch(name: &str) -> Option<Self> {
        match name {
            "fold:add_list" | "fold:merge_dict" | "fold:last_wins" => {
                Self::binary(name.trim_start_matches("fold:"))
            }
            _ => None,
        }
    }

    /// A reducer of the user's own.
    pub fn custom(
        function: impl Fn(&Value, Value) -> Result<Value, Error> + Send + Sync + 'static,
    ) -> Self {
        Self::Custom(Arc::new(function))
    }

    /// `f(current, update)`
    ///
    /// # Errors
    /// What the reducer raises for values that it does not take.
    pub fn apply(&self, current: &Value, update: Value) -> Result<Value, Error> {
        match self {
            Self::Custom(function) => function(current, update),
            named => named.apply_to(Some(current), update),
        }
    }

    /// `f(current, updates)`, folding from the left. A `current` of `None` is upstream's `MISSING`, which is of no type.
    ///
    /// # Errors
    /// What the reducer raises for values that it does not take.
    pub fn fold(&self, current: Option<&Value>, updates: Vec<Value>) -> Result<Value, Error> {
        let mut updates = updates.into_iter();
        let mut folded = match (current, updates.next()) {
            (Some(current), Some(first)) => self.apply(current, first)?,
            (None, Some(first)) => self.apply_to(None, first)?,
            (Some(current), None) => current.clone(),
            (None, None) => return Err(Error::value("nothing to fold")),
        };
        for update in updates {
            folded = self.apply(&folded, update)?;
        }
        Ok(folded)
    }

    fn apply_to(&self, current: Option<&Value>, update: Value) -> Result<Value, Error> {
        match self {
            Self::AddList => match (current.and_then(Value::as_list), update.as_list()) {
                (Some(left), Some(right)) => Ok(Value::list([left, right].concat())),
                _ => Err(Error::type_("add_list: expected lists")),
            },
            Self::AddInt => match (current.and_then(Value::as_int), update.as_int()) {
                (Some(left), Some(right)) => Ok(Value::Int(left.add(right))),
                _ => Err(Error::type_("add_int: expected ints")),
            },
            Self::ConcatStr => match (current.and_then(text), text(&update)) {
                (Some(left), Some(right)) => Value::from_surrogatepass(&[left, right].concat())
                    .ok_or_else(|| Error::type_("concat_str: expected strings")),
                _ => Err(Error::type_("concat_str: expected strings")),
            },
            Self::MergeDict => match (current.and_then(Value::as_dict), update.as_dict()) {
                (Some(left), Some(right)) => {
                    let mut merged = left.clone();
                    merged.update(right);
                    Ok(Value::dict(merged))
                }
                _ => Err(Error::type_("merge_dict: expected dicts")),
            },
            Self::LastWins => Ok(update),
            Self::Pair => match current {
                Some(current) => Ok(Value::list(vec![current.clone(), update])),
                None => Err(Error::type_("pair: no current value")),
            },
            Self::FailOnNone if update == Value::None => {
                Err(Error::value("fail_on_none: got None"))
            }
            Self::FailOnNone => Ok(update),
            Self::Custom(function) => match current {
                Some(current) => function(current, update),
                None => Err(Error::type_("reducer: no current value")),
            },
        }
    }
}

/// The UTF-8 of a `str` (or of a subclass of `str`), lone surrogates included.
fn text(value: &Value) -> Option<&[u8]> {
    match value.plain() {
        Value::Str(text) => Some(text.as_bytes()),
        Value::Surrogates(data) => Some(data),
        _ => None,
    }
}

/// Two are equal if they have one name, or are the very same function of the user's.
impl PartialEq for Reducer {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Custom(left), Self::Custom(right)) => Arc::ptr_eq(left, right),
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

impl fmt::Debug for Reducer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AddList => "add_list",
            Self::AddInt => "add_int",
            Self::ConcatStr => "concat_str",
            Self::MergeDict => "merge_dict",
            Self::LastWins => "last_wins",
            Self::Pair => "pair",
            Self::FailOnNone => "fail_on_none",
            Self::Custom(_) => "custom",
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::Reducer;
    use crate::error::Error;
    use codec::{Dict, Value};

    fn apply(name: &str, left: Value, right: Value) -> Result<Value, Error> {
        Reducer::binary(name).unwrap().apply(&left, right)
    }

    fn ints(items: &[i64]) -> Value {
        Value::list(items.iter().map(|item| Value::from(*item)).collect())
    }

    fn dict(items: &[(&str, i64)]) -> Value {
        let mut dict = Dict::new();
        for (key, value) in items {
            dict.set(key, Value::from(*value));
        }
        Value::dict(dict)
    }

    #[test]
    fn each_does_what_its_name_says() {
        assert_eq!(apply("add_list", ints(&[1]), ints(&[2])), Ok(ints(&[1, 2])));
        assert_eq!(apply("add_int", 1.into(), 2.into()), Ok(3.into()));
        assert_eq!(apply("concat_str", "a".into(), "b".into()), Ok("ab".into()));
        assert_eq!(
            apply(
                "merge_dict",
                dict(&[("a", 1), ("b", 2)]),
                dict(&[("c", 3), ("a", 4)])
            ),
            Ok(dict(&[("a", 4), ("b", 2), ("c", 3)]))
        );
        assert_eq!(apply("last_wins", 1.into(), Value::None), Ok(Value::None));
        assert_eq!(apply("pair", 1.into(), 2.into()), Ok(ints(&[1, 2])));
        assert_eq!(apply("fail_on_none", 1.into(), 2.into()), Ok(2.into()));
    }

    #[test]
    fn each_refuses_what_it_does_not_take() {
        for (name, value, message) in [
            ("add_list", Value::tuple(vec![]), "add_list: expected lists"),
            ("add_int", Value::from(true), "add_int: expected ints"),
            (
                "concat_str",
                Value::bytes(b"a"),
                "concat_str: expected strings",
            ),
            ("merge_dict", ints(&[]), "merge_dict: expected dicts"),
        ] {
            assert_eq!(
                apply(name, value.clone(), value),
                Err(Error::type_(message))
            );
        }
        assert_eq!(
            apply("fail_on_none", 1.into(), Value::None),
            Err(Error::value("fail_on_none: got None"))
        );
    }

    #[test]
    fn two_halves_of_a_surrogate_pair_stay_two() {
        let high = Value::from_surrogatepass(b"\xed\xa0\xbd").unwrap();
        let low = Value::from_surrogatepass(b"\xed\xb8\x80").unwrap();
        assert_eq!(
            apply("concat_str", high, low),
            Ok(Value::from_surrogatepass(b"\xed\xa0\xbd\xed\xb8\x80").unwrap())
        );
    }

    #[test]
    fn a_batch_folds_from_the_left() {
        let fold = |name| Reducer::batch(name).unwrap();
        let updates = || vec![ints(&[2]), ints(&[3])];
        assert_eq!(
            fold("fold:add_list").fold(Some(&ints(&[1])), updates()),
            Ok(ints(&[1, 2, 3]))
        );
        assert_eq!(fold("fold:last_wins").fold(None, updates()), Ok(ints(&[3])));
        assert_eq!(
            fold("fold:add_list").fold(None, updates()),
            Err(Error::type_("add_list: expected lists"))
        );
        assert_eq!(Reducer::batch("fold:pair"), None);
        assert_eq!(Reducer::batch("add_list"), None);
        assert_eq!(Reducer::binary("fold:add_list"), None);
    }

    #[test]
    fn the_users_own_are_equal_only_to_themselves() {
        let own = || Reducer::custom(|current, _| Ok(current.clone()));
        let (left, right) = (own(), own());
        assert_eq!(left, left.clone());
        assert_ne!(left, right);
        assert_ne!(left, Reducer::Pair);
        assert_eq!(left.apply(&1.into(), 2.into()), Ok(1.into()));
    }
}
