use channels::ChannelError;

use crate::test_host::{TestChannel, TestHost, V, assert_empty, assert_holds, step};

#[test]
fn a_step_without_a_value_clears_it_once() {
    let mut channel = TestChannel::ephemeral_value("k", true);
    assert_eq!(channel.update(&TestHost, vec![]), Ok(false));
    assert_eq!(channel.update(&TestHost, step(&[1])), Ok(true));
    assert_holds(&channel, V::Int(1));
    assert_eq!(channel.update(&TestHost, vec![]), Ok(true));
    assert_empty(&channel);
    assert_eq!(channel.update(&TestHost, vec![]), Ok(false));
}

#[test]
fn guarded_it_refuses_two_values_and_keeps_the_old_one() {
    let mut channel = TestChannel::ephemeral_value("k", true);
    channel.update(&TestHost, step(&[1])).unwrap();
    assert_eq!(
        channel.update(&TestHost, step(&[2, 3])),
        Err(ChannelError::InvalidUpdate(
            "At key 'k': EphemeralValue(guard=True) can receive only one value per step. \
             Use guard=False if you want to store any one of multiple values."
                .to_owned()
        ))
    );
    assert_holds(&channel, V::Int(1));
}

#[test]
fn unguarded_it_takes_the_last_value() {
    let mut channel = TestChannel::ephemeral_value("k", false);
    assert_eq!(channel.update(&TestHost, step(&[2, 3])), Ok(true));
    assert_holds(&channel, V::Int(3));
}

#[test]
fn checkpoints_its_value() {
    let mut channel = TestChannel::ephemeral_value("k", true);
    assert_eq!(channel.checkpoint(&TestHost), Ok(None));
    channel.update(&TestHost, step(&[1])).unwrap();
    assert_eq!(channel.checkpoint(&TestHost), Ok(Some(V::Int(1))));
}

#[test]
fn two_are_equal_if_their_guards_are() {
    let guarded = TestChannel::ephemeral_value("k", true);
    let unguarded = TestChannel::ephemeral_value("k", false);
    assert_eq!(
        guarded.equals(&TestHost, &TestChannel::ephemeral_value("other", true)),
        Ok(true)
    );
    assert_eq!(guarded.equals(&TestHost, &unguarded), Ok(false));
}
