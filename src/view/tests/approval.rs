//! What awaits another person's approval, at the console of who asked and of who decides.

use super::*;
use crate::state::model::Pane;
use facts::attempt;
use ocdeck_domain::{
    facts::{Approval, Decision, Fact, RestoreAttempt},
    fleet::{Directory, Duty, Parts, Rota, Turn},
};

/// mara has dispatched a system that stands, onto its place.
fn asked() -> (Night, RestoreAttempt) {
    let mut night = Night::busy();
    night.stands = true;
    night.wizard(Command::StepReadBack, false);
    night.press(Command::StepWhere);
    night.press(Command::Open);
    night.answer();
    night.press(Command::StepOverwrite);
    night.press(Command::Open);
    night.answer();
    night.press(Command::StepReadBack);
    night.type_text("erp01");
    night.press(Command::Dispatch);
    night.calls.clear();
    let request = night.model.requests.open().find(|id| {
        let request = night.model.requests.get(*id);
        request.is_some_and(|it| it.attempt().is_some_and(|a| a.actor == "mara"))
    });
    let request = night.model.requests.get(request.unwrap()).unwrap();
    let intended = &request.attempt().unwrap().intended;
    let plan = catalog::plan(true);
    let sent = crate::state::effect::Dispatch {
        request: request.id,
        attempt: 1,
        order: intended.order.clone(),
        digest: intended.digest.clone(),
        intent: crate::state::effect::Intent {
            reason: intended.reason.clone(),
            reference: "R-0118".into(),
        },
        priority: intended.priority,
        requester: intended.requester.clone(),
        break_glass: None,
        asked_by: Vec::new(),
    };
    let mut told = attempt(&sent, RestoreState::AwaitingApproval, night.now);
    told.approval = Some(Box::new(Approval {
        beyond_limit: plan.beyond_limit,
        digest: sent.digest,
        created: plan.new,
        replaced: plan.replaced,
        written: plan.written,
        asked: night.now,
        expires: night.now + chrono::TimeDelta::hours(24),
        decision: None,
        asked_by: Vec::new(),
    }));
    hears(&mut night, &told);
    night.wait(132);
    (night, told)
}

fn hears(night: &mut Night, told: &RestoreAttempt) {
    let fact = Fact::Restore(Box::new(told.clone()));
    night.news("acme-stl-01", LinkNews::Delta(vec![fact]));
}

fn says(night: &mut Night, mut told: RestoreAttempt, approved: bool, reason: &str) {
    told.approval.as_mut().unwrap().decision = Some(Decision {
        approved,
        person: "eva".into(),
        at: night.now,
        reason: reason.into(),
    });
    told.state = match approved {
        true => RestoreState::Accepted,
        false => RestoreState::Rejected,
    };
    if !approved {
        told.ended = Some(night.now);
        told.message = format!("by eva: {reason}; nothing was written");
    }
    hears(night, &told);
}

#[test]
fn awaiting_approval() {
    let (mut night, told) = asked();
    usual("restore-awaiting", &night);
    night.model.focus = Pane::Detail;
    check("restore-awaiting", &night.model, &dark(), 80, 24);
    let mut later = asked().0;
    says(&mut later, told.clone(), true, "");
    usual("restore-approved", &later);
    says(&mut night, told, false, "not while the accountants work");
    usual("restore-rejected", &night);
}

#[test]
fn asked_for_ones_approval_everywhere() {
    let (mut night, _) = asked();
    night.model.me.name = "eva".into();
    night.model.me.role = "duty_manager".into();
    night.press(Command::Down);
    night.press(Command::First);
    everywhere("restore-to-approve", &night);
    night.press(Command::Approve);
    night.type_text("erp0");
    usual("restore-approve", &night);
    check("restore-approve", &night.model, &dark(), 80, 24);
}

/// eva is the duty manager by the rota.
fn eva_is_on_duty(directory: &Directory) -> Directory {
    Directory::of(Parts {
        rota: vec![Rota {
            duty: Duty::DutyManager,
            name: "eva".into(),
            phone: "+1 555 0100".into(),
            zone: chrono_tz::Tz::UTC,
            turn: Turn::Weekly {
                days: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
                    .map(Into::into)
                    .to_vec(),
                from: "00:00".parse().unwrap(),
                to: "24:00".parse().unwrap(),
            },
        }],
        ..directory.parts()
    })
    .unwrap()
}

#[test]
fn beyond_the_limit_in_the_wizard() {
    let mut night = Night::busy();
    night.model.directory = eva_is_on_duty(&night.model.directory);
    night.stands = true;
    night.wizard(Command::StepReadBack, false);
    everywhere("wizard8-asks", &night);
    night.press(Command::BreakGlass);
    night.type_text("the hour runs out");
    usual("wizard8-alone", &night);
    check("wizard8-alone", &night.model, &dark(), 80, 24);
}
