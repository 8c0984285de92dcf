use channels::ChannelError;

use crate::test_host::{TestChannel, TestHost, V, assert_empty, assert_holds, host_error, names};

fn barrier(of: &[&'static str]) -> TestChannel {
    TestChannel::named_barrier_value_after_finish(&TestHost, "k", names(of))
}

fn checkpoint(seen: &[&'static str], finished: bool) -> Option<V> {
    Some(V::Tuple(vec![V::Set(names(seen)), V::Bool(finished)]))
}

#[test]
fn opens_when_all_names_were_seen_and_the_run_finishes() {
    let mut channel = barrier(&["a", "b"]);
    channel.update(&TestHost, names(&["a"])).unwrap();
    assert_eq!(channel.finish(&TestHost), Ok(false), "a name is missing");
    channel.update(&TestHost, names(&["b"])).unwrap();
    assert_empty(&channel);
    assert_eq!(channel.finish(&TestHost), Ok(true));
    assert_holds(&channel, V::None);
    assert_eq!(channel.finish(&TestHost), Ok(false), "finished already");
}

#[test]
fn stays_finished_when_a_name_is_seen_again() {
    let mut channel = barrier(&["a"]);
    channel.update(&TestHost, names(&["a"])).unwrap();
    channel.finish(&TestHost).unwrap();
    assert_eq!(channel.update(&TestHost, names(&["a"])), Ok(false));
    assert_holds(&channel, V::None);
}

#[test]
fn consuming_closes_an_open_barrier_and_nothing_else() {
    let mut channel = barrier(&["a"]);
    channel.update(&TestHost, names(&["a"])).unwrap();
    assert_eq!(channel.consume(&TestHost), Ok(false));
    channel.finish(&TestHost).unwrap();
    assert_eq!(channel.consume(&TestHost), Ok(true));
    assert_empty(&channel);
    assert_eq!(channel.checkpoint(&TestHost), Ok(checkpoint(&[], false)));
}

#[test]
fn refuses_a_value_that_is_no_name_and_keeps_those_before_it() {
    let mut channel = barrier(&["a", "b"]);
    assert_eq!(
        channel.update(&TestHost, names(&["a", "x", "b"])),
        Err(ChannelError::InvalidUpdate(
            "At key 'k': Value x not in {a, b}".to_owned()
        ))
    );
    assert_eq!(channel.checkpoint(&TestHost), Ok(checkpoint(&["a"], false)));
}

#[test]
fn is_restored_as_it_was() {
    let fresh = barrier(&["a"]);
    assert_eq!(fresh.checkpoint(&TestHost), Ok(checkpoint(&[], false)));
    assert_holds(
        &fresh
            .from_checkpoint(&TestHost, checkpoint(&["a"], true))
            .unwrap(),
        V::None,
    );
    let mut unfinished = fresh
        .from_checkpoint(&TestHost, checkpoint(&["a"], false))
        .unwrap();
    assert_empty(&unfinished);
    assert_eq!(unfinished.finish(&TestHost), Ok(true));
    assert_empty(&fresh.from_checkpoint(&TestHost, None).unwrap());
}

#[test]
fn finished_but_with_names_missing_it_is_closed() {
    let fresh = barrier(&["a", "b"]);
    let mut channel = fresh
        .from_checkpoint(&TestHost, checkpoint(&["a"], true))
        .unwrap();
    assert_empty(&channel);
    assert_eq!(channel.consume(&TestHost), Ok(false));
    channel.update(&TestHost, names(&["b"])).unwrap();
    assert_holds(&channel, V::None);
}

#[test]
fn a_checkpoint_must_unpack_into_a_set_and_one_more() {
    let refused = |value| {
        barrier(&["a"])
            .from_checkpoint(&TestHost, Some(value))
            .map(|_| ())
    };
    assert_eq!(refused(V::Set(names(&["a"]))), host_error("unpack"));
    assert_eq!(refused(V::Tuple(vec![V::Set(vec![]), V::Bad])), Ok(()));
    assert_eq!(
        refused(V::Tuple(vec![V::Int(1), V::Bool(true)])),
        host_error("not a set")
    );
}

#[test]
fn two_are_equal_if_their_names_are() {
    assert_eq!(
        barrier(&["a", "b"]).equals(&TestHost, &barrier(&["b", "a"])),
        Ok(true)
    );
    assert_eq!(
        barrier(&["a"]).equals(&TestHost, &barrier(&["b"])),
        Ok(false)
    );
}
