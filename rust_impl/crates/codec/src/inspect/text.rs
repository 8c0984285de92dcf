//! Contents in few words, on one line, whatever they are.

/// Longer texts are cut to this many characters.
pub const SHORT: usize = 60;

/// Whether text may stand without quotes: ASCII letters, digits, `_`, `-`.
pub fn is_plain(text: &[u8]) -> bool {
    !text.is_empty()
        && text
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// Text on one line: bytes that are no UTF-8 as `\xff`, characters that do not print escaped.
pub fn escaped(text: &[u8]) -> String {
    let mut out = String::new();
    for chunk in text.utf8_chunks() {
        for char in chunk.valid().chars() {
            escape(char, &mut out);
        }
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out
}

/// As many bytes of a text as it can take to fill a line.
pub fn head(text: &[u8]) -> &[u8] {
    text.get(..4 * SHORT + 4).unwrap_or(text)
}

/// Text in quotes, escaped and cut.
pub fn quoted(text: &[u8]) -> String {
    cut(format!("'{}'", escaped(head(text))), SHORT)
}

/// Binary data in hexadecimal digits, cut.
pub fn hex(data: &[u8]) -> String {
    let head = data.get(..SHORT).unwrap_or(data);
    let digits: String = head.iter().map(|byte| format!("{byte:02x}")).collect();
    cut(digits, SHORT)
}

/// A float as Python writes it.
pub fn float(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    let text = format!("{number:?}");
    match text.split_once('e') {
        None => text,
        Some((digits, exponent)) => {
            let (sign, size) = match exponent.strip_prefix('-') {
                Some(size) => ('-', size),
                None => ('+', exponent),
            };
            format!("{digits}e{sign}{size:0>2}")
        }
    }
}

fn escape(char: char, out: &mut String) {
    match char {
        '\'' | '\\' => {
            out.push('\\');
            out.push(char);
        }
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\0'..='\x1f' | '\x7f'..='\u{9f}' => out.push_str(&format!("\\x{:02x}", u32::from(char))),
        // Line separators, and what turns the direction of a line.
        '\u{61c}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{feff}' => {
            out.push_str(&format!("\\u{:04x}", u32::from(char)));
        }
        _ => out.push(char),
    }
}

/// A text of a line, cut if it is long.
pub fn short(text: String) -> String {
    cut(text, SHORT)
}

fn cut(text: String, limit: usize) -> String {
    if text.chars().nth(limit).is_none() {
        return text;
    }
    text.chars().take(limit - 3).chain(['…']).collect()
}
