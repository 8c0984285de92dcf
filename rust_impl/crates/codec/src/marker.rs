//! The first byte of every msgpack item.

use std::fmt;

/// A marker byte, shown as ormsgpack names it in its errors.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Marker(pub u8);

impl fmt::Debug for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.0 {
            byte @ 0x00..=0x7f => return write!(f, "FixPos({byte})"),
            byte @ 0x80..=0x8f => return write!(f, "FixMap({})", byte & 0x0f),
            byte @ 0x90..=0x9f => return write!(f, "FixArray({})", byte & 0x0f),
            byte @ 0xa0..=0xbf => return write!(f, "FixStr({})", byte & 0x1f),
            byte @ 0xe0..=0xff => return write!(f, "FixNeg({})", byte.cast_signed()),
            0xc0 => "Null",
            0xc1 => "Reserved",
            0xc2 => "False",
            0xc3 => "True",
            0xc4 => "Bin8",
            0xc5 => "Bin16",
            0xc6 => "Bin32",
            0xc7 => "Ext8",
            0xc8 => "Ext16",
            0xc9 => "Ext32",
            0xca => "F32",
            0xcb => "F64",
            0xcc => "U8",
            0xcd => "U16",
            0xce => "U32",
            0xcf => "U64",
            0xd0 => "I8",
            0xd1 => "I16",
            0xd2 => "I32",
            0xd3 => "I64",
            0xd4 => "FixExt1",
            0xd5 => "FixExt2",
            0xd6 => "FixExt4",
            0xd7 => "FixExt8",
            0xd8 => "FixExt16",
            0xd9 => "Str8",
            0xda => "Str16",
            0xdb => "Str32",
            0xdc => "Array16",
            0xdd => "Array32",
            0xde => "Map16",
            0xdf => "Map32",
        };
        f.write_str(name)
    }
}
