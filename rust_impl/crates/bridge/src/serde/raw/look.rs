//! Looking at objects and classes.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple, PyType};

/// `PyDict_Next`. Unlike PyO3's iterator it does not panic if the dict changed: pairs may then be missed or met twice.
#[inline]
pub fn next_pair<'py>(
    dict: &Bound<'py, PyDict>,
    position: &mut ffi::Py_ssize_t,
) -> Option<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
    let py = dict.py();
    let (mut key, mut value) = (std::ptr::null_mut(), std::ptr::null_mut());
    // SAFETY: `dict` is a dict and is alive, the three addresses are valid, and `position` came from an earlier call or is 0.
    // `PyDict_Next` checks it against the dict's present size.
    if unsafe { ffi::PyDict_Next(dict.as_ptr(), position, &raw mut key, &raw mut value) } == 0 {
        return None;
    }
    // SAFETY: both are borrowed from the dict, which nothing can change before they are owned here (the GIL is held).
    Some(unsafe {
        (
            Bound::from_borrowed_ptr(py, key),
            Bound::from_borrowed_ptr(py, value),
        )
    })
}

/// Whether all pairs are as asked.
pub fn pairs_are<'py>(
    dict: &Bound<'py, PyDict>,
    mut are: impl FnMut(&Bound<'py, PyAny>, &Bound<'py, PyAny>) -> bool,
) -> bool {
    let mut position = 0;
    while let Some((key, value)) = next_pair(dict, &mut position) {
        if !are(&key, &value) {
            return false;
        }
    }
    true
}

/// Whether an object is exactly a string of this text.
#[inline]
pub fn is_text(object: &Bound<'_, PyAny>, text: &Py<PyString>) -> bool {
    object.is(text)
        || object.cast_exact::<PyString>().is_ok_and(|object| {
            match (super::utf8(object), super::utf8(text.bind(object.py()))) {
                (Some(a), Some(b)) => a == b,
                _ => false,
            }
        })
}

/// Whether an object is exactly a `str`, `int`, `bool`, `float`, `bytes` or `None`.
#[inline]
pub fn is_scalar(object: &Bound<'_, PyAny>) -> bool {
    let class = object.get_type_ptr();
    // The addresses of the interpreter's own classes.
    class == &raw mut ffi::PyUnicode_Type
        || class == &raw mut ffi::PyLong_Type
        || class == &raw mut ffi::PyBool_Type
        || class == &raw mut ffi::PyFloat_Type
        || class == &raw mut ffi::PyBytes_Type
        || object.is_none()
}

/// Whether a class is another or inherits from it, whatever their metaclasses say.
#[inline]
pub fn is_subclass(class: &Bound<'_, PyType>, base: &Bound<'_, PyType>) -> bool {
    // SAFETY: two classes that are alive.
    unsafe { ffi::PyType_IsSubtype(class.as_type_ptr(), base.as_type_ptr()) != 0 }
}

/// A number that is given to no other state of any class: it is taken away when something is assigned to the class or to one of
/// its bases. `None` if the class has none at present.
#[inline]
pub fn version_tag(class: &Bound<'_, PyType>) -> Option<u32> {
    const VALID: std::ffi::c_ulong = 1 << 19;
    // SAFETY: the class is alive, and the GIL, under which the tag changes, is held.
    let (flags, tag) = unsafe {
        (
            ffi::PyType_GetFlags(class.as_type_ptr()),
            (*class.as_type_ptr()).tp_version_tag,
        )
    };
    (flags & VALID != 0 && tag != 0).then_some(tag)
}

unsafe extern "C" {
    // What `hasattr` is made of, and what looks a name up in a class. PyO3 leaves out private functions; Pythons up to 3.12
    // export these two.
    fn _PyObject_LookupAttr(
        object: *mut ffi::PyObject,
        name: *mut ffi::PyObject,
        result: *mut *mut ffi::PyObject,
    ) -> std::ffi::c_int;
    fn _PyType_Lookup(
        class: *mut ffi::PyTypeObject,
        name: *mut ffi::PyObject,
    ) -> *mut ffi::PyObject;
}

/// `hasattr(object, name)`, which makes no exception only to drop it.
///
/// # Errors
/// What `getattr` raises but AttributeError.
#[inline]
pub fn has_attribute(object: &Bound<'_, PyAny>, name: &Bound<'_, PyString>) -> PyResult<bool> {
    let mut found = std::ptr::null_mut();
    // SAFETY: two objects that are alive; what is found is owned.
    unsafe {
        let status = _PyObject_LookupAttr(object.as_ptr(), name.as_ptr(), &raw mut found);
        ffi::Py_XDECREF(found);
        if status < 0 {
            return Err(PyErr::fetch(object.py()));
        }
    }
    Ok(!found.is_null())
}

/// What a class or its bases have under this name: no descriptor is asked, and no metaclass.
#[inline]
pub fn class_attribute<'py>(
    class: &Bound<'py, PyType>,
    name: &Bound<'py, PyString>,
) -> Option<Bound<'py, PyAny>> {
    // SAFETY: two objects that are alive; the result is borrowed or null, without an exception.
    unsafe {
        Bound::from_borrowed_ptr_or_opt(
            class.py(),
            _PyType_Lookup(class.as_type_ptr(), name.as_ptr()),
        )
    }
}

/// Whether the attributes of a class's objects are looked up as `object.__getattribute__` does, and no `__getattr__` is asked.
pub fn has_ordinary_lookup(class: &Bound<'_, PyType>) -> bool {
    // SAFETY: the class is alive. Functions are compared by address: two that are merged are the same code.
    unsafe {
        (*class.as_type_ptr()).tp_getattro.map(|get| get as usize)
            == Some(ffi::PyObject_GenericGetAttr as *const () as usize)
    }
}

/// Whether the attributes of a class's objects are assigned as `object.__setattr__` does.
pub fn has_ordinary_assignment(class: &Bound<'_, PyType>) -> bool {
    // SAFETY: as above.
    unsafe {
        (*class.as_type_ptr()).tp_setattro.map(|set| set as usize)
            == Some(ffi::PyObject_GenericSetAttr as *const () as usize)
    }
}

/// Whether a class's objects come from `object.__new__`. One whose own `__new__` was taken away again is none of these: it refuses
/// arguments.
pub fn has_bare_new(class: &Bound<'_, PyType>) -> bool {
    // SAFETY: the class is alive, and so is `object`, which does not change.
    unsafe {
        (*class.as_type_ptr()).tp_new.map(|new| new as usize)
            == ffi::PyBaseObject_Type.tp_new.map(|new| new as usize)
    }
}

/// Whether nothing follows `__new__` but `object.__init__`, with the same exception.
pub fn has_bare_init(class: &Bound<'_, PyType>) -> bool {
    // SAFETY: as above.
    unsafe {
        (*class.as_type_ptr()).tp_init.map(|init| init as usize)
            == ffi::PyBaseObject_Type.tp_init.map(|init| init as usize)
    }
}

/// Whether a class's objects have a `__dict__`.
pub fn has_instance_dict(class: &Bound<'_, PyType>) -> bool {
    // SAFETY: the class is alive.
    unsafe { (*class.as_type_ptr()).tp_dictoffset != 0 }
}

/// Where the text of a class's name is: it is elsewhere once the class was given another, as long as the old one is kept.
#[inline]
pub fn name_address(class: &Bound<'_, PyType>) -> usize {
    // SAFETY: the class is alive.
    unsafe { (*class.as_type_ptr()).tp_name as usize }
}

/// `object.__getattribute__(object, name)`; nothing if that raises.
#[inline]
pub fn own_attribute<'py>(
    object: &Bound<'py, PyAny>,
    name: &Bound<'py, PyString>,
) -> Option<Bound<'py, PyAny>> {
    // SAFETY: two objects that are alive; the result is owned or null with an exception.
    unsafe {
        let value = ffi::PyObject_GenericGetAttr(object.as_ptr(), name.as_ptr());
        if value.is_null() {
            drop(PyErr::take(object.py()));
        }
        Bound::from_owned_ptr_or_opt(object.py(), value)
    }
}

/// What an object has in its dict under this name: runs no code.
#[inline]
pub fn in_dict<'py>(
    object: &Bound<'py, PyAny>,
    name: &Bound<'py, PyString>,
) -> Option<Bound<'py, PyAny>> {
    // SAFETY: an object that is alive; the dict is owned, or null with an exception.
    let dict = unsafe {
        let dict = ffi::PyObject_GenericGetDict(object.as_ptr(), std::ptr::null_mut());
        if dict.is_null() {
            drop(PyErr::take(object.py()));
        }
        Bound::from_owned_ptr_or_opt(object.py(), dict)?
    };
    dict.cast_exact::<PyDict>().ok()?.get_item(name).ok()?
}

/// Whether a function written in Python has this code.
#[inline]
pub fn has_code(function: &Bound<'_, PyAny>, code: &Bound<'_, PyAny>) -> bool {
    // SAFETY: it is a function, so it has code, which is borrowed only to be compared.
    unsafe {
        ffi::PyFunction_Check(function.as_ptr()) != 0
            && ffi::PyFunction_GetCode(function.as_ptr()) == code.as_ptr()
    }
}

/// `object.name(argument, keyword=value)`, where `keywords` is `(keyword,)`.
///
/// # Errors
/// What the method raises, and `TypeError` for other `keywords`.
pub fn call_method<'py>(
    object: &Bound<'py, PyAny>,
    name: &Bound<'py, PyString>,
    argument: &Bound<'py, PyAny>,
    keywords: &Bound<'py, PyTuple>,
    value: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    if keywords.len() != 1 {
        return Err(pyo3::exceptions::PyTypeError::new_err(
            "one keyword is wanted",
        ));
    }
    let arguments = [object.as_ptr(), argument.as_ptr(), value.as_ptr()];
    // SAFETY: two positional arguments, the object first, and as many more as there are keywords; all are alive.
    unsafe {
        let result =
            ffi::PyObject_VectorcallMethod(name.as_ptr(), arguments.as_ptr(), 2, keywords.as_ptr());
        Bound::from_owned_ptr_or_err(object.py(), result)
    }
}
