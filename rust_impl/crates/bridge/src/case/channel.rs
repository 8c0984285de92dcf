//! Channel cases (`docs/cases.md` §2): operations on one channel and what each of them yields.

use std::sync::Arc;

use channels::{ChannelError, ChannelResult, Host};
use codec::{Set, Value};
use graph::{Error, NativeHost, Reducer, Type};
use serde_json::{Value as Json, json};

use super::member::Member;
use super::{CaseError, tagged};

type Channel = channels::Channel<NativeHost>;

/// The events of a channel case.
///
/// # Errors
/// [`CaseError::Malformed`] for a body that is not what `docs/cases.md` says.
pub fn observe(case: &Json) -> Result<Vec<Json>, CaseError> {
    let spec = Member::of(case, "channel")?;
    let mut sequence = Sequence {
        fresh: build(&spec)?,
        current: build(&spec)?,
        remembered: None,
    };
    let ops = Member::of(case, "ops")?;
    let mut events = Vec::new();
    for (index, op) in ops.array()?.iter().enumerate() {
        let op = Member {
            json: op,
            at: format!("{}/{index}", ops.at),
        };
        events.push(sequence.event(&op)?);
    }
    Ok(events)
}

/// A channel and what its operations leave behind.
struct Sequence {
    /// A channel of the same spec that no operation touches.
    fresh: Channel,
    /// The channel that operations act on.
    current: Channel,
    /// The last checkpoint taken; `None` is `MISSING`.
    remembered: Option<Value>,
}

impl Sequence {
    fn event(&mut self, op: &Member<'_>) -> Result<Json, CaseError> {
        let name = op.get("op")?;
        let outcome = match name.text()? {
            "update" => {
                let values = op.get("values")?.values()?;
                self.current.update(&NativeHost, values).map(Json::Bool)
            }
            "get" => self
                .current
                .get(&NativeHost)
                .map(|value| tagged::write(&value)),
            "is_available" => self.current.is_available(&NativeHost).map(Json::Bool),
            "consume" => self.current.consume(&NativeHost).map(Json::Bool),
            "finish" => self.current.finish(&NativeHost).map(Json::Bool),
            "checkpoint" => self.checkpoint(),
            "from_checkpoint" => self.restore(),
            "copy" => self.copy(),
            "equals_fresh" => self
                .current
                .equals(&NativeHost, &self.fresh)
                .map(Json::Bool),
            delta @ ("replay_writes" | "snapshot") => {
                let Some(channel) = self.current.as_delta_mut() else {
                    return name.fault(&format!("only a DeltaChannel has {delta}"));
                };
                if delta == "snapshot" {
                    self.snapshot()
                } else {
                    let values = op.get("values")?.values()?;
                    channel
                        .replay_writes(&NativeHost, values)
                        .map(|()| Json::Null)
                }
            }
            other => return name.fault(&format!("unknown operation {other:?}")),
        };
        let name = name.text()?;
        Ok(match outcome {
            Ok(result) => json!({"e": name, "result": result}),
            Err(error) => json!({"e": name, "error": describe(&error)}),
        })
    }

    fn checkpoint(&mut self) -> ChannelResult<Json, NativeHost> {
        self.remembered = self.current.checkpoint(&NativeHost)?;
        Ok(match &self.remembered {
            Some(checkpoint) => tagged::write(checkpoint),
            None => json!({"t": "missing"}),
        })
    }

    fn restore(&mut self) -> ChannelResult<Json, NativeHost> {
        self.current = self
            .current
            .from_checkpoint(&NativeHost, self.remembered.clone())?;
        Ok(Json::Null)
    }

    fn copy(&mut self) -> ChannelResult<Json, NativeHost> {
        self.current = self.current.copy(&NativeHost)?;
        Ok(Json::Null)
    }

    fn snapshot(&mut self) -> ChannelResult<Json, NativeHost> {
        let value = self.current.get(&NativeHost)?;
        self.remembered = Some(Value::DeltaSnapshot(value.into()));
        Ok(Json::Null)
    }
}

/// An error as an event carries it.
fn describe(error: &ChannelError<Error>) -> Json {
    let class = match error {
        ChannelError::Host(error) => error.class(),
        own => own.class().unwrap_or_default(),
    };
    json!({"type": class, "message": error.to_string()})
}

fn build(spec: &Member<'_>) -> Result<Channel, CaseError> {
    let key = spec.get("key")?.text()?;
    let class = spec.get("class")?;
    Ok(match class.text()? {
        "LastValue" => Channel::last_value(key),
        "LastValueAfterFinish" => Channel::last_value_after_finish(&NativeHost, key),
        "AnyValue" => Channel::any_value(key),
        "EphemeralValue" => Channel::ephemeral_value(key, spec.get("guard")?.flag()?),
        "UntrackedValue" => Channel::untracked_value(key, spec.get("guard")?.flag()?),
        "Topic" => Channel::topic(&NativeHost, key, spec.get("accumulate")?.flag()?),
        "BinaryOperatorAggregate" => {
            let reducer = spec
                .get("reducer")?
                .named("binary reducer", Reducer::binary)?;
            let typ = spec.get("type")?.named("type", Type::named)?;
            Channel::binary_operator_aggregate(&NativeHost, key, typ, reducer)
        }
        "NamedBarrierValue" => {
            Channel::named_barrier_value(&NativeHost, key, spec.get("names")?.names()?)
        }
        "NamedBarrierValueAfterFinish" => {
            Channel::named_barrier_value_after_finish(&NativeHost, key, spec.get("names")?.names()?)
        }
        "DeltaChannel" => {
            let reducer = spec
                .get("reducer")?
                .named("batch reducer", Reducer::batch)?;
            let typ = spec.get("type")?.named("type", Type::named)?;
            let frequency = spec.get("snapshot_frequency")?;
            match Channel::delta_channel(key, typ, reducer, frequency.integer()?) {
                Ok(channel) => channel,
                Err(error) => return frequency.fault(&error.to_string()),
            }
        }
        other => return class.fault(&format!("unknown channel class {other:?}")),
    })
}

impl Member<'_> {
    fn names(&self) -> Result<<NativeHost as Host>::Set, CaseError> {
        let mut names = Set::new();
        for (index, name) in self.array()?.iter().enumerate() {
            let name = Member {
                json: name,
                at: format!("{}/{index}", self.at),
            };
            if names.insert(Value::str(name.text()?)).is_err() {
                return name.fault("expected a string");
            }
        }
        Ok(Arc::new(names))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::observe;
    use serde_json::{Value as Json, json};

    fn events(channel: Json, ops: Json) -> Json {
        Json::Array(observe(&json!({"channel": channel, "ops": ops})).unwrap())
    }

    fn refusal(case: Json) -> String {
        observe(&case).unwrap_err().to_string()
    }

    #[test]
    fn every_operation_is_one_event() {
        assert_eq!(
            events(
                json!({"class": "BinaryOperatorAggregate", "key": "k", "reducer": "add_list", "type": "list"}),
                json!([
                    {"op": "update", "values": [[1], [2]]},
                    {"op": "get"},
                    {"op": "is_available"},
                    {"op": "checkpoint"},
                    {"op": "update", "values": [[3], 4]},
                    {"op": "get"},
                    {"op": "from_checkpoint"},
                    {"op": "get"},
                    {"op": "consume"},
                    {"op": "finish"},
                    {"op": "copy"},
                    {"op": "equals_fresh"},
                ])
            ),
            json!([
                {"e": "update", "result": true},
                {"e": "get", "result": [1, 2]},
                {"e": "is_available", "result": true},
                {"e": "checkpoint", "result": [1, 2]},
                {"e": "update", "error": {"type": "TypeError", "message": "add_list: expected lists"}},
                {"e": "get", "result": [1, 2, 3]},
                {"e": "from_checkpoint", "result": null},
                {"e": "get", "result": [1, 2]},
                {"e": "consume", "result": false},
                {"e": "finish", "result": false},
                {"e": "copy", "result": null},
                {"e": "equals_fresh", "result": true},
            ])
        );
    }

    #[test]
    fn an_empty_channel_says_so() {
        assert_eq!(
            events(
                json!({"class": "LastValue", "key": "k"}),
                json!([{"op": "get"}, {"op": "checkpoint"}, {"op": "from_checkpoint"}])
            ),
            json!([
                {"e": "get", "error": {"type": "EmptyChannelError", "message": ""}},
                {"e": "checkpoint", "result": {"t": "missing"}},
                {"e": "from_checkpoint", "result": null},
            ])
        );
    }

    #[test]
    fn a_delta_channel_takes_its_snapshot_back() {
        let spec = json!({
            "class": "DeltaChannel", "key": "k", "reducer": "fold:add_list", "type": "list", "snapshot_frequency": 2
        });
        assert_eq!(
            events(
                spec,
                json!([
                    {"op": "snapshot"},
                    {"op": "update", "values": [[1]]},
                    {"op": "snapshot"},
                    {"op": "update", "values": [[2]]},
                    {"op": "from_checkpoint"},
                    {"op": "replay_writes", "values": [[3], {"t": "dict", "v": [["__overwrite__", [4]]]}, [5]]},
                    {"op": "get"},
                ])
            ),
            json!([
                {"e": "snapshot", "error": {"type": "EmptyChannelError", "message": ""}},
                {"e": "update", "result": true},
                {"e": "snapshot", "result": null},
                {"e": "update", "result": true},
                {"e": "from_checkpoint", "result": null},
                {"e": "replay_writes", "result": null},
                {"e": "get", "result": [4, 5]},
            ])
        );
    }

    #[test]
    fn what_is_no_channel_case_is_refused_by_its_place() {
        let spec = json!({"class": "LastValue", "key": "k"});
        for (case, message) in [
            (
                json!({"ops": []}),
                "malformed case at : missing member \"channel\"",
            ),
            (
                json!({"channel": {"key": "k"}, "ops": []}),
                "malformed case at /channel: missing member \"class\"",
            ),
            (
                json!({"channel": {"key": "k", "class": "X"}, "ops": []}),
                "malformed case at /channel/class: unknown channel class \"X\"",
            ),
            (
                json!({"channel": {"key": 1, "class": "LastValue"}, "ops": []}),
                "malformed case at /channel/key: expected a string",
            ),
            (
                json!({"channel": {"key": "k", "class": "DeltaChannel", "reducer": "add_list", "type": "list"}, "ops": []}),
                "malformed case at /channel/reducer: unknown batch reducer \"add_list\"",
            ),
            (
                json!({"channel": {"key": "k", "class": "DeltaChannel", "reducer": "fold:add_list", "type": "list", "snapshot_frequency": 0}, "ops": []}),
                "malformed case at /channel/snapshot_frequency: snapshot_frequency must be a positive int, got 0",
            ),
            (
                json!({"channel": spec, "ops": 1}),
                "malformed case at /ops: expected an array",
            ),
            (
                json!({"channel": spec, "ops": [{"op": "nope"}]}),
                "malformed case at /ops/0/op: unknown operation \"nope\"",
            ),
            (
                json!({"channel": spec, "ops": [{"op": "snapshot"}]}),
                "malformed case at /ops/0/op: only a DeltaChannel has snapshot",
            ),
            (
                json!({"channel": spec, "ops": [{"op": "update", "values": [1, {"t": "nope"}]}]}),
                "malformed case at /ops/0/values/1/t: unknown kind of value \"nope\"",
            ),
        ] {
            assert_eq!(refusal(case), message);
        }
    }
}
