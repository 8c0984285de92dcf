//! JSON text of any depth, on a stack that is deep enough for it.

use serde_json::Value as Json;

use super::CaseError;

/// JSON nested deeper than this is refused unread.
const MAX_DEPTH: usize = 4000;

/// JSON up to this depth is read, run and answered on the caller's stack.
const SHALLOW: usize = 64;

/// Stack per level of nesting, in bytes: several times what one level takes in a debug build.
const STACK_PER_LEVEL: usize = 32 << 10;

/// Calls `work` with the parsed text; if the text nests deeply, in a thread whose stack is in proportion.
///
/// Parsing, walking and dropping a JSON tree are recursive, so nothing here may run before the depth is known.
///
/// # Errors
/// [`CaseError`] if the text is not JSON or nests too deeply, and what `work` returns.
pub fn with<T: Send>(
    text: &str,
    work: impl FnOnce(&Json) -> Result<T, CaseError> + Send,
) -> Result<T, CaseError> {
    let depth = depth(text);
    if depth > MAX_DEPTH {
        return Err(CaseError::Malformed {
            at: "/".to_owned(),
            what: format!("nested deeper than {MAX_DEPTH} JSON levels"),
        });
    }
    let run = || work(&parse(text)?);
    if depth <= SHALLOW {
        return run();
    }
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .name("case".to_owned())
            .stack_size((2 << 20) + depth * STACK_PER_LEVEL)
            .spawn_scoped(scope, run)
            .map_err(|error| {
                CaseError::Unsupported(format!("no stack for {depth} JSON levels: {error}"))
            })?;
        thread
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn parse(text: &str) -> Result<Json, CaseError> {
    let mut reader = serde_json::Deserializer::from_str(text);
    reader.disable_recursion_limit();
    let mut documents = reader.into_iter::<Json>();
    match documents.next() {
        None => serde_json::from_str(text).map_err(CaseError::NotJson),
        Some(document) => {
            let document = document.map_err(CaseError::NotJson)?;
            match documents.next() {
                None => Ok(document),
                Some(_) => Err(CaseError::Malformed {
                    at: "/".to_owned(),
                    what: "text after the case".to_owned(),
                }),
            }
        }
    }
}

/// How deep the brackets outside strings nest.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::{depth, with};
    use serde_json::json;

    #[test]
    fn brackets_in_strings_do_not_nest() {
        assert_eq!(depth(r#"{"a": ["[[\"[[", {}]}"#), 3);
        assert_eq!(depth("]]]["), 1);
    }

    #[test]
    fn any_depth_is_read_or_refused() {
        let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert!(with(&nested(4000), |_| Ok(())).is_ok());
        assert!(with(&nested(4001), |_| Ok(())).is_err());
        assert!(with(&"[".repeat(1_000_000), |_| Ok(())).is_err());
        assert!(with(&"[".repeat(3000), |_| Ok(())).is_err());
    }

    #[test]
    fn exactly_one_document_is_read() {
        assert_eq!(
            with("{\"a\": 1} ", |json| Ok(json.clone())).unwrap(),
            json!({"a": 1})
        );
        for text in ["", " ", "1 2", "{} x", "nul", "{\"a\": }"] {
            assert!(with(text, |_| Ok(())).is_err(), "{text:?}");
        }
    }

    #[test]
    #[should_panic(expected = "from the deep thread")]
    fn a_panic_crosses_the_thread() {
        let text = "[".repeat(100) + &"]".repeat(100);
        let _ = with(&text, |_| -> Result<(), super::CaseError> {
            panic!("from the deep thread")
        });
    }
}
