use crate::test_host::{TestChannel, TestHost, V, assert_empty, assert_holds, step};

#[test]
fn takes_the_last_of_several_values() {
    let mut channel = TestChannel::any_value("k");
    assert_eq!(channel.update(&TestHost, step(&[1, 2, 3])), Ok(true));
    assert_holds(&channel, V::Int(3));
}

#[test]
fn a_step_without_a_value_clears_it_once() {
    let mut channel = TestChannel::any_value("k");
    assert_eq!(channel.update(&TestHost, vec![]), Ok(false));
    channel.update(&TestHost, step(&[1])).unwrap();
    assert_eq!(channel.update(&TestHost, vec![]), Ok(true));
    assert_empty(&channel);
    assert_eq!(channel.update(&TestHost, vec![]), Ok(false));
}

#[test]
fn checkpoints_its_value() {
    let mut channel = TestChannel::any_value("k");
    assert_eq!(channel.checkpoint(&TestHost), Ok(None));
    channel.update(&TestHost, step(&[1])).unwrap();
    assert_eq!(channel.checkpoint(&TestHost), Ok(Some(V::Int(1))));
}
