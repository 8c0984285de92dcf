//! What holds for all ten classes.

use proptest::prelude::*;

use crate::test_host::{Reducer, TestChannel, TestHost, Type, V, names};

fn all() -> Vec<TestChannel> {
    vec![
        TestChannel::last_value("k"),
        TestChannel::last_value_after_finish(&TestHost, "k"),
        TestChannel::any_value("k"),
        TestChannel::ephemeral_value("k", true),
        TestChannel::untracked_value("k", false),
        TestChannel::topic(&TestHost, "k", true),
        TestChannel::binary_operator_aggregate(&TestHost, "k", Type::Int, Reducer::Add),
        TestChannel::named_barrier_value(&TestHost, "k", names(&["a", "b"])),
        TestChannel::named_barrier_value_after_finish(&TestHost, "k", names(&["a", "b"])),
        TestChannel::delta_channel("k", Type::Int, Reducer::Add, 100).unwrap(),
    ]
}

#[test]
fn has_its_own_class_name() {
    let classes: Vec<_> = all().iter().map(TestChannel::class).collect();
    assert_eq!(
        classes,
        [
            "LastValue",
            "LastValueAfterFinish",
            "AnyValue",
            "EphemeralValue",
            "UntrackedValue",
            "Topic",
            "BinaryOperatorAggregate",
            "NamedBarrierValue",
            "NamedBarrierValueAfterFinish",
            "DeltaChannel",
        ]
    );
}

#[test]
fn keeps_its_key_when_copied_and_restored() {
    for channel in all() {
        assert_eq!(channel.key(), "k");
        assert_eq!(channel.copy(&TestHost).unwrap().key(), "k");
        assert_eq!(channel.from_checkpoint(&TestHost, None).unwrap().key(), "k");
    }
}

#[test]
fn equals_only_its_own_class() {
    for (row, left) in all().iter().enumerate() {
        for (column, right) in all().iter().enumerate() {
            assert_eq!(
                left.equals(&TestHost, right),
                Ok(row == column),
                "{} {}",
                left.class(),
                right.class()
            );
        }
    }
}

/// One operation that changes a channel.
#[derive(Debug, Clone)]
enum Op {
    Update(Vec<V>),
    Consume,
    Finish,
}

fn value() -> impl Strategy<Value = V> {
    let leaf = prop_oneof![
        (0..4_i64).prop_map(V::Int),
        prop_oneof![Just("a"), Just("b"), Just("x")].prop_map(V::Str),
        Just(V::None),
        Just(V::Bad),
    ];
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(V::List),
            inner.prop_map(|value| V::Overwrite(Box::new(value))),
        ]
    })
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => prop::collection::vec(value(), 0..4).prop_map(Op::Update),
        1 => Just(Op::Consume),
        1 => Just(Op::Finish),
    ]
}

fn apply(channel: &mut TestChannel, op: &Op) -> Result<bool, channels::ChannelError<String>> {
    match op {
        Op::Update(values) => channel.update(&TestHost, values.clone()),
        Op::Consume => channel.consume(&TestHost),
        Op::Finish => channel.finish(&TestHost),
    }
}

fn seen(channel: &TestChannel) -> (Result<V, channels::ChannelError<String>>, Option<V>) {
    (
        channel.get(&TestHost),
        channel.checkpoint(&TestHost).unwrap(),
    )
}

proptest! {
    #[test]
    fn is_available_exactly_when_it_can_be_read(ops in prop::collection::vec(op(), 0..12)) {
        for mut channel in all() {
            for op in &ops {
                let _ = apply(&mut channel, op);
                prop_assert_eq!(channel.is_available(&TestHost), Ok(channel.get(&TestHost).is_ok()));
            }
        }
    }

    #[test]
    fn a_step_that_reports_no_update_changed_nothing(ops in prop::collection::vec(op(), 0..12)) {
        for mut channel in all() {
            for op in &ops {
                let before = seen(&channel);
                if apply(&mut channel, op) == Ok(false) {
                    prop_assert_eq!(before, seen(&channel), "{}", channel.class());
                }
            }
        }
    }

    #[test]
    fn it_heeds_the_notice_of_a_step_or_finish_exactly_when_that_changes_it(ops in prop::collection::vec(op(), 0..12)) {
        for mut channel in all() {
            for op in &ops {
                let _ = apply(&mut channel, op);
            }
            let heeds = channel.heeds_finish(&TestHost);
            if let Ok(mut copy) = channel.copy(&TestHost) {
                prop_assert_eq!(&heeds, &copy.finish(&TestHost), "{}", channel.class());
            }
            if channel.is_available(&TestHost) == Ok(true) {
                let heeds = channel.heeds_step(&TestHost);
                prop_assert_eq!(heeds, channel.update(&TestHost, vec![]), "{}", channel.class());
            }
        }
    }

    #[test]
    fn a_copy_behaves_like_the_original_and_apart_from_it(
        first in prop::collection::vec(op(), 0..6),
        then in prop::collection::vec(op(), 0..6),
    ) {
        for mut channel in all() {
            for op in &first {
                let _ = apply(&mut channel, op);
            }
            let Ok(mut copy) = channel.copy(&TestHost) else { continue };
            let before = seen(&channel);
            let outcomes: Vec<_> = then.iter().map(|op| (apply(&mut copy, op), seen(&copy))).collect();
            prop_assert_eq!(before, seen(&channel), "{}", channel.class());
            for (op, outcome) in then.iter().zip(outcomes) {
                prop_assert_eq!(outcome, (apply(&mut channel, op), seen(&channel)), "{}", channel.class());
            }
        }
    }

    #[test]
    fn what_is_restored_is_what_was_checkpointed(ops in prop::collection::vec(op(), 0..12)) {
        for mut channel in all() {
            for op in &ops {
                let _ = apply(&mut channel, op);
            }
            let Some(checkpoint) = channel.checkpoint(&TestHost).unwrap() else { continue };
            let restored = channel.from_checkpoint(&TestHost, Some(checkpoint)).unwrap();
            prop_assert_eq!(seen(&channel), seen(&restored), "{}", channel.class());
        }
    }
}
