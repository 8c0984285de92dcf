use channels::ChannelError;

use crate::test_host::{TestChannel, TestHost, V, assert_empty, assert_holds, step};

const REFUSED: &str = "At key 'k': Can receive only one value per step. Use an Annotated key to handle multiple values.\n\
    For troubleshooting, visit: https://docs.langchain.com/oss/python/langgraph/errors/INVALID_CONCURRENT_GRAPH_UPDATE";

#[test]
fn keeps_its_value_through_a_step_without_one() {
    let mut channel = TestChannel::last_value("k");
    assert_empty(&channel);
    assert_eq!(channel.update(&TestHost, step(&[1])), Ok(true));
    assert_eq!(channel.update(&TestHost, vec![]), Ok(false));
    assert_holds(&channel, V::Int(1));
}

#[test]
fn refuses_two_values_and_keeps_the_old_one() {
    let mut channel = TestChannel::last_value("k");
    channel.update(&TestHost, step(&[1])).unwrap();
    assert_eq!(
        channel.update(&TestHost, step(&[2, 2])),
        Err(ChannelError::InvalidUpdate(REFUSED.to_owned()))
    );
    assert_holds(&channel, V::Int(1));
}

#[test]
fn checkpoints_its_value() {
    let mut channel = TestChannel::last_value("k");
    assert_eq!(channel.checkpoint(&TestHost), Ok(None));
    channel.update(&TestHost, step(&[1])).unwrap();
    assert_eq!(channel.checkpoint(&TestHost), Ok(Some(V::Int(1))));
}

#[test]
fn an_overwrite_is_a_value_like_any_other() {
    let mut channel = TestChannel::last_value("k");
    let value = crate::test_host::overwrite(V::Int(1));
    channel.update(&TestHost, vec![value.clone()]).unwrap();
    assert_holds(&channel, value);
}
