//! Which of the ten classes an object is exactly of.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

/// One of the ten classes, or any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `LastValue`
    LastValue,
    /// `EphemeralValue`
    EphemeralValue,
    /// `BinaryOperatorAggregate`
    BinaryOperatorAggregate,
    /// `Topic`
    Topic,
    /// `NamedBarrierValue`
    NamedBarrierValue,
    /// `LastValueAfterFinish`
    LastValueAfterFinish,
    /// `NamedBarrierValueAfterFinish`
    NamedBarrierValueAfterFinish,
    /// `DeltaChannel`
    DeltaChannel,
    /// `UntrackedValue`
    UntrackedValue,
    /// `AnyValue`
    AnyValue,
    /// Any other class, a subclass of one of the ten among them: called by its Python methods.
    Other,
}

/// The ten classes, the commonest first.
static CLASSES: PyOnceLock<[Py<PyType>; Kind::ALL.len()]> = PyOnceLock::new();

impl Kind {
    /// The ten, in the order of their discriminants.
    pub const ALL: [Self; 10] = [
        Self::LastValue,
        Self::EphemeralValue,
        Self::BinaryOperatorAggregate,
        Self::Topic,
        Self::NamedBarrierValue,
        Self::LastValueAfterFinish,
        Self::NamedBarrierValueAfterFinish,
        Self::DeltaChannel,
        Self::UntrackedValue,
        Self::AnyValue,
    ];

    /// The name of the class.
    pub fn name(self) -> &'static str {
        match self {
            Self::LastValue => "LastValue",
            Self::EphemeralValue => "EphemeralValue",
            Self::BinaryOperatorAggregate => "BinaryOperatorAggregate",
            Self::Topic => "Topic",
            Self::NamedBarrierValue => "NamedBarrierValue",
            Self::LastValueAfterFinish => "LastValueAfterFinish",
            Self::NamedBarrierValueAfterFinish => "NamedBarrierValueAfterFinish",
            Self::DeltaChannel => "DeltaChannel",
            Self::UntrackedValue => "UntrackedValue",
            Self::AnyValue => "AnyValue",
            Self::Other => "other",
        }
    }

    /// The class that `object` is exactly of.
    #[inline]
    pub fn of(object: &Bound<'_, PyAny>) -> Self {
        let class = object.get_type_ptr();
        let Some(classes) = CLASSES.get(object.py()) else {
            return Self::Other;
        };
        for (kind, candidate) in Self::ALL.iter().zip(classes) {
            if std::ptr::eq(candidate.as_ptr().cast(), class) {
                return *kind;
            }
        }
        Self::Other
    }

    /// The class itself.
    ///
    /// # Errors
    /// `TypeError` where the classes were never made, or for [`Self::Other`].
    pub fn class(self, py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
        CLASSES
            .get(py)
            .and_then(|classes| classes.get(self as usize))
            .map(|class| class.bind(py))
            .ok_or_else(|| pyo3::exceptions::PyTypeError::new_err("no channel class"))
    }

    /// Remembers the classes, once, in the order of [`Self::ALL`].
    pub fn remember(py: Python<'_>, classes: [Bound<'_, PyType>; Self::ALL.len()]) {
        // Whoever came first made the same classes.
        let _ = CLASSES.set(py, classes.map(Bound::unbind));
    }
}
