//! What the algorithm did since the process began: natively by kind, and what it left to Python and why.

use std::sync::atomic::{AtomicU64, Ordering};

use pyo3::prelude::*;
use pyo3::types::PyDict;

macro_rules! counters {
    ($(#[$doc:meta])* $name:ident in $totals:ident { $($variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub enum $name {
            $(#[doc = $text] $variant,)*
        }

        impl $name {
            const NAMES: [&'static str; [$($text),*].len()] = [$($text),*];

            /// Counts one more.
            #[inline]
            pub fn count(self) {
                $totals[self as usize].fetch_add(1, Ordering::Relaxed);
            }

            fn to_dict(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
                let dict = PyDict::new(py);
                for (name, total) in Self::NAMES.iter().zip(&$totals) {
                    dict.set_item(name, total.load(Ordering::Relaxed))?;
                }
                Ok(dict)
            }
        }

        static $totals: [AtomicU64; $name::NAMES.len()] = [const { AtomicU64::new(0) }; $name::NAMES.len()];
    };
}

pub(crate) use counters;

counters! {
    /// Something done, and what was looked at for it.
    Work in WORK {
        Superstep = "supersteps", Preparation = "preparations", Visit = "channel_visits", Indexed = "channels_indexed",
        Read = "reads", FreshRead = "fresh_reads", Copied = "channels_copied", InterruptCheck = "interrupt_checks",
    }
}

counters! {
    /// A task made: to be run, or (of the state API) only to be listed.
    Made in MADE {
        Pull = "pull", Push = "push", Call = "call", ErrorHandler = "error_handler",
        ListedPull = "pull_listed", ListedPush = "push_listed", ListedCall = "call_listed",
    }
}

counters! {
    /// Why Python code was called, or data walked that an index would have spared.
    Reason in REASONS {
        PlainChannels = "channels in a mapping without an index", CustomVersions = "versions that are not all int, str or float",
        Config = "config that is not a plain dict", Runtime = "runtime of another class", Sha1 = "task ids of old checkpoints",
        IdFunction = "task id function of the caller", Format = "path part of another class", CacheKey = "cache policy",
        Manager = "child of a callback manager", Callbacks = "copy of callbacks", Mapper = "input mapper", Managed = "managed value",
        Identifier = "identifier of a node", Runnable = "runnable of a function", Warning = "warning in the log",
        NextVersion = "get_next_version", NullResume = "null resume of a parent",
    }
}

/// `{supersteps, …, tasks: {kind: count}, python: {reason: count}}`
pub fn to_dict(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let dict = Work::to_dict(py)?;
    dict.set_item("tasks", Made::to_dict(py)?)?;
    dict.set_item("python", Reason::to_dict(py)?)?;
    Ok(dict)
}
