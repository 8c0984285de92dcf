//! What a strict reader may construct: upstream's `SAFE_MSGPACK_TYPES` and `SAFE_MSGPACK_METHODS`.

/// `(module, name)` of every type that strict reading constructs.
pub const SAFE_TYPES: [(&str, &str); 49] = [
    ("builtins", "frozenset"),
    ("builtins", "set"),
    ("collections", "deque"),
    ("datetime", "date"),
    ("datetime", "datetime"),
    ("datetime", "time"),
    ("datetime", "timedelta"),
    ("datetime", "timezone"),
    ("decimal", "Decimal"),
    ("ipaddress", "IPv4Address"),
    ("ipaddress", "IPv4Interface"),
    ("ipaddress", "IPv4Network"),
    ("ipaddress", "IPv6Address"),
    ("ipaddress", "IPv6Interface"),
    ("ipaddress", "IPv6Network"),
    ("langchain_core.documents.base", "Document"),
    ("langchain_core.messages.ai", "AIMessage"),
    ("langchain_core.messages.ai", "AIMessageChunk"),
    ("langchain_core.messages.base", "BaseMessage"),
    ("langchain_core.messages.base", "BaseMessageChunk"),
    ("langchain_core.messages.chat", "ChatMessage"),
    ("langchain_core.messages.chat", "ChatMessageChunk"),
    ("langchain_core.messages.function", "FunctionMessage"),
    ("langchain_core.messages.function", "FunctionMessageChunk"),
    ("langchain_core.messages.human", "HumanMessage"),
    ("langchain_core.messages.human", "HumanMessageChunk"),
    ("langchain_core.messages.modifier", "RemoveMessage"),
    ("langchain_core.messages.system", "SystemMessage"),
    ("langchain_core.messages.system", "SystemMessageChunk"),
    ("langchain_core.messages.tool", "ToolMessage"),
    ("langchain_core.messages.tool", "ToolMessageChunk"),
    ("langgraph.store.base", "GetOp"),
    ("langgraph.store.base", "Item"),
    ("langgraph.types", "Command"),
    ("langgraph.types", "Interrupt"),
    ("langgraph.types", "Overwrite"),
    ("langgraph.types", "PregelTask"),
    ("langgraph.types", "Send"),
    ("langgraph.types", "StateSnapshot"),
    ("langgraph.types", "TimeoutPolicy"),
    ("pathlib", "Path"),
    ("pathlib", "PosixPath"),
    ("pathlib", "WindowsPath"),
    ("pathlib._local", "Path"),
    ("pathlib._local", "PosixPath"),
    ("pathlib._local", "WindowsPath"),
    ("re", "compile"),
    ("uuid", "UUID"),
    ("zoneinfo", "ZoneInfo"),
];

/// `(module, name, method)` of every method that reading calls.
pub const SAFE_METHODS: [(&str, &str, &str); 1] = [("datetime", "datetime", "fromisoformat")];

/// Whether strict reading constructs this type.
#[must_use]
pub fn is_safe_type(module: &str, name: &str) -> bool {
    SAFE_TYPES.binary_search(&(module, name)).is_ok()
}

/// Whether reading calls this method.
#[must_use]
pub fn is_safe_method(module: &str, name: &str, method: &str) -> bool {
    SAFE_METHODS.contains(&(module, name, method))
}

#[cfg(test)]
mod tests {
    use super::{SAFE_TYPES, is_safe_type};

    #[test]
    fn the_table_is_sorted_so_that_every_entry_is_found() {
        assert!(SAFE_TYPES.is_sorted());
        assert!(
            SAFE_TYPES
                .iter()
                .all(|(module, name)| is_safe_type(module, name))
        );
        assert!(!is_safe_type("builtins", "eval"));
    }
}
