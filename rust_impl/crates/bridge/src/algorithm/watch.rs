//! How a channel tells the map that holds it that its contents may have changed, whoever changed them.
//!
//! Upstream tells every channel of every superstep. Here a map knows which channels can care, because each exact Rust channel reports
//! every change, also one that a user makes behind the loop's back. Nothing in here calls Python, so the locks are never held for long.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// The channels of one map, by position, that changed since the map last looked.
#[derive(Debug, Default)]
pub struct Touched(Mutex<BTreeSet<usize>>);

impl Touched {
    fn touch(&self, slot: usize) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(slot);
    }

    /// The positions that were touched since this was last called, in order.
    pub fn take(&self) -> BTreeSet<usize> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A channel's link to the map that watches it. A copy of a channel starts with none.
#[derive(Debug, Default)]
pub struct WatchCell(Mutex<Option<(Weak<Touched>, usize)>>);

impl WatchCell {
    /// Says that the channel's contents may have changed; to be called after every operation that could, also one that failed.
    pub fn touched(&self) {
        let link = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((map, slot)) = &*link
            && let Some(map) = map.upgrade()
        {
            map.touch(*slot);
        }
    }

    /// Reports to this map from now on, as the channel at `slot`. False if another map, or another slot of this one, is being told
    /// already: then this one must look at the channel every time.
    pub fn watch(&self, map: &Arc<Touched>, slot: usize) -> bool {
        let mut link = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*link {
            Some((held, at)) if held.strong_count() > 0 => {
                *at == slot && std::ptr::eq(held.as_ptr(), Arc::as_ptr(map))
            }
            _ => {
                *link = Some((Arc::downgrade(map), slot));
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watched_channel_reports_each_change_once_until_asked() {
        let (map, cell) = (Arc::new(Touched::default()), WatchCell::default());
        cell.touched();
        assert!(cell.watch(&map, 3));
        cell.touched();
        cell.touched();
        assert_eq!(map.take(), BTreeSet::from([3]));
        assert!(map.take().is_empty());
    }

    #[test]
    fn one_map_at_a_time_is_told_and_a_dropped_one_gives_way() {
        let (first, second) = (Arc::new(Touched::default()), Arc::new(Touched::default()));
        let cell = WatchCell::default();
        assert!(cell.watch(&first, 0));
        assert!(cell.watch(&first, 0));
        assert!(!cell.watch(&first, 1));
        assert!(!cell.watch(&second, 0));
        drop(first);
        assert!(cell.watch(&second, 0));
        cell.touched();
        assert_eq!(second.take(), BTreeSet::from([0]));
    }
}
