//! `prepare_next_tasks` and its kin: the tasks of the next superstep, as upstream's loop and state API get them.

pub mod call;
pub mod handler;
pub mod pull;
mod run;
pub mod send;
mod task;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PySlice, PyString, PyTuple};

use pregel::names::{PULL, PUSH, TASKS};
use pregel::{Scheduler, schedule};

use crate::channels::dispatch::ChannelRef;
use crate::protocol;

use super::ids::IdFunction;
use super::scratchpad;
use super::tally::Work;
use super::upstream::global;
use super::versions::first_value;

/// Arguments with defaults.
pub struct Options<'py> {
    /// The store of the run, or `None`.
    pub store: Bound<'py, PyAny>,
    /// The saver of the run, or `None`.
    pub checkpointer: Bound<'py, PyAny>,
    /// The run's callback manager, or `None`.
    pub manager: Bound<'py, PyAny>,
    /// The graph's cache policy, or `None`.
    pub cache_policy: Bound<'py, PyAny>,
    /// The graph's retry policies.
    pub retry_policy: Bound<'py, PyAny>,
}

impl<'py> Options<'py> {
    fn new(
        py: Python<'py>,
        [store, checkpointer, manager, cache_policy, retry_policy]: [Option<Bound<'py, PyAny>>; 5],
    ) -> Self {
        let or_none = |given: Option<_>| given.unwrap_or_else(|| py.None().into_bound(py));
        Self {
            store: or_none(store),
            checkpointer: or_none(checkpointer),
            manager: or_none(manager),
            cache_policy: or_none(cache_policy),
            retry_policy: retry_policy.unwrap_or_else(|| PyTuple::empty(py).into_any()),
        }
    }
}

/// What all tasks of a superstep are prepared from: the arguments that upstream passes on from function to function.
pub struct Superstep<'a, 'py> {
    /// The checkpoint that the superstep starts from.
    pub checkpoint: &'a Bound<'py, PyAny>,
    /// The bytes of its id.
    pub id_bytes: Bound<'py, PyAny>,
    /// How ids are made.
    pub id_function: IdFunction<'py>,
    /// The writes that wait, answers to interrupts among them.
    pub pending_writes: &'a Bound<'py, PyAny>,
    /// Nodes by name.
    pub processes: &'a Bound<'py, PyAny>,
    /// Channels by name.
    pub channels: &'a Bound<'py, PyAny>,
    /// Managed values by name.
    pub managed: &'a Bound<'py, PyAny>,
    /// The config of the run.
    pub config: &'a Bound<'py, PyAny>,
    /// `config.get("configurable", {})`
    pub configurable: Bound<'py, PyAny>,
    /// The checkpoint namespace of the run, `""` for the root graph.
    pub parent_ns: Bound<'py, PyAny>,
    /// The number of the superstep.
    pub step: &'a Bound<'py, PyAny>,
    /// The superstep before which the run stops.
    pub stop: &'a Bound<'py, PyAny>,
    /// Whether the tasks are to be run, or only to be listed.
    pub for_execution: bool,
    /// What may be given besides.
    pub options: Options<'py>,
}

impl<'py> Superstep<'_, 'py> {
    fn py(&self) -> Python<'py> {
        self.checkpoint.py()
    }

    /// `f"{parent_ns}|{name}" if parent_ns else name`
    fn namespace(&self, name: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        if self.parent_ns.is_truthy()? {
            let parts = [
                protocol::formatted(&self.parent_ns)?,
                intern!(self.py(), "|").clone(),
                protocol::formatted(name)?,
            ];
            return concat(self.py(), &parts);
        }
        Ok(name.clone())
    }

    /// The id of a task and its own namespace.
    fn identity(
        &self,
        name: &Bound<'py, PyAny>,
        parts: &[&Bound<'py, PyAny>],
    ) -> PyResult<Identity<'py>> {
        let py = self.py();
        let namespace = self.namespace(name)?;
        let step = self.step.str()?.into_any();
        let mut all = vec![&namespace, &step, name];
        all.extend(parts);
        let id = self.id_function.id(&self.id_bytes, &all)?;
        let parts = [
            protocol::formatted(&namespace)?,
            intern!(py, ":").clone(),
            protocol::formatted(&id)?,
        ];
        Ok(Identity {
            namespace: concat(py, &parts)?,
            id,
        })
    }

    /// `_scratchpad(config["configurable"]…)`: of the config itself, which must have one, except for functional tasks.
    fn scratchpad(
        &self,
        configurable: &Bound<'py, PyAny>,
        identity: &Identity<'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py();
        scratchpad::scratchpad(
            &scratchpad::get_or_none(configurable, intern!(py, "__pregel_scratchpad"))?,
            self.pending_writes,
            &identity.id,
            &identity.namespace,
            &scratchpad::get_or_none(configurable, intern!(py, "__pregel_resume_map"))?,
            self.step,
            self.stop,
        )
    }

    /// `config["configurable"]`
    fn own_configurable(&self) -> PyResult<Bound<'py, PyAny>> {
        self.config.get_item(intern!(self.py(), "configurable"))
    }

    /// The metadata that every task adds to the run's.
    fn metadata(
        &self,
        name: &Bound<'py, PyAny>,
        triggers: &Bound<'py, PyAny>,
        path: &Bound<'py, PyAny>,
        identity: &Identity<'py>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let py = self.py();
        let metadata = PyDict::new(py);
        metadata.set_item(intern!(py, "langgraph_step"), self.step)?;
        metadata.set_item(intern!(py, "langgraph_node"), name)?;
        metadata.set_item(intern!(py, "langgraph_triggers"), triggers)?;
        metadata.set_item(intern!(py, "langgraph_path"), path)?;
        metadata.set_item(intern!(py, "langgraph_checkpoint_ns"), &identity.namespace)?;
        Ok(metadata)
    }
}

/// What tells a task from all others.
pub struct Identity<'py> {
    /// Its id.
    pub id: Bound<'py, PyAny>,
    /// The checkpoint namespace of what runs inside it.
    pub namespace: Bound<'py, PyAny>,
}

impl<'py> Identity<'py> {
    /// `assert id == checksum`, where there is one.
    fn check(&self, checksum: &Bound<'py, PyAny>) -> PyResult<()> {
        if checksum.is_none() || self.id.eq(checksum)? {
            return Ok(());
        }
        Err(pyo3::exceptions::PyAssertionError::new_err(format!(
            "{} != {}",
            protocol::formatted(&self.id)?,
            protocol::formatted(checksum)?
        )))
    }
}

fn concat<'py>(py: Python<'py>, parts: &[Bound<'py, PyString>]) -> PyResult<Bound<'py, PyAny>> {
    let mut text = String::with_capacity(128);
    for part in parts {
        match part.to_str() {
            Ok(part) => text.push_str(part),
            // A lone surrogate: Python joins what UTF-8 cannot hold.
            Err(_) => {
                let parts = PyList::new(py, parts)?;
                return PyString::new(py, "").call_method1(intern!(py, "join"), (parts,));
            }
        }
    }
    Ok(PyString::new(py, &text).into_any())
}

/// `tuple[:3]`
fn first_three<'py>(path: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    match path.cast_exact::<PyTuple>() {
        Ok(tuple) if tuple.len() <= 3 => Ok(path.clone()),
        Ok(tuple) => Ok(tuple.get_slice(0, 3).into_any()),
        Err(_) => path.get_item(PySlice::new(path.py(), 0, 3, 1)),
    }
}

/// `(*path[:3], …)`
fn extended<'py>(
    path: &Bound<'py, PyAny>,
    more: &[Bound<'py, PyAny>],
) -> PyResult<Bound<'py, PyAny>> {
    let mut parts = first_three(path)?
        .try_iter()?
        .collect::<PyResult<Vec<_>>>()?;
    parts.extend_from_slice(more);
    Ok(PyTuple::new(path.py(), parts)?.into_any())
}

fn bool<'py>(py: Python<'py>, value: bool) -> Bound<'py, PyAny> {
    pyo3::types::PyBool::new(py, value).to_owned().into_any()
}

/// `left or right`
fn either<'py>(left: Bound<'py, PyAny>, right: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    Ok(if left.is_truthy()? {
        left
    } else {
        right.clone()
    })
}

/// `mapping.get(key, {})`
fn get_or_dict<'py>(
    mapping: &Bound<'py, PyAny>,
    key: &Bound<'py, PyString>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = mapping.py();
    if let Ok(dict) = mapping.cast_exact::<PyDict>() {
        return Ok(match dict.get_item(key)? {
            Some(value) => value,
            None => PyDict::new(py).into_any(),
        });
    }
    mapping.call_method1(intern!(py, "get"), (key, PyDict::new(py)))
}

/// `binascii.unhexlify(checkpoint["id"].replace("-", ""))`
fn id_bytes<'py>(checkpoint: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = checkpoint.py();
    let id = checkpoint.get_item(intern!(py, "id"))?;
    if let Ok(text) = id.cast_exact::<PyString>()
        && let Ok(text) = text.to_str()
    {
        let digits = text.bytes().filter(|byte| *byte != b'-');
        let bytes = pregel::id_bytes(text);
        if digits.clone().all(|digit| digit.is_ascii_hexdigit())
            && digits.count() == 2 * bytes.len()
        {
            return Ok(PyBytes::new(py, &bytes).into_any());
        }
    }
    let digits = id.call_method1(intern!(py, "replace"), ("-", ""))?;
    py.import(intern!(py, "binascii"))?
        .call_method1(intern!(py, "unhexlify"), (digits,))
}

/// `_xxhash_str if checkpoint["v"] > 1 else _uuid5_str`
fn id_function<'py>(checkpoint: &Bound<'py, PyAny>) -> PyResult<IdFunction<'py>> {
    let py = checkpoint.py();
    Ok(if checkpoint.get_item(intern!(py, "v"))?.gt(1)? {
        IdFunction::Xxh3
    } else {
        IdFunction::Sha1
    })
}

/// `prepare_next_tasks(…)`: the tasks of the next superstep by id, those of pending `Send`s first.
#[pyfunction]
#[pyo3(signature = (
    checkpoint, pending_writes, processes, channels, managed, config, step, stop, *, for_execution, store = None,
    checkpointer = None, manager = None, trigger_to_nodes = None, updated_channels = None, retry_policy = None,
    cache_policy = None
))]
#[allow(clippy::too_many_arguments)]
pub fn prepare_next_tasks<'py>(
    py: Python<'py>,
    checkpoint: &Bound<'py, PyAny>,
    pending_writes: &Bound<'py, PyAny>,
    processes: &Bound<'py, PyAny>,
    channels: &Bound<'py, PyAny>,
    managed: &Bound<'py, PyAny>,
    config: &Bound<'py, PyAny>,
    step: &Bound<'py, PyAny>,
    stop: &Bound<'py, PyAny>,
    for_execution: &Bound<'py, PyAny>,
    store: Option<Bound<'py, PyAny>>,
    checkpointer: Option<Bound<'py, PyAny>>,
    manager: Option<Bound<'py, PyAny>>,
    trigger_to_nodes: Option<Bound<'py, PyAny>>,
    updated_channels: Option<Bound<'py, PyAny>>,
    retry_policy: Option<Bound<'py, PyAny>>,
    cache_policy: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    Work::Preparation.count();
    let none = py.None().into_bound(py);
    let id_bytes = id_bytes(checkpoint)?;
    let null_version = null_version(checkpoint)?;
    let configurable = get_or_dict(config, intern!(py, "configurable"))?;
    let superstep = Superstep {
        checkpoint,
        id_bytes,
        id_function: id_function(checkpoint)?,
        pending_writes,
        processes,
        channels,
        managed,
        config,
        parent_ns: parent_ns(&configurable)?,
        configurable,
        step,
        stop,
        for_execution: for_execution.is_truthy()?,
        options: Options::new(
            py,
            [store, checkpointer, manager, cache_policy, retry_policy],
        ),
    };
    let mut preparation = Preparation {
        superstep: &superstep,
        null_version,
        trigger_to_nodes: trigger_to_nodes.as_ref().unwrap_or(&none),
        updated_channels: updated_channels.as_ref().unwrap_or(&none),
        sends: None,
        inputs: PyDict::new(py),
    };
    let tasks = PyDict::new(py);
    for task in schedule(&mut preparation)? {
        tasks.set_item(task.getattr(intern!(py, "id"))?, task)?;
    }
    Ok(tasks)
}

fn null_version<'py>(checkpoint: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let versions = checkpoint.get_item(intern!(checkpoint.py(), "channel_versions"))?;
    match first_value(&versions)? {
        Some(version) => Ok(protocol::some(version.get_type().call0()?)),
        None => Ok(None),
    }
}

fn parent_ns<'py>(configurable: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = configurable.py();
    let (key, default) = (intern!(py, "checkpoint_ns"), intern!(py, ""));
    let namespace = protocol::get(configurable, key, Some(default))?;
    Ok(namespace.unwrap_or_else(|| default.clone().into_any()))
}

struct Preparation<'a, 'py> {
    superstep: &'a Superstep<'a, 'py>,
    null_version: Option<Bound<'py, PyAny>>,
    trigger_to_nodes: &'a Bound<'py, PyAny>,
    updated_channels: &'a Bound<'py, PyAny>,
    /// The pending `Send`s, read once.
    sends: Option<Bound<'py, PyAny>>,
    /// The inputs made so far, by what they are made of.
    inputs: Bound<'py, PyDict>,
}

impl<'py> Scheduler for Preparation<'_, 'py> {
    type Node = Bound<'py, PyAny>;
    type Task = Bound<'py, PyAny>;
    type Error = PyErr;

    fn pending_sends(&mut self) -> PyResult<usize> {
        let py = self.superstep.py();
        let channels = self.superstep.channels;
        let Some(tasks) = protocol::get(channels, intern!(py, "__pregel_tasks"), None)? else {
            return Ok(0);
        };
        debug_assert_eq!(TASKS, "__pregel_tasks");
        Work::Visit.count();
        let channel = ChannelRef::of(&tasks);
        if !tasks.is_truthy()? || !channel.is_available()? {
            return Ok(0);
        }
        let sends = channel.get_or_raise()?;
        let count = sends.len()?;
        self.sends = Some(sends);
        Ok(count)
    }

    fn push(&mut self, index: usize) -> PyResult<Option<Self::Task>> {
        let py = self.superstep.py();
        let index = index.into_pyobject(py)?.into_any();
        let path = PyTuple::new(py, [intern!(py, "__pregel_push").as_any(), &index])?.into_any();
        debug_assert_eq!(PUSH, "__pregel_push");
        let checksum = py.None().into_bound(py);
        send::prepare(self.superstep, &path, &checksum, self.sends.as_ref())
    }

    fn triggered(&mut self) -> PyResult<Option<Vec<Self::Node>>> {
        let py = self.superstep.py();
        if !self.updated_channels.is_truthy()? || !self.trigger_to_nodes.is_truthy()? {
            return Ok(None);
        }
        let triggered = pyo3::types::PySet::empty(py)?;
        for channel in self.updated_channels.try_iter()? {
            let Some(nodes) = protocol::get(self.trigger_to_nodes, &channel?, None)? else {
                continue;
            };
            if nodes.is_truthy()? {
                for node in nodes.try_iter()? {
                    triggered.add(node?)?;
                }
            }
        }
        let nodes = triggered.iter().collect::<Vec<_>>();
        let nodes = PyList::new(py, nodes)?;
        nodes.sort()?;
        Ok(Some(nodes.iter().collect()))
    }

    fn has_versions(&mut self) -> PyResult<bool> {
        let py = self.superstep.py();
        self.superstep
            .checkpoint
            .get_item(intern!(py, "channel_versions"))?
            .is_truthy()
    }

    fn nodes(&mut self) -> PyResult<Vec<Self::Node>> {
        let py = self.superstep.py();
        let names = self.superstep.processes.call_method0(intern!(py, "keys"))?;
        names.try_iter()?.collect()
    }

    fn pull(&mut self, node: Self::Node) -> PyResult<Option<Self::Task>> {
        let py = self.superstep.py();
        let path = PyTuple::new(py, [intern!(py, "__pregel_pull").as_any(), &node])?.into_any();
        debug_assert_eq!(PULL, "__pregel_pull");
        let checksum = py.None().into_bound(py);
        pull::prepare(
            self.superstep,
            &path,
            &checksum,
            self.null_version.as_ref(),
            Some(self.inputs.as_any()),
        )
    }
}

/// `prepare_single_task(task_path, task_id_checksum, …)`: the task of one path, if it is to run.
#[pyfunction]
#[pyo3(signature = (
    task_path, task_id_checksum, *, checkpoint, checkpoint_id_bytes, checkpoint_null_version, pending_writes, processes,
    channels, managed, config, step, stop, for_execution, store = None, checkpointer = None, manager = None,
    input_cache = None, cache_policy = None, retry_policy = None
))]
#[allow(clippy::too_many_arguments)]
pub fn prepare_single_task<'py>(
    py: Python<'py>,
    task_path: &Bound<'py, PyAny>,
    task_id_checksum: &Bound<'py, PyAny>,
    checkpoint: &Bound<'py, PyAny>,
    checkpoint_id_bytes: &Bound<'py, PyAny>,
    checkpoint_null_version: &Bound<'py, PyAny>,
    pending_writes: &Bound<'py, PyAny>,
    processes: &Bound<'py, PyAny>,
    channels: &Bound<'py, PyAny>,
    managed: &Bound<'py, PyAny>,
    config: &Bound<'py, PyAny>,
    step: &Bound<'py, PyAny>,
    stop: &Bound<'py, PyAny>,
    for_execution: &Bound<'py, PyAny>,
    store: Option<Bound<'py, PyAny>>,
    checkpointer: Option<Bound<'py, PyAny>>,
    manager: Option<Bound<'py, PyAny>>,
    input_cache: Option<Bound<'py, PyAny>>,
    cache_policy: Option<Bound<'py, PyAny>>,
    retry_policy: Option<Bound<'py, PyAny>>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let configurable = get_or_dict(config, intern!(py, "configurable"))?;
    let superstep = Superstep {
        checkpoint,
        id_bytes: checkpoint_id_bytes.clone(),
        id_function: id_function(checkpoint)?,
        pending_writes,
        processes,
        channels,
        managed,
        config,
        parent_ns: parent_ns(&configurable)?,
        configurable,
        step,
        stop,
        for_execution: for_execution.is_truthy()?,
        options: Options::new(
            py,
            [store, checkpointer, manager, cache_policy, retry_policy],
        ),
    };
    let kind = task_path.get_item(0)?;
    if kind.eq(PUSH)? {
        let last = task_path.get_item(-1)?;
        if last.is_instance(&global(intern!(py, "Call"))?)? {
            return call::prepare(&superstep, task_path, task_id_checksum).map(Some);
        }
        return send::prepare(&superstep, task_path, task_id_checksum, None);
    }
    if kind.eq(PULL)? {
        let null_version = protocol::some(checkpoint_null_version.clone());
        return pull::prepare(
            &superstep,
            task_path,
            task_id_checksum,
            null_version.as_ref(),
            input_cache.as_ref(),
        );
    }
    Ok(None)
}
