//! The parts of a pydantic model, at their places in its memory.

use std::ffi::c_int;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PySet, PyType};

/// Where the instances of `BaseModel` and its subclasses keep what is not in their `__dict__`, in bytes from their beginning.
pub struct Slots {
    base: Py<PyType>,
    places: Places,
}

#[derive(Clone, Copy)]
struct Places {
    given: usize,
    extra: usize,
    private: usize,
}

/// What makes instances of one class.
pub struct Maker<'py> {
    class: Bound<'py, PyType>,
    places: Places,
}

/// CPython's `PyMemberDescrObject`, which PyO3 does not have.
#[repr(C)]
struct MemberDescr {
    base: ffi::PyObject,
    of: *mut ffi::PyTypeObject,
    name: *mut ffi::PyObject,
    qualname: *mut ffi::PyObject,
    member: *mut ffi::PyMemberDef,
}

/// A slot that holds an object, and raises `AttributeError` where it is empty.
const OBJECT: c_int = 16;

impl Slots {
    /// Those that `BaseModel` declares; `None` if it keeps those parts in another way.
    pub fn of(base: &Bound<'_, PyType>) -> Option<Self> {
        let names = base.getattr("__dict__").ok()?;
        let place = |name: &str| -> Option<usize> {
            let found = names.get_item(name).ok()?;
            // SAFETY: a descriptor of this type, which no class inherits from, has this structure, and a member's definition lives
            // as long as the class that it was made for, which is `base`.
            unsafe {
                if found.get_type_ptr() != &raw mut ffi::PyMemberDescr_Type {
                    return None;
                }
                let found = found.as_ptr().cast::<MemberDescr>();
                let member = (*found).member;
                if (*found).of != base.as_type_ptr() || (*member).type_code != OBJECT {
                    return None;
                }
                usize::try_from((*member).offset).ok()
            }
        };
        Some(Self {
            places: Places {
                given: place("__pydantic_fields_set__")?,
                extra: place("__pydantic_extra__")?,
                private: place("__pydantic_private__")?,
            },
            base: base.clone().unbind(),
        })
    }

    /// What makes instances of a class; `None` if it is no model, is abstract, or has instances that are made in another way than
    /// `object`'s.
    #[inline]
    pub fn maker<'py>(&self, class: &Bound<'py, PyType>) -> Option<Maker<'py>> {
        const ABSTRACT: std::ffi::c_ulong = 1 << 20;
        let kind = class.as_type_ptr();
        // SAFETY: the class is alive and ready, and looked at.
        unsafe {
            let object = &raw mut ffi::PyBaseObject_Type;
            let is_made_as_objects = (*kind).tp_new.map(|make| make as usize)
                == (*object).tp_new.map(|make| make as usize)
                && (*kind).tp_alloc.map(|make| make as usize)
                    == (*object).tp_alloc.map(|make| make as usize);
            let is_model = is_made_as_objects
                && ffi::PyType_GetFlags(kind) & ABSTRACT == 0
                && ffi::PyType_IsSubtype(kind, self.base.as_ptr().cast()) != 0;
            is_model.then(|| Maker {
                class: class.clone(),
                places: self.places,
            })
        }
    }

    /// A model's `__dict__`, if it is one and has nothing extra.
    #[inline]
    pub fn fields_of<'py>(&self, model: &Bound<'py, PyAny>) -> Option<Bound<'py, PyDict>> {
        let py = model.py();
        // SAFETY: the object is alive, and an instance of `BaseModel`, so that the slot is where that has it. What is in it is borrowed
        // only to be looked at. The dict is owned or null with an exception.
        unsafe {
            if ffi::PyType_IsSubtype(model.get_type_ptr(), self.base.as_ptr().cast()) == 0 {
                return None;
            }
            let extra = model
                .as_ptr()
                .byte_add(self.places.extra)
                .cast::<*mut ffi::PyObject>()
                .read();
            let has_none = extra == ffi::Py_None()
                || (!extra.is_null()
                    && ffi::PyDict_CheckExact(extra) != 0
                    && ffi::PyDict_Size(extra) == 0);
            if !has_none {
                return None;
            }
            let fields = ffi::PyObject_GenericGetDict(model.as_ptr(), std::ptr::null_mut());
            let Some(fields) = Bound::from_owned_ptr_or_opt(py, fields) else {
                drop(PyErr::take(py));
                return None;
            };
            fields.cast_into_exact::<PyDict>().ok()
        }
    }
}

impl<'py> Maker<'py> {
    /// A new instance with these parts and no private attributes, as pydantic's core makes one.
    #[inline]
    pub fn new_model(
        &self,
        fields: &Bound<'py, PyDict>,
        given: Bound<'py, PySet>,
        extra: Bound<'py, PyAny>,
    ) -> Option<Bound<'py, PyAny>> {
        let py = fields.py();
        // SAFETY: the class is alive and ready. Its `tp_new` was `object`'s, which calls `tp_alloc` for what is not abstract and makes
        // room for attributes, which the dict takes here, so that the object is whole. It was a `BaseModel`, so that the slots are
        // where that has them, which no assignment to the class changes; they are empty, and take references that are given away.
        // Nothing is allocated between these steps.
        unsafe {
            let new = ffi::PyType_GenericAlloc(self.class.as_type_ptr(), 0);
            let Some(model) = Bound::from_owned_ptr_or_opt(py, new) else {
                drop(PyErr::take(py));
                return None;
            };
            if ffi::PyObject_GenericSetDict(new, fields.as_ptr(), std::ptr::null_mut()) != 0 {
                drop(PyErr::take(py));
                return None;
            }
            let put = |place: usize, part: *mut ffi::PyObject| {
                new.byte_add(place).cast::<*mut ffi::PyObject>().write(part);
            };
            put(self.places.given, given.into_ptr());
            put(self.places.extra, extra.into_ptr());
            put(self.places.private, py.None().into_ptr());
            Some(model)
        }
    }
}
