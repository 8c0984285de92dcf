use crate::test_host::{
    TestChannel, TestHost, V, assert_empty, assert_holds, host_error, ints, step,
};

fn topic(accumulate: bool) -> TestChannel {
    TestChannel::topic(&TestHost, "k", accumulate)
}

#[test]
fn flattens_lists_by_one_level() {
    let mut channel = topic(false);
    let values = vec![
        V::Int(1),
        V::List(vec![V::Int(2), ints(&[3])]),
        V::List(vec![]),
        V::Tuple(step(&[4])),
    ];
    assert_eq!(channel.update(&TestHost, values), Ok(true));
    assert_holds(
        &channel,
        V::List(vec![V::Int(1), V::Int(2), ints(&[3]), V::Tuple(step(&[4]))]),
    );
}

#[test]
fn a_step_replaces_the_values_of_the_one_before() {
    let mut channel = topic(false);
    assert_eq!(channel.update(&TestHost, vec![]), Ok(false));
    channel.update(&TestHost, step(&[1, 2])).unwrap();
    assert_eq!(channel.update(&TestHost, step(&[3])), Ok(true));
    assert_holds(&channel, ints(&[3]));
    assert_eq!(channel.update(&TestHost, vec![]), Ok(true), "emptied");
    assert_empty(&channel);
    assert_eq!(
        channel.update(&TestHost, vec![V::List(vec![])]),
        Ok(false),
        "an empty list is no value"
    );
}

#[test]
fn accumulating_it_keeps_all_values() {
    let mut channel = topic(true);
    channel.update(&TestHost, step(&[1])).unwrap();
    assert_eq!(channel.update(&TestHost, vec![]), Ok(false));
    assert_eq!(channel.update(&TestHost, vec![ints(&[2, 3])]), Ok(true));
    assert_holds(&channel, ints(&[1, 2, 3]));
}

#[test]
fn a_value_that_cannot_be_iterated_leaves_the_step_before_cleared() {
    let mut channel = topic(false);
    channel.update(&TestHost, step(&[1])).unwrap();
    assert_eq!(
        channel.update(&TestHost, vec![V::Int(2), V::Bad]),
        host_error("iterate")
    );
    assert_empty(&channel);

    let mut accumulating = topic(true);
    accumulating.update(&TestHost, step(&[1])).unwrap();
    assert_eq!(
        accumulating.update(&TestHost, vec![V::Int(2), V::Bad]),
        host_error("iterate")
    );
    assert_holds(&accumulating, ints(&[1]));
}

#[test]
fn checkpoints_its_list_even_when_empty() {
    let mut channel = topic(true);
    assert_eq!(channel.checkpoint(&TestHost), Ok(Some(V::List(vec![]))));
    channel.update(&TestHost, step(&[1])).unwrap();
    let checkpoint = channel.checkpoint(&TestHost).unwrap();
    channel.update(&TestHost, step(&[2])).unwrap();
    assert_holds(
        &channel.from_checkpoint(&TestHost, checkpoint).unwrap(),
        ints(&[1]),
    );
}

#[test]
fn reads_the_old_form_of_a_checkpoint() {
    let old = V::Tuple(vec![V::Set(vec![]), ints(&[1, 2])]);
    assert_holds(
        &topic(false).from_checkpoint(&TestHost, Some(old)).unwrap(),
        ints(&[1, 2]),
    );
}

#[test]
fn refuses_a_checkpoint_that_holds_no_list() {
    let refused = |value| {
        topic(false)
            .from_checkpoint(&TestHost, Some(value))
            .map(|_| ())
    };
    assert_eq!(refused(V::Tuple(vec![V::Int(1)])), host_error("index"));
    assert_eq!(refused(V::Int(1)), host_error("not a list"));
}

#[test]
fn two_are_equal_if_both_accumulate_or_neither_does() {
    assert_eq!(topic(true).equals(&TestHost, &topic(true)), Ok(true));
    assert_eq!(topic(true).equals(&TestHost, &topic(false)), Ok(false));
}
