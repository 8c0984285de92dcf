//! Channel versions, and the ordered maps that hold them.

use std::collections::BTreeSet;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::names::Name;

/// The version of a channel. A saver chooses the kind and keeps to it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// A counter.
    Int(i64),
    /// Text that orders as the versions do.
    Str(Arc<str>),
}

impl Version {
    /// Whether this version is newer than the null version of its kind (`type(version)()`).
    #[must_use]
    pub fn is_set(&self) -> bool {
        match self {
            Self::Int(value) => *value > 0,
            Self::Str(text) => !text.is_empty(),
        }
    }

    /// Whether this version is newer than the one seen; nothing seen counts as the null version.
    #[must_use]
    pub fn is_newer_than(&self, seen: Option<&Self>) -> bool {
        seen.map_or_else(|| self.is_set(), |seen| self > seen)
    }
}

/// What a task saw of each of its triggers, in the order it first saw them.
pub type Seen = IndexMap<Name, Version>;

/// The versions of all channels, in the order in which they were first written (names that no channel has included).
///
/// The highest one and those that moved since the last checkpoint are kept as they change, so that neither
/// `max(versions)` nor `get_new_channel_versions` scans all channels in every superstep.
#[derive(Clone, Debug, Default)]
pub struct Versions {
    map: IndexMap<Name, Version>,
    max: Option<Version>,
    moved: BTreeSet<usize>,
}

impl Versions {
    /// The versions of a stored checkpoint: nothing has moved yet.
    pub fn stored(items: impl IntoIterator<Item = (Name, Version)>) -> Self {
        let map: IndexMap<Name, Version> = items.into_iter().collect();
        let max = map.values().max().cloned();
        Self {
            map,
            max,
            moved: BTreeSet::new(),
        }
    }

    /// The version of a channel.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Version> {
        self.map.get(name)
    }

    /// Whether no channel was ever written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// The highest version of all.
    #[must_use]
    pub fn max(&self) -> Option<&Version> {
        self.max.as_ref()
    }

    /// All versions, oldest name first.
    pub fn iter(&self) -> impl Iterator<Item = (&Name, &Version)> {
        self.map.iter()
    }

    /// Moves a channel to a version; its name keeps its place.
    pub fn set(&mut self, name: &Name, version: &Version) {
        let (index, _) = self.map.insert_full(Arc::clone(name), version.clone());
        self.moved.insert(index);
        if self.max.as_ref().is_none_or(|max| version > max) {
            self.max = Some(version.clone());
        }
    }

    /// The channels that moved since this was last asked, in version order (`get_new_channel_versions` upstream).
    pub fn take_moved(&mut self) -> Vec<(Name, Version)> {
        std::mem::take(&mut self.moved)
            .into_iter()
            .filter_map(|index| self.map.get_index(index))
            .map(|(name, version)| (Arc::clone(name), version.clone()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn name(text: &str) -> Name {
        Arc::from(text)
    }

    #[test]
    fn nothing_seen_counts_as_the_null_version_of_the_same_kind() {
        assert!(Version::Int(1).is_newer_than(None));
        assert!(!Version::Int(0).is_newer_than(None));
        assert!(Version::Str(Arc::from("0")).is_newer_than(None));
        assert!(!Version::Str(Arc::from("")).is_newer_than(None));
    }

    #[test]
    fn text_versions_order_as_text() {
        let low = Version::Str(Arc::from(
            "00000000000000000000000000000009.00000000000000.5",
        ));
        let high = Version::Str(Arc::from(
            "00000000000000000000000000000010.00000000000000.5",
        ));
        assert!(high.is_newer_than(Some(&low)));
        assert!(!low.is_newer_than(Some(&high)));
        assert!(!low.is_newer_than(Some(&low)));
    }

    #[test]
    fn a_moved_name_keeps_its_place_and_moved_channels_come_in_version_order() {
        let mut versions =
            Versions::stored([(name("a"), Version::Int(1)), (name("b"), Version::Int(2))]);
        versions.set(&name("z"), &Version::Int(3));
        versions.set(&name("a"), &Version::Int(3));
        let order: Vec<&str> = versions.iter().map(|(name, _)| &**name).collect();
        assert_eq!(order, ["a", "b", "z"]);
        let moved: Vec<String> = versions
            .take_moved()
            .iter()
            .map(|(name, _)| name.to_string())
            .collect();
        assert_eq!(moved, ["a", "z"]);
        assert!(versions.take_moved().is_empty());
    }

    /// Trap 5: the next version follows the highest of all versions, those of unknown names included.
    #[test]
    fn the_highest_version_counts_unknown_names() {
        let versions = Versions::stored([
            (name("gone"), Version::Int(41)),
            (name("a"), Version::Int(2)),
        ]);
        assert_eq!(versions.max(), Some(&Version::Int(41)));
    }
}
