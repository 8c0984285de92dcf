//! The treacherous behaviours of upstream's loop that this crate must show, by their numbers in the list of 31.
#![allow(clippy::unwrap_used)]

mod common;

use codec::Value;
use common::{Call, Thread, empty, get, log_key, logged, nothing, says, strings, sum_key, texts};
use graph::{Error, Key, Mode, Reducer, Route, START, StateGraph, Type, Version, dict};

fn log_of(thread: &mut Thread) -> Vec<String> {
    strings(get(&thread.state().values, "log").unwrap())
}

/// Trap 1: only updated channels that trigger nodes hold the finish back; a pending `Send` is none, so a deferred node runs beside it.
#[test]
fn trap_01_pending_sends_do_not_hold_deferred_nodes_back() {
    let graph = logged()
        .node("a", says("a"))
        .node("late", says("late"))
        .deferred_node("z", says("z"))
        .edge(START, "a")
        .edge(START, "z")
        .branch("a", "send", |_| Ok(Route::default().send("late", 1)));
    let mut thread = Thread::of(graph);
    thread.run(empty()).unwrap();
    assert_eq!(thread.nexts()[2], ["late", "z"]);
}

/// Trap 2: live tasks are sorted by name; a state read from a checkpoint lists them as declared.
#[test]
fn trap_02_live_order_is_by_name_and_state_order_by_declaration() {
    let fail = |_: &Value| Err::<Value, _>(Error::value("stop"));
    let graph = logged()
        .node("z", fail)
        .node("a", fail)
        .edge(START, "z")
        .edge(START, "a");
    let mut thread = Thread::of(graph);
    thread.run(empty()).unwrap_err();
    assert_eq!(thread.nexts().last().unwrap(), &["a", "z"]);
    let next: Vec<String> = thread
        .state()
        .next
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(next, ["z", "a"]);
}

/// Trap 2: by name also where the channels that trigger the nodes sort otherwise.
#[test]
fn trap_02_live_order_is_that_of_names_not_of_channels() {
    let graph = logged()
        .node("z", nothing)
        .node("a", nothing)
        .node("b", nothing)
        .node("j", nothing)
        .edge(START, "a")
        .edge(START, "b")
        .edge("a", "z")
        .join(&["a", "b"], "j");
    let mut thread = Thread::of(graph);
    thread.run(empty()).unwrap();
    assert_eq!(thread.nexts()[2], ["j", "z"]);
}

/// Trap 3: tasks of `Send`s are listed before those of edges, but their writes are applied after them.
#[test]
fn trap_03_sends_are_listed_first_and_applied_last() {
    let graph = logged()
        .node("a", nothing)
        .node("sent", says("sent"))
        .node("zz", says("zz"))
        .edge(START, "a")
        .edge("a", "zz")
        .branch("a", "send", |_| Ok(Route::default().send("sent", 1)));
    let mut thread = Thread::of(graph);
    thread.run(empty()).unwrap();
    assert_eq!(thread.nexts()[2], ["sent", "zz"]);
    assert_eq!(log_of(&mut thread), ["zz", "sent"]);
}

/// Trap 4: a task has seen its triggers at the version *before* the step; input leaves an empty entry of its own.
#[test]
fn trap_04_seen_versions_are_those_before_the_step() {
    let mut thread = Thread::of(logged().node("a", nothing).edge(START, "a"));
    thread.run(empty()).unwrap();
    let checkpoints = thread.checkpoints();
    assert!(checkpoints[0].seen["__input__"].is_empty());
    let last = checkpoints.last().unwrap();
    assert_eq!(last.seen["a"]["branch:to:a"], Version::Int(2));
    assert_eq!(last.versions.get("branch:to:a"), Some(&Version::Int(3)));
}

/// Trap 5: one next version per application of writes, after the highest of all, also when nothing changes.
#[test]
fn trap_05_one_version_is_asked_for_per_step_whatever_changes() {
    let graph = logged()
        .node("a", nothing)
        .node("b", nothing)
        .edge(START, "a")
        .edge("a", "b");
    let mut thread = Thread::of(graph);
    thread.run(empty()).unwrap();
    let asked: Vec<(Option<Version>, Version)> = thread
        .spy
        .calls
        .iter()
        .filter_map(|call| match call {
            Call::Version { current, next } => Some((current.clone(), next.clone())),
            _ => None,
        })
        .collect();
    let int = Version::Int;
    assert_eq!(
        asked,
        [
            (None, int(1)),
            (Some(int(1)), int(2)),
            (Some(int(2)), int(3)),
            (Some(int(3)), int(4))
        ]
    );
}

/// Trap 6: consuming a channel moves its version, but does not make it an updated channel.
#[test]
fn trap_06_a_consumed_barrier_moves_but_is_not_updated() {
    let graph = logged()
        .node("a", nothing)
        .node("b", nothing)
        .node("c", nothing)
        .edge(START, "a")
        .edge(START, "b")
        .join(&["a", "b"], "c");
    let mut thread = Thread::of(graph);
    thread.run(empty()).unwrap();
    let last = *thread.checkpoints().last().unwrap();
    assert_eq!(last.versions.get("join:a+b:c"), Some(&Version::Int(4)));
    assert_eq!(last.updated.as_deref(), Some(&[][..]));
}

/// Trap 7: an ephemeral value that a step clears moves its version, has nothing to store and is not updated.
#[test]
fn trap_07_a_cleared_ephemeral_moves_but_is_not_updated() {
    let graph = StateGraph::new()
        .key("e", Key::Ephemeral { guard: true })
        .node("a", nothing)
        .edge(START, "a");
    let mut thread = Thread::of(graph);
    thread.run(Some(dict([("e", 1.into())]))).unwrap();
    let moved = thread.moved();
    assert!(moved[1].contains(&("e".to_owned(), true)));
    assert!(moved[2].contains(&("e".to_owned(), false)));
    assert_eq!(thread.checkpoints()[2].updated.as_deref(), Some(&[][..]));
}

/// Trap 7: input that no task precedes is no step: an ephemeral value of the last superstep is still there after it.
#[test]
fn trap_07_input_alone_is_no_step() {
    let graph = StateGraph::new()
        .key("e", Key::Ephemeral { guard: true })
        .node("a", |_| Ok(dict([("e", 1.into())])))
        .edge(START, "a");
    let mut thread = Thread::of(graph);
    thread.run(empty()).unwrap();
    thread.run(empty()).unwrap();
    assert_eq!(thread.moved()[0], [("__start__".to_owned(), true)]);
    assert!(thread.moved()[1].contains(&("e".to_owned(), false)));
}

/// Trap 8: a branch reads a copy with its node's writes: reducers run once more on it, and ephemerals are gone from it.
#[test]
fn trap_08_a_branch_reads_a_fresh_copy() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    let calls = Arc::new(AtomicUsize::new(0));
    let counted = {
        let calls = Arc::clone(&calls);
        Reducer::custom(move |_, update| {
            calls.fetch_add(1, Ordering::Relaxed);
            Ok(update)
        })
    };
    let graph = logged()
        .key(
            "v",
            Key::Reduced {
                reducer: counted,
                typ: Type::Int,
            },
        )
        .key("e", Key::Ephemeral { guard: true })
        .node("a", |_| Ok(dict([("v", 2.into())])))
        .node("fresh", says("fresh"))
        .node("stale", says("stale"))
        .edge(START, "a")
        .branch("a", "look", |state| {
            let seen = get(state, "v") == Some(&2.into()) && get(state, "e").is_none();
            Ok(Route::to(if seen { "fresh" } else { "stale" }))
        });
    let mut thread = Thread::of(graph);
    thread
        .run(Some(dict([("v", 1.into()), ("e", 1.into())])))
        .unwrap();
    assert_eq!(log_of(&mut thread), ["fresh"]);
    assert_eq!(
        calls.load(Ordering::Relaxed),
        3,
        "the input, the copy, the node's write"
    );
}

/// Trap 9: the first value of a reducing channel without an empty value is stored as it is, an `Overwrite` too.
#[test]
fn trap_09_a_first_overwrite_is_stored_raw() {
    let pair = Key::Reduced {
        reducer: Reducer::Pair,
        typ: Type::Any,
    };
    let overwrite = || dict([("__overwrite__", texts(&["x"]))]);
    let graph = StateGraph::new()
        .key("p", pair)
        .node("a", move |_| Ok(dict([("p", overwrite())])))
        .edge(START, "a");
    let mut thread = Thread::of(graph);
    thread.run(empty()).unwrap();
    let stored = thread.state().values;
    assert_eq!(
        get(&stored, "p"),
        Some(&dict([("__overwrite__", texts(&["x"]))]))
    );
}

/// Trap 12: `None` is a value.
#[test]
fn trap_12_none_is_a_value() {
    let graph = StateGraph::new()
        .key("a", Key::Last)
        .node("n", nothing)
        .edge(START, "n");
    let mut thread = Thread::of(graph);
    thread.run(Some(dict([("a", Value::None)]))).unwrap();
    assert_eq!(get(&thread.state().values, "a"), Some(&Value::None));
}

/// Trap 14: a node that never ran runs as soon as a trigger can be read, whatever its version; one that ran needs a newer one.
#[test]
fn trap_14_a_node_that_never_ran_needs_no_newer_version() {
    let graph = logged()
        .key("stop", Key::Last)
        .node("a", |state| match get(state, "stop") {
            None => Err(Error::value("not yet")),
            Some(_) => says("a")(state),
        })
        .edge(START, "a");
    let mut thread = Thread::of(graph);
    thread.run(empty()).unwrap_err();
    // The trigger still holds its value and `a` has no entry in versions_seen: a new input discards that task and starts anew.
    thread.run(Some(dict([("stop", 1.into())]))).unwrap();
    assert_eq!(log_of(&mut thread), ["a"]);
    let first = thread.checkpoints()[0];
    assert_eq!(first.seen["a"].get("branch:to:a"), Some(&Version::Int(2)));
}

/// Trap 18: a node that fails after it wrote still shows its updates; one that fails first shows none.
#[test]
fn trap_18_partial_writes_of_a_failed_node_are_shown() {
    let wrong_turn = |_: &Value| Ok(Route::to("nowhere"));
    let graph = logged()
        .node("a", says("a"))
        .node("b", |_| Err::<Value, _>(Error::value("at once")))
        .edge(START, "a")
        .edge(START, "b")
        .branch_among("a", "turn", &["b"], wrong_turn);
    let mut thread = Thread::of(graph);
    let error = thread.run(empty()).unwrap_err();
    assert_eq!(
        (error.class(), error.to_string().as_str()),
        ("KeyError", "'nowhere'")
    );
    assert_eq!(
        thread.chunks(Mode::Updates),
        [&dict([("a", dict([("log", texts(&["a"]))]))])]
    );
    assert_eq!(
        thread.writes()[1..],
        [
            ("~__pregel_pull, a", vec!["log", "__error__"]),
            ("~__pregel_pull, b", vec!["__error__"])
        ]
    );
}

/// Trap 21: a run out of steps has run `limit + 1` supersteps, START's among them, and still shows the tasks that it will not run.
#[test]
fn trap_21_out_of_steps_still_shows_the_checkpoint() {
    let graph = StateGraph::new()
        .key("i", sum_key())
        .node("n", |_| Ok(dict([("i", 1.into())])))
        .edge(START, "n")
        .edge("n", "n");
    let mut thread = Thread::of(graph);
    thread.limit = 3;
    let error = thread.run(empty()).unwrap_err();
    assert_eq!(error.class(), "GraphRecursionError");
    assert!(
        error
            .to_string()
            .starts_with("Recursion limit of 3 reached without hitting a stop condition.")
    );
    let ran = thread.writes().len();
    assert_eq!(ran, 4, "START and three turns");
    assert_eq!(thread.nexts().last().unwrap(), &["n"]);
    assert_eq!(thread.nexts().len(), 5);
}

/// Trap 26: a failed task that left partial output counts as finished when its thread resumes; one without output runs again.
#[test]
fn trap_26_a_failed_task_with_partial_output_is_not_run_again() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    let runs = Arc::new(AtomicUsize::new(0));
    let node = {
        let runs = Arc::clone(&runs);
        move |_: &Value| {
            runs.fetch_add(1, Ordering::Relaxed);
            Ok(dict([("log", texts(&["once"]))]))
        }
    };
    let graph = logged()
        .node("a", node)
        .edge(START, "a")
        .branch_among("a", "turn", &["a"], |_| Ok(Route::to("nowhere")));
    let mut thread = Thread::of(graph);
    thread.run(empty()).unwrap_err();
    thread.run(None).unwrap();
    assert_eq!(runs.load(Ordering::Relaxed), 1);
    assert_eq!(log_of(&mut thread), ["once"]);
    let cached = dict([("cached", true.into())]);
    let updates = thread.chunks(Mode::Updates);
    assert_eq!(get(updates[0], "__metadata__"), Some(&cached));
}

/// Trap 31: a state read from an open superstep applies what finished tasks wrote without versions: ephemerals just written are gone.
#[test]
fn trap_31_state_of_an_open_superstep_clears_ephemerals() {
    let graph = logged()
        .key("e", Key::Ephemeral { guard: true })
        .node("a", |_| Ok(dict([("e", 1.into()), ("log", texts(&["a"]))])))
        .node("b", |_| Err::<Value, _>(Error::value("stop")))
        .edge(START, "a")
        .edge(START, "b");
    let mut thread = Thread::of(graph);
    thread.run(empty()).unwrap_err();
    let state = thread.state();
    assert_eq!(state.values, dict([("log", texts(&["a"]))]));
    assert_eq!(
        state.next.iter().map(|name| &**name).collect::<Vec<_>>(),
        ["b"]
    );
    let shown: Vec<(bool, bool)> = state
        .tasks
        .iter()
        .map(|task| (task.error.is_some(), task.result.is_some()))
        .collect();
    assert_eq!(shown, [(false, true), (true, false)]);
}

/// Beside the traps: in upstream's declaration order come keys, START, TASKS, one channel per node, then joins.
#[test]
fn channels_are_declared_in_upstreams_order() {
    let graph = StateGraph::new()
        .key("z", log_key())
        .key("a", Key::Last)
        .node("n2", nothing)
        .node("n1", nothing)
        .edge(START, "n1")
        .edge(START, "n2")
        .join(&["n1", "n2"], "n2")
        .compile()
        .unwrap();
    let names: Vec<String> = graph.channel_names().map(ToString::to_string).collect();
    assert_eq!(
        names,
        [
            "z",
            "a",
            "__start__",
            "__pregel_tasks",
            "branch:to:n2",
            "branch:to:n1",
            "join:n1+n2:n2"
        ]
    );
}
