use channels::ChannelError;

use crate::test_host::{TestChannel, TestHost, V, assert_empty, assert_holds, step};

#[test]
fn keeps_its_value_through_a_step_without_one() {
    let mut channel = TestChannel::untracked_value("k", true);
    assert_eq!(channel.update(&TestHost, step(&[1])), Ok(true));
    assert_eq!(channel.update(&TestHost, vec![]), Ok(false));
    assert_holds(&channel, V::Int(1));
}

#[test]
fn is_never_checkpointed_nor_restored_but_copied() {
    let mut channel = TestChannel::untracked_value("k", true);
    channel.update(&TestHost, step(&[1])).unwrap();
    assert_eq!(channel.checkpoint(&TestHost), Ok(None));
    assert_empty(&channel.from_checkpoint(&TestHost, Some(V::Int(2))).unwrap());
    assert_holds(&channel.copy(&TestHost).unwrap(), V::Int(1));
}

#[test]
fn guarded_it_refuses_two_values_and_keeps_the_old_one() {
    let mut channel = TestChannel::untracked_value("k", true);
    channel.update(&TestHost, step(&[1])).unwrap();
    assert_eq!(
        channel.update(&TestHost, step(&[2, 3])),
        Err(ChannelError::InvalidUpdate(
            "At key 'k': UntrackedValue(guard=True) can receive only one value per step. \
             Use guard=False if you want to store any one of multiple values."
                .to_owned()
        ))
    );
    assert_holds(&channel, V::Int(1));
}

#[test]
fn unguarded_it_takes_the_last_value() {
    let mut channel = TestChannel::untracked_value("k", false);
    assert_eq!(channel.update(&TestHost, step(&[2, 3])), Ok(true));
    assert_holds(&channel, V::Int(3));
}

#[test]
fn two_are_equal_if_their_guards_are() {
    let guarded = TestChannel::untracked_value("k", true);
    assert_eq!(
        guarded.equals(&TestHost, &TestChannel::untracked_value("k", true)),
        Ok(true)
    );
    assert_eq!(
        guarded.equals(&TestHost, &TestChannel::untracked_value("k", false)),
        Ok(false)
    );
}
