//! The host whose values are the codec's.

use std::sync::Arc;

use channels::Host;
use codec::{Dict, Set, Unhashable, Value};

use crate::error::Error;
use crate::reducers::Reducer;
use crate::text;

/// The key of an `Overwrite` in its dict forms.
const OVERWRITE: &str = "__overwrite__";

/// The value type of a reducing channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// `list`
    List,
    /// `int`
    Int,
    /// `str`
    Str,
    /// `dict`
    Dict,
    /// `float`
    Float,
    /// `typing.Any`, which cannot be called.
    Any,
}

impl Type {
    /// The type of that name in a case.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "list" => Self::List,
            "int" => Self::Int,
            "str" => Self::Str,
            "dict" => Self::Dict,
            "float" => Self::Float,
            "any" => Self::Any,
            _ => return None,
        })
    }
}

/// The native host: plain values that never change once they are shared.
///
/// Python would show three things here that plain values cannot: that a checkpoint of a `Topic` or a barrier is the
/// channel's own list or set and changes with it; that a set's items have the order of a hash table (here: the order in
/// which they came); and that a checkpoint of the wrong type is taken and fails only when used (here it is refused when
/// it is read, with a `TypeError`).
#[derive(Clone, Copy, Debug, Default)]
pub struct NativeHost;

impl Host for NativeHost {
    type Value = Value;
    type Error = Error;
    type Reducer = Reducer;
    type Type = Type;
    type List = Vec<Value>;
    type Set = Arc<Set>;

    fn dup(&self, value: &Value) -> Value {
        value.clone()
    }

    fn dup_reducer(&self, reducer: &Reducer) -> Reducer {
        reducer.clone()
    }

    fn dup_type(&self, typ: &Type) -> Type {
        *typ
    }

    fn same_reducer(&self, left: &Reducer, right: &Reducer) -> Result<bool, Error> {
        Ok(left == right)
    }

    fn reduce(
        &self,
        reducer: &Reducer,
        current: Option<&Value>,
        update: Value,
    ) -> Result<Value, Error> {
        reducer.fold(current, vec![update])
    }

    fn reduce_batch(
        &self,
        reducer: &Reducer,
        current: Option<&Value>,
        updates: Vec<Value>,
    ) -> Result<Value, Error> {
        reducer.fold(current, updates)
    }

    fn default_of(&self, typ: &Type) -> Result<Value, Error> {
        match typ {
            Type::List => Ok(Value::list(Vec::new())),
            Type::Int => Ok(Value::from(0)),
            Type::Str => Ok(Value::str("")),
            Type::Dict => Ok(Value::dict(Dict::new())),
            Type::Float => Ok(Value::from(0.0)),
            Type::Any => Err(Error::type_("Any cannot be instantiated")),
        }
    }

    /// A shared value never changes, so it is its own copy.
    fn shallow_copy(&self, value: &Value) -> Result<Value, Error> {
        match value {
            Value::MemoryView(_) => Err(Error::type_("cannot pickle memoryview objects")),
            other => Ok(other.clone()),
        }
    }

    fn overwrite(&self, value: &Value) -> Result<Option<Value>, Error> {
        if let Value::Object(object) = value
            && is_overwrite(object)
        {
            return Ok(object
                .payload
                .as_dict()
                .and_then(|fields| fields.get_str("value"))
                .cloned());
        }
        let Some(dict) = value.as_dict() else {
            return Ok(None);
        };
        if dict.len() == 1
            && let Some(inner) = dict.get_str(OVERWRITE)
        {
            return Ok(Some(inner.clone()));
        }
        let typed = dict
            .get_str("type")
            .is_some_and(|kind| kind.python_eq(&Value::str(OVERWRITE)));
        Ok(typed.then(|| dict.get_str("value").cloned()).flatten())
    }

    fn snapshot(&self, value: &Value) -> Result<Option<Value>, Error> {
        Ok(match value {
            Value::DeltaSnapshot(inner) => Some((**inner).clone()),
            _ => None,
        })
    }

    fn none(&self) -> Value {
        Value::None
    }

    fn is_none(&self, value: &Value) -> bool {
        matches!(value, Value::None)
    }

    fn bool(&self, value: bool) -> Value {
        Value::Bool(value)
    }

    fn truthy(&self, value: &Value) -> Result<bool, Error> {
        Ok(value.truthy())
    }

    fn display(&self, value: &Value) -> Result<String, Error> {
        Ok(text::display(value))
    }

    fn pair(&self, first: Value, second: Value) -> Result<Value, Error> {
        Ok(Value::tuple(vec![first, second]))
    }

    fn unpack_pair(&self, value: Value) -> Result<(Value, Value), Error> {
        let Some(items) = items_of(&value) else {
            return Err(Error::type_(format!(
                "cannot unpack non-iterable {} object",
                value.type_name()
            )));
        };
        match items.as_slice() {
            [first, second] => Ok((first.clone(), second.clone())),
            [] | [_] => Err(Error::value(format!(
                "not enough values to unpack (expected 2, got {})",
                items.len()
            ))),
            _ => Err(Error::value("too many values to unpack (expected 2)")),
        }
    }

    fn second_of_tuple(&self, value: &Value) -> Result<Option<Value>, Error> {
        match value {
            // A named tuple too.
            Value::DeltaSnapshot(_) => Err(index_error()),
            other => match other.as_tuple() {
                Some([_, second, ..]) => Ok(Some(second.clone())),
                Some(_) => Err(index_error()),
                None => Ok(None),
            },
        }
    }

    fn flatten(&self, value: Value, into: &mut Vec<Value>) -> Result<(), Error> {
        match value.as_list() {
            Some(items) => into.extend_from_slice(items),
            None => into.push(value),
        }
        Ok(())
    }

    fn new_list(&self) -> Vec<Value> {
        Vec::new()
    }

    fn extend_list(&self, list: &mut Vec<Value>, items: Vec<Value>) -> Result<(), Error> {
        list.extend(items);
        Ok(())
    }

    fn list_is_empty(&self, list: &Vec<Value>) -> Result<bool, Error> {
        Ok(list.is_empty())
    }

    fn dup_list(&self, list: &Vec<Value>) -> Vec<Value> {
        list.clone()
    }

    fn copy_list(&self, list: &Vec<Value>) -> Result<Vec<Value>, Error> {
        Ok(list.clone())
    }

    fn list_into_value(&self, list: Vec<Value>) -> Value {
        Value::list(list)
    }

    fn adopt_list(&self, value: Value) -> Result<Vec<Value>, Error> {
        match value.as_list() {
            Some(items) => Ok(items.to_vec()),
            None => Err(wrong_checkpoint("list", &value)),
        }
    }

    fn new_set(&self) -> Arc<Set> {
        Arc::default()
    }

    fn set_contains(&self, set: &Arc<Set>, value: &Value) -> Result<bool, Error> {
        check_hashable(value)?;
        // `set in set` looks for the frozenset of the same items.
        if let Value::Set(items) = value {
            return Ok(set.contains(&Value::FrozenSet(items.clone())));
        }
        Ok(set.contains(value))
    }

    fn set_add(&self, set: &mut Arc<Set>, value: Value) -> Result<(), Error> {
        check_hashable(&value)?;
        Arc::make_mut(set).insert(value).map_err(unhashable)?;
        Ok(())
    }

    fn same_set(&self, left: &Arc<Set>, right: &Arc<Set>) -> Result<bool, Error> {
        Ok(Arc::ptr_eq(left, right)
            || left.len() == right.len() && left.iter().all(|item| right.contains(item)))
    }

    fn dup_set(&self, set: &Arc<Set>) -> Arc<Set> {
        set.clone()
    }

    fn copy_set(&self, set: &Arc<Set>) -> Result<Arc<Set>, Error> {
        Ok(set.clone())
    }

    fn set_into_value(&self, set: Arc<Set>) -> Value {
        Value::Set(set)
    }

    fn adopt_set(&self, value: Value) -> Result<Arc<Set>, Error> {
        match value {
            Value::Set(set) => Ok(set),
            other => Err(wrong_checkpoint("set", &other)),
        }
    }

    fn display_set(&self, set: &Arc<Set>) -> Result<String, Error> {
        Ok(text::repr(&Value::Set(set.clone())))
    }
}

fn is_overwrite(object: &codec::value::Object) -> bool {
    &*object.module == "langgraph.types" && &*object.name == "Overwrite"
}

/// Raises what `hash(value)` raises; a set passes, because `set in set` takes one.
fn check_hashable(value: &Value) -> Result<(), Error> {
    match value {
        Value::Str(_) | Value::Set(_) => Ok(()),
        // A dataclass that compares by value and is not frozen.
        Value::Object(object) if is_overwrite(object) => {
            Err(Error::type_("unhashable type: 'Overwrite'"))
        }
        other => {
            Set::new().insert(other.clone()).map_err(unhashable)?;
            Ok(())
        }
    }
}

fn unhashable(error: Unhashable) -> Error {
    Error::type_(error.to_string())
}

fn items_of(value: &Value) -> Option<Vec<Value>> {
    Some(match value.plain() {
        Value::List(items) | Value::Tuple(items) | Value::Deque(items) => items.to_vec(),
        Value::DeltaSnapshot(inner) => vec![(**inner).clone()],
        Value::Set(set) | Value::FrozenSet(set) => set.iter().cloned().collect(),
        Value::Dict(dict) => dict.keys().cloned().collect(),
        Value::Str(text) => text.chars().map(|c| Value::from(c.to_string())).collect(),
        Value::Bytes(data) | Value::ByteArray(data) | Value::MemoryView(data) => data
            .iter()
            .map(|byte| Value::from(i64::from(*byte)))
            .collect(),
        _ => return None,
    })
}

fn index_error() -> Error {
    Error::new(
        "builtins",
        "IndexError",
        vec![Value::str("tuple index out of range")],
    )
}

fn wrong_checkpoint(expected: &str, value: &Value) -> Error {
    Error::type_(format!(
        "checkpoint: expected a {expected}, got {}",
        value.type_name()
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use channels::{Channel, ChannelError, Host};
    use codec::{Dict, Set, Value};

    use super::{NativeHost, Type};
    use crate::error::Error;
    use crate::reducers::Reducer;

    fn pairs(items: &[(&str, Value)]) -> Value {
        let items = items
            .iter()
            .map(|(key, value)| (Value::str(key), value.clone()));
        Value::dict(Dict::from_pairs(items).unwrap())
    }

    fn text(items: &[&str]) -> Vec<Value> {
        items.iter().map(|item| Value::str(item)).collect()
    }

    #[test]
    fn an_overwrite_has_three_forms() {
        let inside = |value: Value| NativeHost.overwrite(&value).unwrap();
        let one = Value::from(1);
        let object = |name| {
            Value::object(
                2,
                "langgraph.types",
                name,
                pairs(&[("value", Value::from(1))]),
            )
        };
        assert_eq!(inside(object("Overwrite")), Some(one.clone()));
        assert_eq!(
            inside(pairs(&[("__overwrite__", one.clone())])),
            Some(one.clone())
        );
        let typed = [
            ("type", Value::str("__overwrite__")),
            ("value", one.clone()),
        ];
        assert_eq!(inside(pairs(&typed)), Some(one.clone()));
        let more = [typed[0].clone(), typed[1].clone(), ("x", Value::None)];
        assert_eq!(inside(pairs(&more)), Some(one.clone()));

        assert_eq!(inside(object("Command")), None);
        assert_eq!(
            inside(pairs(&[("__overwrite__", one.clone()), ("x", Value::None)])),
            None
        );
        assert_eq!(
            inside(pairs(&[("type", Value::str("__overwrite__"))])),
            None
        );
        assert_eq!(
            inside(pairs(&[("type", Value::None), ("value", one.clone())])),
            None
        );
        assert_eq!(inside(one), None);
    }

    #[test]
    fn an_unhashable_value_is_in_no_barrier() {
        let names = std::sync::Arc::new(Set::from_items(text(&["a"])).unwrap());
        let mut barrier = Channel::named_barrier_value(&NativeHost, "k", names);
        let mut outcome = |value| barrier.update(&NativeHost, vec![value]);
        let unhashable = |name: &str| {
            Err(ChannelError::Host(Error::type_(format!(
                "unhashable type: '{name}'"
            ))))
        };
        assert_eq!(outcome(Value::list(vec![])), unhashable("list"));
        assert_eq!(
            outcome(Value::tuple(vec![Value::dict(Dict::new())])),
            unhashable("dict")
        );
        let overwrite = Value::object(
            2,
            "langgraph.types",
            "Overwrite",
            pairs(&[("value", Value::None)]),
        );
        assert_eq!(outcome(overwrite), unhashable("Overwrite"));
        let refused = |shown: &str| {
            Err(ChannelError::InvalidUpdate(format!(
                "At key 'k': Value {shown} not in {{'a'}}"
            )))
        };
        assert_eq!(outcome(Value::Set(Set::new().into())), refused("set()"));
        assert_eq!(outcome(Value::from(1.5)), refused("1.5"));
        assert_eq!(outcome(Value::str("b")), refused("b"));
        assert_eq!(outcome(Value::str("a")), Ok(true));
    }

    #[test]
    fn a_checkpoint_does_not_change_with_its_channel() {
        let names = std::sync::Arc::new(Set::from_items(text(&["a", "b"])).unwrap());
        let mut barrier = Channel::named_barrier_value(&NativeHost, "k", names);
        barrier.update(&NativeHost, text(&["a"])).unwrap();
        let checkpoint = barrier.checkpoint(&NativeHost).unwrap();
        barrier.update(&NativeHost, text(&["b"])).unwrap();
        let expected = Value::Set(Set::from_items(text(&["a"])).unwrap().into());
        assert_eq!(checkpoint, Some(expected));
    }

    #[test]
    fn unpacking_fails_as_in_python() {
        let message = |value| NativeHost.unpack_pair(value).unwrap_err().to_string();
        assert_eq!(message(1.into()), "cannot unpack non-iterable int object");
        assert_eq!(
            message("a".into()),
            "not enough values to unpack (expected 2, got 1)"
        );
        assert_eq!(
            message("abc".into()),
            "too many values to unpack (expected 2)"
        );
        assert_eq!(
            NativeHost.unpack_pair("ab".into()),
            Ok(("a".into(), "b".into()))
        );
    }

    #[test]
    fn a_type_that_cannot_be_called_leaves_a_reducing_channel_empty() {
        let channel =
            |typ| Channel::binary_operator_aggregate(&NativeHost, "k", typ, Reducer::LastWins);
        for (typ, empty) in [
            (Type::List, Value::list(vec![])),
            (Type::Int, 0.into()),
            (Type::Str, "".into()),
            (Type::Dict, Value::dict(Dict::new())),
            (Type::Float, 0.0.into()),
        ] {
            assert_eq!(channel(typ).get(&NativeHost), Ok(empty));
        }
        assert_eq!(
            channel(Type::Any).get(&NativeHost),
            Err(ChannelError::Empty)
        );
    }
}
