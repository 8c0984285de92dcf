//! Modules, as `importlib` gives them.

use pyo3::exceptions::PyAttributeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyString};

use super::super::tally::Reason;
use super::Decoder;
use super::found::Place;

impl<'py> Decoder<'py> {
    /// `getattr(importlib.import_module(module), name)`, and where it was found, if that may be remembered.
    pub(super) fn class(
        &mut self,
        module: &Bound<'py, PyAny>,
        name: &Bound<'py, PyAny>,
    ) -> PyResult<(Bound<'py, PyAny>, Option<Place<'py>>)> {
        let name = name.cast::<PyString>()?;
        if let Some((module, place)) = self.imported(module)? {
            return Ok((module.getattr(name)?, place));
        }
        self.tally.python(Reason::Import);
        let importlib = self.types.importlib.bind(self.py);
        let import = importlib.get_item(intern!(self.py, "import_module"))?;
        let import = import.ok_or_else(|| PyAttributeError::new_err("import_module"))?;
        Ok((import.call1((module,))?.getattr(name)?, None))
    }

    /// A module that is in `sys.modules` and not just being imported: what `import_module` would give.
    pub(super) fn imported(
        &mut self,
        name: &Bound<'py, PyAny>,
    ) -> PyResult<Option<(Bound<'py, PyAny>, Option<Place<'py>>)>> {
        let (py, types) = (self.py, self.types);
        let Ok(name) = name.cast_exact::<PyString>() else {
            return Ok(None);
        };
        let text = name.to_str()?;
        let import = types
            .importlib
            .bind(py)
            .get_item(intern!(py, "import_module"))?;
        let is_own = import.is_some_and(|import| import.is(&types.import_module));
        if text.is_empty() || text.starts_with('.') || !is_own {
            return Ok(None);
        }
        let Some(module) = types.modules.bind(py).get_item(name)? else {
            return Ok(None);
        };
        if module.is_none() {
            return Ok(None);
        }
        let place = Place::of(types, &module);
        let spec = match &place {
            Some(place) => place.get(intern!(py, "__spec__"))?,
            None => None,
        };
        // The builtin makes no exception only to drop it, as for the modules that were there from the beginning.
        let get = types.getattr.bind(py);
        let spec = match spec {
            Some(spec) => spec,
            None => get.call1((&module, intern!(py, "__spec__"), py.None()))?,
        };
        let initializing =
            get.call1((&spec, intern!(py, "_initializing"), PyBool::new(py, false)))?;
        // A spec is initializing only before its module has been imported.
        Ok((!initializing.is_truthy()?).then_some((module, place)))
    }
}
