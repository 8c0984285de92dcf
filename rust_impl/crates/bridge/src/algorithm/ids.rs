//! Task ids and the texts of task paths.

use pregel::{PathText, as_uuid, hexdigest, id_of};
use pyo3::exceptions::PyRecursionError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyInt, PyList, PyString, PyTuple};

use super::tally::Reason;

/// Deeper paths than Python code could walk are refused as Python refuses them.
const MAX_DEPTH: usize = 900;

/// `task_path_str(tup)`: the text of a task path, by which tasks are sorted and savers sort writes.
#[pyfunction]
#[pyo3(signature = (tup))]
pub fn task_path_str<'py>(tup: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyString>> {
    let py = tup.py();
    let text = path_text(tup)?;
    match std::str::from_utf8(&text) {
        Ok(text) => Ok(PyString::new(py, text)),
        Err(_) => Ok(PyBytes::new(py, &text)
            .call_method1(intern!(py, "decode"), ("utf-8", "surrogatepass"))?
            .cast_into::<PyString>()?),
    }
}

/// The bytes of `task_path_str`; lone surrogates are encoded as such, so that bytes order as Python orders the texts.
///
/// # Errors
/// Whatever `__str__` or `__format__` of a part raises.
pub fn path_text(path: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    let mut text = PathText::default();
    write_part(path, &mut text, 0)?;
    Ok(text.into_bytes())
}

fn write_part(part: &Bound<'_, PyAny>, text: &mut PathText, depth: usize) -> PyResult<()> {
    let py = part.py();
    if depth > MAX_DEPTH {
        return Err(PyRecursionError::new_err(
            "maximum recursion depth exceeded while calling a Python object",
        ));
    }
    if let Ok(name) = part.cast_exact::<PyString>() {
        return write_name(name, text);
    }
    if part.is_exact_instance_of::<PyInt>()
        && let Ok(value) = part.extract()
    {
        text.int(value);
        return Ok(());
    }
    if part.is_instance_of::<PyTuple>() || part.is_instance_of::<PyList>() {
        text.open();
        for part in part.try_iter()? {
            write_part(&part?, text, depth + 1)?;
        }
        text.close();
        return Ok(());
    }
    if part.is_instance_of::<pyo3::types::PyBool>() {
        text.int(i64::from(part.is_truthy()?));
        return Ok(());
    }
    Reason::Format.count();
    if part.is_instance_of::<PyInt>() {
        let format = py.import(intern!(py, "builtins"))?;
        let formatted = format.call_method1(intern!(py, "format"), (part, "010d"))?;
        return write_name(formatted.cast::<PyString>()?, text);
    }
    write_name(&part.str()?, text)
}

fn write_name(name: &Bound<'_, PyString>, text: &mut PathText) -> PyResult<()> {
    match name.to_str() {
        Ok(name) => text.text(name.as_bytes()),
        Err(_) => {
            let py = name.py();
            let bytes = name.call_method1(intern!(py, "encode"), ("utf-8", "surrogatepass"))?;
            text.text(bytes.cast::<PyBytes>()?.as_bytes());
        }
    }
    Ok(())
}

/// Appends a part of an id: a str in UTF-8, anything else as the bytes that it is.
fn push_part(bytes: &mut Vec<u8>, part: &Bound<'_, PyAny>) -> PyResult<()> {
    match part.cast::<PyString>() {
        Ok(text) => bytes.extend_from_slice(text.to_str()?.as_bytes()),
        Err(_) => match part.cast::<PyBytes>() {
            Ok(part) => bytes.extend_from_slice(part.as_bytes()),
            Err(_) => {
                let py = part.py();
                let joined = PyBytes::new(py, b"").call_method1(intern!(py, "join"), ((part,),))?;
                bytes.extend_from_slice(joined.cast::<PyBytes>()?.as_bytes());
            }
        },
    }
    Ok(())
}

fn joined(namespace: &Bound<'_, PyAny>, parts: &Bound<'_, PyTuple>) -> PyResult<Vec<u8>> {
    let mut bytes = Vec::new();
    push_part(&mut bytes, namespace)?;
    for part in parts {
        push_part(&mut bytes, &part)?;
    }
    Ok(bytes)
}

/// `_xxhash_str(namespace, *parts)`: the id of a task.
#[pyfunction]
#[pyo3(name = "_xxhash_str", signature = (namespace, *parts))]
pub fn xxhash_str(namespace: &Bound<'_, PyAny>, parts: &Bound<'_, PyTuple>) -> PyResult<String> {
    Ok(id_of(&joined(namespace, parts)?))
}

/// `_uuid5_str(namespace, *parts)`: the id of a task of a checkpoint of format 1.
#[pyfunction]
#[pyo3(name = "_uuid5_str", signature = (namespace, *parts))]
pub fn uuid5_str(namespace: &Bound<'_, PyAny>, parts: &Bound<'_, PyTuple>) -> PyResult<String> {
    sha1_id(namespace.py(), &joined(namespace, parts)?)
}

fn sha1_id(py: Python<'_>, bytes: &[u8]) -> PyResult<String> {
    Reason::Sha1.count();
    let options = PyDict::new(py);
    options.set_item(intern!(py, "usedforsecurity"), false)?;
    let hash = py.import(intern!(py, "hashlib"))?.call_method(
        intern!(py, "sha1"),
        (PyBytes::new(py, bytes),),
        Some(&options),
    )?;
    let digest: String = hash.call_method0(intern!(py, "hexdigest"))?.extract()?;
    // A UUID has 32 of the 40 digits.
    let digits = digest.get(..32).unwrap_or_default();
    Ok(as_uuid(
        u128::from_str_radix(digits, 16).unwrap_or_default(),
    ))
}

/// How the ids of a checkpoint's tasks are made.
pub enum IdFunction<'py> {
    /// `_xxhash_str`
    Xxh3,
    /// `_uuid5_str`: for checkpoints of format 1.
    Sha1,
    /// What a caller of `prepare_push_task_*` passed.
    Python(Bound<'py, PyAny>),
}

impl<'py> IdFunction<'py> {
    /// The id of a task.
    ///
    /// # Errors
    /// A name that is not valid Unicode.
    pub fn id(
        &self,
        namespace: &Bound<'py, PyAny>,
        parts: &[&Bound<'py, PyAny>],
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = namespace.py();
        if let Self::Python(function) = self {
            Reason::IdFunction.count();
            let mut arguments = vec![namespace];
            arguments.extend(parts);
            return function.call1(PyTuple::new(py, arguments)?);
        }
        let mut bytes = Vec::with_capacity(256);
        push_part(&mut bytes, namespace)?;
        for part in parts {
            push_part(&mut bytes, part)?;
        }
        let id = match self {
            Self::Sha1 => sha1_id(py, &bytes)?,
            _ => id_of(&bytes),
        };
        Ok(PyString::new(py, &id).into_any())
    }
}

/// `_interrupt_id(ns, answered)`: the id of a task's interrupt after so many answers.
///
/// # Errors
/// A namespace that is not valid Unicode.
pub fn interrupt_id(namespace: &Bound<'_, PyAny>, answered: usize) -> PyResult<String> {
    let namespace = namespace.str()?;
    let namespace = namespace.to_str()?;
    Ok(if answered == 0 {
        hexdigest(namespace.as_bytes())
    } else {
        hexdigest(format!("{namespace}|{answered}").as_bytes())
    })
}
