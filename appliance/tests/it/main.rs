//! The agent with its real engine and real worker processes: this program is also the
//! worker, and the agent that is killed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "tests"
)]

mod alerts;
mod approvals;
mod backups;
mod foreign;
mod kills;
mod restores;
mod serving;
mod site;

use libtest_mimic::{Arguments, Trial};
use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().collect();
    match words.get(1).map(String::as_str) {
        Some("worker") => return ocdeck_appliance::worker(),
        Some("restoring-agent") => return kills::restoring_agent(&words),
        Some("serving-agent") => return serving::serving_agent(&words),
        _ => {}
    }
    let test = |name: &str, run: fn()| {
        Trial::test(name, move || {
            run();
            Ok(())
        })
    };
    let mut tests = vec![
        test(
            "alerts::a_repository_that_is_gone_is_an_alert",
            alerts::a_repository_that_is_gone_is_an_alert,
        ),
        test(
            "alerts::a_run_that_takes_long_is_an_alert",
            alerts::a_run_that_takes_long_is_an_alert,
        ),
        test(
            "alerts::a_run_that_nobody_began_is_an_alert",
            alerts::a_run_that_nobody_began_is_an_alert,
        ),
        test(
            "backups::a_job_on_demand_makes_a_point",
            backups::a_job_on_demand_makes_a_point,
        ),
        test(
            "backups::a_file_that_vanishes_is_a_warning",
            backups::a_file_that_vanishes_is_a_warning,
        ),
        test(
            "backups::a_folder_that_is_gone_fails_the_job",
            backups::a_folder_that_is_gone_fails_the_job,
        ),
        test("backups::a_job_is_stopped", backups::a_job_is_stopped),
        test("backups::points_are_seeded", backups::points_are_seeded),
        test(
            "backups::an_interval_starts_the_job",
            backups::an_interval_starts_the_job,
        ),
        test(
            "restores::a_lost_system_comes_back",
            restores::a_lost_system_comes_back,
        ),
        test(
            "restores::one_order_is_one_restore",
            restores::one_order_is_one_restore,
        ),
        test(
            "restores::beyond_the_limit_needs_broken_glass",
            restores::beyond_the_limit_needs_broken_glass,
        ),
        test(
            "approvals::nothing_begins_before_another_person_approves",
            approvals::nothing_begins_before_another_person_approves,
        ),
        test(
            "approvals::only_the_right_word_of_the_right_person_counts",
            approvals::only_the_right_word_of_the_right_person_counts,
        ),
        test(
            "approvals::who_asked_for_it_is_no_second_person",
            approvals::who_asked_for_it_is_no_second_person,
        ),
        test(
            "approvals::what_awaits_is_rejected_or_cancelled",
            approvals::what_awaits_is_rejected_or_cancelled,
        ),
        test(
            "approvals::what_awaits_survives_and_ends_after_a_day",
            approvals::what_awaits_survives_and_ends_after_a_day,
        ),
        test(
            "approvals::a_tenant_allows_one_way_only",
            approvals::a_tenant_allows_one_way_only,
        ),
        test(
            "restores::only_allowed_places_are_written",
            restores::only_allowed_places_are_written,
        ),
        test(
            "restores::a_root_that_is_gone_is_a_problem",
            restores::a_root_that_is_gone_is_a_problem,
        ),
        test(
            "restores::a_running_restore_is_cancelled",
            restores::a_running_restore_is_cancelled,
        ),
        test(
            "kills::a_killed_worker_is_told_and_continued",
            kills::a_killed_worker_is_told_and_continued,
        ),
        test(
            "kills::a_stopped_agent_leaves_what_can_be_continued",
            kills::a_stopped_agent_leaves_what_can_be_continued,
        ),
        test(
            "kills::a_killed_agent_is_told_and_continued",
            kills::a_killed_agent_is_told_and_continued,
        ),
        test(
            "serving::it_listens_and_ends_with_its_input",
            serving::it_listens_and_ends_with_its_input,
        ),
    ];
    for (name, run) in [
        (
            "foreign::of_format_1_are_taken_over",
            foreign::of_format_1_are_taken_over as fn(),
        ),
        (
            "foreign::of_format_2_are_taken_over",
            foreign::of_format_2_are_taken_over,
        ),
        (
            "foreign::without_a_root_here_go_elsewhere",
            foreign::without_a_root_here_go_elsewhere,
        ),
        (
            "foreign::that_do_not_open_say_why_and_nothing_is_made",
            foreign::that_do_not_open_say_why_and_nothing_is_made,
        ),
        (
            "foreign::a_backup_waits_while_restic_is_alone",
            foreign::a_backup_waits_while_restic_is_alone,
        ),
    ] {
        tests.push(with_restic(test(name, run)));
    }
    libtest_mimic::run(&Arguments::from_args(), tests).exit_code()
}

/// Without restic the trial is listed as ignored; under `OCDECK_REQUIRE_PEERS=1` it fails.
fn with_restic(trial: Trial) -> Trial {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let there = std::env::split_paths(&path).any(|folder| folder.join("restic").is_file());
    if there {
        return trial;
    }
    let missing = "restic is missing: install the package restic";
    let required = std::env::var("OCDECK_REQUIRE_PEERS").is_ok_and(|value| value == "1");
    Trial::test(format!("{} ({missing})", trial.name()), move || {
        Err(missing.into())
    })
    .with_ignored_flag(!required)
}
