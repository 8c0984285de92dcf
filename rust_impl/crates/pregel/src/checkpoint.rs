//! Checkpoints: what a saver stores and what a run starts from.

use indexmap::IndexMap;

use crate::names::Name;
use crate::version::{Seen, Version, Versions};
use crate::writes::PendingWrite;

/// The format version of the checkpoints that this crate writes (`LATEST_VERSION` upstream).
pub const FORMAT: i64 = 4;

/// A checkpoint without its channel values.
#[derive(Clone, Debug, Default)]
pub struct Checkpoint {
    /// Unique and, within a thread, increasing.
    pub id: String,
    /// When it was made, in ISO 8601.
    pub ts: String,
    /// The version of every channel that was ever written.
    pub versions: Versions,
    /// By node: the version of each trigger when it last ran.
    pub seen: IndexMap<Name, Seen>,
    /// The channels that the last superstep updated, sorted; `None` where no superstep has run.
    pub updated: Option<Vec<Name>>,
}

impl Checkpoint {
    /// `empty_checkpoint()`.
    #[must_use]
    pub fn empty(id: String, ts: String) -> Self {
        Self {
            id,
            ts,
            ..Self::default()
        }
    }
}

/// The part of a config that names a checkpoint, in the order of its keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configurable(pub IndexMap<&'static str, String>);

impl Configurable {
    /// The key of a thread.
    pub const THREAD: &'static str = "thread_id";
    /// The key of a checkpoint namespace.
    pub const NAMESPACE: &'static str = "checkpoint_ns";
    /// The key of a checkpoint.
    pub const CHECKPOINT: &'static str = "checkpoint_id";

    /// The config of a thread, as a caller passes it.
    #[must_use]
    pub fn thread(id: &str) -> Self {
        Self(IndexMap::from([(Self::THREAD, id.to_owned())]))
    }

    /// The config of a checkpoint, as a saver returns it.
    #[must_use]
    pub fn stored(thread: &str, namespace: &str, checkpoint: &str) -> Self {
        Self(IndexMap::from([
            (Self::THREAD, thread.to_owned()),
            (Self::NAMESPACE, namespace.to_owned()),
            (Self::CHECKPOINT, checkpoint.to_owned()),
        ]))
    }

    /// The id of the checkpoint that the config names.
    #[must_use]
    pub fn checkpoint(&self) -> Option<&str> {
        self.0.get(Self::CHECKPOINT).map(String::as_str)
    }

    /// This config naming another checkpoint; the key keeps its place.
    #[must_use]
    pub fn at(&self, checkpoint: &str) -> Self {
        let mut config = self.clone();
        config.0.insert(Self::CHECKPOINT, checkpoint.to_owned());
        config
    }

    /// The config that a run starts with: namespace first, then the caller's keys, then those of what was loaded.
    pub(crate) fn entered(caller: &Self, saved: Option<&Self>) -> Self {
        let mut config = IndexMap::from([(Self::NAMESPACE, String::new())]);
        config.extend(caller.0.clone());
        if let Some(saved) = saved {
            config.extend(saved.0.clone());
        }
        Self(config)
    }
}

/// What a saver returns for a thread (`CheckpointTuple`).
pub struct Saved<V> {
    /// Names the checkpoint.
    pub config: Configurable,
    /// Names the checkpoint before it.
    pub parent: Option<Configurable>,
    /// The checkpoint.
    pub checkpoint: Checkpoint,
    /// The channel values that are stored for its versions.
    pub values: IndexMap<Name, V>,
    /// Its superstep (`metadata["step"]`).
    pub step: i64,
    /// Its metadata, a dict.
    pub metadata: V,
    /// The writes stored on it, ordered by task path, task id and index.
    pub pending: Vec<PendingWrite<V>>,
}

/// A channel that moved, its new version and the value to store, `None` where there is nothing.
pub type Blob<V> = (Name, Version, Option<V>);

/// What a saver is asked to store of a checkpoint (`saver.put`); the checkpoint itself is the loop's current one.
pub struct Put<V> {
    /// The checkpoint before it, if the thread has one.
    pub parent: Option<String>,
    /// Its superstep.
    pub step: i64,
    /// Its metadata, a dict.
    pub metadata: V,
    /// Each channel that moved, in version order.
    pub blobs: Vec<Blob<V>>,
}
