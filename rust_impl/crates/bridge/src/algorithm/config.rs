//! The config that a task runs with: `patch_config(merge_configs(config, {"metadata": …, "tags": …}), …)` in one go.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyMapping, PyNone, PyString, PyTuple};

use crate::protocol;

use super::tally::Reason;
use super::upstream::Upstream;

/// What a task's config has more than its run's.
pub struct Patch<'a, 'py> {
    /// Merged into the run's metadata.
    pub metadata: &'a Bound<'py, PyDict>,
    /// Added to the run's tags.
    pub tags: Option<&'a Bound<'py, PyAny>>,
    /// `run_name`
    pub run_name: &'a Bound<'py, PyAny>,
    /// Replaces the run's callbacks (and then its own name and id).
    pub callbacks: Option<&'a Bound<'py, PyAny>>,
    /// Merged into `configurable`.
    pub configurable: Bound<'py, PyDict>,
}

impl<'py> Patch<'_, 'py> {
    /// The run's config with this.
    ///
    /// # Errors
    /// Whatever asking a value for its truth, copying or merging raises.
    pub fn apply(&self, config: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
        let py = config.py();
        let merged = PyDict::new(py);
        self.take_run(config, &merged)?;
        let key = intern!(py, "metadata");
        merged.set_item(key, merge_metadata(merged.get_item(key)?, self.metadata)?)?;
        if let Some(tags) = self.tags
            && tags.is_truthy()?
        {
            let key = intern!(py, "tags");
            match merged.get_item(key)? {
                Some(held) if held.is_truthy()? => {
                    let all = PyList::empty(py);
                    for tag in held.try_iter()?.chain(tags.try_iter()?) {
                        all.append(tag?)?;
                    }
                    merged.set_item(key, all)?;
                }
                _ => merged.set_item(key, tags)?,
            }
        }
        let key = intern!(py, "configurable");
        if !merged.contains(key)? {
            merged.set_item(key, PyDict::new(py))?;
        }
        self.patch(&merged)?;
        Ok(merged)
    }

    /// `merge_configs` of nothing and the run's config: falsy values fall out.
    fn take_run(&self, config: &Bound<'py, PyAny>, merged: &Bound<'py, PyDict>) -> PyResult<()> {
        let py = config.py();
        let pairs: Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)> = match config.cast_exact::<PyDict>()
        {
            Ok(config) => config.iter().collect(),
            Err(_) => {
                Reason::Config.count();
                protocol::items(config)?
                    .map(|pair| pair.map(|[key, value]| (key, value)))
                    .collect::<PyResult<_>>()?
            }
        };
        for (key, value) in pairs {
            if !value.is_truthy()? {
                continue;
            }
            let name = key.cast::<PyString>();
            let value = match name.as_ref().map(|name| name.to_str()) {
                Ok(Ok("metadata")) => copied_metadata(&value)?.into_any(),
                Ok(Ok("callbacks")) => self.callbacks_of_run(value)?,
                Ok(Ok("recursion_limit")) => {
                    let default = Upstream::get(py)?.default_recursion_limit.bind(py);
                    if value.is_instance(default)? {
                        continue;
                    }
                    value
                }
                _ => value,
            };
            merged.set_item(key, value)?;
        }
        Ok(())
    }

    /// A copy of the run's callbacks; the very ones if the task gets its own and nobody could tell.
    fn callbacks_of_run(&self, callbacks: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = callbacks.py();
        let upstream = Upstream::get(py)?;
        let class = callbacks.get_type();
        let known = class.is(py.get_type::<PyList>())
            || class.is(upstream.manager.bind(py))
            || class.is(upstream.async_manager.bind(py));
        if known && self.callbacks.is_some() {
            return Ok(callbacks);
        }
        if callbacks.is_instance_of::<PyList>()
            || callbacks.is_instance(upstream.base_manager.bind(py))?
        {
            Reason::Callbacks.count();
            return callbacks.call_method0(intern!(py, "copy"));
        }
        Ok(callbacks)
    }

    fn patch(&self, config: &Bound<'py, PyDict>) -> PyResult<()> {
        let py = config.py();
        if let Some(callbacks) = self.callbacks {
            config.set_item(intern!(py, "callbacks"), callbacks)?;
            for key in [intern!(py, "run_name"), intern!(py, "run_id")] {
                if config.contains(key)? {
                    config.del_item(key)?;
                }
            }
        }
        config.set_item(intern!(py, "run_name"), self.run_name)?;
        let key = intern!(py, "configurable");
        if let Some(held) = config.get_item(key)? {
            let all = match held.cast_exact::<PyDict>() {
                Ok(held) => held.copy()?,
                Err(_) => {
                    let all = PyDict::new(py);
                    all.update(held.cast::<PyMapping>()?)?;
                    all
                }
            };
            all.update(self.configurable.as_mapping())?;
            config.set_item(key, all)?;
        }
        Ok(())
    }
}

/// `_merge_metadata(None, metadata)`: mapping values are copied, one level deep.
fn copied_metadata<'py>(metadata: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    let copied = PyDict::new(metadata.py());
    let pairs: Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)> = match metadata.cast_exact::<PyDict>() {
        Ok(metadata) => metadata.iter().collect(),
        Err(_) => protocol::items(metadata)?
            .map(|pair| pair.map(|[key, value]| (key, value)))
            .collect::<PyResult<_>>()?,
    };
    for (key, value) in pairs {
        copied.set_item(key, copied_value(value)?)?;
    }
    Ok(copied)
}

/// `_merge_metadata(held, fresh)`, where the values of `held` are copies already.
fn merge_metadata<'py>(
    held: Option<Bound<'py, PyAny>>,
    fresh: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyDict>> {
    let py = fresh.py();
    let merged = match held {
        Some(held) => held.cast_into::<PyDict>()?,
        None => PyDict::new(py),
    };
    let versions = intern!(py, "lc_versions");
    for (key, value) in fresh.iter().collect::<Vec<_>>() {
        let held = if key.eq(versions)? {
            merged.get_item(&key)?
        } else {
            None
        };
        match held {
            Some(held) if is_mapping(&held)? && is_mapping(&value)? => {
                let all = protocol::to_dict(&held)?;
                all.update(value.cast::<PyMapping>()?)?;
                merged.set_item(key, all)?;
            }
            _ => merged.set_item(key, copied_value(value)?)?,
        }
    }
    Ok(merged)
}

/// `dict(value) if isinstance(value, Mapping) else value`
fn copied_value(value: Bound<'_, PyAny>) -> PyResult<Bound<'_, PyAny>> {
    if is_mapping(&value)? {
        return Ok(protocol::to_dict(&value)?.into_any());
    }
    Ok(value)
}

fn is_mapping(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    if value.is_instance_of::<PyDict>() {
        return Ok(true);
    }
    let plain = value.is_exact_instance_of::<PyString>()
        || value.is_exact_instance_of::<PyInt>()
        || value.is_exact_instance_of::<PyTuple>()
        || value.is_exact_instance_of::<PyList>()
        || value.is_exact_instance_of::<PyFloat>()
        || value.is_exact_instance_of::<PyBool>()
        || value.is_exact_instance_of::<PyNone>();
    if plain {
        return Ok(false);
    }
    value.is_instance(Upstream::get(value.py())?.mapping.bind(value.py()))
}
