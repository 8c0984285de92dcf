//! Any bytes as a tree of msgpack items with their offsets, for people: what stands where, and what is wrong with it.
//!
//! Nothing here recurses, nothing is constructed, and no bytes are refused: what is no msgpack becomes an item of kind
//! [`Kind::Error`] in its place. Every item but such a fault takes at least one byte of input, and contents stay in the
//! input, so memory is in proportion to the length of the input whatever lengths it claims.

mod parse;
mod text;

use crate::envelope::{CONSTRUCTOR_SINGLE_ARG, METHOD_SINGLE_ARG, PYDANTIC_V2, meaning};

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `None`
    Nil,
    /// `True` or `False`
    Bool,
    /// An integer of any width.
    Int,
    /// A single or a double.
    Float,
    /// Text, which may be no UTF-8.
    Str,
    /// Binary data.
    Bin,
    /// An array.
    Array,
    /// A map; its children alternate key, value.
    Map,
    /// An extension; the data of codes 0 to 7 are its children.
    Ext,
    /// A whole input with something after its first item.
    Document,
    /// Bytes that are no msgpack.
    Error(Fault),
}

impl Kind {
    /// The kind in one word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Nil => "nil",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Float => "float",
            Self::Str => "str",
            Self::Bin => "bin",
            Self::Array => "array",
            Self::Map => "map",
            Self::Ext => "ext",
            Self::Document => "document",
            Self::Error(_) => "error",
        }
    }
}

/// Why bytes are no msgpack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// So many bytes are missing.
    Truncated(u64),
    /// A marker that msgpack does not use.
    Reserved(u8),
    /// So many bytes follow the item that should be the only one.
    LeftOver(usize),
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Truncated(missing) => write!(f, "truncated: {missing} bytes missing"),
            Self::Reserved(marker) => write!(f, "marker 0x{marker:02x} is not used in msgpack"),
            Self::LeftOver(count) => write!(f, "{count} bytes left over"),
        }
    }
}

/// One item and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Where its marker stands in the whole input.
    pub offset: usize,
    /// Its length in bytes, marker and contents included.
    pub length: usize,
    /// The bytes before the contents.
    pub header: usize,
    /// The claimed number of items (array) or pairs (map).
    pub count: u32,
    /// An extension's code.
    pub code: Option<i8>,
    /// The item it is in; `None` for the root.
    pub parent: Option<usize>,
    /// The how manieth child of that it is; keys and values of a map both count.
    pub position: usize,
    /// The index after its last descendant.
    past: usize,
}

impl Node {
    /// The index after the last item inside this one.
    #[must_use]
    pub fn past(&self) -> usize {
        self.past
    }
}

/// The items of an input in the order of its bytes, each named by its index.
#[derive(Debug)]
pub struct Tree<D> {
    data: D,
    nodes: Vec<Node>,
    root: usize,
}

/// What an extension names: upstream's envelope of codes 0 to 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypeName<'a> {
    /// Module of the class.
    pub module: &'a [u8],
    /// Name of the class.
    pub name: &'a [u8],
    /// The method, in the codes that have one.
    pub method: Option<&'a [u8]>,
}

/// One line of a rendering: an item, or a map's value together with its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// How deep it is in the tree.
    pub depth: usize,
    /// What stands before the item: its key.
    pub label: String,
    /// The item.
    pub index: usize,
}

/// Reads any bytes as one msgpack item.
pub fn inspect<D: AsRef<[u8]>>(data: D) -> Tree<D> {
    let (nodes, root) = parse::parse(data.as_ref());
    Tree { data, nodes, root }
}

impl<D: AsRef<[u8]>> Tree<D> {
    /// The index of the item that holds all others.
    #[must_use]
    pub fn root(&self) -> usize {
        self.root
    }

    /// How many items there are.
    #[must_use]
    pub fn size(&self) -> usize {
        self.nodes.len() - self.root
    }

    /// The input.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        self.data.as_ref()
    }

    /// The item of that index, if there is one.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&Node> {
        self.nodes.get(index)
    }

    /// The first byte of an item; `None` for a document and for a fault without bytes.
    #[must_use]
    pub fn marker(&self, node: &Node) -> Option<u8> {
        match node.kind {
            Kind::Document => None,
            Kind::Error(_) if node.length == 0 => None,
            _ => self.data().get(node.offset).copied(),
        }
    }

    /// The contents of an item: text, binary data, an extension's data, a float's bits, the bytes of a fault.
    #[must_use]
    pub fn content(&self, node: &Node) -> &[u8] {
        self.data()
            .get(node.offset + node.header..node.offset + node.length)
            .unwrap_or_default()
    }

    /// The items directly inside one, in order.
    pub fn children(&self, index: usize) -> impl Iterator<Item = usize> {
        let past = self.nodes.get(index).map_or(0, |node| node.past);
        let mut next = index + 1;
        std::iter::from_fn(move || {
            let child = (next < past).then_some(next)?;
            next = self.nodes.get(child)?.past;
            Some(child)
        })
    }

    /// An integer's value.
    #[must_use]
    pub fn int(&self, node: &Node) -> Option<i128> {
        let marker = self.marker(node).filter(|_| node.kind == Kind::Int)?;
        let bytes = self
            .data()
            .get(node.offset + 1..node.offset + node.length)?;
        let unsigned = bytes
            .iter()
            .fold(0i128, |number, byte| number << 8 | i128::from(*byte));
        Some(match marker {
            0xcc..=0xcf => unsigned,
            0xd0..=0xd3 => {
                let bits = 8 * bytes.len();
                unsigned - (unsigned >> (bits - 1) << bits)
            }
            _ => i128::from(marker.cast_signed()),
        })
    }

    /// A float's value; a single is widened.
    #[must_use]
    pub fn float(&self, node: &Node) -> Option<f64> {
        if node.kind != Kind::Float {
            return None;
        }
        let content = self.content(node);
        match content.len() {
            4 => Some(f64::from(f32::from_be_bytes(content.try_into().ok()?))),
            _ => Some(f64::from_be_bytes(content.try_into().ok()?)),
        }
    }

    /// What an extension names, if its data begin as upstream's envelope does.
    #[must_use]
    pub fn type_name(&self, index: usize) -> Option<TypeName<'_>> {
        let code = self.nodes.get(index)?.code?;
        if !(CONSTRUCTOR_SINGLE_ARG..=PYDANTIC_V2).contains(&code) {
            return None;
        }
        let envelope = self.children(index).next()?;
        if self.nodes.get(envelope)?.kind != Kind::Array {
            return None;
        }
        let text = |position: usize| {
            let node = self.nodes.get(self.children(envelope).nth(position)?)?;
            (node.kind == Kind::Str).then(|| self.content(node))
        };
        Some(TypeName {
            module: text(0)?,
            name: text(1)?,
            method: matches!(code, METHOD_SINGLE_ARG | PYDANTIC_V2)
                .then(|| text(3))
                .flatten(),
        })
    }

    /// Where an item is: `channel_values.x[2]`, `a(ext 0)[1]`, `{key 3}`; empty for the root.
    #[must_use]
    pub fn path(&self, index: usize) -> String {
        let mut steps = Vec::new();
        let mut at = index;
        while let Some(parent) = self.nodes.get(at).and_then(|node| node.parent) {
            steps.push(self.step(parent, at));
            at = parent;
        }
        steps.reverse();
        let path = steps.concat();
        path.strip_prefix('.').map(str::to_owned).unwrap_or(path)
    }

    /// The last step of an item's path.
    #[must_use]
    pub fn step(&self, parent: usize, index: usize) -> String {
        let (Some(above), Some(node)) = (self.nodes.get(parent), self.nodes.get(index)) else {
            return String::new();
        };
        match (above.kind, node.kind) {
            (Kind::Array, _) => format!("[{}]", node.position),
            (Kind::Ext, _) => format!("(ext {})", above.code.unwrap_or_default()),
            (_, Kind::Error(fault)) => format!("<{fault}>"),
            (Kind::Map, _) if node.position % 2 == 0 => format!("{{key {}}}", node.position / 2),
            (Kind::Map, _) => self.key_step(self.before(parent, index)),
            _ => String::new(),
        }
    }

    /// The child before one that is not the first: what the item before it in the input belongs to.
    fn before(&self, parent: usize, index: usize) -> usize {
        let mut at = index - 1;
        while let Some(above) = self.nodes.get(at).and_then(|node| node.parent)
            && above != parent
        {
            at = above;
        }
        at
    }

    fn key_step(&self, key: usize) -> String {
        let label = self.label(key);
        if self.is_plain(key) {
            format!(".{label}")
        } else {
            format!("[{label}]")
        }
    }

    /// Whether a key is text that needs no quotes.
    fn is_plain(&self, key: usize) -> bool {
        self.nodes
            .get(key)
            .is_some_and(|node| node.kind == Kind::Str && text::is_plain(self.content(node)))
    }

    /// A key in few words: `name`, `'some name'`, `5`, `array`.
    fn label(&self, key: usize) -> String {
        let Some(node) = self.nodes.get(key) else {
            return String::new();
        };
        match node.kind {
            Kind::Str if self.is_plain(key) => text::escaped(self.content(node)),
            Kind::Str => text::quoted(self.content(node)),
            Kind::Nil => "None".to_owned(),
            Kind::Bool | Kind::Int | Kind::Float => self.scalar(node),
            Kind::Bin => format!("bin {}", text::hex(self.content(node))),
            _ => node.kind.name().to_owned(),
        }
    }

    fn scalar(&self, node: &Node) -> String {
        match node.kind {
            Kind::Bool if self.marker(node) == Some(0xc3) => "True".to_owned(),
            Kind::Bool => "False".to_owned(),
            Kind::Int => self.int(node).unwrap_or_default().to_string(),
            _ => text::float(self.float(node).unwrap_or_default()),
        }
    }

    /// One item in a few words: `int 200 (cc)`, `map of 2 (82)`, `ext 0 one argument builtins.set, 20 bytes (c7)`.
    #[must_use]
    pub fn describe(&self, index: usize) -> String {
        let Some(node) = self.nodes.get(index) else {
            return String::new();
        };
        let words = match node.kind {
            Kind::Error(fault) => return format!("malformed: {fault}"),
            Kind::Document => return "an object with something after it".to_owned(),
            Kind::Nil => "nil".to_owned(),
            Kind::Bool | Kind::Int | Kind::Float => {
                format!("{} {}", node.kind.name(), self.scalar(node))
            }
            Kind::Str => format!("str {}", text::quoted(self.content(node))),
            Kind::Bin => format!("bin {}", text::hex(self.content(node))),
            Kind::Array | Kind::Map => format!("{} of {}", node.kind.name(), node.count),
            Kind::Ext => self.describe_ext(index, node),
        };
        match self.marker(node) {
            Some(marker) => format!("{words} ({marker:02x})"),
            None => words,
        }
    }

    fn describe_ext(&self, index: usize, node: &Node) -> String {
        let code = node.code.unwrap_or_default();
        let mut words = format!("ext {code}");
        if let Some(meaning) = meaning(code) {
            words.push(' ');
            words.push_str(meaning);
        }
        if let Some(named) = self.type_name(index) {
            let mut name = text::head(named.module).to_vec();
            name.push(b'.');
            name.extend(text::head(named.name));
            if let Some(method) = named.method.filter(|_| code == METHOD_SINGLE_ARG) {
                name.push(b'.');
                name.extend(text::head(method));
            }
            words.push(' ');
            words.push_str(&text::short(text::escaped(text::head(&name))));
        }
        format!("{words}, {} bytes", node.length - node.header)
    }

    /// The lines of an item's rendering, in the order of the bytes: a key without children is the label of its value.
    pub fn rows(&self, index: usize) -> impl Iterator<Item = Row> {
        let mut stack = vec![(0, String::new(), index)];
        std::iter::from_fn(move || {
            let (depth, label, index) = stack.pop()?;
            let first = stack.len();
            if self
                .nodes
                .get(index)
                .is_some_and(|node| node.kind == Kind::Map)
            {
                let mut children = self.children(index);
                while let Some(key) = children.next() {
                    match children.next() {
                        Some(value) if self.children(key).next().is_none() => {
                            stack.push((
                                depth + 1,
                                format!("{}: ", text::short(self.label(key))),
                                value,
                            ));
                        }
                        Some(value) => {
                            stack.push((depth + 1, "key: ".to_owned(), key));
                            stack.push((depth + 1, "value: ".to_owned(), value));
                        }
                        None => stack.push((depth + 1, String::new(), key)),
                    }
                }
            } else {
                let below = self
                    .children(index)
                    .map(|child| (depth + 1, String::new(), child));
                stack.extend(below);
            }
            if let Some(below) = stack.get_mut(first..) {
                below.reverse();
            }
            Some(Row {
                depth,
                label,
                index,
            })
        })
    }

    /// An item as text: a line for each item with its offset, at most `max_lines` of them, and how many more there are.
    #[must_use]
    pub fn render(&self, index: usize, max_lines: usize) -> String {
        let mut lines = Vec::new();
        let mut more = 0usize;
        for row in self.rows(index) {
            if lines.len() >= max_lines {
                more += 1;
                continue;
            }
            let offset = self.nodes.get(row.index).map_or(0, |node| node.offset);
            let indent = "  ".repeat(row.depth.min(MAX_INDENT));
            let words = self.describe(row.index);
            lines.push(format!("{offset:6}  {indent}{}{words}", row.label));
        }
        if more > 0 {
            lines.push(format!("… {more} lines after"));
        }
        lines.join("\n")
    }
}

/// Deeper items are not indented further.
const MAX_INDENT: usize = 30;

#[cfg(test)]
mod tests;
