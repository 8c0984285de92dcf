use channels::ChannelError;

use crate::test_host::{
    TestChannel, TestHost, V, assert_empty, assert_holds, host_error, ints, names,
};

fn barrier(of: &[&'static str]) -> TestChannel {
    TestChannel::named_barrier_value(&TestHost, "k", names(of))
}

#[test]
fn opens_with_none_when_all_names_were_seen() {
    let mut channel = barrier(&["a", "b"]);
    assert_eq!(channel.update(&TestHost, vec![]), Ok(false));
    assert_eq!(channel.update(&TestHost, names(&["b"])), Ok(true));
    assert_eq!(
        channel.update(&TestHost, names(&["b", "b"])),
        Ok(false),
        "seen already"
    );
    assert_empty(&channel);
    assert_eq!(channel.update(&TestHost, names(&["a"])), Ok(true));
    assert_holds(&channel, V::None);
}

#[test]
fn without_names_it_is_always_open() {
    assert_holds(&barrier(&[]), V::None);
}

#[test]
fn refuses_a_value_that_is_no_name_and_keeps_those_before_it() {
    let mut channel = barrier(&["a"]);
    assert_eq!(
        channel.update(&TestHost, names(&["a", "x"])),
        Err(ChannelError::InvalidUpdate(
            "At key 'k': Value x not in {a}".to_owned()
        ))
    );
    assert_holds(&channel, V::None);
}

#[test]
fn an_unhashable_value_is_an_error_of_the_host() {
    assert_eq!(
        barrier(&["a"]).update(&TestHost, vec![ints(&[1])]),
        host_error("hash")
    );
}

#[test]
fn consuming_closes_an_open_barrier_and_nothing_else() {
    let mut channel = barrier(&["a", "b"]);
    channel.update(&TestHost, names(&["a"])).unwrap();
    assert_eq!(channel.consume(&TestHost), Ok(false));
    channel.update(&TestHost, names(&["b"])).unwrap();
    assert_eq!(channel.consume(&TestHost), Ok(true));
    assert_empty(&channel);
    assert_eq!(channel.checkpoint(&TestHost), Ok(Some(V::Set(vec![]))));
}

#[test]
fn finishing_does_nothing() {
    let mut channel = barrier(&["a"]);
    channel.update(&TestHost, names(&["a"])).unwrap();
    assert_eq!(channel.finish(&TestHost), Ok(false));
}

#[test]
fn checkpoints_the_names_seen_and_is_restored_from_them() {
    let mut channel = barrier(&["a", "b"]);
    channel.update(&TestHost, names(&["b"])).unwrap();
    let checkpoint = channel.checkpoint(&TestHost).unwrap();
    assert_eq!(checkpoint, Some(V::Set(names(&["b"]))));
    let mut restored = channel.from_checkpoint(&TestHost, checkpoint).unwrap();
    restored.update(&TestHost, names(&["a"])).unwrap();
    assert_holds(&restored, V::None);
}

#[test]
fn a_name_of_a_checkpoint_that_it_does_not_wait_for_keeps_it_closed() {
    let checkpoint = Some(V::Set(names(&["a", "gone"])));
    assert_empty(
        &barrier(&["a"])
            .from_checkpoint(&TestHost, checkpoint)
            .unwrap(),
    );
}

#[test]
fn refuses_a_checkpoint_that_holds_no_set() {
    let refused = barrier(&["a"])
        .from_checkpoint(&TestHost, Some(V::Int(1)))
        .map(|_| ());
    assert_eq!(refused, host_error("not a set"));
}

#[test]
fn two_are_equal_if_their_names_are() {
    assert_eq!(
        barrier(&["a", "b"]).equals(&TestHost, &barrier(&["b", "a"])),
        Ok(true)
    );
    assert_eq!(
        barrier(&["a", "b"]).equals(&TestHost, &barrier(&["a"])),
        Ok(false)
    );
}
