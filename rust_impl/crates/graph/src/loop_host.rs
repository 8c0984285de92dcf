//! The native host, as the loop needs it.

use std::sync::Arc;

use channels::Host;
use codec::value::Send;
use codec::{Dict, Value};
use pregel::{Fault, LoopHost};

use crate::host::NativeHost;
use crate::raised::Raised;

/// The module of upstream's own exceptions.
const ERRORS: &str = "langgraph.errors";

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

    fn fault(&self, fault: Fault) -> Raised {
        match fault {
            Fault::EmptyInput(text) => Raised::new(ERRORS, "EmptyInputError", &text),
            Fault::InvalidUpdate(text) => Raised::new(ERRORS, "InvalidUpdateError", &text),
            Fault::Recursion(text) => Raised::new(ERRORS, "GraphRecursionError", &text),
            Fault::EmptyChannel => {
                Raised::with_args("langgraph.checkpoint.base", "EmptyChannelError", Vec::new())
            }
            Fault::Value(text) => Raised::value_error(&text),
            Fault::Type(text) => Raised::type_error(&text),
            Fault::Key(key) => Raised::builtin("KeyError", &key),
        }
    }

    fn error_value(&self, error: &Raised) -> Value {
        error.to_value()
    }

    fn with_note(&self, mut error: Raised, note: String) -> Raised {
        error.notes.push(note);
        error
    }
}

/// The items of a state as a dict; a key that a state already holds keeps its place.
pub(crate) fn merged(host: &NativeHost, output: &Value, state: Vec<(pregel::Name, Value)>) -> Value {
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
