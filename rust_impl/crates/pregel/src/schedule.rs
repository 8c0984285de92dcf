//! Which tasks the next superstep has, and in which order, whatever the world that they live in.

/// What the tasks of the next superstep are made of.
pub trait Scheduler {
    /// A node that may run.
    type Node;
    /// A task.
    type Task;
    /// Whatever can go wrong.
    type Error;

    /// How many `Send`s are pending.
    ///
    /// # Errors
    /// Whatever reading them raises.
    fn pending_sends(&mut self) -> Result<usize, Self::Error>;

    /// The task of the pending `Send` at an index, if it makes one.
    ///
    /// # Errors
    /// Whatever making it raises.
    fn push(&mut self, index: usize) -> Result<Option<Self::Task>, Self::Error>;

    /// The nodes that the updated channels start, sorted by name and each once; `None` if it is not known what was updated, or
    /// nothing was.
    ///
    /// # Errors
    /// Whatever looking for them raises.
    fn triggered(&mut self) -> Result<Option<Vec<Self::Node>>, Self::Error>;

    /// Whether any channel was ever written.
    ///
    /// # Errors
    /// Whatever looking at the checkpoint raises.
    fn has_versions(&mut self) -> Result<bool, Self::Error>;

    /// All nodes, in declaration order.
    ///
    /// # Errors
    /// Whatever listing them raises.
    fn nodes(&mut self) -> Result<Vec<Self::Node>, Self::Error>;

    /// The task of a node, if a channel started it and it has an input.
    ///
    /// # Errors
    /// Whatever reading its input raises.
    fn pull(&mut self, node: Self::Node) -> Result<Option<Self::Task>, Self::Error>;
}

/// The tasks of the next superstep: those of pending `Send`s, then those of nodes that a channel started.
///
/// Where it is known which channels were updated only the nodes that they start are looked at, sorted by name; otherwise, and where
/// none was, all nodes in declaration order (trap 2).
///
/// # Errors
/// Whatever the scheduler raises.
pub fn schedule<S: Scheduler>(scheduler: &mut S) -> Result<Vec<S::Task>, S::Error> {
    let mut tasks = Vec::new();
    for index in 0..scheduler.pending_sends()? {
        tasks.extend(scheduler.push(index)?);
    }
    let candidates = match scheduler.triggered()? {
        Some(nodes) => nodes,
        None if scheduler.has_versions()? => scheduler.nodes()?,
        None => Vec::new(),
    };
    for node in candidates {
        tasks.extend(scheduler.pull(node)?);
    }
    Ok(tasks)
}

/// Whether one of a node's triggers can be read and is newer than what the node saw; for a node that never ran, being readable is
/// enough (trap 14).
///
/// # Errors
/// Whatever the questions raise.
pub fn is_triggered<T, E>(
    ran: bool,
    triggers: impl IntoIterator<Item = Result<T, E>>,
    mut is_available: impl FnMut(&T) -> Result<bool, E>,
    mut is_newer: impl FnMut(&T) -> Result<bool, E>,
) -> Result<bool, E> {
    for trigger in triggers {
        let trigger = trigger?;
        if is_available(&trigger)? && (!ran || is_newer(&trigger)?) {
            return Ok(true);
        }
    }
    Ok(false)
}
