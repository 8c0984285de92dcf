//! A host of small plain values whose operations fail on demand.

use channels::{Channel, ChannelError, ChannelResult, Host};

/// A channel on this host.
pub type TestChannel = Channel<TestHost>;
/// What an operation on this host yields.
pub type Outcome<T> = ChannelResult<T, TestHost>;

/// The host. An operation that meets [`V::Bad`] fails and names itself.
pub struct TestHost;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum V {
    None,
    Bool(bool),
    Int(i64),
    Str(&'static str),
    List(Vec<V>),
    Tuple(Vec<V>),
    Set(Vec<V>),
    Overwrite(Box<V>),
    Snapshot(Box<V>),
    /// A value that no operation of the host can do anything with.
    Bad,
}

/// A reducer; `Add` adds ints and concatenates lists, everything else fails.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reducer {
    Add,
    Last,
}

/// A type; `Any` cannot be constructed.
#[derive(Debug, Clone, Copy)]
pub enum Type {
    Int,
    List,
    Any,
}

/// `Overwrite(value)`.
pub fn overwrite(value: V) -> V {
    V::Overwrite(Box::new(value))
}

/// A list of ints.
pub fn ints(items: &[i64]) -> V {
    V::List(items.iter().copied().map(V::Int).collect())
}

/// The values of one step.
pub fn step(items: &[i64]) -> Vec<V> {
    items.iter().copied().map(V::Int).collect()
}

/// Barrier names as values.
pub fn names(items: &[&'static str]) -> Vec<V> {
    items.iter().copied().map(V::Str).collect()
}

/// The error of a host operation.
pub fn host_error<T>(what: &str) -> Outcome<T> {
    Err(ChannelError::Host(what.to_owned()))
}

/// Asserts that there is nothing to get, in every way to ask.
pub fn assert_empty(channel: &TestChannel) {
    assert_eq!(channel.get(&TestHost), Err(ChannelError::Empty));
    assert_eq!(channel.is_available(&TestHost), Ok(false));
}

/// Asserts that a value can be got, in every way to ask.
pub fn assert_holds(channel: &TestChannel, value: V) {
    assert_eq!(channel.get(&TestHost), Ok(value));
    assert_eq!(channel.is_available(&TestHost), Ok(true));
}

fn add(left: &V, right: V) -> Result<V, String> {
    match (left, right) {
        (V::Int(left), V::Int(right)) => Ok(V::Int(left + right)),
        (V::List(left), V::List(right)) => Ok(V::List([left.clone(), right].concat())),
        _ => Err("add".to_owned()),
    }
}

fn hashable(value: &V) -> Result<(), String> {
    match value {
        V::List(_) | V::Bad => Err("hash".to_owned()),
        _ => Ok(()),
    }
}

impl Host for TestHost {
    type Value = V;
    type Error = String;
    type Reducer = Reducer;
    type Type = Type;
    type List = Vec<V>;
    type Set = Vec<V>;

    fn dup(&self, value: &V) -> V {
        value.clone()
    }

    fn dup_reducer(&self, reducer: &Reducer) -> Reducer {
        *reducer
    }

    fn dup_type(&self, typ: &Type) -> Type {
        *typ
    }

    fn same_reducer(&self, left: &Reducer, right: &Reducer) -> Result<bool, String> {
        Ok(left == right)
    }

    fn reduce(&self, reducer: &Reducer, current: Option<&V>, update: V) -> Result<V, String> {
        match reducer {
            Reducer::Add => add(current.ok_or("add to MISSING")?, update),
            Reducer::Last => Ok(update),
        }
    }

    fn reduce_batch(
        &self,
        reducer: &Reducer,
        current: Option<&V>,
        updates: Vec<V>,
    ) -> Result<V, String> {
        match reducer {
            Reducer::Add => {
                let current = current.ok_or("add to MISSING")?;
                updates
                    .into_iter()
                    .try_fold(current.clone(), |sum, update| add(&sum, update))
            }
            Reducer::Last => updates
                .into_iter()
                .next_back()
                .ok_or_else(|| "no updates".to_owned()),
        }
    }

    fn default_of(&self, typ: &Type) -> Result<V, String> {
        match typ {
            Type::Int => Ok(V::Int(0)),
            Type::List => Ok(V::List(vec![])),
            Type::Any => Err("type".to_owned()),
        }
    }

    fn shallow_copy(&self, value: &V) -> Result<V, String> {
        match value {
            V::Bad => Err("copy".to_owned()),
            other => Ok(other.clone()),
        }
    }

    fn overwrite(&self, value: &V) -> Result<Option<V>, String> {
        match value {
            V::Overwrite(value) => Ok(Some((**value).clone())),
            _ => Ok(None),
        }
    }

    fn snapshot(&self, value: &V) -> Result<Option<V>, String> {
        Ok(match value {
            V::Snapshot(value) => Some((**value).clone()),
            _ => None,
        })
    }

    fn none(&self) -> V {
        V::None
    }

    fn is_none(&self, value: &V) -> bool {
        *value == V::None
    }

    fn bool(&self, value: bool) -> V {
        V::Bool(value)
    }

    fn truthy(&self, value: &V) -> Result<bool, String> {
        match value {
            V::Bad => Err("truth".to_owned()),
            other => Ok(!matches!(other, V::None | V::Bool(false) | V::Int(0))),
        }
    }

    fn display(&self, value: &V) -> Result<String, String> {
        match value {
            V::Bad => Err("str".to_owned()),
            V::Str(text) => Ok((*text).to_owned()),
            other => Ok(format!("{other:?}")),
        }
    }

    fn pair(&self, first: V, second: V) -> Result<V, String> {
        Ok(V::Tuple(vec![first, second]))
    }

    fn unpack_pair(&self, value: V) -> Result<(V, V), String> {
        match value {
            V::Tuple(items) | V::List(items) => {
                let [first, second]: [V; 2] = items.try_into().map_err(|_| "unpack".to_owned())?;
                Ok((first, second))
            }
            _ => Err("unpack".to_owned()),
        }
    }

    fn second_of_tuple(&self, value: &V) -> Result<Option<V>, String> {
        match value {
            V::Tuple(items) => items
                .get(1)
                .cloned()
                .map(Some)
                .ok_or_else(|| "index".to_owned()),
            _ => Ok(None),
        }
    }

    fn flatten(&self, value: V, into: &mut Vec<V>) -> Result<(), String> {
        match value {
            V::List(items) => into.extend(items),
            V::Bad => return Err("iterate".to_owned()),
            other => into.push(other),
        }
        Ok(())
    }

    fn new_list(&self) -> Vec<V> {
        vec![]
    }

    fn extend_list(&self, list: &mut Vec<V>, items: Vec<V>) -> Result<(), String> {
        list.extend(items);
        Ok(())
    }

    fn list_is_empty(&self, list: &Vec<V>) -> Result<bool, String> {
        Ok(list.is_empty())
    }

    fn dup_list(&self, list: &Vec<V>) -> Vec<V> {
        list.clone()
    }

    fn copy_list(&self, list: &Vec<V>) -> Result<Vec<V>, String> {
        Ok(list.clone())
    }

    fn list_into_value(&self, list: Vec<V>) -> V {
        V::List(list)
    }

    fn adopt_list(&self, value: V) -> Result<Vec<V>, String> {
        match value {
            V::List(items) => Ok(items),
            _ => Err("not a list".to_owned()),
        }
    }

    fn new_set(&self) -> Vec<V> {
        vec![]
    }

    fn set_contains(&self, set: &Vec<V>, value: &V) -> Result<bool, String> {
        hashable(value)?;
        Ok(set.contains(value))
    }

    fn set_add(&self, set: &mut Vec<V>, value: V) -> Result<(), String> {
        set.push(value);
        Ok(())
    }

    fn same_set(&self, left: &Vec<V>, right: &Vec<V>) -> Result<bool, String> {
        Ok(left.len() == right.len() && left.iter().all(|item| right.contains(item)))
    }

    fn dup_set(&self, set: &Vec<V>) -> Vec<V> {
        set.clone()
    }

    fn copy_set(&self, set: &Vec<V>) -> Result<Vec<V>, String> {
        Ok(set.clone())
    }

    fn set_into_value(&self, set: Vec<V>) -> V {
        V::Set(set)
    }

    fn adopt_set(&self, value: V) -> Result<Vec<V>, String> {
        match value {
            V::Set(items) => Ok(items),
            _ => Err("not a set".to_owned()),
        }
    }

    fn display_set(&self, set: &Vec<V>) -> Result<String, String> {
        let items: Vec<String> = set
            .iter()
            .map(|item| self.display(item))
            .collect::<Result<_, _>>()?;
        Ok(format!("{{{}}}", items.join(", ")))
    }
}
