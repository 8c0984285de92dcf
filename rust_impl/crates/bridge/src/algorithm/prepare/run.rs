//! What a task that is to be run has more than one that is only listed: config, runtime, cache key.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use pregel::hexdigest;

use super::task::Executable;
use super::{Identity, Superstep, either, get_or_dict};
use crate::protocol;

use super::super::config::Patch;
use super::super::scratchpad::get_or_none;
use super::super::tally::Reason;
use super::super::upstream::{Upstream, global};
use crate::serde::raw;

/// The parts of a task that its config is made of.
pub struct Parts<'a, 'py> {
    /// Its node, or its function's name.
    pub name: &'a Bound<'py, PyAny>,
    /// Its path.
    pub path: &'a Bound<'py, PyAny>,
    /// What triggered it.
    pub triggers: &'a Bound<'py, PyAny>,
    /// Its id and namespace.
    pub identity: &'a Identity<'py>,
    /// Its metadata.
    pub metadata: &'a Bound<'py, PyDict>,
    /// The tags of its node; `None` for a function.
    pub tags: Option<Bound<'py, PyAny>>,
    /// Where it will write to.
    pub writes: &'a Bound<'py, PyAny>,
    /// Its scratchpad.
    pub scratchpad: &'a Bound<'py, PyAny>,
    /// Its runtime.
    pub runtime: &'a Bound<'py, PyAny>,
    /// Callbacks that come before those of the run's manager, if they are truthy.
    pub callbacks: Option<Bound<'py, PyAny>>,
}

/// A task of a node that is to be run, as far as its kind decides it.
pub struct NodeTask<'a, 'py> {
    /// The node's name.
    pub name: &'a Bound<'py, PyAny>,
    /// The node.
    pub node: &'a Bound<'py, PyAny>,
    /// What runs.
    pub proc: Bound<'py, PyAny>,
    /// What it gets.
    pub input: Bound<'py, PyAny>,
    /// The task's path.
    pub path: Bound<'py, PyAny>,
    /// The path as its reader holds it.
    pub read_path: &'a Bound<'py, PyAny>,
    /// What triggered it.
    pub triggers: Bound<'py, PyAny>,
    /// Its id and namespace.
    pub identity: &'a Identity<'py>,
    /// Its metadata, without the node's.
    pub metadata: &'a Bound<'py, PyDict>,
    /// Its scratchpad, if it needed one before.
    pub scratchpad: Option<Bound<'py, PyAny>>,
    /// Whether it has execution info of its own.
    pub informed: bool,
    /// The error that it handles.
    pub error: Option<Bound<'py, PyAny>>,
    /// How long it may run; `None` for ever.
    pub timeout: Option<Bound<'py, PyAny>>,
}

impl<'py> Superstep<'_, 'py> {
    /// The task of a node.
    pub(super) fn node_task(&self, task: NodeTask<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py();
        let node = task.node;
        let own = node.getattr(intern!(py, "metadata"))?;
        if own.is_truthy()? {
            task.metadata.call_method1(intern!(py, "update"), (own,))?;
        }
        let writes = new_writes(py)?;
        let policy = either(
            node.getattr(intern!(py, "cache_policy"))?,
            &self.options.cache_policy,
        )?;
        let arguments = KeyArguments::One(&task.input);
        let cache_key = self.cache_key(&policy, arguments, node, Some(task.name))?;
        let scratchpad = match task.scratchpad {
            Some(scratchpad) => scratchpad,
            None => self.scratchpad(&self.own_configurable()?, task.identity)?,
        };
        let runtime = self.task_runtime(task.informed.then_some(task.identity), true)?;
        let config = self.task_config(
            &Parts {
                name: task.name,
                path: task.read_path,
                triggers: &task.triggers,
                identity: task.identity,
                metadata: task.metadata,
                tags: Some(node.getattr(intern!(py, "tags"))?),
                writes: &writes,
                scratchpad: &scratchpad,
                runtime: &runtime,
                callbacks: None,
            },
            task.error
                .map(|error| (intern!(py, "__pregel_node_error"), error)),
        )?;
        Executable {
            name: task.name.clone(),
            input: task.input,
            proc: task.proc,
            writes,
            config: config.into_any(),
            triggers: task.triggers,
            retry_policy: either(
                node.getattr(intern!(py, "retry_policy"))?,
                &self.options.retry_policy,
            )?,
            cache_key,
            id: task.identity.id.clone(),
            path: task.path,
            writers: Some(node.getattr(intern!(py, "flat_writers"))?),
            subgraphs: Some(node.getattr(intern!(py, "subgraphs"))?),
            timeout: task.timeout,
        }
        .build(py)
    }

    /// The config of a task.
    pub(super) fn task_config(
        &self,
        parts: &Parts<'_, 'py>,
        more: Option<(&Bound<'py, PyString>, Bound<'py, PyAny>)>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let callbacks = match &parts.callbacks {
            Some(callbacks) if callbacks.is_truthy()? => Some(callbacks.clone()),
            _ => self.child_manager()?,
        };
        let configurable = self.task_configurable(parts)?;
        if let Some((key, value)) = more {
            configurable.set_item(key, value)?;
        }
        Patch {
            metadata: parts.metadata,
            tags: parts.tags.as_ref(),
            run_name: parts.name,
            callbacks: callbacks.as_ref(),
            configurable,
        }
        .apply(self.config)
    }

    /// `manager.get_child(f"graph:step:{step}") if manager else None`
    fn child_manager(&self) -> PyResult<Option<Bound<'py, PyAny>>> {
        if !self.options.manager.is_truthy()? {
            return Ok(None);
        }
        Reason::Manager.count();
        let tag = format!("graph:step:{}", protocol::formatted(self.step)?);
        let child = self
            .options
            .manager
            .call_method1(intern!(self.py(), "get_child"), (tag,))?;
        Ok(protocol::some(child))
    }

    fn task_configurable(&self, parts: &Parts<'_, 'py>) -> PyResult<Bound<'py, PyDict>> {
        let py = self.py();
        let upstream = Upstream::get(py)?;
        let view = global(intern!(py, "PregelTaskWrites"))?.call1((
            parts.path,
            parts.name,
            parts.writes,
            parts.triggers,
        ))?;
        let read = upstream.partial.bind(py).call1((
            global(intern!(py, "local_read"))?,
            parts.scratchpad,
            self.channels,
            self.managed,
            view,
        ))?;
        let saver = if self.options.checkpointer.is_truthy()? {
            self.options.checkpointer.clone()
        } else {
            get_or_none(&self.configurable, intern!(py, "__pregel_checkpointer"))?
        };
        let held = get_or_dict(&self.configurable, intern!(py, "checkpoint_map"))?;
        let map = protocol::to_dict(&held)?;
        map.set_item(
            &self.parent_ns,
            self.checkpoint.get_item(intern!(py, "id"))?,
        )?;
        let configurable = PyDict::new(py);
        let set = |key, value: &Bound<'py, PyAny>| configurable.set_item(key, value);
        set(intern!(py, "__pregel_task_id"), &parts.identity.id)?;
        set(
            intern!(py, "__pregel_send"),
            &parts.writes.getattr(intern!(py, "extend"))?,
        )?;
        set(intern!(py, "__pregel_read"), &read)?;
        set(intern!(py, "__pregel_checkpointer"), &saver)?;
        set(intern!(py, "checkpoint_map"), map.as_any())?;
        set(intern!(py, "checkpoint_id"), &py.None().into_bound(py))?;
        set(intern!(py, "checkpoint_ns"), &parts.identity.namespace)?;
        set(intern!(py, "__pregel_scratchpad"), parts.scratchpad)?;
        set(intern!(py, "__pregel_runtime"), parts.runtime)?;
        Ok(configurable)
    }

    /// The runtime of the run, for one task.
    ///
    /// A handler of errors keeps the execution info of the run (`identity` is `None`, trap 25), a function what it returned before
    /// (`previous` is false).
    pub(super) fn task_runtime(
        &self,
        identity: Option<&Identity<'py>>,
        previous: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py();
        let upstream = Upstream::get(py)?;
        let key = intern!(py, "__pregel_runtime");
        let runtime = match protocol::get(&self.configurable, key, Some(upstream.missing.bind(py)))?
        {
            Some(runtime) if !runtime.is(&upstream.missing) => runtime,
            _ => global(intern!(py, "DEFAULT_RUNTIME"))?,
        };
        let mut overrides = vec![(intern!(py, "store"), self.options.store.clone())];
        if previous {
            let values = self.checkpoint.get_item(intern!(py, "channel_values"))?;
            let previous = get_or_none(&values, intern!(py, "__previous__"))?;
            overrides.push((intern!(py, "previous"), previous));
        }
        if let Some(identity) = identity {
            overrides.push((
                intern!(py, "execution_info"),
                self.execution_info(identity)?,
            ));
        }
        if !runtime.get_type().is(upstream.runtime.bind(py)) {
            Reason::Runtime.count();
            let keywords = PyDict::new(py);
            for (key, value) in overrides {
                keywords.set_item(key, value)?;
            }
            return runtime.call_method(intern!(py, "override"), (), Some(&keywords));
        }
        let task_runtime = raw::new_bare(upstream.runtime.bind(py))?;
        for name in [
            intern!(py, "context"),
            intern!(py, "store"),
            intern!(py, "stream_writer"),
            intern!(py, "heartbeat"),
            intern!(py, "previous"),
            intern!(py, "execution_info"),
            intern!(py, "server_info"),
            intern!(py, "control"),
        ] {
            match overrides.iter().find(|(key, _)| key.is(name)) {
                Some((_, value)) => raw::set_attr(&task_runtime, name, value)?,
                None => raw::set_attr(&task_runtime, name, &runtime.getattr(name)?)?,
            }
        }
        Ok(task_runtime)
    }

    fn execution_info(&self, identity: &Identity<'py>) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py();
        let info = raw::new_bare(Upstream::get(py)?.execution_info.bind(py))?;
        let set = |name, value: &Bound<'py, PyAny>| raw::set_attr(&info, name, value);
        set(
            intern!(py, "checkpoint_id"),
            &self.checkpoint.get_item(intern!(py, "id"))?,
        )?;
        set(intern!(py, "checkpoint_ns"), &identity.namespace)?;
        set(intern!(py, "task_id"), &identity.id)?;
        let thread = get_or_none(&self.configurable, intern!(py, "thread_id"))?;
        set(intern!(py, "thread_id"), &thread)?;
        let run = get_or_none(self.config, intern!(py, "run_id"))?;
        let run = if run.is_truthy()? {
            run.str()?.into_any()
        } else {
            py.None().into_bound(py)
        };
        set(intern!(py, "run_id"), &run)?;
        set(
            intern!(py, "node_attempt"),
            &1_i64.into_pyobject(py)?.into_any(),
        )?;
        set(
            intern!(py, "node_first_attempt_time"),
            &py.None().into_bound(py),
        )?;
        Ok(info)
    }

    /// The key that a policy caches a task's writes under: of its arguments, and the namespace of what runs.
    pub(super) fn cache_key(
        &self,
        policy: &Bound<'py, PyAny>,
        arguments: KeyArguments<'_, 'py>,
        identified: &Bound<'py, PyAny>,
        name: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py();
        if !policy.is_truthy()? {
            return Ok(py.None().into_bound(py));
        }
        Reason::CacheKey.count();
        let function = policy.getattr(intern!(py, "key_func"))?;
        let key = match arguments {
            KeyArguments::One(value) => function.call1((value,))?,
            KeyArguments::Call(positional, keywords) => {
                function.call(positional, Some(&keywords))?
            }
        };
        let namespace = self.identifier(identified)?;
        let writes = intern!(py, "__pregel_ns_writes").as_any();
        let namespace = match name {
            Some(name) => PyTuple::new(py, [writes, &namespace, name])?,
            None => PyTuple::new(py, [writes, &namespace])?,
        };
        let digest = if let Ok(text) = key.cast_exact::<PyString>() {
            PyString::new(py, &hexdigest(text.to_str()?.as_bytes())).into_any()
        } else {
            let bytes = if key.is_instance_of::<PyString>() {
                key.call_method0(intern!(py, "encode"))?
            } else {
                key
            };
            global(intern!(py, "xxh3_128_hexdigest"))?.call1((bytes,))?
        };
        global(intern!(py, "CacheKey"))?.call1((
            namespace,
            digest,
            policy.getattr(intern!(py, "ttl"))?,
        ))
    }

    /// `identifier(object) or "__dynamic__"`
    fn identifier(&self, object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py();
        Reason::Identifier.count();
        let name = global(intern!(py, "identifier"))?.call1((object,))?;
        Ok(if name.is_truthy()? {
            name
        } else {
            intern!(py, "__dynamic__").clone().into_any()
        })
    }
}

/// What a cache policy makes its key of.
pub enum KeyArguments<'a, 'py> {
    /// The input of a node.
    One(&'a Bound<'py, PyAny>),
    /// The arguments of a function.
    Call(Bound<'py, PyTuple>, Bound<'py, PyDict>),
}

/// `deque()`
pub fn new_writes(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    Upstream::get(py)?.deque.bind(py).call0()
}
