use channels::ChannelError;

use crate::test_host::{
    Outcome, Reducer, TestChannel, TestHost, Type, V, assert_empty, assert_holds, host_error, ints,
    overwrite, step,
};

fn delta(typ: Type) -> TestChannel {
    with_reducer(typ, Reducer::Add)
}

fn with_reducer(typ: Type, reducer: Reducer) -> TestChannel {
    TestChannel::delta_channel("k", typ, reducer, 100).unwrap()
}

fn replay(channel: &mut TestChannel, values: Vec<V>) -> Outcome<()> {
    channel
        .as_delta_mut()
        .unwrap()
        .replay_writes(&TestHost, values)
}

#[test]
fn the_snapshot_frequency_must_be_positive() {
    for frequency in [0, -1] {
        assert_eq!(
            TestChannel::delta_channel("k", Type::Int, Reducer::Add, frequency).map(|_| ()),
            Err(ChannelError::InvalidParameter(format!(
                "snapshot_frequency must be a positive int, got {frequency}"
            )))
        );
    }
    let channel = TestChannel::delta_channel("k", Type::Int, Reducer::Add, 3).unwrap();
    assert_eq!(channel.as_delta().unwrap().snapshot_frequency(), 3);
}

#[test]
fn is_empty_until_updated_or_restored() {
    let mut channel = delta(Type::Int);
    assert_empty(&channel);
    assert_eq!(channel.update(&TestHost, vec![]), Ok(false));
    assert_empty(&channel);
    assert_holds(
        &channel.from_checkpoint(&TestHost, None).unwrap(),
        V::Int(0),
    );
}

#[test]
fn folds_the_values_of_a_step_in_one_call() {
    let mut channel = delta(Type::Int);
    assert_eq!(channel.update(&TestHost, step(&[1, 2])), Ok(true));
    assert_eq!(channel.update(&TestHost, step(&[3])), Ok(true));
    assert_holds(&channel, V::Int(6));
}

#[test]
fn a_reducer_that_raises_leaves_the_value_as_it_was() {
    let mut channel = delta(Type::Int);
    channel.update(&TestHost, step(&[1])).unwrap();
    assert_eq!(
        channel.update(&TestHost, vec![V::Int(2), V::Bad]),
        host_error("add")
    );
    assert_holds(&channel, V::Int(1));
    assert_eq!(
        replay(&mut channel, vec![V::Int(2), V::Bad]),
        host_error("add")
    );
    assert_holds(&channel, V::Int(1));
}

#[test]
fn a_type_that_cannot_be_called_fails_only_where_it_is_needed() {
    let mut channel = delta(Type::Any);
    assert_eq!(channel.update(&TestHost, step(&[1])), host_error("type"));
    assert_eq!(
        channel.from_checkpoint(&TestHost, None).map(|_| ()),
        host_error("type")
    );
    assert_eq!(
        channel.update(&TestHost, vec![overwrite(V::None)]),
        host_error("type")
    );
    assert_eq!(
        channel.update(&TestHost, vec![overwrite(V::Int(1))]),
        Ok(true)
    );
    assert_holds(&channel, V::Int(1));
}

#[test]
fn one_overwrite_drops_all_other_values_of_the_step() {
    let mut channel = delta(Type::Int);
    let values = vec![V::Bad, overwrite(V::Int(10)), V::Int(2)];
    assert_eq!(channel.update(&TestHost, values), Ok(true));
    assert_holds(&channel, V::Int(10));
}

#[test]
fn overwriting_with_none_starts_anew() {
    let mut channel = delta(Type::List);
    channel.update(&TestHost, vec![ints(&[1])]).unwrap();
    channel.update(&TestHost, vec![overwrite(V::None)]).unwrap();
    assert_holds(&channel, ints(&[]));
}

#[test]
fn an_overwriting_value_is_copied() {
    let mut channel = delta(Type::Int);
    assert_eq!(
        channel.update(&TestHost, vec![overwrite(V::Bad)]),
        host_error("copy")
    );
    assert_eq!(
        replay(&mut channel, vec![overwrite(V::Bad)]),
        host_error("copy")
    );
}

#[test]
fn two_overwrites_are_refused_before_anything_changes() {
    let mut channel = delta(Type::Int);
    channel.update(&TestHost, step(&[1])).unwrap();
    let refused = channel.update(&TestHost, vec![overwrite(V::Int(2)), overwrite(V::None)]);
    assert_eq!(
        refused,
        Err(ChannelError::InvalidUpdate(
            "Can receive only one Overwrite value per super-step.\nFor troubleshooting, visit: \
             https://docs.langchain.com/oss/python/langgraph/errors/INVALID_CONCURRENT_GRAPH_UPDATE"
                .to_owned()
        ))
    );
    assert_holds(&channel, V::Int(1));
}

#[test]
fn is_never_checkpointed_but_restored_from_a_snapshot_or_a_value() {
    let mut channel = delta(Type::Int);
    channel.update(&TestHost, step(&[1])).unwrap();
    assert_eq!(channel.checkpoint(&TestHost), Ok(None));
    let restored = |checkpoint| {
        channel
            .from_checkpoint(&TestHost, Some(checkpoint))
            .unwrap()
    };
    assert_holds(&restored(V::Snapshot(Box::new(V::Int(7)))), V::Int(7));
    assert_holds(&restored(V::Int(8)), V::Int(8));
}

#[test]
fn replays_writes_onto_its_value() {
    let mut channel = delta(Type::Int).from_checkpoint(&TestHost, None).unwrap();
    assert_eq!(replay(&mut channel, vec![]), Ok(()));
    assert_eq!(replay(&mut channel, step(&[1, 2])), Ok(()));
    assert_eq!(replay(&mut channel, step(&[3])), Ok(()));
    assert_holds(&channel, V::Int(6));
}

#[test]
fn replaying_starts_from_the_last_overwrite() {
    let mut channel = delta(Type::Int);
    let writes = vec![
        V::Bad,
        overwrite(V::Int(10)),
        V::Int(1),
        overwrite(V::Int(20)),
        V::Int(2),
    ];
    assert_eq!(replay(&mut channel, writes), Ok(()));
    assert_holds(&channel, V::Int(22));
    assert_eq!(
        replay(&mut channel, vec![V::Int(1), overwrite(V::None)]),
        Ok(())
    );
    assert_holds(&channel, V::Int(0));
}

#[test]
fn replaying_onto_no_value_hands_the_reducer_none() {
    let mut channel = delta(Type::Int);
    assert_eq!(
        replay(&mut channel, step(&[1])),
        host_error("add to MISSING")
    );
    assert_empty(&channel);
    let mut last = with_reducer(Type::Int, Reducer::Last);
    assert_eq!(replay(&mut last, step(&[1, 2])), Ok(()));
    assert_holds(&last, V::Int(2));
}

#[test]
fn a_copy_holds_a_copy_of_the_value() {
    let mut channel = with_reducer(Type::Int, Reducer::Last);
    assert_empty(&channel.copy(&TestHost).unwrap());
    channel.update(&TestHost, step(&[1])).unwrap();
    assert_holds(&channel.copy(&TestHost).unwrap(), V::Int(1));
    channel.update(&TestHost, vec![V::Bad]).unwrap();
    assert_eq!(channel.copy(&TestHost).map(|_| ()), host_error("copy"));
}

#[test]
fn two_are_equal_if_their_reducers_and_frequencies_are() {
    let other = TestChannel::delta_channel("k", Type::Int, Reducer::Add, 1).unwrap();
    assert_eq!(
        delta(Type::Int).equals(&TestHost, &delta(Type::List)),
        Ok(true)
    );
    assert_eq!(delta(Type::Int).equals(&TestHost, &other), Ok(false));
    assert_eq!(
        delta(Type::Int).equals(&TestHost, &with_reducer(Type::Int, Reducer::Last)),
        Ok(false)
    );
}
