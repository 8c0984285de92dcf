//! What a graph refuses to be built of, in upstream's words.
#![allow(clippy::unwrap_used)]

mod common;

use common::{logged, nothing};
use graph::{END, Route, START, StateGraph};

fn refusal(graph: StateGraph) -> String {
    graph.compile().err().unwrap().to_string()
}

#[test]
fn a_graph_needs_a_way_in() {
    assert_eq!(
        refusal(logged().node("a", nothing)),
        "Graph must have an entrypoint: add at least one edge from START to another node"
    );
}

#[test]
fn every_name_must_be_a_node() {
    let graph = || logged().node("a", nothing).edge(START, "a");
    assert_eq!(
        refusal(graph().edge("x", "a")),
        "Found edge starting at unknown node 'x'"
    );
    assert_eq!(
        refusal(graph().edge("a", "x")),
        "Found edge ending at unknown node `x`"
    );
    assert_eq!(
        refusal(graph().join(&["a", "x"], "a")),
        "Need to add_node `x` first"
    );
    assert_eq!(
        refusal(graph().join(&["a"], "x")),
        "Need to add_node `x` first"
    );
    let to_x = |_: &codec::Value| Ok(Route::to("x"));
    assert_eq!(
        refusal(graph().branch("x", "b", to_x)),
        "Found edge starting at unknown node 'x'"
    );
    assert_eq!(
        refusal(graph().branch_among("a", "b", &["x"], to_x)),
        "At 'a' node, 'b' branch found unknown target 'x'"
    );
}

#[test]
fn names_are_used_once() {
    let graph = || logged().node("a", nothing).edge(START, "a");
    assert_eq!(
        refusal(graph().node("a", nothing)),
        "Node `a` already present."
    );
    assert_eq!(
        refusal(graph().node("log", nothing)),
        "'log' is already being used as a state key"
    );
    assert_eq!(
        refusal(graph().node(END, nothing)),
        "Node `__end__` is reserved."
    );
    let end = |_: &codec::Value| Ok(Route::end());
    assert_eq!(
        refusal(graph().branch("a", "b", end).branch("a", "b", end)),
        "Branch with name `b` already exists for node `a`"
    );
}

#[test]
fn start_and_end_have_one_direction() {
    let graph = || logged().node("a", nothing).edge(START, "a");
    assert_eq!(
        refusal(graph().edge(END, "a")),
        "END cannot be a start node"
    );
    assert_eq!(
        refusal(graph().edge("a", START)),
        "START cannot be an end node"
    );
    assert_eq!(
        refusal(graph().join(&[END], "a")),
        "END cannot be a start node"
    );
}

#[test]
fn reserved_names_are_refused() {
    let graph = logged()
        .node("checkpoint_ns", nothing)
        .edge(START, "checkpoint_ns");
    assert_eq!(refusal(graph), "Node name 'checkpoint_ns' is reserved");
}

#[test]
fn what_is_added_twice_is_there_once() {
    let graph = logged()
        .node("a", nothing)
        .node("b", common::says("b"))
        .edge(START, "a")
        .edge("a", "b")
        .edge("a", "b")
        .join(&["a"], "b")
        .join(&["a"], "b");
    let names: Vec<String> = graph
        .compile()
        .unwrap()
        .channel_names()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        names
            .iter()
            .filter(|name| name.starts_with("join:"))
            .count(),
        1
    );
}
