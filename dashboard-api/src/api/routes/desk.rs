//! The routes about alarms: which are on the list, what was done about them, and what is said of all of them.

use rackward_core::permission::Permission::{
    AnswerAlarms, ShelveAlarms, TakeOutOfService, ViewAlarms, ViewFigures, ViewJournal,
};

use super::ZIP;
use crate::api::{alarm_actions, alarms, evidence, figures};
use crate::lists::resources;
use crate::openapi::table::{Routes, get, post};

pub(super) fn of_alarms() -> Routes {
    Routes::about("alarms", "What needs an answer.")
        .at("/api/v1/alarms", [get(alarms::list, "Alarms, by views").takes(ViewAlarms).lists(&resources::ALARMS)])
        .at("/api/v1/alarms/counts", [get(alarms::counts, "How many alarms each view has").takes(ViewAlarms)])
        .at("/api/v1/alarms/{id}", [get(alarms::show, "One alarm, with what it explains").takes(ViewAlarms)])
        .at(
            "/api/v1/alarms/{id}/evidence",
            [get(evidence::show, "An alarm with its entries and their place in the journal, as a file")
                .exports()
                .takes(ViewJournal)
                .media(ZIP)],
        )
        .at(
            "/api/v1/alarms/{id}/acknowledge",
            [post(alarm_actions::acknowledge, "Say that an alarm was seen").takes(AnswerAlarms)],
        )
        .at("/api/v1/alarms/{id}/note", [post(alarm_actions::note, "Note something of an alarm").takes(AnswerAlarms)])
        .at(
            "/api/v1/alarms/{id}/shelve",
            [post(alarm_actions::shelve, "Put an alarm aside for a while").takes(ShelveAlarms).also(202)],
        )
        .at(
            "/api/v1/alarms/{id}/unshelve",
            [post(alarm_actions::unshelve, "Bring an alarm back from the shelf").takes(ShelveAlarms)],
        )
        .at(
            "/api/v1/alarms/{id}/out-of-service",
            [post(alarm_actions::take_out_of_service, "Take what an alarm is about out of service")
                .takes(TakeOutOfService)
                .also(202)],
        )
        .at(
            "/api/v1/alarms/{id}/return-to-service",
            [post(alarm_actions::return_to_service, "Say that the work is over").takes(TakeOutOfService).also(202)],
        )
        .at(
            "/api/v1/alarms/{id}/assign",
            [post(alarm_actions::assign, "Give an alarm to somebody").takes(AnswerAlarms)],
        )
        .at("/api/v1/alarms/{id}/escalate", [post(alarm_actions::escalate, "Carry an alarm up").takes(AnswerAlarms)])
        .at(
            "/api/v1/alarms/{id}/steps",
            [post(alarm_actions::finish_step, "Say that a step of the procedure was done").takes(AnswerAlarms)],
        )
        .at(
            "/api/v1/alarms/{id}/close",
            [post(alarm_actions::close, "Say what an alarm was, and put it away").takes(AnswerAlarms)],
        )
        .at(
            "/api/v1/alarms/figures",
            [get(figures::show, "How many alarms there are, and how they are answered")
                .takes(ViewFigures)
                .query(figures::SHOW)],
        )
        .at(
            "/api/v1/alarms/proposals",
            [get(figures::propose, "Timings of doors that would have spared alarms")
                .takes(ViewFigures)
                .query(figures::PROPOSE)],
        )
}
