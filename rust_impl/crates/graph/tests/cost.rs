//! What a superstep costs: it looks only at channels that it touches, however many the graph has.
#![allow(clippy::unwrap_used)]

mod common;

use common::{logged, nothing, says, sum_key};
use graph::{Key, START, StateGraph, dict};
use proptest::prelude::*;

/// A chain of nodes, and beside it keys of every sort that the chain never writes.
fn chain(length: usize, idle: usize) -> graph::CompiledGraph {
    let mut graph = StateGraph::new().key("i", sum_key());
    for index in 0..length {
        graph = graph.node(&format!("n{index}"), |_| Ok(dict([("i", 1.into())])));
    }
    // Nodes that nothing starts: a channel each, some of them deferred, and a join.
    for index in 0..idle {
        graph = graph
            .node(&format!("idle{index}"), nothing)
            .deferred_node(&format!("late{index}"), nothing)
            .join(&[&format!("idle{index}")], &format!("late{index}"));
    }
    graph = graph.edge(START, "n0");
    for index in 1..length {
        graph = graph.edge(&format!("n{}", index - 1), &format!("n{index}"));
    }
    graph.compile().unwrap()
}

fn visits(graph: &graph::CompiledGraph) -> Vec<u64> {
    graph.channel_visits(dict([("i", 0.into())])).unwrap()
}

#[test]
fn a_superstep_of_a_thousand_node_chain_costs_what_one_of_ten_nodes_does() {
    let (short, long) = (visits(&chain(10, 0)), visits(&chain(1000, 0)));
    assert_eq!(long.len(), 1002);
    let inner = &long[1..1000];
    assert!(inner.iter().all(|cost| *cost == short[1]), "{inner:?}");
    assert!(short[1] <= 12, "{short:?}");
}

#[test]
fn values_that_wait_for_the_end_are_not_looked_at_before_it() {
    let deferred = |count: usize| {
        let mut graph = logged();
        for index in 0..20 {
            graph = graph.node(&format!("n{index:02}"), says("n"));
        }
        graph = graph.edge(START, "n00");
        for index in 1..20 {
            graph = graph.edge(&format!("n{:02}", index - 1), &format!("n{index:02}"));
        }
        for index in 0..count {
            let name = format!("z{index}");
            graph = graph.deferred_node(&name, nothing).edge(START, &name);
        }
        graph.compile().unwrap().channel_visits(dict([])).unwrap()
    };
    let (few, many) = (deferred(1), deferred(200));
    assert_eq!(few[2..19], many[2..19]);
}

#[test]
fn topics_that_keep_their_values_are_left_alone() {
    let with_topics = |count: usize| {
        let mut graph = StateGraph::new().key("i", sum_key());
        for index in 0..count {
            graph = graph.key(&format!("t{index}"), Key::Topic { accumulate: true });
        }
        graph
            .node("a", |_| Ok(dict([("i", 1.into())])))
            .edge(START, "a")
            .compile()
            .unwrap()
    };
    let cost = |graph: graph::CompiledGraph| {
        let pairs = graph
            .channel_names()
            .filter(|name| name.starts_with('t'))
            .map(|name| (name.to_string(), 1));
        let mut input = codec::Dict::new();
        for (name, value) in pairs {
            input.set(&name, value.into());
        }
        graph.channel_visits(input).unwrap()[1]
    };
    // Reading the state for a node's input looks at every key once; nothing else does.
    assert_eq!(cost(with_topics(40)), cost(with_topics(1)) + 39);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Whatever else is in the graph, a superstep in the middle of a chain costs the same.
    #[test]
    fn idle_nodes_joins_and_deferred_nodes_cost_nothing(length in 4usize..40, idle in 0usize..60) {
        let cost = visits(&chain(length, idle));
        let bare = visits(&chain(4, 0));
        prop_assert_eq!(cost.len(), length + 2);
        prop_assert!(cost[1..length].iter().all(|step| *step == bare[1]), "{:?}", cost);
    }
}
