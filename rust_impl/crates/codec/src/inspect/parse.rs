//! The parser: one pass, open items on an explicit stack.

use super::{Fault, Kind, Node};

/// An open item, the children it has and still claims, and where its bytes must end.
struct Frame {
    index: usize,
    children: usize,
    remaining: u64,
    limit: usize,
}

struct Parser<'a> {
    data: &'a [u8],
    at: usize,
    nodes: Vec<Node>,
    frames: Vec<Frame>,
}

/// The nodes of an input in the order of its bytes, and which is the root.
pub fn parse(data: &[u8]) -> (Vec<Node>, usize) {
    let mut parser = Parser {
        data,
        at: 0,
        nodes: Vec::new(),
        frames: Vec::new(),
    };
    let index = parser.add(Kind::Document, 0, 0, None);
    parser.frames.push(Frame {
        index,
        children: 0,
        remaining: 1,
        limit: data.len(),
    });
    parser.run();
    // The document is shown only if it holds more than the one item.
    let single = parser
        .nodes
        .get(1)
        .is_some_and(|first| first.past == parser.nodes.len());
    if single && let Some(first) = parser.nodes.get_mut(1) {
        first.parent = None;
    }
    (parser.nodes, usize::from(single))
}

impl Parser<'_> {
    fn run(&mut self) {
        while let Some(frame) = self.frames.last_mut() {
            if frame.remaining == 0 {
                self.close();
                continue;
            }
            frame.remaining -= 1;
            let limit = frame.limit;
            if let Err(fault) = self.read(limit) {
                self.recover(fault, limit);
            }
        }
    }

    /// Adds an item to the innermost open one, and moves past its bytes.
    fn add(&mut self, kind: Kind, header: usize, length: usize, code: Option<i8>) -> usize {
        let index = self.nodes.len();
        let (parent, position) = match self.frames.last_mut() {
            Some(frame) => {
                frame.children += 1;
                (Some(frame.index), frame.children - 1)
            }
            None => (None, 0),
        };
        self.nodes.push(Node {
            kind,
            offset: self.at,
            length,
            header,
            count: 0,
            code,
            parent,
            position,
            past: index + 1,
        });
        self.at += length;
        index
    }

    fn close(&mut self) {
        let Some(frame) = self.frames.last() else {
            return;
        };
        let (index, limit) = (frame.index, frame.limit);
        let kind = self.nodes.get(index).map(|node| node.kind);
        if matches!(kind, Some(Kind::Ext | Kind::Document)) && self.at < limit {
            let rest = limit - self.at;
            self.add(Kind::Error(Fault::LeftOver(rest)), 0, rest, None);
        }
        let past = self.nodes.len();
        if let Some(node) = self.nodes.get_mut(index) {
            node.length = self.at - node.offset;
            node.past = past;
        }
        self.frames.pop();
    }

    /// Skips to the end of the innermost extension; the bytes up to there are one fault.
    fn recover(&mut self, fault: Fault, limit: usize) {
        self.add(Kind::Error(fault), 0, limit - self.at, None);
        while let Some(frame) = self.frames.last_mut() {
            frame.remaining = 0;
            let index = frame.index;
            self.close();
            let kind = self.nodes.get(index).map(|node| node.kind);
            if matches!(kind, Some(Kind::Ext | Kind::Document)) {
                break;
            }
        }
    }

    fn need(start: usize, size: u64, limit: usize) -> Result<(), Fault> {
        let have = (limit as u64).saturating_sub(start as u64);
        if start > limit {
            return Err(Fault::Truncated(size + (start - limit) as u64));
        }
        if size > have {
            return Err(Fault::Truncated(size - have));
        }
        Ok(())
    }

    /// The big-endian number of that many bytes after the marker.
    fn number(&self, size: usize, limit: usize) -> Result<u32, Fault> {
        Self::need(self.at + 1, size as u64, limit)?;
        let bytes = self.data.get(self.at + 1..self.at + 1 + size);
        Ok(bytes
            .unwrap_or_default()
            .iter()
            .fold(0, |number, byte| number << 8 | u32::from(*byte)))
    }

    fn read(&mut self, limit: usize) -> Result<(), Fault> {
        Self::need(self.at, 1, limit)?;
        let marker = self.data.get(self.at).copied().unwrap_or_default();
        match marker {
            0x00..=0x7f | 0xe0..=0xff => self.scalar(Kind::Int, 0, limit),
            0x80..=0x8f => self.container(Kind::Map, u32::from(marker & 15), 1, limit),
            0x90..=0x9f => self.container(Kind::Array, u32::from(marker & 15), 1, limit),
            0xa0..=0xbf => self.blob(Kind::Str, u32::from(marker & 31), 1, limit),
            0xc0 => self.scalar(Kind::Nil, 0, limit),
            0xc1 => Err(Fault::Reserved(marker)),
            0xc2 | 0xc3 => self.scalar(Kind::Bool, 0, limit),
            0xc4..=0xc6 => self.long_blob(Kind::Bin, 1 << (marker - 0xc4), limit),
            0xc7..=0xc9 => {
                let size = 1 << (marker - 0xc7);
                let length = self.number(size, limit)?;
                self.extension(length, 1 + size, limit)
            }
            0xca | 0xcb => self.scalar(Kind::Float, 4 << (marker - 0xca), limit),
            0xcc..=0xcf => self.scalar(Kind::Int, 1 << (marker - 0xcc), limit),
            0xd0..=0xd3 => self.scalar(Kind::Int, 1 << (marker - 0xd0), limit),
            0xd4..=0xd8 => self.extension(1 << (marker - 0xd4), 1, limit),
            0xd9..=0xdb => self.long_blob(Kind::Str, 1 << (marker - 0xd9), limit),
            0xdc | 0xdd => self.long_container(Kind::Array, 2 << (marker - 0xdc), limit),
            0xde | 0xdf => self.long_container(Kind::Map, 2 << (marker - 0xde), limit),
        }
    }

    fn scalar(&mut self, kind: Kind, size: usize, limit: usize) -> Result<(), Fault> {
        Self::need(self.at + 1, size as u64, limit)?;
        let header = if kind == Kind::Float { 1 } else { 1 + size };
        self.add(kind, header, 1 + size, None);
        Ok(())
    }

    fn long_blob(&mut self, kind: Kind, size: usize, limit: usize) -> Result<(), Fault> {
        let length = self.number(size, limit)?;
        self.blob(kind, length, 1 + size, limit)
    }

    fn blob(&mut self, kind: Kind, length: u32, header: usize, limit: usize) -> Result<(), Fault> {
        Self::need(self.at + header, u64::from(length), limit)?;
        self.add(kind, header, header + length as usize, None);
        Ok(())
    }

    fn long_container(&mut self, kind: Kind, size: usize, limit: usize) -> Result<(), Fault> {
        let count = self.number(size, limit)?;
        self.container(kind, count, 1 + size, limit)
    }

    fn container(
        &mut self,
        kind: Kind,
        count: u32,
        header: usize,
        limit: usize,
    ) -> Result<(), Fault> {
        let index = self.add(kind, header, header, None);
        if let Some(node) = self.nodes.get_mut(index) {
            node.count = count;
        }
        let remaining = u64::from(count) * if kind == Kind::Map { 2 } else { 1 };
        self.frames.push(Frame {
            index,
            children: 0,
            remaining,
            limit,
        });
        Ok(())
    }

    fn extension(&mut self, length: u32, before_code: usize, limit: usize) -> Result<(), Fault> {
        Self::need(self.at + before_code, 1, limit)?;
        let code = self
            .data
            .get(self.at + before_code)
            .copied()
            .unwrap_or_default()
            .cast_signed();
        let header = before_code + 1;
        let size = length as usize;
        Self::need(self.at + header, u64::from(length), limit)?;
        let index = self.add(Kind::Ext, header, header + size, Some(code));
        if crate::envelope::meaning(code).is_some() {
            // Read inside.
            self.at -= size;
            self.frames.push(Frame {
                index,
                children: 0,
                remaining: 1,
                limit: self.at + size,
            });
        }
        Ok(())
    }
}
