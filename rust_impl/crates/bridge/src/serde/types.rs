//! The Python classes and functions that the codec knows, looked up once.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyFrozenSet, PyTuple, PyType};

use super::raw;

/// Classes written in C that nobody can add attributes to, so that upstream's duck-typed questions are settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exact {
    /// `set`, `frozenset`, `deque`
    Collection,
    /// `datetime.datetime`
    DateTime,
    /// `datetime.date`
    Date,
    /// `datetime.time`
    Time,
    /// `datetime.timedelta`
    TimeDelta,
    /// `datetime.timezone`
    TimeZone,
    /// `decimal.Decimal`
    Decimal,
    /// `re.Pattern`
    Pattern,
    /// `zoneinfo.ZoneInfo`
    ZoneInfo,
}

/// What a class is told by, in the order in which upstream asks once the duck-typed questions are answered with no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// `pathlib.Path`
    Path,
    /// `re.Pattern`
    Pattern,
    /// `uuid.UUID`
    Uuid,
    /// `Decimal` or an IP type: told by `str()`
    Text,
    /// `set`, `frozenset`, `deque`
    Collection,
    /// `datetime`
    DateTime,
    /// `timedelta`
    TimeDelta,
    /// `date`
    Date,
    /// `time`
    Time,
    /// `timezone`
    TimeZone,
    /// `ZoneInfo`
    ZoneInfo,
    /// `Enum`
    Enum,
}

/// A class written in C, with the names that an envelope gives it.
pub struct Known {
    class: Py<PyType>,
    /// Which one.
    pub exact: Exact,
    /// Its module.
    pub module: &'static str,
    /// Its name.
    pub name: &'static str,
}

/// Everything that is looked up once per process.
pub struct Types {
    known: Vec<Known>,
    /// In upstream's order.
    pub families: Vec<(Family, Py<PyAny>)>,
    /// `langgraph.checkpoint.serde.jsonplus`
    pub jsonplus: Py<PyModule>,
    /// `vars(langgraph.checkpoint.serde.jsonplus)`
    pub jsonplus_names: Py<PyDict>,
    /// `vars(langgraph.checkpoint.serde._msgpack)`
    pub gate_names: Py<PyDict>,
    /// `SAFE_MSGPACK_TYPES` as it was when the table of the `codec` crate was compared with it.
    pub safe_types: Py<PyAny>,
    /// `SAFE_MSGPACK_METHODS` likewise.
    pub safe_methods: Py<PyAny>,
    /// `vars(langgraph.checkpoint.serde.event_hooks)`
    pub event_names: Py<PyDict>,
    /// Its `emit_serde_event`.
    pub emit_event: Original,
    /// `jsonplus._warn_once`
    pub warn_once: Original,
    /// `_DeltaSnapshot`
    pub delta_snapshot: Py<PyAny>,
    /// `SendProtocol`
    pub send_protocol: Py<PyAny>,
    /// `langgraph.types.Send`, once somebody has imported it: it brings half of LangChain, which upstream's serializer does not.
    send: PyOnceLock<Py<PyAny>>,
    /// `langgraph.store.base.Item`
    pub item: Py<PyAny>,
    /// `dataclasses._FIELD`
    pub field_marker: Py<PyAny>,
    /// `enum.EnumMeta`
    pub enum_meta: Py<PyType>,
    /// `uuid.UUID`
    pub uuid: Py<PyType>,
    /// `pydantic.BaseModel`
    pub base_model: Py<PyType>,
    /// Where its instances keep their parts.
    slots: Option<raw::Slots>,
    /// `langgraph_rs.recognition`
    pub recognition: Py<PyModule>,
    /// `uuid.SafeUUID.unknown`
    pub safe_uuid_unknown: Py<PyAny>,
    /// `ormsgpack.Ext` and `ormsgpack.Fragment`
    pub ready_made: [Py<PyAny>; 2],
    /// `ormsgpack.packb`
    pub packb: Py<PyAny>,
    /// `getattr`
    pub getattr: Py<PyAny>,
    /// `sys.modules`
    pub modules: Py<PyDict>,
    /// `vars(importlib)`
    pub importlib: Py<PyDict>,
    /// `importlib.import_module`
    pub import_module: Py<PyAny>,
}

/// A function of upstream's with its code, if it is the one that its module defines.
pub struct Original(Option<(Py<PyAny>, Py<PyAny>)>);

impl Original {
    fn of(py: Python<'_>, module: &str, name: &str) -> PyResult<Self> {
        let function = py.import(module)?.getattr(name)?;
        let text = |attribute: &str| -> Option<String> {
            function.getattr(attribute).ok()?.extract().ok()
        };
        if text("__module__").as_deref() != Some(module)
            || text("__qualname__").as_deref() != Some(name)
        {
            return Ok(Self(None));
        }
        let code = function.getattr("__code__").ok();
        Ok(Self(code.map(|code| (function.unbind(), code.unbind()))))
    }

    /// Whether a function is this one, with the code that it had.
    pub fn is_as_it_was(&self, function: &Bound<'_, PyAny>) -> bool {
        let py = function.py();
        self.0
            .as_ref()
            .is_some_and(|(own, code)| function.is(own) && raw::has_code(function, code.bind(py)))
    }
}

static TYPES: PyOnceLock<Types> = PyOnceLock::new();

impl Types {
    /// The table; imports LangGraph at the first call.
    ///
    /// # Errors
    /// `ImportError` if there is no LangGraph, `RuntimeError` if its allowlist is not the one of this build.
    pub fn get(py: Python<'_>) -> PyResult<&Self> {
        TYPES.get_or_try_init(py, || Self::load(py))
    }

    fn load(py: Python<'_>) -> PyResult<Self> {
        let attribute = |module: &str, name: &str| -> PyResult<Py<PyAny>> {
            Ok(py.import(module)?.getattr(name)?.unbind())
        };
        let class = |module: &str, name: &str| -> PyResult<Py<PyType>> {
            Ok(py
                .import(module)?
                .getattr(name)?
                .cast_into::<PyType>()?
                .unbind())
        };
        let gate = py.import("langgraph.checkpoint.serde._msgpack")?;
        let builtins = py.import("builtins")?;
        let mut known = Vec::new();
        for (exact, module, name) in [
            (Exact::DateTime, "datetime", "datetime"),
            (Exact::Collection, "builtins", "set"),
            (Exact::Collection, "builtins", "frozenset"),
            (Exact::Collection, "collections", "deque"),
            (Exact::Date, "datetime", "date"),
            (Exact::Time, "datetime", "time"),
            (Exact::TimeDelta, "datetime", "timedelta"),
            (Exact::TimeZone, "datetime", "timezone"),
            (Exact::Decimal, "decimal", "Decimal"),
            (Exact::Pattern, "re", "Pattern"),
            (Exact::ZoneInfo, "zoneinfo", "ZoneInfo"),
        ] {
            let class = class(module, name)?;
            if is_closed(class.bind(py))? {
                known.push(Known {
                    class,
                    exact,
                    module,
                    name,
                });
            }
        }
        let families = [
            (Family::Path, "pathlib", &["Path"][..]),
            (Family::Pattern, "re", &["Pattern"]),
            (Family::Uuid, "uuid", &["UUID"]),
            (Family::Text, "decimal", &["Decimal"]),
            (Family::Collection, "builtins", &["set", "frozenset"]),
            (Family::Collection, "collections", &["deque"]),
            (
                Family::Text,
                "ipaddress",
                &["IPv4Address", "IPv4Interface", "IPv4Network"],
            ),
            (
                Family::Text,
                "ipaddress",
                &["IPv6Address", "IPv6Interface", "IPv6Network"],
            ),
            (Family::DateTime, "datetime", &["datetime"]),
            (Family::TimeDelta, "datetime", &["timedelta"]),
            (Family::Date, "datetime", &["date"]),
            (Family::Time, "datetime", &["time"]),
            (Family::TimeZone, "datetime", &["timezone"]),
            (Family::ZoneInfo, "zoneinfo", &["ZoneInfo"]),
            (Family::Enum, "enum", &["Enum"]),
        ]
        .into_iter()
        .map(|(family, module, names)| {
            let classes = names
                .iter()
                .map(|name| attribute(module, name))
                .collect::<PyResult<Vec<_>>>()?;
            Ok((family, PyTuple::new(py, classes)?.into_any().unbind()))
        })
        .collect::<PyResult<Vec<_>>>()?;
        let safe_types = gate.getattr("SAFE_MSGPACK_TYPES")?;
        let safe_methods = gate.getattr("SAFE_MSGPACK_METHODS")?;
        if !safe_types.eq(PyFrozenSet::new(py, codec::allowlist::SAFE_TYPES)?)?
            || !safe_methods.eq(PyFrozenSet::new(py, codec::allowlist::SAFE_METHODS)?)?
        {
            return Err(pyo3::exceptions::PyRuntimeError::new_err(
                "langgraph's msgpack allowlist is not the one that langgraph_rs was built for",
            ));
        }
        Ok(Self {
            known,
            families,
            jsonplus: py.import("langgraph.checkpoint.serde.jsonplus")?.unbind(),
            jsonplus_names: py
                .import("langgraph.checkpoint.serde.jsonplus")?
                .dict()
                .unbind(),
            gate_names: gate.dict().unbind(),
            safe_types: safe_types.unbind(),
            safe_methods: safe_methods.unbind(),
            event_names: py
                .import("langgraph.checkpoint.serde.event_hooks")?
                .dict()
                .unbind(),
            emit_event: Original::of(
                py,
                "langgraph.checkpoint.serde.event_hooks",
                "emit_serde_event",
            )?,
            warn_once: Original::of(py, "langgraph.checkpoint.serde.jsonplus", "_warn_once")?,
            delta_snapshot: attribute("langgraph.checkpoint.serde.types", "_DeltaSnapshot")?,
            send_protocol: attribute("langgraph.checkpoint.serde.types", "SendProtocol")?,
            send: PyOnceLock::new(),
            item: attribute("langgraph.store.base", "Item")?,
            field_marker: attribute("dataclasses", "_FIELD")?,
            enum_meta: class("enum", "EnumMeta")?,
            uuid: class("uuid", "UUID")?,
            slots: raw::Slots::of(class("pydantic", "BaseModel")?.bind(py)),
            base_model: class("pydantic", "BaseModel")?,
            recognition: py.import("langgraph_rs.recognition")?.unbind(),
            safe_uuid_unknown: py
                .import("uuid")?
                .getattr("SafeUUID")?
                .getattr("unknown")?
                .unbind(),
            ready_made: [
                attribute("ormsgpack", "Ext")?,
                attribute("ormsgpack", "Fragment")?,
            ],
            packb: attribute("ormsgpack", "packb")?,
            getattr: builtins.getattr("getattr")?.unbind(),
            modules: attribute("sys", "modules")?
                .bind(py)
                .cast::<PyDict>()?
                .clone()
                .unbind(),
            importlib: py.import("importlib")?.dict().unbind(),
            import_module: attribute("importlib", "import_module")?,
        })
    }

    /// A model's `__dict__`, if it has nothing extra.
    #[inline]
    pub fn fields_of<'py>(&self, model: &Bound<'py, PyAny>) -> Option<Bound<'py, PyDict>> {
        self.slots.as_ref()?.fields_of(model)
    }

    /// What makes instances of a class, if it is a model of pydantic's.
    #[inline]
    pub fn maker<'py>(&self, class: &Bound<'py, PyType>) -> Option<raw::Maker<'py>> {
        self.slots.as_ref()?.maker(class)
    }

    /// The address of one of these classes, if it is written in C.
    pub fn closed(&self, module: &str, name: &str) -> Option<usize> {
        let known = self
            .known
            .iter()
            .find(|known| known.module == module && known.name == name);
        known.map(|known| known.class.as_ptr() as usize)
    }

    /// Whether a class is `langgraph.types.Send`, by a look at what is imported.
    ///
    /// # Errors
    /// What the module raises.
    pub fn is_send(&self, class: &Bound<'_, PyType>) -> PyResult<bool> {
        let py = class.py();
        if let Some(send) = self.send.get(py) {
            return Ok(class.is(send));
        }
        // Its name is asked first: until the module is there, every object would be looked for in vain.
        if class.name()? != "Send" {
            return Ok(false);
        }
        let Some(module) = self.modules.bind(py).get_item("langgraph.types")? else {
            return Ok(false);
        };
        match module.getattr_opt("Send")? {
            Some(send) => Ok(class.is(self.send.get_or_init(py, || send.unbind()))),
            None => Ok(false),
        }
    }

    /// Whether a class is one of these.
    pub fn is_known(&self, class: &Bound<'_, PyAny>) -> bool {
        self.known.iter().any(|known| known.class.is(class))
    }

    /// The class of `object` if it is exactly one written in C.
    pub fn exact(&self, object: &Bound<'_, PyAny>) -> Option<&Known> {
        let class = object.get_type_ptr();
        self.known
            .iter()
            .find(|known| std::ptr::eq(known.class.as_ptr().cast(), class))
    }
}

/// Whether neither the class nor its instances can be given attributes (`Py_TPFLAGS_IMMUTABLETYPE`, no `__dict__`).
fn is_closed(class: &Bound<'_, PyType>) -> PyResult<bool> {
    const IMMUTABLE: u64 = 1 << 8;
    let flags: u64 = class.getattr("__flags__")?.extract()?;
    let offset: isize = class.getattr("__dictoffset__")?.extract()?;
    Ok(flags & IMMUTABLE != 0 && offset == 0)
}
