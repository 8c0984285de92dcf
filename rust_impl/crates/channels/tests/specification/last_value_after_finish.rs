use crate::test_host::{
    TestChannel, TestHost, V, assert_empty, assert_holds, host_error, ints, step,
};

fn checkpoint(value: i64, finished: bool) -> Option<V> {
    Some(V::Tuple(vec![V::Int(value), V::Bool(finished)]))
}

#[test]
fn shows_its_last_value_only_after_finish() {
    let mut channel = TestChannel::last_value_after_finish(&TestHost, "k");
    assert_eq!(channel.finish(&TestHost), Ok(false), "nothing to show");
    assert_eq!(channel.update(&TestHost, step(&[1, 2])), Ok(true));
    assert_empty(&channel);
    assert_eq!(channel.finish(&TestHost), Ok(true));
    assert_holds(&channel, V::Int(2));
    assert_eq!(channel.finish(&TestHost), Ok(false), "shown already");
}

#[test]
fn a_new_value_hides_again() {
    let mut channel = TestChannel::last_value_after_finish(&TestHost, "k");
    channel.update(&TestHost, step(&[1])).unwrap();
    channel.finish(&TestHost).unwrap();
    assert_eq!(channel.update(&TestHost, vec![]), Ok(false));
    assert_holds(&channel, V::Int(1));
    assert_eq!(channel.update(&TestHost, step(&[2])), Ok(true));
    assert_empty(&channel);
}

#[test]
fn consuming_drops_a_shown_value_and_nothing_else() {
    let mut channel = TestChannel::last_value_after_finish(&TestHost, "k");
    channel.update(&TestHost, step(&[1])).unwrap();
    assert_eq!(channel.consume(&TestHost), Ok(false));
    channel.finish(&TestHost).unwrap();
    assert_eq!(channel.consume(&TestHost), Ok(true));
    assert_empty(&channel);
    assert_eq!(channel.checkpoint(&TestHost), Ok(None));
    assert_eq!(channel.finish(&TestHost), Ok(false));
}

#[test]
fn checkpoints_its_value_with_whether_it_is_shown() {
    let mut channel = TestChannel::last_value_after_finish(&TestHost, "k");
    assert_eq!(channel.checkpoint(&TestHost), Ok(None));
    channel.update(&TestHost, step(&[1])).unwrap();
    assert_eq!(channel.checkpoint(&TestHost), Ok(checkpoint(1, false)));
    channel.finish(&TestHost).unwrap();
    assert_eq!(channel.checkpoint(&TestHost), Ok(checkpoint(1, true)));
}

#[test]
fn is_restored_as_it_was() {
    let fresh = TestChannel::last_value_after_finish(&TestHost, "k");
    assert_holds(
        &fresh
            .from_checkpoint(&TestHost, checkpoint(1, true))
            .unwrap(),
        V::Int(1),
    );
    let mut hidden = fresh
        .from_checkpoint(&TestHost, checkpoint(1, false))
        .unwrap();
    assert_empty(&hidden);
    assert_eq!(hidden.finish(&TestHost), Ok(true));
}

#[test]
fn a_copy_is_as_shown_as_the_original() {
    let mut channel = TestChannel::last_value_after_finish(&TestHost, "k");
    channel.update(&TestHost, step(&[1])).unwrap();
    assert_empty(&channel.copy(&TestHost).unwrap());
    channel.finish(&TestHost).unwrap();
    assert_holds(&channel.copy(&TestHost).unwrap(), V::Int(1));
}

#[test]
fn a_checkpoint_must_unpack_into_two() {
    let fresh = TestChannel::last_value_after_finish(&TestHost, "k");
    for wrong in [V::Int(1), ints(&[1]), ints(&[1, 2, 3])] {
        assert_eq!(
            fresh.from_checkpoint(&TestHost, Some(wrong)).map(|_| ()),
            host_error("unpack")
        );
    }
    assert_holds(
        &fresh
            .from_checkpoint(&TestHost, Some(ints(&[7, 1])))
            .unwrap(),
        V::Int(7),
    );
}

#[test]
fn whether_it_is_finished_stays_as_a_checkpoint_said_and_its_truth_is_asked_when_it_matters() {
    let restored = |finished| {
        let checkpoint = V::Tuple(vec![V::Int(7), finished]);
        TestChannel::last_value_after_finish(&TestHost, "k")
            .from_checkpoint(&TestHost, Some(checkpoint))
            .unwrap()
    };
    assert_eq!(
        restored(V::Int(1)).checkpoint(&TestHost),
        Ok(Some(V::Tuple(vec![V::Int(7), V::Int(1)])))
    );
    assert_eq!(restored(V::Bad).get(&TestHost), host_error("truth"));
    assert_eq!(restored(V::Bad).finish(&TestHost), host_error("truth"));
}
