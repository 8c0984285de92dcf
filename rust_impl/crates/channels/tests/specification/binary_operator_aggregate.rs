use channels::ChannelError;

use crate::test_host::{
    Reducer, TestChannel, TestHost, Type, V, assert_empty, assert_holds, host_error, ints,
    overwrite, step,
};

const TWO_OVERWRITES: &str = "Can receive only one Overwrite value per super-step.\n\
    For troubleshooting, visit: https://docs.langchain.com/oss/python/langgraph/errors/INVALID_CONCURRENT_GRAPH_UPDATE";

fn sum(typ: Type) -> TestChannel {
    TestChannel::binary_operator_aggregate(&TestHost, "k", typ, Reducer::Add)
}

#[test]
fn starts_with_the_empty_value_of_its_type() {
    assert_holds(&sum(Type::Int), V::Int(0));
    assert_holds(&sum(Type::List), ints(&[]));
    assert_empty(&sum(Type::Any));
}

#[test]
fn folds_values_in_order() {
    let mut channel = sum(Type::List);
    assert_eq!(channel.update(&TestHost, vec![]), Ok(false));
    assert_eq!(
        channel.update(&TestHost, vec![ints(&[1]), ints(&[2])]),
        Ok(true)
    );
    assert_eq!(channel.update(&TestHost, vec![ints(&[3])]), Ok(true));
    assert_holds(&channel, ints(&[1, 2, 3]));
}

#[test]
fn the_first_value_of_an_empty_channel_is_stored_as_it_is() {
    let mut channel = sum(Type::Any);
    channel.update(&TestHost, step(&[1, 2])).unwrap();
    assert_holds(&channel, V::Int(3));

    let mut raw = sum(Type::Any);
    raw.update(&TestHost, vec![overwrite(V::Int(1))]).unwrap();
    assert_holds(&raw, overwrite(V::Int(1)));
}

#[test]
fn an_overwrite_replaces_the_value_and_drops_what_follows_in_the_step() {
    let mut channel = sum(Type::Int);
    let values = vec![V::Int(1), overwrite(V::Int(10)), V::Int(2), V::Bad];
    assert_eq!(channel.update(&TestHost, values), Ok(true));
    assert_holds(&channel, V::Int(10));
    channel.update(&TestHost, step(&[5])).unwrap();
    assert_holds(&channel, V::Int(15));
}

#[test]
fn a_second_overwrite_is_refused_and_the_first_stays() {
    let mut channel = sum(Type::Int);
    let values = vec![overwrite(V::Int(10)), overwrite(V::Int(20))];
    assert_eq!(
        channel.update(&TestHost, values),
        Err(ChannelError::InvalidUpdate(TWO_OVERWRITES.to_owned()))
    );
    assert_holds(&channel, V::Int(10));
}

#[test]
fn an_overwrite_that_is_stored_raw_does_not_count_as_one() {
    let mut channel = sum(Type::Any);
    let values = vec![overwrite(V::Int(1)), overwrite(V::Int(2))];
    assert_eq!(channel.update(&TestHost, values), Ok(true));
    assert_holds(&channel, V::Int(2));
}

#[test]
fn a_reducer_that_raises_midway_keeps_what_was_folded() {
    let mut channel = sum(Type::Int);
    let values = vec![V::Int(1), V::Int(2), V::Bad, V::Int(4)];
    assert_eq!(channel.update(&TestHost, values), host_error("add"));
    assert_holds(&channel, V::Int(3));
}

#[test]
fn is_restored_from_a_value_a_snapshot_or_nothing() {
    let fresh = sum(Type::Int);
    let restored = |checkpoint| fresh.from_checkpoint(&TestHost, checkpoint).unwrap();
    assert_holds(&restored(Some(V::Int(7))), V::Int(7));
    assert_holds(&restored(Some(V::Snapshot(Box::new(V::Int(8))))), V::Int(8));
    assert_holds(&restored(None), V::Int(0));
    assert_empty(&sum(Type::Any).from_checkpoint(&TestHost, None).unwrap());
}

#[test]
fn checkpoints_its_value() {
    assert_eq!(sum(Type::Int).checkpoint(&TestHost), Ok(Some(V::Int(0))));
    assert_eq!(sum(Type::Any).checkpoint(&TestHost), Ok(None));
}

#[test]
fn two_are_equal_if_their_reducers_are_whatever_their_types() {
    let last = TestChannel::binary_operator_aggregate(&TestHost, "k", Type::Int, Reducer::Last);
    assert_eq!(sum(Type::Int).equals(&TestHost, &sum(Type::List)), Ok(true));
    assert_eq!(sum(Type::Int).equals(&TestHost, &last), Ok(false));
}
