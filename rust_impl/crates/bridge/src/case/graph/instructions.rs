//! What a node or a branch of a program does: expressions, conditions, instructions and paths.

use std::cmp::Ordering;

use codec::{Dict, Int, Value};
use graph::{Error, Route, Target};

use super::super::CaseError;
use super::super::member::Member;

/// `EXPR`
pub enum Expr {
    Literal(Value),
    Get(String),
    Input,
    Add(Box<[Expr; 2]>),
    Len(Box<Expr>),
    List(Vec<Expr>),
}

impl Expr {
    pub fn read(part: &Member<'_>) -> Result<Self, CaseError> {
        let members = part.expected("an expression", part.json.as_object())?;
        let mut names = members.keys();
        let (Some(name), None) = (names.next(), names.next()) else {
            return part.fault("expected one of lit, get, input, add, len, list");
        };
        let operand = part.get(name)?;
        Ok(match name.as_str() {
            "lit" => Self::Literal(operand.value()?),
            "get" => Self::Get(operand.text()?.to_owned()),
            "input" if operand.flag()? => Self::Input,
            "add" => {
                let parts = operand.items()?;
                let [left, right] = parts.as_slice() else {
                    return operand.fault("expected two expressions");
                };
                Self::Add(Box::new([Self::read(left)?, Self::read(right)?]))
            }
            "len" => Self::Len(Box::new(Self::read(&operand)?)),
            "list" => {
                let parts = operand.items()?;
                Self::List(parts.iter().map(Self::read).collect::<Result<_, _>>()?)
            }
            other => return part.fault(&format!("unknown expression {other:?}")),
        })
    }

    fn eval(&self, state: &Value) -> Value {
        match self {
            Self::Literal(value) => value.clone(),
            Self::Get(key) => get(state, key).cloned().unwrap_or(Value::None),
            Self::Input => state.clone(),
            Self::Add(parts) => match parts.each_ref().map(|part| part.eval(state)) {
                [Value::Int(left), Value::Int(right)] => Value::Int(left.add(&right)),
                [_, right] => right,
            },
            Self::Len(part) => length(&part.eval(state)),
            Self::List(parts) => Value::list(parts.iter().map(|part| part.eval(state)).collect()),
        }
    }
}

fn get<'v>(state: &'v Value, key: &str) -> Option<&'v Value> {
    state.as_dict()?.get_str(key)
}

fn length(value: &Value) -> Value {
    let length = match value {
        Value::List(items) | Value::Tuple(items) => items.len(),
        Value::Dict(dict) => dict.len(),
        Value::Str(text) => text.chars().count(),
        // Every byte but a continuation byte begins a code point.
        Value::Surrogates(bytes) => bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count(),
        _ => 0,
    };
    Value::from(i64::try_from(length).unwrap_or(i64::MAX))
}

/// How a `COND` compares.
pub enum Comparison {
    Less,
    GreaterOrEqual,
    Equal,
}

/// `COND`
pub enum Cond {
    Compare(Comparison, Expr, Expr),
    Not(Box<Cond>),
    Has(String),
}

impl Cond {
    pub fn read(part: &Member<'_>) -> Result<Self, CaseError> {
        if part.json.get("not").is_some() {
            return Ok(Self::Not(Box::new(Self::read(&part.get("not")?)?)));
        }
        if part.json.get("has").is_some() {
            return Ok(Self::Has(part.get("has")?.text()?.to_owned()));
        }
        let comparison = part.get("cmp")?.named("comparison", |name| match name {
            "lt" => Some(Comparison::Less),
            "ge" => Some(Comparison::GreaterOrEqual),
            "eq" => Some(Comparison::Equal),
            _ => None,
        })?;
        let (left, right) = (part.get("left")?, part.get("right")?);
        Ok(Self::Compare(
            comparison,
            Expr::read(&left)?,
            Expr::read(&right)?,
        ))
    }

    fn holds(&self, state: &Value) -> bool {
        match self {
            Self::Not(cond) => !cond.holds(state),
            Self::Has(key) => get(state, key).is_some(),
            Self::Compare(comparison, left, right) => {
                let (left, right) = (left.eval(state), right.eval(state));
                match (comparison, left, right) {
                    (Comparison::Equal, left, right) => left == right,
                    (Comparison::Less, Value::Int(left), Value::Int(right)) => {
                        order(&left, &right).is_lt()
                    }
                    (Comparison::GreaterOrEqual, Value::Int(left), Value::Int(right)) => {
                        order(&left, &right).is_ge()
                    }
                    _ => false,
                }
            }
        }
    }
}

/// Orders ints of any size.
fn order(left: &Int, right: &Int) -> Ordering {
    if let (Some(left), Some(right)) = (left.to_i128(), right.to_i128()) {
        return left.cmp(&right);
    }
    let parts = |int: &Int| {
        let text = int.to_string();
        let negative = text.starts_with('-');
        (negative, text.trim_start_matches('-').to_owned())
    };
    let ((left_negative, left), (right_negative, right)) = (parts(left), parts(right));
    let magnitude = left.len().cmp(&right.len()).then(left.cmp(&right));
    match (left_negative, right_negative) {
        (false, false) => magnitude,
        (true, true) => magnitude.reverse(),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
    }
}

/// `INSTR`
enum Instruction {
    Write { key: String, value: Expr },
    Raise { error: Error, when: Option<Cond> },
}

impl Instruction {
    fn read(part: &Member<'_>) -> Result<Self, CaseError> {
        let op = part.get("op")?;
        match op.text()? {
            "write" => Ok(Self::Write {
                key: part.get("key")?.text()?.to_owned(),
                value: Expr::read(&part.get("value")?)?,
            }),
            "raise" => {
                let message = part.get("message")?.text()?;
                let error = part.get("error")?.named("error", |name| match name {
                    "ValueError" => Some(Error::value(message)),
                    "RuntimeError" => Some(Error::runtime(message)),
                    "KeyError" => Some(Error::key(message)),
                    _ => None,
                })?;
                let when = part.get("when")?;
                let when = match when.json.is_null() {
                    true => None,
                    false => Some(Cond::read(&when)?),
                };
                Ok(Self::Raise { error, when })
            }
            other => op.fault(&format!("unknown instruction {other:?}")),
        }
    }
}

/// What a node returns.
#[derive(Clone, Copy)]
enum Returns {
    Dict,
    None,
    List,
}

/// What a node does.
pub struct Body {
    instructions: Vec<Instruction>,
    returns: Returns,
}

impl Body {
    pub fn read(node: &Member<'_>) -> Result<Self, CaseError> {
        let instructions = node.get("do")?.items()?;
        Ok(Self {
            instructions: instructions
                .iter()
                .map(Instruction::read)
                .collect::<Result<_, _>>()?,
            returns: node.get("returns")?.named("return", |name| match name {
                "dict" => Some(Returns::Dict),
                "none" => Some(Returns::None),
                "list" => Some(Returns::List),
                _ => None,
            })?,
        })
    }

    pub fn run(&self, state: &Value) -> Result<Value, Error> {
        let mut update = Dict::new();
        for instruction in &self.instructions {
            match instruction {
                Instruction::Write { key, value } => {
                    update.set(key, value.eval(state));
                }
                Instruction::Raise { error, when } => {
                    if when.as_ref().is_none_or(|when| when.holds(state)) {
                        return Err(error.clone());
                    }
                }
            }
        }
        Ok(match self.returns {
            Returns::Dict => Value::dict(update),
            Returns::None => Value::None,
            Returns::List => Value::list(update.keys().cloned().collect()),
        })
    }
}

/// `DEST`
pub enum Dest {
    Node(String),
    Send(String, Expr),
}

impl Dest {
    fn read(part: &Member<'_>) -> Result<Self, CaseError> {
        match part.json.as_str() {
            Some(node) => Ok(Self::Node(node.to_owned())),
            None => Ok(Self::Send(
                part.get("send")?.text()?.to_owned(),
                Expr::read(&part.get("arg")?)?,
            )),
        }
    }

    fn read_all(part: &Member<'_>) -> Result<Vec<Self>, CaseError> {
        part.items()?.iter().map(Self::read).collect()
    }

    fn target(&self, state: &Value) -> Target {
        match self {
            Self::Node(node) => Target::Node(node.as_str().into()),
            Self::Send(node, arg) => Target::Send(node.as_str().into(), arg.eval(state)),
        }
    }
}

/// `PATH`
pub enum Path {
    To(Vec<Dest>),
    If {
        cond: Cond,
        then: Vec<Dest>,
        otherwise: Vec<Dest>,
    },
    Each {
        key: String,
        node: String,
    },
}

impl Path {
    pub fn read(part: &Member<'_>) -> Result<Self, CaseError> {
        if part.json.get("each").is_some() {
            return Ok(Self::Each {
                key: part.get("each")?.text()?.to_owned(),
                node: part.get("node")?.text()?.to_owned(),
            });
        }
        if part.json.get("to").is_some() {
            return Ok(Self::To(Dest::read_all(&part.get("to")?)?));
        }
        Ok(Self::If {
            cond: Cond::read(&part.get("if")?)?,
            then: Dest::read_all(&part.get("then")?)?,
            otherwise: Dest::read_all(&part.get("else")?)?,
        })
    }

    pub fn route(&self, state: &Value) -> Route {
        let chosen = match self {
            Self::Each { key, node } => {
                let items = get(state, key).and_then(Value::as_list).unwrap_or_default();
                let send = |item: &Value| Target::Send(node.as_str().into(), item.clone());
                return Route(items.iter().map(send).collect());
            }
            Self::To(dests) => dests,
            Self::If {
                cond,
                then,
                otherwise,
            } => {
                if cond.holds(state) {
                    then
                } else {
                    otherwise
                }
            }
        };
        Route(chosen.iter().map(|dest| dest.target(state)).collect())
    }
}
