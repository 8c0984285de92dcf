//! Task ids: a hash of the checkpoint and the task's place in it, written as a UUID.

use xxhash_rust::xxh3::xxh3_128;

/// The bytes that a checkpoint id stands for: its hex digits without the dashes.
///
/// Digits that are not hexadecimal are left out; ids come from [`crate::Env::new_id`] or a saver.
#[must_use]
pub fn id_bytes(checkpoint_id: &str) -> Vec<u8> {
    let digits: Vec<u8> = checkpoint_id
        .chars()
        .filter_map(|digit| digit.to_digit(16))
        .filter_map(|digit| u8::try_from(digit).ok())
        .collect();
    digits
        .chunks_exact(2)
        .map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit))
        .collect()
}

/// `_xxhash_str`: the XXH3 hash of a namespace and parts, as a UUID.
#[must_use]
pub fn task_id(namespace: &[u8], parts: &[&str]) -> String {
    let length = namespace.len() + parts.iter().map(|part| part.len()).sum::<usize>();
    let mut bytes = Vec::with_capacity(length);
    bytes.extend_from_slice(namespace);
    for part in parts {
        bytes.extend_from_slice(part.as_bytes());
    }
    id_of(&bytes)
}

/// The id whose hash is taken over these bytes: the namespace, then the parts.
#[must_use]
pub fn id_of(bytes: &[u8]) -> String {
    as_uuid(xxh3_128(bytes))
}

/// The 32 hex digits of a hash, grouped as a UUID's are.
#[must_use]
pub fn as_uuid(hash: u128) -> String {
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        hash >> 96,
        (hash >> 80) & 0xffff,
        (hash >> 64) & 0xffff,
        (hash >> 48) & 0xffff,
        hash & 0xffff_ffff_ffff
    )
}

/// `xxh3_128_hexdigest`: the XXH3 hash of bytes, in hex.
#[must_use]
pub fn hexdigest(bytes: &[u8]) -> String {
    format!("{:032x}", xxh3_128(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_xxh3_over_the_checkpoint_bytes_and_the_parts() {
        let namespace = id_bytes("00000000-0000-6000-8000-000000000002");
        assert_eq!(namespace.len(), 16);
        assert_eq!(
            task_id(&namespace, &["n", "1", "n", "__pregel_pull", "branch:to:n"]),
            EXPECTED
        );
    }

    /// `_xxhash_str(unhexlify("00000000000060008000000000000002"), "n", "1", "n", "__pregel_pull", "branch:to:n")`.
    const EXPECTED: &str = "bd3e9e68-4a1b-1683-6bbd-ff07df05a705";
}
