use super::*;

fn time(start: i64, width: i64, generation: u32) -> Window {
    Window { axis: Axis::Time, start, width, generation }
}

#[test]
fn windows_are_aligned_to_the_epoch_on_both_sides_of_it() {
    let plan = Plan::new(60_000, 3).unwrap();
    for (instant, start) in
        [(0, 0), (59_999, 0), (60_000, 60_000), (-2, -60_000), (-60_000, -60_000), (-60_001, -120_000)]
    {
        assert_eq!(plan.window_at(Timestamp(instant)), time(start, 60_000, 3), "{instant}");
    }
    for extreme in [i64::MIN, i64::MAX] {
        let window = plan.window_at(Timestamp(extreme));
        assert!(window.start <= extreme && extreme <= window.end(), "{extreme} in {window:?}");
    }
}

#[test]
fn width_and_key_follow_from_event_time_alone() {
    let era = Era { from: Timestamp(120_000), width_ms: 30_000, generation: 1 };
    let plan = Plan::new(60_000, 0).unwrap().change(era, Timestamp(5)).unwrap();
    for (instant, window) in [
        (119_999, time(60_000, 60_000, 0)),
        (120_000, time(120_000, 30_000, 1)),
        (150_000, time(150_000, 30_000, 1)),
        (-5, time(-60_000, 60_000, 0)),
    ] {
        assert_eq!(plan.window_at(Timestamp(instant)), window, "{instant}");
    }
}

#[test]
fn a_plan_changes_only_ahead_and_never_cuts_a_window() {
    let plan = Plan::new(60_000, 1).unwrap();
    let era = |from, width_ms, generation| Era { from: Timestamp(from), width_ms, generation };
    let later = plan.change(era(600_000, 60_000, 2), Timestamp(0)).unwrap();
    for (plan, era, now, error) in [
        (&plan, era(60_000, 60_000, 1), 60_000, "not ahead of"),
        (&plan, era(90_000, 30_000, 1), 0, "cuts a window of 60000 ms"),
        (&plan, era(60_000, 7_000, 1), 0, "cuts a window of 7000 ms"),
        (&plan, era(60_000, 999, 1), 0, "is 999 ms wide"),
        (&plan, era(60_000, 86_400_001, 1), 0, "is 86400001 ms wide"),
        (&plan, era(60_000, 60_000, 0), 0, "must not fall"),
        (&later, era(600_000, 60_000, 2), 0, "before or with the era"),
    ] {
        let message = plan.change(era, Timestamp(now)).unwrap_err().to_string();
        assert!(message.contains(error), "{message}");
    }
    assert_eq!(Plan::try_from(Vec::new()), Err(PlanError::Eras { eras: 0 }));
}

#[test]
fn the_number_of_eras_is_bounded() {
    let eras = |number: i64| -> Vec<Era> {
        (0..number).map(|at| Era { from: Timestamp(at * 1_000), width_ms: 1_000, generation: 0 }).collect()
    };
    assert!(Plan::try_from(eras(1_024)).is_ok());
    assert_eq!(Plan::try_from(eras(1_025)), Err(PlanError::Eras { eras: 1_025 }));
}

#[test]
fn a_plan_reads_its_own_json_and_checks_what_it_reads() {
    let plan = Plan::default().change(Era { from: Timestamp(120_000), width_ms: 30_000, generation: 1 }, Timestamp(0));
    let plan = plan.unwrap();
    let json = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&json).unwrap(), plan);
    assert!(serde_json::from_str::<Plan>(r#"[{"from":0,"width_ms":1,"generation":0}]"#).is_err());
}

#[test]
fn a_record_from_far_ahead_moves_no_watermark() {
    let mut watermark = Watermark::default();
    let now = Timestamp(10_000_000);
    for (time, expected) in
        [(9_000_000, 9_000_000), (8_000_000, 9_000_000), (13_600_000, 13_600_000), (13_600_001, 13_600_000)]
    {
        watermark.observe(Timestamp(time), now);
        assert_eq!(watermark.get(), Some(Timestamp(expected)), "after {time}");
    }
}

#[test]
fn windows_overlap_on_one_axis_only() {
    let timeless = Window { axis: Axis::Offsets, ..time(0, 100, 0) };
    for (left, right, overlap) in [
        (time(0, 100, 0), time(99, 1, 5), true),
        (time(0, 100, 0), time(100, 1, 0), false),
        (time(0, 100, 0), timeless, false),
    ] {
        assert_eq!(left.overlaps(&right), overlap);
        assert_eq!(right.overlaps(&left), overlap);
    }
}

#[test]
fn a_timeless_account_is_a_stretch_of_source_offsets_under_the_first_key() {
    let era = Era { from: Timestamp(60_000), width_ms: 60_000, generation: 9 };
    let plan = Plan::new(60_000, 4).unwrap().change(era, Timestamp(0)).unwrap();
    let at = |start| Window { axis: Axis::Offsets, start, width: 65_536, generation: 4 };
    assert_eq!(plan.timeless_at(65_535), at(0));
    assert_eq!(plan.timeless_at(65_536), at(65_536));
}
