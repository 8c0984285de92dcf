//! Running, saving, resuming and failing.
#![allow(clippy::unwrap_used)]

mod common;

use codec::Value;
use common::{Thread, empty, get, logged, nothing, says, strings, sum_key, texts};
use graph::{END, Error, Key, Mode, Reducer, Route, START, StateGraph, Type, dict};
use proptest::prelude::*;

#[test]
fn values_are_shown_after_each_superstep_and_updates_as_tasks_end() {
    let graph = logged()
        .node("a", says("a"))
        .node("b", says("b"))
        .edge(START, "a")
        .edge("a", "b");
    let mut thread = Thread::of(graph);
    thread.run(Some(dict([("log", texts(&["in"]))]))).unwrap();
    let values: Vec<Vec<String>> = thread
        .chunks(Mode::Values)
        .into_iter()
        .map(|chunk| strings(get(chunk, "log").unwrap()))
        .collect();
    assert_eq!(values, [vec!["in"], vec!["in", "a"], vec!["in", "a", "b"]]);
    let updates = thread.chunks(Mode::Updates);
    assert_eq!(
        updates,
        [
            &dict([("a", dict([("log", texts(&["a"]))]))]),
            &dict([("b", dict([("log", texts(&["b"]))]))])
        ]
    );
}

#[test]
fn a_node_that_writes_nothing_is_shown_as_none() {
    let mut thread = Thread::of(logged().node("a", nothing).edge(START, "a"));
    thread.run(empty()).unwrap();
    assert_eq!(thread.chunks(Mode::Updates), [&dict([("a", Value::None)])]);
    assert_eq!(
        thread.writes()[1],
        ("~__pregel_pull, a", vec!["__no_writes__"])
    );
}

#[test]
fn a_thread_goes_on_where_it_ended() {
    let graph = StateGraph::new()
        .key("i", sum_key())
        .node("n", |_| Ok(dict([("i", 1.into())])))
        .edge(START, "n")
        .edge("n", END);
    let mut thread = Thread::of(graph);
    for _ in 0..3 {
        thread.run(empty()).unwrap();
    }
    let state = thread.state();
    assert_eq!(state.values, dict([("i", 3.into())]));
    assert_eq!(state.step, 7);
    thread.run(None).unwrap();
    assert_eq!(
        thread.chunks(Mode::Values),
        [&dict([("i", 3.into())])],
        "nothing is left to do"
    );
}

#[test]
fn only_what_failed_runs_again() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    let attempts = Arc::new(AtomicUsize::new(0));
    let flaky = {
        let attempts = Arc::clone(&attempts);
        move |state: &Value| match attempts.fetch_add(1, Ordering::Relaxed) {
            0 => Err(Error::runtime("not yet")),
            _ => says("flaky")(state),
        }
    };
    let graph = logged()
        .node("flaky", flaky)
        .node("sure", says("sure"))
        .edge(START, "flaky")
        .edge(START, "sure");
    let mut thread = Thread::of(graph);
    let error = thread.run(empty()).unwrap_err();
    let note = format!(
        "During task with name 'flaky' and id '{}'",
        thread.state().tasks[0].id
    );
    assert_eq!(
        (error.class(), error.notes()),
        ("RuntimeError", &[note][..])
    );
    thread.run(None).unwrap();
    assert_eq!(
        get(&thread.state().values, "log"),
        Some(&texts(&["flaky", "sure"]))
    );
    assert_eq!(
        thread.writes().len(),
        1,
        "the task that had finished is not saved again"
    );
}

#[test]
fn the_first_failed_task_in_order_names_the_error() {
    let fails = |text: &'static str| move |_: &Value| Err::<Value, _>(Error::value(text));
    let graph = logged()
        .node("b", fails("b"))
        .node("a", fails("a"))
        .edge(START, "b")
        .edge(START, "a");
    assert_eq!(Thread::of(graph).run(empty()).unwrap_err().to_string(), "a");
}

#[test]
fn a_run_needs_an_input_or_something_to_resume() {
    let mut thread = Thread::of(logged().node("a", nothing).edge(START, "a"));
    let error = thread.run(None).unwrap_err();
    assert_eq!(
        (error.class(), error.to_string().as_str()),
        ("EmptyInputError", "Received no input for __start__")
    );
    thread.limit = 0;
    let error = thread.run(empty()).unwrap_err();
    assert_eq!(error.to_string(), "recursion_limit must be at least 1");
}

#[test]
fn two_writes_of_a_last_value_in_one_superstep_end_the_run_and_every_resume() {
    let writes = |_: &Value| Ok(dict([("a", 1.into())]));
    let graph = StateGraph::new()
        .key("a", Key::Last)
        .node("x", writes)
        .node("y", writes)
        .edge(START, "x")
        .edge(START, "y");
    let mut thread = Thread::of(graph);
    let error = thread.run(empty()).unwrap_err();
    assert_eq!(error.class(), "InvalidUpdateError");
    assert!(
        error
            .to_string()
            .starts_with("At key 'a': Can receive only one value per step.")
    );
    assert!(error.notes().is_empty());
    assert_eq!(thread.run(None).unwrap_err(), error);
    assert_eq!(thread.graph.state(&mut thread.spy, "t").err(), Some(error));
}

#[test]
fn a_node_that_returns_no_dict_is_refused() {
    let graph = logged()
        .node("a", |_| Ok(texts(&["it's"])))
        .edge(START, "a");
    let error = Thread::of(graph).run(empty()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Expected dict, got [\"it's\"]\nFor troubleshooting, visit: \
         https://docs.langchain.com/oss/python/langgraph/errors/INVALID_GRAPH_NODE_RETURN_VALUE"
    );
}

#[test]
fn branches_see_what_their_node_returned_beside_the_state() {
    let graph = logged()
        .node("a", |_| Ok(dict([("hint", "b".into())])))
        .node("b", says("b"))
        .edge(START, "a")
        .branch("a", "turn", |state| {
            Ok(get(state, "hint")
                .and_then(Value::as_str)
                .map_or(Route::end(), Route::to))
        });
    let mut thread = Thread::of(graph);
    thread.run(empty()).unwrap();
    assert_eq!(get(&thread.state().values, "log"), Some(&texts(&["b"])));
}

#[test]
fn a_branch_among_no_ends_may_go_anywhere() {
    let graph = logged()
        .node("a", nothing)
        .node("b", says("b"))
        .edge(START, "a")
        .branch_among("a", "turn", &[], |_| Ok(Route::to("b")));
    let mut thread = Thread::of(graph);
    thread.run(empty()).unwrap();
    assert_eq!(get(&thread.state().values, "log"), Some(&texts(&["b"])));
}

#[test]
fn debug_checkpoints_name_themselves_and_the_one_before() {
    let mut thread = Thread::of(logged().node("a", nothing).edge(START, "a"));
    thread.run(empty()).unwrap();
    let config = |id: &str| {
        let id = format!("00000000-0000-6000-8000-{id:0>12}");
        let keys = [
            ("checkpoint_ns", "".into()),
            ("thread_id", "t".into()),
            ("checkpoint_id", id.into()),
        ];
        dict([("configurable", dict(keys))])
    };
    let payloads: Vec<&Value> = thread
        .chunks(Mode::Debug)
        .into_iter()
        .filter_map(|chunk| get(chunk, "payload"))
        .filter(|payload| get(payload, "config").is_some())
        .collect();
    assert_eq!(get(payloads[0], "config"), Some(&config("2")));
    assert_eq!(get(payloads[0], "parent_config"), Some(&Value::None));
    assert_eq!(get(payloads[1], "config"), Some(&config("3")));
    assert_eq!(get(payloads[1], "parent_config"), Some(&config("2")));
}

#[test]
fn untracked_values_are_never_saved_also_not_inside_sends() {
    let graph = logged()
        .key("u", Key::Untracked { guard: true })
        .node("a", |_| Ok(dict([("u", 1.into())])))
        .node("b", |state| {
            Ok(dict([("log", Value::list(vec![state.clone()]))]))
        })
        .edge(START, "a")
        .branch("a", "send", |_| {
            Ok(Route::default().send("b", dict([("u", 2.into()), ("k", 3.into())])))
        });
    let mut thread = Thread::of(graph);
    thread.run(empty()).unwrap();
    assert_eq!(
        thread.writes()[1],
        ("~__pregel_pull, a", vec!["__pregel_tasks"])
    );
    assert!(thread.moved()[2].contains(&("u".to_owned(), false)));
    let log = thread.state().values;
    assert_eq!(
        get(&log, "log"),
        Some(&Value::list(vec![dict([("u", 2.into()), ("k", 3.into())])])),
        "the live Send keeps it"
    );
}

/// A failed checkpoint ends the run when the next superstep does; failed writes are told only when the run has ended.
#[test]
fn a_saver_that_fails_is_told_as_by_a_saver_in_the_background() {
    let graph = |key: Key| {
        StateGraph::new()
            .key("a", key)
            .key("log", common::log_key())
            .node("n", |_| Ok(dict([("a", Value::Opaque)])))
            .node("m", says("m"))
            .edge(START, "n")
            .edge("n", "m")
    };
    let mut thread = Thread::of(graph(Key::Last));
    let error = thread.run(empty()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Type is not msgpack serializable: Opaque"
    );
    assert!(
        get(thread.chunks(Mode::Values)[0], "a").is_some(),
        "the superstep itself ended"
    );

    // An ephemeral value is stored once; by an input alone, only the checkpoint fails.
    let mut thread = Thread::of(graph(Key::Ephemeral { guard: true }));
    thread.run(Some(dict([("a", Value::Opaque)]))).unwrap_err();
    assert_eq!(thread.checkpoints().len(), 1);
}

#[test]
fn without_a_saver_a_graph_runs_all_the_same() {
    let graph = logged()
        .node("a", says("a"))
        .node("b", says("b"))
        .edge(START, "a")
        .edge("a", "b");
    let state = graph.compile().unwrap().invoke(dict([])).unwrap();
    assert_eq!(state, dict([("log", texts(&["a", "b"]))]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// However nodes are declared and connected, their writes are applied by name.
    #[test]
    fn parallel_writes_are_applied_in_path_order(mut names in proptest::collection::btree_set("[a-z]{1,4}", 2..8)
        .prop_map(|names| names.into_iter().collect::<Vec<_>>()).prop_shuffle()) {
        let mut graph = StateGraph::new().key("-log", Key::Reduced { reducer: Reducer::AddList, typ: Type::List });
        for name in &names {
            let said = name.clone();
            graph = graph.node(name, move |_| Ok(dict([("-log", texts(&[&said]))])));
        }
        for name in names.iter().rev() {
            graph = graph.edge(START, name);
        }
        let state = graph.compile().unwrap().invoke(dict([])).unwrap();
        names.sort();
        prop_assert_eq!(strings(get(&state, "-log").unwrap()), names);
    }
}
