//! The one place with unsafe code: CPython's objects without PyO3's checks and references in between.
//!
//! What is exported is safe to call with any object. Two rules hold inside: a pointer that is borrowed from a container is
//! used only until Python code may run, which what allocates objects of the garbage collector may make happen too; and what
//! Python code may see meanwhile is left in a valid state before it runs.
#![allow(unsafe_code)]

mod bare;
mod build;
mod copied;
mod look;
mod model;
mod out;
mod slot;
mod text;
mod walk;

use std::ffi::CStr;

use pyo3::prelude::*;

pub use bare::{dict_version, new_bare, set_attr};
pub use build::{
    call_with, frozen_set, insert, interned, list, new_int, new_slots, new_tuple_of, set, set_slot,
    tuple,
};
pub use copied::{Original, Template};
pub use look::{
    call_method, class_attribute, has_attribute, has_bare_init, has_bare_new, has_code,
    has_instance_dict, has_ordinary_assignment, has_ordinary_lookup, in_dict, is_scalar,
    is_subclass, is_text, name_address, next_pair, own_attribute, pairs_are, version_tag,
};
pub use model::{Maker, Slots};
pub use out::{Out, Scratch, scratch};
pub use slot::Slot;
pub use text::{new_text, utf8};

/// `Py_TYPE(object)->tp_name`: `X` for classes written in Python, `datetime.timedelta` for those written in C.
pub fn type_name(object: &Bound<'_, PyAny>) -> String {
    // SAFETY: `object` keeps its type alive, whose `tp_name` is a NUL-terminated string for as long; it is copied here.
    unsafe { CStr::from_ptr((*object.get_type_ptr()).tp_name) }
        .to_string_lossy()
        .into_owned()
}
