//! The native host, as the loop needs it.

use std::sync::Arc;

use channels::Host;
use codec::value::Send;
use codec::{Dict, Value};
use pregel::{Fault, LoopHost};

use crate::error::Error;
use crate::host::NativeHost;

impl LoopHost for NativeHost {
    fn str(&self, text: &str) -> Value {
        Value::str(text)
    }

    fn int(&self, value: i64) -> Value {
        Value::from(value)
    }

    fn dict(&self, items: Vec<(&str, Value)>) -> Value {
        let mut dict = Dict::new();
        for (key, value) in items {
            dict.set(key, value);
        }
        Value::dict(dict)
    }

    fn list(&self, items: Vec<Value>) -> Value {
        Value::list(items)
    }

    fn tuple(&self, items: Vec<Value>) -> Value {
        Value::tuple(items)
    }

    fn folded_writes(&self, value: &Value) -> Option<Vec<Value>> {
        let folded = value.as_dict()?.get_str("$writes")?;
        folded.as_list().map(<[Value]>::to_vec)
    }

    fn items(&self, value: &Value) -> Option<Vec<Value>> {
        value.as_list().map(<[Value]>::to_vec)
    }

    fn send_parts(&self, value: &Value) -> Option<(String, Value)> {
        let Value::Send(send) = value else {
            return None;
        };
        let node = send.node.as_str()?;
        Some((node.to_owned(), Value::clone(&send.arg)))
    }

    fn send_without(&self, value: &Value, drop: &dyn Fn(&str) -> bool) -> Value {
        let Value::Send(send) = value else {
            return value.clone();
        };
        let Some(arg) = send.arg.as_dict() else {
            return value.clone();
        };
        let mut kept = Dict::new();
        for (key, value) in arg.iter() {
            if !key.as_str().is_some_and(drop) {
                // A key of a dict is hashable.
                let _ = kept.insert(key.clone(), value.clone());
            }
        }
        Value::Send(Arc::new(Send {
            node: send.node.clone(),
            arg: Value::dict(kept).into(),
            timeout: send.timeout.clone(),
        }))
    }

    fn fault(&self, fault: Fault) -> Error {
        match fault {
            Fault::EmptyInput(text) => Error::empty_input(text),
            Fault::InvalidUpdate(text) => Error::invalid_update(text),
            Fault::Recursion(text) => Error::recursion(text),
            Fault::EmptyChannel => Error::empty_channel(),
            Fault::Value(text) => Error::value(text),
            Fault::Type(text) => Error::type_(text),
            Fault::Key(key) => Error::key(key),
        }
    }

    fn error_value(&self, error: &Error) -> Value {
        error.to_value()
    }

    fn with_note(&self, error: Error, note: String) -> Error {
        error.with_note(note)
    }
}

/// The items of a state as a dict; a key that a state already holds keeps its place.
pub(crate) fn merged(
    host: &NativeHost,
    output: &Value,
    state: Vec<(pregel::Name, Value)>,
) -> Value {
    match output.as_dict() {
        Some(output) => {
            let mut all = output.clone();
            for (key, value) in state {
                all.set(&key, value);
            }
            Value::dict(all)
        }
        None => {
            let items = state.iter().map(|(key, value)| (&**key, host.dup(value)));
            host.dict(items.collect())
        }
    }
}
