//! A program made into a graph.

use codec::Value;
use graph::{CompiledGraph, Key, Reducer, StateGraph, Type, VersionKind};

use super::super::CaseError;
use super::super::member::Member;
use super::instructions::{Body, Path};

/// A program, ready to run.
pub struct Program {
    /// Its graph.
    pub graph: CompiledGraph,
    /// The recursion limit of every call.
    pub recursion_limit: i64,
    /// What versions its saver gives.
    pub versions: VersionKind,
    /// The input of each call; `None` resumes.
    pub inputs: Vec<Option<Value>>,
}

impl Program {
    /// Reads and compiles the program of a case.
    ///
    /// # Errors
    /// [`CaseError`] for what is no program, or one whose graph upstream would refuse to compile.
    pub fn read(case: &serde_json::Value) -> Result<Self, CaseError> {
        let graph = Member::of(case, "state").and_then(|state| read_state(&state))?;
        let graph = read_nodes(graph, &Member::of(case, "nodes")?)?;
        let graph = read_edges(graph, &Member::of(case, "edges")?)?;
        let graph = read_joins(graph, &Member::of(case, "joins")?)?;
        let graph = read_branches(graph, &Member::of(case, "branches")?)?;
        let run = Member::of(case, "run")?;
        let calls = run.get("calls")?.items()?;
        Ok(Self {
            graph: graph.compile().map_err(|error| CaseError::Malformed {
                at: String::new(),
                what: error.to_string(),
            })?,
            recursion_limit: run.get("recursion_limit")?.integer()?,
            versions: run.get("versions")?.named("version", |name| match name {
                "int" => Some(VersionKind::Int),
                "str" => Some(VersionKind::Str),
                _ => None,
            })?,
            inputs: calls.iter().map(read_input).collect::<Result<_, _>>()?,
        })
    }
}

/// The input of a call. Instances of classes are beyond this graph crate: upstream takes their annotated fields as updates.
fn read_input(call: &Member<'_>) -> Result<Option<Value>, CaseError> {
    match call.get("input")?.value()? {
        Value::None => Ok(None),
        Value::Object(_) | Value::Send(_) | Value::DeltaSnapshot(_) => Err(CaseError::Unsupported(
            "an instance of a class as input".into(),
        )),
        input => Ok(Some(input)),
    }
}

fn read_state(state: &Member<'_>) -> Result<StateGraph, CaseError> {
    let keys = state.expected("an object", state.json.as_object())?;
    let mut graph = StateGraph::new();
    for name in keys.keys() {
        graph = graph.key(name, read_key(&state.get(name)?)?);
    }
    Ok(graph)
}

fn read_key(spec: &Member<'_>) -> Result<Key, CaseError> {
    let channel = spec.get("channel")?;
    Ok(match channel.text()? {
        "LastValue" => Key::Last,
        "AnyValue" => Key::Any,
        "EphemeralValue" => Key::Ephemeral {
            guard: spec.get("guard")?.flag()?,
        },
        "UntrackedValue" => Key::Untracked {
            guard: spec.get("guard")?.flag()?,
        },
        "Topic" => Key::Topic {
            accumulate: spec.get("accumulate")?.flag()?,
        },
        "BinaryOperatorAggregate" => Key::Reduced {
            reducer: spec
                .get("reducer")?
                .named("binary reducer", Reducer::binary)?,
            typ: spec.get("type")?.named("type", Type::named)?,
        },
        other => return channel.fault(&format!("unknown channel class {other:?}")),
    })
}

fn read_nodes(mut graph: StateGraph, nodes: &Member<'_>) -> Result<StateGraph, CaseError> {
    for node in nodes.items()? {
        let name = node.get("name")?.text()?;
        let body = Body::read(&node)?;
        graph = if node.get("defer")?.flag()? {
            graph.deferred_node(name, move |state| body.run(state))
        } else {
            graph.node(name, move |state| body.run(state))
        };
    }
    Ok(graph)
}

fn read_edges(mut graph: StateGraph, edges: &Member<'_>) -> Result<StateGraph, CaseError> {
    for edge in edges.items()? {
        let ends = edge.items()?;
        let [from, to] = ends.as_slice() else {
            return edge.fault("expected two node names");
        };
        graph = graph.edge(from.text()?, to.text()?);
    }
    Ok(graph)
}

fn read_joins(mut graph: StateGraph, joins: &Member<'_>) -> Result<StateGraph, CaseError> {
    for join in joins.items()? {
        graph = graph.join(&texts(&join.get("from")?)?, join.get("to")?.text()?);
    }
    Ok(graph)
}

fn read_branches(mut graph: StateGraph, branches: &Member<'_>) -> Result<StateGraph, CaseError> {
    for branch in branches.items()? {
        let from = branch.get("from")?.text()?;
        let name = branch.get("name")?.text()?;
        let path = Path::read(&branch.get("path")?)?;
        let route = move |state: &Value| Ok(path.route(state));
        let ends = branch.get("ends")?;
        graph = if ends.json.is_null() {
            graph.branch(from, name, route)
        } else {
            graph.branch_among(from, name, &texts(&ends)?, route)
        };
    }
    Ok(graph)
}

fn texts<'a>(part: &Member<'a>) -> Result<Vec<&'a str>, CaseError> {
    part.items()?.iter().map(Member::text).collect()
}
