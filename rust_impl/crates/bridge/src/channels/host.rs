//! The world of Python objects, as channels need it: values, reducers, lists and sets are references, errors are exceptions.

use channels::{ChannelError, Host};
use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyList, PySet, PyString, PyTuple};

use super::names::Names;
use crate::protocol;

/// Python, attached.
#[derive(Clone, Copy)]
pub struct PyHost<'py> {
    py: Python<'py>,
    names: &'static Names,
}

impl<'py> PyHost<'py> {
    /// The host of this thread.
    ///
    /// # Errors
    /// `ImportError` if there is no LangGraph.
    #[inline]
    pub fn new(py: Python<'py>) -> PyResult<Self> {
        Ok(Self {
            py,
            names: Names::get(py)?,
        })
    }

    /// The token.
    pub fn py(&self) -> Python<'py> {
        self.py
    }

    /// The sentinel for no value.
    #[inline]
    pub fn missing(&self) -> Bound<'py, PyAny> {
        self.names.missing.bind(self.py).clone()
    }

    /// The sentinel for `None`.
    #[inline]
    pub fn or_missing(&self, value: Option<Bound<'py, PyAny>>) -> Bound<'py, PyAny> {
        value.unwrap_or_else(|| self.missing())
    }

    /// A channel's failure as the exception that upstream raises.
    #[cold]
    pub fn raise(&self, error: ChannelError<PyErr>) -> PyErr {
        match error {
            ChannelError::Empty => {
                PyErr::from_type(self.names.empty_channel_error.bind(self.py).clone(), ())
            }
            ChannelError::InvalidUpdate(text) => PyErr::from_type(
                self.names.invalid_update_error.bind(self.py).clone(),
                (text,),
            ),
            ChannelError::InvalidParameter(text) => PyValueError::new_err(text),
            ChannelError::Host(error) => error,
        }
    }

    /// Mirrors the choice of a class that can be instantiated in the constructors of the reducing channels (`_strip_extras` and
    /// what follows it).
    ///
    /// # Errors
    /// Whatever looking at the type raises.
    pub fn concrete(&self, typ: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py;
        let mut typ = typ.clone();
        while let Some(origin) = typ.getattr_opt(intern!(py, "__origin__"))? {
            typ = if self.is_one_of(&origin, &self.names.requirements)? {
                typ.getattr(intern!(py, "__args__"))?.get_item(0)?
            } else {
                origin
            };
        }
        for (special, stand_in) in &self.names.concrete {
            if self.is_one_of(&typ, std::slice::from_ref(special))? {
                return Ok(stand_in.bind(py).clone());
            }
        }
        Ok(typ)
    }

    /// `object in options`
    fn is_one_of(&self, object: &Bound<'py, PyAny>, options: &[Py<PyAny>]) -> PyResult<bool> {
        for option in options {
            if object.is(option) || object.eq(option)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl<'py> Host for PyHost<'py> {
    type Value = Bound<'py, PyAny>;
    type Error = PyErr;
    type Reducer = Bound<'py, PyAny>;
    type Type = Bound<'py, PyAny>;
    type List = Bound<'py, PyAny>;
    type Set = Bound<'py, PyAny>;

    fn dup(&self, value: &Self::Value) -> Self::Value {
        value.clone()
    }

    fn dup_reducer(&self, reducer: &Self::Reducer) -> Self::Reducer {
        reducer.clone()
    }

    fn dup_type(&self, typ: &Self::Type) -> Self::Type {
        typ.clone()
    }

    fn same_reducer(&self, left: &Self::Reducer, right: &Self::Reducer) -> PyResult<bool> {
        let name = intern!(self.py, "__name__");
        let lambda = intern!(self.py, "<lambda>");
        Ok(left.getattr(name)?.eq(lambda)? || right.getattr(name)?.eq(lambda)? || left.is(right))
    }

    fn reduce(
        &self,
        reducer: &Self::Reducer,
        current: Option<&Self::Value>,
        update: Self::Value,
    ) -> PyResult<Self::Value> {
        match current {
            Some(current) => reducer.call1((current, update)),
            None => reducer.call1((&self.names.missing, update)),
        }
    }

    fn reduce_batch(
        &self,
        reducer: &Self::Reducer,
        current: Option<&Self::Value>,
        updates: Vec<Self::Value>,
    ) -> PyResult<Self::Value> {
        let updates = PyList::new(self.py, updates)?;
        match current {
            Some(current) => reducer.call1((current, updates)),
            None => reducer.call1((&self.names.missing, updates)),
        }
    }

    fn default_of(&self, typ: &Self::Type) -> PyResult<Self::Value> {
        typ.call0()
    }

    fn shallow_copy(&self, value: &Self::Value) -> PyResult<Self::Value> {
        self.names.copy.bind(self.py).call1((value,))
    }

    fn overwrite(&self, value: &Self::Value) -> PyResult<Option<Self::Value>> {
        let py = self.py;
        if value.is_instance(self.names.overwrite.bind(py))? {
            return value.getattr(intern!(py, "value")).map(Some);
        }
        let Ok(dict) = value.cast::<PyDict>() else {
            return Ok(None);
        };
        let marker = intern!(py, "__overwrite__");
        let (kind, inner) = (intern!(py, "type"), intern!(py, "value"));
        if value.is_exact_instance_of::<PyDict>() {
            if dict.len() == 1
                && let Some(value) = dict.get_item(marker)?
            {
                return Ok(Some(value));
            }
            return match dict.get_item(kind)? {
                Some(kind) if kind.eq(marker)? => dict.get_item(inner),
                _ => Ok(None),
            };
        }
        // A subclass may answer as it likes.
        if value.len()? == 1 && value.contains(marker)? {
            return value.get_item(marker).map(Some);
        }
        if value
            .call_method1(intern!(py, "get"), (kind,))?
            .eq(marker)?
            && value.contains(inner)?
        {
            return value.get_item(inner).map(Some);
        }
        Ok(None)
    }

    fn snapshot(&self, value: &Self::Value) -> PyResult<Option<Self::Value>> {
        if value.is_instance(self.names.delta_snapshot.bind(self.py))? {
            return value.getattr(intern!(self.py, "value")).map(Some);
        }
        Ok(None)
    }

    #[inline]
    fn present(&self, value: Self::Value) -> Option<Self::Value> {
        (!value.is(&self.names.missing)).then_some(value)
    }

    fn none(&self) -> Self::Value {
        self.py.None().into_bound(self.py)
    }

    fn is_none(&self, value: &Self::Value) -> bool {
        value.is_none()
    }

    fn bool(&self, value: bool) -> Self::Value {
        PyBool::new(self.py, value).to_owned().into_any()
    }

    fn truthy(&self, value: &Self::Value) -> PyResult<bool> {
        value.is_truthy()
    }

    fn display(&self, value: &Self::Value) -> PyResult<String> {
        if let Ok(text) = value.cast_exact::<PyString>() {
            return Ok(text.to_string_lossy().into_owned());
        }
        let text = self.names.format.bind(self.py).call1((value,))?;
        Ok(text.cast::<PyString>()?.to_string_lossy().into_owned())
    }

    fn pair(&self, first: Self::Value, second: Self::Value) -> PyResult<Self::Value> {
        Ok((first, second).into_pyobject(self.py)?.into_any())
    }

    fn unpack_pair(&self, value: Self::Value) -> PyResult<(Self::Value, Self::Value)> {
        let [first, second] = protocol::unpack(&value)?;
        Ok((first, second))
    }

    fn second_of_tuple(&self, value: &Self::Value) -> PyResult<Option<Self::Value>> {
        if value.is_instance_of::<PyTuple>() {
            return value.get_item(1).map(Some);
        }
        Ok(None)
    }

    fn flatten(&self, value: Self::Value, into: &mut Vec<Self::Value>) -> PyResult<()> {
        if !value.is_instance_of::<PyList>() {
            into.push(value);
            return Ok(());
        }
        for item in value.try_iter()? {
            into.push(item?);
        }
        Ok(())
    }

    fn new_list(&self) -> Self::List {
        PyList::empty(self.py).into_any()
    }

    fn extend_list(&self, list: &mut Self::List, items: Vec<Self::Value>) -> PyResult<()> {
        if let Ok(list) = list.cast_exact::<PyList>() {
            for item in items {
                list.append(item)?;
            }
            return Ok(());
        }
        let items = PyTuple::new(self.py, items)?;
        list.call_method1(intern!(self.py, "extend"), (items,))?;
        Ok(())
    }

    fn list_is_empty(&self, list: &Self::List) -> PyResult<bool> {
        Ok(!list.is_truthy()?)
    }

    fn dup_list(&self, list: &Self::List) -> Self::List {
        list.clone()
    }

    fn list_of(&self, list: &Self::List) -> PyResult<Self::List> {
        self.names.list.bind(self.py).call1((list,))
    }

    fn copy_list(&self, list: &Self::List) -> PyResult<Self::List> {
        list.call_method0(intern!(self.py, "copy"))
    }

    fn list_into_value(&self, list: Self::List) -> Self::Value {
        list
    }

    fn adopt_list(&self, value: Self::Value) -> PyResult<Self::List> {
        Ok(value)
    }

    fn new_set(&self) -> Self::Set {
        PySet::empty(self.py).map_or_else(|_| self.none(), Bound::into_any)
    }

    fn set_contains(&self, set: &Self::Set, value: &Self::Value) -> PyResult<bool> {
        set.contains(value)
    }

    fn set_add(&self, set: &mut Self::Set, value: Self::Value) -> PyResult<()> {
        if let Ok(set) = set.cast_exact::<PySet>() {
            return set.add(value);
        }
        set.call_method1(intern!(self.py, "add"), (value,))?;
        Ok(())
    }

    fn same_set(&self, left: &Self::Set, right: &Self::Set) -> PyResult<bool> {
        left.eq(right)
    }

    fn dup_set(&self, set: &Self::Set) -> Self::Set {
        set.clone()
    }

    fn copy_set(&self, set: &Self::Set) -> PyResult<Self::Set> {
        set.call_method0(intern!(self.py, "copy"))
    }

    fn set_into_value(&self, set: Self::Set) -> Self::Value {
        set
    }

    fn adopt_set(&self, value: Self::Value) -> PyResult<Self::Set> {
        Ok(value)
    }

    fn display_set(&self, set: &Self::Set) -> PyResult<String> {
        self.display(set)
    }
}
