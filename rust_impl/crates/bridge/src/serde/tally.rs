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

/// How many values of each kind.
pub type Kinds = [u64; Kind::COUNT];

impl Kind {
    /// None of any.
    pub const NONE: Kinds = [0; Self::COUNT];

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

/// Counts what one direction does, for as long as the GIL is held: nobody comes between a count's reading and its writing.
#[derive(Clone, Copy)]
pub struct Tally(&'static Total);

impl Tally {
    /// Counts to these.
    pub fn of(_: Python<'_>, total: &'static Total) -> Self {
        Self(total)
    }

    /// One value of this kind.
    #[inline(always)]
    pub fn value(self, kind: Kind) {
        self.values(kind, 1);
    }

    /// So many values of this kind.
    #[inline(always)]
    pub fn values(self, kind: Kind, more: u64) {
        add(&self.0.kinds[kind as usize], more);
    }

    /// So many values of each kind.
    pub fn add(self, more: &Kinds) {
        for (count, more) in self.0.kinds.iter().zip(more) {
            add(count, *more);
        }
    }

    /// How many there were so far.
    pub fn kinds(self) -> Kinds {
        let mut kinds = Kind::NONE;
        for (kind, count) in kinds.iter_mut().zip(&self.0.kinds) {
            *kind = count.load(Ordering::Relaxed);
        }
        kinds
    }

    /// Takes back what was counted since there were so many.
    pub fn back_to(self, kinds: &Kinds) {
        for (count, kind) in self.0.kinds.iter().zip(kinds) {
            count.store(*kind, Ordering::Relaxed);
        }
    }

    /// One call into Python.
    #[inline]
    pub fn python(self, reason: Reason) {
        add(&self.0.reasons[reason as usize], 1);
    }

    /// One call of `bytes` bytes.
    pub fn call(self, bytes: usize, failed: bool) {
        add(&self.0.calls, 1);
        add(&self.0.errors, u64::from(failed));
        add(&self.0.bytes, bytes as u64);
    }
}

#[inline(always)]
fn add(count: &AtomicU64, more: u64) {
    count.store(count.load(Ordering::Relaxed) + more, Ordering::Relaxed);
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
