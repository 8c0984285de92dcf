//! Savers: where checkpoints go and come from.

use std::collections::{BTreeMap, HashMap};

use codec::{Dict, Value};
use indexmap::IndexMap;
use pregel::names::write_slot;
use pregel::{
    Checkpoint, Configurable, FORMAT, Name, PendingWrite, Put, Saved, Seen, Version, Versions,
    Write,
};

use crate::error::Error;
use crate::typed::{Typed, dumps, loads};

/// Keeps the checkpoints of threads.
pub trait Saver {
    /// The latest checkpoint of a thread with the writes stored on it (`get_tuple`); `None` for an unknown thread.
    ///
    /// # Errors
    /// Whatever reading fails with.
    fn load(&mut self, thread: &str) -> Result<Option<Saved<Value>>, Error>;

    /// Stores a checkpoint and the values of the channels that moved.
    ///
    /// # Errors
    /// Whatever storing fails with, a value that cannot be encoded among others.
    fn put(&mut self, thread: &str, checkpoint: &Checkpoint, put: Put<Value>) -> Result<(), Error>;

    /// Stores the writes of a task on a checkpoint.
    ///
    /// # Errors
    /// As [`Saver::put`].
    fn put_writes(
        &mut self,
        thread: &str,
        checkpoint: &str,
        task: &Name,
        path: &str,
        writes: Vec<Write<Value>>,
    ) -> Result<(), Error>;

    /// The version after the highest one (`get_next_version`).
    ///
    /// # Errors
    /// A version of another kind.
    fn next_version(&mut self, current: Option<&Version>) -> Result<Version, Error>;
}

/// What versions a [`MemorySaver`] gives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VersionKind {
    /// 1, 2, 3 … (`BaseCheckpointSaver`).
    #[default]
    Int,
    /// A counter of 32 digits and a fraction, as text (`InMemorySaver`; here the fraction is always 0.5).
    Str,
}

/// A stored checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The checkpoint without its channel values.
    pub checkpoint: Typed,
    /// Its metadata.
    pub metadata: Typed,
    /// The id of the checkpoint before it.
    pub parent: Option<String>,
}

struct StoredWrite {
    path: String,
    channel: Name,
    value: Typed,
}

#[derive(Default)]
struct Thread {
    checkpoints: BTreeMap<String, Stored>,
    blobs: HashMap<(Name, Version), Option<Typed>>,
    /// By checkpoint: the writes by task and slot.
    writes: HashMap<String, BTreeMap<(Name, i64), StoredWrite>>,
}

/// Keeps checkpoints in memory as the very bytes that upstream's `InMemorySaver` would hold.
#[derive(Default)]
pub struct MemorySaver {
    versions: VersionKind,
    threads: HashMap<String, Thread>,
}

impl MemorySaver {
    /// An empty saver that gives versions of a kind.
    #[must_use]
    pub fn new(versions: VersionKind) -> Self {
        Self {
            versions,
            threads: HashMap::new(),
        }
    }

    /// A checkpoint as it is stored.
    #[must_use]
    pub fn stored(&self, thread: &str, checkpoint: &str) -> Option<&Stored> {
        self.threads.get(thread)?.checkpoints.get(checkpoint)
    }

    /// The value of a channel at a version as it is stored; `None` if there is nothing to store.
    #[must_use]
    pub fn blob(&self, thread: &str, channel: &Name, version: &Version) -> Option<&Typed> {
        let key = (Name::clone(channel), version.clone());
        self.threads.get(thread)?.blobs.get(&key)?.as_ref()
    }
}

impl Saver for MemorySaver {
    fn load(&mut self, thread: &str) -> Result<Option<Saved<Value>>, Error> {
        let Some(found) = self.threads.get(thread) else {
            return Ok(None);
        };
        let Some((id, stored)) = found.checkpoints.last_key_value() else {
            return Ok(None);
        };
        let checkpoint = read_checkpoint(&loads(&stored.checkpoint)?)?;
        let metadata = loads(&stored.metadata)?;
        let step = int(
            metadata.as_dict().and_then(|items| items.get_str("step")),
            "step",
        )?;
        Ok(Some(Saved {
            config: Configurable::stored(thread, "", id),
            parent: stored
                .parent
                .as_ref()
                .map(|parent| Configurable::stored(thread, "", parent)),
            values: found.values(&checkpoint.versions)?,
            pending: found.pending(id)?,
            checkpoint,
            step,
            metadata,
        }))
    }

    fn put(&mut self, thread: &str, checkpoint: &Checkpoint, put: Put<Value>) -> Result<(), Error> {
        let thread = self.threads.entry(thread.to_owned()).or_default();
        for (channel, version, value) in put.blobs {
            let blob = value.as_ref().map(dumps).transpose()?;
            thread.blobs.insert((channel, version), blob);
        }
        let stored = Stored {
            checkpoint: dumps(&checkpoint_value(checkpoint))?,
            metadata: dumps(&put.metadata)?,
            parent: put.parent,
        };
        thread.checkpoints.insert(checkpoint.id.clone(), stored);
        Ok(())
    }

    fn put_writes(
        &mut self,
        thread: &str,
        checkpoint: &str,
        task: &Name,
        path: &str,
        writes: Vec<Write<Value>>,
    ) -> Result<(), Error> {
        let thread = self.threads.entry(thread.to_owned()).or_default();
        let stored = thread.writes.entry(checkpoint.to_owned()).or_default();
        for (index, (channel, value)) in writes.into_iter().enumerate() {
            let index = i64::try_from(index).unwrap_or(i64::MAX);
            let slot = write_slot(&channel).unwrap_or(index);
            let key = (Name::clone(task), slot);
            // A regular write stays as it was first stored, a special one is replaced.
            if slot >= 0 && stored.contains_key(&key) {
                continue;
            }
            let write = StoredWrite {
                path: path.to_owned(),
                channel,
                value: dumps(&value)?,
            };
            stored.insert(key, write);
        }
        Ok(())
    }

    fn next_version(&mut self, current: Option<&Version>) -> Result<Version, Error> {
        match self.versions {
            VersionKind::Int => match current {
                None => Ok(Version::Int(1)),
                Some(Version::Int(value)) => Ok(Version::Int(value.saturating_add(1))),
                Some(Version::Str(_)) => {
                    Err(Error::new("builtins", "NotImplementedError", Vec::new()))
                }
            },
            VersionKind::Str => {
                let count = match current {
                    None => 0,
                    Some(Version::Int(value)) => *value,
                    Some(Version::Str(text)) => counter(text)?,
                };
                let next = count.saturating_add(1);
                Ok(Version::Str(format!("{next:032}.00000000000000.5").into()))
            }
        }
    }
}

/// `int(version.split(".")[0])`
fn counter(version: &str) -> Result<i64, Error> {
    let digits = version.split('.').next().unwrap_or_default();
    digits.parse().map_err(|_| {
        let shown = crate::text::repr(&Value::str(digits));
        Error::value(format!("invalid literal for int() with base 10: {shown}"))
    })
}

impl Thread {
    fn values(&self, versions: &Versions) -> Result<IndexMap<Name, Value>, Error> {
        let mut values = IndexMap::new();
        for (channel, version) in versions.iter() {
            if let Some(Some(blob)) = self.blobs.get(&(Name::clone(channel), version.clone())) {
                values.insert(Name::clone(channel), loads(blob)?);
            }
        }
        Ok(values)
    }

    /// The writes stored on a checkpoint, by task path, task id and slot.
    fn pending(&self, checkpoint: &str) -> Result<Vec<PendingWrite<Value>>, Error> {
        let mut writes: Vec<(&(Name, i64), &StoredWrite)> =
            self.writes.get(checkpoint).into_iter().flatten().collect();
        writes.sort_by(|(left, a), (right, b)| (&a.path, *left).cmp(&(&b.path, *right)));
        writes
            .into_iter()
            .map(|((task, _), write)| {
                Ok(PendingWrite {
                    task: Name::clone(task),
                    channel: Name::clone(&write.channel),
                    value: loads(&write.value)?,
                })
            })
            .collect()
    }
}

fn name_value(name: &Name) -> Value {
    Value::Str(Name::clone(name))
}

fn version_value(version: &Version) -> Value {
    match version {
        Version::Int(value) => Value::from(*value),
        Version::Str(text) => Value::Str(text.clone()),
    }
}

/// A checkpoint as a dict, in upstream's key order, without `channel_values`.
pub(crate) fn checkpoint_value(checkpoint: &Checkpoint) -> Value {
    let versions = |items: &mut dyn Iterator<Item = (&Name, &Version)>| {
        let mut dict = Dict::new();
        for (name, version) in items {
            dict.set(name, version_value(version));
        }
        Value::dict(dict)
    };
    let mut seen = Dict::new();
    for (node, entry) in &checkpoint.seen {
        seen.set(node, versions(&mut entry.iter()));
    }
    let updated = checkpoint.updated.as_ref().map_or(Value::None, |names| {
        Value::list(names.iter().map(name_value).collect())
    });
    let mut dict = Dict::new();
    dict.set("v", Value::from(FORMAT));
    dict.set("ts", Value::str(&checkpoint.ts));
    dict.set("id", Value::str(&checkpoint.id));
    dict.set(
        "channel_versions",
        versions(&mut checkpoint.versions.iter()),
    );
    dict.set("versions_seen", Value::dict(seen));
    dict.set("updated_channels", updated);
    Value::dict(dict)
}

fn malformed(what: &str) -> Error {
    Error::value(format!("malformed checkpoint: {what}"))
}

fn int(value: Option<&Value>, what: &str) -> Result<i64, Error> {
    value
        .and_then(Value::as_int)
        .and_then(codec::Int::to_i64)
        .ok_or_else(|| malformed(what))
}

fn text(value: Option<&Value>, what: &str) -> Result<String, Error> {
    let text = value.and_then(Value::as_str);
    text.map(str::to_owned).ok_or_else(|| malformed(what))
}

fn read_versions(value: &Value) -> Result<Seen, Error> {
    let dict = value.as_dict().ok_or_else(|| malformed("versions"))?;
    let mut versions = Seen::new();
    for (key, version) in dict.iter() {
        let name = key.as_str().ok_or_else(|| malformed("a channel name"))?;
        let version = match version.as_str() {
            Some(text) => Version::Str(text.into()),
            None => Version::Int(int(Some(version), "a version")?),
        };
        versions.insert(name.into(), version);
    }
    Ok(versions)
}

fn read_checkpoint(value: &Value) -> Result<Checkpoint, Error> {
    let dict = value.as_dict().ok_or_else(|| malformed("not a dict"))?;
    let member = |key: &str| dict.get_str(key);
    let versions = member("channel_versions").ok_or_else(|| malformed("channel_versions"))?;
    let mut seen = IndexMap::new();
    let entries = member("versions_seen").and_then(Value::as_dict);
    for (node, entry) in entries.ok_or_else(|| malformed("versions_seen"))?.iter() {
        let node = node.as_str().ok_or_else(|| malformed("a node name"))?;
        seen.insert(Name::from(node), read_versions(entry)?);
    }
    let updated = match member("updated_channels") {
        None | Some(Value::None) => None,
        Some(names) => Some(
            names
                .as_list()
                .ok_or_else(|| malformed("updated_channels"))?
                .iter()
                .map(|name| name.as_str().map(Name::from))
                .collect::<Option<Vec<Name>>>()
                .ok_or_else(|| malformed("updated_channels"))?,
        ),
    };
    Ok(Checkpoint {
        id: text(member("id"), "id")?,
        ts: text(member("ts"), "ts")?,
        versions: Versions::stored(read_versions(versions)?),
        seen,
        updated,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn saved(saver: &mut MemorySaver) -> Saved<Value> {
        saver.load("t").unwrap().unwrap()
    }

    fn put(saver: &mut MemorySaver, id: &str, blobs: Vec<pregel::Blob<Value>>) {
        let mut checkpoint = Checkpoint::empty(id.to_owned(), String::new());
        checkpoint.versions = Versions::stored(
            blobs
                .iter()
                .map(|(name, version, _)| (Name::clone(name), version.clone())),
        );
        let put = Put {
            parent: None,
            step: 0,
            metadata: crate::dict([("step", 0.into())]),
            blobs,
        };
        saver.put("t", &checkpoint, put).unwrap();
    }

    fn write(saver: &mut MemorySaver, task: &str, path: &str, writes: &[(&str, i64)]) {
        let writes = writes
            .iter()
            .map(|(channel, value)| (Name::from(*channel), Value::from(*value)));
        saver
            .put_writes("t", "1", &task.into(), path, writes.collect())
            .unwrap();
    }

    fn pending(saver: &mut MemorySaver) -> Vec<(String, String, Value)> {
        let pending = saved(saver).pending.into_iter();
        pending
            .map(|write| {
                (
                    write.task.to_string(),
                    write.channel.to_string(),
                    write.value,
                )
            })
            .collect()
    }

    #[test]
    fn the_latest_checkpoint_is_the_one_with_the_highest_id() {
        let mut saver = MemorySaver::default();
        put(&mut saver, "2", Vec::new());
        put(&mut saver, "1", Vec::new());
        assert_eq!(saved(&mut saver).checkpoint.id, "2");
        assert!(saver.load("other").unwrap().is_none());
    }

    #[test]
    fn a_value_is_stored_under_its_version_and_an_absent_one_is_not_read() {
        let mut saver = MemorySaver::default();
        let blob = |name: &str, version, value| (Name::from(name), Version::Int(version), value);
        put(
            &mut saver,
            "1",
            vec![blob("a", 1, Some(1.into())), blob("b", 1, None)],
        );
        let values = saved(&mut saver).values;
        assert_eq!(values.get("a"), Some(&Value::from(1)));
        assert_eq!(values.get("b"), None);
    }

    #[test]
    fn regular_writes_stay_as_first_stored_and_special_ones_are_replaced() {
        let mut saver = MemorySaver::default();
        put(&mut saver, "1", Vec::new());
        write(&mut saver, "task", "p", &[("a", 1), ("__error__", 1)]);
        write(
            &mut saver,
            "task",
            "p",
            &[("a", 2), ("__error__", 2), ("b", 2)],
        );
        let found = pending(&mut saver);
        let expect =
            |channel: &str, value: i64| ("task".to_owned(), channel.to_owned(), value.into());
        assert_eq!(
            found,
            [expect("__error__", 2), expect("a", 1), expect("b", 2)]
        );
    }

    #[test]
    fn writes_are_ordered_by_path_before_task() {
        let mut saver = MemorySaver::default();
        put(&mut saver, "1", Vec::new());
        write(&mut saver, "a", "~2", &[("x", 1)]);
        write(&mut saver, "b", "~1", &[("x", 2)]);
        let order: Vec<String> = pending(&mut saver)
            .into_iter()
            .map(|(task, _, _)| task)
            .collect();
        assert_eq!(order, ["b", "a"]);
    }

    #[test]
    fn versions_count_in_the_savers_own_kind() {
        let mut ints = MemorySaver::new(VersionKind::Int);
        let mut texts = MemorySaver::new(VersionKind::Str);
        assert_eq!(ints.next_version(None).unwrap(), Version::Int(1));
        let first = texts.next_version(None).unwrap();
        let text = "00000000000000000000000000000001.00000000000000.5";
        assert_eq!(first, Version::Str(text.into()));
        let second = texts.next_version(Some(&first)).unwrap();
        assert!(second.is_newer_than(Some(&first)));
        assert_eq!(
            ints.next_version(Some(&first)).unwrap_err().class(),
            "NotImplementedError"
        );
        let junk = Version::Str("x.5".into());
        let error = texts.next_version(Some(&junk)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "invalid literal for int() with base 10: 'x'"
        );
    }

    #[test]
    fn a_checkpoint_reads_back_as_it_was_written() {
        let mut checkpoint = Checkpoint::empty("1".into(), "now".into());
        checkpoint.versions = Versions::stored([("a".into(), Version::Int(2))]);
        let seen = Seen::from([("a".into(), Version::Int(1))]);
        checkpoint.seen.insert("n".into(), seen);
        checkpoint.updated = Some(vec!["a".into()]);
        let value = checkpoint_value(&checkpoint);
        let keys: Vec<&str> = value
            .as_dict()
            .unwrap()
            .keys()
            .filter_map(Value::as_str)
            .collect();
        assert_eq!(
            keys,
            [
                "v",
                "ts",
                "id",
                "channel_versions",
                "versions_seen",
                "updated_channels"
            ]
        );
        assert_eq!(checkpoint_value(&read_checkpoint(&value).unwrap()), value);
        for broken in [Value::None, crate::dict([("id", 1.into())])] {
            assert!(
                read_checkpoint(&broken)
                    .unwrap_err()
                    .to_string()
                    .starts_with("malformed checkpoint: ")
            );
        }
    }
}
