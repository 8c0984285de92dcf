//! Task ids of the writes of delta channels that a run with `durability="exit"` stores at its end (`pregel/_checkpoint.py`).

use crate::names::NULL_TASK_ID;

/// The parts of a task id, a UUID in its usual form (lower case, with dashes); `None` for any other text.
fn parts(task_id: &str) -> Option<Vec<&str>> {
    let parts: Vec<&str> = task_id.split('-').collect();
    let usual = parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12])
        && task_id
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-'));
    usual.then_some(parts)
}

/// `exit_delta_task_id`: sorts by superstep, and is never the null task's id. `None` unless the id is a UUID in its usual form.
#[must_use]
pub fn exit_task_id(step: i64, task_id: &str) -> Option<String> {
    let rest = parts(task_id)?.get(1..)?.join("-");
    let id = format!("{step:08}-{rest}");
    Some(if id == NULL_TASK_ID {
        format!("{step:08}-0000-0000-0000-000000000001")
    } else {
        id
    })
}

/// `exit_delta_late_task_id`: sorts behind every real task id, by superstep. `None` unless the id is a UUID in its usual form.
#[must_use]
pub fn late_exit_task_id(step: i64, task_id: &str) -> Option<String> {
    let rest = parts(task_id)?.get(3..)?.join("-");
    let high = step >> 16;
    let high = if high < 0 {
        format!("-{:03x}", high.unsigned_abs())
    } else {
        format!("{high:04x}")
    };
    Some(format!("ffffffff-{high}-{:04x}-{rest}", step & 0xffff))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TASK: &str = "bd3e9e68-4a1b-1683-6bbd-ff07df05a705";

    #[test]
    fn the_step_takes_the_first_place_of_the_id() {
        assert_eq!(
            exit_task_id(12, TASK).as_deref(),
            Some("00000012-4a1b-1683-6bbd-ff07df05a705")
        );
        assert_eq!(
            exit_task_id(-1, TASK).as_deref(),
            Some("-0000001-4a1b-1683-6bbd-ff07df05a705")
        );
    }

    #[test]
    fn no_exit_write_is_ever_the_null_tasks() {
        assert_eq!(
            exit_task_id(0, NULL_TASK_ID).as_deref(),
            Some("00000000-0000-0000-0000-000000000001")
        );
        assert_eq!(
            exit_task_id(1, NULL_TASK_ID).as_deref(),
            Some("00000001-0000-0000-0000-000000000000")
        );
    }

    #[test]
    fn late_ids_sort_behind_all_others_by_step() {
        let late = |step| late_exit_task_id(step, TASK).unwrap_or_default();
        assert_eq!(late(0x1_0002), "ffffffff-0001-0002-6bbd-ff07df05a705");
        assert!(late(1) < late(0xffff) && late(0xffff) < late(0x1_0000));
        assert_eq!(late(-1), "ffffffff--001-ffff-6bbd-ff07df05a705");
    }

    #[test]
    fn other_forms_of_a_uuid_are_left_to_the_caller() {
        for text in [
            "",
            "BD3E9E68-4A1B-1683-6BBD-FF07DF05A705",
            "bd3e9e684a1b16836bbdff07df05a705",
        ] {
            assert_eq!(exit_task_id(1, text), None);
            assert_eq!(late_exit_task_id(1, text), None);
        }
    }
}
