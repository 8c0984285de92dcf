//! `codec::inspect` for Python: one class, whose instances are items of a tree that they share.

use std::sync::Arc;

use codec::envelope::meaning;
use codec::inspect::{self, Kind, Node, Tree};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyDict, PyList, PyString};

/// One item of inspected msgpack, with where it stands in the input.
#[pyclass(frozen, module = "langgraph_rs._core")]
pub struct Item {
    tree: Arc<Tree<PyBackedBytes>>,
    index: usize,
    node: Node,
}

/// Reads any bytes as a tree of msgpack items.
#[pyfunction]
pub fn inspect_msgpack(data: PyBackedBytes) -> PyResult<Item> {
    let tree = Arc::new(inspect::inspect(data));
    let root = tree.root();
    Item::at(&tree, root)
}

impl Item {
    fn at(tree: &Arc<Tree<PyBackedBytes>>, index: usize) -> PyResult<Self> {
        let node = *tree
            .get(index)
            .ok_or_else(|| PyValueError::new_err("no such item"))?;
        Ok(Self {
            tree: Arc::clone(tree),
            index,
            node,
        })
    }

    fn named(&self, part: impl Fn(inspect::TypeName<'_>) -> Option<&[u8]>) -> Option<String> {
        let text = part(self.tree.type_name(self.index)?)?;
        Some(String::from_utf8_lossy(text).into_owned())
    }

    /// The index after the last item inside this one.
    fn past(&self) -> usize {
        self.node.past()
    }
}

#[pymethods]
impl Item {
    #[getter]
    fn kind(&self) -> &'static str {
        self.node.kind.name()
    }

    #[getter]
    fn offset(&self) -> usize {
        self.node.offset
    }

    #[getter]
    fn length(&self) -> usize {
        self.node.length
    }

    #[getter]
    fn end(&self) -> usize {
        self.node.offset + self.node.length
    }

    #[getter]
    fn header(&self) -> usize {
        self.node.header
    }

    #[getter]
    fn marker(&self) -> Option<u8> {
        self.tree.marker(&self.node)
    }

    #[getter]
    fn count(&self) -> Option<u32> {
        matches!(self.node.kind, Kind::Array | Kind::Map).then_some(self.node.count)
    }

    #[getter]
    fn code(&self) -> Option<i8> {
        self.node.code
    }

    #[getter]
    fn meaning(&self) -> Option<&'static str> {
        meaning(self.node.code?)
    }

    #[getter]
    fn module(&self) -> Option<String> {
        self.named(|named| Some(named.module))
    }

    #[getter]
    fn name(&self) -> Option<String> {
        self.named(|named| Some(named.name))
    }

    #[getter]
    fn method(&self) -> Option<String> {
        self.named(|named| named.method)
    }

    #[getter]
    fn fault(&self) -> Option<String> {
        match self.node.kind {
            Kind::Error(fault) => Some(fault.to_string()),
            _ => None,
        }
    }

    #[getter]
    fn path(&self) -> String {
        self.tree.path(self.index)
    }

    #[getter]
    fn text(&self) -> String {
        self.tree.describe(self.index)
    }

    /// The scalar that the item stands for; an extension's data and a fault's bytes.
    #[getter]
    fn value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let content = self.tree.content(&self.node);
        let bytes = || PyBytes::new(py, content).into_any();
        Ok(match self.node.kind {
            Kind::Nil | Kind::Array | Kind::Map | Kind::Document => py.None().into_bound(py),
            Kind::Bool => (self.marker() == Some(0xc3))
                .into_pyobject(py)?
                .to_owned()
                .into_any(),
            Kind::Int => self.tree.int(&self.node).into_pyobject(py)?,
            Kind::Float => self.tree.float(&self.node).into_pyobject(py)?,
            Kind::Str => match std::str::from_utf8(content) {
                Ok(text) => PyString::new(py, text).into_any(),
                Err(_) => bytes(),
            },
            Kind::Bin | Kind::Ext | Kind::Error(_) => bytes(),
        })
    }

    #[getter]
    fn parent(&self) -> PyResult<Option<Self>> {
        self.node
            .parent
            .map(|parent| Self::at(&self.tree, parent))
            .transpose()
    }

    #[getter]
    fn children(&self) -> PyResult<Vec<Self>> {
        self.tree
            .children(self.index)
            .map(|child| Self::at(&self.tree, child))
            .collect()
    }

    /// The faults in this item, in the order of the bytes.
    #[getter]
    fn faults(&self) -> PyResult<Vec<Self>> {
        (self.index..self.past())
            .filter(|index| {
                self.tree
                    .get(*index)
                    .is_some_and(|node| matches!(node.kind, Kind::Error(_)))
            })
            .map(|index| Self::at(&self.tree, index))
            .collect()
    }

    /// This item and all inside it, in the order of the bytes.
    fn walk(&self) -> Walk {
        Walk {
            tree: Arc::clone(&self.tree),
            next: std::sync::atomic::AtomicUsize::new(self.index),
            past: self.past(),
        }
    }

    /// How many items `walk` gives.
    fn __len__(&self) -> usize {
        self.past() - self.index
    }

    fn __bool__(&self) -> bool {
        true
    }

    /// The item and what is in it as text: a line each, with its offset.
    #[pyo3(signature = (max_lines = 400))]
    fn render(&self, max_lines: usize) -> String {
        self.tree.render(self.index, max_lines)
    }

    fn __str__(&self) -> String {
        self.render(DEFAULT_LINES)
    }

    fn __repr__(&self) -> String {
        format!(
            "<Item {} at {}: {}>",
            self.path(),
            self.node.offset,
            self.text()
        )
    }

    /// The items as JSON data: a flat list, for a tree may be deeper than a JSON reader goes.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let items = PyList::empty(py);
        for index in self.index..self.past() {
            items.append(Self::at(&self.tree, index)?.summary(py, self.index)?)?;
        }
        let dict = PyDict::new(py);
        dict.set_item("offset", self.node.offset)?;
        dict.set_item("length", self.node.length)?;
        dict.set_item("items", items)?;
        Ok(dict)
    }
}

impl Item {
    /// One item of `to_dict`, whose indexes begin at the item `first`.
    fn summary<'py>(&self, py: Python<'py>, first: usize) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        let parent = self.node.parent.filter(|_| self.index != first);
        dict.set_item("parent", parent.map(|parent| parent - first))?;
        let step = parent.map(|parent| self.tree.step(parent, self.index));
        dict.set_item("step", step.unwrap_or_default())?;
        dict.set_item("kind", self.kind())?;
        dict.set_item("offset", self.node.offset)?;
        dict.set_item("length", self.node.length)?;
        dict.set_item("marker", self.marker())?;
        dict.set_item("text", self.text())?;
        if let Some(count) = self.count() {
            dict.set_item("count", count)?;
        }
        if let Some(code) = self.node.code {
            dict.set_item("code", code)?;
            dict.set_item("meaning", self.meaning())?;
            dict.set_item("module", self.module())?;
            dict.set_item("name", self.name())?;
            dict.set_item("method", self.method())?;
        }
        if let Some(fault) = self.fault() {
            dict.set_item("fault", fault)?;
        }
        Ok(dict)
    }
}

/// Lines of `str(item)`.
const DEFAULT_LINES: usize = 400;

/// The items of a tree, one after the other.
#[pyclass(frozen, module = "langgraph_rs._core")]
pub struct Walk {
    tree: Arc<Tree<PyBackedBytes>>,
    next: std::sync::atomic::AtomicUsize,
    past: usize,
}

#[pymethods]
impl Walk {
    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__(&self) -> PyResult<Option<Item>> {
        let index = self.next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        if index < self.past {
            Item::at(&self.tree, index).map(Some)
        } else {
            Ok(None)
        }
    }
}
