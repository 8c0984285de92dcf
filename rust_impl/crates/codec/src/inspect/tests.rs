#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::{Fault, Kind, inspect};

fn lines(data: &[u8]) -> Vec<String> {
    let tree = inspect(data);
    let text = tree.render(tree.root(), 100);
    text.lines()
        .map(|line| line.trim_start().to_owned())
        .collect()
}

#[test]
fn an_envelope_shows_its_type_and_its_parts_with_offsets() {
    let data = b"\x81\xa1a\xc7\x0f\x00\x93\xa8builtins\xa3set\x90";
    assert_eq!(
        lines(data),
        [
            "0  map of 1 (81)",
            "3    a: ext 0 one argument builtins.set, 15 bytes (c7)",
            "6      array of 3 (93)",
            "7        str 'builtins' (a8)",
            "16        str 'set' (a3)",
            "20        array of 0 (90)",
        ]
    );
    let tree = inspect(&data[..]);
    let named = tree.type_name(3).unwrap();
    assert_eq!(
        (named.module, named.name, named.method),
        (&b"builtins"[..], &b"set"[..], None)
    );
    assert_eq!(tree.path(6), "a(ext 0)[1]");
    assert_eq!(tree.size(), 7);
}

#[test]
fn faults_stand_where_they_are() {
    for (data, offset, fault) in [
        (&b""[..], 0, Fault::Truncated(1)),
        (b"\xc1", 0, Fault::Reserved(0xc1)),
        (b"\x92\xc0", 2, Fault::Truncated(1)),
        (b"\xc0\x01\x02", 1, Fault::LeftOver(2)),
        (b"\xdb\xff\xff\xff\xffa", 0, Fault::Truncated(0xffff_fffe)),
        (b"\xd5\x07\xc0\xc0", 3, Fault::LeftOver(1)),
        (b"\x92\xd5\x07\x91\xc1\x05", 4, Fault::Reserved(0xc1)),
    ] {
        let tree = inspect(data);
        let found = tree
            .nodes
            .iter()
            .find(|node| matches!(node.kind, Kind::Error(_)));
        let found = found.unwrap();
        assert_eq!(
            (found.offset, found.kind),
            (offset, Kind::Error(fault)),
            "{data:02x?}"
        );
    }
    // What follows a broken extension is read.
    assert!(lines(b"\x92\xd5\x07\x91\xc1\x05").contains(&"5    int 5 (05)".to_owned()));
}

#[test]
fn numbers_and_texts_read_as_python_writes_them() {
    for (data, words) in [
        (
            &b"\xd3\x80\0\0\0\0\0\0\0"[..],
            "int -9223372036854775808 (d3)",
        ),
        (
            b"\xcf\xff\xff\xff\xff\xff\xff\xff\xff",
            "int 18446744073709551615 (cf)",
        ),
        (b"\xe0", "int -32 (e0)"),
        (b"\xd0\x80", "int -128 (d0)"),
        (b"\xcb\x43\x41\xc3\x79\x37\xe0\x80\x00", "float 1e+16 (cb)"),
        (b"\xcb\x3e\xe4\xf8\xb5\x88\xe3\x68\xf1", "float 1e-05 (cb)"),
        (b"\xca\x3f\xc0\0\0", "float 1.5 (ca)"),
        (b"\xca\xff\xc0\0\0", "float nan (ca)"),
        (b"\xa3\xffa\n", "str '\\xffa\\n' (a3)"),
        (b"\xa3\xe2\x80\xae", "str '\\u202e' (a3)"),
        (b"\xc4\x02\x00\xff", "bin 00ff (c4)"),
        (b"\xd4\x2a\x00", "ext 42, 1 bytes (d4)"),
        (b"\xd4\xff\x00", "ext -1, 1 bytes (d4)"),
    ] {
        assert_eq!(inspect(data).describe(1), words);
    }
}

#[test]
fn keys_become_steps_and_labels() {
    let tree = inspect(&b"\x86\xa1a\x01\xa3a b\x02\x05\x03\xc3\x04\x91\x01\x05\xc0\x06"[..]);
    let paths: Vec<String> = (2..tree.nodes.len())
        .map(|index| tree.path(index))
        .collect();
    assert_eq!(
        paths,
        [
            "{key 0}",
            "a",
            "{key 1}",
            "['a b']",
            "{key 2}",
            "[5]",
            "{key 3}",
            "[True]",
            "{key 4}",
            "{key 4}[0]",
            "[array]",
            "{key 5}",
            "[None]"
        ]
    );
}

#[test]
fn depth_and_claims_take_no_more_than_the_input() {
    let deep = b"\x91".repeat(1_000_000);
    let tree = inspect(&deep);
    assert_eq!(tree.size(), 1_000_001);
    assert!(tree.render(1, 2).ends_with("… 999999 lines after"));
    assert_eq!(tree.path(1000).len(), 3 * 999);
    let claims = b"\xdf\xff\xff\xff\xff".repeat(1000);
    assert_eq!(inspect(&claims).size(), 1001);
    let wide = [&b"\xdd\x00\x01\x00\x00"[..], &[0xc0; 65536]].concat();
    assert_eq!(inspect(&wide).get(65537).unwrap().position, 65535);
}
