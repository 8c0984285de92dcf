//! What was coded natively, and what was given to Python and why.

use std::sync::atomic::{AtomicU64, Ordering};

use pyo3::prelude::*;
use pyo3::types::PyDict;

macro_rules! names {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub enum $name {
            $(#[doc = $text] $variant,)*
        }

        impl $name {
            const NAMES: [&'static str; [$($text),*].len()] = [$($text),*];
            const COUNT: usize = Self::NAMES.len();
        }
    };
}

names! {
    /// The kinds of values that are told apart.
    Kind {
        Nil = "none", Bool = "bool", Int = "int", Float = "float", Str = "str", Bin = "bytes",
        Array = "array", Map = "map",
        SingleArg = "constructor with one argument", PosArgs = "constructor with positional arguments",
        KwArgs = "constructor with keyword arguments", Method = "method with one argument",
        PydanticV1 = "pydantic v1", PydanticV2 = "pydantic v2", NumpyArray = "numpy array",
        DeltaSnapshot = "delta snapshot", Unknown = "unknown extension",
    }
}

names! {
    /// Why Python code was called.
    Reason {
        ModelDump = "model_dump()", SecretValue = "get_secret_value()", DictMethod = "dict()", AsDict = "_asdict()",
        Text = "str() of an object", Repr = "repr() of an exception", Property = "attribute of an object",
        IsoFormat = "isoformat() of an aware datetime",
        Protocol = "isinstance(object, SendProtocol)", Surrogates = "encode() of a string with surrogates",
        Ormsgpack = "ormsgpack.packb of ormsgpack.Ext or Fragment", Numpy = "numpy",
        Import = "importlib.import_module", Construct = "constructor", Validate = "validator of a pydantic model",
        Gate = "event and warning of the allowlist", Fallback = "_reconstruction_fallback",
        CustomHook = "custom __unpack_ext_hook__",
    }
}

impl Kind {
    /// The kind of an extension.
    pub fn of_ext(code: i8) -> Self {
        match code {
            0 => Self::SingleArg,
            1 => Self::PosArgs,
            2 => Self::KwArgs,
            3 => Self::Method,
            4 => Self::PydanticV1,
            5 => Self::PydanticV2,
            6 => Self::NumpyArray,
            7 => Self::DeltaSnapshot,
            _ => Self::Unknown,
        }
    }
}

/// The counts of one call.
#[derive(Default)]
pub struct Tally {
    kinds: [u64; Kind::COUNT],
    reasons: [u64; Reason::COUNT],
}

impl Tally {
    /// One value of this kind.
    #[inline]
    pub fn value(&mut self, kind: Kind) {
        self.kinds[kind as usize] += 1;
    }

    /// So many values of this kind.
    pub fn values(&mut self, kind: Kind, count: u64) {
        self.kinds[kind as usize] += count;
    }

    /// One call into Python.
    #[inline]
    pub fn python(&mut self, reason: Reason) {
        self.reasons[reason as usize] += 1;
    }
}

/// The counts of all calls in one direction since the process began.
pub struct Total {
    calls: AtomicU64,
    errors: AtomicU64,
    bytes: AtomicU64,
    kinds: [AtomicU64; Kind::COUNT],
    reasons: [AtomicU64; Reason::COUNT],
}

/// Objects to bytes.
pub static ENCODED: Total = Total::new();
/// Bytes to objects.
pub static DECODED: Total = Total::new();

impl Total {
    const fn new() -> Self {
        Self {
            calls: AtomicU64::new(0),
            errors: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            kinds: [const { AtomicU64::new(0) }; Kind::COUNT],
            reasons: [const { AtomicU64::new(0) }; Reason::COUNT],
        }
    }

    /// Adds one call of `bytes` bytes.
    pub fn add(&self, tally: &Tally, bytes: usize, failed: bool) {
        let add = |total: &AtomicU64, count: u64| {
            if count > 0 {
                total.fetch_add(count, Ordering::Relaxed);
            }
        };
        add(&self.calls, 1);
        add(&self.errors, u64::from(failed));
        add(&self.bytes, bytes as u64);
        for (total, count) in self.kinds.iter().zip(tally.kinds) {
            add(total, count);
        }
        for (total, count) in self.reasons.iter().zip(tally.reasons) {
            add(total, count);
        }
    }

    /// `{calls, errors, bytes, values: {kind: count}, python: {reason: count}}`
    pub fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let named =
            |names: &[&'static str], totals: &[AtomicU64]| -> PyResult<Bound<'py, PyDict>> {
                let dict = PyDict::new(py);
                for (name, total) in names.iter().zip(totals) {
                    dict.set_item(name, total.load(Ordering::Relaxed))?;
                }
                Ok(dict)
            };
        let dict = PyDict::new(py);
        dict.set_item("calls", self.calls.load(Ordering::Relaxed))?;
        dict.set_item("errors", self.errors.load(Ordering::Relaxed))?;
        dict.set_item("bytes", self.bytes.load(Ordering::Relaxed))?;
        dict.set_item("values", named(&Kind::NAMES, &self.kinds)?)?;
        dict.set_item("python", named(&Reason::NAMES, &self.reasons)?)?;
        Ok(dict)
    }
}
